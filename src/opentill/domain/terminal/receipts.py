"""What a card tells a reader, for receipts; and what a simulated card would have told.

A card at a device says it itself (`Told`). For a card at a simulated reader, nothing here is a constant per card: the
tags follow from how the card was read and verified, and the cryptogram from the transaction. It is a keyed hash
(HMAC-SHA-256, first 8 bytes) of what a real card signs (amount, currency, the transaction's own number) under a
published key, so it differs for every reading and can be recomputed by anybody: it proves nothing.
"""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from opentill.domain.cards import TestCard
from opentill.domain.objects.payment_method_details import ReadMethod

Verification: TypeAlias = Literal["none", "offline_pin", "online_pin"]

APPROVED_CODE: Final = "00"
"""ISO 8583:1987 DE 39, approved; tag 8A carries the same two characters."""

DECLINED_CODE: Final = "05"
"""DE 39, do not honour: what a card is told where the decline has no code of its own."""

_CRYPTOGRAM_KEY: Final = b"opentill simulated card cryptogram 1"

# Application identifiers (tag 84) and preferred names (tag 9F12, up to 16 characters) by network and funding.
# EMVCo and scheme registrations; "credit" stands for the fundings that are not named.
_APPLICATIONS: Final[dict[tuple[str, str], tuple[str, str]]] = {
    ("visa", "credit"): ("A0000000031010", "VISA CREDIT"),
    ("visa", "debit"): ("A0000000031010", "VISA DEBIT"),
    ("visa", "prepaid"): ("A0000000031010", "VISA PREPAID"),
    ("mastercard", "credit"): ("A0000000041010", "MASTERCARD"),
    ("mastercard", "debit"): ("A0000000041010", "DEBIT MASTERCARD"),
    ("mastercard", "prepaid"): ("A0000000041010", "MC PREPAID"),
    ("amex", "credit"): ("A00000002501", "AMERICAN EXPRESS"),
    ("discover", "credit"): ("A0000001523010", "DISCOVER"),
    ("diners", "credit"): ("A0000001523010", "DINERS CLUB"),
    ("jcb", "credit"): ("A0000000651010", "JCB CREDIT"),
    ("unionpay", "credit"): ("A000000333010102", "UNIONPAY CREDIT"),
    ("unionpay", "debit"): ("A000000333010101", "UNIONPAY DEBIT"),
    ("interac", "credit"): ("A0000002771010", "INTERAC"),
    ("eftpos_au", "credit"): ("A00000038420", "EFTPOS CHQ"),
    ("cartes_bancaires", "credit"): ("A0000000421010", "CB"),
    ("girocard", "credit"): ("A0000003591010028001", "GIROCARD"),
}

# Terminal verification results, tag 95 (EMV Book 3, table C.5), as bits of a 5-byte number.
_ODA_NOT_DONE: Final = 0x80_00_00_00_00
_ONLINE_PIN_ENTERED: Final = 0x00_00_04_00_00
_FLOOR_LIMIT_EXCEEDED: Final = 0x00_00_00_80_00
# Transaction status information, tag 9B (table C.6).
_CVM_DONE: Final = 0x40_00
_CARD_RISK_DONE: Final = 0x20_00
_TERMINAL_RISK_DONE: Final = 0x08_00

_ACCOUNT_TYPES: Final[dict[str, Literal["checking", "credit", "prepaid", "unknown"]]] = {
    "credit": "credit",
    "debit": "checking",
    "prepaid": "prepaid",
    "unknown": "unknown",
}


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a card signs. `number` identifies the reading: the same card read again signs something else."""

    number: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a card told a device; None for what it did not tell.

    Hexadecimal: `cryptogram` (tag 9F26), `file` (84), `verification_results` (95), `status_information` (9B). `name` is
    the application's preferred name (9F12), or its label (50). `locales` are the languages of tag 5F2D.
    """

    cryptogram: str | None = None
    file: str | None = None
    name: str | None = None
    verification_results: str | None = None
    status_information: str | None = None
    locales: tuple[str, ...] | None = None
    cardholder_name: str | None = None
    wallet: Literal["apple_pay", "google_pay", "samsung_pay", "unknown"] | None = None


def simulated(
    card: TestCard, transaction: Transaction, network: str, read_method: ReadMethod, verification: Verification
) -> Told:
    """What a simulated card would have told of a transaction on that network."""
    file, name = application(network, card.funding)
    return Told(
        cryptogram=cryptogram(card, transaction, read_method),
        file=file,
        name=name,
        verification_results=verification_results(read_method, verification),
        status_information=status_information(read_method),
    )


def network_of(file: str) -> str | None:
    """The network that an application belongs to, by its AID (hexadecimal); None if it is not among ours."""
    for (network, _), (registered, _) in _APPLICATIONS.items():
        if file.startswith(registered):
            return network
    return None


def application(network: str, funding: str) -> tuple[str, str]:
    """The AID (hexadecimal) and the preferred name of the application that was selected."""
    return _APPLICATIONS.get((network, funding)) or _APPLICATIONS.get((network, "credit")) or ("A0000000031010", "CARD")


def account_type(funding: str) -> Literal["checking", "credit", "prepaid", "unknown"]:
    """`receipt.account_type`."""
    return _ACCOUNT_TYPES[funding]


def cryptogram(card: TestCard, transaction: Transaction, read_method: ReadMethod) -> str:
    """Tag 9F26, 16 hexadecimal digits."""
    signed = f"{card.name}|{read_method}|{transaction.number}|{transaction.amount}|{transaction.currency}"
    return hmac.new(_CRYPTOGRAM_KEY, signed.encode(), hashlib.sha256).hexdigest()[:16].upper()


def verification_results(read_method: ReadMethod, verification: Verification) -> str:
    """Tag 95, 10 hexadecimal digits.

    >>> verification_results("contact_emv", "none")
    '8000008000'
    >>> verification_results("contact_emv", "online_pin")
    '8000048000'
    >>> verification_results("contactless_emv", "none")
    '0000000000'
    """
    bits = _ONLINE_PIN_ENTERED if verification == "online_pin" else 0
    if read_method == "contact_emv":  # our floor limit is 0, so every amount exceeds it; cards are checked online
        bits |= _ODA_NOT_DONE | _FLOOR_LIMIT_EXCEEDED
    return f"{bits:010X}"


def status_information(read_method: ReadMethod) -> str:
    """Tag 9B, 4 hexadecimal digits; a contactless reading leaves it empty.

    >>> status_information("contact_emv"), status_information("contactless_emv")
    ('6800', '0000')
    """
    bits = _CVM_DONE | _CARD_RISK_DONE | _TERMINAL_RISK_DONE if read_method == "contact_emv" else 0
    return f"{bits:04X}"


def response_code(code: str) -> str:
    """Tag 8A as the receipt shows it: the two characters of DE 39 in hexadecimal.

    >>> response_code("00"), response_code("51")
    ('3030', '3531')
    """
    return code.encode("ascii").hex().upper()


def response_data(code: str, issuer_data: bytes | None = None) -> str:
    """`emv_auth_data`: what went back to the card: tag 8A and, from an issuer that proves itself, tag 91.

    >>> response_data("00")
    '8A023030'
    >>> response_data("51", bytes.fromhex("910401020304"))
    '8A023531910401020304'
    """
    return f"8A02{response_code(code)}{(issuer_data or b'').hex().upper()}"
