"""The simulated host's memory: one SQLite file, one row an attempt, shared by all processes of an installation.

The host answers an attempt once: the same id again gets the same answer, and is counted (`seen`). A row with
result "void" stands for an attempt that was given up before it arrived: its reversal came first, or an inquiry was
told that it never came. If it arrives after all, it is refused, so that nobody holds money nobody asks about.

Card numbers are not kept. A row names the test card, which is public, and nothing else of it.

The file may lose its last moments if the machine loses power (`synchronous=OFF`): it stands for a computer of
somebody else's, and only tests read it. It survives the death of any process.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from opentill.acquirers import rules
from opentill.acquirers.rules import Hold
from opentill.domain import cards
from opentill.domain.cards import ClearCard
from opentill.ports.acquirer import AttemptRequest

_SCHEMA: Final = """
create table if not exists attempts (
    attempt_id text primary key,
    operation text not null,
    amount integer not null,
    currency text not null,
    original text,
    result text not null check (result in ('approved', 'declined', 'pending', 'void')),
    decline text,
    card text not null default '',
    in_person integer not null default 0,
    at_ms integer not null,
    due_ms integer,
    later text,
    acknowledged integer not null default 0,
    seen integer not null default 1,
    authorized integer not null default 0,
    captured integer not null default 0,
    reversed integer not null default 0,
    issuer_data blob,
    pin_right integer
) without rowid;
create index if not exists refunds on attempts (original) where operation = 'refund';
create index if not exists later_answers on attempts (due_ms) where due_ms is not null and acknowledged = 0;
"""
# What the table did not have from the beginning; a file may be older.
_ADDED: Final = {"issuer_data": "blob", "pin_right": "integer"}
# Without this index the PINs of a card would be looked up among all its payments.
_PINS: Final = "create index if not exists pins on attempts (card, at_ms) where pin_right is not null"

# Each of these answers with the columns of `Row`.
_ARRIVE: Final = """
insert into attempts (attempt_id, operation, amount, currency, original, result, decline, card, in_person, at_ms,
                      due_ms, later, authorized, issuer_data, pin_right)
values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
on conflict (attempt_id) do update set seen = seen + 1
returning operation, amount, currency, result, decline, due_ms, later, seen, issuer_data
"""
_AGAIN: Final = """
update attempts set seen = seen + 1 where attempt_id = ?
returning operation, amount, currency, result, decline, due_ms, later, seen, issuer_data
"""
_LOOK: Final = """
select operation, amount, currency, result, decline, due_ms, later, seen, issuer_data
from attempts where attempt_id = ?
"""
_VOID: Final = """
insert into attempts (attempt_id, operation, amount, currency, result, at_ms, seen) values (?, '', 0, '', 'void', ?, 0)
on conflict (attempt_id) do update set seen = seen
returning operation, amount, currency, result, decline, due_ms, later, seen, issuer_data
"""
_LATER: Final = """
select attempt_id, operation, amount, currency, result, decline, due_ms, later, seen, issuer_data from attempts
where due_ms is not null and acknowledged = 0 and due_ms <= ? order by due_ms, attempt_id limit ?
"""
_HOLD: Final = """
select operation, result, currency, card, in_person, authorized, captured, reversed from attempts where attempt_id = ?
"""
# A refund that was taken back later does not count any more.
_REFUNDED: Final = """
select coalesce(sum(amount), 0) from attempts
where original = ? and operation = 'refund' and result in ('approved', 'pending')
    and (due_ms is null or due_ms > ? or later = '')
"""
_RAISED: Final = """
select original from attempts where attempt_id = ? and operation = 'increment' and result = 'approved'
"""
# The latest PINs that were keyed in for a card, and whether each was its last try.
_TRIES: Final = """
select pin_right, decline from attempts where card = ? and pin_right is not null
order by at_ms desc, attempt_id desc limit ?
"""
_MOVE: Final = "update attempts set authorized = ?, captured = ?, reversed = ? where attempt_id = ?"


class Row(NamedTuple):
    """An attempt's answer as it is kept. `later` ("" for approved, or a decline) replaces it once `due_ms` is past."""

    operation: str
    amount: int
    currency: str
    result: str
    decline: str | None
    due_ms: int | None
    later: str | None
    seen: int
    issuer_data: bytes | None


@dataclass(frozen=True, slots=True)
class Holding:
    """What tests ask about one authorization: its money, and how often each operation was attempted and sent.

    `attempts` counts different attempt ids by operation, `messages` everything that arrived, repeats included.
    """

    hold: Hold
    approved: bool
    attempts: dict[str, int]
    messages: dict[str, int]


Decision: TypeAlias = tuple[str | None, Hold]
"""The decline code or None, and the authorization as it is afterwards."""

REFUND_TAKEN_BACK: Final = "expired_or_canceled_card"


class Host:
    """The far end of the simulated link."""

    def __init__(self, path: Path, refund_delay_ms: int) -> None:
        self._refund_delay_ms = refund_delay_ms
        self._db = sqlite3.connect(path, isolation_level=None, timeout=10, check_same_thread=False)
        self._db.execute("pragma journal_mode = wal")
        self._db.execute("pragma synchronous = off")
        self._db.executescript(_SCHEMA)
        self._db.execute("begin immediate")
        columns = {name for _, name, *_ in self._db.execute("pragma table_info (attempts)")}
        for name, type in _ADDED.items():
            if name not in columns:
                self._db.execute(f"alter table attempts add column {name} {type}")
        self._db.execute(_PINS)
        self._db.execute("commit")
        self._execute = self._db.execute

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def receive(self, requests: Sequence[AttemptRequest], now_ms: int) -> list[Row]:
        """Attempts arrive: decide them, or answer again what was answered. All of it is kept, or nothing."""
        self._execute("begin immediate")
        try:
            rows = [self._receive(request, now_ms) for request in requests]
        except BaseException:
            self._execute("rollback")
            raise
        self._execute("commit")
        return rows

    def look(self, attempt_id: str, now_ms: int) -> Row | None:
        """What became of an attempt; None if it never came, and then it is void for ever."""
        found = self._execute(_LOOK, (attempt_id,)).fetchone()
        row = Row(*(found or self._execute(_VOID, (attempt_id, now_ms)).fetchone()))
        return None if row.result == "void" else row

    def _receive(self, request: AttemptRequest, now_ms: int) -> Row:
        if request.operation == "authorize":
            if request.card is None:
                raise ValueError("an authorization carries the card")
            return self._authorize(request, request.card, now_ms)
        before = self._execute(_AGAIN, (request.attempt_id,)).fetchone()
        return Row(*before) if before else self._decide(request, now_ms)

    def _authorize(self, request: AttemptRequest, clear: ClearCard, now_ms: int) -> Row:
        known = cards.test_card(clear.number)
        reading, name = request.reading, known.name if known else ""
        pin_right = None if clear.pin is None or reading is None else rules.pin_is_right(clear, request.amount)
        wrong_pins = self._wrong_pins(name) if pin_right is False else 0
        decline = rules.authorize(
            clear, request.amount, request.card_present, now_ms // 1000, reading, wrong_pins=wrong_pins
        )
        issuer_data = None
        if reading is not None and reading.chip_data is not None:
            issuer_data = rules.answer_to_chip(reading.chip_data, clear, decline)
        cursor = self._execute(
            _ARRIVE,
            (
                request.attempt_id,
                "authorize",
                request.amount,
                request.currency,
                None,
                "declined" if decline else "approved",
                decline,
                name,
                request.card_present,
                now_ms,
                None,
                None,
                0 if decline else request.amount,
                issuer_data,
                pin_right,
            ),
        )
        return Row(*cursor.fetchone())

    def _wrong_pins(self, card: str) -> int:
        """How many wrong PINs in a row there were, since the last right one or since there were too many."""
        count = 0
        for right, decline in self._execute(_TRIES, (card, rules.PIN_TRIES)):
            if right or decline == "pin_try_exceeded":
                break
            count += 1
        return count

    def _decide(self, request: AttemptRequest, now_ms: int) -> Row:
        """Increment, capture, reverse, refund: decided on the authorization, which they change."""
        original = request.original or ""
        if request.operation == "reverse":  # of an increment: from the hold that it raised
            raised = self._execute(_RAISED, (original,)).fetchone()
            original = raised[0] if raised else original
        hold = self._hold(original, now_ms)
        if hold is None:
            decline = self._without_hold(request, now_ms)
            card = None
        else:
            decline, after = _OPERATIONS[request.operation](request, hold)
            card = cards.named(hold.card)
            if after is not hold:
                self._execute(_MOVE, (after.authorized, after.captured, after.reversed, original))
        result, due_ms, later = "declined" if decline else "approved", None, None
        if request.operation == "refund" and not decline and card is not None and card.refund is not None:
            due_ms = now_ms + self._refund_delay_ms
            result, later = ("pending", "") if card.refund == "pending" else ("approved", REFUND_TAKEN_BACK)
        cursor = self._execute(
            _ARRIVE,
            (
                request.attempt_id,
                request.operation,
                request.amount,
                request.currency,
                original,
                result,
                decline,
                "",
                request.card_present,
                now_ms,
                due_ms,
                later,
                0,
                None,
                None,
            ),
        )
        return Row(*cursor.fetchone())

    def _without_hold(self, request: AttemptRequest, now_ms: int) -> str | None:
        """There is no approved authorization of that id. Only a reversal is accepted, and remembered."""
        if request.operation != "reverse":
            return "transaction_not_allowed"
        self._execute(_VOID, (request.original or "", now_ms)).fetchone()
        return None

    def _hold(self, attempt_id: str, now_ms: int) -> Hold | None:
        found = self._execute(_HOLD, (attempt_id,)).fetchone()
        if found is None:
            return None
        operation, result, currency, card, in_person, authorized, captured, reversed_ = found
        if operation != "authorize" or result != "approved":
            return None
        refunded = self._execute(_REFUNDED, (attempt_id, now_ms)).fetchone()[0] if captured else 0
        return Hold(currency, card, bool(in_person), authorized, captured, reversed_, refunded)

    def later(self, now_ms: int, limit: int) -> list[tuple[str, Row]]:
        """Attempts whose answer came or changed since the first one, and that nobody has acknowledged."""
        return [(attempt_id, Row(*answer)) for attempt_id, *answer in self._execute(_LATER, (now_ms, limit))]

    def acknowledge(self, attempt_id: str) -> None:
        """The later answer has arrived; do not report it again."""
        self._execute("update attempts set acknowledged = 1 where attempt_id = ?", (attempt_id,))

    def holdings(self, now_ms: int) -> dict[str, Holding]:
        """Every authorization that arrived, and what was asked for it."""
        asked: dict[str, dict[str, tuple[int, int]]] = {}
        for original, operation, attempts, messages in self._execute(
            "select coalesce(original, attempt_id), operation, count(*), sum(seen) from attempts "
            "where operation <> '' group by 1, 2"
        ):
            asked.setdefault(original, {})[operation] = (attempts, messages)
        holdings: dict[str, Holding] = {}
        for attempt_id, result, currency, card, in_person, authorized, captured, reversed_ in self._execute(
            "select attempt_id, result, currency, card, in_person, authorized, captured, reversed "
            "from attempts where operation = 'authorize'"
        ).fetchall():
            refunded = self._execute(_REFUNDED, (attempt_id, now_ms)).fetchone()[0]
            counts = asked[attempt_id]
            holdings[attempt_id] = Holding(
                Hold(currency, card, bool(in_person), authorized, captured, reversed_, refunded),
                result == "approved",
                {operation: attempts for operation, (attempts, _) in counts.items()},
                {operation: messages for operation, (_, messages) in counts.items()},
            )
        return holdings


def _increment(request: AttemptRequest, hold: Hold) -> Decision:
    decline = _wrong_currency(request, hold) or rules.increment(hold, request.amount)
    return decline, hold if decline else replace(hold, authorized=hold.authorized + request.amount)


def _capture(request: AttemptRequest, hold: Hold) -> Decision:
    decline = _wrong_currency(request, hold) or rules.capture(hold, request.amount)
    return decline, hold if decline else replace(hold, captured=hold.captured + request.amount)


def _reverse(request: AttemptRequest, hold: Hold) -> Decision:
    released = rules.release(hold, request.amount)
    return None, replace(hold, reversed=hold.reversed + released) if released else hold


def _refund(request: AttemptRequest, hold: Hold) -> Decision:
    return _wrong_currency(request, hold) or rules.refund(hold, request.amount), hold


def _wrong_currency(request: AttemptRequest, hold: Hold) -> str | None:
    return None if request.currency == hold.currency else "currency_not_supported"


_OPERATIONS: Final[dict[str, Callable[[AttemptRequest, Hold], Decision]]] = {
    "increment": _increment,
    "capture": _capture,
    "reverse": _reverse,
    "refund": _refund,
}
