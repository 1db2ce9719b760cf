"""A card in the customer's hand: which one it is, and what is read of it, by a simulated reader or by a device."""

from dataclasses import dataclass
from typing import Literal

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from opentill.domain import cards
from opentill.domain.cards import ClearCard
from opentill.domain.errors import InvariantBroken
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.payment_method import InteracPresent, PaymentMethod
from opentill.domain.terminal import presentation
from opentill.domain.terminal.presentation import Presentment, PresentType, Reading
from opentill.domain.terminal.receipts import Transaction
from opentill.ports import acquirer
from opentill.services import payment_cards
from opentill.services.kinds import PAYMENT_METHODS
from opentill.services.operation import Operation
from opentill.services.payment_cards import StoredMethod
from opentill.services.records import PaymentMethodHidden
from opentill.services.terminal.slots import StoredReader


@dataclass(frozen=True, slots=True)
class CardInHand:
    """A card that was put to the reader: how it is read, one reading after the other, and its token in the vault.

    `clear` lives as long as the request. `token` is None for a card that may not be kept: it cannot be charged. For a
    device there is one reading, and `issuer` is what it has for the card's issuer.
    """

    type: PresentType
    clear: ClearCard
    token: str | None
    fingerprint: str
    readings: tuple[Reading, ...]
    issuer: acquirer.Reading | None = None


def fingerprint_of(op: Operation, given: Presentment) -> str | None:
    """The fingerprint of the card that is presented, if it is given by its number."""
    number = given.card_present_number or given.interac_present_number
    return None if number is None else op.system.vault.fingerprint(op.caller.account, number.replace(" ", ""))


async def take(op: Operation, given: Presentment, type: PresentType) -> CardInHand:
    """The card that is presented; its number goes into the vault. Raises InvalidRequest."""
    card = presentation.present_card(given, type)
    clear = replace(cards.clear(card, op.now), verification=None)  # nobody reads what is printed on the back
    return CardInHand(
        type=type,
        clear=clear,
        token=await payment_cards.seal(op, clear),
        fingerprint=op.system.vault.fingerprint(op.caller.account, clear.number),
        readings=presentation.readings(card, type),
    )


async def taken_before(op: Operation, method: StoredMethod) -> CardInHand:
    """The card that a simulated reader's collection read, for the confirmation."""
    token = payment_cards.token_of(method)
    clear = await payment_cards.clear_card(op, token)
    card = cards.test_card(clear.number)
    if card is None or method.value.type == "card":
        raise InvariantBroken("what a simulated reader collects is a test card")
    type: PresentType = method.value.type
    return CardInHand(type, clear, token, fingerprint_of_method(method.value) or "", presentation.readings(card, type))


def read(
    op: Operation,
    reader: StoredReader,
    card: CardInHand,
    reading: Reading,
    *,
    amount: int,
    currency: str,
    network: str,
) -> StoredMethod:
    """The PaymentMethod that one reading of the card gives, good for this transaction only.

    `amount` (minor units of `currency`) is what the card is told, 0 if nothing is to be paid.
    """
    id = op.new_id("pm")
    of_type = presentation.card_present if card.type == "card_present" else presentation.interac_present
    seen = of_type(reading, card.clear, fingerprint=card.fingerprint)
    details = presentation.charge_details(
        reading,
        seen,
        Transaction(number=id, amount=amount, currency=currency),
        network=network,
        location=reader.value.location,
        reader=reader.id,
    )
    method = PaymentMethod(
        id=id,
        allow_redisplay=reader.hidden.allow_redisplay or "unspecified",
        created=op.now,
        livemode=op.caller.livemode,
        type=card.type,
        card_present=UNSET if isinstance(seen, InteracPresent) else seen,
        interac_present=seen if isinstance(seen, InteracPresent) else UNSET,
    )
    hidden = PaymentMethodHidden(card=card.token, read=details, reading=card.issuer)
    return op.create(PAYMENT_METHODS, method, hidden)


def network(intent: PaymentIntent, reading: Reading) -> str:
    """The network that a payment runs on."""
    options = intent.payment_method_options
    present = None if options is None or isinstance(options.card_present, UnsetType) else options.card_present
    priority: Literal["domestic", "international"] | None = None
    capture: str = intent.capture_method
    if present is not None:
        if not isinstance(present.capture_method, UnsetType):
            capture = present.capture_method
        if not isinstance(present.routing, UnsetType):
            priority = present.routing.requested_priority
    return presentation.network(reading, capture_method=capture, requested_priority=priority)


def fingerprint_of_method(method: PaymentMethod) -> str | None:
    """The fingerprint of the card behind a PaymentMethod."""
    for part in (method.card, method.card_present, method.interac_present):
        if not isinstance(part, UnsetType):
            return None if isinstance(part.fingerprint, UnsetType) else part.fingerprint
    return None
