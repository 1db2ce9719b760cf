"""Two requests at once for the same money: one wins, the others are told, and the books agree with the acquirer."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any, TypeAlias

import pytest
import stripe
from tests.scenarios.shop import ON_BOTH, Shop

Request: TypeAlias = Callable[[], Any]


def at_once(*requests: Request) -> list[Any]:
    """Make all requests at the same moment; each result, or the error it was refused with."""
    start = Barrier(len(requests))

    def run(request: Request) -> Any:
        start.wait()
        try:
            return request()
        except stripe.StripeError as refused:
            return refused

    with ThreadPoolExecutor(len(requests)) as threads:
        return list(threads.map(run, requests))


def won(results: list[Any]) -> list[Any]:
    """The results that are no refusals; the refusals are such as a client can understand."""
    for result in results:
        if isinstance(result, stripe.StripeError):
            assert result.http_status in (400, 429), result
            if result.http_status == 429:
                assert result.error is not None
                assert result.error.code == "lock_timeout"
                assert result.headers is not None
                assert result.headers["stripe-should-retry"] == "true"
    return [result for result in results if not isinstance(result, stripe.StripeError)]


@ON_BOTH
@pytest.mark.parametrize("round", range(3))
def test_captures_at_once(shop: Shop, round: int) -> None:
    intent = shop.hold(1000)
    capture = shop.client.v1.payment_intents.capture
    results = at_once(
        *(lambda amount=amount: capture(intent.id, {"amount_to_capture": amount}) for amount in range(993, 1001))
    )
    (captured,) = won(results)
    assert captured.status == "succeeded"
    (held,) = shop.settled_holdings(intent)
    assert (held["held"], held["captured"]) == (0, captured.amount_received)
    assert held["attempts"]["capture"] == 1
    assert shop.charge(captured).amount_captured == captured.amount_received
    moved = shop.client.v1.balance_transactions.list().data
    assert [transaction.amount for transaction in moved] == [captured.amount_received]
    assert shop.events(intent.id).count("payment_intent.succeeded") == 1


@ON_BOTH
@pytest.mark.parametrize("round", range(5))
def test_a_capture_races_a_cancel(shop: Shop, round: int) -> None:
    intent = shop.hold(1000)
    intents = shop.client.v1.payment_intents
    results = at_once(*(2 * [lambda: intents.capture(intent.id), lambda: intents.cancel(intent.id)]))
    (winner,) = won(results)
    after = intents.retrieve(intent.id)
    assert after.status == winner.status
    (held,) = shop.settled_holdings(intent)
    if after.status == "succeeded":
        assert (held["held"], held["captured"], after.amount_received) == (0, 1000, 1000)
        assert shop.balance_change() == 941
    else:
        assert (after.status, held["held"], held["captured"]) == ("canceled", 0, 0)
        assert shop.balance_change() == 0


@ON_BOTH
def test_confirmations_at_once(shop: Shop) -> None:
    """Eight cards at the same moment for one payment: one is charged."""
    intents = shop.client.v1.payment_intents
    intent = intents.create({"amount": 1000, "currency": "usd"})
    cards = ["pm_card_visa", "pm_card_mastercard"] * 4
    results = at_once(*(lambda card=card: intents.confirm(intent.id, {"payment_method": card}) for card in cards))
    (paid,) = won(results)
    assert paid.status == "succeeded"
    assert [(held["approved"], held["captured"]) for held in shop.settled_holdings(intent)] == [(True, 1000)]
    assert shop.balance_change() == 941
    assert len(shop.client.v1.charges.list({"payment_intent": intent.id}).data) == 1


@ON_BOTH
def test_refunds_at_once(shop: Shop) -> None:
    """Ten refunds of 300 for a payment of 1000: three fit."""
    intent = shop.pay(1000)
    create = shop.client.v1.refunds.create
    results = at_once(*10 * [lambda: create({"payment_intent": intent.id, "amount": 300})])
    made = won(results)
    # Those that were told to come back come back, until no more fit.
    while any(isinstance(result, stripe.RateLimitError) for result in results):
        results = at_once(*10 * [lambda: create({"payment_intent": intent.id, "amount": 300})])
        made += won(results)
    assert len(made) == 3
    (held,) = shop.settled_holdings(intent)
    assert (held["captured"], held["refunded"]) == (1000, 900)
    assert shop.charge(intent).amount_refunded == 900
    assert len(shop.client.v1.refunds.list({"payment_intent": intent.id}).data) == 3


@ON_BOTH
def test_updates_at_once_all_count(shop: Shop) -> None:
    intents = shop.client.v1.payment_intents
    intent = intents.create({"amount": 1000, "currency": "usd"})
    update: Any = intents.update
    results = at_once(*(lambda n=n: update(intent.id, {"metadata": {f"key{n}": str(n)}}) for n in range(12)))
    done = won(results)
    kept = intents.retrieve(intent.id).metadata.to_dict()
    assert len(kept) == len(done) > 0


@ON_BOTH
def test_many_shops_at_once(shop: Shop, open_shop: Any) -> None:
    """Payments of different accounts do not get into each other's way."""
    shops = [open_shop() for _ in range(8)]
    paid = at_once(*(lambda each=each: [each.pay(1000) for _ in range(5)] for each in shops))
    for each, intents in zip(shops, paid, strict=True):
        assert [intent.status for intent in intents] == 5 * ["succeeded"]
        assert each.balance_change() == 5 * 941
