"""Tips on the reader (terminal.md 8.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.terminal_configuration import Configuration, Tipping, TippingSettings
from opentill.domain.terminal import tipping
from opentill.domain.terminal.tipping import Suggestion, Tipped

PERCENTAGES = TippingSettings(percentages=[15, 20, 25])
AMOUNTS = TippingSettings(fixed_amounts=[100, 200, 300])
SMART = TippingSettings(fixed_amounts=[100, 200, 300], percentages=[15, 20, 25], smart_tip_threshold=1000)


@pytest.mark.parametrize(
    ("settings", "base", "expected"),
    [
        (PERCENTAGES, 2000, [300, 400, 500]),
        (PERCENTAGES, 0, [0, 0, 0]),
        (TippingSettings(percentages=[25, 15]), 2000, [500, 300]),  # in the order given
        (AMOUNTS, 2000, [100, 200, 300]),
        (SMART, 999, [100, 200, 300]),
        (SMART, 1000, [150, 200, 250]),
        (TippingSettings(percentages=[15]), 110, [17]),  # 16.5 is rounded up
        (TippingSettings(percentages=[15]), 103, [15]),  # 15.45 is rounded down
        (TippingSettings(), 1000, []),
    ],
)
def test_suggestions(settings: TippingSettings, base: int, expected: list[int]) -> None:
    assert [suggestion.amount for suggestion in tipping.suggestions(settings, base)] == expected


def test_a_percentage_says_that_it_is_one() -> None:
    assert tipping.suggestions(PERCENTAGES, 2000)[0] == Suggestion(300, 15)
    assert tipping.suggestions(AMOUNTS, 2000)[0] == Suggestion(100)


@given(base=st.integers(0, 99_999_999), percentage=st.integers(0, 100))
def test_a_percentage_is_never_off_by_more_than_half_a_unit(base: int, percentage: int) -> None:
    (suggestion,) = tipping.suggestions(TippingSettings(percentages=[percentage]), base)
    assert -50 < suggestion.amount * 100 - base * percentage <= 50


CONFIGURED = Configuration(id="tmc_1", livemode=False, tipping=Tipping(usd=PERCENTAGES, aed=PERCENTAGES))


@pytest.mark.parametrize(
    ("country", "currency", "skip", "eligible", "expected"),
    [
        ("US", "usd", False, None, [300, 400, 500]),
        ("US", "usd", False, 1000, [150, 200, 250]),
        ("US", "usd", True, None, None),
        ("US", "eur", False, None, None),  # not configured for the currency
        ("AE", "aed", False, None, None),  # no tips in this country
        (None, "usd", False, None, None),
    ],
)
def test_when_there_is_a_tip_screen(
    country: str | None, currency: str, *, skip: bool, eligible: int | None, expected: list[int] | None
) -> None:
    screen = tipping.screen(
        CONFIGURED, country=country, currency=currency, amount=2000, skip=skip, amount_eligible=eligible
    )
    assert (screen and [suggestion.amount for suggestion in screen]) == expected


def test_no_tip_screen_without_a_configuration() -> None:
    bare = Configuration(id="tmc_1", livemode=False)
    assert tipping.screen(bare, country="US", currency="usd", amount=2000, skip=False, amount_eligible=None) is None


@pytest.mark.parametrize(
    ("tip", "asked", "skip", "expected"),
    [
        (None, False, False, Tipped(1000, None)),  # tips are off
        (None, True, False, Tipped(1000, 0)),  # "no tip"
        (150, True, False, Tipped(1150, 150)),
        (150, False, False, Tipped(1150, 150)),  # a test may tip before tips are configured
        (0, True, False, Tipped(1000, 0)),
        (0, False, True, Tipped(1000, 0)),
    ],
)
def test_the_amount_includes_the_tip(tip: int | None, *, asked: bool, skip: bool, expected: Tipped) -> None:
    assert tipping.tipped(1000, "usd", tip, asked=asked, skip=skip) == expected


@pytest.mark.parametrize(
    ("tip", "skip", "code"),
    [(-1, False, "parameter_invalid_integer"), (1, True, None), (99_999_000, False, "amount_too_large")],
)
def test_a_tip_that_cannot_be(tip: int, *, skip: bool, code: str | None) -> None:
    with pytest.raises(InvalidRequest) as refused:
        tipping.tipped(1000, "usd", tip, asked=True, skip=skip)
    assert (refused.value.code, refused.value.param) == (code, "amount_tip")
