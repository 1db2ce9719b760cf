"""One reader as a thing: a device with power, a disk, a link, a card slot, and pages that watch its screen.

The device itself is a state machine (`reader.device`). Here is what is around it: events wait in an inbox, one task
hands them to the device one after another and does what it wants done, in its order. Nothing happens while there is
nothing in the inbox, and a screen that nobody watches is not drawn.
"""

import asyncio
import time
import traceback
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

import msgspec
import structlog

from opentill.link.messages import Assigned, Assignment, FromReader, PairingCode, Picture, Refused, Welcome
from opentill.reader import pictures
from opentill.reader.device.effects import (
    Beep,
    Effect,
    Exchange,
    ListenForCards,
    Memory,
    Obtain,
    Paper,
    Remember,
    Restart,
    Send,
    Show,
    StartTimer,
    StopTimer,
)
from opentill.reader.device.events import (
    Event,
    Keyed,
    LinkDown,
    LinkUp,
    PictureReady,
    PoweredOn,
    Pressed,
    PrinterStopped,
    Received,
    Signed,
    StorageFailed,
    TimerFired,
    Toggled,
    Typed,
)
from opentill.reader.device.screens import Screen
from opentill.reader.pages import (
    BeepNews,
    CardMove,
    Condition,
    DeviceNews,
    FromPage,
    KeyPress,
    Model,
    NetworkMove,
    Power,
    PowerMove,
    PresentedCard,
    Press,
    Sign,
    Text,
    Toggle,
)
from opentill.reader.pictures import Fetch
from opentill.reader.slot import Card, VirtualSlot
from opentill.reader.storage import Storage, StorageError
from opentill.reader.timers import Ring, Timers

INBOX_MAX: Final = 500
"""So many events may wait before what pages send is left out: nobody presses that fast."""
CRASH_PAUSE_S: Final = 1.0

LinkState: TypeAlias = Literal["online", "connecting", "offline"]

_OFF: Final = Screen(name="off", heading="", link="offline")

_log = structlog.get_logger("opentill.reader")


class Device(Protocol):
    """The state machine."""

    def handle(self, event: Event, now_ms: int) -> Sequence[Effect]:
        """What is to be done about `event`, at `now_ms` since the epoch."""
        ...


class Link(Protocol):
    """The way to the server."""

    @property
    def state(self) -> LinkState:
        """How it is now."""
        ...

    async def run(self) -> None:
        """Keep the link up, telling LinkUp, Received and LinkDown, until cancelled."""
        ...

    def send(self, message: FromReader) -> bool:
        """Send if there is a way; what is lost is the device's to send again."""
        ...


class Network(Protocol):
    """What the reader is plugged into."""

    def set(self, condition: Condition) -> None:
        """Plug it in or out, or make it slow."""
        ...


@dataclass(frozen=True, slots=True)
class Insides:
    """What runs in an appliance from a start to the next."""

    device: Device
    link: Link
    network: Network
    fetch: Fetch


class Parts(Protocol):
    """Where an appliance gets its insides from, and the cards that are presented to it."""

    def model(self, device_type: str) -> Model:
        """How the device looks."""
        ...

    def insides(self, memory: Memory, storage: Storage, tell: Callable[[Event], None]) -> Insides:
        """A device that remembers `memory`, and its link, which tells what happens. Raises OSError, StorageError."""
        ...

    def card(self, name: str) -> Card | None:
        """A new card out of the drawer, if there is one of that name."""
        ...


class Watcher(Protocol):
    """A page that is open."""

    def show(self, screen: Screen) -> None:
        """Draw this."""
        ...

    def around(self, news: DeviceNews) -> None:
        """What stands around the screen has changed."""
        ...

    def beep(self, news: BeepNews) -> None:
        """Make a sound."""
        ...


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """A reader as the list of readers shows it. `code` is the pairing code that it shows."""

    serial: str
    device_type: str
    model: str
    label: str | None
    registered: bool
    link: LinkState
    power: Power
    code: str | None


@dataclass(slots=True)
class _Stop:
    """Switch off, when everything before this is done."""


Item: TypeAlias = Event | Ring | _Stop


class Inbox:
    """What has happened and was not looked at yet. One task takes, anybody puts."""

    def __init__(self) -> None:
        self._waiting: deque[Item] = deque()
        self._arrived = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, item: Item) -> None:
        """At the end."""
        self._waiting.append(item)
        self._arrived.set()

    def put_first(self, item: Item) -> None:
        """Before everything that waits."""
        self._waiting.appendleft(item)
        self._arrived.set()

    async def take(self) -> Item:
        """The next; waits for one."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()
        return self._waiting.popleft()


class _Life:
    """From one start of the software to its end."""

    def __init__(self, memory: Memory, storage: Storage, parts: Parts) -> None:
        self.inbox = Inbox()
        self.timers = Timers(self.inbox.put)
        self.tasks: set[asyncio.Task[None]] = set()
        self.over = False
        insides = parts.insides(memory, storage, self._tell)
        self.device, self.link, self.network = insides.device, insides.link, insides.network
        self.fetch = insides.fetch
        self._obtaining: asyncio.Task[None] | None = None

    def _tell(self, event: Event) -> None:
        """The link may still have something to say when all is over."""
        if not self.over:
            self.inbox.put(event)

    def spawn(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        """A task that ends with this life."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def obtain(self, work: Coroutine[None, None, None]) -> None:
        """Get something, in place of what was being got."""
        if self._obtaining is not None:
            self._obtaining.cancel()
        self._obtaining = self.spawn(work)

    def cut(self) -> list[asyncio.Task[None]]:
        """Nothing of it goes on after this. The tasks that are yet to notice."""
        self.over = True
        self.timers.stop_all()
        tasks = list(self.tasks)
        for task in tasks:
            task.cancel()
        return tasks


class Appliance:
    """A reader. `changed` is called when its status may have.

    `condition` is how its network is, which stays as it is over a restart. `refusal` is why the server did not take
    its last link, if it did not.
    """

    def __init__(
        self, memory: Memory, storage: Storage, parts: Parts, changed: "Callable[[Appliance], None]" = lambda _: None
    ) -> None:
        self.serial = memory.serial_number
        self.device_type = memory.device_type
        self.model = parts.model(memory.device_type)
        self.slot = VirtualSlot(self._tell, self._around_changed)
        self.condition: Condition = "up"
        self.assignment: Assignment | None = memory.assignment
        self.code: str | None = None
        self.online = False
        self.refusal: str | None = None
        self.screen = _OFF
        self._storage = storage
        self._parts = parts
        self._changed = changed
        self._life: _Life | None = None
        self._main: asyncio.Task[None] | None = None
        self._watchers: set[Watcher] = set()
        self._switching = asyncio.Lock()
        self._errands: set[asyncio.Task[None]] = set()

    # Power ---------------------------------------------------------------------------------------------------

    @property
    def power(self) -> Power:
        """Whether the software runs."""
        return "off" if self._life is None else "on"

    @property
    def trying(self) -> bool:
        """Whether it is without the server although nobody has pulled its plugs."""
        return self._life is not None and self.condition != "down" and not self.online

    async def switch(self, do: Literal["off", "on", "restart", "pull"]) -> None:
        """Use the power button; "pull" takes the power away in the middle of whatever is done."""
        if do == "pull":
            await self._end()  # at once: whoever is switching meanwhile finds it gone
            return
        async with self._switching:
            if do in ("off", "restart"):
                await self._stop()
            if do in ("on", "restart"):
                await self._start()

    async def _start(self) -> None:
        if self._life is not None:
            return
        try:
            memory = await self._storage.read()
            life = _Life(memory, self._storage, self._parts)
        except (OSError, StorageError) as error:
            _log.error("reader does not start", serial_number=self.serial, reason=str(error))
            self._around_changed()
            return
        self._life = life
        self.assignment = memory.assignment
        life.network.set(self.condition)
        life.inbox.put(PoweredOn())
        self._main = life.spawn(self._live(life))
        life.spawn(life.link.run())
        self._around_changed()

    async def _stop(self) -> None:
        """Let the event that is being handled be finished; what waits behind it is lost, as with any computer."""
        life, main = self._life, self._main
        if life is not None and main is not None:
            life.inbox.put_first(_Stop())
            await asyncio.wait([main])
            if self._life is life:
                await self._end()

    async def _end(self) -> None:
        """End this life: what it has on the disk is all that the next one gets."""
        life = self._life
        if life is None:
            return
        self._life = None
        self.online, self.code = False, None
        self.slot.power_off()
        tasks = life.cut()
        self._show(_OFF)
        self._around_changed()
        if tasks:
            await asyncio.wait(tasks)

    async def close(self) -> None:
        """Switch off for good."""
        await self.switch("off")
        if self._errands:
            await asyncio.wait(self._errands)

    # A life --------------------------------------------------------------------------------------------------

    async def _live(self, life: _Life) -> None:
        try:
            while True:
                item = await life.inbox.take()
                if isinstance(item, _Stop):
                    return
                if isinstance(item, Ring):
                    if not life.timers.take(item):
                        continue
                    item = TimerFired(item.name)
                await self._do(life, life.device.handle(item, time.time_ns() // 1_000_000))
                self._note(item)
        except Exception as error:  # noqa: BLE001 - whatever broke: as with any computer, it starts again
            frames = traceback.extract_tb(error.__traceback__)
            where = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
            # Without the exception's own text, which might repeat what the device was handling.
            _log.error("reader broke down", serial_number=self.serial, exception=type(error).__name__, where=where)
            self._errand(self._recover(life))

    async def _do(self, life: _Life, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Show():
                    self._show(effect.screen)
                case Send():
                    life.link.send(effect.message)
                case Remember():
                    try:
                        await self._storage.write(effect.memory)
                    except OSError as error:
                        # What follows builds on its being remembered, and must not be done.
                        _log.error("cannot remember", serial_number=self.serial, reason=error.strerror)
                        life.inbox.put_first(StorageFailed())
                        return
                case Exchange():
                    self.slot.exchange(effect.apdu)
                case ListenForCards():
                    self.slot.listen(effect.interfaces)
                case StartTimer():
                    life.timers.start(effect.name, effect.seconds)
                case StopTimer():
                    life.timers.stop(effect.name)
                case Beep():
                    for watcher in self._watchers:
                        watcher.beep(BeepNews(tone=effect.tone))
                case Paper():
                    life.spawn(self._print(life, effect))
                case Obtain():
                    life.obtain(self._obtain(life, effect.picture))
                case Restart():
                    self._errand(self.switch("restart"))
                    return

    async def _print(self, life: _Life, paper: Paper) -> None:
        try:
            await self._storage.print(paper.content, paper.media_type)
        except OSError as error:
            _log.error("cannot print", serial_number=self.serial, reason=error.strerror)
            life.inbox.put(PrinterStopped("printer_error"))
        else:
            life.inbox.put(PrinterStopped())

    async def _obtain(self, life: _Life, picture: Picture | None) -> None:
        folder = self._storage.folder
        if picture is None:
            pictures.clear(folder)
        elif await pictures.obtain(folder, picture, life.fetch):
            image = f"/readers/{self.serial}/pictures/{picture.sha256.hex()}"
            life.inbox.put(PictureReady(picture.sha256, image))

    def picture(self, digest: str) -> bytes | None:
        """A picture that this reader shows, by its SHA-256 in hexadecimal."""
        return pictures.kept(self._storage.folder, digest)

    async def _recover(self, life: _Life) -> None:
        await asyncio.sleep(CRASH_PAUSE_S)
        if self._life is life:
            await self.switch("pull")
            await self.switch("on")

    def _note(self, event: Event) -> None:
        """Keep what the list of readers shows."""
        before = (self.online, self.code, self.assignment, self.refusal)
        match event:
            case LinkUp():
                self.online, self.refusal = True, None
            case Received(message=Refused() as message):
                self.refusal = message.message
            case LinkDown():
                self.online = False
            case Received(message=PairingCode() as message):
                self.code = message.code
            case Received(message=Welcome() | Assigned() as message):
                self.assignment = message.assignment
                if message.assignment is not None:
                    self.code = None
            case _:
                return
        if before != (self.online, self.code, self.assignment, self.refusal):
            self._around_changed()

    def _tell(self, event: Event) -> None:
        if self._life is not None:
            self._life.inbox.put(event)

    def _errand(self, work: Coroutine[None, None, None]) -> None:
        """Do something that outlives the present life."""
        task = asyncio.create_task(work)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    # Pages ---------------------------------------------------------------------------------------------------

    @property
    def status(self) -> Status:
        """The reader, for the list."""
        return Status(
            serial=self.serial,
            device_type=self.device_type,
            model=self.model.name,
            label=None if self.assignment is None else self.assignment.label,
            registered=self.assignment is not None,
            link="offline" if self._life is None else self._life.link.state,
            power=self.power,
            code=self.code,
        )

    def news(self) -> DeviceNews:
        """What stands around the screen."""
        presented = self.slot.presented
        return DeviceNews(
            serial=self.serial,
            device_type=self.device_type,
            model=self.model,
            label=None if self.assignment is None else self.assignment.label,
            power=self.power,
            network=self.condition,
            card=None if presented is None else PresentedCard(name=presented.card.name, way=presented.way),
        )

    def watch(self, watcher: Watcher) -> None:
        """Tell this page from now on; it asks for `screen` and `news` itself."""
        self._watchers.add(watcher)

    def unwatch(self, watcher: Watcher) -> None:
        """The page is closed."""
        self._watchers.discard(watcher)

    async def hear(self, message: FromPage) -> None:
        """Do what a page says."""
        match message:
            case CardMove():
                self._move_card(message)
            case NetworkMove():
                self.condition = message.to
                if self._life is not None:
                    self._life.network.set(message.to)
                self._around_changed()
            case PowerMove():
                await self.switch(message.do)
            case _:
                if self._life is not None and len(self._life.inbox) < INBOX_MAX:
                    self._life.inbox.put(_touch(message))

    def _move_card(self, move: CardMove) -> None:
        if move.do == "remove":
            self.slot.remove()
            return
        card = None if move.card is None else self._parts.card(move.card)
        if card is not None:
            {"tap": self.slot.tap, "insert": self.slot.insert, "swipe": self.slot.swipe}[move.do](card)

    def _show(self, screen: Screen) -> None:
        self.screen = screen
        for watcher in self._watchers:
            watcher.show(screen)

    def _around_changed(self) -> None:
        self._changed(self)
        if self._watchers:
            news = self.news()
            for watcher in self._watchers:
                watcher.around(news)


def _touch(message: Press | KeyPress | Text | Toggle | Sign) -> Event:
    match message:
        case Press():
            return Pressed(message.button)
        case KeyPress():
            return Keyed(message.key)
        case Text():
            return Typed(message.text)
        case Toggle():
            return Toggled(message.index, message.on)
        case Sign():
            return Signed(message.svg)
