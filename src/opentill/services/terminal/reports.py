"""What devices report of their actions, and what they are told about them: the two functions the gateway calls.

The reader's action in the store is the truth. A report that fits it changes it, once, however often it is sent; one
that does not changes nothing; and either way the device is told where its action stands, which it then follows. Nothing
that a device sends is an error: what makes no sense is left out and logged, and the device begins anew.
"""

from typing import Final

import structlog
from msgspec import UnsetType
from msgspec.structs import replace

from opentill.domain.errors import InvariantBroken, LockTimeout, Refusal
from opentill.domain.objects.reader_action import Action
from opentill.domain.terminal import actions, inputs, outcomes
from opentill.domain.terminal.actions import Phase, Step
from opentill.domain.terminal.inputs import Answer, InvalidInput
from opentill.domain.terminal.outcomes import Failure
from opentill.link.messages import Canceled, CardRead, Entered, Failed, Printed, Report, State, Untouched
from opentill.link.tasks import Again
from opentill.ports.store import Conflict
from opentill.services import accounts, file_keeping
from opentill.services.kinds import DEVICES, READERS
from opentill.services.operation import Caller, Operation, System
from opentill.services.terminal import devices, readings, slots, tasks
from opentill.services.terminal.devices import StoredDevice
from opentill.services.terminal.slots import StoredReader

_log = structlog.get_logger("opentill.readers")

_RUNS: Final = 20
_PHASES: Final[dict[Phase, str]] = {"succeeded": "ended", "failed": "ended"}


async def state(system: System, device_id: str, about: str | None = None) -> State:
    """Where the action of the reader stands that the device is registered as; idle if it is not registered.

    `about` is the action that the device asks about: `State.unknown` if that is not the reader's (yet, or any more).
    """
    return await _answer(system, device_id, about, action=about)


async def report(system: System, device_id: str, report: Report) -> State:
    """Take what a device reports, once however often it comes, and answer with where its action stands then.

    Where a card is charged, this returns when the acquirer has answered; until then, whoever asks, or sends the report
    again, is told "working". So it should not be cut short when the link breaks; if it is, the worker ends it.
    """
    for run in range(_RUNS):
        device, caller = await _registered(system, device_id)
        if device is None or caller is None:
            break
        op = Operation(system, caller)
        try:
            reader = await op.find(READERS, device.value.reader or "")
            if reader is None or reader.hidden.device != device_id:
                break
            reader = await slots.caught_up(op, reader)
            if reader.hidden.action_id == report.action and reader.hidden.report != report.id:
                await _take(op, reader, device, report)
            break
        except Conflict:
            if op.prepared:
                break
        except InvariantBroken:
            # What was read may be of two moments, before and after somebody's commit: then it holds when read again.
            if op.prepared or run == _RUNS - 1:
                raise
        except LockTimeout:
            break  # somebody else is at the payment; or, after the acquirer was asked, the worker goes on with it
        except Refusal as refusal:
            _log.info("report refused", reader=device.value.reader, action=report.action, reason=refusal.message)
            break
    return await _answer(system, device_id, report.id, action=report.action)


# Where the action stands --------------------------------------------------------------------------------------------


async def _answer(system: System, device_id: str, about: str | None, *, action: str | None) -> State:
    """The state, as an answer about a report or an action; `action` is the one that it is about."""
    for _ in range(_RUNS):
        device, caller = await _registered(system, device_id)
        reader: StoredReader | None = None
        if device is not None and caller is not None:
            op = Operation(system, caller)
            reader = await op.find(READERS, device.value.reader or "")
            if reader is not None and reader.hidden.device == device_id:
                try:
                    reader = await slots.caught_up(op, reader)
                    await op.commit_silently()
                except Conflict:
                    continue
                return await _state_of(op, reader, about, unknown=action not in (None, reader.hidden.action_id))
        return State(action=None, phase="idle", about=about, unknown=action is not None)
    raise Conflict(READERS.table, "changed")


async def _state_of(op: Operation, reader: StoredReader, about: str | None, *, unknown: bool) -> State:
    hidden = reader.hidden
    slot, action = hidden.slot, reader.value.action
    if slot.type is None or action is None:
        return State(action=None, phase="idle", about=about, unknown=unknown)
    begins = slot.phase in ("waiting", "showing") or slot.type in ("confirm_payment_intent", "print_content")
    again = None
    if slot.phase == "waiting" and slot.again is not None:
        again = Again(how=actions.AGAIN[slot.again], decline_code=slot.again)
    return State(
        action=hidden.action_id,
        phase=_PHASES.get(slot.phase, slot.phase),  # type: ignore[arg-type] # the others are called the same
        about=about,
        unknown=unknown,
        task=await tasks.task_of(op, reader.value, action, hidden) if begins and hidden.result is None else None,
        again=again,
        result=hidden.result,
    )


async def _registered(system: System, device_id: str) -> tuple[StoredDevice | None, Caller | None]:
    """The device, and the account it is registered to as the one that asks: nobody made a request."""
    device = await system.store.get(DEVICES, devices.NOBODY, device_id)
    if device is None or device.value.account is None:
        return device, None
    nobody = Caller(device.value.account, device.value.livemode, "", "")
    account = await accounts.account_of(Operation(system, nobody), device.value.account)
    version = account.hidden.api_version
    return device, replace(nobody, api_version=version, account_version=version, platform=account.hidden.platform)


# What happened ------------------------------------------------------------------------------------------------------


async def _take(op: Operation, reader: StoredReader, device: StoredDevice, report: Report) -> None:
    """Record what a device reports of the action that its reader is at, if it fits."""
    slot = reader.hidden.slot
    reported = op.update(reader, reader.value, replace(reader.hidden, report=report.id))
    match report.happening:
        case CardRead() as read:
            await readings.take(op, reported, device, read)
        case Canceled() if slot.phase == "waiting" and slot.cancelable:
            await _follow(op, reported, actions.cancel_by_customer(slot), outcomes.CUSTOMER_CANCELED)
        case Failed(code=code) if slot.phase == "waiting":
            await _follow(op, reported, actions.fail(slot), outcomes.DEVICE_FAILURES[code])
        case Failed() if slot.phase == "working" and slot.type == "print_content":
            await _follow(op, reported, actions.fail(slot), outcomes.PRINTER_FAILURES["printer_error"])
        case Printed(trouble=None) if slot.phase == "working" and slot.type == "print_content":
            await _follow(op, reported, actions.approve(slot))
        case Printed(trouble=str() as trouble) if slot.phase == "working" and slot.type == "print_content":
            await _follow(op, reported, actions.fail(slot), outcomes.PRINTER_FAILURES[trouble])
        case Untouched() if slot.phase == "waiting" and slot.type == "collect_inputs":
            await _follow(op, reported, actions.time_out_inputs(slot), outcomes.INPUTS_TIMED_OUT)
        case Entered() as entered if slot.phase == "waiting" and slot.type == "collect_inputs":
            await _entered(op, reported, entered)
        case other:
            _log.info("report does not fit", reader=reader.id, phase=slot.phase, happening=type(other).__name__)


async def _entered(op: Operation, reader: StoredReader, entered: Entered) -> None:
    """Record what the customer entered, if it fits the forms."""
    slot, action = reader.hidden.slot, slots.action_of(reader)
    asked = action.collect_inputs
    if isinstance(asked, UnsetType):
        raise InvariantBroken("a reader that waits for input shows its forms")
    answers = [Answer(value=value.value, choice=value.choice, toggles=value.toggles) for value in entered.values]
    signed: dict[str, str] = {}
    try:
        filled = inputs.entered(asked.inputs, answers, keep=file_keeping.numbering(op, signed))
    except InvalidInput as error:
        _log.warning("input does not fit", reader=reader.id, reason=str(error))
        await _follow(op, reader, actions.fail(slot), outcomes.DATA_INVALID)
        return
    await file_keeping.keep_signatures(op, signed)
    await _follow(op, reader, actions.enter(slot), action=outcomes.with_inputs(action, filled))


async def _follow(
    op: Operation, reader: StoredReader, step: Step, failure: Failure | None = None, *, action: Action | None = None
) -> None:
    await slots.take(op, reader, step, failure=failure, action=action)
    await op.commit_silently()
