"""What the device needs of the keys around it: sealing what is read, and enciphering PINs.

The keys are not the device's. The card key comes with each opening of the link; the PIN key with the registration, and
from then on it is a state that changes with each PIN (`emv.dukpt`): the device keeps it in its Memory, so that no key
ever is used twice, and hands it in.
"""

from typing import Protocol

from opentill.link.messages import Assignment, PinBlock, SealedReading
from opentill.link.sealing import Binding, ClearReading


class NoKey(Exception):
    """There is no key for it: none was given, it does not open, or it is used up. The text names no key."""


class Sealer(Protocol):
    """`link.sealing` and `emv.dukpt` with this reader's keys."""

    def seal(self, reading: ClearReading, binding: Binding) -> SealedReading:
        """The reading, sealed to the vault's card key of the link's last opening. Raises NoKey."""
        ...

    def open_pin_keys(self, assignment: Assignment) -> bytes:
        """The state of a DUKPT device that is loaded with the assignment's PIN key. Raises NoKey."""
        ...

    def pin_block(self, pin_keys: bytes, pin: str, number: str) -> tuple[PinBlock, bytes]:
        """The PIN under the next key, and the state after it, which replaces `pin_keys`. Raises NoKey."""
        ...
