"""Money back in person: an Interac payment is refunded to the card that paid, presented once more."""

from msgspec import UnsetType

from opentill.domain import charges
from opentill.domain.errors import InvalidRequest, InvariantBroken
from opentill.domain.objects.charge import Charge
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal import actions, outcomes, presentation
from opentill.domain.terminal.outcomes import Failure
from opentill.domain.terminal.presentation import Presentment
from opentill.services import refunds
from opentill.services.kinds import CHARGES
from opentill.services.operation import Operation
from opentill.services.parameters import given as or_none
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
    card = presentation.present_card(given, "interac_present")
    working = await slots.take(op, reader, actions.present(reader.hidden.slot, op.now))
    if op.system.vault.fingerprint(op.caller.account, card.number) != _paid_with(charge.value):
        return await op.commit((await settling.fail(op, working, WRONG_CARD)).value)
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
        reader=reader.id,
        returns_application_fee=asked.refund_application_fee is True,
    )
    return await settling.settle(op, attempt, outcome, settling.refund)


def _paid_with(charge: Charge) -> str | None:
    """The fingerprint of the Interac card that paid."""
    details = charge.payment_method_details
    if details is None or isinstance(details.interac_present, UnsetType):
        return None
    return details.interac_present.fingerprint
