"""What devices report: one report at a time for each device, any number of devices at once.

A report may be under way for as long as a bank takes to answer. It belongs to the device, not to the link it came
over: if the link breaks meanwhile, the work goes on, and the answer goes to whichever link the device then has.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from opentill.link.messages import Report

WAITING_MAX: Final = 16
"""Reports of a device that may wait behind the one in hand. A reader that works has one or two."""


class Reports:
    """The reports in hand and those behind them. `handle` takes one, and never raises."""

    def __init__(self, handle: Callable[[str, Report], Awaitable[None]]) -> None:
        self._handle = handle
        self._waiting: dict[str, deque[Report]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, device: str, report: Report) -> bool:
        """Take a report; False if too many wait. One that is in hand or waits already is not taken twice."""
        waiting = self._waiting.get(device)
        if waiting is not None:
            if any(known.id == report.id for known in waiting):
                return True
            if len(waiting) > WAITING_MAX:
                return False
            waiting.append(report)
            return True
        self._waiting[device] = deque([report])
        task = asyncio.create_task(self._work(device))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def finish(self, seconds: float) -> None:
        """Wait until everything is handled; what takes longer is given up, as when the power fails."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()

    async def _work(self, device: str) -> None:
        waiting = self._waiting[device]
        try:
            while waiting:
                await self._handle(device, waiting[0])
                waiting.popleft()
        finally:
            del self._waiting[device]
