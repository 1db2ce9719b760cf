"""How pages come by the SDK, and what a page without a connection token gets: the script, and nothing else."""

import json
import re
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route
from tests.scenarios.server import Server
from tests.scenarios.shop import Shop
from tests.terminal_js.tab import Merchant, Tab

from opentill.web.scripts import NotUnderstood, _plain

LOADER = Path(__file__).parent / "node_modules" / "@stripe" / "terminal-js" / "dist" / "pure.js"
ADDRESSES = ("/terminal/v1/sdk.js", "/terminal/v1", "/terminal/v1/")
OFFICIAL = re.compile(r"^https://js\.stripe\.com(?=/)")
WHAT_IT_HAS = ["create", "ConnectionStatus", "PaymentStatus", "OutputLogLevel"]


def read(server: Server, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """What the server answers."""
    request = urllib.request.Request(server.address + path, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def test_one_readable_script_at_every_address(server: Server) -> None:
    status, headers, body = read(server, ADDRESSES[0])
    assert (status, headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert len(body) < 60_000
    assert all(read(server, address)[2] == body for address in ADDRESSES)
    assert max(map(len, body.decode().splitlines())) <= 120
    assert read(server, ADDRESSES[1], **{"If-None-Match": headers["etag"]})[0] == 304


def test_the_source_map_leads_to_the_modules(server: Server) -> None:
    lines = read(server, ADDRESSES[0])[2].decode().splitlines()
    (link,) = [line.rpartition("=")[2] for line in lines if line.startswith("//# sourceMappingURL=")]
    mapped = json.loads(read(server, link)[2])
    assert mapped["sources"][-1] == "index.js"
    assert len(mapped["mappings"].split(";")) <= len(lines)
    assert all("export" in text for text in mapped["sourcesContent"])


def test_modules_that_cannot_be_put_together() -> None:
    for line in ("import everything from './terminal.js';", "export default class Terminal {}", "export {Terminal};"):
        with pytest.raises(NotUnderstood):
            _plain(f"{line}\n")


def test_the_official_loader(browser: Browser, merchant: Merchant, shop: Shop) -> None:
    """`loadStripeTerminal` of npm, with the host that it loads from led to us, as a proxy of one's own does."""
    tab = Tab(browser, merchant.url + "empty", shop)
    tab.page.route(OFFICIAL, lambda route: route.fulfill(response=route.fetch(url=ours(route, merchant.server))))
    tab.page.evaluate(f"() => {{ window.exports = {{}}; {LOADER.read_text()}; }}")
    assert tab.run("Object.keys(await exports.loadStripeTerminal())") == WHAT_IT_HAS
    tab.run("(terminal = StripeTerminal.create({onFetchConnectionToken: fetchConnectionToken}), null)")
    assert tab.connect_simulator()["reader"]["id"] == "SIMULATOR"
    tab.close()


def ours(route: Route, server: str) -> str:
    """The address of the same thing at our server."""
    return OFFICIAL.sub(server, route.request.url)


def test_the_official_loader_takes_a_script_that_is_there_already(tab: Tab) -> None:
    """A script tag of ours before it, and the loader asks nobody for anything."""
    tab.page.evaluate(f"() => {{ window.exports = {{}}; {LOADER.read_text()}; }}")
    assert tab.run("await exports.loadStripeTerminal() === StripeTerminal")


def test_a_page_without_a_connection_token_gets_nothing(tab: Tab) -> None:
    """Nor does one with a publishable key: not the readers, not a reader, not an intent without its secret."""
    secret = tab.sale()
    intent = secret.partition("_secret")[0]
    asked = """await Promise.all(args[0].map(async ([method, path, key]) => {
        const headers = key ? {Authorization: `Bearer ${key}`} : {};
        return (await fetch(args[1] + path, {method, headers})).status;
    }))"""
    paths = [
        ("POST", "/opentill/pos/sessions"),
        ("GET", "/opentill/pos/readers"),
        ("POST", "/opentill/pos/simulator"),
        ("GET", "/opentill/pos/readers/tmr_1"),
        ("POST", "/opentill/pos/readers/tmr_1/cancel_action"),
        ("GET", f"/opentill/pos/payment_intents/{intent}"),
    ]
    keys = [None, tab.shop.key.replace("sk_", "pk_"), "pst_test_madeup", "pos_test_madeup"]
    tried = [(method, path, key) for method, path in paths for key in keys]
    statuses = tab.run(asked, tried, tab.shop.server.address)
    assert {status for status in statuses if status not in (401, 403)} == set()


def test_secrets_do_not_reach_the_console(tab: Tab) -> None:
    """With `logLevel: verbose` the console tells what happens, and neither tokens nor client secrets."""
    said: list[str] = []
    tab.page.on("console", lambda message: said.append(message.text))
    tab.run(
        "(window.terminal = StripeTerminal.create({onFetchConnectionToken: fetchConnectionToken, "
        "logLevel: StripeTerminal.OutputLogLevel.VERBOSE}), null)"
    )
    tab.connect_simulator()
    collected = tab.call("collectPaymentMethod", tab.sale())["paymentIntent"]
    tab.offline(True)
    tab.page.evaluate("() => { window.setTimeout = (run) => setInterval(run, 1); }")
    tab.call("processPayment", collected)
    assert any("connection token" in line for line in said)
    assert any("payment_intent" in line for line in said)
    assert [line for line in said if re.search(r"_secret_|pst_|pos_test", line)] == []
