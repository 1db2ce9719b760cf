"""Card numbers go in and never come out: not in the database's files, the logs, or an answer, in any spelling."""

import asyncio
import base64
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tests.scenarios import buyer
from tests.scenarios.fixtures import OpenShop, StartServer
from tests.scenarios.shop import Response, Shop

# A number that the token in a guide stands for, those that are typed in, and wrong ones, which are cards too.
BY_TOKEN = "4242424242424242"
TYPED = ("5555555555554444", "378282246310005", "4000000000009995", "4000002760003184")
WRONG = ("4242424242424241", "4532015112830366", "5425233430109903")
NUMBERS = (BY_TOKEN, *TYPED, *WRONG)


def spellings(number: str) -> Iterator[bytes]:
    """A number as it might stand somewhere: plain, grouped, or encoded."""
    grouped = [number[start : start + 4] for start in range(0, len(number), 4)]
    texts = [number, " ".join(grouped), "-".join(grouped), "+".join(grouped), "%20".join(grouped)]
    for text in texts:
        yield text.encode()
    yield number.encode("utf-16-le")
    yield number.encode().hex().encode()
    yield base64.b64encode(number.encode())[:16]
    yield int(number).to_bytes(8)
    yield bytes.fromhex(number + "f" * (len(number) % 2))  # packed decimal, as in messages to an acquirer


FORBIDDEN = {spelling: number for number in NUMBERS for spelling in spellings(number)}


def found(where: str, content: bytes) -> list[str]:
    """Which numbers stand in `content`; they are told by their last digits."""
    return [f"…{number[-4:]} in {where}" for spelling, number in FORBIDDEN.items() if spelling in content]


def use_cards(shop: Shop) -> Iterable[Response]:
    """Card numbers by every way there is into the server, right and wrong; what was answered."""
    expiry = {"exp_month": 12, "exp_year": 2034, "cvc": "737"}
    intent = {"amount": 1000, "currency": "usd"}

    def post(path: str, form: Any, **headers: str) -> Response:
        return shop.request("POST", path, form, headers)

    yield post("/v1/payment_intents", intent | {"payment_method": "pm_card_visa", "confirm": True})
    for number in NUMBERS:
        card = expiry | {"number": number}
        typed = intent | {"confirm": True, "payment_method_data": {"type": "card", "card": card}}
        grouped = " ".join(number[start : start + 4] for start in range(0, len(number), 4))
        # The right way, with a key, and again.
        for _ in range(2):
            yield post("/v1/payment_intents", typed, **{"Idempotency-Key": f"order-{number[-5:]}"})
        yield post("/v1/payment_methods", {"type": "card", "card": card | {"number": grouped}})
        yield post("/v1/tokens", {"card": card})
        # Where it does not belong: it is repeated to nobody.
        yield post("/v1/payment_intents", intent | {"amount": number})
        yield post("/v1/payment_intents", intent | {"number": number})
        yield post("/v1/payment_intents", intent | {number: "1"})
        yield post("/v1/payment_intents", intent | {"currency": number})
        yield post("/v1/payment_intents", intent | {"capture_method": grouped})
        yield post("/v1/payment_intents", intent | {"payment_method": number})
        yield post("/v1/payment_intents", intent | {"customer": number})
        yield post("/v1/payment_intents", intent | {"payment_method_data": {"type": "card", "card": number}})
        yield post("/v1/payment_intents", intent | {"payment_method_data": {"type": number, "card": card}})
        yield post("/v1/payment_intents", intent | {"payment_method_data": {"type": "card", "card": [number]}})
        yield post(
            "/v1/payment_intents", intent | {"payment_method_data": {"type": "card", "card": card | {"cvc": number}}}
        )
        yield post("/v1/payment_intents", intent | {"expand": [number]})
        yield shop.request("GET", f"/v1/payment_intents/{number}")
        yield shop.request("GET", f"/v1/{number}")
        yield shop.request("GET", f"/{number}", key=None)
        yield shop.request("GET", f"/v1/payment_intents?limit={number}")
        yield shop.request("GET", f"/v1/payment_intents?starting_after={number}")
        yield shop.request("GET", f"/v1/payment_intents?{number}=1")
        yield shop.request("GET", f"/v1/payment_intents/search?query={number}")
        yield shop.request("GET", "/v1/payment_intents", headers={"Stripe-Version": number})
        yield shop.request("GET", "/v1/payment_intents", key=number)
    yield from use_cards_on_pages(shop)
    yield shop.request("GET", "/v1/payment_intents?limit=100&expand[]=data.latest_charge&expand[]=data.payment_method")
    yield shop.request("GET", "/v1/events?limit=100")
    yield shop.request("GET", "/v1/charges?limit=100")


def use_cards_on_pages(shop: Shop) -> Iterable[Response]:
    """The same on the pages of Checkout Sessions: in the right field, and wherever else somebody may paste it."""
    for number in NUMBERS:
        form = {"mode": "setup", "currency": "usd", "success_url": "https://shop.example/"}
        made = shop.request("POST", "/v1/checkout/sessions", form)
        yield made
        url = made.json["url"]
        for field in ("cardCvc", "cardExpiry", "billingCountry"):
            yield buyer.submit(url, **{field: number})
        yield buyer.ask(f"{url}{number}")
        yield buyer.submit(f"{url}{number}", number)
        yield buyer.submit(url, number, cardCvc="737")
        yield buyer.submit(url, number, cardCvc="737")


def in_sqlite(directory: Path) -> Iterator[tuple[str, bytes]]:
    """Every value of every table; the files themselves hold them in pages, which may cut a value in two."""
    for path in directory.glob("*.sqlite3"):
        with sqlite3.connect(path) as database:
            for (table,) in database.execute("select name from sqlite_master where type = 'table'").fetchall():
                for row in database.execute(f'select * from "{table}"'):
                    yield f"{path.name} {table}", b"\n".join(_bytes(value) for value in row)
        database.close()


async def in_postgres(url: str) -> list[tuple[str, bytes]]:
    """Every value of every table."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch("select tablename from pg_tables where schemaname = 'public'")
        return [
            (table, b"\n".join(_bytes(value) for value in row))
            for (table,) in tables
            for row in await connection.fetch(f'select * from "{table}"')
        ]
    finally:
        await connection.close()


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_no_number_is_found_anywhere(private_server: StartServer, open_shop: OpenShop, database: str) -> None:
    server = private_server(database)
    shop = open_shop(server)
    answers = list(use_cards(shop))
    assert sum(answer.status == 200 for answer in answers) > len(TYPED)
    assert max(answer.status for answer in answers) < 500
    leaks = [leak for answer in answers for leak in found(f"an answer ({answer.status})", answer.body)]
    leaks += [leak for answer in answers for leak in found("a header", repr(answer.headers).encode())]

    rows: list[tuple[str, bytes]] = []
    if database == "postgres":
        rows = asyncio.run(in_postgres(server.options[1]))
    # As it lies there while the server runs, with the journals, and when it has stopped and everything is in its place.
    files = [path for path in server.data_directory.rglob("*") if path.is_file()]
    leaks += [leak for path in files for leak in found(path.name, path.read_bytes())]
    server.stop()
    files = [path for path in server.data_directory.rglob("*") if path.is_file()]
    leaks += [leak for path in files for leak in found(f"{path.name} at rest", path.read_bytes())]
    rows += in_sqlite(server.data_directory)
    assert len({where for where, _ in rows}) > 10
    leaks += [leak for where, content in rows for leak in found(where, content)]
    leaks += found("the log", "".join(server.log).encode())
    assert not leaks, "\n".join(sorted(set(leaks)))

    # What is kept of a card after its payment does not hold its verification code, sealed or not.
    cards = [content for where, content in rows if where.endswith("cards")]
    assert cards
    assert any(b'"verification":null' in content for content in cards)


def test_the_search_would_find_one(tmp_path: Path) -> None:
    """So that the test above cannot pass for want of looking."""
    with sqlite3.connect(tmp_path / "leak.sqlite3") as database:
        database.execute("create table notes (text)")
        database.execute("insert into notes values (?)", ("paid with 5555 5555 5555 4444",))
    database.close()
    assert [leak for where, content in in_sqlite(tmp_path) for leak in found(where, content)] == [
        "…4444 in leak.sqlite3 notes"
    ]
