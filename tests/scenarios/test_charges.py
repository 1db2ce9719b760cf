"""Charges: read, found, annotated; made and captured they are by PaymentIntents."""

from typing import Any

import pytest
import stripe
from tests.scenarios.shop import ON_BOTH, Shop

JENNY = {
    "name": "Jenny Rosen",
    "address": {"line1": "510 Townsend St", "city": "San Francisco", "state": "CA", "postal_code": "94103"},
}


def last_event(shop: Shop, type: str) -> Any:
    (event,) = shop.client.v1.events.list({"type": type, "limit": 1}).data
    return event


@ON_BOTH
def test_retrieve_and_list(shop: Shop) -> None:
    charges = shop.client.v1.charges
    first, second = shop.pay(1000), shop.pay(2000)
    (third,) = [shop.hold(3000)]

    charge = charges.retrieve(str(first.latest_charge))
    assert (charge.id, charge.amount, charge.payment_intent) == (first.latest_charge, 1000, first.id)

    listed = charges.list({"limit": 2})
    assert [charge.payment_intent for charge in listed.data] == [third.id, second.id]
    assert listed.has_more
    assert [charge.amount for charge in listed.auto_paging_iter()] == [3000, 2000, 1000]
    assert [charge.amount for charge in charges.list({"payment_intent": second.id}).data] == [2000]
    assert [charge.amount for charge in charges.list({"created": {"gt": shop.now() + 60}}).data] == []


@ON_BOTH
def test_search(shop: Shop) -> None:
    shop.pay(1000, metadata={"order": "6735"})
    shop.pay(2000, "pm_card_mastercard")
    search = shop.client.v1.charges.search

    def found(query: str) -> list[int]:
        return [charge.amount for charge in search({"query": query}).data]

    assert found('metadata["order"]:"6735"') == [1000]
    assert found('payment_method_details.card.brand:"mastercard"') == [2000]
    assert found("amount>999") == [2000, 1000]
    assert found('amount>999 AND -payment_method_details.card.last4:"4242"') == [2000]
    assert found('status:"failed"') == []


@ON_BOTH
def test_update_says_what_changed(shop: Shop) -> None:
    charge = shop.charge(shop.pay(metadata={"order": "1", "table": "4"}))
    updated = shop.client.v1.charges.update(
        charge.id,
        {
            "description": "Lunch",
            "metadata": {"order": "2", "waiter": "Ada", "table": ""},
            "receipt_email": "jenny@example.com",
            "shipping": JENNY,  # type: ignore[typeddict-item]
            "fraud_details": {"user_report": "safe"},
            "transfer_group": "ORDER_2",
        },
    )
    assert (updated.description, updated.receipt_email, updated.transfer_group) == (
        "Lunch",
        "jenny@example.com",
        "ORDER_2",
    )
    assert updated.metadata.to_dict() == {"order": "2", "waiter": "Ada"}
    assert updated.shipping is not None
    assert updated.shipping.name == "Jenny Rosen"
    assert updated.fraud_details is not None
    assert updated.fraud_details.to_dict() == {"user_report": "safe"}
    assert shop.client.v1.charges.retrieve(charge.id) == updated

    event = last_event(shop, "charge.updated")
    assert event.data.object.to_dict() == updated.to_dict()
    assert event.data.previous_attributes.to_dict() == {
        "description": None,
        "fraud_details": {"user_report": None},
        "metadata": {"order": "1", "table": "4", "waiter": None},
        "receipt_email": None,
        "shipping": None,
        "transfer_group": None,
    }


def test_update_unsets_with_an_empty_text(shop: Shop) -> None:
    charge = shop.charge(shop.pay(description="Lunch", receipt_email="jenny@example.com", metadata={"a": "1"}))
    shop.client.v1.charges.update(charge.id, {"fraud_details": {"user_report": "fraudulent"}})
    updated = shop.client.v1.charges.update(
        charge.id, {"description": "", "receipt_email": "", "metadata": "", "fraud_details": {"user_report": ""}}
    )
    assert (updated.description, updated.receipt_email, updated.metadata.to_dict()) == (None, None, {})
    assert updated.fraud_details is not None
    assert updated.fraud_details.to_dict() == {}


def test_an_update_that_changes_nothing_is_no_event(shop: Shop) -> None:
    charge = shop.charge(shop.pay(description="Lunch", capture_method="automatic"))
    shop.client.v1.charges.update(charge.id, {"description": "Lunch"})
    shop.client.v1.charges.update(charge.id, {})
    assert "charge.updated" not in shop.events()


def test_what_is_set_once_stays(shop: Shop) -> None:
    charge = shop.charge(shop.pay())
    update = shop.client.v1.charges.update
    update(charge.id, {"transfer_group": "A"})
    update(charge.id, {"transfer_group": "A"})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        update(charge.id, {"transfer_group": "B"})
    assert refused.value.param == "transfer_group"
    assert [found.id for found in shop.client.v1.charges.list({"transfer_group": "A"}).data] == [charge.id]


def test_a_customer_can_be_added_later(shop: Shop) -> None:
    charge = shop.charge(shop.pay())
    jenny, other = (shop.client.v1.customers.create({"name": name}) for name in ("Jenny", "Other"))
    assert shop.client.v1.charges.update(charge.id, {"customer": jenny.id}).customer == jenny.id
    assert [found.id for found in shop.client.v1.charges.list({"customer": jenny.id}).data] == [charge.id]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.charges.update(charge.id, {"customer": other.id})
    assert refused.value.param == "customer"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.charges.update(shop.charge(shop.pay()).id, {"customer": "cus_none"})
    assert (refused.value.code, refused.value.param) == ("resource_missing", "customer")


def test_unknown_charges(shop: Shop, open_shop: Any) -> None:
    elsewhere = open_shop().pay()
    for id in ("ch_none", str(elsewhere.latest_charge)):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            shop.client.v1.charges.retrieve(id)
        error = refused.value
        assert (error.http_status, error.code, error.param) == (404, "resource_missing", "id")
        assert error.user_message == f"No such charge: '{id}'"


# Made and captured by PaymentIntents ------------------------------------------------------------------------------


def test_a_charge_is_not_captured_directly(shop: Shop) -> None:
    intent = shop.hold()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.charges.capture(str(intent.latest_charge))
    assert refused.value.user_message == (
        f"This uncaptured Charge was created by a PaymentIntent ({intent.id}). You must capture the PaymentIntent "
        "instead. For more information, see https://stripe.com/docs/payments/place-a-hold-on-a-payment-method"
    )
    assert shop.charge(intent).captured is False

    shop.client.v1.payment_intents.capture(intent.id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.charges.capture(str(intent.latest_charge))
    assert (refused.value.code, refused.value.user_message) == (
        "charge_already_captured",
        f"Charge {intent.latest_charge} has already been captured.",
    )


@pytest.mark.parametrize(
    ("form", "code", "param", "says"),
    [
        ({}, "parameter_missing", "amount", "Missing required param: amount."),
        ({"amount": 1000, "currency": "usd"}, "parameter_missing", None, "Must provide source or customer."),
        ({"amount": 1000, "currency": "usd", "source": "tok_visa"}, None, None, "Create a PaymentIntent instead"),
    ],
)
def test_a_charge_is_not_created_directly(
    shop: Shop, form: dict[str, Any], code: str | None, param: str | None, says: str
) -> None:
    answer = shop.request("POST", "/v1/charges", form)
    assert answer.status == 400
    assert (answer.error.get("code"), answer.error.get("param")) == (code, param)
    assert says in answer.error["message"]
    assert shop.events() == []


# Refunds, by the charge they are of -------------------------------------------------------------------------------


@ON_BOTH
def test_refunds_of_a_charge(shop: Shop) -> None:
    charge = shop.charge(shop.pay(1000))
    other = shop.pay(1000)
    shop.client.v1.refunds.create({"payment_intent": other.id})
    path = f"/v1/charges/{charge.id}/refunds"
    first = shop.request("POST", path, {"amount": 300, "reason": "requested_by_customer", "metadata": {"a": "1"}}).json
    second = shop.request("POST", path).json
    assert [(refund["amount"], refund["charge"], refund["reason"]) for refund in (first, second)] == [
        (300, charge.id, "requested_by_customer"),
        (700, charge.id, None),
    ]
    listed = shop.request("GET", path).json
    assert ([refund["id"] for refund in listed["data"]], listed["url"]) == ([second["id"], first["id"]], path)
    assert shop.request("GET", f"{path}/{first['id']}").json == first
    assert shop.request("GET", f"/v1/charges/{other.latest_charge}/refunds/{first['id']}").status == 404

    expanded = shop.client.v1.charges.retrieve(charge.id, {"expand": ["refunds"]})
    assert expanded.refunded
    assert expanded.refunds is not None
    assert [refund.id for refund in expanded.refunds.data] == [second["id"], first["id"]]
