"""The books of an installation held against each other, and against what the acquirer holds.

`read_books` takes everything out of a store that nobody writes to; `differences` says, one line each, where the books
disagree. What is true of them at rest, with all that was due done:

    every attempt at the acquirer is final, nothing is locked, no answer is still promised
    a PaymentIntent, its charge and the acquirer agree on what is held, captured and given back
    no PaymentIntent was ever approved twice, unless one of the two was released
    each movement has one balance transaction, one entry of postings that sum to zero, and they agree
    each change of status has its event, once
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import msgspec

from opentill.acquirers.host import Holding, Host
from opentill.ports.store import Kind, Store, Stored
from opentill.services.kinds import (
    ATTEMPTS,
    BALANCE_TRANSACTIONS,
    CHARGES,
    EVENTS,
    IDEMPOTENCY_KEYS,
    PAYMENT_INTENTS,
    REFUNDS,
)

_EVER = 2**53
_ALL = 2**31 - 1

Query: TypeAlias = Callable[[str], Iterable[Sequence[Any]]]
"""Runs a statement in the store's database; its rows."""

Rows: TypeAlias = dict[str, Stored[Any, Any]]


@dataclass(frozen=True)
class Books:
    """Everything there is, of all accounts. `postings` are (entry, currency, ledger account, amount)."""

    intents: Rows
    charges: Rows
    refunds: Rows
    transactions: Rows
    attempts: Rows
    events: list[Any]
    promises: list[str]
    postings: list[tuple[str, str, str, int]]
    holdings: dict[str, Holding]


async def read_books(store: Store, query: Query, acquirer: Path, now_ms: int) -> Books:
    """The books in a store that was started; `acquirer` is the simulated host's file."""

    async def rows(kind: Kind[Any, Any]) -> list[Stored[Any, Any]]:
        return await store.due(kind, "created", _EVER, _ALL)

    async def by_id(kind: Kind[Any, Any]) -> Rows:
        return {stored.id: stored for stored in await rows(kind)}

    host = Host(acquirer, 5000)
    try:
        holdings = host.holdings(now_ms)
    finally:
        host.close()
    return Books(
        intents=await by_id(PAYMENT_INTENTS),
        charges=await by_id(CHARGES),
        refunds=await by_id(REFUNDS),
        transactions=await by_id(BALANCE_TRANSACTIONS),
        attempts=await by_id(ATTEMPTS),
        events=[stored.value for stored in await rows(EVENTS)],
        promises=[stored.id for stored in await rows(IDEMPOTENCY_KEYS) if stored.value.state != "done"],
        postings=[
            (str(entry), str(currency), str(account), int(amount))
            for entry, currency, account, amount in query(
                "SELECT entry, currency, ledger_account, amount FROM postings ORDER BY seq"
            )
        ],
        holdings=holdings,
    )


def sqlite_query(path: Path) -> Query:
    """Statements in a SQLite file."""

    def query(sql: str) -> list[Sequence[Any]]:
        connection = sqlite3.connect(path)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    return query


def differences(books: Books) -> list[str]:
    """Where the books disagree; [] if they are in order."""
    return [*_open(books), *_payments(books), *_refunds(books), *_movements(books), *_events(books)]


# Nothing is left open ---------------------------------------------------------------------------------------------


def _open(books: Books) -> Iterator[str]:
    for id, attempt in books.attempts.items():
        a = attempt.value
        if a.state in ("prepared", "unknown", "advised") or a.due is not None:
            yield f"{id}: the {a.operation} is still {a.state}, due {a.due}"
        if a.operation in ("capture", "reverse") and a.state == "declined":
            yield f"{id}: the acquirer refused a {a.operation} of {a.amount}: {a.detail}"
    for id, intent in books.intents.items():
        if intent.hidden.open_attempt is not None or intent.hidden.unknown_attempt is not None:
            yield f"{id}: locked or unknown: {intent.hidden}"
    yield from (f"{key}: the answer is still promised" for key in books.promises)


# Payments and what the acquirer holds -----------------------------------------------------------------------------


def _payments(books: Books) -> Iterator[str]:
    authorizations: dict[str, list[str]] = {id: [] for id in books.intents}
    for id, attempt in books.attempts.items():
        if attempt.value.operation == "authorize" and attempt.value.payment_intent is not None:
            authorizations[attempt.value.payment_intent].append(id)
    for id, intent in books.intents.items():
        value = intent.value
        own = intent.hidden.authorization
        paid = value.status in ("requires_capture", "succeeded")
        if paid and own is None:
            yield f"{id}: {value.status} without an authorization"
        approved = 0
        for attempt in authorizations[id]:
            holding = books.holdings.get(attempt)
            if holding is None or not holding.approved:
                continue
            approved += holding.hold.held > 0 or holding.hold.captured > 0
            if attempt != own and (holding.hold.held or holding.hold.captured):
                record = books.attempts[attempt].value
                yield f"{id}: {record} is not its authorization {own}, and the acquirer still has {holding}"
        if approved > 1:
            yield f"{id}: authorized {approved} times"
        yield from _held(books, intent, books.holdings.get(own or ""))


def _held(books: Books, intent: Stored[Any, Any], holding: Holding | None) -> Iterator[str]:
    value = intent.value
    if value.status not in ("requires_capture", "succeeded", "canceled"):
        if value.amount_capturable or value.amount_received:
            yield f"{intent.id}: {value.status} with money"
        return
    if holding is None:
        if value.status != "canceled":
            yield f"{intent.id}: {value.status}, and the acquirer knows nothing of it"
        return
    charge = books.charges[value.latest_charge or ""].value
    captured = value.amount_received
    found = (holding.hold.held, holding.hold.captured, holding.hold.refunded)
    wanted = (value.amount_capturable, captured, charge.amount_refunded)
    if found != wanted:
        yield f"{intent.id}: {value.status}; held, captured and refunded are {wanted}, at the acquirer {found}"
    if charge.amount_captured != captured or charge.captured != (value.status == "succeeded"):
        yield f"{intent.id}: received {captured}, the charge has {charge.amount_captured}, captured={charge.captured}"
    for operation in ("capture", "authorize"):
        if holding.attempts.get(operation, 0) > 1:
            yield f"{intent.id}: {holding.attempts[operation]} different {operation}s: {holding.attempts}"


def _refunds(books: Books) -> Iterator[str]:
    given: Counter[str] = Counter()
    for id, refund in books.refunds.items():
        value = refund.value
        if value.status in ("succeeded", "pending"):
            given[value.charge] += value.amount
        if value.status == "pending":
            yield f"{id}: the refund is still pending"
    for id, charge in books.charges.items():
        value = charge.value
        if given[id] != value.amount_refunded:
            yield f"{id}: refunds of {given[id]}, the charge says {value.amount_refunded}"
        if value.amount_refunded > value.amount_captured:
            yield f"{id}: more refunded than captured"


# Movements --------------------------------------------------------------------------------------------------------


def _movements(books: Books) -> Iterator[str]:
    """Each balance transaction is the merchant's view of one entry, and each entry sums to zero."""
    entries: dict[str, list[tuple[str, int]]] = {}
    for entry, _, account, amount in books.postings:
        entries.setdefault(entry, []).append((account, amount))
    for entry, legs in entries.items():
        if total := sum(amount for _, amount in legs):
            yield f"{entry}: the postings sum to {total}: {legs}"
    if entries.keys() != books.transactions.keys():
        yield f"entries without balance transaction, or the reverse: {entries.keys() ^ books.transactions.keys()}"
    for id, transaction in books.transactions.items():
        net = transaction.value.net
        credit = -sum(amount for account, amount in entries.get(id, ()) if account.startswith("merchant_balance"))
        if net != credit:
            yield f"{id}: net {net}, the postings say {credit}"
    yield from _sources(books)
    yield from _clearing(books)


def _sources(books: Books) -> Iterator[str]:
    """What moved money has a balance transaction for it, and nothing else has one."""
    booked: dict[str, Counter[tuple[str, int]]] = {}
    for transaction in books.transactions.values():
        value = transaction.value
        if value.type in ("charge", "refund", "refund_failure"):
            booked.setdefault(value.source, Counter())[value.type, value.amount] += 1
    for id, charge in books.charges.items():
        value = charge.value
        wanted = Counter({("charge", value.amount_captured): int(value.captured)})
        if booked.pop(id, Counter()) != wanted:
            yield f"{id}: captured {value.amount_captured}, and other balance transactions"
        if value.captured and books.transactions[value.balance_transaction].value.source != id:
            yield f"{id}: its balance transaction is of another"
    for id, refund in books.refunds.items():
        value = refund.value
        moved = isinstance(value.balance_transaction, str)
        back = isinstance(value.failure_balance_transaction, str)
        if (moved, back) not in {"succeeded": [(True, False)], "failed": [(True, True), (False, False)]}.get(
            value.status, [(False, False)]
        ):
            yield f"{id}: {value.status}, and {moved=} {back=}"
        wanted = Counter({("refund", -value.amount): int(moved), ("refund_failure", value.amount): int(back)})
        if booked.pop(id, Counter()) != wanted:
            yield f"{id}: {value.status}, and other balance transactions"
    yield from (f"{source}: moved money and does not exist" for source in booked)


def _clearing(books: Books) -> Iterator[str]:
    """What the acquirer owes is what it captured less what it gave back."""
    owed: Counter[str] = Counter()
    for _, currency, account, amount in books.postings:
        if account == "acquirer_clearing":
            owed[currency] += amount
    for holding in books.holdings.values():
        owed[holding.hold.currency] -= holding.hold.captured - holding.hold.refunded
    for currency, amount in owed.items():
        if amount:
            yield f"{currency}: the ledger and the acquirer differ by {amount}"


# Events -----------------------------------------------------------------------------------------------------------


def _events(books: Books) -> Iterator[str]:
    told: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for event in books.events:
        value = msgspec.json.decode(event.data.object)
        told.setdefault(value.get("id", ""), []).append((event.type, value))  # a Balance has no id
    raised: Counter[str] = Counter()
    for attempt in books.attempts.values():
        if attempt.value.operation == "increment" and attempt.value.state == "approved":
            raised[attempt.value.payment_intent or ""] += 1
    for id, intent in books.intents.items():
        yield from _intent_events(id, intent.value, told.get(id, []), raised[id], intent.hidden.authorization)
    authorized = [attempt.value for attempt in books.attempts.values() if attempt.value.operation == "authorize"]
    holds = {attempt.charge for attempt in authorized if attempt.holding}
    for id, charge in books.charges.items():
        value = charge.value
        wanted = {"charge.succeeded" if value.status == "succeeded" else "charge.failed": 1}
        if value.captured and id in holds:
            wanted["charge.captured"] = 1
        found = Counter(_types(told.get(id, [])))
        once = {name: found[name] for name in ("charge.succeeded", "charge.failed", "charge.captured") if found[name]}
        if once != wanted:
            yield f"{id}: events {once}, not {wanted}"
    given = Counter(
        refund.value.charge for refund in books.refunds.values() if isinstance(refund.value.balance_transaction, str)
    )
    for id, count in given.items():
        found = Counter(_types(told.get(id, [])))["charge.refunded"]
        if found < count:
            yield f"{id}: {found} charge.refunded for {count} refunds"
    for id, refund in books.refunds.items():
        found = Counter(_types(told.get(id, [])))
        if found["refund.created"] != 1 or found["refund.failed"] != (refund.value.status == "failed"):
            yield f"{id}: {refund.value.status}, events {dict(found)}"
        if _last(told[id], "refund.")["status"] != refund.value.status:
            yield f"{id}: the last event says {_last(told[id], 'refund.')['status']}, it is {refund.value.status}"


def _intent_events(
    id: str, intent: Any, told: list[tuple[str, dict[str, Any]]], raised: int, authorization: str | None
) -> Iterator[str]:
    found = Counter(_types(told))
    held = found["payment_intent.amount_capturable_updated"]
    wanted = {
        "payment_intent.created": 1,
        "payment_intent.succeeded": int(intent.status == "succeeded"),
        "payment_intent.canceled": int(intent.status == "canceled"),
    }
    for type, count in wanted.items():
        if found[type] != count:
            yield f"{id}: {found[type]} times {type}; it is {intent.status}"
    if intent.status == "requires_capture" and held != 1 + raised:
        yield f"{id}: {held} times amount_capturable_updated, raised {raised} times"
    if held and authorization is None:
        yield f"{id}: told of a hold it never had"
    if intent.status in ("succeeded", "canceled", "requires_capture"):
        last = told[-1][1]
        shown = (last["status"], last["amount"], last["amount_received"], last["amount_capturable"])
        if shown != (intent.status, intent.amount, intent.amount_received, intent.amount_capturable):
            yield f"{id}: the last event shows {shown}; it is {intent.status}, received {intent.amount_received}"


def _types(told: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [type for type, _ in told]


def _last(told: list[tuple[str, dict[str, Any]]], prefix: str) -> dict[str, Any]:
    return next(value for type, value in reversed(told) if type.startswith(prefix))
