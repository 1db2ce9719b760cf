"""The reader's single action slot as a state machine.

Theory of operation
-------------------
A reader does one thing at a time and remembers only the latest: `Reader.action`. What the API shows as `in_progress`
is one of three phases, and they differ in what may happen next:

    waiting    the customer has not presented a card, touched the form, or confirmed: anything may replace the action
    showing    a cart is on the screen; it stays there until something replaces it or it is canceled
    working    a card was read and the payment is on its way, or paper is moving: the reader is busy for everybody

A device whose card is refused for want of a PIN goes back from `working` to `waiting` (`read_again`), once an action; a
confirmation, which otherwise has nothing to wait for, then waits for the card too. Simulated readers, which read a card
as often as it takes, do not.

`collected` is the end of `collect_payment_method`: the API shows `succeeded`, and the card is good for
`confirm_payment_intent` until it lapses. `idle` is an empty slot (`action` null).

SDKs save cards and give money back in two steps as well (`Slot.in_two_steps`), for which the API has no actions: once a
card is `collected` the action is still in progress, and `go_on` is its second step. A card that lapses before it ends
the action.

Everything that affects transitions lives in FLOWS. An event that is not in it is refused and changes nothing. Whenever
a collected card is given up (replaced, canceled, lapsed), `Step.release` names the intent that must go back to
`requires_payment_method`, so that the sale can start over.

Time is handed in, in seconds since the epoch. A phase that ends by itself has `due`; `elapse` is what then
happens. Whether a form is touched only its device knows, which says so when it was not (`time_out_inputs`). What is
presented to a simulated reader for a collection holds for 30 minutes, instead of the 30 seconds of a card in a real
one. A confirmation goes on at once with what was collected, on simulated readers too, so that no test has to wait for
it; a test that presents the same card once more at the confirmation is answered all the same (`paid_already`).
"""

from typing import Final, Literal, TypeAlias

import msgspec

from opentill.domain.errors import InvalidRequest, invariant
from opentill.domain.objects.reader_action import ActionStatus, ActionType
from opentill.domain.terminal import refusals

Phase: TypeAlias = Literal["idle", "waiting", "showing", "working", "collected", "succeeded", "failed"]
Event: TypeAlias = Literal[
    "presented",  # a card was presented, or keyed in
    "entered",  # the customer completed the form
    "approved",  # the network approved; the paper came out
    "failed",  # declined, connection lost, printer trouble, form timed out
    "customer_canceled",  # the cancel button
    "confirmed",  # confirm_payment_intent takes over the collected card; the second of two steps
    "read_again",  # the issuer wants another reading: with the chip, or with a PIN
    "replaced",  # another action
    "canceled",  # cancel_action
    "elapsed",  # due has come
]
Webhook: TypeAlias = Literal[
    "terminal.reader.action_succeeded", "terminal.reader.action_failed", "terminal.reader.action_updated"
]

_GIVEN_UP: Final[dict[Event, Phase]] = {"replaced": "idle", "canceled": "idle"}
_ENDED: Final[dict[Phase, dict[Event, Phase]]] = {"succeeded": {**_GIVEN_UP}, "failed": {**_GIVEN_UP}}

_CARD: Final[dict[Phase, dict[Event, Phase]]] = {
    "waiting": {"presented": "working", "failed": "failed", "customer_canceled": "failed", **_GIVEN_UP},
    "working": {"approved": "succeeded", "failed": "failed", "read_again": "waiting"},
    **_ENDED,
}

FLOWS: Final[dict[ActionType, dict[Phase, dict[Event, Phase]]]] = {
    "process_payment_intent": _CARD,
    "process_setup_intent": _CARD,
    "refund_payment": _CARD,
    "collect_payment_method": {
        "waiting": {"presented": "collected", "failed": "failed", "customer_canceled": "failed", **_GIVEN_UP},
        "collected": {"confirmed": "idle", "elapsed": "succeeded", **_GIVEN_UP},
        **_ENDED,
    },
    "confirm_payment_intent": _CARD,
    "set_reader_display": {"showing": {**_GIVEN_UP}},
    "collect_inputs": {
        "waiting": {
            "entered": "succeeded",
            "failed": "failed",
            "customer_canceled": "failed",
            "elapsed": "failed",
            **_GIVEN_UP,
        },
        **_ENDED,
    },
    "print_content": {"working": {"approved": "succeeded", "failed": "failed"}, **_ENDED},
}
"""Action type → phase → event → phase."""

IN_TWO_STEPS: Final[dict[Phase, dict[Event, Phase]]] = {
    "waiting": {"presented": "collected", "failed": "failed", "customer_canceled": "failed", **_GIVEN_UP},
    "collected": {"confirmed": "working", "elapsed": "idle", **_GIVEN_UP},
    **_ENDED,
}
"""The same for an action in two steps, until its second one."""

FIRST_PHASE: Final[dict[ActionType, Phase]] = {
    "process_payment_intent": "waiting",
    "process_setup_intent": "waiting",
    "refund_payment": "waiting",
    "collect_payment_method": "waiting",
    "confirm_payment_intent": "working",
    "set_reader_display": "showing",
    "collect_inputs": "waiting",
    "print_content": "working",
}
"""Where an action starts."""

STATUS: Final[dict[Phase, ActionStatus]] = {
    "waiting": "in_progress",
    "showing": "in_progress",
    "working": "in_progress",
    "collected": "succeeded",
    "succeeded": "succeeded",
    "failed": "failed",
}
"""What `Reader.action.status` shows."""

_ENDS: Final[dict[Phase, Webhook]] = {
    "succeeded": "terminal.reader.action_succeeded",
    "failed": "terminal.reader.action_failed",
}
WEBHOOKS: Final[dict[ActionType, dict[Phase, Webhook]]] = {
    "process_payment_intent": _ENDS,
    "process_setup_intent": _ENDS,
    "refund_payment": _ENDS,
    "confirm_payment_intent": _ENDS,
    "collect_inputs": _ENDS,
    "print_content": _ENDS,
    "collect_payment_method": {
        "collected": "terminal.reader.action_updated",
        "failed": "terminal.reader.action_failed",
    },
    "set_reader_display": {},
}
"""Action type → phase entered → event sent. Nothing is sent for a cart, a replacement or a cancellation."""

AGAIN: Final[dict[str, Literal["insert", "pin"]]] = {
    "offline_pin_required": "insert",
    "online_or_offline_pin_required": "pin",
}
"""Decline code → how the card is to be read again: its chip checks the PIN itself, or the same card with a PIN."""

CONFIRM_WITHIN_S: Final = 30
SIMULATED_VALUES_HOLD_S: Final = 30 * 60
INPUTS_UNTOUCHED_S: Final = 2 * 60


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """The card that was collected: its PaymentMethod, the tip in minor units, and the card's fingerprint."""

    payment_method: str
    fingerprint: str | None = None
    amount_tip: int | None = None


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """The slot as it is stored beside the Reader. `subject` is the intent or charge the action is about."""

    type: ActionType | None = None
    phase: Phase = "idle"
    subject: str | None = None
    cancelable: bool = False  # the customer sees a cancel button
    in_two_steps: bool = False
    simulated: bool = False
    due: int | None = None
    held: Held | None = None
    again: str | None = None  # the decline code of the reading before, where another is wanted


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What an event did: the slot after it, the event to send, the intent that lost its collected card."""

    slot: Slot
    webhook: Webhook | None = None
    release: str | None = None


IDLE: Final = Slot()


def begin(
    slot: Slot,
    type: ActionType,
    *,
    subject: str | None,
    simulated: bool,
    now: int,
    cancelable: bool = False,
    in_two_steps: bool = False,
) -> Step:
    """Give the reader something to do in place of what it does. Catch up with `elapse` before.

    Raises InvalidRequest: `terminal_reader_busy` while it works; `intent_invalid_state` for a confirmation of an
    intent whose card it does not hold (any more).
    """
    if type == "confirm_payment_intent":
        return _begin_confirmation(slot, subject, simulated=simulated, now=now)
    given_up = None if slot.type is None else _follow(slot, "replaced").release
    return Step(
        slot=Slot(
            type=type,
            phase=FIRST_PHASE[type],
            subject=subject,
            cancelable=cancelable,
            in_two_steps=in_two_steps,
            simulated=simulated,
            due=now + INPUTS_UNTOUCHED_S if simulated and type == "collect_inputs" else None,
        ),
        release=given_up,
    )


def cancel(slot: Slot) -> Step:
    """`cancel_action`: empty the slot. An idle reader stays as it is, without an error.

    Raises InvalidRequest (`terminal_reader_busy`) while a card is being authorized: its outcome must be awaited.
    """
    return Step(slot=slot) if slot.type is None else _follow(slot, "canceled")


def present(slot: Slot, now: int, *, held: Held | None = None) -> Step:
    """A card was presented. `held` is the card, for a collection that a confirmation will follow.

    Raises InvalidRequest if the reader does not wait for a card; `terminal_reader_busy` if it has one already.
    """
    _check_waits(slot, "presented")
    step = _follow(slot, "presented")
    if step.slot.phase != "collected":
        return step
    invariant(held is not None, "a collected card is held for the confirmation")
    hold_s = SIMULATED_VALUES_HOLD_S if slot.simulated else CONFIRM_WITHIN_S
    return msgspec.structs.replace(step, slot=msgspec.structs.replace(step.slot, held=held, due=now + hold_s))


def go_on(slot: Slot, type: ActionType, *, subject: str, now: int) -> Step:
    """The second step of an action: something is made of the card that the reader holds.

    Raises InvalidRequest: `terminal_reader_busy` while it works, `intent_invalid_state` if it holds no card for this
    (any more).
    """
    if slot.phase == "working":
        raise refusals.reader_busy()
    held = slot.phase == "collected" and (slot.due or 0) > now
    if not held or not slot.in_two_steps or (slot.type, slot.subject) != (type, subject):
        raise InvalidRequest(
            "The reader holds no payment method for this. Collect one first, and go on within 30 seconds.",
            code="intent_invalid_state",
        )
    step = _follow(slot, "confirmed")
    return msgspec.structs.replace(step, slot=msgspec.structs.replace(step.slot, in_two_steps=False))


def status(slot: Slot) -> ActionStatus:
    """What `Reader.action.status` shows for a slot that is not idle."""
    return "in_progress" if slot.in_two_steps and slot.phase == "collected" else STATUS[slot.phase]


def pay_with(slot: Slot, held: Held) -> Step:
    """The payment the slot begins is found to be made already, with `held`, by an attempt that had no answer.

    No card is waited for: the customer has paid.
    """
    working = _follow(slot, "presented").slot
    return _follow(msgspec.structs.replace(working, held=held), "approved")


def paid_already(slot: Slot, *, fingerprint: str | None, amount_tip: int | None) -> bool:
    """Whether a card presented now is the one that the simulated reader has just paid with, unasked.

    Tests present a card for the collection and once more for the confirmation, or once more after a payment whose
    answer was lost. Where the second comes too late, it is answered with the reader as it is, provided it says
    nothing new: no values, or the same ones.
    """
    held = slot.held
    if not slot.simulated or held is None or slot.type not in ("confirm_payment_intent", "process_payment_intent"):
        return False
    return (
        slot.phase in ("working", "succeeded", "failed")
        and fingerprint in (None, held.fingerprint)
        and amount_tip in (None, held.amount_tip)
    )


def enter(slot: Slot) -> Step:
    """The customer completed the form. Raises InvalidRequest if no form is on the screen."""
    _check_waits(slot, "entered")
    return _follow(slot, "entered")


def time_out_inputs(slot: Slot) -> Step:
    """Nobody touched the form (`timeout_input_collection`). Raises InvalidRequest if no form is on the screen."""
    _check_waits(slot, "entered")
    return _follow(slot, "elapsed")


def approve(slot: Slot) -> Step:
    """What the reader was working at went well."""
    return _follow(slot, "approved")


def fail(slot: Slot) -> Step:
    """What the reader was doing went wrong; the caller knows how (`Failure`)."""
    return _follow(slot, "failed")


def may_read_again(slot: Slot, decline_code: str) -> bool:
    """Whether a decline asks a device for another reading of the card, and this is the first one to do so."""
    return not slot.simulated and slot.again is None and decline_code in AGAIN


def read_again(slot: Slot, decline_code: str) -> Step:
    """The issuer refused the reading and wants another (`may_read_again`); the customer is asked for it."""
    step = _follow(slot, "read_again")
    invariant(may_read_again(slot, decline_code), "a card is read twice for one action at most, and for a PIN only")
    return msgspec.structs.replace(step, slot=msgspec.structs.replace(step.slot, again=decline_code))


def cancel_by_customer(slot: Slot) -> Step:
    """The cancel button. Raises InvalidRequest where none is shown, or after the card was presented."""
    if not slot.cancelable:
        raise InvalidRequest("The reader shows no cancel button: set `enable_customer_cancellation` for the action.")
    return _follow(slot, "customer_canceled")


def elapse(slot: Slot, now: int) -> Step:
    """What time has done by `now`: a form nobody touched, a card held too long."""
    if slot.due is None or now < slot.due:
        return Step(slot=slot)
    return _follow(slot, "elapsed")


def _begin_confirmation(slot: Slot, subject: str | None, *, simulated: bool, now: int) -> Step:
    if slot.phase == "working":
        raise refusals.reader_busy()
    holds_card = slot.phase == "collected" and slot.subject == subject and (slot.due or 0) > now
    if not holds_card:
        raise InvalidRequest(
            "The reader holds no payment method for this payment intent. Call collect_payment_method first and confirm "
            "within 30 seconds.",
            code="intent_invalid_state",
            param="payment_intent",
        )
    invariant(_follow(slot, "confirmed").release is None, "a card that is confirmed is not given up")
    return Step(
        slot=Slot(
            type="confirm_payment_intent",
            phase=FIRST_PHASE["confirm_payment_intent"],
            subject=subject,
            simulated=simulated,
            held=slot.held,
        )
    )


def check_waits_for_card(slot: Slot) -> None:
    """Raises InvalidRequest unless the reader waits for a card; `terminal_reader_busy` if it has one already."""
    _check_waits(slot, "presented")


def _check_waits(slot: Slot, event: Event) -> None:
    if slot.phase == "working":
        raise refusals.reader_busy()
    if slot.type is None or event not in _flow(slot, slot.type).get(slot.phase, {}):
        what = "for input" if event == "entered" else "for a payment method"
        raise InvalidRequest(f"The reader is not waiting {what}.")


def _follow(slot: Slot, event: Event) -> Step:
    """One transition. Refuses what the table does not have; the slot given is never changed."""
    if slot.type is None:
        raise InvalidRequest("The reader has no action.")
    after = _flow(slot, slot.type).get(slot.phase, {}).get(event)
    if after is None:
        if slot.phase == "working":
            raise refusals.reader_busy()
        raise InvalidRequest(f"The reader's action {slot.type} is {slot.phase}: it cannot be {event} now.")
    if after == "idle":
        return Step(slot=IDLE, release=None if event == "confirmed" else _collected_for(slot))
    # The card lapsed; the action stays as it was shown.
    gives_up = slot.phase == "collected" and event != "confirmed"
    return Step(
        slot=msgspec.structs.replace(slot, phase=after, due=None, held=None if gives_up else slot.held),
        webhook=None if gives_up else WEBHOOKS[slot.type].get(after),
        release=_collected_for(slot) if gives_up else None,
    )


def _flow(slot: Slot, type: ActionType) -> dict[Phase, dict[Event, Phase]]:
    return IN_TWO_STEPS if slot.in_two_steps else FLOWS[type]


def _collected_for(slot: Slot) -> str | None:
    """The intent whose collected card the slot holds and has not used."""
    return slot.subject if slot.phase == "collected" and slot.type != "refund_payment" else None
