"""A server with nothing behind it but a gateway; a desk that keeps devices in a dict; readers spoken for by hand."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
import uvloop
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec.structs import replace
from websockets.asyncio.client import ClientConnection, connect

from opentill.connections import Connection, LinkConnection
from opentill.domain.objects.terminal_reader import Reader
from opentill.gateway.desk import TurnedAway
from opentill.gateway.door import Door
from opentill.gateway.gateway import Gateway
from opentill.gateway.relay import LocalRelay
from opentill.gateway.timing import Timing
from opentill.link import messages, signing
from opentill.link.messages import (
    Assignment,
    CardKey,
    Challenge,
    FromReader,
    FromServer,
    Hello,
    PairingCode,
    Proof,
    Refused,
    Report,
    Settings,
    State,
    Welcome,
)
from opentill.reader.connection.identity import Identity, generate

CARD_KEY = CardKey(id="ck_1", public=X25519PrivateKey.generate().public_key().public_bytes_raw())
PATIENCE_S = 10.0
QUICK = Timing(
    opening_s=0.3, silence_s=0.6, ack_s=0.3, write_s=0.3, goodbye_s=0.3, finish_s=0.5, seen_s=0.01,
    action_pauses_s=(0.001,) * 20, action_fresh_s=0.2,
)  # fmt: skip
PATIENT = Timing(seen_s=0.01, goodbye_s=1.0)


class Clock:
    """The machine's."""

    def now(self) -> int:
        return int(time.time())

    def now_ms(self) -> int:
        return int(time.time() * 1000)


@dataclass
class FakeDesk:
    """Devices by serial number, which is their id too.

    What is in `waits` is waited for: by the id of a report before that is answered, "assignment" before one is read,
    "state" after one was.
    `broken` is raised by introductions and reports, `lost` by assignments.
    """

    assignments: dict[str, Assignment] = field(default_factory=dict)
    states: dict[str, State] = field(default_factory=dict)
    identities: dict[str, bytes] = field(default_factory=dict)
    committed: set[str] = field(default_factory=set)
    waits: dict[str, asyncio.Event] = field(default_factory=dict)
    reported: list[str] = field(default_factory=list)
    working: int = 0
    working_max: int = 0
    sightings: list[str] = field(default_factory=list)
    broken: Exception | None = None
    lost: Exception | None = None
    held: int = 0
    sealings: int = 0
    asked: int = 0

    def card_key(self) -> CardKey:
        return CARD_KEY

    async def introduce(self, hello: Hello) -> str:
        if self.broken is not None:
            raise self.broken
        if self.identities.setdefault(hello.serial_number, hello.identity) != hello.identity:
            raise TurnedAway(Refused(code="identity_mismatch", message="Another device has this number.", retry=False))
        return hello.serial_number

    async def assignment(self, device: str) -> Assignment | None:
        if "assignment" in self.waits:
            self.held += 1
            await self.waits["assignment"].wait()
        if self.lost is not None:
            raise self.lost
        found = self.assignments.get(device)
        self.sealings += 1
        return found and replace(found, pin_key=self.sealings.to_bytes(16, "big"))

    async def pairing_code(self, device: str) -> PairingCode:
        return PairingCode(code="quick-brown-fox", expires=1)

    async def seen(self, device: str, now_ms: int) -> str | None:
        self.sightings.append(device)
        found = self.assignments.get(device)
        return found and found.reader

    async def state(self, device: str, about: str | None = None) -> State:
        self.asked += 1
        if about is not None and about not in self.committed:
            return State(action=None, phase="idle", about=about, unknown=True)
        state = self.states.get(device, State(action=None, phase="idle"))
        if "state" in self.waits:
            self.held += 1
            await self.waits["state"].wait()
        return replace(state, about=about)

    async def report(self, device: str, report: Report) -> State:
        if self.broken is not None:
            raise self.broken
        self.asked += 1
        if report.action not in self.committed:
            return State(action=None, phase="idle", about=report.id, unknown=True)
        self.reported.append(report.id)
        self.working += 1
        self.working_max = max(self.working_max, self.working)
        if report.id in self.waits:
            await self.waits[report.id].wait()
        self.working -= 1
        self.states[device] = State(action=report.action, phase="ended")
        return State(action=report.action, phase="ended", about=report.id)

    def register(self, device: str, label: str = "Till 1") -> Reader:
        """Register a device as a reader."""
        self.assignments[device] = Assignment(
            reader=f"tmr_{device}", label=label, livemode=False, settings=Settings(merchant="Shop"),
            pin_key_id=b"12345678", pin_key=b"",
        )  # fmt: skip
        return reader(device)


def reader(device: str, last_seen_at: int | None = None) -> Reader:
    """The reader as the API knows it."""
    seen = int(time.time() * 1000) if last_seen_at is None else last_seen_at
    return Reader(
        id=f"tmr_{device}", device_type="stripe_s700", label=device, livemode=False, serial_number=device,
        last_seen_at=seen,
    )  # fmt: skip


class _Uvicorn(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


class Server:
    """A gateway behind uvicorn, on a port of its own or a given one."""

    def __init__(self, desk: FakeDesk, timing: Timing, port: int) -> None:
        self.gateway = Gateway(Clock(), LocalRelay(), timing)
        self.gateway.start(desk)
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(2048)
        self.port: int = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(
            _app(Door(self.gateway)), http=Connection, ws=LinkConnection, ws_max_size=messages.FRAME_MAX,
            ws_ping_interval=None, ws_per_message_deflate=False, lifespan="off", log_config=None, loop="none",
            timeout_graceful_shutdown=5,
        )  # fmt: skip
        self._uvicorn = _Uvicorn(config)
        self._task = asyncio.create_task(self._uvicorn.serve([listener]))

    @property
    def serving(self) -> bool:
        """Whether it has begun to."""
        return self._uvicorn.started

    async def stop(self) -> None:
        """Stop as the server does: the readers are told first."""
        await self.gateway.close()
        await self.kill()

    async def kill(self) -> None:
        """Stop without a word to anybody."""
        self._uvicorn.should_exit = True
        for listening in self._uvicorn.servers:
            listening.close()
        for connection in list(self._uvicorn.server_state.connections):
            connection.transport.abort()
        await self._task


def _app(door: Door) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await door(scope, receive, send)
            return
        await send({"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    return app


@asynccontextmanager
async def server(desk: FakeDesk | None = None, timing: Timing = PATIENT, port: int = 0) -> AsyncIterator[Server]:
    """A running server, stopped in the end."""
    running = Server(desk or FakeDesk(), timing, port)
    await until(lambda: running.serving)
    try:
        yield running
    finally:
        await running.stop()


def run(scenario: Awaitable[None], *, uv: bool = True) -> None:
    """Run a scenario to its end, on the event loop that the server runs on, or on asyncio's own."""

    async def bounded() -> None:
        async with asyncio.timeout(PATIENCE_S * 3):
            await scenario

    with asyncio.Runner(loop_factory=uvloop.new_event_loop if uv else None) as runner:
        runner.run(bounded())


async def until(condition: Callable[[], object]) -> None:
    """Return when something has become true that nobody announces."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0)


class HandReader:
    """A reader whose every message is said by the test."""

    def __init__(self, connection: ClientConnection, serial: str, identity: Identity) -> None:
        self.connection = connection
        self.serial = serial
        self.identity = identity
        self.welcome: Welcome | None = None

    async def say(self, message: FromReader | str | bytes) -> None:
        """Send a message, or any text, or bytes as a binary frame."""
        sent = message if isinstance(message, str | bytes) else messages.encode(message).decode()
        await self.connection.send(sent)

    async def hear(self) -> FromServer:
        """The next message."""
        async with asyncio.timeout(PATIENCE_S):
            return messages.from_server(await self.connection.recv())

    def hello(self, **other: Any) -> Hello:
        """What it says of itself."""
        said: dict[str, Any] = {
            "version": messages.VERSION, "serial_number": self.serial, "device_type": "stripe_s700", "software": "1",
            "identity": self.identity.identity_public, "sealing": self.identity.sealing_public,
        }  # fmt: skip
        return Hello(**(said | other))

    def proof(self, challenge: Challenge) -> Proof:
        """The right proof."""
        signed = signing.challenge_bytes(
            challenge.nonce, self.serial, self.identity.sealing_public, challenge.card_key.public
        )
        return Proof(signature=signing.sign(self.identity.identity, signed))

    async def open(self) -> FromServer:
        """Open the link; the Welcome, or what came in its place."""
        await self.say(self.hello())
        challenge = await self.hear()
        assert isinstance(challenge, Challenge)
        await self.say(self.proof(challenge))
        answer = await self.hear()
        self.welcome = answer if isinstance(answer, Welcome) else None
        return answer

    async def closed(self) -> int | None:
        """Wait for the server to close; the close code."""
        async with asyncio.timeout(PATIENCE_S):
            await self.connection.wait_closed()
        return self.connection.close_code


@asynccontextmanager
async def hand(
    running: Server, serial: str = "A1", identity: Identity | None = None, *, opened: bool = False
) -> AsyncIterator[HandReader]:
    """A connection to the server, with the link opened or not yet."""
    async with connect(
        f"ws://127.0.0.1:{running.port}{messages.PATH}", subprotocols=[messages.SUBPROTOCOL],  # type: ignore[list-item]
        compression=None, proxy=None, ping_interval=None, close_timeout=1, max_queue=None, max_size=None,
    ) as connection:  # fmt: skip
        reader = HandReader(connection, serial, identity or generate())
        if opened:
            assert isinstance(await reader.open(), Welcome)
        yield reader
