"""The checker finds what it must find: each row below breaks a good object in one way."""

import copy
from typing import Any

import pytest
from tests.contract.contract import hold, violations

REFUND: dict[str, Any] = {
    "id": "re_3UhO4rzYk0a1b2c3d4e5f6g7",
    "object": "refund",
    "amount": 1000,
    "balance_transaction": "txn_3UhO4rzYk0a1b2c3d4e5f6g",
    "charge": "ch_3UhO4rzYk0a1b2c3d4e5f6g7",
    "created": 1_790_000_000,
    "currency": "usd",
    "customer": None,
    "customer_account": None,
    "destination_details": {"card": {"type": "refund"}, "type": "card"},
    "metadata": {"order": "6735"},
    "payment_intent": None,
    "payment_method": None,
    "reason": "requested_by_customer",
    "receipt_number": None,
    "source_transfer_reversal": None,
    "status": "succeeded",
    "transfer_reversal": None,
}
DELETED = {"id": "cus_UhO4rzYk0a1b2c", "object": "customer", "deleted": True}
EVENT = {
    "id": "evt_3UhO4rzYk0a1b2c3d4e5f6g",
    "object": "event",
    "api_version": "2026-10-28.endive",
    "created": 1_790_000_000,
    "data": {"object": REFUND, "previous_attributes": {"metadata": {}}},
    "livemode": False,
    "pending_webhooks": 0,
    "request": {"id": None, "idempotency_key": None},
    "type": "refund.updated",
}
PAGE = {"object": "list", "data": [REFUND, REFUND], "has_more": False, "url": "/v1/refunds"}
FOUND = {"object": "search_result", "data": [], "has_more": False, "url": "/v1/charges/search", "next_page": None}

ABSENT = object()


def broken(whole: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """A copy of `whole` in which the member at `path` is `value`, or gone."""
    copied = copy.deepcopy(whole)
    inside: Any = copied
    for step in path[:-1]:
        inside = inside[step]
    if value is ABSENT:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    return copied


REASONS = 'null | "duplicate" | "expired_uncaptured_charge" | "fraudulent" | "requested_by_customer"'
BREAKS = [
    ("missing", REFUND, ("status",), ABSENT, "refund.status is missing"),
    ("unknown", REFUND, ("livemode",), False, "refund.livemode is not a member there"),
    ("text for a number", REFUND, ("amount",), "1000", 'refund.amount "1000" is not number'),
    ("number for a text", REFUND, ("currency",), 840, "refund.currency 840 is not string"),
    ("null where nothing is nullable", REFUND, ("amount",), None, "refund.amount null is not number"),
    ("outside the enum, open as it is", REFUND, ("reason",), "regret", f'refund.reason "regret" is not {REASONS}'),
    ("array for an object", REFUND, ("metadata",), [], "refund.metadata [] is not null | Metadata"),
    ("wrong value in a map", REFUND, ("metadata", "order"), 6735, "refund.metadata.order 6735 is not string"),
    ("deep inside", REFUND, ("destination_details", "card", "type"), ABSENT,
     "refund.destination_details.card.type is missing"),
    ("an expanded object", REFUND, ("customer",), {"id": "cus_1", "object": "customer"},
     "refund.customer.created is missing"),
    ("a stub with more to it", DELETED, ("email",), None, "customer.email is not a member there"),
    ("deleted, but not", PAGE, ("data", 0), {**DELETED, "deleted": False}, "list.data[0]: customer.created is missing"),
    ("in a list", PAGE, ("data", 1, "amount"), ABSENT, "list.data[1]: refund.amount is missing"),
    ("the list itself", PAGE, ("url",), ABSENT, "list.url is missing"),
    ("a search result", FOUND, ("has_more",), 0, "search_result.has_more 0 is not boolean"),
    ("in an event", EVENT, ("data", "object", "amount"), ABSENT, "event.data.object.amount is missing"),
    ("another event's object", EVENT, ("data", "object"), DELETED, "event.data.object.amount is missing"),
    ("what an event was before", EVENT, ("data", "previous_attributes", "amount"), "1",
     'event.data.previous_attributes.amount "1" is not number'),
    ("an event that does not exist", EVENT, ("type",), "refund.undone", None),
    ("an object that does not exist", REFUND, ("object",), "refunds", None),
    ("no object at all", REFUND, ("object",), ABSENT, None),
]  # fmt: skip


ADDED = broken(EVENT, ("data", "previous_attributes"), {"metadata": {"order": None}, "failure_reason": None})
PART = broken(EVENT, ("data", "previous_attributes"), {"destination_details": {"card": {"reference": "1"}}})
GOOD = [("refund", REFUND), ("deleted", DELETED), ("event", EVENT), ("list", PAGE), ("search", FOUND), ("added", ADDED),
        ("part", PART)]  # fmt: skip


def test_each_break_is_found_and_nothing_else() -> None:
    found = violations([*GOOD, *((name, broken(whole, path, value)) for name, whole, path, value, _ in BREAKS)])
    told: dict[str, list[str]] = {}
    for violation in found:
        told.setdefault(violation.where, []).append(f"{violation.path} {violation.problem}")
    for name, _, _, _, expected in BREAKS:
        if expected is None:
            (problem,) = told.pop(name)
            assert problem.endswith("is nothing that the client has a type for"), name
        else:
            assert expected in told.pop(name), name
    assert not told


def test_a_failure_names_the_places() -> None:
    bad = broken(REFUND, ("status",), ABSENT)
    with pytest.raises(AssertionError, match=r"refund\.status is missing \[2x, first: create\]"):
        hold([("create", bad), ("retrieve", bad), ("list", REFUND)])
