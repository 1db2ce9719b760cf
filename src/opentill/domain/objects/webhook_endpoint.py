"""WebhookEndpoint: an address that is told what happens (official client: `WebhookEndpoints.d.ts`)."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.objects.shared import Metadata

Status = Literal["enabled", "disabled"]


class WebhookEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where events are delivered to, and which. `secret` is shown when it is made, and never again.

    `api_version` is how it is told of them; None: as the account's default is when they happen. `application` is set
    for an endpoint that is told of the events of connected accounts.
    """

    id: str
    object: Literal["webhook_endpoint"] = "webhook_endpoint"
    api_version: str | None = None
    application: str | None = None
    created: int
    description: str | None = None
    enabled_events: list[str]
    livemode: bool
    metadata: Metadata = {}
    secret: str | UnsetType = UNSET
    status: Status = "enabled"
    url: str


class DeletedWebhookEndpoint(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of an endpoint that was deleted."""

    id: str
    object: Literal["webhook_endpoint"] = "webhook_endpoint"
    deleted: Literal[True] = True
