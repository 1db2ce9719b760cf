"""The screens in the browser: what is served, to whom, and what pages may say."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.reader.program.insides import SERIAL, TRACK2, WALLET, Bench
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError, InvalidStatus

from opentill.reader import pages
from opentill.reader.appliance import Appliance
from opentill.reader.device.effects import Beep, Effect, ListenForCards, Show
from opentill.reader.device.events import CardTapped, Event, Keyed, PoweredOn, Pressed
from opentill.reader.device.screens import Screen
from opentill.reader.program import listen
from opentill.reader.screens_server import ScreenServer

SPLASH = Screen(name="splash", heading="Welcome")


def wants(event: Event) -> Sequence[Effect]:
    match event:
        case PoweredOn():
            return [Show(SPLASH), ListenForCards(frozenset(("contactless",)))]
        case Pressed() | Keyed():
            return [
                Beep("key"),
                Show(Screen(name="notice", heading=f"{event.button if isinstance(event, Pressed) else 'key'}")),
            ]
        case CardTapped():
            return [Show(Screen(name="reading", heading="Reading"))]
    return []


class Shown:
    """One reader and its pages, on a port of their own."""

    server = "http://127.0.0.1:8420"

    def __init__(self) -> None:
        self.bench = Bench(wants)
        self.appliances: Mapping[str, Appliance] = {SERIAL: self.bench.appliance}
        self.listener = listen(0, or_next=False)
        self.port: int = self.listener.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"

    def wallet(self) -> Sequence[pages.WalletCard]:
        return WALLET

    async def get(self, path: str, host: str | None = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Status, headers (lower case) and body of an answer."""
        lines = [f"GET {path} HTTP/1.1", f"Host: {self.host if host is None else host}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return await self.say("\r\n".join([*lines, "", ""]).encode())

    async def say(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(request)
        answer = await reader.read()
        writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        status, *lines = head.decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        return int(status.split()[1]) if status else 0, headers, body

    def page(self, serial: str = SERIAL, **options: Any) -> connect:
        """The WebSocket as the page of ours opens it, or otherwise."""
        return connect(
            f"ws://{self.host}/readers/{serial}/screen",
            **{"origin": f"http://{self.host}", "proxy": None, "compression": None} | options,
        )


@asynccontextmanager
async def shown() -> AsyncIterator[Shown]:
    shown = Shown()
    server = ScreenServer(shown, shown.listener)
    await server.start()
    await shown.bench.appliance.switch("on")
    try:
        yield shown
    finally:
        await server.close()
        await shown.bench.appliance.close()


async def news(page: ClientConnection, *types: str) -> dict[str, dict[str, Any]]:
    """What comes next of these types."""
    found: dict[str, dict[str, Any]] = {}
    async with asyncio.timeout(10):
        while set(types) - found.keys():
            message = json.loads(await page.recv())
            found[message["type"]] = message
    return found


def test_pages_and_what_they_are_made_of() -> None:
    async def scenario() -> None:
        async with shown() as at:
            index = await at.get("/")
            device = await at.get(f"/readers/{SERIAL}?from=somewhere")
            assert (index[0], index[1]["content-type"]) == (200, "text/html; charset=utf-8")
            assert (device[0], device[1]["content-type"]) == (200, "text/html; charset=utf-8")
            assert index[2] != device[2]
            script = await at.get("/assets/device.js")
            assert (script[0], script[1]["content-type"]) == (200, "text/javascript; charset=utf-8")
            for status, headers, _ in (index, device, script, await at.get("/nowhere")):
                assert headers["cache-control"] == "no-store", status
                assert headers["x-content-type-options"] == "nosniff"
                assert headers["x-frame-options"] == "DENY".lower()
                policy = headers["content-security-policy"]
                assert "default-src 'none'" in policy
                assert "http" not in policy
                assert "unsafe" not in policy

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "path",
    [
        "/readers/STRM26OTHER",
        "/readers/",
        f"/readers/{SERIAL}/",
        "/assets/",
        "/assets/none.js",
        "/assets/__init__.py",
        "/assets/../reader/index.html",
        "/assets/%2e%2e%2freader%2findex.html",
        "/assets/..%2f..%2f..%2f__init__.py",
        "/assets/%00.js",
        "/api",
        "//",
        "/readers/%ff",
    ],
)
def test_what_is_not_there(path: str) -> None:
    async def scenario() -> None:
        async with shown() as at:
            assert (await at.get(path))[0] == 404

    asyncio.run(scenario())


def test_the_list_of_readers() -> None:
    async def scenario() -> None:
        async with shown() as at:
            _, _, body = await at.get("/api/readers")
            assert json.loads(body) == {
                "server": "http://127.0.0.1:8420",
                "readers": [
                    {
                        "serial": SERIAL,
                        "device_type": "stripe_s700",
                        "model": "Reader S700",
                        "label": None,
                        "registered": False,
                        "link": "connecting",
                        "power": "on",
                        "code": None,
                    }
                ],
            }

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("127.0.0.1:{}", None, 200),
        ("localhost:{}", None, 200),
        ("LOCALHOST:{}", "http://localhost:{}", 200),
        ("127.0.0.1:{}", "http://127.0.0.1:{}", 200),
        ("127.0.0.1:{}", "http://localhost:{}", 403),  # a page of ours knows its own name
        ("127.0.0.1:{}", "http://evil.example", 403),
        ("127.0.0.1:{}", "https://127.0.0.1:{}", 403),
        ("127.0.0.1:{}", "null", 403),
        ("evil.example:{}", None, 403),  # its name was made to resolve to this machine
        ("evil.example:{}", "http://evil.example:{}", 403),
        ("127.0.0.1", None, 403),
        ("127.0.0.1:1", None, 403),
        ("", None, 403),
        ("127.0.0.1:{}\r\nHost: evil.example", None, 400),
    ],
)
def test_who_may_look(host: str, origin: str | None, status: int) -> None:
    async def scenario() -> None:
        async with shown() as at:
            headers = {} if origin is None else {"Origin": origin.format(at.port)}
            assert (await at.get("/api/readers", host.format(at.port), **headers))[0] == status

    asyncio.run(scenario())


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null", "http://localhost:{}"])
def test_screens_open_in_their_page_only(origin: str | None) -> None:
    async def scenario() -> None:
        async with shown() as at:
            with pytest.raises(InvalidStatus, match="403"):
                await at.page(origin=origin and origin.format(at.port))
            with pytest.raises(InvalidStatus, match="404"):
                await at.page("STRM26OTHER")
            assert (await at.get(f"/readers/{SERIAL}/screen", Origin=f"http://{at.host}"))[0] == 426

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "request_", [b"nonsense\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 300 + b"\r\n"]
)
def test_who_speaks_no_http_is_left_alone(request_: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    async def scenario() -> None:
        async with shown() as at:
            async with asyncio.timeout(5):
                status, _, _ = await at.say(request_ + b"\r\n\r\n")
            assert status in (0, 400, 431)
            assert (await at.get("/"))[0] == 200

    asyncio.run(scenario())
    assert "Traceback" not in capfd.readouterr().err


def test_a_page_sees_the_screen_and_presses() -> None:
    async def scenario() -> None:
        async with shown() as at, at.page() as page, at.page() as other:
            first = await news(page, "device", "screen")
            assert first["screen"] == {"type": "screen", "screen": {"name": "splash", "heading": "Welcome"}}
            device = first["device"]
            assert [card["name"] for card in device.pop("wallet")] == ["visa"]
            assert device == {
                "type": "device",
                "serial": SERIAL,
                "device_type": "stripe_s700",
                "model": {"name": "Reader S700", "width": 1080, "height": 1920, "keys": False, "shape": "phone"},
                "label": None,
                "power": "on",
                "network": "up",
                "card": None,
            }
            await news(other, "screen", "device")
            await page.send('{"type":"press","button":"go"}')
            for watcher in (page, other):
                after = await news(watcher, "screen", "beep")
                assert after["screen"]["screen"]["heading"] == "go"
                assert after["beep"] == {"type": "beep", "tone": "key"}

    asyncio.run(scenario())


def test_what_is_around_the_screen() -> None:
    """Cards, network and power, told without the wallet; nothing of it holds a card's data."""

    async def scenario() -> None:
        async with shown() as at, at.page() as page:
            told = [json.loads(await page.recv()), json.loads(await page.recv())]
            for message, part, wanted in [
                ('{"type":"network","to":"slow"}', "network", "slow"),
                ('{"type":"card","do":"tap","card":"visa"}', "card", {"name": "visa", "way": "tap"}),
                ('{"type":"card","do":"remove"}', "card", None),
                ('{"type":"card","do":"insert","card":"visa"}', "card", {"name": "visa", "way": "insert"}),
                ('{"type":"power","do":"pull"}', "power", "off"),
                ('{"type":"power","do":"on"}', "power", "on"),
            ]:
                await page.send(message)
                device: dict[str, Any] = {}
                while device.get(part, "nothing yet") != wanted:
                    told.append(json.loads(await page.recv()))
                    device = told[-1] if told[-1]["type"] == "device" else device
                assert "wallet" not in device
            text = json.dumps(told)
            assert TRACK2[:16] not in text

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "frame",
    [
        "hello",
        "[]",
        "{}",
        '{"type":"boom"}',
        '{"type":"key","key":"10"}',
        '{"type":"toggle","index":"a","on":true}',
        '{"type":"power","do":"explode"}',
        b"\xff\xfe",
        "[" * 100_000,
    ],
)
def test_a_page_that_speaks_nonsense_is_closed(frame: str | bytes, capfd: pytest.CaptureFixture[str]) -> None:
    async def scenario() -> None:
        async with shown() as at, at.page() as page:
            await news(page, "screen")
            await page.send(frame)
            with pytest.raises(ConnectionClosedError) as closed:
                await news(page, "never")
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1008
            async with at.page() as again:
                assert (await news(again, "screen"))["screen"]["screen"]["name"] == "splash"

    asyncio.run(scenario())
    assert "Traceback" not in capfd.readouterr().err


def test_a_frame_that_is_too_long() -> None:
    async def scenario() -> None:
        async with shown() as at, at.page() as page:
            await news(page, "screen")
            await page.send(json.dumps({"type": "sign", "svg": "x" * pages.FRAME_MAX}))
            with pytest.raises(ConnectionClosedError) as closed:
                await news(page, "never")
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009

    asyncio.run(scenario())


def test_a_page_that_is_slow_gets_the_last_screen() -> None:
    """Screens that were replaced before they were sent are skipped: the last counts."""

    async def scenario() -> None:
        async with shown() as at, at.page() as page:
            await news(page, "screen")
            for number in range(2000):
                await at.bench.appliance.hear(pages.Press(button=str(number)))
                await asyncio.sleep(0)
            heading = ""
            received = 0
            while heading != "1999":
                heading = (await news(page, "screen"))["screen"]["screen"]["heading"]
                received += 1
            assert received <= 2000

    asyncio.run(scenario())
