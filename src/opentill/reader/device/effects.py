"""What the device wants done, in this order; the program around it does it, and tells what came of it by events."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import msgspec

from opentill.link.messages import Assignment, FromReader, Picture
from opentill.reader.device.screens import Screen


class Memory(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a reader remembers over a restart. No card ever is among it.

    `sequence` is the number of the last reading that was sealed: it never goes back. `pin_keys` is the state of the
    DUKPT device (`emv.dukpt`), which holds future keys only. `last_command` is the id of the last one that was done.
    """

    serial_number: str
    device_type: str
    assignment: Assignment | None = None
    sequence: int = 0
    pin_keys: bytes | None = None
    last_command: str | None = None


@dataclass(frozen=True, slots=True)
class Show:
    """Put this on the screen, in place of what is there."""

    screen: Screen


@dataclass(frozen=True, slots=True)
class Beep:
    """A sound: a card was read, it went well, it went wrong, a key."""

    tone: Literal["read", "good", "bad", "key"]


@dataclass(frozen=True, slots=True)
class ListenForCards:
    """Which ways to present a card are open now; an empty set closes them all. A card left in the slot stays."""

    interfaces: frozenset[Literal["contact", "contactless", "stripe"]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """Send an APDU to the card; its response comes as CardAnswered. repr hides it."""

    apdu: bytes

    def __repr__(self) -> str:
        return "Exchange(…)"


@dataclass(frozen=True, slots=True)
class Send:
    """Send to the server, if there is a link; what is lost, the device sends again when the link is back."""

    message: FromReader


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Fire `name` once, in so many seconds; it replaces a timer of that name."""

    name: str
    seconds: float


@dataclass(frozen=True, slots=True)
class StopTimer:
    """Forget the timer."""

    name: str


@dataclass(frozen=True, slots=True)
class Remember:
    """Write this down durably before anything that follows is done.

    If it cannot be written, nothing that follows it in the list is done, and StorageFailed is the next event.
    """

    memory: Memory


@dataclass(frozen=True, slots=True)
class Paper:
    """Print a picture; PrinterStopped comes when it is done."""

    content: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Restart:
    """Start the software again."""


@dataclass(frozen=True, slots=True)
class Obtain:
    """Have this picture at hand, and no other; PictureReady comes when it is there. None: no picture is needed."""

    picture: Picture | None


Effect: TypeAlias = (
    Show | Beep | ListenForCards | Exchange | Send | StartTimer | StopTimer | Remember | Paper | Restart | Obtain
)
