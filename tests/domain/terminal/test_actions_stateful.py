"""The action slot against a model written from the facts, by random events.

The model knows no table: it is a handful of plain sentences ("busy means a card was read and nothing came back"). What
it says is refused must raise and change nothing; what it allows must happen.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.reader_action import ActionType
from opentill.domain.terminal import actions
from opentill.domain.terminal.actions import IDLE, Held, Step

START = 1_790_000_000
CARD_ACTIONS: tuple[ActionType, ...] = (
    "process_payment_intent",
    "process_setup_intent",
    "refund_payment",
    "collect_payment_method",
)
OTHER_ACTIONS: tuple[ActionType, ...] = ("set_reader_display", "collect_inputs", "print_content")
INTENTS = st.sampled_from(["pi_1", "pi_2"])


class ReaderMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.slot = IDLE
        # The model: what the reader is about, in the words of a cashier.
        self.doing: ActionType | None = None
        self.about: str | None = None
        self.busy = False
        self.ended = False
        self.card_held_until: int | None = None
        self.form_ends_at: int | None = None
        self.button = False
        self.asked_again = False
        # Intents whose collected card somebody has to give back, and those that were.
        self.owed: set[str] = set()

    def take(self, step: Step) -> None:
        self.slot = step.slot
        if step.release is not None:
            assert step.release in self.owed, "only a collected card is given back"
            self.owed.discard(step.release)

    def refused(self, attempt: object) -> InvalidRequest:
        before = self.slot
        assert callable(attempt)
        try:
            attempt()
        except InvalidRequest as refusal:
            assert self.slot is before
            return refusal
        raise AssertionError("should have been refused")

    def forget(self) -> None:
        self.doing = self.about = None
        self.busy = self.ended = self.button = self.asked_again = False
        self.card_held_until = self.form_ends_at = None

    @rule(
        type=st.sampled_from(CARD_ACTIONS + OTHER_ACTIONS),
        intent=INTENTS,
        button=st.booleans(),
        simulated=st.booleans(),
    )
    def begin(self, type: ActionType, intent: str, *, button: bool, simulated: bool) -> None:
        def attempt() -> Step:
            return actions.begin(self.slot, type, subject=intent, simulated=simulated, now=self.now, cancelable=button)

        if self.busy:
            assert self.refused(attempt).code == "terminal_reader_busy"
            return
        self.take(attempt())
        self.forget()
        self.doing, self.about, self.button = type, intent, button
        self.busy = type == "print_content"
        if type == "collect_inputs" and simulated:
            self.form_ends_at = self.now + 120

    @rule(intent=INTENTS)
    def confirm(self, intent: str) -> None:
        simulated = self.slot.simulated

        def attempt() -> Step:
            return actions.begin(self.slot, "confirm_payment_intent", subject=intent, simulated=simulated, now=self.now)

        holds = self.card_held_until is not None and self.now < self.card_held_until and self.about == intent
        if self.busy or not holds:
            expected = "terminal_reader_busy" if self.busy else "intent_invalid_state"
            assert self.refused(attempt).code == expected
            return
        self.take(attempt())
        self.forget()
        self.doing, self.about = "confirm_payment_intent", intent
        self.busy = True
        self.owed.discard(intent)

    @rule()
    def cancel(self) -> None:
        if self.busy:
            assert self.refused(lambda: actions.cancel(self.slot)).code == "terminal_reader_busy"
            return
        self.take(actions.cancel(self.slot))
        self.forget()

    @rule(tip=st.none() | st.integers(0, 500))
    def present(self, tip: int | None) -> None:
        held = Held(payment_method="pm_1", fingerprint="fp", amount_tip=tip)

        def attempt() -> Step:
            return actions.present(self.slot, self.now, held=held)

        takes_cards = self.doing in CARD_ACTIONS or (self.doing == "confirm_payment_intent" and self.asked_again)
        waits = not self.ended and takes_cards and self.card_held_until is None
        if self.busy or not waits:
            refusal = self.refused(attempt)
            assert (refusal.code == "terminal_reader_busy") == self.busy
            return
        self.take(attempt())
        if self.doing == "collect_payment_method":
            assert self.about is not None
            self.card_held_until = self.now + (30 * 60 if self.slot.simulated else 30)
            self.owed.add(self.about)
        else:
            self.busy = True

    @rule(approved=st.booleans())
    def settle(self, *, approved: bool) -> None:
        def attempt() -> Step:
            return actions.approve(self.slot) if approved else actions.fail(self.slot)

        if not self.busy:
            if approved:
                self.refused(attempt)
            return
        self.take(attempt())
        self.busy, self.ended = False, True

    @rule(decline=st.sampled_from(["offline_pin_required", "online_or_offline_pin_required", "lost_card"]))
    def ask_for_another_reading(self, decline: str) -> None:
        wanted = decline.endswith("pin_required") and not self.asked_again and not self.slot.simulated
        assert actions.may_read_again(self.slot, decline) == wanted
        if not self.busy or self.doing == "print_content":
            self.refused(lambda: actions.read_again(self.slot, decline))
        elif wanted:
            self.take(actions.read_again(self.slot, decline))
            self.busy, self.asked_again = False, True

    @rule()
    def press_the_button(self) -> None:
        waiting = self.asked_again or self.doing in (*CARD_ACTIONS, "collect_inputs")
        waits = waiting and not (self.busy or self.ended)
        if not self.button or not waits or self.card_held_until is not None:
            self.refused(lambda: actions.cancel_by_customer(self.slot))
            return
        self.take(actions.cancel_by_customer(self.slot))
        self.ended, self.form_ends_at = True, None

    @rule()
    def fill_in(self) -> None:
        if self.doing != "collect_inputs" or self.ended:
            self.refused(lambda: actions.enter(self.slot))
            return
        self.take(actions.enter(self.slot))
        self.ended, self.form_ends_at = True, None

    @rule(seconds=st.integers(1, 60))
    def wait(self, seconds: int) -> None:
        self.pass_time(self.now + seconds)

    @precondition(lambda self: self.deadlines())
    @rule(early=st.booleans())
    def wait_for_the_deadline(self, *, early: bool) -> None:
        """To the second it falls on, or the one before."""
        self.pass_time(max(self.now, min(self.deadlines()) - early))

    @precondition(lambda self: not self.busy)
    @rule(intent=INTENTS, simulated=st.booleans())
    def collect_a_card(self, intent: str, *, simulated: bool) -> None:
        """Both steps at once, or random events would seldom get as far as a confirmation."""
        self.begin(type="collect_payment_method", intent=intent, button=False, simulated=simulated)
        self.present(tip=None)

    def deadlines(self) -> list[int]:
        found = (self.form_ends_at, self.card_held_until)
        return [deadline for deadline in found if deadline is not None]

    def pass_time(self, until: int) -> None:
        self.now = until
        self.take(actions.elapse(self.slot, self.now))
        if self.form_ends_at is not None and self.now >= self.form_ends_at:
            self.ended, self.form_ends_at = True, None
        if self.card_held_until is not None and self.now >= self.card_held_until:
            self.ended, self.card_held_until = True, None

    @invariant()
    def the_slot_agrees(self) -> None:
        assert self.slot.type == self.doing
        assert (self.slot.phase == "working") == self.busy
        assert (self.slot.phase in ("succeeded", "failed")) == self.ended
        assert (self.slot.phase == "collected") == (self.card_held_until is not None)
        if self.doing is not None:
            assert self.slot.subject == self.about

    @invariant()
    def nobody_forgets_a_collected_card(self) -> None:
        """An intent with a collected card is the one the reader holds it for, or was given back."""
        assert self.owed == ({self.about} if self.card_held_until is not None else set())


ReaderMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestReader = ReaderMachine.TestCase
