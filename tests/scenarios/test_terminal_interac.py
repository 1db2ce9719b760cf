"""Interac in Canada: paid and refunded with the card, never held (regional considerations, Canada)."""

from typing import Any

import pytest
import stripe
from tests.scenarios.shop import ON_BOTH, Shop
from tests.scenarios.till import CANADA, FAILED, INTERAC, SUCCEEDED, VISA, Till, ended

BOTH = ("card_present", "interac_present")


def paid(till: Till, amount: int = 1000) -> stripe.PaymentIntent:
    """An Interac payment."""
    intent = till.sale(amount, *BOTH, currency="cad", capture_method="automatic")
    till.process(intent)
    assert ended(till.present(INTERAC)) == ("succeeded", None)
    return till.intent(intent)


def refund(till: Till, **params: Any) -> stripe.terminal.Reader:
    return till.readers.refund_payment(till.reader.id, params)  # type: ignore[arg-type]


@ON_BOTH
def test_an_interac_payment_and_its_refund_with_the_card(shop: Shop) -> None:
    till = Till(shop, address=CANADA)
    intent = paid(till)
    assert (intent.status, intent.amount_received) == ("succeeded", 1000)
    charge = shop.charge(intent)
    details: Any = charge.payment_method_details
    assert details.type == "interac_present"
    assert (details.interac_present.network, details.interac_present.receipt.account_type) == ("interac", "checking")

    with pytest.raises(stripe.InvalidRequestError, match="in person"):
        shop.client.v1.refunds.create({"charge": charge.id})
    begun = refund(till, charge=charge.id, amount=400, metadata={"why": "cold"})
    assert begun.action is not None
    assert begun.action.refund_payment is not None
    assert begun.action.refund_payment.to_dict() == {
        "amount": 400,
        "charge": charge.id,
        "metadata": {"why": "cold"},
        "payment_intent": intent.id,
    }
    done = till.present(expand=["action.refund_payment.refund"])
    assert ended(done) == ("succeeded", None)
    assert done.action is not None
    made: Any = done.action.refund_payment
    assert (made.refund.status, made.refund.amount, made.refund.metadata.to_dict()) == (
        "succeeded",
        400,
        {"why": "cold"},
    )
    (holding,) = shop.settled_holdings(intent)
    assert (holding["captured"], holding["refunded"]) == (1000, 400)

    refund(till, payment_intent=intent.id)  # the rest
    assert ended(till.present(INTERAC)) == ("succeeded", None)
    assert shop.charge(intent).refunded
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refund(till, payment_intent=intent.id)
    assert refused.value.code == "charge_already_refunded"
    assert shop.events(till.reader.id) == [SUCCEEDED] * 3


def test_the_card_that_paid_gets_the_money_back(shop: Shop) -> None:
    till = Till(shop, address=CANADA)
    intent = paid(till)
    refund(till, payment_intent=intent.id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        till.present(VISA)
    assert refused.value.param == "type"
    assert ended(till.now()) == ("in_progress", None)
    assert ended(till.present()) == ("succeeded", None)


# Partial refunds whose amount ends so are declined (guide "Testing").
@pytest.mark.parametrize("amount", [101, 105, 155, 165, 175])
def test_a_refund_that_is_declined(shop: Shop, amount: int) -> None:
    till = Till(shop, address=CANADA)
    intent = paid(till)
    refund(till, payment_intent=intent.id, amount=amount)
    assert ended(till.present()) == ("failed", "card_declined")
    assert shop.charge(intent).amount_refunded == 0
    assert shop.events(till.reader.id) == [SUCCEEDED, FAILED]
    refund(till, payment_intent=intent.id, amount=100)
    assert ended(till.present()) == ("succeeded", None)


def test_what_is_not_refunded_in_person(shop: Shop) -> None:
    till = Till(shop, address=CANADA)
    visa = till.pay(capture_method="automatic")
    with pytest.raises(stripe.InvalidRequestError, match="Only Interac payments"):
        refund(till, payment_intent=visa.id)
    with pytest.raises(stripe.InvalidRequestError, match="payment_intent or charge"):
        refund(till)
    interac = paid(till)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        refund(till, payment_intent=interac.id, amount=1001)
    assert refused.value.param == "amount"


def test_interac_is_never_held(shop: Shop) -> None:
    till = Till(shop, address=CANADA)
    intent = till.sale(1000, *BOTH, currency="cad", capture_method="manual")
    till.process(intent)
    assert ended(till.present(INTERAC)) == ("failed", "card_declined")
    till.process(intent)
    assert ended(till.present(VISA)) == ("succeeded", None)
    assert till.intent(intent).status == "requires_capture"

    options = {"card_present": {"capture_method": "manual_preferred"}}
    preferred = till.sale(1000, *BOTH, currency="cad", capture_method="automatic", payment_method_options=options)
    till.process(preferred)
    till.present(INTERAC)
    assert till.intent(preferred).status == "succeeded"


def test_the_usual_card_of_a_payment_that_takes_interac_alone(shop: Shop) -> None:
    till = Till(shop, address=CANADA)
    intent = till.sale(1000, "interac_present", currency="cad", capture_method="automatic")
    till.process(intent)
    till.present()
    details = shop.charge(till.intent(intent)).payment_method_details
    assert details is not None
    assert details.type == "interac_present"


def test_a_refund_whose_answer_is_lost_is_repeated_until_there_is_one(private_shop: Shop) -> None:
    shop = private_shop
    till = Till(shop, address=CANADA)
    intent = paid(till)
    shop.settled_holdings(intent)
    refund(till, payment_intent=intent.id)
    shop.fault("lost_answer", "refund")
    assert ended(till.present()) == ("in_progress", None)
    with pytest.raises(stripe.InvalidRequestError) as busy:
        till.readers.cancel_action(till.reader.id)
    assert busy.value.code == "terminal_reader_busy"
    with pytest.raises(stripe.InvalidRequestError) as busy:
        till.readers.delete(till.reader.id)
    assert busy.value.code == "terminal_reader_busy"
    shop.advance(seconds=60)
    assert ended(till.now()) == ("succeeded", None)
    (holding,) = shop.settled_holdings(intent)
    assert holding["refunded"] == 1000
