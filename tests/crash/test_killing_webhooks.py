"""Whenever the server is killed, no event is lost: the endpoint is told of each, some of them once more than needed.

A till makes customers while the server dies again and again: in front of the commit that makes an event and its
delivery, after it, in front of the record of the delivery and after that, or between two statements.
"""

import signal
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest
import stripe
from tests.crash.mortal import Mortal, shop_on
from tests.crash.runs import EFFORT, LEASE_S
from tests.postgres import PostgresServer
from tests.scenarios.receiver import receiving, status

pytestmark = pytest.mark.soak

DEATHS = 6
FAMILIES = {"commit": 24, "statement": 60, "outside": 8}


def until_it_dies(server: Mortal, make: Any) -> None:
    """Call `make` until the server is gone."""
    try:
        while True:
            make()
    except stripe.APIConnectionError:
        assert server.end() == -signal.SIGKILL, "".join(server.log[-20:])


def tell_through_deaths(directory: Path, seed: int, families: list[str], *options: str) -> None:
    random = Random(f"webhooks {seed}")
    server = Mortal(directory, *options)
    try:
        with receiving() as receiver:
            server.begin()
            shop = shop_on(server, f"sk_test_webhooks{seed:08}")
            endpoint: Any = {"url": receiver.url(), "enabled_events": ["customer.created"]}
            shop.client.v1.webhook_endpoints.create(endpoint)
            server.signal(signal.SIGKILL)
            server.end()
            made: list[str] = []

            def make() -> None:
                """A customer, under a key: what was cut off is answered when it is asked again."""
                key: Any = {"idempotency_key": f"{seed}-{len(made)}"}
                made.append(shop.client.v1.customers.create({"name": str(len(made))}, key).id)

            for _ in range(DEATHS):
                family = random.choice(families)
                receiver.behaviours["/webhook"] = status(random.choice([200, 200, 200, 500]))
                server.begin(family=family, nth=random.randint(1, FAMILIES[family]))
                until_it_dies(server, make)
            receiver.behaviours.clear()
            server.begin()
            make()
            for _ in range(3):
                shop.advance(seconds=max(LEASE_S, 1800))
            happened = list(shop.client.v1.events.list({"limit": 100}).auto_paging_iter())
            told = Counter(one.event["id"] for one in receiver.received)
            assert [event.data.object["id"] for event in reversed(happened)] == made
            assert {event.id for event in happened} == told.keys()
            assert {event.pending_webhooks for event in happened} == {0}
            assert max(told.values()) <= 2 + DEATHS
            assert server.failures() == []
            server.stop()
    finally:
        server.close()


@pytest.mark.parametrize("seed", range(4 * EFFORT), ids=lambda seed: f"sqlite-{seed}")
def test_killed_on_sqlite(seed: int, tmp_path: Path) -> None:
    tell_through_deaths(tmp_path / "data", seed, list(FAMILIES))


@pytest.mark.parametrize("seed", range(2 * EFFORT), ids=lambda seed: f"postgres-{seed}")
def test_killed_on_postgres(seed: int, tmp_path: Path, postgres_server: PostgresServer) -> None:
    options = ("--database", postgres_server.database())
    tell_through_deaths(tmp_path / "data", seed, ["commit", "outside"], *options)
