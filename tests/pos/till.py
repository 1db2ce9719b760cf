"""A till: the sample backend in a process of its own, and its page in a browser."""

import http.client
import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from playwright.sync_api import Browser, BrowserContext, Page, expect
from tests.scenarios.server import environment
from tests.scenarios.shop import Shop

TABLET = {"width": 1180, "height": 820}
PHONE = {"width": 360, "height": 740}
PATIENCE_MS = 15_000


@dataclass(frozen=True)
class Answer:
    """What the backend answered."""

    status: int
    headers: dict[str, str]
    json: Any

    @property
    def code(self) -> str:
        """The code of the error it tells."""
        return self.json["error"]["code"]


class Backend:
    """`python -m opentill.examples.till` for a shop. `page` is the address that it prints."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop = shop
        self.page = self.address = self.token = ""
        self._command = [
            *(sys.executable, "-m", "opentill.examples.till", "--server", shop.server.address, "--key", shop.key),
            *("--port", "0", "--data", str(folder / "till.sqlite3")),
        ]
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, env=environment()
        )
        assert self._process.stdout is not None
        found = re.search(r"(\S+/pos\?backend=(\S+)#token=(\S+))", self._process.stdout.readline())
        assert found is not None
        self.page, self.address, self.token = found.groups()

    def ask(self, method: str, path: str, body: Any = None, **headers: str | None) -> Answer:
        """A request as the page makes it; `headers` replaces some of them, None leaves one out."""
        sent: dict[str, str | None] = {
            "Origin": self.shop.server.address,
            "X-Till-Token": self.token,
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=30)
        try:
            connection.request(
                method, path, content, {name: value for name, value in sent.items() if value is not None}
            )
            answer = connection.getresponse()
            text = answer.read()
            received = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, received, json.loads(text) if text else None)
        finally:
            connection.close()

    def order(self, quantities: dict[str, int], total: int) -> str:
        """Ring up an order; its id."""
        id = str(uuid4())
        assert self.ask("PUT", f"/orders/{id}", {"quantities": quantities, "total": total}).status == 200
        return id

    def orders(self) -> list[dict[str, Any]]:
        """Today's orders, newest first."""
        return self.ask("GET", "/orders").json["orders"]

    def intents(self) -> list[Any]:
        """The shop's payments, newest first."""
        return self.shop.client.v1.payment_intents.list({"limit": 100}).data

    def close(self) -> None:
        """Stop it."""
        self._process.terminate()
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()


class TillPage:
    """The page at /pos, and a cashier at it. `complaints` are what the browser did not like."""

    def __init__(self, browser: Browser, url: str, size: dict[str, int], **options: Any) -> None:
        self.complaints: list[str] = []
        self.context: BrowserContext = browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            reduced_motion="reduce",
            **options,
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", lambda message: self._heard(message.type, message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))
        self.page.goto(url)
        expect(self.page.locator(".tile").first).to_be_visible(timeout=PATIENCE_MS)

    def connect(self, name: str) -> None:
        """Choose a reader."""
        self.page.locator(".reader-button").click()
        self.page.locator(".reader", has_text=name).click()
        self.is_connected(name)

    def is_connected(self, name: str) -> None:
        """The till has that reader."""
        expect(self.page.locator(".reader-button[data-phase=connected]")).to_contain_text(name, timeout=PATIENCE_MS)

    def ring_up(self, *names: str) -> None:
        """Press the tiles."""
        for name in names:
            self.page.locator(".tile", has_text=name).click()

    def charge(self) -> None:
        """Press the large button."""
        self.page.locator(".charge").click()

    def press(self, name: str) -> None:
        """Press a button by its name."""
        self.page.get_by_role("button", name=name).first.click()

    def says(self, heading: str) -> None:
        """The heading of what is shown, which has the focus."""
        expect(self.page.locator("main [data-heading]")).to_have_text(heading, timeout=PATIENCE_MS)

    def bench(self, *, card: str | None = None, tip: int | None = None, lose: str | None = None) -> None:
        """Change the test bench."""
        self.page.get_by_role("button", name="Test bench", exact=True).click()
        if card is not None:
            self.page.locator("#bench-card").select_option(card)
        if tip is not None:
            self.page.locator("#bench-tip").fill(str(tip))
        if lose is not None:
            self.page.get_by_label(lose).check()
        self.page.get_by_role("button", name="Close the test bench").click()

    def close(self) -> None:
        """Close the tab; it must not have complained."""
        self.context.close()
        assert self.complaints == []

    def _heard(self, kind: str, text: str) -> None:
        # A refusal that the page expects is a "failed" resource to the browser.
        if kind in ("error", "warning") and "Failed to load resource" not in text:
            self.complaints.append(text)

    def _asked(self, url: str) -> None:
        if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.complaints.append(f"asked for {url}")
