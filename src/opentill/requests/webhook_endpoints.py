"""Parameters of WebhookEndpoints (official client: `WebhookEndpoints.d.ts`), and what is opentill's own beside them."""

from typing import Annotated

from opentill.domain.event_types import ALL, EVENT_TYPES
from opentill.domain.versions import KNOWN
from opentill.requests.params import (
    UNSET,
    Integer,
    Items,
    ListParams,
    Metadata,
    Params,
    Text,
    UnsetType,
    Url,
)
from opentill.requests.rules import Choice

Id = Annotated[str, Text(maximum=255)]
EndpointUrl = Annotated[str, Url(maximum=2048)]
EventType = Annotated[str, Choice((ALL, *EVENT_TYPES))]
EventTypes = Annotated[list[EventType], Items(minimum=1, maximum=len(EVENT_TYPES) + 1)]
Version = Annotated[str, Choice(tuple(sorted(version for version in KNOWN if not version.endswith("preview"))))]


class CreateEndpoint(Params):
    """`connect`: it is told of the events of connected accounts, instead of those of the account itself."""

    enabled_events: EventTypes
    url: EndpointUrl
    api_version: Version | UnsetType = UNSET
    connect: bool | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET


class UpdateEndpoint(Params):
    """What is not given stays as it is."""

    description: str | None | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    enabled_events: EventTypes | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    url: EndpointUrl | UnsetType = UNSET


class RollSecret(Params):
    """`expires_in`: seconds for which the old secret still signs beside the new one; at most a day, 0 if not given."""

    expires_in: Annotated[int, Integer(minimum=0, maximum=86_400)] | UnsetType = UNSET


class RetryEvent(Params):
    """`account` is the connected account that the event is of, if it is one's own platform that asks."""

    account: Id | UnsetType = UNSET
    webhook_endpoint: Id | UnsetType = UNSET


class ListDeliveries(ListParams):
    """Of an event, or of an endpoint."""

    event: Id | UnsetType = UNSET
    webhook_endpoint: Id | UnsetType = UNSET
