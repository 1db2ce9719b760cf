"""The relay's port: hints about devices, to every process that may hold a device's link."""

from collections.abc import Callable
from typing import Protocol


class Relay(Protocol):
    """Carries the ids of devices that something was committed about. A hint may be lost or doubled, never delayed.

    What is in the hint is nothing that counts: whoever hears it looks the device up.
    """

    def publish(self, device: str) -> None:
        """Tell every process, this one included. Returns at once."""
        ...

    def subscribe(self, hear: Callable[[str], None]) -> None:
        """Have `hear` called, on the event loop, with every id that is published in any process from now on."""
        ...
