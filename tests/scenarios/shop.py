"""A shop: an account of its own on a running server, and the official client to talk to it."""

import http.client
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus, urlsplit

import pytest
import stripe
from tests.scenarios.server import Server

LATEST = "2026-10-28.endive"

# Marks for a scenario that is to hold on both databases: with the shared server, or with one of its own.
ON_BOTH = pytest.mark.parametrize("server", ["sqlite", "postgres"], indirect=True)
PRIVATE_ON_BOTH = pytest.mark.parametrize("private_shop", ["sqlite", "postgres"], indirect=True)

Form = Mapping[str, Any] | str | bytes


@dataclass(frozen=True)
class Response:
    """An answer of the server. `headers` has lower-case names."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        """The error it tells; fails if it tells none."""
        return self.json["error"]


class Recorder:
    """Every body that a server answered, for what is asked of all of them at the end (see conftest.py)."""

    def __init__(self) -> None:
        self.answers: dict[bytes, str] = {}

    def record(self, where: str, key: str, version: str, body: bytes) -> None:
        """Remember a body; `where` says what asked for it. Older versions and pages see other shapes."""
        if version == LATEST and "pk_" not in key and "/opentill/pos/" not in where:
            self.answers.setdefault(body, where)

    def objects(self) -> Iterable[tuple[str, Any]]:
        """What they hold: API objects, and the intents and payment methods inside errors."""
        for body, where in list(self.answers.items()):
            value = json.loads(body)
            if "error" in value:
                yield from ((where, part) for part in value["error"].values() if isinstance(part, dict))
            elif not value["object"].startswith("opentill.") and not (value.get("url") or "").startswith("/opentill/"):
                yield where, value


class _RecordingClient(stripe.RequestsClient):
    """The official client's own transport; what comes back is recorded on the way."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__()
        self._recorder = recorder

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        body, status, answered = super().request(method, url, headers, post_data)
        where, key = f"{method} {urlsplit(url).path}", (headers or {}).get("Authorization", "")
        self._recorder.record(where, key, answered.get("stripe-version", ""), body)
        return body, status, answered


class Shop:
    """An account nobody else uses. `client` is the official Python client, without retries of its own."""

    def __init__(self, server: Server, recorder: Recorder, key: str | None = None) -> None:
        self.server = server
        self.key = key if key is not None else f"sk_test_{secrets.token_hex(16)}"
        self._recorder = recorder
        self.client = self.client_with()

    def client_with(self, key: str | None = None, **options: Any) -> stripe.StripeClient:
        """A client with another key or other options."""
        options = {"max_network_retries": 0, "http_client": _RecordingClient(self._recorder)} | options
        address = self.server.address
        return stripe.StripeClient(
            key if key is not None else self.key,
            base_addresses={"api": address, "files": address, "connect": address, "meter_events": address},
            **options,
        )

    def pay(self, amount: int = 1000, card: str = "pm_card_visa", **params: Any) -> stripe.PaymentIntent:
        """Create a PaymentIntent and confirm it with `card`, by a method without redirects."""
        given = {"amount": amount, "currency": "usd", "payment_method": card, "confirm": True}
        if "payment_method_types" not in params and "allowed_payment_method_types" not in params:
            given["automatic_payment_methods"] = {"enabled": True, "allow_redirects": "never"}
        return self.client.v1.payment_intents.create(given | params)  # type: ignore[arg-type]

    def hold(self, amount: int = 1000, card: str = "pm_card_visa", **params: Any) -> stripe.PaymentIntent:
        """The same with manual capture: the money is authorized, not yet taken."""
        return self.pay(amount, card, capture_method="manual", **params)

    def charge(self, intent: stripe.PaymentIntent, *expand: str) -> stripe.Charge:
        """The latest charge of a PaymentIntent, with its own fields `expand` expanded."""
        paths = ["latest_charge", *(f"latest_charge.{field}" for field in expand)]
        charge = self.client.v1.payment_intents.retrieve(intent.id, {"expand": paths}).latest_charge
        assert isinstance(charge, stripe.Charge)
        return charge

    def events(self, *about: str) -> list[str]:
        """Types of the account's events, oldest first; only of the objects `about` if given."""
        found = list(self.client.v1.events.list({"limit": 100}).auto_paging_iter())
        return [event.type for event in reversed(found) if not about or getattr(event.data.object, "id", None) in about]

    def balance_change(self) -> int:
        """What the account has earned so far, cents of US dollars: pending and available together."""
        balance = self.client.v1.balance.retrieve()
        return sum(part.amount for part in (*balance.pending, *balance.available) if part.currency == "usd")

    # The world around the server: `opentill up` only ---------------------------------------------------------

    def advance(self, *, seconds: int = 0, days: int = 0) -> int:
        """Move the server's clock forward; what is then due has happened when this returns. The new time."""
        return self.request("POST", "/opentill/clock", {"seconds": seconds + days * 86_400}).json["now"]

    def now(self) -> int:
        """The server's time."""
        return self.request("GET", "/opentill/clock").json["now"]

    def fault(self, kind: str, operation: str | None = None, **params: Any) -> None:
        """Let the next message to the acquirer go wrong; `count` for more of them."""
        given = {"kind": kind} | ({} if operation is None else {"operation": operation}) | params
        answer = self.request("POST", "/opentill/faults", given)
        assert answer.status == 200, answer.body

    def mend(self) -> None:
        """Let the wire to the acquirer work again."""
        self.request("DELETE", "/opentill/faults")

    def holdings(self, intent: "stripe.PaymentIntent | str") -> list[dict[str, Any]]:
        """What the acquirer holds for a PaymentIntent, by authorization."""
        id = intent if isinstance(intent, str) else intent.id
        return self.request("GET", f"/opentill/holdings?payment_intent={id}").json["data"]

    def settled_holdings(self, intent: "stripe.PaymentIntent | str") -> list[dict[str, Any]]:
        """The same, when the captures and releases that are on their way have arrived.

        The server does what is due before it answers a question about its clock.
        """
        self.advance()
        return self.holdings(intent)

    # Requests that no client makes ------------------------------------------------------------------------------

    def request(
        self,
        method: str,
        path: str,
        form: Form | None = None,
        headers: Mapping[str, str] | None = None,
        *,
        key: str | None = "",
    ) -> Response:
        """A request as it is: `form` is a mapping to encode, or a body to send unchanged.

        Without `Authorization` if `key` is None, with another key than the shop's if one is given.
        """
        body = form if form is None or isinstance(form, str | bytes) else encode(form)
        sent = {} if key is None else {"Authorization": f"Bearer {key or self.key}"}
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(urlsplit(self.server.address).netloc, timeout=60)
        try:
            connection.request(method, path, body, sent | dict(headers or {}))
            answer = connection.getresponse()
            received = {name.lower(): value for name, value in answer.getheaders()}
            response = Response(answer.status, received, answer.read())
        finally:
            connection.close()
        if received.get("content-type") == "application/json" and response.body:
            where, used = f"{method} {path.partition('?')[0]}", sent.get("Authorization", "")
            self._recorder.record(where, used, received.get("stripe-version", ""), response.body)
        return response


def encode(form: Mapping[str, Any]) -> str:
    """A form as `curl -d` sends it: hashes as `a[b]`, arrays as `a[]`, brackets left as they are."""
    return "&".join(f"{name}={quote_plus(value)}" for name, value in _flat("", form))


def _flat(prefix: str, value: Any) -> Iterable[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{prefix}[{name}]" if prefix else str(name), inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _flat(f"{prefix}[]", inner)
    elif isinstance(value, bool):
        yield prefix, "true" if value else "false"
    else:
        yield prefix, str(value)
