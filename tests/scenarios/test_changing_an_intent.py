"""Updates of a PaymentIntent, and what each status forbids, in the words that clients know."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe
from tests.scenarios.shop import ON_BOTH, Shop

CONFIRMABLE = "requires_payment_method, requires_confirmation, requires_action"
CANCELABLE = "requires_payment_method, requires_capture, requires_confirmation, requires_action, processing"


def created(shop: Shop) -> stripe.PaymentIntent:
    return shop.client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})


def canceled(shop: Shop) -> stripe.PaymentIntent:
    return shop.client.v1.payment_intents.cancel(created(shop).id)


def waiting(shop: Shop) -> stripe.PaymentIntent:
    return shop.pay(card="pm_card_threeDSecure2Required")


@ON_BOTH
def test_update_before_payment(shop: Shop) -> None:
    intents = shop.client.v1.payment_intents
    intent = created(shop)
    changed = intents.update(
        intent.id,
        {
            "amount": 2500,
            "currency": "eur",
            "description": "Two shirts",
            "receipt_email": "jenny.rosen@example.com",
            "setup_future_usage": "on_session",
            "statement_descriptor_suffix": "SHIRTS",
            "transfer_group": "ORDER10",
            "shipping": {"name": "Jenny", "address": {"line1": "1 Main Street", "country": "US"}},
        },
    )
    assert (changed.amount, changed.currency, changed.description) == (2500, "eur", "Two shirts")
    assert (changed.receipt_email, changed.setup_future_usage) == ("jenny.rosen@example.com", "on_session")
    assert changed.shipping is not None
    assert changed.shipping.address is not None
    assert changed.shipping.address.line1 == "1 Main Street"
    assert changed.transfer_group == "ORDER10"
    assert changed.status == "requires_payment_method"

    cleared = intents.update(
        intent.id, {"description": "", "receipt_email": "", "shipping": "", "setup_future_usage": ""}
    )
    assert (cleared.description, cleared.receipt_email, cleared.shipping) == (None, None, None)
    assert cleared.setup_future_usage is None
    assert intents.retrieve(intent.id) == cleared
    assert shop.events() == ["payment_intent.created"]  # an update has no event


def test_a_payment_method_makes_it_ready_to_confirm(shop: Shop) -> None:
    intents = shop.client.v1.payment_intents
    intent = created(shop)
    ready = intents.update(intent.id, {"payment_method": "pm_card_visa"})
    assert ready.status == "requires_confirmation"
    assert intents.confirm(intent.id).status == "succeeded"


def test_a_payment_method_can_be_taken_away(shop: Shop) -> None:
    intents = shop.client.v1.payment_intents
    intent = intents.create({"amount": 1000, "currency": "usd", "payment_method": "pm_card_visa"})
    assert intent.status == "requires_confirmation"
    bare = intents.update(intent.id, {"payment_method": ""})
    assert (bare.status, bare.payment_method) == ("requires_payment_method", None)


def test_an_update_clears_the_last_error(shop: Shop) -> None:
    with pytest.raises(stripe.CardError) as declined:
        shop.pay(card="pm_card_chargeDeclined")
    intent = declined.value.error.payment_intent  # type: ignore[union-attr]
    assert intent.last_payment_error is not None  # type: ignore[union-attr]
    changed = shop.client.v1.payment_intents.update(intent.id, {"metadata": {"try": "2"}})  # type: ignore[union-attr]
    assert changed.last_payment_error is None


def test_what_may_change_after_payment(shop: Shop) -> None:
    """Notes may; they do not reach the charge, which was made before."""
    intent = shop.pay()
    changed = shop.client.v1.payment_intents.update(
        intent.id, {"description": "paid in cash after all", "metadata": {"seen": "yes"}}
    )
    assert (changed.status, changed.description) == ("succeeded", "paid in cash after all")
    charge = shop.charge(changed)
    assert (charge.description, charge.metadata.to_dict()) == (None, {})


@pytest.mark.parametrize(
    ("make", "status"),
    [(Shop.pay, "succeeded"), (Shop.hold, "requires_capture"), (canceled, "canceled")],
    ids=["succeeded", "requires_capture", "canceled"],
)
@pytest.mark.parametrize(
    ("param", "value"),
    [
        ("amount", 500),
        ("currency", "eur"),
        ("payment_method", "pm_card_visa"),
        ("setup_future_usage", "off_session"),
        ("capture_method", "manual"),
    ],
)
def test_what_may_not(
    shop: Shop, make: Callable[[Shop], stripe.PaymentIntent], status: str, param: str, value: Any
) -> None:
    intent = make(shop)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.payment_intents.update(intent.id, {param: value})  # type: ignore[misc]
    assert (refused.value.http_status, refused.value.code) == (400, "payment_intent_unexpected_state")
    assert refused.value.param == param
    assert refused.value.user_message == (
        f"This PaymentIntent's {param} could not be updated because it has a status of {status}. You may only update "
        f"the {param} of a PaymentIntent with one of the following statuses: {CONFIRMABLE}."
    )
    assert shop.client.v1.payment_intents.retrieve(intent.id) == intent


def test_a_customer_stays(shop: Shop) -> None:
    customers, intents = shop.client.v1.customers, shop.client.v1.payment_intents
    first, second = customers.create(), customers.create()
    intent = intents.update(created(shop).id, {"customer": first.id})
    assert intent.customer == first.id
    with pytest.raises(stripe.InvalidRequestError, match="You cannot modify `customer`") as refused:
        intents.update(intent.id, {"customer": second.id})
    assert refused.value.param == "customer"


# What a status forbids ----------------------------------------------------------------------------------------------


def confirm(shop: Shop, id: str) -> Any:
    return shop.client.v1.payment_intents.confirm(id, {"payment_method": "pm_card_visa"})


def confirm_again(shop: Shop, id: str) -> Any:
    return shop.client.v1.payment_intents.confirm(id)


def capture(shop: Shop, id: str) -> Any:
    return shop.client.v1.payment_intents.capture(id)


def cancel(shop: Shop, id: str) -> Any:
    return shop.client.v1.payment_intents.cancel(id)


def increment(shop: Shop, id: str) -> Any:
    return shop.client.v1.payment_intents.increment_authorization(id, {"amount": 5000})


ONLY = "Only a PaymentIntent with one of the following statuses may be"
CONFIRM = f"{ONLY} confirmed: {CONFIRMABLE}."
CANCEL = f"{ONLY} canceled: {CANCELABLE}."
CAPTURE = f"{ONLY} captured: requires_capture."
INCREMENT = f"{ONLY} incremented: requires_capture."
NOT_CONFIRMED = "You cannot confirm this PaymentIntent because it has"
NOT_CANCELED = "You cannot cancel this PaymentIntent because it has a status of"
NOT_CAPTURED = "This PaymentIntent could not be captured because it has"
NOT_INCREMENTED = "This PaymentIntent's authorization could not be incremented because it has a status of"
NOT_UPDATED = (
    "This PaymentIntent's payment_method could not be updated because it has a status of canceled. You may only update "
    f"the payment_method of a PaymentIntent with one of the following statuses: {CONFIRMABLE}."
)


@pytest.mark.parametrize(
    ("make", "operation", "message"),
    [
        (Shop.pay, confirm, f"{NOT_CONFIRMED} already succeeded after being previously confirmed."),
        (Shop.hold, confirm, f"{NOT_CONFIRMED} a status of requires_capture. {CONFIRM}"),
        (canceled, confirm, NOT_UPDATED),
        (canceled, confirm_again, f"{NOT_CONFIRMED} a status of canceled. {CONFIRM}"),
        (Shop.pay, cancel, f"{NOT_CANCELED} succeeded. {CANCEL}"),
        (canceled, cancel, f"{NOT_CANCELED} canceled. {CANCEL}"),
        (Shop.pay, capture, f"{NOT_CAPTURED} already been captured."),
        (canceled, capture, f"{NOT_CAPTURED} a status of canceled. {CAPTURE}"),
        (created, capture, f"{NOT_CAPTURED} a status of requires_payment_method. {CAPTURE}"),
        (waiting, capture, f"{NOT_CAPTURED} a status of requires_action. {CAPTURE}"),
        (created, increment, f"{NOT_INCREMENTED} requires_payment_method. {INCREMENT}"),
    ],
)
def test_unexpected_states(
    shop: Shop, make: Callable[[Shop], stripe.PaymentIntent], operation: Callable[[Shop, str], Any], message: str
) -> None:
    intent = make(shop)
    before = shop.settled_holdings(intent)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        operation(shop, intent.id)
    assert (refused.value.http_status, refused.value.code) == (400, "payment_intent_unexpected_state")
    assert refused.value.user_message == message
    assert refused.value.error is not None
    assert refused.value.error.payment_intent == intent  # the error shows what is there
    assert shop.client.v1.payment_intents.retrieve(intent.id) == intent
    assert [held["attempts"] for held in shop.settled_holdings(intent)] == [held["attempts"] for held in before]
