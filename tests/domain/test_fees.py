"""What a payment costs the merchant."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentill.domain.fees import STANDARD, Fee, FeeSchedule


@pytest.mark.parametrize(
    ("type", "amount", "fee"),
    [
        ("card", 1000, 59),
        ("card", 10000, 320),
        ("card", 1099, 62),  # 31.871 → 32, + 30
        ("card", 500, 45),  # 14.5 → 15, + 30: halves go up
        ("card_present", 1000, 32),
        ("interac_present", 1000, 32),
        ("affirm", 1000, 59),
    ],
)
def test_standard_fees(type: str, amount: int, fee: int) -> None:
    assert STANDARD.fee(type, amount) == fee


@given(st.integers(0, 10**12), st.integers(0, 99_999), st.integers(0, 999))
def test_a_fee_is_within_half_a_unit_of_the_share(amount: int, rate: int, fixed: int) -> None:
    exact = Fraction(amount * rate, 1_000_000)

    assert Fraction(-1, 2) < Fee(rate, fixed).of(amount) - fixed - exact <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("text", "fee"),
    [
        ("2.9%+30", Fee(29_000, 30)),
        (" 2.7%+5 ", Fee(27_000, 5)),
        ("0.25%", Fee(2_500, 0)),
        ("0%+15", Fee(0, 15)),
        ("12.3456%", Fee(123_456, 0)),
    ],
)
def test_fees_are_parsed(text: str, fee: Fee) -> None:
    assert Fee.parse(text) == fee


@pytest.mark.parametrize("text", ["", "2.9", "2,9%", "-1%", "2.9%+0.30", "100%", "1.23456%", "2.9%30"])
def test_what_is_not_a_fee_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it like 2\.9%"):
        Fee.parse(text)


def test_a_schedule_is_parsed() -> None:
    schedule = FeeSchedule.parse("card=1.5%+25, card_present=1%, interac_present=0%+15")

    assert [schedule.fee(type, 1000) for type in ("card", "card_present", "interac_present")] == [40, 10, 15]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("card_present=1%", "a fee for card"),
        ("card=1%,card=2%", "two fees for card"),
        ("card", "card=2.9%"),
        ("card=free", "not a fee: 'free'"),
    ],
)
def test_what_is_not_a_schedule_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        FeeSchedule.parse(text)
