"""The gateway: which readers are there, and pushing to them what they are to do.

It keeps nothing that counts. The reader's action in the store is the truth: a command only carries it to the screen,
and a nudge only says that it is worth looking. So a gateway that is restarted, or a link that breaks anywhere, loses a
few seconds and no payment.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Literal, TypeAlias

import structlog
from msgspec.structs import replace

from opentill.domain.ids import new_id
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal.devices import OFFLINE_AFTER_MS
from opentill.gateway.desk import Desk, TurnedAway
from opentill.gateway.link import Link
from opentill.gateway.opening import bad_message
from opentill.gateway.reports import Reports
from opentill.gateway.timing import TIMING, Timing
from opentill.gateway.wire import Wire
from opentill.link import messages
from opentill.link.messages import (
    Ack,
    Assigned,
    Assignment,
    BadMessage,
    Heartbeat,
    Hello,
    Pair,
    Refused,
    Report,
    State,
    Sync,
    Welcome,
)
from opentill.ports.clock import Clock
from opentill.ports.readers import Acknowledged, Busy, Command, Delivery, Fault, Offline, TimedOut
from opentill.ports.relay import Relay
from opentill.ports.store import StoreUnavailable

_log = structlog.get_logger("opentill.gateway")

_SEEN_AT_ONCE = 16
_RESTARTING = Refused(code="shutting_down", message="The server is restarting.")

_Result: TypeAlias = Literal["accepted", "busy", "fault", "closing"]


class _Pending:
    """A command that waits for its ack."""

    __slots__ = ("message", "reader", "result", "sent")

    def __init__(self, reader: str, message: messages.Command) -> None:
        self.reader = reader
        self.message = message
        self.result: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        self.sent = False


class Gateway:
    """The links of all readers that are connected to this process (port `ReaderLink`).

    `start` it before anything connects; the door (`gateway.door`) brings links in.
    """

    def __init__(self, clock: Clock, relay: Relay, timing: Timing = TIMING) -> None:
        self.timing = timing
        self.clock = clock
        self._relay = relay
        self._desk: Desk | None = None
        self._closing = False
        self._devices: dict[str, Link] = {}
        self._readers: dict[str, Link] = {}
        self._links: set[Link] = set()  # those that were replaced, and still have to go, included
        self._emptied = asyncio.Event()
        self._pending: dict[str, _Pending] = {}
        self._fresh: dict[str, float] = {}  # actions that may not be committed yet, and until when
        self._seen: dict[str, int] = {}  # who was heard from lately, and when (milliseconds)
        self._introducing = asyncio.Semaphore(timing.introductions)
        self._reports = Reports(self._reported)
        self._tasks: set[asyncio.Task[None]] = set()
        relay.subscribe(self._nudged)

    def start(self, desk: Desk) -> None:
        """Open for readers, with what they are told about."""
        self._desk = desk
        self._run(self._write_down_who_is_there())

    @property
    def open(self) -> bool:
        """Whether links may come in."""
        return self._desk is not None and not self._closing

    @property
    def desk(self) -> Desk:
        if self._desk is None:
            raise RuntimeError("the gateway was not started")
        return self._desk

    @property
    def links(self) -> int:
        """How many devices are there."""
        return len(self._devices)

    async def leave(self) -> None:
        """Let nobody in any more, and tell every reader to come back later. Bounded by the timing."""
        self._closing = True
        for link in list(self._links):
            link.wire.end(_RESTARTING)
        for pending in self._pending.values():
            _settle(pending, "closing")
        try:
            async with asyncio.timeout(self.timing.goodbye_s):
                while self._links:
                    self._emptied.clear()
                    await self._emptied.wait()
        except TimeoutError:
            _log.warning("links that do not close", links=len(self._links))

    async def close(self) -> None:
        """Leave, and finish the reports in hand. Bounded by the timing."""
        await self.leave()
        await self._reports.finish(self.timing.finish_s)
        for task in list(self._tasks):
            task.cancel()

    # The port ---------------------------------------------------------------------------------------------------

    async def send(self, reader: Reader, command: Command) -> Delivery:
        """Tell a reader what to do, and wait until it says that it does.

        If the link breaks before it does, or is broken for a moment already, the command waits for the reader to come
        back, and is sent again under the same id. A reader that says nothing at all has its link taken for broken.
        """
        link = self._readers.get(reader.id)
        if self._closing or (link is None and not self._may_come_back(reader)):
            return Offline()
        message = messages.Command(id=new_id("cmd", self.clock.now_ms()), action=command.action_id, task=command.task)
        pending = self._pending[message.id] = _Pending(reader.id, message)
        if command.action_id is not None:
            self._fresh[command.action_id] = math.inf
        heard = 0 if link is None else link.heard
        if link is not None:
            _put(link, pending)
        delivery: Delivery = Offline()
        try:
            async with asyncio.timeout(self.timing.ack_s):
                match await pending.result:
                    case "accepted":
                        delivery = Acknowledged()
                    case "busy":
                        delivery = Busy()
                    case "fault":
                        delivery = Fault()
                    case "closing":
                        delivery = TimedOut() if pending.sent else Offline()
        except TimeoutError:
            if pending.sent:
                delivery = TimedOut()
                if link is not None and link.heard == heard:
                    _log.warning("link is silent", device=link.device)
                    link.wire.cut()
        finally:
            del self._pending[message.id]
            self._no_longer_fresh(command.action_id, at_once=not isinstance(delivery, Acknowledged | TimedOut))
        return delivery

    def nudge(self, device: str) -> None:
        """Something was committed which concerns a device: whoever holds its link looks at it."""
        self._relay.publish(device)

    # Links ------------------------------------------------------------------------------------------------------

    async def welcome(self, hello: Hello, wire: Wire) -> Link | None:
        """Let in who has proved to be a device; None if it is turned away, and then its link ends."""
        try:
            async with self._introducing:
                return await self._welcome(hello, wire)
        except TurnedAway as turned:
            _log.warning("link refused", code=turned.refused.code, serial_number=hello.serial_number)
            wire.end(turned.refused)
        except Exception as error:  # noqa: BLE001 - the reader is to come back, whatever it was
            self._failed(wire, error)
        return None

    async def _welcome(self, hello: Hello, wire: Wire) -> Link:
        device = await self.desk.introduce(hello)
        link = Link(device, wire, asyncio.get_running_loop().time(), self.timing)
        before = self._devices.get(device)
        if before is not None:
            before.wire.end(Refused(code="replaced", message="This device has connected again."))
        self._devices[device] = link  # from here on it is nudged, so nothing that is read below stays behind
        self._links.add(link)
        try:
            assignment = await self.desk.assignment(device)
            state = None if assignment is None else await self.desk.state(device)
        except BaseException:
            self._forget(link)
            raise
        wire.say(
            Welcome(time=self.clock.now_ms(), heartbeat_s=self.timing.heartbeat_s, assignment=assignment, state=state)
        )
        link.welcomed = True
        self._assign(link, assignment)
        if link.nudged:
            self._look(link)
        if self._closing:
            wire.end(_RESTARTING)
        _log.info("link opened", device=device, serial_number=hello.serial_number, reader=link.reader)
        return link

    def left(self, link: Link) -> None:
        """The link is gone."""
        link.wire.released()
        self._forget(link)
        _log.info("link closed", device=link.device)

    def _forget(self, link: Link) -> None:
        self._links.discard(link)
        if self._devices.get(link.device) is link:
            del self._devices[link.device]
        if link.reader is not None and self._readers.get(link.reader) is link:
            del self._readers[link.reader]
        if not self._links:
            self._emptied.set()

    def receive(self, link: Link, frame: str | None) -> None:
        """Take a frame that came over a link: its text, or None if it was binary."""
        if link.wire.ending:
            return
        if not link.hear(asyncio.get_running_loop().time(), self.timing):
            self._refuse(link, "too many messages")
            return
        if frame is None:
            self._refuse(link, "a binary frame")
            return
        try:
            message = messages.from_reader(frame)
        except BadMessage as bad:
            self._refuse(link, str(bad))
            return
        link.wire.live_for(self.timing.silence_s)
        match message:
            case Heartbeat():
                self._seen[link.device] = self.clock.now_ms()
                link.wire.say(Heartbeat(time=self.clock.now_ms()))
            case Ack():
                self._acknowledged(link, message)
            case Report():
                if not self._reports.put(link.device, message):
                    self._refuse(link, "too many reports")
            case Sync():
                if link.asked is None:
                    link.asked = {}
                link.asked[message.action] = None
                self._look(link)
            case Pair():
                if not link.pairing:
                    link.pairing = True
                    self._run(self._guarded(link, self._pair(link)))
            case _:
                self._refuse(link, f"{type(message).__name__} after the opening")

    def _refuse(self, link: Link, why: str) -> None:
        _log.warning("link refused", code="bad_message", device=link.device, why=why)
        link.wire.end(bad_message(why))

    # Commands ---------------------------------------------------------------------------------------------------

    def _may_come_back(self, reader: Reader) -> bool:
        return reader.last_seen_at is not None and self.clock.now_ms() - reader.last_seen_at < OFFLINE_AFTER_MS

    def _acknowledged(self, link: Link, ack: Ack) -> None:
        pending = self._pending.get(ack.command)
        if pending is not None and pending.reader == link.reader:
            _settle(pending, ack.result)

    def _no_longer_fresh(self, action: str | None, *, at_once: bool) -> None:
        """From its ack on, an action is committed soon or never."""
        if action is None:
            return
        if at_once:
            self._fresh.pop(action, None)
            return
        loop = asyncio.get_running_loop()
        self._fresh[action] = loop.time() + self.timing.action_fresh_s
        loop.call_later(self.timing.action_fresh_s, self._fresh.pop, action, None)

    async def _once_committed(self, action: str | None, ask: Callable[[], Awaitable[State]]) -> State:
        """What is answered about an action. One that was just sent may not be committed yet: then ask again."""
        state = await ask()
        for pause in self.timing.action_pauses_s:
            if not state.unknown or action not in self._fresh:
                break
            await asyncio.sleep(pause)
            state = await ask()
        return state

    # Telling ----------------------------------------------------------------------------------------------------

    def _nudged(self, device: str) -> None:
        link = self._devices.get(device)
        if link is not None:
            link.nudged = True
            self._look(link)

    def _look(self, link: Link) -> None:
        """Look at what a device has to be told, unless somebody does already; then it is looked at once more.

        Before the welcome nothing else is told.
        """
        if link.welcomed and not link.looking:
            link.looking = True
            self._run(self._guarded(link, self._tell(link)))

    async def _tell(self, link: Link) -> None:
        try:
            while (link.nudged or link.asked) and not link.wire.ending:
                abouts = list(link.asked or ())
                link.asked = None
                if link.nudged:
                    link.nudged = False
                    self._reassign(link, await self.desk.assignment(link.device))
                    if None not in abouts and link.assignment is not None:
                        abouts.append(None)
                for about in abouts:
                    link.wire.say(await self._state(link, about))
        finally:
            link.looking = False

    async def _state(self, link: Link, about: str | None) -> State:
        """Where a device's action stands; read again if it was told something newer meanwhile."""
        while True:
            link.stale = False
            if link.assignment is None:
                return State(action=None, phase="idle", about=about, unknown=about is not None)
            state = await self._once_committed(about, lambda: self.desk.state(link.device, about))
            if not link.stale:
                return state

    def _reassign(self, link: Link, assignment: Assignment | None) -> None:
        if _same(link.assignment, assignment):
            return
        link.wire.say(Assigned(assignment=assignment))
        self._assign(link, assignment)

    def _assign(self, link: Link, assignment: Assignment | None) -> None:
        """Put a link where it belongs now, and send it what waited for it."""
        if link.reader is not None and self._readers.get(link.reader) is link:
            del self._readers[link.reader]
        link.assignment = assignment
        if assignment is None or self._devices.get(link.device) is not link:
            return
        self._readers[assignment.reader] = link
        for pending in self._pending.values():
            if pending.reader == assignment.reader and not pending.result.done():
                _put(link, pending)

    # What devices ask for ---------------------------------------------------------------------------------------

    async def _reported(self, device: str, report: Report) -> None:
        """Handle a report, and answer over whichever link the device has by then."""
        try:
            state = await self._once_committed(report.action, lambda: self.desk.report(device, report))
        except Exception as error:  # noqa: BLE001 - whatever it is, the reader is to send its report again
            link = self._devices.get(device)
            self._failed(link and link.wire, error)
            return
        link = self._devices.get(device)
        if link is None:
            return
        if link.welcomed:
            link.wire.say(state)
            link.stale = True
        else:
            link.nudged = True  # the state of its welcome may be from before the report, which it will send again

    async def _pair(self, link: Link) -> None:
        try:
            link.wire.say(await self.desk.pairing_code(link.device))
        finally:
            link.pairing = False

    async def _write_down_who_is_there(self) -> None:
        """Record the heartbeats, a few at a time, apart from the links: nobody's link waits for the store."""
        while True:
            await asyncio.sleep(self.timing.seen_s)
            while self._seen:
                some = [self._seen.popitem() for _ in range(min(_SEEN_AT_ONCE, len(self._seen)))]
                await asyncio.gather(*(self._write_down(device, now_ms) for device, now_ms in some))

    async def _write_down(self, device: str, now_ms: int) -> None:
        try:
            reader = await self.desk.seen(device, now_ms)
        except Exception as error:  # noqa: BLE001 - there will be another heartbeat
            self._failed(None, error)
            return
        link = self._devices.get(device)
        if link is not None and link.reader != reader:  # a hint was lost
            self._nudged(device)

    # Tasks ------------------------------------------------------------------------------------------------------

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, link: Link, work: Coroutine[Any, Any, None]) -> None:
        """Do something for a link. If it fails the link ends: the reader comes back and asks again."""
        try:
            await work
        except TurnedAway as turned:
            _log.warning("link refused", code=turned.refused.code, device=link.device)
            link.wire.end(turned.refused)
        except Exception as error:  # noqa: BLE001 - a task of its own: nobody above would hear of it
            self._failed(link.wire, error)

    def _failed(self, wire: Wire | None, error: Exception) -> None:
        """Log an exception that is being handled, and end the link that it concerns, if there is one."""
        if isinstance(error, StoreUnavailable):
            _log.error("store unavailable", reason=str(error))
        else:
            _log.exception("link failed")
        if wire is not None:
            wire.end(None)


def _put(link: Link, pending: _Pending) -> None:
    if not link.wire.ending:
        link.wire.say(pending.message)
        pending.sent = True


def _settle(pending: _Pending, result: _Result) -> None:
    """The first result counts; an ack may come twice."""
    if not pending.result.done():
        pending.result.set_result(result)


def _same(one: Assignment | None, other: Assignment | None) -> bool:
    """Whether two assignments say the same; the PIN key is sealed anew each time, and looks different."""
    if one is None or other is None:
        return one is other
    return replace(one, pin_key=b"") == replace(other, pin_key=b"")
