"""The EMV data of a simulated card: what a chip would have told the reader, for receipts.

Nothing here is a constant per card: the tags follow from how the card was read and verified, and the cryptogram from
the transaction. It is a keyed hash (HMAC-SHA-256, first 8 bytes) of what a real card signs (amount, currency, the
transaction's own number) under a published key, so it differs for every reading and can be recomputed by anybody:
it proves nothing, and only simulated cards have it.
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


def response_data(code: str) -> str:
    """`emv_auth_data`: what went back to the card, here tag 8A alone.

    >>> response_data("00")
    '8A023030'
    """
    return f"8A02{response_code(code)}"
