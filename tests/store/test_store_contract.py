"""Reading, writing, and what stands in the way: the same on both stores."""

import pytest
from tests.store.store_databases import Database, Run
from tests.store.store_samples import (
    KEYS,
    NOTES,
    PAYMENTS,
    SCRAPS,
    SHOP,
    Note,
    Payment,
    Secret,
    key,
    note,
    payment,
    scrap,
    stored,
)

from opentill.ports.store import Changes, Conflict, Delete, Insert, Kind, Store, StoreUnavailable, Update


def test_what_was_inserted_is_read(store: Store, run: Run) -> None:
    new = payment("ch_1", created=17, amount=1099, customer="cus_1", metadata={"order": 'Ünïcödé "6735" 🧾'}, due=40)
    run(store.commit(Changes(inserts=[new, note("evt_1")])))
    assert run(store.get(PAYMENTS, SHOP, "ch_1")) == stored(new)
    assert run(store.get(NOTES, SHOP, "evt_1")) == stored(note("evt_1"))
    assert run(store.get(PAYMENTS, SHOP, "ch_2")) is None
    assert run(store.get(PAYMENTS, "acct_other", "ch_1")) is None


def test_the_body_is_given_back_byte_by_byte(store: Store, run: Run) -> None:
    new = payment("ch_1", metadata={"long": "x" * 5000, "strange": '\u2028\x7f\\" 🧾\0'})
    live = payment("ch_2", livemode=True)
    changes = Changes(inserts=[new, live])
    run(store.commit(changes))
    assert run(store.get_body(PAYMENTS, SHOP, "ch_1")) == (False, changes.encode(new.value))
    assert run(store.get_body(PAYMENTS, SHOP, "ch_2")) == (True, changes.encode(live.value))
    assert run(store.get_body(PAYMENTS, SHOP, "ch_3")) is None


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n\0\xff", bytes(range(256)) * 20_000])
def test_bytes_that_are_no_json(store: Store, run: Run, content: bytes) -> None:
    new = scrap("file_1", content)
    run(store.commit(Changes(inserts=[new])))
    assert run(store.get_body(SCRAPS, SHOP, "file_1")) == (False, content)
    read = run(store.get(SCRAPS, SHOP, "file_1"))
    assert read is not None
    assert bytes(read.value) == content
    run(store.commit(Changes(deletes=[Delete(stored(scrap("file_1", b"")))])))  # what is in it need not be known
    assert run(store.get_body(SCRAPS, SHOP, "file_1")) is None


def test_an_id_belongs_to_its_account(store: Store, run: Run) -> None:
    mine, theirs = payment("ch_1", amount=1), payment("ch_1", account="acct_other", amount=2)
    run(store.commit(Changes(inserts=[mine, theirs])))
    assert run(store.get(PAYMENTS, SHOP, "ch_1")) == stored(mine)
    assert run(store.get(PAYMENTS, "acct_other", "ch_1")) == stored(theirs)


def test_several_are_read_at_once(store: Store, run: Run) -> None:
    run(store.commit(Changes(inserts=[payment(f"ch_{n}", amount=n) for n in range(4)])))
    run(store.get(PAYMENTS, SHOP, "ch_1"))
    found = run(store.get_many(PAYMENTS, SHOP, ["ch_3", "ch_1", "ch_9"]))
    assert found == {f"ch_{n}": stored(payment(f"ch_{n}", amount=n)) for n in (1, 3)}
    assert run(store.get_many(PAYMENTS, SHOP, [])) == {}
    each = run(store.get_each(SHOP, [(PAYMENTS, "ch_3"), (NOTES, "ch_3"), (PAYMENTS, "ch_0"), (PAYMENTS, "ch_3")]))
    third, first = (stored(payment(f"ch_{n}", amount=n)) for n in (3, 0))
    assert list(each) == [third, None, first, third]
    assert list(run(store.get_each(SHOP, []))) == []


def test_an_update_replaces_the_value_and_counts_the_version(store: Store, run: Run) -> None:
    new = payment("ch_1", amount=1, customer="cus_1")
    run(store.commit(Changes(inserts=[new])))
    value, hidden = Payment(id="ch_1", amount=2, customer="cus_2"), Secret(token="other")
    run(store.commit(Changes(updates=[Update(stored(new), value, hidden)])))
    now = run(store.get(PAYMENTS, SHOP, "ch_1"))
    assert now is not None
    assert (now.value, now.hidden, now.version) == (value, hidden, 2)
    assert run(store.find(PAYMENTS, "customer", "cus_1", account=SHOP)) == []
    assert run(store.find(PAYMENTS, "customer", "cus_2", account=SHOP)) == [now]


def test_an_update_of_the_hidden_part_leaves_the_body_alone(store: Store, database: Database, run: Run) -> None:
    run(store.commit(Changes(inserts=[payment("ch_1", due=5)])))
    read = run(store.find(PAYMENTS, "capture_before", 5))[0]
    body = '{ "id":"ch_1" , "kept": "as it is" }'
    database.execute(f"UPDATE charges SET body = {database.literal(body)}")
    run(store.commit(Changes(updates=[Update(read, read.value, Secret(token="new", due=6))])))
    assert run(store.get_body(PAYMENTS, SHOP, "ch_1")) == (False, body.encode())
    now = run(store.due(PAYMENTS, "capture_before", 6, limit=9))[0]
    assert (now.hidden, now.version) == (Secret(token="new", due=6), 2)


def test_an_update_of_nothing_still_counts(store: Store, run: Run) -> None:
    """An operation may need nothing but that nobody else came in between."""
    new = stored(payment("ch_1"))
    run(store.commit(Changes(inserts=[payment("ch_1")])))
    run(store.commit(Changes(updates=[Update(new, new.value, new.hidden)])))
    with pytest.raises(Conflict):
        run(store.commit(Changes(updates=[Update(new, new.value, new.hidden)])))


def test_what_was_deleted_is_gone_and_its_id_is_free(store: Store, run: Run) -> None:
    new = payment("ch_1", amount=1)
    run(store.commit(Changes(inserts=[new])))
    assert run(store.get(PAYMENTS, SHOP, "ch_1")) is not None
    run(store.commit(Changes(deletes=[Delete(stored(new))])))
    assert run(store.get(PAYMENTS, SHOP, "ch_1")) is None
    assert run(store.get_body(PAYMENTS, SHOP, "ch_1")) is None
    again = payment("ch_1", amount=2)
    run(store.commit(Changes(inserts=[again])))
    assert run(store.get(PAYMENTS, SHOP, "ch_1")) == stored(again)


STALE = stored(payment("ch_1"), version=7)
GONE = stored(payment("ch_gone"))
IN_THE_WAY = {
    "insert of a taken id": (Changes(inserts=[payment("ch_1", amount=9)]), "charges", "taken"),
    "insert of a taken unique column": (
        Changes(inserts=[key("key_2", "hash-1", account="other")]),
        "api_keys",
        "taken",
    ),
    "update of another version": (Changes(updates=[Update(STALE, STALE.value, Secret())]), "charges", "changed"),
    "update of what is gone": (Changes(updates=[Update(GONE, GONE.value, Secret())]), "charges", "changed"),
    "delete of another version": (Changes(deletes=[Delete(STALE)]), "charges", "changed"),
    "delete of what is gone": (Changes(deletes=[Delete(GONE)]), "charges", "changed"),
}


@pytest.mark.parametrize("case", IN_THE_WAY)
def test_a_conflict_names_the_kind_and_nothing_is_committed(store: Store, run: Run, case: str) -> None:
    first = [payment("ch_1", amount=1), payment("ch_2"), key("key_1", "hash-1")]
    run(store.commit(Changes(inserts=first)))
    before = run(store.get(PAYMENTS, SHOP, "ch_1"))
    conflicting, table, reason = IN_THE_WAY[case]
    other = stored(payment("ch_2"))
    changes = Changes(
        inserts=[*conflicting.inserts, note("evt_1")],
        updates=[*conflicting.updates, Update(other, Payment(id="ch_2", amount=5), Secret())],
        deletes=conflicting.deletes,
    )
    with pytest.raises(Conflict) as caught:
        run(store.commit(changes))
    assert (caught.value.table, caught.value.reason) == (table, reason)
    assert run(store.get(PAYMENTS, SHOP, "ch_1")) == before
    assert run(store.get(PAYMENTS, SHOP, "ch_2")) == other
    assert run(store.get(NOTES, SHOP, "evt_1")) is None
    assert run(store.page(NOTES, SHOP, False, limit=10)).items == []


def test_find_gives_the_newest_first(store: Store, run: Run) -> None:
    first = payment("ch_1", created=5, customer="cus_1")
    rest = [
        payment("ch_2", created=5, customer="cus_1"),
        payment("ch_3", created=4, customer="cus_1"),
        payment("ch_4", created=9, customer="cus_2"),
        payment("ch_5", created=6, customer="cus_1", account="acct_other"),
    ]
    run(store.commit(Changes(inserts=[first, *rest])))
    mine = run(store.find(PAYMENTS, "customer", "cus_1", account=SHOP))
    assert [found.id for found in mine] == ["ch_2", "ch_1", "ch_3"]
    everybodys = run(store.find(PAYMENTS, "customer", "cus_1"))
    assert [found.id for found in everybodys] == ["ch_5", "ch_2", "ch_1", "ch_3"]
    assert [found.id for found in run(store.find(PAYMENTS, "customer", "cus_1", limit=1))] == ["ch_5"]
    assert run(store.find(PAYMENTS, "customer", "cus_3")) == []


def test_due_gives_the_most_overdue_first(store: Store, run: Run) -> None:
    times = {"ch_1": 30, "ch_2": 10, "ch_3": None, "ch_4": 31, "ch_5": 20}
    for id, due in times.items():
        run(store.commit(Changes(inserts=[payment(id, account=f"acct_{id}", due=due)])))
    assert [found.id for found in run(store.due(PAYMENTS, "capture_before", 30, limit=10))] == ["ch_2", "ch_5", "ch_1"]
    assert [found.id for found in run(store.due(PAYMENTS, "capture_before", 30, limit=2))] == ["ch_2", "ch_5"]
    assert run(store.due(PAYMENTS, "capture_before", 9, limit=2)) == []


def test_due_by_another_column_gives_each_of_its_values_a_share(store: Store, run: Run) -> None:
    rows = [("cus_1", 1), ("cus_1", 2), ("cus_1", 3), ("cus_2", 9), ("cus_2", 40), ("cus_3", None), (None, 4), ("", 5)]
    for number, (customer, due) in enumerate(rows):
        new = payment(f"ch_{number}", account=f"acct_{number}", customer=customer, due=due)
        run(store.commit(Changes(inserts=[new])))

    def due_by(until: int, each: int, but_not: tuple[str, ...] = ()) -> list[str]:
        found = run(store.due_by(PAYMENTS, "capture_before", "customer", until, each, but_not=but_not))
        return sorted(one.id for one in found)

    assert due_by(30, 2) == ["ch_0", "ch_1", "ch_3", "ch_7"]
    assert due_by(50, 9) == ["ch_0", "ch_1", "ch_2", "ch_3", "ch_4", "ch_7"]
    assert due_by(50, 1, ("cus_1", "cus_9")) == ["ch_3", "ch_7"]
    assert due_by(0, 9) == []


def test_purge_takes_the_old_ones_a_stretch_at_a_time(store: Store, run: Run) -> None:
    run(store.commit(Changes(inserts=[payment(f"ch_{n}", created=n, account=f"acct_{n % 2}") for n in range(6)])))
    assert run(store.get(PAYMENTS, "acct_0", "ch_0")) is not None
    assert run(store.purge(PAYMENTS, 4, 3)) == 3
    assert run(store.purge(PAYMENTS, 4, 3)) == 1
    assert run(store.purge(PAYMENTS, 4, 3)) == 0
    left = [found for n in range(6) if (found := run(store.get(PAYMENTS, f"acct_{n % 2}", f"ch_{n}")))]
    assert [found.id for found in left] == ["ch_4", "ch_5"]


def test_nothing_to_commit_is_committed_at_once(store: Store, run: Run) -> None:
    run(store.commit(Changes()))


def test_ids_nobody_can_have_are_not_found(store: Store, run: Run) -> None:
    for id in ("", "ch_\0", "'; DROP TABLE charges; --", "x" * 10_000):
        assert run(store.get(PAYMENTS, SHOP, id)) is None
        assert run(store.get_body(PAYMENTS, SHOP, id)) is None
        assert run(store.get_many(PAYMENTS, SHOP, [id])) == {}
        assert run(store.find(PAYMENTS, "customer", id)) == []


def test_a_column_the_kind_does_not_have_is_a_mistake(store: Store, run: Run) -> None:
    with pytest.raises(ValueError, match="charges has no column body"):
        run(store.find(PAYMENTS, "body", "x"))
    with pytest.raises(ValueError, match="charges has no column nope"):
        run(store.due(PAYMENTS, "nope", 1, limit=1))


def test_a_value_no_column_can_hold_spoils_only_its_own_commit(store: Store, run: Run) -> None:
    too_big = Insert(PAYMENTS, SHOP, False, "ch_1", 2**70, Payment(id="ch_1"), Secret())
    with pytest.raises((OverflowError, ValueError)):
        run(store.commit(Changes(inserts=[too_big])))
    run(store.commit(Changes(inserts=[payment("ch_2")])))
    assert run(store.get(PAYMENTS, SHOP, "ch_2")) is not None


def test_everything_is_there_after_opening_again(database: Database, run: Run) -> None:
    first = database.open()
    run(first.start())
    run(first.commit(Changes(inserts=[payment("ch_1", amount=1), note("evt_1")])))
    run(first.close())
    second = database.open()
    run(second.start())
    assert run(second.get(PAYMENTS, SHOP, "ch_1")) == stored(payment("ch_1", amount=1))
    assert run(second.page(NOTES, SHOP, False, limit=3)).items == [stored(note("evt_1"))]
    run(second.close())


def test_a_closed_store_says_so(database: Database, run: Run) -> None:
    store = database.open()
    run(store.start())
    assert run(store.ready())
    run(store.close())
    assert not run(store.ready())
    with pytest.raises(StoreUnavailable, match="closed"):
        run(store.get(PAYMENTS, SHOP, "ch_1"))
    with pytest.raises(StoreUnavailable, match="closed"):
        run(store.commit(Changes(inserts=[payment("ch_1")])))


def test_the_body_is_what_columns_are_made_of(store: Store, run: Run) -> None:
    """A column follows the object whichever part of it changes."""
    run(store.commit(Changes(inserts=[payment("ch_1", customer="cus_1", due=1)])))
    for customer, due in (("cus_1", 2), ("cus_2", 2), (None, None), ("cus_3", 3)):
        read = run(store.get(PAYMENTS, SHOP, "ch_1"))
        assert read is not None
        value = Payment(id="ch_1", customer=customer)
        run(store.commit(Changes(updates=[Update(read, value, Secret(due=due))])))
        by_customer = run(store.find(PAYMENTS, "customer", customer)) if customer else []
        by_due = run(store.due(PAYMENTS, "capture_before", 9, limit=9))
        assert [found.value for found in by_customer] == ([value] if customer else [])
        assert [found.hidden.due for found in by_due] == ([due] if due else [])
    assert run(store.find(PAYMENTS, "customer", "cus_1")) == []


def test_kinds_must_have_their_columns(database: Database, run: Run) -> None:
    coloured: Kind[Note, None] = Kind("events", Note, type(None), "note", columns={"colour": lambda note, _: note.type})
    store = database.open([coloured])
    with pytest.raises(ValueError, match=r"no events\.colour"):
        run(store.start())
    run(store.close())


def test_keys_are_found_by_their_hash(store: Store, run: Run) -> None:
    run(store.commit(Changes(inserts=[key("key_1", "h1"), key("key_2", "h2", account="acct_other")])))
    found = run(store.find(KEYS, "hash", "h2"))
    assert [(one.account, one.id) for one in found] == [("acct_other", "key_2")]
