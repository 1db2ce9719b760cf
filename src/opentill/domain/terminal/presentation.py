"""A card is presented to a reader: which card, how it is read, and what the reader knows of it then.

A device says how it read the card and what the chip told (`device_reading`). The rest is about simulated readers, to
which a test card is presented.

The card defaults by what the PaymentIntent takes (guide "Testing", simulated card presentment). Standard cards are
inserted and need no PIN; the cards made for PINs are verified as their row says. A card with `retry` is tapped first,
which its issuer refuses, and then read again with a PIN, which gives two charges (regional considerations, strong
customer authentication): offline PINs need the chip, an online PIN is keyed in after the tap.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain import cards
from opentill.domain.cards import CardDetails, ClearCard, TestCard
from opentill.domain.errors import InvariantBroken
from opentill.domain.objects.payment_method import CardPresent, InteracPresent
from opentill.domain.objects.payment_method_details import (
    CardholderVerification,
    CardPresentDetails,
    InteracPresentDetails,
    InteracReceipt,
    PaymentMethodDetails,
    ReadMethod,
    Receipt,
)
from opentill.domain.objects.shared import CardNetworks
from opentill.domain.objects.wallet import CardPresentWallet
from opentill.domain.terminal import receipts, refusals
from opentill.domain.terminal.preconditions import CardType
from opentill.domain.terminal.receipts import Told, Transaction, Verification

PresentType: TypeAlias = Literal["card_present", "interac_present"]

DEFAULT_NUMBERS: Final[dict[PresentType, str]] = {
    "card_present": "4242424242424242",
    "interac_present": "4506445006931933",
}

_LOCALES: Final[dict[str, list[str]]] = {  # tag 5F2D, by the issuer's country
    "CA": ["en", "fr"],
    "CN": ["zh"],
    "DE": ["de"],
    "FR": ["fr"],
    "JP": ["ja"],
}
# What a charge copies of the PaymentMethod it was made with.
_COPIED: Final = (
    "brand",
    "cardholder_name",
    "country",
    "exp_month",
    "exp_year",
    "fingerprint",
    "funding",
    "last4",
    "preferred_locales",
    "read_method",
)
# Single-brand domestic debit cards ask for a PIN at every purchase.
_PIN_BRANDS: Final = frozenset({"eftpos_au", "girocard", "interac"})


class KeyedCard(msgspec.Struct, frozen=True, kw_only=True):
    """`card` of present_payment_method: what the cashier keys in. repr hides it."""

    number: str
    exp_month: int
    exp_year: int
    cvc: str | None = None

    def __repr__(self) -> str:
        return "KeyedCard(…)"


class Presentment(msgspec.Struct, frozen=True, kw_only=True):
    """The parameters of present_payment_method; None is "not given". repr hides the numbers."""

    type: CardType | None = None
    card_present_number: str | None = None
    interac_present_number: str | None = None
    card: KeyedCard | None = None
    amount_tip: int | None = None

    def __repr__(self) -> str:
        return "Presentment(…)"

    @property
    def says_nothing(self) -> bool:
        """Whether it only asks to go on."""
        return self == Presentment()


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a card.

    `told` is what the card said, to a device; a simulated reader reads a test card, `simulated`. `refused_with` is the
    decline code with which the issuer then asks for another reading.
    """

    type: PresentType
    card: CardDetails
    read_method: ReadMethod
    verification: CardholderVerification
    told: Told | None = None
    simulated: TestCard | None = None
    refused_with: str | None = None


def kind(presentment: Presentment, taken: tuple[CardType, ...]) -> CardType:
    """The kind of card that is presented to a reader that takes `taken`. Raises InvalidRequest."""
    given: dict[CardType, object] = {
        "card_present": presentment.card_present_number,
        "interac_present": presentment.interac_present_number,
        "card": presentment.card,
    }
    named = [type for type, value in given.items() if value is not None]
    chosen = presentment.type or (named[0] if named else taken[0])
    for type in named:
        if type != chosen:
            raise refusals.invalid(f"`{type}` does not go with the type {chosen}.", type)
    if chosen not in taken:
        takes = " or ".join(f"`{type}`" for type in taken)
        raise refusals.invalid(f"The reader is waiting for {takes}, not for `{chosen}`.", "type")
    return chosen


def present_card(presentment: Presentment, type: PresentType) -> TestCard:
    """The test card in the customer's hand. Raises InvalidRequest, without repeating the number."""
    given = presentment.card_present_number if type == "card_present" else presentment.interac_present_number
    number = DEFAULT_NUMBERS[type] if given is None else given.replace(" ", "")
    card = cards.test_card(number)
    param = f"{type}[number]"
    if card is None:
        raise refusals.invalid(
            "The number is not that of a test card. Simulated readers read the test cards of the Terminal testing "
            "page only.",
            param,
        )
    if (card.brand == "interac") != (type == "interac_present"):
        other = "interac_present" if card.brand == "interac" else "card_present"
        raise refusals.invalid(f"This test card is read as `{other}`, not as `{type}`.", param)
    return card


def keyed_card(presentment: Presentment, now: int) -> ClearCard:
    """The card that is keyed in for a mail or telephone order; the security code is mandatory.

    Raises InvalidRequest if something is missing and CardDeclined (402) if something is wrong with it.
    """
    keyed = presentment.card
    if keyed is None:
        raise refusals.missing("card")
    if keyed.cvc is None:
        raise refusals.missing("card[cvc]")
    return cards.validate(keyed.number, keyed.exp_month, keyed.exp_year, keyed.cvc, now)


def readings(card: TestCard, type: PresentType) -> tuple[Reading, ...]:
    """How the card is read, in order; all but the last are refused by the issuer."""
    verification: Verification = card.cvm or ("online_pin" if card.brand in _PIN_BRANDS else "none")
    seen = cards.details(card.number)

    def reading(read_method: ReadMethod, verification: Verification, refused_with: str | None = None) -> Reading:
        return Reading(type, seen, read_method, verification, simulated=card, refused_with=refused_with)

    if not card.retry:
        return (reading("contact_emv", verification),)
    if verification == "offline_pin":
        tap = reading("contactless_emv", "none", "offline_pin_required")
        return (tap, reading("contact_emv", verification))
    tap = reading("contactless_emv", "none", "online_or_offline_pin_required")
    return (tap, reading("contactless_emv", verification))


def device_reading(number: str, read_method: ReadMethod, verification: CardholderVerification, told: Told) -> Reading:
    """How a device read the card of that number. Which network it is for, its application says, if it has one."""
    seen = cards.details(number)
    network = None if told.file is None else receipts.network_of(told.file)
    type: PresentType = "interac_present" if "interac" in (network, seen.brand) else "card_present"
    return Reading(type, seen, read_method, verification, told)


def network(
    reading: Reading,
    *,
    capture_method: str,
    requested_priority: Literal["domestic", "international"] | None = None,
) -> str:
    """The network a payment runs on (`capture_method` as it holds for present cards; regional considerations).

    At a device it is that of the application that was chosen there, if that tells.

    eftpos knows no hold, so `manual` is international; with `manual_preferred` an inserted card takes eftpos and a
    tapped one the international network. Elsewhere the domestic network wins unless the merchant asks otherwise.
    """
    networks = reading.card.networks
    domestic, international = networks[0], networks[-1]
    chosen = None if reading.told is None or reading.told.file is None else receipts.network_of(reading.told.file)
    if chosen is not None and (chosen in networks or international == "unknown"):
        return chosen
    if domestic == "eftpos_au" != international:
        automatic = capture_method.startswith("automatic")
        preferred = capture_method == "manual_preferred" and reading.read_method == "contact_emv"
        return domestic if automatic or preferred else international
    return international if requested_priority == "international" else domestic


def card_present(reading: Reading, clear: ClearCard, *, fingerprint: str) -> CardPresent:
    """`PaymentMethod.card_present` of a reading."""
    wallet = None if reading.told is None else reading.told.wallet
    return CardPresent(
        **_read(reading, clear, fingerprint), wallet=UNSET if wallet is None else CardPresentWallet(type=wallet)
    )


def interac_present(reading: Reading, clear: ClearCard, *, fingerprint: str) -> InteracPresent:
    """`PaymentMethod.interac_present` of a reading."""
    return InteracPresent(**_read(reading, clear, fingerprint))


def charge_details(
    reading: Reading,
    read: CardPresent | InteracPresent,
    transaction: Transaction,
    *,
    network: str,
    location: str | None,
    reader: str | None,
) -> PaymentMethodDetails:
    """What the reader tells the payment: `payment_method_details` before the network has answered (see `answered`)."""
    told = reading.told or _simulated(reading, transaction, network)
    receipt: dict[str, Any] = {
        "application_cryptogram": told.cryptogram,
        "application_preferred_name": told.name,
        "cardholder_verification_method": reading.verification,
        "dedicated_file_name": told.file,
        "terminal_verification_results": told.verification_results,
        "transaction_status_information": told.status_information,
    }
    common: dict[str, Any] = {
        **{field: getattr(read, field) for field in _COPIED},
        "location": UNSET if location is None else location,
        "network": network,
        "reader": UNSET if reader is None else reader,
    }
    if isinstance(read, InteracPresent):
        return PaymentMethodDetails(
            type="interac_present",
            interac_present=InteracPresentDetails(
                **common,
                # Which of the holder's accounts pays, a device does not ask.
                receipt=InteracReceipt(account_type="checking" if reading.told is None else "unknown", **receipt),
            ),
        )
    account = receipts.account_type(reading.card.funding)
    return PaymentMethodDetails(
        type="card_present",
        card_present=CardPresentDetails(**common, receipt=Receipt(account_type=account, **receipt), wallet=read.wallet),
    )


def answered(details: PaymentMethodDetails, code: str | None, issuer_data: bytes | None = None) -> PaymentMethodDetails:
    """`details` with the network's answer: DE 39 such as "00" or "51"; None where there was none.

    `issuer_data` is what else the card is told (tag 91, as TLV). A stripe is told nothing.
    """
    if code is None:
        return details
    data, shown = receipts.response_data(code, issuer_data), receipts.response_code(code)
    if not isinstance(details.card_present, UnsetType):
        receipt = msgspec.structs.replace(details.card_present.receipt or Receipt(), authorization_response_code=shown)
        told = None if _is_stripe(details.card_present.read_method) else data
        present = msgspec.structs.replace(details.card_present, emv_auth_data=told, receipt=receipt)
        return msgspec.structs.replace(details, card_present=present)
    if not isinstance(details.interac_present, UnsetType):
        interac_receipt = msgspec.structs.replace(
            details.interac_present.receipt or InteracReceipt(), authorization_response_code=shown
        )
        told = None if _is_stripe(details.interac_present.read_method) else data
        interac = msgspec.structs.replace(details.interac_present, emv_auth_data=told, receipt=interac_receipt)
        return msgspec.structs.replace(details, interac_present=interac)
    return details


def _is_stripe(read_method: ReadMethod | None) -> bool:
    return read_method in ("magnetic_stripe_fallback", "magnetic_stripe_track2")


def _simulated(reading: Reading, transaction: Transaction, network: str) -> Told:
    card, verification = reading.simulated, reading.verification
    if card is None or verification not in ("none", "offline_pin", "online_pin"):
        raise InvariantBroken("what no device read is a test card")
    return receipts.simulated(card, transaction, network, reading.read_method, verification)


def _read(reading: Reading, clear: ClearCard, fingerprint: str) -> dict[str, Any]:
    """The members that PaymentMethods of both kinds have."""
    seen, told = reading.card, reading.told
    if told is not None:
        name = told.cardholder_name
        locales = None if told.locales is None else list(told.locales)
    else:
        # ISO 7813, surname first; contactless readings usually come without it.
        name = "CARDHOLDER/TEST" if reading.read_method == "contact_emv" else None
        locales = _LOCALES.get(seen.country or "", ["en"])
    return {
        "brand": seen.brand,
        "cardholder_name": name,
        "country": seen.country,
        "exp_month": clear.exp_month,
        "exp_year": clear.exp_year,
        "fingerprint": fingerprint,
        "funding": seen.funding,
        "last4": seen.last4,
        "networks": CardNetworks(available=list(seen.networks)),
        "preferred_locales": locales,
        "read_method": reading.read_method,
    }
