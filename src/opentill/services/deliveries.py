"""Deliveries: what goes to an endpoint, what is recorded of it, and the times it is asked for again.

The worker (worker/deliveries.py) says when; here is what. `outgoing` reads, the worker sends, `record` commits: a
process that dies in between leaves a delivery that is due, and the endpoint is told again rather than not at all.
"""

from enum import Enum, auto
from typing import Final, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.event import Event
from opentill.domain.objects.webhook_delivery import DeliveryAttempt, WebhookDelivery
from opentill.domain.webhooks import pause_after
from opentill.ports.store import Changes, Condition, Conflict, Stored, Update
from opentill.ports.webhooks import Post, Reply
from opentill.requests import webhook_endpoints as requests
from opentill.services.events import RETENTION_S
from opentill.services.fan_out import StoredEndpoint, made_delivery, subscribers
from opentill.services.kinds import CONNECTED_ACCOUNTS, DELIVERIES, EVENTS, WEBHOOK_ENDPOINTS
from opentill.services.listing import Listing, equals, listing
from opentill.services.operation import Operation, System
from opentill.services.records import Delivery, DeliveryTry

KEPT_S: Final = 30 * 86_400
"""How long what was delivered can be looked up."""

# How often the record of a delivery is made anew because somebody else changed the event meanwhile.
_RECORD_RUNS: Final = 50

StoredDelivery: TypeAlias = Stored[Delivery, None]


class NotSent(Enum):
    """Why nothing goes out though it is time."""

    GONE = auto()  # the endpoint was deleted, or the event is too old to be there
    DISABLED = auto()  # the endpoint may be enabled again before the last try


async def claim(system: System, delivery: StoredDelivery, until: int) -> StoredDelivery:
    """Keep other processes from it until then. Raises Conflict if one of them was faster."""
    value = replace(delivery.value, due=until)
    changes = Changes()
    changes.updates.append(Update(delivery, value, None))
    await system.store.commit(changes)
    return replace(delivery, version=delivery.version + 1, value=value)


async def outgoing(system: System, delivery: StoredDelivery, event: Event | None) -> Post | NotSent:
    """What is to be sent now; `event` is that of the delivery, if it is at hand."""
    value = delivery.value
    endpoint = await system.store.get(WEBHOOK_ENDPOINTS, delivery.account, value.endpoint)
    if endpoint is None:
        return NotSent.GONE
    if endpoint.value.status == "disabled":
        return NotSent.DISABLED
    if event is None:
        stored = await system.store.get(EVENTS, value.owner, value.event)
        if stored is None:
            return NotSent.GONE
        event = stored.value
    hidden = endpoint.hidden
    secrets = [hidden.secret]
    if hidden.previous is not None and system.clock.now() < hidden.previous_until:
        secrets.append(hidden.previous)
    return Post(endpoint.value.url, _body(event, value), secrets)


def _body(event: Event, delivery: Delivery) -> bytes:
    """The event as the endpoint is told it."""
    if not isinstance(delivery.shown, UnsetType):
        data = replace(event.data, object=delivery.shown)
        event = replace(event, api_version=delivery.version, data=data)
    return msgspec.json.encode(event)


async def record(system: System, delivery: StoredDelivery, at_ms: int, outcome: Reply | NotSent) -> StoredDelivery:
    """Commit what came of a delivery that was sent at `at_ms`; the delivery as it is then.

    The event counts one endpoint less, once it has taken it or is gone. Other endpoints may be at the same event.
    """
    for _ in range(_RECORD_RUNS):
        changes = Changes()
        value = after(delivery.value, at_ms, outcome, system.clock.now(), livemode=delivery.livemode)
        changes.updates.append(Update(delivery, value, None))
        if value.state in ("delivered", "ended") and not value.manual:
            event = await system.store.get(EVENTS, value.owner, value.event)
            if event is not None and event.value.pending_webhooks:
                less = replace(event.value, pending_webhooks=event.value.pending_webhooks - 1)
                changes.updates.append(Update(event, less, None))
        try:
            await system.store.commit(changes)
        except Conflict as conflict:
            if conflict.table == DELIVERIES.table:
                raise  # somebody else, who believed us dead, has delivered it as well
        else:
            return replace(delivery, version=delivery.version + 1, value=value)
    raise Conflict(EVENTS.table, "changed")


def after(delivery: Delivery, at_ms: int, outcome: Reply | NotSent, now: int, *, livemode: bool) -> Delivery:
    """A delivery once its turn at `at_ms` came to `outcome`; `now` is when that was known."""
    if outcome is NotSent.GONE:
        return replace(delivery, state="ended", due=None)
    tries = delivery.tries + 1
    pause = None if delivery.manual else pause_after(tries, livemode=livemode)
    due = None if pause is None else now + pause
    if isinstance(outcome, NotSent):
        return replace(delivery, tries=tries, due=due, state="ended" if due is None else "pending")
    tried = DeliveryTry(
        at=at_ms,
        duration_ms=outcome.duration_ms,
        status=outcome.status,
        response=outcome.response,
        error=outcome.error,
    )
    delivery = replace(delivery, tries=tries, tried=[*delivery.tried, tried])
    if outcome.accepted:
        return replace(delivery, state="delivered", due=None)
    return replace(delivery, due=due, state="failed" if due is None else "pending")


# Asked for ----------------------------------------------------------------------------------------------------------


async def retry(op: Operation, id: str, params: requests.RetryEvent) -> Event:
    """Delivers the event once more: to `webhook_endpoint`, or to every endpoint that is told of its kind.

    What it would be delivered again by itself goes on.
    """
    owner = await _owner(op, params.account)
    stored = await op.system.store.get(EVENTS, owner, id)
    if stored is None or stored.livemode != op.caller.livemode or stored.created < op.now - RETENTION_S:
        raise op.missing(EVENTS, id, in_path=True)
    if isinstance(params.webhook_endpoint, UnsetType):
        platform = op.caller.account if owner != op.caller.account else op.caller.platform
        endpoints = await subscribers(op, owner, platform, stored.livemode, stored.value.type)
    else:
        endpoint = await op.get(WEBHOOK_ENDPOINTS, params.webhook_endpoint, param="webhook_endpoint")
        if endpoint.value.status == "disabled":
            raise InvalidRequest(
                f"The webhook endpoint {endpoint.id} is disabled: enable it to have events delivered to it.",
                param="webhook_endpoint",
            )
        endpoints = [endpoint]
    made = [(await _again(op, endpoint, owner, stored.value), stored.value) for endpoint in endpoints]
    op.after_commit(lambda: op.system.courier(made))
    return await op.commit(stored.value)


async def _owner(op: Operation, account: str | UnsetType) -> str:
    """The account that the event is of: the caller's, or one that is connected to it. Raises ResourceMissing."""
    if isinstance(account, UnsetType) or account == op.caller.account:
        return op.caller.account
    return (await op.get(CONNECTED_ACCOUNTS, account, param="account")).id


async def _again(op: Operation, endpoint: StoredEndpoint, owner: str, event: Event) -> StoredDelivery:
    """A delivery that somebody asked for, told as the one before it was."""
    earlier = await op.system.store.find(DELIVERIES, "event", event.id, account=endpoint.account)
    same = next((one.value for one in earlier if one.value.endpoint == endpoint.id), None)
    version, shown = (None, UNSET) if same is None else (same.version, same.shown)
    return made_delivery(op, endpoint, owner, event, manual=True, version=version, shown=shown)


async def list_all(op: Operation, params: requests.ListDeliveries) -> Listing[WebhookDelivery]:
    """Returns the deliveries of the last 30 days, newest first, with the times that they went out."""
    conditions = equals(event=params.event, endpoint=params.webhook_endpoint)
    found = await listing(op, DELIVERIES, params, [Condition("created", ">=", op.now - KEPT_S), *conditions])
    return Listing([_told(delivery, op.caller.livemode) for delivery in found.items], found.has_more)


def _told(delivery: Delivery, livemode: bool) -> WebhookDelivery:
    return WebhookDelivery(
        id=delivery.id,
        attempts=[
            DeliveryAttempt(
                attempted_at_ms=tried.at,
                duration_ms=tried.duration_ms,
                response_status=tried.status,
                response_body=tried.response,
                error=tried.error,
            )
            for tried in delivery.tried
        ],
        created=delivery.created,
        event=delivery.event,
        event_type=delivery.type,
        livemode=livemode,
        manual=delivery.manual,
        next_attempt=delivery.due,
        status=delivery.state,
        webhook_endpoint=delivery.endpoint,
    )
