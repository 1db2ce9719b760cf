"""The action slot (terminal.md 1.4, 5.1-5.6): what may follow what, and what is told about it."""

from typing import get_args

import pytest

from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.reader_action import ActionType
from opentill.domain.terminal import actions
from opentill.domain.terminal.actions import IDLE, Held, Phase, Slot, Step

NOW = 1_790_000_000
CARD = Held(payment_method="pm_1", fingerprint="fp_visa", amount_tip=100)

SUCCEEDED = "terminal.reader.action_succeeded"
FAILED = "terminal.reader.action_failed"
UPDATED = "terminal.reader.action_updated"


def begun(type: ActionType, *, simulated: bool = True, cancelable: bool = False) -> Slot:
    if type == "confirm_payment_intent":
        return actions.begin(collected(simulated=simulated), type, subject="pi_1", simulated=simulated, now=NOW).slot
    return actions.begin(IDLE, type, subject="pi_1", simulated=simulated, now=NOW, cancelable=cancelable).slot


def collected(*, simulated: bool = True) -> Slot:
    return actions.present(begun("collect_payment_method", simulated=simulated), NOW, held=CARD).slot


def in_phase(type: ActionType, phase: Phase) -> Slot:
    """A slot at work on `type`, brought to `phase` by events only."""
    slot = begun(type)
    if phase == slot.phase:
        return slot
    match phase:
        case "waiting":
            return actions.read_again(begun(type, simulated=False), "offline_pin_required").slot
        case "collected":
            return collected()
        case "working":
            return actions.present(slot, NOW).slot
        case "succeeded" if type == "collect_payment_method":
            return actions.elapse(collected(), NOW + 30 * 60).slot
        case "succeeded" if type == "collect_inputs":
            return actions.enter(slot).slot
        case "succeeded":
            return actions.approve(in_phase(type, "working")).slot
        case "failed" if type in ("collect_inputs", "collect_payment_method"):
            return actions.fail(slot).slot
        case "failed":
            return actions.fail(in_phase(type, "working")).slot
        case _:
            raise AssertionError(phase)


REACHABLE: list[tuple[ActionType, Phase]] = [(type, phase) for type, flow in actions.FLOWS.items() for phase in flow]


def test_the_tables_cover_every_action_of_the_api() -> None:
    types = set(get_args(ActionType))
    assert set(actions.FLOWS) == set(actions.FIRST_PHASE) == set(actions.WEBHOOKS) == types


@pytest.mark.parametrize(("type", "phase"), REACHABLE)
def test_every_phase_of_the_table_is_reached(type: ActionType, phase: Phase) -> None:
    slot = in_phase(type, phase)
    assert (slot.type, slot.phase) == (type, phase)


@pytest.mark.parametrize("type", get_args(ActionType))
def test_an_idle_reader_takes_any_action(type: ActionType) -> None:
    slot = begun(type)
    assert actions.STATUS[slot.phase] == "in_progress"
    assert slot.subject == "pi_1"


# What is under way -> can it be replaced, can it be canceled?
BUSY = {"working"}


@pytest.mark.parametrize(("type", "phase"), REACHABLE)
def test_a_reader_is_busy_only_while_it_works(type: ActionType, phase: Phase) -> None:
    slot = in_phase(type, phase)
    if phase in BUSY:
        for attempt in (
            lambda: actions.begin(slot, "process_payment_intent", subject="pi_2", simulated=True, now=NOW),
            lambda: actions.begin(slot, "set_reader_display", subject=None, simulated=True, now=NOW),
            lambda: actions.begin(slot, "confirm_payment_intent", subject="pi_1", simulated=True, now=NOW),
            lambda: actions.cancel(slot),
            lambda: actions.present(slot, NOW),
        ):
            with pytest.raises(InvalidRequest) as refused:
                attempt()
            assert refused.value.code == "terminal_reader_busy"
        return
    other = actions.begin(slot, "set_reader_display", subject=None, simulated=True, now=NOW)
    assert (other.slot.type, other.slot.phase, other.webhook) == ("set_reader_display", "showing", None)
    assert actions.cancel(slot).slot == IDLE
    assert actions.cancel(slot).webhook is None


def test_canceling_an_idle_reader_changes_nothing() -> None:
    assert actions.cancel(IDLE) == Step(slot=IDLE)


@pytest.mark.parametrize(
    ("type", "outcome", "status", "webhook"),
    [
        ("process_payment_intent", "approve", "succeeded", SUCCEEDED),
        ("process_payment_intent", "fail", "failed", FAILED),
        ("process_setup_intent", "approve", "succeeded", SUCCEEDED),
        ("process_setup_intent", "fail", "failed", FAILED),
        ("refund_payment", "approve", "succeeded", SUCCEEDED),
        ("refund_payment", "fail", "failed", FAILED),
    ],
)
def test_card_presented_and_settled(type: ActionType, outcome: str, status: str, webhook: str) -> None:
    presented = actions.present(begun(type), NOW)
    assert (presented.slot.phase, presented.webhook) == ("working", None)
    ended = actions.approve(presented.slot) if outcome == "approve" else actions.fail(presented.slot)
    assert (actions.STATUS[ended.slot.phase], ended.webhook) == (status, webhook)


def test_a_confirmation_is_settled_like_a_payment() -> None:
    assert actions.approve(begun("confirm_payment_intent")).webhook == SUCCEEDED
    assert actions.fail(begun("confirm_payment_intent")).webhook == FAILED


def test_a_collected_card_updates_the_action() -> None:
    step = actions.present(begun("collect_payment_method"), NOW, held=CARD)
    assert (actions.STATUS[step.slot.phase], step.webhook) == ("succeeded", UPDATED)
    assert step.slot.held == CARD


@pytest.mark.parametrize(
    "type", ["process_payment_intent", "process_setup_intent", "collect_payment_method", "refund_payment"]
)
def test_the_cancel_button_fails_the_action_where_it_is_shown(type: ActionType) -> None:
    step = actions.cancel_by_customer(begun(type, cancelable=True))
    assert (step.slot.phase, step.webhook) == ("failed", FAILED)
    with pytest.raises(InvalidRequest, match="enable_customer_cancellation"):
        actions.cancel_by_customer(begun(type))


def test_the_customer_cannot_cancel_once_the_card_was_read() -> None:
    reading = actions.present(begun("process_payment_intent", cancelable=True), NOW).slot
    with pytest.raises(InvalidRequest) as refused:
        actions.cancel_by_customer(reading)
    assert refused.value.code == "terminal_reader_busy"


@pytest.mark.parametrize(
    ("type", "phase"),
    [
        ("set_reader_display", "showing"),
        ("collect_inputs", "waiting"),
        ("collect_payment_method", "collected"),
        ("process_payment_intent", "succeeded"),
        ("process_payment_intent", "failed"),
    ],
)
def test_a_card_that_nobody_asked_for(type: ActionType, phase: Phase) -> None:
    with pytest.raises(InvalidRequest, match="not waiting for a payment method"):
        actions.present(in_phase(type, phase), NOW)


def test_a_card_at_an_idle_reader() -> None:
    with pytest.raises(InvalidRequest, match="not waiting for a payment method"):
        actions.present(IDLE, NOW)


# Carts ------------------------------------------------------------------------------------------------------------


def test_a_cart_stays_on_the_screen_and_gives_way_to_a_payment() -> None:
    cart = begun("set_reader_display")
    assert actions.elapse(cart, NOW + 10**9).slot == cart
    payment = actions.begin(cart, "process_payment_intent", subject="pi_1", simulated=True, now=NOW)
    assert payment.slot.phase == "waiting"


def test_a_cart_replaces_a_payment_that_has_not_begun() -> None:
    cart = actions.begin(begun("process_payment_intent"), "set_reader_display", subject=None, simulated=True, now=NOW)
    assert cart.release is None  # the intent was in requires_payment_method all the time
    with pytest.raises(InvalidRequest, match="not waiting"):
        actions.present(cart.slot, NOW)


# Collect, then confirm --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("simulated", "after_s", "confirmed"),
    [
        (False, 0, True),
        (False, 29, True),
        (False, 30, False),
        (True, 30, True),
        (True, 1799, True),
        (True, 1800, False),
    ],
)
def test_a_collected_card_is_good_for_so_long(*, simulated: bool, after_s: int, confirmed: bool) -> None:
    slot = collected(simulated=simulated)
    if confirmed:
        step = actions.begin(slot, "confirm_payment_intent", subject="pi_1", simulated=simulated, now=NOW + after_s)
        assert step.slot.held == CARD
        assert step.release is None
        return
    with pytest.raises(InvalidRequest) as refused:
        actions.begin(slot, "confirm_payment_intent", subject="pi_1", simulated=simulated, now=NOW + after_s)
    assert refused.value.code == "intent_invalid_state"


def test_a_confirmation_needs_the_card_of_its_own_intent() -> None:
    for slot in (IDLE, collected(), begun("collect_payment_method"), begun("set_reader_display")):
        with pytest.raises(InvalidRequest) as refused:
            actions.begin(slot, "confirm_payment_intent", subject="pi_2", simulated=True, now=NOW)
        assert refused.value.code == "intent_invalid_state"


def test_a_lapsed_card_gives_its_intent_back() -> None:
    assert actions.elapse(collected(), NOW + 1799) == Step(slot=collected())
    step = actions.elapse(collected(), NOW + 1800)
    assert (step.slot.phase, step.slot.held, step.release, step.webhook) == ("succeeded", None, "pi_1", None)


@pytest.mark.parametrize("type", [type for type in get_args(ActionType) if type != "confirm_payment_intent"])
def test_a_collected_card_given_up_gives_its_intent_back(type: ActionType) -> None:
    assert actions.begin(collected(), type, subject="pi_2", simulated=True, now=NOW).release == "pi_1"
    assert actions.cancel(collected()).release == "pi_1"


def test_a_confirmation_goes_on_at_once_with_the_collected_card() -> None:
    for simulated in (True, False):
        slot = begun("confirm_payment_intent", simulated=simulated)
        assert (slot.phase, slot.held, slot.due) == ("working", CARD, None)


def test_a_payment_that_was_made_already_waits_for_no_card() -> None:
    step = actions.pay_with(begun("process_payment_intent"), CARD)
    assert (step.slot.phase, step.slot.held, step.webhook) == ("succeeded", CARD, SUCCEEDED)


@pytest.mark.parametrize(
    ("fingerprint", "tip", "known"),
    [
        (None, None, True),
        ("fp_visa", None, True),
        ("fp_visa", 100, True),
        ("fp_other", None, False),
        (None, 200, False),
    ],
)
def test_presenting_the_card_that_paid_once_more(fingerprint: str | None, tip: int | None, *, known: bool) -> None:
    confirmed = in_phase("confirm_payment_intent", "succeeded")
    found_paid = actions.pay_with(begun("process_payment_intent"), CARD).slot
    for slot in (confirmed, found_paid):
        assert actions.paid_already(slot, fingerprint=fingerprint, amount_tip=tip) is known
    paid = in_phase("process_payment_intent", "succeeded")
    real = actions.approve(begun("confirm_payment_intent", simulated=False)).slot
    for slot in (paid, real):
        assert not actions.paid_already(slot, fingerprint=fingerprint, amount_tip=tip)


# Another reading ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("type", ["process_payment_intent", "confirm_payment_intent", "process_setup_intent"])
def test_a_device_asks_for_the_card_again_once(type: ActionType) -> None:
    reading = begun(type, simulated=False)
    if reading.phase == "waiting":
        reading = actions.present(reading, NOW).slot
    assert actions.may_read_again(reading, "offline_pin_required")
    again = actions.read_again(reading, "offline_pin_required")
    assert (again.slot.phase, again.slot.again, again.webhook, again.release) == (
        "waiting",
        "offline_pin_required",
        None,
        None,
    )
    second = actions.present(again.slot, NOW).slot
    assert second.phase == "working"
    assert not actions.may_read_again(second, "offline_pin_required")
    assert actions.approve(second).webhook == SUCCEEDED
    assert actions.fail(second).webhook == FAILED


@pytest.mark.parametrize(
    ("simulated", "decline", "again"),
    [
        (False, "offline_pin_required", True),
        (False, "online_or_offline_pin_required", True),
        (False, "insufficient_funds", False),
        (False, "incorrect_pin", False),
        (True, "offline_pin_required", False),
    ],
)
def test_what_asks_for_another_reading(*, simulated: bool, decline: str, again: bool) -> None:
    reading = actions.present(begun("process_payment_intent", simulated=simulated), NOW).slot
    assert actions.may_read_again(reading, decline) is again


def test_a_new_action_has_readings_of_its_own() -> None:
    reading = actions.present(begun("process_payment_intent", simulated=False), NOW).slot
    again = actions.read_again(reading, "offline_pin_required").slot
    assert actions.begin(again, "process_payment_intent", subject="pi_2", simulated=False, now=NOW).slot.again is None


def test_the_customer_may_cancel_instead_of_presenting_the_card_again() -> None:
    reading = actions.present(begun("process_payment_intent", simulated=False, cancelable=True), NOW).slot
    again = actions.read_again(reading, "offline_pin_required").slot
    assert actions.cancel_by_customer(again).webhook == FAILED


# Forms ------------------------------------------------------------------------------------------------------------


def test_a_form_that_is_filled_in() -> None:
    step = actions.enter(begun("collect_inputs"))
    assert (step.slot.phase, step.webhook) == ("succeeded", SUCCEEDED)


def test_a_form_that_nobody_touches_for_two_minutes() -> None:
    form = begun("collect_inputs")
    assert actions.elapse(form, NOW + 119) == Step(slot=form)
    step = actions.elapse(form, NOW + 120)
    assert (step.slot.phase, step.webhook) == ("failed", FAILED)
    assert actions.time_out_inputs(form) == step


def test_a_device_says_itself_that_nobody_touches_a_form() -> None:
    form = begun("collect_inputs", simulated=False)
    assert actions.elapse(form, NOW + 10**6) == Step(slot=form)
    assert actions.time_out_inputs(form).webhook == FAILED


@pytest.mark.parametrize("type", ["process_payment_intent", "set_reader_display"])
def test_input_helpers_need_a_form(type: ActionType) -> None:
    for helper in (actions.enter, actions.time_out_inputs):
        with pytest.raises(InvalidRequest, match="not waiting for input"):
            helper(begun(type))
        with pytest.raises(InvalidRequest, match="not waiting for input"):
            helper(IDLE)


def test_printing() -> None:
    printing = begun("print_content")
    assert printing.phase == "working"
    assert actions.approve(printing).webhook == SUCCEEDED
    assert actions.fail(printing).webhook == FAILED
