"""The screens of the readers in the browser: pages over HTTP, and a WebSocket for each screen that is open.

It listens on loopback. That keeps other machines away, not other web sites: a site that the person has open may send
requests to any address, or have its own name resolve to 127.0.0.1. So requests must name this server by an address of
the machine itself (`Host`), a WebSocket must come from a page of ours (`Origin`), nothing is to be framed, and pages
load nothing from elsewhere.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from importlib import resources
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

import msgspec
import structlog
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers, MultipleValuesError
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from opentill.reader import pictures
from opentill.reader.appliance import Appliance, Status
from opentill.reader.device.screens import Screen
from opentill.reader.pages import (
    FRAME_MAX,
    BadPageMessage,
    BeepNews,
    DeviceNews,
    ScreenNews,
    WalletCard,
    decode,
    encode,
)

BEEPS_MAX: Final = 8

_ASSETS: Final = resources.files("opentill.web") / "reader"
_TYPES: Final = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "ico": "image/x-icon",
    "js": "text/javascript; charset=utf-8",
    "json": "application/json",
    "png": "image/png",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}
_NOT_A_PAGE: Final = 1008  # RFC 6455, 7.4.1: policy violation

# What websockets has to say of visitors that do not speak HTTP is of no use to anybody.
_SILENCE: Final = logging.getLogger("opentill.reader.websockets")
_SILENCE.setLevel(logging.CRITICAL)

_log = structlog.get_logger("opentill.reader.screens")


class Readers(Protocol):
    """The readers of this program."""

    @property
    def server(self) -> str:
        """The address of the server they belong to."""
        ...

    @property
    def appliances(self) -> Mapping[str, Appliance]:
        """By serial number."""
        ...

    def wallet(self) -> Sequence[WalletCard]:
        """The cards of the drawer."""
        ...


class _Listing(msgspec.Struct, frozen=True, kw_only=True):
    server: str
    readers: list[Status]


class ScreenServer:
    """Serves the screens of `readers` on a socket that listens already (or is bound)."""

    def __init__(self, readers: Readers, listener: socket.socket) -> None:
        self._readers = readers
        self._listener = listener
        self._server: Server | None = None
        self._hosts = _hosts(listener.getsockname()[1])

    async def start(self) -> None:
        """Answer from now on."""
        self._server = await serve(
            self._screen,
            sock=self._listener,
            process_request=self._answer,
            max_size=FRAME_MAX,
            compression=None,
            server_header=None,
            open_timeout=10,
            close_timeout=1,
            ping_interval=30,
            logger=_SILENCE,
        )

    async def close(self) -> None:
        """Close every page's connection and the socket."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    # HTTP ----------------------------------------------------------------------------------------------------

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """The answer to a request, or None to go on as a WebSocket."""
        try:
            host, origin = request.headers.get("Host"), request.headers.get("Origin")
        except MultipleValuesError:
            return _plain(HTTPStatus.BAD_REQUEST, "Bad request.")
        if host is None or host.lower() not in self._hosts:
            return _plain(HTTPStatus.FORBIDDEN, "Open this page by the address that the reader program printed.")
        if origin is not None and origin.lower() != f"http://{host.lower()}":
            return _plain(HTTPStatus.FORBIDDEN, "This page is not open to other sites.")
        match _path(request):
            case [""]:
                return _page("index.html")
            case ["readers", serial] if serial in self._readers.appliances:
                return _page("device.html")
            case ["readers", serial, "screen"] if serial in self._readers.appliances:
                return None if origin is not None else _plain(HTTPStatus.FORBIDDEN, "Screens open in their page only.")
            case ["readers", serial, "pictures", digest] if serial in self._readers.appliances:
                return _picture(self._readers.appliances[serial].picture(digest))
            case ["assets", name]:
                return _page(name)
            case ["api", "readers"]:
                return self._listing()
            case _:
                return _plain(HTTPStatus.NOT_FOUND, "There is nothing here.")

    def _listing(self) -> Response:
        readers = [appliance.status for appliance in self._readers.appliances.values()]
        content = msgspec.json.encode(_Listing(server=self._readers.server, readers=readers))
        return _response(HTTPStatus.OK, "application/json", content)

    # WebSocket -----------------------------------------------------------------------------------------------

    async def _screen(self, connection: ServerConnection) -> None:
        serial = "" if connection.request is None else _path(connection.request)[1]
        appliance = self._readers.appliances[serial]
        page = _Page()
        appliance.watch(page)
        page.around(msgspec.structs.replace(appliance.news(), wallet=list(self._readers.wallet())))
        page.show(appliance.screen)
        sending = asyncio.create_task(page.send_to(connection))
        try:
            async for frame in connection:
                await appliance.hear(decode(frame))
        except BadPageMessage:
            _log.warning("a page spoke nonsense", serial_number=serial)
            await connection.close(_NOT_A_PAGE, "no message of a page")
        except ConnectionClosed:
            pass
        finally:
            appliance.unwatch(page)
            sending.cancel()
            with suppress(asyncio.CancelledError):
                await sending


class _Page:
    """`appliance.Watcher`: an open page. A slow one skips screens: what stands there last is what counts."""

    def __init__(self) -> None:
        self._news: dict[str, Callable[[], str]] = {}
        self._beeps: list[BeepNews] = []
        self._wallet: list[WalletCard] | msgspec.UnsetType = msgspec.UNSET
        self._something = asyncio.Event()

    def show(self, screen: Screen) -> None:
        self._put("screen", lambda: encode(ScreenNews(screen=screen)))

    def around(self, news: DeviceNews) -> None:
        if news.wallet is not msgspec.UNSET:
            self._wallet = news.wallet
        self._put("device", lambda: encode(msgspec.structs.replace(news, wallet=self._first_wallet())))

    def beep(self, news: BeepNews) -> None:
        if len(self._beeps) < BEEPS_MAX:
            self._beeps.append(news)
            self._something.set()

    async def send_to(self, connection: ServerConnection) -> None:
        """Send what there is to show, until the page is closed."""
        with suppress(ConnectionClosed):
            while True:
                await self._something.wait()
                self._something.clear()
                news, self._news = self._news, {}
                beeps, self._beeps = self._beeps, []
                for text in (*(make() for make in news.values()), *map(encode, beeps)):
                    await connection.send(text)

    def _put(self, what: str, make: Callable[[], str]) -> None:
        self._news[what] = make
        self._something.set()

    def _first_wallet(self) -> list[WalletCard] | msgspec.UnsetType:
        """The wallet, once: if the first news are replaced before they were sent, the next have it."""
        wallet, self._wallet = self._wallet, msgspec.UNSET
        return wallet


# Answers ----------------------------------------------------------------------------------------------------------


def _path(request: Request) -> list[str]:
    """The parts of the path."""
    return unquote(urlsplit(request.path).path).split("/")[1:]


def _page(name: str) -> Response:
    kind = _TYPES.get(name.rpartition(".")[2])
    if kind is None or "/" in name or "\\" in name or name.startswith("."):
        return _plain(HTTPStatus.NOT_FOUND, "There is nothing here.")
    try:
        content = (_ASSETS / name).read_bytes()
    except (FileNotFoundError, IsADirectoryError, ValueError):
        return _plain(HTTPStatus.NOT_FOUND, "There is nothing here.")
    return _response(HTTPStatus.OK, kind, content)


def _picture(content: bytes | None) -> Response:
    kind = None if content is None else pictures.media_type(content)
    if content is None or kind is None:
        return _plain(HTTPStatus.NOT_FOUND, "There is nothing here.")
    return _response(HTTPStatus.OK, kind, content, cache="private, max-age=31536000, immutable")  # named by its digest


def _plain(status: HTTPStatus, text: str) -> Response:
    return _response(status, "text/plain; charset=utf-8", f"{text}\n".encode())


def _response(status: HTTPStatus, kind: str, content: bytes, *, cache: str = "no-store") -> Response:
    headers = Headers(
        [
            ("Content-Type", kind),
            ("Content-Length", str(len(content))),
            ("Connection", "close"),
            ("Cache-Control", cache),
            ("Content-Security-Policy", POLICY),
            ("Cross-Origin-Opener-Policy", "same-origin"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
            ("Referrer-Policy", "no-referrer"),
            ("X-Content-Type-Options", "nosniff"),
            ("X-Frame-Options", "DENY"),
        ]
    )
    return Response(status.value, status.phrase, headers, content)


POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of every answer."""


def _hosts(port: int) -> frozenset[str]:
    """How this machine may call the server. A name of any other kind is somebody else's."""
    names = ("127.0.0.1", "localhost")
    return frozenset(name if port == 80 else f"{name}:{port}" for name in names)
