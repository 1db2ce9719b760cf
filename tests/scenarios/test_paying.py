"""A card payment from the shop's server: created, confirmed, and what it leaves behind."""

import pytest
import stripe
from tests.scenarios.shop import ON_BOTH, Shop

CARD_ONLY = {"enabled": True, "allow_redirects": "never"}


@ON_BOTH
def test_create_then_confirm(shop: Shop) -> None:
    intents = shop.client.v1.payment_intents

    intent = intents.create(
        {"amount": 1099, "currency": "USD", "description": "T-shirt", "metadata": {"order": "6735"}}
    )
    assert (intent.status, intent.amount, intent.currency) == ("requires_payment_method", 1099, "usd")
    assert (intent.amount_capturable, intent.amount_received, intent.latest_charge) == (0, 0, None)
    assert intent.payment_method_types == ["card"]
    assert intent.client_secret is not None
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert shop.holdings(intent) == []

    intent = intents.confirm(intent.id, {"payment_method": "pm_card_visa", "return_url": "https://shop.example/done"})
    assert (intent.status, intent.amount_received, intent.amount_capturable) == ("succeeded", 1099, 0)
    assert intents.retrieve(intent.id) == intent

    charge = shop.charge(intent)
    assert (charge.status, charge.paid, charge.captured) == ("succeeded", True, True)
    assert (charge.amount, charge.amount_captured, charge.amount_refunded) == (1099, 1099, 0)
    assert (charge.description, charge.metadata.to_dict()) == ("T-shirt", {"order": "6735"})
    assert charge.payment_intent == intent.id
    assert charge.outcome is not None
    assert (charge.outcome.type, charge.outcome.seller_message) == ("authorized", "Payment complete.")
    assert charge.payment_method_details is not None
    card = charge.payment_method_details.card
    assert card is not None
    assert (card.brand, card.last4, card.funding) == ("visa", "4242", "credit")

    (held,) = shop.holdings(intent)
    assert (held["approved"], held["held"], held["captured"]) == (True, 0, 1099)
    assert held["attempts"] == {"authorize": 1, "capture": 1}
    assert shop.events() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
    ]


@ON_BOTH
def test_the_money_arrives_less_the_fee(shop: Shop) -> None:
    """2.9 % and 30 cents of 10.00 are 59 cents."""
    intent = shop.pay(1000)
    charge = shop.charge(intent, "balance_transaction")
    moved = charge.balance_transaction
    assert isinstance(moved, stripe.BalanceTransaction)
    assert (moved.amount, moved.fee, moved.net, moved.type) == (1000, 59, 941, "charge")
    assert moved.source == charge.id
    assert shop.balance_change() == 941


@pytest.mark.parametrize(
    ("method", "events"),
    [
        # The charge comes without its balance transaction, which follows.
        ("automatic_async", ["charge.succeeded", "payment_intent.succeeded", "charge.updated"]),
        ("automatic", ["charge.succeeded", "payment_intent.succeeded"]),
        ("manual", ["charge.succeeded", "payment_intent.amount_capturable_updated"]),
    ],
)
def test_capture_methods(shop: Shop, method: str, events: list[str]) -> None:
    intent = shop.pay(2000, capture_method=method)
    assert intent.capture_method == method
    assert intent.status == ("requires_capture" if method == "manual" else "succeeded")
    assert (intent.amount_capturable, intent.amount_received) == ((2000, 0) if method == "manual" else (0, 2000))
    assert shop.charge(intent).captured == (method != "manual")
    assert shop.events() == ["payment_intent.created", *events]


def test_automatic_async_is_the_default(shop: Shop) -> None:
    assert shop.pay().capture_method == "automatic_async"


def test_the_capture_method_of_the_card_can_differ(shop: Shop) -> None:
    intent = shop.pay(payment_method_options={"card": {"capture_method": "manual"}})
    assert (intent.status, intent.capture_method) == ("requires_capture", "automatic_async")


@pytest.mark.parametrize(
    ("card", "brand", "last4", "funding", "country"),
    [
        ("pm_card_visa", "visa", "4242", "credit", "US"),
        ("pm_card_visa_debit", "visa", "5556", "debit", "US"),
        ("pm_card_mastercard", "mastercard", "4444", "credit", "US"),
        ("pm_card_mastercard_prepaid", "mastercard", "5100", "prepaid", "US"),
        ("pm_card_amex", "amex", "0005", "credit", "US"),
        ("pm_card_discover", "discover", "1117", "credit", "US"),
        ("pm_card_jcb", "jcb", "0505", "credit", "JP"),
        ("pm_card_unionpay", "unionpay", "0005", "credit", "CN"),
        ("pm_card_gb", "visa", "0000", "credit", "GB"),
        ("pm_card_de", "visa", "0016", "credit", "DE"),
    ],
)
def test_test_cards(shop: Shop, card: str, brand: str, last4: str, funding: str, country: str) -> None:
    charge = shop.charge(shop.pay(card=card))
    assert charge.payment_method_details is not None
    paid = charge.payment_method_details.card
    assert paid is not None
    assert (paid.brand, paid.last4, paid.funding, paid.country) == (brand, last4, funding, country)


def test_a_card_typed_in(shop: Shop) -> None:
    intent = shop.client.v1.payment_intents.create(
        {
            "amount": 1000,
            "currency": "usd",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "payment_method_data": {
                "type": "card",
                "card": {"number": "5555 5555 5555 4444", "exp_month": 12, "exp_year": 2034, "cvc": "123"},  # type: ignore[typeddict-unknown-key]
                "billing_details": {"name": "Jenny Rosen", "address": {"postal_code": "94111", "country": "US"}},
            },
        }
    )
    assert intent.status == "succeeded"
    charge = shop.charge(intent)
    assert (charge.billing_details.name, charge.billing_details.address.postal_code) == ("Jenny Rosen", "94111")  # type: ignore[union-attr]
    assert charge.payment_method_details.card.checks.cvc_check == "pass"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("card", "cvc", "line1", "postal_code", "risk"),
    [
        ("4242424242424242", "pass", "pass", "pass", "normal"),
        ("4000000000000101", "fail", "pass", "pass", "normal"),
        ("4000000000000010", "pass", "fail", "fail", "normal"),
        ("4000000000000028", "pass", "fail", "pass", "normal"),
        ("4000000000000036", "pass", "pass", "fail", "normal"),
        ("4000000000000044", "pass", "unavailable", "unavailable", "normal"),
        ("4000000000009235", "pass", "pass", "pass", "elevated"),
        ("4000000000004954", "pass", "pass", "pass", "highest"),
    ],
)
def test_checks_and_risk(shop: Shop, card: str, cvc: str, line1: str, postal_code: str, risk: str) -> None:
    """What the issuer says of the code and the address, and how risky it looks; none of it stops the payment."""
    intent = shop.client.v1.payment_intents.create(
        {
            "amount": 1000,
            "currency": "usd",
            "confirm": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "payment_method_data": {
                "type": "card",
                "card": {"number": card, "exp_month": 12, "exp_year": 2034, "cvc": "123"},  # type: ignore[typeddict-unknown-key]
                "billing_details": {"address": {"line1": "1 Main Street", "postal_code": "94111"}},
            },
        }
    )
    charge = shop.charge(intent)
    checks = charge.payment_method_details.card.checks  # type: ignore[union-attr]
    assert checks is not None
    assert (checks.cvc_check, checks.address_line1_check, checks.address_postal_code_check) == (cvc, line1, postal_code)
    assert charge.outcome is not None
    assert (charge.outcome.type, charge.outcome.risk_level) == ("authorized", risk)
    assert isinstance(intent.payment_method, str)
    kept = shop.client.v1.payment_methods.retrieve(intent.payment_method)
    assert kept.card.checks.to_dict() == checks.to_dict()  # type: ignore[union-attr]


def test_older_versions_name_the_types(shop: Shop) -> None:
    """The guide's own request; from 2026-09-30 on the parameter is refused (the version is in the header)."""
    form = {"amount": 1000, "currency": "usd", "payment_method_types": ["card_present"], "capture_method": "manual"}
    created = shop.request("POST", "/v1/payment_intents", form)
    assert (created.status, created.json["payment_method_types"]) == (200, ["card_present"])

    for version in ("2020-03-02", "2024-06-20", "2026-07-29.dahlia"):
        created = shop.request("POST", "/v1/payment_intents", form, {"Stripe-Version": version})
        assert (created.status, created.headers["stripe-version"]) == (200, version)

    refused = shop.request("POST", "/v1/payment_intents", form, {"Stripe-Version": "2026-10-28.endive"})
    assert (refused.status, refused.error["code"], refused.error["param"]) == (
        400,
        "payment_method_types_no_longer_supported",
        "payment_method_types",
    )


def test_allowed_types_filter(shop: Shop) -> None:
    intents = shop.client.v1.payment_intents
    intent = intents.create({"amount": 1000, "currency": "usd", "allowed_payment_method_types": ["card_present"]})
    assert intent.payment_method_types == ["card_present"]
    assert intent.allowed_payment_method_types == ["card_present"]
    assert intent.automatic_payment_methods is None

    with pytest.raises(stripe.InvalidRequestError) as refused:
        intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert refused.value.code == "payment_intent_incompatible_payment_method"

    with pytest.raises(stripe.InvalidRequestError) as refused:
        intents.create(
            {
                "amount": 1000,
                "currency": "usd",
                "allowed_payment_method_types": ["card"],
                "automatic_payment_methods": {"enabled": True},
            }
        )
    assert refused.value.code == "parameters_exclusive"


def test_a_card_without_a_customer_pays_once(shop: Shop) -> None:
    intent = shop.pay()
    assert isinstance(intent.payment_method, str)
    with pytest.raises(stripe.InvalidRequestError, match="It may not be used again") as refused:
        shop.pay(card=intent.payment_method)
    assert refused.value.code == "payment_method_unexpected_state"


def test_saved_for_later(shop: Shop) -> None:
    """`setup_future_usage` with a customer: the card is attached, and pays again when the customer is away."""
    customer = shop.client.v1.customers.create({"email": "jenny.rosen@example.com"})
    first = shop.pay(customer=customer.id, setup_future_usage="off_session")
    assert isinstance(first.payment_method, str)
    card = shop.client.v1.payment_methods.retrieve(first.payment_method)
    assert card.customer == customer.id
    assert shop.events(first.id, card.id, str(first.latest_charge)) == [
        "payment_intent.created",
        "payment_method.attached",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
    ]

    second = shop.pay(500, card=card.id, customer=customer.id, off_session=True)
    assert (second.status, second.payment_method) == ("succeeded", card.id)

    with pytest.raises(stripe.InvalidRequestError, match="Please include the Customer") as refused:
        shop.pay(card=card.id)
    assert (refused.value.code, refused.value.param) == ("parameter_missing", "source")

    other = shop.client.v1.customers.create()
    with pytest.raises(stripe.InvalidRequestError, match="does not belong to the Customer you supplied"):
        shop.pay(card=card.id, customer=other.id)


def test_nothing_to_pay_with(shop: Shop) -> None:
    intents = shop.client.v1.payment_intents
    intent = intents.create({"amount": 1000, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="because it's missing a payment method") as refused:
        intents.confirm(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"
    assert refused.value.error is not None
    assert refused.value.error.payment_intent == intent

    with pytest.raises(stripe.InvalidRequestError, match="because it's missing a payment method"):
        intents.create({"amount": 1000, "currency": "usd", "confirm": True})
    assert [each.id for each in intents.list().data] == [intent.id]


def test_what_only_confirm_takes(shop: Shop) -> None:
    for name, value in (
        ("off_session", True),
        ("return_url", "https://shop.example"),
        ("error_on_requires_action", True),
    ):
        with pytest.raises(stripe.InvalidRequestError, match=f"`{name}`") as refused:
            shop.client.v1.payment_intents.create({"amount": 1000, "currency": "usd", name: value})  # type: ignore[misc]
        assert refused.value.param == name


@pytest.mark.parametrize(
    ("suffix", "message"),
    [("LONG" * 6, "22"), ("123456", "at least one letter"), ("NO <STARS>", "must not contain")],
)
def test_statement_descriptors(shop: Shop, suffix: str, message: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message) as refused:
        shop.pay(statement_descriptor_suffix=suffix)
    assert refused.value.param == "statement_descriptor_suffix"


def test_the_suffix_stands_on_the_statement(shop: Shop) -> None:
    charge = shop.charge(shop.pay(statement_descriptor_suffix="SHIRTS"))
    assert charge.statement_descriptor_suffix == "SHIRTS"
    assert charge.calculated_statement_descriptor is not None
    assert charge.calculated_statement_descriptor.endswith("* SHIRTS")

    with pytest.raises(stripe.InvalidRequestError, match="statement_descriptor_suffix") as refused:
        shop.pay(statement_descriptor="WHOLE NAME")
    assert refused.value.param == "statement_descriptor"


def test_an_application_fee_needs_a_connected_account(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="application_fee_amount") as refused:
        shop.pay(application_fee_amount=100)
    assert refused.value.param == "application_fee_amount"
