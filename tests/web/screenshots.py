"""Takes the screenshots of docs/reader-screens.md: `make images`. What they show are the samples of the tests."""

import base64
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, expect
from tests.web.chromium import chromium
from tests.web.conftest import DESKTOP, PHONE
from tests.web.palette import png
from tests.web.program import Program, device
from tests.web.samples import SAMPLES, SELECTION, SIGNATURE
from tests.web.test_pages import READERS

from opentill.reader.device.screens import Screen
from opentill.reader.pages import PresentedCard

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "images"
BYTES_MAX: Final = 60_000
_MORNING: Final = datetime(2026, 11, 2, 9, 41, tzinfo=UTC)
_TALL: Final = {"width": 760, "height": 700}


@dataclass(frozen=True)
class Shot:
    """A picture: of the device with a screen, or of the whole page."""

    name: str
    screen: Screen
    model: str = "stripe_s700"
    whole: bool = False
    size: dict[str, int] = field(default_factory=lambda: _TALL)
    scheme: str = "light"
    around: dict[str, Any] = field(default_factory=dict[str, Any])


SHOTS: Final = [
    *(Shot(name.replace("_", "-"), screen) for name, screen in SAMPLES.items() if name != "off"),
    Shot("signature", SIGNATURE),
    Shot("selection", SELECTION),
    *(
        Shot(f"{slug}-{name.replace('_', '-')}", SAMPLES[name], model)
        for slug, model in (("wisepos-e", "bbpos_wisepos_e"), ("p400", "verifone_P400"))
        for name in ("splash", "present_card", "pin")
    ),
    Shot("page", SAMPLES["present_card"], whole=True, size=DESKTOP),
    Shot(
        "page-dark",
        SAMPLES["reading"],
        "bbpos_wisepos_e",
        whole=True,
        size=DESKTOP,
        scheme="dark",
        around={"card": PresentedCard(name="visa", way="insert")},
    ),
    Shot("page-phone", SAMPLES["tip"], whole=True, size=PHONE),
]


def take(browser: Browser, program: Program, shot: Shot) -> bytes:
    """The picture, as a PNG with a palette."""
    program.device = device(shot.model, **shot.around)
    program.screen = shot.screen
    page = _page(browser, shot.size, shot.scheme)
    page.goto(program.page)
    expect(page.locator("#glass h2")).to_have_text(shot.screen.heading)
    page.evaluate("document.activeElement.blur()")
    content = page.screenshot() if shot.whole else page.locator("#device .shell").screenshot()
    page.context.close()
    return shrink(browser, content)


def shrink(browser: Browser, content: bytes) -> bytes:
    """The same picture with at most 256 colours."""
    page = browser.new_page()
    width, height, pixels = page.evaluate(
        """async (picture) => {
          const bitmap = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
          const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
          context.drawImage(bitmap, 0, 0);
          const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
          const rgb = new Uint8Array((data.length / 4) * 3);
          for (let at = 0; at < data.length / 4; at += 1) rgb.set(data.subarray(at * 4, at * 4 + 3), at * 3);
          return [bitmap.width, bitmap.height, await new Promise((done) => {
            const reader = new FileReader();
            reader.onload = () => done(reader.result.split(",")[1]);
            reader.readAsDataURL(new Blob([rgb]));
          })];
        }""",
        base64.b64encode(content).decode(),
    )
    page.close()
    return png(width, height, base64.b64decode(pixels))


def _page(browser: Browser, size: dict[str, int], scheme: str) -> Page:
    options: dict[str, Any] = {"viewport": size, "color_scheme": scheme, "reduced_motion": "reduce"}
    page = browser.new_context(**options, locale="en-US", timezone_id="UTC").new_page()
    page.clock.set_fixed_time(_MORNING)
    return page


def _list(browser: Browser, program: Program) -> bytes:
    program.readers = READERS
    page = _page(browser, {"width": 900, "height": 640}, "light")
    page.goto(program.url)
    expect(page.locator("#readers li")).to_have_count(4)
    content = page.screenshot()
    page.context.close()
    return shrink(browser, content)


def main(folder: Path = FOLDER) -> None:
    """Write them all into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    program = Program()
    try:
        with chromium() as browser:
            pictures = {f"reader-{shot.name}.png": take(browser, program, shot) for shot in SHOTS}
            pictures["readers.png"] = _list(browser, program)
    finally:
        program.close()
    for name, content in pictures.items():
        if len(content) > BYTES_MAX:
            raise ValueError(f"{name} has {len(content)} bytes, more than {BYTES_MAX}")
        (folder / name).write_bytes(content)
    sys.stdout.write(f"wrote {len(pictures)} pictures to {folder}\n")


if __name__ == "__main__":
    main()
