"""A process dies while a card is charged: the worker ends what it began, and the device is told (terminal.md 9)."""

import asyncio
from typing import Any

import pytest
from tests.services.terminal.counter import Counter

from opentill.acquirers.simulator import Fault
from opentill.link.messages import CardRead
from opentill.link.tasks import Again
from opentill.ports.readers import TimedOut
from opentill.requests.params import Params
from opentill.services.kinds import ATTEMPTS, CARDS
from opentill.services.terminal import reader_actions


def die_while_charging(counter: Counter, read: CardRead, fault: str = "delay") -> None:
    """The report is cut short after the first commit; `fault` is what happens to the message to the acquirer."""

    async def die() -> None:
        simulator: Any = counter.world.installation.simulator
        simulator.inject(Fault("authorize", fault, delay_ms=60_000))  # type: ignore[arg-type] # one of them
        prepared = counter.next_commit()
        reporting = asyncio.create_task(counter.reporting(read, id="once"))
        await prepared.wait()
        reporting.cancel()
        await asyncio.gather(reporting, return_exceptions=True)
        simulator.clear_faults()

    counter.world.run(die())


def resume(counter: Counter) -> None:
    """The next process finds what is under way, and goes on at once."""
    installation = counter.world.installation
    for stored in counter.world.run(counter.world.store.due(ATTEMPTS, "due", 2**53, 10)):
        if stored.value.state == "prepared":
            installation.worker._orphans.append(stored)  # as Worker.start does
    counter.world.run(installation.worker.catch_up())


def test_a_payment_goes_on(counter: Counter) -> None:
    """With the PIN, which is kept so long, and with what the chip signed."""
    intent = counter.waiting()
    die_while_charging(counter, counter.card(verification="online_pin", pin="1234"))
    state = counter.state()
    assert (state.action, state.phase) == (counter.action(), "working")
    counter.readers.nudged.clear()
    resume(counter)
    assert counter.readers.nudged == [counter.device]
    state = counter.state(counter.action())
    assert state.result is not None
    assert (state.phase, state.result.succeeded, state.result.issuer_data is not None) == ("ended", True, True)
    assert counter.payment(intent).status == "requires_capture"
    assert counter.authorizations() == 1
    (sealed,) = counter.world.run(counter.world.store.due(CARDS, "created", 2**53, 10))
    assert sealed.value.pin is None


def test_the_report_comes_again_after_the_crash(counter: Counter) -> None:
    intent = counter.waiting()
    read = counter.card()
    die_while_charging(counter, read)
    assert counter.report(read, id="once").phase == "working"
    resume(counter)
    assert counter.report(read, id="once").phase == "ended"
    assert counter.authorizations() == 1
    assert len(counter.charges(intent)) == 1


def test_a_wrong_pin_is_found_after_the_crash(till: Counter) -> None:
    till.waiting()
    die_while_charging(till, till.card(verification="online_pin", pin="4321"))
    resume(till)
    state = till.state()
    assert state.result is not None
    assert state.result.decline_code == "incorrect_pin"


def test_another_reading_is_asked_for_after_the_crash(till: Counter) -> None:
    till.waiting()
    die_while_charging(till, till.card("offline_pin_sca_retry"))
    resume(till)
    state = till.state()
    assert (state.phase, state.again) == ("waiting", Again(how="insert", decline_code="offline_pin_required"))


def test_the_customer_has_gone(counter: Counter) -> None:
    """After a minute nothing is sent any more; the same payment can be tried again."""
    intent = counter.waiting()
    die_while_charging(counter, counter.card())
    counter.world.pass_time(90)
    state = counter.state()
    assert state.result is not None
    assert (state.phase, state.result.code) == ("ended", "connection_error")
    counter.process(intent)
    assert counter.tap().phase == "ended"
    assert counter.payment(intent).status == "requires_capture"
    assert sum(charge.paid for charge in counter.charges(intent)) == 1


def test_the_acquirers_answer_is_lost(till: Counter) -> None:
    """It is asked what became of it; until it says so the payment is not made again."""
    intent = till.waiting()
    till.world.installation.simulator.inject(Fault("authorize", "lost_answer"))
    till.world.installation.simulator.inject(Fault("inquire", "timeout"))
    state = till.insert()
    assert state.result is not None
    assert (state.phase, state.result.code) == ("ended", "connection_error")
    shown = till.process(intent).action  # the same payment: it was approved
    assert shown is not None
    assert shown.status == "succeeded"
    state = till.state()
    assert state.result is not None
    assert (state.phase, state.result.succeeded, state.result.amount) == ("ended", True, 1000)
    assert state.action is not None
    assert till.authorizations() == 1


def test_an_earlier_answer_says_nothing_to_this_chip(till: Counter) -> None:
    intent = till.waiting()
    till.world.installation.simulator.inject(Fault("authorize", "lost_answer"))
    till.world.installation.simulator.inject(Fault("inquire", "timeout", count=2))
    till.insert()
    till.process(intent)
    state = till.insert()
    assert state.result is not None
    assert (state.result.succeeded, state.result.issuer_data) == (True, None)
    assert till.authorizations() == 1


# Hints ------------------------------------------------------------------------------------------------------------


def test_a_device_is_hinted_at_when_its_action_is_canceled(till: Counter) -> None:
    till.waiting()
    till.readers.nudged.clear()
    till.act(reader_actions.cancel_action, Params)
    assert till.readers.nudged == [till.device]


def test_a_device_that_did_not_acknowledge_is_hinted_at(till: Counter) -> None:
    """It may not have the command, and has to ask."""
    intent = till.intent()
    till.readers.nudged.clear()
    till.readers.answer = TimedOut()
    with pytest.raises(Exception, match="timeout"):
        till.process(intent)
    assert till.readers.nudged == [till.device]
    assert till.state().phase == "waiting"


# Secrets ----------------------------------------------------------------------------------------------------------


def test_no_number_and_no_pin_anywhere(till: Counter, capfd: pytest.CaptureFixture[str]) -> None:
    number, pin = "4001000360000005", "864213579"
    intent = till.waiting()
    read = till.card("online_pin_cvm", verification="online_pin", pin=pin)
    assert number not in repr(read)
    till.report(read)
    till.process(intent)
    till.insert("online_pin_cvm", languages=["none"])
    till.report(read)
    printed = capfd.readouterr()
    for text in (till.rows(), printed.out, printed.err):
        assert number not in text
        assert pin not in text.replace(till.reader, "")
    for file in till.world.installation.settings.data_directory.rglob("*"):
        if file.is_file():
            assert number.encode() not in file.read_bytes()
