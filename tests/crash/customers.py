"""Customers in front of real readers: they present cards when they are asked to, key in PINs, and take cards away.

A customer acts on what the screen says and on nothing else, switches a reader on that is off, comes back when its
program does, and remembers what the reader claimed about each payment.
"""

import re
import threading
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from tests.devices import AtReader, Readers
from websockets.exceptions import ConnectionClosed, WebSocketException

PIN: Final = "1234"
TRIES_AGAIN_S: Final = 2.0
"""After so long without anything new on the screen, people do again what they are asked to do."""

APART: Final = 1000
"""Amounts of payments are different multiples of this, minor units. Tips and refunds are smaller."""

_SAYS: Final = {"approved": "approved", "declined": "declined"}
_NOT_A_DIGIT: Final = re.compile(r"\D")


@dataclass(frozen=True)
class Brought:
    """A card of the wallet, and how it is presented: tap, insert or swipe. `hasty`: it is pulled out again at once."""

    card: str
    way: str
    hasty: bool = False


@dataclass(frozen=True)
class Claim:
    """What a reader said of payment `number`: that it is approved, declined or not completed, or still open."""

    number: int
    says: str


def number_of(amount: int) -> int:
    """The payment that an amount, perhaps with a tip in it, belongs to."""
    return amount // APART


class Customer:
    """Somebody at one reader, until `close`."""

    def __init__(self, readers: Readers, serial: str, seed: str) -> None:
        self.serial = serial
        self.claims: list[Claim] = []
        self._readers = readers
        self._random = Random(seed)
        self._brought = Brought("visa", "tap")
        self._changed = threading.Condition()
        self._screens: list[dict[str, Any]] = []
        self._over = False
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def bring(self, brought: Brought) -> None:
        """Have another card in hand from now on."""
        self._brought = brought

    @property
    def seen(self) -> int:
        """How many screens there were so far."""
        return len(self._screens)

    def wait(self, seen: int, within_s: float) -> int:
        """Wait until there were more than `seen` screens, but not for ever; how many there were."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._screens) > seen, within_s)
            return len(self._screens)

    def wait_for(self, *names: str, within_s: float) -> bool:
        """Wait until one of these screens is up, but not for ever; whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._last() in names, within_s)

    def story(self) -> str:
        """The card in hand and the last screens, for whoever wonders."""
        words = (f"{each['name']}({each.get('amount', '')} {each.get('detail', '')})" for each in self._screens[-12:])
        return f"{self._brought}: {', '.join(words)}"

    def close(self) -> None:
        """Go home."""
        self._over = True
        self._thread.join()

    def _last(self) -> str:
        return str(self._screens[-1]["name"]) if self._screens else ""

    def _note(self, screen: dict[str, Any]) -> None:
        """Keep a screen, and what it says of a payment, if it does.

        A result that waits for its card to be taken away says it too. A failure without an amount is about the payment
        that the screens before were about.
        """
        self._screens.append(screen)
        name, amount = screen["name"], screen.get("amount")
        if amount is not None:
            says = "approved" if name == "remove_card" and "speak" in screen else _SAYS.get(name, "open")
            self.claims.append(Claim(number_of(int(_NOT_A_DIGIT.sub("", amount))), says))
        elif name == "declined" and self.claims:
            self.claims.append(Claim(self.claims[-1].number, "declined"))

    def _live(self) -> None:
        while not self._over:
            try:
                at = self._readers.at(self.serial)
            except (OSError, WebSocketException):
                self._readers.wait_until_up()
                continue
            try:
                self._stand(at)
            except ConnectionClosed:
                pass
            finally:
                at.close()

    def _stand(self, at: AtReader) -> None:
        while not self._over and not at.closed:
            news = at.news(TRIES_AGAIN_S)
            with self._changed:
                for screen in news:
                    self._note(screen)
                self._changed.notify_all()
            self._act(at, at.screen, again=not news)

    def _act(self, at: AtReader, screen: dict[str, Any], *, again: bool) -> None:
        """Do what the screen asks for; `again` if it has been asking for some time."""
        match screen["name"]:
            case "present_card":
                self._present(at, screen)
            case "application":
                at.press(screen["buttons"][0]["id"])
            case "pin" if again or not screen["field"].get("entered"):
                if again:
                    at.clear()
                at.key(PIN)
                at.enter()
            case "tip":
                at.press(self._random.choice(("tip:0", "tip:2", "no_tip")))
            case "remove_card":
                at.take_away()
            case "splash" if at.device.get("card"):
                at.take_away()  # forgotten, when the power failed
            case "off":
                at.power("on")
            case _:
                pass

    def _present(self, at: AtReader, screen: dict[str, Any]) -> None:
        brought, ways = self._brought, screen["accepts"]
        told_otherwise = brought.way == "swipe" and screen.get("icon") == "warning"  # it has a chip
        if screen.get("icon") == "swipe":
            at.swipe(brought.card)
        elif brought.way in ways and not told_otherwise:
            {"tap": at.tap, "insert": at.insert, "swipe": at.swipe}[brought.way](brought.card)
        elif "insert" in ways:
            at.insert(brought.card)
        if brought.hasty:
            self._brought = Brought(brought.card, brought.way)
            at.take_away()
