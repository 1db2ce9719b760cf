"""The Terminal JavaScript SDK: modules in plain JavaScript, and the one script that pages load."""

from collections.abc import Callable
from functools import cache
from typing import Final

from opentill.web.pages import JAVASCRIPT, JSON, Page
from opentill.web.scripts import Script, classic_script

_NAME: Final = "sdk.js"


def pages() -> dict[str, Callable[[], Page]]:
    """The script, at the addresses that pages and the official loader know it by, and its source map."""
    return {
        **dict.fromkeys(("/terminal/v1/sdk.js", "/terminal/v1", "/terminal/v1/"), _script_page),
        "/terminal/v1/sdk.js.map": _map_page,
    }


@cache
def _script() -> Script:
    return classic_script("terminal", "index.js", name=f"/terminal/v1/{_NAME}")


def _script_page() -> Page:
    return Page(_script().code, JAVASCRIPT)


def _map_page() -> Page:
    return Page(_script().source_map, JSON)
