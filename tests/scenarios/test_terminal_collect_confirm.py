"""Payments in two steps: the card is collected, looked at, and charged when the till says so."""

from typing import Any

import pytest
import stripe
from tests.scenarios.shop import ON_BOTH, Shop
from tests.scenarios.till import FAILED, SUCCEEDED, UPDATED, VISA, Till, ended

MASTERCARD = "5555555555554444"
DECLINED = "4000000000000002"
SCA_RETRY = "4000008260000075"
HELD_S = 30 * 60

CART: Any = {
    "currency": "usd",
    "line_items": [{"amount": 1000, "description": "Tea", "quantity": 1}],
    "total": 1000,
}


@ON_BOTH
def test_collect_look_confirm(shop: Shop) -> None:
    till = Till(shop)
    intent = till.sale()
    assert ended(till.collect(intent)) == ("in_progress", None)
    collected = till.present(MASTERCARD)
    assert ended(collected) == ("succeeded", None)
    assert collected.action is not None
    action: Any = collected.action.collect_payment_method
    assert action.payment_method.card_present.brand == "mastercard"
    waiting = till.intent(intent)
    assert (waiting.status, waiting.payment_method) == ("requires_confirmation", action.payment_method.id)
    assert shop.holdings(intent) == []

    confirmed = till.confirm(intent)  # at once: there is nothing more to present
    assert confirmed.action is not None
    assert (confirmed.action.type, ended(confirmed)) == ("confirm_payment_intent", ("succeeded", None))
    held = till.intent(intent)
    assert (held.status, held.payment_method) == ("requires_capture", waiting.payment_method)
    assert till.read(held).brand == "mastercard"
    assert shop.events(intent.id, till.reader.id) == [
        "payment_intent.created",
        UPDATED,
        "payment_intent.amount_capturable_updated",
        SUCCEEDED,
    ]


def test_presenting_the_card_again_for_the_confirmation_changes_nothing(shop: Shop) -> None:
    till = Till(shop)
    intent = till.sale()
    till.collect(intent)
    till.present(VISA)
    confirmed = till.confirm(intent)
    assert till.present().to_dict() == confirmed.to_dict()
    assert till.present(VISA).to_dict() == confirmed.to_dict()
    with pytest.raises(stripe.InvalidRequestError, match="not waiting for a payment method"):
        till.present(MASTERCARD)
    assert len(shop.holdings(intent)) == 1


def test_a_decline_at_the_confirmation_and_another_card(shop: Shop) -> None:
    till = Till(shop)
    intent = till.sale()
    till.collect(intent)
    till.present(DECLINED)
    assert ended(till.confirm(intent)) == ("failed", "card_declined")
    declined = till.intent(intent)
    assert (declined.status, declined.payment_method) == ("requires_payment_method", None)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        till.confirm(intent)
    assert refused.value.code == "intent_invalid_state"
    till.collect(intent)
    till.present()
    assert ended(till.confirm(intent)) == ("succeeded", None)
    assert shop.events(till.reader.id) == [UPDATED, FAILED, UPDATED, SUCCEEDED]


def test_a_tap_that_is_refused_at_the_confirmation(shop: Shop) -> None:
    till = Till(shop)
    intent = till.sale()
    till.collect(intent)
    till.present(SCA_RETRY)
    assert ended(till.confirm(intent)) == ("succeeded", None)
    second, first = shop.client.v1.charges.list({"payment_intent": intent.id}).data
    assert (first.failure_code, second.status) == ("offline_pin_required", "succeeded")
    assert till.read(intent).read_method == "contact_emv"


def test_a_confirmation_without_a_collected_card(shop: Shop) -> None:
    till = Till(shop)
    collected, other = till.sale(), till.sale()
    for intent in (collected, other):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            till.confirm(intent)
        assert refused.value.code == "intent_invalid_state"
    till.collect(collected)
    with pytest.raises(stripe.InvalidRequestError):
        till.confirm(collected)
    till.present()
    with pytest.raises(stripe.InvalidRequestError):
        till.confirm(other)
    assert ended(till.confirm(collected)) == ("succeeded", None)


@pytest.mark.parametrize("given_up_by", ["cancel", "cart", "collect again", "process", "deletion"])
def test_a_collected_card_that_is_given_up_frees_the_payment(shop: Shop, given_up_by: str) -> None:
    till = Till(shop)
    intent = till.sale()
    till.collect(intent)
    till.present()
    assert till.intent(intent).status == "requires_confirmation"
    match given_up_by:
        case "cancel":
            till.readers.cancel_action(till.reader.id)
        case "cart":
            till.readers.set_reader_display(till.reader.id, {"type": "cart", "cart": CART})
        case "collect again":
            till.collect(intent)
        case "process":
            till.process(intent)
        case _:
            till.readers.delete(till.reader.id)
    free = till.intent(intent)
    assert (free.status, free.payment_method) == ("requires_payment_method", None)


def test_a_payment_that_changed_after_its_card_was_collected(shop: Shop) -> None:
    till = Till(shop)
    intent = till.sale()
    till.collect(intent)
    till.present()
    shop.client.v1.payment_intents.cancel(intent.id)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        till.confirm(intent)
    assert refused.value.code == "intent_invalid_state"

    edited = till.sale()
    till.collect(edited)
    till.present()
    shop.client.v1.payment_intents.update(edited.id, {"amount": 1500})
    till.confirm(edited)
    assert till.intent(edited).amount_capturable == 1500


def test_a_collection_for_a_payment_that_was_paid_meanwhile(shop: Shop) -> None:
    here, there = Till(shop), Till(shop)
    intent = here.sale()
    here.collect(intent)
    there.process(intent)
    there.present()
    assert ended(here.present()) == ("failed", "intent_invalid_state")
    assert shop.events(here.reader.id) == [FAILED]


def test_a_card_is_held_for_half_an_hour(private_shop: Shop) -> None:
    till = Till(private_shop)
    early, late = till.sale(), till.sale()
    till.collect(early)
    till.present()
    private_shop.advance(seconds=HELD_S - 60)
    assert ended(till.confirm(early)) == ("succeeded", None)

    till.collect(late)
    till.present()
    private_shop.advance(seconds=HELD_S)
    lapsed = till.intent(late)
    assert (lapsed.status, lapsed.payment_method) == ("requires_payment_method", None)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        till.confirm(late)
    assert refused.value.code == "intent_invalid_state"
    assert till.now().action is not None  # what was collected is still told
