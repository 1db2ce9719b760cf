"""The keys that readers speak to: one key pair for card readings, one base key for PINs, both out of a root key.

They are derived (HKDF), so there is nothing beside the root key to keep or to back up, and every process of an
installation has the same ones. An earlier root key gives the earlier ones, as long as it is in the key file. Readers
learn the key pair's public key whenever they connect, but keep their PIN key as long as they are registered: one that
was registered under a root key which is struck out must be registered anew before it can take PINs.

    reading    sealed to the key pair by HPKE (`link.sealing`), bound to the transaction
    PIN        enciphered under AES DUKPT (X9.24-3) as a block of ISO 9564 format 4, bound to the card's number

The base key never leaves: a reader gets the initial key of its own id, from which no other reader's can be found.
"""

from collections.abc import Sequence
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from opentill.emv import dukpt, pinblocks, tags, tlv
from opentill.emv.dukpt import DukptError
from opentill.emv.pinblocks import BadPinBlock
from opentill.emv.tlv import TlvError
from opentill.link import sealing
from opentill.link.messages import CardKey, PinBlock, SealedReading
from opentill.link.sealing import Binding, ClearReading, DoesNotOpen
from opentill.ports.vault import VaultError
from opentill.vault.keyring import RootKey, derive

_X25519_BYTES: Final = 32
_AES_128_BYTES: Final = 16


class ReaderKeys:
    """What one root key gives to readers."""

    __slots__ = ("_pins", "_private", "id", "public")

    def __init__(self, root: RootKey) -> None:
        self.id = root.id
        self._private = X25519PrivateKey.from_private_bytes(derive(root.secret, "reader card key", _X25519_BYTES))
        self._pins = dukpt.Host(dukpt.AES, derive(root.secret, "reader PIN base key", _AES_128_BYTES))
        self.public = CardKey(id=root.id, public=self._private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"ReaderKeys({self.id})"

    def open_reading(self, reading: SealedReading, binding: Binding) -> ClearReading:
        """The reading in clear. Raises VaultError."""
        try:
            return sealing.open_reading(reading.sealed, binding, self._private)
        except DoesNotOpen:
            raise VaultError("this reading does not open: it was changed or belongs elsewhere") from None

    def pin_key(self, key_id: bytes, sealing_key: bytes) -> bytes:
        """The initial PIN key of the reader with that id, sealed to the reader. Raises ValueError."""
        return sealing.seal_pin_key(self._pins.initial_key(key_id), key_id, sealing_key)

    def open_pin(self, pin: PinBlock, number: str) -> str | None:
        """The PIN, if the block is of a reader that has its key from here and of the card of that number."""
        try:
            return pinblocks.open_format_4(pin.block, number, self._pins.key(pin.ksn).pin)
        except (DukptError, BadPinBlock):
            return None


def open_pin(keys: Sequence[ReaderKeys], pin: PinBlock, number: str) -> str:
    """The PIN; which of the root keys the reader has its key from, the block does not say. Raises VaultError."""
    for one in keys:
        clear = one.open_pin(pin, number)
        if clear is not None:
            return clear
    raise VaultError("this PIN block does not open: it was changed, or belongs to another reader or card")


def check_chip_data(chip_data: bytes) -> None:
    """Raises VaultError for DE 55 that is no TLV, or that holds what may only come sealed: number, track, name."""
    try:
        items = tlv.decode(chip_data)
    except TlvError:
        raise VaultError("the chip data cannot be read") from None
    if any(one.tag in tags.SECRET for one in tlv.leaves(items)):
        raise VaultError("the chip data hold what may only be sent sealed")
