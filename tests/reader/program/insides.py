"""Appliances with insides made for tests: a device that wants what it is told to, a link to nowhere, a disk in memory.

Their event loop lives in a time of its own: where it would wait for a timer, it is that late already.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar

import msgspec

from opentill.link.messages import FromReader, Picture
from opentill.reader import pages
from opentill.reader.appliance import Appliance, Insides
from opentill.reader.device.effects import Effect, Memory
from opentill.reader.device.events import Event
from opentill.reader.device.screens import Screen

T = TypeVar("T")

SERIAL = "STRM26TEST"
NEW = Memory(serial_number=SERIAL, device_type="stripe_s700")
WALLET = [
    pages.WalletCard(name="visa", title="Visa", description="credit", group="Approved", ways=["tap", "insert", "swipe"])
]
TRACK2 = "4242424242424242=30122010000000000000"

Wants = Callable[[Event], Sequence[Effect]]


class _Hurried(selectors.DefaultSelector):
    """Where nothing has happened, the time until the next timer has passed."""

    ahead = 0.0

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0 if timeout is not None else None)
        if not ready and timeout is not None:
            self.ahead += timeout
        return ready


class HurriedLoop(asyncio.SelectorEventLoop):
    """An event loop that does not wait for timers. Nothing outside of it may be under way."""

    def __init__(self) -> None:
        self._hurried = _Hurried()
        super().__init__(self._hurried)

    def time(self) -> float:
        return super().time() + self._hurried.ahead


def hurried(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine, in a time of its own."""
    with asyncio.Runner(loop_factory=HurriedLoop) as runner:
        return runner.run(work)


class ScriptedDevice:
    """A device that wants what `wants` says, and remembers what it was told."""

    def __init__(self, wants: Wants) -> None:
        self._wants = wants
        self.heard: list[Event] = []

    def handle(self, event: Event, now_ms: int) -> Sequence[Effect]:
        self.heard.append(event)
        return self._wants(event)


class DeadEnd:
    """A link that never comes up; it keeps what was to be sent."""

    state: Literal["online", "connecting", "offline"] = "connecting"

    def __init__(self) -> None:
        self.sent: list[FromReader] = []
        self.sending: Callable[[FromReader], object] = lambda _: None

    async def run(self) -> None:
        await asyncio.Event().wait()

    def send(self, message: FromReader) -> bool:
        self.sent.append(message)
        self.sending(message)
        return False


class Plug:
    """A network that is what it was set to."""

    condition: pages.Condition = "up"

    def set(self, condition: pages.Condition) -> None:
        self.condition = condition


class Answering:
    """A card under power: says which card it is, and what it was asked."""

    def __init__(self, card: "PlasticCard") -> None:
        self._card = card

    def respond(self, apdu: bytes) -> bytes:
        return apdu + b"\x90\x00"


@dataclass
class PlasticCard:
    """A card that can be presented in every way."""

    name: str = "visa"
    track2: str | None = TRACK2
    can_tap: bool = True
    can_insert: bool = True
    can_swipe: bool = True
    powered: list[str] = field(default_factory=list)

    def power_on(self, interface: Literal["contact", "contactless"]) -> Answering:
        self.powered.append(interface)
        return Answering(self)


class MemoryDisk:
    """A disk in memory. `full` makes every write fail; `kept` are the bytes as a reader finds them after a start."""

    folder = Path("nowhere")

    def __init__(self, memory: Memory = NEW) -> None:
        self.kept = msgspec.json.encode(memory)
        self.printed: list[bytes] = []
        self.full = False

    def memory(self) -> Memory:
        """What a reader would find now."""
        return msgspec.json.decode(self.kept, type=Memory)

    async def read(self) -> Memory:
        return self.memory()

    async def write(self, memory: Memory) -> None:
        await asyncio.sleep(0.001)  # hurried: a moment in which others get their turn
        if self.full:
            raise OSError(28, "No space left on device")
        self.kept = msgspec.json.encode(memory)

    async def print(self, content: bytes, media_type: str) -> None:
        await asyncio.sleep(0.5)
        if self.full:
            raise OSError(28, "No space left on device")
        self.printed.append(content)


class Bench:
    """An appliance with all of that inside. `lives` are its devices, links and networks, one for each start."""

    def __init__(self, wants: Wants = lambda _: (), memory: Memory = NEW) -> None:
        self.wants = wants
        self.disk = MemoryDisk(memory)
        self.lives: list[tuple[ScriptedDevice, DeadEnd, Plug]] = []
        self.tells: list[Callable[[Event], None]] = []
        self.changes = 0
        self.pictures: dict[str, bytes] = {}
        self.fetched: list[str] = []
        self.appliance = Appliance(memory, self.disk, self, self._changed)

    def _changed(self, _: Appliance) -> None:
        self.changes += 1

    def model(self, device_type: str) -> pages.Model:
        return pages.Model(name="Reader S700", width=1080, height=1920, keys=False, shape="phone")

    def insides(self, memory: Memory, storage: Any, tell: Callable[[Event], None]) -> Insides:
        life = ScriptedDevice(self.wants), DeadEnd(), Plug()
        self.lives.append(life)
        self.tells.append(tell)
        return Insides(*life, self.fetch)

    async def fetch(self, picture: Picture) -> bytes:
        """What the server has of pictures, by their paths."""
        self.fetched.append(picture.path)
        if picture.path not in self.pictures:
            raise OSError("no way to the server")
        return self.pictures[picture.path]

    def card(self, name: str) -> PlasticCard | None:
        return PlasticCard() if name == "visa" else None

    @property
    def device(self) -> ScriptedDevice:
        """The present one."""
        return self.lives[-1][0]

    @property
    def link(self) -> DeadEnd:
        return self.lives[-1][1]

    def tell(self, event: Event) -> None:
        """Let the present device hear of something."""
        self.tells[-1](event)

    async def settle(self) -> None:
        """Let everything happen that happens within a minute."""
        await asyncio.sleep(60)


class Window:
    """A page that is open: what it was told to show."""

    def __init__(self) -> None:
        self.screens: list[Screen] = []
        self.news: list[pages.DeviceNews] = []
        self.beeps: list[str] = []

    def show(self, screen: Screen) -> None:
        self.screens.append(screen)

    def around(self, news: pages.DeviceNews) -> None:
        self.news.append(news)

    def beep(self, news: pages.BeepNews) -> None:
        self.beeps.append(news.tone)
