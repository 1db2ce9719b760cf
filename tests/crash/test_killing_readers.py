"""Payments at a counter while the server dies again and again: money and readers end together.

The same deaths as in test_killing.py, with tills that pay at simulated readers: processed in one step, collected and
confirmed, paid and refunded with an Interac card. In the end the books are in order, every payment is where its till
was told, and no reader is left at work.
"""

import asyncio
from pathlib import Path
from random import Random
from typing import Any

import pytest
import stripe
from tests.crash.payments import Ending, Till
from tests.crash.runs import EFFORT, LEASE_S, Run, query_of
from tests.crash.test_killing import FAMILIES, die
from tests.postgres import PostgresServer

from opentill.main import Settings, store_of
from opentill.services.kinds import READERS

pytestmark = pytest.mark.soak

DECLINED = "4000000000000002"
INTERAC = "4506445006931933"
MASTERCARD = "5555555555554444"


class Counter:
    """A till with a reader of its own."""

    def __init__(self, till: Till, seed: str) -> None:
        self._till = till
        self._random = Random(seed)
        self._readers = till.client.v1.terminal.readers
        self._helpers = till.client.v1.test_helpers.terminal.readers
        self._reader: str = till.send(self._readers.create, {"registration_code": "simulated-s700"}).id

    def make_a_payment(self) -> None:
        story = self._random.choice((self.process, self.process, self.collect_and_confirm, self.interac_and_back))
        self._till.endings.append(story())

    def process(self) -> Ending:
        """Processed in one step; sometimes declined first. Held, or paid at once."""
        amount = self._amount()
        manual = self._random.random() < 0.5
        intent = self._sale(amount, capture_method="manual" if manual else "automatic")
        if self._random.random() < 0.3:
            assert self._attempt(intent, {"card_present": {"number": DECLINED}}) in (
                "card_declined",
                "connection_error",
            )
        self._pay(intent)
        declines = self._failed_charges(intent)
        self._till._told.refusals[intent.id] += declines  # one that came out at the retry is told by its charge alone
        if not manual:
            return Ending(intent.id, "succeeded", received=amount, declines=declines)
        if self._random.random() < 0.5:
            return Ending(intent.id, "requires_capture", capturable=amount, declines=declines)
        self._till.send(self._till.client.v1.payment_intents.capture, intent.id)
        return Ending(intent.id, "succeeded", received=amount, declines=declines)

    def collect_and_confirm(self) -> Ending:
        """In two steps; if nobody answers the confirmation, in one."""
        amount = self._amount()
        intent = self._sale(amount, capture_method="manual")
        self._till.send(self._readers.collect_payment_method, self._reader, {"payment_intent": intent.id})
        self._till.send(self._helpers.present_payment_method, self._reader, {"card_present": {"number": MASTERCARD}})
        confirmed = self._till.send(self._readers.confirm_payment_intent, self._reader, {"payment_intent": intent.id})
        if self._ended(confirmed, intent) is not None:
            self._pay(intent, {"card_present": {"number": MASTERCARD}})
        return Ending(intent.id, "requires_capture", capturable=amount)

    def interac_and_back(self) -> Ending:
        """Paid with an Interac card and given back to it, in part or in full."""
        amount = self._amount()
        types = ["card_present", "interac_present"]
        intent = self._sale(amount, capture_method="automatic", allowed_payment_method_types=types, currency="usd")
        card = {"interac_present": {"number": INTERAC}}
        self._pay(intent, card)
        back = self._random.choice((amount, 100))
        self._till.send(self._readers.refund_payment, self._reader, {"payment_intent": intent.id, "amount": back})
        assert self._ended(self._till.send(self._helpers.present_payment_method, self._reader, card), intent) is None
        return Ending(intent.id, "succeeded", received=amount, refunded=back)

    def _amount(self) -> int:
        """Test amounts: those that end in 00 are approved."""
        return self._random.randint(2, 200) * 100

    def _sale(self, amount: int, **params: Any) -> Any:
        return self._till.create(amount, **{"allowed_payment_method_types": ["card_present"]} | params)

    def _pay(self, intent: Any, card: dict[str, Any] | None = None) -> None:
        """Present the card until somebody answers, as the failure table of the guide says: on the same payment."""
        while (failure := self._attempt(intent, card or {})) is not None:
            assert failure == "connection_error"

    def _attempt(self, intent: Any, card: dict[str, Any]) -> str | None:
        """Hand the payment to the reader, and the card if it still wants one; why it failed, if it did."""
        reader = self._till.send(self._readers.process_payment_intent, self._reader, {"payment_intent": intent.id})
        if reader.action.status == "in_progress":
            reader = self._till.send(self._helpers.present_payment_method, self._reader, card)
        return self._ended(reader, intent)

    def _failed_charges(self, intent: Any) -> int:
        """How often the issuer said no; it may come out only at the retry."""
        while True:
            try:
                charges = self._till.client.v1.charges.list({"payment_intent": intent.id}).data
            except stripe.APIConnectionError:
                self._till._server.wait_until_up()
            else:
                return sum(charge.status == "failed" for charge in charges)

    def _ended(self, reader: Any, intent: Any) -> str | None:
        """Wait for the end of the action; why it failed, if it did."""
        while reader.action.status == "in_progress":
            self._till._let_it_work()
            try:
                reader = self._readers.retrieve(self._reader)
            except stripe.APIConnectionError:
                self._till._server.wait_until_up()
        if reader.action.status == "failed":
            self._till._told.refusals[intent.id] += 1
        return reader.action.failure_code


class CounterRun(Run):
    """A run whose tills have readers."""

    def _sell(self, till: Till) -> None:
        self.server.wait_until_up()
        counter = Counter(till, f"{till._name} at the counter {self.key}")
        while not self._enough.is_set():
            counter.make_a_payment()


def at_work(settings: Settings) -> list[str]:
    """The readers that are still at something."""

    async def read() -> list[str]:
        store = store_of(settings)
        await store.start()
        try:
            readers = await store.due(READERS, "created", 2**53, 2**31 - 1)
        finally:
            await store.close()
        assert readers
        return [reader.id for reader in readers if reader.hidden.slot.phase == "working"]

    return asyncio.run(read())


@pytest.mark.parametrize("seed", range(4 * EFFORT), ids=lambda seed: f"sqlite-{seed}")
def test_killed_at_the_counter_on_sqlite(seed: int, tmp_path: Path) -> None:
    run = CounterRun(tmp_path, seed)
    try:
        die(run, seed, list(FAMILIES))
        run.end_well(query_of(run.settings))
    finally:
        run.close()
    assert at_work(run.settings) == []


@pytest.mark.parametrize("seed", range(2 * EFFORT), ids=lambda seed: f"postgres-{seed}")
def test_killed_at_the_counter_on_postgres(seed: int, tmp_path: Path, postgres_server: PostgresServer) -> None:
    run = CounterRun(tmp_path, seed, postgres_server.database(), patience_s=LEASE_S)
    try:
        die(run, seed, ["commit", "acquirer", "outside"])
        run.end_well(query_of(run.settings, postgres_server))
    finally:
        run.close()
    assert at_work(run.settings) == []
