"""The test bench: the wallet, what is done with a card, the network, the power, and what outlives a reload."""

import pytest
from playwright.sync_api import expect
from tests.web.accessibility import low_contrast, overflowing, too_small, unnamed
from tests.web.conftest import DESKTOP, PHONE, OpenPage
from tests.web.program import WALLET, Program, device
from tests.web.samples import SAMPLES

from opentill.reader.pages import CardMove, NetworkMove, PowerMove, PresentedCard


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_around_the_device_is_accessible(
    program: Program, open_page: OpenPage, size: dict[str, int], scheme: str
) -> None:
    program.screen = SAMPLES["pairing"]
    page = open_page(size=size, color_scheme=scheme)
    expect(page.locator(".card")).to_have_count(len(WALLET))
    for _ in range(2):
        assert [*unnamed(page), *low_contrast(page), *too_small(page), *overflowing(page)] == []
        page.locator(".handle").dispatch_event("click")  # on a phone: the open sheet


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [card.name for card in WALLET]),
        ("visa pin", ["offline_pin_cvm", "online_pin_cvm"]),
        ("PIN VISA", ["offline_pin_cvm", "online_pin_cvm"]),
        ("4444", ["mastercard"]),
        ("expired", ["charge_declined_expired_card"]),
        ("charge_declined", ["charge_declined", "charge_declined_expired_card"]),
        ("charge declined", ["charge_declined", "charge_declined_expired_card"]),
        ("nothing like this", []),
    ],
)
def test_the_wallet_is_searched(program: Program, open_page: OpenPage, query: str, found: list[str]) -> None:
    page = open_page()
    page.get_by_label("Cards", exact=True).fill(query)
    count = f"{len(found)} of {len(WALLET)} cards" if query else f"{len(WALLET)} cards"
    expect(page.locator("#card-count")).to_have_text(count)
    cards = page.locator(".card input")
    assert cards.evaluate_all("(all) => all.map((e) => e.value)") == found
    expect(page.get_by_text("No card matches.")).to_have_count(0 if found else 1)


def test_groups_have_headings(program: Program, open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator(".holding .plastic")).to_have_text("4242")  # "Visa credit card, US, ends in 4242."
    expect(page.locator(".cards legend")).to_have_text(["Standard", "PIN", "Declined", "Phones"])
    expect(page.get_by_role("group", name="Declined").get_by_role("radio")).to_have_count(2)


def test_a_card_is_chosen_and_presented(program: Program, open_page: OpenPage) -> None:
    program.screen = SAMPLES["present_card"]
    page = open_page()
    page.get_by_role("radio", name="Mastercard credit 4444").check(force=True)
    expect(page.locator(".holding")).to_contain_text("In your hand")
    expect(page.locator(".holding .plastic")).to_have_text("4444")
    expect(page.locator('[data-way="tap"]')).to_have_attribute("data-wanted", "")
    for way in ("Tap", "Insert", "Swipe"):
        page.get_by_role("button", name=way, exact=True).click()
        assert program.heard() == CardMove(do=way.lower(), card="mastercard")  # type: ignore[arg-type]
    expect(page.get_by_role("button", name="Take away")).to_be_disabled()
    program.around(card=PresentedCard(name="mastercard", way="insert"))
    expect(page.locator(".holding")).to_contain_text("In the slot")
    expect(page.locator("#card")).to_have_attribute("data-way", "insert")
    expect(page.get_by_role("button", name="Insert", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Take away").click()
    assert program.heard() == CardMove(do="remove", card="mastercard")
    program.around(card=None)
    expect(page.locator("#card")).to_have_attribute("data-way", "none")


def test_a_card_is_presented_only_in_the_ways_it_has(program: Program, open_page: OpenPage) -> None:
    page = open_page()
    page.get_by_role("radio", name="Apple Pay").check(force=True)
    expect(page.get_by_role("button", name="Tap", exact=True)).to_be_enabled()
    expect(page.get_by_role("button", name="Insert", exact=True)).to_be_disabled()
    page.keyboard.press("i")
    page.keyboard.press("t")
    assert program.heard() == CardMove(do="tap", card="apple_pay_visa")


def test_the_bench_is_worked_by_keyboard_alone(program: Program, open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator(".card")).to_have_count(len(WALLET))
    page.keyboard.press("/")
    expect(page.locator("#card-search")).to_be_focused()
    page.keyboard.type("visa")  # letters are letters here
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("radio", name="Visa debit 5556")).to_be_focused()
    for key, do in (("t", "tap"), ("i", "insert"), ("s", "swipe")):
        page.keyboard.press(key)
        assert program.heard() == CardMove(do=do, card="visa_debit")  # type: ignore[arg-type]
    page.keyboard.press("n")
    assert program.heard() == NetworkMove(to="down")
    page.keyboard.press("p")
    assert program.heard() == PowerMove(do="off")
    page.keyboard.press("b")
    expect(page.locator("#bench")).to_be_hidden()
    page.keyboard.press("b")
    expect(page.locator("#bench")).to_be_visible()
    page.get_by_label("Letters are shortcuts").uncheck()
    page.keyboard.press("t")
    page.keyboard.press("n")
    page.get_by_role("button", name="Tap", exact=True).press("Enter")
    assert program.heard() == CardMove(do="tap", card="visa_debit")
    assert program.heard_nothing()


def test_the_network_is_cut_and_slowed(program: Program, open_page: OpenPage) -> None:
    page = open_page()
    expect(page.get_by_role("radio", name="Up", exact=True)).to_be_checked()
    for name, to in (("Slow", "slow"), ("Cut", "down"), ("Up", "up")):
        page.get_by_role("radio", name=name, exact=True).click()
        assert program.heard() == NetworkMove(to=to)  # type: ignore[arg-type]
    program.around(network="down")
    expect(page.get_by_role("radio", name="Cut", exact=True)).to_be_checked()


def test_the_power_goes_off_and_on(program: Program, open_page: OpenPage) -> None:
    page = open_page()
    for name, do in (("Restart", "restart"), ("Pull the plug", "pull"), ("Switch off", "off")):
        page.get_by_role("button", name=name).click()
        assert program.heard() == PowerMove(do=do)  # type: ignore[arg-type]
    program.around(power="off")
    program.show(SAMPLES["off"])
    expect(page.get_by_text("The reader is off.")).to_be_visible()
    expect(page.get_by_role("button", name="Switch off", exact=True)).to_be_disabled()
    expect(page.get_by_role("button", name="Tap", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Switch it on").click()
    assert program.heard() == PowerMove(do="on")


def test_the_bench_outlives_a_reload(program: Program, open_page: OpenPage) -> None:
    """The chosen card, the search, whether it is open, sounds and colours; another tab starts anew."""
    page = open_page()
    page.get_by_label("Cards", exact=True).fill("amer")
    page.get_by_role("radio", name="American Express").check(force=True)
    page.locator("#mute").click()
    page.locator("#theme").click()
    page.locator("#bench-toggle").click()
    expect(page.locator("#bench")).to_be_hidden()
    page.reload()
    expect(page.locator("#facts")).to_contain_text("S700")
    expect(page.locator("#bench")).to_be_hidden()
    expect(page.locator("#mute")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.locator("#bench-toggle").click()
    expect(page.locator("#card-search")).to_have_value("amer")
    expect(page.get_by_role("radio", name="American Express")).to_be_checked()
    other = open_page()
    expect(other.get_by_role("radio", name="ends in 4242")).to_be_checked()


def test_on_a_phone_the_bench_is_a_sheet(program: Program, open_page: OpenPage) -> None:
    """Closed, it still has the card and its four moves; the device fills the rest."""
    program.device = device()
    page = open_page(size=PHONE)
    glass = page.locator("#glass").bounding_box()
    assert glass is not None
    assert glass["width"] == PHONE["width"]
    assert glass["height"] > PHONE["height"] * 0.7
    expect(page.locator("#card-search")).to_be_hidden()
    page.get_by_role("button", name="Tap", exact=True).click()
    assert program.heard() == CardMove(do="tap", card="visa")
    page.get_by_role("button", name="More").click()
    expect(page.locator("#card-search")).to_be_visible()
    page.get_by_role("button", name="Less").click()
    expect(page.locator("#card-search")).to_be_hidden()


def test_a_registration_code_can_be_copied(program: Program, open_page: OpenPage) -> None:
    program.screen = SAMPLES["pairing"]
    page = open_page()
    expect(page.locator(".pairing code")).to_have_text("quick-brown-fox")
    page.locator(".code").click()  # selects all of it
    copied = page.evaluate(
        """() => { const data = new DataTransfer();
          const copy = new ClipboardEvent("copy", { clipboardData: data, bubbles: true });
          document.querySelector(".code").dispatchEvent(copy);
          return data.getData("text/plain"); }"""
    )
    assert copied == "quick-brown-fox"
    program.show(SAMPLES["splash"])
    expect(page.locator(".pairing")).to_be_hidden()


def test_sounds_are_made_after_a_touch_and_not_when_muted(program: Program, open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("#glass h2")).to_be_visible()
    page.evaluate(
        """() => { window.made = [];
          const start = OscillatorNode.prototype.start;
          OscillatorNode.prototype.start = function (...at) {
            made.push(this.frequency.value);
            return start.apply(this, at);
          };
        }"""
    )
    program.beep("read")  # nobody has touched the page yet
    page.locator(".bench-title").click()
    page.wait_for_function("navigator.userActivation.hasBeenActive")

    def beeped(tone: str) -> list[int]:
        """The tones of a beep; a screen after it tells that it has arrived."""
        page.evaluate("made.length = 0")
        program.beep(tone)
        program.show(SAMPLES["starting"])
        expect(page.locator('[data-name="starting"]')).to_be_visible()
        program.show(SAMPLES["splash"])
        expect(page.locator('[data-name="splash"]')).to_be_visible()
        return page.evaluate("made")

    assert beeped("good") == [1318, 1760]
    assert beeped("bad") == [330, 330, 262]
    page.locator("#mute").click()
    assert beeped("good") == []
