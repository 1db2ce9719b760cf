"""Webhooks: what happens reaches the merchant's server, signed, again and again until it is taken."""

import json
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stripe
from tests.scenarios.fixtures import OpenShop
from tests.scenarios.receiver import Behaviour, Receiver, held_until, receiving, says, silence, status
from tests.scenarios.server import Server, environment
from tests.scenarios.shop import ON_BOTH, PRIVATE_ON_BOTH, Shop

NODE_CLIENT = Path(__file__).resolve().parent.parent / "clients"
VERIFY = """
import Stripe from "stripe";
let input = "";
for await (const chunk of process.stdin) input += chunk;
const {body, signature, secret} = JSON.parse(input);
console.log(new Stripe("sk_test_none").webhooks.constructEvent(body, signature, secret).type);
"""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A merchant's server."""
    with receiving() as receiver:
        yield receiver


def listen(
    shop: Shop, receiver: Receiver, *types: str, path: str = "/webhook", **params: Any
) -> stripe.WebhookEndpoint:
    """An endpoint for these types of events, or for all."""
    given: Any = {"url": receiver.url(path), "enabled_events": list(types) or ["*"]} | params
    return shop.client.v1.webhook_endpoints.create(given)


def happen(shop: Shop, count: int = 1) -> list[str]:
    """Let an event happen, `customer.created`; the ids of the customers."""
    return [shop.client.v1.customers.create({"name": f"{number}"}).id for number in range(count)]


def attempts(shop: Shop, event: str | None = None) -> list[dict[str, Any]]:
    """The times deliveries went out, oldest first, each with its delivery."""
    query = f"?event={event}" if event else "?limit=100"
    found = shop.request("GET", f"/opentill/webhook_deliveries{query}").json["data"]
    flat = [one | attempt for one in found for attempt in one["attempts"]]
    return sorted(flat, key=lambda one: one["attempted_at_ms"])


def pending(shop: Shop) -> list[int]:
    """How many endpoints have not taken an event, oldest event first."""
    return [event.pending_webhooks for event in reversed(shop.client.v1.events.list({"limit": 100}).data)]


@ON_BOTH
def test_every_event_arrives_and_is_what_the_api_tells(shop: Shop, receiver: Receiver) -> None:
    endpoint = listen(shop, receiver)
    assert endpoint.secret
    shop.pay(capture_method="automatic")
    expected = shop.events()
    received = receiver.wait_for(len(expected))
    assert sorted(one.type for one in received) == sorted(expected)
    for one in received:
        event = one.verified(endpoint.secret)
        known = shop.client.v1.events.retrieve(event.id)
        assert one.event == known.to_dict() | {"pending_webhooks": 1}
        assert one.headers["content-type"] == "application/json; charset=utf-8"
        assert one.headers["user-agent"].startswith("Stripe/1.0")
        with pytest.raises(stripe.SignatureVerificationError):
            one.verified("whsec_another")


def test_the_node_client_takes_it(shop: Shop, receiver: Receiver) -> None:
    endpoint = listen(shop, receiver)
    shop.client.v1.customers.create({"name": "Zoë 🧾"})
    (one,) = receiver.wait_for(1)
    told = {"body": one.body.decode(), "signature": one.headers["stripe-signature"], "secret": endpoint.secret}
    finished = subprocess.run(
        ["node", "--input-type=module", "-e", VERIFY],
        input=json.dumps(told),
        cwd=NODE_CLIENT,
        env=environment() | {"NODE_OPTIONS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (finished.stdout, finished.stderr) == ("customer.created\n", "")


def test_an_endpoint_hears_what_it_asked_for(shop: Shop, receiver: Receiver) -> None:
    listen(shop, receiver, "charge.succeeded", "refund.created", path="/some")
    disabled = listen(shop, receiver, path="/disabled")
    shop.client.v1.webhook_endpoints.update(disabled.id, {"disabled": True})
    shop.client.v1.refunds.create({"payment_intent": shop.pay(capture_method="automatic").id})
    listen(shop, receiver, path="/late")
    happen(shop)
    receiver.wait_for(1, "/late")
    assert sorted(one.type for one in receiver.wait_for(2, "/some")) == ["charge.succeeded", "refund.created"]
    assert receiver.types("/late") == ["customer.created"]
    assert receiver.types("/disabled") == []


@PRIVATE_ON_BOTH
def test_what_is_not_taken_comes_again(private_shop: Shop, receiver: Receiver) -> None:
    """In test mode three times over the course of a few hours; the event counts who has not taken it."""
    shop = private_shop
    endpoint = listen(shop, receiver)
    listen(shop, receiver, path="/other")
    assert endpoint.secret
    receiver.behaviours["/webhook"] = status(500, b"out of order")
    happen(shop)
    receiver.wait_for(1)
    shop.advance()
    assert pending(shop) == [1]
    assert [event.type for event in shop.client.v1.events.list({"delivery_success": False}).data] == [
        "customer.created"
    ]
    assert shop.client.v1.events.list({"delivery_success": True}).data == []
    for seconds, expected in ((240, 1), (60, 2), (1740, 2), (60, 3)):  # a busy machine takes seconds of its own
        shop.advance(seconds=seconds)
        assert len(receiver.at("/webhook")) == expected
    receiver.behaviours.clear()
    shop.advance(seconds=2 * 3600)
    assert len(receiver.at("/webhook")) == 4
    assert pending(shop) == [0]
    shop.advance(days=3)
    assert len(receiver.at("/webhook")) == 4
    assert len(receiver.at("/other")) == 1
    assert shop.client.v1.events.list({"delivery_success": False}).data == []

    assert len({one.event["id"] for one in receiver.at("/webhook")}) == 1
    for one in receiver.at("/webhook"):
        one.verified(endpoint.secret)
    told = [one for one in attempts(shop) if one["webhook_endpoint"] == endpoint.id]
    assert [(one["response_status"], one["response_body"]) for one in told] == [
        *3 * [(500, "out of order")],
        (200, '{"received": true}'),
    ]
    assert {one["status"] for one in told} == {"delivered"}


def test_at_last_it_is_given_up(private_shop: Shop, receiver: Receiver) -> None:
    shop = private_shop
    listen(shop, receiver)
    receiver.behaviours["/webhook"] = status(404)
    happen(shop)
    receiver.wait_for(1)
    for _ in range(4):
        shop.advance(seconds=3 * 3600)
    assert len(receiver.at("/webhook")) == 4
    assert pending(shop) == [1]
    (delivery, *_) = attempts(shop)
    assert (delivery["status"], delivery["next_attempt"]) == ("failed", None)


def test_a_deleted_endpoint_is_left_in_peace_and_a_disabled_one_until_it_is_back(
    private_shop: Shop, receiver: Receiver
) -> None:
    shop = private_shop
    deleted, disabled = (listen(shop, receiver, path=path) for path in ("/deleted", "/disabled"))
    receiver.behaviours |= {"/deleted": status(500), "/disabled": status(500)}
    happen(shop)
    receiver.wait_for(1, "/deleted")
    receiver.wait_for(1, "/disabled")
    endpoints = shop.client.v1.webhook_endpoints
    endpoints.delete(deleted.id)
    endpoints.update(disabled.id, {"disabled": True})
    shop.advance(seconds=300)
    assert len(receiver.received) == 2
    assert pending(shop) == [1]
    endpoints.update(disabled.id, {"disabled": False})
    receiver.behaviours.clear()
    shop.advance(seconds=1800)
    assert len(receiver.at("/disabled")) == 2
    assert len(receiver.at("/deleted")) == 1
    assert pending(shop) == [0]


@pytest.mark.parametrize(
    ("behaviour", "told", "status_told"),
    [
        (silence, "Timed out", None),
        (says(b"SSH-2.0-OpenSSH_9.2\r\n"), "not HTTP", None),
        (says(b""), "Timed out", None),
        (lambda _: None, "closed without an answer", None),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), None, 200),
        (status(301, b"", "Location: /elsewhere"), None, 301),
        (status(307, b"", "Location: /elsewhere"), None, 307),
        (status(204), None, 204),
        (status(200, b"x" * 5_000_000), None, 200),
        (status(200, b"\xff\xfe\x00"), None, 200),
        (says(b"HTTP/1.1 200 OK\r\n" + b"X-Much: y\r\n" * 100_000 + b"\r\n"), "not HTTP", None),
    ],
    ids=["silence", "garbage", "nothing", "closes", "cut", "moved", "redirects", "empty", "huge", "binary", "headers"],
)
def test_receivers_that_misbehave(
    impatient: Shop, receiver: Receiver, behaviour: Behaviour, told: str | None, status_told: int | None
) -> None:
    receiver.behaviours["/webhook"] = behaviour
    endpoint = listen(impatient, receiver)
    happen(impatient)
    receiver.wait_for(1)
    impatient.advance()
    impatient.client.v1.webhook_endpoints.delete(endpoint.id)
    taken = status_told in (200, 204)
    (attempt,) = attempts(impatient)
    assert attempt["response_status"] == status_told
    assert len(attempt["response_body"]) <= 1024
    assert attempt["error"] is None if status_told else (told or "") in attempt["error"]
    assert attempt["status"] == ("delivered" if taken else "pending")
    assert receiver.at("/elsewhere") == []


@pytest.fixture(scope="module")
def impatient_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that waits half a second for receivers."""
    server = Server(tmp_path_factory.mktemp("impatient"), "--webhook-timeout", "0.5")
    yield server
    server.close()
    assert not server.failures()


@pytest.fixture
def impatient(impatient_server: Server, open_shop: OpenShop) -> Shop:
    """A shop on a server that waits half a second for receivers."""
    return open_shop(impatient_server)


def test_nobody_there(impatient: Shop) -> None:
    for url in ("http://127.0.0.1:1/", "https://127.0.0.1:1/", "http://nobody.invalid/"):
        impatient.client.v1.webhook_endpoints.create({"url": url, "enabled_events": ["*"]})
    happen(impatient)
    impatient.advance()
    found = attempts(impatient)
    assert len(found) == 3
    assert all(one["response_status"] is None and one["error"] for one in found)
    assert any("name of the host" in one["error"] for one in found)
    assert pending(impatient) == [3]


def test_nobody_waits_for_somebody_who_is_slow(shop: Shop, receiver: Receiver) -> None:
    let_go = threading.Event()
    receiver.behaviours["/slow"] = held_until(let_go)
    for path in ("/slow", "/quick"):
        listen(shop, receiver, path=path)
    happen(shop, 60)
    assert len(receiver.wait_for(60, "/quick")) == 60
    assert len(receiver.at("/slow")) < 60
    let_go.set()
    receiver.wait_for(60, "/slow")


def test_each_endpoint_is_told_in_its_own_version(shop: Shop, receiver: Receiver) -> None:
    listen(shop, receiver, "payment_intent.succeeded", path="/old", api_version="2022-08-01")
    listen(shop, receiver, "payment_intent.succeeded", path="/new", api_version="2026-10-28.endive")
    shop.pay(capture_method="automatic")
    (old,) = receiver.wait_for(1, "/old")
    (new,) = receiver.wait_for(1, "/new")
    assert (old.event["api_version"], new.event["api_version"]) == ("2022-08-01", "2026-10-28.endive")
    assert old.event["id"] == new.event["id"]
    assert old.event["data"]["object"]["charges"]["data"][0]["object"] == "charge"
    assert "latest_charge" in new.event["data"]["object"]


def test_both_secrets_sign_while_one_replaces_the_other(private_shop: Shop, receiver: Receiver) -> None:
    shop = private_shop
    endpoint = listen(shop, receiver)
    path = f"/opentill/webhook_endpoints/{endpoint.id}/roll_secret"
    rolled = shop.request("POST", path, {"expires_in": "3600"}).json["secret"]
    assert endpoint.secret
    assert rolled != endpoint.secret
    happen(shop)
    (during,) = receiver.wait_for(1)
    assert during.headers["stripe-signature"].count("v1=") == 2
    for secret in (endpoint.secret, rolled):
        assert during.verified(secret).type == "customer.created"
    shop.advance(seconds=3600)
    happen(shop)
    after = receiver.wait_for(2)[1]
    assert after.verified(rolled).type == "customer.created"
    with pytest.raises(stripe.SignatureVerificationError):
        after.verified(endpoint.secret)
    assert shop.request("POST", path, {"expires_in": "86401"}).status == 400


def test_a_platform_hears_of_connected_accounts(shop: Shop, receiver: Receiver) -> None:
    listen(shop, receiver, path="/own")
    listen(shop, receiver, path="/connected", connect=True)
    account = shop.client.v1.accounts.create({"type": "standard"})
    there: Any = {"stripe_account": account.id}
    theirs: Any = {"url": receiver.url("/theirs"), "enabled_events": ["*"]}
    shop.client.v1.webhook_endpoints.create(theirs, there)
    customer = shop.client.v1.customers.create({"name": "Ada"}, there)
    (connected,) = receiver.wait_for(1, "/connected")
    assert connected.event["account"] == account.id
    assert connected.event["data"]["object"]["id"] == customer.id
    receiver.wait_for(1, "/theirs")
    happen(shop)
    (own,) = receiver.wait_for(1, "/own")
    assert "account" not in own.event
    assert len(receiver.at("/connected")) == 1
    shop.request("POST", f"/v1/events/{connected.event['id']}/retry", {"account": account.id})
    receiver.wait_for(2, "/connected")


@ON_BOTH
def test_an_event_can_be_asked_for_again(shop: Shop, receiver: Receiver) -> None:
    first = listen(shop, receiver, path="/first")
    happen(shop)
    (one,) = receiver.wait_for(1, "/first")
    second = listen(shop, receiver, path="/second")
    id = one.event["id"]
    answer = shop.request("POST", f"/v1/events/{id}/retry", {"webhook_endpoint": second.id})
    assert (answer.status, answer.json["id"]) == (200, id)
    (again,) = receiver.wait_for(1, "/second")
    assert again.event["data"] == one.event["data"]
    shop.request("POST", f"/v1/events/{id}/retry")
    receiver.wait_for(2, "/first")
    receiver.wait_for(2, "/second")
    shop.client.v1.webhook_endpoints.update(first.id, {"disabled": True})
    for form in ({"webhook_endpoint": "we_nobody"}, {"webhook_endpoint": first.id}, {"account": "acct_nobody"}):
        assert shop.request("POST", f"/v1/events/{id}/retry", form).status in (400, 404)
    assert shop.request("POST", "/v1/events/evt_nothing/retry").status == 404


def test_a_failed_resend_is_not_repeated(private_shop: Shop, receiver: Receiver) -> None:
    shop = private_shop
    endpoint = listen(shop, receiver)
    happen(shop)
    (one,) = receiver.wait_for(1)
    shop.advance()
    receiver.behaviours["/webhook"] = status(503)
    shop.request("POST", f"/v1/events/{one.event['id']}/retry", {"webhook_endpoint": endpoint.id})
    receiver.wait_for(2)
    for _ in range(3):
        shop.advance(days=1)
    assert len(receiver.at("/webhook")) == 2
    assert pending(shop) == [0]


def test_another_account_sees_nothing_of_it(shop: Shop, open_shop: OpenShop, receiver: Receiver) -> None:
    endpoint = listen(shop, receiver)
    happen(shop)
    (one,) = receiver.wait_for(1)
    stranger = open_shop()
    listen(stranger, receiver, path="/stranger")
    assert attempts(stranger) == []
    for path in (f"/v1/events/{one.event['id']}/retry", f"/opentill/webhook_endpoints/{endpoint.id}/roll_secret"):
        assert stranger.request("POST", path).status == 404
    happen(shop)
    receiver.wait_for(2)
    assert receiver.at("/stranger") == []
