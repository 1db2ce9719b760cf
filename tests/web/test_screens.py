"""Every screen on every kind of device: drawn, readable, operable by keyboard, and as accessible as can be computed."""

import base64

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.web.accessibility import low_contrast, overflowing, pictured_contrast, too_small, unnamed
from tests.web.conftest import DESKTOP, PHONE, OpenPage
from tests.web.program import Program, device
from tests.web.samples import INPUTS, SAMPLES

from opentill.reader.device import screens
from opentill.reader.device.screens import Screen
from opentill.reader.pages import Press

MODELS = ("stripe_s700", "bbpos_wisepos_e", "verifone_P400")
ALL = {**SAMPLES, **{f"input {kind}": screen for kind, screen in INPUTS.items()}}


def test_there_is_a_sample_of_every_screen() -> None:
    assert set(SAMPLES) == set(screens.Name.__args__)
    assert {name: screen.name for name, screen in SAMPLES.items()} == {name: name for name in SAMPLES}


def show(program: Program, page: Page, screen: Screen) -> None:
    """Put a screen on the glass, and wait until it is there."""
    program.show(screen)
    expect(page.locator(f'.screen[data-name="{screen.name}"] h2')).to_have_text(screen.heading)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_everything_that_a_screen_holds_is_drawn(
    program: Program, open_page: OpenPage, model: str, size: dict[str, int]
) -> None:
    program.device = device(model)
    page = open_page(size=size)
    glass = page.locator("#glass")
    for name, screen in ALL.items():
        show(program, page, screen)
        if name == "off":
            expect(glass.locator("button")).to_have_count(0)
            continue
        for text in [screen.heading, screen.detail, screen.merchant, screen.amount]:
            if text is not None:
                expect(glass).to_contain_text(text)
        if screen.code is not None:
            expect(glass.locator(".code")).to_have_text(screen.code)
        lines = [*screen.lines, *screen.totals]
        labels = [f"{line.quantity} \u00d7 {line.label}" if line.quantity > 1 else line.label for line in lines]
        expect(glass.locator("dt")).to_have_text(labels)
        expect(glass.locator("dd")).to_have_text([line.value for line in lines])
        for button in screen.buttons:
            drawn = glass.locator(f'[data-press="{button.id}"]')
            expect(drawn).to_contain_text(button.label)
            expect(drawn).to_contain_text(button.detail or "")
            expect(drawn).to_be_disabled() if button.disabled else expect(drawn).to_be_enabled()
        for index, switch in enumerate(screen.switches):
            expect(glass.get_by_role("switch", name=switch.label).nth(0)).to_be_checked(checked=switch.on)
            expect(glass.locator(f'[data-toggle="{index}"]')).to_have_count(1)
        for way in screen.accepts:
            expect(glass.locator(".ways li").filter(has_text=way.title())).to_have_count(1)
        if screen.field is not None and screen.field.error is not None:
            expect(glass.locator("[data-entry]")).to_have_attribute("aria-invalid", "true")
            expect(glass.locator("[data-entry]")).to_have_attribute("aria-describedby", "field-error")
            expect(glass.locator("#field-error")).to_have_text(screen.field.error)
        drawn_keys = 0 if screen.keypad is None or model == "verifone_P400" else 13
        expect(glass.locator(".key")).to_have_count(drawn_keys)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_screens_are_accessible(program: Program, open_page: OpenPage, model: str, size: dict[str, int]) -> None:
    """Names, contrast, sizes and fit of every screen; the bench beside it is looked at in test_bench."""
    program.device = device(model)
    page = open_page(size=size)
    wrong: dict[str, list[str]] = {}
    for name, screen in ALL.items():
        show(program, page, screen)
        found = [*unnamed(page), *low_contrast(page, "#glass"), *too_small(page, "#device"), *overflowing(page)]
        if found:
            wrong[name] = found
    assert wrong == {}


def test_every_button_is_reached_and_pressed_by_keyboard(program: Program, open_page: OpenPage) -> None:
    page = open_page(size=PHONE)
    for screen in ALL.values():
        wanted = [button.id for button in screen.buttons if not button.disabled]
        show(program, page, screen)
        page.locator("#glass").focus()
        reached: list[str] = []
        while len(reached) < len(wanted):
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.closest('#glass') !== null"), f"{screen.heading}: {reached}"
            focused = page.evaluate("document.activeElement.dataset.press ?? null")
            if focused is not None:
                page.keyboard.press("Enter")
                assert program.heard() == Press(button=focused)
                reached.append(focused)
        assert sorted(reached) == sorted(wanted)


def test_a_new_screen_takes_the_focus_and_is_spoken_in_its_language(program: Program, open_page: OpenPage) -> None:
    page = open_page()
    speech = page.locator("#speech")
    show(program, page, SAMPLES["present_card"])
    expect(page.locator("#glass h2")).to_be_focused()
    expect(speech).to_have_text("$36.22. Tap, insert or swipe. Total")
    show(program, page, Screen(name="declined", heading="Refusé", language="fr", speak="Paiement refusé."))
    expect(page.locator(".screen")).to_have_attribute("lang", "fr")
    expect(speech).to_have_text("Paiement refusé.")
    expect(speech).to_have_attribute("lang", "fr")
    show(program, page, SAMPLES["pin"])
    expect(page.locator("[data-entry]")).to_be_focused()
    show(program, page, SAMPLES["input"])
    expect(page.get_by_label("Your email address")).to_be_focused()
    expect(speech).to_contain_text("This is not an email address.")


def test_the_focus_stays_at_the_bench(program: Program, open_page: OpenPage) -> None:
    """Who taps cards from the bench goes on there, whatever the screen does."""
    page = open_page()
    page.locator('[data-way="tap"]').focus()
    show(program, page, SAMPLES["processing"])
    expect(page.locator('[data-way="tap"]')).to_be_focused()


@pytest.mark.parametrize(
    ("name", "icon", "tone"),
    [("approved", "approved", "good"), ("declined", "declined", "bad"), ("canceled", "canceled", "plain")],
)
def test_results_differ_by_picture_and_words_not_only_by_colour(
    program: Program, open_page: OpenPage, name: str, icon: str, tone: str
) -> None:
    program.screen = SAMPLES[name]
    page = open_page()
    expect(page.locator(f'.screen[data-tone="{tone}"] .seal .icon')).to_have_attribute("data-icon", icon)
    expect(page.get_by_role("heading", name=SAMPLES[name].heading)).to_be_visible()


@pytest.mark.parametrize(("link", "said"), [("online", "Online"), ("connecting", "Connecting"), ("offline", "Offline")])
def test_the_state_of_the_link_is_shown(program: Program, open_page: OpenPage, link: str, said: str) -> None:
    program.screen = msgspec.structs.replace(SAMPLES["splash"], link=link)
    page = open_page()
    expect(page.locator(".status-bar .link")).to_have_text(said)
    expect(page.locator(".status-bar .link .icon")).to_have_attribute("data-icon", link)


def test_a_configured_splash_screen_is_shown_alone(program: Program, open_page: OpenPage) -> None:
    dot = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"
    program.screen = msgspec.structs.replace(SAMPLES["splash"], image=dot)
    page = open_page()
    picture = page.get_by_role("img", name="Ridgeline Coffee")
    expect(picture).to_have_js_property("naturalWidth", 1)
    glass, drawn = page.locator("#glass").bounding_box(), picture.bounding_box()
    assert glass is not None
    assert drawn is not None
    assert abs(glass["width"] - drawn["width"]) < 2
    assert abs(glass["height"] - drawn["height"]) < 2
    expect(page.locator(".cover .clock")).to_have_count(0)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "size", [DESKTOP, PHONE, {"width": 740, "height": 360}], ids=["desktop", "phone", "on its side"]
)
def test_the_words_on_our_splash_picture_stand_out(
    program: Program, open_page: OpenPage, browser: Browser, model: str, size: dict[str, int]
) -> None:
    program.device = device(model)
    page = open_page(size=size)
    expect(page.locator(".cover .clock")).not_to_be_empty()
    cover = page.locator(".cover")
    box = cover.bounding_box()
    assert box is not None
    words = cover.locator(":scope > :not(.backdrop)")
    places = [word.bounding_box() for word in words.all()]
    words.evaluate_all("(all) => all.forEach((e) => e.hidden = true)")
    picture = base64.b64encode(cover.screenshot()).decode()
    boxes = [{**place, "x": place["x"] - box["x"], "y": place["y"] - box["y"]} for place in places if place]
    assert len(boxes) == 4
    blank = browser.new_page()
    assert min(pictured_contrast(page, blank, picture, boxes)) >= 4.5
    blank.close()


def test_nothing_moves_for_those_who_asked_for_it(program: Program, open_page: OpenPage) -> None:
    program.screen = SAMPLES["present_card"]
    still = open_page(reduced_motion="reduce")
    moving = open_page(reduced_motion="no-preference")
    for page, running in ((still, 0), (moving, 3)):
        expect(page.locator(".rings i").first).to_be_attached()
        rings = "document.getAnimations().filter((each) => each.animationName === 'ring').length"
        assert page.evaluate(rings) == running
