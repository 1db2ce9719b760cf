"""Who a reader is: two key pairs, made at its first start and kept in a file that only its program reads.

The file is JSON: `identity`, an Ed25519 private key, proves who opens a link; `sealing`, an X25519 one, opens what the
server seals to this reader. A reader that loses the file is another reader: the server does not take its serial
number from somebody who cannot prove it.
"""

import os
import secrets
import stat
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

KEY_BYTES: Final = 32
_FILE_BYTES_MAX: Final = 4096


class IdentityError(Exception):
    """The identity cannot be used; the message says what to do, and holds no key."""


class Identity:
    """The keys of one reader. `identity` and `sealing` are the private ones; repr shows none of them."""

    __slots__ = ("identity", "identity_public", "sealing", "sealing_public")

    def __init__(self, identity: Ed25519PrivateKey, sealing: X25519PrivateKey) -> None:
        self.identity = identity
        self.sealing = sealing
        self.identity_public = identity.public_key().public_bytes_raw()
        self.sealing_public = sealing.public_key().public_bytes_raw()

    def __repr__(self) -> str:
        return f"Identity({self.identity_public.hex()[:16]})"


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    version: int
    identity: bytes
    sealing: bytes

    def __repr__(self) -> str:
        return "_File(…)"


def generate() -> Identity:
    """The identity of a new reader, not yet kept anywhere."""
    return Identity(Ed25519PrivateKey.generate(), X25519PrivateKey.generate())


def identity_in(path: Path) -> Identity:
    """The identity kept in a file, made with the file if there is none.

    Raises IdentityError if the file is not whole, open to others or cannot be written: a reader never makes itself
    another identity in place of one that it has.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _write(path, generate())
        return _read(path)
    except OSError as error:
        raise IdentityError(f"cannot keep this reader's keys in {path}: {error.strerror}") from error


def _read(path: Path) -> Identity:
    with path.open("rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise IdentityError(f"{path} is not a file")
        if status.st_mode & 0o077:
            raise IdentityError(f"others can read this reader's keys in {path}: run chmod 600 {path}")
        text = file.read(_FILE_BYTES_MAX)
    try:
        kept = msgspec.json.decode(text, type=_File)
    except msgspec.MsgspecError:
        kept = None
    if kept is None or kept.version != 1 or len(kept.identity) != KEY_BYTES or len(kept.sealing) != KEY_BYTES:
        raise IdentityError(
            f"{path} does not hold the keys of a reader. Restore it; or remove it, and register this reader anew."
        )
    return Identity(
        Ed25519PrivateKey.from_private_bytes(kept.identity), X25519PrivateKey.from_private_bytes(kept.sealing)
    )


def _write(path: Path, identity: Identity) -> None:
    """Make the file whole or not at all; of two programs that try at once, one wins and both use its keys."""
    kept = _File(
        version=1, identity=identity.identity.private_bytes_raw(), sealing=identity.sealing.private_bytes_raw()
    )
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(kept))
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        temporary.unlink()
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
