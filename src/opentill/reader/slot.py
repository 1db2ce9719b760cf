"""The virtual card slot: where the person at the page puts cards in, holds them to the field, or pulls them through.

The whole of a card's data stays here and in the card: the device gets what the card answers to its commands, as it
would from a real one, and the page knows cards by name.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

from opentill.reader.device.events import CardAnswered, CardInserted, CardRemoved, CardSwiped, CardTapped, Event

TAP_SECONDS: Final = 1.5
"""How long a hand holds a card to the field, if the device does not close the field before."""

Interface: TypeAlias = Literal["contact", "contactless", "stripe"]
Way: TypeAlias = Literal["insert", "tap"]


class Session(Protocol):
    """A card under power."""

    def respond(self, command: bytes, /) -> bytes:
        """What it answers to a command: data and status words."""
        ...


class Card(Protocol):
    """What the slot needs of a card. `track2` is without sentinels, None for a card without a stripe."""

    @property
    def name(self) -> str: ...
    @property
    def track2(self) -> str | None: ...
    @property
    def can_tap(self) -> bool: ...
    @property
    def can_insert(self) -> bool: ...
    @property
    def can_swipe(self) -> bool: ...

    def power_on(self, interface: Literal["contact", "contactless"]) -> Session:
        """A new session, as after a reset."""
        ...


@dataclass(slots=True)
class Presented:
    """The card that is in the slot or in the field. `session` is None until the device has been told of it."""

    card: Card
    way: Way
    session: Session | None = None
    leaves: asyncio.TimerHandle | None = None


class VirtualSlot:
    """The slot, the field and the stripe of one reader.

    `tell` takes what the device is to hear, `changed` is called when another card (or none) is presented.
    """

    def __init__(self, tell: Callable[[Event], None], changed: Callable[[], None]) -> None:
        self._tell = tell
        self._changed = changed
        self._open: frozenset[Interface] = frozenset()
        self.presented: Presented | None = None

    # What the person does ------------------------------------------------------------------------------------

    def insert(self, card: Card) -> None:
        """Put a card into the slot, where it stays; one that is there comes out first."""
        if card.can_insert:
            self._present(Presented(card, "insert"))

    def tap(self, card: Card) -> None:
        """Hold a card to the field. It leaves by itself."""
        if card.can_tap:
            presented = Presented(card, "tap")
            presented.leaves = asyncio.get_running_loop().call_later(TAP_SECONDS, self._leave, presented)
            self._present(presented)

    def swipe(self, card: Card) -> None:
        """Pull a card through. Where the stripe is not open, nothing notices."""
        if card.can_swipe and card.track2 is not None and "stripe" in self._open:
            self._tell(CardSwiped(card.track2))

    def remove(self) -> None:
        """Take the card away, whatever it is doing."""
        if self.presented is not None:
            self._leave(self.presented)

    # What the device does ------------------------------------------------------------------------------------

    def listen(self, interfaces: frozenset[Interface]) -> None:
        """Open these ways, and close the others. A card that waits at a way that opens is noticed."""
        self._open = interfaces
        presented = self.presented
        if presented is None:
            return
        if presented.session is None:
            self._notice(presented)
        elif presented.way == "tap" and "contactless" not in interfaces:
            self._leave(presented)

    def exchange(self, apdu: bytes) -> None:
        """Pass a command to the card. A card that is gone does not answer: that it went has been told."""
        if self.presented is not None and self.presented.session is not None:
            self._tell(CardAnswered(self.presented.session.respond(apdu)))

    def power_off(self) -> None:
        """The reader is without power: a card in the slot stays there, and is noticed again after the next start."""
        self._open = frozenset()
        if self.presented is not None:
            self.presented.session = None

    # ---------------------------------------------------------------------------------------------------------

    def _present(self, presented: Presented) -> None:
        self.remove()
        self.presented = presented
        self._changed()
        self._notice(presented)

    def _notice(self, presented: Presented) -> None:
        if presented.way == "insert" and "contact" in self._open:
            presented.session = presented.card.power_on("contact")
            self._tell(CardInserted())
        elif presented.way == "tap" and "contactless" in self._open:
            presented.session = presented.card.power_on("contactless")
            self._tell(CardTapped())

    def _leave(self, presented: Presented) -> None:
        if self.presented is not presented:
            return
        if presented.leaves is not None:
            presented.leaves.cancel()
        self.presented = None
        self._changed()
        if presented.session is not None:
            self._tell(CardRemoved())
