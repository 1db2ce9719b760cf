"""Servers that die where they are told to. A program of its own, for tests/crash/mortal.py.

It loads everything once and forks a child for each life, so that a life costs no start-up of the interpreter: the
child is `opentill up` with the arguments this program was given. Nothing of the product is changed. Between the
objects that the assembly has put together stand observers, which count what passes and kill the process at the n-th:

    commit      before a commit is handed to the store, and after it came back durable, before anybody is told
    acquirer    before a message goes to the acquirer, and after its answer, before anybody has seen it
    statement   before each SQL statement of the writing thread, in the middle of a transaction (SQLite)

SIGUSR1 makes the disk full, as SQLite sees it; SIGUSR2 makes room again.

Orders come on standard input, a line of JSON for each life: {"family": ..., "nth": ..., "faults": [...]}. What
becomes of it goes to standard error, among the child's own log: {"life": "began", "pid": ...}, and then
{"life": "ended", "status": ...}.
"""

import asyncio
import json
import os
import select
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from sqlite3 import Connection
from typing import Any, TypeVar

import opentill.server
from opentill import cli
from opentill.acquirers.simulator import Fault
from opentill.main import Installation, Settings
from opentill.store import postgres

T = TypeVar("T")

LOADED = (postgres,)  # here, once, rather than in every life

FULL, ROOM = signal.SIGUSR1, signal.SIGUSR2
PAGES_MAX = 2**31 - 2


class Fate:
    """Counts what passes and ends the process at the `nth` event of `family`."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._family = order.get("family")
        self._left = order.get("nth", 0)
        self.faults = [Fault(**fault) for fault in order.get("faults", ())]

    def passes(self, family: str) -> None:
        if family == self._family:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def around(self, family: str, call: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
        """`call`, with a chance to die before and after."""

        async def observed(*arguments: Any) -> T:
            self.passes(family)
            result = await call(*arguments)
            self.passes(family)
            return result

        return observed


def doomed(fate: Fate) -> type[Installation]:
    """Installations that `fate` watches."""

    class Doomed(Installation):
        def __init__(self, settings: Settings) -> None:
            super().__init__(settings)
            store: Any = self.store
            store.commit = fate.around("commit", store.commit)
            if settings.database is None:
                writer = store._writer
                connect = writer._connect

                def traced() -> Connection:
                    connection = connect()
                    connection.set_trace_callback(lambda _: fate.passes("statement"))
                    return connection

                writer._connect = traced
            simulator: Any = self.simulator
            simulator.perform = fate.around("acquirer", simulator.perform)
            simulator.inquire = fate.around("acquirer", simulator.inquire)
            for fault in fate.faults:
                self.simulator.inject(fault)

        async def start(self) -> None:
            await super().start()
            loop = asyncio.get_running_loop()
            loop.add_signal_handler(FULL, self._limit, 1)
            loop.add_signal_handler(ROOM, self._limit, PAGES_MAX)

        def _limit(self, pages: int) -> None:
            """The database file may have so many pages, or stay as large as it is if it has more."""
            store: Any = self.store
            self._limiting = asyncio.create_task(
                store._writer.call(lambda writer: writer.execute(f"PRAGMA max_page_count = {pages}").fetchall())
            )

    return Doomed


def live(order: dict[str, Any], arguments: Sequence[str]) -> int:
    """One life; its exit status, if it ends by itself."""
    opentill.server.Installation = doomed(Fate(order))
    return cli.main(["up", "--no-readers", *arguments])


def tell(**what: Any) -> None:
    os.write(2, json.dumps(what).encode() + b"\n")


def main() -> None:
    """Take orders until there are no more to come; what still lives then, because the test was stopped, is killed."""
    for line in iter(sys.stdin.readline, ""):
        alive, end = os.pipe()  # the child's end closes when it dies
        child = os.fork()
        if child == 0:
            os._exit(live(json.loads(line), sys.argv[1:]))
        os.close(end)
        tell(life="began", pid=child)
        if sys.stdin in select.select([sys.stdin, alive], [], [])[0]:
            os.kill(child, signal.SIGKILL)
        os.close(alive)
        _, status = os.waitpid(child, 0)
        tell(life="ended", status=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
