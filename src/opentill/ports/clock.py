"""Time is handed in, so that it can be moved in development and tests."""

from typing import Protocol


class Clock(Protocol):
    """A source of the present."""

    def now(self) -> int:
        """Seconds since the Unix epoch, UTC."""
        ...

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch, UTC."""
        ...
