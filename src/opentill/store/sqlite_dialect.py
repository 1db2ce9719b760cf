"""What SQLite says in its own way (see lists.py)."""

import re
from typing import Any, Literal

from opentill.ports.store import Term
from opentill.store.lists import Parameters, number

_PLAIN_KEY = re.compile(r'[^"\\\x00-\x1f]*')


class SqliteDialect:
    """`lists.Dialect` for SQLite 3.38 and later; `lower` is registered with each connection."""

    mark: Literal["?", "$"] = "?"

    def livemode(self, filtered: bool) -> str:
        # The + keeps the planner, which has no statistics, from preferring the index of the whole list to that of
        # the filtered column.
        return "+livemode" if filtered else "livemode"

    def starts_with(self, column: str, mark: str, length: int) -> str:
        return f"substr({column}, 1, {length:d}) = {mark}"

    def matches(self, term: Term, parameters: Parameters) -> str:
        kind, value = _at(term.path, parameters)
        if term.op == "null":
            return f"coalesce({kind}, 'null') = 'null'"
        if term.op in ("=", "~"):
            text = (
                f"lower(CASE {kind} WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' WHEN 'array' THEN NULL "
                f"WHEN 'object' THEN NULL ELSE CAST({value} AS TEXT) END)"
            )
            wanted = f"lower({parameters.add(str(term.value))})"
            match = f"{text} = {wanted}" if term.op == "=" else f"instr({text}, {wanted}) > 0"
            return f"coalesce({match}, 0)"
        amount = f"CASE WHEN {kind} IN ('integer', 'real') THEN {value} END"
        return f"coalesce({amount} {term.op} {parameters.add(number(term))}, 0)"


def _at(path: tuple[str, ...], parameters: Parameters) -> tuple[str, str]:
    """Expressions for the JSON type and the value at `path` in the body."""
    body = "CAST(body AS TEXT)"
    if all(_PLAIN_KEY.fullmatch(key) for key in path):
        mark = parameters.add(_json_path(path))
        return f"json_type({body}, {mark})", f"json_extract({body}, {mark})"
    # A path cannot spell every key before SQLite 3.45, but the keys of an object can be compared with any text.
    parent, key = parameters.add(_json_path(path[:-1])), parameters.add(path[-1])
    member = f"FROM json_each({body}, {parent}) WHERE key = {key}"
    return f"(SELECT type {member})", f"(SELECT atom {member})"


def _json_path(path: tuple[str, ...]) -> str:
    if not all(_PLAIN_KEY.fullmatch(key) for key in path):
        raise ValueError("only the last key of a path may hold quotes, backslashes or control characters")
    return "$" + "".join(f'."{key}"' for key in path)


def lower(value: Any) -> Any:
    """A text without capitals, for all of Unicode; what SQLite brings along knows only ASCII."""
    return value.lower() if isinstance(value, str) else value
