"""docs/terminal-js.md: its backend serves its page, and every example runs there, in order, as it stands."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from tests.scenarios.shop import Shop
from tests.scenarios.till import Till
from tests.terminal_js.tab import Merchant, Tab

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "terminal-js.md").read_text()
PRINTED = re.compile(r"console\.log\(.*\); // (.+)$", re.MULTILINE)
BACKEND = {
    "connectionToken": "connection_token",
    "paymentIntent": "payment_intent",
    "setupIntent": "setup_intent",
    "customer": "customer",
    "charge": "charge",
}


def blocks(language: str) -> list[str]:
    """The code blocks in a language, in order."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


EXAMPLES = blocks("js")


@pytest.fixture
def documented(browser: Browser, merchant: Merchant, shop: Shop) -> Iterator[Tab]:
    """A page with the script tag of the documentation, and its backend behind `backend`."""
    Till(shop, "simulated-v660p")
    (python,) = blocks("python")
    served: dict[str, Any] = {}
    exec(python.replace("sk_test_example", shop.key).replace("http://127.0.0.1:8420", merchant.server), served)
    tab = Tab(browser, merchant.url + "empty", shop)
    for name, function in BACKEND.items():
        tab.page.expose_function(f"backend_{name}", served[function])
    (html,) = blocks("html")
    tab.page.set_content(html.replace("http://127.0.0.1:8420", merchant.server))
    calls = ", ".join(f"{name}: (...given) => backend_{name}(...given)" for name in BACKEND)
    tab.page.evaluate(f"() => {{ window.backend = {{{calls}}}; }}")
    yield tab
    tab.close()


def test_every_example_runs(documented: Tab) -> None:
    """And prints what its comments say."""
    said: list[str] = []
    documented.page.on("console", lambda message: said.append(message.text))
    for example in EXAMPLES:
        said.clear()
        documented.page.evaluate(f"async () => {{ {example} }}")
        assert [line for line in said if line.startswith(("Error", "Uncaught"))] == []
        for printed in PRINTED.findall(example):
            expected = printed.partition(":")[0]
            assert expected in said, f"{expected!r} was not printed, but {said}, by:\n{example}"


def test_every_method_has_an_example(tab: Tab) -> None:
    methods = tab.run("Object.getOwnPropertyNames(Object.getPrototypeOf(terminal))")
    code = "".join(EXAMPLES)
    assert [name for name in methods if name != "constructor" and f"terminal.{name}(" not in code] == []
