"""What the acquirer's answer means for what a reader was doing: one commit settles the money and the action.

The sweep settles here too what a crash left open, so that no action stays in progress without a reason.
"""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from opentill.domain.errors import CardDeclined
from opentill.domain.objects.api_error import ApiError
from opentill.domain.objects.reader_action import Action
from opentill.domain.objects.refund import Refund
from opentill.domain.terminal import actions, outcomes
from opentill.domain.terminal.outcomes import CONNECTION_ERROR, Failure
from opentill.ports.acquirer import Approved, Declined, Outcome, Pending
from opentill.services import authorization, refunds, setup_confirmation
from opentill.services.kinds import ATTEMPTS, READERS
from opentill.services.operation import Operation
from opentill.services.terminal import saving, slots
from opentill.services.terminal.slots import StoredReader

Record: TypeAlias = Callable[[Operation, str, Outcome], Awaitable[Any]]


async def settle(op: Operation, attempt: str, outcome: Outcome, record: Record) -> Any:
    """Settle an attempt of a reader by `record` (one of the functions below), and answer with what that gives."""

    async def run() -> Any:
        return await op.commit(await record(op, attempt, outcome))

    value = await op.until_committed(run)
    op.system.wake()
    return value


async def payment(op: Operation, attempt_id: str, outcome: Outcome) -> Any:
    """Record, in `op`, the end of an authorization; the reader that made it, as it is then."""
    reader = await _reader_of(op, attempt_id)
    return await payment_at(op, reader, attempt_id, outcome)


async def payment_at(op: Operation, reader: StoredReader | None, attempt_id: str, outcome: Outcome) -> Any:
    """The same for the action of `reader`, whichever reader made the attempt."""
    if isinstance(outcome, Approved):
        await saving.save_card(op, (await op.get(ATTEMPTS, attempt_id)).value)
    settled = await authorization.settle(op, attempt_id, outcome)
    if reader is None:
        return settled.intent
    return (await _end(op, reader, outcome, settled.refusal, settled.intent.last_payment_error)).value


async def setup(op: Operation, attempt_id: str, outcome: Outcome) -> Any:
    """Record, in `op`, the end of a verification for a SetupIntent; the reader that made it, as it is then."""
    reader = await _reader_of(op, attempt_id)
    settled = await setup_confirmation.settle(op, attempt_id, outcome)
    if reader is None:
        return settled.intent
    action = slots.action_of(reader)
    if settled.generated is not None:
        action = outcomes.with_generated_card(action, settled.generated)
    return (await _end(op, reader, outcome, settled.refusal, settled.intent.last_setup_error, action)).value


async def refund(op: Operation, attempt_id: str, outcome: Outcome) -> Any:
    """Record, in `op`, what is known of a refund; the reader that made it, as it is then.

    A refund without an answer is repeated until there is one, and so long the action is in progress.
    """
    reader = await _reader_of(op, attempt_id)
    made: Refund = await refunds.settle(op, attempt_id, outcome)
    if reader is None:
        return made
    if isinstance(outcome, Approved):
        return (await _end(op, reader, outcome, action=outcomes.with_refund(slots.action_of(reader), made.id))).value
    if isinstance(outcome, Declined):
        refusal = CardDeclined(outcome.message, code=outcome.code, decline_code=outcome.decline_code)
        error = ApiError(
            code=outcome.code, decline_code=outcome.decline_code, message=outcome.message, type="card_error"
        )
        return (await _end(op, reader, outcome, refusal, error)).value
    return reader.value


async def fail(op: Operation, reader: StoredReader, failure: Failure) -> StoredReader:
    """Record, in `op`, that what the reader was at went wrong."""
    return await slots.take(op, reader, actions.fail(reader.hidden.slot), failure=failure)


async def _reader_of(op: Operation, attempt_id: str) -> StoredReader | None:
    """The reader that works at the attempt. While it does it can neither be deleted nor do something else."""
    attempt = await op.get(ATTEMPTS, attempt_id)
    reader = None if attempt.value.reader is None else await op.find(READERS, attempt.value.reader)
    return reader if reader is not None and reader.hidden.slot.phase == "working" else None


async def _end(
    op: Operation,
    reader: StoredReader,
    outcome: Outcome,
    refusal: CardDeclined | None = None,
    error: ApiError | None = None,
    action: Action | None = None,
) -> StoredReader:
    """Record the end of the action, or nothing if the answer is still to come."""
    if isinstance(outcome, Pending):
        return reader
    if refusal is None:
        return await slots.take(op, reader, actions.approve(reader.hidden.slot), action=action)
    answered = isinstance(outcome, Approved | Declined)
    return await fail(op, reader, outcomes.declined(refusal, error) if answered else CONNECTION_ERROR)
