"""The vault's port: card numbers go in, tokens come out; a card comes back only for a call to the acquirer."""

from typing import Protocol

import msgspec

from opentill.domain.cards import ClearCard
from opentill.link.messages import CardKey, PinBlock, SealedReading
from opentill.link.sealing import Binding, ClearReading


class SealedCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card as it is kept: the ciphertexts and what they were sealed with, nothing readable.

    `card` seals PAN and expiry; `verification` the card verification code and `pin` the PIN that was keyed in, both
    until the first authorization, then None. All are base64. `key` is the id of the data key. The account and the
    token are bound in as associated data, so a row that was moved or copied does not open.
    """

    id: str
    key: str
    card: str
    verification: str | None
    pin: str | None = None

    @property
    def verifies(self) -> bool:
        """Whether it holds something that must not be kept after the authorization."""
        return self.verification is not None or self.pin is not None


class Vault(Protocol):
    """The only place that sees a card number in clear."""

    async def seal(self, account: str, token: str, card: ClearCard) -> SealedCard:
        """`card` under the account's data key; the caller inserts it (kind CARDS) with its own changes."""
        ...

    async def open(self, account: str, sealed: SealedCard) -> ClearCard:
        """The card in clear. Raises VaultError if the record was tampered with or its key is gone."""
        ...

    def forget_verification(self, sealed: SealedCard) -> SealedCard:
        """The same card without verification code and PIN (PCI DSS 3.3.1: not after authorization)."""
        ...

    def fingerprint(self, account: str, number: str) -> str:
        """16 characters, the same for the same number in the same account, and keyed (PCI DSS 3.5.1.1)."""
        ...

    def card_key(self) -> CardKey:
        """The public key that readers seal readings to."""
        ...

    def open_reading(self, reading: SealedReading, binding: Binding) -> ClearReading:
        """A reading in clear. Raises VaultError if it is bound to something else, or sealed to another key."""
        ...

    def pin_key(self, key_id: bytes, sealing_key: bytes) -> bytes:
        """The initial PIN key of the reader with that derivation id (8 bytes), sealed to its sealing key."""
        ...

    def open_pin(self, pin: PinBlock, number: str) -> str:
        """The PIN that was keyed in for the card of that number. Raises VaultError."""
        ...

    async def seal_contents(self, account: str, name: str, content: bytes) -> bytes:
        """`content` under the account's data key, to be kept under `name` and nowhere else."""
        ...

    async def open_contents(self, account: str, name: str, sealed: bytes) -> bytes:
        """What was sealed under that name. Raises VaultError if it was tampered with or its key is gone."""
        ...

    def check_chip_data(self, chip_data: bytes) -> None:
        """Raises VaultError for DE 55 that holds what may only come sealed, or that cannot be read."""
        ...


class VaultError(Exception):
    """A record that does not open."""
