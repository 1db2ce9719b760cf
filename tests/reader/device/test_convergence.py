"""Links that break, power that goes, answers that come late or never: the reader and the server end up agreeing."""

import pytest
from tests.reader.device.rig import APPROVED, DECLINED, Bench, card, names, payment

from opentill.link.messages import Ack, Canceled, Entered, Failed, Report, State, Sync
from opentill.link.tasks import Cart, Form, Inputs, Print
from opentill.reader.device import events


def read() -> Bench:
    """A reader that has sent a reading."""
    bench = Bench().connect()
    bench.command("act_1", payment())
    bench.tap(card("visa"))
    return bench


# Waiting for the result -----------------------------------------------------------------------------------------------


def test_while_nothing_comes_the_server_is_asked() -> None:
    bench = read()
    bench.advance(6.5)
    assert bench.of(Sync) == [Sync(action="act_1")] * 3
    assert bench.screen.name == "processing"


def test_the_screen_says_processing_for_as_long_as_it_takes() -> None:
    bench = read()
    bench.cut()
    bench.advance(3600)
    assert (bench.screen.name, bench.screen.link, bench.screen.detail) == ("processing", "offline", "Connecting…")
    assert len(bench.reports()) == 1


def test_what_was_sent_into_a_broken_link_is_sent_again_under_the_same_id() -> None:
    bench = read()
    bench.cut()
    bench.connect(State(action="act_1", phase="waiting", task=payment()))
    first, second = bench.reports()
    assert first == second
    assert bench.screen.name == "processing", "the server does not know yet"
    bench.state("act_1", "ended", about=first.id, result=APPROVED)
    assert bench.screen.name == "approved"


def test_the_result_comes_with_the_welcome() -> None:
    bench = read()
    bench.cut()
    bench.connect(State(action="act_1", phase="ended", result=DECLINED))
    assert bench.screen.name == "declined"
    assert bench.device.state == "result"


def test_the_action_is_gone_when_the_link_is_back() -> None:
    bench = read()
    bench.state("act_1", "working", about=bench.reports()[0].id)
    bench.cut()
    bench.connect(State(action=None, phase="idle"))
    assert bench.screen.name == "splash"
    assert "approved" not in names(bench.screens)


def test_another_action_waits_when_the_link_is_back() -> None:
    bench = read()
    bench.state("act_1", "working", about=bench.reports()[0].id)
    bench.cut()
    bench.connect(State(action="act_2", phase="waiting", task=payment(2500)))
    assert (bench.screen.name, bench.screen.amount) == ("present_card", "$25.00")


def test_a_report_that_the_server_never_saw_is_told_again() -> None:
    """The link did not break, and yet it was lost: a sync that is answered "waiting" shows it."""
    bench = read()
    bench.advance(2)
    bench.state("act_1", "waiting", about="act_1", task=payment())
    assert bench.screen.name == "processing"
    bench.advance(2)
    assert len(bench.reports()) == 2
    assert bench.reports()[0] == bench.reports()[1]


def test_a_reading_that_the_server_refused_is_made_anew() -> None:
    bench = read()
    bench.state("act_1", "waiting", about=bench.reports()[0].id, task=payment(1100))
    assert (bench.screen.name, bench.screen.amount) == ("present_card", "$11.00")
    bench.tap(card("visa"))
    assert [reading.reading.sequence for reading in bench.readings()] == [1, 2]


def test_a_stale_result_of_another_action_says_nothing() -> None:
    bench = read()
    bench.state("act_0", "ended", result=APPROVED)
    assert bench.screen.name == "processing"


# Actions that are not committed yet -----------------------------------------------------------------------------------


def test_an_action_that_the_server_does_not_know_yet_is_asked_about_for_ten_seconds() -> None:
    bench = read()
    report = bench.reports()[0]
    waited = 0.0
    while bench.screen.name == "processing":
        bench.state(None, "idle", about=report.id, unknown=True)
        bench.advance(1.5)
        waited += 1.5
        assert waited < 30
    assert 8 < waited <= 12
    assert bench.screen.name == "splash"
    assert all(told == report for told in bench.reports())
    assert len(bench.reports()) >= 5


def test_an_action_that_is_committed_late_is_paid() -> None:
    bench = read()
    report = bench.reports()[0]
    bench.state(None, "idle", about=report.id, unknown=True)
    bench.advance(1.5)
    bench.state("act_1", "working", about=report.id)
    bench.state("act_1", "ended", result=APPROVED)
    assert bench.screen.name == "approved"


def test_a_late_word_about_the_action_before_does_not_bring_it_back() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment(1000))
    bench.state("act_1", "waiting", task=payment(1000))
    bench.command("act_2", payment(2000))
    bench.state("act_1", "waiting", task=payment(1000))
    assert bench.screen.amount == "$20.00"
    bench.advance(2)
    assert bench.of(Sync) == [Sync(action="act_2")]
    bench.command(None, None)
    bench.advance(3)
    bench.state("act_2", "waiting", task=payment(2000))
    assert bench.screen.name == "splash"
    bench.advance(2)
    assert bench.of(Sync)[-1] == Sync(action=None)


def test_a_cancellation_that_was_never_committed_is_taken_back() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment())
    bench.state("act_1", "waiting", task=payment())
    bench.command(None, None)
    for _ in range(10):
        bench.state("act_1", "waiting", task=payment())
        bench.advance(2)
    assert bench.screen.name == "present_card"


def test_something_lost_is_noticed_while_the_customer_waits() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment())
    bench.state("act_1", "waiting", task=payment())
    bench.advance(31)
    assert bench.of(Sync) == [Sync(action="act_1")]
    bench.state(None, "idle", about="act_1", unknown=True)
    assert bench.screen.name == "canceled"


# Power ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stands", "screen"),
    [
        (State(action=None, phase="idle"), "splash"),
        (State(action="act_1", phase="waiting", task=payment()), "present_card"),
        (State(action="act_1", phase="showing", task=Cart(currency="usd", lines=[], total=0)), "cart"),
        (State(action="act_1", phase="working"), "processing"),
        (State(action="act_1", phase="collected"), "processing"),
        (State(action="act_1", phase="ended", result=APPROVED), "splash"),
    ],
)
def test_after_a_power_cut_the_server_says_where_to_begin(stands: State, screen: str) -> None:
    bench = read()
    bench.power_on()
    bench.connect(stands)
    assert bench.screen.name == screen


def test_a_card_that_was_being_authorized_at_a_power_cut_ends_with_the_servers_word() -> None:
    bench = read()
    bench.power_on()
    bench.connect(State(action="act_1", phase="working"))
    bench.advance(2)
    assert bench.of(Sync) == [Sync(action="act_1")]
    bench.state("act_1", "ended", about="act_1", result=APPROVED)
    assert bench.screen.name == "approved"


def test_paper_that_was_cut_short_is_printed_again() -> None:
    bench = Bench("verifone_v660p").connect()
    task = Print(content=b"receipt", media_type="image/png")
    bench.command("act_1", task)
    bench.power_on()
    bench.connect(State(action="act_1", phase="working", task=task))
    assert bench.paper == [b"receipt"]


def test_sequence_numbers_go_on_after_a_power_cut() -> None:
    bench = read()
    bench.power_on()
    bench.connect(State(action="act_1", phase="waiting", task=payment()))
    bench.tap(card("visa"))
    assert [binding.sequence for _, binding in bench.sealer.sealed] == [1, 2]


# The disk -------------------------------------------------------------------------------------------------------------


def test_a_full_disk_refuses_commands_and_recovers() -> None:
    bench = Bench().connect()
    bench.disk_full = True
    assert bench.command("act_1", payment(), id="cmd_x") == "fault"
    assert (bench.screen.name, bench.screen.heading) == ("notice", "The reader cannot store anything")
    assert bench.open == frozenset()
    assert bench.command("act_2", payment()) == "fault"
    bench.advance(35)
    assert bench.screen.name == "notice"
    bench.disk_full = False
    bench.advance(10)
    assert bench.screen.name == "splash"
    assert bench.command("act_1", payment(), id="cmd_x") == "accepted", "it had not been done"
    assert len([ack for ack in bench.of(Ack) if ack.command == "cmd_x"]) == 2


def test_a_card_is_not_sent_when_its_number_could_come_twice() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment())
    bench.disk_full = True
    bench.tap(card("visa"))
    assert bench.readings() == []
    assert bench.happened() == [Failed(code="hardware_fault")]
    assert bench.screen.name == "notice"
    bench.disk_full = False
    bench.advance(10)
    bench.command("act_2", payment())
    bench.tap(card("visa"))
    assert [reading.reading.sequence for reading in bench.readings()] == [2]
    assert bench.disk.sequence == 2


def test_a_card_that_is_with_the_server_is_waited_for_whatever_the_disk_does() -> None:
    bench = read()
    bench.disk_full = True
    bench.feed(events.StorageFailed())
    assert bench.screen.name == "processing"
    bench.end("act_1")
    assert bench.screen.name == "approved"
    bench.advance(3)
    assert bench.screen.name == "notice"


def test_an_action_that_waits_at_a_reader_with_a_full_disk_fails() -> None:
    bench = Bench().connect()
    bench.disk_full = True
    bench.command("act_1", payment())
    bench.state("act_2", "waiting", task=payment())
    assert [(report.action, report.happening) for report in bench.of(Report)] == [
        ("act_2", Failed(code="hardware_fault"))
    ]


# Other reports --------------------------------------------------------------------------------------------------------


def test_what_was_entered_while_the_link_was_cut_arrives() -> None:
    bench = Bench().connect()
    bench.command("act_1", Inputs(forms=[Form(type="text")]))
    bench.cut()
    bench.feed(events.Typed("Jane"))
    bench.press("submit")
    assert bench.happened() == []
    bench.connect(State(action="act_1", phase="waiting", task=Inputs(forms=[Form(type="text")])))
    assert [type(happening) for happening in bench.happened()] == [Entered]
    assert bench.screen.heading == "Please wait…"


def test_a_cancellation_and_a_command_cross() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment(cancelable=True))
    bench.press("cancel")
    bench.command("act_2", payment(2000))
    assert bench.happened() == [Canceled()]
    bench.state("act_2", "waiting", about=bench.reports()[0].id, unknown=True, task=payment(2000))
    assert bench.screen.amount == "$20.00"
