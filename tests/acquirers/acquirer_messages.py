"""Messages to the acquirer, said briefly, and a clock that the test moves."""

import asyncio
from typing import TypeVar

from opentill.acquirers.simulator import SimulatedAcquirer
from opentill.domain import cards
from opentill.domain.cards import ClearCard
from opentill.ports.acquirer import Approved, AttemptRequest, Declined, NotFound, Operation, Outcome

T = TypeVar("T")
EXPIRY = (12, 2030)


class MovableClock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.seconds = 1_793_880_000  # 5 November 2026

    def now(self) -> int:
        return self.seconds

    def now_ms(self) -> int:
        return self.seconds * 1000

    def advance(self, seconds: int) -> None:
        self.seconds += seconds


def card(name: str) -> ClearCard:
    """The test card of that name."""
    known = cards.named(name)
    assert known is not None, name
    return ClearCard(number=known.number, exp_month=EXPIRY[0], exp_year=EXPIRY[1], verification="123")


def authorization(
    attempt: str, amount: int = 1000, name: str = "visa", *, in_person: bool = False, currency: str = "usd"
) -> AttemptRequest:
    return AttemptRequest(attempt, "authorize", amount, currency, card(name), card_present=in_person)


def follow_up(attempt: str, operation: Operation, amount: int, original: str, currency: str = "usd") -> AttemptRequest:
    return AttemptRequest(attempt, operation, amount, currency, original=original)


def perform(acquirer: SimulatedAcquirer, request: AttemptRequest) -> Outcome:
    return asyncio.run(acquirer.perform(request))


def authorize(acquirer: SimulatedAcquirer, attempt: str, amount: int = 1000, name: str = "visa") -> Outcome:
    return perform(acquirer, authorization(attempt, amount, name))


def ask(
    acquirer: SimulatedAcquirer, operation: Operation, attempt: str, amount: int, original: str = "at_1"
) -> Outcome:
    return perform(acquirer, follow_up(attempt, operation, amount, original))


def inquire(acquirer: SimulatedAcquirer, attempt: str) -> Outcome | NotFound:
    return asyncio.run(acquirer.inquire(attempt))


def said(outcome: object) -> object:
    """An approved amount, a decline code, or the name of another outcome."""
    match outcome:
        case Approved(amount=amount):
            return amount
        case Declined(decline_code=decline_code):
            return decline_code
        case _:
            return type(outcome).__name__
