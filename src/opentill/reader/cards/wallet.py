"""The virtual wallet: every test card, two kinds of phone, and the cards that make trouble.

The cards of simulated readers come first, then those made for trying something out, then all other test cards. A
`VirtualCard` has a memory (its transaction counters, its PIN tries), so a wallet is made once and kept; a fresh one has
fresh cards.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Final

import msgspec

from opentill.domain import cards
from opentill.domain.cards import TEST_CARDS, TestCard
from opentill.emv.application import Application, Refusal
from opentill.emv.card import Chip
from opentill.emv.codes import COUNTRIES
from opentill.reader.cards.profiles import PIN, Validity, applications, on_phone, validity
from opentill.reader.cards.virtual import VirtualCard

_WORDS: Final = {
    "14digits": "14 digits",
    "19digits": "19 digits",
    "3ds": "3DS",
    "amex": "American Express",
    "amex2": "American Express 2",
    "avs": "AVS",
    "bancaires": "Bancaires",
    "cartes": "Cartes",
    "classic2": "classic 2",
    "cvc": "CVC",
    "cvm": "",
    "diners": "Diners Club",
    "discover": "Discover",
    "discover2": "Discover 2",
    "eftpos": "eftpos",
    "fsa": "FSA",
    "hsa": "HSA",
    "interac": "Interac",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "pin": "PIN",
    "sca": "SCA",
    "unionpay": "UnionPay",
    "us": "US",
    "visa": "Visa",
}
_NETWORKS: Final = {"cartes_bancaires": "Cartes Bancaires", "eftpos_au": "eftpos", "unknown": "unknown brand"}
_FUNDED: Final = {"credit": "credit", "debit": "debit", "prepaid": "prepaid", "unknown": ""}
_VERIFIED: Final = {
    "offline_pin": f"Inserted, its chip checks the PIN ({PIN}).",
    "online_pin": f"Its issuer checks the PIN ({PIN}).",
}
_TEST_AMOUNTS: Final = "The last two digits of the amount decide."

_APPLE: Final = {"visa": "40010030273", "mastercard": "50110030273"}
_GOOGLE: Final = {"visa": "40010075001", "mastercard": "50120834693"}
_SAMSUNG: Final = {"visa": "40010043095"}


def wallet(today: date) -> tuple[VirtualCard, ...]:
    """All cards, fresh ones, good on `today` and for at least three more years."""
    return tuple(_cards(validity(today)))


def card_named(name: str, today: date) -> VirtualCard | None:
    """A fresh card of that name."""
    return next((card for card in wallet(today) if card.name == name), None)


def _cards(valid: Validity) -> Iterator[VirtualCard]:
    known = [card for card in TEST_CARDS if card.simulated]
    for card in known:
        yield _plain(card, valid)
    yield from _phones(valid)
    yield _physical_test_card(valid)
    yield from _troubles(valid)
    for card in TEST_CARDS:
        if not card.simulated:
            yield _plain(card, valid)


def _plain(card: TestCard, valid: Validity) -> VirtualCard:
    """A test card as its row says."""
    made = applications(card, valid)
    name = card.simulated or card.name
    return VirtualCard(name, _title(name), _description(card), True, True, Chip(made), made[0].track2)


def _phones(valid: Validity) -> Iterator[VirtualCard]:
    """Cards in a phone: tapped only, and verified by the phone, whatever the amount."""
    for wallet, slug, requestors in (
        ("Apple Pay", "apple_pay", _APPLE),
        ("Google Pay", "google_pay", _GOOGLE),
        ("Samsung Pay", "samsung_pay", _SAMSUNG),
    ):
        for brand, requestor in requestors.items():
            made = on_phone(_test_card(brand), requestor, valid)
            text = f"The test card {brand} in a phone, which verifies its holder. Tap only."
            yield VirtualCard(f"{slug}_{brand}", f"{wallet}: {_title(brand)}", text, True, False, Chip(made))


def _physical_test_card(valid: Validity) -> VirtualCard:
    """The plastic test card: amounts decide, also those that ask for a PIN, which it has both ways."""
    (made,) = applications(msgspec.structs.replace(_test_card("visa"), cvm="offline_pin"), valid)
    made = replace(made, sequence="03", tap=made.tap and replace(made.tap, online_pin=True))
    text = (
        f"{_TEST_AMOUNTS} Ending in 02 or 03 a tap is refused until the PIN ({PIN}) was entered. "
        "Inserted, it always asks for it."
    )
    return VirtualCard("physical_test_card", "Physical test card", text, True, True, Chip((made,)), made.track2)


def _troubles(valid: Validity) -> Iterator[VirtualCard]:
    """Cards that cannot be read, or say no themselves."""
    (made,) = applications(_test_card("visa"), valid)
    text = "Its chip does not answer. After three tries, swipe it."
    yield VirtualCard("broken_chip", "Broken chip", text, False, True, None, made.track2)
    stripe = replace(made, service_code="101")
    text = "It has no chip, only a stripe."
    yield VirtualCard("stripe_only", "Stripe only", text, False, False, None, stripe.track2)
    text = "Its issuer has blocked it for good."
    yield VirtualCard("blocked_card", "Blocked card", text, True, True, Chip((made,), blocked=True), made.track2)
    yield _refusing(made, "first", "chip_declines", "Chip declines", "Its chip declines before anybody is asked.")
    text = "Inserted, its chip declines after the issuer has approved."
    yield _refusing(made, "second", "chip_declines_afterwards", "Chip declines afterwards", text)


def _refusing(made: Application, when: Refusal, name: str, title: str, text: str) -> VirtualCard:
    return VirtualCard(name, title, text, True, True, Chip((replace(made, refuses=when),)), made.track2)


def _test_card(name: str) -> TestCard:
    card = cards.simulated_card(name)
    if card is None:
        raise LookupError(name)
    return card


def _title(name: str) -> str:
    """The name in words: "offline_pin_cvm" is "Offline PIN"."""
    words = [_WORDS.get(word, word.upper() if word.upper() in COUNTRIES else word) for word in name.split("_")]
    title = " ".join(filter(None, words))
    return title if title.startswith("eftpos") else title[:1].upper() + title[1:]


def _description(card: TestCard) -> str:
    brand = _NETWORKS.get(card.brand) or _title(card.brand)
    network = f" and {_NETWORKS.get(card.network, card.network)}" if card.network else ""
    parts = [f"{brand}{network} {_FUNDED[card.funding]} card, {card.country}, ends in {card.number[-4:]}."]
    if card.retry:
        parts.append("A tap is refused at first.")
    if card.cvm:
        parts.append(_VERIFIED[card.cvm])
    if card.network:
        parts.append("Inserted, it lets its holder choose the network.")
    if card.decline:
        parts.append(f"Declined: {card.decline.replace('_', ' ')}.")
    elif card.standard:
        parts.append(_TEST_AMOUNTS)
    return " ".join(parts)
