"""`reader.device.sealer` with this reader's keys: HPKE to the vault, AES DUKPT for PINs."""

import secrets
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from opentill.emv.dukpt import AES, Device, DukptError
from opentill.emv.pinblocks import BadPinBlock, format_4
from opentill.link import sealing
from opentill.link.messages import Assignment, CardKey, PinBlock, SealedReading
from opentill.link.sealing import Binding, ClearReading, DoesNotOpen
from opentill.reader.device.sealer import NoKey


class Sealer:
    """`private` opens what the server sealed to this reader. `card_key` gives the one of the link's last opening."""

    def __init__(self, private: X25519PrivateKey, card_key: Callable[[], CardKey | None]) -> None:
        self._private = private
        self._card_key = card_key

    def seal(self, reading: ClearReading, binding: Binding) -> SealedReading:
        key = self._card_key()
        if key is None:
            raise NoKey("the server has given no card key yet")
        try:
            sealed = sealing.seal(reading, binding, key.public)
        except ValueError:
            raise NoKey("the server's card key is none") from None
        return SealedReading(key=key.id, sequence=binding.sequence, sealed=sealed)

    def open_pin_keys(self, assignment: Assignment) -> bytes:
        try:
            initial = sealing.open_pin_key(assignment.pin_key, assignment.pin_key_id, self._private)
            return Device.loaded(AES, initial, assignment.pin_key_id).pack()
        except (DoesNotOpen, DukptError, KeyError):
            raise NoKey("the PIN key is for another reader, or is none") from None

    def pin_block(self, pin_keys: bytes, pin: str, number: str) -> tuple[PinBlock, bytes]:
        try:
            after, key = Device.unpack(pin_keys).advance()
            block = format_4(pin, number, key.pin, secrets.token_bytes(8))
        except (DukptError, BadPinBlock):
            raise NoKey("the PIN keys are used up or damaged, or there is no PIN to encipher") from None
        return PinBlock(ksn=key.serial, block=block), after.pack()
