"""Card numbers do not leave in a message."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentill.domain.masking import mask_card_numbers, passes_luhn


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("", ""),
        ("Invalid integer: 1x", "Invalid integer: 1x"),
        ("4242424242424242", "****************"),
        ("card 4242 4242 4242 4242!", "card *******************!"),
        ("card 4242-4242-4242-4242!", "card *******************!"),
        ("378282246310005", "***************"),
        ("6011000990139424=2512", "****************=2512"),
        ("1 4242424242424242", "******************"),  # the card number is a part of the run
        ("1111111111111111", "1111111111111111"),  # no check digit fits, in no part of it: not a card number
        ("1718000000123", "1718000000123"),
        ("4242424242424242251212345", "*************************"),  # a track without its separator
        ("9223372036854775808000", "**********************"),
        ("123456789012", "123456789012"),
        ("42424242 x 42424242", "42424242 x 42424242"),
    ],
)
def test_masking(text: str, masked: str) -> None:
    assert mask_card_numbers(text) == masked


@given(st.text(), st.integers(10**12, 10**18 - 1), st.text(st.characters(exclude_categories=["Nd"])))
def test_no_card_number_survives_wherever_it_stands(before: str, stem: int, after: str) -> None:
    number = next(f"{stem}{digit}" for digit in range(10) if passes_luhn(f"{stem}{digit}"))
    assert number not in mask_card_numbers(before + number + after)
