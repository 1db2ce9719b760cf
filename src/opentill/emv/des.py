"""Triple DES on whole blocks, which EMV's cryptograms and the older DUKPT are made of.

`cryptography` keeps it among what is on its way out and warns of short keys, so keys are written out to 24 bytes.
"""

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes


def encipher(key: bytes, blocks: bytes) -> bytes:
    """`blocks`, each of 8 bytes for itself, under a key of 8 (single DES), 16 or 24 bytes."""
    return Cipher(TripleDES(_expanded(key)), modes.ECB()).encryptor().update(blocks)  # noqa: S305 - single blocks


def decipher(key: bytes, blocks: bytes) -> bytes:
    """The inverse of `encipher`."""
    return Cipher(TripleDES(_expanded(key)), modes.ECB()).decryptor().update(blocks)  # noqa: S305 - single blocks


def odd_parity(key: bytes) -> bytes:
    """The key with the lowest bit of each byte set so that the byte has an odd number of ones."""
    return bytes(byte & 0xFE | (byte >> 1).bit_count() & 1 ^ 1 for byte in key)


def mac(key: bytes, data: bytes, *, pad: bytes = b"\x80") -> bytes:
    """ISO 9797-1 algorithm 3 (retail MAC, 8 bytes) under a key of 16 bytes.

    `pad` of one byte 80 is padding method 2, an empty one is method 1 (zeros only, as few as needed).
    """
    padded = data + pad
    padded += bytes(-len(padded) % 8) if padded else bytes(8)
    left, right = key[:8], key[8:]
    chained = Cipher(TripleDES(_expanded(left)), modes.CBC(bytes(8))).encryptor().update(padded)[-8:]
    return encipher(left, decipher(right, chained))


def check_value(key: bytes) -> bytes:
    """The first three bytes of eight zeros under the key: tells keys apart without telling them."""
    return encipher(key, bytes(8))[:3]


def _expanded(key: bytes) -> bytes:
    if len(key) == 8:
        return key * 3
    return key + key[:8] if len(key) == 16 else key
