"""Two servers on one PostgreSQL deliver what either of them made: once, unless one dies over it."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.postgres import PostgresServer
from tests.scenarios.fixtures import OpenShop
from tests.scenarios.receiver import Receiver, held_until, receiving, status
from tests.scenarios.server import Server
from tests.scenarios.shop import Shop

EVENTS = 40
LEASE_S = 60


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A merchant's server."""
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def servers(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[list[Server]]:
    """Two servers with the same database."""
    options = ("--database", postgres_server.database())
    servers = [Server(tmp_path / "both", *options) for _ in range(2)]
    yield servers
    for server in servers:
        server.close()
        assert not server.failures()


@pytest.fixture
def pair(servers: list[Server], open_shop: OpenShop) -> tuple[Shop, Shop]:
    """One account, asked for at either server."""
    here = open_shop(servers[0])
    here.client.v1.balance.retrieve()  # makes the account
    return here, open_shop(servers[1], here.key)


def listen(shop: Shop, receiver: Receiver) -> None:
    shop.client.v1.webhook_endpoints.create({"url": receiver.url(), "enabled_events": ["*"]})


def test_what_either_makes_arrives_once(pair: tuple[Shop, Shop], receiver: Receiver) -> None:
    here, there = pair
    there.client.v1.customers.create({"name": "before"})  # there it is remembered that nobody listens
    listen(here, receiver)
    for number in range(EVENTS):
        pair[number % 2].client.v1.customers.create({"name": str(number)})
    receiver.wait_for(EVENTS)
    for shop in pair:
        shop.advance()
    assert len(receiver.received) == len({one.event["id"] for one in receiver.received}) == EVENTS
    assert sum(event.pending_webhooks for event in here.client.v1.events.list({"limit": 100}).data) == 0


def test_what_both_find_due_is_delivered_by_one(pair: tuple[Shop, Shop], receiver: Receiver) -> None:
    receiver.behaviours["/webhook"] = status(500)
    listen(pair[0], receiver)
    for number in range(EVENTS):
        pair[number % 2].client.v1.customers.create({"name": str(number)})
    receiver.wait_for(EVENTS)
    for shop in pair:
        shop.advance()
    receiver.behaviours.clear()
    threads = [threading.Thread(target=shop.advance, kwargs={"seconds": 300}) for shop in pair]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for shop in pair:
        shop.advance()
    assert len(receiver.received) == 2 * EVENTS
    assert sum(event.pending_webhooks for event in pair[0].client.v1.events.list({"limit": 100}).data) == 0


def test_what_a_server_died_over_the_other_delivers(
    servers: list[Server], pair: tuple[Shop, Shop], receiver: Receiver
) -> None:
    never = threading.Event()
    receiver.behaviours["/webhook"] = held_until(never)
    here, there = pair
    listen(here, receiver)
    here.client.v1.customers.create({"name": "Ada"})
    receiver.wait_for(1)
    servers[0].kill()
    receiver.behaviours.clear()
    there.advance(seconds=LEASE_S - 10)
    assert len(receiver.received) == 1  # it might still be at it
    there.advance(seconds=20)
    first, again = receiver.wait_for(2)
    never.set()
    assert first.event["id"] == again.event["id"]
    assert there.client.v1.events.list().data[0].pending_webhooks == 0
