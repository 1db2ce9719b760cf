"""What every rule of the device stands on: its state, what it knows, and what it wants done.

Effects are gathered while an event is handled. What may only happen once the memory is written (an acknowledgement, a
sealed card on its way) is held back until then: see `Core.drain`.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import msgspec

from opentill.link.messages import Ack, Assignment, FromReader, Happening, Picture, Report, Settings
from opentill.reader.device.effects import Beep, Effect, Memory, Remember, Send, StartTimer, StopTimer
from opentill.reader.device.events import PictureReady
from opentill.reader.device.job import Job, Session
from opentill.reader.device.models import Model
from opentill.reader.device.sealer import Sealer
from opentill.reader.device.states import AT_WORK, State
from opentill.reader.device.texts import Texts, speaks, texts

Link: TypeAlias = Literal["online", "connecting", "offline"]
Trouble: TypeAlias = Literal["storage", "update", "not_admitted"]

SYNC_S: Final = {State.PROCESSING: 2.0, State.REPORTING: 2.0, State.COLLECTED: 5.0}
"""How often the server is asked what became of it, while it is the server's turn."""
SYNC_WAITING_S: Final = 30.0
"""The same while it is the customer's turn, in case something was lost without a break of the link."""
SYNC_IDLE_S: Final = 300.0
"""And while nobody wants anything."""
STORAGE_RETRY_S: Final = 10.0
DOUBT_S: Final = 1.5
DOUBTS_MAX: Final = 6
"""An action that the server does not know yet is asked about so many times, within ten seconds."""


@dataclass(frozen=True, slots=True)
class About:
    """What the settings show of the device beside its serial number."""

    software: str
    ip_address: str | None = None


@dataclass(slots=True)
class Pairing:
    """The registration code on the screen. `held_off`: too many were asked for."""

    code: str | None = None
    held_off: bool = False


@dataclass(slots=True)
class Passcode:
    """What has been keyed in at the door of the settings. `keys` are those of a model without such a door."""

    digits: str = ""
    keys: str = ""
    wrong: int = 0
    locked: bool = False
    last_was_wrong: bool = False


class InvalidTransition(Exception):
    """A rule led where the table does not let it: a mistake in this program."""


class Core:
    """The device's state and its primitives. Rules (`table.RULES`) are functions of it."""

    def __init__(
        self, model: Model, memory: Memory, *, sealer: Sealer, random: Callable[[int], bytes], about: About
    ) -> None:
        self.model = model
        self.memory = memory
        self.sealer = sealer
        self.random = random
        self.about = about
        self.now_ms = 0
        self.state = State.STARTING
        self.allowed: tuple[State, ...] = ()
        self.link: Link = "connecting"
        self.clock_offset_ms = 0
        self.trouble: Trouble | None = None
        self.job: Job | None = None
        self.session: Session | None = None
        self.card_in_slot = False
        self.card_language: str | None = None
        self.chosen_language: str | None = None
        self.outbox: dict[str, Report] = {}
        self.dropped: str | None = None
        self.drops = 0
        self.missed = False
        self.resend = False
        self.ask_later = False
        self.done: deque[str] = deque(maxlen=32)
        self.pairing = Pairing()
        self.passcode = Passcode()
        self.timers: set[str] = set()
        self.wanted: Picture | None = None
        self.picture: PictureReady | None = None
        self._effects: list[Effect] = []
        self._held: list[Effect] = []
        self._remembered = memory
        self.unsure: list[Effect] = []
        """What was to follow the last Remember; it did not happen if StorageFailed comes next."""

    # What it knows ----------------------------------------------------------------------------------------------

    @property
    def assignment(self) -> Assignment | None:
        """Where it belongs; None for a reader that is not registered."""
        return self.memory.assignment

    @property
    def settings(self) -> Settings | None:
        """What holds at this reader."""
        return None if self.assignment is None else self.assignment.settings

    @property
    def language(self) -> str:
        """The language of the screen: the card's, else what was chosen at the reader, else the settings'."""
        configured = speaks(self.settings.language) if self.settings is not None else None
        return self.card_language or self.chosen_language or configured or "en"

    @property
    def texts(self) -> Texts:
        """What the screen says."""
        return texts(self.language)

    @property
    def server_time_ms(self) -> int:
        """The time by the server's clock; a reader's own may be wrong."""
        return self.now_ms + self.clock_offset_ms

    # What it does -----------------------------------------------------------------------------------------------

    def go(self, state: State, *, seconds: float | None = None) -> None:
        """Go to a state, for so long; then the timer "screen" fires. Raises InvalidTransition."""
        if state not in self.allowed and state is not self.state:
            raise InvalidTransition(f"{self.state} does not lead to {state} here")
        self.state = state
        self.stop("screen")
        if seconds is not None:
            self.start("screen", seconds)
        if self.job is None or state not in AT_WORK:
            self.stop("sync")
        elif state in SYNC_S or "sync" not in self.timers:
            self.start("sync", SYNC_S.get(state, SYNC_WAITING_S))

    def start(self, name: str, seconds: float) -> None:
        """Start a timer, in place of one of that name."""
        self.timers.add(name)
        self._effects.append(StartTimer(name, seconds))

    def start_after_remembering(self, name: str) -> None:
        """Have a timer fire as soon as the memory is written; not at all if that fails."""
        self.timers.add(name)
        self._held.append(StartTimer(name, 0))

    def stop(self, name: str) -> None:
        """Stop a timer, if it runs."""
        if name in self.timers:
            self.timers.discard(name)
            self._effects.append(StopTimer(name))

    def beep(self, tone: Literal["read", "good", "bad", "key"]) -> None:
        """Make a sound."""
        self._effects.append(Beep(tone))

    def do(self, effect: Effect) -> None:
        """Have something else done."""
        self._effects.append(effect)

    def send(self, message: FromReader) -> None:
        """Send, if there is a link."""
        if self.link == "online":
            self._effects.append(Send(message))

    def acknowledge(self, command: str, result: Literal["accepted", "busy", "fault"]) -> None:
        """Answer a command, once what it changed is remembered."""
        self._held.append(Send(Ack(command=command, result=result)))

    def report(self, happening: Happening) -> None:
        """Tell the server what happened in the job; it is told again after a break, until the server answers.

        It goes out once the memory is written: no sequence number and no PIN key is used twice.
        """
        if self.job is None:
            return
        report = Report(id=self.random(16).hex(), action=self.job.action, happening=happening)
        self.outbox[report.id] = report
        if self.link == "online":
            self._held.append(Send(report))

    def remember(self, **changes: Any) -> None:
        """Change what is remembered."""
        self.memory = msgspec.structs.replace(self.memory, **changes)

    def drain(self, screen: list[Effect], *, write: bool) -> list[Effect]:
        """Everything that was asked for, in order: at once, the screen, the memory, and what waited for it.

        The memory is written if it has changed, except to a disk that fails; `write` tries again.
        """
        effects = [*self._effects, *screen]
        self.unsure = []
        if write or (self.memory != self._remembered and self.trouble != "storage"):
            effects.append(Remember(self.memory))
            self._remembered = self.memory
            self.unsure = list(self._held)
        effects += self._held
        self._effects, self._held = [], []
        return effects

    def forget_job(self) -> None:
        """Let go of the job, its card and its reports."""
        self.job = None
        self.session = None
        self.outbox.clear()
        self.stop("sync")
