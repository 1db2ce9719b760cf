"""The official command line, unmodified, by its `--api-base`: resource commands, and triggers of events.

It is kept from the internet (a proxy that is not there, which loopback addresses do not use) and from the settings of
whoever runs the tests.
"""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from tests.scenarios.shop import Shop

PROGRAM = Path(__file__).parent / "node_modules/@stripe/cli-linux-x64/bin/stripe"
NOWHERE = "http://127.0.0.1:9"  # the discard port (RFC 863)
TIMEOUT_S = 60

Run: TypeAlias = Callable[..., str]


@pytest.fixture
def stripe_cli(shop: Shop, tmp_path: Path) -> Run:
    """Runs `stripe …` for the shop; what it printed. `fails` is the text that it must fail with."""
    # The package has builds for other systems too, but only this one is locked; elsewhere, the one that is installed.
    program = str(PROGRAM) if PROGRAM.exists() else "stripe"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "XDG_CONFIG_HOME": str(tmp_path),
        "STRIPE_CLI_TELEMETRY_OPTOUT": "1",
        "HTTP_PROXY": NOWHERE,
        "HTTPS_PROXY": NOWHERE,
    }

    def run(*arguments: str, fails: str | None = None) -> str:
        finished = subprocess.run(
            [program, *arguments, "--api-base", shop.server.address, "--api-key", shop.key],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=TIMEOUT_S,
            check=False,
        )
        if fails is None:
            assert finished.returncode == 0, finished.stdout
        else:
            assert fails in finished.stdout
        return finished.stdout

    return run


def made(printed: str) -> Any:
    """The object that a command printed."""
    return json.loads(printed)


def test_resource_commands(shop: Shop, stripe_cli: Run) -> None:
    intent = made(
        stripe_cli("payment_intents", "create", "--amount=1000", "--currency=usd", "-d", "metadata[order]=6735")
    )
    assert (intent["status"], intent["metadata"]) == ("requires_payment_method", {"order": "6735"})
    paid = made(stripe_cli("payment_intents", "confirm", intent["id"], "--payment-method=pm_card_visa"))
    assert (paid["id"], paid["status"]) == (intent["id"], "succeeded")
    assert made(stripe_cli("payment_intents", "retrieve", intent["id"])) == paid
    listed = made(stripe_cli("payment_intents", "list", "--limit=3"))
    assert [each["id"] for each in listed["data"]] == [intent["id"]]
    refund = made(stripe_cli("refunds", "create", f"--payment-intent={intent['id']}", "--amount=400"))
    assert (refund["amount"], refund["status"]) == (400, "succeeded")
    assert shop.client.v1.payment_intents.retrieve(intent["id"]).amount_received == 1000


def test_get_post_and_delete(stripe_cli: Run) -> None:
    customer = made(stripe_cli("post", "/v1/customers", "-d", "name=Jenny Rosen", "-d", "address[country]=US"))
    assert customer["address"]["country"] == "US"
    assert made(stripe_cli("get", customer["id"])) == customer
    assert made(stripe_cli("get", "/v1/customers", "--limit", "1"))["data"] == [customer]
    changed = made(stripe_cli("customers", "update", customer["id"], "--description=regular"))
    assert changed["description"] == "regular"
    deleted = made(stripe_cli("delete", f"/v1/customers/{customer['id']}", "--confirm"))
    assert deleted == {"id": customer["id"], "object": "customer", "deleted": True}


def test_a_reader(shop: Shop, stripe_cli: Run) -> None:
    address = {
        "line1": "1 Main Street",
        "city": "San Francisco",
        "state": "CA",
        "postal_code": "94111",
        "country": "US",
    }
    fields = [part for name, value in address.items() for part in ("-d", f"address[{name}]={value}")]
    location = made(stripe_cli("terminal", "locations", "create", "--display-name=Counter", *fields))
    reader = made(
        stripe_cli(
            "terminal", "readers", "create", "--registration-code=simulated-s700", f"--location={location['id']}"
        )
    )
    intent = made(
        stripe_cli(
            *("payment_intents", "create", "--amount=1000", "--currency=usd", "--capture-method=manual"),
            *("-d", "payment_method_types[]=card_present"),
        )
    )
    path = f"/v1/terminal/readers/{reader['id']}/process_payment_intent"
    assert made(stripe_cli("post", path, "-d", f"payment_intent={intent['id']}"))["action"]["status"] == "in_progress"
    stripe_cli("post", f"/v1/test_helpers/terminal/readers/{reader['id']}/present_payment_method")
    captured = made(stripe_cli("payment_intents", "capture", intent["id"]))
    assert captured["status"] == "succeeded"


def test_errors_are_shown(stripe_cli: Run) -> None:
    stripe_cli("payment_intents", "retrieve", "pi_unknown", fails="No such payment_intent: 'pi_unknown'")
    stripe_cli("get", "/v1/nothing", fails="Unrecognized request URL (GET: /v1/nothing)")
    stripe_cli("payment_intents", "create", "--amount=1", "--currency=usd", fails="Amount must be at least $0.50 usd")


@pytest.mark.parametrize(
    "type",
    [
        "balance.available",
        "charge.captured",
        "charge.failed",
        "charge.refund.updated",
        "charge.refunded",
        "charge.succeeded",
        "checkout.session.completed",
        "checkout.session.expired",
        "customer.created",
        "customer.deleted",
        "customer.updated",
        "payment_intent.amount_capturable_updated",
        "payment_intent.canceled",
        "payment_intent.created",
        "payment_intent.payment_failed",
        "payment_intent.requires_action",
        "payment_intent.succeeded",
        "payment_method.attached",
        "payment_method.detached",
        "payment_method.updated",
        "price.created",
        "price.updated",
        "product.created",
        "product.deleted",
        "product.updated",
        "setup_intent.canceled",
        "setup_intent.created",
        "setup_intent.requires_action",
        "setup_intent.setup_failed",
        "setup_intent.succeeded",
    ],
)
def test_triggers(shop: Shop, stripe_cli: Run, type: str) -> None:
    assert "Trigger succeeded!" in stripe_cli("trigger", type)
    assert type in shop.events()


def test_a_trigger_of_a_connected_account(shop: Shop, stripe_cli: Run) -> None:
    """The account that it makes and changes has the event; its platform sees it there."""
    assert "Trigger succeeded!" in stripe_cli("trigger", "account.updated")
    (account,) = shop.client.v1.accounts.list().data
    events = shop.client.v1.events.list({}, {"stripe_account": account.id})
    assert "account.updated" in [event.type for event in events]


def test_triggers_of_what_is_not_there(stripe_cli: Run) -> None:
    """An honest failure: nothing pretends to have happened."""
    printed = stripe_cli("trigger", "coupon.created", fails="Unrecognized request URL (POST: /v1/coupons)")
    assert "Trigger succeeded!" not in printed


def test_more_of_a_trigger(shop: Shop, stripe_cli: Run) -> None:
    """Fixtures can be changed on the command line."""
    stripe_cli("trigger", "payment_intent.succeeded", "--override", "payment_intent:amount=4711")
    (intent,) = shop.client.v1.payment_intents.list().data
    assert (intent.amount, intent.status) == (4711, "succeeded")
