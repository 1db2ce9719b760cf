"""Advices: what the acquirer must accept, recorded with the change that caused it and repeated until it does.

A capture and the release of a hold are decided here, not asked for (ISO 8583 0220 and 0420): the caller is answered
as soon as they are recorded, and the worker delivers them.
"""

import asyncio
from collections.abc import Sequence
from typing import Literal

import structlog
from msgspec.structs import replace

from opentill.ports.acquirer import Approved, AttemptRequest, Declined, Outcome
from opentill.ports.store import Changes, Stored, Update
from opentill.services.kinds import ATTEMPTS
from opentill.services.operation import Operation, System
from opentill.services.records import Attempt

_log = structlog.get_logger("opentill.advices")


def advise(
    op: Operation,
    operation: Literal["capture", "reverse"],
    original: str,
    *,
    amount: int,
    currency: str,
    **of: str | None,
) -> Stored[Attempt, None]:
    """Record an advice about the attempt `original`; `of` names the objects it belongs to."""
    return op.create(
        ATTEMPTS,
        Attempt(
            id=op.new_id("att"),
            operation=operation,
            state="advised",
            amount=amount,
            currency=currency,
            card_present=False,
            created=op.now,
            acquirer=op.system.acquirer(op.caller.livemode).name,
            due=op.now,
            original=original,
            **of,  # type: ignore[arg-type]
        ),
        None,
    )


def request_of(attempt: Attempt) -> AttemptRequest:
    """An advice as it goes to the acquirer; it needs no card, the original names it."""
    return AttemptRequest(
        attempt_id=attempt.id,
        operation=attempt.operation,
        amount=attempt.amount,
        currency=attempt.currency,
        original=attempt.original,
    )


def patience(tries: int) -> int:
    """Seconds to the next try after `tries` without an answer: fifteen, doubling to a quarter of an hour, for ever."""
    return min(15 * 2 ** min(tries, 6), 900)


async def deliver(system: System, advised: Sequence[Stored[Attempt, None]]) -> None:
    """Send advices once, all of them at the same time, and record in one commit what came of them.

    Raises Conflict, and records nothing, if somebody else dealt with one of them; repeating them does no harm.
    """
    now = system.clock.now()
    changes = Changes()
    sent = [system.acquirer(stored.livemode).perform(request_of(stored.value)) for stored in advised]
    for stored, outcome in zip(advised, await asyncio.gather(*sent), strict=True):
        newer = after(stored.value, outcome, now)
        if newer.state == "declined":
            _log.error("advice refused", attempt=stored.id, operation=newer.operation, reason=newer.detail)
        changes.updates.append(Update(stored, newer, None))
    await system.store.commit(changes)


def after(advice: Attempt, outcome: Outcome, now: int) -> Attempt:
    """An advice once it was sent at `now` and came to `outcome`."""
    if isinstance(outcome, Approved):
        return replace(advice, state="approved", due=None, tries=advice.tries + 1)
    if isinstance(outcome, Declined):
        return replace(advice, state="declined", due=None, tries=advice.tries + 1, detail=outcome.decline_code)
    return replace(advice, tries=advice.tries + 1, due=now + patience(advice.tries))


async def captures_arrived(op: Operation, payment_intent: str) -> bool:
    """Whether the acquirer has the captures of a PaymentIntent; those still on their way are sent here and now.

    A refund that overtakes its capture would be refused. The delivery is recorded when the worker repeats it.
    """
    found = await op.system.store.find(ATTEMPTS, "payment_intent", payment_intent, account=op.caller.account)
    for stored in found:
        if stored.value.operation == "capture" and stored.value.state == "advised":
            outcome = await op.system.acquirer(stored.livemode).perform(request_of(stored.value))
            if not isinstance(outcome, Approved):
                return False
    return True
