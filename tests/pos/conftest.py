"""A browser for each module; for each test a shop, its till's backend, and tabs of the till."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from playwright.sync_api import Browser
from tests.pos.till import TABLET, Backend, TillPage
from tests.scenarios.shop import Shop
from tests.web.chromium import chromium

OpenTill: TypeAlias = Callable[..., TillPage]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for a module."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def backend(shop: Shop, tmp_path: Path) -> Iterator[Backend]:
    """The shop's backend."""
    backend = Backend(shop, tmp_path)
    yield backend
    backend.close()


@pytest.fixture
def open_till(browser: Browser, backend: Backend) -> Iterator[OpenTill]:
    """Opens tills of the shop, each in a browser profile of its own."""
    tills: list[TillPage] = []

    def opened(size: dict[str, int] = TABLET, **options: Any) -> TillPage:
        tills.append(TillPage(browser, backend.page, size, **options))
        return tills[-1]

    yield opened
    for till in tills:
        till.close()


@pytest.fixture
def till(open_till: OpenTill) -> TillPage:
    """A till with the simulated reader."""
    till = open_till()
    till.connect("Simulated reader")
    return till
