"""What a person enters on the glass: keys, a PIN, texts, switches, a signature."""

import re

import msgspec
import pytest
from playwright.sync_api import Page, expect
from tests.web.conftest import PHONE, OpenPage
from tests.web.program import Program, device
from tests.web.samples import INPUTS, SAMPLES, SIGNATURE

from opentill.reader.device.screens import Button, Field, Screen
from opentill.reader.pages import KeyPress, Press, Sign, Text, Toggle

PIN = SAMPLES["pin"]
CLEAR = Button(id="clear", label="Clear")


def keys(program: Program, *expected: str) -> None:
    """The pages reported these keys, in this order, and nothing else."""
    assert [program.heard() for _ in expected] == [KeyPress(key=key) for key in expected]  # type: ignore[arg-type]
    assert program.heard_nothing()


# Everything that is ever written into the document, kept as it comes.
WATCH = """() => {
  window.written = [document.documentElement.outerHTML];
  new MutationObserver((all) => {
    for (const { target } of all) written.push(target.outerHTML ?? target.textContent, document.body.innerText);
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  for (const kind of ["setItem"]) {
    const before = Storage.prototype[kind];
    Storage.prototype[kind] = function (...all) { written.push(all.join(" ")); return before.apply(this, all); };
  }
}"""


@pytest.mark.parametrize("model", ["stripe_s700", "verifone_P400"])
def test_a_pin_is_typed_and_its_digits_are_nowhere_on_the_page(
    program: Program, open_page: OpenPage, model: str
) -> None:
    """Dots only: the page never writes a digit down that it was given, in an element, an attribute or its storage."""
    program.device = device(model)
    program.screen = msgspec.structs.replace(PIN, amount=None, field=Field(kind="pin", label="PIN", max_length=12))
    page = open_page()
    expect(page.locator(".pin i[data-on]")).to_have_count(0)
    keypads = page.locator(".keypad").evaluate_all("(all) => all.map((e) => e.outerHTML)")
    page.evaluate(WATCH)
    digits = "739184"
    for entered, digit in enumerate(digits, start=1):
        page.keyboard.press(digit)
        assert program.heard() == KeyPress(key=digit)  # type: ignore[arg-type]
        program.show(
            msgspec.structs.replace(
                program.screen,
                field=Field(kind="pin", label="PIN", max_length=12, entered=entered, value="•" * entered),
            )
        )
        expect(page.locator(".pin i[data-on]")).to_have_count(entered)
    page.keyboard.press("Enter")
    keys(program, "enter")
    written: list[str] = page.evaluate("written")
    assert len(written) > len(digits)
    clean = re.compile("|".join([*map(re.escape, keypads), "<time.*?</time>"]))
    for text in written:
        assert digits not in clean.sub("", text)
        assert "7391" not in re.sub(r"<[^>]*>|\D", "", clean.sub("", text))
    assert page.evaluate("Object.values(document.querySelectorAll('input')).every((e) => !/[739184]{2}/.test(e.value))")


@pytest.mark.parametrize("size", [None, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("model", ["stripe_s700", "verifone_P400"])
def test_the_keypad_is_pressed(program: Program, open_page: OpenPage, model: str, size: dict[str, int] | None) -> None:
    """Drawn on the glass, or the device's own keys below it."""
    program.device = device(model)
    program.screen = PIN if model == "stripe_s700" else msgspec.structs.replace(PIN, keypad=None)
    page = open_page(**({"size": size} if size else {}))
    keypad = page.get_by_role("group", name="Keypad")
    for name in ("1", "0", "Clear", "Cancel"):
        keypad.get_by_role("button", name=name, exact=True).click()
    keys(program, "1", "0", "clear", "cancel")
    expect(page.locator("[data-entry]")).to_be_focused()  # so Enter is still the key of that name
    page.keyboard.press("Enter")
    keys(program, "enter")


def test_the_keyboard_is_the_keypad_where_there_is_one(program: Program, open_page: OpenPage) -> None:
    program.screen = PIN
    page = open_page()
    expect(page.locator(".pin")).to_be_focused()
    for key in ("4", "Backspace", "Escape", "Enter"):
        page.keyboard.press(key)
    keys(program, "4", "clear", "cancel", "enter")
    program.show(SAMPLES["present_card"])
    expect(page.locator("#glass .ways")).to_be_visible()
    for key in ("4", "Escape", "Enter"):
        page.keyboard.press(key)
    page.locator('[data-press="cancel"]').click()
    assert program.heard() == Press(button="cancel")
    assert program.heard_nothing()


def test_a_device_with_keys_takes_them_on_every_screen(program: Program, open_page: OpenPage) -> None:
    """On a P400 the settings are opened by keying in 0-7-1-3-9."""
    program.device = device("verifone_P400")
    page = open_page()
    expect(page.locator('.screen[data-name="splash"]')).to_be_visible()
    for key in "07139":
        page.keyboard.press(key)
    keys(program, *"07139")


def test_a_text_is_reported_as_it_is_typed_and_survives_new_screens(program: Program, open_page: OpenPage) -> None:
    """The device answers each letter with a screen; the field, its focus and what is ahead in it stay."""
    program.screen = INPUTS["text"]
    page = open_page()
    field = page.get_by_label("A name for the order")
    expect(field).to_be_focused()
    page.keyboard.type("Ada")
    assert [program.heard() for _ in range(3)] == [Text(text="A"), Text(text="Ad"), Text(text="Ada")]
    late = Field(kind="text", label="A name for the order", max_length=30, value="A", error="This is needed.")
    program.show(msgspec.structs.replace(INPUTS["text"], field=late, detail="So that we can call you."))
    expect(page.locator("#field-error")).to_have_text("This is needed.")
    expect(field).to_be_focused()
    expect(field).to_have_value("Ada")
    page.keyboard.type(" L")
    assert [program.heard() for _ in range(2)] == [Text(text="Ada "), Text(text="Ada L")]
    program.show(INPUTS["text"])
    expect(page.locator("#field-error")).to_have_count(0)
    expect(field).to_be_focused()
    page.keyboard.press("Enter")
    assert program.heard() == Press(button="submit")
    again = Field(kind="text", label="A name for the order", max_length=30)
    program.show(msgspec.structs.replace(INPUTS["text"], field=again, step=2, steps=2))
    expect(field).to_have_value("")


@pytest.mark.parametrize(
    ("kind", "type", "mode"), [("email", "email", None), ("phone", "tel", None), ("numeric", "text", "numeric")]
)
def test_inputs_ask_a_phone_for_the_right_keyboard(
    program: Program, open_page: OpenPage, kind: str, type: str, mode: str | None
) -> None:
    program.screen = INPUTS[kind]
    page = open_page(size=PHONE)
    field = page.locator("input[data-entry]")
    expect(field).to_have_attribute("type", type)
    assert field.get_attribute("inputmode") == mode
    assert field.get_attribute("autocomplete") == "off"


def test_switches_are_switched_and_show_what_the_device_says(program: Program, open_page: OpenPage) -> None:
    program.screen = SAMPLES["input"]
    page = open_page()
    first = page.get_by_role("switch", name="Also send my receipt")
    first.press("Space")
    assert program.heard() == Toggle(index=0, on=False)
    page.get_by_role("switch", name="I am over 18").check()
    assert program.heard() == Toggle(index=1, on=True)
    program.show(msgspec.structs.replace(SAMPLES["input"], detail="The device did not take it."))
    expect(page.get_by_role("switch", name="I am over 18")).not_to_be_checked()
    expect(first).to_be_checked()


def draw(page: Page, *points: tuple[float, float]) -> None:
    """A stroke over the pad, by parts of its width and height."""
    box = page.locator(".pad").bounding_box()
    assert box is not None
    (start, *rest) = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*start)
    page.mouse.down()
    for point in rest:
        page.mouse.move(*point, steps=4)
    page.mouse.up()


def signed(program: Program) -> str:
    """What the pad reported."""
    heard = program.heard()
    assert isinstance(heard, Sign)
    return heard.svg


SVG = re.compile(
    r'<svg xmlns="http://www\.w3\.org/2000/svg" width="600" height="240" viewBox="0 0 600 240">'
    r'<path d="[-MQCLl \d.]+" fill="none" stroke="black" stroke-width="4" stroke-linecap="round" '
    r'stroke-linejoin="round"/></svg>'
)


def test_a_signature_is_drawn_and_cleared(program: Program, open_page: OpenPage) -> None:
    program.screen = SIGNATURE
    page = open_page()
    expect(page.get_by_text("Sign here")).to_be_visible()
    draw(page, (0.2, 0.6), (0.3, 0.2), (0.4, 0.7))
    one = signed(program)
    assert SVG.fullmatch(one)
    draw(page, (0.5, 0.6), (0.9, 0.6))
    two = signed(program)
    assert SVG.fullmatch(two)
    assert (one.count("M"), two.count("M")) == (1, 2)
    expect(page.get_by_text("Sign here")).to_be_hidden()
    field = Field(kind="signature", label="Please sign", value=two, entered=len(two))
    program.show(msgspec.structs.replace(SIGNATURE, field=field, buttons=[CLEAR]))
    expect(page.locator('[data-press="clear"]')).to_be_enabled()
    expect(page.locator(".ink")).to_have_attribute("d", re.compile("^M.*M"))
    page.reload()  # what the device holds is on the pad again
    expect(page.locator(".ink")).to_have_attribute("d", re.compile("^M.*M"))
    page.locator('[data-press="clear"]').click()
    assert program.heard() == Press(button="clear")
    program.show(SIGNATURE)
    expect(page.locator(".ink")).to_have_attribute("d", "")
    expect(page.get_by_text("Sign here")).to_be_visible()


def test_a_signature_is_typed_with_the_keyboard_alone(program: Program, open_page: OpenPage) -> None:
    """A name becomes pen strokes; no letter is left out, whatever the script."""
    program.screen = SIGNATURE
    page = open_page()
    expect(page.locator("#glass h2")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Type your name instead")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Your name")).to_be_focused()
    assert signed(program) == ""
    lengths: list[int] = []
    for letter in "Zoë 山":
        page.keyboard.type(letter)
        svg = signed(program)
        assert SVG.fullmatch(svg)
        lengths.append(len(svg))
    assert lengths == sorted(lengths)
    assert len(set(lengths)) == len("Zoë山")  # all but the space add strokes
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert signed(program) == ""
    expect(page.get_by_label("Your name")).to_be_hidden()


def test_a_signature_stays_within_what_the_device_takes(program: Program, open_page: OpenPage) -> None:
    """However long somebody scribbles: the device drops what is longer than 200,000 characters."""
    program.screen = SIGNATURE
    page = open_page()
    page.locator(".pad").evaluate(
        """(pad) => {
          const { x, y, width, height } = pad.getBoundingClientRect();
          pad.setPointerCapture = () => {};
          const say = (type, dx, dy) => pad.dispatchEvent(new PointerEvent(type,
            { pointerId: 7, button: 0, clientX: x + dx * width, clientY: y + dy * height, bubbles: true }));
          for (let stroke = 0; stroke < 12; stroke += 1) {
            say("pointerdown", 0, 0);
            for (let at = 0; at < 900; at += 1) say("pointermove", (at % 30) / 30, (at * 7 % 100) / 100);
            say("pointerup", 1, 1);
          }
        }"""
    )
    lengths = [len(signed(program)) for _ in range(12)]
    assert 50_000 < max(lengths) < 200_000


def test_nothing_pressed_while_the_program_is_gone_counts_later(program: Program, open_page: OpenPage) -> None:
    program.screen = Screen(name="approved", heading="Approved")
    page = open_page()
    expect(page.locator("#glass h2")).to_have_text("Approved")
    program.screen = PIN
    program.stop()
    expect(page.locator("#banner")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("t")
    expect(page.locator("#device")).to_have_attribute("inert", "")
    program.start()
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator(".pin")).to_be_visible()
    page.keyboard.press("2")
    keys(program, "2")
