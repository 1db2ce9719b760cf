"""A database with many PaymentIntents in it: what one real request wrote, over and over under other ids.

Written straight into the file, with the statements and the ids that the product uses, because a million requests
would take an hour.
"""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import requests, servers
from opentill.domain.ids import new_id

_TABLES = {"payment_intents": "pi", "events": "evt"}
_APART_MS = 50


def fill(directory: Path, count: int) -> None:
    """Fill the database of an installation in `directory` (made if need be) with `count` PaymentIntents."""
    with servers.opentill_up(directory) as server:
        connection = servers.connect(server)
        connection.request(
            "POST",
            "/v1/payment_intents",
            requests.CREATE,
            {"authorization": "Bearer sk_test_bench", "content-type": "application/x-www-form-urlencoded"},
        )
        connection.getresponse().read()
        connection.close()
    database = sqlite3.connect(directory / "opentill.sqlite3", isolation_level=None)
    database.row_factory = sqlite3.Row
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA cache_size = -400000")
    intent: str = database.execute("SELECT id FROM payment_intents").fetchone()[0]
    for table, prefix in _TABLES.items():
        row = dict(database.execute(f"SELECT * FROM {table} ORDER BY seq LIMIT 1").fetchone())
        del row["seq"]
        columns = ", ".join(row)
        marks = ", ".join("?" for _ in row)
        database.execute("BEGIN")
        database.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", _copies(row, prefix, intent, count))
        database.execute("COMMIT")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()


def _copies(row: dict[str, Any], prefix: str, intent: str, count: int) -> Iterator[tuple[Any, ...]]:
    """Rows like `row`, each older by a moment than what comes after it, up to the present."""
    first_ms = row["created"] * 1000 - count * _APART_MS
    for number in range(count):
        now_ms = first_ms + number * _APART_MS
        id = new_id(prefix, now_ms)
        body = row["body"].replace(row["id"].encode(), id.encode())
        if prefix != "pi":
            body = body.replace(intent.encode(), new_id("pi", now_ms).encode())
        yield tuple((row | {"id": id, "created": now_ms // 1000, "body": body}).values())
