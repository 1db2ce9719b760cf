"""What is asked for at the same time goes out together: one statement, one round trip, one flush for many callers.

While a statement is under way, whatever else is asked for waits and goes into the next one. So a store that is idle
answers as fast as it can, and one that is busy makes large statements; nobody waits for a timer. Only a statement that
takes long, because it waits for a lock or for a database that hangs, is not waited for any longer.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Generic, TypeVar

from opentill.ports.store import StoreUnavailable

A = TypeVar("A")
R = TypeVar("R")

AT_ONCE, ENOUGH = 2, 6  # with enough for a second call, one is worked on here while the other is under way
LONG_S = 0.05  # what a statement takes at most, unless something is wrong


class Together(Generic[A, R]):
    """Gathers what is asked, up to `most`, into calls of `run`, which gives a result for each.

    There is one call at a time, or two when enough are waiting; those that take long do not count.

    If `run` raises StoreUnavailable, everybody in it is told so. If it raises anything else, one of those in it is to
    blame, none of it was done, and each is run again by itself, so that the others do not suffer for it.
    """

    def __init__(self, run: Callable[[Sequence[A]], Awaitable[Sequence[R]]], most: int) -> None:
        self._run = run
        self._most = most
        self._waiting: deque[tuple[A, asyncio.Future[R]]] = deque()
        self._calls: set[asyncio.Task[None]] = set()
        self._long: set[asyncio.Task[None]] = set()  # those of them that are not waited for
        self._looking = False
        self._closed = False

    async def ask(self, item: A) -> R:
        """What `run` gives for `item`. Raises what it raises. Whoever is cancelled meanwhile takes nothing back."""
        if self._closed:
            raise StoreUnavailable("The store is closed.")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._waiting.append((item, future))
        if not self._looking:
            self._looking = True
            loop.call_soon(self._begin)  # after the others that have something to ask now
        return await future

    async def close(self) -> None:
        """Wait for what was asked."""
        self._closed = True
        self._begin()
        while self._calls:
            await asyncio.wait(self._calls)

    def _begin(self) -> None:
        """Begin calls for those that wait, if it is time."""
        self._looking = False
        while self._waiting:
            running = len(self._calls) - len(self._long)
            if running and (running == AT_ONCE or len(self._waiting) < ENOUGH):
                break
            lot: list[tuple[A, asyncio.Future[R]]] = []
            while self._waiting and len(lot) < self._most:
                asked = self._waiting.popleft()
                if not asked[1].done():  # nor cancelled
                    lot.append(asked)
            call = asyncio.create_task(self._settle(lot))
            self._calls.add(call)
            timer = asyncio.get_running_loop().call_later(LONG_S, self._takes_long, call)
            call.add_done_callback(partial(self._ended, timer))

    def _takes_long(self, call: asyncio.Task[None]) -> None:
        self._long.add(call)
        self._begin()

    def _ended(self, timer: asyncio.TimerHandle, call: asyncio.Task[None]) -> None:
        timer.cancel()
        self._calls.discard(call)
        self._long.discard(call)
        self._begin()

    async def _settle(self, lot: Sequence[tuple[A, asyncio.Future[R]]]) -> None:
        try:
            results = await self._run([item for item, _ in lot]) if lot else ()
        except Exception as error:  # noqa: BLE001 - it is handed to whoever asked
            if len(lot) > 1 and not isinstance(error, StoreUnavailable):
                for asked in lot:
                    await self._settle([asked])
                return
            for _, future in lot:
                if not future.done():
                    future.set_exception(type(error)(*error.args) if len(lot) > 1 else error)
        else:
            for (_, future), result in zip(lot, results, strict=True):
                if not future.done():
                    future.set_result(result)
        finally:
            for _, future in lot:
                future.cancel()  # only if this task was cancelled: otherwise they are done
