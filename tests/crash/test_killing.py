"""The server is killed at hundreds of seeded moments, and the money is right.

Several tills make payments with the official client while the server dies again and again: in front of a commit and
after it, in front of a message to the acquirer and after its answer, between two statements of a transaction, or when
a signal from outside happens to hit it. Some lives also have a broken wire to the acquirer. In the end the books must
be in order (tests/audit.py), every payment where its till was told, and every key answered as it was.

Each case is named by its seed: `-k "sqlite-17"` repeats its stories and its fates. What overlaps with what is up to
the threads, so a case that failed once may need a few tries to fail again.
"""

import signal
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.crash.runs import EFFORT, LEASE_S, Run, query_of
from tests.postgres import PostgresServer

pytestmark = pytest.mark.soak

DEATHS = 12

# What is counted, and up to where: a life gets through a few requests, and rarely through many.
FAMILIES = {"commit": 40, "acquirer": 16, "statement": 160, "outside": 20}

FAULTS: tuple[list[dict[str, Any]], ...] = (
    [],
    [],
    [{"operation": "authorize", "kind": "lost_answer"}],
    [{"operation": "authorize", "kind": "lost_answer"}, {"operation": "inquire", "kind": "timeout"}],
    [{"operation": "authorize", "kind": "lost_answer"}, {"operation": "inquire", "kind": "not_sent"}],
    [{"operation": "authorize", "kind": "timeout"}, {"operation": "inquire", "kind": "timeout"}],
    [{"operation": "authorize", "kind": "not_sent"}],
    [{"operation": "capture", "kind": "lost_answer"}, {"operation": "refund", "kind": "lost_answer"}],
    [{"operation": "capture", "kind": "not_sent"}, {"operation": "reverse", "kind": "timeout"}],
    [{"operation": "refund", "kind": "timeout"}, {"operation": "reverse", "kind": "lost_answer"}],
    [{"operation": "increment", "kind": "lost_answer"}, {"operation": "inquire", "kind": "timeout"}],
    [{"operation": "increment", "kind": "timeout"}],
)


def die(run: Run, seed: int, families: list[str]) -> None:
    """Let the server die as often as it is to, and begin its last life."""
    random = Random(f"fates {seed}")
    for _ in range(DEATHS):
        family = random.choice(families)
        run.server.begin(family=family, nth=random.randint(1, FAMILIES[family]), faults=random.choice(FAULTS))
        status = run.server.end()
        run.check_tills()
        assert status == -signal.SIGKILL, f"it ended by itself: {status}\n{''.join(run.server.log[-20:])}"
    run.server.begin()


@pytest.mark.parametrize("seed", range(25 * EFFORT), ids=lambda seed: f"sqlite-{seed}")
def test_killed_on_sqlite(seed: int, tmp_path: Path) -> None:
    run = Run(tmp_path, seed)
    try:
        die(run, seed, list(FAMILIES))
        run.end_well(query_of(run.settings))
    finally:
        run.close()


@pytest.mark.parametrize("seed", range(6 * EFFORT), ids=lambda seed: f"postgres-{seed}")
def test_killed_on_postgres(seed: int, tmp_path: Path, postgres_server: PostgresServer) -> None:
    run = Run(tmp_path, seed, postgres_server.database(), patience_s=LEASE_S)
    try:
        die(run, seed, ["commit", "acquirer", "outside"])
        run.end_well(query_of(run.settings, postgres_server))
    finally:
        run.close()


@pytest.mark.parametrize("files", range(1, 9))
def test_killed_while_it_starts_for_the_first_time(files: int, tmp_path: Path) -> None:
    """Killed as soon as there are so many files (or it serves), the next start makes what is missing."""
    directory = tmp_path / "data"
    run = Run(directory, files)
    try:
        run.server.begin(files=files)
        assert run.server.end() == -signal.SIGKILL
        run.server.begin(family="outside", nth=20)
        assert run.server.end() == -signal.SIGKILL
        run.server.begin()
        run.end_well(query_of(run.settings))
    finally:
        run.close()
