"""What the server serves beside the API: scripts and pages that come with the package, from memory.

Each is read once. A browser keeps it and asks whether it has changed (ETag). What is SHARED may be loaded by any page,
which is what the SDK's script is for.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

Scope: TypeAlias = Mapping[str, Any]
Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]

HTML: Final = "text/html; charset=utf-8"
CSS: Final = "text/css; charset=utf-8"
SVG: Final = "image/svg+xml"
JAVASCRIPT: Final = "text/javascript; charset=utf-8"
JSON: Final = "application/json"

# For what any page may load.
SHARED: Final = ((b"access-control-allow-origin", b"*"), (b"cross-origin-resource-policy", b"cross-origin"))


@dataclass(frozen=True, slots=True)
class Page:
    """A body with its media type, as every request for it gets it, and headers of its own."""

    body: bytes
    media_type: str
    headers: tuple[tuple[bytes, bytes], ...] = SHARED
    etag: bytes = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "etag", b'"' + hashlib.sha256(self.body).hexdigest()[:32].encode() + b'"')


class Pages:
    """Pages by their paths."""

    def __init__(self, pages: Mapping[str, Callable[[], Page]]) -> None:
        self._makers = pages
        self._made: dict[str, Page] = {}

    def has(self, scope: Scope) -> bool:
        """Whether a request is for one of these pages."""
        return scope["path"] in self._makers and scope["method"] in ("GET", "HEAD")

    async def answer(self, scope: Scope, send: Send) -> None:
        """Answer a request that `has` recognised."""
        path: str = scope["path"]
        page = self._made.get(path)
        if page is None:
            page = self._made[path] = self._makers[path]()
        headers = [
            (b"content-type", page.media_type.encode()),
            (b"etag", page.etag),
            (b"cache-control", b"public, max-age=0, must-revalidate"),
            (b"x-content-type-options", b"nosniff"),
            *page.headers,
        ]
        asked = dict(scope["headers"]).get(b"if-none-match", b"")
        if page.etag in asked or asked == b"*":
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        headers.append((b"content-length", str(len(page.body)).encode()))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else page.body})
