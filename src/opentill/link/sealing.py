"""Sealing what a reader reads to the vault, and a reader's PIN key to the reader: HPKE (RFC 9180).

DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-256-GCM. What a ciphertext belongs to goes into `info`: a reading that is
moved to another payment, reader or amount does not open.
"""

from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class ClearReading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is sealed of a card. It exists in the reader for a moment, and in the vault. repr hides it.

    `verification` is the code on the back of a card that is keyed in, `postal_code` its billing address's.
    `exp_year` has four digits.
    """

    number: str
    exp_month: int
    exp_year: int
    cardholder_name: str | None = None
    sequence_number: str | None = None
    service_code: str | None = None
    verification: str | None = None
    postal_code: str | None = None

    def __repr__(self) -> str:
        return "ClearReading(…)"

    __str__ = __repr__


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """What a reading belongs to. `amount` is the total that the card was told; `sequence` never comes twice."""

    reader: str
    action: str
    amount: int
    currency: str
    sequence: int


class DoesNotOpen(Exception):
    """It was sealed to another key, or belongs elsewhere, or was changed."""


def seal(reading: ClearReading, binding: Binding, public: bytes) -> bytes:
    """The reading, sealed to the vault's public key (32 bytes)."""
    key = X25519PublicKey.from_public_bytes(public)
    return _SUITE.encrypt(msgspec.json.encode(reading), key, info=_info("reading", binding))


def open_reading(sealed: bytes, binding: Binding, private: X25519PrivateKey) -> ClearReading:
    """The reading in clear; for the vault alone. Raises DoesNotOpen."""
    try:
        return msgspec.json.decode(_SUITE.decrypt(sealed, private, info=_info("reading", binding)), type=ClearReading)
    except (InvalidTag, ValueError, msgspec.MsgspecError):
        raise DoesNotOpen("this reading does not open: it was changed or belongs elsewhere") from None


def seal_pin_key(key: bytes, key_id: bytes, public: bytes) -> bytes:
    """The initial PIN key of a reader, sealed to its public sealing key."""
    info = b"opentill reader link 1 pin key\0" + key_id
    return _SUITE.encrypt(key, X25519PublicKey.from_public_bytes(public), info=info)


def can_be_sealed_to(public: bytes) -> bool:
    """Whether that is an X25519 public key: there are 32 bytes that are none (RFC 7748, 6.1: all-zero secrets)."""
    try:
        seal_pin_key(bytes(16), bytes(8), public)
    except ValueError:
        return False
    return True


def open_pin_key(sealed: bytes, key_id: bytes, private: X25519PrivateKey) -> bytes:
    """The initial PIN key, in the reader. Raises DoesNotOpen."""
    try:
        return _SUITE.decrypt(sealed, private, info=b"opentill reader link 1 pin key\0" + key_id)
    except (InvalidTag, ValueError):
        raise DoesNotOpen("this PIN key does not open: it was sealed to another reader") from None


def _info(what: str, binding: Binding) -> bytes:
    return f"opentill reader link 1 {what}\0".encode() + msgspec.json.encode(binding)
