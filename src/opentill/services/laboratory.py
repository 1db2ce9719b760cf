"""The operations of the laboratory: move the clock, break the wire, ask the acquirer what it holds.

Served by `opentill up` only. They change the world around the system, not the system.
"""

import msgspec
from msgspec import UnsetType

from opentill.domain.errors import InvalidRequest
from opentill.ports.laboratory import Holding, Laboratory
from opentill.requests import laboratory as requests
from opentill.requests.params import Params
from opentill.services.kinds import ATTEMPTS, READERS
from opentill.services.operation import Operation


class ClockReading(msgspec.Struct, frozen=True, kw_only=True):
    """What the system's clock says, seconds since the epoch."""

    object: str = "opentill.clock"
    now: int


class FaultList(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for; it strikes with the next messages."""

    object: str = "opentill.fault"
    kind: str | None
    count: int


class HoldingList(msgspec.Struct, frozen=True, kw_only=True):
    """What the simulated acquirer holds for the account."""

    object: str = "list"
    data: list[Holding]
    has_more: bool = False
    url: str = "/opentill/holdings"


def _laboratory(op: Operation) -> Laboratory:
    laboratory = op.system.laboratory
    if laboratory is None:
        raise InvalidRequest("This server has no laboratory: it is served by `opentill up` only.")
    return laboratory


async def read_clock(op: Operation, _: Params) -> ClockReading:
    """What time it is for the system."""
    return ClockReading(now=op.now)


async def advance_clock(op: Operation, params: requests.AdvanceClock) -> ClockReading:
    """Move the system's clock forward, for every account; what is then due has happened when this answers."""
    return ClockReading(now=await _laboratory(op).advance(params.seconds))


async def inject_fault(op: Operation, params: requests.InjectFault) -> FaultList:
    """Let the next messages to the simulated acquirer go wrong."""
    operation = None if isinstance(params.operation, UnsetType) else params.operation
    count = 1 if isinstance(params.count, UnsetType) else params.count
    delay_ms = 0 if isinstance(params.delay_ms, UnsetType) else params.delay_ms
    _laboratory(op).inject(operation, params.kind, count, delay_ms)
    return FaultList(kind=params.kind, count=count)


async def disturb_reader(op: Operation, reader: str, params: requests.DisturbReader) -> FaultList:
    """Let the next commands to a simulated reader go wrong."""
    found = await op.get(READERS, reader, in_path=True)
    count = 1 if isinstance(params.count, UnsetType) else params.count
    _laboratory(op).disturb_reader(found.id, params.kind, count)
    return FaultList(kind=params.kind, count=count)


async def clear_faults(op: Operation, _: Params) -> FaultList:
    """Let the wire to the simulated acquirer work again."""
    _laboratory(op).clear()
    return FaultList(kind=None, count=0)


async def list_holdings(op: Operation, params: requests.ListHoldings) -> HoldingList:
    """What the simulated acquirer holds under this account's authorizations, and how often it was asked."""
    store = op.system.store
    if isinstance(params.payment_intent, str):
        found = await store.find(ATTEMPTS, "payment_intent", params.payment_intent, account=op.caller.account)
    else:
        found = list((await store.page(ATTEMPTS, op.caller.account, op.caller.livemode, limit=10_000)).items)
    attempts = {
        stored.id: stored.value.payment_intent or "" for stored in found if stored.value.operation == "authorize"
    }
    return HoldingList(data=_laboratory(op).holdings(attempts))
