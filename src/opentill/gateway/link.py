"""One open link: whose it is, where that device belongs, and how much it has said lately."""

from opentill.gateway.timing import Timing
from opentill.gateway.wire import Wire
from opentill.link.messages import Assignment


class Link:
    """An open link; the gateway has one for each device that is there."""

    __slots__ = (
        "_allowance",
        "_allowed_at",
        "asked",
        "assignment",
        "device",
        "heard",
        "looking",
        "nudged",
        "pairing",
        "stale",
        "welcomed",
        "wire",
    )

    def __init__(self, device: str, wire: Wire, now: float, timing: Timing) -> None:
        self.device = device
        self.wire = wire
        self.assignment: Assignment | None = None
        self.heard = 0  # how many messages
        self.welcomed = False
        # What it is to be told: a fresh look at everything, and answers about these actions.
        self.nudged = False
        self.asked: dict[str | None, None] | None = None
        self.looking = False
        self.stale = False  # what is being looked at was overtaken by what it was told
        self.pairing = False
        self._allowance = timing.burst
        self._allowed_at = now

    @property
    def reader(self) -> str | None:
        """The reader that this device is, if it is registered."""
        return None if self.assignment is None else self.assignment.reader

    def hear(self, now: float, timing: Timing) -> bool:
        """Count a message; False if there were too many (a bucket of tokens, refilled by the second)."""
        self._allowance = min(timing.burst, self._allowance + (now - self._allowed_at) * timing.messages_per_s) - 1
        self._allowed_at = now
        self.heard += 1
        return self._allowance >= 0
