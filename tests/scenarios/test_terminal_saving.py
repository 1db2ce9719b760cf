"""A card presented at the counter is saved, and charged later without it (guide "Save payment details")."""

from typing import Any

import pytest
import stripe
from tests.scenarios.shop import ON_BOTH, Shop
from tests.scenarios.till import SUCCEEDED, Till, ended

GIROCARD = "4711009900000316877"
DECLINED = "4000000000000002"


@ON_BOTH
def test_saving_the_card_of_a_payment(shop: Shop) -> None:
    till = Till(shop)
    customer = shop.client.v1.customers.create({"name": "Jenny"})
    intent = till.sale(setup_future_usage="off_session", customer=customer.id)
    till.process(intent, allow_redisplay="always")
    assert ended(till.present()) == ("succeeded", None)
    held = till.intent(intent)
    saved = shop.client.v1.payment_methods.retrieve(till.read(held).generated_card)
    assert (saved.type, saved.customer, saved.allow_redisplay) == ("card", customer.id, "always")
    card: Any = saved.card
    assert (card.brand, card.last4, card.fingerprint) == ("visa", "4242", till.read(held).fingerprint)
    assert card.generated_from.charge == held.latest_charge
    assert card.generated_from.payment_method_details.type == "card_present"
    assert shop.events(intent.id, saved.id, till.reader.id) == [
        "payment_intent.created",
        "payment_method.attached",
        "payment_intent.amount_capturable_updated",
        SUCCEEDED,
    ]
    later = shop.pay(500, card=saved.id, customer=customer.id, off_session=True)
    assert later.status == "succeeded"


def test_a_card_that_is_saved_without_a_customer_can_be_attached_later(shop: Shop) -> None:
    till = Till(shop)
    intent = till.sale(setup_future_usage="on_session")
    till.process(intent, allow_redisplay="limited")
    till.present()
    saved = shop.client.v1.payment_methods.retrieve(till.read(till.intent(intent)).generated_card)
    assert (saved.customer, saved.allow_redisplay) == (None, "limited")
    customer = shop.client.v1.customers.create()
    attached = shop.client.v1.payment_methods.attach(saved.id, {"customer": customer.id})
    assert attached.customer == customer.id


def test_the_customer_must_have_agreed(shop: Shop) -> None:
    till = Till(shop)
    intent = till.sale(setup_future_usage="off_session")
    for config in ({}, {"allow_redisplay": "unspecified"}):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            till.process(intent, **config)
        assert refused.value.param == "process_config[allow_redisplay]"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        till.collect(intent)
    assert refused.value.param == "collect_config[allow_redisplay]"


def test_collected_and_confirmed_cards_are_saved_too(shop: Shop) -> None:
    till = Till(shop)
    intent = till.sale(setup_future_usage="off_session")
    till.collect(intent, allow_redisplay="always")
    till.present()
    till.confirm(intent)
    saved = shop.client.v1.payment_methods.retrieve(till.read(till.intent(intent)).generated_card)
    assert saved.allow_redisplay == "always"


def test_what_is_not_saved(shop: Shop) -> None:
    till = Till(shop)
    plain = till.pay()
    assert till.read(plain).generated_card is None
    declined = till.sale(setup_future_usage="off_session")
    till.process(declined, allow_redisplay="always")
    till.present(DECLINED)
    assert till.read(till.intent(declined)).generated_card is None
    domestic = till.sale(setup_future_usage="off_session")
    till.process(domestic, allow_redisplay="always")
    assert ended(till.present(GIROCARD)) == ("succeeded", None)
    assert till.read(till.intent(domestic)).generated_card is None


# Without paying -----------------------------------------------------------------------------------------------------


def setup(shop: Shop, **params: Any) -> stripe.SetupIntent:
    given: Any = {"allowed_payment_method_types": ["card_present"]} | params
    return shop.client.v1.setup_intents.create(given)


def process(till: Till, intent: stripe.SetupIntent, **params: Any) -> stripe.terminal.Reader:
    given: Any = {"setup_intent": intent.id, "allow_redisplay": "always"} | params
    return till.readers.process_setup_intent(till.reader.id, given)


@ON_BOTH
def test_saving_a_card_without_paying(shop: Shop) -> None:
    till = Till(shop)
    customer = shop.client.v1.customers.create()
    intent = setup(shop, customer=customer.id)
    assert ended(process(till, intent)) == ("in_progress", None)
    done = till.present(expand=["action.process_setup_intent.setup_intent"])
    assert ended(done) == ("succeeded", None)
    assert done.action is not None
    action: Any = done.action.process_setup_intent
    assert action.setup_intent.status == "succeeded"
    saved = shop.client.v1.payment_methods.retrieve(action.generated_card)
    assert (saved.type, saved.customer, saved.allow_redisplay) == ("card", customer.id, "always")
    retrieved = shop.client.v1.setup_intents.retrieve(intent.id, {"expand": ["latest_attempt", "payment_method"]})
    attempt: Any = retrieved.latest_attempt
    assert attempt.payment_method_details.card_present.generated_card == saved.id
    assert retrieved.payment_method.type == "card_present"  # type: ignore[union-attr]
    assert shop.events(intent.id, till.reader.id) == ["setup_intent.created", "setup_intent.succeeded", SUCCEEDED]
    later = shop.pay(500, card=saved.id, customer=customer.id, off_session=True)
    assert later.status == "succeeded"


def test_a_card_that_cannot_be_saved(shop: Shop) -> None:
    till = Till(shop)
    intent = setup(shop)
    process(till, intent)
    failed = till.present(DECLINED)
    assert ended(failed)[0] == "failed"
    assert shop.client.v1.setup_intents.retrieve(intent.id).status == "requires_payment_method"
    process(till, intent)
    assert ended(till.present(GIROCARD)) == ("failed", "setup_intent_invalid_parameter")
    process(till, intent)
    assert ended(till.present()) == ("succeeded", None)


def test_setups_that_a_reader_does_not_process(shop: Shop) -> None:
    till = Till(shop)
    online = shop.client.v1.setup_intents.create({"allowed_payment_method_types": ["card"]})
    canceled = setup(shop)
    shop.client.v1.setup_intents.cancel(canceled.id)
    for intent, params, code in (
        (online, {}, "setup_intent_invalid_parameter"),
        (canceled, {}, "intent_invalid_state"),
        (setup(shop), {"allow_redisplay": "unspecified"}, None),
        (setup(shop), {"setup_intent": "seti_unknown"}, "resource_missing"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            process(till, intent, **params)
        assert refused.value.code == code
    with pytest.raises(stripe.InvalidRequestError) as refused:
        till.readers.process_setup_intent(till.reader.id, {"setup_intent": online.id})  # type: ignore[typeddict-item]
    assert (refused.value.code, refused.value.param) == ("parameter_missing", "allow_redisplay")


def test_a_tip_makes_no_sense_where_nothing_is_paid(shop: Shop) -> None:
    till = Till(shop)
    process(till, setup(shop))
    with pytest.raises(stripe.InvalidRequestError) as refused:
        till.present(amount_tip=100)
    assert refused.value.param == "amount_tip"
