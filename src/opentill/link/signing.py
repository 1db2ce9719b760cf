"""The proof of identity at the opening of a link: an Ed25519 signature over the server's challenge (RFC 8032)."""

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_CONTEXT: Final = b"opentill reader link 1"


def challenge_bytes(nonce: bytes, serial_number: str, sealing: bytes, card_key: bytes) -> bytes:
    """What is signed. The nonce is bound to who proves, to its sealing key, and to the server's card key.

    So a proof that is passed on to another server proves nothing there, and somebody in between can exchange neither
    of the keys that the two seal to each other with.
    """
    parts = (_CONTEXT, nonce, serial_number.encode(), sealing, card_key)
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)


def sign(private: Ed25519PrivateKey, challenge: bytes) -> bytes:
    """The proof, 64 bytes."""
    return private.sign(challenge)


def proves(public: bytes, signature: bytes, challenge: bytes) -> bool:
    """Whether `signature` over `challenge` was made with the private key of `public` (32 bytes)."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, challenge)
    except (InvalidSignature, ValueError):
        return False
    return True
