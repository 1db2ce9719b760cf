"""What happens to readers in the middle of a payment: the plug, the process, the network."""

from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Final

from tests.devices import AtReader, Readers
from websockets.exceptions import WebSocketException

MOMENTS: Final = (
    ("present_card", "tip"),
    ("reading", "pin", "application"),
    ("processing",),
    ("processing",),
    ("approved", "declined", "remove_card"),
    ("splash", "canceled", "done"),
)
"""Screens to strike at."""

_WAITS_S: Final = 1.5
"""A moment that does not come in so long is not waited for."""


class Misfortunes:
    """The readers of a program, and what may happen to them; `happened` counts it."""

    def __init__(self, readers: Readers, serials: list[str], seed: str) -> None:
        self.happened = 0
        self._readers = readers
        self._serials = serials
        self._random = Random(seed)

    def strike(self) -> None:
        """One of them, at some moment, at some reader. Afterwards everything is mended."""
        at = self._readers.at(self._random.choice(self._serials))
        at.appears(*self._random.choice(MOMENTS), within_s=_WAITS_S)
        self._random.choice(STRIKES)(self, at)
        at.close()
        self.happened += 1

    def mend(self) -> None:
        """Have every reader look for the server at once, not at its next try."""
        for serial in self._serials:
            with suppress(OSError, WebSocketException):  # its program was just killed
                at = self._readers.at(serial)
                at.network("up")
                at.close()

    def kill_the_program(self, _at: AtReader) -> None:
        """All of its readers end in the middle of whatever they do, and are started again."""
        self._readers.kill()
        self._readers.start()

    def pull_the_plug(self, at: AtReader) -> None:
        """The customer plugs it in again."""
        at.power("pull")

    def restart(self, at: AtReader) -> None:
        """As somebody does who believes that it helps."""
        at.power("restart")

    def cut_the_network(self, at: AtReader) -> None:
        """For as long as it takes to see something else on the screen, or not."""
        at.network("down")
        at.appears("splash", "canceled", "notice", within_s=self._random.random())
        at.network("up")

    def blink(self, at: AtReader) -> None:
        """The network is gone and back at once."""
        at.network("down")
        at.network("up")

    def slow_the_network(self, at: AtReader) -> None:
        """Every message takes a second, for a while."""
        at.network("slow")
        at.appears("approved", "declined", within_s=2 * self._random.random())
        at.network("up")


STRIKES: Final[tuple[Callable[[Misfortunes, AtReader], None], ...]] = (
    Misfortunes.kill_the_program,
    Misfortunes.pull_the_plug,
    Misfortunes.pull_the_plug,
    Misfortunes.cut_the_network,
    Misfortunes.cut_the_network,
    Misfortunes.blink,
    Misfortunes.blink,
    Misfortunes.slow_the_network,
    Misfortunes.restart,
)
