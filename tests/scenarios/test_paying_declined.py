"""Declines: what the shop is told, what stays of the attempt, and paying with another card on the same intent."""

from typing import Any

import pytest
import stripe
from tests.scenarios.shop import ON_BOTH, Shop

DECLINED = "Your card was declined."


@pytest.mark.parametrize(
    ("card", "code", "decline_code", "param", "message"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline", None, DECLINED),
        ("pm_card_chargeDeclined", "card_declined", "generic_decline", None, DECLINED),
        (
            "pm_card_visa_chargeDeclinedInsufficientFunds",
            "card_declined",
            "insufficient_funds",
            None,
            "Your card has insufficient funds.",
        ),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card", None, DECLINED),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card", None, DECLINED),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card", "exp_month", "Your card has expired."),
        (
            "pm_card_chargeDeclinedIncorrectCvc",
            "incorrect_cvc",
            "incorrect_cvc",
            "cvc",
            "Your card's security code is incorrect.",
        ),
        (
            "pm_card_chargeDeclinedProcessingError",
            "processing_error",
            "processing_error",
            None,
            "An error occurred while processing your card. Try again in a little bit.",
        ),
        (
            "pm_card_visa_chargeDeclinedVelocityLimitExceeded",
            "card_declined",
            "card_velocity_exceeded",
            None,
            "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
        ),
        ("pm_card_chargeCustomerFail", "card_declined", "generic_decline", None, DECLINED),
        ("pm_card_radarBlock", "card_declined", "fraudulent", None, DECLINED),
    ],
)
def test_decline_codes(shop: Shop, card: str, code: str, decline_code: str, param: str | None, message: str) -> None:
    with pytest.raises(stripe.CardError) as declined:
        shop.pay(card=card)
    told = declined.value
    assert (told.http_status, told.code, told.param, told.user_message) == (402, code, param, message)
    error = told.error
    assert error is not None
    assert (error.type, error.decline_code) == ("card_error", decline_code)
    assert error.doc_url == f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"

    intent = error.payment_intent
    assert intent is not None
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert shop.client.v1.payment_intents.retrieve(intent.id) == intent
    kept = intent.last_payment_error
    assert kept is not None
    assert (kept.code, kept.decline_code, kept.message) == (code, decline_code, message)
    assert (kept.charge, kept.payment_method) == (error.charge, error.payment_method)

    charge = shop.charge(intent)
    assert charge.id == error.charge
    assert (charge.status, charge.paid, charge.captured) == ("failed", False, False)
    assert (charge.failure_code, charge.failure_message) == (code, message)
    assert charge.outcome is not None
    assert charge.outcome.reason == decline_code
    assert charge.outcome.type == ("blocked" if card == "pm_card_radarBlock" else "issuer_declined")
    assert shop.balance_change() == 0
    assert shop.events() == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]


@ON_BOTH
def test_another_card_on_the_same_intent(shop: Shop) -> None:
    intents = shop.client.v1.payment_intents
    intent = intents.create({"amount": 1000, "currency": "usd", "capture_method": "manual"})
    with pytest.raises(stripe.CardError) as declined:
        intents.confirm(intent.id, {"payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds"})
    failed = declined.value.error.charge  # type: ignore[union-attr]

    paid = intents.confirm(intent.id, {"payment_method": "pm_card_mastercard"})
    assert (paid.id, paid.status, paid.last_payment_error) == (intent.id, "requires_capture", None)
    assert paid.latest_charge != failed
    declined_hold, hold = sorted(shop.holdings(intent), key=lambda held: held["approved"])
    assert (declined_hold["approved"], declined_hold["held"]) == (False, 0)
    assert (hold["approved"], hold["held"]) == (True, 1000)
    charges = shop.client.v1.charges.list({"payment_intent": intent.id}).data
    assert [(charge.id, charge.status) for charge in charges] == [(paid.latest_charge, "succeeded"), (failed, "failed")]


@pytest.mark.parametrize(
    ("card", "code", "param"),
    [
        ({"number": "4242424242424241"}, "incorrect_number", "number"),
        ({"number": "4242"}, "invalid_number", "number"),
        ({"number": "not a number"}, "invalid_number", "number"),
        ({"exp_month": 13}, "invalid_expiry_month", "exp_month"),
        ({"exp_year": 1999}, "invalid_expiry_year", "exp_year"),
        ({"cvc": "12"}, "invalid_cvc", "cvc"),
        ({"cvc": "abc"}, "invalid_cvc", "cvc"),
        ({"number": "4532015112830366"}, "card_declined", None),  # a real card in test mode
    ],
)
def test_cards_that_are_not_valid(shop: Shop, card: dict[str, Any], code: str, param: str | None) -> None:
    given = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"} | card
    with pytest.raises(stripe.CardError) as refused:
        shop.client.v1.payment_intents.create(
            {
                "amount": 1000,
                "currency": "usd",
                "payment_method_data": {"type": "card", "card": given},  # type: ignore[typeddict-unknown-key]
            }
        )
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (402, code, param)
    assert given["number"] not in str(refused.value.json_body)
    assert shop.client.v1.payment_intents.list().data == []


# When the cardholder must be asked ----------------------------------------------------------------------------------

ALWAYS = "pm_card_authenticationRequired"
UNLESS_SET_UP = "pm_card_authenticationRequiredOnSetup"
REQUIRED = "pm_card_threeDSecure2Required"


@pytest.mark.parametrize("card", [ALWAYS, UNLESS_SET_UP, REQUIRED, "pm_card_authenticationRequiredSetupForOffSession"])
def test_authentication_on_session(shop: Shop, card: str) -> None:
    """The intent waits for the customer: no money is held, nothing has failed."""
    intent = shop.pay(card=card)
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    assert intent.next_action.type == "use_stripe_sdk"
    assert (intent.latest_charge, intent.amount_capturable) == (None, 0)
    assert shop.holdings(intent) == []
    assert shop.events() == ["payment_intent.created", "payment_intent.requires_action"]


def test_another_card_instead_of_authentication(shop: Shop) -> None:
    intent = shop.pay(card=REQUIRED)
    paid = shop.client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.next_action) == ("succeeded", None)


def test_a_waiting_intent_can_be_canceled(shop: Shop) -> None:
    intent = shop.pay(card=REQUIRED)
    canceled = shop.client.v1.payment_intents.cancel(intent.id)
    assert (canceled.status, canceled.next_action) == ("canceled", None)


def test_error_on_requires_action(shop: Shop) -> None:
    with pytest.raises(stripe.CardError) as declined:
        shop.pay(card=REQUIRED, error_on_requires_action=True)
    assert declined.value.code == "authentication_required"
    assert declined.value.error.payment_intent.status == "requires_payment_method"  # type: ignore[union-attr]


def test_the_merchant_may_ask_for_authentication(shop: Shop) -> None:
    options: Any = {"card": {"request_three_d_secure": "any"}}
    card = "pm_card_threeDSecureOptional"
    assert shop.pay(card=card).status == "succeeded"
    assert shop.pay(card=card, payment_method_options=options).status == "requires_action"


@pytest.mark.parametrize(("card", "charged"), [(ALWAYS, True), (REQUIRED, False)])
def test_off_session_the_customer_cannot_be_asked(shop: Shop, card: str, charged: bool) -> None:
    """402, and back to requires_payment_method; the issuer's refusal leaves a failed charge, a foreseen one none."""
    customer = shop.client.v1.customers.create()
    with pytest.raises(stripe.CardError) as declined:
        shop.pay(card=card, customer=customer.id, off_session=True)
    error = declined.value.error
    assert error is not None
    assert (error.code, error.decline_code) == ("authentication_required", "authentication_required")
    assert error.message == "Your card was declined. This transaction requires authentication."
    assert error.payment_method is not None
    assert error.payment_method.card is not None
    intent = error.payment_intent
    assert intent is not None
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert (intent.latest_charge is not None) == charged

    # The customer comes back: the same intent, on-session.
    back = shop.client.v1.payment_intents.confirm(intent.id, {"payment_method": card})
    assert back.status == "requires_action"


@pytest.mark.parametrize("off_session", [True, "one_off", "recurring"])
def test_off_session_pays_with_other_cards(shop: Shop, off_session: Any) -> None:
    assert shop.pay(off_session=off_session).status == "succeeded"
