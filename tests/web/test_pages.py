"""The list of readers, and both pages while the reader program comes and goes."""

from typing import Any

import pytest
from playwright.sync_api import expect
from tests.web.accessibility import low_contrast, overflowing, too_small, unnamed
from tests.web.conftest import DESKTOP, PHONE, OpenPage
from tests.web.program import SERIAL, Program
from tests.web.samples import SAMPLES


def reader(serial: str, device_type: str, model: str, **changes: Any) -> dict[str, Any]:
    """A reader as the list has it."""
    row = {"label": None, "registered": True, "link": "online", "power": "on", "code": None}
    return {"serial": serial, "device_type": device_type, "model": model, **row, **changes}


READERS = [
    reader(SERIAL, "stripe_s700", "Reader S700", label="Front counter"),
    reader("WPC323012345678", "bbpos_wisepos_e", "WisePOS E", registered=False, code="quick-brown-fox"),
    reader("275-123-456-789", "verifone_P400", "P400", label="Bar", link="offline"),
    reader("STRM26001234568", "stripe_s700", "Reader S700", label="Terrace", link="offline", power="off"),
]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_list_of_readers(program: Program, open_page: OpenPage, size: dict[str, int], scheme: str) -> None:
    program.readers = READERS
    page = open_page(program.url, size, color_scheme=scheme)
    items = page.locator("#readers > ul > li")
    expect(items).to_have_count(4)
    expect(page.locator(".state")).to_have_text(["Online", "Not registered", "Offline", "Switched off"])
    expect(items.nth(1).locator("code")).to_have_text("quick-brown-fox")
    items.nth(1).get_by_text("Register it from a terminal").click()
    expect(items.nth(1).locator("pre")).to_contain_text("curl http://127.0.0.1:8420/v1/terminal/readers")
    expect(items.nth(1).locator("pre")).to_contain_text("registration_code=quick-brown-fox")
    assert [*unnamed(page), *low_contrast(page), *too_small(page, "main"), *overflowing(page)] == []
    page.get_by_role("link", name="Front counter").click()
    expect(page.locator("#name")).to_have_text("Front counter")
    page.get_by_role("link", name="All readers").click()
    expect(items).to_have_count(4)


def test_the_list_is_live_and_keeps_what_is_open(program: Program, open_page: OpenPage) -> None:
    program.readers = READERS
    page = open_page(program.url)
    how = page.locator("details")
    how.locator("summary").click()
    program.readers = [{**row, "link": "offline", "registered": True} for row in READERS[:1]] + READERS[1:]
    expect(page.locator(".state").first).to_have_text("Offline")
    assert how.evaluate("(e) => e.open")
    program.readers = READERS[2:]
    expect(page.locator("#readers > ul > li")).to_have_count(2)


def test_no_readers_says_how_to_start_some(program: Program, open_page: OpenPage) -> None:
    page = open_page(program.url)
    expect(page.get_by_role("heading", name="No readers here")).to_be_visible()
    expect(page.locator("pre")).to_have_text("opentill reader --server http://127.0.0.1:8420 --count 2")
    assert [*unnamed(page), *low_contrast(page), *overflowing(page)] == []
    program.readers = READERS
    expect(page.locator("#readers > ul > li")).to_have_count(4)


def test_the_list_says_when_the_program_is_gone(program: Program, open_page: OpenPage) -> None:
    program.readers = READERS
    page = open_page(program.url)
    expect(page.locator("#readers li").first).to_be_visible()
    program.stop()
    expect(page.get_by_text("The reader program does not answer.")).to_be_visible()
    expect(page.locator("#readers > ul > li")).to_have_count(4)  # as they were last
    program.start()
    expect(page.locator("#banner")).to_be_hidden()


def test_a_reader_comes_back_by_itself_with_what_is_on_its_screen_now(program: Program, open_page: OpenPage) -> None:
    program.readers = READERS
    program.screen = SAMPLES["processing"]
    page = open_page()
    expect(page.locator("#glass h2")).to_have_text("Processing…")
    program.stop()
    expect(page.locator("#banner")).to_have_text("The reader program does not answer. Reconnecting…")
    expect(page.locator("#device")).to_have_attribute("inert", "")
    program.screen = SAMPLES["approved"]
    program.start()
    expect(page.locator("#glass h2")).to_have_text("Approved")
    expect(page.locator("#banner")).to_be_hidden()
    expect(page.locator("#device")).not_to_have_attribute("inert", "")
    expect(page.locator(".card")).not_to_have_count(0)


def test_two_pages_of_one_reader_show_the_same(program: Program, open_page: OpenPage) -> None:
    pages = [open_page(), open_page(size=PHONE)]
    for page in pages:
        expect(page.locator("#glass h2")).to_have_text("Welcome")
    program.show(SAMPLES["cart"])
    for page in pages:
        expect(page.locator("#glass h2")).to_have_text("Your purchase")


def test_pages_ask_for_their_own_files_only(program: Program, open_page: OpenPage) -> None:
    """Requests to other hosts and violations of the policy fail every test (see `open_page`); these are left."""
    page = open_page()
    expect(page.locator("#glass h2")).to_be_visible()
    asked = {path for path in program.requests if not path.startswith("/assets/")}
    assert asked == {f"/readers/{SERIAL}", f"/readers/{SERIAL}/screen"}
    assert "/assets/device.js" in program.requests
