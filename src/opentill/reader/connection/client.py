"""The link, from the reader's end: it connects, proves who it is, and comes back whenever the link breaks.

    connecting ──welcome──> LinkUp, Received(Welcome), Received(…) … ──anything goes wrong──> LinkDown ──pause──┐
        ^                                                                                                      │
        └──────────────────────────────────────────────────────────────────────────────────────────────────────┘

Pauses grow with the outage, exponentially therefore, and are drawn at random from their full length ("full jitter"): a
thousand readers whose server restarted do not come back in step, and all of them are back after as long again as it
was away. A heartbeat that is not answered breaks the link: a wire that was cut says nothing.

One client costs one task and one timer, whatever it does; a thousand of them run in one process.
"""

import asyncio
import random
import ssl
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, TypeVar, cast
from urllib.parse import urlsplit, urlunsplit

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

from opentill.link import messages, signing
from opentill.link.messages import (
    BadMessage,
    CardKey,
    Challenge,
    FromReader,
    FromServer,
    Heartbeat,
    Hello,
    Proof,
    Refused,
    Welcome,
)
from opentill.reader.connection.identity import Identity
from opentill.reader.connection.network import Network
from opentill.reader.device.events import LinkDown, LinkUp, Received

Happened: TypeAlias = LinkUp | LinkDown | Received
LinkState: TypeAlias = Literal["online", "connecting", "offline"]

OUTBOX_MAX: Final = 256
"""Messages that wait to be sent; a link that does not take so many is broken."""

_log = structlog.get_logger("opentill.reader.connection")
_Message = TypeVar("_Message")


@dataclass(frozen=True, slots=True)
class Machine:
    """What a reader says of itself; `device_type` as in the API, e.g. "stripe_s700"."""

    serial_number: str
    device_type: str
    software: str


@dataclass(frozen=True, slots=True)
class Patience:
    """How long things may take, in seconds.

    `opening_s` from connecting to being welcomed; `silence_s` from a heartbeat to its answer. A pause is drawn from 0
    to as long as there has been no link, at least to `pause_s` and at most to `pause_max_s`. A link that lasted
    `settled_s` ends an outage. Servers that restart are given `restart_s`. `refused_s` is the pause after a refusal
    that says not to come back.
    """

    opening_s: float = 10.0
    silence_s: float = 20.0
    pause_s: float = 0.5
    pause_max_s: float = 30.0
    settled_s: float = 5.0
    restart_s: float = 2.0
    refused_s: float = 300.0


class LinkClient:
    """The link of one reader. Make it, run it as a task, cancel the task to end it.

    `server` is the server's address, http(s):// or ws(s)://; with https and wss, `tls` says whom to trust (default:
    the machine's certificate authorities). Everything that happens is handed to `hear`, in order: LinkUp, then
    Received(Welcome) and what follows, then LinkDown. A refusal is Received too, also before there was a link.
    Heartbeats are kept here. `card_key` is the server's, once there was a link. `uniform` draws between two numbers.
    Raises ValueError if `server` is no such address.
    """

    def __init__(
        self,
        server: str,
        machine: Machine,
        identity: Identity,
        hear: Callable[[Happened], None],
        *,
        network: Network | None = None,
        uniform: Callable[[float, float], float] = random.uniform,
        now_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        patience: Patience | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.url = link_url(server)
        self.card_key: CardKey | None = None
        self.network = network or Network()
        self._machine = machine
        self._identity = identity
        self._hear = hear
        self._uniform = uniform
        self._now_ms = now_ms
        self._patience = patience or Patience()
        self._tls = (tls or ssl.create_default_context()) if self.url.startswith("wss:") else None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._welcomed = False
        self._failures = 0
        self._changed = asyncio.Event()
        self._life: asyncio.Timeout | None = None
        self._connection: ClientConnection | None = None
        self._outbox: deque[FromReader] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._heartbeat_s = 25.0
        self.network.watch(self._network_changed)

    @property
    def state(self) -> LinkState:
        """Whether there is a link; if not, whether there is hope: two failures in a row, and it is offline."""
        if self._welcomed:
            return "online"
        return "offline" if self._failures >= 2 or self.network.condition == "down" else "connecting"

    def send(self, message: FromReader) -> bool:
        """Send it if there is a link; False if there is none, and then nothing is kept of it.

        True means that it is on its way, not that it arrives.
        """
        if not self._welcomed or self._connection is None:
            return False
        self._outbox.append(message)
        if len(self._outbox) > OUTBOX_MAX:
            self._cut()
            return False
        if self._writing is None:
            self._writing = asyncio.create_task(self._write(self._connection))
        return True

    async def run(self) -> None:
        """Keep the link until cancelled."""
        self._loop = asyncio.get_running_loop()
        down_since = self._loop.time()
        while True:
            await self._network_to_be_up()
            settled, refused = await self._one_link()
            now = self._loop.time()
            self._failures = 0 if settled else self._failures + 1
            if settled:
                down_since = now
            low, high = pause_bounds(now - down_since, refused, self._patience)
            if await self._paused(self._uniform(low, high)):
                self._failures = 0
                down_since = self._loop.time()

    # One link -------------------------------------------------------------------------------------------------

    async def _one_link(self) -> tuple[bool, Refused | None]:
        """Connect, and listen until it ends: whether it lasted, and with what refusal it ended."""
        loop = asyncio.get_running_loop()
        welcomed_at: float | None = None
        refused: Refused | None = None
        try:
            async with asyncio.timeout(self._patience.opening_s) as self._life:
                self._connection = connection = await self._connected()
                welcome = await self._opened(connection)
                self._life.reschedule(None)
                welcomed_at = loop.time()
                self._up(welcome)
                while True:
                    message = await self._next(connection)
                    self._take(message)
                    if isinstance(message, Refused):
                        refused = message
                        break
        except _Turned as turned:
            refused = turned.refused
            self._hear(Received(refused))
        except BadMessage as bad:
            _log.warning("the server said something strange", serial_number=self._machine.serial_number, why=str(bad))
        except (OSError, WebSocketException, TimeoutError) as error:
            _log.info("no link", serial_number=self._machine.serial_number, why=type(error).__name__)
        finally:
            self._life = None
            self._down()
        return welcomed_at is not None and loop.time() - welcomed_at >= self._patience.settled_s, refused

    async def _connected(self) -> ClientConnection:
        connection = await connect(
            self.url,
            subprotocols=[Subprotocol(messages.SUBPROTOCOL)],
            compression=None,
            proxy=None,
            open_timeout=None,
            ping_interval=None,
            close_timeout=1,
            max_size=messages.FRAME_MAX,
            ssl=self._tls,
        )
        await self._delay()
        return connection

    async def _opened(self, connection: ClientConnection) -> Welcome:
        """Say who this is and prove it. Raises _Turned if the server refuses, BadMessage if it talks of else."""
        machine = self._machine
        address: object = connection.local_address
        hello = Hello(
            version=messages.VERSION,
            serial_number=machine.serial_number,
            device_type=machine.device_type,
            software=machine.software,
            identity=self._identity.identity_public,
            sealing=self._identity.sealing_public,
            ip_address=str(cast("tuple[object, ...]", address)[0]) if isinstance(address, tuple) else None,
        )
        await self._say(connection, hello)
        challenge = await self._expect(connection, Challenge)
        signed = signing.challenge_bytes(
            challenge.nonce, machine.serial_number, self._identity.sealing_public, challenge.card_key.public
        )
        await self._say(connection, Proof(signature=signing.sign(self._identity.identity, signed)))
        welcome = await self._expect(connection, Welcome)
        self.card_key = challenge.card_key
        return welcome

    async def _expect(self, connection: ClientConnection, wanted: type[_Message]) -> _Message:
        message = await self._next(connection)
        if isinstance(message, Refused):
            raise _Turned(message)
        if not isinstance(message, wanted):
            raise BadMessage(f"a {type(message).__name__} while opening, in place of a {wanted.__name__}")
        return message

    async def _next(self, connection: ClientConnection) -> FromServer:
        frame = await connection.recv(decode=False)
        await self._delay()
        return messages.from_server(frame)

    async def _say(self, connection: ClientConnection, message: FromReader) -> None:
        await self._delay()
        await connection.send(messages.encode(message), text=True)

    async def _write(self, connection: ClientConnection) -> None:
        try:
            while self._outbox:
                await self._say(connection, self._outbox.popleft())
        except (OSError, WebSocketException):
            self._cut()
        finally:
            if self._connection is connection:
                self._writing = None

    def _up(self, welcome: Welcome) -> None:
        self._welcomed = True
        self._heartbeat_s = float(welcome.heartbeat_s)
        self._wait_to_beat()
        self._hear(LinkUp())
        self._hear(Received(welcome))

    def _take(self, message: FromServer) -> None:
        match message:
            case Heartbeat():
                self._wait_to_beat()
            case Challenge() | Welcome():
                raise BadMessage(f"a {type(message).__name__} after the opening")
            case _:
                self._hear(Received(message))

    def _down(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None
        self._outbox.clear()
        if self._connection is not None:
            self._connection.transport.abort()
            self._connection = None
        if self._welcomed:
            self._welcomed = False
            self._hear(LinkDown())

    # Heartbeat ------------------------------------------------------------------------------------------------

    def _wait_to_beat(self) -> None:
        """Start the wait for the next heartbeat; a little shorter each time, so that no two readers beat in step."""
        self._set_timer(self._heartbeat_s * self._uniform(0.8, 1.0), self._beat)

    def _beat(self) -> None:
        self._set_timer(self._patience.silence_s, self._cut)
        self.send(Heartbeat(time=self._now_ms()))

    def _set_timer(self, seconds: float, fire: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, fire)

    # Breaking off and coming back -----------------------------------------------------------------------------

    def _cut(self) -> None:
        """Break the link off at once, without a word."""
        if self._connection is not None:
            self._connection.transport.abort()
        if self._life is not None and self._loop is not None and not self._life.expired():
            self._life.reschedule(self._loop.time())

    def _network_changed(self) -> None:
        self._changed.set()
        if self.network.condition == "down":
            self._cut()

    async def _network_to_be_up(self) -> None:
        while self.network.condition == "down":
            self._changed.clear()
            await self._changed.wait()

    async def _delay(self) -> None:
        if self.network.delay_s:
            await asyncio.sleep(self.network.delay_s)

    async def _paused(self, seconds: float) -> bool:
        """Wait; whether that was cut short because the network came back."""
        self._changed.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True


class _Turned(Exception):
    """The server does not want this link."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code)
        self.refused = refused


def pause_bounds(down_s: float, refused: Refused | None, patience: Patience) -> tuple[float, float]:
    """Between how many seconds the pause is drawn, after an outage of `down_s`, or after a refusal."""
    if refused is not None and not refused.retry:
        return patience.refused_s / 2, patience.refused_s
    if refused is not None and refused.code == "replaced":  # two with one identity must not chase each other
        return patience.pause_max_s / 2, patience.pause_max_s
    least = patience.pause_s
    if refused is not None and refused.code == "shutting_down":
        least = patience.restart_s
    return 0, min(patience.pause_max_s, max(least, down_s))


def link_url(server: str) -> str:
    """The WebSocket address of the link at a server's address. Raises ValueError."""
    parts = urlsplit(server)
    scheme = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}.get(parts.scheme)
    if scheme is None or not parts.hostname:
        raise ValueError(f"{server!r} is not the address of a server; it looks like https://till.example.com")
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("the address of a server is a host and a port, without a user, a query or a fragment")
    _ = parts.port  # raises ValueError where it is no number
    return urlunsplit((scheme, parts.netloc, parts.path.rstrip("/") + messages.PATH, "", ""))
