"""The acquirer does not answer. What is on the card must become known, or be undone; it is never taken twice.

The shop is told that the payment failed and keeps the PaymentIntent: with the same card it asks again and gets the
outcome of the first attempt, with another card the first attempt is reversed.
"""

from typing import Any

import pytest
import stripe
from tests.scenarios.shop import PRIVATE_ON_BOTH, Shop

PROCESSING = "An error occurred while processing your card. Try again in a little bit."


def unanswered(shop: Shop, kind: str, card: str = "pm_card_visa", amount: int = 1000) -> stripe.PaymentIntent:
    """A payment whose authorization got no answer, and the inquiry about it neither."""
    shop.fault(kind, "authorize")
    shop.fault("timeout", "inquire")
    with pytest.raises(stripe.CardError) as declined:
        shop.hold(amount, card=card)
    error = declined.value.error
    assert error is not None
    assert (declined.value.http_status, error.code, error.message) == (402, "processing_error", PROCESSING)
    intent = error.payment_intent
    assert intent is not None
    return intent


def on_the_card(shop: Shop, intent: stripe.PaymentIntent) -> list[tuple[int, int]]:
    """What the acquirer holds and has taken, by authorization that reached it."""
    return [(held["held"], held["captured"]) for held in shop.settled_holdings(intent)]


def patience(shop: Shop) -> None:
    """Time enough for four more tries of what the acquirer must hear."""
    for _ in range(4):
        shop.advance(seconds=900)


@PRIVATE_ON_BOTH
def test_a_lost_answer_is_asked_for(private_shop: Shop) -> None:
    """The authorization went through and only the answer was lost: the inquiry brings it, nobody notices."""
    shop = private_shop
    shop.fault("lost_answer", "authorize")
    intent = shop.hold(1000)
    assert intent.status == "requires_capture"
    (held,) = shop.holdings(intent)
    assert (held["held"], held["attempts"]) == (1000, {"authorize": 1})


@pytest.mark.parametrize("kind", ["timeout", "not_sent"])
def test_what_never_arrived_can_be_tried_again(private_shop: Shop, kind: str) -> None:
    """It is certain that nothing happened: the payment failed, and the next confirmation starts afresh."""
    shop = private_shop
    shop.fault(kind, "authorize")
    with pytest.raises(stripe.CardError) as declined:
        shop.hold(1000)
    assert declined.value.code == "processing_error"
    intent = declined.value.error.payment_intent  # type: ignore[union-attr]
    assert intent.status == "requires_confirmation"  # type: ignore[union-attr]
    paid = shop.client.v1.payment_intents.confirm(intent.id)  # type: ignore[union-attr]
    assert paid.status == "requires_capture"
    assert on_the_card(shop, paid) == [(1000, 0)]


@PRIVATE_ON_BOTH
@pytest.mark.parametrize("kind", ["lost_answer", "timeout"])
def test_the_shop_is_told_and_keeps_the_intent(private_shop: Shop, kind: str) -> None:
    shop = private_shop
    intent = unanswered(shop, kind)
    assert intent.status == "requires_confirmation"
    assert intent.payment_method is not None
    assert intent.latest_charge is None
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.code == "processing_error"
    assert shop.client.v1.payment_intents.retrieve(intent.id) == intent
    assert shop.events() == ["payment_intent.created", "payment_intent.payment_failed"]


@PRIVATE_ON_BOTH
def test_the_same_card_again_is_not_authorized_twice(private_shop: Shop) -> None:
    shop = private_shop
    intent = unanswered(shop, "lost_answer")
    paid = shop.client.v1.payment_intents.confirm(intent.id)
    assert (paid.id, paid.status, paid.amount_capturable) == (intent.id, "requires_capture", 1000)
    (held,) = shop.holdings(paid)
    assert (held["held"], held["attempts"], held["messages"]) == (1000, {"authorize": 1}, {"authorize": 1})
    shop.client.v1.payment_intents.capture(intent.id)
    assert on_the_card(shop, intent) == [(0, 1000)]


def test_the_same_card_named_again(private_shop: Shop) -> None:
    """Naming the intent's own payment method is the same card."""
    shop = private_shop
    intent = unanswered(shop, "lost_answer")
    assert isinstance(intent.payment_method, str)
    paid = shop.client.v1.payment_intents.confirm(intent.id, {"payment_method": intent.payment_method})
    assert paid.status == "requires_capture"
    assert on_the_card(shop, intent) == [(1000, 0)]


def test_a_decline_that_was_lost(private_shop: Shop) -> None:
    shop = private_shop
    intent = unanswered(shop, "lost_answer", card="pm_card_visa_chargeDeclinedInsufficientFunds")
    with pytest.raises(stripe.CardError) as declined:
        shop.client.v1.payment_intents.confirm(intent.id)
    assert declined.value.error.decline_code == "insufficient_funds"  # type: ignore[union-attr]
    assert [held["attempts"] for held in shop.holdings(intent)] == [{"authorize": 1}]


def test_still_no_answer(private_shop: Shop) -> None:
    """Asking again while the acquirer stays silent gives the same refusal, and no second attempt."""
    shop = private_shop
    intent = unanswered(shop, "lost_answer")
    for _ in range(3):
        shop.fault("timeout", "inquire")
        with pytest.raises(stripe.CardError) as declined:
            shop.client.v1.payment_intents.confirm(intent.id)
        assert declined.value.code == "processing_error"
    assert [held["attempts"] for held in shop.holdings(intent)] == [{"authorize": 1}]
    assert shop.client.v1.payment_intents.confirm(intent.id).status == "requires_capture"


def test_what_did_not_arrive_is_made_anew(private_shop: Shop) -> None:
    """The inquiry now says that the first attempt never came: it is given up, and a new one made."""
    shop = private_shop
    intent = unanswered(shop, "timeout")
    assert shop.client.v1.payment_intents.confirm(intent.id).status == "requires_capture"
    assert on_the_card(shop, intent) == [(1000, 0)]


@PRIVATE_ON_BOTH
@pytest.mark.parametrize("kind", ["lost_answer", "timeout"])
def test_another_card_reverses_the_first(private_shop: Shop, kind: str) -> None:
    shop = private_shop
    intent = unanswered(shop, kind)
    paid = shop.client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_mastercard"})
    assert paid.status == "requires_capture"
    assert shop.charge(paid).payment_method_details.card.brand == "mastercard"  # type: ignore[union-attr]
    assert sorted(on_the_card(shop, intent)) == ([(0, 0), (1000, 0)] if kind == "lost_answer" else [(1000, 0)])


@PRIVATE_ON_BOTH
def test_cancel_reverses_it(private_shop: Shop) -> None:
    shop = private_shop
    intent = unanswered(shop, "lost_answer")
    assert shop.client.v1.payment_intents.cancel(intent.id).status == "canceled"
    assert on_the_card(shop, intent) == [(0, 0)]


@PRIVATE_ON_BOTH
def test_time_reverses_it(private_shop: Shop) -> None:
    """Nobody asks again: after two minutes the hold is released, and the intent can still be paid."""
    shop = private_shop
    intent = unanswered(shop, "lost_answer")
    shop.advance(seconds=60)
    assert on_the_card(shop, intent) == [(1000, 0)]
    shop.advance(seconds=61)
    assert on_the_card(shop, intent) == [(0, 0)]
    paid = shop.client.v1.payment_intents.confirm(intent.id)
    assert paid.status == "requires_capture"
    assert sorted(on_the_card(shop, intent)) == [(0, 0), (1000, 0)]


def test_what_arrives_late_is_refused(private_shop: Shop) -> None:
    """The message was under way all the time and arrives after the reversal: no hold is left behind."""
    shop = private_shop
    shop.fault("late", "authorize", delay_ms=50)
    shop.fault("timeout", "inquire")
    with pytest.raises(stripe.CardError) as declined:
        shop.hold(1000)
    intent = declined.value.error.payment_intent  # type: ignore[union-attr]
    assert intent is not None
    shop.client.v1.payment_intents.cancel(intent.id)
    assert all(held == (0, 0) for held in on_the_card(shop, intent))


@PRIVATE_ON_BOTH
def test_updates_and_amounts_after_an_unknown_outcome(private_shop: Shop) -> None:
    """A new amount is a new payment: what was held for the old one does not count for it."""
    shop = private_shop
    intent = unanswered(shop, "lost_answer")
    changed = shop.client.v1.payment_intents.update(intent.id, {"amount": 2500})
    paid = shop.client.v1.payment_intents.confirm(changed.id)
    assert (paid.status, paid.amount, paid.amount_capturable) == ("requires_capture", 2500, 2500)
    assert sum(held for held, _ in on_the_card(shop, intent)) == 2500


@PRIVATE_ON_BOTH
@pytest.mark.parametrize("kind", ["lost_answer", "timeout", "not_sent"])
def test_captures_are_repeated_until_they_arrive(private_shop: Shop, kind: str) -> None:
    """A capture is decided here: the shop is answered, and the acquirer hears of it until it says yes."""
    shop = private_shop
    intent = shop.hold(1000)
    shop.fault(kind, "capture", count=3)
    assert shop.client.v1.payment_intents.capture(intent.id).status == "succeeded"
    patience(shop)
    (held,) = shop.settled_holdings(intent)
    assert (held["held"], held["captured"], held["attempts"]["capture"]) == (0, 1000, 1)


@PRIVATE_ON_BOTH
@pytest.mark.parametrize("kind", ["lost_answer", "timeout", "not_sent"])
def test_releases_are_repeated_until_they_arrive(private_shop: Shop, kind: str) -> None:
    shop = private_shop
    intent = shop.hold(1000)
    shop.fault(kind, "reverse", count=3)
    shop.client.v1.payment_intents.cancel(intent.id)
    patience(shop)
    assert on_the_card(shop, intent) == [(0, 0)]


@pytest.mark.parametrize("kind", ["lost_answer", "timeout", "not_sent"])
def test_increments_without_an_answer(private_shop: Shop, kind: str) -> None:
    """If the answer comes with the inquiry the hold is raised, else it stays as it was; the books agree."""
    shop = private_shop
    options: Any = {"card": {"request_incremental_authorization": "if_available"}}
    intent = shop.hold(1000, payment_method_options=options)
    shop.fault(kind, "increment")
    increment = shop.client.v1.payment_intents.increment_authorization
    if kind == "lost_answer":
        assert increment(intent.id, {"amount": 1500}).amount_capturable == 1500
    else:
        with pytest.raises(stripe.CardError) as declined:
            increment(intent.id, {"amount": 1500})
        assert declined.value.code == "processing_error"
        assert shop.client.v1.payment_intents.retrieve(intent.id).amount_capturable == 1000
    expected = 1500 if kind == "lost_answer" else 1000
    assert on_the_card(shop, intent) == [(expected, 0)]


def test_increments_nobody_knows_of_are_undone(private_shop: Shop) -> None:
    shop = private_shop
    options: Any = {"card": {"request_incremental_authorization": "if_available"}}
    intent = shop.hold(1000, payment_method_options=options)
    shop.fault("lost_answer", "increment")
    shop.fault("timeout", "inquire")
    with pytest.raises(stripe.CardError):
        shop.client.v1.payment_intents.increment_authorization(intent.id, {"amount": 1500})
    assert shop.client.v1.payment_intents.retrieve(intent.id).amount_capturable == 1000
    assert on_the_card(shop, intent) == [(1000, 0)]
    shop.client.v1.payment_intents.capture(intent.id)
    assert on_the_card(shop, intent) == [(0, 1000)]


@PRIVATE_ON_BOTH
def test_the_key_of_an_unanswered_request(private_shop: Shop) -> None:
    """The same request again under its key gives the refusal it was given; a new key asks anew."""
    shop = private_shop
    form = {
        "amount": 1000,
        "currency": "usd",
        "payment_method": "pm_card_visa",
        "confirm": True,
        "capture_method": "manual",
    }
    shop.fault("lost_answer", "authorize")
    shop.fault("timeout", "inquire")
    first = shop.request("POST", "/v1/payment_intents", form, {"Idempotency-Key": "order-1"})
    again = shop.request("POST", "/v1/payment_intents", form, {"Idempotency-Key": "order-1"})
    assert (first.status, again.status, again.body) == (402, 402, first.body)
    intent = first.error["payment_intent"]["id"]
    confirmed = shop.request("POST", f"/v1/payment_intents/{intent}/confirm", {}, {"Idempotency-Key": "order-1-b"})
    assert confirmed.json["status"] == "requires_capture"
    assert [held["attempts"] for held in shop.holdings(intent)] == [{"authorize": 1}]
