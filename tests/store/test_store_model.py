"""Each store against a model the size of a dict, in every order of operations Hypothesis thinks of."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from tests.store.store_databases import Database, Run
from tests.store.store_samples import NOTES, PAYMENTS, Payment, Secret, note

from opentill.ports.store import Changes, Condition, Conflict, Delete, Insert, Store, Stored, Update

IDS = st.sampled_from([f"ch_{number}" for number in range(6)])
TIMES = st.integers(1, 3)  # few, so that many objects are equally old
CUSTOMERS = st.sampled_from([None, "cus_1", "cus_2"])
DUES = st.sampled_from([None, 10, 20, 30])
MODES = st.booleans()
LIMITS = st.integers(1, 4)


@dataclass
class Model:
    """What the store should hold: objects by id, in the order of their insertion, and every version there ever was."""

    objects: dict[str, Stored[Payment, Secret]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    notes: int = 0

    def newest_first(self, **wanted: Any) -> list[Stored[Payment, Secret]]:
        """The objects with these attributes, in the order of lists."""
        found = [one for one in self.objects.values() if all(read(one) == value for read, value in _reads(wanted))]
        return sorted(found, key=lambda one: (one.created, self.order.index(one.id)), reverse=True)


def _reads(wanted: dict[str, Any]) -> list[tuple[Callable[[Stored[Payment, Secret]], Any], Any]]:
    reads: dict[str, Callable[[Stored[Payment, Secret]], Any]] = {
        "livemode": lambda one: one.livemode,
        "customer": lambda one: one.value.customer,
    }
    return [(reads[name], value) for name, value in wanted.items()]


class Machine(RuleBasedStateMachine):
    """Operations on one account, each on the store and on the model."""

    database: Database
    run: Run
    stores: "list[Store]"
    accounts = itertools.count()

    @initialize()
    def open_account(self) -> None:
        self.account = f"acct_{next(self.accounts)}"
        self.model = Model()
        self.past: list[Stored[Payment, Secret]] = []

    @property
    def store(self) -> Store:
        return self.stores[0]

    def outcome(self, changes: Changes) -> str | None:
        """None if it was committed, else the conflict."""
        try:
            self.run(self.store.commit(changes))
        except Conflict as conflict:
            return str(conflict)
        return None

    def expected(self, changes: Changes) -> str | None:
        """What the model says, which takes over the changes if they go through."""
        model = self.model
        for stored in [change.stored for change in (*changes.updates, *changes.deletes)]:
            if model.objects.get(stored.id) != stored:
                return "charges: changed"
        payments = [insert for insert in changes.inserts if insert.kind is PAYMENTS]
        if any(insert.id in model.objects for insert in payments):
            return "charges: taken"
        for delete in changes.deletes:
            self.past.append(model.objects.pop(delete.stored.id))
            model.order.remove(delete.stored.id)
        for update in changes.updates:
            old = update.stored
            self.past.append(old)
            new = Stored(
                PAYMENTS, old.account, old.livemode, old.id, old.created, old.version + 1, update.value, update.hidden
            )
            model.objects[old.id] = new
        for one in payments:
            model.objects[one.id] = Stored(
                PAYMENTS, one.account, one.livemode, one.id, one.created, 1, one.value, one.hidden
            )
            model.order.append(one.id)
        model.notes += len(changes.inserts) - len(payments)
        return None

    def check(self, changes: Changes) -> None:
        """The same from both."""
        assert self.outcome(changes) == self.expected(changes)

    def new(self, id: str, created: int, livemode: bool, customer: str | None, due: int | None) -> Insert:
        value = Payment(id=id, amount=next(self.accounts), customer=customer)
        return Insert(PAYMENTS, self.account, livemode, id, created, value, Secret(due=due))

    @rule(id=IDS, created=TIMES, livemode=MODES, customer=CUSTOMERS, due=DUES)
    def insert(self, id: str, created: int, livemode: bool, customer: str | None, due: int | None) -> None:
        self.check(Changes(inserts=[self.new(id, created, livemode, customer, due)]))

    @precondition(lambda self: self.model.objects)
    @rule(data=st.data(), customer=CUSTOMERS, due=DUES, same=st.booleans())
    def update(self, data: st.DataObject, customer: str | None, due: int | None, same: bool) -> None:
        stored = data.draw(st.sampled_from(list(self.model.objects.values())))
        value = stored.value if same else Payment(id=stored.id, customer=customer)
        self.check(Changes(updates=[Update(stored, value, Secret(due=due))]))

    @precondition(lambda self: self.model.objects)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        self.check(Changes(deletes=[Delete(data.draw(st.sampled_from(list(self.model.objects.values()))))]))

    @precondition(lambda self: self.past)
    @rule(data=st.data(), end=st.booleans())
    def change_what_was_read_before(self, data: st.DataObject, end: bool) -> None:
        stored = data.draw(st.sampled_from(self.past))
        if any(stored.version == now.version and stored.id == now.id for now in self.model.objects.values()):
            return  # deleted and made anew since: a version tells the lives of one object apart, not two objects
        self.check(Changes(deletes=[Delete(stored)] if end else [], updates=[] if end else [_touch(stored)]))

    @precondition(lambda self: self.model.objects)
    @rule(data=st.data(), id=IDS, created=TIMES, customer=CUSTOMERS)
    def several_things_at_once(self, data: st.DataObject, id: str, created: int, customer: str | None) -> None:
        """An insert, which may be in conflict, with an update of another object and a note."""
        stored = data.draw(st.sampled_from(list(self.model.objects.values())))
        if stored.id == id:
            return
        count = self.model.notes
        inserts = [note(f"evt_{count}", account=self.account), self.new(id, created, False, customer, None)]
        self.check(Changes(inserts=inserts, updates=[_touch(stored)]))

    @rule(id=IDS)
    def read(self, id: str) -> None:
        expected = self.model.objects.get(id)
        assert self.run(self.store.get(PAYMENTS, self.account, id)) == expected
        body = self.run(self.store.get_body(PAYMENTS, self.account, id))
        assert body == (None if expected is None else (expected.livemode, Changes().encode(expected.value)))

    @rule(ids=st.lists(IDS, max_size=6))
    def read_many(self, ids: list[str]) -> None:
        expected = {id: self.model.objects[id] for id in ids if id in self.model.objects}
        assert self.run(self.store.get_many(PAYMENTS, self.account, ids)) == expected

    @rule(customer=st.sampled_from(["cus_1", "cus_2"]), limit=LIMITS)
    def find(self, customer: str, limit: int) -> None:
        found = self.run(self.store.find(PAYMENTS, "customer", customer, account=self.account, limit=limit))
        assert found == self.model.newest_first(customer=customer)[:limit]

    @rule(until=st.integers(5, 35))
    def due(self, until: int) -> None:
        found = self.run(self.store.due(PAYMENTS, "capture_before", until, limit=10**6))
        mine = [one for one in found if one.account == self.account]
        expected = [one for one in self.model.objects.values() if one.hidden.due and one.hidden.due <= until]
        assert mine == sorted(expected, key=lambda one: (one.hidden.due, self.model.order.index(one.id)))

    @rule(
        data=st.data(), livemode=MODES, limit=LIMITS, by_customer=st.booleans(), direction=st.sampled_from([-1, 0, 1])
    )
    def page(self, data: st.DataObject, livemode: bool, limit: int, by_customer: bool, direction: int) -> None:
        wanted: dict[str, Any] = {"livemode": livemode}
        conditions: list[Condition] = []
        if by_customer:
            wanted["customer"] = "cus_1"
            conditions.append(Condition("customer", "=", "cus_1"))
        everything = self.model.newest_first(livemode=livemode)
        items = self.model.newest_first(**wanted)
        after = before = None
        if direction and everything:
            cursor = data.draw(st.sampled_from(everything))
            place = everything.index(cursor)
            if direction > 0:
                after, items = cursor, [one for one in items if everything.index(one) > place]
            else:
                before, items = cursor, [one for one in items if everything.index(one) < place]
        page = self.run(
            self.store.page(
                PAYMENTS,
                self.account,
                livemode,
                conditions,
                limit=limit,
                starting_after=after,
                ending_before=before,
            )
        )
        expected = items[-limit:] if before else items[:limit]
        assert (list(page.items), page.has_more) == (expected, len(items) > limit)

    @rule()
    def count_notes(self) -> None:
        page = self.run(self.store.page(NOTES, self.account, False, limit=1000))
        assert len(page.items) == self.model.notes

    @rule()
    def open_again(self) -> None:
        self.run(self.store.close())
        self.stores[0] = self.database.open()
        self.run(self.store.start())


def _touch(stored: Stored[Payment, Secret]) -> Update:
    return Update(stored, Payment(id=stored.id, amount=-1, customer="cus_2"), stored.hidden)


def test_a_store_behaves_like_a_dict(database: Database, run: Run) -> None:
    stores = [database.open()]
    run(stores[0].start())
    kind = type("Bound", (Machine,), {"database": database, "run": staticmethod(run), "stores": stores})
    run_state_machine_as_test(kind, settings=settings(max_examples=50, stateful_step_count=40, deadline=None))
    run(stores[0].close())
