"""Checkout Sessions, Products and Prices as objects: what may be asked for, and what comes back."""

from typing import Any

import pytest
import stripe
from tests.scenarios import buyer
from tests.scenarios.fixtures import OpenShop
from tests.scenarios.shop import LATEST, Shop
from tests.scenarios.test_checkout import SUCCESS, T_SHIRT, payment_session, setup_session, url_of

SETUP = {"mode": "setup", "currency": "usd", "success_url": SUCCESS}
PAYMENT = {"mode": "payment", "line_items": [T_SHIRT], "success_url": SUCCESS}


def price(amount: int, currency: str = "usd", quantity: int = 1) -> dict[str, Any]:
    """A line with a price of its own."""
    data = {"currency": currency, "product_data": {"name": "Tea"}, "unit_amount": amount}
    return {"price_data": data, "quantity": quantity}


REFUSED = [
    ({"mode": "setup"}, "success_url", "parameter_missing"),
    ({"success_url": SUCCESS}, "mode", "parameter_missing"),
    ({"mode": "setup", "success_url": SUCCESS}, "currency", "parameter_missing"),
    (SETUP | {"success_url": "not a url"}, "success_url", "url_invalid"),
    (SETUP | {"success_url": "javascript:alert(1)"}, "success_url", "url_invalid"),
    (SETUP | {"success_url": "kiosk://paid"}, "success_url", "url_invalid"),
    (SETUP | {"cancel_url": "//example.com"}, "cancel_url", "url_invalid"),
    (SETUP | {"customer": "cus_unknown"}, "customer", "resource_missing"),
    (SETUP | {"customer": "cus_1", "customer_email": "a@example.com"}, "customer", "parameters_exclusive"),
    (SETUP | {"customer_email": "nobody"}, "customer_email", "email_invalid"),
    (SETUP | {"customer_update": {"name": "auto"}}, "customer_update", None),
    (SETUP | {"line_items": [T_SHIRT]}, "line_items", None),
    (SETUP | {"payment_intent_data": {"description": "x"}}, "payment_intent_data", None),
    (SETUP | {"payment_method_types": ["card"]}, "payment_method_types", "payment_method_types_no_longer_supported"),
    (SETUP | {"allowed_payment_method_types": ["card_present"]}, "allowed_payment_method_types", None),
    (SETUP | {"excluded_payment_method_types": ["card"]}, "excluded_payment_method_types", None),
    (SETUP | {"expires_at": 1}, "expires_at", None),
    (SETUP | {"expires_at": 4_000_000_000}, "expires_at", None),
    (SETUP | {"locale": "tlh"}, "locale", None),
    (SETUP | {"ui_mode": "hosted"}, "ui_mode", None),
    (SETUP | {"ui_mode": "embedded_page"}, "ui_mode", None),
    (SETUP | {"return_url": "https://example.com"}, "return_url", None),
    (SETUP | {"client_reference_id": "x" * 201}, "client_reference_id", None),
    (SETUP | {"colour": "blue"}, "colour", "parameter_unknown"),
    (SETUP | {"mode": "subscription"}, "mode", None),
    ({"mode": "payment", "success_url": SUCCESS}, "line_items", "parameter_missing"),
    (PAYMENT | {"line_items": [price(10)]}, "line_items", "amount_too_small"),
    (PAYMENT | {"line_items": [price(99_999_999, quantity=2)]}, "line_items", "amount_too_large"),
    (PAYMENT | {"line_items": [price(100), price(100, "eur")]}, "line_items", None),
    (PAYMENT | {"currency": "eur"}, "currency", None),
    (PAYMENT | {"allow_promotion_codes": True}, "allow_promotion_codes", None),
    (PAYMENT | {"line_items": [price(100, quantity=0)]}, "line_items[0][quantity]", "parameter_invalid_integer"),
    (PAYMENT | {"line_items": [{"price": "price_unknown", "quantity": 1}]}, "line_items[0][price]", "resource_missing"),
    (PAYMENT | {"line_items": [{"quantity": 1}]}, "line_items[0]", "parameter_missing"),
    (PAYMENT | {"setup_intent_data": {"description": "x"}}, "setup_intent_data", None),
    (
        PAYMENT | {"payment_intent_data": {"statement_descriptor": "SHOP"}},
        "payment_intent_data[statement_descriptor]",
        "payment_intent_invalid_parameter",
    ),
    (PAYMENT | {"payment_intent_data": {"statement_descriptor_suffix": "*"}}, None, None),
]


@pytest.mark.parametrize(("params", "param", "code"), REFUSED, ids=[f"{row[1]}-{n}" for n, row in enumerate(REFUSED)])
def test_what_is_refused(shop: Shop, params: dict[str, Any], param: str | None, code: str | None) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.checkout.sessions.create(params)  # type: ignore[arg-type]
    assert refused.value.http_status == 400
    assert refused.value.code == code
    if param is not None:
        assert refused.value.param == param
    assert shop.client.v1.setup_intents.list().data == []


def test_older_versions_name_types_and_pages_as_they_did(shop: Shop) -> None:
    """The guides of a year ago send `payment_method_types` and `ui_mode=hosted`."""
    options: Any = {"stripe_version": "2025-09-30.clover"}
    asked: Any = SETUP | {"payment_method_types": ["card"], "ui_mode": "hosted"}
    session = shop.client.v1.checkout.sessions.create(asked, options)
    assert (session.payment_method_types, session.ui_mode) == (["card"], "hosted")
    assert shop.client.v1.checkout.sessions.retrieve(session.id).ui_mode == "hosted_page"


def test_lists_and_filters(shop: Shop) -> None:
    ada = shop.client.v1.customers.create({"email": "ada@example.com"})
    first = setup_session(shop, customer=ada.id)
    second = payment_session(shop, customer_email="bob@example.com")
    third = payment_session(shop)
    buyer.submit(url_of(third))
    paid = shop.client.v1.checkout.sessions.retrieve(third.id)
    sessions = shop.client.v1.checkout.sessions

    def found(**filters: Any) -> list[str]:
        return [session.id for session in sessions.list(filters).data]  # type: ignore[arg-type]

    assert found() == [third.id, second.id, first.id]
    assert found(customer=ada.id) == [first.id]
    assert found(customer_details={"email": "bob@example.com"}) == [second.id]
    assert found(status="open") == [second.id, first.id]
    assert found(payment_intent=paid.payment_intent) == [third.id]
    assert found(created={"gt": third.created + 10}) == []
    assert found(limit=1, starting_after=third.id) == [second.id]
    with pytest.raises(stripe.InvalidRequestError, match="No such subscription"):
        found(subscription="sub_1")


def test_line_items(shop: Shop) -> None:
    lines = [price(100 + number, quantity=number + 1) for number in range(12)]
    session = payment_session(shop, line_items=lines)
    listed = shop.client.v1.checkout.sessions.line_items.list(session.id)
    assert (len(listed.data), listed.has_more) == (10, True)
    assert [line.quantity for line in listed.auto_paging_iter()] == list(range(1, 13))
    before = shop.client.v1.checkout.sessions.line_items.list(
        session.id, {"ending_before": listed.data[3].id, "limit": 2}
    )
    assert ([line.quantity for line in before.data], before.has_more) == ([2, 3], True)
    line = listed.data[1]
    assert (line.amount_total, line.currency, line.description) == (202, "usd", "Tea")
    assert line.price is not None
    assert (line.price.active, line.price.unit_amount) == (False, 101)
    assert shop.client.v1.prices.retrieve(line.price.id).product == line.price.product
    expanded = shop.client.v1.checkout.sessions.retrieve(
        session.id, {"expand": ["line_items.data.price.product", "total_details.breakdown"]}
    )
    assert expanded.line_items is not None
    assert expanded.line_items.has_more
    shown = expanded.line_items.data[0].price
    assert shown is not None
    assert isinstance(shown.product, stripe.Product)
    assert shown.product.name == "Tea"
    with pytest.raises(stripe.InvalidRequestError, match="No such item"):
        shop.client.v1.checkout.sessions.line_items.list(session.id, {"starting_after": "li_1"})


def test_decimals_are_rounded_once_a_line(shop: Shop) -> None:
    data = {"currency": "usd", "product_data": {"name": "Sheet"}, "unit_amount_decimal": "0.5"}
    session = payment_session(shop, line_items=[{"price_data": data, "quantity": 101}])
    assert session.amount_total == 51
    (line,) = shop.client.v1.checkout.sessions.line_items.list(session.id).data
    assert line.price is not None
    assert line.price.unit_amount is None
    assert str(line.price.unit_amount_decimal) == "0.5"


def test_update_and_expire(shop: Shop) -> None:
    session = payment_session(shop, metadata={"a": "1", "b": "2"})
    sessions = shop.client.v1.checkout.sessions
    changed = sessions.update(session.id, {"metadata": {"a": "", "c": "3"}})
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    (line,) = sessions.line_items.list(session.id).data
    changed = sessions.update(session.id, {"line_items": [{"id": line.id, "quantity": 3}, price(50)]})  # type: ignore[list-item,typeddict-item]
    assert changed.amount_total == 3 * 1099 + 50
    sessions.update(session.id, {"payment_intent_data": {"description": "Order 1"}})
    refused = buyer.submit(url_of(session), "4000000000000002")
    assert refused.status == 402
    (intent,) = shop.client.v1.payment_intents.list().data
    assert (intent.amount, intent.description) == (3347, "Order 1")
    with pytest.raises(stripe.InvalidRequestError, match="can no longer be updated"):
        sessions.update(session.id, {"line_items": [{"id": line.id, "quantity": 1}]})
    expired = sessions.expire(session.id)
    assert (expired.status, expired.url) == ("expired", None)
    with pytest.raises(stripe.InvalidRequestError, match=r'\["open"\] can be expired.*`expired`'):
        sessions.expire(session.id)
    assert shop.events()[-2:] == ["payment_intent.canceled", "checkout.session.expired"]


def test_sessions_of_others(shop: Shop, open_shop: OpenShop) -> None:
    session = setup_session(open_shop())
    for attempt in (
        lambda: shop.client.v1.checkout.sessions.retrieve(session.id),
        lambda: shop.client.v1.checkout.sessions.expire(session.id),
        lambda: shop.client.v1.checkout.sessions.line_items.list(session.id),
    ):
        with pytest.raises(stripe.InvalidRequestError, match=r"No such checkout\.session") as refused:
            attempt()
        assert refused.value.http_status == 404


def test_payment_pages_for_programs(shop: Shop) -> None:
    """What the official command line's triggers use, with a publishable key as scripts in pages have it."""
    session = payment_session(shop)
    key = f"pk_test_{shop.key.removeprefix('sk_test_')}"
    path = f"/v1/payment_pages/{session.id}"
    seen = shop.request("GET", path, key=key).json
    assert (seen["amount_total"], seen["id"]) == (1099, session.id)
    assert "metadata" not in seen
    method = shop.request(
        "POST",
        "/v1/payment_methods",
        {"type": "card", "card": {"token": "tok_visa"}, "billing_details": {"email": "stripe@example.com"}},
        key=key,
    ).json["id"]
    wrong = shop.request("POST", f"{path}/confirm", {"payment_method": method, "expected_amount": 1}, key=key)
    assert (wrong.status, wrong.error["param"]) == (400, "expected_amount")
    done = shop.request(
        "POST",
        f"{path}/confirm",
        {"payment_method": method, "expected_amount": 1099},
        {"Stripe-Version": LATEST},
        key=key,
    )
    assert (done.status, done.json["status"]) == (200, "succeeded")
    again = shop.request("POST", f"{path}/confirm", {"payment_method": "pm_card_visa"})
    assert (again.status, "`complete`" in again.error["message"]) == (400, True)
    session = shop.client.v1.checkout.sessions.retrieve(session.id)
    assert session.customer_details is not None
    assert session.customer_details.email == "stripe@example.com"


def test_products_and_prices(shop: Shop) -> None:
    products, prices = shop.client.v1.products, shop.client.v1.prices
    tea = products.create({"name": "Tea", "default_price_data": {"currency": "usd", "unit_amount": 300}})
    assert prices.retrieve(str(tea.default_price)).unit_amount == 300
    cup = prices.create({"product": tea.id, "currency": "eur", "unit_amount": 250, "lookup_key": "cup"})
    assert [each.id for each in prices.list({"product": tea.id}).data] == [cup.id, tea.default_price]
    with pytest.raises(stripe.InvalidRequestError, match="already uses that lookup key"):
        prices.create({"product": tea.id, "currency": "eur", "unit_amount": 1, "lookup_key": "cup"})
    assert prices.update(cup.id, {"active": False, "nickname": "small"}).nickname == "small"
    assert [each.id for each in prices.list({"active": False}).data] == [cup.id]
    with pytest.raises(stripe.InvalidRequestError, match="The price specified is inactive"):
        payment_session(shop, line_items=[{"price": cup.id, "quantity": 1}])
    weekly = prices.create(
        {"product": tea.id, "currency": "usd", "unit_amount": 900, "recurring": {"interval": "week"}}
    )
    assert [each.id for each in prices.list({"type": "recurring"}).data] == [weekly.id]
    with pytest.raises(stripe.InvalidRequestError, match="passed a recurring price"):
        payment_session(shop, line_items=[{"price": weekly.id, "quantity": 1}])
    session = payment_session(shop, line_items=[{"price": tea.default_price, "quantity": 2}])
    assert session.amount_total == 600
    assert products.update(tea.id, {"name": "Green tea", "metadata": {"kind": "green"}}).name == "Green tea"
    with pytest.raises(stripe.InvalidRequestError, match="one or more user-created prices"):
        products.delete(tea.id)
    mug = products.create({"name": "Mug", "id": "mug-1"})
    with pytest.raises(stripe.InvalidRequestError, match="Product already exists"):
        products.create({"name": "Mug", "id": "mug-1"})
    assert products.delete(mug.id).deleted
    assert [each.id for each in products.list().data] == [tea.id]
    created = ["product.created", "price.created"]
    assert shop.events()[: len(created)] == created
    assert shop.events()[-3:] == ["product.updated", "product.created", "product.deleted"]
