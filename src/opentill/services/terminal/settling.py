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
from opentill.domain.terminal.receipts import APPROVED_CODE, DECLINED_CODE
from opentill.link.messages import Result
from opentill.ports.acquirer import Approved, Declined, Outcome, Pending
from opentill.services import authorization, refunds, setup_confirmation
from opentill.services.kinds import ATTEMPTS, READERS
from opentill.services.operation import Operation
from opentill.services.records import Attempt
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


async def payment_at(
    op: Operation, reader: StoredReader | None, attempt_id: str, outcome: Outcome, *, earlier: bool = False
) -> Any:
    """The same for the action of `reader`, whichever reader made the attempt.

    `earlier` says that it was made with another reading of the card than the one that now waits for an answer.
    """
    if isinstance(outcome, Approved):
        await saving.save_card(op, (await op.get(ATTEMPTS, attempt_id)).value)
    settled = await authorization.settle(op, attempt_id, outcome)
    if reader is None:
        return settled.intent
    error = settled.intent.last_payment_error
    attempt = (await op.get(ATTEMPTS, attempt_id)).value
    return (await _end(op, reader, attempt, outcome, settled.refusal, error, earlier=earlier)).value


async def setup(op: Operation, attempt_id: str, outcome: Outcome) -> Any:
    """Record, in `op`, the end of a verification for a SetupIntent; the reader that made it, as it is then."""
    reader = await _reader_of(op, attempt_id)
    settled = await setup_confirmation.settle(op, attempt_id, outcome)
    if reader is None:
        return settled.intent
    action = slots.action_of(reader)
    if settled.generated is not None:
        action = outcomes.with_generated_card(action, settled.generated)
    error = settled.intent.last_setup_error
    attempt = (await op.get(ATTEMPTS, attempt_id)).value
    return (await _end(op, reader, attempt, outcome, settled.refusal, error, action)).value


async def refund(op: Operation, attempt_id: str, outcome: Outcome) -> Any:
    """Record, in `op`, what is known of a refund; the reader that made it, as it is then.

    A refund without an answer is repeated until there is one, and so long the action is in progress.
    """
    reader = await _reader_of(op, attempt_id)
    made: Refund = await refunds.settle(op, attempt_id, outcome)
    if reader is None:
        return made
    attempt = (await op.get(ATTEMPTS, attempt_id)).value
    if isinstance(outcome, Approved):
        action = outcomes.with_refund(slots.action_of(reader), made.id)
        return (await _end(op, reader, attempt, outcome, action=action)).value
    if isinstance(outcome, Declined):
        refusal = CardDeclined(outcome.message, code=outcome.code, decline_code=outcome.decline_code)
        error = ApiError(
            code=outcome.code, decline_code=outcome.decline_code, message=outcome.message, type="card_error"
        )
        return (await _end(op, reader, attempt, outcome, refusal, error)).value
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
    attempt: Attempt,
    outcome: Outcome,
    refusal: CardDeclined | None = None,
    error: ApiError | None = None,
    action: Action | None = None,
    *,
    earlier: bool = False,
) -> StoredReader:
    """Record the end of the action, or nothing if the answer is still to come.

    A device whose card is refused for want of a PIN asks for it again instead.
    """
    slot = reader.hidden.slot
    if isinstance(outcome, Pending):
        return reader
    if refusal is None:
        return await slots.take(
            op, reader, actions.approve(slot), action=action, result=_result(attempt, outcome, earlier=earlier)
        )
    if not isinstance(outcome, Approved | Declined):
        return await fail(op, reader, CONNECTION_ERROR)
    result = None
    if isinstance(outcome, Declined):
        if attempt.reading is not None and not earlier and actions.may_read_again(slot, outcome.decline_code):
            return await slots.take(op, reader, actions.read_again(slot, outcome.decline_code))
        result = _result(attempt, outcome, earlier=earlier)
    return await slots.take(op, reader, actions.fail(slot), failure=outcomes.declined(refusal, error), result=result)


def _result(attempt: Attempt, outcome: Outcome, *, earlier: bool) -> Result:
    """What a device is told of the acquirer's answer. What the issuer says to a chip goes to the one that asked."""
    issuer_data = outcome.issuer_data if isinstance(outcome, Approved | Declined) and not earlier else None
    if isinstance(outcome, Declined):
        return Result(
            succeeded=False,
            code=outcome.code,
            decline_code=outcome.decline_code,
            message=outcome.message,
            response_code=outcome.network_decline_code or DECLINED_CODE,
            issuer_data=issuer_data,
        )
    return Result(succeeded=True, amount=attempt.amount, response_code=APPROVED_CODE, issuer_data=issuer_data)
