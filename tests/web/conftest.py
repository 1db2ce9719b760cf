"""A browser for each module of tests, and for each test a reader program and pages that must not complain."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect
from tests.web.chromium import chromium
from tests.web.program import Program

OpenPage: TypeAlias = Callable[..., Page]

DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. It lasts for a module, so that the modules after it can run loops of their own."""
    expect.set_options(timeout=10_000)
    with chromium() as browser:
        yield browser


@pytest.fixture
def program() -> Iterator[Program]:
    """The reader program that the pages talk to."""
    program = Program()
    yield program
    program.close()


@pytest.fixture
def complaints() -> list[str]:
    """What pages complained about: errors, violations of the Content-Security-Policy, requests to other hosts."""
    return []


@pytest.fixture
def open_page(browser: Browser, program: Program, complaints: list[str]) -> Iterator[OpenPage]:
    """Opens pages, each in a browser profile of its own; afterwards none of them may have complained."""
    contexts: list[Any] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "ERR_CONNECTION" not in message.text:
            complaints.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((f"{program.url}/", "data:")):
            complaints.append(f"asked for {request.url}")

    def open_page(url: str | None = None, size: dict[str, int] = DESKTOP, **options: Any) -> Page:
        options = {"reduced_motion": "reduce", **options}
        context = browser.new_context(viewport=size, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", asked)
        page.goto(url or program.page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
