"""Readers: how soon a payment is on the screen, how soon a tap is money, what a link costs, how soon all are back.

One process has all readers (`opentill reader --count N`), another is the server. Screens are watched on a few readers
only, one payment at a time; the others are connected and idle.
"""

import asyncio
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from statistics import median
from typing import Any, Final, Self
from urllib.parse import urlencode
from urllib.request import urlopen

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from bench import servers

COUNTS: Final = (1, 100, 1000)
WATCHED: Final = 20
KEY: Final = "sk_test_bench"
INTENT: Final = {"currency": "usd", "capture_method": "manual", "payment_method_types[]": "card_present"}
ANSWER_S: Final = 30
ONLINE_S: Final = 120
LOOK_S: Final = 0.05
APART_S: Final = 0.1
"""Between two payments at one reader, at least: there is a bound to what one link may say in a second."""

_NOT_A_DIGIT: Final = re.compile(r"\D")


HEADING: Final = f"  {'':<52} {'readers':>7} {'p50 ms':>8} {'p99 ms':>8}"


@dataclass
class Delays:
    """What one number of connected readers came to, milliseconds, one a payment."""

    readers: int
    to_screen: list[float] = field(default_factory=list[float])
    to_hold: list[float] = field(default_factory=list[float])

    def lines(self) -> Iterator[str]:
        """As the report shows it, below `HEADING`."""
        for name, values in (
            ("process_payment_intent to the amount on the screen", self.to_screen),
            ("tap to requires_capture", self.to_hold),
        ):
            yield f"  {name:<52} {self.readers:>7} {median(values):>8.1f} {p99(values):>8.1f}"


@dataclass(frozen=True)
class Outcome:
    """Everything that was measured. `memory_kb` is per idle connected reader, `back_s` from the kill on."""

    delays: list[Delays]
    memory_kb: float
    back_s: float

    def at(self, readers: int) -> Delays:
        """What that number of readers came to."""
        return next(each for each in self.delays if each.readers == readers)


def p99(values: list[float]) -> float:
    """The 99th percentile: one value in a hundred is larger."""
    return sorted(values)[int(len(values) * 0.99)]


def measure(directory: Path, counts: tuple[int, ...], payments: int) -> Outcome:
    """Everything, with so many payments for each number of readers; memory and restart with the last number."""
    address = servers.free_port()
    delays: list[Delays] = []
    registered: dict[str, str] = {}
    with ExitStack() as stack:
        server = stack.enter_context(servers.opentill_up(directory / "server", address))
        for readers in counts:
            with servers.opentill_reader(directory / "readers", address, readers, patience_s=ONLINE_S) as program:
                asyncio.run(_register(server.port, program.port, readers, registered))
                delays.append(asyncio.run(_pay(server.port, program.port, registered, readers, payments)))
        server.kill()
        server = stack.enter_context(servers.opentill_up(directory / "server", address))
        alone = server.memory_mb()
        with servers.opentill_reader(directory / "readers", address, counts[-1], patience_s=ONLINE_S) as program:
            _wait_until_online(program.port, counts[-1])
            memory_kb = (server.memory_mb() - alone) * 1024 / counts[-1]
            began = time.perf_counter()
            server.kill()
            server = stack.enter_context(servers.opentill_up(directory / "server", address))
            _wait_until_online(program.port, counts[-1])
            back_s = time.perf_counter() - began
    return Outcome(delays, memory_kb, back_s)


def _devices(port: int) -> list[dict[str, Any]]:
    with urlopen(f"http://127.0.0.1:{port}/api/readers", timeout=ANSWER_S) as answer:
        devices: list[dict[str, Any]] = json.load(answer)["readers"]
        return devices


def _wait_until(port: int, until: Callable[[dict[str, Any]], bool], readers: int) -> list[dict[str, Any]]:
    """Look until so many devices are as they should be."""
    deadline = time.perf_counter() + ONLINE_S
    while True:
        devices = _devices(port)
        if sum(map(until, devices)) == readers:
            return devices
        if time.perf_counter() > deadline:
            raise TimeoutError(f"{sum(map(until, devices))} of {readers} readers came back")
        time.sleep(LOOK_S)


def _wait_until_online(port: int, readers: int) -> None:
    _wait_until(port, lambda device: device["link"] == "online", readers)


# Through the API ----------------------------------------------------------------------------------------------------


class Api:
    """A connection on which forms are posted, one after another."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def post(self, path: str, **form: str) -> dict[str, Any]:
        """The answer to a POST. Raises RuntimeError unless it is a 200."""
        body = urlencode(form)
        self._writer.write(
            f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {KEY}\r\n"
            f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()
        )
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        start = head.index(b"content-length: ") + 16
        answer: dict[str, Any] = json.loads(await self._reader.readexactly(int(head[start : head.index(b"\r", start)])))
        if head[9:12] != b"200":
            raise RuntimeError(f"{path}: {answer}")
        return answer


async def _register(server: int, program: int, readers: int, known: dict[str, str]) -> None:
    """Register the readers that are not yet, by the codes that they show; `known` is serial number to reader."""
    devices = _wait_until(program, lambda device: device["registered"] or device["code"] is not None, readers)
    async with Api(server) as api:
        for device in devices:
            serial = device["serial"]
            if serial not in known:
                made = await api.post("/v1/terminal/readers", registration_code=device["code"], label=serial)
                known[serial] = made["id"]
    _wait_until(program, lambda device: device["registered"] and device["link"] == "online", readers)


# At the screens -----------------------------------------------------------------------------------------------------


class Screen:
    """A screen that is watched."""

    def __init__(self, connection: ClientConnection, reader: str) -> None:
        self.reader = reader
        self._connection = connection

    async def shows(self, name: str, amount: int) -> None:
        """Wait for that screen with that amount, minor units."""
        async with asyncio.timeout(ANSWER_S):
            while True:
                message = json.loads(await self._connection.recv())
                screen = message.get("screen", {})
                if screen.get("name") == name and int(_NOT_A_DIGIT.sub("", screen["amount"])) == amount:
                    return

    async def tap(self) -> None:
        """Hold a card to the reader."""
        await self._connection.send('{"type": "card", "do": "tap", "card": "visa"}')


async def _pay(server: int, program: int, registered: dict[str, str], readers: int, payments: int) -> Delays:
    """Payments one after another, at one of the watched readers after the other."""
    delays = Delays(readers)
    serials = [device["serial"] for device in _devices(program)][:WATCHED]
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(Api(server))
        screens = [
            Screen(await stack.enter_async_context(_watched(program, serial)), registered[serial]) for serial in serials
        ]
        warm_up = len(screens)
        for number, screen in zip(range(1, warm_up + payments + 1), cycle(screens), strict=False):
            await asyncio.sleep(APART_S / len(screens))
            to_screen, to_hold = await _payment(api, screen, next(_amounts))
            if number > warm_up:
                delays.to_screen.append(to_screen * 1000)
                delays.to_hold.append(to_hold * 1000)
    return delays


_amounts = count(1000, 100)


async def _payment(api: Api, screen: Screen, amount: int) -> tuple[float, float]:
    """One payment; seconds from the request to the screen, and from the tap to the hold."""
    intent = await api.post("/v1/payment_intents", **(INTENT | {"amount": str(amount)}))
    path = f"/v1/terminal/readers/{screen.reader}/process_payment_intent"
    began = time.perf_counter()
    asking = asyncio.create_task(api.post(path, payment_intent=intent["id"]))
    await screen.shows("present_card", amount)
    shown = time.perf_counter()
    await asking
    tapped = time.perf_counter()
    await screen.tap()
    await screen.shows("approved", amount)
    return shown - began, time.perf_counter() - tapped


def _watched(program: int, serial: str) -> connect:
    return connect(
        f"ws://127.0.0.1:{program}/readers/{serial}/screen",
        origin=Origin(f"http://127.0.0.1:{program}"),
        proxy=None,
        compression=None,
        max_size=None,
    )
