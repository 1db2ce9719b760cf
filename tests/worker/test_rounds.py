"""When the worker looks for what: everything once a second, and attempts whenever it is woken."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from opentill.ports.store import Kind, StoreUnavailable
from opentill.services.kinds import ATTEMPTS
from opentill.services.operation import System
from opentill.worker import sweep
from opentill.worker.sweep import Worker


class Watched:
    """A store where nothing is due; `asked` holds the tables that were looked into."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.away = False
        self._changed = asyncio.Event()

    async def due(self, kind: Kind[Any, Any], column: str, until: int, limit: int) -> list[Any]:
        self.asked.append(kind.table)
        self._changed.set()
        if self.away:
            raise StoreUnavailable("away")
        return []

    async def purge(self, kind: Kind[Any, Any], created_before: int, limit: int) -> int:
        return 0

    async def until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            self._changed.clear()
            await self._changed.wait()


def working(store: Watched) -> Worker:
    return Worker(cast(System, SimpleNamespace(store=store, clock=SimpleNamespace(now=lambda: 1))), alone=False)


def test_woken_it_looks_for_attempts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "PAUSE_S", 0)
    monkeypatch.setattr(sweep, "ROUND_S", 3600)

    async def scenario() -> None:
        store = Watched()
        worker = working(store)
        await worker.start()
        await worker.catch_up()  # shares the round that begins with the start, or follows it
        everything = set(store.asked)
        await store.until(lambda: store.asked.count(ATTEMPTS.table) >= 2)
        assert len(everything) > 3
        for _ in range(3):
            store.asked.clear()
            worker.wake()
            await store.until(lambda: ATTEMPTS.table in store.asked)
            assert set(store.asked) == {ATTEMPTS.table}
        await worker.stop()

    asyncio.run(asyncio.wait_for(scenario(), 30))


def test_however_often_it_is_woken_it_looks_at_everything_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "PAUSE_S", 0)
    monkeypatch.setattr(sweep, "ROUND_S", 0.01)

    async def scenario() -> None:
        store = Watched()
        worker = working(store)
        await worker.start()
        await store.until(lambda: len(set(store.asked)) > 3)
        for away in (False, True, False):
            store.away = away
            store.asked.clear()
            while len(set(store.asked)) <= (0 if away else 3):
                worker.wake()
                await asyncio.sleep(0)
        await worker.stop()

    asyncio.run(asyncio.wait_for(scenario(), 30))
