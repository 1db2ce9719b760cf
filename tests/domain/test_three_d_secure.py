"""Challenges as states, and the way back to the merchant's page."""

from typing import get_args
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentill.domain import three_d_secure
from opentill.domain.errors import InvariantBroken
from opentill.domain.objects.api_error import ApiError
from opentill.domain.objects.payment_intent import PaymentIntent, PaymentIntentStatus
from opentill.domain.three_d_secure import TRANSITIONS, ChallengeState, Step

STATES: tuple[ChallengeState, ...] = get_args(ChallengeState)
STEPS: tuple[Step, ...] = get_args(Step)


def intent(status: PaymentIntentStatus, error: ApiError | None = None) -> PaymentIntent:
    return PaymentIntent(
        id="pi_1",
        amount=1099,
        capture_method="automatic",
        client_secret="pi_1_secret_2",
        confirmation_method="automatic",
        created=0,
        currency="usd",
        last_payment_error=error,
        livemode=False,
        metadata={},
        payment_method_types=["card"],
        status=status,
    )


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("step", STEPS)
def test_what_cannot_happen_stops_the_work(state: ChallengeState, step: Step) -> None:
    if step in TRANSITIONS.get(state, {}):
        assert three_d_secure.follow(state, step) != state
    else:
        with pytest.raises(InvariantBroken):
            three_d_secure.follow(state, step)


def test_a_challenge_is_answered_once() -> None:
    """Whatever happens to a challenge, it is used only from open or passed, and nothing follows."""
    final = {state for state in STATES if state not in TRANSITIONS}
    assert final == {"used", "failed", "canceled", "ended", "expired"}
    assert {state for state, steps in TRANSITIONS.items() if "confirmed" in steps} == {"open", "passed"}


@pytest.mark.parametrize(
    ("brand", "indicator"), [("visa", "05"), ("mastercard", "02"), ("amex", "05"), ("jcb", "05"), (None, "05")]
)
def test_the_indicator_is_the_networks(brand: str | None, indicator: str) -> None:
    shown = three_d_secure.authenticated(brand, "challenge", "d6a8…")
    assert (shown.electronic_commerce_indicator, shown.result) == (indicator, "authenticated")
    assert three_d_secure.of_setup(shown).electronic_commerce_indicator == indicator


ERROR = ApiError(type="card_error", code="processing_error")


@pytest.mark.parametrize(
    ("status", "error", "under_way", "told"),
    [
        ("succeeded", None, False, "succeeded"),
        ("requires_capture", None, False, "succeeded"),
        ("requires_confirmation", None, False, "succeeded"),
        ("requires_confirmation", ERROR, False, "failed"),
        ("requires_payment_method", ERROR, False, "failed"),
        ("requires_action", None, False, "failed"),
        ("requires_action", None, True, "pending"),
        ("processing", None, False, "pending"),
        ("canceled", None, False, "failed"),
    ],
)
def test_what_the_merchants_page_is_told(
    status: PaymentIntentStatus, error: ApiError | None, under_way: bool, told: str
) -> None:
    assert three_d_secure.redirect_status(intent(status, error), under_way=under_way) == told


VISIBLE = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=" \t\n\r\f\v#"), max_size=30).filter(
    lambda text: not any(character.isspace() for character in text)
)


@given(path=VISIBLE, query=VISIBLE, fragment=VISIBLE)
def test_the_way_back_keeps_what_was_there(path: str, query: str, fragment: str) -> None:
    """ASCII without line breaks; the merchant's own parameters first, and a fragment last."""
    url = f"https://shop.example/{path.replace('?', '')}?{query}#{fragment}"
    back = three_d_secure.way_back(url, intent("succeeded"), "succeeded")
    assert back.isascii()
    assert back.isprintable()
    assert not set(back) & set(' "<>\\')
    parts = urlsplit(back)
    assert parts.netloc == "shop.example"
    assert parse_qsl(parts.query)[-3:] == [
        ("payment_intent", "pi_1"),
        ("payment_intent_client_secret", "pi_1_secret_2"),
        ("redirect_status", "succeeded"),
    ]
