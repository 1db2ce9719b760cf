"""Cut, slow and lossy networks between the browser and the server, at each step: nobody is charged twice.

The failure table of the guide "Collect card payments": declined, so collect again; `requires_confirmation`, so process
again; no answer, so process the original again.
"""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Route
from tests.scenarios.shop import Shop
from tests.scenarios.till import Till
from tests.terminal_js.conftest import OpenTab
from tests.terminal_js.tab import Tab

COLLECT = re.compile(r"/collect_payment_method$")
CONFIRM = re.compile(r"/confirm_payment_intent$")
LOOK = re.compile(r"/pos/readers/tmr_\w+$")
INTENT = re.compile(r"/pos/payment_intents/pi_")
SERVER = re.compile(r"/opentill/pos/")


@pytest.fixture
def tab(open_tab: OpenTab) -> Tab:
    """A tab of the shop's till, with the simulated reader; the SDK's patience is short."""
    tab = open_tab(hurry=20)
    tab.connect_simulator()
    return tab


class Cut:
    """The network of a tab, cut at the first request that matches `at`: once, or from then on until `mend`.

    `heard` says that the server still gets that first request, and only its answer is lost.
    """

    def __init__(self, tab: Tab, at: re.Pattern[str], *, heard: bool, lasting: bool) -> None:
        self._tab = tab
        self._at = at
        self._heard = heard
        self._lasting = lasting
        self.struck = False
        tab.page.route(SERVER, self._pass)

    def mend(self) -> None:
        """Let everything pass again."""
        assert self.struck, f"nothing was asked of {self._at.pattern}"
        self._tab.page.unroute(SERVER, self._pass)

    def _pass(self, route: Route) -> None:
        if self.struck:
            route.abort() if self._lasting else route.continue_()
        elif self._at.search(route.request.url) is None:
            route.continue_()
        else:
            self.struck = True
            if self._heard:
                route.fetch()
            route.abort()


def paid_once(shop: Shop, intent: Any, amount: int = 1000) -> bool:
    """Whether the money of a payment is held by one authorization, and no other was ever made."""
    (holding,) = shop.holdings(intent["id"])
    return (holding["held"], holding["attempts"]["authorize"]) == (amount, 1)


@pytest.mark.parametrize("heard", [False, True], ids=["request lost", "answer lost"])
@pytest.mark.parametrize("at", [COLLECT, LOOK, INTENT, CONFIRM], ids=lambda at: at.pattern)
def test_one_loss_goes_unnoticed(tab: Tab, shop: Shop, at: re.Pattern[str], heard: bool) -> None:
    """The SDK asks again under the same idempotency key."""
    cut = Cut(tab, at, heard=heard, lasting=False)
    collected = tab.call("collectPaymentMethod", tab.sale())["paymentIntent"]
    paid = tab.call("processPayment", collected)["paymentIntent"]
    cut.mend()
    assert paid["status"] == "requires_capture"
    assert paid_once(shop, paid)


@pytest.mark.parametrize("heard", [False, True], ids=["request lost", "answer lost"])
@pytest.mark.parametrize("at", [COLLECT, LOOK, INTENT], ids=lambda at: at.pattern)
def test_cut_off_while_collecting(tab: Tab, shop: Shop, at: re.Pattern[str], heard: bool) -> None:
    """An error; then the till collects again, with the same PaymentIntent."""
    secret = tab.sale()
    cut = Cut(tab, at, heard=heard, lasting=True)
    error = tab.call("collectPaymentMethod", secret)["error"]
    cut.mend()
    assert error["code"] == "network_error"
    assert tab.run("terminal.getPaymentStatus()") == "ready"
    collected = tab.call("collectPaymentMethod", secret)["paymentIntent"]
    paid = tab.call("processPayment", collected)["paymentIntent"]
    assert paid["status"] == "requires_capture"
    assert paid_once(shop, paid)


@pytest.mark.parametrize("heard", [False, True], ids=["request lost", "answer lost"])
@pytest.mark.parametrize("at", [CONFIRM, INTENT], ids=lambda at: at.pattern)
def test_cut_off_while_processing(tab: Tab, shop: Shop, at: re.Pattern[str], heard: bool) -> None:
    """The error has no `payment_intent`: the till processes the original again, whatever became of it."""
    collected = tab.call("collectPaymentMethod", tab.sale())["paymentIntent"]
    cut = Cut(tab, at, heard=heard, lasting=True)
    error = tab.call("processPayment", collected)["error"]
    cut.mend()
    assert (error["code"], "payment_intent" in error) == ("network_error", False)
    assert tab.run("disconnects") == []
    paid = tab.call("processPayment", collected)["paymentIntent"]
    assert paid["status"] == "requires_capture"
    assert paid_once(shop, paid)


def test_a_decline_whose_answer_was_lost(tab: Tab, shop: Shop) -> None:
    """Processing again tells of the decline; then the till collects again."""
    secret = tab.sale()
    tab.call("setSimulatorConfiguration", {"testPaymentMethod": "charge_declined"})
    collected = tab.call("collectPaymentMethod", secret)["paymentIntent"]
    cut = Cut(tab, CONFIRM, heard=True, lasting=True)
    assert tab.call("processPayment", collected)["error"]["code"] == "network_error"
    cut.mend()
    error = tab.call("processPayment", collected)["error"]
    assert (error["code"], error["payment_intent"]["status"]) == ("card_declined", "requires_payment_method")
    again = tab.call("collectPaymentMethod", secret)["paymentIntent"]
    assert tab.call("processPayment", again)["paymentIntent"]["status"] == "requires_capture"
    assert sum(holding["held"] for holding in shop.holdings(collected["id"])) == 1000


@pytest.mark.parametrize("heard", [False, True], ids=["request lost", "answer lost"])
def test_cut_off_while_a_card_is_saved(tab: Tab, shop: Shop, heard: bool) -> None:
    params: Any = {"allowed_payment_method_types": ["card_present"]}
    secret = shop.client.v1.setup_intents.create(params).client_secret
    collected = tab.call("collectSetupIntentPaymentMethod", secret, "always")["setupIntent"]
    cut = Cut(tab, re.compile(r"/confirm_setup_intent$"), heard=heard, lasting=True)
    assert tab.call("confirmSetupIntent", collected)["error"]["code"] == "network_error"
    cut.mend()
    assert tab.call("confirmSetupIntent", collected)["setupIntent"]["status"] == "succeeded"


@pytest.mark.parametrize("heard", [False, True], ids=["request lost", "answer lost"])
def test_cut_off_while_money_is_given_back(tab: Tab, shop: Shop, heard: bool) -> None:
    """Processing again finds the refund that was made; there is one."""
    types = ["card_present", "interac_present"]
    secret = tab.sale(currency="cad", capture_method="automatic", allowed_payment_method_types=types)
    tab.call("setSimulatorConfiguration", {"testPaymentMethod": "interac"})
    paid = tab.call("processPayment", tab.call("collectPaymentMethod", secret)["paymentIntent"])["paymentIntent"]
    charge = shop.client.v1.payment_intents.retrieve(paid["id"]).latest_charge
    assert tab.call("collectRefundPaymentMethod", charge, 400, "cad") == {}
    cut = Cut(tab, re.compile(r"/process_refund$"), heard=heard, lasting=True)
    assert tab.call("processRefund")["error"]["code"] == "network_error"
    cut.mend()
    assert tab.call("processRefund")["refund"]["amount"] == 400
    assert [refund.amount for refund in shop.client.v1.refunds.list({"charge": str(charge)}).data] == [400]


def test_the_browser_is_offline(tab: Tab) -> None:
    """And online again: the same connection goes on."""
    tab.offline(True)
    assert tab.call("collectPaymentMethod", "pi_1_secret_2")["error"]["code"] == "network_error"
    tab.offline(False)
    assert "paymentIntent" in tab.call("collectPaymentMethod", tab.sale())
    assert len(tab.tokens) == 1


def test_a_server_that_does_not_answer_in_time(open_tab: OpenTab, shop: Shop) -> None:
    """The request hangs, twice as long as anybody waits; what it did is found by processing again."""
    tab = open_tab(hurry=100)
    tab.connect_simulator()
    collected = tab.call("collectPaymentMethod", tab.sale())["paymentIntent"]
    hanging: list[Route] = []

    def hang(route: Route) -> None:
        hanging.append(route)

    tab.page.route(CONFIRM, hang)
    error = tab.call("processPayment", collected)["error"]
    assert (error["code"], len(hanging)) == ("network_timeout", 2)
    tab.page.unroute(CONFIRM)
    paid = tab.call("processPayment", collected)["paymentIntent"]
    assert paid["status"] == "requires_capture"
    assert paid_once(shop, paid)


def test_something_else_answers_in_place_of_the_server(tab: Tab) -> None:
    """The page of a hotel's network, for example."""
    tab.page.route(SERVER, lambda route: route.fulfill(status=200, body="<h1>Welcome!</h1>"))
    assert tab.call("discoverReaders", {})["error"]["code"] == "json_rpc_parse_error"


# Servers that go and come back ----------------------------------------------------------------------------------------


def start_again(tab: Tab, till: Till) -> None:
    """Kill the server and start it again on what it has stored. It is at another port; the till asks at the first."""
    shop = till.shop
    before = shop.server.address
    shop.server.kill()
    shop.server.start()
    shop.client = shop.client_with()
    till.v1, till.readers = shop.client.v1, shop.client.v1.terminal.readers
    till.helpers = shop.client.v1.test_helpers.terminal.readers
    tab.page.route(
        re.compile(re.escape(before)),
        lambda route: route.continue_(url=route.request.url.replace(before, shop.server.address)),
    )


def connect(tab: Tab, till: Till) -> None:
    """Connect to a simulated reader that is registered like others: the test presents the cards."""
    assert "reader" in tab.call("connectReader", {"id": till.reader.id, "object": "terminal.reader"})


def wait_until(till: Till, action: str) -> None:
    """Wait until the reader is at it."""
    deadline = time.monotonic() + 20
    while (now := till.now().action) is None or now.type != action:
        assert time.monotonic() < deadline, f"the reader is at {now}"


def test_the_server_is_killed_while_the_reader_waits(lab_tab: Tab, private_shop: Shop) -> None:
    """The app notices nothing: its session, the connection and what the reader does are stored."""
    till = Till(private_shop)
    connect(lab_tab, till)
    lab_tab.start("collectPaymentMethod", lab_tab.sale())
    wait_until(till, "collect_payment_method")
    start_again(lab_tab, till)
    till.present()
    paid = lab_tab.call("processPayment", lab_tab.result()["paymentIntent"])["paymentIntent"]
    assert paid["status"] == "requires_capture"
    assert paid_once(private_shop, paid)
    assert (lab_tab.run("disconnects"), len(lab_tab.tokens)) == ([], 1)


def test_the_server_is_killed_while_it_asks_the_issuer(lab_tab: Tab, private_shop: Shop) -> None:
    """What it had asked is found out when it is back; processing again, if that is needed, charges nobody twice."""
    till = Till(private_shop)
    connect(lab_tab, till)
    lab_tab.start("collectPaymentMethod", lab_tab.sale())
    wait_until(till, "collect_payment_method")
    till.present()
    collected = lab_tab.result()["paymentIntent"]
    private_shop.fault("delay", "authorize", delay_ms=60_000)
    lab_tab.start("processPayment", collected)
    wait_until(till, "confirm_payment_intent")
    start_again(lab_tab, till)
    private_shop.advance(seconds=120)  # what is left of the first life is looked after
    result = lab_tab.result()
    if "error" in result:
        assert result["error"].get("payment_intent", collected)["status"] == "requires_confirmation"
        result = lab_tab.call("processPayment", collected)
    assert result["paymentIntent"]["status"] == "requires_capture"
    assert sum(holding["held"] for holding in private_shop.holdings(collected["id"])) == 1000


# Sessions that end ----------------------------------------------------------------------------------------------------


def test_the_session_expires_in_the_middle_of_a_sale(lab_tab: Tab, private_shop: Shop) -> None:
    """The SDK asks the app for another connection token by itself, and keeps the reader."""
    till = Till(private_shop)
    connect(lab_tab, till)
    lab_tab.start("collectPaymentMethod", lab_tab.sale())
    wait_until(till, "collect_payment_method")
    private_shop.advance(seconds=13 * 3600)
    till.present()
    collected = lab_tab.result()["paymentIntent"]
    assert len(lab_tab.tokens) == 2
    assert lab_tab.call("processPayment", collected)["paymentIntent"]["status"] == "requires_capture"
    assert lab_tab.run("disconnects") == []


def test_the_session_expires_and_the_app_has_no_token(lab_tab: Tab, private_shop: Shop) -> None:
    till = Till(private_shop)
    connect(lab_tab, till)
    private_shop.advance(seconds=13 * 3600)
    lab_tab.give_token = lambda: None
    assert lab_tab.call("clearReaderDisplay")["error"]["code"] == "failed_fetch_connection_token"
    spent = lab_tab.tokens[0]
    lab_tab.give_token = lambda: spent
    assert lab_tab.call("clearReaderDisplay")["error"]["code"] == "authentication_error"
    lab_tab.give_token = lab_tab._new_token
    assert lab_tab.call("clearReaderDisplay") == {}


def test_cleared_credentials_keep_the_reader_of_the_same_account(tab: Tab) -> None:
    assert tab.call("clearCachedCredentials") == {}
    assert "paymentIntent" in tab.call("collectPaymentMethod", tab.sale())
    assert len(tab.tokens) == 2


def test_another_base_url(tab: Tab, shop: Shop) -> None:
    """`overrideBaseURL` names the server that is asked from then on; what is no URL is refused."""
    elsewhere = "http://127.0.0.1:9"
    tab.run("terminal.overrideBaseURL(args[0] + '/')", elsewhere)
    assert tab.call("discoverReaders", {})["error"]["code"] == "network_error"
    tab.run("terminal.overrideBaseURL(args[0])", shop.server.address)
    assert "discoveredReaders" in tab.call("discoverReaders", {})
    thrown = "(() => { try { terminal.overrideBaseURL('nowhere') } catch (error) { return error.name } })()"
    assert tab.run(thrown) == "TypeError"
