"""The laboratory of `opentill up`: the movable clock and the simulated acquirer, in the hands of a developer."""

import asyncio
from collections.abc import Awaitable, Callable

from opentill.acquirers.simulator import Fault, SimulatedAcquirer
from opentill.clock import MovableClock
from opentill.domain.terminal.devices import ReaderTrouble
from opentill.ports.laboratory import FaultKind, FaultOperation, Holding
from opentill.readers.simulated import SimulatedReaders


class SimulatedWorld:
    """`ports.laboratory.Laboratory`.

    `moved` is told how far the clock is ahead, so that the next start knows; `catch_up` does everything that is due.
    """

    def __init__(
        self,
        clock: MovableClock,
        acquirer: SimulatedAcquirer,
        readers: SimulatedReaders,
        moved: Callable[[int], Awaitable[None]],
        catch_up: Callable[[], Awaitable[None]],
    ) -> None:
        self._clock = clock
        self._acquirer = acquirer
        self._readers = readers
        self._moved = moved
        self._catch_up = catch_up
        self._moving = asyncio.Lock()

    async def advance(self, seconds: int) -> int:
        """Move the clock forward and do everything that is then due; the new time."""
        if seconds:
            async with self._moving:  # two at once would be remembered as one, and the next start go back in time
                await self._moved(self._clock.offset_s + seconds)
                self._clock.advance(seconds)
        await self._catch_up()
        return self._clock.now()

    def inject(self, operation: FaultOperation | None, kind: FaultKind, count: int, delay_ms: int) -> None:
        """Let something go wrong with the next `count` messages to the acquirer."""
        self._acquirer.inject(Fault(operation, kind, count, delay_ms))

    def disturb_reader(self, reader: str, trouble: ReaderTrouble, count: int) -> None:
        """Let the next `count` commands to a simulated reader meet with trouble."""
        self._readers.disturb(reader, trouble, count)

    def clear(self) -> None:
        """Let everything go right again."""
        self._acquirer.clear_faults()
        self._readers.clear()

    def holdings(self, attempts: dict[str, str]) -> list[Holding]:
        """What the acquirer knows of these authorizations: attempt id to the PaymentIntent it is of."""
        known = self._acquirer.holdings()
        return [
            Holding(
                payment_intent=intent,
                attempt=attempt,
                approved=found.approved,
                held=found.hold.held,
                captured=found.hold.captured,
                refunded=found.hold.refunded,
                attempts=found.attempts,
                messages=found.messages,
            )
            for attempt, intent in attempts.items()
            if (found := known.get(attempt)) is not None
        ]
