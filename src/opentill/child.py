"""A program beside the server, in a process of its own: started again when it dies, gone when the server is gone.

Its life hangs on its standard input, a pipe: the system closes that whatever the server dies of, and the program ends
then. The socket that it serves on is bound here, so that its address stays when the process is another.
"""

import asyncio
import os
import socket
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Final

import structlog

PAUSE_S: Final = 1.0
PAUSE_MAX_S: Final = 30.0
SETTLED_S: Final = 60.0
STOP_S: Final = 5.0

_log = structlog.get_logger("opentill.child")


class Child:
    """The program `python ARGUMENTS`, which inherits `listener`; `heard` gets each line of its standard output.

    `name` is what the log calls it; `environment` is added to our own.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        listener: socket.socket,
        heard: Callable[[bytes], Awaitable[None]],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._name = name
        self._arguments = arguments
        self._listener = listener
        self._heard = heard
        self._environment = {**os.environ, **(environment or {})}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._keep())

    def stop(self) -> None:
        """Have it end, without waiting for it."""
        if self._task is not None:
            self._task.cancel()

    async def close(self) -> None:
        """Have it end, and let go of the socket."""
        self.stop()
        if self._task is not None:
            with suppress(asyncio.CancelledError):
                await self._task
        self._listener.close()

    async def _keep(self) -> None:
        loop, pause = asyncio.get_running_loop(), PAUSE_S
        while True:
            began = loop.time()
            try:
                status = await self._live()
            except OSError as error:
                status = error.strerror
            if loop.time() - began >= SETTLED_S:
                pause = PAUSE_S
            _log.warning(f"{self._name} ended", status=status, again_in_s=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, PAUSE_MAX_S)

    async def _live(self) -> int | None:
        """Run it until it ends; the exit status."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, *self._arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            pass_fds=(self._listener.fileno(),),
            env=self._environment,
            start_new_session=True,  # Ctrl-C is for the server, which then ends it
        )
        _log.info(f"{self._name} running", pid=process.pid)
        try:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            async for line in process.stdout:
                await self._heard(line)
            return await process.wait()
        finally:
            await _ended(process)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Have it end: of itself if it can."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
