"""The device: events in, effects out.

Each event is looked up in the table (`table.TABLE`) and handled by its rule; what is not in it is ignored. Afterwards
the screen and the open ways for cards are worked out anew, and told if they have changed.
"""

from collections.abc import Callable
from typing import Final

from opentill.reader.device import display
from opentill.reader.device.core import About, Core
from opentill.reader.device.effects import Effect, ListenForCards, Memory, Show
from opentill.reader.device.events import (
    CardInserted,
    CardRemoved,
    Event,
    Keyed,
    PoweredOn,
    Pressed,
    TimerFired,
)
from opentill.reader.device.models import Interface, Model
from opentill.reader.device.reading import open_ways
from opentill.reader.device.screens import Screen
from opentill.reader.device.sealer import Sealer
from opentill.reader.device.states import State
from opentill.reader.device.table import TABLE, kind

__all__ = ["About", "Device"]

_CLOSED: Final[frozenset[Interface]] = frozenset()


class Device:
    """A reader. It does no I/O and reads no clock: whoever runs it feeds events and carries out effects, in order.

    If a `Remember` cannot be carried out, nothing that follows it in the list is, and `StorageFailed` is the next
    event. `random(n)` gives n random bytes. `now_ms` is the time by the reader's own clock, since the epoch.

    No event raises, in no state; an `InvalidTransition` would be a mistake in a rule.
    """

    def __init__(
        self, model: Model, memory: Memory, *, sealer: Sealer, random: Callable[[int], bytes], about: About
    ) -> None:
        self._core = Core(model, memory, sealer=sealer, random=random, about=about)
        self._shown: Screen | None = None
        self._open = _CLOSED

    @property
    def state(self) -> State:
        """What the reader is doing."""
        return self._core.state

    @property
    def screen(self) -> Screen:
        """What is on the screen."""
        return self._shown or display.screen(self._core)

    @property
    def memory(self) -> Memory:
        """What is to be remembered now."""
        return self._core.memory

    def handle(self, event: Event, now_ms: int) -> list[Effect]:
        """What to do about `event`, in this order."""
        core = self._core
        core.now_ms = now_ms
        seen = self._seen(event)
        rule = None if seen is None else TABLE.get((core.state, kind(seen)))
        if rule is not None:
            core.allowed = rule.to
            rule.does(core, seen)
        write = isinstance(seen, TimerFired) and seen.name == "storage"
        return core.drain(self._changes(anew=isinstance(event, PoweredOn)), write=write)

    def _seen(self, event: Event) -> Event | None:
        """The event as the rules see it, None for one that cannot be: a button that is not on the screen."""
        core = self._core
        match event:
            case CardInserted():
                core.card_in_slot = True
            case CardRemoved():
                core.card_in_slot = False
            case TimerFired(name):
                if name not in core.timers:
                    return None
                core.timers.discard(name)
            case Pressed(button) if not self._has(button):
                return None
            case Keyed(key) if (core.state, "key") not in TABLE:
                return self._key_for_button(key)
            case _:
                pass
        return event

    def _has(self, button: str) -> bool:
        return any(shown.id == button and not shown.disabled for shown in self.screen.buttons)

    def _key_for_button(self, key: str) -> Event | None:
        """On a keypad, red is cancel (or back), green is what the screen suggests."""
        wanted = ("cancel", "back", "close") if key == "cancel" else ()
        for id in wanted:
            if self._has(id):
                return Pressed(id)
        if key == "enter":
            suggested = [shown.id for shown in self.screen.buttons if shown.style == "primary" and not shown.disabled]
            return Pressed(suggested[0]) if len(suggested) == 1 else None
        return None

    def _changes(self, *, anew: bool) -> list[Effect]:
        """The screen and the open ways, where they are others than before."""
        effects: list[Effect] = []
        screen, ways = display.screen(self._core), open_ways(self._core)
        if anew or ways != self._open:
            self._open = ways
            effects.append(ListenForCards(ways))
        if anew or screen != self._shown:
            self._shown = screen
            effects.append(Show(screen))
        return effects
