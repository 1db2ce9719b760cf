"""A device on the bench: timers that the test winds, a slot for virtual cards, and everything it asked for, in lists.

What the device wants done is done as the program around it would: a Remember that fails lets nothing after it happen.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, Protocol, TypeVar

from opentill.link.messages import (
    Ack,
    Assignment,
    CardRead,
    Command,
    FromReader,
    FromServer,
    Happening,
    Picture,
    PinBlock,
    Report,
    Result,
    SealedReading,
    Settings,
    State,
    Welcome,
)
from opentill.link.sealing import Binding, ClearReading
from opentill.link.tasks import Payment, Task
from opentill.reader.cards.virtual import VirtualCard
from opentill.reader.cards.wallet import card_named
from opentill.reader.device import effects, events
from opentill.reader.device.core import About
from opentill.reader.device.device import Device
from opentill.reader.device.models import MODELS
from opentill.reader.device.screens import Screen
from opentill.reader.device.sealer import NoKey

NOW_MS = 1_795_000_000_000  # 18 November 2026
TODAY = date(2026, 11, 18)
SERIAL = "STRM26-TEST-0001"
_Message = TypeVar("_Message")


class FakeSealer:
    """Seals by keeping: tests look into `sealed`. `broken` has no keys."""

    def __init__(self) -> None:
        self.sealed: list[tuple[ClearReading, Binding]] = []
        self.pins: list[tuple[str, str]] = []
        self.broken = False

    def seal(self, reading: ClearReading, binding: Binding) -> SealedReading:
        if self.broken:
            raise NoKey("no card key")
        self.sealed.append((reading, binding))
        return SealedReading(key="ck_1", sequence=binding.sequence, sealed=b"sealed %d" % len(self.sealed))

    def open_pin_keys(self, assignment: Assignment) -> bytes:
        if self.broken:
            raise NoKey("no PIN key")
        return assignment.pin_key_id + bytes(4)

    def pin_block(self, pin_keys: bytes, pin: str, number: str) -> tuple[PinBlock, bytes]:
        self.pins.append((pin, number))
        after = pin_keys[:8] + (int.from_bytes(pin_keys[8:], "big") + 1).to_bytes(4, "big")
        return PinBlock(ksn=after, block=b"pin block of 16b"), after


class Chip(Protocol):
    """A card under power."""

    def respond(self, command: bytes, /) -> bytes: ...


class Card(Protocol):
    """A card as the rig needs it."""

    @property
    def track2(self) -> str | None: ...

    def power_on(self, interface: Literal["contact", "contactless"], /) -> Chip: ...


def card(name: str) -> VirtualCard:
    """A fresh card out of the drawer."""
    found = card_named(name, TODAY)
    assert found is not None
    return found


@dataclass
class Timer:
    due_ms: float
    order: int


def settings(**changes: Any) -> Settings:
    return Settings(**{"merchant": "Rocket Rides", "country": "US", "timezone": "America/New_York", **changes})


def assignment(reader: str = "tmr_1", **changes: Any) -> Assignment:
    return Assignment(
        reader=reader,
        label="Till 1",
        livemode=False,
        settings=settings(**changes),
        pin_key_id=b"pinkey01",
        pin_key=b"sealed key",
        location="tml_1",
        location_name="Main street",
    )


def payment(amount: int = 1000, **changes: Any) -> Payment:
    return Payment(**{"amount": amount, "currency": "usd", "takes": ["card_present"], **changes})


APPROVED = Result(succeeded=True, amount=1000, response_code="00")
DECLINED = Result(
    succeeded=False,
    code="card_declined",
    decline_code="insufficient_funds",
    message="Your card has insufficient funds.",
    response_code="51",
)


class Bench:
    """One device; a `fresh` one is out of its box. `watch` sees each effect as it is carried out."""

    def __init__(
        self,
        model: str = "stripe_s700",
        *,
        assigned: Assignment | None = None,
        fresh: bool = False,
        watch: "Callable[[Bench, effects.Effect], None]" = lambda _bench, _effect: None,
    ) -> None:
        self.model = MODELS[model]
        self.sealer = FakeSealer()
        self.now_ms = NOW_MS
        self.assigned = None if fresh else assigned or assignment()
        self.disk = effects.Memory(serial_number=SERIAL, device_type=model, assignment=self.assigned)
        self.disk_full = False
        self.watch = watch
        self._counter = 0
        self._commands = 0
        self.power_on()

    # Power, time and network ---------------------------------------------------------------------------------

    def power_on(self) -> None:
        """A new start with what is on the disk. A card that was in the slot is pulled."""
        self.device = Device(
            self.model, self.disk, sealer=self.sealer, random=self._random, about=About("2.44.1.0", "10.0.0.7")
        )
        self.timers: dict[str, Timer] = {}
        self.sent: list[FromReader] = []
        self.screens: list[Screen] = []
        self.beeps: list[str] = []
        self.paper: list[bytes] = []
        self.restarts = 0
        self.obtained: list[Picture | None] = []
        self.open: frozenset[str] = frozenset()
        self.chip: Chip | None = None
        self.tapped = False
        self.link = False
        self.feed(events.PoweredOn())

    def connect(self, state: State | None = None) -> "Bench":
        """The link is up, and the server says how things stand."""
        self.link = True
        self.feed(events.LinkUp())
        self.receive(
            Welcome(
                time=self.now_ms,
                heartbeat_s=30,
                assignment=self.assigned,
                state=state or State(action=None, phase="idle"),
            )
        )
        return self

    def cut(self) -> None:
        self.link = False
        self.feed(events.LinkDown())

    def advance(self, seconds: float) -> None:
        """Let time pass; what is due fires, in its order."""
        end = self.now_ms + seconds * 1000
        while True:
            due = [(timer.due_ms, timer.order, name) for name, timer in self.timers.items() if timer.due_ms <= end]
            if not due:
                break
            at, _, name = min(due)
            self.now_ms = max(self.now_ms, int(at))
            del self.timers[name]
            self.feed(events.TimerFired(name))
        self.now_ms = int(end)

    def feed(self, event: events.Event) -> None:
        """Hand one event to the device, and do what it wants."""
        following: list[events.Event] = []
        for effect in self.device.handle(event, self.now_ms):
            self.watch(self, effect)
            if isinstance(effect, effects.Remember) and self.disk_full:
                following.insert(0, events.StorageFailed())
                break
            if isinstance(effect, effects.Exchange) and self.chip is not None:
                following.append(events.CardAnswered(self.chip.respond(effect.apdu)))
            self._do(effect)
        for event_after in following:
            self.feed(event_after)

    def _do(self, effect: effects.Effect) -> None:
        match effect:
            case effects.Show(screen):
                self.screens.append(screen)
            case effects.Beep(tone):
                self.beeps.append(tone)
            case effects.ListenForCards(interfaces):
                self.open = interfaces
            case effects.Send(message) if self.link:
                self.sent.append(message)
            case effects.StartTimer(name, seconds):
                self._counter += 1
                self.timers[name] = Timer(self.now_ms + seconds * 1000, self._counter)
            case effects.StopTimer(name):
                self.timers.pop(name, None)
            case effects.Remember(memory):
                self.disk = memory
            case effects.Paper(content):
                self.paper.append(content)
            case effects.Restart():
                self.restarts += 1
            case effects.Obtain(picture):
                self.obtained.append(picture)
            case _:
                pass

    # The server ----------------------------------------------------------------------------------------------

    def receive(self, message: FromServer) -> None:
        self.feed(events.Received(message))

    def command(self, action: str | None, task: Task | None, *, id: str | None = None) -> str:
        """Command the reader; returns how it acknowledged."""
        self._commands += 1
        id = id or f"cmd_{self._commands}"
        self.receive(Command(id=id, action=action, task=task))
        acks = [message for message in self.sent if isinstance(message, Ack) and message.command == id]
        return acks[-1].result

    def state(self, action: str | None, phase: Any, **more: Any) -> None:
        self.receive(State(action=action, phase=phase, **more))

    def end(self, action: str, result: Result = APPROVED) -> None:
        """The server has a result."""
        self.state(action, "ended", about=self.reports()[-1].id if self.reports() else None, result=result)

    # The person ----------------------------------------------------------------------------------------------

    def insert(self, card: Card) -> None:
        if "contact" in self.open:
            self.chip = card.power_on("contact")
            self.feed(events.CardInserted())

    def tap(self, card: Card) -> None:
        """Hold it to the reader for as long as it takes, and away."""
        if "contactless" not in self.open:
            return
        self.chip = card.power_on("contactless")
        self.feed(events.CardTapped())
        self.chip = None
        self.feed(events.CardRemoved())

    def swipe(self, card: Card) -> None:
        if "stripe" in self.open and card.track2 is not None:
            self.feed(events.CardSwiped(card.track2))

    def remove(self) -> None:
        self.chip = None
        self.feed(events.CardRemoved())

    def key(self, *keys: str) -> None:
        for key in keys:
            self.feed(events.Keyed(key))  # type: ignore[arg-type]

    def press(self, button: str) -> None:
        assert button in self.buttons(), f"{button} is not on the screen {self.screen.name}"
        self.feed(events.Pressed(button))

    # What came of it -----------------------------------------------------------------------------------------

    @property
    def screen(self) -> Screen:
        return self.device.screen

    def buttons(self) -> list[str]:
        return [button.id for button in self.screen.buttons if not button.disabled]

    def of(self, kind: type[_Message]) -> list[_Message]:
        return [message for message in self.sent if isinstance(message, kind)]

    def reports(self) -> list[Report]:
        return self.of(Report)

    def happened(self) -> list[Happening]:
        """What was reported, each once."""
        return list({report.id: report.happening for report in self.reports()}.values())

    def readings(self) -> list[CardRead]:
        return [happening for happening in self.happened() if isinstance(happening, CardRead)]

    def _random(self, length: int) -> bytes:
        self._counter += 1
        return self._counter.to_bytes(length, "big") if length >= 4 else bytes(length)


def names(screens: Iterable[Screen]) -> list[str]:
    """The screens by name, repetitions left out."""
    seen: list[str] = []
    for screen in screens:
        if not seen or seen[-1] != screen.name:
            seen.append(screen.name)
    return seen
