"""The clock of an installation: the machine's, moved forward by as much as somebody asked for in development."""

import time


class MovableClock:
    """`ports.clock.Clock`: UTC from the machine, plus `offset_s` seconds."""

    def __init__(self, offset_s: int = 0) -> None:
        self.offset_s = offset_s

    def now(self) -> int:
        """Seconds since the Unix epoch."""
        return int(time.time()) + self.offset_s

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        return int(time.time() * 1000) + self.offset_s * 1000

    def advance(self, seconds: int) -> None:
        """Move the clock forward."""
        self.offset_s += seconds
