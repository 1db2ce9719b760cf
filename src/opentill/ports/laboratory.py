"""What a developer can do to the world around the system: move its clock, cut its wire, look at its acquirer."""

from typing import Literal, Protocol

import msgspec

from opentill.domain.terminal.devices import ReaderTrouble

FaultKind = Literal["delay", "timeout", "lost_answer", "not_sent", "late"]
FaultOperation = Literal["authorize", "increment", "capture", "reverse", "refund", "inquire"]


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """What the simulated acquirer holds under one authorization, minor units of its currency.

    `attempts` counts different attempt ids by operation, `messages` everything that arrived, repeats included.
    """

    payment_intent: str
    attempt: str
    approved: bool
    held: int
    captured: int
    refunded: int
    attempts: dict[str, int]
    messages: dict[str, int]


class Laboratory(Protocol):
    """The world of `opentill up`; a server for real payments has none."""

    async def advance(self, seconds: int) -> int:
        """Move the clock forward and do everything that is then due; the new time."""
        ...

    def inject(self, operation: FaultOperation | None, kind: FaultKind, count: int, delay_ms: int) -> None:
        """Let something go wrong with the next `count` messages to the acquirer."""
        ...

    def disturb_reader(self, reader: str, trouble: ReaderTrouble, count: int) -> None:
        """Let the next `count` commands to a simulated reader meet with trouble."""
        ...

    def clear(self) -> None:
        """Let everything go right again."""
        ...

    def holdings(self, attempts: dict[str, str]) -> list[Holding]:
        """What the acquirer knows of these authorizations: attempt id to the PaymentIntent it is of."""
        ...
