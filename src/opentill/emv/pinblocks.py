"""PIN blocks of ISO 9564-1: formats 0 and 3 for TDES hosts, 4 for AES, and 2 for a chip that checks the PIN itself.

A PIN has 4 to 12 digits. A block that does not decode is a `BadPinBlock`, whose text tells nothing of it.
"""

from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

DIGITS_MIN: Final = 4
DIGITS_MAX: Final = 12


class BadPinBlock(ValueError):
    """Not a PIN, or not a PIN block of that format under that key and number. The text quotes nothing."""


def format_0(pin: str, number: str) -> bytes:
    """The clear block of format 0 (8 bytes), to be enciphered with TDES. Raises BadPinBlock.

    >>> format_0("1234", "4012345678909").hex().upper()
    '041274EDCBA9876F'
    """
    return _xor(bytes.fromhex(f"0{_length(pin)}{pin}".ljust(16, "F")), _twelve_digits(number))


def open_format_0(block: bytes, number: str) -> str:
    """The PIN in a clear block of format 0. Raises BadPinBlock."""
    return _digits(_xor(_eight(block), _twelve_digits(number)), "0", "F")


def format_2(pin: str) -> bytes:
    """The block that a chip gets (8 bytes, plain). Raises BadPinBlock.

    >>> format_2("1234").hex().upper()
    '241234FFFFFFFFFF'
    """
    return bytes.fromhex(f"2{_length(pin)}{pin}".ljust(16, "F"))


def open_format_2(block: bytes) -> str:
    """The PIN in a block of format 2. Raises BadPinBlock."""
    return _digits(_eight(block), "2", "F")


def format_3(pin: str, number: str, random: bytes) -> bytes:
    """The clear block of format 3 (8 bytes), like 0 but filled with digits A to F out of 10 bytes of `random`.

    Raises BadPinBlock.
    """
    if len(random) < 10:
        raise BadPinBlock("format 3 takes 10 random bytes")
    fill = "".join("ABCDEF"[byte % 6] for byte in random[:10])
    return _xor(bytes.fromhex(f"3{_length(pin)}{pin}{fill}"[:16]), _twelve_digits(number))


def open_format_3(block: bytes, number: str) -> str:
    """The PIN in a clear block of format 3. Raises BadPinBlock."""
    return _digits(_xor(_eight(block), _twelve_digits(number)), "3", "ABCDEF")


def format_4(pin: str, number: str, key: bytes, random: bytes) -> bytes:
    """The enciphered block of format 4 (16 bytes) under an AES key, with 8 bytes of `random`. Raises BadPinBlock."""
    if len(random) != 8:
        raise BadPinBlock("format 4 takes 8 random bytes")
    clear = bytes.fromhex(f"4{_length(pin)}{pin}".ljust(16, "A")) + random
    return _encipher(key, _xor(_encipher(key, clear), _number_block(number)))


def open_format_4(block: bytes, number: str, key: bytes) -> str:
    """The PIN in an enciphered block of format 4. Raises BadPinBlock."""
    if len(block) != 16:
        raise BadPinBlock("a block of format 4 has 16 bytes")
    return _digits(_decipher(key, _xor(_decipher(key, block), _number_block(number)))[:8], "4", "A")


def _length(pin: str) -> str:
    if not (DIGITS_MIN <= len(pin) <= DIGITS_MAX and pin.isascii() and pin.isdecimal()):
        raise BadPinBlock("a PIN has 4 to 12 digits")
    return f"{len(pin):X}"


def _eight(block: bytes) -> bytes:
    if len(block) != 8:
        raise BadPinBlock("a block of this format has 8 bytes")
    return block


def _digits(clear: bytes, control: str, fill: str) -> str:
    text = clear.hex().upper()
    length = int(text[1], 16)
    pin, rest = text[2 : 2 + length], text[2 + length :]
    right = text[0] == control and DIGITS_MIN <= length <= DIGITS_MAX and pin.isdecimal()
    if not right or any(digit not in fill for digit in rest):
        raise BadPinBlock(f"not a block of format {control}")
    return pin


def _twelve_digits(number: str) -> bytes:
    """The right twelve digits of the card's number without the check digit."""
    return bytes.fromhex(_card(number)[:-1][-12:].rjust(16, "0"))


def _number_block(number: str) -> bytes:
    """The number's block of format 4: its length beyond 12, the digits, zeros."""
    digits = _card(number)
    return bytes.fromhex(f"{max(len(digits) - 12, 0):X}{digits.rjust(12, '0')}".ljust(32, "0"))


def _card(number: str) -> str:
    if not (number.isascii() and number.isdecimal() and 12 <= len(number) <= 19):
        raise BadPinBlock("a card's number has 12 to 19 digits")
    return number


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


# One block at a time, chained by hand as ISO 9564-1 says: this is what ECB is for.
def _encipher(key: bytes, block: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)  # noqa: S305 - single blocks


def _decipher(key: bytes, block: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.ECB()).decryptor().update(block)  # noqa: S305 - single blocks
