"""The server is killed at hundreds of seeded moments, and the money is right.

Several tills make payments with the official client while the server dies again and again: in front of a commit and
after it, in front of a message to the acquirer and after its answer, between two statements of a transaction, or
whenever a signal from outside happens to hit it. Some lives also have a broken wire to the acquirer. In the end the
books must be in order, every payment where its till was told, and every key answered as it was.

Each case is named by its seed: `-k "sqlite and 17"` repeats the case, with the same stories and the same fates.
"""

import asyncio
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import pytest

from opentill.main import Settings, store_of
from tests.audit import Books, Query, differences, read_books, sqlite_query
from tests.crash.mortal import Mortal
from tests.crash.payments import AGAIN, Ending, Till, Told
from tests.postgres import PostgresServer

pytestmark = pytest.mark.soak

EFFORT = int(os.environ.get("OPENTILL_TEST_EFFORT", "1"))
TILLS = 4
DEATHS = 12
LEASE_S = 61

# The n-th event of the family kills. Bounds are such that a life gets through a few requests, and rarely through many.
FAMILIES = {"commit": 40, "acquirer": 16, "statement": 160}
FAULTS: tuple[list[dict[str, Any]], ...] = (
    [],
    [],
    [{"operation": "authorize", "kind": "lost_answer"}],
    [{"operation": "authorize", "kind": "lost_answer"}, {"operation": "inquire", "kind": "timeout"}],
    [{"operation": "authorize", "kind": "timeout"}, {"operation": "inquire", "kind": "timeout"}],
    [{"operation": "authorize", "kind": "not_sent"}],
    [{"operation": "capture", "kind": "lost_answer"}, {"operation": "refund", "kind": "lost_answer"}],
    [{"operation": "capture", "kind": "not_sent"}, {"operation": "reverse", "kind": "timeout"}],
    [{"operation": "increment", "kind": "lost_answer"}, {"operation": "inquire", "kind": "timeout"}],
    [{"operation": "increment", "kind": "timeout"}],
)


def fates(seed: int, families: list[str]) -> list[dict[str, Any]]:
    """How the lives of a case end."""
    random = Random(f"fates {seed}")
    found: list[dict[str, Any]] = []
    for _ in range(DEATHS):
        family = random.choice(families)
        nth = random.randint(1, FAMILIES[family])
        found.append({"family": family, "nth": nth, "faults": random.choice(FAULTS)})
    return found


class Run:
    """A server, some tills, and what they were told."""

    def __init__(self, directory: Path, seed: int, *options: str, patience_s: int = 0) -> None:
        self.server = Mortal(directory, *options)
        self.told = Told()
        key = f"sk_test_crash{seed:08}"
        self.tills = [
            Till(self.server, key, f"till{n}", seed, self.told, patience_s=patience_s) for n in range(TILLS)
        ]
        self._enough = threading.Event()
        self._pool = ThreadPoolExecutor(TILLS)
        self._work = [self._pool.submit(self._sell, till) for till in self.tills]

    def _sell(self, till: Till) -> None:
        self.server.wait_until_up()
        while not self._enough.is_set():
            till.make_a_payment()

    def check_tills(self) -> None:
        """Raise what a till raised."""
        for work in self._work:
            if work.done():
                work.result()

    def finish(self) -> list[Ending]:
        """Let the tills come to the end of their stories."""
        self._enough.set()
        for work in self._work:
            work.result(timeout=60)
        return [ending for till in self.tills for ending in till.endings]

    def settle(self) -> None:
        """Let everything happen that is still to happen: repeated advices, refunds looked at again."""
        for _ in range(5):
            self.tills[0].client.raw_request("post", "/opentill/clock", seconds=1000)

    def ask_again(self) -> int:
        """Every request once more, under its key; the transport holds each answer against the first one."""
        for till in self.tills:
            for call, arguments, key in till.made:
                try:
                    call(*arguments, options={"idempotency_key": key})
                except Exception as error:  # noqa: BLE001 - a 402 is an answer like any other
                    assert getattr(error, "http_status", None) == 402, repr(error)
        return len(self.told.answers)

    def close(self) -> None:
        self._enough.set()
        self.server.close()
        self._pool.shutdown(wait=False, cancel_futures=True)


def check(run: Run, endings: list[Ending], settings: Settings, query: Query) -> Books:
    """The books of the stopped server are in order and show every payment as its till was told."""

    async def read() -> Books:
        store = store_of(settings)
        await store.start()
        try:
            return await read_books(
                store, query, settings.data_directory / "acquirer.sqlite3", int(time.time() * 1000) + 10**9
            )
        finally:
            await store.close()

    books = asyncio.run(read())
    assert differences(books) == []
    for ending in endings:
        intent = books.intents[ending.intent].value
        charge = books.charges.get(intent.latest_charge or "")
        found = Ending(
            intent.id,
            intent.status,
            intent.amount_received,
            0 if charge is None else charge.value.amount_refunded,
            intent.amount_capturable,
            sum(
                attempt.value.state == "declined" and attempt.value.operation == "authorize"
                for attempt in books.attempts.values()
                if attempt.value.payment_intent == intent.id
            ),
        )
        assert found == ending
        failures = sum(
            event.type == "payment_intent.payment_failed" and f'"id":"{intent.id}"'.encode() in bytes(event.data.object)
            for event in books.events
        )
        assert failures <= run.told.refusals.get(intent.id, 0), "a failure that nobody was told of"
    assert {ending.intent for ending in endings} == set(books.intents), "a payment that nobody was told of"
    return books


def die_and_check(run: Run, orders: list[dict[str, Any]], settings: Settings, query: Query) -> None:
    for order in orders:
        run.server.begin(**order)
        status = run.server.end()
        run.check_tills()
        assert status == -signal.SIGKILL, f"it ended by itself: {status}\n{''.join(run.server.log[-20:])}"
    run.server.begin()
    endings = run.finish()
    run.settle()
    assert run.ask_again() >= len(endings)
    run.server.stop()
    assert run.server.failures() == []
    check(run, endings, settings, query)


@pytest.mark.parametrize("seed", range(25 * EFFORT))
def test_sqlite(seed: int, tmp_path: Path) -> None:
    run = Run(tmp_path, seed)
    try:
        settings = Settings(tmp_path, development=True)
        die_and_check(run, fates(seed, list(FAMILIES)), settings, sqlite_query(tmp_path / "opentill.sqlite3"))
    finally:
        run.close()


__all__ = ["AGAIN", "PostgresServer", "LEASE_S"]
