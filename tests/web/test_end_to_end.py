"""Through everything there is: `opentill up`, the official library, the reader program, its page, a card, a click."""

import io
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from stripe import StripeClient
from tests.pictures import png
from tests.scenarios.server import environment
from tests.web.accessibility import low_contrast, unnamed
from tests.web.conftest import DESKTOP

_PATIENCE_MS = 20_000


@dataclass(frozen=True)
class Counter:
    """A running `opentill up`: its API, and the pages of its two readers."""

    client: StripeClient
    registered: str
    fresh: str
    location: str

    @property
    def reader(self) -> Any:
        """The reader that is registered."""
        (reader,) = (each for each in self.client.v1.terminal.readers.list().data if each.label == "Counter")
        return reader

    def sell(self, amount: int) -> str:
        """Send a payment to the registered reader; its id."""
        intent = self.client.v1.payment_intents.create(
            {
                "amount": amount,
                "currency": "usd",
                "capture_method": "manual",
                "allowed_payment_method_types": ["card_present"],
            }
        )
        self.client.v1.terminal.readers.process_payment_intent(self.reader.id, {"payment_intent": intent.id})
        return intent.id

    def status(self, intent: str) -> str:
        """How the payment stands."""
        return self.client.v1.payment_intents.retrieve(intent).status


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """The system as a person starts it, read from what it prints."""
    command = (sys.executable, "-m", "opentill.cli", "up", "--port", "0", "--data-dir")
    folder = tmp_path_factory.mktemp("counter")
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [*command, str(folder / "data")],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**environment(), "PYTHONUNBUFFERED": "1"},
        )
    assert process.stdout is not None
    printed = ""
    for line in process.stdout:
        printed += line
        if found := re.search(r"-d location=(tml_\w+)$", line):
            location = found[1]
            break
    else:
        raise RuntimeError(f"it did not start:\n{printed}{Path(log.name).read_text()}")
    key, address = re.search(r"sk_test_\w+", printed), re.search(r"address +(\S+)", printed)
    registered, fresh = re.findall(r"http://\S+/readers/\S+", printed)
    assert key is not None
    assert address is not None
    client = StripeClient(key[0], base_addresses={"api": address[1], "files": address[1]}, max_network_retries=0)
    yield Counter(client, registered, fresh, location)
    process.terminate()
    process.stdout.read()
    process.stdout.close()
    assert process.wait(timeout=30) == 0


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that must not complain."""
    context = browser.new_context(viewport=DESKTOP, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    context.close()
    assert complaints == []


def shows(page: Page, name: str, text: str = "") -> None:
    """The device shows that screen, with that text on it."""
    expect(page.locator(f'.screen[data-name="{name}"]')).to_contain_text(text, timeout=_PATIENCE_MS)


def choose(page: Page, card: str) -> None:
    """Choose a card of the wallet by its name."""
    page.locator(f'.card input[value="{card}"]').check(force=True)


def test_a_card_is_tapped(counter: Counter, page: Page) -> None:
    page.goto(counter.registered)
    shows(page, "splash")
    intent = counter.sell(1500)
    shows(page, "present_card", "$15.00")
    assert [*unnamed(page), *low_contrast(page)] == []
    choose(page, "visa")
    page.get_by_role("button", name="Tap", exact=True).click()
    shows(page, "approved", "$15.00")
    assert counter.status(intent) == "requires_capture"
    shows(page, "splash")


def test_a_card_is_inserted_with_a_pin_and_taken_away(counter: Counter, page: Page) -> None:
    page.goto(counter.registered)
    shows(page, "splash")
    intent = counter.sell(2000)
    shows(page, "present_card", "$20.00")
    choose(page, "offline_pin_cvm")
    page.keyboard.press("i")
    shows(page, "pin")
    page.keyboard.type("1234")
    expect(page.locator(".pin i[data-on]")).to_have_count(4)
    assert "1234" not in page.locator("#device").inner_text()
    page.keyboard.press("Enter")
    shows(page, "remove_card")
    assert counter.status(intent) == "requires_capture"
    page.get_by_role("button", name="Take away").click()
    shows(page, "approved", "$20.00")


def test_a_decline_says_so(counter: Counter, page: Page) -> None:
    page.goto(counter.registered)
    shows(page, "splash")
    intent = counter.sell(1000)
    shows(page, "present_card", "$10.00")
    choose(page, "charge_declined_expired_card")
    page.get_by_role("button", name="Tap", exact=True).click()
    shows(page, "declined", "The card has expired.")
    assert counter.status(intent) == "requires_payment_method"
    shows(page, "splash")


def test_the_configured_picture_is_the_splash_screen(counter: Counter, page: Page) -> None:
    page.goto(counter.registered)
    shows(page, "splash")
    picture: Any = {"file": io.BytesIO(png(1080, 1920)), "purpose": "terminal_reader_splashscreen"}
    configurations = counter.client.v1.terminal.configurations
    (default,) = configurations.list({"is_account_default": True}).data
    configurations.update(default.id, {"stripe_s700": {"splashscreen": counter.client.v1.files.create(picture).id}})
    shown = page.locator(".backdrop:is(img)")
    expect(shown).to_have_js_property("naturalWidth", 1080, timeout=_PATIENCE_MS)
    expect(shown).to_have_js_property("naturalHeight", 1920)
    configurations.update(default.id, {"stripe_s700": ""})
    expect(shown).to_have_count(0, timeout=_PATIENCE_MS)


def test_a_fresh_reader_is_registered_with_the_code_on_its_screen(counter: Counter, page: Page) -> None:
    page.goto(counter.fresh)
    shows(page, "pairing")
    code = page.locator(".code")
    expect(code).to_have_text(re.compile(r"^[a-z]+-[a-z]+-[a-z]+$"), timeout=_PATIENCE_MS)
    words = code.text_content() or ""
    counter.client.v1.terminal.readers.create(
        {"registration_code": words, "label": "Till 2", "location": counter.location}
    )
    shows(page, "splash")
    expect(page.locator("#name")).to_have_text("Till 2")
    page.get_by_role("link", name="All readers").click()
    expect(page.locator(".state")).to_have_text(["Online", "Online"], timeout=_PATIENCE_MS)


def test_a_cut_network_is_said_and_mended(counter: Counter, page: Page) -> None:
    page.goto(counter.registered)
    shows(page, "splash")
    page.keyboard.press("n")
    expect(page.locator(".link[data-link='connecting']")).to_be_attached(timeout=_PATIENCE_MS)
    page.keyboard.press("n")
    expect(page.locator(".link[data-link='online']")).to_be_attached(timeout=_PATIENCE_MS)


def test_the_plug_is_pulled(counter: Counter, page: Page) -> None:
    page.goto(counter.registered)
    shows(page, "splash")
    page.get_by_role("button", name="Pull the plug").click()
    shows(page, "off")
    page.get_by_role("button", name="Switch it on").click()
    shows(page, "splash")
