"""Clients whose every event is kept, and servers that do what a script says, in particular the wrong thing."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from tests.gateway.link_server import CARD_KEY, PATIENCE_S
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from opentill.link import messages
from opentill.link.messages import Challenge, FromServer, Heartbeat, Welcome
from opentill.reader.connection.client import LinkClient, Machine, Patience
from opentill.reader.connection.identity import Identity, generate
from opentill.reader.connection.network import Network
from opentill.reader.device.events import LinkDown, LinkUp, Received

QUICK = Patience(opening_s=5.0, silence_s=0.1, pause_s=0.01, pause_max_s=0.05, settled_s=0.0, refused_s=30.0)
WELCOME = Welcome(time=1, heartbeat_s=25, assignment=None)
CHALLENGE = Challenge(nonce=bytes(32), card_key=CARD_KEY, time=1)

M = TypeVar("M")


@dataclass
class Kept:
    """A client, and what it told so far."""

    client: LinkClient
    events: list[LinkUp | LinkDown | Received]
    news: asyncio.Event
    drawn: list[tuple[float, float]]
    read: int = 0

    async def next(self) -> LinkUp | LinkDown | Received:
        """The next event."""
        async with asyncio.timeout(PATIENCE_S):
            while self.read == len(self.events):
                self.news.clear()
                await self.news.wait()
        self.read += 1
        return self.events[self.read - 1]

    async def received(self, wanted: type[M]) -> M:
        """The next event, which must be the receipt of such a message."""
        event = await self.next()
        assert isinstance(event, Received)
        assert isinstance(event.message, wanted)
        return event.message

    async def up(self) -> Welcome:
        """Wait for the link."""
        assert await self.next() == LinkUp()
        return await self.received(Welcome)

    async def down(self) -> None:
        """Wait for the link to break."""
        while not isinstance(await self.next(), LinkDown):
            pass


@asynccontextmanager
async def client(
    url: str,
    serial: str = "A1",
    *,
    identity: Identity | None = None,
    patience: Patience = QUICK,
    network: Network | None = None,
    tls: ssl.SSLContext | None = None,
    draw: Callable[[float, float], float] | None = None,
) -> AsyncIterator[Kept]:
    """A client that is running."""
    events: list[LinkUp | LinkDown | Received] = []
    news = asyncio.Event()
    drawn: list[tuple[float, float]] = []

    def hear(event: LinkUp | LinkDown | Received) -> None:
        events.append(event)
        news.set()

    def uniform(low: float, high: float) -> float:
        drawn.append((low, high))
        return high if draw is None else draw(low, high)

    link = LinkClient(
        url, Machine(serial, "stripe_s700", "1.0"), identity or generate(), hear,
        network=network, uniform=uniform, now_ms=lambda: 1, patience=patience, tls=tls,
    )  # fmt: skip
    running = asyncio.create_task(link.run())
    try:
        yield Kept(link, events, news, drawn)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


Script = Callable[["Peer"], Awaitable[None]]


@dataclass
class Peer:
    """The server's end of one connection, as its script sees it."""

    connection: ServerConnection
    phases: "asyncio.Queue[str]"
    kept: dict[str, Any] = field(default_factory=dict)

    async def say(self, message: FromServer | str | bytes) -> None:
        sent = message if isinstance(message, str | bytes) else messages.encode(message).decode()
        await self.connection.send(sent)

    async def hear(self) -> messages.FromReader:
        return messages.from_reader(await self.connection.recv())

    async def welcome(self, welcome: Welcome = WELCOME) -> None:
        """Do the opening; the proof is not looked at."""
        await self.hear()
        await self.say(CHALLENGE)
        await self.hear()
        await self.say(welcome)

    async def serve(self) -> None:
        """Answer heartbeats until the client goes."""
        while True:
            if isinstance(await self.hear(), Heartbeat):
                await self.say(Heartbeat(time=1))

    async def stall(self, phase: str) -> None:
        """Say that it has come so far, and do nothing any more."""
        self.phases.put_nowait(phase)
        await self.connection.wait_closed()
        self.phases.put_nowait(f"closed {self.connection.close_code}")


@asynccontextmanager
async def scripted(
    *scripts: Script, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[str, "asyncio.Queue[str]"]]:
    """A server whose first connection runs the first script, and so on; the last one stays. Its address and phases."""
    left = list(scripts)
    phases: asyncio.Queue[str] = asyncio.Queue()

    async def handle(connection: ServerConnection) -> None:
        script = left.pop(0) if len(left) > 1 else left[0]
        with suppress(ConnectionClosed):
            await script(Peer(connection, phases))

    async with serve(
        handle, "127.0.0.1", 0, subprotocols=[messages.SUBPROTOCOL],  # type: ignore[list-item]
        ssl=tls, ping_interval=None, close_timeout=0.2,
    ) as running:  # fmt: skip
        port = next(iter(running.sockets)).getsockname()[1]
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}", phases


async def well(peer: Peer) -> None:
    """The script of a server that works."""
    await peer.welcome()
    await peer.serve()
