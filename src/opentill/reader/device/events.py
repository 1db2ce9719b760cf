"""What can happen to a reader: from the server, the cardholder, the card, the clock and the power button."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from opentill.link.messages import FromServer, PrinterTrouble

Key: TypeAlias = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "clear", "cancel", "enter"]


@dataclass(frozen=True, slots=True)
class PoweredOn:
    """The software starts; what it remembers was handed to the Device when it was made."""


@dataclass(frozen=True, slots=True)
class LinkUp:
    """The server has welcomed us; the Welcome itself follows as `Received`."""


@dataclass(frozen=True, slots=True)
class LinkDown:
    """There is no way to the server now. The link comes back by itself."""


@dataclass(frozen=True, slots=True)
class Received:
    """A message from the server (everything after the proof, the Welcome included)."""

    message: FromServer


@dataclass(frozen=True, slots=True)
class CardInserted:
    """A card is in the slot and powered. It is spoken to by `Exchange`."""


@dataclass(frozen=True, slots=True)
class CardTapped:
    """A card or phone is in the field."""


@dataclass(frozen=True, slots=True)
class CardSwiped:
    """A stripe was read: track 2 without sentinels. repr hides it."""

    track2: str

    def __repr__(self) -> str:
        return "CardSwiped(…)"


@dataclass(frozen=True, slots=True)
class CardAnswered:
    """The card's response to the last Exchange: data and status words. repr hides it."""

    response: bytes

    def __repr__(self) -> str:
        return "CardAnswered(…)"


@dataclass(frozen=True, slots=True)
class CardRemoved:
    """The card left the slot or the field."""


@dataclass(frozen=True, slots=True)
class Keyed:
    """A key of the keypad, drawn or real. While a PIN is asked, this is what hides behind the dots: repr hides it."""

    key: Key

    def __repr__(self) -> str:
        return "Keyed(…)"


@dataclass(frozen=True, slots=True)
class Pressed:
    """A button of the screen, by its id (`screens.Button.id`)."""

    button: str


@dataclass(frozen=True, slots=True)
class Typed:
    """The text of the screen's field as it is now (not for PINs and card numbers, which are `Keyed`)."""

    text: str


@dataclass(frozen=True, slots=True)
class Toggled:
    """A switch of the screen."""

    index: int
    on: bool


@dataclass(frozen=True, slots=True)
class Signed:
    """The signature as it is now: an SVG document, empty if it was cleared."""

    svg: str


@dataclass(frozen=True, slots=True)
class TimerFired:
    """A timer that was started has run down."""

    name: str


@dataclass(frozen=True, slots=True)
class PrinterStopped:
    """The paper came out, or what kept it."""

    trouble: PrinterTrouble | None = None


@dataclass(frozen=True, slots=True)
class StorageFailed:
    """What was to be remembered could not be written, e.g. because the disk is full."""


@dataclass(frozen=True, slots=True)
class PictureReady:
    """A picture that was to be obtained is there, by its SHA-256; `image` is what a screen calls it by."""

    sha256: bytes
    image: str


Event: TypeAlias = (
    PoweredOn
    | LinkUp
    | LinkDown
    | Received
    | CardInserted
    | CardTapped
    | CardSwiped
    | CardAnswered
    | CardRemoved
    | Keyed
    | Pressed
    | Typed
    | Toggled
    | Signed
    | TimerFired
    | PrinterStopped
    | StorageFailed
    | PictureReady
)
