"""Card numbers do not leave in a message: whatever echoes what a client sent goes through here first."""

import re

# 13 or more digits, the grouping of a written card number (one space or dash) allowed between them.
_DIGITS = re.compile(r"\d(?:[ -]?\d){12,}")
_PAN_LENGTHS = range(13, 20)  # ISO/IEC 7812-1: up to 19 digits; no brand issues fewer than 13


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B).

    >>> passes_luhn("4242424242424242"), passes_luhn("4242424242424241")
    (True, False)
    """
    total = sum(int(digit) for digit in digits[-1::-2])
    total += sum((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)[int(digit)] for digit in digits[-2::-2])
    return total % 10 == 0


def mask_card_numbers(text: str) -> str:
    """`text` with every run of digits that holds a possible card number replaced by asterisks.

    A longer run than any card number is masked whatever it is: it may be a track, or a number typed twice.

    >>> mask_card_numbers("Invalid integer: 4242 4242 4242 4242")
    'Invalid integer: *******************'
    """
    return _DIGITS.sub(_mask_run, text) if len(text) >= _PAN_LENGTHS.start else text


def _mask_run(run: re.Match[str]) -> str:
    digits = "".join(character for character in run[0] if character.isdecimal())
    if len(digits) < _PAN_LENGTHS.stop and not any(
        passes_luhn(digits[start : start + length])
        for length in _PAN_LENGTHS
        for start in range(len(digits) - length + 1)
    ):
        return run[0]
    return "*" * len(run[0])
