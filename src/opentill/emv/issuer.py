"""The issuer of the test cards: checks what a card signed, and signs the answer that the card checks in turn.

Its master key is the one of EMV's published examples. It protects nothing: anybody can make these cards.
"""

from typing import Final

from opentill.emv import cryptograms, tags, tlv
from opentill.emv.cryptograms import CryptogramError
from opentill.emv.steps import APPROVED
from opentill.emv.tlv import TlvError

MASTER_KEY: Final = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
"""The test issuer's master key, published: for test cards only."""

STATUS_APPROVED: Final = bytes.fromhex("00800000")
STATUS_DECLINED: Final = bytes.fromhex("00000000")
"""Card status updates (Book 2, 8.2.2): byte 2 bit 8 is that the issuer approves."""


def card_key(number: str, sequence: str | None) -> bytes:
    """The key of a test card. `sequence` is tag 5F34, None if the card has none."""
    return cryptograms.card_key(MASTER_KEY, number, sequence)


def check(chip_data: bytes, number: str, sequence: str | None = None) -> bool:
    """Whether the cryptogram in DE 55 is the one that this card makes over what stands there.

    `sequence` is tag 5F34; None takes it from the data. False also for data that is not complete, or no TLV.
    """
    try:
        values = _values(chip_data)
        expected = cryptograms.version(values.get(tags.ISSUER_DATA, b"")).cryptogram(
            card_key(number, sequence or _sequence(values)), values
        )
    except (TlvError, CryptogramError):
        return False
    return cryptograms.equal(expected, values.get(tags.CRYPTOGRAM, b""))


def respond(chip_data: bytes, number: str, sequence: str | None, response_code: str) -> bytes:
    """The issuer's data for the card: tag 91, as TLV. `response_code` is DE 39, two characters.

    Empty where there is nothing that could be answered: a stripe, a damaged field, a code that is none.
    """
    if not (response_code.isascii() and len(response_code) == 2):
        return b""
    try:
        values = _values(chip_data)
        version = cryptograms.version(values.get(tags.ISSUER_DATA, b""))
        arqc, atc = values.get(tags.CRYPTOGRAM, b""), values.get(tags.ATC, b"")
        if len(arqc) != 8 or len(atc) != 2:
            return b""
        key = version.key(card_key(number, sequence or _sequence(values)), atc)
    except (TlvError, CryptogramError):
        return b""
    if version.method == 1:
        code = response_code.encode("ascii")
        proof = cryptograms.arpc_1(key, arqc, code) + code
    else:
        status = STATUS_APPROVED if response_code in APPROVED else STATUS_DECLINED
        proof = cryptograms.arpc_2(key, arqc, status) + status
    return tlv.encode_one(tags.ISSUER_AUTHENTICATION, proof)


def _values(chip_data: bytes) -> dict[int, bytes]:
    return {one.tag: one.value for one in tlv.decode(chip_data)}


def _sequence(values: dict[int, bytes]) -> str | None:
    value = values.get(tags.SEQUENCE_NUMBER)
    return value.hex() if value else None
