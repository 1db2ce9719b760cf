"""What `Reader.action` shows (terminal.md 1.4, 5.4)."""

import json
from typing import Any

import msgspec
import pytest

from opentill.domain.errors import CardDeclined, InvariantBroken
from opentill.domain.objects.api_error import ApiError
from opentill.domain.objects.payment_method import PaymentMethod
from opentill.domain.objects.reader_action import (
    CancellationConfig,
    Cart,
    CollectInputs,
    CollectPaymentMethod,
    Input,
    InputText,
    InputValue,
    ProcessConfig,
    ProcessPaymentIntent,
    ProcessSetupIntent,
    RefundPayment,
    SetReaderDisplay,
)
from opentill.domain.terminal import actions, outcomes
from opentill.domain.terminal.actions import IDLE

NOW = 1_790_000_000
PAYMENT = outcomes.started("process_payment_intent", ProcessPaymentIntent(payment_intent="pi_1"))
WAITING = actions.begin(IDLE, "process_payment_intent", subject="pi_1", simulated=True, now=NOW).slot
WORKING = actions.present(WAITING, NOW).slot


def as_json(value: Any) -> Any:
    return json.loads(msgspec.json.encode(value))


def test_a_payment_that_was_handed_over() -> None:
    assert as_json(outcomes.shown(PAYMENT, WAITING)) == {
        "type": "process_payment_intent",
        "process_payment_intent": {"payment_intent": "pi_1"},
        "status": "in_progress",
        "failure_code": None,
        "failure_message": None,
        "api_error": None,
    }


def test_its_configuration_is_echoed() -> None:
    action = outcomes.started(
        "process_payment_intent",
        ProcessPaymentIntent(payment_intent="pi_1", process_config=ProcessConfig(enable_customer_cancellation=True)),
    )
    assert as_json(action)["process_payment_intent"] == {
        "payment_intent": "pi_1",
        "process_config": {"enable_customer_cancellation": True},
    }


def test_a_payment_that_succeeded() -> None:
    shown = outcomes.shown(PAYMENT, actions.approve(WORKING).slot)
    assert shown is not None
    assert (shown.status, shown.failure_code) == ("succeeded", None)


@pytest.mark.parametrize(
    ("failure", "code", "message"),
    [
        (
            outcomes.declined(
                CardDeclined(
                    "Your card has insufficient funds.", code="card_declined", decline_code="insufficient_funds"
                )
            ),
            "card_declined",
            "Your card has insufficient funds.",
        ),
        (
            outcomes.declined(CardDeclined("Your card has expired.", code="expired_card")),
            "expired_card",
            "Your card has expired.",
        ),
        (
            outcomes.CUSTOMER_CANCELED,
            "customer_canceled",
            "This action could not be completed due to an error on the card reader.",
        ),
        (outcomes.CONNECTION_ERROR, "connection_error", "Could not connect to Stripe."),
        (outcomes.INPUTS_TIMED_OUT, "collect_inputs_timeout", "collect inputs was timed out"),
        (outcomes.PRINTER_FAILURES["printer_out_of_paper"], "printer_out_of_paper", "The printer is out of paper."),
    ],
)
def test_an_action_that_failed(failure: outcomes.Failure, code: str, message: str) -> None:
    shown = outcomes.shown(PAYMENT, actions.fail(WORKING).slot, failure)
    assert shown is not None
    assert (shown.status, shown.failure_code, shown.failure_message) == ("failed", code, message)
    assert shown.api_error is None


def test_the_api_error_of_a_decline_is_shown_whole() -> None:
    error = ApiError(type="card_error", code="card_declined", decline_code="lost_card")
    failure = outcomes.declined(CardDeclined("Your card was declined.", code="card_declined"), error)
    shown = outcomes.shown(PAYMENT, actions.fail(WORKING).slot, failure)
    assert as_json(shown)["api_error"] == {
        "type": "card_error",
        "code": "card_declined",
        "decline_code": "lost_card",
    }


def test_an_empty_slot_shows_null() -> None:
    assert outcomes.shown(PAYMENT, IDLE) is None
    assert outcomes.shown(None, IDLE) is None


def test_a_failed_action_says_why_and_no_other_does() -> None:
    with pytest.raises(InvariantBroken):
        outcomes.shown(PAYMENT, actions.fail(WORKING).slot)
    with pytest.raises(InvariantBroken):
        outcomes.shown(PAYMENT, WAITING, outcomes.CONNECTION_ERROR)


def test_an_action_is_not_shown_for_the_slot_of_another() -> None:
    cart = actions.begin(IDLE, "set_reader_display", subject=None, simulated=True, now=NOW).slot
    with pytest.raises(InvariantBroken):
        outcomes.shown(PAYMENT, cart)


def test_results_are_added_to_the_action() -> None:
    method = PaymentMethod(id="pm_1", created=NOW, livemode=False, type="card_present")
    collect = outcomes.started("collect_payment_method", CollectPaymentMethod(payment_intent="pi_1"))
    assert as_json(outcomes.with_payment_method(collect, method))["collect_payment_method"]["payment_method"]["id"] == (
        "pm_1"
    )
    setup = outcomes.started(
        "process_setup_intent", ProcessSetupIntent(setup_intent="seti_1", process_config=CancellationConfig())
    )
    assert as_json(outcomes.with_generated_card(setup, "pm_2"))["process_setup_intent"]["generated_card"] == "pm_2"
    refund = outcomes.started("refund_payment", RefundPayment(charge="ch_1", amount=100))
    assert as_json(outcomes.with_refund(refund, "re_1"))["refund_payment"] == {
        "amount": 100,
        "charge": "ch_1",
        "refund": "re_1",
    }
    form = Input(type="email", custom_text=InputText(title="Email"), email=InputValue())
    filled = msgspec.structs.replace(form, email=InputValue(value="a@example.com"))
    inputs = outcomes.started("collect_inputs", CollectInputs(inputs=[form], metadata={"order": "1"}))
    shown = as_json(outcomes.with_inputs(inputs, [filled]))["collect_inputs"]
    assert (shown["inputs"][0]["email"], shown["metadata"]) == ({"value": "a@example.com"}, {"order": "1"})


def test_a_result_needs_the_action_it_belongs_to() -> None:
    cart = outcomes.started("set_reader_display", SetReaderDisplay(cart=Cart(currency="usd", line_items=[], total=0)))
    with pytest.raises(InvariantBroken):
        outcomes.with_refund(cart, "re_1")
