"""No payment is approved without its holder's answer where the card demands one, whatever anybody does in between.

Intents are confirmed, changed, canceled and charged off-session at random, and buttons are pressed on every page that
there ever was. The rule is held against what was pressed, not against what the server says of it.
"""

import asyncio
import itertools
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from tests.fuzz.effort import effort
from tests.scenarios.shop import LATEST, encode

from opentill.main import Installation, Settings

EXAMPLES = 300
MEMORY = Path("/dev/shm")

# Which cards ask their holder whenever they pay, which only while their holder is there, and which never.
ASKING = ("authenticationRequired", "threeDSecure2Required", "authenticationRequiredOnSetup")
EXEMPT = ("authenticationRequiredSetupForOffSession",)
FREE = ("visa", "threeDSecureOptional")
CARD = st.sampled_from((*ASKING, *ASKING, *EXEMPT, *FREE))

# How most stories begin, so that they get somewhere.
ASKED = st.tuples(st.just("confirm"), st.sampled_from(ASKING), st.just(False)).map(lambda step: [step])
BEGINNING = st.one_of(st.just([]), ASKED, ASKED.map(lambda steps: [*steps, ("press", 0, "complete")]))
STEP = st.one_of(
    st.tuples(st.just("confirm"), st.none() | CARD, st.booleans()),
    st.tuples(st.just("press"), st.integers(0, 5), st.sampled_from(["complete", "complete", "fail", "cancel"])),
    st.tuples(st.just("press"), st.just(0), st.just("complete")),
    st.tuples(st.just("amount"), st.integers(100, 103), st.none()),
    st.tuples(st.just("card"), CARD, st.none()),
    st.tuples(st.just("wait"), st.sampled_from([1800, 3601]), st.none()),
    st.tuples(st.just("cancel"), st.none(), st.none()),
)


class Office:
    """An installation in this process, and requests to it."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self._runner = asyncio.Runner()
        self.installation = Installation(Settings(Path(self._directory.name), development=True))
        self._runner.run(self.installation.start())
        self.customers = itertools.count(1)

    def close(self) -> None:
        self._runner.run(self.installation.close())
        self._runner.close()
        self._directory.cleanup()

    def ask(self, method: str, path: str, form: Mapping[str, Any] | None = None) -> tuple[int, bytes]:
        """One request, to its answer."""
        return self._runner.run(self._call(method, path, encode(form or {})))

    def api(self, method: str, path: str, form: Mapping[str, Any] | None = None) -> Any:
        """One request to the API; what it says, be it a refusal."""
        status, body = self.ask(method, path, form)
        assert status < 500, body
        return json.loads(body)

    async def _call(self, method: str, path: str, form: str) -> tuple[int, bytes]:
        target, _, query = path.partition("?")
        headers = {
            "authorization": "Bearer sk_test_machine0002",
            "content-type": "application/x-www-form-urlencoded",
            "stripe-version": LATEST,
        }
        scope = {
            "type": "http",
            "method": method,
            "path": target,
            "raw_path": quote(target).encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": form.encode(), "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.installation.app(scope, receive, send)
        return sent[0]["status"], sent[1]["body"]


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    office = Office()
    yield office
    office.close()


@dataclass
class Payment:
    """A PaymentIntent as whoever watches the customer knows it.

    `pages` are those it ever had, newest first, each with the payment method and amount it was about; `answers` is what
    was pressed first on a page while it asked. `absent` is whether the latest confirmation was off-session.
    """

    id: str
    cards: dict[str, str]
    pages: list[tuple[str, str, int]] = field(default_factory=list[tuple[str, str, int]])
    answers: dict[str, str] = field(default_factory=dict[str, str])
    absent: bool = False


@effort(EXAMPLES)
@given(
    steps=st.tuples(BEGINNING, st.lists(STEP, max_size=7)).map(lambda parts: [*parts[0], *parts[1]]),
    manual=st.booleans(),
    holds=st.booleans(),
    customer=st.booleans(),
)
def test_nothing_is_approved_that_was_not_answered(
    office: Office, steps: list[Any], manual: bool, holds: bool, customer: bool
) -> None:
    form: dict[str, Any] = {
        "amount": 100,
        "currency": "usd",
        "confirmation_method": "manual" if manual else "automatic",
        "capture_method": "manual" if holds else "automatic",
    }
    if customer:
        form |= {"customer": office.api("POST", "/v1/customers")["id"], "setup_future_usage": "off_session"}
    payment = Payment(office.api("POST", "/v1/payment_intents", form)["id"], {})
    path = f"/v1/payment_intents/{payment.id}"
    for step in steps:
        note(str(step))
        match step:
            case "confirm", card, absent:
                asked: dict[str, Any] = {"off_session": True} if absent else {"return_url": "https://shop.example"}
                payment.absent = absent
                if card is not None:
                    asked["payment_method"] = made(office, payment, card)
                office.api("POST", f"{path}/confirm", asked)
            case "press", which, answer:
                if payment.pages:
                    page = payment.pages[which % len(payment.pages)][0]
                    status, shown = office.ask("GET", page)
                    if status == 200 and b"<button" in shown:
                        payment.answers.setdefault(page, answer)
                    assert office.ask("POST", page, {"answer": answer})[0] == 303
            case "amount", amount, _:
                office.api("POST", path, {"amount": amount})
            case "card", card, _:
                office.api("POST", path, {"payment_method": made(office, payment, card)})
            case "wait", seconds, _:
                office.api("POST", "/opentill/clock", {"seconds": seconds})
            case _:
                office.api("POST", f"{path}/cancel")
        hold_to_the_rule(office, payment)


def made(office: Office, payment: Payment, card: str) -> str:
    """A payment method of that test card, whose name is remembered."""
    form = {"type": "card", "card": {"token": f"tok_{card}"}}
    id: str = office.api("POST", "/v1/payment_methods", form)["id"]
    payment.cards[id] = card
    return id


def hold_to_the_rule(office: Office, payment: Payment) -> None:
    intent = office.api("GET", f"/v1/payment_intents/{payment.id}?expand[]=latest_charge")
    action = intent["next_action"]
    assert (action is not None) == (intent["status"] == "requires_action")
    if action is not None:
        page = urlsplit(action["redirect_to_url"]["url"]).path
        if page not in [known for known, _, _ in payment.pages]:
            payment.pages.insert(0, (page, intent["payment_method"], intent["amount"]))
        assert payment.answers.get(page) is None, "answered, and still waiting"
    charge = intent["latest_charge"]
    approved = charge is not None and charge["status"] == "succeeded"
    assert approved == (intent["status"] in ("requires_capture", "succeeded")) or intent["status"] == "canceled"
    if charge is None or not approved:
        return
    card = payment.cards[charge["payment_method"]]
    seen = charge["payment_method_details"]["card"]["three_d_secure"]
    passed = [
        page
        for page, method, amount in payment.pages
        if payment.answers.get(page) == "complete" and (method, amount) == (charge["payment_method"], charge["amount"])
    ]
    if card in FREE or (payment.absent and card in EXEMPT and not passed):
        assert seen is None
    else:
        assert passed, f"{card} was charged, and nobody was asked"
        assert seen["result"] == "authenticated"
