"""Event: something happened to an object (official client: `Events.d.ts`)."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType


class EventData(msgspec.Struct, frozen=True, kw_only=True):
    """The object as it was then, unexpanded, and what its changed members were before.

    Both are JSON as it was stored: an event is never rendered again.
    """

    object: msgspec.Raw
    previous_attributes: msgspec.Raw | UnsetType = UNSET


class EventRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The request that caused it; nulls for what happens by itself."""

    id: str | None = None
    idempotency_key: str | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """Something happened. `pending_webhooks` counts the endpoints that have not acknowledged it."""

    id: str
    object: Literal["event"] = "event"
    account: str | UnsetType = UNSET  # Connect only
    api_version: str | None
    context: str | UnsetType = UNSET
    created: int
    data: EventData
    livemode: bool
    pending_webhooks: int = 0
    request: EventRequest | None = EventRequest()
    type: str
