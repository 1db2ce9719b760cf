"""Events: one for every change, in the documented order, as things were at that moment."""

from collections.abc import Callable
from typing import Any

import pytest
import stripe
from tests.scenarios.fixtures import OpenShop
from tests.scenarios.shop import ON_BOTH, PRIVATE_ON_BOTH, Shop


def automatic(shop: Shop) -> None:
    shop.pay(capture_method="automatic")


def automatic_async(shop: Shop) -> None:
    shop.pay(capture_method="automatic_async")


def hold_and_capture(shop: Shop) -> None:
    shop.client.v1.payment_intents.capture(shop.hold().id)


def hold_and_capture_less(shop: Shop) -> None:
    shop.client.v1.payment_intents.capture(shop.hold(1000).id, {"amount_to_capture": 400})


def hold_and_cancel(shop: Shop) -> None:
    shop.client.v1.payment_intents.cancel(shop.hold().id)


def create_and_cancel(shop: Shop) -> None:
    intent = shop.client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    shop.client.v1.payment_intents.cancel(intent.id)


def create_and_update(shop: Shop) -> None:
    intent = shop.client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    shop.client.v1.payment_intents.update(intent.id, {"amount": 2000})


def raise_a_hold(shop: Shop) -> None:
    options = {"card": {"request_incremental_authorization": "if_available"}}
    intent = shop.hold(1000, payment_method_options=options)
    shop.client.v1.payment_intents.increment_authorization(intent.id, {"amount": 1500})


def decline(shop: Shop) -> None:
    with pytest.raises(stripe.CardError):
        shop.pay(1000, "pm_card_visa_chargeDeclined")


def ask_the_cardholder(shop: Shop) -> None:
    shop.pay(1000, "pm_card_threeDSecure2Required")


def refund_in_two_parts(shop: Shop) -> None:
    intent = shop.pay(1000, capture_method="automatic")
    for amount in (300, 700):
        shop.client.v1.refunds.create({"payment_intent": intent.id, "amount": amount})


def annotate_a_refund(shop: Shop) -> None:
    refund = shop.client.v1.refunds.create({"payment_intent": shop.pay(capture_method="automatic").id})
    shop.client.v1.refunds.update(refund.id, {"metadata": {"order_id": "6735"}})


def pay_and_save_the_card(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({"name": "Jenny"})
    shop.pay(capture_method="automatic", customer=customer.id, setup_future_usage="off_session")


def pay_into_the_available_balance(shop: Shop) -> None:
    shop.pay(1000, "pm_card_bypassPending", capture_method="automatic")


CREATED = "payment_intent.created"
PAID = ["charge.succeeded", "payment_intent.succeeded"]
HELD = ["charge.succeeded", "payment_intent.amount_capturable_updated"]
CAPTURED = ["charge.captured", "payment_intent.succeeded", "charge.updated"]


@pytest.mark.parametrize(
    ("scenario", "events"),
    [
        (automatic, [CREATED, *PAID]),
        (automatic_async, [CREATED, *PAID, "charge.updated"]),
        (hold_and_capture, [CREATED, *HELD, *CAPTURED]),
        (hold_and_capture_less, [CREATED, *HELD, *CAPTURED]),
        (hold_and_cancel, [CREATED, *HELD, "payment_intent.canceled"]),
        (create_and_cancel, [CREATED, "payment_intent.canceled"]),
        (create_and_update, [CREATED]),
        (raise_a_hold, [CREATED, *HELD, "payment_intent.amount_capturable_updated", "charge.updated"]),
        (decline, [CREATED, "charge.failed", "payment_intent.payment_failed"]),
        (ask_the_cardholder, [CREATED, "payment_intent.requires_action"]),
        (refund_in_two_parts, [CREATED, *PAID, *["refund.created", "charge.refunded"] * 2]),
        (
            annotate_a_refund,
            [CREATED, *PAID, "refund.created", "charge.refunded", "refund.updated", "charge.refund.updated"],
        ),
        (pay_and_save_the_card, ["customer.created", CREATED, "payment_method.attached", *PAID]),
        (pay_into_the_available_balance, [CREATED, *PAID, "balance.available"]),
    ],
)
def test_the_documented_order(shop: Shop, scenario: Callable[[Shop], None], events: list[str]) -> None:
    scenario(shop)
    assert shop.events() == events


@PRIVATE_ON_BOTH
def test_a_hold_that_lapses(private_shop: Shop) -> None:
    shop = private_shop
    intent = shop.hold()
    shop.advance(days=8)
    assert shop.events() == [CREATED, *HELD, "charge.expired", "payment_intent.canceled"]
    for type in ("charge.expired", "payment_intent.canceled"):
        (event,) = shop.client.v1.events.list({"type": type}).data
        assert event.request is not None
        assert (event.request.id, event.request.idempotency_key) == (None, None)
    assert shop.client.v1.payment_intents.retrieve(intent.id).cancellation_reason == "automatic"


# What an event says -----------------------------------------------------------------------------------------------


@ON_BOTH
def test_an_event_says_what_was_then(shop: Shop) -> None:
    intent = shop.pay(1000, capture_method="automatic_async")
    told = {event.type: event.to_dict()["data"] for event in shop.client.v1.events.list().data}

    created = told["payment_intent.created"]["object"]
    assert (created["status"], created["latest_charge"], created["amount_received"]) == (
        "requires_confirmation",
        None,
        0,
    )
    assert told["payment_intent.succeeded"]["object"] == intent.to_dict()
    assert told["charge.succeeded"]["object"]["balance_transaction"] is None
    charge = shop.charge(intent).to_dict()
    assert charge["balance_transaction"] is not None
    assert told["charge.updated"] == {"object": charge, "previous_attributes": {"balance_transaction": None}}
    assert "previous_attributes" not in told["charge.succeeded"]

    shop.client.v1.payment_intents.update(intent.id, {"description": "Lunch"})
    (again,) = shop.client.v1.events.list({"type": "payment_intent.succeeded"}).data
    assert again.to_dict()["data"] == told["payment_intent.succeeded"]


@ON_BOTH
def test_an_event_names_the_request_that_caused_it(shop: Shop) -> None:
    create = shop.client.v1.payment_intents.create
    intent = create({"amount": 1000, "currency": "usd"}, {"idempotency_key": "order-6735"})
    (event,) = shop.client.v1.events.list().data
    assert event.request is not None
    assert event.request.id == intent.last_response.request_id  # type: ignore[union-attr]
    assert event.request.idempotency_key == "order-6735"
    assert (event.livemode, event.pending_webhooks, event.api_version) == (False, 0, "2026-08-26.dahlia")
    assert "account" not in event.to_dict()

    create({"amount": 1000, "currency": "usd"}, {"idempotency_key": "order-6735"})
    assert shop.events() == [CREATED]  # a replay does nothing, and tells nobody


def test_a_request_without_a_key(shop: Shop) -> None:
    answer = shop.request("POST", "/v1/payment_intents", {"amount": 1000, "currency": "usd"})
    (event,) = shop.client.v1.events.list().data
    assert event.request is not None
    assert event.request.to_dict() == {"id": answer.headers["request-id"], "idempotency_key": None}


def test_what_an_event_shows_is_not_expanded(shop: Shop) -> None:
    shop.pay(expand=["latest_charge.balance_transaction", "payment_method"])
    (event,) = shop.client.v1.events.list({"type": "payment_intent.succeeded"}).data
    assert str(event.data.object["latest_charge"]).startswith("ch_")
    assert str(event.data.object["payment_method"]).startswith("pm_")


@ON_BOTH
def test_retrieve(shop: Shop, open_shop: OpenShop) -> None:
    shop.pay()
    listed = shop.client.v1.events.list().data
    assert [shop.client.v1.events.retrieve(event.id) for event in listed] == listed
    for id in ("evt_none", open_shop().pay().id):
        answer = shop.request("GET", f"/v1/events/{id}")
        assert (answer.status, answer.error["message"]) == (404, f"No such event: '{id}'")
        assert answer.error["param"] == "id"


# Lists ------------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_list_filters(shop: Shop) -> None:
    hold_and_capture(shop)
    refund_in_two_parts(shop)
    everything = shop.events()

    def listed(**filters: Any) -> list[str]:
        found = shop.client.v1.events.list({"limit": 100, **filters})  # type: ignore[typeddict-item]
        return [event.type for event in reversed(found.data)]

    charges = [type for type in everything if type.startswith("charge.")]
    assert listed(type="charge.succeeded") == ["charge.succeeded"] * 2
    assert listed(type="charge.*") == charges
    assert listed(type="*") == everything
    assert listed(type="charge.suc*") == ["charge.succeeded"] * 2
    assert listed(type="no.such.type") == []
    assert listed(types=["charge.captured", "refund.created"]) == [
        "charge.captured",
        "refund.created",
        "refund.created",
    ]
    assert listed(type="charge.*", created={"gt": shop.now() + 60}) == []
    assert listed(created={"lte": shop.now() + 60}) == everything
    assert listed(delivery_success=True) == everything
    assert listed(delivery_success=False) == []


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("type=charge.succeeded&types[]=charge.failed", "type"),
        ("&".join(f"types[]=t{number}" for number in range(21)), "types"),
        ("type=charge.*.updated", "type"),
        ("delivery_success=perhaps", "delivery_success"),
    ],
)
def test_filters_that_mean_nothing(shop: Shop, query: str, param: str) -> None:
    answer = shop.request("GET", f"/v1/events?{query}")
    assert (answer.status, answer.error["param"]) == (400, param)


@PRIVATE_ON_BOTH
def test_events_can_be_read_for_thirty_days(private_shop: Shop) -> None:
    shop = private_shop
    intent = shop.client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    (event,) = shop.client.v1.events.list().data
    shop.advance(days=29)
    shop.client.v1.payment_intents.cancel(intent.id)
    assert shop.events() == ["payment_intent.created", "payment_intent.canceled"]
    assert shop.client.v1.events.retrieve(event.id) == event
    shop.advance(days=2)
    assert shop.events() == ["payment_intent.canceled"]
    assert shop.request("GET", f"/v1/events/{event.id}").status == 404
