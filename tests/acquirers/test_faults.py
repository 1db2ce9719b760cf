"""Faults on the wire: what the caller sees, and what the host did."""

import asyncio

import pytest
from tests.acquirers.acquirer_messages import ask, authorization, authorize, inquire, perform, said

from opentill.acquirers.simulator import Fault, FaultKind, SimulatedAcquirer
from opentill.ports.acquirer import NotFound, Outcome


@pytest.mark.parametrize(
    ("kind", "seen", "held"),
    [
        ("delay", 1000, 1000),
        ("timeout", "Unknown", None),
        ("lost_answer", "Unknown", 1000),
        ("not_sent", "NotSent", None),
        ("late", "Unknown", None),
    ],
)
def test_faults_of_an_authorization(
    acquirer: SimulatedAcquirer, kind: FaultKind, seen: object, held: int | None
) -> None:
    acquirer.inject(Fault("authorize", kind, delay_ms=1 if kind == "delay" else 0))

    assert said(authorize(acquirer, "at_1")) == seen
    holding = acquirer.holdings().get("at_1")
    assert (holding and holding.hold.held) == held


def test_after_a_lost_answer_the_same_attempt_gets_it(acquirer: SimulatedAcquirer) -> None:
    acquirer.inject(Fault("authorize", "lost_answer"))
    authorize(acquirer, "at_1")

    assert said(inquire(acquirer, "at_1")) == 1000
    assert said(authorize(acquirer, "at_1")) == 1000
    assert acquirer.holdings()["at_1"].hold.authorized == 1000


def test_a_late_message_arrives(acquirer: SimulatedAcquirer) -> None:
    acquirer.inject(Fault("authorize", "late"))
    authorize(acquirer, "at_1")

    assert [said(outcome) for outcome in acquirer.deliver_late()] == [1000]
    assert acquirer.deliver_late() == []
    assert acquirer.holdings()["at_1"].hold.held == 1000


@pytest.mark.parametrize("given_up_by", ["reversal", "inquiry"])
def test_a_message_too_late_holds_nothing(acquirer: SimulatedAcquirer, given_up_by: str) -> None:
    acquirer.inject(Fault("authorize", "late"))
    authorize(acquirer, "at_1")
    if given_up_by == "reversal":
        ask(acquirer, "reverse", "rv_1", 1000)
    else:
        assert inquire(acquirer, "at_1") == NotFound()

    assert [said(outcome) for outcome in acquirer.deliver_late()] == ["NotSent"]
    assert acquirer.holdings() == {}


def test_a_late_message_arrives_by_itself(acquirer: SimulatedAcquirer) -> None:
    async def scenario() -> list[str]:
        acquirer.inject(Fault("authorize", "late", delay_ms=1))
        await acquirer.perform(authorization("at_1"))
        before = list(acquirer.holdings())
        await asyncio.sleep(0.002)  # the loop runs timers in order: the message's comes first
        return before

    assert asyncio.run(scenario()) == []
    assert acquirer.holdings()["at_1"].hold.held == 1000
    assert acquirer.deliver_late() == []


def test_a_delay_lets_others_go_first(acquirer: SimulatedAcquirer) -> None:
    async def scenario() -> list[str]:
        order: list[str] = []

        async def pay(attempt: str) -> None:
            await acquirer.perform(authorization(attempt))
            order.append(attempt)

        acquirer.inject(Fault("authorize", "delay", delay_ms=5))
        await asyncio.gather(pay("slow"), pay("quick"))
        return order

    assert asyncio.run(scenario()) == ["quick", "slow"]


def test_faults_strike_as_often_as_they_say_and_only_what_they_fit(acquirer: SimulatedAcquirer) -> None:
    acquirer.inject(Fault("capture", "not_sent", count=2))
    answers: list[Outcome] = [authorize(acquirer, "at_1")]
    answers += [ask(acquirer, "capture", "cp_1", 1000) for _ in range(3)]

    assert [said(answer) for answer in answers] == [1000, "NotSent", "NotSent", 1000]


def test_faults_strike_in_order(acquirer: SimulatedAcquirer) -> None:
    acquirer.inject(Fault(None, "not_sent"))
    acquirer.inject(Fault("authorize", "timeout"))

    assert [said(authorize(acquirer, "at_1")) for _ in range(3)] == ["NotSent", "Unknown", 1000]


def test_faults_can_be_cleared(acquirer: SimulatedAcquirer) -> None:
    acquirer.inject(Fault(None, "timeout", count=100))
    acquirer.clear_faults()

    assert said(authorize(acquirer, "at_1")) == 1000


@pytest.mark.parametrize(
    ("kind", "seen", "voided"),
    [
        ("timeout", "Unknown", False),
        ("lost_answer", "Unknown", True),
        ("not_sent", "NotSent", False),
        ("late", "Unknown", False),
        ("delay", "NotFound", True),
    ],
)
def test_faults_of_an_inquiry(acquirer: SimulatedAcquirer, kind: FaultKind, seen: str, voided: bool) -> None:
    acquirer.inject(Fault("inquire", kind))

    assert said(inquire(acquirer, "at_1")) == seen
    assert said(authorize(acquirer, "at_1")) == ("NotSent" if voided else 1000)


def test_a_lost_answer_to_a_refund_does_not_refund_twice(acquirer: SimulatedAcquirer) -> None:
    authorize(acquirer, "at_1")
    ask(acquirer, "capture", "cp_1", 1000)
    acquirer.inject(Fault("refund", "lost_answer"))

    assert [said(ask(acquirer, "refund", "re_1", 600)) for _ in range(2)] == ["Unknown", 600]
    assert acquirer.holdings()["at_1"].hold.refunded == 600


def test_closing_stops_what_was_on_its_way(acquirer: SimulatedAcquirer) -> None:
    async def scenario() -> None:
        acquirer.inject(Fault("authorize", "late", delay_ms=60_000))
        await acquirer.perform(authorization("at_1"))
        (timer,) = acquirer._timers
        acquirer.close()
        assert timer.cancelled()

    asyncio.run(scenario())


def test_an_outcome_never_shows_the_card(acquirer: SimulatedAcquirer) -> None:
    request = authorization("at_1")
    shown = repr((request, perform(acquirer, request), inquire(acquirer, "at_1"), acquirer.holdings()))

    assert "4242" not in shown


def test_no_call_raises_when_the_host_itself_fails(acquirer: SimulatedAcquirer) -> None:
    acquirer.close()

    assert said(authorize(acquirer, "at_1")) == "Unknown"
    assert said(ask(acquirer, "capture", "cp_1", 1000)) == "Unknown"
    assert said(inquire(acquirer, "at_1")) == "Unknown"


def test_the_reversal_of_an_increment_releases_what_it_raised(acquirer: SimulatedAcquirer) -> None:
    authorize(acquirer, "at_1", 1000)
    acquirer.inject(Fault("increment", "lost_answer"))
    assert said(ask(acquirer, "increment", "in_1", 500)) == "Unknown"
    assert acquirer.holdings()["at_1"].hold.held == 1500

    assert said(ask(acquirer, "reverse", "rv_1", 500, original="in_1")) == 500
    assert acquirer.holdings()["at_1"].hold.held == 1000
    assert said(ask(acquirer, "capture", "cp_1", 1400)) == 1400


def test_an_increment_that_was_reversed_before_it_arrived_raises_nothing(acquirer: SimulatedAcquirer) -> None:
    authorize(acquirer, "at_1", 1000)
    acquirer.inject(Fault("increment", "late"))
    ask(acquirer, "increment", "in_1", 500)
    assert said(ask(acquirer, "reverse", "rv_1", 500, original="in_1")) == 500

    assert [said(outcome) for outcome in acquirer.deliver_late()] == ["NotSent"]
    assert acquirer.holdings()["at_1"].hold.held == 1000
