"""The picture of a reader's splash screen: fetched from its server, held against its digest, and kept in its folder.

    readers/STRM26M000ABCDEF/picture-9f86d0…     named by the SHA-256 of its bytes, so it is whole or not there

What is there is shown without the server, after a restart too. What is not is tried for until it is: the server may be
away, or the disk full.
"""

import asyncio
import hashlib
import random
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import structlog

from opentill.link.messages import Picture
from opentill.reader.connection.network import Network
from opentill.reader.storage import write_durably

SIZE_MAX: Final = 4 * 1024 * 1024
PAUSE_S: Final = 1.0
PAUSE_MAX_S: Final = 60.0
FETCH_S: Final = 60.0

_PREFIX: Final = "picture-"
_HEAD_MAX: Final = 16 * 1024
_KINDS: Final = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}

_log = structlog.get_logger("opentill.reader")

Fetch = Callable[[Picture], Awaitable[bytes]]
"""Gets the bytes of a picture. Raises OSError where trying again may help, NotThere where it does not."""


class NotThere(Exception):
    """The server does not have it, or it is not what it was said to be. The text says which."""


def media_type(content: bytes) -> str | None:
    """What kind of picture it is; None for anything that is none."""
    return next((kind for beginning, kind in _KINDS.items() if content.startswith(beginning)), None)


def check(picture: Picture, content: bytes) -> None:
    """Raises NotThere unless these are the bytes of the picture."""
    if len(content) != picture.size or hashlib.sha256(content).digest() != picture.sha256:
        raise NotThere("it is not the picture that was announced")
    if media_type(content) is None:
        raise NotThere("it is no PNG, JPEG or GIF")


def kept(folder: Path, digest: str) -> bytes | None:
    """A picture in a reader's folder, by its SHA-256 in hexadecimal."""
    if len(digest) != 64 or not digest.isalnum():
        return None
    try:
        return (folder / f"{_PREFIX}{digest}").read_bytes()
    except OSError:
        return None


async def obtain(folder: Path, picture: Picture, fetch: Fetch) -> bool:
    """Have the picture in the folder, and no other; whether it is there. Takes as long as it takes."""
    digest = picture.sha256.hex()
    if not 0 < picture.size <= SIZE_MAX or len(digest) != 64:
        return False
    pause = PAUSE_S
    while not await asyncio.to_thread(_has, folder, picture):
        try:
            async with asyncio.timeout(FETCH_S):
                content = await fetch(picture)
            check(picture, content)
            await asyncio.to_thread(write_durably, folder / f"{_PREFIX}{digest}", content)
        except NotThere as error:
            _log.warning("no picture", folder=folder.name, reason=str(error))
            return False
        except OSError as error:  # TimeoutError among them
            _log.info("no picture yet", folder=folder.name, reason=error.strerror or type(error).__name__)
            await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311 - a thousand readers are told at once
            pause = min(2 * pause, PAUSE_MAX_S)
    clear(folder, besides=digest)
    return True


def clear(folder: Path, *, besides: str | None = None) -> None:
    """Remove the pictures that are not shown any more."""
    for path in folder.glob(f"{_PREFIX}*"):
        if path.name != f"{_PREFIX}{besides}":
            with suppress(OSError):
                path.unlink()


def _has(folder: Path, picture: Picture) -> bool:
    content = kept(folder, picture.sha256.hex())
    try:
        check(picture, content or b"")
    except NotThere:
        return False
    return True


class OverHttp:
    """`Fetch` from the server at `server`, http(s):// or ws(s)://, over the reader's network.

    It is HTTP/1.0, so that the answer is its bytes and nothing else whatever stands in between; one request, and no
    redirect is followed. `tls` says whom to trust, as for the link.
    """

    def __init__(self, server: str, network: Network, tls: ssl.SSLContext | None = None) -> None:
        parts = urlsplit(server)
        self._secure = parts.scheme in ("https", "wss")
        self._host = parts.hostname or ""
        self._port = parts.port or (443 if self._secure else 80)
        self._named = parts.netloc
        self._base = parts.path.rstrip("/")
        self._network = network
        self._tls = tls

    async def __call__(self, picture: Picture) -> bytes:
        if self._network.condition == "down":
            raise OSError("the network is down")
        if not picture.path.startswith("/") or not picture.path.isascii() or not picture.path.isprintable():
            raise NotThere("it has no address")
        await asyncio.sleep(self._network.delay_s)
        tls = (self._tls or ssl.create_default_context()) if self._secure else None
        reader, writer = await asyncio.open_connection(self._host, self._port, ssl=tls, limit=_HEAD_MAX)
        try:
            request = f"GET {self._base}{picture.path} HTTP/1.0\r\nHost: {self._named}\r\nConnection: close\r\n\r\n"
            writer.write(request.encode())
            await writer.drain()
            return await _answered(reader, picture)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            raise OSError("the answer broke off") from error
        finally:
            writer.transport.abort()


async def _answered(reader: asyncio.StreamReader, picture: Picture) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    words = head.split(b"\r\n", 1)[0].split(b" ")
    status = words[1] if len(words) > 1 and words[0].startswith(b"HTTP/1.") else b""
    if status[:1] in (b"3", b"4"):
        raise NotThere(f"the server answered {status.decode('latin-1')[:3]}")
    if status != b"200":
        raise OSError("the server did not answer with a picture")
    return await reader.readexactly(picture.size)
