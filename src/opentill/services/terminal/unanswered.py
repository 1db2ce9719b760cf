"""An earlier attempt of a sale that nobody knows the outcome of, before a reader makes another one.

The money of one PaymentIntent is held once. So before a card is read again, and before it is charged again, the
acquirer is asked what became of the earlier attempt (guide "Collect card payments", handling failures: retry with the
same PaymentIntent).
"""

from dataclasses import dataclass
from typing import TypeAlias

from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.payment_intents import with_payment_method
from opentill.ports.acquirer import Approved, Declined, NotFound
from opentill.services import authorization
from opentill.services.authorization import StoredIntent
from opentill.services.kinds import ATTEMPTS, PAYMENT_INTENTS, PAYMENT_METHODS
from opentill.services.operation import Operation
from opentill.services.records import Attempt
from opentill.services.terminal.cards import fingerprint_of_method


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of the earlier attempt; to be settled."""

    attempt: str
    outcome: Approved | Declined


@dataclass(frozen=True, slots=True)
class StillUnknown:
    """Nobody answers for the earlier attempt, now as then. The same card must not be charged again."""


Earlier: TypeAlias = Answer | StillUnknown | None
"""None: nothing is in the way, not any more at least."""


def is_unanswered(intent: StoredIntent) -> bool:
    """Whether the intent waits for a confirmation only because an earlier one was not answered."""
    value = intent.value
    return intent.hidden.unknown_attempt is not None or (
        value.status == "requires_confirmation" and value.last_payment_error is not None
    )


async def earlier(op: Operation, intent: StoredIntent, *, card: str | None) -> Earlier:
    """What is in the way of another attempt with the card of that fingerprint; None is one that is yet to be read.

    An attempt with another card, or of another amount, is given up: its reversal is recorded, in `op`.
    """
    if intent.hidden.unknown_attempt is None:
        return None
    attempt = await op.get(ATTEMPTS, intent.hidden.unknown_attempt)
    method = await op.get(PAYMENT_METHODS, attempt.value.payment_method or "")
    known_card = fingerprint_of_method(method.value)
    if _same_sale(attempt.value, intent.value) and card in (None, known_card):
        outcome = await op.system.acquirer(op.caller.livemode).inquire(attempt.id)
        if isinstance(outcome, Approved | Declined):
            return Answer(attempt.id, outcome)
        if not isinstance(outcome, NotFound):
            return StillUnknown()
    authorization.give_up(op, intent, attempt)
    free = await op.get(PAYMENT_INTENTS, intent.id)
    op.update(free, with_payment_method(free.value, None), free.hidden)
    return None


def _same_sale(attempt: Attempt, intent: PaymentIntent) -> bool:
    """Whether the intent was not edited since."""
    return (attempt.amount - (attempt.tip or 0), attempt.currency) == (intent.amount, intent.currency)
