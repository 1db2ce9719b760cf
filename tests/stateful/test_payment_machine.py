"""PaymentIntents driven at random against a model small enough to read, with the wire cut and the clock moved on.

The system runs in this process, on a loop that stands still between two rules. A rule makes requests through the
API's own front; after each one everything that is due is done, and then our books, the acquirer's and the model's
must agree. Where a fault left the outcome open, the model takes what the server says, and the books must still agree.
"""

import asyncio
import itertools
import json
import sqlite3
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import note
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from structlog.testing import capture_logs
from tests.audit import differences, read_books, sqlite_query
from tests.fuzz.effort import effort
from tests.scenarios.shop import LATEST, encode

from opentill.acquirers.simulator import Fault
from opentill.domain.charges import overcapture_limit
from opentill.main import Installation, Settings

EXAMPLES = 60
STEPS = 40
MEMORY = Path("/dev/shm")
DAY = 86_400
HELD_DAYS = 7
INCREMENTS = 10

OPTIONS: Mapping[str, dict[str, Any]] = {
    "plain": {},
    "incremental": {"request_incremental_authorization": "if_available"},
    "overcapture": {"request_overcapture": "if_available"},
}


# How much of what there is: a share of it, and so many cents more; None leaves it to the server.
PARTS = (None, (0.0, 1), (0.5, 0), (0.9, 0), (1.0, 0), (1.0, 1), (0.0, 0), (0.0, -1))

WHICH = st.integers(0, 5)

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")

# What may become of a payment whose outcome only the server knows.
LEGAL = {
    *((status, status) for status in ("requires_payment_method", "requires_confirmation", "requires_capture")),
    *((status, status) for status in ("succeeded", "canceled")),
    *((early, late) for early in CONFIRMABLE for late in (*CONFIRMABLE, "requires_capture", "succeeded", "canceled")),
    *(("requires_capture", late) for late in ("succeeded", "canceled")),
}


@dataclass(frozen=True)
class Payment:
    """What the model knows of a PaymentIntent. Amounts in cents; `held_on` is the model's day of the authorization."""

    amount: int
    holds: bool
    kind: str
    status: str = "requires_payment_method"
    capturable: int = 0
    received: int = 0
    refunded: int = 0
    authorized: int = 0
    increments: int = 0
    held_on: int = 0

    @property
    def most(self) -> int:
        """The most that can be captured without asking the issuer again."""
        return overcapture_limit(self.authorized) if self.kind == "overcapture" else self.capturable


@dataclass(frozen=True)
class Answer:
    status: int
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class PaymentMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._logs = capture_logs()
        self.log = self._logs.__enter__()
        # In memory where that is possible: thousands of steps wait for thousands of commits.
        self._directory = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None)
        self._path = Path(self._directory.name)
        self._runner = asyncio.Runner()
        self.installation = Installation(Settings(self._path, development=True))
        self._runner.run(self.installation.start())
        self._database = sqlite3.connect(self._path / "opentill.sqlite3")
        self.model: dict[str, Payment] = {}
        self.day = 0
        self.unsure = False  # something is wrong with the wire, or was: advices may still be on their way
        self._keys = itertools.count(1)
        self._asked: list[tuple[str, str, str, Answer]] = []

    @initialize()
    def open_a_restaurant(self) -> None:
        """Only some trades may capture more than they hold, for a tip."""
        account = self.ask("GET", "/v1/account").json["id"]
        done = self.ask("POST", f"/v1/accounts/{account}", {"business_profile": {"mcc": "5812"}})
        assert done.status == 200, done.body
        for kind in OPTIONS:
            self.create(1000, holds=True, kind=kind)
            self.confirm(len(self.model), "pm_card_visa")
        self.create(2000, holds=False, kind="plain")

    def teardown(self) -> None:
        """Mend the wire, let everything arrive, and audit the books."""
        self.installation.simulator.clear_faults()
        for _ in range(6):
            self.ask("POST", "/opentill/clock", {"seconds": 1000})
        try:
            books = self._runner.run(
                read_books(
                    self.installation.store,
                    sqlite_query(self._path / "opentill.sqlite3"),
                    self._path / "acquirer.sqlite3",
                    self.installation.clock.now_ms(),
                )
            )
            found = differences(books)
            assert not found, "\n".join(found)
        finally:
            self._database.close()
            self._runner.run(self.installation.close())
            self._runner.close()
            self._directory.cleanup()
            self._logs.__exit__(None, None, None)
        mistakes = [line for line in self.log if line["log_level"] in ("error", "critical")]
        assert not mistakes, mistakes[0]

    # Asking ---------------------------------------------------------------------------------------------------------

    def ask(self, method: str, path: str, form: Mapping[str, Any] | None = None) -> Answer:
        """One request, to its answer."""
        return self._runner.run(self._call(method, path, encode(form or {})))

    async def _call(self, method: str, path: str, form: str, key: str | None = None) -> Answer:
        target, _, query = path.partition("?")
        headers = {
            "authorization": "Bearer sk_test_machine0001",
            "content-type": "application/x-www-form-urlencoded",
            "stripe-version": LATEST,
        }
        if key is not None:
            headers["idempotency-key"] = key
        scope = {
            "type": "http",
            "method": method,
            "raw_path": quote(target).encode(),
            "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": form.encode(), "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.installation.api(scope, receive, send)
        return Answer(sent[0]["status"], sent[1]["body"])

    def post(self, path: str, form: Mapping[str, Any]) -> Answer:
        """A POST under a key of its own. One that is refused (not by the card network) has changed nothing."""
        key, text = f"key-{next(self._keys)}", encode(form)
        before = self._everything()
        answer = self._runner.run(self._call("POST", path, text, key))
        note(f"{path} {text} -> {answer.status} {answer.body[:400]!r}")
        assert answer.status < 500, answer.body
        if answer.status not in (200, 402):
            assert self._everything() == before, "refused, and yet done"
        self._asked.append((path, text, key, answer))
        return answer

    def _everything(self) -> tuple[Any, ...]:
        """What is in the books: rows of these tables never change back."""
        tables = ("payment_intents", "charges", "refunds", "attempts", "events", "balance_transactions", "postings")
        counted = tuple(self._database.execute(f"SELECT count(*) FROM {table}").fetchone() for table in tables)
        return counted, tuple(self._database.execute("SELECT id, body FROM payment_intents ORDER BY id").fetchall())

    def shown(self, id: str) -> dict[str, Any]:
        """A PaymentIntent as the API shows it, with its charge."""
        return self.ask("GET", f"/v1/payment_intents/{id}?expand[]=latest_charge").json

    def pick(self, which: int, *statuses: str, kind: str | None = None) -> str:
        """A payment that is in one of these states, mostly; 0 is for one that need not be."""
        fit = [
            id
            for id, known in self.model.items()
            if which and known.status in statuses and (kind is None or known.kind == kind)
        ]
        found = fit or list(self.model)
        return found[which % len(found)]

    def catch_up(self) -> None:
        self._runner.run(self.installation.worker.catch_up())

    @property
    def troubled(self) -> bool:
        """Whether the next message may go wrong."""
        return bool(self.installation.simulator._faults)

    def outcome(self, id: str, answer: Answer, expected: Payment, *, troubled: bool, declines: bool = False) -> None:
        """The model after a request that reaches for the acquirer, which goes well unless the wire does not."""
        if answer.status == 200 and not declines:
            self.model[id] = expected
            return
        assert answer.status == 402, answer.body
        assert declines or troubled, answer.body
        self.adopt(id)

    def adopt(self, id: str) -> None:
        """Take from the server what only the server can know: whether the card network had said yes."""
        known, shown = self.model[id], self.shown(id)
        changed = shown["status"] != known.status
        assert (known.status, shown["status"]) in LEGAL, (known, shown)
        self.model[id] = replace(
            known,
            status=shown["status"],
            amount=shown["amount"],
            capturable=shown["amount_capturable"],
            received=shown["amount_received"],
            authorized=shown["amount"] if shown["status"] in ("requires_capture", "succeeded") else 0,
            held_on=self.day if changed else known.held_on,
        )

    # What a shop does -----------------------------------------------------------------------------------------------

    @rule(
        amount=st.one_of(st.integers(50, 20_000), st.sampled_from([50, 99_999_999, 49, 0, -1, 100_000_000, 2**63])),
        holds=st.booleans(),
        kind=st.sampled_from(list(OPTIONS)),
    )
    def create(self, amount: int, holds: bool, kind: str) -> None:
        form: dict[str, Any] = {"amount": amount, "currency": "usd", "allowed_payment_method_types": ["card"]}
        if holds:
            form["capture_method"] = "manual"
        if OPTIONS[kind]:
            form["payment_method_options"] = {"card": OPTIONS[kind]}
        answer = self.post("/v1/payment_intents", form)
        possible = 50 <= amount <= 99_999_999
        assert answer.status == (200 if possible else 400), answer.body
        if not possible:
            return
        id = answer.json["id"]
        self.model[id] = Payment(amount, holds, kind)

    @rule(which=WHICH, amount=st.integers(50, 20_000))
    def change_the_amount(self, which: int, amount: int) -> None:
        id = self.pick(which, *CONFIRMABLE)
        answer = self.post(f"/v1/payment_intents/{id}", {"amount": amount})
        possible = self.model[id].status in CONFIRMABLE
        assert answer.status == (200 if possible else 400), answer.body
        if possible:
            self.adopt(id)
            assert self.model[id].amount == amount

    @rule(which=WHICH, card=st.sampled_from(["pm_card_visa", "pm_card_visa", "pm_card_chargeDeclined", None]))
    def confirm(self, which: int, card: str | None) -> None:
        id = self.pick(which, *CONFIRMABLE)
        known, troubled = self.model[id], self.troubled
        answer = self.post(f"/v1/payment_intents/{id}/confirm", {} if card is None else {"payment_method": card})
        if known.status not in CONFIRMABLE:
            assert answer.status == 400, answer.body
        elif card is None:  # the card of an attempt that had no answer, if there was one
            assert answer.status in (200, 400, 402), answer.body
            self.adopt(id)
        else:
            done = replace(known, authorized=known.amount, held_on=self.day)
            if known.holds:
                done = replace(done, status="requires_capture", capturable=known.amount)
            else:
                done = replace(done, status="succeeded", received=known.amount)
            self.outcome(id, answer, done, troubled=troubled, declines=card != "pm_card_visa")

    @rule(which=WHICH, part=st.sampled_from([*PARTS, (1.1, 0), (1.5, 0), (3.0, 0)]))
    def capture(self, which: int, part: tuple[float, int] | None) -> None:
        id = self.pick(which, "requires_capture")
        known, troubled = self.model[id], self.troubled
        amount = known.capturable if part is None else int(known.capturable * part[0]) + part[1]
        answer = self.post(f"/v1/payment_intents/{id}/capture", {} if part is None else {"amount_to_capture": amount})
        if known.status != "requires_capture" or amount < 1 or amount > 99_999_999:
            assert answer.status == 400, answer.body
            return
        done = replace(
            known, status="succeeded", amount=max(known.amount, amount), capturable=0, received=amount, held_on=self.day
        )
        if amount <= known.most:
            assert answer.status == 200, answer.body
            self.model[id] = done
        elif known.kind == "incremental":  # the issuer is asked for more first
            self.model[id] = replace(known, increments=known.increments + 1)
            self.outcome(id, answer, replace(done, increments=known.increments + 1), troubled=troubled)
        else:
            assert answer.status == 400, answer.body

    @rule(which=WHICH, total=st.integers(50, 30_000))
    def increment(self, which: int, total: int) -> None:
        id = self.pick(which, "requires_capture", kind="incremental")
        known, troubled = self.model[id], self.troubled
        answer = self.post(f"/v1/payment_intents/{id}/increment_authorization", {"amount": total})
        possible = known.status == "requires_capture" and known.kind == "incremental"
        if not possible or total <= known.amount or known.increments >= INCREMENTS:
            assert answer.status == 400, answer.body
            return
        self.model[id] = known = replace(known, increments=known.increments + 1)
        done = replace(known, amount=total, capturable=total, authorized=total)
        self.outcome(id, answer, done, troubled=troubled)

    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        id = self.pick(which, "requires_capture", *CONFIRMABLE)
        known = self.model[id]
        answer = self.post(f"/v1/payment_intents/{id}/cancel", {})
        possible = known.status not in ("succeeded", "canceled")
        assert answer.status == (200 if possible else 400), answer.body
        if possible:
            self.model[id] = replace(known, status="canceled", capturable=0)

    @rule(which=WHICH, part=st.sampled_from(PARTS))
    def refund(self, which: int, part: tuple[float, int] | None) -> None:
        id = self.pick(which, "succeeded")
        known = self.model[id]
        left = known.received - known.refunded
        amount = left if part is None else int(left * part[0]) + part[1]
        form = {"payment_intent": id} | ({} if part is None else {"amount": amount})
        answer = self.post("/v1/refunds", form)
        if known.status != "succeeded" or not 0 < amount <= left:
            assert answer.status == 400, answer.body
            return
        assert answer.status == 200, answer.body
        assert answer.json["status"] in ("succeeded", "pending"), answer.body
        self.model[id] = replace(known, refunded=known.refunded + amount)

    @rule(which=WHICH, amount=st.integers(1, 20_000))
    def two_at_once(self, which: int, amount: int) -> None:
        """A capture and a cancellation on their way together: one of them is done, or neither may be."""
        id = self.pick(which, "requires_capture")
        path = f"/v1/payment_intents/{id}"

        async def both() -> list[Answer]:
            form = encode({"amount_to_capture": amount})
            return list(
                await asyncio.gather(
                    self._call("POST", f"{path}/capture", form), self._call("POST", f"{path}/cancel", "")
                )
            )

        known = self.model[id]
        answers = self._runner.run(both())
        note(f"{[(answer.status, answer.body[:300]) for answer in answers]}")
        assert all(answer.status in (200, 400, 402, 429) for answer in answers), answers
        assert [answer.status for answer in answers].count(200) <= 1, answers
        if known.status in ("succeeded", "canceled"):
            assert [answer.status for answer in answers] == [400, 400], answers
        increments = known.increments + (known.kind == "incremental" and amount > known.most)
        self.adopt(id)
        self.model[id] = replace(self.model[id], increments=increments)

    @precondition(lambda self: self._asked)
    @rule(data=st.data())
    def ask_again(self, data: st.DataObject) -> None:
        """The same request under the same key has the same answer, and does nothing."""
        path, text, key, first = self._asked[data.draw(st.integers(0, len(self._asked) - 1))]
        if first.status == 400:  # was not kept: nothing had begun
            return
        before = self._everything()
        again = self._runner.run(self._call("POST", path, text, key))
        assert again == first
        assert self._everything() == before

    # What happens to a shop -----------------------------------------------------------------------------------------

    @rule(days=st.sampled_from([0, 0, 1, 3, 8]))
    def time_passes(self, days: int) -> None:
        answer = self.ask("POST", "/opentill/clock", {"seconds": days * DAY})
        assert answer.status == 200, answer.body
        self.day += days
        for id, known in self.model.items():
            if known.status == "requires_capture" and self.day - known.held_on >= HELD_DAYS:
                self.model[id] = replace(known, status="canceled", capturable=0)
        self._asked = self._asked if days == 0 else []  # keys are kept for a day

    @rule(
        kind=st.sampled_from(["timeout", "lost_answer", "not_sent", "late"]),
        operation=st.sampled_from(["authorize", "authorize", "increment", "capture", "reverse", "refund", None]),
        count=st.integers(1, 3),
        silent=st.booleans(),
    )
    def the_wire_breaks(self, kind: Any, operation: Any, count: int, *, silent: bool) -> None:
        """The next messages get lost; if it stays `silent`, so does the question what became of them."""
        self.installation.simulator.inject(Fault(operation, kind, count))
        if silent:
            self.installation.simulator.inject(Fault("inquire", "timeout"))
        self.unsure = True

    @rule()
    def late_messages_arrive(self) -> None:
        self.installation.simulator.deliver_late()

    @rule()
    def the_wire_is_mended(self) -> None:
        """What had no answer is repeated, asked about or taken back; then nothing is open."""
        self.installation.simulator.clear_faults()
        for _ in range(4):
            self.ask("POST", "/opentill/clock", {"seconds": 1000})
        self.unsure = False
        for id, known in self.model.items():
            assert self.shown(id)["status"] == known.status, (known, self.shown(id))

    # What is always true --------------------------------------------------------------------------------------------

    @invariant()
    def the_api_shows_what_the_model_knows(self) -> None:
        self.catch_up()
        for id, known in self.model.items():
            shown = self.shown(id)
            amounts = (shown["amount"], shown["amount_capturable"], shown["amount_received"])
            assert (shown["status"], *amounts) == (known.status, known.amount, known.capturable, known.received), known
            charge = shown["latest_charge"]
            if known.status == "succeeded":
                money = (charge["captured"], charge["amount_captured"], charge["amount_refunded"])
                assert money == (True, known.received, known.refunded), (known, charge)
            elif charge is not None:
                assert (charge["captured"], charge["amount_captured"], charge["amount_refunded"]) == (False, 0, 0)

    @invariant()
    def money_stays_within_its_limits(self) -> None:
        for known in self.model.values():
            assert 0 <= known.refunded <= known.received
            assert known.received == 0 or known.status == "succeeded"
            assert known.capturable == 0 or known.status == "requires_capture"

    @invariant()
    def the_ledger_and_the_balance_agree(self) -> None:
        self.catch_up()
        rows = self._database.execute("SELECT entry, ledger_account, amount FROM postings").fetchall()
        by_entry: dict[str, int] = {}
        for entry, _, amount in rows:
            by_entry[entry] = by_entry.get(entry, 0) + amount
        assert not any(by_entry.values()), "an entry of the ledger does not sum to zero"
        merchants = -sum(amount for _, account, amount in rows if account.startswith("merchant_balance"))
        moved = self.ask("GET", "/v1/balance_transactions?limit=100").json
        if not moved["has_more"]:
            assert sum(transaction["net"] for transaction in moved["data"]) == merchants
        balance = self.ask("GET", "/v1/balance").json
        assert sum(part["amount"] for part in (*balance["pending"], *balance["available"])) == merchants

    @invariant()
    def the_acquirer_holds_what_we_say(self) -> None:
        """While the wire is sound: captures and releases have arrived, and no payment is held twice."""
        if self.unsure:
            return
        self.catch_up()
        for id, known in self.model.items():
            found = self.ask("GET", f"/opentill/holdings?payment_intent={id}").json["data"]
            held = [(one["held"], one["captured"], one["refunded"]) for one in found]
            money = [one for one in held if one != (0, 0, 0)]
            expected = (known.capturable, known.received, known.refunded)
            assert money == ([] if expected == (0, 0, 0) else [expected]), (known, found)


@pytest.mark.soak
def test_payments_keep_their_books() -> None:
    run_state_machine_as_test(PaymentMachine, settings=effort(EXAMPLES, steps=STEPS))
