"""Manual capture: money is held on the card first, and taken later, in full, in part, or somewhat more."""

from typing import Any

import pytest
import stripe
from tests.scenarios.shop import ON_BOTH, PRIVATE_ON_BOTH, Shop
from tests.scenarios.till import Till

DAY = 86_400

INCREMENTAL: dict[str, Any] = {"card": {"request_incremental_authorization": "if_available"}}
EXTENDED: dict[str, Any] = {"card": {"request_extended_authorization": "if_available"}}


@ON_BOTH
def test_hold_then_capture(shop: Shop) -> None:
    intent = shop.hold(1000)
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 1000, 0)
    charge = shop.charge(intent)
    assert (charge.status, charge.paid, charge.captured, charge.amount_captured) == ("succeeded", True, False, 0)
    assert charge.balance_transaction is None
    assert charge.payment_method_details is not None
    card = charge.payment_method_details.card
    assert card is not None
    assert card.capture_before == charge.created + 7 * DAY
    (held,) = shop.holdings(intent)
    assert (held["held"], held["captured"]) == (1000, 0)

    captured = shop.client.v1.payment_intents.capture(intent.id)
    assert (captured.status, captured.amount_capturable, captured.amount_received) == ("succeeded", 0, 1000)
    charge = shop.charge(captured, "balance_transaction")
    assert (charge.captured, charge.amount_captured) == (True, 1000)
    assert charge.balance_transaction.net == 941  # type: ignore[union-attr]
    (held,) = shop.settled_holdings(intent)
    assert (held["held"], held["captured"]) == (0, 1000)
    assert shop.events() == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "charge.captured",
        "payment_intent.succeeded",
        "charge.updated",
    ]


@ON_BOTH
def test_capture_of_a_part_releases_the_rest(shop: Shop) -> None:
    intent = shop.hold(1000)
    captured = shop.client.v1.payment_intents.capture(
        intent.id, {"amount_to_capture": 600, "metadata": {"table": "4"}, "statement_descriptor_suffix": "LUNCH"}
    )
    assert (captured.status, captured.amount) == ("succeeded", 1000)
    assert (captured.amount_received, captured.amount_capturable) == (600, 0)
    assert (captured.metadata.to_dict(), captured.statement_descriptor_suffix) == ({"table": "4"}, "LUNCH")

    charge = shop.charge(captured, "balance_transaction")
    assert (charge.amount, charge.amount_captured, charge.captured) == (1000, 600, True)
    moved = charge.balance_transaction
    assert isinstance(moved, stripe.BalanceTransaction)
    assert (moved.amount, moved.fee) == (600, 47)

    (held,) = shop.settled_holdings(intent)
    assert (held["held"], held["captured"]) == (0, 600)
    assert held["attempts"] == {"authorize": 1, "capture": 1, "reverse": 1}


@ON_BOTH
def test_cancel_releases_the_hold(shop: Shop) -> None:
    intent = shop.hold(1000)
    canceled = shop.client.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "requested_by_customer"})
    assert (canceled.status, canceled.amount_capturable) == ("canceled", 0)
    assert canceled.cancellation_reason == "requested_by_customer"
    assert canceled.canceled_at is not None
    (held,) = shop.settled_holdings(intent)
    assert (held["held"], held["captured"]) == (0, 0)
    assert shop.charge(canceled).captured is False
    assert shop.balance_change() == 0
    assert shop.events(intent.id)[-1] == "payment_intent.canceled"


@pytest.mark.parametrize("reason", ["duplicate", "fraudulent", "requested_by_customer", "abandoned", None])
def test_reasons_to_cancel(shop: Shop, reason: Any) -> None:
    intent = shop.client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    canceled = shop.client.v1.payment_intents.cancel(intent.id, {"cancellation_reason": reason} if reason else {})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", reason)


@pytest.mark.parametrize(
    ("amount", "code", "param", "message"),
    [
        (1001, "amount_too_large", "amount_to_capture", "The payment could not be captured because the requested"),
        (0, None, "amount_to_capture", "greater than or equal to 1"),
        (-5, None, "amount_to_capture", "Invalid non-negative integer"),
        (10**12, "amount_too_large", "amount_to_capture", "no more than"),
    ],
)
def test_amounts_that_cannot_be_captured(shop: Shop, amount: int, code: str | None, param: str, message: str) -> None:
    intent = shop.hold(1000)
    with pytest.raises(stripe.InvalidRequestError, match=message) as refused:
        shop.client.v1.payment_intents.capture(intent.id, {"amount_to_capture": amount})
    assert (refused.value.http_status, refused.value.param) == (400, param)
    assert code is None or refused.value.code == code
    assert shop.client.v1.payment_intents.retrieve(intent.id).status == "requires_capture"


def test_only_one_capture(shop: Shop) -> None:
    """Capturing in several parts is not offered: the rest was released with the first."""
    intent = shop.hold(1000)
    with pytest.raises(stripe.InvalidRequestError, match="multicapture") as refused:
        shop.client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 400, "final_capture": False})
    assert refused.value.param == "final_capture"
    shop.client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 400, "final_capture": True})
    with pytest.raises(stripe.InvalidRequestError, match="already been captured"):
        shop.client.v1.payment_intents.capture(intent.id)


# Raising the hold ---------------------------------------------------------------------------------------------------


@ON_BOTH
def test_increment_then_capture(shop: Shop) -> None:
    intent = shop.hold(1000, payment_method_options=INCREMENTAL)
    details = shop.charge(intent).payment_method_details
    assert details is not None
    assert details.card is not None
    assert details.card.incremental_authorization is not None
    assert details.card.incremental_authorization.status == "available"

    raised = shop.client.v1.payment_intents.increment_authorization(
        intent.id, {"amount": 1500, "metadata": {"room": "12"}, "description": "Two nights"}
    )
    assert (raised.status, raised.amount, raised.amount_capturable) == ("requires_capture", 1500, 1500)
    assert (raised.metadata.to_dict(), raised.description) == ({"room": "12"}, "Two nights")
    charge = shop.charge(raised)
    assert (charge.id, charge.amount) == (intent.latest_charge, 1500)
    assert shop.holdings(intent)[0]["held"] == 1500

    captured = shop.client.v1.payment_intents.capture(intent.id)
    assert captured.amount_received == 1500
    (held,) = shop.settled_holdings(intent)
    assert (held["held"], held["captured"]) == (0, 1500)
    assert held["attempts"] == {"authorize": 1, "increment": 1, "capture": 1}


def test_capture_above_the_hold_asks_for_more_first(shop: Shop) -> None:
    intent = shop.hold(1000, payment_method_options=INCREMENTAL)
    captured = shop.client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1300})
    assert (captured.status, captured.amount_received) == ("succeeded", 1300)
    (held,) = shop.settled_holdings(intent)
    assert (held["held"], held["captured"]) == (0, 1300)


@pytest.mark.parametrize(
    ("amount", "message"),
    [(1000, "greater than"), (900, "greater than"), (-1, "Invalid non-negative integer"), (10**11, "no more than")],
)
def test_increments_go_up(shop: Shop, amount: int, message: str) -> None:
    intent = shop.hold(1000, payment_method_options=INCREMENTAL)
    with pytest.raises(stripe.InvalidRequestError, match=message) as refused:
        shop.client.v1.payment_intents.increment_authorization(intent.id, {"amount": amount})
    assert refused.value.param == "amount"
    assert shop.holdings(intent)[0]["held"] == 1000


def test_increments_must_be_asked_for(shop: Shop) -> None:
    intent = shop.hold(1000)
    with pytest.raises(stripe.InvalidRequestError, match="does not support incremental authorization") as refused:
        shop.client.v1.payment_intents.increment_authorization(intent.id, {"amount": 1500})
    assert refused.value.code == "payment_intent_unexpected_state"


def test_ten_increments_and_no_more(shop: Shop) -> None:
    intent = shop.hold(1000, payment_method_options=INCREMENTAL)
    for total in range(1100, 2100, 100):
        shop.client.v1.payment_intents.increment_authorization(intent.id, {"amount": total})
    with pytest.raises(stripe.InvalidRequestError, match="maximum of 10"):
        shop.client.v1.payment_intents.increment_authorization(intent.id, {"amount": 2100})
    assert shop.holdings(intent)[0]["held"] == 2000


# More than was held: a tip --------------------------------------------------------------------------------------------

OVERCAPTURE: dict[str, Any] = {"card": {"request_overcapture": "if_available"}}


def in_trade(shop: Shop, category: str) -> Shop:
    """The shop with that merchant category code: 5812 is a restaurant, 5734 sells software."""
    account = shop.client.v1.accounts.retrieve_current()
    shop.client.v1.accounts.update(account.id, {"business_profile": {"mcc": category}})
    return shop


def overcapture(shop: Shop, intent: stripe.PaymentIntent) -> tuple[str, int]:
    details = shop.charge(intent).payment_method_details
    assert details is not None
    assert details.card is not None
    assert details.card.overcapture is not None
    return details.card.overcapture.status, details.card.overcapture.maximum_amount_capturable


@ON_BOTH
def test_a_restaurant_may_add_the_tip_when_it_captures(shop: Shop) -> None:
    """Half as much again at most, or 50.00 more if that is greater; the issuer is not asked again."""
    intent = in_trade(shop, "5812").hold(20_000, payment_method_options=OVERCAPTURE)
    assert overcapture(shop, intent) == ("available", 30_000)
    with pytest.raises(stripe.InvalidRequestError, match="The payment could not be captured") as refused:
        shop.client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 30_001})
    assert refused.value.code == "amount_too_large"

    captured = shop.client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 30_000})
    assert (captured.status, captured.amount_received) == ("succeeded", 30_000)
    charge = shop.charge(captured, "balance_transaction")
    assert charge.amount_captured == 30_000
    assert charge.balance_transaction.amount == 30_000  # type: ignore[union-attr]
    (held,) = shop.settled_holdings(intent)
    assert (held["held"], held["captured"]) == (0, 30_000)
    assert held["attempts"] == {"authorize": 1, "capture": 1}


def test_small_bills_may_get_a_larger_tip(shop: Shop) -> None:
    intent = in_trade(shop, "5812").hold(1000, payment_method_options=OVERCAPTURE)
    assert overcapture(shop, intent) == ("available", 6000)


def test_overcapture_must_be_asked_for_and_belong_to_the_trade(shop: Shop) -> None:
    assert overcapture(shop, in_trade(shop, "5812").hold(1000)) == ("unavailable", 1000)
    software = in_trade(shop, "5734").hold(1000, payment_method_options=OVERCAPTURE)
    assert overcapture(shop, software) == ("unavailable", 1000)


# Time ---------------------------------------------------------------------------------------------------------------


@PRIVATE_ON_BOTH
def test_holds_expire(private_shop: Shop) -> None:
    """Seven days after the authorization the hold is released, a moment before it is not."""
    shop = private_shop
    intent = shop.hold(1000)
    captured = shop.hold(1000)
    shop.client.v1.payment_intents.capture(captured.id)

    shop.advance(seconds=7 * DAY - 60)
    assert shop.client.v1.payment_intents.retrieve(intent.id).status == "requires_capture"
    shop.advance(seconds=60)
    expired = shop.client.v1.payment_intents.retrieve(intent.id)
    assert (expired.status, expired.cancellation_reason) == ("canceled", "automatic")
    assert expired.canceled_at is not None
    assert expired.amount_capturable == 0
    assert 7 * DAY <= expired.canceled_at - expired.created < 7 * DAY + 60
    assert shop.client.v1.payment_intents.retrieve(captured.id).status == "succeeded"
    (held,) = shop.settled_holdings(intent)
    assert (held["held"], held["captured"]) == (0, 0)

    assert shop.events(intent.id, str(intent.latest_charge))[-2:] == ["charge.expired", "payment_intent.canceled"]
    events = shop.client.v1.events.list({"types": ["charge.expired", "payment_intent.canceled"]}).data
    assert [event.request.id for event in events if event.request] == [None, None]

    with pytest.raises(stripe.InvalidRequestError, match="has a status of canceled"):
        shop.client.v1.payment_intents.capture(intent.id)


@PRIVATE_ON_BOTH
def test_holds_of_a_present_card_expire_after_two_days(private_shop: Shop) -> None:
    till = Till(private_shop)
    intent, tonight = till.pay(1000), till.pay(2000)
    assert intent.status == "requires_capture"
    private_shop.advance(seconds=2 * DAY - 60)
    assert till.v1.payment_intents.capture(tonight.id).status == "succeeded"
    private_shop.advance(seconds=60)
    expired = till.intent(intent)
    assert (expired.status, expired.cancellation_reason) == ("canceled", "automatic")
    (held,) = private_shop.settled_holdings(intent)
    assert (held["held"], held["captured"]) == (0, 0)


def test_extended_holds_last_thirty_days(private_shop: Shop) -> None:
    shop = private_shop
    intent = shop.hold(1000, payment_method_options=EXTENDED)
    charge = shop.charge(intent)
    card = charge.payment_method_details.card  # type: ignore[union-attr]
    assert card.extended_authorization.status == "enabled"  # type: ignore[union-attr]
    assert card.capture_before == charge.created + 30 * DAY  # type: ignore[union-attr]

    shop.advance(days=29)
    assert shop.client.v1.payment_intents.retrieve(intent.id).status == "requires_capture"
    shop.advance(days=1)
    assert shop.client.v1.payment_intents.retrieve(intent.id).status == "canceled"


def test_what_is_uncaptured_can_be_found_and_settled(shop: Shop) -> None:
    """The guide's reconciliation: whatever still requires a capture is captured or canceled."""
    sold, forgotten, done = shop.hold(1000), shop.hold(2000), shop.pay(3000)
    intents = shop.client.v1.payment_intents
    uncaptured = {each.id for each in intents.list() if each.status == "requires_capture"}
    assert uncaptured == {sold.id, forgotten.id}
    found = intents.search({"query": 'status:"requires_capture"'})
    assert {each.id for each in found} == uncaptured

    intents.capture(sold.id)
    intents.cancel(forgotten.id)
    assert {each.status for each in intents.list()} == {"succeeded", "canceled"}
    assert intents.retrieve(done.id).status == "succeeded"
