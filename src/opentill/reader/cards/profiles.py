"""How the chip of a test card is made: applications by network, verification by country and by what the card is for.

A card of two networks has an application for each, the domestic one first. Cards of a brand behave as that brand's do:
most like Visa's, Mastercard's, American Express's, JCB's and girocards like Mastercard's.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from opentill.domain.cards import Brand, TestCard
from opentill.domain.terminal import receipts
from opentill.emv.application import Application, Tap
from opentill.emv.codes import COUNTRIES
from opentill.emv.cryptograms import VERSION_10, VERSION_14, VERSION_18, Version

# Where an inserted card asks for its PIN first, which the chip checks; and where the issuer does, also after a tap.
# Elsewhere nobody is asked (a signature, where the terminal takes one). Issuers' customs, as far as we know them.
_OFFLINE_PIN: Final = frozenset(
    "AT BE BG CA CH CY CZ EE ES FI FR GB GI GR HR HU IE IT LI LT LU LV MT MY PT RO SG SI SK".split()
)
_ONLINE_PIN: Final = frozenset("AU BR DE DK IN NL NO NZ PL SE".split())
_PIN_NETWORKS: Final = frozenset({"eftpos_au", "girocard", "interac"})
"""Domestic debit networks whose cards always ask for the PIN when inserted."""

# Lists of verification methods: method and condition (03: if the terminal can), 40 in the method: else the next one.
_NO_AMOUNTS: Final = bytes(8)
_SIGNATURE: Final = _NO_AMOUNTS + bytes.fromhex("5E031F03")
_CHIP_CHECKS_PIN: Final = _NO_AMOUNTS + bytes.fromhex("410342031F03")
_ISSUER_CHECKS_PIN: Final = _NO_AMOUNTS + bytes.fromhex("420341031F03")
_ONLY_CHIP_CHECKS_PIN: Final = _NO_AMOUNTS + bytes.fromhex("01031F03")
_ONLY_ISSUER_CHECKS_PIN: Final = _NO_AMOUNTS + bytes.fromhex("02031F03")
_TAP_WITH_PIN: Final = _NO_AMOUNTS + bytes.fromhex("42031F03")
_TAP_WITHOUT_PIN: Final = _NO_AMOUNTS + bytes.fromhex("1F03")

_MASTERCARD_LIKE: Final = frozenset({"mastercard", "amex", "jcb", "girocard"})
_VERSIONS: Final[dict[str, Version]] = {
    "visa": VERSION_10,
    "cartes_bancaires": VERSION_10,
    "mastercard": VERSION_14,
    "girocard": VERSION_14,
}
_LANGUAGES: Final = {
    "AR": "es",
    "AT": "de",
    "BE": "nlfrde",
    "CA": "enfr",
    "CH": "defrit",
    "CL": "es",
    "CN": "zh",
    "CO": "es",
    "DE": "de",
    "ES": "es",
    "FR": "fr",
    "IT": "it",
    "JP": "ja",
    "LU": "frde",
    "MX": "es",
    "PE": "es",
    "TW": "zh",
    "UY": "es",
}
"""Tag 5F2D by the issuer's country; English elsewhere."""

_LABELS: Final[dict[str, str]] = {
    "visa": "VISA",
    "mastercard": "MASTERCARD",
    "amex": "AMEX",
    "discover": "DISCOVER",
    "diners": "DINERS",
    "jcb": "JCB",
    "unionpay": "UNIONPAY",
    "interac": "INTERAC",
    "eftpos_au": "EFTPOS",
    "cartes_bancaires": "CB",
    "girocard": "GIROCARD",
}

PIN: Final = "1234"
"""Of every card."""


@dataclass(frozen=True, slots=True)
class Validity:
    """From when to when a card is good, YYMMDD both."""

    effective: str
    expiry: str


def validity(today: date) -> Validity:
    """Cards are good from the beginning of last year to the end of the third year after this one."""
    return Validity(f"{(today.year - 1) % 100:02}0101", f"{(today.year + 3) % 100:02}1231")


def applications(card: TestCard, valid: Validity) -> tuple[Application, ...]:
    """The applications on the chip of a test card, the card's favourite first."""
    networks = (card.network, card.brand) if card.network else (card.brand,)
    return tuple(_application(card, network, rank, valid) for rank, network in enumerate(networks, start=1))


def on_phone(card: TestCard, token_requestor: str, valid: Validity) -> tuple[Application, ...]:
    """The same card in a phone, which verifies its holder and can only be tapped."""
    return tuple(
        replace(
            application,
            sequence="02",
            tap=replace(application.tap, device=True, online_pin=False, token_requestor=token_requestor),
        )
        for application in applications(card, valid)
        if application.tap is not None
    )


def _application(card: TestCard, network: Brand, rank: int, valid: Validity) -> Application:
    aid, preferred = receipts.application(network, card.funding)
    style = "mastercard" if network in _MASTERCARD_LIKE else "visa"
    pin_at_tap = card.cvm == "online_pin" or card.country in _ONLINE_PIN or network in _PIN_NETWORKS - {"interac"}
    pin_at_tap = pin_at_tap and card.cvm != "offline_pin"
    return Application(
        aid=aid,
        label=_LABELS.get(network, "CARD"),
        preferred_name=preferred,
        priority=rank,
        number=card.number,
        effective=valid.effective,
        expiry=valid.expiry,
        methods=_methods(card, network),
        tap=Tap(style, online_pin=pin_at_tap, methods=_TAP_WITH_PIN if pin_at_tap else _TAP_WITHOUT_PIN),
        version=_VERSIONS.get(network, VERSION_18),
        country=COUNTRIES[card.country],
        languages=_LANGUAGES.get(card.country, "en"),
        pin=PIN,
        strict=card.cvm is not None or network in _PIN_NETWORKS,
    )


def _methods(card: TestCard, network: Brand) -> bytes:
    """Tag 8E of an inserted card."""
    if card.cvm == "offline_pin":
        return _ONLY_CHIP_CHECKS_PIN
    if card.cvm == "online_pin" or network in _PIN_NETWORKS:
        return _ONLY_ISSUER_CHECKS_PIN
    if card.country in _OFFLINE_PIN:
        return _CHIP_CHECKS_PIN
    return _ISSUER_CHECKS_PIN if card.country in _ONLINE_PIN else _SIGNATURE
