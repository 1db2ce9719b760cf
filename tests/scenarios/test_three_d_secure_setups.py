"""3D Secure for cards that are saved: the SetupIntent goes on, and its SetupAttempt says how its holder was seen."""

from typing import Any

import pytest
import stripe
from tests.scenarios.cardholder import RETURN_URL, look, page, passes, press, returned
from tests.scenarios.shop import ON_BOTH, PRIVATE_ON_BOTH, Shop
from tests.scenarios.test_races import at_once
from tests.scenarios.test_three_d_secure import ALWAYS, CARDS, ON_SESSION, REQUIRED, charged, typed

from opentill.domain.testcards import TestCard

CREATED, ASKED = "setup_intent.created", "setup_intent.requires_action"


def begun(shop: Shop, card: str = ALWAYS, **params: Any) -> stripe.SetupIntent:
    """A card whose holder is sent to their issuer."""
    given: dict[str, Any] = {"payment_method": card, "confirm": True, "return_url": RETURN_URL}
    return shop.client.v1.setup_intents.create(given | params)  # type: ignore[arg-type]


def now(shop: Shop, intent: stripe.SetupIntent) -> stripe.SetupIntent:
    return shop.client.v1.setup_intents.retrieve(intent.id)


def attempts(shop: Shop, intent: stripe.SetupIntent) -> list[stripe.SetupAttempt]:
    """What was tried, newest first."""
    return shop.client.v1.setup_attempts.list({"setup_intent": intent.id}).data


def seen(attempt: stripe.SetupAttempt) -> dict[str, Any] | None:
    assert attempt.payment_method_details.card is not None
    shown = attempt.payment_method_details.card.three_d_secure
    return None if shown is None else shown.to_dict()


@ON_BOTH
def test_passed(shop: Shop) -> None:
    customer = shop.client.v1.customers.create()
    intent = begun(shop, customer=customer.id)
    assert intent.next_action is not None
    assert intent.next_action.redirect_to_url is not None
    assert intent.next_action.redirect_to_url.return_url == RETURN_URL
    text = look(shop, page(intent)).body.decode()
    assert "Is it you who is saving this card?" in text
    assert "Amount" not in text
    assert returned(press(shop, page(intent))) == {
        "order": "6735",
        "setup_intent": intent.id,
        "setup_intent_client_secret": intent.client_secret,
        "redirect_status": "succeeded",
    }
    after = now(shop, intent)
    assert (after.status, after.next_action, after.latest_attempt) == ("succeeded", None, intent.latest_attempt)
    (attempt,) = attempts(shop, intent)
    assert (attempt.id, attempt.status, attempt.setup_error) == (intent.latest_attempt, "succeeded", None)
    shown = seen(attempt)
    assert shown is not None
    assert (shown["authentication_flow"], shown["result"], shown["version"]) == ("challenge", "authenticated", "2.2.0")
    assert shop.client.v1.payment_methods.retrieve(str(after.payment_method)).customer == customer.id
    assert shop.events() == [
        "customer.created",
        CREATED,
        ASKED,
        "payment_method.attached",
        "setup_intent.succeeded",
    ]


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_every_card(shop: Shop, card: TestCard) -> None:
    asked, _ = ON_SESSION[card.three_d_secure]
    method = typed(shop, card)
    if card.three_d_secure == "lookup_error":
        with pytest.raises(stripe.CardError, match="Your card was declined"):
            begun(shop, method)
        return
    intent = begun(shop, method)
    assert (intent.status == "requires_action") == asked
    if asked:
        told = passes(shop, intent)["redirect_status"]
        assert told == ("succeeded" if now(shop, intent).status == "succeeded" else "failed")
    after = now(shop, intent)
    assert after.status == ("succeeded" if card.attachable else "requires_payment_method")
    (attempt,) = attempts(shop, intent)
    shown = seen(attempt)
    assert (shown is not None) == (asked or card.three_d_secure == "frictionless")
    assert shown is None or shown["result"] == "authenticated"


@ON_BOTH
@pytest.mark.parametrize(("answer", "reason"), [("fail", "rejected"), ("cancel", "canceled")])
def test_failed(shop: Shop, answer: str, reason: str) -> None:
    intent = begun(shop)
    assert returned(press(shop, page(intent), answer))["redirect_status"] == "failed"
    after = now(shop, intent)
    assert (after.status, after.payment_method, after.next_action) == ("requires_payment_method", None, None)
    error = after.last_setup_error
    assert error is not None
    assert (error.code, error.type, error.message) == (
        "setup_intent_authentication_failure",
        "invalid_request_error",
        "The latest attempt to set up the payment method has failed because authentication failed.",
    )
    (attempt,) = attempts(shop, intent)
    assert (attempt.status, attempt.id) == ("failed", after.latest_attempt)
    assert attempt.setup_error is not None
    assert attempt.setup_error.code == error.code
    shown = seen(attempt)
    assert shown is not None
    assert (shown["result"], shown["result_reason"]) == ("failed", reason)
    assert shop.events() == [CREATED, ASKED, "setup_intent.setup_failed"]

    again = shop.client.v1.setup_intents.confirm(intent.id, {"payment_method": ALWAYS, "return_url": RETURN_URL})
    assert passes(shop, again)["redirect_status"] == "succeeded"
    assert [attempt.status for attempt in attempts(shop, intent)] == ["succeeded", "failed"]


def test_asked_again(shop: Shop) -> None:
    """A second confirmation ends the first challenge; the attempt that waited for it is abandoned."""
    first = begun(shop)
    second = shop.client.v1.setup_intents.confirm(first.id, {"return_url": RETURN_URL})
    assert page(second) != page(first)
    assert look(shop, page(first)).status == 410
    press(shop, page(first), "fail")
    assert now(shop, first).to_dict() == second.to_dict()
    assert passes(shop, second)["redirect_status"] == "succeeded"
    latest, earlier = attempts(shop, first)
    assert (latest.status, earlier.status) == ("succeeded", "abandoned")
    shown = seen(earlier)
    assert shown is not None
    assert (shown["result"], shown["result_reason"]) == ("failed", "abandoned")


@pytest.mark.parametrize("end", ["cancel", "another card"])
def test_not_asked_any_more(shop: Shop, end: str) -> None:
    intents = shop.client.v1.setup_intents
    intent = begun(shop)
    if end == "cancel":
        intents.cancel(intent.id)
    else:
        intents.update(intent.id, {"payment_method": "pm_card_visa"})
    before = now(shop, intent).to_dict()
    assert look(shop, page(intent)).status == 410
    press(shop, page(intent))
    assert now(shop, intent).to_dict() == before


@ON_BOTH
def test_two_tabs_at_once(shop: Shop) -> None:
    customer = shop.client.v1.customers.create()
    intent = begun(shop, customer=customer.id)
    responses = at_once(*[lambda: press(shop, page(intent))] * 4)
    assert {returned(response)["redirect_status"] for response in responses} <= {"succeeded", "pending"}
    assert now(shop, intent).status == "succeeded"
    assert shop.events(intent.id).count("setup_intent.succeeded") == 1
    assert len(attempts(shop, intent)) == 1


def test_the_card_went_to_somebody_else_meanwhile(shop: Shop) -> None:
    customers = shop.client.v1.customers
    one, other = customers.create().id, customers.create().id
    method = shop.client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_threeDSecure2Required"}}).id
    intent = begun(shop, method, customer=one)
    shop.client.v1.payment_methods.attach(method, {"customer": other})
    assert passes(shop, intent)["redirect_status"] == "failed"
    after = now(shop, intent)
    assert (after.status, attempts(shop, intent)[0].status) == ("requires_payment_method", "failed")


def test_exempt_on_session_only(shop: Shop) -> None:
    """What was agreed to for payments with the customer there is not good for those without."""
    customer = shop.client.v1.customers.create().id
    card = "pm_card_authenticationRequiredOnSetup"
    intent = begun(shop, card, customer=customer, usage="on_session")
    assert passes(shop, intent)["redirect_status"] == "succeeded"
    assert charged(shop, intent.payment_method, customer) == "authentication_required"


@PRIVATE_ON_BOTH
def test_nobody_answers(private_shop: Shop) -> None:
    intent = begun(private_shop)
    private_shop.advance(seconds=3601)
    assert look(private_shop, page(intent)).status == 410
    assert passes(private_shop, intent)["redirect_status"] == "failed"
    assert now(private_shop, intent).status == "requires_action"
    assert private_shop.client.v1.setup_intents.cancel(intent.id).status == "canceled"


@PRIVATE_ON_BOTH
@pytest.mark.parametrize("kind", ["lost_answer", "timeout", "not_sent"])
def test_a_broken_wire(private_shop: Shop, kind: str) -> None:
    shop = private_shop
    intent = begun(shop, REQUIRED)
    shop.fault(kind, "authorize")
    passes(shop, intent)
    after = now(shop, intent)
    assert after.status == ("succeeded" if kind == "lost_answer" else "requires_confirmation")
    (attempt,) = attempts(shop, intent)
    assert attempt.status == ("succeeded" if kind == "lost_answer" else "failed")
    if after.status != "succeeded":
        again = shop.client.v1.setup_intents.confirm(intent.id, {"return_url": RETURN_URL})
        assert passes(shop, again)["redirect_status"] == "succeeded"
