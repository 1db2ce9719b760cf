"""The thing around the device: effects in their order, power in every state, and a disk that is full."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.reader.program.insides import NEW, Bench, Window, hurried

from opentill.link.messages import (
    Assigned,
    Assignment,
    Heartbeat,
    PairingCode,
    PrinterTrouble,
    Refused,
    Settings,
    Sync,
)
from opentill.reader.appliance import CRASH_PAUSE_S, INBOX_MAX
from opentill.reader.device.effects import (
    Beep,
    Effect,
    Paper,
    Remember,
    Restart,
    Send,
    Show,
    StartTimer,
    StopTimer,
)
from opentill.reader.device.events import (
    Event,
    Keyed,
    LinkDown,
    LinkUp,
    PoweredOn,
    Pressed,
    PrinterStopped,
    Received,
    Signed,
    StorageFailed,
    TimerFired,
    Toggled,
    Typed,
)
from opentill.reader.device.screens import Screen
from opentill.reader.pages import KeyPress, NetworkMove, PowerMove, Press, Sign, Text, Toggle

SPLASH = Screen(name="splash", heading="Welcome")
ASSIGNMENT = Assignment(
    reader="tmr_1",
    label="Till 1",
    livemode=False,
    settings=Settings(merchant="Opentill"),
    pin_key_id=bytes(8),
    pin_key=bytes(48),
)


def on(event_type: type[Event], *effects: Effect) -> "Wants":
    return Wants({event_type: effects})


class Wants:
    """A device's wishes, by what it hears of."""

    def __init__(self, by_type: "dict[type, Sequence[Effect]]") -> None:
        self._by_type = by_type

    def __call__(self, event: Event) -> Sequence[Effect]:
        return self._by_type.get(type(event), ())


def test_effects_are_done_in_their_order() -> None:
    """What is remembered is on the disk before what follows is sent."""

    async def scenario() -> None:
        newer = replace(NEW, sequence=7)
        bench = Bench(on(Pressed, Remember(newer), Send(Sync(action=None)), Show(SPLASH)))
        await bench.appliance.switch("on")
        on_the_disk = []
        bench.link.sending = lambda _: on_the_disk.append(bench.disk.memory())
        await bench.appliance.hear(Press(button="go"))
        await bench.settle()
        assert on_the_disk == [newer]
        assert bench.appliance.screen == SPLASH

    hurried(scenario())


def test_a_full_disk_stops_what_builds_on_it() -> None:
    """What follows a Remember that failed is not done, and the device hears of it before anything else."""

    async def scenario() -> None:
        bench = Bench(on(Pressed, Remember(replace(NEW, sequence=1)), Send(Sync(action=None))))
        await bench.appliance.switch("on")
        bench.disk.full = True
        await bench.appliance.hear(Press(button="go"))
        await bench.appliance.hear(Text(text="later"))
        await bench.settle()
        assert bench.link.sent == []
        assert bench.device.heard == [PoweredOn(), Pressed("go"), StorageFailed(), Typed("later")]
        assert (await bench.disk.read()).sequence == 0

        bench.disk.full = False
        await bench.appliance.hear(Press(button="go"))
        await bench.settle()
        assert bench.link.sent == [Sync(action=None)]

    hurried(scenario())


@pytest.mark.parametrize(("full", "trouble"), [(False, None), (True, "printer_error")])
def test_printing_does_not_keep_the_device(full: bool, trouble: PrinterTrouble | None) -> None:
    async def scenario() -> None:
        bench = Bench(on(Pressed, Paper(b"picture", "image/png")))
        await bench.appliance.switch("on")
        bench.disk.full = full
        await bench.appliance.hear(Press(button="print"))
        await bench.appliance.hear(Text(text="meanwhile"))
        await bench.settle()
        assert bench.device.heard[1:] == [Pressed("print"), Typed("meanwhile"), PrinterStopped(trouble)]
        assert bench.disk.printed == ([] if full else [b"picture"])

    hurried(scenario())


def test_timers() -> None:
    """A timer rings once; one that is started again rings at the later time only, one that is stopped never."""

    async def scenario() -> None:
        bench = Bench(
            Wants(
                {
                    PoweredOn: [StartTimer("a", 5), StartTimer("b", 5), StartTimer("c", 5)],
                    Pressed: [StartTimer("a", 10), StopTimer("b"), StopTimer("never")],
                }
            )
        )
        await bench.appliance.switch("on")
        await asyncio.sleep(4)
        await bench.appliance.hear(Press(button="go"))
        await asyncio.sleep(2)
        assert bench.device.heard[2:] == [TimerFired("c")]
        await asyncio.sleep(7)
        assert bench.device.heard[2:] == [TimerFired("c")]
        await bench.settle()
        assert bench.device.heard[2:] == [TimerFired("c"), TimerFired("a")]

    hurried(scenario())


def test_a_timer_that_rang_while_it_was_being_stopped_did_not_ring() -> None:
    async def scenario() -> None:
        bench = Bench(Wants({PoweredOn: [StartTimer("a", 5)], Typed: [Remember(NEW)], Pressed: [StopTimer("a")]}))
        await bench.appliance.switch("on")
        await asyncio.sleep(4.9995)
        await bench.appliance.hear(Text(text="busy with the disk when the timer rings"))
        await bench.appliance.hear(Press(button="stop"))
        await bench.settle()
        assert [type(event) for event in bench.device.heard] == [PoweredOn, Typed, Pressed]

    hurried(scenario())


def test_what_pages_say_reaches_the_device() -> None:
    async def scenario() -> None:
        bench = Bench()
        await bench.appliance.switch("on")
        messages = [Press(button="a"), KeyPress(key="7"), Text(text="b"), Toggle(index=1, on=True), Sign(svg="<svg/>")]
        for message in messages:
            await bench.appliance.hear(message)
        await bench.settle()
        heard = [Pressed("a"), Keyed("7"), Typed("b"), Toggled(1, True), Signed("<svg/>")]
        assert bench.device.heard == [PoweredOn(), *heard]

    hurried(scenario())


def test_a_page_that_presses_without_end_fills_no_memory() -> None:
    async def scenario() -> None:
        bench = Bench()
        await bench.appliance.switch("on")
        for _ in range(INBOX_MAX * 3):
            await bench.appliance.hear(Press(button="x"))
        await bench.settle()
        assert len(bench.device.heard) <= INBOX_MAX + 1

    hurried(scenario())


def test_power() -> None:
    """Off, on and off again: a new device each time, made of what was remembered; nothing reaches one that is off."""

    async def scenario() -> None:
        bench = Bench(on(Pressed, Remember(replace(NEW, sequence=3)), Show(SPLASH)))
        window = Window()
        bench.appliance.watch(window)
        await bench.appliance.hear(PowerMove(do="on"))
        await bench.appliance.hear(PowerMove(do="on"))
        await bench.appliance.hear(Press(button="go"))
        await bench.settle()
        assert (bench.appliance.power, len(bench.lives)) == ("on", 1)

        await bench.appliance.hear(PowerMove(do="off"))
        await bench.appliance.hear(Press(button="nobody hears"))
        assert (bench.appliance.power, bench.appliance.screen.name) == ("off", "off")
        assert window.news[-1].power == "off"
        bench.tell(LinkUp())  # the old link, late
        await bench.settle()
        assert not bench.appliance.online

        await bench.appliance.hear(PowerMove(do="restart"))
        await bench.settle()
        assert [len(device.heard) for device, *_ in bench.lives] == [2, 1]
        assert (await bench.disk.read()).sequence == 3
        assert [screen.name for screen in window.screens] == ["splash", "off"]
        await bench.appliance.close()

    hurried(scenario())


def test_the_device_restarts_itself() -> None:
    async def scenario() -> None:
        bench = Bench(on(Pressed, Restart(), Send(Sync(action="never"))))
        await bench.appliance.switch("on")
        await bench.appliance.hear(Press(button="restart"))
        await bench.settle()
        assert [device.heard for device, *_ in bench.lives] == [[PoweredOn(), Pressed("restart")], [PoweredOn()]]
        assert bench.lives[0][1].sent == []
        assert bench.appliance.power == "on"
        await bench.appliance.close()

    hurried(scenario())


def test_a_device_that_breaks_starts_again(capsys: pytest.CaptureFixture[str]) -> None:
    """The log says where it broke, and not over what."""

    async def scenario() -> None:
        def breaks(event: Event) -> Sequence[Effect]:
            if isinstance(event, Pressed):
                raise KeyError("4242424242424242")
            return ()

        bench = Bench(breaks)
        await bench.appliance.switch("on")
        await bench.appliance.hear(Press(button="boom"))
        await asyncio.sleep(CRASH_PAUSE_S / 2)
        assert len(bench.lives) == 1
        await bench.settle()
        assert len(bench.lives) == 2
        assert bench.device.heard == [PoweredOn()]
        await bench.appliance.close()

    hurried(scenario())
    logged = "".join(capsys.readouterr())
    assert "KeyError" in logged
    assert "test_appliance.py" in logged
    assert "4242" not in logged


def test_the_network_stays_as_it_is_over_a_restart() -> None:
    async def scenario() -> None:
        bench = Bench()
        await bench.appliance.switch("on")
        await bench.appliance.hear(NetworkMove(to="down"))
        assert bench.lives[-1][2].condition == "down"
        await bench.appliance.hear(PowerMove(do="restart"))
        assert bench.lives[-1][2].condition == "down"
        assert bench.appliance.news().network == "down"
        await bench.appliance.close()

    hurried(scenario())


def test_the_status_follows_what_the_server_says() -> None:
    async def scenario() -> None:
        bench = Bench()
        await bench.appliance.switch("on")
        status = []
        for event in (
            LinkUp(),
            Received(PairingCode(code="quick-brown-fox", expires=0)),
            Received(Heartbeat(time=0)),
            Received(Assigned(assignment=ASSIGNMENT)),
            Received(Assigned(assignment=None)),
            LinkDown(),
        ):
            bench.tell(event)
            await bench.settle()
            status.append((bench.appliance.online, bench.appliance.status.code, bench.appliance.status.label))
        assert status == [
            (True, None, None),
            (True, "quick-brown-fox", None),
            (True, "quick-brown-fox", None),
            (True, None, "Till 1"),
            (True, None, None),
            (False, None, None),
        ]
        bench.tell(Received(Refused(code="unsupported_version", message="too old", retry=False)))
        await bench.settle()
        assert bench.appliance.refusal == "too old"
        await bench.appliance.close()

    hurried(scenario())


def test_beeps_and_screens_reach_every_page_that_watches() -> None:
    async def scenario() -> None:
        bench = Bench(on(Pressed, Show(SPLASH), Beep("good")))
        await bench.appliance.switch("on")
        windows = [Window(), Window(), Window()]
        for window in windows:
            bench.appliance.watch(window)
        bench.appliance.unwatch(windows[2])
        await bench.appliance.hear(Press(button="go"))
        await bench.settle()
        assert [(window.screens, window.beeps) for window in windows] == [([SPLASH], ["good"])] * 2 + [([], [])]
        await bench.appliance.close()

    hurried(scenario())


@given(st.lists(st.tuples(st.sampled_from(["go", "pull", "off", "on", "restart"]), st.floats(0, 0.004)), max_size=30))
def test_power_pulled_at_any_time(moves: list[tuple[str, float]]) -> None:
    """Whatever is pressed and pulled when: what was sent had been remembered, and the reader starts again."""

    async def scenario() -> None:
        bench = Bench()
        counted = 0

        def wants(event: Event) -> Sequence[Effect]:
            nonlocal counted
            if not isinstance(event, Pressed):
                return ()
            counted += 1
            return Remember(replace(NEW, sequence=counted)), Send(Sync(action=str(counted)))

        bench.wants = wants
        await bench.appliance.switch("on")
        for move, seconds in moves:
            if move == "go":
                await bench.appliance.hear(Press(button="go"))
            else:
                await bench.appliance.switch(move)  # type: ignore[arg-type]
            await asyncio.sleep(seconds)
            remembered = (await bench.disk.read()).sequence
            sent = [int(message.action) for _, link, _ in bench.lives for message in link.sent]  # type: ignore[union-attr,arg-type]
            assert remembered >= max(sent, default=0)
        await bench.appliance.switch("on")
        await bench.appliance.hear(Press(button="go"))
        await bench.settle()
        assert bench.link.sent[-1] == Sync(action=str(counted))
        await bench.appliance.close()

    hurried(scenario())
