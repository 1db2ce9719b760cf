"""`make bench`: what a payment costs beside the bare server, localstripe and PostgreSQL, as ratios of one run.

Rounds are interleaved, server and client on a core each, and the medians of the ratios are printed with their goals.
Absolute rates move with the machine and its neighbours; the ratios are what to compare. How soon readers react is
measured in milliseconds (bench/readers.py): for that the machine should be idle otherwise, and its disk, too.
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import uvloop
from tests.postgres import PostgresServer

from bench import readers, requests, servers
from bench.client import Conversation, Measured, load
from bench.million import fill

CONNECTIONS = (1, 16, 64)
PAYMENTS = 1_000_000


@dataclass(frozen=True)
class Case:
    """One thing under load: its name in the table, where it listens and what is said to it."""

    name: str
    server: servers.Server
    conversation: Callable[[], Conversation]


@dataclass(frozen=True)
class Goal:
    """A ratio with the bound it is to keep."""

    name: str
    value: float
    bound: float
    at_least: bool = True

    def line(self) -> str:
        """As the report shows it."""
        met = self.value >= self.bound if self.at_least else self.value <= self.bound
        sign = "≥" if self.at_least else "≤"
        return f"  {'met   ' if met else 'MISSED'}  {self.name:<66} {self.value:8.2f}   goal {sign} {self.bound:g}"


class Rates:
    """What was measured: rates by case and number of connections, one a round."""

    def __init__(self) -> None:
        self._all: dict[tuple[str, int], list[Measured]] = {}

    def add(self, name: str, connections: int, measured: Measured) -> None:
        """Keep a round."""
        self._all.setdefault((name, connections), []).append(measured)

    def ratio(self, name: str, other: str, connections: int) -> float:
        """The median, over the rounds, of the rate of one case to that of another in the same round."""
        pairs = zip(self._all[(name, connections)], self._all[(other, connections)], strict=True)
        return median(one.rate / two.rate for one, two in pairs)

    def table(self) -> Iterator[str]:
        """Medians, a line a case and number of connections."""
        yield f"  {'':<44} {'conn':>5} {'req/s':>9} {'p50 ms':>8} {'p99 ms':>8} {'client':>7}"
        for (name, connections), rounds in self._all.items():
            rate = median(one.rate for one in rounds)
            p50 = median(one.p50_ms for one in rounds)
            p99 = median(one.p99_ms for one in rounds)
            busy = median(one.busy for one in rounds)
            yield f"  {name:<44} {connections:>5} {rate:>9.0f} {p50:>8.2f} {p99:>8.2f} {busy:>6.0%}"


def measure(case: Case, connections: int, seconds: float) -> Measured:
    """Load one case for a while."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(
            load(case.server.port, connections, case.conversation, warm_up_s=seconds / 3, measure_s=seconds)
        )


def interleaved(rates: Rates, cases: list[Case], connections: tuple[int, ...], rounds: int, seconds: float) -> None:
    """Every case in turn, round after round."""
    for _ in range(rounds):
        for count in connections:
            for case in cases:
                rates.add(case.name, count, measure(case, count, seconds))


async def make(port: int, key: str, count: int) -> tuple[list[str], int]:
    """`count` PaymentIntents to read; their ids, and the size of the answer that shows one."""
    ids: list[str] = []
    size = 0

    def conversation() -> Conversation:
        nonlocal size
        while True:
            body = yield requests.request("POST", "/v1/payment_intents", key, requests.CREATE)
            size = len(body)
            ids.append(requests.id_of(body))

    while len(ids) < count:
        await load(port, 1, conversation, warm_up_s=0.05, measure_s=0.2)
    return ids, size


def run(*, quick: bool, million: bool) -> list[Goal]:
    """Everything; the goals with what they came to. Prints the rates on the way."""
    rounds, seconds = (1, 1.0) if quick else (3, 3.0)
    servers.pin(servers.CLIENT_CORE)
    rates = Rates()
    goals: list[Goal] = []
    directory = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        with ExitStack() as stack:
            up = stack.enter_context(servers.opentill_up(directory / "up"))
            goals.append(Goal("start to first answer, s", up.start_s, 1.5, at_least=False))
            key = "sk_test_bench"
            ids, size = asyncio.run(make(up.port, key, 100))
            floor = stack.enter_context(servers.floor(directory / "floor", str(directory / "floor" / "rows"), size))
            with servers.localstripe(directory / "localstripe") as local:
                cases = [
                    Case("opentill: create, confirm, capture (SQLite)", up, requests.payments(key, idempotent=True)),
                    Case("floor: one durable insert (SQLite)", floor, requests.posts("/insert")),
                    Case("floor: bytes", floor, requests.posts("/bytes")),
                    Case(
                        "localstripe: create, confirm, capture", local, requests.payments("sk_test_1", idempotent=False)
                    ),
                ]
                interleaved(rates, cases, CONNECTIONS, rounds, seconds)
            reads = [
                Case("opentill: read by id", up, requests.reads(key, ids)),
                Case("floor: read bytes", floor, requests.gets("/bytes")),
            ]
            interleaved(rates, reads, (16,), rounds, seconds)
            flow, insert, peer, read, bare = (case.name for case in (*cases[:2], cases[3], *reads))
            goals += [
                Goal("payments on SQLite to the one-insert floor, 16 connections", rates.ratio(flow, insert, 16), 0.35),
                Goal("payments to localstripe, 16 connections", rates.ratio(flow, peer, 16), 20),
                Goal("payments to localstripe, 1 connection", rates.ratio(flow, peer, 1), 5),
                Goal("read by id to the bare server, 16 connections", rates.ratio(read, bare, 16), 0.5),
                Goal("memory after the load, MB", up.memory_mb(), 150, at_least=False),
            ]
        goals.append(_postgres(directory, rates, size, rounds, seconds))
        if million:
            goals.append(_million(directory, rates, rounds, seconds))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    sys.stdout.write("\n".join(rates.table()) + "\n\n")
    return goals


def at_the_counter(*, quick: bool) -> list[Goal]:
    """Readers alone; the goals with what they came to. Prints the delays."""
    servers.pin(servers.CLIENT_CORE)
    directory = Path(tempfile.mkdtemp(prefix="bench-"))
    counts, payments = ((1, 100), 100) if quick else (readers.COUNTS, 300)
    try:
        measured = readers.measure(directory, counts, payments)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    lines = [readers.HEADING, *(line for delays in measured.delays for line in delays.lines())]
    sys.stdout.write("\n".join(lines) + "\n\n")
    few, many = measured.at(100), f"{counts[-1]:,} readers"
    goals = [
        Goal(
            "request to the amount on the screen, p99 ms, 100 readers", readers.p99(few.to_screen), 50, at_least=False
        ),
        Goal("tap to requires_capture, p99 ms, 100 readers", readers.p99(few.to_hold), 100, at_least=False),
        Goal(f"{many} back after the server was killed, s", measured.back_s, 10, at_least=False),
    ]
    if not quick:  # what the first links cost once for all is not to be seen among many
        goals.append(Goal(f"memory of an idle connected reader, kB, {many}", measured.memory_kb, 50, at_least=False))
    return goals


def _postgres(directory: Path, rates: Rates, size: int, rounds: int, seconds: float) -> Goal:
    with closing(PostgresServer()) as database, ExitStack() as stack:
        serving, key = servers.opentill_serve(directory / "served", database.database())
        stack.enter_context(serving)
        floor = stack.enter_context(servers.floor(directory / "floor-pg", database.database(), size))
        cases = [
            Case("opentill: create, confirm, capture (PostgreSQL)", serving, requests.payments(key, idempotent=True)),
            Case("floor: one durable insert (PostgreSQL)", floor, requests.posts("/insert")),
        ]
        interleaved(rates, cases, (16,), rounds, seconds)
    return Goal(
        "payments on PostgreSQL to its one-insert floor, 16 connections",
        rates.ratio(cases[0].name, cases[1].name, 16),
        0.6,
    )


def _million(directory: Path, rates: Rates, rounds: int, seconds: float) -> Goal:
    """The cost of a request beside a million PaymentIntents, to its cost in an empty database."""
    sys.stdout.write(f"  filling a database with {PAYMENTS:,} PaymentIntents …\n")
    full = directory / "full"
    fill(full, PAYMENTS)
    with servers.opentill_up(full) as many, servers.opentill_up(directory / "empty") as none:
        cases = [
            Case("opentill: payments, empty database", none, requests.payments("sk_test_bench", idempotent=True)),
            Case("opentill: payments, a million there", many, requests.payments("sk_test_bench", idempotent=True)),
        ]
        interleaved(rates, cases, (16,), rounds, seconds)
    return Goal(
        "cost of a request with a million PaymentIntents to an empty database",
        rates.ratio(cases[0].name, cases[1].name, 16),
        1.2,
        at_least=False,
    )


def main() -> int:
    """Print the table and the goals; 0 unless something could not be measured."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="one short round, without the million and with fewer readers"
    )
    parser.add_argument("--no-million", action="store_true", help="without filling a database with a million payments")
    parser.add_argument("--readers", action="store_true", help="readers alone: screens, taps, links")
    options = parser.parse_args()
    goals = [] if options.readers else run(quick=options.quick, million=not (options.quick or options.no_million))
    goals += at_the_counter(quick=options.quick)
    sys.stdout.write("\n".join(goal.line() for goal in goals) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
