"""What PostgreSQL says in its own way (see lists.py)."""

from typing import Literal

from opentill.ports.store import Term
from opentill.store.lists import Parameters, number

# JSON can say U+0000 and jsonb cannot; rows.storable does the same to texts.
_BODY = r"replace(convert_from(body, 'UTF8'), '\u0000', '\ufffd')::jsonb"


class PgDialect:
    """`lists.Dialect` for PostgreSQL. `collation` is the one whose lower() knows all of Unicode, if there is one."""

    mark: Literal["?", "$"] = "$"

    def __init__(self, collation: str | None = None) -> None:
        self._collate = f' COLLATE "{collation}"' if collation else ""

    def livemode(self, filtered: bool) -> str:
        return "livemode"

    def starts_with(self, column: str, mark: str, length: int) -> str:
        return f"starts_with({column}, {mark})"

    def matches(self, term: Term, parameters: Parameters) -> str:
        path = "".join(f" -> {parameters.add(key)}::text" for key in term.path)
        value = f"({_BODY}{path})"
        kind = f"jsonb_typeof({value})"
        if term.op == "null":
            return f"coalesce({kind}, 'null') = 'null'"
        if term.op in ("=", "~"):
            scalar = f"CASE WHEN {kind} IN ('string', 'number', 'boolean') THEN {value} #>> '{{}}' END"
            text = f"lower(({scalar}){self._collate})"
            wanted = f"lower({parameters.add(str(term.value))}::text{self._collate})"
            match = f"{text} = {wanted}" if term.op == "=" else f"strpos({text}, {wanted}) > 0"
            return f"coalesce({match}, false)"
        amount = f"CASE WHEN {kind} = 'number' THEN {value}::numeric END"
        return f"coalesce({amount} {term.op} {parameters.add(number(term))}::bigint, false)"
