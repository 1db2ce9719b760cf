"""Two servers on one PostgreSQL: each decides by what is there, whatever it saw or did itself before."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import stripe
from tests.postgres import PostgresServer
from tests.scenarios.fixtures import OpenShop
from tests.scenarios.server import Server
from tests.scenarios.shop import Shop


@pytest.fixture(scope="module")
def servers(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """Two servers with the same database, keys and acquirer."""
    directory: Path = tmp_path_factory.mktemp("two")
    options = ("--database", postgres_server.database())
    servers = [Server(directory, *options) for _ in range(2)]
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


def test_a_payment_wanders_between_servers(pair: tuple[Shop, Shop]) -> None:
    here, there = pair
    for first, second in (pair, pair[::-1]):
        intent = first.client.v1.payment_intents.create(
            {"amount": 1000, "currency": "usd", "capture_method": "manual", "payment_method": "pm_card_visa"}
        )
        assert second.client.v1.payment_intents.confirm(intent.id).status == "requires_capture"
        assert first.client.v1.payment_intents.capture(intent.id).amount_received == 1000
        assert second.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    [one, other] = [shop.client.v1.balance.retrieve().pending[0].amount for shop in pair]
    assert one == other > 0
    assert here.events() == there.events()


def test_what_the_other_ended_is_not_confirmed_or_captured(pair: tuple[Shop, Shop]) -> None:
    here, there = pair
    canceled = here.client.v1.payment_intents.create(
        {"amount": 1000, "currency": "usd", "payment_method": "pm_card_visa"}
    )
    there.client.v1.payment_intents.cancel(canceled.id)
    with pytest.raises(stripe.InvalidRequestError, match="canceled"):
        here.client.v1.payment_intents.confirm(canceled.id)
    assert here.holdings(canceled.id) == []

    held = here.hold(1000)
    there.client.v1.payment_intents.capture(held.id, {"amount_to_capture": 600})
    with pytest.raises(stripe.InvalidRequestError, match=r"already been captured|succeeded"):
        here.client.v1.payment_intents.capture(held.id)
    assert here.charge(held).amount_captured == 600

    released = here.hold(1000)
    there.client.v1.payment_intents.cancel(released.id)
    with pytest.raises(stripe.InvalidRequestError, match="canceled"):
        here.client.v1.payment_intents.capture(released.id)


def test_what_the_other_changed_is_what_is_paid(pair: tuple[Shop, Shop]) -> None:
    here, there = pair
    intent = here.client.v1.payment_intents.create(
        {"amount": 1000, "currency": "usd", "capture_method": "manual", "payment_method": "pm_card_visa"}
    )
    there.client.v1.payment_intents.update(intent.id, {"amount": 2500, "payment_method": "pm_card_mastercard"})
    confirmed = here.client.v1.payment_intents.confirm(intent.id)
    assert confirmed.amount_capturable == 2500
    details = here.charge(confirmed).payment_method_details
    assert details is not None
    assert details.card is not None
    assert details.card.brand == "mastercard"


def test_a_card_or_customer_that_the_other_let_go_is_not_used(pair: tuple[Shop, Shop]) -> None:
    here, there = pair
    customer = here.client.v1.customers.create({"name": "Ada"})
    method = here.client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    intent = here.client.v1.payment_intents.create(
        {"amount": 1000, "currency": "usd", "customer": customer.id, "payment_method": method.id}
    )
    there.client.v1.payment_methods.detach(method.id)
    with pytest.raises(stripe.InvalidRequestError, match="may not be used"):
        here.client.v1.payment_intents.confirm(intent.id)
    there.client.v1.customers.delete(customer.id)
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        here.client.v1.payment_intents.create({"amount": 1000, "currency": "usd", "customer": customer.id})
