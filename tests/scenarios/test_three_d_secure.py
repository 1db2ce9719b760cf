"""3D Secure: the cardholder is asked on a page of the issuer's, and the payment goes on, or does not."""

import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
import stripe
from tests.scenarios.cardholder import RETURN_URL, look, page, passes, press, returned
from tests.scenarios.shop import ON_BOTH, PRIVATE_ON_BOTH, Shop
from tests.scenarios.test_races import at_once

from opentill.domain.testcards import TEST_CARDS, TestCard

REQUIRED = "pm_card_threeDSecure2Required"
ALWAYS = "pm_card_authenticationRequired"
UNLESS_SET_UP = "pm_card_authenticationRequiredOnSetup"
POOR = "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds"

FAILED = (
    "The provided PaymentMethod has failed authentication. You can provide payment_method_data or a new PaymentMethod "
    "to attempt to fulfill this PaymentIntent again."
)
CREATED, ASKED = "payment_intent.created", "payment_intent.requires_action"
PAID = ["charge.succeeded", "payment_intent.succeeded"]

# What each kind of card does to a payment whose customer is there: asked or not, and what then comes of it.
ON_SESSION = {
    "unenrolled": (False, "succeeded"),
    "not_supported": (False, "succeeded"),
    "optional": (False, "succeeded"),
    "optional_error": (False, "succeeded"),
    "frictionless": (False, "succeeded"),
    "lookup_error": (False, "card_declined"),
    "required": (True, "succeeded"),
    "always": (True, "succeeded"),
    "unless_set_up": (True, "succeeded"),
    "already_set_up": (True, "succeeded"),
    "on_session": (True, "succeeded"),
}
CARDS = [card for card in TEST_CARDS if card.three_d_secure not in ("unenrolled", "not_supported")]
TYPED: dict[str, Any] = {"exp_month": 12, "exp_year": 2034, "cvc": "123"}


def begun(shop: Shop, card: str = REQUIRED, **params: Any) -> stripe.PaymentIntent:
    """A payment whose customer is sent to their issuer."""
    given: dict[str, Any] = {"amount": 1099, "currency": "usd", "payment_method": card, "confirm": True}
    return shop.client.v1.payment_intents.create(given | {"return_url": RETURN_URL} | params)  # type: ignore[arg-type]


def now(shop: Shop, intent: stripe.PaymentIntent) -> stripe.PaymentIntent:
    return shop.client.v1.payment_intents.retrieve(intent.id)


def typed(shop: Shop, card: TestCard) -> str:
    """A PaymentMethod with that number typed in."""
    given: Any = {"type": "card", "card": TYPED | {"number": card.number}}
    return shop.client.v1.payment_methods.create(given).id


def three_d_secure(shop: Shop, intent: stripe.PaymentIntent) -> dict[str, Any] | None:
    details = shop.charge(intent).payment_method_details
    assert details is not None
    assert details.card is not None
    return None if details.card.three_d_secure is None else details.card.three_d_secure.to_dict()


# Where the customer is sent ---------------------------------------------------------------------------------------


def test_with_somewhere_to_come_back_to(shop: Shop) -> None:
    intent = begun(shop)
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    assert intent.next_action.type == "redirect_to_url"
    redirect = intent.next_action.redirect_to_url
    assert redirect is not None
    assert redirect.return_url == RETURN_URL
    assert redirect.url is not None
    token = redirect.url.removeprefix(f"{shop.server.address}/3ds/")
    assert len(token) == 40
    assert token.isalnum()


@pytest.mark.parametrize("params", [{"use_stripe_sdk": True}, {"return_url": None}])
def test_a_script_of_the_merchants_page_handles_it(shop: Shop, params: dict[str, Any]) -> None:
    given = {"amount": 1099, "currency": "usd", "payment_method": REQUIRED, "confirm": True, "return_url": RETURN_URL}
    asked: Any = {name: value for name, value in (given | params).items() if value is not None}
    intent = shop.client.v1.payment_intents.create(asked)
    assert intent.next_action is not None
    action = intent.next_action.to_dict()
    assert (action["type"], action["use_stripe_sdk"]["type"]) == ("use_stripe_sdk", "three_d_secure_redirect")
    assert action["use_stripe_sdk"]["source"].startswith("src_")
    back = press(shop, page(intent))
    assert back.status == 303
    # With an address the customer comes back to it; without, they stay, and the page says what there is to say.
    if "return_url" in asked:
        assert returned(back)["redirect_status"] == "succeeded"
    else:
        assert back.headers["location"] == page(intent)
        assert "You can close this page." in look(shop, page(intent)).body.decode()
    assert now(shop, intent).status == "succeeded"


def test_the_page(shop: Shop) -> None:
    shop.client.v1.accounts.update(
        shop.client.v1.accounts.retrieve_current().id, {"business_profile": {"name": "Tea & <b>Sons</b>"}}
    )
    answer = look(shop, page(begun(shop)))
    text = answer.body.decode()
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "Tea &amp; &lt;b&gt;Sons&lt;/b&gt;" in text
    assert "10.99\u00a0USD" in text
    assert "Visa •••• 3220" in text
    assert "<script" not in text
    assert "<b>" not in text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self';")
    assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == ("no-store", "no-referrer")
    for asset, kind in (("/3ds/issuer.css", "text/css"), ("/3ds/issuer.svg", "image/svg+xml")):
        got = look(shop, asset)
        assert (got.status, got.headers["content-type"].partition(";")[0]) == (200, kind)


@pytest.mark.parametrize(
    ("accepted", "language", "amount"),
    [
        ("de-AT, en;q=0.5", "de", "10,99\u00a0USD"),
        ("fr", "fr", "10,99\u00a0USD"),
        ("ja;q=0.4, es;q=0.9", "es", "10,99\u00a0USD"),
        ("ja", "ja", "10.99\u00a0USD"),
        ("tlh, *", "en", "10.99\u00a0USD"),
    ],
)
def test_in_the_language_of_the_browser(shop: Shop, accepted: str, language: str, amount: str) -> None:
    answer = look(shop, page(begun(shop)), accepted)
    text = answer.body.decode()
    assert f'<html lang="{language}">' in text
    assert answer.headers["content-language"] == language
    assert amount in text


# Complete ---------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_passed(shop: Shop) -> None:
    intent = begun(shop)
    back = press(shop, page(intent))
    assert back.headers["location"] == (
        f"https://shop.example/back?order=6735&payment_intent={intent.id}&payment_intent_client_secret="
        f"{intent.client_secret}&redirect_status=succeeded#paid"
    )
    paid = now(shop, intent)
    assert (paid.status, paid.amount_received, paid.next_action) == ("succeeded", 1099, None)
    shown = three_d_secure(shop, intent)
    assert shown is not None
    assert len(shown.pop("transaction_id")) == 36
    assert shown == {
        "authentication_flow": "challenge",
        "electronic_commerce_indicator": "05",
        "exemption_indicator": None,
        "result": "authenticated",
        "result_reason": None,
        "version": "2.2.0",
    }
    assert shop.events() == [CREATED, ASKED, *PAID, "charge.updated"]
    (held,) = shop.settled_holdings(intent)
    assert (held["captured"], held["attempts"]["authorize"]) == (1099, 1)


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.name)
def test_every_card(shop: Shop, card: TestCard) -> None:
    asked, status = ON_SESSION[card.three_d_secure]
    if card.decline is not None:
        status = "card_declined"
    method = typed(shop, card)
    if card.three_d_secure == "lookup_error":
        with pytest.raises(stripe.CardError, match="Your card was declined"):
            begun(shop, method)
        return
    intent = begun(shop, method)
    assert (intent.status == "requires_action") == asked
    if not asked:
        assert intent.status == status
        shown = three_d_secure(shop, intent)
        assert (shown is not None) == (card.three_d_secure == "frictionless")
        assert shown is None or (shown["authentication_flow"], shown["result"]) == ("frictionless", "authenticated")
        return
    back = passes(shop, intent)
    after = now(shop, intent)
    shown = three_d_secure(shop, intent)
    assert shown is not None
    assert shown["result"] == "authenticated"
    if status == "succeeded":
        assert (after.status, back["redirect_status"]) == ("succeeded", "succeeded")
        return
    # Authenticated, and declined nevertheless.
    assert (after.status, back["redirect_status"]) == ("requires_payment_method", "failed")
    assert after.last_payment_error is not None
    assert (after.last_payment_error.code, after.last_payment_error.decline_code) == (status, card.decline)
    assert shop.charge(intent).status == "failed"


def test_asked_for_by_the_merchant(shop: Shop) -> None:
    options = {"card": {"request_three_d_secure": "challenge"}}
    intent = begun(shop, "pm_card_threeDSecureOptional", payment_method_options=options)
    assert passes(shop, intent)["redirect_status"] == "succeeded"
    with pytest.raises(stripe.CardError):
        begun(shop, "pm_card_threeDSecureOptionalProcessingError", payment_method_options=options)


def test_held_and_captured_later(shop: Shop) -> None:
    intent = begun(shop, capture_method="manual")
    assert passes(shop, intent)["redirect_status"] == "succeeded"
    held = now(shop, intent)
    assert (held.status, held.amount_capturable) == ("requires_capture", 1099)
    assert shop.client.v1.payment_intents.capture(intent.id).status == "succeeded"
    assert shop.events()[:4] == [CREATED, ASKED, "charge.succeeded", "payment_intent.amount_capturable_updated"]


def test_confirmed_by_a_page(shop: Shop) -> None:
    """With a publishable key, as the browser library does it."""
    intent = shop.client.v1.payment_intents.create({"amount": 1099, "currency": "usd"})
    client = shop.client_with(shop.key.replace("sk_test_", "pk_test_"))
    asked: Any = {"payment_method": REQUIRED, "client_secret": intent.client_secret, "use_stripe_sdk": True}
    waiting = client.v1.payment_intents.confirm(intent.id, asked)
    assert press(shop, page(waiting)).status == 303
    assert now(shop, intent).status == "succeeded"


def test_the_account_behind_a_platform(shop: Shop) -> None:
    account = shop.client.v1.accounts.create({"country": "US"}).id
    options: Any = {"stripe_account": account}
    asked: Any = {"amount": 1099, "currency": "usd", "payment_method": REQUIRED, "confirm": True}
    intent = shop.client.v1.payment_intents.create(asked | {"return_url": RETURN_URL}, options)
    assert passes(shop, intent)["redirect_status"] == "succeeded"
    assert shop.client.v1.payment_intents.retrieve(intent.id, None, options).status == "succeeded"


# Fail, cancel -----------------------------------------------------------------------------------------------------


@ON_BOTH
@pytest.mark.parametrize("answer", ["fail", "cancel"])
def test_failed(shop: Shop, answer: str) -> None:
    intent = begun(shop)
    assert returned(press(shop, page(intent), answer)) == {
        "order": "6735",
        "payment_intent": intent.id,
        "payment_intent_client_secret": intent.client_secret,
        "redirect_status": "failed",
    }
    after = now(shop, intent)
    assert (after.status, after.payment_method, after.next_action) == ("requires_payment_method", None, None)
    assert after.latest_charge is None
    error = after.last_payment_error
    assert error is not None
    assert (error.code, error.type, error.message) == (
        "payment_intent_authentication_failure",
        "invalid_request_error",
        FAILED,
    )
    assert error.payment_method is not None
    assert error.payment_method.id == intent.payment_method
    assert shop.events() == [CREATED, ASKED, "payment_intent.payment_failed"]
    assert shop.holdings(intent) == []

    # Another try, with the same card.
    again = shop.client.v1.payment_intents.confirm(
        intent.id, {"payment_method": error.payment_method.id, "return_url": RETURN_URL}
    )
    assert passes(shop, again)["redirect_status"] == "succeeded"
    assert now(shop, intent).last_payment_error is None


# The merchant's server has the last word --------------------------------------------------------------------------


@ON_BOTH
def test_manual_confirmation(shop: Shop) -> None:
    intent = begun(shop, confirmation_method="manual")
    assert passes(shop, intent)["redirect_status"] == "succeeded"
    ready = now(shop, intent)
    assert (ready.status, ready.next_action, ready.latest_charge) == ("requires_confirmation", None, None)
    assert shop.holdings(intent) == []
    assert press(shop, page(intent), "fail").status == 303  # answered already
    paid = shop.client.v1.payment_intents.confirm(intent.id)
    assert paid.status == "succeeded"
    shown = three_d_secure(shop, intent)
    assert shown is not None
    assert shown["result"] == "authenticated"
    assert shop.events() == [CREATED, ASKED, *PAID, "charge.updated"]


@pytest.mark.parametrize(
    "change",
    [
        lambda intents, pi: intents.update(pi, {"amount": 1100}),
        lambda intents, pi: intents.update(pi, {"currency": "eur"}),
        lambda intents, pi: intents.update(pi, {"payment_method": REQUIRED}),
    ],
)
def test_what_was_authenticated_is_what_is_paid(shop: Shop, change: Callable[[Any, str], Any]) -> None:
    """A passed challenge is good for one payment: this card, this amount, this currency."""
    intents = shop.client.v1.payment_intents
    intent = begun(shop, confirmation_method="manual")
    passes(shop, intent)
    change(intents, intent.id)
    again = intents.confirm(intent.id, {"return_url": RETURN_URL})
    assert (again.status, again.latest_charge) == ("requires_action", None)
    assert page(again) != page(intent)


def test_it_pays_once(shop: Shop) -> None:
    """Declined after it was passed, the next try is a new question."""
    intents = shop.client.v1.payment_intents
    intent = begun(shop, POOR, confirmation_method="manual")
    method = str(intent.payment_method)
    passes(shop, intent)
    with pytest.raises(stripe.CardError, match="insufficient funds"):
        intents.confirm(intent.id)
    again = intents.confirm(intent.id, {"payment_method": method, "return_url": RETURN_URL})
    assert again.status == "requires_action"


@PRIVATE_ON_BOTH
def test_the_server_waited_too_long(private_shop: Shop) -> None:
    intent = begun(private_shop, confirmation_method="manual")
    passes(private_shop, intent)
    private_shop.advance(seconds=3601)
    again = private_shop.client.v1.payment_intents.confirm(intent.id, {"return_url": RETURN_URL})
    assert again.status == "requires_action"


# Abandoned --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("go_on", "status"),
    [
        (lambda intents, pi: intents.confirm(pi, {"return_url": RETURN_URL}), "requires_action"),
        (lambda intents, pi: intents.confirm(pi, {"payment_method": "pm_card_visa"}), "succeeded"),
        (lambda intents, pi: intents.update(pi, {"payment_method": "pm_card_visa"}), "requires_confirmation"),
        (lambda intents, pi: intents.update(pi, {"payment_method": ""}), "requires_payment_method"),
        (lambda intents, pi: intents.update(pi, {"amount": 2000}), "requires_confirmation"),
        (lambda intents, pi: intents.cancel(pi), "canceled"),
    ],
)
def test_a_question_that_is_not_asked_any_more(shop: Shop, go_on: Callable[[Any, str], Any], status: str) -> None:
    """A second confirmation asks anew and ends the first challenge, and so does whatever else changes the payment."""
    intent = begun(shop)
    after = go_on(shop.client.v1.payment_intents, intent.id)
    assert after.status == status
    old = look(shop, page(intent))
    assert (old.status, b"not asked any more" in old.body) == (410, True)
    for answer in ("complete", "fail"):
        told = returned(press(shop, page(intent), answer))
        assert told["redirect_status"] == (
            "succeeded" if status in ("succeeded", "requires_confirmation") else "failed"
        )
    assert now(shop, intent).to_dict() == after.to_dict()
    if status == "requires_action":
        assert page(after) != page(intent)
        assert passes(shop, after)["redirect_status"] == "succeeded"


def test_a_change_that_leaves_the_question_as_it_is(shop: Shop) -> None:
    intent = begun(shop)
    after = shop.client.v1.payment_intents.update(intent.id, {"metadata": {"order": "1"}, "amount": 1099})
    assert (after.status, after.next_action) == ("requires_action", intent.next_action)
    assert passes(shop, intent)["redirect_status"] == "succeeded"


@PRIVATE_ON_BOTH
def test_nobody_answers(private_shop: Shop) -> None:
    """The intent waits for its merchant; the page says that time is up."""
    shop = private_shop
    intent = begun(shop)
    shop.advance(seconds=3601)
    old = look(shop, page(intent))
    assert (old.status, b"Time is up" in old.body) == (410, True)
    assert returned(press(shop, page(intent)))["redirect_status"] == "failed"
    waiting = now(shop, intent)
    assert waiting.to_dict() == intent.to_dict()
    again = shop.client.v1.payment_intents.confirm(intent.id, {"return_url": RETURN_URL})
    assert passes(shop, again)["redirect_status"] == "succeeded"


# Pages that are opened twice, foreign, or sent nonsense -----------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "says"), [("complete", "that is confirmed"), ("fail", "not confirmed"), ("cancel", "not confirmed")]
)
def test_opened_again(shop: Shop, answer: str, says: str) -> None:
    intent = begun(shop)
    first = press(shop, page(intent), answer)
    opened = look(shop, page(intent))
    assert opened.status == 200
    text = opened.body.decode()
    assert says in text
    assert "<button" not in text
    assert first.headers["location"].replace("&", "&amp;") in text
    settled = now(shop, intent)
    for other in ("complete", "fail", "cancel"):
        assert press(shop, page(intent), other).headers["location"] == first.headers["location"]
    assert now(shop, intent).to_dict() == settled.to_dict()


@pytest.mark.parametrize("path", ["/3ds/", "/3ds/nothing", f"/3ds/{'a' * 40}", "/3ds/a/b", "/3ds/../v1/charges"])
def test_addresses_that_are_none(shop: Shop, path: str) -> None:
    for response in (look(shop, path), press(shop, path)):
        assert (response.status, b"There is nothing here" in response.body) == (404, True)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("answer=perhaps", 400),
        ("answer=complete&answer=fail", 400),
        ("answer=" + "x" * 5000, 413),
        (b"answer=\xff", 400),
        ("&".join("a=1" for _ in range(50)), 400),
    ],
)
def test_what_is_no_answer(shop: Shop, body: str | bytes, status: int) -> None:
    intent = begun(shop)
    response = shop.request("POST", page(intent), body, key=None)
    assert (response.status, b"That was no answer" in response.body) == (status, True)
    assert now(shop, intent).status == "requires_action"


def test_other_methods_and_types(shop: Shop) -> None:
    path = page(begun(shop))
    refused = shop.request("DELETE", path, key=None)
    assert (refused.status, refused.headers["allow"]) == (405, "GET, HEAD, POST")
    assert shop.request("POST", path, "{}", {"Content-Type": "application/json"}, key=None).status == 415
    head = shop.request("HEAD", path, key=None)
    assert (head.status, head.body) == (200, b"")


def test_the_token_is_in_no_log(shop: Shop) -> None:
    intent = begun(shop)
    token = page(intent).removeprefix("/3ds/")
    look(shop, page(intent))
    press(shop, page(intent))
    assert not [line for line in list(shop.server.log) if token in line]


@pytest.mark.parametrize(
    ("return_url", "location"),
    [
        ("https://shop.example", "https://shop.example?payment_intent={}"),
        ("https://shop.example/?a=b&", "https://shop.example/?a=b&payment_intent={}"),
        ("till://paid#x", "till://paid?payment_intent={}"),
        ("https://shop.example/日本?n=é", "https://shop.example/%E6%97%A5%E6%9C%AC?n=%C3%A9&payment_intent={}"),
    ],
)
def test_the_way_back(shop: Shop, return_url: str, location: str) -> None:
    intent = begun(shop, return_url=return_url)
    scheme = return_url.partition(":")[0]
    assert f" {scheme}:" in look(shop, page(intent)).headers["content-security-policy"].partition("form-action")[2]
    assert press(shop, page(intent)).headers["location"].startswith(location.format(intent.id))


# At the same time, and with a card that went elsewhere ------------------------------------------------------------


@ON_BOTH
@pytest.mark.parametrize("round", range(3))
def test_two_tabs_at_once(shop: Shop, round: int) -> None:
    intent = begun(shop)
    responses = at_once(*[lambda: press(shop, page(intent))] * 4)
    assert {returned(response)["redirect_status"] for response in responses} <= {"succeeded", "pending"}
    (held,) = shop.settled_holdings(intent)
    assert held["attempts"]["authorize"] == 1
    assert now(shop, intent).status == "succeeded"
    assert shop.events(intent.id).count("payment_intent.succeeded") == 1


@ON_BOTH
@pytest.mark.parametrize("round", range(3))
def test_answered_while_it_is_canceled(shop: Shop, round: int) -> None:
    intent = begun(shop)
    at_once(lambda: press(shop, page(intent)), lambda: shop.client.v1.payment_intents.cancel(intent.id))
    after = now(shop, intent)
    assert after.status in ("succeeded", "canceled")
    held = sum(holding["held"] + holding["captured"] for holding in shop.settled_holdings(intent))
    assert held == (1099 if after.status == "succeeded" else 0)


def test_the_card_was_used_for_something_else_meanwhile(shop: Shop) -> None:
    """A card that is saved for nobody pays once: the second of two payments that wait with it needs another one."""
    method = shop.client.v1.payment_methods.create({"type": "card", "card": {"token": "tok_threeDSecure2Required"}}).id
    first, second = begun(shop, method), begun(shop, method)
    assert passes(shop, first)["redirect_status"] == "succeeded"
    assert passes(shop, second)["redirect_status"] == "failed"
    after = now(shop, second)
    assert after.last_payment_error is not None
    assert (after.status, after.last_payment_error.code) == (
        "requires_payment_method",
        "payment_method_unexpected_state",
    )
    assert shop.holdings(second) == []


# Off-session ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("card", "later"),
    [
        (UNLESS_SET_UP, "succeeded"),
        (ALWAYS, "authentication_required"),
        (REQUIRED, "authentication_required"),
        ("pm_card_authenticationRequiredSetupForOffSession", "succeeded"),
    ],
)
@pytest.mark.parametrize("saved_by", ["setup", "payment", "payment with a saved card"])
def test_exempt_after_a_set_up_that_authenticated(shop: Shop, saved_by: str, card: str, later: str) -> None:
    customer = shop.client.v1.customers.create().id
    if saved_by == "setup":
        asked: Any = {"customer": customer, "payment_method": card, "confirm": True, "return_url": RETURN_URL}
        setup = shop.client.v1.setup_intents.create(asked)
        assert passes(shop, setup)["redirect_status"] == "succeeded"
        method = setup.payment_method
    else:
        if saved_by == "payment with a saved card":
            card = shop.client.v1.payment_methods.attach(card, {"customer": customer}).id
        intent = begun(shop, card, customer=customer, setup_future_usage="off_session")
        assert passes(shop, intent)["redirect_status"] == "succeeded"
        method = intent.payment_method
    assert charged(shop, method, customer) == later


def charged(shop: Shop, method: Any, customer: str) -> str | None:
    """What comes of a payment while the customer is away: the status, or the code of the decline."""
    try:
        intent = shop.pay(1099, method, customer=customer, off_session=True)
    except stripe.CardError as declined:
        return declined.code
    assert three_d_secure(shop, intent) is None
    return intent.status


def test_not_exempt_without_authentication(shop: Shop) -> None:
    """A card that came by telephone was saved, but nobody asked its holder; one that was only attached, neither."""
    customer = shop.client.v1.customers.create().id
    asked: Any = {
        "customer": customer,
        "payment_method": UNLESS_SET_UP,
        "confirm": True,
        "payment_method_options": {"card": {"moto": True}},
    }
    setup = shop.client.v1.setup_intents.create(asked)
    assert setup.status == "succeeded"
    attached = shop.client.v1.payment_methods.attach(UNLESS_SET_UP, {"customer": customer}).id
    for method in (setup.payment_method, attached):
        assert charged(shop, method, customer) == "authentication_required"


def test_back_on_session_after_a_refusal(shop: Shop) -> None:
    """The seed page: the charge without the customer fails, they come back, and pass."""
    customer = shop.client.v1.customers.create().id
    method = shop.client.v1.payment_methods.attach(ALWAYS, {"customer": customer}).id
    with pytest.raises(stripe.CardError) as refused:
        shop.pay(1099, method, customer=customer, off_session=True)
    assert refused.value.error is not None
    failed = refused.value.error.payment_intent
    assert failed is not None
    back = shop.client.v1.payment_intents.confirm(failed.id, {"payment_method": method, "return_url": RETURN_URL})
    assert passes(shop, back)["redirect_status"] == "succeeded"
    assert now(shop, back).status == "succeeded"


# When the acquirer or the server goes away ------------------------------------------------------------------------


@PRIVATE_ON_BOTH
@pytest.mark.parametrize("kind", ["lost_answer", "timeout", "not_sent"])
def test_a_broken_wire(private_shop: Shop, kind: str) -> None:
    shop = private_shop
    intent = begun(shop)
    shop.fault(kind, "authorize")
    told = passes(shop, intent)["redirect_status"]
    after = now(shop, intent)
    assert told == ("succeeded" if kind == "lost_answer" else "failed")
    if kind != "lost_answer":
        assert after.status == "requires_confirmation"
        assert after.last_payment_error is not None
        assert after.last_payment_error.code == "processing_error"
        after = shop.client.v1.payment_intents.confirm(intent.id, {"return_url": RETURN_URL})
        assert passes(shop, after)["redirect_status"] == "succeeded"
    assert sum(held["captured"] for held in shop.settled_holdings(intent)) == 1099


@PRIVATE_ON_BOTH
@pytest.mark.parametrize("patience_s", [0, 120])
def test_the_server_dies_between_the_answer_and_its_settling(private_shop: Shop, patience_s: int) -> None:
    """The challenge is used, the attempt is recorded: the next process finds out, and the customer is told."""
    shop = private_shop
    intent = begun(shop)
    shop.fault("delay", "authorize", delay_ms=30_000)
    _hang_up(shop, page(intent))
    assert returned(press(shop, page(intent)))["redirect_status"] == "pending"
    shop.server.kill()
    shop.server.start()
    shop.client = shop.client_with()
    shop.advance(seconds=patience_s)
    shop.advance(seconds=0 if patience_s else 90)
    after = now(shop, intent)
    told = returned(press(shop, page(intent)))["redirect_status"]
    assert (after.status, told) in (("succeeded", "succeeded"), ("requires_confirmation", "failed"))
    captured = sum(held["captured"] for held in shop.settled_holdings(intent))
    assert captured == (1099 if after.status == "succeeded" else 0)


def _hang_up(shop: Shop, path: str) -> None:
    """Press the button and do not wait for what comes."""
    address = urlsplit(shop.server.address)
    body = "answer=complete"
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as wire:
        wire.sendall(
            f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        wire.settimeout(1)
        with pytest.raises(TimeoutError):
            wire.recv(1)
