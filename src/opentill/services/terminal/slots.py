"""A reader's one action: carried to the reader, recorded, and caught up with time.

What may follow what is decided in `opentill.domain.terminal.actions`. Here a step of it becomes the reader as the API
shows it, the event, and the return of a PaymentIntent whose collected card was given up, all in one commit. A device is
nudged once that is durable, unless it did the step itself and is at it.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from opentill.domain import payment_intents, setup_intents
from opentill.domain.errors import InvariantBroken
from opentill.domain.objects.payment_method import AllowRedisplay
from opentill.domain.objects.reader_action import Action
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal import actions, outcomes, refusals
from opentill.domain.terminal.actions import Held, Step
from opentill.domain.terminal.outcomes import Failure
from opentill.domain.terminal.preconditions import CardType
from opentill.link.messages import Result
from opentill.link.tasks import Task
from opentill.ports.readers import Acknowledged, Busy, Command, Fault, Offline, TimedOut
from opentill.ports.store import Stored
from opentill.services import payment_cards
from opentill.services.kinds import PAYMENT_INTENTS, PAYMENT_METHODS, READERS, SETUP_INTENTS
from opentill.services.operation import Operation
from opentill.services.records import ReaderHidden

StoredReader = Stored[Reader, ReaderHidden]


async def reader_of(op: Operation, id: str) -> StoredReader:
    """The reader, as it is by now. Raises ResourceMissing."""
    return await caught_up(op, await op.get(READERS, id, in_path=True))


async def caught_up(op: Operation, stored: StoredReader) -> StoredReader:
    """Record, in `op`, what time has done to a reader: a form nobody touched, a collected card nobody confirmed."""
    step = actions.elapse(stored.hidden.slot, op.now)
    if step.slot is stored.hidden.slot:
        return stored
    return await take(op, stored, step, failure=outcomes.INPUTS_TIMED_OUT if step.slot.phase == "failed" else None)


async def take(
    op: Operation,
    stored: StoredReader,
    step: Step,
    *,
    action: Action | None = None,
    failure: Failure | None = None,
    hidden: ReaderHidden | None = None,
    result: Result | None = None,
) -> StoredReader:
    """Record, in `op`, a step of a reader's action, which is `action` from now on unless that is None.

    `failure` is why it failed, if it did. `hidden` belongs to a new action and is not shown. `result` is what a device
    is told of the end, if more is known of it than whether it succeeded and `failure`.
    """
    before = stored.hidden
    shown = outcomes.shown(stored.value.action if action is None else action, step.slot, failure)
    # A reader with a device is seen when that is heard from, not when time or a caller does something to its action.
    last_seen_at = op.now_ms if before.device is None else stored.value.last_seen_at
    reader = replace(stored.value, action=shown, last_seen_at=last_seen_at)
    after = replace(before, slot=step.slot)
    if hidden is not None:
        begun_by = None if step.slot.type is None else op.caller.session
        after = replace(hidden, slot=step.slot, begun_by=begun_by)
    if before.device is not None:
        after = _for_device(after, shown, failure, result, lapsed=before.slot.phase == "collected")
        if step.slot.phase != "working":
            nudge(op, stored)
    newer = op.update(stored, reader, after)
    await release(op, step, before.slot.held)
    if step.webhook is not None:
        op.emit(step.webhook, reader)
    return newer


def _for_device(
    hidden: ReaderHidden, shown: Action | None, failure: Failure | None, result: Result | None, *, lapsed: bool
) -> ReaderHidden:
    """With how the action ended, if it did. That a collected card lapsed is no end that anybody is told of."""
    if hidden.slot.phase not in ("succeeded", "failed"):
        return hidden if hidden.result is None else replace(hidden, result=None)
    if result is None and failure is not None and shown is not None:
        result = Result(
            succeeded=False,
            code=failure.code,
            decline_code=outcomes.decline_code(shown),
            message=failure.message,
        )
    return replace(hidden, result=None if lapsed else result or Result(succeeded=True), content=None)


def nudge(op: Operation, stored: StoredReader) -> None:
    """Once `op` is committed, hint at the reader's device, if it has one, that its action is another."""
    device = stored.hidden.device
    if device is not None:
        op.after_commit(lambda: op.system.readers.nudge(device))


async def release(op: Operation, step: Step, held: Held | None) -> None:
    """Take the collected card off the intent that a step gives up, so that it can start over."""
    if step.release is None or held is None:
        return
    method = await op.find(PAYMENT_METHODS, held.payment_method)
    if method is not None:
        await payment_cards.forget_verification(op, method.hidden.card)  # a PIN for a payment that does not come
    setup = await op.find(SETUP_INTENTS, step.release)
    if setup is not None and setup.value.status == "requires_confirmation":
        if setup.value.payment_method == held.payment_method and setup.hidden.open_attempt is None:
            op.update(setup, setup_intents.with_payment_method(setup.value, None), setup.hidden)
        return
    intent = await op.find(PAYMENT_INTENTS, step.release)
    if intent is None or intent.value.status != "requires_confirmation":
        return
    if intent.value.payment_method == held.payment_method and intent.hidden.open_attempt is None:
        op.update(intent, payment_intents.with_payment_method(intent.value, None), intent.hidden)


async def begin(
    op: Operation,
    stored: StoredReader,
    step: Step,
    action: Action,
    *,
    task: Task | None,
    takes: Sequence[CardType] = (),
    allow_redisplay: AllowRedisplay | None = None,
) -> StoredReader:
    """Carry a new action to the reader and record it, in `op`; all that could refuse it was checked before.

    `task` is what a device is to do.

    Raises InvalidRequest if the reader does not take it. If it did not acknowledge in time, it may be at it all the
    same: then the action is committed, and the refusal is the answer (`terminal_reader_timeout`).
    """
    id = op.new_id("act")
    delivery = await deliver(op, stored, Command(id, action, task=task))
    if isinstance(delivery, TimedOut) and step.slot.phase == "working":
        raise refusals.reader_timeout()  # it would be begun at once, and nobody would hear of its end
    hidden = stored.hidden.begun(id, takes=takes, allow_redisplay=allow_redisplay)
    begun = await take(op, stored, step, action=action, hidden=hidden)
    if isinstance(delivery, TimedOut):
        refusal = refusals.reader_timeout()
        await op.commit_refusal(refusal)
        raise refusal
    return begun


async def print_out(
    op: Operation, stored: StoredReader, step: Step, action: Action, content: bytes, *, task: Task | None
) -> StoredReader:
    """Have a picture printed and record, in `op`, what came of it, as far as it is known yet."""
    id = op.new_id("act")
    delivery = await deliver(op, stored, Command(id, action, content, task))
    if isinstance(delivery, TimedOut):
        raise refusals.reader_timeout()
    hidden = stored.hidden.begun(id, content=None if task is None else content)
    begun = await take(op, stored, step, action=action, hidden=hidden)
    if delivery.trouble is not None:
        failure = outcomes.PRINTER_FAILURES[delivery.trouble]
        return await take(op, begun, actions.fail(begun.hidden.slot), failure=failure)
    return await take(op, begun, actions.approve(begun.hidden.slot)) if delivery.printed else begun


async def clear(op: Operation, stored: StoredReader) -> StoredReader:
    """Send the reader back to its splash screen, and record it. Raises InvalidRequest if that is not possible now."""
    step = actions.cancel(stored.hidden.slot)
    if isinstance(await deliver(op, stored, Command(None, None)), TimedOut):
        raise refusals.reader_timeout()
    return await take(op, stored, step, hidden=stored.hidden.begun(None))


def action_of(reader: StoredReader) -> Action:
    """What the reader shows of the action that it is in the middle of."""
    if reader.value.action is None:
        raise InvariantBroken("a reader that does something shows what")
    return reader.value.action


async def tell(op: Operation, stored: StoredReader, command: Command) -> None:
    """Tell the reader of what is so, whether it hears of it or not.

    Raises InvalidRequest if it is busy: then somebody is in front of it, and is to see it afterwards.
    """
    if isinstance(await op.system.readers.send(stored.value, command), Busy):
        raise refusals.reader_busy()


async def deliver(op: Operation, stored: StoredReader, command: Command) -> Acknowledged | TimedOut:
    """Tell the reader. Raises InvalidRequest if it certainly does not have the command."""
    delivery = await op.system.readers.send(stored.value, command)
    match delivery:
        case Offline():
            raise refusals.reader_offline()
        case Busy():
            raise refusals.reader_busy()
        case Fault():
            raise refusals.reader_hardware_fault()
        case Acknowledged() | TimedOut():
            return delivery
