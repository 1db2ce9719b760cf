"""Refunds whose answer comes, or changes, after the first one."""

import asyncio

from tests.acquirers.acquirer_messages import MovableClock, ask, authorize, inquire, said

from opentill.acquirers.simulator import SimulatedAcquirer


def paid(acquirer: SimulatedAcquirer, attempt: str, name: str) -> None:
    authorize(acquirer, attempt, 1000, name)
    ask(acquirer, "capture", f"cp_{attempt}", 1000, original=attempt)


def later(acquirer: SimulatedAcquirer) -> dict[str, object]:
    return {attempt: said(outcome) for attempt, outcome in asyncio.run(acquirer.later_answers())}


def test_a_pending_refund_succeeds(acquirer: SimulatedAcquirer, clock: MovableClock) -> None:
    paid(acquirer, "at_1", "pending_refund")
    first = said(ask(acquirer, "refund", "re_1", 1000))
    clock.advance(5)

    assert first == "Pending"
    assert said(inquire(acquirer, "re_1")) == 1000
    assert later(acquirer) == {"re_1": 1000}


def test_a_refund_is_taken_back(acquirer: SimulatedAcquirer, clock: MovableClock) -> None:
    paid(acquirer, "at_1", "refund_fail")
    first = said(ask(acquirer, "refund", "re_1", 400))
    at_once = (said(inquire(acquirer, "re_1")), later(acquirer), acquirer.holdings()["at_1"].hold.refunded)
    clock.advance(5)

    assert first == 400
    assert at_once == (400, {}, 400)
    assert said(inquire(acquirer, "re_1")) == "expired_or_canceled_card"
    assert later(acquirer) == {"re_1": "expired_or_canceled_card"}
    assert acquirer.holdings()["at_1"].hold.refunded == 0


def test_a_refund_that_was_taken_back_can_be_made_again(acquirer: SimulatedAcquirer, clock: MovableClock) -> None:
    paid(acquirer, "at_1", "refund_fail")
    ask(acquirer, "refund", "re_1", 1000)
    clock.advance(5)

    assert said(ask(acquirer, "refund", "re_2", 1000)) == 1000


def test_a_later_answer_is_listed_until_it_is_acknowledged(acquirer: SimulatedAcquirer, clock: MovableClock) -> None:
    paid(acquirer, "at_1", "refund_fail")
    paid(acquirer, "at_2", "pending_refund")
    paid(acquirer, "at_3", "visa")
    for number in (1, 2, 3):
        ask(acquirer, "refund", f"re_{number}", 1000, original=f"at_{number}")
    clock.advance(5)

    listed_twice = (later(acquirer), later(acquirer))
    asyncio.run(acquirer.acknowledge("re_1"))

    assert listed_twice == ({"re_1": "expired_or_canceled_card", "re_2": 1000},) * 2
    assert later(acquirer) == {"re_2": 1000}
