"""Currencies, how amounts are written, and the limits of a charge (reference: Supported currencies)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentill.domain import money
from opentill.domain.errors import InvalidRequest

currencies = st.sampled_from(sorted(money.CURRENCIES))


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (1000, "usd", "$10.00"),
        (5, "usd", "$0.05"),
        (99_999_999, "usd", "$999,999.99"),
        (-50, "usd", "-$0.50"),
        (30, "gbp", "£0.30"),
        (500, "jpy", "¥500"),
        (1_234_567, "krw", "₩1,234,567"),
        (200, "aed", "AED 2.00"),
        (1230, "kwd", "KWD 1.230"),
        (500, "isk", "kr5.00"),
    ],
)
def test_amounts_are_written_as_messages_show_them(amount: int, currency: str, written: str) -> None:
    assert money.format_amount(amount, currency) == written


@given(st.integers(min_value=0, max_value=10**12), currencies)
def test_the_digits_of_an_amount_survive_writing(amount: int, currency: str) -> None:
    written = money.format_amount(amount, currency)

    assert int("".join(character for character in written if character.isascii() and character.isdigit())) == amount


@pytest.mark.parametrize(
    ("least", "codes"),
    [
        (50, "usd aud brl cad chf cop eur idr ils inr nzd php rub sgd zar ars jpy krw"),
        (30, "gbp"),
        (200, "aed myr pln ron"),
        (250, "dkk"),
        (300, "nok sek"),
        (400, "hkd"),
        (1000, "mxn thb"),
        (1500, "czk"),
        (17500, "huf"),
        (100, "ugx isk"),
        (10, "kwd"),
        (1, "xof afn"),
    ],
)
def test_minimum_charge(least: int, codes: str) -> None:
    assert {money.minimum(code) for code in codes.split()} == {least}


@pytest.mark.parametrize(
    ("amount", "currency", "code", "message"),
    [
        (49, "usd", "amount_too_small", "Amount must be at least $0.50 usd"),
        (29, "gbp", "amount_too_small", "Amount must be at least £0.30 gbp"),
        (49, "jpy", "amount_too_small", "Amount must be at least ¥50 jpy"),
        (100_000_000, "usd", "amount_too_large", "Amount must be no more than $999,999.99"),
        (1_000_000_000, "inr", "amount_too_large", "Amount must be no more than ₹9,999,999.99"),
        (1234, "kwd", "invalid_charge_amount", "Invalid amount: amounts in kwd must be divisible by 10."),
        (12345, "isk", "invalid_charge_amount", "Invalid amount: amounts in isk must be divisible by 100."),
        (-1, "usd", "parameter_invalid_integer", "Invalid non-negative integer"),
    ],
)
def test_amounts_that_cannot_be_charged(amount: int, currency: str, code: str, message: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        money.check_amount(amount, currency)

    assert (refused.value.code, refused.value.message, refused.value.param) == (code, message, "amount")


def test_nothing_cannot_be_charged() -> None:
    with pytest.raises(InvalidRequest, match=r"^The amount must be greater than or equal to the minimum") as refused:
        money.check_amount(0, "usd", param="amount_to_capture")

    assert (refused.value.code, refused.value.param) == ("parameter_invalid_integer", "amount_to_capture")


@given(currencies)
def test_the_least_and_the_most_can_be_charged_everywhere(currency: str) -> None:
    step = 100 if currency in money.HUNDREDS else 10 if currency in money.THREE_DECIMAL else 1
    most = money.maximum(currency) // step * step

    assert money.check_amount(money.minimum(currency), currency) == money.minimum(currency)
    assert money.check_amount(most, currency) == most


def test_currencies_are_taken_in_any_case() -> None:
    assert money.check_currency("USD") == "usd"


def test_an_unknown_currency_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidRequest) as refused:
        money.check_currency("euro")

    assert refused.value.message.startswith(
        "Invalid currency: euro. Stripe currently supports these currencies: usd, aed, afn, "
    )
    assert (refused.value.code, refused.value.param) == (None, "currency")


def test_the_groups_of_currencies_are_currencies() -> None:
    assert money.CURRENCIES >= money.ZERO_DECIMAL | money.THREE_DECIMAL | money.HUNDREDS
    assert all(len(code) == 3 and code.islower() for code in money.CURRENCIES)
