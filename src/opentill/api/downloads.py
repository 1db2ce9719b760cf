"""Files for those who have no key: at the address of a file link, and for readers, the picture of their splash screen.

Either address ends in what is needed to fetch the file, so neither is written to the log.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qs

import structlog

from opentill.api import contents
from opentill.ports.store import StoreUnavailable
from opentill.services import file_links
from opentill.services.file_keeping import Contents
from opentill.services.operation import System
from opentill.services.terminal import pictures

Scope: TypeAlias = Mapping[str, Any]
Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]

_WORDS_MAX: Final = 512

_log = structlog.get_logger("opentill.api")


class Downloads:
    """Answers at the addresses of files."""

    def __init__(self, system: System) -> None:
        self._system = system

    def has(self, scope: Scope) -> bool:
        """Whether a request is for such an address."""
        return scope["path"].startswith((file_links.PATH, pictures.PATH)) and scope["method"] in ("GET", "HEAD")

    async def answer(self, scope: Scope, send: Send) -> None:
        """Answer a request that `has` recognised. Whatever is wrong with the address, there is nothing there."""
        try:
            found = await self._found(scope)
        except StoreUnavailable as error:
            _log.error("store unavailable", reason=str(error))
            await _say(send, 503, "The database cannot be reached at the moment. Try again.")
            return
        _log.info("download", status=404 if found is None else 200)
        if found is None:
            await _say(send, 404, "There is no file here, or not any more.")
            return
        headers = [*contents.headers(found), (b"content-length", str(len(found.content)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else found.content})

    async def _found(self, scope: Scope) -> Contents | None:
        path: str = scope["path"]
        if len(path) > _WORDS_MAX or "\0" in path:
            return None
        if path.startswith(file_links.PATH):
            return await file_links.followed(self._system, path.removeprefix(file_links.PATH))
        query = parse_qs(scope["query_string"].decode("latin-1")[:_WORDS_MAX])
        device, _, file = path.removeprefix(pictures.PATH).partition("/")
        expires, signature = (query.get(name, [""])[-1] for name in ("expires", "signature"))
        return await pictures.fetched(self._system, device, file, expires=expires, signature=signature)


async def _say(send: Send, status: int, text: str) -> None:
    body = f"{text}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
