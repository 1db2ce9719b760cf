"""Cards whose issuer wants another reading, and PINs (terminal.md 6.1, 6.2, 8.7; card-network.md 3)."""

from typing import Any

import pytest
from tests.services.terminal.counter import Counter

from opentill.link.messages import Canceled
from opentill.link.tasks import Again, Confirmation, Payment
from opentill.requests.params import Params
from opentill.requests.payment_intents import CancelPaymentIntent
from opentill.services import payment_intents
from opentill.services.kinds import CARDS
from opentill.services.terminal import reader_actions

INSERT = Again(how="insert", decline_code="offline_pin_required")
PIN = Again(how="pin", decline_code="online_or_offline_pin_required")


def readings(counter: Counter, intent: str) -> list[tuple[str, str, str | None]]:
    """(status, how it was read, failure code) of each charge of a payment."""
    found: list[tuple[str, str, str | None]] = []
    for charge in counter.charges(intent):
        details: Any = charge.payment_method_details
        found.append((charge.status, details.card_present.read_method, charge.failure_code))
    return found


def test_a_tap_that_is_refused_is_inserted_with_a_pin(counter: Counter) -> None:
    """Two charges: the tap failed, the chip paid."""
    intent = counter.waiting()
    state = counter.tap("offline_pin_sca_retry")
    assert (state.phase, state.again, state.result) == ("waiting", INSERT, None)
    action = counter.shown().action
    assert action is not None
    assert (action.status, action.failure_code) == ("in_progress", None)
    assert counter.payment(intent).status == "requires_payment_method"
    assert counter.state().again == INSERT  # also for a reader that has forgotten
    state = counter.insert("offline_pin_sca_retry", verification="offline_pin")
    assert state.result is not None
    assert (state.phase, state.again, state.result.succeeded) == ("ended", None, True)
    assert counter.payment(intent).status == "requires_capture"
    assert readings(counter, intent) == [
        ("failed", "contactless_emv", "offline_pin_required"),
        ("succeeded", "contact_emv", None),
    ]


def test_a_tap_that_is_refused_is_repeated_with_a_pin(counter: Counter) -> None:
    intent = counter.waiting()
    assert counter.tap("online_pin_sca_retry").again == PIN
    state = counter.tap("online_pin_sca_retry", verification="online_pin", pin="1234")
    assert state.result is not None
    assert state.result.succeeded
    assert readings(counter, intent) == [
        ("failed", "contactless_emv", "online_or_offline_pin_required"),
        ("succeeded", "contactless_emv", None),
    ]


def test_a_card_that_is_verified_needs_no_second_reading(till: Counter) -> None:
    intent = till.waiting()
    till.insert("offline_pin_sca_retry", verification="offline_pin")
    assert [status for status, *_ in readings(till, intent)] == ["succeeded"]


def test_the_second_reading_is_the_last(till: Counter) -> None:
    """A reader that cannot do what the issuer wants does not ask for ever."""
    intent = till.waiting()
    assert till.tap("offline_pin_sca_retry").again == INSERT
    state = till.tap("offline_pin_sca_retry")
    assert state.result is not None
    assert (state.phase, state.result.decline_code) == ("ended", "offline_pin_required")
    assert [code for *_, code in readings(till, intent)] == ["offline_pin_required"] * 2


@pytest.mark.parametrize(("total", "again", "pin"), [(1002, INSERT, "1234"), (1003, PIN, "9876")])
def test_amounts_that_ask_for_a_pin(till: Counter, total: int, again: Again, pin: str) -> None:
    """03 takes any PIN, 02 that of the card."""
    intent = till.waiting(total)
    assert till.tap(total=total).again == again
    state = till.tap(total=total, verification="online_pin", pin=pin)
    assert state.result is not None
    assert state.result.succeeded
    assert till.payment(intent).status == "requires_capture"


def test_the_customer_may_cancel_instead(till: Counter) -> None:
    intent = till.intent()
    till.process(intent, enable_customer_cancellation="true")
    till.tap("offline_pin_sca_retry")
    state = till.report(Canceled())
    assert state.result is not None
    assert state.result.code == "customer_canceled"


def test_the_merchant_may_cancel_instead(till: Counter) -> None:
    till.waiting()
    till.tap("offline_pin_sca_retry")
    assert till.act(reader_actions.cancel_action, Params).action is None
    assert till.state().phase == "idle"


def test_a_confirmation_that_wants_another_reading(till: Counter) -> None:
    """The tip was given with the first reading, and is in the amount of the second."""
    intent = till.intent()
    till.collect(intent)
    till.tap("offline_pin_sca_retry", total=1100, tip=100)
    action = till.confirm(intent).action
    assert action is not None
    assert (action.type, action.status) == ("confirm_payment_intent", "in_progress")
    assert till.readers.commands[-1].task == Confirmation(amount=1100, currency="usd")
    state = till.state()
    assert (state.phase, state.again) == ("waiting", INSERT)
    assert isinstance(state.task, Payment)
    assert (state.task.amount, state.task.tips, state.task.collects) == (1100, None, False)
    state = till.insert("offline_pin_sca_retry", total=1100, verification="offline_pin")
    assert state.result is not None
    assert state.result.succeeded
    assert till.payment(intent).amount_capturable == 1100


# PINs -------------------------------------------------------------------------------------------------------------


def test_the_issuer_checks_the_pin(counter: Counter) -> None:
    intent = counter.waiting()
    state = counter.tap("online_pin_cvm", verification="online_pin", pin="4321")
    assert state.result is not None
    assert (state.phase, state.result.decline_code) == ("ended", "incorrect_pin")
    counter.process(intent)
    state = counter.tap("online_pin_cvm", verification="online_pin", pin="1234")
    assert state.result is not None
    assert state.result.succeeded


def test_the_third_wrong_pin_in_a_row_is_one_too_many(till: Counter) -> None:
    intent = till.intent()
    answers: list[str | None] = []
    for pin in ("1111", "1234", "1111", "2222", "3333", "4444"):
        till.process(intent if answers.count(None) == 0 else till.intent())
        state = till.tap("online_pin_cvm", verification="online_pin", pin=pin)
        assert state.result is not None
        answers.append(state.result.decline_code)
    assert answers == ["incorrect_pin", None, "incorrect_pin", "incorrect_pin", "pin_try_exceeded", "incorrect_pin"]


def test_a_pin_that_is_claimed_and_not_sent(till: Counter) -> None:
    till.waiting()
    assert till.tap("online_pin_sca_retry", verification="online_pin").again == PIN


@pytest.mark.parametrize("card", ["visa", "charge_declined"])
def test_a_pin_is_not_kept(counter: Counter, card: str) -> None:
    counter.waiting()
    counter.tap(card, verification="online_pin", pin="1234")
    sealed = counter.world.run(counter.world.store.due(CARDS, "created", 2**53, 10))
    assert [(each.value.pin, each.value.verification) for each in sealed] == [(None, None)]


def test_a_pin_for_a_payment_that_does_not_come_is_not_kept(counter: Counter) -> None:
    intent = counter.intent()
    counter.collect(intent)
    counter.tap(verification="online_pin", pin="1234")
    (held,) = counter.world.run(counter.world.store.due(CARDS, "created", 2**53, 10))
    assert held.value.pin is not None  # for the confirmation
    assert "1234" not in held.value.pin
    counter.world.pass_time(30)
    (lapsed,) = counter.world.run(counter.world.store.due(CARDS, "created", 2**53, 10))
    assert lapsed.value.pin is None


def test_a_pin_for_a_payment_that_is_over_is_not_kept(till: Counter) -> None:
    """The payment was canceled while the reader waited: nobody is asked, so nobody checks the PIN."""
    intent = till.waiting()
    till.world.call(payment_intents.cancel, CancelPaymentIntent, intent)
    state = till.tap(verification="online_pin", pin="1234")
    assert state.result is not None
    assert (state.phase, state.result.code) == ("ended", "payment_intent_unexpected_state")
    assert till.authorizations() == 0
    (sealed,) = till.world.run(till.world.store.due(CARDS, "created", 2**53, 10))
    assert sealed.value.pin is None


def test_a_pin_is_kept_for_the_confirmation_only(till: Counter) -> None:
    intent = till.intent()
    till.collect(intent)
    till.tap("online_pin_sca_retry", verification="online_pin", pin="1234")
    action = till.confirm(intent).action
    assert action is not None
    assert action.status == "succeeded"
    (sealed,) = till.world.run(till.world.store.due(CARDS, "created", 2**53, 10))
    assert sealed.value.pin is None


def test_a_pin_of_another_card_does_not_open(till: Counter) -> None:
    """A block that was exchanged on the way is bound to its card's number."""
    intent = till.waiting()
    read = till.card("visa", verification="online_pin")
    other = till.pin_block("1234", "5555555555554444")
    state = till.report(till.with_pin(read, other))
    assert state.result is not None
    assert (state.phase, state.result.code) == ("ended", "terminal_reader_hardware_fault")
    assert till.charges(intent) == []
    assert till.authorizations() == 0


def test_a_pin_is_good_once(till: Counter) -> None:
    intent = till.waiting()
    block = till.pin_block("4321", "4242424242424242")
    till.report(till.with_pin(till.card(verification="online_pin"), block))
    till.process(intent)
    state = till.report(till.with_pin(till.card(verification="online_pin"), block))
    assert (state.phase, state.result) == ("waiting", None)
    assert till.authorizations() == 1


def test_a_pin_under_another_readers_key(till: Counter) -> None:
    till.waiting()
    mine, till.pin_keys = till.pin_keys, till.foreign_pin_keys()
    state = till.tap(verification="online_pin", pin="1234")
    assert (state.phase, state.result) == ("waiting", None)
    till.pin_keys = mine
    assert till.tap(verification="online_pin", pin="1234").phase == "ended"
