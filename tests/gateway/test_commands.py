"""Commands on their way to readers: acknowledged once, sent again after a break, and what the caller is told."""

import asyncio
from dataclasses import replace

import pytest
from tests.gateway.link_server import (
    QUICK,
    FakeDesk,
    HandReader,
    hand,
    reader,
    run,
    server,
    until,
)

from opentill.domain.objects.terminal_reader import Reader
from opentill.gateway.gateway import Gateway
from opentill.link import messages
from opentill.link.messages import Ack, Canceled, Report, State, Sync
from opentill.link.tasks import Payment
from opentill.ports.readers import Acknowledged, Busy, Command, Delivery, Fault, Offline, TimedOut
from opentill.reader.connection.identity import generate

PAYMENT = Payment(amount=1000, currency="usd", takes=["card_present"])
COMMAND = Command("act_1", None, task=PAYMENT)
LONG_AGO = 1_600_000_000_000


def sending(gateway: Gateway, to: Reader, command: Command = COMMAND) -> "asyncio.Task[Delivery]":
    return asyncio.create_task(gateway.send(to, command))


async def commanded(device: HandReader) -> messages.Command:
    """The command that comes next."""
    message = await device.hear()
    assert isinstance(message, messages.Command)
    return message


@pytest.mark.parametrize(("result", "delivery"), [("accepted", Acknowledged()), ("busy", Busy()), ("fault", Fault())])
def test_a_command_is_acknowledged(result: str, delivery: Delivery) -> None:
    async def scenario() -> None:
        till = (desk := FakeDesk()).register("A1")
        async with server(desk) as running, hand(running, opened=True) as device:
            sent = sending(running.gateway, till)
            command = await commanded(device)
            assert (command.action, command.task) == ("act_1", PAYMENT)
            await device.say(Ack(command=command.id, result=result))  # type: ignore[arg-type]
            assert await sent == delivery

    run(scenario())


def test_back_to_the_splash_screen() -> None:
    async def scenario() -> None:
        till = (desk := FakeDesk()).register("A1")
        async with server(desk) as running, hand(running, opened=True) as device:
            sent = sending(running.gateway, till, Command(None, None))
            command = await commanded(device)
            assert (command.action, command.task) == (None, None)
            await device.say(Ack(command=command.id))
            assert await sent == Acknowledged()

    run(scenario())


def test_acks_that_come_twice_in_another_order_or_for_nothing() -> None:
    async def scenario() -> None:
        till = (desk := FakeDesk()).register("A1")
        async with server(desk) as running, hand(running, opened=True) as device:
            first, second = sending(running.gateway, till), sending(running.gateway, till, Command("act_2", None))
            one, two = await commanded(device), await commanded(device)
            assert (one.action, two.action) == ("act_1", "act_2")
            assert one.id != two.id
            await device.say(Ack(command="cmd_nobody"))
            await device.say(Ack(command=two.id, result="busy"))
            await device.say(Ack(command=two.id, result="accepted"))
            await device.say(Ack(command=one.id))
            assert (await first, await second) == (Acknowledged(), Busy())
            await device.say(Ack(command=one.id, result="fault"))
            await device.say(Sync(action=None))
            assert isinstance(await device.hear(), State)

    run(scenario())


def test_nobody_acknowledges_for_another() -> None:
    async def scenario() -> None:
        till = (desk := FakeDesk()).register("A1")
        desk.register("A2")
        async with (
            server(desk) as running,
            hand(running, opened=True) as device,
            hand(running, "A2", opened=True) as other,
        ):
            sent = sending(running.gateway, till)
            command = await commanded(device)
            await other.say(Ack(command=command.id, result="fault"))
            await other.say(Sync(action=None))
            await other.hear()
            assert not sent.done()
            await device.say(Ack(command=command.id))
            assert await sent == Acknowledged()

    run(scenario())


def test_a_command_into_a_link_that_is_being_closed_was_not_sent() -> None:
    async def scenario() -> None:
        till = (desk := FakeDesk()).register("A1")
        async with server(desk, replace(QUICK, goodbye_s=5)) as running, hand(running, opened=True) as device:
            await device.say("garbage")
            assert isinstance(await device.hear(), messages.Refused)
            assert await running.gateway.send(till, COMMAND) == Offline()

    run(scenario())


@pytest.mark.parametrize("seen", [None, LONG_AGO])
def test_a_reader_that_was_not_seen_for_two_minutes_is_offline_at_once(seen: int | None) -> None:
    async def scenario() -> None:
        async with server() as running:
            till = reader("A1", seen or 0)
            assert await running.gateway.send(till, COMMAND) == Offline()

    run(scenario())


def test_a_reader_that_does_not_come_back_in_time_is_offline() -> None:
    async def scenario() -> None:
        async with server(timing=QUICK) as running:
            assert await running.gateway.send(reader("A1"), COMMAND) == Offline()

    run(scenario())


def test_a_reader_that_comes_back_gets_the_command() -> None:
    async def scenario() -> None:
        till = (desk := FakeDesk()).register("A1")
        async with server(desk) as running:
            sent = sending(running.gateway, till)
            await asyncio.sleep(0)
            async with hand(running, opened=True) as device:
                command = await commanded(device)
                await device.say(Ack(command=command.id))
                assert await sent == Acknowledged()

    run(scenario())


def test_a_command_that_was_sent_into_a_break_comes_again_under_the_same_id() -> None:
    async def scenario() -> None:
        identity = generate()
        till = (desk := FakeDesk()).register("A1")
        async with server(desk) as running:
            async with hand(running, identity=identity, opened=True) as device:
                sent = sending(running.gateway, till)
                first = await commanded(device)
                device.connection.transport.abort()
            async with hand(running, identity=identity, opened=True) as device:
                again = await commanded(device)
                assert again == first
                await device.say(Ack(command=again.id))
                assert await sent == Acknowledged()

    run(scenario())


def test_a_reader_that_says_nothing_at_all_timed_out_and_its_link_is_taken_for_broken() -> None:
    async def scenario() -> None:
        till = (desk := FakeDesk()).register("A1")
        async with server(desk, replace(QUICK, silence_s=60)) as running, hand(running, opened=True) as device:
            assert await running.gateway.send(till, COMMAND) == TimedOut()
            await device.closed()

    run(scenario())


def test_a_reader_that_is_there_but_does_not_acknowledge_keeps_its_link() -> None:
    async def scenario() -> None:
        till = (desk := FakeDesk()).register("A1")
        async with server(desk, replace(QUICK, silence_s=60)) as running, hand(running, opened=True) as device:
            sent = sending(running.gateway, till)
            await commanded(device)
            await device.say(Sync(action=None))
            await device.hear()
            assert await sent == TimedOut()
            await device.say(Sync(action=None))
            assert isinstance(await device.hear(), State)

    run(scenario())


def test_a_device_that_is_registered_while_a_command_waits_for_its_reader() -> None:
    async def scenario() -> None:
        async with server(desk := FakeDesk()) as running, hand(running, opened=True) as device:
            sent = sending(running.gateway, desk.register("A1"))
            running.gateway.nudge("A1")
            heard = [await device.hear() for _ in range(3)]
            assert {type(message) for message in heard} == {messages.Assigned, messages.Command, State}
            (command,) = (message for message in heard if isinstance(message, messages.Command))
            await device.say(Ack(command=command.id))
            assert await sent == Acknowledged()

    run(scenario())


@pytest.mark.parametrize("there", [True, False])
def test_a_server_that_stops_tells_the_caller_what_is_known(there: bool) -> None:
    async def scenario() -> None:
        till = (desk := FakeDesk()).register("A1")
        async with server(desk) as running:
            if there:
                async with hand(running, opened=True) as device:
                    sent = sending(running.gateway, till)
                    await commanded(device)
                    await running.gateway.close()
                    assert await sent == TimedOut()
            else:
                sent = sending(running.gateway, till)
                await asyncio.sleep(0)
                await running.gateway.close()
                assert await sent == Offline()

    run(scenario())


def test_a_caller_who_goes_away_is_not_waited_for() -> None:
    async def scenario() -> None:
        till = (desk := FakeDesk()).register("A1")
        async with server(desk) as running, hand(running, opened=True) as device:
            sent = sending(running.gateway, till)
            command = await commanded(device)
            sent.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sent
            await device.say(Ack(command=command.id))
            await device.say(Sync(action=None))
            assert isinstance(await device.hear(), State)

    run(scenario())


# Before the commit ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asks", [True, False], ids=["asked about", "reported"])
@pytest.mark.parametrize("acknowledged", [True, False])
def test_an_action_that_is_not_committed_yet_is_waited_for(acknowledged: bool, asks: bool) -> None:
    """The reader was quicker than the database: it is not told that its action does not exist."""

    async def scenario() -> None:
        till = (desk := FakeDesk()).register("A1")
        async with server(desk) as running, hand(running, opened=True) as device:
            sent = sending(running.gateway, till)
            command = await commanded(device)
            if acknowledged:
                await device.say(Ack(command=command.id))
                assert await sent == Acknowledged()
            await device.say(Sync(action="act_1") if asks else Report(id="r1", action="act_1", happening=Canceled()))
            tries = desk.asked
            await until(lambda: desk.asked > tries + 1)
            desk.committed.add("act_1")
            answer = await device.hear()
            assert isinstance(answer, State)
            assert (answer.about, answer.unknown) == ("act_1" if asks else "r1", False)
            await device.say(Ack(command=command.id))
            await sent

    run(scenario())


def test_an_action_that_is_never_committed_is_unknown_in_the_end() -> None:
    async def scenario() -> None:
        till = (desk := FakeDesk()).register("A1")
        async with server(desk, replace(QUICK, silence_s=60)) as running, hand(running, opened=True) as device:
            sent = sending(running.gateway, till)
            command = await commanded(device)
            await device.say(Ack(command=command.id))
            await sent
            await device.say(Report(id="r1", action="act_1", happening=Canceled()))
            answer = await device.hear()
            assert isinstance(answer, State)
            assert (answer.about, answer.unknown, desk.reported) == ("r1", True, [])
            assert 1 < desk.asked <= 2 + len(QUICK.action_pauses_s)

    run(scenario())


def test_an_action_that_the_reader_refused_is_not_waited_for() -> None:
    async def scenario() -> None:
        till = (desk := FakeDesk()).register("A1")
        async with server(desk) as running, hand(running, opened=True) as device:
            sent = sending(running.gateway, till)
            command = await commanded(device)
            await device.say(Ack(command=command.id, result="busy"))
            assert await sent == Busy()
            before = desk.asked
            await device.say(Sync(action="act_1"))
            answer = await device.hear()
            assert isinstance(answer, State)
            assert (answer.unknown, desk.asked) == (True, before + 1)

    run(scenario())
