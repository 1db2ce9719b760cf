"""What was made with a payment, so that it can be read with it.

A confirmation reads the PaymentIntent, then its payment method, then the card; a capture the PaymentIntent, then its
charge. One after the other, each waits for the database. This remembers which ids those were, so that they are read in
the same round trip. It is a guess at what to read, never at what is there: that is always read.
"""

from collections.abc import Sequence
from typing import Any

from opentill.ports.store import Changes, Kind
from opentill.services.kinds import CARDS, CHARGES, PAYMENT_INTENTS, PAYMENT_METHODS

INTENTS_MAX = 10_000

_READ_BY_PAYMENTS = (PAYMENT_METHODS, CARDS, CHARGES)


class MadeWith:
    """What the last commit about a PaymentIntent that made anything made, for the PaymentIntents of late."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], Sequence[tuple[Kind[Any, Any], str]]] = {}

    def remember(self, changes: Changes) -> None:
        """Take notice of a commit."""
        made = [(one.kind, one.id) for one in changes.inserts if one.kind in _READ_BY_PAYMENTS]
        if not made:
            return
        intents = [(one.account, one.id) for one in changes.inserts if one.kind is PAYMENT_INTENTS]
        intents += [
            (one.stored.account, one.stored.id) for one in changes.updates if one.stored.kind is PAYMENT_INTENTS
        ]
        for intent in intents:
            self._made[intent] = made
            if len(self._made) > INTENTS_MAX:
                del self._made[next(iter(self._made))]

    def of(self, account: str, intent: str) -> Sequence[tuple[Kind[Any, Any], str]]:
        """Kinds and ids of what was made with the PaymentIntent `intent`, if that is remembered."""
        return self._made.get((account, intent), ())
