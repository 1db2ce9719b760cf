"""The sample till: a page that drives readers with the Terminal JavaScript SDK, as a merchant's would.

It is served beside the API under `opentill up`, and uses nothing of the server but the SDK. What it knows of the shop
comes from the merchant's backend (`opentill.examples.till`), whose address and token are in `config.json`, or in the
page's own address.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial
from importlib.resources import files
from typing import Final

from opentill.web.pages import CSS, HTML, JAVASCRIPT, JSON, SVG, Page

# Backends and readers of a development machine are on that machine; elsewhere the page may not send anything.
_LOOPBACK: Final = "http://127.0.0.1:* http://localhost:*"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    f"connect-src 'self' {_LOOPBACK}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_OWN: Final = (
    (b"content-security-policy", _POLICY.encode()),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
)

_TYPES: Final = {"css": CSS, "html": HTML, "js": JAVASCRIPT, "svg": SVG}
# What the readers' pages have too.
_BORROWED: Final = ("dom.js", "favicon.svg")


def pages(config: Mapping[str, str]) -> dict[str, Callable[[], Page]]:
    """The till's pages by their paths; `config` is read when `config.json` is first asked for."""
    found: dict[str, Callable[[], Page]] = {
        "/pos": partial(_file, "pos", "index.html"),
        "/pos/": partial(_file, "pos", "index.html"),
        "/pos/config.json": lambda: Page(json.dumps(dict(config)).encode(), JSON, _OWN),
    }
    for entry in (files("opentill.web") / "pos").iterdir():
        if entry.name.rpartition(".")[2] in ("css", "js"):
            found[f"/pos/{entry.name}"] = partial(_file, "pos", entry.name)
    for name in _BORROWED:
        found[f"/pos/{name}"] = partial(_file, "reader", name)
    return found


def _file(folder: str, name: str) -> Page:
    return Page((files("opentill.web") / folder / name).read_bytes(), _TYPES[name.rpartition(".")[2]], _OWN)
