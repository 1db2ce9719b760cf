"""A simulated acquirer on a file of its own, and a clock that the test moves."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.acquirers.acquirer_messages import MovableClock

from opentill.acquirers.simulator import SimulatedAcquirer


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "acquirer.sqlite3"


@pytest.fixture
def acquirer(path: Path, clock: MovableClock) -> Iterator[SimulatedAcquirer]:
    acquirer = SimulatedAcquirer(path, clock)
    yield acquirer
    acquirer.close()
