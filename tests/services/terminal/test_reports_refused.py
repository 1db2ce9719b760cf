"""Reports that are doubled, late, moved, replayed or forged change nothing, and charge nobody."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace
from tests.services.terminal.counter import Counter

from opentill.acquirers.simulator import Fault
from opentill.emv import tags, tlv
from opentill.link.messages import Canceled, Entered, Printed, SealedReading, Untouched, Value
from opentill.link.tasks import Payment
from opentill.requests.params import Params
from opentill.services.terminal import reader_actions, readers


def test_the_same_report_twice(counter: Counter) -> None:
    intent = counter.waiting()
    read = counter.card()
    first = counter.report(read, id="once")
    assert counter.report(read, id="once") == first
    assert first.result is not None
    assert first.result.succeeded
    assert counter.authorizations() == 1
    assert len(counter.charges(intent)) == 1


def test_the_same_report_while_the_card_is_charged(counter: Counter) -> None:
    """Whoever asks meanwhile is told that it is being worked on."""
    intent = counter.waiting()
    read = counter.card()
    counter.world.installation.simulator.inject(Fault("authorize", "delay", delay_ms=60))

    async def both() -> Any:
        prepared = counter.next_commit()
        first = asyncio.create_task(counter.reporting(read, id="once"))
        await prepared.wait()
        second = await counter.reporting(read, id="once")
        return second, await first

    second, first = counter.world.run(both())
    assert (second.phase, second.about, second.unknown, second.task) == ("working", "once", False, None)
    assert first.phase == "ended"
    assert counter.authorizations() == 1
    assert len(counter.charges(intent)) == 1


def test_two_reports_of_the_same_reading_at_once(counter: Counter) -> None:
    intent = counter.waiting()
    read = counter.card()

    async def both() -> None:
        await asyncio.gather(counter.reporting(read, id="one"), counter.reporting(read, id="two"))

    counter.world.run(both())
    assert counter.authorizations() == 1
    assert len(counter.charges(intent)) == 1
    assert counter.state().phase == "ended"


def test_a_reading_that_is_sent_again_in_another_report(till: Counter) -> None:
    """After a decline, so that the payment would take another card."""
    intent = till.waiting(1005)
    read = till.card(total=1005)
    till.report(read)
    till.process(intent)
    state = till.report(read)
    assert (state.phase, state.result) == ("waiting", None)
    assert isinstance(state.task, Payment)
    assert till.authorizations() == 1


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"action": "act_before"},
        {"reader": "tmr_other"},
        {"amount": 100},
        {"currency": "cad"},
    ],
    ids=["action", "reader", "amount", "currency"],
)
def test_a_reading_that_was_sealed_for_something_else(till: Counter, elsewhere: dict[str, Any]) -> None:
    intent = till.waiting()
    state = till.tap(**elsewhere)
    assert (state.phase, state.unknown, state.result) == ("waiting", False, None)
    assert till.charges(intent) == []
    assert till.authorizations() == 0


def test_a_reading_under_another_number_than_it_was_sealed_with(till: Counter) -> None:
    till.waiting()
    read = till.card()
    forged = replace(read.reading, sequence=read.reading.sequence + 7)
    assert till.report(replace(read, reading=forged)).phase == "waiting"
    assert till.authorizations() == 0
    assert till.report(read).phase == "ended"  # the right one is not lost by it


@pytest.mark.parametrize(
    "reading",
    [
        SealedReading(key="nobody", sequence=9, sealed=b"x" * 90),
        SealedReading(key="", sequence=9, sealed=b""),
    ],
)
def test_a_reading_that_is_none(till: Counter, reading: SealedReading) -> None:
    till.waiting()
    read = replace(till.card(), reading=reading)
    assert till.report(read).phase == "waiting"
    read = replace(read, reading=replace(reading, key=till.world.system.vault.card_key().id))
    assert till.report(read).phase == "waiting"


@pytest.mark.parametrize(
    "facts",
    [
        {"application_cryptogram": "01"},
        {"dedicated_file_name": "Visa"},
        {"terminal_verification_results": "4242424242424242"},
        {"transaction_status_information": "E8"},
        {"chip_data": bytes(513)},
        {"chip_data": b"\x9f"},
        {"chip_data": tlv.encode_one(tags.PAN, bytes.fromhex("4242424242424242"))},
        {"chip_data": tlv.encode_one(tags.TRACK2, bytes.fromhex("4242424242424242D3012201"))},
        {"chip_data": tlv.encode_one(tags.NAME, b"CARDHOLDER/TEST")},
        {"chip_data": tlv.encode_one(tags.RECORD, tlv.encode_one(tags.PAN, bytes.fromhex("4242424242424242")))},
    ],
)
def test_facts_that_no_card_tells(till: Counter, facts: dict[str, Any]) -> None:
    """What could carry a number past the vault ends the action, and nothing of it is kept."""
    intent = till.waiting()
    state = till.tap(**facts)
    assert state.result is not None
    assert (state.phase, state.result.code) == ("ended", "terminal_reader_hardware_fault")
    assert till.charges(intent) == []
    assert till.authorizations() == 0


@pytest.mark.parametrize(
    ("facts", "name", "locales"),
    [
        ({"application_preferred_name": "4242424242424242"}, None, ["en"]),
        ({"application_preferred_name": "4242424242424242", "application_label": "VISA"}, "VISA", ["en"]),
        ({"application_preferred_name": "A name that is longer than it can be"}, None, ["en"]),
        ({"application_preferred_name": "VISA\x00"}, None, ["en"]),
        ({"languages": ["en", "fr", "de", "es", "ja"]}, "CARD OF TEST", ["en", "fr", "de", "es"]),
        ({"languages": ["4242424242424242"]}, "CARD OF TEST", None),
    ],
)
def test_names_that_are_none_are_left_out(
    till: Counter, facts: dict[str, Any], name: str | None, locales: list[str] | None
) -> None:
    intent = till.waiting()
    assert till.tap(**facts).phase == "ended"
    details: Any = till.charges(intent)[0].payment_method_details
    assert details.card_present.receipt.application_preferred_name == name
    assert details.card_present.preferred_locales == locales


# Another action ---------------------------------------------------------------------------------------------------


def test_a_report_of_an_action_that_was_replaced(counter: Counter) -> None:
    counter.waiting(700)
    read, before = counter.card(total=700), counter.action()
    intent = counter.waiting(1000)
    state = counter.report(read, action=before)
    assert (state.unknown, state.action, state.phase) == (True, counter.action(), "waiting")
    assert isinstance(state.task, Payment)
    assert state.task.amount == 1000
    assert counter.authorizations() == 0
    assert counter.payment(intent).status == "requires_payment_method"


def test_a_report_of_an_action_that_was_canceled(till: Counter) -> None:
    till.waiting()
    read, before = till.card(), till.action()
    till.act(reader_actions.cancel_action, Params)
    state = till.report(read, action=before)
    assert (state.unknown, state.action, state.phase) == (True, None, "idle")


def test_a_report_of_an_action_that_was_never_committed(till: Counter) -> None:
    state = till.report(till.card(action="act_never"), action="act_never")
    assert (state.unknown, state.action, state.phase) == (True, None, "idle")


@pytest.mark.parametrize("happening", [Entered(values=[Value(value="x")]), Untouched(), Printed()])
def test_what_does_not_fit_the_action(till: Counter, happening: Any) -> None:
    till.waiting()
    state = till.report(happening)
    assert (state.phase, state.result) == ("waiting", None)
    assert till.tap().phase == "ended"


def test_a_card_that_nobody_asked_for(till: Counter) -> None:
    till.waiting()
    till.tap()
    paid = till.authorizations()
    assert till.tap().phase == "ended"
    assert till.authorizations() == paid


def test_a_device_that_is_registered_no_more(till: Counter) -> None:
    till.waiting()
    read, action = till.card(), till.action()
    till.world.call(readers.delete, Params, till.reader)
    state = till.report(read, action=action)
    assert (state.unknown, state.action, state.phase) == (True, None, "idle")
    assert till.state() == replace(state, about=None, unknown=False)
    assert till.authorizations() == 0


def test_a_device_that_nobody_knows(till: Counter) -> None:
    till.device = "dev_nobody"
    assert till.state("act_1").unknown
    assert till.report(Canceled(), action="act_1").phase == "idle"


def test_a_payment_that_something_else_confirms_meanwhile(till: Counter) -> None:
    """The reading is not taken, and the reader waits on."""
    intent = till.waiting()
    till.lock(intent)
    state = till.tap()
    assert (state.phase, state.result) == ("waiting", None)
    assert till.authorizations() == 0
