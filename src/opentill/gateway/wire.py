"""The sending half of a link: messages go out in order, nobody waits for them, and a peer that does not read is cut."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias

from opentill.gateway.timing import Timing
from opentill.link import messages
from opentill.link.messages import FromServer, Refused

Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

WAITING_MAX: Final = 2 * messages.FRAME_MAX
"""How many characters may wait for a peer to read."""

_POLICY: Final = 1008
_RESTARTING: Final = 1012
_TRY_LATER: Final = 1013


class Wire:
    """One link's way out. `life` is the deadline that the link's task runs under: whatever ends the link sets it."""

    __slots__ = ("_close_code", "_life", "_released", "_send", "_size", "_timing", "_waiting", "_writing")

    def __init__(self, send: Send, life: asyncio.Timeout, timing: Timing) -> None:
        self._send = send
        self._life = life
        self._timing = timing
        self._waiting: deque[str] | None = None  # most links have nothing to say most of the time
        self._size = 0
        self._writing: asyncio.Task[None] | None = None
        self._close_code: int | None = None
        self._released = False

    @property
    def ending(self) -> bool:
        """Whether the link is about to be closed; then nothing that comes on it counts."""
        return self._close_code is not None

    def say(self, message: FromServer) -> None:
        """Send a message, some time soon."""
        if self.ending:
            return
        frame = messages.encode(message).decode()
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(frame)
        self._size += len(frame)
        if self._size > WAITING_MAX:
            self.cut()
        elif self._writing is None:
            self._writing = asyncio.create_task(self._write())

    def end(self, refused: Refused | None) -> None:
        """Say why, if there is a reason to tell, and close after everything was sent.

        The peer may take its time to read that, a little; then it is cut off.
        """
        if self.ending:
            return
        if refused is not None:
            self.say(refused)
        if refused is None:
            self._close_code = _TRY_LATER
        else:
            self._close_code = _RESTARTING if refused.code == "shutting_down" else _POLICY
        self._end_in(self._timing.goodbye_s)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write())

    def cut(self) -> None:
        """End the link now, whatever the peer does."""
        if self._close_code is None:
            self._close_code = _TRY_LATER
        self._end_in(0)

    def live_for(self, seconds: float | None) -> None:
        """Move the link's deadline; None lifts it. Not of a link that is ending."""
        if not self.ending:
            self._end_in(seconds)

    def _end_in(self, seconds: float | None) -> None:
        # A command may still wait for the ack of a link that is gone; there is nothing left to end.
        if not self._released and not self._life.expired():
            self._life.reschedule(None if seconds is None else asyncio.get_running_loop().time() + seconds)

    def released(self) -> None:
        """The link is gone: nothing more is sent."""
        self._released = True
        if self._close_code is None:
            self._close_code = _TRY_LATER
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None

    async def _write(self) -> None:
        try:
            async with asyncio.timeout(self._timing.write_s):
                while self._waiting:
                    frame = self._waiting.popleft()
                    self._size -= len(frame)
                    await self._send({"type": "websocket.send", "text": frame})
                if self._close_code is not None:
                    await self._send({"type": "websocket.close", "code": self._close_code})
        except TimeoutError:
            self.cut()
        except OSError:
            pass  # the peer is gone, and the link's task hears of it
        finally:
            self._waiting = None
            self._writing = None
