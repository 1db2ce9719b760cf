"""Payments at real readers while everything dies again and again: nobody pays twice, and the screens tell the truth.

Tills with a reader program between them and their customers, at seeded moments of a payment: the server is killed (as
in test_killing.py), the program of the readers is killed, a plug is pulled, a network cut, made slow or mended, a card
pulled out mid-read, an action canceled while the card is on its way. In the end

    the books are in order, and every payment is where its till was told
    no reader is left at work, and each takes another payment and lets it be canceled
    whatever a screen called approved is paid, and was from then on; what is paid was not last called declined

Each case is named by its seed, which repeats its stories, cards and fates; what overlaps is up to the threads.
"""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random

import pytest
from tests.crash.counters import RealCounter
from tests.crash.customers import Customer
from tests.crash.misfortunes import Misfortunes
from tests.crash.mortal import PATIENCE_S
from tests.crash.payments import Ending, Till
from tests.crash.runs import EFFORT, LEASE_S, Run, query_of
from tests.crash.test_killing import FAULTS
from tests.crash.test_killing_readers import at_work
from tests.devices import Readers
from tests.postgres import PostgresServer

pytestmark = pytest.mark.soak

READERS = 3
MISFORTUNES = 22

# The wire to the acquirer. Nothing is incremented here.
WIRES = [faults for faults in FAULTS if not any(fault["operation"] == "increment" for fault in faults)]

# What is counted in a life, and up to where: readers come back in each of them before anybody can pay.
FAMILIES = {"commit": 40, "acquirer": 10, "statement": 160, "outside": 30}


class DevicesRun(Run):
    """A run whose tills have real readers. `__init__` begins the first life, and returns when all are registered."""

    def __init__(self, directory: Path, seed: int, database: str | None = None, *, patience_s: int = 0) -> None:
        self.counters: list[RealCounter] = []
        self._registered = threading.Barrier(READERS + 1)
        super().__init__(directory / "server", seed, database, patience_s=patience_s, tills=READERS)
        self.server.begin()
        self.readers = Readers(self.server.address, directory / "readers", count=READERS)
        self._codes = _codes(self.readers)
        self.customers = [
            Customer(self.readers, serial, f"customer {number} {seed}") for number, serial in enumerate(self._codes)
        ]
        self.misfortunes = Misfortunes(self.readers, list(self._codes), f"misfortunes {seed}")
        self._registered.wait(PATIENCE_S)
        self._registered.wait(PATIENCE_S)

    def _sell(self, till: Till) -> None:
        self._registered.wait()
        number = self.tills.index(till)
        serial, code = list(self._codes.items())[number]
        customer = self.customers[number]
        assert customer.serial == serial
        counter = RealCounter(till, customer, code, f"{till._name} {self.key}", tips=number == 0)
        self.counters.append(counter)
        self._registered.wait()
        while not self._enough.is_set():
            counter.make_a_payment()

    def suffer(self, seed: int, families: list[str]) -> int:
        """Let everything happen that is to happen, and begin the last life; how much it was.

        What happens to the readers goes on while the server dies and begins again.
        """
        random = Random(f"fates {seed}")
        self.server.signal(signal.SIGKILL)
        with ThreadPoolExecutor(1) as pool:
            strikes = pool.submit(self._strike)
            while not strikes.done():
                self.server.end()
                family = random.choice(families)
                self.server.begin(family=family, nth=random.randint(1, FAMILIES[family]), faults=random.choice(WIRES))
                self.misfortunes.happened += 1
                self.misfortunes.mend()
                status = self.server.end()
                self.check_tills()
                assert status == -signal.SIGKILL, f"it ended by itself: {status}\n{''.join(self.server.log[-20:])}"
            strikes.result()
        self.server.begin()
        self.misfortunes.mend()
        return self.misfortunes.happened

    def _strike(self) -> None:
        while self.misfortunes.happened < MISFORTUNES:
            self.misfortunes.strike()

    def finish(self) -> list[Ending]:
        """Let the tills come to an end, and then find out that their readers are of use."""
        super().finish()
        for counter in self.counters:
            counter.till.endings.append(counter.leave_and_cancel())
        return [ending for till in self.tills for ending in till.endings]

    def ask_again(self) -> int:
        """Every request once more that was carried out: a refusal that changed nothing is not kept under its key."""
        asked = 0
        for till in self.tills:
            for call, arguments, key in till.made:
                if self.told.answers[key][0] != 400:
                    asked += 1
                    call(*arguments, options={"idempotency_key": key})  # the transport compares the answers
        return asked

    def close(self) -> None:
        super().close()
        for customer in self.customers:
            customer.close()
        self.readers.close()

    def lies(self) -> list[str]:
        """What screens said of payments, and was not so."""
        endings = {ending.intent: ending for till in self.tills for ending in till.endings}
        found: list[str] = []
        for counter in self.counters:
            said: dict[int, list[str]] = {}
            for claim in counter.customer.claims:
                said.setdefault(claim.number, []).append(claim.says)
            for intent, number in counter.numbers.items():
                claims = said.get(number, [])
                if _paid(endings[intent]) and claims[-1:] == ["declined"]:
                    found.append(f"{endings[intent]} was last shown as declined: {claims}")
                if not _paid(endings[intent]) and "approved" in claims:
                    found.append(f"{endings[intent]} was shown as approved: {claims}")
                if "approved" in claims and set(claims[claims.index("approved") :]) != {"approved"}:
                    found.append(f"{endings[intent]} was shown as approved, and then not: {claims}")
        return found


def _paid(ending: Ending) -> bool:
    return ending.received > 0 or ending.capturable > 0


def _codes(readers: Readers) -> dict[str, str]:
    """The pairing codes on the screens, by serial number."""
    codes: dict[str, str] = {}
    for device in readers.devices():
        at = readers.at(device["serial"])
        codes[device["serial"]] = at.wait("pairing", until=lambda screen: screen.get("code") is not None)["code"]
        at.close()
    return codes


def run_through(run: DevicesRun, seed: int, families: list[str], postgres: PostgresServer | None = None) -> None:
    """One case, from the first misfortune to the last check."""
    try:
        assert run.suffer(seed, families) >= MISFORTUNES
        run.end_well(query_of(run.settings, postgres))
        assert run.readers.failures() == []
    finally:
        run.close()
    assert at_work(run.settings) == []
    assert run.lies() == []


@pytest.mark.parametrize("seed", range(4 * EFFORT), ids=lambda seed: f"sqlite-{seed}")
def test_readers_and_server_killed_on_sqlite(seed: int, tmp_path: Path) -> None:
    run_through(DevicesRun(tmp_path, seed), seed, list(FAMILIES))


@pytest.mark.parametrize("seed", range(EFFORT), ids=lambda seed: f"postgres-{seed}")
def test_readers_and_server_killed_on_postgres(seed: int, tmp_path: Path, postgres_server: PostgresServer) -> None:
    run = DevicesRun(tmp_path, seed, postgres_server.database(), patience_s=LEASE_S)
    run_through(run, seed, ["commit", "acquirer", "outside"], postgres_server)
