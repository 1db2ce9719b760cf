"""Saving the card of a payment at a reader: a new PaymentMethod of the type card, made from the reading."""

from typing import Final

from msgspec import UnsetType
from msgspec.structs import replace

from opentill.domain.objects.payment_method import PaymentMethod
from opentill.services import payment_cards
from opentill.services.kinds import CUSTOMERS, PAYMENT_INTENTS, PAYMENT_METHODS
from opentill.services.operation import Operation
from opentill.services.records import Attempt

# Cards of one domestic network only cannot be charged without being present (guide "Save payment details").
UNSAVABLE_BRANDS: Final = frozenset({"eftpos_au", "girocard", "interac"})


def savable(method: PaymentMethod) -> bool:
    """Whether a card that can be charged later can be made from this reading."""
    return not isinstance(method.card_present, UnsetType) and method.card_present.brand not in UNSAVABLE_BRANDS


async def save_card(op: Operation, attempt: Attempt) -> None:
    """Record, in `op`, the saved card of a payment that is approved and asks for it, before its charge is recorded.

    It is attached to the intent's customer, if there is one; otherwise the merchant can attach it later.
    """
    intent = (await op.get(PAYMENT_INTENTS, attempt.payment_intent or "")).value
    read = await op.get(PAYMENT_METHODS, attempt.payment_method or "")
    usage = intent.setup_future_usage
    if usage is None or not savable(read.value):
        return
    made = await payment_cards.generate(op, read, allow_redisplay=read.value.allow_redisplay, charge=attempt.charge)
    customer = None if intent.customer is None else await op.find(CUSTOMERS, intent.customer)
    if customer is None or customer.hidden.deleted:
        op.update(made, made.value, replace(made.hidden, saved_for=usage))
    else:
        payment_cards.attach(op, made, customer, usage)
    details = read.hidden.read
    if details is not None and not isinstance(details.card_present, UnsetType):
        told = replace(details, card_present=replace(details.card_present, generated_card=made.id))
        op.update(read, read.value, replace(read.hidden, read=told))
