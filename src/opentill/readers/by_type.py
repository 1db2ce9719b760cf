"""The link to all readers: those with a device are reached through the gateway, simulated ones are right here."""

from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal.devices import DEVICES
from opentill.ports.readers import Command, Delivery, ReaderLink


class ReadersByType:
    """Sends each command the way that the reader's type asks for (port `ReaderLink`)."""

    def __init__(self, simulated: ReaderLink, devices: ReaderLink) -> None:
        self._simulated = simulated
        self._devices = devices

    async def send(self, reader: Reader, command: Command) -> Delivery:
        """Tell a reader what to do, and wait until it says that it does."""
        link = self._simulated if DEVICES[reader.device_type].simulated else self._devices
        return await link.send(reader, command)

    def nudge(self, device: str) -> None:
        """Only what has a device is nudged."""
        self._devices.nudge(device)
