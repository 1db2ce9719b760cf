"""The network that a reader is on, as whoever tests it sets it: up, down, or slow."""

from collections.abc import Callable
from typing import Final, Literal, TypeAlias

Condition: TypeAlias = Literal["up", "down", "slow"]

SLOW_S: Final = 1.0


class Network:
    """The state of one reader's network; it stays until it is set again.

    Down, the link breaks at once and without a word, as when a cable is pulled, and nothing connects. Slow, every
    message takes `delay_s` more, in either direction.
    """

    __slots__ = ("_watchers", "condition", "delay_s")

    def __init__(self) -> None:
        self.condition: Condition = "up"
        self.delay_s = 0.0
        self._watchers: list[Callable[[], None]] = []

    def set(self, condition: Condition, delay_s: float = SLOW_S) -> None:
        """Change it; `delay_s` is how slow a slow network is, seconds a message."""
        self.condition = condition
        self.delay_s = delay_s if condition == "slow" else 0.0
        for watcher in list(self._watchers):
            watcher()

    def watch(self, watcher: Callable[[], None]) -> None:
        """Have `watcher` called after every change."""
        self._watchers.append(watcher)
