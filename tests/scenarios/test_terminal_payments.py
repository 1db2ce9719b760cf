"""Payments at a counter, driven from the server, as the guide "Collect card payments" tells."""

from typing import Any

import pytest
import stripe
from tests.scenarios.fixtures import OpenShop
from tests.scenarios.shop import ON_BOTH, Shop
from tests.scenarios.till import FAILED, SUCCEEDED, VISA, Till, ended

from opentill.domain.cards import TEST_CARDS, named


def number(name: str) -> str:
    card = named(name)
    assert card is not None
    return card.number


@ON_BOTH
def test_process_present_capture(shop: Shop) -> None:
    till = Till(shop)
    intent = till.sale(1000)
    begun = till.process(intent)
    assert begun.action is not None
    assert begun.action.type == "process_payment_intent"
    assert begun.action.process_payment_intent is not None
    assert begun.action.process_payment_intent.payment_intent == intent.id
    assert ended(begun) == ("in_progress", None)
    assert till.intent(intent).status == "requires_payment_method"

    assert ended(till.present()) == ("succeeded", None)
    held = till.intent(intent)
    assert (held.status, held.amount_capturable) == ("requires_capture", 1000)
    charge = shop.charge(held)
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.type == "card_present"
    read = till.read(held)
    assert (read.brand, read.last4, read.read_method, read.network) == ("visa", "4242", "contact_emv", "visa")
    assert (read.location, read.reader) == (till.location.id, till.reader.id)
    assert read.receipt.authorization_response_code == "3030"
    assert read.capture_before == charge.created + 2 * 86_400

    captured = shop.client.v1.payment_intents.capture(intent.id)
    assert (captured.status, captured.amount_received) == ("succeeded", 1000)
    assert shop.charge(captured, "balance_transaction").balance_transaction.fee == 32  # type: ignore[union-attr]
    assert shop.events() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        SUCCEEDED,
        "charge.captured",
        "payment_intent.succeeded",
        "charge.updated",
    ]


def test_a_reader_event_shows_the_reader_as_it_was_then(shop: Shop) -> None:
    till = Till(shop)
    intent = till.pay()
    (event,) = list(shop.client.v1.events.list({"type": SUCCEEDED}))
    shown: Any = event.data.object
    assert (shown["id"], shown["object"]) == (till.reader.id, "terminal.reader")
    assert shown["action"]["status"] == "succeeded"
    assert shown["action"]["process_payment_intent"]["payment_intent"] == intent.id


def test_a_declined_card_and_then_another_one_on_the_same_payment(shop: Shop) -> None:
    till = Till(shop)
    intent = till.sale()
    till.process(intent)
    failed = till.present(number("charge_declined_insufficient_funds"))
    assert ended(failed) == ("failed", "card_declined")
    assert failed.action is not None
    assert failed.action.failure_message == "Your card has insufficient funds."
    error: Any = failed.action.api_error
    assert (error["type"], error["code"], error["decline_code"]) == (
        "card_error",
        "card_declined",
        "insufficient_funds",
    )
    assert error["charge"] == till.intent(intent).latest_charge
    declined = till.intent(intent, "latest_charge")
    assert declined.status == "requires_payment_method"
    assert declined.last_payment_error is not None
    assert declined.last_payment_error.decline_code == "insufficient_funds"
    assert declined.latest_charge.status == "failed"  # type: ignore[union-attr]
    assert till.read(declined).receipt.authorization_response_code == "3531"  # 51 in hexadecimal

    till.process(intent)
    assert ended(till.present()) == ("succeeded", None)
    assert till.intent(intent).status == "requires_capture"
    assert shop.events(intent.id, till.reader.id) == [
        "payment_intent.created",
        "payment_intent.payment_failed",
        FAILED,
        "payment_intent.amount_capturable_updated",
        SUCCEEDED,
    ]
    assert len(shop.client.v1.charges.list({"payment_intent": intent.id}).data) == 2


# amount -> the failure code of the action and the decline code of the payment (guide "Testing", test amounts)
TEST_AMOUNTS = [
    (1000, "usd", None, None),
    (1001, "usd", "card_declined", "call_issuer"),
    (1002, "usd", "offline_pin_required", "offline_pin_required"),
    (1003, "usd", "online_or_offline_pin_required", "online_or_offline_pin_required"),
    (1005, "usd", "card_declined", "generic_decline"),
    (1055, "usd", "card_declined", "incorrect_pin"),
    (1065, "usd", "card_declined", "withdrawal_count_limit_exceeded"),
    (1075, "usd", "card_declined", "pin_try_exceeded"),
    (1042, "usd", None, None),
    (105, "jpy", "card_declined", "generic_decline"),
    (100, "jpy", None, None),
]


def test_amounts_that_say_how_they_end(shop: Shop) -> None:
    till = Till(shop)
    for amount, currency, failure, decline in TEST_AMOUNTS:
        intent = till.sale(amount, currency=currency)
        till.process(intent)
        assert ended(till.present()) == ("failed" if failure else "succeeded", failure), amount
        after = till.intent(intent)
        assert after.status == ("requires_payment_method" if failure else "requires_capture"), amount
        error = after.last_payment_error
        assert (error.decline_code if error else None) == decline, amount


# What the testing page says of each card, beside those that just pay.
OUTCOMES = {
    "charge_declined": "card_declined",
    "charge_declined_insufficient_funds": "card_declined",
    "charge_declined_lost_card": "card_declined",
    "charge_declined_stolen_card": "card_declined",
    "charge_declined_expired_card": "expired_card",
    "charge_declined_processing_error": "processing_error",
}


def test_every_card_of_the_testing_page(shop: Shop) -> None:
    till = Till(shop)
    cards = [card for card in TEST_CARDS if card.simulated is not None and card.brand != "interac"]
    assert len(cards) > 25
    for card in cards:
        intent = till.sale(capture_method="automatic")
        till.process(intent)
        failure = OUTCOMES.get(card.name)
        assert ended(till.present(card.number)) == ("failed" if failure else "succeeded", failure), card.name
        read = till.read(till.intent(intent))
        assert (read.brand, read.last4, read.funding) == (card.brand, card.number[-4:], card.funding), card.name
        assert read.receipt.cardholder_verification_method == (
            card.cvm or ("online_pin" if card.brand in ("eftpos_au", "girocard") else "none")
        ), card.name


@pytest.mark.parametrize(
    ("name", "first_refused_with", "then"),
    [
        ("offline_pin_sca_retry", "offline_pin_required", "contact_emv"),
        ("online_pin_sca_retry", "online_or_offline_pin_required", "contactless_emv"),
    ],
)
def test_a_tap_that_is_refused_leaves_a_charge_of_its_own(
    shop: Shop, name: str, first_refused_with: str, then: str
) -> None:
    till = Till(shop)
    paid = till.pay(card=number(name))
    assert paid.status == "requires_capture"
    second, first = shop.client.v1.charges.list({"payment_intent": paid.id}).data
    assert (first.status, second.status) == ("failed", "succeeded")
    assert first.failure_code == first_refused_with
    assert first.payment_method != second.payment_method
    details: Any = [charge.payment_method_details for charge in (first, second)]
    assert [each["card_present"]["read_method"] for each in details] == ["contactless_emv", then]
    (held,) = shop.holdings(paid)  # the acquirer was asked once
    assert held["attempts"] == {"authorize": 1}


def test_automatic_capture_moves_the_money_at_once(shop: Shop) -> None:
    till = Till(shop)
    paid = till.pay(capture_method="automatic")
    assert (paid.status, paid.amount_received) == ("succeeded", 1000)
    (held,) = shop.settled_holdings(paid)
    assert (held["held"], held["captured"]) == (0, 1000)
    refund = shop.client.v1.refunds.create({"payment_intent": paid.id, "amount": 400})
    assert refund.status == "succeeded"


def test_manual_preferred_holds_what_can_be_held(shop: Shop) -> None:
    till = Till(shop)
    options = {"card_present": {"capture_method": "manual_preferred"}}
    params: dict[str, Any] = {"capture_method": "automatic", "payment_method_options": options}
    assert till.pay(**params).status == "requires_capture"
    assert till.pay(card=number("eftpos_au_debit"), **params).status == "succeeded"
    # Inserted, a card of two networks runs on the domestic one, which cannot hold money.
    domestic = till.pay(card=number("eftpos_au_visa_debit"), **params)
    assert domestic.status == "succeeded"
    assert till.read(domestic).network == "eftpos_au"


def test_a_network_that_cannot_hold_declines_manual_capture(shop: Shop) -> None:
    till = Till(shop)
    intent = till.sale(capture_method="manual")
    till.process(intent)
    assert ended(till.present(number("eftpos_au_debit"))) == ("failed", "card_declined")
    assert till.intent(intent).status == "requires_payment_method"
    assert shop.holdings(intent) == []


# What may follow what ---------------------------------------------------------------------------------------------


def test_cancel_action(shop: Shop) -> None:
    till = Till(shop)
    intent = till.sale()
    till.process(intent)
    assert till.readers.cancel_action(till.reader.id).action is None
    assert till.readers.cancel_action(till.reader.id).action is None  # an idle reader stays as it is
    assert till.intent(intent).status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError, match="not waiting for a payment method"):
        till.present()
    assert shop.events(till.reader.id) == []


def test_a_cart_takes_the_place_of_a_payment_and_gives_way_to_one(shop: Shop) -> None:
    till = Till(shop)
    intent = till.sale()
    till.process(intent)
    cart: Any = {"currency": "USD", "line_items": [{"amount": 900, "description": "Tea", "quantity": 1}], "total": 0}
    shown = till.readers.set_reader_display(till.reader.id, {"type": "cart", "cart": cart})
    assert shown.action is not None
    assert shown.action.set_reader_display is not None
    assert shown.action.set_reader_display.to_dict()["cart"] == {
        "currency": "usd",
        "line_items": [{"amount": 900, "description": "Tea", "quantity": 1}],
        "tax": None,
        "total": 0,
    }
    assert ended(shown) == ("in_progress", None)
    with pytest.raises(stripe.InvalidRequestError, match="not waiting"):
        till.present()
    assert till.intent(intent).status == "requires_payment_method"

    till.process(intent)
    assert ended(till.present()) == ("succeeded", None)


def test_one_payment_takes_the_place_of_another(shop: Shop) -> None:
    till = Till(shop)
    first, second = till.sale(), till.sale(2000)
    till.process(first)
    till.process(second)
    till.present()
    assert (till.intent(first).status, till.intent(second).status) == ("requires_payment_method", "requires_capture")


def test_what_a_reader_does_not_process(shop: Shop) -> None:
    till = Till(shop)
    paid = till.pay()
    canceled = till.sale()
    shop.client.v1.payment_intents.cancel(canceled.id)
    with_card = shop.client.v1.payment_intents.create(
        {"amount": 500, "currency": "usd", "payment_method": "pm_card_visa", "allowed_payment_method_types": ["card"]}
    )
    for intent in (paid, canceled, with_card):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            till.process(intent)
        assert (refused.value.http_status, refused.value.code) == (400, "intent_invalid_state"), intent.status
    online = till.sale(1000, "card")
    with pytest.raises(stripe.InvalidRequestError, match="card_present"):
        till.process(online)
    with pytest.raises(stripe.InvalidRequestError) as missing:
        till.readers.process_payment_intent(till.reader.id, {"payment_intent": "pi_unknown"})
    assert (missing.value.code, missing.value.param) == ("resource_missing", "payment_intent")
    with pytest.raises(stripe.InvalidRequestError) as unknown:
        till.readers.process_payment_intent("tmr_unknown", {"payment_intent": paid.id})
    assert (unknown.value.http_status, unknown.value.code) == (404, "resource_missing")
    assert ended(till.now()) == ("succeeded", None)  # nothing of all this reached the reader


def test_a_payment_that_was_canceled_while_the_reader_waited(shop: Shop) -> None:
    """The card is read, and then the API is in the way: the action says so."""
    till = Till(shop)
    intent = till.sale()
    till.process(intent)
    shop.client.v1.payment_intents.cancel(intent.id)
    failed = till.present()
    assert ended(failed) == ("failed", "payment_intent_unexpected_state")
    assert failed.action is not None
    error: Any = failed.action.api_error
    assert (error["type"], error["code"]) == ("invalid_request_error", "payment_intent_unexpected_state")
    assert shop.holdings(intent) == []
    assert shop.events(till.reader.id) == [FAILED]


def test_two_readers_with_one_payment(shop: Shop) -> None:
    here, there = Till(shop), Till(shop)
    intent = here.sale()
    here.process(intent)
    there.process(intent)
    assert ended(here.present()) == ("succeeded", None)
    assert ended(there.present()) == ("failed", "payment_intent_unexpected_state")
    (held,) = shop.holdings(intent)
    assert held["held"] == 1000


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"card_present": {"number": "4000000000000001"}}, "card_present[number]"),
        ({"interac_present": {"number": VISA}}, "type"),
        ({"type": "interac_present"}, "type"),
        ({"type": "card"}, "type"),
        ({"type": "cash"}, "type"),
        ({"card": {"number": VISA, "exp_month": 12, "exp_year": 2034}}, "type"),
        ({"amount_tip": -1}, "amount_tip"),
    ],
)
def test_a_card_that_cannot_be_presented_leaves_the_reader_waiting(
    shop: Shop, params: dict[str, Any], param: str
) -> None:
    till = Till(shop)
    till.process(till.sale())
    with pytest.raises(stripe.InvalidRequestError) as refused:
        till.present(**params)
    assert refused.value.param == param
    assert "4000000000000001" not in str(refused.value)
    assert ended(till.now()) == ("in_progress", None)


def test_the_configuration_of_an_action_is_echoed(shop: Shop) -> None:
    till = Till(shop)
    begun = till.process(
        till.sale(), enable_customer_cancellation=True, skip_tipping=False, tipping={"amount_eligible": 500}
    )
    assert begun.action is not None
    assert begun.action.process_payment_intent is not None
    assert begun.action.process_payment_intent.to_dict()["process_config"] == {
        "enable_customer_cancellation": True,
        "skip_tipping": False,
        "tipping": {"amount_eligible": 500},
    }
    for config, param in (
        ({"tipping": {"amount_eligible": 0}}, "process_config[tipping][amount_eligible]"),
        ({"skip_tipping": True, "tipping": {"amount_eligible": 5}}, "process_config[tipping][amount_eligible]"),
        ({"allow_redisplay": "perhaps"}, "process_config[allow_redisplay]"),
        ({"surcharge": 5}, "process_config[surcharge]"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            till.process(till.sale(), **config)
        assert refused.value.param == param


def test_the_objects_of_an_action_can_be_expanded(shop: Shop) -> None:
    till = Till(shop)
    intent = till.sale()
    path = "action.process_payment_intent.payment_intent"
    begun = till.readers.process_payment_intent(
        till.reader.id, {"payment_intent": intent.id, "expand": [path, "location"]}
    )
    assert begun.action is not None
    assert begun.action.process_payment_intent is not None
    assert begun.action.process_payment_intent.payment_intent.amount == 1000  # type: ignore[union-attr]
    assert begun.location.display_name == "Counter"  # type: ignore[union-attr]
    presented = till.present(expand=[f"{path}.latest_charge"])
    assert presented.action is not None
    assert presented.action.process_payment_intent is not None
    expanded: Any = presented.action.process_payment_intent.payment_intent
    assert expanded.latest_charge.status == "succeeded"


def test_an_idempotency_key_presents_a_card_once(shop: Shop) -> None:
    till = Till(shop)
    intent = till.sale()
    till.process(intent)
    first, again = (
        till.helpers.present_payment_method(till.reader.id, {}, {"idempotency_key": "tap"}) for _ in range(2)
    )
    assert first.to_dict() == again.to_dict()
    (held,) = shop.holdings(intent)
    assert held["attempts"] == {"authorize": 1}


def test_mail_and_telephone_orders_are_keyed_in(shop: Shop) -> None:
    till = Till(shop)
    intent = till.sale(1000, "card", "card_present")
    till.process(intent, moto=True)
    with pytest.raises(stripe.InvalidRequestError, match="card"):
        till.present(type="card")
    with pytest.raises(stripe.InvalidRequestError, match="waiting for `card`"):
        till.present(VISA)
    keyed = {"number": VISA, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
    assert ended(till.present(type="card", card=keyed)) == ("succeeded", None)
    details = shop.charge(till.intent(intent)).payment_method_details
    assert details is not None
    assert details.type == "card"
    assert details.card is not None
    assert (details.card.moto, details.card.last4) == (True, "4242")


def test_readers_and_payments_of_another_account(shop: Shop, open_shop: OpenShop) -> None:
    mine, theirs = Till(shop), Till(open_shop())
    with pytest.raises(stripe.InvalidRequestError) as hidden:
        mine.readers.process_payment_intent(mine.reader.id, {"payment_intent": theirs.sale().id})
    assert (hidden.value.http_status, hidden.value.code) == (400, "resource_missing")
    for attempt in (
        lambda: mine.readers.process_payment_intent(theirs.reader.id, {"payment_intent": mine.sale().id}),
        lambda: mine.readers.cancel_action(theirs.reader.id),
        lambda: mine.helpers.present_payment_method(theirs.reader.id),
        lambda: mine.readers.retrieve(theirs.reader.id),
        lambda: mine.readers.delete(theirs.reader.id),
    ):
        with pytest.raises(stripe.InvalidRequestError) as missing:
            attempt()
        assert (missing.value.http_status, missing.value.code) == (404, "resource_missing")
    assert [reader.id for reader in mine.readers.list()] == [mine.reader.id]


# After the authorization ------------------------------------------------------------------------------------------


def test_a_hold_that_is_not_captured_within_two_days(private_shop: Shop) -> None:
    till = Till(private_shop)
    held = till.pay()
    private_shop.advance(days=2)
    expired = till.intent(held)
    assert (expired.status, expired.cancellation_reason) == ("canceled", "automatic")
    assert [holding["held"] for holding in private_shop.settled_holdings(held)] == [0]
    assert private_shop.events(held.id)[-1] == "payment_intent.canceled"


def test_a_tip_that_is_written_on_the_receipt(shop: Shop) -> None:
    """Captured above the hold, where the charge says that it can be."""
    till = Till(shop)
    held = till.pay(4000)
    assert till.read(held).overcapture_supported
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.payment_intents.capture(held.id, {"amount_to_capture": 9001})
    assert refused.value.code == "amount_too_large"
    captured = shop.client.v1.payment_intents.capture(held.id, {"amount_to_capture": 9000})
    assert (captured.amount, captured.amount_received) == (9000, 9000)
    assert till.read(captured).amount_authorized == 4000


def test_a_hold_that_is_raised(shop: Shop) -> None:
    till = Till(shop)
    options = {"card_present": {"request_incremental_authorization_support": True}}
    held = till.pay(1000, payment_method_options=options)
    assert till.read(held).incremental_authorization_supported
    raised = shop.client.v1.payment_intents.increment_authorization(held.id, {"amount": 1500})
    assert raised.amount_capturable == 1500
    with pytest.raises(stripe.CardError) as declined:
        shop.client.v1.payment_intents.increment_authorization(held.id, {"amount": 2005})
    assert declined.value.code == "card_declined"
    assert till.intent(held).amount_capturable == 1500


def test_the_extended_window(shop: Shop) -> None:
    till = Till(shop)
    options = {"card_present": {"request_extended_authorization": True}}
    charge = shop.charge(held := till.pay(payment_method_options=options))
    assert till.read(held).capture_before == charge.created + 30 * 86_400
