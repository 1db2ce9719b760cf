"""The relay of an installation that is one process: whoever subscribed is told directly."""

from collections.abc import Callable


class LocalRelay:
    """`ports.relay.Relay` within one process."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[str], None]] = []

    def publish(self, device: str) -> None:
        """Tell every listener."""
        for hear in self._listeners:
            hear(device)

    def subscribe(self, hear: Callable[[str], None]) -> None:
        """Have `hear` called with every id that is published from now on."""
        self._listeners.append(hear)
