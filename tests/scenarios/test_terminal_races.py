"""Two at once at one reader: one of them gets it, and the card is charged once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import stripe
from tests.scenarios.shop import ON_BOTH, Shop
from tests.scenarios.till import Till, ended

ROUNDS = 12
EXPECTED = {None, "terminal_reader_busy", "lock_timeout"}  # None: the reader is not waiting, not any more


def at_once(*attempts: Callable[[], Any]) -> list[Any]:
    """What each of the attempts gives; the code of those that are refused."""

    def tried(attempt: Callable[[], Any]) -> Any:
        try:
            return attempt()
        except stripe.StripeError as refused:
            return ("refused", refused.code)

    with ThreadPoolExecutor(len(attempts)) as pool:
        return list(pool.map(tried, attempts))


def refusals(outcomes: list[Any]) -> list[str | None]:
    return [outcome[1] for outcome in outcomes if isinstance(outcome, tuple)]


@ON_BOTH
def test_two_cards_at_one_reader(shop: Shop) -> None:
    till = Till(shop)
    for _ in range(ROUNDS):
        intent = till.sale()
        till.process(intent)
        outcomes = at_once(till.present, lambda: till.present("5555555555554444"))
        (refused,) = refusals(outcomes)
        assert refused in EXPECTED
        assert ended(till.now()) == ("succeeded", None)
        (holding,) = shop.holdings(intent)
        assert (holding["held"], holding["attempts"]) == (1000, {"authorize": 1})


@ON_BOTH
def test_a_card_and_a_cancellation(shop: Shop) -> None:
    till = Till(shop)
    for _ in range(ROUNDS):
        intent = till.sale()
        till.process(intent)
        outcomes = at_once(till.present, lambda: till.readers.cancel_action(till.reader.id))
        assert set(refusals(outcomes)) <= EXPECTED
        paid = till.intent(intent).status == "requires_capture"
        assert paid == bool(shop.holdings(intent))
        presented = outcomes[0]
        assert paid == (not isinstance(presented, tuple))
        assert ended(till.now()) in ((None, None), ("succeeded", None))


def test_a_card_and_another_action(shop: Shop) -> None:
    till = Till(shop)
    for _ in range(ROUNDS):
        first, second = till.sale(), till.sale(2000)
        till.process(first)
        outcomes = at_once(till.present, lambda second=second: till.process(second))
        assert set(refusals(outcomes)) <= EXPECTED
        # Whichever the card was for, it paid for that one alone.
        statuses = [till.intent(intent).status for intent in (first, second)]
        assert statuses.count("requires_capture") <= 1
        assert sum(len(shop.holdings(intent)) for intent in (first, second)) == statuses.count("requires_capture")
        till.readers.cancel_action(till.reader.id)


def test_one_payment_at_two_readers(shop: Shop) -> None:
    here, there = Till(shop), Till(shop)
    for _ in range(ROUNDS):
        intent = here.sale()
        here.process(intent)
        there.process(intent)
        at_once(here.present, there.present)
        (holding,) = shop.holdings(intent)
        assert holding["held"] == 1000
        here.readers.cancel_action(here.reader.id)
        there.readers.cancel_action(there.reader.id)


def test_a_reader_and_the_deletion_of_its_location(shop: Shop) -> None:
    for _ in range(ROUNDS):
        _register_and_delete(Till(shop))


def _register_and_delete(till: Till) -> None:
    locations = till.v1.terminal.locations
    till.readers.delete(till.reader.id)
    given: Any = {"registration_code": "simulated-wpe", "location": till.location.id}
    at_once(lambda: till.readers.create(given), lambda: locations.delete(till.location.id))
    left = till.readers.list({"location": till.location.id}).data
    known = {each.id for each in locations.list({"limit": 100}).data}
    assert (till.location.id in known) == bool(left)
