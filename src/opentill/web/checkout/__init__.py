"""What the pages of Checkout load: one style sheet and one script, which the pages also do without."""

from collections.abc import Callable
from functools import partial
from importlib.resources import files
from typing import Final

from opentill.web.pages import CSS, JAVASCRIPT, Page

_OWN: Final = ((b"cross-origin-resource-policy", b"same-origin"), (b"referrer-policy", b"no-referrer"))
_TYPES: Final = {"checkout.css": CSS, "checkout.js": JAVASCRIPT}


def pages() -> dict[str, Callable[[], Page]]:
    """The files, at the addresses by which the pages know them."""
    return {f"/c/assets/{name}": partial(_file, name) for name in _TYPES}


def _file(name: str) -> Page:
    return Page((files("opentill.web") / "checkout" / name).read_bytes(), _TYPES[name], _OWN)
