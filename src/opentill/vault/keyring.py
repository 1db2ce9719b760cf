"""The root key: one file outside the database that everything in the vault hangs on.

The file is text, one key a line, 64 hexadecimal digits each:

    root 8c1f…          the key in use; a line with nothing but the digits means the same
    root 03b7…          earlier ones, until every data key has been wrapped anew (`CardVault.rewrap`)
    fingerprint 5fd0…   what fingerprints are made with, once the root key has been changed

It must belong to who runs the program and be closed to everybody else. Losing it loses every card: back it up
apart from the database. Fingerprints do not change with the root key, so that the same card stays recognisable.
"""

import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

ENVIRONMENT: Final = "OPENTILL_ROOT_KEY_FILE"
KEY_BYTES: Final = 32


class KeyringError(Exception):
    """The root key cannot be used; the message says what to do. It never holds key material."""


class RootKey:
    """One root key. `id` names it in what it has wrapped and tells nothing about it."""

    __slots__ = ("id", "secret")

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise KeyringError(f"a root key has {KEY_BYTES} bytes")
        self.secret = secret
        self.id = derive(secret, "root key id", 8).hex()

    def __repr__(self) -> str:
        return f"RootKey({self.id})"


class FileKeyring:
    """The keys of one key file, read once."""

    def __init__(self, path: Path, current: RootKey, previous: tuple[RootKey, ...], fingerprint: bytes | None) -> None:
        self.path = path
        self.current = current
        self.previous = previous
        self._stored_fingerprint = fingerprint
        self._fingerprint = fingerprint or derive(current.secret, "fingerprints", KEY_BYTES)

    def __repr__(self) -> str:
        return f"FileKeyring({str(self.path)!r}, {self.current!r})"

    @classmethod
    def of_installation(cls, data_directory: Path, environ: Mapping[str, str] = os.environ) -> Self:
        """The installation's keyring. Raises KeyringError.

        It is in the file that OPENTILL_ROOT_KEY_FILE names, which must exist, or else in `keys/root.key` in the
        data directory, which is made on first use.
        """
        named = environ.get(ENVIRONMENT)
        if named:
            return cls.read(Path(named))
        return cls.open(data_directory / "keys" / "root.key")

    @classmethod
    def open(cls, path: Path) -> Self:
        """The keyring in `path`, made with a new key if there is none. Raises KeyringError."""
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists():
                _create(path, f"root {secrets.token_hex(KEY_BYTES)}\n")
        except OSError as error:
            raise KeyringError(f"cannot make the root key file {path}: {error.strerror}") from error
        return cls.read(path)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The keyring in `path`. Raises KeyringError if it is missing, open to others, or not a key file."""
        try:
            with path.open("rb") as file:
                _check_private(path, os.fstat(file.fileno()))
                text = file.read(10_000)
        except FileNotFoundError:
            raise KeyringError(f"there is no root key file {path}; restore it from your backup") from None
        except OSError as error:
            raise KeyringError(f"cannot read the root key file {path}: {error.strerror}") from error
        roots, fingerprint = _parse(path, text)
        return cls(path, roots[0], roots[1:], fingerprint)

    def root(self, id: str) -> RootKey | None:
        """The root key of that id, the one in use or an earlier one."""
        return next((key for key in (self.current, *self.previous) if key.id == id), None)

    def fingerprint_key(self, account: str) -> bytes:
        """The key of the account's fingerprints, 32 bytes."""
        return derive(self._fingerprint, f"fingerprints of {account}", KEY_BYTES)

    def rotate(self) -> "FileKeyring":
        """Put a new root key before the present ones, on disk; the keyring to go on with.

        Afterwards `CardVault.rewrap` wraps the data keys anew; then `forget_previous`.
        """
        return self._write((RootKey(secrets.token_bytes(KEY_BYTES)), self.current, *self.previous))

    def forget_previous(self) -> "FileKeyring":
        """Strike the earlier root keys out of the file. What they still wrap cannot be opened any more."""
        return self._write((self.current,))

    def _write(self, roots: tuple[RootKey, ...]) -> "FileKeyring":
        lines = [*(f"root {key.secret.hex()}\n" for key in roots), f"fingerprint {self._fingerprint.hex()}\n"]
        temporary = _write_private(self.path, "".join(lines))
        temporary.replace(self.path)
        _sync_directory(self.path.parent)
        return FileKeyring.read(self.path)


def derive(secret: bytes, purpose: str, length: int) -> bytes:
    """`length` bytes for one purpose out of a secret (HKDF-SHA256, RFC 5869)."""
    return HKDF(SHA256(), length, salt=None, info=f"opentill {purpose}".encode()).derive(secret)


def _parse(path: Path, text: bytes) -> tuple[tuple[RootKey, ...], bytes | None]:
    roots: list[RootKey] = []
    fingerprint: bytes | None = None
    for number, line in enumerate(text.decode("ascii", "replace").splitlines(), 1):
        words = line.split()
        if not words:
            continue
        word, digits = ("root", words[0]) if len(words) == 1 else (words[0], words[-1])
        try:
            secret = bytes.fromhex(digits)
        except ValueError:
            secret = b""
        if len(words) > 2 or word not in ("root", "fingerprint") or len(secret) != KEY_BYTES:
            raise KeyringError(f"line {number} of {path} is not a key: 'root' and {KEY_BYTES * 2} hexadecimal digits")
        if word == "root":
            roots.append(RootKey(secret))
        else:
            fingerprint = secret
    if not roots:
        raise KeyringError(f"there is no root key in {path}")
    return tuple(roots), fingerprint


def _check_private(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise KeyringError(f"{path} is not a file")
    if status.st_mode & 0o077:
        raise KeyringError(f"others can read the root key file {path}: run chmod 600 {path}")
    if status.st_uid not in (os.geteuid(), 0) and os.geteuid() != 0:
        raise KeyringError(f"the root key file {path} belongs to another user")


def _create(path: Path, text: str) -> None:
    """Make the file whole or not at all; of several processes that try at once, one wins and all use its key."""
    temporary = _write_private(path, text)
    try:
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    _sync_directory(path.parent)


def _write_private(beside: Path, text: str) -> Path:
    temporary = beside.with_name(f".{beside.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    return temporary


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
