"""The store's port: read, decide, commit once.

An operation reads `Stored` objects, decides without I/O, and hands the store one `Changes` value. The store
commits all of it durably or nothing of it. Nobody outside the store can hold a transaction open.

Every kind of object lives in a table of its own with the same shape:

    seq       order of insertion (the tiebreak of lists)
    account   the owner ("" for the few kinds that belong to the installation)
    livemode  0 or 1
    id        unique within the account
    created   seconds since the epoch
    version   1 at the insert, one more at each update; what an update is checked against
    body      the object as the API shows it, JSON
    hidden    what belongs to it and is never shown, JSON or null
    ...       one column for each thing it is looked up by (`Kind.columns`)
"""

import builtins
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, Protocol, TypeAlias, TypeVar

import msgspec

T = TypeVar("T")
H = TypeVar("H")

Scalar: TypeAlias = str | int | None

_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True, eq=False)
class Kind(Generic[T, H]):
    """A kind of stored object.

    `table` is also its name in code. `label` and `param` are how the API names it in errors. `type` is the struct
    of the body, `hidden` that of the hidden part (NoneType where there is none). `columns` maps each further
    column to the function that computes its value from (body, hidden); null values are not indexed. A body of the type
    `msgspec.Raw` is kept byte by byte, and need not be JSON.
    """

    table: str
    type: type[T]
    hidden: builtins.type[H]
    label: str
    param: str = "id"
    columns: Mapping[str, Callable[[T, H], Scalar]] = field(default_factory=dict[str, Callable[[T, H], Scalar]])


class Stored(msgspec.Struct, Generic[T, H], frozen=True):
    """An object as it was read: its value, its hidden part, and the version to check an update against."""

    kind: Kind[T, H]
    account: str
    livemode: bool
    id: str
    created: int
    version: int
    value: T
    hidden: H


class Insert(msgspec.Struct, frozen=True):
    """A new object."""

    kind: Kind[Any, Any]
    account: str
    livemode: bool
    id: str
    created: int
    value: Any
    hidden: Any = None


class Update(msgspec.Struct, frozen=True):
    """A new value for an object that is still at the version it was read at."""

    stored: Stored[Any, Any]
    value: Any
    hidden: Any


class Delete(msgspec.Struct, frozen=True):
    """The end of an object that is still at the version it was read at."""

    stored: Stored[Any, Any]


class Posting(msgspec.Struct, frozen=True):
    """One leg of a journal entry: `amount` minor units of `currency`, debits positive, credits negative.

    `entry` is the id of the journal entry; the postings of one entry and currency sum to zero.
    """

    account: str
    livemode: bool
    entry: str
    ledger_account: str
    currency: str
    amount: int
    source: str
    created: int


class Changes(msgspec.Struct):
    """Everything one operation changes; committed together or not at all.

    An object appears in it once. Inserts keep their order within a kind, which is the order of lists.
    """

    inserts: list[Insert] = []
    updates: list[Update] = []
    deletes: list[Delete] = []
    postings: list[Posting] = []
    _encoded: dict[int, tuple[Any, bytes]] = {}

    def encode(self, value: Any) -> bytes:
        """`value` as JSON; encoded once, however many rows, events and answers show it."""
        known = self._encoded.get(id(value))
        if known is not None and known[0] is value:
            return known[1]
        encoded = _encoder.encode(value)
        self._encoded[id(value)] = (value, encoded)
        return encoded


class Conflict(Exception):
    """Somebody else changed or made one of the objects first. Nothing was committed.

    `table` names the kind in the way: for an insert whose id is taken, or an update or delete of an object that
    is no longer at the version it was read at (or no longer there).
    """

    def __init__(self, table: str, reason: Literal["taken", "changed"]) -> None:
        super().__init__(f"{table}: {reason}")
        self.table = table
        self.reason: Literal["taken", "changed"] = reason


class StoreUnavailable(Exception):
    """The database cannot be reached or cannot write. The commit was not acknowledged."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter of a list: `column` (a column of the kind, or "created") compared with `value`.

    `op` "prefix" matches the beginning of a text; "in" takes a tuple of values; "null" says that there is no value.
    """

    column: str
    op: Literal["=", ">", ">=", "<", "<=", "prefix", "in", "null"]
    value: Any


@dataclass(frozen=True, slots=True)
class Page(Generic[T, H]):
    """A stretch of a list, newest first, and whether there is more in the direction of travel."""

    items: Sequence[Stored[T, H]]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Term:
    """One condition of a search over the JSON body.

    `path` leads through the body, e.g. ("metadata", "order"). "=" and "~" (substring) look at the text of a scalar,
    ignoring case: 1000 is "1000" and true is "true". The comparisons look at numbers only and take an integer.
    "null" is absence. `value` is a text, an integer or (for "null") None.
    """

    path: tuple[str, ...]
    op: Literal["=", "~", ">", ">=", "<", "<=", "null"]
    value: str | int | None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """Terms joined by one word."""

    terms: Sequence[Term]
    join: Literal["and", "or"] = "and"


@dataclass(frozen=True, slots=True)
class LedgerSum:
    """Σ of the postings of one ledger account in one currency."""

    ledger_account: str
    currency: str
    amount: int


class Store(Protocol):
    """Reads, and the one commit. Both adapters pass the same contract tests (tests/store)."""

    async def start(self) -> None:
        """Open, migrate, and be ready to serve. Raises StoreUnavailable."""
        ...

    async def close(self) -> None:
        """Finish the commits under way and let go of the database."""
        ...

    async def ready(self) -> bool:
        """Whether a read and a write would work now."""
        ...

    async def commit(self, changes: Changes) -> None:
        """All of `changes`, durable on return. Raises Conflict or StoreUnavailable."""
        ...

    async def get(self, kind: Kind[T, H], account: str, id: str) -> Stored[T, H] | None:
        """The object, whatever its mode; None if the account has none of that id."""
        ...

    async def get_body(self, kind: Kind[Any, Any], account: str, id: str) -> tuple[bool, bytes] | None:
        """(livemode, body as stored) without decoding it: the fast way to show an object."""
        ...

    async def get_many(self, kind: Kind[T, H], account: str, ids: Sequence[str]) -> dict[str, Stored[T, H]]:
        """Those of `ids` that exist, in one query."""
        ...

    async def get_each(
        self, account: str, wanted: Sequence[tuple[Kind[Any, Any], str]]
    ) -> Sequence[Stored[Any, Any] | None]:
        """What `get` gives for each, in one query."""
        ...

    async def find(
        self, kind: Kind[T, H], column: str, value: str | int, *, account: str | None = None, limit: int = 100
    ) -> list[Stored[T, H]]:
        """Objects whose column equals `value`, newest first; of every account if `account` is None."""
        ...

    async def due(self, kind: Kind[T, H], column: str, until: int, limit: int) -> list[Stored[T, H]]:
        """Objects of every account whose integer column is at most `until`, smallest first."""
        ...

    async def due_by(
        self, kind: Kind[T, H], column: str, by: str, until: int, each: int, *, but_not: Collection[str] = ()
    ) -> list[Stored[T, H]]:
        """The same, but at most `each` for every value of the column `by`: nobody waits behind another's backlog.

        Nothing for the values in `but_not`.
        """
        ...

    async def page(
        self,
        kind: Kind[T, H],
        account: str,
        livemode: bool,
        conditions: Sequence[Condition] = (),
        *,
        limit: int,
        starting_after: Stored[Any, Any] | None = None,
        ending_before: Stored[Any, Any] | None = None,
    ) -> Page[T, H]:
        """A page of the list, newest first (created, then seq, descending); the cursors are exclusive."""
        ...

    async def search(
        self,
        kind: Kind[T, H],
        account: str,
        livemode: bool,
        query: Query,
        conditions: Sequence[Condition] = (),
        *,
        limit: int,
        after: Stored[Any, Any] | None,
    ) -> Page[T, H]:
        """A page of the objects whose body matches and that meet the conditions, newest first."""
        ...

    async def ledger_sums(self, account: str, livemode: bool) -> list[LedgerSum]:
        """Σ of the postings by ledger account and currency."""
        ...

    async def purge(self, kind: Kind[Any, Any], created_before: int, limit: int) -> int:
        """Delete up to `limit` objects created before; how many went."""
        ...
