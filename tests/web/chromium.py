"""Chromium, as Debian installs it (tools/chromium), driven by Playwright. Nothing is downloaded."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Browser, sync_playwright

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_ARGUMENTS: Final = [
    "--no-sandbox",  # tests may run as root in a container, where the sandbox does not start
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def executable() -> str:
    """The browser of this machine; OPENTILL_CHROMIUM names another one. Raises FileNotFoundError."""
    found = os.environ.get("OPENTILL_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        raise FileNotFoundError("Chromium is not installed: tools/chromium installs it")
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """A running browser. While it runs, `asyncio.run` does not work in this thread: Playwright has its loop there."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable(), args=_ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()
