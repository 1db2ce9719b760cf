"""Every look-up of the real kinds goes through an index, whatever the size of the table.

SQLite has no statistics, so its plans depend on the schema alone and are the same in every database. PostgreSQL has
the same indexes and chooses by what it knows of the data.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import pytest

from opentill.ports.store import Condition, Kind, Stored
from opentill.services.kinds import ATTEMPTS, CARDS, DELIVERIES, IDEMPOTENCY_KEYS, KINDS
from opentill.store.lists import narrowing_statement, page_statement, waiting_statement
from opentill.store.migrations import scripts
from opentill.store.rows import Table
from opentill.store.sqlite_dialect import SqliteDialect

COLUMNS = [(kind, column) for kind in KINDS for column in kind.columns]
LISTED = [kind for kind in KINDS if kind not in (ATTEMPTS, CARDS, IDEMPOTENCY_KEYS)]
DUE = {"due", "capture_before", "available_on", "silent_on"}


def named(value: object) -> str | None:
    """How a kind is called in a test's name."""
    return value.table if isinstance(value, Kind) else None


@pytest.fixture(scope="module")
def connection() -> Iterator[sqlite3.Connection]:
    """An empty database with the schema."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for migration in scripts("sqlite"):
            connection.executescript(migration.sql)
        yield connection


def plan(connection: sqlite3.Connection, sql: str, values: Sequence[Any]) -> list[str]:
    """What SQLite would do, step by step."""
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)]


def is_direct(steps: list[str], table: str) -> bool:
    """Whether the rows come from an index, in its order."""
    reads = [step for step in steps if f" {table} " in step or step.endswith(f" {table}")]
    return (
        bool(reads) and all(step.startswith("SEARCH") for step in reads) and not any("TEMP" in step for step in steps)
    )


@pytest.mark.parametrize("kind", LISTED, ids=named)
@pytest.mark.parametrize("cursor", ["", "starting_after", "ending_before"])
def test_a_list_is_read_in_its_order(connection: sqlite3.Connection, kind: Kind[Any, Any], cursor: str) -> None:
    there: Stored[Any, Any] = Stored(kind, "acct", False, "x", 1, 1, None, None)
    cursors: dict[str, Any] = {cursor: there} if cursor else {}
    statement = page_statement(SqliteDialect(), Table(kind), "acct", False, [], limit=10, **cursors)
    assert is_direct(plan(connection, *statement), kind.table)


@pytest.mark.parametrize(("kind", "column"), [one for one in COLUMNS if one[1] not in DUE], ids=named)
def test_a_list_by_a_column_is_read_in_its_order(
    connection: sqlite3.Connection, kind: Kind[Any, Any], column: str
) -> None:
    statement = page_statement(SqliteDialect(), Table(kind), "acct", False, [Condition(column, "=", "x")], limit=10)
    steps = plan(connection, *statement)
    assert is_direct(steps, kind.table)
    assert f"{kind.table}_by_{column}" in steps[0]


@pytest.mark.parametrize(
    ("kind", "column"), [one for one in COLUMNS if one[1] in DUE and one[0] is not DELIVERIES], ids=named
)
def test_what_is_due_is_read_in_its_order(connection: sqlite3.Connection, kind: Kind[Any, Any], column: str) -> None:
    sql = f"SELECT body FROM {kind.table} WHERE {column} <= ? ORDER BY {column}, seq LIMIT ?"
    assert is_direct(plan(connection, sql, (1, 1)), kind.table)


def test_deliveries_that_are_due_are_read_by_their_endpoint(connection: sqlite3.Connection) -> None:
    table = Table(DELIVERIES)
    steps = plan(connection, waiting_statement(table, "due", "endpoint"), ())
    reads = [step for step in steps if f" {table.name} " in step]
    assert len(reads) == 2
    assert all(step.startswith("SEARCH") and "by_due" in step for step in reads)
    sql = f"SELECT body FROM {table.name} WHERE endpoint = ? AND due <= ? ORDER BY due, seq LIMIT ?"
    assert is_direct(plan(connection, sql, ("we_1", 1, 1)), table.name)


@pytest.mark.parametrize("op", ["in", "narrow"])
def test_several_types_of_events_are_read_from_their_lists(connection: sqlite3.Connection, op: str) -> None:
    events = Table(next(kind for kind in KINDS if kind.table == "events"))
    if op == "in":
        condition = Condition("type", "in", ("a", "b"))
        statement = page_statement(SqliteDialect(), events, "acct", False, [condition], limit=10)
    else:
        statement = narrowing_statement(SqliteDialect(), events, "acct", Condition("type", "prefix", "a."))
    reads = [step for step in plan(connection, *statement) if " events " in step]
    assert len(reads) == 2
    assert all("events_by_type (account=? AND type" in step for step in reads)
