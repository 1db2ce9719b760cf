"""The timers of one device, on the event loop."""

import asyncio
from collections.abc import Callable


class Timers:
    """Named timers. One that ran down is told as a `Ring`, which counts only if it was not stopped since.

    Between running down and being looked at there may be other events, and what they cause may stop the timer or start
    it anew: `take` finds that out.
    """

    def __init__(self, ring: "Callable[[Ring], None]") -> None:
        self._ring = ring
        self._running: dict[str, Ring] = {}

    def start(self, name: str, seconds: float) -> None:
        """Ring once, in so many seconds, in place of a timer of that name."""
        self.stop(name)
        ring = Ring(name)
        ring.handle = asyncio.get_running_loop().call_later(seconds, self._ring, ring)
        self._running[name] = ring

    def stop(self, name: str) -> None:
        """Forget the timer, if there is one."""
        ring = self._running.pop(name, None)
        if ring is not None and ring.handle is not None:
            ring.handle.cancel()

    def stop_all(self) -> None:
        """Forget all of them."""
        for name in list(self._running):
            self.stop(name)

    def take(self, ring: "Ring") -> bool:
        """Whether this ring still counts; it does once."""
        if self._running.get(ring.name) is not ring:
            return False
        del self._running[ring.name]
        return True


class Ring:
    """A timer that runs, or has run down."""

    __slots__ = ("handle", "name")

    def __init__(self, name: str) -> None:
        self.name = name
        self.handle: asyncio.TimerHandle | None = None
