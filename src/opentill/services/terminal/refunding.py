"""Money back in person: an Interac payment is refunded to the card that paid, presented once more."""

from msgspec import UnsetType

from opentill.domain import charges
from opentill.domain.errors import InvalidRequest, InvariantBroken
from opentill.domain.objects.charge import Charge
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal import actions, outcomes, presentation
from opentill.domain.terminal.actions import Held
from opentill.domain.terminal.outcomes import Failure
from opentill.domain.terminal.presentation import Presentment
from opentill.services import refunds
from opentill.services.kinds import CHARGES
from opentill.services.operation import Operation
from opentill.services.parameters import given as or_none
from opentill.services.refunds import StoredCharge
from opentill.services.terminal import settling, slots
from opentill.services.terminal.slots import StoredReader

# No code is published for this; it is a decline, and not by the issuer's will.
WRONG_CARD = Failure(
    code="card_declined", message="The card that was presented is not the one that paid. Present the same card."
)


async def process(op: Operation, reader: StoredReader, given: Presentment) -> Reader:
    """A card is presented for `refund_payment`; answers with how it ended."""
    charge = await op.get(CHARGES, reader.hidden.slot.subject or "")
    presentation.kind(given, ("interac_present",))
    return await process_card(op, reader, charge, presentation.present_card(given, "interac_present").number)


async def process_card(op: Operation, reader: StoredReader, charge: StoredCharge, number: str) -> Reader:
    """Give money back to the card of that number, which the reader has read, or keep that for `give_back`.

    Answers with how it ended.
    """
    fingerprint = op.system.vault.fingerprint(op.caller.account, number)
    if fingerprint != _paid_with(charge.value):
        return await op.commit((await settling.fail(op, reader, WRONG_CARD)).value)
    held = Held(payment_method=charge.value.payment_method or "", fingerprint=fingerprint)
    at_it = await slots.take(op, reader, actions.present(reader.hidden.slot, op.now, held=held))
    if at_it.hidden.slot.phase == "collected":
        return await op.commit(at_it.value)
    return await give_back(op, at_it, charge)


async def give_back(op: Operation, working: StoredReader, charge: StoredCharge) -> Reader:
    """Give money back to the card that was presented to `working`, which is at it; answers with how it ended."""
    asked = slots.action_of(working).refund_payment
    if isinstance(asked, UnsetType):
        raise InvariantBroken("a reader that refunds shows what")
    try:
        amount = charges.check_refundable(charge.value, or_none(asked.amount))
    except InvalidRequest as refusal:
        return await op.commit((await settling.fail(op, working, outcomes.refused(refusal))).value)
    metadata = {} if isinstance(asked.metadata, UnsetType) else asked.metadata
    attempt, outcome = await refunds.give_back(
        op,
        charge,
        amount,
        or_none(asked.reason),
        metadata,
        reader=working.id,
        returns_application_fee=asked.refund_application_fee is True,
    )
    return await settling.settle(op, attempt, outcome, settling.refund)


def _paid_with(charge: Charge) -> str | None:
    """The fingerprint of the Interac card that paid."""
    details = charge.payment_method_details
    if details is None or isinstance(details.interac_present, UnsetType):
        return None
    return details.interac_present.fingerprint
