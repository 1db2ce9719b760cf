"""Application cryptograms: how a card proves itself to its issuer, and the issuer to the card (EMV Book 2, chapter 8).

An issuer master key gives each card a key of its own, that gives each transaction a session key, and under it a MAC
over the transaction is the cryptogram (ARQC, TC, AAC). Who knows the master key can compute all of it again.

Which session key and which data are meant, the card says by the cryptogram version number in its issuer application
data (tag 9F10). We know the versions of our test issuer's cards:

    version   9F10 begins       session key    data            answer to the card
    0A (10)   06 key 0A CVR     the card key   list, CVR       ARPC method 1, card key
    12 (18)   06 key 12 CVR     EMV CSK        list, 9F10      ARPC method 2, session key
    14        key 14 CVR (18)   EMV CSK        list, CVR       ARPC method 1, session key
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from opentill.emv import des, tags

SIGNED: Final = (
    tags.AMOUNT,
    tags.AMOUNT_OTHER,
    tags.TERMINAL_COUNTRY,
    tags.TVR,
    tags.CURRENCY,
    tags.DATE,
    tags.TYPE,
    tags.UNPREDICTABLE_NUMBER,
    tags.AIP,
    tags.ATC,
)
"""The data every cryptogram is over, in this order; what the version adds follows."""

LENGTHS: Final = {
    tags.AMOUNT: 6,
    tags.AMOUNT_OTHER: 6,
    tags.TERMINAL_COUNTRY: 2,
    tags.TVR: 5,
    tags.CURRENCY: 2,
    tags.DATE: 3,
    tags.TYPE: 1,
    tags.UNPREDICTABLE_NUMBER: 4,
    tags.AIP: 2,
    tags.ATC: 2,
}
"""How many bytes each of them has."""


class CryptogramError(ValueError):
    """The data for a cryptogram is incomplete, or of a version we do not know. The text quotes none of it."""


def card_key(master: bytes, number: str, sequence: str | None) -> bytes:
    """The key of a card (Book 2, A1.4.1, option A): 16 bytes, odd parity.

    `sequence` is tag 5F34, two digits; None counts as 00.
    """
    place = bytes.fromhex((number + (sequence or "00")).rjust(16, "0")[-16:])
    inverse = bytes(byte ^ 0xFF for byte in place)
    return des.odd_parity(des.encipher(master, place) + des.encipher(master, inverse))


def session_key(key: bytes, diversifier: bytes) -> bytes:
    """The session key of a card key (Book 2, A1.3.1, common session key), odd parity.

    `diversifier` has 8 bytes: the transaction counter and six zeros (`counter_diversifier`).
    """
    left, right = (diversifier[:2] + bytes((mark,)) + diversifier[3:] for mark in (0xF0, 0x0F))
    return des.odd_parity(des.encipher(key, left) + des.encipher(key, right))


def counter_diversifier(atc: bytes) -> bytes:
    """What a session key is derived with: tag 9F36 and six zeros."""
    return atc + bytes(6)


def arpc_1(key: bytes, arqc: bytes, response_code: bytes) -> bytes:
    """The issuer's cryptogram by method 1 (Book 2, 8.2.1): 8 bytes. `response_code` is tag 8A."""
    return des.encipher(key, bytes(a ^ b for a, b in zip(arqc, response_code + bytes(6), strict=True)))


def arpc_2(key: bytes, arqc: bytes, status: bytes, proprietary: bytes = b"") -> bytes:
    """The issuer's cryptogram by method 2 (Book 2, 8.2.2): 4 bytes. `status` is the card status update."""
    return des.mac(key, arqc + status + proprietary)[:4]


def equal(left: bytes, right: bytes) -> bool:
    """Whether two cryptograms are the same, in a time that does not tell where they differ."""
    return hmac.compare_digest(left, right)


@dataclass(frozen=True, slots=True)
class Version:
    """A cryptogram version: which key, which data, which answer. See the table above."""

    number: int
    session: bool
    whole: bool
    pad: bytes
    method: int

    def key(self, card: bytes, atc: bytes) -> bytes:
        """The key of one transaction out of the card's."""
        return session_key(card, counter_diversifier(atc)) if self.session else card

    def cryptogram(self, card: bytes, values: Mapping[int, bytes]) -> bytes:
        """The cryptogram over `values` by tag, 8 bytes, under the card key. Raises CryptogramError."""
        parts: list[bytes] = []
        for tag in SIGNED:
            value = values.get(tag, b"")
            if len(value) != LENGTHS[tag]:
                raise CryptogramError(f"tag {tag:02X} is missing or has a wrong length")
            parts.append(value)
        application_data = values.get(tags.ISSUER_DATA, b"")
        parts.append(application_data if self.whole else verification_results(application_data))
        return des.mac(self.key(card, values[tags.ATC]), b"".join(parts), pad=self.pad)


VERSION_10: Final = Version(0x0A, session=False, whole=False, pad=b"", method=1)
VERSION_18: Final = Version(0x12, session=True, whole=True, pad=b"\x80", method=2)
VERSION_14: Final = Version(0x14, session=True, whole=False, pad=b"\x80", method=1)
_SHORT: Final = {version.number: version for version in (VERSION_10, VERSION_18)}
_SHORT_LENGTH: Final = 7
_LONG_LENGTH: Final = 18


def version(issuer_application_data: bytes) -> Version:
    """The version that tag 9F10 names. Raises CryptogramError."""
    data = issuer_application_data
    if len(data) == _SHORT_LENGTH and data[0] == 6 and data[2] in _SHORT:
        return _SHORT[data[2]]
    if len(data) == _LONG_LENGTH and data[1] == VERSION_14.number:
        return VERSION_14
    raise CryptogramError("a cryptogram version that is not known")


def verification_results(issuer_application_data: bytes) -> bytes:
    """The card verification results inside tag 9F10, with their length byte where it has one."""
    data = issuer_application_data
    return data[3:7] if len(data) == _SHORT_LENGTH else data[2:8]
