"""Whatever happens in whatever order: the device never breaks, never lies, and always finds back.

A small model of the server stands at the other end of the link; messages are doubled, come late and in the wrong order,
links are cut, the power goes, the disk fills up, cards are pulled, people press what they like. Between all that the
sale goes on as it should (`World.goes_on`), or nothing of interest would ever be interrupted.
"""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reader.device.rig import APPROVED, DECLINED, NOW_MS, Bench, assignment, payment

from opentill.link.messages import (
    Ack,
    Assigned,
    Canceled,
    CardRead,
    Command,
    Entered,
    Failed,
    Pair,
    PairingCode,
    Printed,
    Report,
    Result,
    State,
    Sync,
    Untouched,
    Welcome,
)
from opentill.link.tasks import (
    Again,
    Cart,
    CartLine,
    Choice,
    Confirmation,
    Form,
    Inputs,
    Payment,
    Print,
    Refund,
    Setup,
    Task,
    TipButton,
    Toggle,
)
from opentill.reader.cards.wallet import card_named
from opentill.reader.device import effects, events
from opentill.reader.device.states import State as Device
from opentill.reader.device.table import TABLE

PIN: Final = "271828182845"
RIGHT_PIN: Final = "1234"
TODAY: Final = date(2026, 11, 18)
CARDS: Final = [
    card
    for name in (
        "visa offline_pin_cvm online_pin_cvm online_pin_sca_retry interac broken_chip stripe_only blocked_card "
        "chip_declines chip_declines_afterwards apple_pay_visa eftpos_au_visa_debit"
    ).split()
    if (card := card_named(name, TODAY)) is not None
]
NUMBERS: Final = sorted({card.track2.partition("=")[0] for card in CARDS if card.track2})

TASKS: Final[list[Task]] = [
    payment(),
    payment(cancelable=True, tips=[TipButton(amount=150, percentage=15), TipButton(amount=500)]),
    payment(takes=["card"], cancelable=True),
    payment(takes=["card_present", "interac_present", "card"], preauthorization=True),
    payment(collects=True),
    Setup(currency="usd", cancelable=True),
    Refund(amount=500, currency="cad", cancelable=True),
    Cart(currency="usd", lines=[CartLine(description="Bread", amount=300, quantity=2)], total=600, tax=50),
    Inputs(
        forms=[
            Form(type="selection", title="Size?", choices=[Choice(text="L", id="l"), Choice(text="S", id="s")]),
            Form(type="signature", required=True, toggles=[Toggle(title="Newsletter")]),
            Form(type="phone", title="Phone"),
        ]
    ),
    Print(content=b"picture", media_type="image/png"),
]


class Server:
    """The reader's action, and the messages on their way to the reader."""

    def __init__(self) -> None:
        self.action: str | None = None
        self.task: Task | None = None
        self.phase: Any = "idle"
        self.result: Result | None = None
        self.again: Again | None = None
        self.seen: set[str] = set()
        self.number = 0
        self.pending: tuple[str, str | None, Task | None] | None = None  # commanded, acknowledged, not committed
        self.outgoing: list[Any] = []
        self.past: list[Any] = []

    def state(self, about: str | None = None, *, unknown: bool = False) -> State:
        waits = self.phase in ("waiting", "showing") or isinstance(self.task, Print)
        return State(
            action=self.action,
            phase=self.phase,
            about=about,
            unknown=unknown,
            task=self.task if waits else None,
            again=self.again if self.phase == "waiting" else None,
            result=self.result if self.phase == "ended" else None,
        )

    def order(self, task: Task | None) -> None:
        self.number += 1
        action = None if task is None else f"act_{self.number}"
        self.pending = (f"cmd_{self.number}", action, task)
        self.outgoing.append(Command(id=f"cmd_{self.number}", action=action, task=task))

    def commit(self, command: str) -> None:
        if self.pending is None or self.pending[0] != command:
            return
        _, self.action, self.task = self.pending
        self.pending, self.result, self.again = None, None, None
        match self.task:
            case None:
                self.phase = "idle"
            case Cart():
                self.phase = "showing"
            case Confirmation() | Print():
                self.phase = "working"
            case _:
                self.phase = "waiting"

    def hear(self, message: Any) -> None:
        match message:
            case Pair():
                self.outgoing.append(PairingCode(code="quick-brown-fox", expires=NOW_MS + 600_000))
            case Sync(action=action):
                self.outgoing.append(self.state(action, unknown=action is not None and action != self.action))
            case Report() if message.id in self.seen:
                self.outgoing.append(self.state(message.id))
            case Report() if message.action != self.action:
                self.outgoing.append(self.state(message.id, unknown=True))
            case Report():
                self.seen.add(message.id)
                self._happened(message.happening)
                self.outgoing.append(self.state(message.id))
            case _:
                pass

    def _happened(self, happening: Any) -> None:
        waiting = self.phase == "waiting"
        match happening:
            case CardRead() if waiting:
                collects = isinstance(self.task, Payment) and self.task.collects
                self.phase, self.again = ("collected" if collects else "working"), None
            case Canceled() if waiting:
                self.end(Result(succeeded=False, code="customer_canceled"))
            case Failed() if self.phase in ("waiting", "showing", "working"):
                self.end(Result(succeeded=False, code="hardware_fault"))
            case Entered() if waiting:
                self.end(Result(succeeded=True))
            case Untouched() if waiting:
                self.end(Result(succeeded=False, code="collect_inputs_timeout"))
            case Printed(trouble=trouble) if isinstance(self.task, Print) and self.phase == "working":
                self.end(Result(succeeded=trouble is None, code=trouble))
            case _:
                pass

    def end(self, result: Result) -> None:
        self.phase, self.result = "ended", result

    def reset(self) -> None:
        """The reader was deleted, or is somebody else's: nothing is left to do."""
        self.action, self.task, self.phase, self.result, self.again = None, None, "idle", None, None
        self.pending = None
        self.outgoing.clear()


class World:
    """A reader, its server, and the people around. Each step is a number that says which of its cases it is."""

    def __init__(self, model: str, *, fresh: bool) -> None:
        self.server = Server()
        self.heard = 0
        self.acks: dict[str, int] = {}
        self.reported: dict[int, str] = {}
        self.succeeded: set[str | None] = set()
        self.bench = Bench(model, fresh=fresh, watch=self.watch)
        self.bench.connect(self.server.state())
        self.look()

    # What always holds ------------------------------------------------------------------------------------------------

    def watch(self, bench: Bench, effect: effects.Effect) -> None:
        """Nothing that the device wants gives a number or a PIN away, and "approved" is the server's word."""
        said = repr(effect)
        assert PIN not in said
        for number in NUMBERS:
            assert number not in said
            assert bytes.fromhex(number + "F" * (len(number) % 2)) not in _chip_data(effect)
        match effect:
            case effects.Show(screen) if screen.name == "approved" or screen.detail == "Approved":
                job = bench.device._core.job
                assert job is not None
                assert job.action in self.succeeded
            case effects.Send(Report(happening=CardRead(reading=reading)) as report) if bench.link:
                said_before = self.reported.setdefault(reading.sequence, report.id)
                assert said_before == report.id, "a sequence number came twice, under different names"
            case effects.Send(Ack() as ack):
                self.acks[ack.command] = self.acks.get(ack.command, 0) + 1
            case _:
                pass

    def look(self) -> None:
        """What holds between any two events."""
        bench = self.bench
        for button in bench.buttons():
            assert (bench.device.state, f"button {button.partition(':')[0]}") in TABLE
        if bench.restarts:
            self.power_cut()

    # Messages ---------------------------------------------------------------------------------------------------------

    def deliver(self, message: Any) -> None:
        self.server.past.append(message)
        stands = message.state if isinstance(message, Welcome) else message
        if isinstance(stands, State) and stands.result is not None and stands.result.succeeded:
            self.succeeded.add(stands.action)
        before = self.acks.get(message.id, 0) if isinstance(message, Command) else 0
        self.bench.receive(message)
        self.look()
        if isinstance(message, Command):
            assert self.acks.get(message.id, 0) == before + 1, "a command is acknowledged exactly once"

    def messages_arrive(self, _: int = 0) -> None:
        """Everything that was sent arrives, in both directions."""
        for _ in range(50):
            new = self.bench.sent[self.heard :]
            self.heard = len(self.bench.sent)
            for message in new:
                if not isinstance(message, Ack):
                    self.server.hear(message)
                elif message.result == "accepted":
                    self.server.commit(message.command)
                elif self.server.pending is not None and self.server.pending[0] == message.command:
                    self.server.pending = None
            if not self.server.outgoing and not new:
                return
            while self.server.outgoing and self.bench.link:
                self.deliver(self.server.outgoing.pop(0))
            if not self.bench.link:
                self.server.outgoing.clear()
        raise AssertionError("the two never stop talking")

    def an_old_message_comes_again(self, which: int) -> None:
        recent = [message for message in self.server.past[-8:] if not isinstance(message, Assigned)]
        if recent and self.bench.link:
            self.deliver(recent[which % len(recent)])

    def a_message_overtakes(self, _: int) -> None:
        if len(self.server.outgoing) > 1 and self.bench.link:
            self.deliver(self.server.outgoing.pop())

    def a_message_is_lost(self, which: int) -> None:
        """Although the link holds: somebody at one end dropped it."""
        if which % 2 and self.server.outgoing:
            if isinstance(self.server.outgoing[0], Assigned):
                return  # what a reader belongs to is told by every Welcome, and by nothing else
            lost = self.server.outgoing.pop(0)
        elif self.heard < len(self.bench.sent):
            lost = self.bench.sent[self.heard]
            self.heard += 1
        else:
            return
        if isinstance(lost, Command | Ack):
            self.server.pending = None

    # The server -------------------------------------------------------------------------------------------------------

    def order(self, which: int) -> None:
        ready = self.bench.link and self.bench.assigned is not None and self.server.phase != "working"
        if ready and self.server.pending is None:
            self.server.order(TASKS[which % len(TASKS)])
            if which % 3:
                self.messages_arrive()

    def cancel(self, _: int) -> None:
        if self.bench.link and self.server.phase != "working" and self.server.pending is None:
            self.server.order(None)

    def issuer_answers(self, which: int) -> None:
        server = self.server
        if server.phase != "working" or isinstance(server.task, Print):
            return
        match which % 8:
            case 5 if isinstance(server.task, Payment):
                server.phase, server.again = "waiting", Again(how="insert", decline_code="offline_pin_required")
            case 6 if isinstance(server.task, Payment):
                server.phase, server.again = "waiting", Again(how="pin", decline_code="online_or_offline_pin_required")
            case 7:
                server.action, server.task, server.phase = None, None, "idle"
            case even if even % 2 == 0:
                server.end(APPROVED)
            case _:
                server.end(DECLINED)
        self.says_how_things_stand()

    def says_how_things_stand(self, _: int = 0) -> None:
        if self.bench.link:
            self.server.outgoing.append(self.server.state())

    def the_card_lapses(self, _: int) -> None:
        if self.server.phase == "collected":
            self.server.end(Result(succeeded=True))

    def register(self, which: int) -> None:
        match which % 4:
            case 0:
                self.bench.assigned = None
            case 1:
                self.bench.assigned = assignment(f"tmr_{self.server.number + 2}")
            case other:
                self.bench.assigned = assignment(language="fr" if other == 2 else "de")
        if which % 4 < 2:
            self.server.reset()
        if self.bench.link:
            self.server.outgoing.append(Assigned(assignment=self.bench.assigned))

    # The line, the plug, the disk, the clock --------------------------------------------------------------------------

    def cut(self, _: int) -> None:
        self.lose()
        self.bench.cut()
        self.look()

    def reconnect(self, _: int = 0) -> None:
        self.lose()
        stands = self.server.state()
        if stands.result is not None and stands.result.succeeded:
            self.succeeded.add(stands.action)
        self.bench.connect(stands)
        self.look()

    def power_cut(self, _: int = 0) -> None:
        self.lose()
        self.bench.power_on()
        self.heard = 0
        self.look()

    def lose(self) -> None:
        """What is on the line is lost; a command that is not acknowledged by now never is."""
        self.server.outgoing.clear()
        self.server.pending = None
        self.heard = len(self.bench.sent)

    def disk(self, which: int) -> None:
        self.bench.disk_full = which % 2 == 0

    def time_passes(self, which: int) -> None:
        self.bench.advance((0.5, 2, 3, 10, 61, 130, 700)[which % 7])
        self.look()

    # People -----------------------------------------------------------------------------------------------------------

    def present(self, which: int) -> None:
        """Any card, any way that it can be presented."""
        card = CARDS[which % len(CARDS)]
        ways = [("insert", card.can_insert), ("tap", card.can_tap), ("swipe", card.can_swipe)]
        possible = [way for way, can in ways if can]
        getattr(self.bench, possible[which // len(CARDS) % len(possible)])(card)
        self.look()

    def pull(self, _: int) -> None:
        self.bench.remove()
        self.look()

    def type_the_pin(self, which: int) -> None:
        self.bench.key(*(RIGHT_PIN if which % 3 else PIN), "enter")
        self.look()

    def type_anything(self, which: int) -> None:
        self.bench.key(*(("0", "7", "1", "8", "clear", "cancel", "enter")[(which >> shift) % 7] for shift in (0, 2, 4)))
        self.look()

    def type_the_passcode(self, which: int) -> None:
        self.bench.key(*("07139" if which % 2 else "07138"))
        self.look()

    def type_a_card(self, _: int) -> None:
        for part in (NUMBERS[0], "1230", "123"):
            self.bench.key(*part, "enter")
        self.look()

    def press(self, which: int) -> None:
        buttons = self.bench.buttons()
        if buttons:
            self.bench.press(buttons[which % len(buttons)])
        self.look()

    def press_what_is_not_there(self, which: int) -> None:
        ids = ("cancel", "tip:7", "tip:x", "application:3", "choice:99", "submit", "settings", "")
        self.bench.feed(events.Pressed(ids[which % len(ids)]))
        self.look()

    def type_text(self, which: int) -> None:
        text = ("", "+15555551234", "a@b.example", "x" * 600)[which % 4]
        self.bench.feed(events.Typed(text))
        self.bench.feed(events.Signed(f"<svg>{text}</svg>" if text else ""))
        self.bench.feed(events.Toggled(which % 3, on=True))
        self.look()

    def hardware_says_anything(self, which: int) -> None:
        said = (
            events.CardInserted(),
            events.CardTapped(),
            events.CardRemoved(),
            events.PrinterStopped(),
            events.CardSwiped("nonsense"),
            events.TimerFired("nothing"),
            events.PoweredOn(),
            events.CardAnswered(bytes(which % 3)),
        )
        self.bench.feed(said[which % len(said)])
        self.look()

    def goes_on(self, which: int) -> None:
        """What would sensibly happen next."""
        bench, state = self.bench, self.bench.device.state
        if not bench.link:
            self.reconnect()
        self.messages_arrive()
        if state in (Device.SPLASH, Device.CART, Device.RESULT) and self.server.phase in ("idle", "ended", "showing"):
            self.order(which)
        elif state is Device.PRESENT_CARD:
            self.present(which)
        elif state is Device.PIN:
            self.type_the_pin(which)
        elif state in (Device.PRESENT_AGAIN, Device.REMOVE_CARD):
            self.pull(which)
        elif state is Device.KEYED_CARD:
            self.type_a_card(which)
            self.press(0)
            self.press(0)
        elif state is Device.PRINTING:
            bench.feed(events.PrinterStopped())
        elif state is Device.PROCESSING:
            self.issuer_answers(which)
        elif state is Device.COLLECTED:
            self.server.order(Confirmation(amount=1000, currency="usd"))
        elif state is Device.INPUT:
            self.type_text(1)
            self.press(which % 3)
        elif state in (Device.TIP, Device.APPLICATION):
            self.press(which)
        self.messages_arrive()
        self.look()

    def agree(self) -> None:
        """Nobody did anything for two minutes: the reader is where the server thinks it is."""
        job = self.bench.device._core.job
        if self.server.phase in ("idle", "ended") or self.bench.device.memory.assignment is None:
            assert job is None
        else:
            assert job is not None
            assert job.action == self.server.action

    def settles(self) -> None:
        """When all is quiet, the reader is at rest, and the server knows of nothing that goes on."""
        bench, server = self.bench, self.server
        bench.disk_full = False
        bench.remove()
        bench.advance(700)  # whoever was in the settings has gone
        self.look()
        if not bench.link:
            self.reconnect()
        for _ in range(8):
            self.messages_arrive()
            bench.remove()
            if bench.device.state is Device.PRINTING:
                bench.feed(events.PrinterStopped())
            self.messages_arrive()
            bench.advance(15)
            self.look()
        self.agree()
        for _ in range(40):
            self.messages_arrive()
            bench.remove()
            if bench.device.state is Device.PRINTING:
                bench.feed(events.PrinterStopped())
            self.issuer_answers(1)
            if server.phase in ("waiting", "showing", "collected") and server.pending is None:
                server.order(None)
            self.messages_arrive()
            bench.advance(15)
            self.look()
        assert bench.device.state in (Device.SPLASH, Device.PAIRING)
        assert bench.device._core.job is None
        assert server.phase in ("idle", "ended")
        sequences = [binding.sequence for _, binding in bench.sealer.sealed]
        assert bench.disk.sequence <= (max(sequences) if sequences else 0)


_WEIGHTS: Final[list[tuple[int, Callable[[World, int], None]]]] = [
    (60, World.goes_on),
    (8, World.messages_arrive),
    (8, World.order),
    (8, World.present),
    (6, World.press),
    (6, World.time_passes),
    (5, World.pull),
    (5, World.issuer_answers),
    (4, World.an_old_message_comes_again),
    (4, World.cut),
    (4, World.reconnect),
    (4, World.says_how_things_stand),
    (3, World.cancel),
    (3, World.type_anything),
    (3, World.type_text),
    (3, World.hardware_says_anything),
    (3, World.a_message_overtakes),
    (3, World.a_message_is_lost),
    (3, World.type_the_pin),
    (2, World.type_the_passcode),
    (2, World.press_what_is_not_there),
    (2, World.power_cut),
    (2, World.disk),
    (1, World.the_card_lapses),
    (1, World.register),
]
STEPS: Final = st.tuples(
    st.sampled_from([step for weight, step in _WEIGHTS for _ in range(weight)]), st.integers(0, 99)
)


@settings(max_examples=150, deadline=None)
@given(
    model=st.sampled_from(["stripe_s700", "bbpos_wisepos_e", "verifone_P400", "verifone_v660p"]),
    fresh=st.booleans(),
    steps=st.lists(STEPS, min_size=40, max_size=80),
)
def test_anything_in_any_order(model: str, fresh: bool, steps: list[tuple[Callable[[World, int], None], int]]) -> None:
    world = World(model, fresh=fresh)
    for step, which in steps:
        step(world, which)
    world.settles()


def _chip_data(effect: effects.Effect) -> bytes:
    match effect:
        case effects.Send(Report(happening=CardRead(facts=facts))) if facts is not None:
            return facts.chip_data or b""
        case _:
            return b""
