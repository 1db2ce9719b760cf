"""PaymentMethods: typed in, attached if the issuer agrees, changed, and detached for good."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe
from tests.scenarios.fixtures import OpenShop, StartServer
from tests.scenarios.server import run
from tests.scenarios.shop import ON_BOTH, PRIVATE_ON_BOTH, Shop
from tests.scenarios.test_races import at_once

CARD: dict[str, Any] = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}


def typed(shop: Shop, **card: Any) -> stripe.PaymentMethod:
    return shop.client.v1.payment_methods.create({"type": "card", "card": CARD | card})  # type: ignore[typeddict-item]


def attached(shop: Shop, id: str = "pm_card_visa", customer: str | None = None) -> stripe.PaymentMethod:
    customer = customer or shop.client.v1.customers.create().id
    return shop.client.v1.payment_methods.attach(id, {"customer": customer})


def refusal(error: pytest.ExceptionInfo[stripe.StripeError]) -> tuple[Any, ...]:
    value: Any = error.value
    return value.http_status, value.code, value.param


# Create and retrieve --------------------------------------------------------------------------------------------


@ON_BOTH
def test_a_typed_card(shop: Shop) -> None:
    method = shop.client.v1.payment_methods.create(
        {
            "type": "card",
            "card": CARD,  # type: ignore[typeddict-item]
            "billing_details": {"name": "Jenny Rosen", "address": {"postal_code": "94080", "country": "us"}},
            "metadata": {"order": "6735"},
            "allow_redisplay": "always",
        }
    )
    shown = method.to_dict()
    assert shown["card"] == {
        "brand": "visa",
        "checks": {"address_line1_check": None, "address_postal_code_check": "unchecked", "cvc_check": "unchecked"},
        "country": "US",
        "display_brand": "visa",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": method.card.fingerprint,  # type: ignore[union-attr]
        "funding": "credit",
        "generated_from": None,
        "last4": "4242",
        "networks": {"available": ["visa"], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    assert shown["billing_details"]["address"]["country"] == "US"
    assert (shown["customer"], shown["allow_redisplay"], shown["type"]) == (None, "always", "card")
    assert shop.client.v1.payment_methods.retrieve(method.id) == method
    assert shop.events() == []  # a payment method has events only with a customer


@pytest.mark.parametrize(
    ("token", "brand", "last4"), [("tok_visa", "visa", "4242"), ("tok_mastercard", "mastercard", "4444")]
)
def test_a_test_token(shop: Shop, token: str, brand: str, last4: str) -> None:
    method = shop.client.v1.payment_methods.create({"type": "card", "card": {"token": token}})
    assert method.card is not None
    assert (method.card.brand, method.card.last4) == (brand, last4)


def test_the_same_number_has_the_same_fingerprint_in_one_account(shop: Shop, open_shop: OpenShop) -> None:
    prints = [typed(where).card.fingerprint for where in (shop, shop, open_shop())]  # type: ignore[union-attr]
    assert prints[0] == prints[1] != prints[2]


def test_a_test_id_gives_a_new_card_each_time(shop: Shop) -> None:
    methods = shop.client.v1.payment_methods
    first, second = methods.retrieve("pm_card_visa"), methods.retrieve("pm_card_visa")
    assert first.id != second.id
    assert methods.retrieve(first.id) == first
    assert shop.pay(card=first.id).status == "succeeded"


@pytest.mark.parametrize(
    ("card", "status", "code", "param"),
    [
        ({"number": "4242424242424241"}, 402, "incorrect_number", "number"),
        ({"number": "42424242424242"}, 402, "incorrect_number", "number"),
        ({"number": "4242x42424242424"}, 402, "invalid_number", "number"),
        ({"exp_month": 13}, 402, "invalid_expiry_month", "exp_month"),
        ({"exp_year": 2020}, 402, "invalid_expiry_year", "exp_year"),
        ({"cvc": "12"}, 402, "invalid_cvc", "cvc"),
        ({"number": "5424000000000015"}, 402, "card_declined", None),  # nobody's test card
        ({"exp_month": "May"}, 400, "parameter_invalid_integer", "card[exp_month]"),
        ({"track": "2"}, 400, "parameter_unknown", "card[track]"),
    ],
)
def test_a_card_that_is_not_valid(shop: Shop, card: dict[str, Any], status: int, code: str, param: str | None) -> None:
    with pytest.raises(stripe.StripeError) as error:
        typed(shop, **card)
    assert refusal(error) == (status, code, param)
    number = card.get("number", CARD["number"])
    assert number not in str(error.value.json_body)


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({}, "parameter_missing", "type"),
        ({"type": "card"}, "parameter_missing", "card"),
        ({"type": "card", "card": {"number": "4242424242424242"}}, "parameter_missing", "card[exp_month]"),
        ({"type": "card", "card": {"token": "tok_nothing"}}, "resource_missing", "card[token]"),
        ({"type": "card_present", "card_present": {}}, None, "type"),
        ({"type": "sepa_debit"}, None, "type"),
        ({"type": "card", "card": CARD, "allow_redisplay": "no"}, None, "allow_redisplay"),
        ({"type": "card", "card": CARD, "billing_details": {"email": "x"}}, "email_invalid", "billing_details[email]"),
        ({"type": "card", "card": CARD, "customer": "cus_1"}, "parameter_unknown", "customer"),
    ],
)
def test_what_cannot_be_created(shop: Shop, params: Any, code: str | None, param: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as error:
        shop.client.v1.payment_methods.create(params)
    assert refusal(error) == (400, code, param)


def test_a_page_makes_one_with_a_publishable_key_and_no_more(shop: Shop) -> None:
    shop.client.v1.customers.list()  # the account opens with its first request
    page = shop.client_with(shop.key.replace("sk_test_", "pk_test_")).v1.payment_methods
    method = page.create({"type": "card", "card": CARD})  # type: ignore[typeddict-item]
    assert shop.client.v1.payment_methods.retrieve(method.id) == method
    for call in (
        lambda: page.retrieve(method.id),
        lambda: page.attach(method.id, {"customer": "cus_1"}),
        lambda: page.detach(method.id),
        page.list,
    ):
        with pytest.raises(stripe.PermissionError, match="cannot be made with a publishable API key"):
            call()


# Attach ---------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_attach(shop: Shop) -> None:
    customer = shop.client.v1.customers.create()
    method = typed(shop)
    saved = shop.client.v1.payment_methods.attach(method.id, {"customer": customer.id})
    assert (saved.id, saved.customer) == (method.id, customer.id)
    assert saved.card is not None
    assert saved.card.checks is not None
    assert saved.card.checks.cvc_check == "pass"
    assert shop.client.v1.payment_methods.retrieve(method.id) == saved
    assert shop.events() == ["customer.created", "payment_method.attached"]


def test_attaching_a_test_id_makes_a_card_of_its_own(shop: Shop) -> None:
    customer = shop.client.v1.customers.create()
    cards = [attached(shop, "pm_card_visa", customer.id).id for _ in range(2)]
    assert len(set(cards)) == 2
    assert [one.id for one in shop.client.v1.customers.payment_methods.list(customer.id)] == cards[::-1]


@pytest.mark.parametrize(
    ("card", "code", "decline_code", "param"),
    [
        ("pm_card_visa_chargeDeclined", "card_declined", "generic_decline", None),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds", None),
        ("pm_card_visa_chargeDeclinedLostCard", "card_declined", "lost_card", None),
        ("pm_card_visa_chargeDeclinedStolenCard", "card_declined", "stolen_card", None),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card", "exp_month"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc", "cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error", None),
    ],
)
def test_a_card_that_its_issuer_does_not_let_be_saved(
    shop: Shop, card: str, code: str, decline_code: str, param: str | None
) -> None:
    customer = shop.client.v1.customers.create()
    with pytest.raises(stripe.CardError) as error:
        shop.client.v1.payment_methods.attach(card, {"customer": customer.id})
    assert refusal(error) == (402, code, param)
    assert error.value.error is not None
    assert error.value.error.decline_code == decline_code
    assert shop.client.v1.payment_methods.list({"customer": customer.id}).data == []
    assert shop.events() == ["customer.created"]


def test_a_card_that_is_saved_and_then_declines(shop: Shop) -> None:
    method = attached(shop, "pm_card_chargeCustomerFail")
    with pytest.raises(stripe.CardError) as error:
        shop.pay(card=method.id, customer=method.customer, off_session=True)
    assert error.value.code == "card_declined"


@pytest.mark.parametrize(
    ("token", "checks"),
    [
        ("tok_cvcCheckFail", ("pass", "pass", "fail")),
        ("tok_avsZipFail", ("pass", "fail", "pass")),
        ("tok_avsLine1Fail", ("fail", "pass", "pass")),
        ("tok_avsUnchecked", ("unavailable", "unavailable", "pass")),
    ],
)
def test_what_the_issuer_checked(shop: Shop, token: str, checks: tuple[str, str, str]) -> None:
    method = shop.client.v1.payment_methods.create(
        {
            "type": "card",
            "card": {"token": token},
            "billing_details": {"address": {"line1": "1 Main Street", "postal_code": "94080"}},
        }
    )
    found = attached(shop, method.id).card.checks  # type: ignore[union-attr]
    assert found is not None
    assert (found.address_line1_check, found.address_postal_code_check, found.cvc_check) == checks


def test_attached_once(shop: Shop) -> None:
    method = attached(shop)
    for customer in (method.customer, shop.client.v1.customers.create().id):
        with pytest.raises(stripe.InvalidRequestError) as error:
            shop.client.v1.payment_methods.attach(method.id, {"customer": customer})  # type: ignore[typeddict-item]
        assert refusal(error) == (400, None, None)
        assert error.value.user_message == "The payment method you provided has already been attached to a customer."


def test_used_up_by_a_payment(shop: Shop) -> None:
    method = typed(shop)
    shop.pay(card=method.id)
    with pytest.raises(stripe.InvalidRequestError) as error:
        attached(shop, method.id)
    assert error.value.user_message == (
        "This PaymentMethod was previously used without being attached to a Customer or was detached from a Customer, "
        "and may not be used again."
    )


@pytest.mark.parametrize(
    ("id", "params", "expected", "message"),
    [
        ("pm_0", {"customer": "{me}"}, (404, "resource_missing", "payment_method"), "No such PaymentMethod: 'pm_0'"),
        ("pm_card_visa", {"customer": "cus_no"}, (400, "resource_missing", "customer"), "No such customer: 'cus_no'"),
        ("pm_card_visa", {}, (400, "parameter_missing", "customer"), "Missing required param: customer."),
    ],
)  # fmt: skip
def test_attaching_what_is_not_there(shop: Shop, id: str, params: Any, expected: tuple[Any, ...], message: str) -> None:
    customer = shop.client.v1.customers.create()
    given = {name: value.format(me=customer.id) for name, value in params.items()}
    with pytest.raises(stripe.InvalidRequestError) as error:
        shop.client.v1.payment_methods.attach(id, given)  # type: ignore[arg-type]
    assert refusal(error) == expected
    assert error.value.user_message == message


def test_another_accounts_card_does_not_exist(shop: Shop, open_shop: OpenShop) -> None:
    theirs = attached(open_shop())
    mine = shop.client.v1.customers.create().id
    methods = shop.client.v1.payment_methods
    for call in (
        lambda: methods.retrieve(theirs.id),
        lambda: methods.update(theirs.id, {"metadata": {"mine": "yes"}}),
        lambda: methods.attach(theirs.id, {"customer": mine}),
        lambda: methods.detach(theirs.id),
        lambda: shop.client.v1.customers.payment_methods.retrieve(mine, theirs.id),
    ):
        with pytest.raises(stripe.InvalidRequestError) as error:
            call()
        assert refusal(error) == (404, "resource_missing", "payment_method")


def test_the_other_modes_objects_are_named_as_such(private_server: StartServer, open_shop: OpenShop) -> None:
    server = private_server(command="serve")
    server.stop()  # the embedded database belongs to one process at a time
    data = ("--data-dir", str(server.data_directory))
    test = run("keys", "create", *data).strip()
    account = next(word for word in run("keys", "list", *data).split() if word.startswith("acct_"))
    live = run("keys", "create", "--account", account, "--live", *data).strip()
    server.start()
    method = attached(open_shop(server, test))
    with pytest.raises(stripe.InvalidRequestError) as error:
        open_shop(server, live).client.v1.payment_methods.retrieve(method.id)
    assert error.value.user_message == (
        f"No such PaymentMethod: '{method.id}'; a similar object exists in test mode, but a live mode key was used to "
        "make this request."
    )
    with pytest.raises(stripe.InvalidRequestError, match="No such PaymentMethod: 'pm_card_visa'"):
        open_shop(server, live).client.v1.payment_methods.retrieve("pm_card_visa")


# Races, lost answers, retries -----------------------------------------------------------------------------------


@ON_BOTH
def test_two_attaches_at_once(shop: Shop) -> None:
    """The card becomes one customer's; the other attempt is told so, and told the same when it asks again."""
    customers = [shop.client.v1.customers.create().id for _ in range(4)]

    def attaching(method: str, customer: str) -> Callable[[], stripe.PaymentMethod]:
        methods = shop.client_with().v1.payment_methods
        keyed: Any = {"idempotency_key": f"{method} to {customer}"}
        return lambda: methods.attach(method, {"customer": customer}, keyed)

    for _ in range(5):
        method = typed(shop).id
        attempts = [attaching(method, customer) for customer in customers]
        results = at_once(*attempts)
        won = [result for result in results if isinstance(result, stripe.PaymentMethod)]
        lost = [result for result in results if not isinstance(result, stripe.PaymentMethod)]
        assert (len(won), len(lost)) == (1, 3)
        assert {error.user_message for error in lost} == {
            "The payment method you provided has already been attached to a customer."
        }
        assert shop.client.v1.payment_methods.retrieve(method).customer == won[0].customer
        again = at_once(*attempts)
        assert [type(result) for result in again] == [type(result) for result in results]
    assert shop.events().count("payment_method.attached") == 5


@ON_BOTH
def test_an_attach_races_the_deletion_of_its_customer(shop: Shop) -> None:
    """No card is left with a customer that is gone."""
    v1 = shop.client.v1
    for _ in range(5):
        customer, method = v1.customers.create(), typed(shop)
        at_once(
            lambda: shop.client_with().v1.payment_methods.attach(method.id, {"customer": customer.id}),  # noqa: B023
            lambda: shop.client_with().v1.customers.delete(customer.id),  # noqa: B023
        )
        assert v1.customers.retrieve(customer.id).to_dict()["deleted"] is True
        assert v1.payment_methods.retrieve(method.id).customer is None


@pytest.mark.parametrize("kind", ["lost_answer", "timeout", "not_sent"])
def test_an_attach_that_the_acquirer_does_not_answer(private_shop: Shop, kind: str) -> None:
    """After a lost answer the acquirer is asked what it said; after silence the card can be attached later."""
    shop = private_shop
    method, customer = typed(shop), shop.client.v1.customers.create()
    shop.fault(kind, "authorize")
    if kind == "lost_answer":
        assert attached(shop, method.id, customer.id).customer == customer.id
        return
    with pytest.raises(stripe.CardError) as error:
        attached(shop, method.id, customer.id)
    assert refusal(error) == (402, "processing_error", None)
    assert shop.client.v1.payment_methods.retrieve(method.id).customer is None
    assert attached(shop, method.id, customer.id).customer == customer.id


@PRIVATE_ON_BOTH
def test_the_server_dies_while_a_card_is_attached(private_shop: Shop) -> None:
    """Nothing came of it; the caller's retry, under the same key, begins anew."""
    shop = private_shop
    method, customer = typed(shop), shop.client.v1.customers.create()
    keyed: Any = {"idempotency_key": "attach it"}
    shop.fault("delay", "authorize", delay_ms=30_000)
    impatient = shop.client_with(http_client=stripe.RequestsClient(timeout=1))
    with pytest.raises(stripe.APIConnectionError):
        impatient.v1.payment_methods.attach(method.id, {"customer": customer.id}, keyed)
    shop.server.kill()
    shop.server.start()
    shop.advance(seconds=120)
    v1 = shop.client_with().v1
    assert v1.payment_methods.retrieve(method.id).customer is None
    for _ in range(2):
        assert v1.payment_methods.attach(method.id, {"customer": customer.id}, keyed).customer == customer.id
    assert len(v1.events.list({"type": "payment_method.attached"}).data) == 1


# Update ---------------------------------------------------------------------------------------------------------


def test_update(shop: Shop) -> None:
    methods = shop.client.v1.payment_methods
    before = attached(shop)
    after = methods.update(
        before.id,
        {
            "billing_details": {"name": "Jenny Rosen", "address": {"city": "Berlin"}},
            "card": {"exp_month": 3, "exp_year": 2035},
            "metadata": {"order": "6735"},
            "allow_redisplay": "limited",
        },
    )
    shown = after.to_dict()
    assert (shown["card"]["exp_month"], shown["card"]["exp_year"]) == (3, 2035)
    assert (shown["billing_details"]["name"], shown["billing_details"]["address"]["city"]) == ("Jenny Rosen", "Berlin")
    assert (shown["metadata"], shown["allow_redisplay"]) == ({"order": "6735"}, "limited")
    (event,) = shop.client.v1.events.list({"type": "payment_method.updated"}).data
    assert before.card is not None
    assert event.data.to_dict() == {
        "object": shown,
        "previous_attributes": {
            "allow_redisplay": "unspecified",
            "billing_details": {"address": {"city": None}, "name": None},
            "card": {"exp_month": before.card.exp_month, "exp_year": before.card.exp_year},
            "metadata": {"order": None},
        },
    }
    again = methods.update(before.id, {"billing_details": {"email": "j@example.com", "name": ""}})
    assert again.billing_details.to_dict() == shown["billing_details"] | {"email": "j@example.com", "name": None}


def test_a_renewed_card_pays_after_its_old_date(private_shop: Shop) -> None:
    """The date in the vault is what the issuer gets to see, not only the one that is shown."""
    shop = private_shop
    kept, renewed = attached(shop), attached(shop)
    assert renewed.card is not None
    shop.client.v1.payment_methods.update(renewed.id, {"card": {"exp_year": renewed.card.exp_year + 5}})
    shop.advance(days=366)
    shop.advance(days=366)
    assert shop.pay(card=renewed.id, customer=renewed.customer).status == "succeeded"
    with pytest.raises(stripe.CardError) as error:
        shop.pay(card=kept.id, customer=kept.customer)
    assert error.value.code == "expired_card"


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ({"exp_month": 13}, (402, "invalid_expiry_month", "exp_month")),
        ({"exp_year": 2001}, (402, "invalid_expiry_year", "exp_year")),
        ({"number": "4242424242424242"}, (400, "parameter_unknown", "card[number]")),
    ],
)
def test_what_a_card_cannot_become(shop: Shop, card: Any, expected: tuple[Any, ...]) -> None:
    method = attached(shop)
    with pytest.raises(stripe.StripeError) as error:
        shop.client.v1.payment_methods.update(method.id, {"card": card, "metadata": {"k": "v"}})
    assert refusal(error) == expected
    assert shop.client.v1.payment_methods.retrieve(method.id) == method


def test_only_a_saved_card_can_be_updated(shop: Shop) -> None:
    method = typed(shop)
    with pytest.raises(stripe.InvalidRequestError) as error:
        shop.client.v1.payment_methods.update(method.id, {"metadata": {"k": "v"}})
    assert error.value.user_message == "You must save this PaymentMethod to a customer before you can update it."


# Lists ----------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_lists_and_their_filters(shop: Shop) -> None:
    v1 = shop.client.v1
    jenny, fatima = v1.customers.create(), v1.customers.create()
    first, second, third = (attached(shop, card, jenny.id) for card in ("pm_card_visa", "pm_card_amex", "pm_card_jcb"))
    other = attached(shop, "pm_card_visa", fatima.id)
    v1.payment_methods.update(second.id, {"allow_redisplay": "always"})

    def ids(page: "stripe.ListObject[stripe.PaymentMethod]") -> list[str]:
        return [one.id for one in page.auto_paging_iter()]

    assert ids(v1.payment_methods.list({"customer": jenny.id})) == [third.id, second.id, first.id]
    assert ids(v1.payment_methods.list({"customer": jenny.id, "limit": 1})) == [third.id, second.id, first.id]
    assert ids(v1.payment_methods.list({"customer": jenny.id, "allow_redisplay": "always"})) == [second.id]
    assert ids(v1.payment_methods.list({"customer": jenny.id, "type": "card_present"})) == []
    assert ids(v1.payment_methods.list({"type": "card"})) == [other.id, third.id, second.id, first.id]
    assert ids(v1.payment_methods.list({"allow_redisplay": "always"})) == [second.id]
    page = v1.customers.payment_methods.list(jenny.id, {"limit": 2, "type": "card"})
    assert (len(page.data), page.has_more, page.url) == (2, True, f"/v1/customers/{jenny.id}/payment_methods")
    assert ids(page) == [third.id, second.id, first.id]
    assert v1.customers.payment_methods.retrieve(jenny.id, first.id) == first
    with pytest.raises(stripe.InvalidRequestError) as error:
        v1.customers.payment_methods.retrieve(jenny.id, other.id)
    assert refusal(error) == (404, "resource_missing", "payment_method")
    with pytest.raises(stripe.InvalidRequestError, match="No such PaymentMethod: 'pm_nothing'"):
        v1.payment_methods.list({"customer": jenny.id, "starting_after": "pm_nothing"})


# Detach ---------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_detached_for_good(shop: Shop) -> None:
    v1 = shop.client.v1
    method = attached(shop)
    assert isinstance(method.customer, str)
    gone = v1.payment_methods.detach(method.id)
    assert (gone.id, gone.customer) == (method.id, None)
    (event,) = v1.events.list({"type": "payment_method.detached"}).data
    assert event.data.to_dict() == {
        "object": gone.to_dict(),
        "previous_attributes": {"customer": method.customer},
    }
    assert v1.payment_methods.list({"customer": method.customer}).data == []
    with pytest.raises(stripe.InvalidRequestError) as error:
        v1.payment_methods.detach(method.id)
    assert error.value.user_message == (
        "The payment method you provided is not attached to a customer so detachment is impossible."
    )
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        attached(shop, method.id, method.customer)
    both: list[dict[str, Any]] = [{}, {"customer": method.customer}]
    for params in both:
        with pytest.raises(stripe.InvalidRequestError, match="was detached from a Customer") as refused:
            shop.pay(card=method.id, **params)
        assert refused.value.code == "payment_method_unexpected_state"


def test_detaching_the_default_card_leaves_none(shop: Shop) -> None:
    v1 = shop.client.v1
    method = attached(shop)
    assert isinstance(method.customer, str)
    v1.customers.update(method.customer, {"invoice_settings": {"default_payment_method": method.id}})
    v1.payment_methods.detach(method.id)
    settings = v1.customers.retrieve(method.customer).invoice_settings
    assert settings is not None
    assert settings.default_payment_method is None
    assert shop.events()[-2:] == ["payment_method.detached", "customer.updated"]
