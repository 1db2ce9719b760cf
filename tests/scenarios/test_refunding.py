"""Refunds: money given back in full or in part, never more than was taken, and some that fail later."""

from typing import Any

import pytest
import stripe
from tests.scenarios.shop import ON_BOTH, PRIVATE_ON_BOTH, Shop


def refund(shop: Shop, intent: stripe.PaymentIntent, **params: Any) -> stripe.Refund:
    return shop.client.v1.refunds.create({"payment_intent": intent.id} | params)  # type: ignore[arg-type]


def captured_and_refunded(shop: Shop, intent: stripe.PaymentIntent) -> tuple[int, int]:
    (held,) = shop.settled_holdings(intent)
    return held["captured"], held["refunded"]


@ON_BOTH
def test_refund_of_everything(shop: Shop) -> None:
    intent = shop.pay(1000, description="T-shirt")
    made = refund(shop, intent, reason="requested_by_customer", metadata={"case": "7"})
    assert (made.status, made.amount, made.currency) == ("succeeded", 1000, "usd")
    assert (made.charge, made.payment_intent) == (intent.latest_charge, intent.id)
    assert (made.reason, made.metadata.to_dict()) == ("requested_by_customer", {"case": "7"})  # type: ignore[union-attr]
    charge = shop.charge(intent, "refunds")
    assert (charge.refunded, charge.amount_refunded) == (True, 1000)
    assert charge.refunds is not None
    assert [each.id for each in charge.refunds.data] == [made.id]
    assert captured_and_refunded(shop, intent) == (1000, 1000)

    moved = shop.client.v1.refunds.retrieve(made.id, {"expand": ["balance_transaction"]}).balance_transaction
    assert isinstance(moved, stripe.BalanceTransaction)
    assert (moved.amount, moved.fee, moved.net, moved.type) == (-1000, 0, -1000, "refund")
    assert moved.description == "REFUND FOR CHARGE (T-shirt)"
    assert shop.balance_change() == -59  # the fee of the payment is not returned
    assert shop.events(made.id, str(intent.latest_charge))[-2:] == ["refund.created", "charge.refunded"]


@ON_BOTH
def test_refunds_of_parts(shop: Shop) -> None:
    intent = shop.pay(1000)
    first, second = refund(shop, intent, amount=300), refund(shop, intent, amount=200)
    charge = shop.charge(intent)
    assert (charge.refunded, charge.amount_refunded) == (False, 500)

    with pytest.raises(stripe.InvalidRequestError) as refused:
        refund(shop, intent, amount=501)
    assert (refused.value.http_status, refused.value.param) == (400, "amount")
    assert refused.value.user_message == "Refund amount ($5.01) is greater than unrefunded amount on charge ($5.00)"

    rest = refund(shop, intent)
    assert rest.amount == 500
    assert shop.charge(intent).refunded is True
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refund(shop, intent)
    assert refused.value.code == "charge_already_refunded"
    assert refused.value.user_message == f"Charge {intent.latest_charge} has already been refunded."
    assert captured_and_refunded(shop, intent) == (1000, 1000)

    listed = shop.client.v1.refunds.list({"payment_intent": intent.id})
    assert [each.id for each in listed] == [rest.id, second.id, first.id]
    assert isinstance(intent.latest_charge, str)
    assert len(shop.client.v1.refunds.list({"charge": intent.latest_charge, "limit": 2}).data) == 2


@pytest.mark.parametrize(
    ("amount", "param", "message"),
    [
        (1001, "amount", "Refund amount ($10.01) is greater than charge amount ($10.00)"),
        (10**15, "amount", "Refund amount ($10,000,000,000,000.00) is greater than charge amount ($10.00)"),
        (0, "amount", "This value must be greater than or equal to 1."),
        (-1, "amount", "Invalid non-negative integer"),
        ("half", "amount", "Invalid integer: half"),
    ],
)
def test_amounts_that_cannot_be_refunded(shop: Shop, amount: Any, param: str, message: str) -> None:
    intent = shop.pay(1000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refund(shop, intent, amount=amount)
    assert (refused.value.param, refused.value.user_message) == (param, message)
    assert captured_and_refunded(shop, intent) == (1000, 0)


def test_what_cannot_be_refunded(shop: Shop) -> None:
    create = shop.client.v1.refunds.create
    held = shop.hold(1000)
    with pytest.raises(stripe.InvalidRequestError, match="Cancel its PaymentIntent instead") as refused:
        refund(shop, held)
    assert refused.value.code == "charge_not_refundable"

    with pytest.raises(stripe.CardError) as declined:
        shop.pay(card="pm_card_chargeDeclined")
    failed = declined.value.error
    assert failed is not None
    assert failed.payment_intent is not None
    assert failed.charge is not None
    for params in ({"payment_intent": failed.payment_intent.id}, {"charge": failed.charge}):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            create(params)  # type: ignore[arg-type]
        assert refused.value.http_status == 400

    with pytest.raises(stripe.InvalidRequestError, match="should be provided") as refused:
        create({})
    for params, missing in (({"charge": "ch_unknown"}, "charge"), ({"payment_intent": "pi_unknown"}, "payment_intent")):
        with pytest.raises(stripe.InvalidRequestError, match="No such") as refused:
            create(params)  # type: ignore[arg-type]
        assert (refused.value.http_status, refused.value.param) == (400, missing)
    with pytest.raises(stripe.InvalidRequestError, match="does not belong to"):
        create({"charge": str(shop.pay().latest_charge), "payment_intent": held.id})


def test_a_partial_capture_is_refunded_as_far_as_it_went(shop: Shop) -> None:
    intent = shop.hold(1000)
    shop.client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 600})
    with pytest.raises(stripe.InvalidRequestError, match=r"\(\$6\.01\) is greater than charge amount \(\$6\.00\)"):
        refund(shop, intent, amount=601)
    assert refund(shop, intent).amount == 600
    assert captured_and_refunded(shop, intent) == (600, 600)


def test_notes_on_a_refund(shop: Shop) -> None:
    made = refund(shop, shop.pay())
    changed = shop.client.v1.refunds.update(made.id, {"metadata": {"case": "7"}})
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {"case": "7"}
    assert shop.events(made.id)[-1] in ("refund.updated", "charge.refund.updated")
    with pytest.raises(stripe.InvalidRequestError, match="You cannot cancel this refund"):
        shop.client.v1.refunds.cancel(made.id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.refunds.retrieve("re_unknown")
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


@PRIVATE_ON_BOTH
def test_a_refund_that_fails_later(private_shop: Shop) -> None:
    """The card takes it back: the charge is not refunded any more, and the money is the shop's again."""
    shop = private_shop
    intent = shop.pay(1000, card="pm_card_refundFail")
    made = refund(shop, intent)
    assert made.status == "succeeded"
    assert shop.balance_change() == -59

    shop.advance(seconds=60)
    failed = shop.client.v1.refunds.retrieve(made.id, {"expand": ["failure_balance_transaction"]})
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    back = failed.failure_balance_transaction
    assert isinstance(back, stripe.BalanceTransaction)
    assert (back.amount, back.net, back.type) == (1000, 1000, "refund_failure")
    charge = shop.charge(intent)
    assert (charge.refunded, charge.amount_refunded) == (False, 0)
    assert shop.balance_change() == 941
    assert captured_and_refunded(shop, intent) == (1000, 0)
    assert set(shop.events(made.id)[-3:]) == {"refund.failed", "refund.updated", "charge.refund.updated"}


@PRIVATE_ON_BOTH
def test_a_refund_that_takes_its_time(private_shop: Shop) -> None:
    shop = private_shop
    intent = shop.pay(1000, card="pm_card_pendingRefund")
    made = refund(shop, intent)
    assert (made.status, made.pending_reason, made.balance_transaction) == ("pending", "processing", None)
    assert shop.charge(intent).amount_refunded == 1000
    with pytest.raises(stripe.InvalidRequestError, match="has already been refunded"):
        refund(shop, intent)

    shop.advance(seconds=60)
    done = shop.client.v1.refunds.retrieve(made.id)
    assert done.status == "succeeded"
    assert done.balance_transaction is not None
    assert shop.balance_change() == -59
    assert captured_and_refunded(shop, intent) == (1000, 1000)
    assert "refund.updated" in shop.events(made.id)


@PRIVATE_ON_BOTH
@pytest.mark.parametrize("kind", ["timeout", "lost_answer", "not_sent"])
def test_a_refund_without_an_answer_is_repeated(private_shop: Shop, kind: str) -> None:
    """It stays pending until the acquirer has answered; it arrives once."""
    shop = private_shop
    intent = shop.pay(1000)
    shop.advance()
    shop.fault(kind, "refund")
    made = refund(shop, intent, amount=400)
    assert made.status == "pending"
    shop.advance(seconds=120)
    assert shop.client.v1.refunds.retrieve(made.id).status == "succeeded"
    assert captured_and_refunded(shop, intent) == (1000, 400)
    assert shop.charge(intent).amount_refunded == 400
