"""What is in a file, as an HTTP answer from which nothing of it can run or be taken for something else.

Pictures and documents may be looked at in the browser; everything else, SVG among it, which can hold scripts, is for
saving. Whatever a browser makes of it all the same, it does in a sandbox, without scripts and without an origin.
"""

import re
from typing import Final
from urllib.parse import quote

from opentill.services.file_keeping import Contents

_LOOKED_AT: Final = frozenset({"gif", "jpg", "pdf", "png"})
_PLAIN: Final = re.compile(r"[A-Za-z0-9._ ()+-]+")

_SAFE: Final = (
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"access-control-allow-origin", b"*"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"strict-transport-security", b"max-age=63072000; includeSubDomains; preload"),
)


def headers(contents: Contents, *, kept_s: int = 0) -> list[tuple[bytes, bytes]]:
    """The headers of an answer that is `contents`, which whoever gets it may keep for `kept_s` seconds."""
    return [
        (b"content-type", contents.media_type.encode()),
        (b"content-disposition", _disposition(contents).encode()),
        (b"cache-control", f"private, max-age={kept_s}".encode() if kept_s else b"no-store"),
        *_SAFE,
    ]


def _disposition(contents: Contents) -> str:
    """RFC 6266; a name that is not plain ASCII is told in UTF-8 (RFC 8187)."""
    way = "inline" if contents.format in _LOOKED_AT else "attachment"
    if _PLAIN.fullmatch(contents.name):
        return f'{way}; filename="{contents.name}"'
    return f"{way}; filename=\"file.{contents.format}\"; filename*=UTF-8''{quote(contents.name, safe='')}"
