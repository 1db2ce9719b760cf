"""Cards at rest: each number sealed under its account's data key, each data key wrapped by the root key.

Sealing is AES-256-GCM with a random nonce. What a ciphertext belongs to is bound in as associated data (account,
token, data key, field), so a row that was changed, or copied to another account, card or column, does not open.
A data key seals far fewer than the 2³² messages that random nonces allow (NIST SP 800-38D, 8.3).

A sealed field is base64(nonce, 12 bytes ‖ ciphertext ‖ tag, 16 bytes); a wrapped data key is the same after the
id of its root key and a point.
"""

import hmac
import os
from base64 import b64decode, b64encode
from typing import Any, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from opentill.domain.cards import ClearCard
from opentill.domain.ids import characters
from opentill.link.messages import CardKey, PinBlock, SealedReading
from opentill.link.sealing import Binding, ClearReading
from opentill.ports.clock import Clock
from opentill.ports.store import Changes, Conflict, Insert, Kind, Store, Update
from opentill.ports.vault import SealedCard, VaultError
from opentill.services.records import DataKey
from opentill.vault import reader_keys
from opentill.vault.keyring import KEY_BYTES, FileKeyring, RootKey
from opentill.vault.reader_keys import ReaderKeys

_NONCE: Final = 12
_CACHED: Final = 4096
_EVER: Final = 2**53
_ALL: Final = 2**31 - 1  # one small row an account
_FINGERPRINT_LENGTH: Final = 16
FIRST_KEY: Final = "dk_1"
"""The id of an account's data key. It is the same for each account: two first uses collide in the store, which
is how one of them learns that it came second."""


class CardVault:
    """The vault (port `Vault`) on a store and a keyring; `data_keys` is the kind its data keys are stored as.

    Data keys are kept in memory once they have been used; the numbers never are.
    """

    def __init__(self, store: Store, keyring: FileKeyring, clock: Clock, data_keys: Kind[DataKey, None]) -> None:
        self._store = store
        self._keyring = keyring
        self._clock = clock
        self._kind = data_keys
        self._ciphers: dict[tuple[str, str], AESGCM] = {}
        self._fingerprint_keys: dict[str, bytes] = {}
        self._reader_keys: dict[str, ReaderKeys] = {}

    async def seal(self, account: str, token: str, card: ClearCard) -> SealedCard:
        """`card` under the account's data key; the caller inserts it (kind CARDS) with its own changes.

        Raises VaultError if the data key does not open, StoreUnavailable if a first one cannot be stored.
        """
        key = FIRST_KEY
        cipher = self._ciphers.get((account, key)) or await self._first_cipher(account)
        clear = f"{card.number}|{card.exp_month}|{card.exp_year}".encode()

        def sealed(secret: str | None, field: str) -> str | None:
            return None if secret is None else _encrypt(cipher, secret.encode(), _binding(account, token, key, field))

        return SealedCard(
            id=token,
            key=key,
            card=_encrypt(cipher, clear, _binding(account, token, key, "card")),
            verification=sealed(card.verification, "verification"),
            pin=sealed(card.pin, "pin"),
        )

    async def open(self, account: str, sealed: SealedCard) -> ClearCard:
        """The card in clear. Raises VaultError if the record was tampered with or its key is gone."""
        key = sealed.key
        cipher = self._ciphers.get((account, key)) or await self._stored_cipher(account, key)
        clear = _decrypt(cipher, sealed.card, _binding(account, sealed.id, key, "card"))

        def opened(secret: str | None, field: str) -> str | None:
            return (
                None if secret is None else _decrypt(cipher, secret, _binding(account, sealed.id, key, field)).decode()
            )

        number, month, year = clear.decode().split("|")
        return ClearCard(
            number=number,
            exp_month=int(month),
            exp_year=int(year),
            verification=opened(sealed.verification, "verification"),
            pin=opened(sealed.pin, "pin"),
        )

    def forget_verification(self, sealed: SealedCard) -> SealedCard:
        """The same card without verification code and PIN (PCI DSS 3.3.1: not after authorization)."""
        if not sealed.verifies:
            return sealed
        return msgspec.structs.replace(sealed, verification=None, pin=None)

    async def seal_contents(self, account: str, name: str, content: bytes) -> bytes:
        """`content` under the account's data key, to be kept under `name` and nowhere else.

        It is the key's id, a point, the nonce and the ciphertext. Raises VaultError and StoreUnavailable as `seal`.
        """
        key = FIRST_KEY
        cipher = self._ciphers.get((account, key)) or await self._first_cipher(account)
        nonce = os.urandom(_NONCE)
        return key.encode() + b"." + nonce + cipher.encrypt(nonce, content, _binding(account, name, key, "contents"))

    async def open_contents(self, account: str, name: str, sealed: bytes) -> bytes:
        """What was sealed under that name. Raises VaultError if it was tampered with or its key is gone."""
        id, _, raw = sealed.partition(b".")
        key = id.decode("ascii", "replace")
        cipher = self._ciphers.get((account, key)) or await self._stored_cipher(account, key)
        try:
            return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], _binding(account, name, key, "contents"))
        except (InvalidTag, ValueError):
            raise VaultError("this record does not open: it was changed or belongs elsewhere") from None

    def fingerprint(self, account: str, number: str) -> str:
        """16 characters, the same for the same number in the same account, and keyed (PCI DSS 3.5.1.1)."""
        key = self._fingerprint_keys.get(account)
        if key is None:
            key = self._keyring.fingerprint_key(account)
            _remember(self._fingerprint_keys, account, key)
        return characters(hmac.digest(key, number.encode(), "sha256")[:_FINGERPRINT_LENGTH])

    # What readers send ------------------------------------------------------------------------------------------

    def card_key(self) -> CardKey:
        """The public key that readers seal readings to."""
        return self._keys_of(self._keyring.current).public

    def open_reading(self, reading: SealedReading, binding: Binding) -> ClearReading:
        """A reading in clear. Raises VaultError if it is bound to something else, or sealed to another key."""
        root = self._root(reading.key)
        if root is None:
            raise VaultError("a reading is sealed to a key that is not known here (any more)")
        return self._keys_of(root).open_reading(reading, binding)

    def pin_key(self, key_id: bytes, sealing_key: bytes) -> bytes:
        """The initial PIN key of the reader with that derivation id (8 bytes), sealed to its sealing key.

        Raises ValueError for an id or a key of a wrong length.
        """
        return self._keys_of(self._keyring.current).pin_key(key_id, sealing_key)

    def open_pin(self, pin: PinBlock, number: str) -> str:
        """The PIN that was keyed in for the card of that number. Raises VaultError."""
        keyring = self._keyring
        return reader_keys.open_pin([self._keys_of(root) for root in (keyring.current, *keyring.previous)], pin, number)

    def check_chip_data(self, chip_data: bytes) -> None:
        """Raises VaultError for DE 55 that holds what may only come sealed, or that cannot be read."""
        reader_keys.check_chip_data(chip_data)

    def _keys_of(self, root: RootKey) -> ReaderKeys:
        keys = self._reader_keys.get(root.id)
        if keys is None:
            keys = self._reader_keys[root.id] = ReaderKeys(root)
        return keys

    # Data keys --------------------------------------------------------------------------------------------------

    async def rewrap(self) -> int:
        """Wrap every data key that an earlier root key wraps under the one in use; how many there were.

        Cards are not touched, and other processes keep working as long as both root keys are in the file; they may
        run it at the same time. The earlier key may go (`FileKeyring.forget_previous`) when this returns 0 after
        every process was started anew: one that still has the earlier key may have wrapped a first data key by it.
        Raises VaultError if one does not open.
        """
        current = self._keyring.current
        count = 0
        for stored in await self._store.due(self._kind, "created", _EVER, _ALL):
            account, value = stored.account, stored.value
            if _root_id(value) == current.id:
                continue
            rewrapped = _wrap(current, account, value.id, self._unwrap(account, value), value.created)
            try:
                await self._store.commit(Changes(updates=[Update(stored, rewrapped, None)]))
            except Conflict:
                continue  # another process wrapped it anew
            count += 1
        return count

    async def _first_cipher(self, account: str) -> AESGCM:
        """The cipher of the account's data key, which is made now if the account has none."""
        stored = await self._store.get(self._kind, account, FIRST_KEY)
        if stored is not None:
            return self._open_key(account, stored.value)
        now = self._clock.now()
        value = _wrap(self._keyring.current, account, FIRST_KEY, os.urandom(KEY_BYTES), now)
        try:
            await self._store.commit(Changes(inserts=[Insert(self._kind, account, False, FIRST_KEY, now, value)]))
        except Conflict:
            return await self._stored_cipher(account, FIRST_KEY)  # the winner's
        return self._open_key(account, value)

    async def _stored_cipher(self, account: str, key: str) -> AESGCM:
        stored = await self._store.get(self._kind, account, key)
        if stored is None:
            raise VaultError("the data key of this card is gone")
        return self._open_key(account, stored.value)

    def _open_key(self, account: str, value: DataKey) -> AESGCM:
        cipher = AESGCM(self._unwrap(account, value))
        _remember(self._ciphers, (account, value.id), cipher)
        return cipher

    def _unwrap(self, account: str, value: DataKey) -> bytes:
        id = _root_id(value)
        root = self._root(id)
        if root is None:
            raise VaultError(f"a data key is wrapped by root key {id}, which {self._keyring.path} does not have")
        return _decrypt(AESGCM(root.secret), value.wrapped[len(id) + 1 :], _binding(account, value.id, id, "data key"))

    def _root(self, id: str) -> RootKey | None:
        root = self._keyring.root(id)
        if root is None:  # perhaps the root key was changed since the file was read
            self._keyring = FileKeyring.read(self._keyring.path)
            root = self._keyring.root(id)
        return root


def _binding(account: str, token: str, key: str, field: str) -> bytes:
    """The associated data; the separator is in none of the parts."""
    return f"{account}\0{token}\0{key}\0{field}".encode()


def _root_id(value: DataKey) -> str:
    return value.wrapped.partition(".")[0]


def _wrap(root: RootKey, account: str, id: str, secret: bytes, created: int) -> DataKey:
    sealed = _encrypt(AESGCM(root.secret), secret, _binding(account, id, root.id, "data key"))
    return DataKey(id=id, wrapped=f"{root.id}.{sealed}", created=created)


def _encrypt(cipher: AESGCM, clear: bytes, binding: bytes) -> str:
    nonce = os.urandom(_NONCE)
    return b64encode(nonce + cipher.encrypt(nonce, clear, binding)).decode()


def _decrypt(cipher: AESGCM, sealed: str, binding: bytes) -> bytes:
    try:
        raw = b64decode(sealed, validate=True)
        return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], binding)
    except (InvalidTag, ValueError):
        # Not the cause: it could carry data, and it says no more than this.
        raise VaultError("this record does not open: it was changed or belongs elsewhere") from None


def _remember(cache: dict[Any, Any], key: object, value: object) -> None:
    """Keep it, and start anew when there are many: every development key opens an account of its own."""
    if len(cache) >= _CACHED:
        cache.clear()
    cache[key] = value
