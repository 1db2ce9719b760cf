"""Amounts and currencies: minor units, the least and the most, and what is not a number at all."""

from typing import Any

import pytest
from tests.scenarios.shop import Shop


def create(shop: Shop, amount: Any, currency: str) -> Any:
    return shop.request("POST", "/v1/payment_intents", {"amount": amount, "currency": currency})


@pytest.mark.parametrize(
    ("amount", "currency"),
    [
        (50, "usd"),
        (99_999_999, "usd"),
        (30, "gbp"),
        (50, "jpy"),  # no minor unit: fifty yen
        (99_999_999, "jpy"),
        (17_500, "huf"),
        (1_230, "kwd"),  # three decimals, the last of them 0
        (500, "ugx"),  # sent as if there were hundredths
        (999_999_999_999, "idr"),
        (1000, "EUR"),
        (1000, "Eur"),
    ],
)
def test_amounts(shop: Shop, amount: int, currency: str) -> None:
    created = create(shop, amount, currency)
    assert created.status == 200, created.body
    assert (created.json["amount"], created.json["currency"]) == (amount, currency.lower())


@pytest.mark.parametrize(
    ("amount", "currency", "code", "message"),
    [
        (49, "usd", "amount_too_small", "Amount must be at least $0.50 usd"),
        (29, "gbp", "amount_too_small", "Amount must be at least £0.30 gbp"),
        (49, "jpy", "amount_too_small", "Amount must be at least ¥50 jpy"),
        (17_499, "huf", "amount_too_small", "Amount must be at least Ft175.00 huf"),
        (399, "hkd", "amount_too_small", "Amount must be at least $4.00 hkd"),
        (100_000_000, "usd", "amount_too_large", "Amount must be no more than $999,999.99"),
        (100_000_000, "jpy", "amount_too_large", "Amount must be no more than ¥99,999,999"),
        (2**63 - 1, "usd", "amount_too_large", "Amount must be no more than $999,999.99"),
        (2**63, "usd", "parameter_invalid_integer", "Invalid integer: it must fit 64 bits"),
        (10**30, "usd", "parameter_invalid_integer", "Invalid integer: it must fit 64 bits"),
        (
            0,
            "usd",
            "parameter_invalid_integer",
            "The amount must be greater than or equal to the minimum charge amount allowed for your account",
        ),
        (-1, "usd", "parameter_invalid_integer", "Invalid non-negative integer"),
        (-(2**63), "usd", "parameter_invalid_integer", "Invalid non-negative integer"),
        (1_001, "kwd", "invalid_charge_amount", "Invalid amount: amounts in kwd must be divisible by 10."),
        (550, "ugx", "invalid_charge_amount", "Invalid amount: amounts in ugx must be divisible by 100."),
        ("10.00", "usd", "parameter_invalid_integer", "Invalid integer: 10.00"),
        ("1,000", "usd", "parameter_invalid_integer", "Invalid integer: 1,000"),
        ("1e3", "usd", "parameter_invalid_integer", "Invalid integer: 1e3"),
        ("0x10", "usd", "parameter_invalid_integer", "Invalid integer: 0x10"),
        ("ten", "usd", "parameter_invalid_integer", "Invalid integer: ten"),
        ("\u0661\u0660\u0660", "usd", "parameter_invalid_integer", "Invalid integer: \u0661"),
        ("NaN", "usd", "parameter_invalid_integer", "Invalid integer: NaN"),
        ("1000 ", "usd", "parameter_invalid_integer", "Invalid integer: 1000 "),
        ("1" * 5000, "usd", "parameter_invalid_integer", "Invalid integer: it must fit 64 bits"),
    ],
)
def test_amounts_that_are_refused(shop: Shop, amount: Any, currency: str, code: str, message: str) -> None:
    refused = create(shop, amount, currency)
    assert refused.status == 400
    error = refused.error
    assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", code, "amount")
    assert error["message"].startswith(message)


def test_amount_as_something_else(shop: Shop) -> None:
    for body in ("amount[]=1000&currency=usd", "amount[value]=1000&currency=usd"):
        refused = shop.request("POST", "/v1/payment_intents", body)
        assert (refused.status, refused.error["param"]) == (400, "amount")
    empty = shop.request("POST", "/v1/payment_intents", "amount=&currency=usd")
    assert (empty.status, empty.error["code"]) == (400, "parameter_invalid_empty")


@pytest.mark.parametrize("currency", ["xyz", "btc", "us", "usdd", "$", "u s d", "usd\u200b"])
def test_unknown_currencies(shop: Shop, currency: str) -> None:
    refused = create(shop, 1000, currency)
    assert (refused.status, refused.error["param"]) == (400, "currency")
    assert refused.error["message"].startswith("Invalid currency: ")


def test_what_is_required(shop: Shop) -> None:
    for form, param in (({"currency": "usd"}, "amount"), ({"amount": 1000}, "currency"), ({}, "amount")):
        refused = shop.request("POST", "/v1/payment_intents", form)
        assert (refused.status, refused.error["code"], refused.error["param"]) == (400, "parameter_missing", param)
        assert refused.error["message"] == f"Missing required param: {param}."


def test_the_rules_hold_for_updates_too(shop: Shop) -> None:
    """Also when only the currency changes: 60 is enough in dollars, not in forints."""
    intent = create(shop, 60, "usd").json
    path = f"/v1/payment_intents/{intent['id']}"
    assert shop.request("POST", path, {"amount": 10}).error["code"] == "amount_too_small"
    refused = shop.request("POST", path, {"currency": "huf"})
    assert refused.error["code"] == "amount_too_small"
    assert shop.request("GET", path).json["currency"] == "usd"


def test_zero_decimal_money_is_not_divided(shop: Shop) -> None:
    paid = shop.pay(500, currency="jpy")
    assert (paid.amount_received, paid.currency) == (500, "jpy")
    (held,) = shop.settled_holdings(paid)
    assert held["captured"] == 500
