"""A browser tab with a merchant's till: a page of another origin that loads the SDK from the server.

What the till's own backend does (connection tokens, PaymentIntents) is done by the official Python client.
"""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page
from tests.scenarios.shop import Shop

_PAGE = """<!doctype html><meta charset="utf-8"><title>A till</title>
<script src="{server}/terminal/v1/sdk.js"></script>
<script>
  window.statuses = {{connection: [], payment: []}};
  window.disconnects = [];
  window.terminal = StripeTerminal.create({{
    onFetchConnectionToken: () => window.fetchConnectionToken(),
    onUnexpectedReaderDisconnect: (event) => window.disconnects.push(event),
    onConnectionStatusChange: (event) => window.statuses.connection.push(event.status),
    onPaymentStatusChange: (event) => window.statuses.payment.push(event.status),
  }});
</script>"""

_HURRY = """for (const name of ['setTimeout', 'setInterval']) {{
    const timer = window[name];
    window[name] = (run, ms, ...given) => timer(run, ms / {}, ...given);
}}"""


class Merchant:
    """The merchant's web server: an origin of its own."""

    def __init__(self, server: str) -> None:
        self.server = server
        body = _PAGE.format(server=server).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(b"" if self.path == "/empty" else body)

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._server.server_close()


class Tab:
    """One tab of the till. `run` is JavaScript in it, with `terminal` at hand.

    `hurry` is how many times faster its timers run than the world, for tests that wait until the SDK gives up.
    """

    def __init__(self, browser: Browser, url: str, shop: Shop, hurry: int = 1) -> None:
        self.shop = shop
        self.tokens: list[str] = []
        self.location: str | None = None
        self.give_token: Callable[[], Any] = self._new_token
        self._context: BrowserContext = browser.new_context()
        self.page: Page = self._context.new_page()
        self.page.expose_function("fetchConnectionToken", self._give)
        if hurry != 1:
            self.page.add_init_script(_HURRY.format(hurry))
        self.page.goto(url)

    def run(self, script: str, *arguments: Any) -> Any:
        """Evaluate an expression in the page, awaited; `args` are the arguments."""
        return self.page.evaluate(f"async (args) => ({script})", list(arguments))

    def call(self, method: str, *arguments: Any) -> Any:
        """Call a method of the Terminal object; what its promise resolves to."""
        return self.page.evaluate("async ([method, args]) => terminal[method](...args)", [method, list(arguments)])

    def start(self, method: str, *arguments: Any) -> None:
        """Call a method without waiting; `result` is what it comes to."""
        self.page.evaluate(
            "([method, args]) => { window.pending = terminal[method](...args); }", [method, list(arguments)]
        )

    def result(self) -> Any:
        """What the call of `start` resolved to."""
        return self.page.evaluate("() => window.pending")

    def connect_simulator(self) -> Any:
        """Discover the simulated reader and connect to it, as the guide does."""
        return self.run(
            "await terminal.discoverReaders({simulated: true})"
            ".then((found) => terminal.connectReader(found.discoveredReaders[0]))"
        )

    def sale(self, amount: int = 1000, **params: Any) -> str:
        """A PaymentIntent of the till's backend: its client secret."""
        given = {
            "amount": amount,
            "currency": "usd",
            "allowed_payment_method_types": ["card_present"],
            "capture_method": "manual",
        } | params
        secret = self.shop.client.v1.payment_intents.create(given).client_secret  # type: ignore[arg-type]
        assert secret is not None
        return secret

    def offline(self, cut: bool) -> None:
        """Cut the tab's network, or mend it."""
        self._context.set_offline(cut)

    def close(self) -> None:
        """Close the tab."""
        self._context.close()

    def _give(self) -> Any:
        return self.give_token()

    def _new_token(self) -> str:
        params: Any = {} if self.location is None else {"location": self.location}
        secret = self.shop.client.v1.terminal.connection_tokens.create(params).secret
        self.tokens.append(secret)
        return secret
