"""Commands: acknowledged once each, done once, and refused where somebody is at the reader."""

import pytest
from tests.reader.device.rig import APPROVED, Bench, card, payment

from opentill.link.messages import Ack, Sync
from opentill.link.messages import State as Stands
from opentill.link.tasks import Cart, CartLine, Confirmation, Form, Inputs, Print, TipButton
from opentill.reader.device import events
from opentill.reader.device.states import ACCEPTING, State
from opentill.reader.device.table import TABLE

CART = Cart(currency="usd", lines=[CartLine(description="Tea", amount=100, quantity=1)], total=100)


TASKS = {
    State.CART: CART,
    State.TIP: payment(tips=[TipButton(amount=100)]),
    State.CUSTOM_TIP: payment(tips=[TipButton(amount=100)]),
    State.KEYED_CARD: payment(takes=["card"]),
    State.INPUT: Inputs(forms=[Form(type="text")]),
    State.PRINTING: Print(content=b"x", media_type="image/png"),
    State.COLLECTED: payment(collects=True),
}
MENU: dict[State, list[str]] = {
    State.PASSCODE: [],
    State.SETTINGS: [*"07139"],
    State.PAIRING: [*"07139", "pair"],
    State.RESTARTING: [*"07139", "restart"],
}


def at(state: State) -> Bench:
    """A reader in that state."""
    bench = Bench("verifone_v660p" if state is State.PRINTING else "stripe_s700")
    if state is State.STARTING:
        return bench
    bench.connect()
    if state in MENU:
        bench.press("settings")
        for pressed in MENU[state]:
            (bench.key if pressed.isdecimal() else bench.press)(pressed)
    elif state is not State.SPLASH:
        bench.command("act_1", TASKS.get(state, payment(cancelable=True)))
        _go_on(bench, state)
    assert bench.device.state is state
    return bench


def _go_on(bench: Bench, state: State) -> None:
    match state:
        case State.CUSTOM_TIP:
            bench.press("custom_tip")
        case State.READING:
            bench.feed(events.CardInserted())
        case State.PROCESSING:
            bench.tap(card("visa"))
        case State.REPORTING:
            bench.press("cancel")
        case State.CANCELED:
            bench.command(None, None)
        case State.REMOVE_CARD:
            bench.insert(card("visa"))
            bench.end("act_1")
        case State.RESULT:
            bench.tap(card("visa"))
            bench.end("act_1")
        case State.COLLECTED:
            bench.tap(card("visa"))
            bench.state("act_1", "collected", about=bench.reports()[-1].id)
        case _:
            pass


BUSY = (
    State.STARTING,
    State.PAIRING,
    State.PASSCODE,
    State.SETTINGS,
    State.RESTARTING,
    State.PRINTING,
    State.PROCESSING,
    State.REMOVE_CARD,
)
FREE = tuple(state for state in ACCEPTING if state not in (State.APPLICATION, State.PIN, State.PRESENT_AGAIN))


@pytest.mark.parametrize("state", BUSY)
def test_a_busy_reader_says_so_and_goes_on(state: State) -> None:
    bench = at(state)
    bench.link = True
    bench.feed(events.LinkUp())
    before = bench.screen
    assert bench.command("act_2", CART) == "busy"
    assert bench.screen == before


@pytest.mark.parametrize("state", FREE)
def test_a_command_takes_the_place_of_what_the_reader_does(state: State) -> None:
    bench = at(state)
    assert bench.command("act_2", CART) == "accepted"
    assert bench.screen.name == "cart"


@pytest.mark.parametrize("state", FREE)
def test_a_command_for_the_splash_screen_is_followed(state: State) -> None:
    bench = at(state)
    assert bench.command(None, None) == "accepted"
    bench.remove()
    bench.advance(3)
    assert bench.screen.name == "splash"
    assert bench.open == frozenset()


def test_a_reader_at_work_at_what_the_server_does_not_know_takes_another_command() -> None:
    """A server that was killed between the ack and the commit has forgotten the action, whose card was read already."""
    bench = at(State.PROCESSING)
    bench.cut()
    bench.connect(Stands(action="act_0", phase="ended", result=APPROVED))
    assert bench.command("act_2", CART) == "busy", "it may only be late"
    bench.state("act_0", "ended", about=bench.reports()[-1].id, unknown=True, result=APPROVED)
    assert bench.screen.name == "processing"
    assert bench.command("act_2", CART) == "accepted"
    assert bench.screen.name == "cart"


def test_every_state_acknowledges_commands_and_follows_the_server() -> None:
    for state in State:
        for event in ("command", "state", "welcome", "assigned", "storage failed", "link up", "link down"):
            assert (state, event) in TABLE, (state, event)


def test_a_command_that_comes_twice_is_done_once_and_acknowledged_twice() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment(), id="cmd_x")
    bench.tap(card("visa"))
    assert bench.command("act_1", payment(), id="cmd_x") == "accepted"
    assert bench.screen.name == "processing"
    assert bench.of(Ack) == [Ack(command="cmd_x"), Ack(command="cmd_x")]


def test_a_late_copy_of_an_earlier_command_does_nothing() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment(), id="cmd_1")
    bench.command("act_2", CART, id="cmd_2")
    bench.command("act_1", payment(), id="cmd_1")
    assert bench.screen.name == "cart"


def test_a_command_that_was_refused_may_be_tried_again() -> None:
    bench = at(State.SETTINGS)
    assert bench.command("act_1", payment(), id="cmd_x") == "busy"
    bench.press("close")
    assert bench.command("act_1", payment(), id="cmd_x") == "accepted"
    assert bench.screen.name == "present_card"


def test_a_command_that_was_done_before_a_power_cut_is_not_done_again_unasked() -> None:
    """The server is asked instead: it knows whether there is still something to do."""
    bench = Bench().connect()
    bench.command("act_1", payment(), id="cmd_x")
    bench.power_on()
    bench.connect()
    assert bench.command("act_1", payment(), id="cmd_x") == "accepted"
    assert bench.screen.name == "splash"
    bench.advance(2)
    assert bench.of(Sync) == [Sync(action=None)]
    bench.state("act_1", "waiting", task=payment())
    assert bench.screen.name == "present_card"


def test_two_commands_at_once_leave_the_second() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment(1000))
    bench.command("act_2", payment(2000))
    assert bench.screen.amount == "$20.00"
    bench.tap(card("visa"))
    assert bench.reports()[-1].action == "act_2"


def test_a_confirmation_waits_for_the_server() -> None:
    bench = Bench().connect()
    bench.command("act_1", Confirmation(amount=1500, currency="usd"))
    assert (bench.screen.name, bench.screen.amount) == ("processing", "$15.00")
