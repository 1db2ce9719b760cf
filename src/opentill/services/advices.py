"""Advices: what the acquirer must accept, recorded with the change that caused it and repeated until it does.

A capture and the release of a hold are decided here, not asked for (ISO 8583 0220 and 0420): the caller is answered
as soon as they are recorded, and the worker delivers them.
"""

from typing import Literal

from msgspec.structs import replace

from opentill.ports.acquirer import Approved, AttemptRequest, Declined
from opentill.ports.store import Stored
from opentill.services.kinds import ATTEMPTS
from opentill.services.operation import Operation
from opentill.services.records import Attempt


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


async def deliver(op: Operation, stored: Stored[Attempt, None]) -> Attempt:
    """Send an advice once and record, in `op`, what came of it."""
    attempt = stored.value
    outcome = await op.system.acquirer(stored.livemode).perform(request_of(attempt))
    if isinstance(outcome, Approved):
        newer = replace(attempt, state="approved", due=None, tries=attempt.tries + 1)
    elif isinstance(outcome, Declined):
        newer = replace(attempt, state="declined", due=None, tries=attempt.tries + 1, detail=outcome.decline_code)
    else:
        newer = replace(attempt, tries=attempt.tries + 1, due=op.now + patience(attempt.tries))
    op.update(stored, newer, None)
    return newer


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
