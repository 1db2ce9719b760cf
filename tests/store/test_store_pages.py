"""Lists: the order, the cursors in both directions, and the filters."""

import asyncio
from collections.abc import Iterator

import pytest
from tests.store.store_databases import MakeDatabase, Run
from tests.store.store_samples import NOTES, PAYMENTS, SHOP, note, payment

from opentill.ports.store import Changes, Condition, Delete, Page, Store
from opentill.store.lists import MERGED_MAX

# Newest first is by time, then by order of insertion: g f e (time 2), d c b (time 1), a (time 0).
TIMES = {"b": 1, "c": 1, "a": 0, "d": 1, "e": 2, "f": 2, "g": 2}
NEWEST_FIRST = "gfedcba"


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """One event loop for all of these tests, which disturb nothing."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def filled(request: pytest.FixtureRequest, make_database: MakeDatabase, run: Run) -> Iterator[Store]:
    """A store with seven payments, and others that must not show."""
    database = make_database(request.param)
    store = database.open()
    run(store.start())
    for id, created in TIMES.items():
        customer = "cus_1" if id in "adf" else "cus_2"
        run(store.commit(Changes(inserts=[payment(id, created=created, customer=customer, due=created)])))
    others = [payment("x", livemode=True, created=1), payment("y", account="acct_other", created=1)]
    run(store.commit(Changes(inserts=others)))
    yield store
    run(store.close())
    database.give_back()


def ids(page: Page) -> str:
    """The ids of a page, in order."""
    return "".join(stored.id for stored in page.items)


PAGES = [
    # after, before, limit -> ids, more
    (None, None, 9, "gfedcba", False),
    (None, None, 7, "gfedcba", False),
    (None, None, 6, "gfedcb", True),
    (None, None, 1, "g", True),
    ("g", None, 2, "fe", True),
    ("e", None, 2, "dc", True),
    ("d", None, 3, "cba", False),
    ("a", None, 3, "", False),
    (None, "a", 2, "cb", True),
    (None, "d", 2, "fe", True),
    (None, "d", 3, "gfe", False),
    (None, "f", 3, "g", False),
    (None, "g", 3, "", False),
    ("f", "b", 9, "edc", False),
]


@pytest.mark.parametrize(("after", "before", "limit", "expected", "more"), PAGES)
def test_pages(
    filled: Store, run: Run, after: str | None, before: str | None, limit: int, expected: str, more: bool
) -> None:
    starting_after = run(filled.get(PAYMENTS, SHOP, after)) if after else None
    ending_before = run(filled.get(PAYMENTS, SHOP, before)) if before else None
    page = run(
        filled.page(PAYMENTS, SHOP, False, limit=limit, starting_after=starting_after, ending_before=ending_before)
    )
    assert (ids(page), page.has_more) == (expected, more)


@pytest.mark.parametrize("limit", range(1, 8))
def test_walking_either_way_shows_everything_once(filled: Store, run: Run, limit: int) -> None:
    forwards, page = "", run(filled.page(PAYMENTS, SHOP, False, limit=limit))
    while True:
        forwards += ids(page)
        if not page.has_more:
            break
        page = run(filled.page(PAYMENTS, SHOP, False, limit=limit, starting_after=page.items[-1]))
    backwards, first = "a", run(filled.get(PAYMENTS, SHOP, "a"))
    while True:
        page = run(filled.page(PAYMENTS, SHOP, False, limit=limit, ending_before=first))
        backwards = ids(page) + backwards
        if not page.has_more:
            break
        first = page.items[0]
    assert (forwards, backwards) == (NEWEST_FIRST, NEWEST_FIRST)


FILTERS = [
    ([Condition("customer", "=", "cus_1")], "fda"),
    ([Condition("customer", "=", "cus_9")], ""),
    ([Condition("customer", "=", "cus_1"), Condition("created", ">=", 1)], "fd"),
    ([Condition("created", ">", 1)], "gfe"),
    ([Condition("created", "<", 1)], "a"),
    ([Condition("created", "<=", 1), Condition("created", ">", 0)], "dcb"),
    ([Condition("created", "=", 2)], "gfe"),
    ([Condition("created", "<", 10**40)], "gfedcba"),
    ([Condition("created", "<", -(10**40))], ""),
    ([Condition("customer", "in", ("cus_1", "cus_3"))], "fda"),
    ([Condition("customer", "in", ())], ""),
    ([Condition("customer", "prefix", "cus_")], "gfedcba"),
    ([Condition("customer", "prefix", "cus_2")], "gecb"),
    ([Condition("customer", "prefix", "CUS")], ""),
    ([Condition("customer", "prefix", "%")], ""),
    ([Condition("customer", "=", "cus_1\0")], ""),
    ([Condition("capture_before", "<", 2), Condition("customer", "=", "cus_2")], "cb"),
    ([Condition("transfer_group", "=", "none has one")], ""),
]


@pytest.mark.parametrize(("conditions", "expected"), FILTERS)
def test_filters(filled: Store, run: Run, conditions: list[Condition], expected: str) -> None:
    page = run(filled.page(PAYMENTS, SHOP, False, conditions, limit=9))
    assert (ids(page), page.has_more) == (expected, False)


def test_filters_and_cursors_together(filled: Store, run: Run) -> None:
    conditions = [Condition("customer", "=", "cus_1")]
    page = run(filled.page(PAYMENTS, SHOP, False, conditions, limit=1))
    assert (ids(page), page.has_more) == ("f", True)
    page = run(filled.page(PAYMENTS, SHOP, False, conditions, limit=2, starting_after=page.items[0]))
    assert (ids(page), page.has_more) == ("da", False)
    page = run(filled.page(PAYMENTS, SHOP, False, conditions, limit=1, ending_before=page.items[1]))
    assert (ids(page), page.has_more) == ("d", True)


def test_events_by_the_beginning_of_their_type(filled: Store, run: Run) -> None:
    types = ["charge.captured", "charge.refunded", "chargeback", "terminal.reader.action_failed"]
    run(filled.commit(Changes(inserts=[note(f"evt_{n}", type) for n, type in enumerate(types)])))
    page = run(filled.page(NOTES, SHOP, False, [Condition("type", "prefix", "charge.")], limit=9))
    assert [stored.value.type for stored in page.items] == ["charge.refunded", "charge.captured"]


def test_values_together_make_one_list(filled: Store, run: Run) -> None:
    """Several values of a column, read from one list each and merged: in order, page by page, either way."""
    account, types = "acct_merging", ["a.x", "a.y", "b.x", "a.x", "a.z", "b.y", "a.y", "a.x"]
    for number, type in enumerate(types):
        run(filled.commit(Changes(inserts=[note(str(number), type, account=account, created=number // 3)])))
    for condition, expected in (
        (Condition("type", "in", ("a.x", "b.y", "a.x", "none")), "7530"),
        (Condition("type", "prefix", "a."), "764310"),
        (Condition("type", "prefix", "b"), "52"),
        (Condition("type", "prefix", ""), "76543210"),
    ):
        for limit in range(1, 9):
            forwards, page = "", run(filled.page(NOTES, account, False, [condition], limit=limit))
            while page.has_more:
                forwards += ids(page)
                page = run(filled.page(NOTES, account, False, [condition], limit=limit, starting_after=page.items[-1]))
            assert forwards + ids(page) == expected
            last = run(filled.get(NOTES, account, "0"))
            page = run(filled.page(NOTES, account, False, [condition], limit=limit, ending_before=last))
            newer = expected.removesuffix("0")
            assert (ids(page), page.has_more) == (newer[-limit:], len(newer) > limit)


def test_more_values_than_are_merged(filled: Store, run: Run) -> None:
    account, count = "acct_many_types", MERGED_MAX + 5
    inserts = [note(f"evt_{n:03}", f"type.{n:03}", account=account, created=n) for n in range(count)]
    run(filled.commit(Changes(inserts=inserts)))
    expected = [f"evt_{n:03}" for n in reversed(range(count))]
    everything = tuple(f"type.{n:03}" for n in range(count))
    for condition in (Condition("type", "prefix", "type."), Condition("type", "in", everything)):
        page = run(filled.page(NOTES, account, False, [condition], limit=100))
        assert [one.id for one in page.items] == expected
    page = run(filled.page(NOTES, account, False, [Condition("type", "prefix", "type.04")], limit=100))
    assert [one.id for one in page.items] == [f"evt_{n:03}" for n in range(49, 39, -1)]


def test_a_cursor_that_was_deleted_meanwhile_loses_nothing_older(filled: Store, run: Run) -> None:
    """What is exactly as old may be passed over; what is older or newer may not."""
    account = "acct_deleting"
    run(filled.commit(Changes(inserts=[payment(id, account=account, created=TIMES[id]) for id in "abcdefg"])))
    cursor = run(filled.get(PAYMENTS, account, "c"))
    assert cursor is not None
    run(filled.commit(Changes(deletes=[Delete(cursor)])))
    assert ids(run(filled.page(PAYMENTS, account, False, limit=9, starting_after=cursor))) == "a"
    assert ids(run(filled.page(PAYMENTS, account, False, limit=9, ending_before=cursor))) == "gfe"


def test_a_filter_by_a_column_the_kind_does_not_have_is_a_mistake(filled: Store, run: Run) -> None:
    with pytest.raises(ValueError, match="no column body"):
        run(filled.page(PAYMENTS, SHOP, False, [Condition("body", "=", "x")], limit=1))
