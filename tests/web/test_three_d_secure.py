"""The issuer's page in a browser: asked, answered, and back at the shop, with and without scripts."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.scenarios.shop import Shop
from tests.web.accessibility import low_contrast, overflowing, too_small, unnamed
from tests.web.conftest import DESKTOP, PHONE

PASSED, FAILED, ABANDONED = "Complete", "Fail", "Cancel"


class _ShopPage(BaseHTTPRequestHandler):
    """The merchant's page; it sends the customer on once more, as shops do."""

    def do_GET(self) -> None:
        if self.path.startswith("/back"):
            self.send_response(302)
            port = self.connection.getsockname()[1]
            self.send_header("Location", self.path.replace("/back", f"http://localhost:{port}/thanks"))
            self.end_headers()
            return
        body = b"<!doctype html><title>Shop</title><link rel=icon href=data:,><h1>Back at the shop</h1>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def return_url() -> Iterator[str]:
    """Where the customer comes back to: another host than the issuer's page, that sends them to a third."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _ShopPage)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/back?order=1"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def complaints() -> list[str]:
    return []


def begun(shop: Shop, return_url: str) -> Any:
    asked: Any = {
        "amount": 1099,
        "currency": "usd",
        "payment_method": "pm_card_threeDSecure2Required",
        "confirm": True,
        "return_url": return_url,
    }
    return shop.client.v1.payment_intents.create(asked)


def opened(browser: Browser, intent: Any, complaints: list[str], **options: Any) -> Page:
    """The issuer's page in a profile of its own; what it complains about, and whom else it asks, is noted."""
    page = browser.new_context(**{"viewport": DESKTOP, "reduced_motion": "reduce"} | options).new_page()
    url = intent.next_action.redirect_to_url.url
    here = f"{urlsplit(url).scheme}://{urlsplit(url).netloc}/3ds/"
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    requests = (
        page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
        if options.get("java_script_enabled", True)
        else []
    )
    assert all(name.startswith(here) for name in requests), requests
    return page


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize(
    ("button", "status", "told"),
    [
        (PASSED, "succeeded", "succeeded"),
        (FAILED, "requires_payment_method", "failed"),
        (ABANDONED, "requires_payment_method", "failed"),
    ],
)
def test_there_and_back(
    browser: Browser,
    shop: Shop,
    return_url: str,
    complaints: list[str],
    scripts: bool,
    button: str,
    status: str,
    told: str,
) -> None:
    intent = begun(shop, return_url)
    page = opened(browser, intent, complaints, java_script_enabled=scripts)
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it you who is paying?")
    page.get_by_role("button", name=button, exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Back at the shop")
    back = dict(parse_qsl(urlsplit(page.url).query))
    assert (back["order"], back["payment_intent"], back["redirect_status"]) == ("1", intent.id, told)
    assert shop.client.v1.payment_intents.retrieve(intent.id).status == status

    # Back, as people do who are not sure: the page knows, and leads to the shop again.
    page.goto(intent.next_action.redirect_to_url.url)
    expect(page.get_by_role("button")).to_have_count(0)
    page.get_by_role("link", name="Continue to").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Back at the shop")
    assert complaints == []


def test_by_keyboard(browser: Browser, shop: Shop, return_url: str, complaints: list[str]) -> None:
    page = opened(browser, begun(shop, return_url), complaints)
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name=PASSED)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Back at the shop")
    assert complaints == []


@pytest.mark.parametrize("size", [DESKTOP, PHONE, {"width": 320, "height": 480}], ids=lambda size: f"{size['width']}")
@pytest.mark.parametrize("colors", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "fr", "de", "es", "ja"])
def test_everybody_can_use_it(
    browser: Browser,
    shop: Shop,
    return_url: str,
    complaints: list[str],
    language: str,
    colors: str,
    size: dict[str, int],
) -> None:
    intent = begun(shop, return_url)
    page = opened(browser, intent, complaints, locale=language, color_scheme=colors, viewport=size)
    assert page.locator("html").get_attribute("lang") == language
    for _ in range(2):
        assert (unnamed(page), low_contrast(page), too_small(page), overflowing(page)) == ([], [], [], [])
        shop.client.v1.payment_intents.confirm(intent.id, {"return_url": return_url})  # ends this one
        page.reload()
    complaints[:] = [each for each in complaints if "410" not in each]  # the status of a page that is over
    assert complaints == []
