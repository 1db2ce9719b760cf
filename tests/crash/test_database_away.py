"""PostgreSQL goes away under load and comes back; and two servers work on one database at once."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.audit import differences
from tests.crash.mortal import Mortal, shop_on
from tests.crash.runs import EFFORT, LEASE_S, Run, books_of, query_of
from tests.postgres import PostgresServer
from tests.scenarios.shop import Response, Shop

pytestmark = pytest.mark.soak

ROUNDS = 12 * EFFORT


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL that only this test uses, so that it may stop it."""
    server = PostgresServer()
    yield server
    server.close()


def test_the_database_goes_away_and_comes_back(own_postgres: PostgresServer, tmp_path: Path) -> None:
    """503 while it is away, with the word to try again; afterwards everything is there, once."""
    run = Run(tmp_path, 1, own_postgres.database(), patience_s=LEASE_S)
    told = run.told
    try:
        run.server.begin()
        for _ in range(3):
            answered = len(told.answers)
            told.wait(lambda answered=answered: len(told.answers) >= answered + 40)
            own_postgres.stop()
            refused = told.unavailable
            told.wait(lambda refused=refused: told.unavailable >= refused + 20)
            shop = shop_on(run.server, run.key)
            health = shop.request("GET", "/healthz", key=None)
            assert (health.status, health.error["type"]) == (503, "api_error")
            assert shop.request("GET", "/v1/payment_intents").status == 503
            own_postgres.start()
        run.end_well(query_of(run.settings, own_postgres))
    finally:
        run.close()


@pytest.fixture
def pair(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[tuple[Run, Mortal]]:
    """A server with tills on it, and a second server on the same database and keys."""
    database = postgres_server.database()
    run = Run(tmp_path, 2, database, patience_s=LEASE_S)
    second = Mortal(tmp_path, "--database", database)
    run.server.begin()
    second.begin()
    yield run, second
    second.close()
    run.close()


def test_two_servers_on_one_database(pair: tuple[Run, Mortal], postgres_server: PostgresServer) -> None:
    """Captures, cancels, confirmations and refunds of the same payment through both: one of a kind wins."""
    run, second = pair
    first_shop = shop_on(run.server)
    shops = (first_shop, shop_on(second, first_shop.key))
    with ThreadPoolExecutor(8) as pool:
        for number in range(ROUNDS):
            created = first_shop.client.v1.payment_intents.create(
                {
                    "amount": 1000,
                    "currency": "usd",
                    "allowed_payment_method_types": ["card"],
                    "capture_method": "manual",
                }
            )
            path = f"/v1/payment_intents/{created.id}"
            confirm = _at_once(pool, shops, (f"{path}/confirm", {"payment_method": "pm_card_visa"}))
            assert confirm[200] == 1, confirm
            assert confirm.keys() <= {200, 400, 429}, confirm
            ends = _at_once(
                pool, shops, (f"{path}/capture", {"amount_to_capture": 900 - number}), (f"{path}/cancel", {})
            )
            assert ends[200] == 1, ends
            assert ends.keys() <= {200, 400, 429}, ends
            if first_shop.client.v1.payment_intents.retrieve(created.id).status == "succeeded":
                given = _at_once(pool, shops, ("/v1/refunds", {"payment_intent": created.id, "amount": 500}))
                assert given[200] == 1, given
    second.stop()
    assert second.failures() == []
    run.end_well(query_of(run.settings, postgres_server))


def test_one_key_on_two_servers(pair: tuple[Run, Mortal], postgres_server: PostgresServer) -> None:
    """The same request with the same key through both: one payment, and the same bytes for everybody."""
    run, second = pair
    first_shop = shop_on(run.server)
    shops = (first_shop, shop_on(second, first_shop.key))
    form = {"amount": 1000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}
    form |= {"payment_method_types": ["card"]}
    with ThreadPoolExecutor(8) as pool:
        for number in range(ROUNDS):
            headers = {"Idempotency-Key": f"once-{number}"}
            answers = [pool.submit(_until_answered, shop, "/v1/payment_intents", form, headers) for shop in shops * 4]
            assert len({answer.result().body for answer in answers}) == 1
            assert {answer.result().status for answer in answers} == {200}
    assert len(list(first_shop.client.v1.payment_intents.list({"limit": 100}).data)) == ROUNDS
    second.stop()
    run.finish()
    run.settle()
    run.server.stop()
    books = books_of(run.settings, query_of(run.settings, postgres_server))
    assert differences(books) == []


def _at_once(pool: ThreadPoolExecutor, shops: tuple[Shop, Shop], *requests: tuple[str, dict[str, Any]]) -> Counter[int]:
    """Statuses of all requests, each made twice through each shop, at the same time."""
    made: list[Future[Response]] = [
        pool.submit(shop.request, "POST", path, form) for path, form in requests for shop in shops * 2
    ]
    return Counter(answer.result().status for answer in made)


def _until_answered(shop: Shop, path: str, form: dict[str, Any], headers: dict[str, str]) -> Response:
    """The answer, once the same request that another connection has under way is answered."""
    for _ in range(1000):
        response = shop.request("POST", path, form, headers)
        if response.status not in (409, 429):
            return response
    raise AssertionError("never answered")
