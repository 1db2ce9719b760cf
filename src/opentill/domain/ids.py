"""Object ids: a prefix that names the kind, then characters that sort by time and end at random.

Clients rely on the prefix and on uniqueness only. Time order is ours: new rows land at the right edge of the
index, so an insert costs the same in an empty database and in one with a million payments.
"""

import secrets
from functools import lru_cache

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_TIME_LENGTH = 8
_BASE = len(ALPHABET)
_CHARACTERS = bytes(ord(ALPHABET[byte % _BASE]) for byte in range(256))

# Prefixes whose ids are shorter than the usual 24 characters (reference: real ids).
_LENGTHS = {"cus": 14, "prod": 14, "req": 14, "tml": 14, "tmr": 14, "tmc": 14, "acct": 16}


def base62(number: int, length: int) -> str:
    """`number` in base 62, most significant character first, cut or zero-filled to `length` characters."""
    characters: list[str] = []
    for _ in range(length):
        number, digit = divmod(number, _BASE)
        characters.append(ALPHABET[digit])
    return "".join(reversed(characters))


def random_token(length: int) -> str:
    """`length` characters of [0-9A-Za-z] nobody can guess."""
    return characters(secrets.token_bytes(length))


def characters(uniform: bytes) -> str:
    """A character of [0-9A-Za-z] for each byte: 5.95 bits, because the first eight come a little more often."""
    return uniform.translate(_CHARACTERS).decode()


def new_id(prefix: str, now_ms: int) -> str:
    """A new id such as `pi_3UhO4rzYk0…`: version digit, 8 characters of time, the rest random.

    `now_ms` is milliseconds since the epoch; eight base-62 characters hold them until the year 8888.
    """
    length = _LENGTHS.get(prefix, 24)
    if length < 20:  # short ids: less of them random
        return f"{prefix}_{_time(now_ms)}{random_token(length - _TIME_LENGTH)}"
    return f"{prefix}_3{_time(now_ms)}{random_token(length - _TIME_LENGTH - 1)}"


@lru_cache(maxsize=64)  # one moment makes many ids
def _time(now_ms: int) -> str:
    return base62(now_ms, _TIME_LENGTH)
