"""The readers' port: how a reader learns what it is to do, and what comes back of the telling.

The action that the store holds is the truth, and a command only carries it to the screen. It is sent when everything
is checked and just before the action is committed, so that a reader which does not take it leaves the store as it
was. A command that arrives without its action being committed shows a screen that leads nowhere: what the reader then
reports names an action that nobody knows.
"""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from opentill.domain.objects.reader_action import Action
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal.devices import PrinterTrouble
from opentill.link.tasks import Task


@dataclass(frozen=True, slots=True)
class Command:
    """What a reader is to do now, in place of what it does.

    `action_id` identifies the action in what the reader reports of it; both are None to go back to the splash screen.
    `content` is what to print. `task` is the action as a reader with a device needs it: with the amount, the tips it
    offers, the forms it shows.
    """

    action_id: str | None
    action: Action | None
    content: bytes | None = None
    task: Task | None = None


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The reader is at it. `printed` says that it has printed already; `trouble`, that it tried and could not."""

    printed: bool = False
    trouble: PrinterTrouble | None = None


@dataclass(frozen=True, slots=True)
class Offline:
    """There is no way to the reader now. The command was not sent and will not be."""


@dataclass(frozen=True, slots=True)
class TimedOut:
    """Sent, and not acknowledged in time: the reader may be at it all the same."""


@dataclass(frozen=True, slots=True)
class Busy:
    """The reader is updating, in its settings, or has a card left in it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """The reader is broken."""


Delivery: TypeAlias = Acknowledged | Offline | TimedOut | Busy | Fault


class ReaderLink(Protocol):
    """The way to the readers."""

    async def send(self, reader: Reader, command: Command) -> Delivery:
        """Tell a reader what to do, and wait until it says that it does."""
        ...

    def nudge(self, device: str) -> None:
        """A hint that something was committed which concerns a device: its action, where it belongs, its settings.

        Whoever holds its link looks the device up and tells it. A hint that is lost costs the reader a few seconds.
        """
        ...
