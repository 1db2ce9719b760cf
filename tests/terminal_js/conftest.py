"""A browser, a merchant's origin, and tabs of tills in it."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest
from playwright.sync_api import Browser
from tests.scenarios.server import Server
from tests.scenarios.shop import Shop
from tests.terminal_js.tab import Merchant, Tab
from tests.web.chromium import chromium

OpenTab: TypeAlias = Callable[..., Tab]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, for a module."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def merchant(server: Server) -> Iterator[Merchant]:
    """The merchant's web server."""
    merchant = Merchant(server.address)
    yield merchant
    merchant.close()


@pytest.fixture
def open_tab(browser: Browser, merchant: Merchant, shop: Shop) -> Iterator[OpenTab]:
    """Opens tabs; of the shop's own till, or of another shop's."""
    tabs: list[Tab] = []

    def opened(of: Shop | None = None) -> Tab:
        tabs.append(Tab(browser, merchant.url, of or shop))
        return tabs[-1]

    yield opened
    for tab in tabs:
        tab.close()


@pytest.fixture
def tab(open_tab: OpenTab) -> Tab:
    """A tab of the shop's till."""
    return open_tab()
