"""The load client: HTTP/1.1 over connections that are kept open, cheap enough not to be what is measured.

A connection holds a conversation: a generator that yields the bytes of a request and is sent the body of its answer.
Everything here is per request, so it does the least there is to do: find the end of the head, the length, the status.
"""

import asyncio
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from statistics import median
from typing import TypeAlias, cast

Conversation: TypeAlias = Generator[bytes, bytes, None]

ANSWER_SECONDS = 30


class WrongAnswer(Exception):
    """A server answered with another status than 200, or not at all: there is nothing to measure."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one stretch of load came to. `busy` is the share of its core that the client itself used."""

    rate: float
    p50_ms: float
    p99_ms: float
    busy: float


class _Stretch:
    """Answers as they come in, from all connections."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.over = False

    def fail(self, reason: str) -> None:
        if not self.failed.done():
            self.failed.set_exception(WrongAnswer(reason))


class _Connection(asyncio.Protocol):
    def __init__(self, conversation: Conversation, stretch: _Stretch) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._conversation = conversation
        self._stretch = stretch
        self._received = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport = cast(asyncio.Transport, transport)  # uvloop's is not a subclass
        self._write, self._close = transport.write, transport.close
        self._send(next(self._conversation))

    def _send(self, request: bytes) -> None:
        self._sent = time.perf_counter()
        self._write(request)

    def data_received(self, data: bytes) -> None:
        received = self._received + data if self._received else data
        end = received.find(b"\r\n\r\n") + 4
        if end < 4:
            self._received = received
            return
        head = received[:end].lower()
        start = head.find(b"content-length: ") + 16
        length = int(head[start : head.find(b"\r", start)])
        if len(received) < end + length:
            self._received = received
            return
        self._received = b""
        stretch = self._stretch
        stretch.seconds.append(time.perf_counter() - self._sent)
        if head[9:12] != b"200":
            stretch.fail(received.decode("latin-1"))
        if stretch.over:
            self._close()
        else:
            self._send(self._conversation.send(received[end:]))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._stretch.over:
            self._stretch.fail(f"the server closed the connection: {exc}")
        self.closed.set_result(None)


async def load(
    port: int, connections: int, conversation: Callable[[], Conversation], *, warm_up_s: float, measure_s: float
) -> Measured:
    """Keep `connections` busy on 127.0.0.1 and measure, after a time of warming up.

    Raises WrongAnswer for anything that is not a 200 with a body of known length.
    """
    loop = asyncio.get_running_loop()
    stretch = _Stretch()
    opened: list[_Connection] = []
    for _ in range(connections):
        _, connection = await loop.create_connection(lambda: _Connection(conversation(), stretch), "127.0.0.1", port)
        opened.append(connection)
    await asyncio.wait([stretch.failed], timeout=warm_up_s)
    stretch.seconds = []
    began, began_cpu = time.perf_counter(), time.process_time()
    await asyncio.wait([stretch.failed], timeout=measure_s)
    took, took_cpu = time.perf_counter() - began, time.process_time() - began_cpu
    seconds = sorted(stretch.seconds)
    stretch.over = True
    if stretch.failed.done():
        stretch.failed.result()
    await asyncio.wait_for(asyncio.gather(*(connection.closed for connection in opened)), ANSWER_SECONDS)
    if not seconds:
        raise WrongAnswer(f"no answer within {measure_s} seconds")
    return Measured(
        rate=len(seconds) / took,
        p50_ms=median(seconds) * 1000,
        p99_ms=seconds[int(len(seconds) * 0.99)] * 1000,
        busy=took_cpu / took,
    )
