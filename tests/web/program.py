"""A reader program that plays what a test wants to see: the pages over HTTP, the screens over a WebSocket.

It stands in for `opentill.reader.screens_server` and speaks with the same types (`opentill.reader.pages`), so a test
can put any Screen on the glass and read what the page reports, without a server, a device or cards.
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from importlib import resources
from typing import Any, Final, TypeVar
from urllib.parse import unquote

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from opentill.reader.device.models import MODELS
from opentill.reader.device.screens import Screen
from opentill.reader.pages import BeepNews, DeviceNews, FromPage, Model, ScreenNews, WalletCard, decode, encode

T = TypeVar("T")

PATIENCE_S: Final = 10.0
SERIAL: Final = "STRM26001234567"

# As strict as the real one, so that a page that works here works there.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_TYPES: Final = {"css": "text/css", "html": "text/html", "js": "text/javascript", "svg": "image/svg+xml"}

WALLET: Final = [
    WalletCard(
        name=name,
        title=title,
        description=description,
        group=group,
        ways=[*ways] if ways else ["tap", "insert", "swipe"],
    )
    for group, name, title, description, ways in [
        (
            "Standard",
            "visa",
            "Visa",
            "Visa credit card, US, ends in 4242. The last two digits of the amount decide.",
            (),
        ),
        ("Standard", "visa_debit", "Visa debit 5556", "The last two digits of the amount decide.", ()),
        ("Standard", "mastercard", "Mastercard credit 4444", "The last two digits of the amount decide.", ()),
        ("Standard", "amex", "American Express 0005", "The last two digits of the amount decide.", ()),
        ("Standard", "interac", "Interac debit 1933", "Inserted, its chip checks the PIN.", ("tap", "insert")),
        ("PIN", "offline_pin_cvm", "Visa credit 0002", "Inserted, its chip checks the PIN (1234).", ()),
        ("PIN", "online_pin_cvm", "Visa credit 0005", "Its issuer checks the PIN (1234).", ()),
        ("Declined", "charge_declined", "Visa credit 0002", "Declined: card_declined.", ()),
        ("Declined", "charge_declined_expired_card", "Visa credit 0069", "Declined: expired_card.", ()),
        ("Phones", "apple_pay_visa", "Apple Pay, Visa 4242", "Its owner has looked at it.", ("tap",)),
    ]
]


def device(device_type: str = "stripe_s700", **changes: Any) -> DeviceNews:
    """What stands around a screen of that model, powered and with a network, without a card."""
    model = MODELS[device_type]
    looks = Model(name=model.name, width=model.width, height=model.height, keys=model.keys, shape=model.shape)
    news = DeviceNews(
        serial=SERIAL,
        device_type=device_type,
        model=looks,
        label="Front counter",
        power="on",
        network="up",
        card=None,
        wallet=WALLET,
    )
    return msgspec.structs.replace(news, **changes)


class Program:
    """The program. `show`, `around` and `beep` reach every open page; `heard` is what pages said, in order."""

    def __init__(self) -> None:
        self.readers: list[dict[str, Any]] = []
        self.server = "http://127.0.0.1:8420"
        self.device = device()
        self.screen = Screen(name="splash", heading="Welcome", merchant="Ridgeline Coffee")
        self.requests: list[str] = []
        self.port = 0
        self._heard: queue.Queue[FromPage] = queue.Queue()
        self._pages: set[ServerConnection] = set()
        self._listener: Server | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="program of the test")
        self._thread.start()
        self.start()

    @property
    def url(self) -> str:
        """Where its pages are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def page(self) -> str:
        """The page of its reader."""
        return f"{self.url}/readers/{SERIAL}"

    def start(self) -> None:
        """Listen (again, on the same port, after `stop`)."""
        self._run(self._start)

    def stop(self) -> None:
        """Go away, as if the process had been killed: every connection is cut."""
        self._run(self._stop)

    def close(self) -> None:
        """Stop for good."""
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def show(self, screen: Screen) -> None:
        """Put a screen on the glass."""
        self.screen = screen
        self._tell(encode(ScreenNews(screen=screen)))

    def around(self, **changes: Any) -> None:
        """Change what stands around the screen."""
        self.device = msgspec.structs.replace(self.device, **changes)
        self._tell(encode(msgspec.structs.replace(self.device, wallet=msgspec.UNSET)))

    def beep(self, tone: str) -> None:
        """Make a sound."""
        self._tell(encode(msgspec.convert({"type": "beep", "tone": tone}, BeepNews)))

    def heard(self) -> FromPage:
        """The next thing that a page said; waits for it."""
        return self._heard.get(timeout=PATIENCE_S)

    def heard_nothing(self) -> bool:
        """Whether everything that pages said has been taken."""
        return self._heard.empty()

    async def _start(self) -> None:
        self._listener = await serve(
            self._open, "127.0.0.1", self.port, process_request=self._answer, compression=None, close_timeout=1
        )
        self.port = next(iter(self._listener.sockets)).getsockname()[1]

    async def _stop(self) -> None:
        if self._listener is not None:
            for page in [*self._pages]:
                page.transport.abort()
            self._listener.close()
            await self._listener.wait_closed()
            self._listener = None

    def _tell(self, text: str) -> None:
        async def send() -> None:
            for page in self._pages:
                await page.send(text)

        self._run(send)

    async def _open(self, page: ServerConnection) -> None:
        await page.send(encode(self.device))
        await page.send(encode(ScreenNews(screen=self.screen)))
        self._pages.add(page)
        try:
            async for frame in page:
                self._heard.put(decode(frame))
        except ConnectionClosed:
            pass
        finally:
            self._pages.discard(page)

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        self.requests.append(request.path)
        match unquote(request.path).split("/")[1:]:
            case [""]:
                return _file("index.html")
            case ["readers", serial] if serial == SERIAL:
                return _file("device.html")
            case ["readers", serial, "screen"] if serial == SERIAL:
                return None
            case ["assets", name]:
                return _file(name)
            case ["api", "readers"]:
                return _response(
                    "application/json", msgspec.json.encode({"server": self.server, "readers": self.readers})
                )
            case _:
                return connection.respond(HTTPStatus.NOT_FOUND, "There is nothing here.\n")

    def _run(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return asyncio.run_coroutine_threadsafe(make(), self._loop).result(PATIENCE_S)


def _file(name: str) -> Response:
    content = (resources.files("opentill.web") / "reader" / name).read_bytes()
    return _response(_TYPES[name.rpartition(".")[2]], content)


def _response(kind: str, content: bytes) -> Response:
    headers = Headers(
        [
            ("Content-Type", kind),
            ("Content-Length", str(len(content))),
            ("Connection", "close"),
            ("Content-Security-Policy", _POLICY),
        ]
    )
    return Response(200, "OK", headers, content)
