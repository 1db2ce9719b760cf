"""A card as a thing: what can be done with it at a reader, and what it answers there."""

from dataclasses import dataclass, field
from typing import Protocol

from opentill.emv.card import Chip
from opentill.emv.steps import Interface


class Session(Protocol):
    """A card under power, in the slot or in the field."""

    def respond(self, command: bytes) -> bytes:
        """The response to a command: data and status words; empty if it does not answer."""
        ...


class _Silence:
    """A chip that does not answer: broken, or worn."""

    def respond(self, command: bytes) -> bytes:
        return b""


@dataclass(frozen=True, slots=True)
class VirtualCard:
    """A card or phone in the drawer. repr hides its numbers.

    `name` is its slug, `title` how the drawer's list calls it, `description` what it is made for. `chip` is None for
    one that has none, or a broken one. `track2` is its stripe, without sentinels; None for a phone.
    """

    name: str
    title: str
    description: str
    can_tap: bool
    can_insert: bool
    chip: Chip | None = field(default=None, repr=False)
    track2: str | None = field(default=None, repr=False)

    @property
    def can_swipe(self) -> bool:
        """Whether it has a stripe."""
        return self.track2 is not None

    def power_on(self, interface: Interface) -> Session:
        """The card in the slot or in the field; one that cannot be read that way does not answer."""
        works = self.can_insert if interface == "contact" else self.can_tap
        return self.chip.power_on(interface) if works and self.chip is not None else _Silence()
