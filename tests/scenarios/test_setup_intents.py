"""SetupIntents: a card saved without a payment, on the server and from a page, and each way that can end."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe
from tests.scenarios.fixtures import OpenShop
from tests.scenarios.shop import LATEST, ON_BOTH, PRIVATE_ON_BOTH, Shop
from tests.scenarios.test_races import at_once

ENDIVE: Any = {"stripe_version": LATEST}
GUIDES: Any = {"stripe_version": "2026-08-26.dahlia"}
CARD: dict[str, Any] = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123"}


def set_up(shop: Shop, card: str = "pm_card_visa", **params: Any) -> stripe.SetupIntent:
    """Create a SetupIntent and confirm it with `card`."""
    return shop.client.v1.setup_intents.create({"payment_method": card, "confirm": True, **params})  # type: ignore[arg-type]


def created(shop: Shop, **params: Any) -> stripe.SetupIntent:
    return shop.client.v1.setup_intents.create(params)  # type: ignore[arg-type]


def succeeded(shop: Shop) -> stripe.SetupIntent:
    return set_up(shop)


def canceled(shop: Shop) -> stripe.SetupIntent:
    return shop.client.v1.setup_intents.cancel(created(shop).id)


def waiting(shop: Shop) -> stripe.SetupIntent:
    return set_up(shop, "pm_card_authenticationRequired")


def attempts(shop: Shop, intent: stripe.SetupIntent) -> list[stripe.SetupAttempt]:
    """What was tried, newest first."""
    return shop.client.v1.setup_attempts.list({"setup_intent": intent.id}).data


def refusal(error: pytest.ExceptionInfo[stripe.StripeError]) -> tuple[Any, ...]:
    value: Any = error.value
    return value.http_status, value.code, value.param


# Saving a card --------------------------------------------------------------------------------------------------


@ON_BOTH
def test_a_card_saved_for_a_customer(shop: Shop) -> None:
    customer = shop.client.v1.customers.create()
    intent = set_up(shop, customer=customer.id, description="for the season", metadata={"order": "6735"})
    assert (intent.status, intent.usage, intent.customer) == ("succeeded", "off_session", customer.id)
    assert isinstance(intent.client_secret, str)
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert len(intent.client_secret) == len(intent.id) + len("_secret_") + 31
    assert (intent.payment_method_types, intent.mandate, intent.next_action) == (["card"], None, None)
    assert intent.automatic_payment_methods is not None
    assert intent.automatic_payment_methods.to_dict() == {"allow_redirects": "always", "enabled": True}

    assert isinstance(intent.payment_method, str)
    method = shop.client.v1.payment_methods.retrieve(intent.payment_method)
    assert method.customer == customer.id
    (attempt,) = attempts(shop, intent)
    assert intent.latest_attempt == attempt.id
    assert (attempt.status, attempt.setup_error, attempt.usage) == ("succeeded", None, "off_session")
    assert (attempt.payment_method, attempt.customer, attempt.setup_intent) == (method.id, customer.id, intent.id)
    assert attempt.payment_method_details.card is not None
    assert (attempt.payment_method_details.card.last4, attempt.payment_method_details.type) == ("4242", "card")
    assert shop.client.v1.setup_intents.retrieve(intent.id) == intent
    assert shop.events() == [
        "customer.created",
        "setup_intent.created",
        "payment_method.attached",
        "setup_intent.succeeded",
    ]
    assert shop.client.v1.charges.list().data == []  # nothing was charged


def test_then_the_customer_pays_without_being_there(shop: Shop) -> None:
    customer = shop.client.v1.customers.create()
    intent = set_up(shop, customer=customer.id)
    for _ in range(2):
        paid = shop.pay(1099, intent.payment_method, customer=customer.id, off_session=True)  # type: ignore[arg-type]
        assert paid.status == "succeeded"


def test_in_three_steps(shop: Shop) -> None:
    intents = shop.client.v1.setup_intents
    intent = created(shop, usage="on_session")
    assert (intent.status, intent.usage, intent.payment_method) == ("requires_payment_method", "on_session", None)
    ready = intents.update(intent.id, {"payment_method": "pm_card_visa"})
    assert ready.status == "requires_confirmation"
    assert attempts(shop, intent) == []
    done = intents.confirm(intent.id)
    assert (done.status, done.payment_method) == ("succeeded", ready.payment_method)
    assert shop.events() == ["setup_intent.created", "setup_intent.succeeded"]


def test_a_card_saved_for_nobody_yet(shop: Shop) -> None:
    """As Checkout does it without a customer: the card can be attached afterwards, once."""
    intent = set_up(shop)
    assert isinstance(intent.payment_method, str)
    methods = shop.client.v1.payment_methods
    assert methods.retrieve(intent.payment_method).customer is None
    customer = shop.client.v1.customers.create()
    assert methods.attach(intent.payment_method, {"customer": customer.id}).customer == customer.id
    assert shop.pay(1099, intent.payment_method, customer=customer.id, off_session=True).status == "succeeded"


def test_a_card_typed_in_at_confirmation(shop: Shop) -> None:
    intent = shop.client.v1.setup_intents.confirm(
        created(shop).id,
        {"payment_method_data": {"type": "card", "card": CARD, "billing_details": {"name": "Jenny"}}},  # type: ignore[typeddict-unknown-key]
        {},
    )
    assert intent.status == "succeeded"
    method = shop.client.v1.payment_methods.retrieve(intent.payment_method)  # type: ignore[arg-type]
    assert method.card is not None
    assert method.card.checks is not None
    assert (method.card.checks.cvc_check, method.billing_details.name) == ("pass", "Jenny")


def test_a_card_the_customer_has_already(shop: Shop) -> None:
    customer = shop.client.v1.customers.create()
    method = shop.client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    assert set_up(shop, method.id, customer=customer.id).status == "succeeded"
    assert shop.events().count("payment_method.attached") == 1


def test_expanded(shop: Shop) -> None:
    customer = shop.client.v1.customers.create()
    intent = set_up(shop, customer=customer.id)
    paths = ["customer", "latest_attempt.payment_method", "payment_method"]
    shown = shop.client.v1.setup_intents.retrieve(intent.id, {"expand": paths}).to_dict()
    assert shown["customer"] == customer.to_dict()
    assert shown["payment_method"]["id"] == shown["latest_attempt"]["payment_method"]["id"] == intent.payment_method
    with pytest.raises(stripe.InvalidRequestError, match=r"This property cannot be expanded \(usage\)"):
        shop.client.v1.setup_intents.retrieve(intent.id, {"expand": ["usage"]})


# Declined -------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_a_card_that_is_declined(shop: Shop) -> None:
    customer = shop.client.v1.customers.create()
    with pytest.raises(stripe.CardError) as error:
        set_up(shop, "pm_card_chargeDeclined", customer=customer.id)
    assert refusal(error) == (402, "card_declined", None)
    told: Any = error.value.error
    assert (told.decline_code, told.message) == ("generic_decline", "Your card was declined.")
    assert told.payment_method.card.last4 == "0002"
    intent = told.setup_intent
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_setup_error.code == "card_declined"
    assert intent.last_setup_error.payment_method.id == told.payment_method.id
    assert shop.client.v1.setup_intents.retrieve(intent.id) == intent

    (attempt,) = attempts(shop, intent)
    assert (attempt.status, attempt.payment_method) == ("failed", told.payment_method.id)
    assert attempt.setup_error is not None
    assert attempt.setup_error.decline_code == "generic_decline"
    assert shop.client.v1.payment_methods.list({"customer": customer.id}).data == []

    again = shop.client.v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert (again.status, again.last_setup_error) == ("succeeded", None)
    assert [attempt.status for attempt in attempts(shop, again)] == ["succeeded", "failed"]
    assert shop.events() == [
        "customer.created",
        "setup_intent.created",
        "setup_intent.setup_failed",
        "payment_method.attached",
        "setup_intent.succeeded",
    ]


@pytest.mark.parametrize(
    ("card", "code", "decline_code", "param"),
    [
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds", None),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card", "exp_month"),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc", "cvc"),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error", None),
        ("pm_card_threeDSecureRequiredProcessingError", "card_declined", "generic_decline", None),
    ],
)
def test_why_a_card_is_declined(shop: Shop, card: str, code: str, decline_code: str, param: str | None) -> None:
    with pytest.raises(stripe.CardError) as error:
        set_up(shop, card)
    assert refusal(error) == (402, code, param)
    assert error.value.error is not None
    assert error.value.error.decline_code == decline_code


def test_a_card_that_is_saved_and_declines_later(shop: Shop) -> None:
    customer = shop.client.v1.customers.create()
    intent = set_up(shop, "pm_card_chargeCustomerFail", customer=customer.id)
    assert intent.status == "succeeded"
    with pytest.raises(stripe.CardError) as error:
        shop.pay(1099, intent.payment_method, customer=customer.id, off_session=True)  # type: ignore[arg-type]
    assert error.value.code == "card_declined"


# The customer is asked ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "card",
    [
        "pm_card_authenticationRequired",
        "pm_card_authenticationRequiredOnSetup",
        "pm_card_authenticationRequiredSetupForOffSession",
        "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        "pm_card_threeDSecure2Required",
    ],
)
def test_a_card_whose_holder_must_be_asked(shop: Shop, card: str) -> None:
    intent = set_up(shop, card)
    assert intent.status == "requires_action"
    assert intent.next_action is not None
    assert intent.next_action.type == "use_stripe_sdk"
    (attempt,) = attempts(shop, intent)
    assert (attempt.status, attempt.payment_method) == ("requires_action", intent.payment_method)
    assert attempt.id == intent.latest_attempt
    assert shop.events() == ["setup_intent.created", "setup_intent.requires_action"]


@pytest.mark.parametrize(
    ("card", "options", "status"),
    [
        ("pm_card_threeDSecureOptional", {}, "succeeded"),
        ("pm_card_threeDSecureOptional", {"request_three_d_secure": "automatic"}, "succeeded"),
        ("pm_card_threeDSecureOptional", {"request_three_d_secure": "any"}, "requires_action"),
        ("pm_card_threeDSecureOptional", {"request_three_d_secure": "challenge"}, "requires_action"),
        ("pm_card_visa", {"request_three_d_secure": "any"}, "succeeded"),
        ("pm_card_authenticationRequired", {"moto": True}, "succeeded"),
    ],
)
def test_when_the_customer_is_asked(shop: Shop, card: str, options: dict[str, Any], status: str) -> None:
    assert set_up(shop, card, payment_method_options={"card": options}).status == status


def test_authenticated_without_being_asked(shop: Shop) -> None:
    method = shop.client.v1.payment_methods.create(
        {"type": "card", "card": CARD | {"number": "4000000032200000"}}  # type: ignore[typeddict-item]
    )
    (attempt,) = attempts(shop, set_up(shop, method.id))
    assert attempt.payment_method_details.card is not None
    shown = attempt.payment_method_details.card.three_d_secure
    assert shown is not None
    assert (shown.authentication_flow, shown.result) == ("frictionless", "authenticated")


@pytest.mark.parametrize(
    ("go_on", "status"),
    [
        (lambda intents, seti: intents.confirm(seti, {"payment_method": "pm_card_visa"}), "succeeded"),
        (lambda intents, seti: intents.update(seti, {"payment_method": "pm_card_visa"}), "requires_confirmation"),
        (lambda intents, seti: intents.update(seti, {"payment_method": ""}), "requires_payment_method"),
        (lambda intents, seti: intents.cancel(seti), "canceled"),
        (lambda intents, seti: intents.confirm(seti), "requires_action"),
    ],
)
def test_a_customer_who_is_not_asked_any_more(shop: Shop, go_on: Callable[..., Any], status: str) -> None:
    intent = waiting(shop)
    after = go_on(shop.client.v1.setup_intents, intent.id)
    assert after.status == status
    assert (after.next_action is not None) == (status == "requires_action")
    assert attempts(shop, intent)[-1].status == "abandoned"


def test_a_new_description_leaves_the_customer_being_asked(shop: Shop) -> None:
    intent = waiting(shop)
    after = shop.client.v1.setup_intents.update(intent.id, {"description": "still waiting"})
    assert (after.status, after.next_action, after.description) == (
        "requires_action",
        intent.next_action,
        "still waiting",
    )
    assert attempts(shop, intent)[0].status == "requires_action"


# Update, cancel, and what each status forbids -------------------------------------------------------------------


@ON_BOTH
def test_update(shop: Shop) -> None:
    intents = shop.client.v1.setup_intents
    customer = shop.client.v1.customers.create()
    intent = created(shop, description="first", metadata={"a": "1", "b": "2"})
    changed = intents.update(
        intent.id,
        {
            "customer": customer.id,
            "description": "second",
            "metadata": {"b": "", "c": "3"},
            "payment_method_options": {"card": {"request_three_d_secure": "any"}},
        },
    )
    assert (changed.customer, changed.description) == (customer.id, "second")
    assert changed.to_dict()["metadata"] == {"a": "1", "c": "3"}
    assert changed.payment_method_options is not None
    assert changed.payment_method_options.to_dict()["card"]["request_three_d_secure"] == "any"
    assert intents.update(intent.id, {"description": ""}).description is None
    assert shop.events() == ["customer.created", "setup_intent.created"]  # an update has no event
    other = shop.client.v1.customers.create()
    with pytest.raises(stripe.InvalidRequestError, match="You cannot modify `customer`") as error:
        intents.update(intent.id, {"customer": other.id})
    assert refusal(error) == (400, None, "customer")


def test_notes_may_change_for_ever(shop: Shop) -> None:
    for intent in (succeeded(shop), canceled(shop)):
        changed = shop.client.v1.setup_intents.update(intent.id, {"description": "done", "metadata": {"k": "v"}})
        assert (changed.description, changed.status) == ("done", intent.status)


def test_cancel(shop: Shop) -> None:
    intents = shop.client.v1.setup_intents
    for intent, reason in ((created(shop), None), (waiting(shop), "abandoned"), (created(shop), "duplicate")):
        over = intents.cancel(intent.id, {"cancellation_reason": reason} if reason else {})
        assert (over.status, over.cancellation_reason, over.next_action) == ("canceled", reason, None)
    assert shop.events().count("setup_intent.canceled") == 3


CANNOT_CANCEL = (
    "You cannot cancel this SetupIntent because it has a status of succeeded. Only a SetupIntent with one of the "
    "following statuses may be canceled: `requires_payment_method`, `requires_confirmation`, or `requires_action`."
)
MISSING = (
    "You cannot confirm this SetupIntent because it's missing a payment method. You can either update the SetupIntent "
    "with a payment method and then confirm it again, or confirm it again directly with a payment method."
)


def confirm(intents: Any, seti: str) -> None:
    intents.confirm(seti)


def confirm_with_a_card(intents: Any, seti: str) -> None:
    intents.confirm(seti, {"payment_method": "pm_card_visa"})


def change_the_card(intents: Any, seti: str) -> None:
    intents.update(seti, {"payment_method": "pm_card_visa"})


def cancel(intents: Any, seti: str) -> None:
    intents.cancel(seti)


@pytest.mark.parametrize(
    ("before", "call", "message"),
    [
        (succeeded, confirm, "You cannot confirm this SetupIntent because it has already succeeded."),
        (canceled, confirm_with_a_card, "You cannot confirm this SetupIntent because it has been canceled."),
        (created, confirm, MISSING),
        (succeeded, change_the_card, "You cannot update this SetupIntent because it has already succeeded."),
        (canceled, change_the_card, "You cannot update this SetupIntent because it has been canceled."),
        (canceled, cancel, "You cannot cancel this SetupIntent because it is already canceled."),
        (succeeded, cancel, CANNOT_CANCEL),
    ],
)
def test_what_a_status_forbids(
    shop: Shop, before: Callable[[Shop], stripe.SetupIntent], call: Callable[..., Any], message: str
) -> None:
    intent = before(shop)
    with pytest.raises(stripe.InvalidRequestError) as error:
        call(shop.client.v1.setup_intents, intent.id)
    assert refusal(error) == (400, "setup_intent_unexpected_state", None)
    assert error.value.user_message == message
    assert error.value.error is not None
    assert error.value.error.setup_intent == intent
    assert shop.client.v1.setup_intents.retrieve(intent.id) == intent


@pytest.mark.parametrize(
    ("params", "code", "param", "message"),
    [
        ({"confirm": True}, "setup_intent_unexpected_state", None, "it's missing a payment method"),
        ({"customer": "cus_no"}, "resource_missing", "customer", "No such customer: 'cus_no'"),
        ({"payment_method": "pm_no"}, "resource_missing", "payment_method", "No such PaymentMethod: 'pm_no'"),
        ({"on_behalf_of": "acct_no"}, None, "on_behalf_of", "acct_no"),
        ({"usage": "sometimes"}, None, "usage", "Invalid usage: must be one of off_session or on_session"),
        ({"amount": 1000}, "parameter_unknown", "amount", "Received unknown parameter: amount"),
        ({"return_url": "https://example.com"}, "setup_intent_invalid_parameter", "return_url", "without setting"),
        (
            {"payment_method": "pm_card_visa", "payment_method_data": {"type": "card"}},
            "parameters_exclusive",
            "payment_method",
            "You may only specify one of these parameters: payment_method, payment_method_data.",
        ),
        ({"metadata": {"k": "v" * 501}}, None, "metadata", "Metadata values can have up to 500 characters"),
        (
            {"allowed_payment_method_types": ["sepa_debit"]},
            "setup_intent_invalid_parameter",
            "allowed_payment_method_types",
            "None of the `allowed_payment_method_types` is available for this SetupIntent.",
        ),
    ],
)
def test_what_cannot_be_created(shop: Shop, params: Any, code: str | None, param: str | None, message: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as error:
        shop.client.v1.setup_intents.create(params)
    assert error.value.http_status == 400
    assert error.value.param == param
    assert code is None or error.value.code == code
    assert message in (error.value.user_message or "")


def test_whose_card_it_is(shop: Shop) -> None:
    v1 = shop.client.v1
    jenny, fatima = v1.customers.create(), v1.customers.create()
    card = v1.payment_methods.attach("pm_card_visa", {"customer": jenny.id})
    with pytest.raises(
        stripe.InvalidRequestError, match=rf"The payment method supplied \({card.id}\) belongs to"
    ) as error:
        set_up(shop, card.id)
    assert refusal(error) == (400, None, "payment_method")
    message = f"The PaymentMethod {card.id} does not belong to the Customer you supplied {fatima.id}."
    with pytest.raises(stripe.InvalidRequestError, match=message) as error:
        set_up(shop, card.id, customer=fatima.id)
    assert refusal(error) == (400, None, "payment_method")
    v1.payment_methods.detach(card.id)
    with pytest.raises(stripe.InvalidRequestError, match="It may not be used again") as error:
        set_up(shop, card.id, customer=jenny.id)
    assert refusal(error) == (400, "payment_method_unexpected_state", "payment_method")
    assert v1.setup_intents.list().data == []


def test_a_late_customer_must_own_the_card(shop: Shop) -> None:
    v1 = shop.client.v1
    jenny, fatima = v1.customers.create(), v1.customers.create()
    intent = created(shop, payment_method="pm_card_visa")
    v1.payment_methods.attach(intent.payment_method, {"customer": jenny.id})  # type: ignore[arg-type]
    with pytest.raises(stripe.InvalidRequestError, match="does not belong to the Customer you supplied"):
        v1.setup_intents.update(intent.id, {"customer": fatima.id})
    assert v1.setup_intents.update(intent.id, {"customer": jenny.id}).customer == jenny.id


# Versions and types ---------------------------------------------------------------------------------------------


def test_payment_method_types_are_written_no_more(shop: Shop) -> None:
    intents = shop.client.v1.setup_intents
    old = intents.create({"payment_method_types": ["card"]}, GUIDES)  # type: ignore[typeddict-unknown-key]
    assert (old.payment_method_types, old.automatic_payment_methods) == (["card"], None)
    for call in (
        lambda: intents.create({"payment_method_types": ["card"]}, ENDIVE),  # type: ignore[typeddict-unknown-key]
        lambda: intents.update(old.id, {"payment_method_types": ["card"]}, ENDIVE),  # type: ignore[typeddict-unknown-key]
    ):
        with pytest.raises(stripe.InvalidRequestError) as error:
            call()
        assert refusal(error) == (400, "payment_method_types_no_longer_supported", "payment_method_types")
    changed = intents.update(old.id, {"payment_method_types": ["card", "card_present"]}, GUIDES)  # type: ignore[typeddict-unknown-key]
    assert changed.payment_method_types == ["card", "card_present"]


@pytest.mark.parametrize("types", [["interac_present"], ["card", "sepa_debit"]])
def test_types_that_cannot_be_set_up(shop: Shop, types: list[str]) -> None:
    with pytest.raises(stripe.InvalidRequestError) as error:
        shop.client.v1.setup_intents.create({"payment_method_types": types}, GUIDES)  # type: ignore[typeddict-unknown-key]
    assert error.value.param == "payment_method_types"


def test_the_filter_of_types(shop: Shop) -> None:
    intents = shop.client.v1.setup_intents
    intent = intents.create({"allowed_payment_method_types": ["card_present", "sepa_debit"]})
    assert intent.allowed_payment_method_types == ["card_present", "sepa_debit"]
    assert intent.payment_method_types == ["card_present"]
    assert intent.payment_method_options is not None
    assert intent.payment_method_options.to_dict() == {"card_present": {}}
    with pytest.raises(stripe.InvalidRequestError) as error:
        intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert refusal(error) == (400, "setup_intent_invalid_parameter", "payment_method")
    wider = intents.confirm(
        intent.id, {"payment_method": "pm_card_visa", "allowed_payment_method_types": ["card", "card_present"]}
    )
    assert (wider.status, wider.payment_method_types) == ("succeeded", ["card", "card_present"])


def test_before_dynamic_methods_there_were_cards(shop: Shop) -> None:
    old = shop.client.v1.setup_intents.create({}, {"stripe_version": "2022-11-15"})
    assert (old.payment_method_types, old.automatic_payment_methods) == (["card"], None)
    assert "allowed_payment_method_types" not in old.to_dict()
    off = created(shop, automatic_payment_methods={"enabled": False})
    assert off.automatic_payment_methods is None
    never = created(shop, automatic_payment_methods={"enabled": True, "allow_redirects": "never"})
    assert never.automatic_payment_methods is not None
    assert never.automatic_payment_methods.allow_redirects == "never"


# From a page ----------------------------------------------------------------------------------------------------


@pytest.fixture
def page(shop: Shop) -> stripe.StripeClient:
    """A browser's client; the publishable key of a development account ends like the secret one."""
    shop.client.v1.customers.list()  # the account opens with its first request
    return shop.client_with(shop.key.replace("sk_test_", "pk_test_"))


VIEW = (
    "id object automatic_payment_methods cancellation_reason client_secret created description last_setup_error "
    "livemode next_action payment_method payment_method_types status usage"
).split()


def test_a_page_confirms_with_the_client_secret(shop: Shop, page: stripe.StripeClient) -> None:
    customer = shop.client.v1.customers.create()
    intent = created(shop, customer=customer.id, metadata={"cost": "700"})
    secret: Any = {"client_secret": intent.client_secret}
    assert set(page.v1.setup_intents.retrieve(intent.id, secret).to_dict()) == set(VIEW)
    with pytest.raises(stripe.CardError) as error:
        page.v1.setup_intents.confirm(intent.id, secret | {"payment_method": "pm_card_chargeDeclined"})
    told: Any = error.value.error
    assert set(told.setup_intent.to_dict()) == set(VIEW)
    card = page.v1.payment_methods.create({"type": "card", "card": CARD})  # type: ignore[typeddict-item]
    done = page.v1.setup_intents.confirm(intent.id, secret | {"payment_method": card.id})
    assert (done.status, set(done.to_dict())) == ("succeeded", set(VIEW))
    assert shop.client.v1.payment_methods.retrieve(card.id).customer == customer.id


def test_what_a_page_may_not(shop: Shop, page: stripe.StripeClient) -> None:
    intent, other = created(shop), created(shop)
    intents = page.v1.setup_intents
    for secret in (None, other.client_secret, "x"):
        given: Any = {} if secret is None else {"client_secret": secret}
        for call in (intents.retrieve, intents.confirm):
            with pytest.raises(stripe.InvalidRequestError) as error:
                call(intent.id, given)
            assert error.value.param == "client_secret"
            assert str(intent.client_secret) not in str(error.value.json_body)
    moto: Any = {
        "client_secret": intent.client_secret,
        "payment_method": "pm_card_visa",
        "payment_method_options": {"card": {"moto": True}},
    }
    for call in (
        intents.create,
        intents.list,
        lambda: intents.update(intent.id, {"description": "mine"}),
        lambda: intents.cancel(intent.id),
        lambda: intents.confirm(intent.id, moto),
        lambda: page.v1.setup_attempts.list({"setup_intent": intent.id}),
    ):
        with pytest.raises(stripe.PermissionError):
            call()
    assert shop.client.v1.setup_intents.retrieve(intent.id) == intent


# Lists ----------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_lists_and_their_filters(shop: Shop) -> None:
    v1 = shop.client.v1
    jenny = v1.customers.create()
    made = [created(shop, **({"customer": jenny.id} if even else {})) for even in (0, 1, 0, 1, 0)]
    ids = [intent.id for intent in made]
    assert [one.id for one in v1.setup_intents.list({"limit": 2}).auto_paging_iter()] == ids[::-1]
    assert [one.id for one in v1.setup_intents.list({"customer": jenny.id})] == [ids[3], ids[1]]
    page = v1.setup_intents.list({"limit": 2, "starting_after": ids[3]})
    assert ([one.id for one in page.data], page.has_more, page.url) == ([ids[2], ids[1]], True, "/v1/setup_intents")
    done = v1.setup_intents.confirm(ids[0], {"payment_method": "pm_card_visa"})
    assert isinstance(done.payment_method, str)
    assert [one.id for one in v1.setup_intents.list({"payment_method": done.payment_method})] == [ids[0]]
    assert v1.setup_intents.list({"created": {"lt": made[0].created}}).data == []


@ON_BOTH
def test_attempts_are_listed_by_their_intent(shop: Shop) -> None:
    v1 = shop.client.v1
    intent = created(shop)
    set_up(shop)
    for _ in range(3):
        with pytest.raises(stripe.CardError):
            v1.setup_intents.confirm(intent.id, {"payment_method": "pm_card_chargeDeclined"})
    found = v1.setup_attempts.list({"setup_intent": intent.id, "limit": 2})
    assert (len(found.data), found.has_more, found.url) == (2, True, "/v1/setup_attempts")
    everyone = list(found.auto_paging_iter())
    assert [(one.status, one.setup_intent) for one in everyone] == [("failed", intent.id)] * 3
    with pytest.raises(stripe.InvalidRequestError) as error:
        v1.setup_attempts.list({"setup_intent": "seti_no"})
    assert refusal(error) == (400, "resource_missing", "setup_intent")
    assert error.value.user_message == "No such setupintent: 'seti_no'"
    assert shop.request("GET", "/v1/setup_attempts").error["code"] == "parameter_missing"


def test_another_accounts_setup_intent_does_not_exist(shop: Shop, open_shop: OpenShop) -> None:
    theirs = created(open_shop())
    intents = shop.client.v1.setup_intents
    for call in (
        lambda: intents.retrieve(theirs.id),
        lambda: intents.update(theirs.id, {"description": "mine"}),
        lambda: intents.confirm(theirs.id, {"payment_method": "pm_card_visa"}),
        lambda: intents.cancel(theirs.id),
    ):
        with pytest.raises(stripe.InvalidRequestError) as error:
            call()
        assert refusal(error) == (404, "resource_missing", "intent")
        assert error.value.user_message == f"No such setupintent: '{theirs.id}'"
    with pytest.raises(stripe.InvalidRequestError, match="No such setupintent"):
        shop.client.v1.setup_attempts.list({"setup_intent": theirs.id})


# Races, lost answers, retries -----------------------------------------------------------------------------------


@ON_BOTH
def test_confirmed_and_canceled_at_once(shop: Shop) -> None:
    """Whoever comes first decides; the other is told, and nothing is half done."""
    for _ in range(5):
        customer = shop.client.v1.customers.create()
        intent = created(shop, customer=customer.id, payment_method="pm_card_visa")
        clients = [shop.client_with().v1.setup_intents for _ in range(3)]
        results = at_once(
            lambda: clients[0].confirm(intent.id),  # noqa: B023
            lambda: clients[1].cancel(intent.id),  # noqa: B023
            lambda: clients[2].confirm(intent.id),  # noqa: B023
        )
        won = [result for result in results if not isinstance(result, stripe.StripeError)]
        lost: list[Any] = [result for result in results if isinstance(result, stripe.StripeError)]
        assert {error.error.code for error in lost} <= {"lock_timeout", "setup_intent_unexpected_state"}
        assert len(won) == 1
        after = shop.client.v1.setup_intents.retrieve(intent.id)
        assert after == won[0]
        tried = attempts(shop, intent)
        saved = shop.client.v1.payment_methods.list({"customer": customer.id}).data
        assert len(tried) == len(saved) == (1 if after.status == "succeeded" else 0)


@pytest.mark.parametrize("kind", ["timeout", "not_sent"])
def test_no_answer_from_the_acquirer(private_shop: Shop, kind: str) -> None:
    """Nothing is held by a setup, so the same card can just be tried again."""
    shop = private_shop
    customer = shop.client.v1.customers.create()
    shop.fault(kind, "authorize")
    with pytest.raises(stripe.CardError) as error:
        set_up(shop, customer=customer.id)
    assert refusal(error) == (402, "processing_error", None)
    assert error.value.error is not None
    intent = error.value.error.setup_intent
    assert intent is not None
    assert (intent.status, isinstance(intent.payment_method, str)) == ("requires_confirmation", True)
    assert shop.client.v1.setup_intents.confirm(intent.id).status == "succeeded"
    assert [attempt.status for attempt in attempts(shop, intent)] == ["succeeded", "failed"]
    shop.advance(seconds=600)
    assert shop.client.v1.setup_intents.retrieve(intent.id).status == "succeeded"


def test_an_answer_that_was_lost_is_asked_for(private_shop: Shop) -> None:
    private_shop.fault("lost_answer", "authorize")
    assert set_up(private_shop).status == "succeeded"


@PRIVATE_ON_BOTH
@pytest.mark.parametrize(
    ("card", "patience_s"), [("pm_card_visa", 0), ("pm_card_visa", 120), ("pm_card_chargeDeclined", 0)]
)
def test_the_server_dies_while_a_card_is_set_up(private_shop: Shop, card: str, patience_s: int) -> None:
    """The next one asks the acquirer and finishes, or finds that nothing was asked; the retry is told what happened."""
    shop = private_shop
    customer = shop.client.v1.customers.create()
    shop.fault("delay", "authorize", delay_ms=30_000)
    asked: Any = {"customer": customer.id, "payment_method": card, "confirm": True}
    keyed: Any = {"idempotency_key": "set it up"}
    impatient = shop.client_with(http_client=stripe.RequestsClient(timeout=1))
    with pytest.raises(stripe.APIConnectionError):
        impatient.v1.setup_intents.create(asked, keyed)
    shop.server.kill()
    shop.server.start()
    shop.client = shop.client_with()
    shop.advance(seconds=patience_s)
    shop.advance(seconds=0 if patience_s else 90)
    answers: list[Any] = []
    for _ in range(2):
        try:
            answers.append(shop.client.v1.setup_intents.create(asked, keyed).to_dict())
        except stripe.CardError as error:
            answers.append(error.json_body)
    assert answers[0] == answers[1]
    (intent,) = shop.client.v1.setup_intents.list().data
    (attempt,) = attempts(shop, intent)
    saved = shop.client.v1.payment_methods.list({"customer": customer.id}).data
    assert (intent.status == "succeeded") == (attempt.status == "succeeded") == bool(saved)
    assert answers[0] == intent.to_dict() or answers[0]["error"]["setup_intent"] == intent.to_dict()
    assert shop.client.v1.setup_intents.update(intent.id, {"description": "free again"}).description == "free again"
