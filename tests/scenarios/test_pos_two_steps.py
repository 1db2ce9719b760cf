"""Saving a card and giving money back in two steps: the card is read, held for a while, and then used."""

from typing import Any

import pytest
from tests.scenarios.page import CART
from tests.scenarios.shop import ON_BOTH, PRIVATE_ON_BOTH, Shop
from tests.scenarios.test_pos_commands import Counter, named
from tests.scenarios.till import CANADA, INTERAC, SUCCEEDED

DECLINED = "4000000000000002"
HELD_S = 30 * 60  # at a simulated reader


def collecting(counter: Counter) -> Any:
    """A SetupIntent for which the reader waits for a card."""
    intent = counter.v1.setup_intents.create({"allowed_payment_method_types": ["card_present"]})
    begun = counter.do("collect_setup_intent_payment_method", named(intent) | {"allow_redisplay": "always"})
    assert begun["phase"] == "waiting"
    return intent


def status(counter: Counter, intent: Any) -> str:
    seen = counter.v1.setup_intents.retrieve(intent.id)
    assert (seen.payment_method is None) == (seen.status == "requires_payment_method")
    return seen.status


# Cards to save --------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_a_card_is_collected_and_saved(shop: Shop) -> None:
    counter = Counter(shop)
    intent = collecting(counter)
    held = counter.tap()
    assert held["phase"] == "collected"
    assert held["payment_method"]["card_present"]["last4"] == "4242"
    assert held["reader"]["action"]["status"] == "in_progress"  # nothing is saved yet
    assert counter.page.get(f"payment_methods/{held['payment_method']['id']}")["type"] == "card_present"
    assert status(counter, intent) == "requires_confirmation"
    done = counter.do("confirm_setup_intent", named(intent), "confirm")
    made = done["reader"]["action"]["process_setup_intent"]["generated_card"]
    assert (done["phase"], done["payment_method"], made[:3]) == ("succeeded", None, "pm_")
    assert counter.do("confirm_setup_intent", named(intent), "confirm") == done
    assert counter.do("confirm_setup_intent", named(intent)) == "intent_invalid_state"
    assert status(counter, intent) == "succeeded"
    assert shop.events(counter.reader.id) == [SUCCEEDED]


@ON_BOTH
def test_a_card_that_cannot_be_saved(shop: Shop) -> None:
    counter = Counter(shop)
    intent = collecting(counter)
    counter.tap(DECLINED)
    failed = counter.do("confirm_setup_intent", named(intent))
    assert (failed["phase"], failed["reader"]["action"]["status"]) == ("failed", "failed")
    assert status(counter, intent) == "requires_payment_method"
    again = named(intent) | {"allow_redisplay": "limited"}
    counter.do("collect_setup_intent_payment_method", again)
    counter.tap()
    assert counter.do("confirm_setup_intent", named(intent))["phase"] == "succeeded"


@PRIVATE_ON_BOTH
def test_a_card_of_which_nobody_heard_is_collected_again(private_shop: Shop) -> None:
    counter = Counter(private_shop)
    intent = collecting(counter)
    counter.tap()
    private_shop.fault("not_sent", "authorize")
    failed = counter.do("confirm_setup_intent", named(intent))
    assert (failed["phase"], failed["reader"]["action"]["failure_code"]) == ("failed", "connection_error")
    assert status(counter, intent) == "requires_confirmation"
    counter.do("collect_setup_intent_payment_method", named(intent) | {"allow_redisplay": "always"})
    counter.tap()
    assert counter.do("confirm_setup_intent", named(intent))["phase"] == "succeeded"


@PRIVATE_ON_BOTH
def test_a_card_that_nobody_confirms_is_let_go(private_shop: Shop) -> None:
    counter = Counter(private_shop)
    intent = collecting(counter)
    counter.tap()
    private_shop.advance(seconds=HELD_S - 10)
    assert counter.page.phase(counter.reader.id) == "collected"
    private_shop.advance(seconds=10)
    seen = counter.page.get(f"readers/{counter.reader.id}")
    assert (seen["phase"], seen["payment_method"], seen["reader"]["action"]) == ("idle", None, None)
    assert status(counter, intent) == "requires_payment_method"
    assert counter.do("confirm_setup_intent", named(intent)) == "intent_invalid_state"


@ON_BOTH
@pytest.mark.parametrize("way", ["canceled", "replaced", "collected anew", "disconnected", "deleted"])
def test_a_card_that_is_given_up(shop: Shop, way: str) -> None:
    counter = Counter(shop)
    intent = collecting(counter)
    counter.tap()
    assert status(counter, intent) == "requires_confirmation"
    match way:
        case "canceled":
            counter.do("cancel_action")
        case "replaced":
            counter.do("set_reader_display", CART)
        case "collected anew":
            again = counter.do("collect_setup_intent_payment_method", named(intent) | {"allow_redisplay": "always"})
            assert again["phase"] == "waiting"
        case "disconnected":
            counter.do("disconnect")
        case _:
            counter.readers.delete(counter.reader.id)
    assert status(counter, intent) == "requires_payment_method"


def test_what_is_held_is_for_one_intent(shop: Shop) -> None:
    counter = Counter(shop)
    intent, other = (
        collecting(counter),
        counter.v1.setup_intents.create({"allowed_payment_method_types": ["card_present"]}),
    )
    assert counter.do("confirm_setup_intent", named(intent)) == "intent_invalid_state"  # nothing was read yet
    counter.tap()
    assert counter.do("confirm_setup_intent", named(other)) == "intent_invalid_state"
    assert counter.do("process_refund") == "intent_invalid_state"
    wrong = {"setup_intent": intent.id, "client_secret": other.client_secret}
    assert counter.do("confirm_setup_intent", wrong) == "setup_intent_invalid_parameter"
    assert counter.do("collect_setup_intent_payment_method", wrong | {"allow_redisplay": "always"}) == (
        "setup_intent_invalid_parameter"
    )
    counter.v1.setup_intents.cancel(intent.id)
    done = counter.do("confirm_setup_intent", named(intent))
    assert done["phase"] == "failed"
    assert done["reader"]["action"]["failure_code"] == "setup_intent_unexpected_state"


def test_no_card_is_keyed_in_to_be_saved(shop: Shop) -> None:
    counter = Counter(shop)
    intent = counter.v1.setup_intents.create({"allowed_payment_method_types": ["card_present"]})
    asked = named(intent) | {"allow_redisplay": "always", "moto": True}
    answer = counter.page.ask("POST", f"readers/{counter.reader.id}/collect_setup_intent_payment_method", asked)
    assert (answer.status, answer.error["param"]) == (400, "moto")


# Money back -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def canada(shop: Shop) -> Counter:
    return Counter(shop, "simulated-wpe", CANADA)


def interac(counter: Counter, number: str = INTERAC) -> Any:
    return counter.do("present_payment_method", {"interac_present": {"number": number}})


def paid(counter: Counter) -> str:
    intent = counter.sale(1000, "interac_present", currency="cad", capture_method="automatic")
    counter.do("process_payment_intent", named(intent))
    interac(counter)
    return str(counter.intent(intent).latest_charge)


@ON_BOTH
def test_money_is_given_back_in_two_steps(shop: Shop) -> None:
    counter = Counter(shop, "simulated-wpe", CANADA)
    charge = paid(counter)
    asked = {"charge": charge, "amount": 400, "currency": "cad"}
    assert counter.do("collect_refund_payment_method", asked)["phase"] == "waiting"
    held = interac(counter)
    assert (held["phase"], held["payment_method"]) == ("collected", None)
    assert counter.v1.charges.retrieve(charge).amount_refunded == 0
    done = counter.do("process_refund", None, "refund")
    assert counter.do("process_refund", None, "refund") == done
    assert done["phase"] == "succeeded"
    made = counter.page.get(f"refunds/{done['reader']['action']['refund_payment']['refund']}")
    assert (made["amount"], made["charge"], made["status"]) == (400, charge, "succeeded")
    assert counter.do("process_refund") == "intent_invalid_state"
    assert counter.v1.charges.retrieve(charge).amount_refunded == 400


def test_a_refund_that_is_not_made(canada: Counter) -> None:
    charge = paid(canada)
    asked = {"charge": charge, "amount": 400, "currency": "cad"}
    for wrong in ({"amount": 2000}, {"currency": "usd"}, {"charge": "ch_none"}, {"amount": 0}):
        answer = canada.page.ask(
            "POST", f"readers/{canada.reader.id}/collect_refund_payment_method", {**asked, **wrong}
        )
        assert (answer.status, answer.error["param"]) == (400, *wrong)
    canada.do("collect_refund_payment_method", asked)
    interac(canada)
    assert canada.do("cancel_action")["phase"] == "idle"
    assert canada.do("process_refund") == "intent_invalid_state"
    assert canada.v1.charges.retrieve(charge).amount_refunded == 0
