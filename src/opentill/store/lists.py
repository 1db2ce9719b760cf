"""The SQL of lists and searches, for both databases.

`Dialect` holds what differs. The rest is the same text with other parameter marks: SQLite's ?1, PostgreSQL's $1.
"""

from collections.abc import Sequence
from typing import Any, Literal, Protocol

from opentill.ports.store import Condition, Query, Stored, Term
from opentill.store.rows import COLUMNS, Table, storable

LOWEST, HIGHEST = -(2**63), 2**63 - 1
MERGED_MAX = 50  # values of a condition for each of which a list of its own is read


class Parameters:
    """The values of a statement's parameters, in the order of their marks."""

    __slots__ = ("mark", "values")

    def __init__(self, mark: Literal["?", "$"]) -> None:
        self.mark = mark
        self.values: list[Any] = []

    def add(self, value: Any) -> str:
        """The mark of a further parameter.

        A number beyond what a column can hold becomes the nearest it can, and compares with all of them the same.
        """
        if isinstance(value, int):
            value = min(max(value, LOWEST), HIGHEST)
        elif self.mark == "$" and isinstance(value, str):
            value = storable(value)
        self.values.append(value)
        return f"{self.mark}{len(self.values)}"


class Dialect(Protocol):
    """What the databases say differently."""

    mark: Literal["?", "$"]

    def livemode(self, filtered: bool) -> str:
        """The column `livemode`; `filtered` if the list is also restricted by a column with an index."""
        ...

    def starts_with(self, column: str, mark: str, length: int) -> str:
        """That a text column begins with the parameter, a text of `length` characters."""
        ...

    def matches(self, term: Term, parameters: Parameters) -> str:
        """That the body matches `term`, its negation left aside; true or false, never null."""
        ...


def page_statement(
    dialect: Dialect,
    table: Table,
    account: str,
    livemode: bool,
    conditions: Sequence[Condition],
    *,
    limit: int,
    starting_after: Stored[Any, Any] | None = None,
    ending_before: Stored[Any, Any] | None = None,
) -> tuple[str, list[Any]]:
    """A list's statement and parameters: newest first, or oldest first if it is to end before an object.

    It gives one row more than `limit` if there is more in that direction. Raises ValueError for a column that the
    kind does not have.
    """
    parameters = Parameters(dialect.mark)
    merged = next((condition for condition in conditions if _merges(condition)), None)
    filtered = merged is not None or any(one.op == "=" and one.column != "created" for one in conditions)
    where = _scope(dialect, parameters, account, livemode, filtered)
    where += [_condition(dialect, table, parameters, one) for one in conditions if one is not merged]
    if starting_after is not None:
        where.append(_beyond(table, parameters, starting_after, "<"))
    if ending_before is not None:
        where.append(_beyond(table, parameters, ending_before, ">"))
    newest_first = ending_before is None
    if merged is None:
        return _select(table, where, limit, newest_first=newest_first), parameters.values
    column = table.column(merged.column)
    lists = [
        _select(table, [*where, f"{column} = {parameters.add(value)}"], limit, newest_first=newest_first, seq=True)
        for value in dict.fromkeys(merged.value)
    ]
    together = " UNION ALL ".join(f"SELECT * FROM ({one}) AS one_value" for one in lists)
    order = _order(newest_first, limit)
    return f"SELECT {COLUMNS} FROM ({together}) AS values_together {order}", parameters.values


def narrowing_statement(dialect: Dialect, table: Table, account: str, condition: Condition) -> tuple[str, list[Any]]:
    """The statement and parameters that give the values in the database that begin as a "prefix" condition says.

    It goes from value to value through the column's index and gives one more than `MERGED_MAX` if there are more.
    """
    parameters = Parameters(dialect.mark)
    column, mark = table.column(condition.column), parameters.add(condition.value)
    owner = parameters.add(account)
    matches = dialect.starts_with("value", mark, len(condition.value))
    return (
        f"WITH RECURSIVE found(value) AS ("
        f"SELECT min({column}) FROM {table.name} WHERE account = {owner} AND {column} >= {mark} "
        f"UNION ALL SELECT (SELECT min({column}) FROM {table.name} WHERE account = {owner} AND {column} > found.value) "
        f"FROM found WHERE {matches}) SELECT value FROM found WHERE {matches} LIMIT {MERGED_MAX + 1}"
    ), parameters.values


def narrowed(conditions: Sequence[Condition], condition: Condition, values: Sequence[Any]) -> Sequence[Condition]:
    """The conditions with the "prefix" one replaced by the values it stands for, if they are few enough."""
    if len(values) > MERGED_MAX:
        return conditions
    exact = Condition(condition.column, "in", tuple(values))
    return [exact if one is condition else one for one in conditions]


def _merges(condition: Condition) -> bool:
    """Whether the list is put together from one list for each value.

    Each of them is read from its index, newest first, as far as needed. The database's own ways are to read all of
    them and sort, or to go through the whole list in search of a match: either can be a million rows.
    """
    return condition.op == "in" and condition.column != "created" and 1 < len(condition.value) <= MERGED_MAX


def waiting_statement(table: Table, column: str, by: str) -> str:
    """The statement that gives the values of `by` of which there is anything with a value in `column`.

    It goes from value to value through the index over (`by`, `column`), however many rows each has.
    """
    name, column, by = table.name, table.column(column), table.column(by)
    return (
        f"WITH RECURSIVE waiting(value) AS ("
        f"SELECT min({by}) FROM {name} WHERE {column} IS NOT NULL "
        f"UNION ALL SELECT (SELECT min({by}) FROM {name} WHERE {column} IS NOT NULL AND {by} > waiting.value) "
        f"FROM waiting WHERE waiting.value IS NOT NULL) SELECT value FROM waiting WHERE value IS NOT NULL"
    )


def search_statement(
    dialect: Dialect,
    table: Table,
    account: str,
    livemode: bool,
    query: Query,
    conditions: Sequence[Condition],
    *,
    limit: int,
    after: Stored[Any, Any] | None,
) -> tuple[str, list[Any]]:
    """A search's statement and parameters; it gives one row more than `limit` if there is more."""
    parameters = Parameters(dialect.mark)
    where = _scope(dialect, parameters, account, livemode, False)
    where += [_condition(dialect, table, parameters, condition) for condition in conditions]
    if after is not None:
        where.append(_beyond(table, parameters, after, "<"))
    terms: list[str] = []
    for term in query.terms:
        matches = dialect.matches(term, parameters)
        terms.append(f"NOT ({matches})" if term.negated else matches)
    if terms:
        where.append(f"({f' {query.join.upper()} '.join(terms)})")
    return _select(table, where, limit, newest_first=True), parameters.values


def number(term: Term) -> int:
    """What a comparing term compares with. Raises ValueError if that is not an integer."""
    if not isinstance(term.value, int):
        raise ValueError(f"{term.op} compares with an integer")  # noqa: TRY004 - the value is wrong for the operator
    return term.value


def _scope(dialect: Dialect, parameters: Parameters, account: str, livemode: bool, filtered: bool) -> list[str]:
    return [
        f"account = {parameters.add(account)}",
        f"{dialect.livemode(filtered)} = {parameters.add(livemode)}",
    ]


def _condition(dialect: Dialect, table: Table, parameters: Parameters, condition: Condition) -> str:
    column = table.column(condition.column)
    if condition.op == "in":
        marks = [parameters.add(value) for value in condition.value]
        return f"{column} IN ({', '.join(marks)})" if marks else "1 = 0"
    if condition.op == "prefix":
        return dialect.starts_with(column, parameters.add(condition.value), len(condition.value))
    if condition.op == "null":
        return f"{column} IS NULL"
    return f"{column} {condition.op} {parameters.add(condition.value)}"


def _beyond(table: Table, parameters: Parameters, cursor: Stored[Any, Any], side: Literal["<", ">"]) -> str:
    """Beyond the cursor in the order of (created, seq); if it is gone by now, beyond everything as old as it."""
    created = parameters.add(cursor.created)
    seq = (
        f"SELECT seq FROM {table.name} WHERE account = {parameters.add(cursor.account)} "
        f"AND id = {parameters.add(cursor.id)}"
    )
    gone = 0 if side == "<" else HIGHEST
    return f"(created, seq) {side} ({created}, coalesce(({seq}), {gone}))"


def _select(table: Table, where: Sequence[str], limit: int, *, newest_first: bool, seq: bool = False) -> str:
    columns = f"{COLUMNS}, seq" if seq else COLUMNS
    return f"SELECT {columns} FROM {table.name} WHERE {' AND '.join(where)} {_order(newest_first, limit)}"


def _order(newest_first: bool, limit: int) -> str:
    order = "created DESC, seq DESC" if newest_first else "created, seq"
    return f"ORDER BY {order} LIMIT {limit + 1:d}"
