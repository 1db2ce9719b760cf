"""One SDK holds a reader: the table of the guide "Connect to a reader", each cell with two tabs."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Route
from tests.scenarios.shop import Shop
from tests.scenarios.till import Till
from tests.terminal_js.conftest import OpenTab
from tests.terminal_js.tab import Tab

HELD = re.compile(r"/opentill/pos/readers/tmr_\w+$")
CART = {
    "type": "cart",
    "cart": {"line_items": [{"description": "Tea", "amount": 300, "quantity": 1}], "total": 300, "currency": "usd"},
}


def wait_until(counter: Till, action: str) -> None:
    """Wait until the reader is at it."""
    deadline = time.monotonic() + 20
    while (now := counter.now().action) is None or now.type != action or now.status != "in_progress":
        assert time.monotonic() < deadline, f"the reader is at {now}"


@pytest.fixture
def counter(shop: Shop) -> Till:
    """A simulated reader that is registered like any other: nothing presents cards to it by itself."""
    return Till(shop)


def connect(tab: Tab, counter: Till, **options: Any) -> Any:
    """Discover the counter's reader by its location and connect to it."""
    found = tab.call("discoverReaders", {"location": counter.location.id})["discoveredReaders"]
    assert [reader["id"] for reader in found] == [counter.reader.id]
    return tab.call("connectReader", found[0], options)


def is_taken_over(tab: Tab) -> None:
    """The next command of the earlier holder fails with a reader error, and its disconnect callback runs."""
    assert tab.call("setReaderDisplay", CART)["error"]["code"] == "reader_error"
    assert [event["error"]["code"] for event in tab.run("disconnects")] == ["reader_error"]
    assert tab.run("terminal.getConnectionStatus()") == "not_connected"
    assert tab.call("setReaderDisplay", CART)["error"]["code"] == "no_established_connection"


@pytest.mark.parametrize("fail_if_in_use", [False, True])
def test_an_idle_reader_is_taken_over(open_tab: OpenTab, counter: Till, fail_if_in_use: bool) -> None:
    first, second = open_tab(), open_tab()
    assert "error" not in connect(first, counter)
    assert "error" not in connect(second, counter, fail_if_in_use=fail_if_in_use)
    is_taken_over(first)
    assert second.call("setReaderDisplay", CART) == {}


def test_a_reader_at_work_is_taken_over(open_tab: OpenTab, counter: Till) -> None:
    first, second = open_tab(), open_tab()
    connect(first, counter)
    secret = first.sale()
    first.start("collectPaymentMethod", secret)
    wait_until(counter, "collect_payment_method")
    assert "error" not in connect(second, counter, fail_if_in_use=False)
    assert first.result()["error"]["code"] == "reader_error"
    assert first.run("disconnects.length") == 1
    intent = counter.v1.payment_intents.retrieve(secret.partition("_secret")[0])
    assert intent.status == "requires_payment_method"
    # and the new holder can go on with the same payment
    second.start("collectPaymentMethod", secret)
    wait_until(counter, "collect_payment_method")
    counter.present()
    assert second.result()["paymentIntent"]["status"] == "requires_confirmation"


def test_a_reader_at_work_is_not_taken_over_by_those_who_ask_first(open_tab: OpenTab, counter: Till) -> None:
    first, second = open_tab(), open_tab()
    connect(first, counter)
    secret = first.sale()
    first.start("collectPaymentMethod", secret)
    wait_until(counter, "collect_payment_method")
    assert connect(second, counter, fail_if_in_use=True)["error"]["code"] == "reader_error"
    assert second.run("terminal.getConnectionStatus()") == "not_connected"
    counter.present()
    collected = first.result()["paymentIntent"]
    assert first.call("processPayment", collected)["paymentIntent"]["status"] == "requires_capture"
    assert first.run("disconnects") == []


def test_a_cart_counts_as_in_use(open_tab: OpenTab, counter: Till) -> None:
    first, second = open_tab(), open_tab()
    connect(first, counter)
    first.call("setReaderDisplay", CART)
    assert connect(second, counter, fail_if_in_use=True)["error"]["code"] == "reader_error"
    assert "error" not in connect(second, counter, fail_if_in_use=False)


def test_disconnecting_clears_the_cart_and_lets_others_in(open_tab: OpenTab, counter: Till) -> None:
    first, second = open_tab(), open_tab()
    connect(first, counter)
    first.call("setReaderDisplay", CART)
    assert first.call("disconnectReader") == {}
    assert first.run("disconnects") == []
    assert counter.now().action is None
    assert "error" not in connect(second, counter, fail_if_in_use=True)


def test_who_does_nothing_learns_of_the_takeover_too(open_tab: OpenTab, counter: Till) -> None:
    """Not by a command: the SDK looks now and then whether the reader is still its own."""
    first, second = open_tab(hurry=50), open_tab()
    connect(first, counter)
    connect(second, counter)
    first.page.wait_for_function("disconnects.length")
    assert [event["error"]["code"] for event in first.run("disconnects")] == ["reader_error"]
    assert first.run("terminal.getConnectionStatus()") == "not_connected"


def test_a_reader_that_is_offline_is_not_connected_any_more(open_tab: OpenTab, counter: Till) -> None:
    """Two minutes after it was heard from last, as the server says: while nothing is done, and while it collects."""
    idle, busy = open_tab(hurry=50), open_tab()
    connect(idle, counter)
    idle.page.route(HELD, _offline)
    idle.page.wait_for_function("disconnects.length")
    assert idle.run("terminal.getPaymentStatus()") == "not_ready"
    connect(busy, counter)
    busy.page.route(HELD, _offline)
    assert busy.call("collectPaymentMethod", busy.sale())["error"]["code"] == "reader_error"
    assert busy.run("disconnects.length") == 1


def _offline(route: Route) -> None:
    answer = route.fetch()
    held = answer.json()
    held["reader"]["status"] = "offline"
    route.fulfill(response=answer, json=held)


def test_connecting_twice(tab: Tab, counter: Till) -> None:
    connect(tab, counter)
    assert connect(tab, counter)["error"]["code"] == "already_connected"


def test_after_a_reload_the_same_till_connects_again(tab: Tab, counter: Till) -> None:
    """It remembers the serial number, discovers, and connects; nobody is disconnected in between."""
    connect(tab, counter)
    tab.run("localStorage.setItem('reader', terminal.getConnectedReader().serial_number)")
    tab.page.reload()
    found = tab.call("discoverReaders", {"location": counter.location.id})["discoveredReaders"]
    serial = tab.run("localStorage.getItem('reader')")
    known = next(reader for reader in found if reader["serial_number"] == serial)
    assert tab.call("connectReader", known)["reader"]["id"] == counter.reader.id


def test_a_reader_of_another_account(open_tab: OpenTab, counter: Till, open_shop: Any) -> None:
    stranger = open_tab(open_shop())
    error = stranger.call("connectReader", {"id": counter.reader.id, "object": "terminal.reader"})["error"]
    assert error["code"] == "resource_missing"


def test_a_reader_of_another_location(tab: Tab, counter: Till) -> None:
    """A token that was made for one location opens no reader elsewhere."""
    elsewhere = Till(counter.shop)
    tab.location = elsewhere.location.id
    found = tab.call("discoverReaders", {})["discoveredReaders"]
    assert [reader["id"] for reader in found] == [elsewhere.reader.id]
    assert "error" in tab.call("connectReader", {"id": counter.reader.id, "object": "terminal.reader"})


def test_a_client_secret_of_another_account(tab: Tab, counter: Till, open_shop: Any) -> None:
    connect(tab, counter)
    stranger = Till(open_shop()).sale().client_secret
    assert tab.call("collectPaymentMethod", stranger)["error"]["code"] == "resource_missing"


def test_switching_the_account(tab: Tab, counter: Till, open_shop: Any) -> None:
    """Disconnect, have the callback give the other account's tokens, clear the credentials, connect."""
    connect(tab, counter)
    other = Till(open_shop())
    tab.call("disconnectReader")
    tab.shop = other.shop
    assert tab.call("clearCachedCredentials") == {}
    assert connect(tab, other)["reader"]["id"] == other.reader.id
    assert len(tab.tokens) == 2


def test_a_used_connection_token(tab: Tab) -> None:
    """A token opens one session, once."""
    tab.call("discoverReaders", {})
    used = tab.tokens[0]
    tab.give_token = lambda: used
    tab.call("clearCachedCredentials")
    error = tab.call("discoverReaders", {})["error"]
    assert "already" in error["message"]
