"""An action in two steps: the card is read, and used by the second step or not at all."""

import pytest

from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.reader_action import ActionType
from opentill.domain.terminal import actions
from opentill.domain.terminal.actions import IDLE, Held, Slot

NOW = 1_790_000_000
CARD = Held(payment_method="pm_1", fingerprint="fp_visa")
TYPES: list[ActionType] = ["process_setup_intent", "refund_payment"]


def waiting(type: ActionType, *, simulated: bool = False) -> Slot:
    return actions.begin(IDLE, type, subject="x_1", simulated=simulated, now=NOW, in_two_steps=True).slot


def collected(type: ActionType, *, simulated: bool = False) -> Slot:
    return actions.present(waiting(type, simulated=simulated), NOW, held=CARD).slot


@pytest.mark.parametrize("type", TYPES)
def test_both_steps(type: ActionType) -> None:
    slot = waiting(type)
    assert (slot.phase, actions.status(slot)) == ("waiting", "in_progress")
    first = actions.present(slot, NOW, held=CARD)
    assert (first.slot.phase, first.slot.held, first.webhook) == ("collected", CARD, None)
    assert actions.status(first.slot) == "in_progress"
    second = actions.go_on(first.slot, type, subject="x_1", now=NOW + 29)
    assert (second.slot.phase, second.slot.held, second.slot.due, second.release) == ("working", CARD, None, None)
    end = actions.approve(second.slot)
    assert (end.slot.phase, end.webhook) == ("succeeded", "terminal.reader.action_succeeded")


@pytest.mark.parametrize(("simulated", "held_s"), [(False, 30), (True, 30 * 60)])
@pytest.mark.parametrize("type", TYPES)
def test_a_card_is_held_for_a_while(type: ActionType, simulated: bool, held_s: int) -> None:
    slot = collected(type, simulated=simulated)
    assert actions.elapse(slot, NOW + held_s - 1).slot is slot
    over = actions.elapse(slot, NOW + held_s)
    assert over.slot == IDLE
    assert over.release == ("x_1" if type == "process_setup_intent" else None)
    with pytest.raises(InvalidRequest) as refused:
        actions.go_on(slot, type, subject="x_1", now=NOW + held_s)
    assert refused.value.code == "intent_invalid_state"


def refused_slots() -> dict[str, tuple[Slot, str | None]]:
    setup: ActionType = "process_setup_intent"
    at_work = actions.go_on(collected(setup), setup, subject="x_1", now=NOW).slot
    payment = actions.begin(IDLE, "collect_payment_method", subject="x_1", simulated=False, now=NOW).slot
    return {
        "idle": (IDLE, "intent_invalid_state"),
        "nothing read yet": (waiting(setup), "intent_invalid_state"),
        "another kind": (collected("refund_payment"), "intent_invalid_state"),
        "a payment": (actions.present(payment, NOW, held=CARD).slot, "intent_invalid_state"),
        "at it": (at_work, "terminal_reader_busy"),
        "over": (actions.approve(at_work).slot, "intent_invalid_state"),
    }


@pytest.mark.parametrize("case", refused_slots())
def test_no_second_step(case: str) -> None:
    slot, code = refused_slots()[case]
    with pytest.raises(InvalidRequest) as refused:
        actions.go_on(slot, "process_setup_intent", subject="x_1", now=NOW)
    assert refused.value.code == code


def test_the_second_step_is_for_what_was_begun() -> None:
    with pytest.raises(InvalidRequest):
        actions.go_on(collected("process_setup_intent"), "process_setup_intent", subject="x_2", now=NOW)


@pytest.mark.parametrize("type", TYPES)
def test_a_held_card_is_given_up(type: ActionType) -> None:
    released = "x_1" if type == "process_setup_intent" else None
    replaced = actions.begin(collected(type), "set_reader_display", subject=None, simulated=False, now=NOW)
    assert (replaced.slot.phase, replaced.release) == ("showing", released)
    canceled = actions.cancel(collected(type))
    assert (canceled.slot, canceled.release) == (IDLE, released)
    with pytest.raises(InvalidRequest):
        actions.present(collected(type), NOW, held=CARD)


def test_a_second_reading_after_the_second_step_is_used_at_once() -> None:
    slot = actions.go_on(collected("process_setup_intent"), "process_setup_intent", subject="x_1", now=NOW).slot
    again = actions.read_again(slot, "offline_pin_required").slot
    assert again.phase == "waiting"
    assert actions.present(again, NOW).slot.phase == "working"
