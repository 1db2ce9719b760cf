"""From events to deliveries: in the commit that makes an event, a row for every endpoint that is to be told of it.

So whatever happens after that commit, an endpoint is told. An account without endpoints pays a look into a dictionary
for each event, and once a second the reading of no rows.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
from msgspec.structs import replace

from opentill.domain.objects.event import Event
from opentill.domain.objects.webhook_endpoint import WebhookEndpoint
from opentill.domain.webhooks import ENDPOINTS_MAX, wants
from opentill.ports.store import Insert, Store, Stored
from opentill.services.kinds import DELIVERIES, WEBHOOK_ENDPOINTS
from opentill.services.records import Delivery, WebhookEndpointHidden

if TYPE_CHECKING:
    from opentill.services.operation import Operation

FRESH_MS: Final = 1_000
"""How old what other processes see of the endpoints of an account may be."""

HEAD_START_S: Final = 2
"""For how long a new delivery is left to the process that made it."""

Emitted: TypeAlias = tuple[int, Any, str | None]
"""Where among the inserts an event stands, the object it shows, and the platform of its account."""

StoredEndpoint: TypeAlias = Stored[WebhookEndpoint, WebhookEndpointHidden]


class Subscriptions:
    """The enabled endpoints of accounts, as they were a second ago at most."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[int, Sequence[StoredEndpoint]]] = {}

    def at_hand(self, account: str, now_ms: int) -> Sequence[StoredEndpoint] | None:
        """Those of an account, of both modes; None if they have to be read."""
        known = self._known.get(account)
        return known[1] if known is not None and 0 <= now_ms - known[0] < FRESH_MS else None

    async def read(self, store: Store, account: str, now_ms: int) -> Sequence[StoredEndpoint]:
        """Read those of an account."""
        found = await store.find(WEBHOOK_ENDPOINTS, "status", "enabled", account=account, limit=2 * ENDPOINTS_MAX)
        self._known[account] = (now_ms, found)
        return found

    def forget(self, account: str) -> None:
        """Those of an account have changed."""
        self._known.pop(account, None)


async def deliveries_of(op: "Operation", emitted: Sequence[Emitted]) -> Sequence[tuple[Stored[Delivery, None], Event]]:
    """Add to what an operation commits the deliveries of its events; returned with the events, as they will be."""
    made: list[tuple[Stored[Delivery, None], Event]] = []
    for place, value, platform in emitted:
        insert = op.changes.inserts[place]
        told = await subscribers(op, insert.account, platform, insert.livemode, insert.value.type)
        if told:
            event = replace(insert.value, pending_webhooks=len(told))
            op.changes.inserts[place] = replace(insert, value=event)
            made += [(await _first(op, endpoint, insert.account, event, value), event) for endpoint in told]
    return made


async def subscribers(
    op: "Operation", account: str, platform: str | None, livemode: bool, type: str
) -> Sequence[StoredEndpoint]:
    """The endpoints that are told of a `type` of event of `account`: its own, and those of its `platform`."""
    subscriptions, store, now_ms = op.system.subscriptions, op.system.store, op.now_ms
    found: list[StoredEndpoint] = []
    for owner in (account,) if platform is None else (account, platform):
        endpoints = subscriptions.at_hand(owner, now_ms)
        if endpoints is None:
            endpoints = await subscriptions.read(store, owner, now_ms)
        found += [
            endpoint
            for endpoint in endpoints
            if endpoint.livemode == livemode and wants(endpoint.value, type, of_connected_account=owner != account)
        ]
    return found


async def _first(
    op: "Operation", endpoint: StoredEndpoint, owner: str, event: Event, value: Any
) -> Stored[Delivery, None]:
    """The delivery of a new event that shows `value`, in the endpoint's version."""
    version = endpoint.value.api_version
    if version is None or version == event.api_version:
        return made_delivery(op, endpoint, owner, event)
    answering = op.system.answering
    shown = answering.event_object(op, value, version)
    if shown is None:
        shown = await answering.event_object_read(op, value, version)
    return made_delivery(op, endpoint, owner, event, version=version, shown=msgspec.Raw(shown))


def made_delivery(
    op: "Operation", endpoint: StoredEndpoint, owner: str, event: Event, **more: Any
) -> Stored[Delivery, None]:
    """The delivery of an event of the account `owner` to an endpoint that may be another's; it is committed with `op`.

    `more` is how it differs from the usual one.
    """
    delivery = Delivery(
        id=op.new_id("whd"),
        event=event.id,
        owner=owner,
        type=event.type,
        endpoint=endpoint.id,
        created=op.now,
        due=op.now + HEAD_START_S,
        **more,
    )
    account, livemode = endpoint.account, endpoint.livemode
    op.changes.inserts.append(Insert(DELIVERIES, account, livemode, delivery.id, op.now, delivery, None))
    return Stored(DELIVERIES, account, livemode, delivery.id, op.now, 1, delivery, None)
