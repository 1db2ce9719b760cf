"""The till beside the real reader program: carts and cards on the virtual reader's screen, and who holds it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.devices import AtReader, Readers
from tests.pos.conftest import OpenTill
from tests.pos.till import PATIENCE_MS, Backend
from tests.scenarios.shop import Shop
from tests.scenarios.till import ADDRESS

TIPPING: Any = {"tipping": {"usd": {"percentages": [10, 20, 30]}}}


@dataclass
class Counter:
    """A virtual reader that is registered as "Counter", its program, and somebody in front of it."""

    readers: Readers
    at: AtReader
    id: str
    serial: str

    @property
    def page(self) -> str:
        """The page of its screen."""
        return f"http://127.0.0.1:{self.readers.port}/readers/{self.serial}"


@pytest.fixture
def counter(shop: Shop, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Counter]:
    """The reader, at a location that offers tips; an S700 unless the test names another model."""
    readers = Readers(shop.server.address, tmp_path / "readers", model=getattr(request, "param", "s700"))
    (device,) = readers.devices()
    at = readers.at(device["serial"])
    code = at.wait("pairing", until=lambda screen: bool(screen.get("code")))["code"]
    v1 = shop.client.v1
    offered = v1.terminal.configurations.create(TIPPING)
    place: Any = {"display_name": "Counter", "address": ADDRESS, "configuration_overrides": offered.id}
    location = v1.terminal.locations.create(place)
    reader = v1.terminal.readers.create({"registration_code": code, "label": "Counter", "location": location.id})
    at.wait("splash")
    yield Counter(readers, at, reader.id, device["serial"])
    at.close()
    readers.close()


def tap_on(page: Page, card: str) -> None:
    """Choose a card on the virtual reader's page, and tap it."""
    expect(page.locator('.screen[data-name="present_card"]')).to_be_visible(timeout=PATIENCE_MS)
    page.locator(f'.card input[value="{card}"]').check(force=True)
    page.get_by_role("button", name="Tap", exact=True).click()


def test_the_whole_story(open_till: OpenTill, counter: Counter, browser: Browser, backend: Backend) -> None:
    till = open_till()
    till.connect("Counter")
    customer = browser.new_page(viewport={"width": 1000, "height": 800}, reduced_motion="reduce")
    customer.goto(counter.page)
    # the cart is on the reader while it is rung up
    till.ring_up("Flat white", "Flat white", "Croissant")
    cart = customer.locator('.screen[data-name="cart"]')
    expect(cart).to_contain_text("Flat white", timeout=PATIENCE_MS)
    expect(cart).to_contain_text("$13.20", timeout=PATIENCE_MS)
    # a tip, and a card that is declined
    till.charge()
    tip = customer.locator('.screen[data-name="tip"]')
    tip.get_by_role("button", name="10%").click(timeout=PATIENCE_MS)
    tap_on(customer, "charge_declined_expired_card")
    till.says("Declined")
    expect(till.page.locator(".stage .detail")).to_have_text("The card has expired.")
    # another one, for the same payment
    till.press("Try another card")
    tip.get_by_role("button", name="10%").click(timeout=PATIENCE_MS)
    tap_on(customer, "visa")
    till.says("Paid")
    expect(till.page.locator(".after")).to_contain_text("with a tip of $1.32")
    (intent,) = backend.intents()
    assert (intent.status, intent.amount_received) == ("succeeded", 1452)
    # the customer gives an email on the reader
    till.press("Ask for an email")
    customer.locator(".screen input").fill("ada@example.com", timeout=PATIENCE_MS)
    customer.get_by_role("button", name="Send").click()
    expect(till.page.locator(".after")).to_contain_text("The receipt goes to ada@example.com.", timeout=PATIENCE_MS)
    customer.close()


def test_the_customer_and_the_cashier_cancel(open_till: OpenTill, counter: Counter, backend: Backend) -> None:
    till = open_till()
    till.connect("Counter")
    till.ring_up("Espresso")
    till.charge()
    counter.at.wait("tip")
    till.press("Cancel")
    expect(till.page.locator(".order .notice")).to_contain_text("canceled", timeout=PATIENCE_MS)
    counter.at.wait("cart")
    till.charge()
    counter.at.wait("tip")
    counter.at.press("cancel")
    till.says("The customer canceled")
    assert [intent.status for intent in backend.intents()] == ["requires_payment_method"]


def test_a_reload_connects_again_and_says_so(open_till: OpenTill, counter: Counter) -> None:
    """The serial number is remembered; a cart on the reader is this tab's own and in nobody's way."""
    till = open_till()
    till.connect("Counter")
    till.ring_up("Espresso")
    counter.at.wait("cart")
    till.page.route("**/connect", lambda route: till.page.locator(".banner").wait_for() or route.continue_(), times=1)
    till.page.reload()
    till.is_connected("Counter")
    expect(till.page.locator(".banner")).to_have_count(0)
    till.page.locator(".reader-button").click()
    till.page.locator(".reader[data-mine]").click()
    expect(till.page.locator(".reader-button[data-phase=none]")).to_be_visible()
    counter.at.wait("splash")
    till.page.reload()
    expect(till.page.locator(".reader-button[data-phase=none]")).to_be_visible(timeout=PATIENCE_MS)


def test_a_reader_in_use_is_taken_over_only_when_asked(open_till: OpenTill, counter: Counter) -> None:
    first, second = open_till(), open_till()
    first.connect("Counter")
    first.ring_up("Espresso")
    first.charge()
    counter.at.wait("tip")
    second.page.locator(".reader-button").click()
    second.page.locator(".reader", has_text="Counter").click()
    expect(second.page.locator(".in-use")).to_contain_text("used by another till", timeout=PATIENCE_MS)
    second.press("Take over Counter")
    second.is_connected("Counter")
    # the first one is told, does not take it back by itself, and can
    banner = first.page.locator(".banner[role=alert]")
    expect(banner).to_contain_text("Counter is disconnected", timeout=PATIENCE_MS)
    first.press("Take it back")
    first.is_connected("Counter")


def test_a_reader_that_goes_away_is_waited_for(open_till: OpenTill, counter: Counter) -> None:
    till = open_till()
    till.connect("Counter")
    counter.at.power("pull")
    counter.at.wait("off")
    till.ring_up("Espresso")  # which the reader would show
    expect(till.page.locator(".banner[role=alert]")).to_contain_text("Trying to get it back", timeout=PATIENCE_MS)
    counter.at.power("on")
    counter.at.wait("splash")
    till.press("Try now")
    till.is_connected("Counter")
    counter.at.wait("cart")


@pytest.mark.parametrize("counter", ["v660p"], indirect=True)
def test_a_receipt_on_the_printer_of_a_reader(open_till: OpenTill, counter: Counter) -> None:
    """It shows no carts, which is no reason not to sell."""
    till = open_till()
    till.connect("Counter")
    till.ring_up("Espresso")
    till.press("Cash")
    till.says("Paid")
    till.press("Print on the reader")
    counter.at.wait("printing")
    counter.at.wait("splash")
    expect(till.page.get_by_role("button", name="Print on the reader")).to_be_enabled(timeout=PATIENCE_MS)
    expect(till.page.locator(".after .notice")).to_have_count(0)
