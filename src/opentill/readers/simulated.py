"""Simulated readers: readers without a device, that test helpers present cards to.

They have no memory of their own: what a simulated reader shows is the action in the store. So it always has the
command, unless it is told to be in trouble, and it prints as soon as it is asked to.
"""

from collections import deque

from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal.devices import DEVICES, ReaderTrouble
from opentill.ports.readers import Acknowledged, Busy, Command, Delivery, Fault, Offline, TimedOut


class SimulatedReaders:
    """The link to simulated readers (port `ReaderLink`). A reader with a device is out of its reach: offline."""

    def __init__(self) -> None:
        self._troubles: dict[str, deque[ReaderTrouble]] = {}

    async def send(self, reader: Reader, command: Command) -> Delivery:
        """Tell a reader what to do, and wait until it says that it does."""
        if not DEVICES[reader.device_type].simulated:
            return Offline()
        printing = command.action is not None and command.action.type == "print_content"
        match self._next_trouble(reader.id, printing=printing):
            case None:
                return Acknowledged(printed=printing)
            case "offline":
                return Offline()
            case "timeout":
                return TimedOut()
            case "busy":
                return Busy()
            case "hardware_fault":
                return Fault()
            case trouble:
                return Acknowledged(trouble=trouble)

    def nudge(self, device: str) -> None:
        """Simulated readers have no device that could miss anything."""

    def disturb(self, reader: str, trouble: ReaderTrouble, count: int = 1) -> None:
        """Let the next `count` commands to a reader meet with trouble; a printer's strikes when it is to print."""
        waiting = self._troubles.setdefault(reader, deque())
        waiting.extend(trouble for _ in range(count))

    def clear(self) -> None:
        """Let every reader work again."""
        self._troubles.clear()

    def _next_trouble(self, reader: str, *, printing: bool) -> ReaderTrouble | None:
        waiting = self._troubles.get(reader, deque())
        for index, trouble in enumerate(waiting):
            if printing or not trouble.startswith("printer_"):
                del waiting[index]
                return trouble
        return None
