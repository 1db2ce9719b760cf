"""A browser, a merchant's origin, and tabs of tills in it."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import pytest
from playwright.sync_api import Browser
from tests.devices import Readers
from tests.scenarios.server import Server
from tests.scenarios.shop import Recorder, Shop
from tests.scenarios.till import CANADA
from tests.terminal_js.counter import Counter
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

    def opened(of: Shop | None = None, hurry: int = 1) -> Tab:
        tabs.append(Tab(browser, merchant.url, of or shop, hurry))
        return tabs[-1]

    yield opened
    for tab in tabs:
        tab.close()


@pytest.fixture
def tab(open_tab: OpenTab) -> Tab:
    """A tab of the shop's till."""
    return open_tab()


@pytest.fixture(scope="module")
def readers(shared_server: Callable[[str], Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Readers]:
    """The program of two real readers, at the shared server."""
    readers = Readers(shared_server("sqlite").address, tmp_path_factory.mktemp("readers"), count=2)
    yield readers
    readers.close()
    assert readers.failures() == []


@pytest.fixture(scope="module")
def counters(
    shared_server: Callable[[str], Server], readers: Readers, recorder: Recorder
) -> Iterator[tuple[Counter, Counter]]:
    """Two counters of one shop with a real reader on each, one in San Francisco, one in Toronto."""
    shop = Shop(shared_server("sqlite"), recorder)
    both = Counter(shop, readers), Counter(shop, readers, 1, CANADA)
    yield both
    for counter in both:
        counter.close()


@pytest.fixture
def counter(counters: tuple[Counter, Counter]) -> Counter:
    """A counter with a real reader on it, ready."""
    counters[0].begin()
    return counters[0]


@pytest.fixture
def lab_tab(browser: Browser, private_shop: Shop) -> Iterator[Tab]:
    """A tab of a till whose server nobody else uses: it may be killed, and its clock moved."""
    merchant = Merchant(private_shop.server.address)
    tab = Tab(browser, merchant.url, private_shop)
    yield tab
    tab.close()
    merchant.close()
