"""A run: a server that may die, tills that make payments on it meanwhile, and the check of the books afterwards."""

import asyncio
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import stripe
from tests.audit import Books, Query, differences, read_books, sqlite_query
from tests.crash.mortal import Mortal
from tests.crash.payments import Ending, Till, Told
from tests.postgres import PostgresServer

from opentill.main import Settings, store_of
from opentill.services.keys import account_of_tail

EFFORT = int(os.environ.get("OPENTILL_TEST_EFFORT", "1"))
TILLS = 4

# By how much tills move the clock on while a server that is not the only one on its database leaves things open: an
# attempt belongs to the process that made it for a minute.
LEASE_S = 61

_LONG_AFTER_MS = 2**43


class Run:
    """A server on `directory`, and tills that make one payment after another until `finish`."""

    def __init__(
        self, directory: Path, seed: int, database: str | None = None, *, patience_s: int = 0, tills: int = TILLS
    ) -> None:
        self.settings = Settings(directory, database=database, development=True)
        options = () if database is None else ("--database", database)
        self.server = Mortal(directory, *options)
        self.told = Told()
        self.key = f"sk_test_crash{seed:08}"
        self.tills = [
            Till(self.server, self.key, f"till{number}", seed, self.told, patience_s=patience_s)
            for number in range(tills)
        ]
        self._enough = threading.Event()
        self._pool = ThreadPoolExecutor(tills)
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
        """Let the tills come to the end of their stories: what they were told."""
        self._enough.set()
        for work in self._work:
            work.result(timeout=120)
        return [ending for till in self.tills for ending in till.endings]

    def settle(self) -> None:
        """Let happen what is still to happen: advices are repeated, refunds looked at again."""
        for _ in range(6):
            self.tills[0].client.raw_request("post", "/opentill/clock", seconds=1000)

    def ask_again(self) -> int:
        """Make every request once more, under its key; how many there were.

        The transport holds each answer against the first one.
        """
        for till in self.tills:
            for call, arguments, key in till.made:
                try:
                    call(*arguments, options={"idempotency_key": key})
                except stripe.StripeError as error:
                    if error.http_status != 402:
                        raise
        return sum(len(till.made) for till in self.tills)

    def close(self) -> None:
        self._enough.set()
        self.server.close()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def end_well(self, query: Query) -> Books:
        """With the server up: bring everything to its end, and check all there is to check."""
        endings = self.finish()
        assert endings
        self.settle()
        assert self.ask_again() >= len(endings)
        self.server.stop()
        failures = self.server.failures()
        assert not failures, "\n".join(failures)
        books = books_of(self.settings, query)
        found = differences(books)
        assert not found, "\n".join(found)
        for ending in endings:
            assert _shown(books, ending.intent) == ending
            told = [event for event in books.events if _is_failure(event, ending.intent)]
            asked = [(event.request.idempotency_key, event.created) for event in told]
            assert len(told) <= self.told.refusals[ending.intent], f"{ending}: nobody was told of one of {asked}"
        account = account_of_tail(self.key.removeprefix("sk_test_"))
        known = {id for id, intent in books.intents.items() if intent.account == account}
        assert {ending.intent for ending in endings} == known, "a payment that nobody was told of"
        return books


def books_of(settings: Settings, query: Query) -> Books:
    """The books of a server that was stopped."""

    async def read() -> Books:
        store = store_of(settings)
        await store.start()
        try:
            return await read_books(store, query, settings.data_directory / "acquirer.sqlite3", _LONG_AFTER_MS)
        finally:
            await store.close()

    return asyncio.run(read())


def query_of(settings: Settings, postgres: PostgresServer | None = None) -> Query:
    """Statements in the database of `settings`."""
    if postgres is None:
        return sqlite_query(settings.data_directory / "opentill.sqlite3")
    database = urlsplit(settings.database or "").path.removeprefix("/")

    def query(sql: str) -> list[Sequence[Any]]:
        return [line.split("|") for line in postgres.execute(sql, database).splitlines()]

    return query


def _shown(books: Books, id: str) -> Ending:
    """How the books show a payment."""
    intent = books.intents[id].value
    charge = books.charges.get(intent.latest_charge or "")
    made = [attempt.value for attempt in books.attempts.values() if attempt.value.payment_intent == id]
    return Ending(
        id,
        intent.status,
        received=intent.amount_received,
        refunded=0 if charge is None else charge.value.amount_refunded,
        capturable=intent.amount_capturable,
        declines=sum(attempt.operation == "authorize" and attempt.state == "declined" for attempt in made),
    )


def _is_failure(event: Any, intent: str) -> bool:
    about = f'"id":"{intent}"'.encode()
    return event.type == "payment_intent.payment_failed" and about in bytes(event.data.object)
