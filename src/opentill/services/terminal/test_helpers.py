"""What the customer does at a simulated reader, at the word of a test: presents a card, fills in forms, walks away."""

from msgspec import UnsetType

from opentill.domain.errors import InvalidRequest, InvariantBroken
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal import actions, devices, inputs, outcomes, refusals
from opentill.domain.terminal.presentation import KeyedCard, Presentment
from opentill.requests.params import Params
from opentill.requests.terminal import actions as requests
from opentill.services import file_keeping
from opentill.services.operation import Operation
from opentill.services.parameters import given as or_none
from opentill.services.terminal import cards, payments, refunding, setups, slots
from opentill.services.terminal.slots import StoredReader


async def present_payment_method(op: Operation, id: str, params: requests.PresentPaymentMethod) -> Reader:
    """Presents a payment method on a simulated reader; answers with how the reader's action ended.

    The card is the usual one of what the reader waits for, unless another is given by its number.
    """
    reader = await _simulated(op, id)
    given = _presentment(params)
    slot = reader.hidden.slot
    known = cards.fingerprint_of(op, given)
    if given.card is None and actions.paid_already(slot, fingerprint=known, amount_tip=given.amount_tip):
        return await op.commit(reader.value)
    actions.check_waits_for_card(slot)
    if slot.type in ("process_setup_intent", "refund_payment") and given.amount_tip is not None:
        raise refusals.invalid("A tip can only be given for a payment.", "amount_tip")
    match slot.type:
        case "collect_payment_method":
            return await payments.collect(op, reader, given)
        case "process_setup_intent":
            return await setups.process(op, reader, given)
        case "refund_payment":
            return await refunding.process(op, reader, given)
        case _:
            return await payments.process(op, reader, given)


async def succeed_input_collection(op: Operation, id: str, params: requests.SucceedInputCollection) -> Reader:
    """Fills in the forms on a simulated reader; those that can be skipped are, if that is asked for."""
    reader = await _simulated(op, id)
    step = actions.enter(reader.hidden.slot)
    asked = slots.action_of(reader).collect_inputs
    if isinstance(asked, UnsetType):
        raise InvariantBroken("a reader that waits for input shows its forms")
    skip = params.skip_non_required_inputs == "all"
    signed: dict[str, str] = {}
    entered = inputs.completed(asked.inputs, skip_optional=skip, keep=file_keeping.numbering(op, signed))
    await file_keeping.keep_signatures(op, signed)
    done = await slots.take(op, reader, step, action=outcomes.with_inputs(slots.action_of(reader), entered))
    return await op.commit(done.value)


async def timeout_input_collection(op: Operation, id: str, _: Params) -> Reader:
    """Lets nobody touch the forms on a simulated reader until they are given up."""
    reader = await _simulated(op, id)
    step = actions.time_out_inputs(reader.hidden.slot)
    return await op.commit((await slots.take(op, reader, step, failure=outcomes.INPUTS_TIMED_OUT)).value)


async def _simulated(op: Operation, id: str) -> StoredReader:
    reader = await slots.reader_of(op, id)
    if not devices.DEVICES[reader.value.device_type].simulated:
        raise InvalidRequest("Test helpers work with simulated readers only: this reader has customers of its own.")
    return reader


def _presentment(params: requests.PresentPaymentMethod) -> Presentment:
    card = params.card
    present, interac = params.card_present, params.interac_present
    return Presentment(
        type=or_none(params.type),
        card_present_number=None if isinstance(present, UnsetType) else or_none(present.number),
        interac_present_number=None if isinstance(interac, UnsetType) else or_none(interac.number),
        card=None
        if isinstance(card, UnsetType)
        else KeyedCard(number=card.number, exp_month=card.exp_month, exp_year=card.exp_year, cvc=or_none(card.cvc)),
        amount_tip=or_none(params.amount_tip),
    )
