"""An open link: what a reader may say on it, what it is told, and how it ends."""

import asyncio
import json
import logging
from contextlib import suppress
from dataclasses import replace

import pytest
from structlog.testing import capture_logs
from tests.gateway.link_server import (
    PATIENCE_S,
    PATIENT,
    QUICK,
    FakeDesk,
    HandReader,
    Server,
    hand,
    run,
    server,
    until,
)
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from opentill.gateway import wire
from opentill.link import messages
from opentill.link.messages import (
    FRAME_MAX,
    PATH,
    Ack,
    Assigned,
    Canceled,
    Heartbeat,
    Pair,
    PairingCode,
    Proof,
    Refused,
    Report,
    Result,
    State,
    Sync,
    Welcome,
)
from opentill.ports.store import StoreUnavailable
from opentill.reader.connection.identity import generate


async def refused(reader: HandReader) -> str:
    """Why the link was closed, and that it was."""
    while not isinstance(message := await reader.hear(), Refused):
        pass
    await reader.closed()
    return message.code


async def gone(running: Server, links: int = 0) -> None:
    """Return when the gateway has no more than so many links."""
    await until(lambda: running.gateway.links <= links)


# Opening ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("registered", [True, False])
def test_a_reader_is_welcomed(registered: bool) -> None:
    async def scenario() -> None:
        desk = FakeDesk()
        if registered:
            desk.register("A1")
            desk.states["A1"] = State(action="act_1", phase="waiting")
        async with server(desk) as running, hand(running, opened=True) as reader:
            assert reader.connection.subprotocol == messages.SUBPROTOCOL
            assert reader.connection.protocol.extensions == []
            assert reader.welcome is not None
            assert reader.welcome.heartbeat_s == 25
            assert (reader.welcome.assignment is not None) == registered
            assert reader.welcome.state == (desk.states["A1"] if registered else None)

    run(scenario())


def test_a_proof_that_was_overheard_opens_no_second_link() -> None:
    async def scenario() -> None:
        async with server() as running, hand(running) as reader, hand(running) as thief:
            await reader.say(reader.hello())
            challenge = await reader.hear()
            assert isinstance(challenge, messages.Challenge)
            overheard = reader.proof(challenge)
            await reader.say(overheard)
            assert isinstance(await reader.hear(), Welcome)
            await thief.say(reader.hello())
            await thief.hear()
            await thief.say(overheard)
            assert await refused(thief) == "bad_proof"
            assert running.gateway.links == 1

    run(scenario())


def test_another_device_with_the_serial_number_of_one_that_is_known() -> None:
    async def scenario() -> None:
        async with server() as running, hand(running, opened=True) as reader, hand(running, "A1", generate()) as thief:
            answer = await thief.open()
            assert isinstance(answer, Refused)
            assert (answer.code, answer.retry) == ("identity_mismatch", False)
            await thief.closed()
            await reader.say(Heartbeat(time=1))
            assert isinstance(await reader.hear(), Heartbeat)

    run(scenario())


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("garbage", "bad_message"),
        (b"binary", "bad_message"),
        ('{"type":"hello","version":2}', "unsupported_version"),
        (Proof(signature=b""), "bad_message"),
        (Pair(), "bad_message"),
    ],
)
def test_what_opens_nothing(said: messages.FromReader | str | bytes, code: str) -> None:
    async def scenario() -> None:
        async with server() as running, hand(running) as reader:
            await reader.say(said)
            assert await refused(reader) == code
            assert running.gateway.links == 0

    run(scenario())


@pytest.mark.parametrize("hello", [False, True], ids=["nothing was said", "the proof is missing"])
def test_an_opening_that_takes_its_time(hello: bool) -> None:
    async def scenario() -> None:
        async with server(timing=QUICK) as running, hand(running) as reader:
            if hello:
                await reader.say(reader.hello())
                await reader.hear()
            await reader.closed()

    run(scenario())


@pytest.mark.parametrize("what", ["broken", "lost"])
def test_a_store_that_is_away(what: str) -> None:
    """Nobody is refused for it: the link closes, and the reader comes back later."""

    async def scenario() -> None:
        desk = FakeDesk()
        setattr(desk, what, StoreUnavailable("gone fishing"))
        async with server(desk) as running, hand(running) as reader:
            await reader.say(reader.hello())
            challenge = await reader.hear()
            assert isinstance(challenge, messages.Challenge)
            await reader.say(reader.proof(challenge))
            with pytest.raises(ConnectionClosed):
                await reader.hear()
            assert await reader.closed() == 1013
            assert running.gateway.links == 0

    run(scenario())


def test_nothing_is_told_before_the_welcome() -> None:
    """Not by a nudge, nor by the end of a report that came over the link before."""

    async def scenario() -> None:
        identity = generate()
        async with server(desk := ready("r1")) as running:
            async with hand(running, identity=identity, opened=True) as reader:
                await reader.say(report("r1"))
                await until(lambda: desk.reported)
            desk.waits["assignment"] = asyncio.Event()
            async with hand(running, identity=identity) as reader:
                opening = asyncio.create_task(reader.open())
                await until(lambda: desk.held)
                desk.waits["r1"].set()
                await until(lambda: not desk.working)
                running.gateway.nudge("A1")
                desk.waits["assignment"].set()
                assert isinstance(await opening, Welcome)
                state = await reader.hear()
                assert isinstance(state, State)
                assert state.phase == "ended"

    run(scenario())


# What is said -----------------------------------------------------------------------------------------------------


GARBAGE = {
    "no JSON": "\x00\x01",
    "truncated": messages.encode(Heartbeat(time=1)).decode()[:-3],
    "an unknown type": '{"type":"reboot","secret":"4242424242424242"}',
    "a server's message": '{"type":"welcome"}',
    "a member of another type": '{"type":"ack","command":4242424242424242}',
    "a result that there is not": '{"type":"ack","command":"x","result":"4242424242424242"}',
    "a hello": '{"type":"hello","version":1}',
    "nesting": "[" * 200_000,
    "binary": b"\x42\x42",
    "not UTF-8": None,
}


@pytest.mark.parametrize("frame", GARBAGE.values(), ids=GARBAGE)
def test_garbage_ends_the_link(frame: str | bytes | None) -> None:
    """And the log says so, without repeating anything of it."""

    async def scenario() -> None:
        async with server() as running, hand(running, opened=True) as reader:
            if frame is None:  # the client refuses to send such text, so it is told that it is
                await reader.connection.send(b"\xff\xfe\x42", text=True)
            else:
                await reader.say(frame)
            assert await refused(reader) == "bad_message"
            await gone(running)

    with capture_logs() as logs:
        run(scenario())
    (line,) = [line for line in logs if line["event"] == "link refused"]
    assert (line["code"], line["device"]) == ("bad_message", "A1")
    assert "42" not in line["why"]


def test_a_frame_that_is_too_large() -> None:
    async def scenario() -> None:
        async with server() as running, hand(running, opened=True) as reader:
            await reader.say("x" * (FRAME_MAX + 1))
            assert await reader.closed() == 1009
            await gone(running)

    run(scenario())


def test_a_large_message_in_many_fragments() -> None:
    """A signature is large; more than FRAME_MAX does not come together from fragments either."""

    async def scenario() -> None:
        async with server(desk := FakeDesk()) as running, hand(running, opened=True) as reader:
            desk.register("A1")
            desk.committed.add("act_1")
            value = messages.Value(value="x" * 400_000)
            report = messages.encode(Report(id="r1", action="act_1", happening=messages.Entered(values=[value])))
            text = report.decode()
            await reader.connection.send(text[at : at + 9_999] for at in range(0, len(text), 9_999))
            answer = await reader.hear()
            assert isinstance(answer, State)
            assert (answer.about, desk.reported) == ("r1", ["r1"])
            with suppress(ConnectionClosed):
                await reader.connection.send("x" * 10_000 for _ in range(100))
            assert await reader.closed() == 1009

    run(scenario())


def test_a_reader_that_talks_too_much() -> None:
    async def scenario() -> None:
        async with server() as running, hand(running, opened=True) as reader, hand(running, "A2", opened=True) as other:
            with suppress(ConnectionClosed):
                for _ in range(300):
                    await reader.say(Heartbeat(time=1))
            assert await refused(reader) == "bad_message"
            await other.say(Heartbeat(time=1))
            assert isinstance(await other.hear(), Heartbeat)

    run(scenario())


def test_a_burst_of_what_a_reader_says_after_a_break_is_let_through() -> None:
    async def scenario() -> None:
        async with server() as running, hand(running, opened=True) as reader:
            for _ in range(80):
                await reader.say(Heartbeat(time=1))
            for _ in range(80):
                assert isinstance(await reader.hear(), Heartbeat)

    run(scenario())


def test_heartbeats_are_answered_and_written_down() -> None:
    async def scenario() -> None:
        async with server(desk := FakeDesk(), QUICK) as running, hand(running, opened=True) as reader:
            await reader.say(Heartbeat(time=1))
            assert isinstance(await reader.hear(), Heartbeat)
            await until(lambda: desk.sightings)
            assert desk.sightings == ["A1"]

    run(scenario())


def test_a_heartbeat_finds_out_that_a_hint_was_lost() -> None:
    """The device was registered, and nobody told the gateway."""

    async def scenario() -> None:
        async with server(desk := FakeDesk(), QUICK) as running, hand(running, opened=True) as reader:
            desk.register("A1")
            await reader.say(Heartbeat(time=1))
            heard = [await reader.hear() for _ in range(3)]
            assert [type(message) for message in heard] == [Heartbeat, Assigned, State]

    run(scenario())


@pytest.mark.parametrize("heartbeats", [0, 1])
def test_silence_ends_the_link(heartbeats: int) -> None:
    async def scenario() -> None:
        async with server(timing=QUICK) as running, hand(running, opened=True) as reader:
            for _ in range(heartbeats):
                await reader.say(Heartbeat(time=1))
                await reader.hear()
            await reader.closed()
            await gone(running)

    run(scenario())


def test_a_pairing_code() -> None:
    async def scenario() -> None:
        async with server() as running, hand(running, opened=True) as reader:
            await reader.say(Pair())
            assert await reader.hear() == PairingCode(code="quick-brown-fox", expires=1)

    run(scenario())


# What is told -----------------------------------------------------------------------------------------------------


def test_registered_renamed_deleted() -> None:
    async def scenario() -> None:
        async with server(desk := FakeDesk()) as running, hand(running, opened=True) as reader:
            for label in ("Till 1", "Till 2"):
                desk.register("A1", label)
                running.gateway.nudge("A1")
                assigned = await reader.hear()
                assert isinstance(assigned, Assigned)
                assert assigned.assignment is not None
                assert assigned.assignment.label == label
                assert isinstance(await reader.hear(), State)
            del desk.assignments["A1"]
            running.gateway.nudge("A1")
            assert await reader.hear() == Assigned(assignment=None)
            await reader.say(Sync(action=None))
            assert await reader.hear() == State(action=None, phase="idle")

    run(scenario())


def test_a_nudge_tells_the_state_and_no_assignment_that_is_the_same() -> None:
    """Although its PIN key is sealed anew each time, and looks different."""

    async def scenario() -> None:
        desk = FakeDesk()
        desk.register("A1")
        async with server(desk) as running, hand(running, opened=True) as reader:
            desk.states["A1"] = State(action="act_1", phase="waiting")
            running.gateway.nudge("A1")
            assert await reader.hear() == State(action="act_1", phase="waiting")

    run(scenario())


def test_many_nudges_are_few_looks() -> None:
    async def scenario() -> None:
        desk = FakeDesk()
        desk.register("A1")
        async with server(desk) as running, hand(running, opened=True) as reader:
            looks = desk.sealings
            for _ in range(1000):
                running.gateway.nudge("A1")
            await reader.say(Heartbeat(time=1))
            while not isinstance(await reader.hear(), Heartbeat):
                pass
            assert desk.sealings - looks <= 2

    run(scenario())


def test_a_nudge_for_somebody_who_is_not_there() -> None:
    async def scenario() -> None:
        async with server() as running:
            running.gateway.nudge("A9")

    run(scenario())


# Reports ----------------------------------------------------------------------------------------------------------


def report(id: str, action: str = "act_1") -> Report:
    return Report(id=id, action=action, happening=Canceled())


def ready(*waits: str) -> FakeDesk:
    """A desk with a registered reader whose action is committed, and reports that are waited for."""
    desk = FakeDesk(committed={"act_1"}, waits={id: asyncio.Event() for id in waits})
    desk.register("A1")
    desk.register("A2")
    return desk


def test_reports_are_handled_in_order_one_at_a_time() -> None:
    async def scenario() -> None:
        async with server(desk := ready("r1")) as running, hand(running, opened=True) as reader:
            for id in ("r1", "r2", "r3"):
                await reader.say(report(id))
            await reader.say(Heartbeat(time=1))
            assert isinstance(await reader.hear(), Heartbeat), "a slow report keeps heartbeats waiting"
            desk.waits["r1"].set()
            answers = [await reader.hear() for _ in range(3)]
            assert [answer.about for answer in answers if isinstance(answer, State)] == ["r1", "r2", "r3"]
            assert (desk.reported, desk.working_max) == (["r1", "r2", "r3"], 1)

    run(scenario())


def test_one_readers_report_does_not_wait_for_anothers() -> None:
    async def scenario() -> None:
        async with (
            server(desk := ready("r1")) as running,
            hand(running, opened=True) as slow,
            hand(running, "A2", opened=True) as quick,
        ):
            await slow.say(report("r1"))
            await quick.say(report("r2"))
            assert isinstance(await quick.hear(), State)
            desk.waits["r1"].set()
            assert isinstance(await slow.hear(), State)

    run(scenario())


def test_a_report_outlives_the_link_and_is_answered_over_the_next_one() -> None:
    """It is sent again there, and still done once."""

    async def scenario() -> None:
        identity = generate()
        async with server(desk := ready("r1")) as running:
            async with hand(running, identity=identity, opened=True) as reader:
                await reader.say(report("r1"))
                await until(lambda: desk.reported)
                reader.connection.transport.abort()
            async with hand(running, identity=identity, opened=True) as reader:
                await reader.say(report("r1"))
                await reader.say(Sync(action="act_1"))
                assert isinstance(await reader.hear(), State)
                desk.waits["r1"].set()
                answer = await reader.hear()
                assert isinstance(answer, State)
                assert (answer.about, desk.reported) == ("r1", ["r1"])

    run(scenario())


def test_a_report_that_fails_ends_the_link_so_that_it_is_sent_again() -> None:
    async def scenario() -> None:
        async with server(desk := ready()) as running, hand(running, opened=True) as reader:
            desk.broken = StoreUnavailable("gone fishing")
            await reader.say(report("r1"))
            assert await reader.closed() == 1013

    run(scenario())


def test_too_many_reports() -> None:
    async def scenario() -> None:
        async with server(desk := ready("r0")) as running, hand(running, opened=True) as reader:
            with suppress(ConnectionClosed):
                for number in range(30):
                    await reader.say(report(f"r{number}"))
            assert await refused(reader) == "bad_message"
            desk.waits["r0"].set()

    run(scenario())


def test_no_state_is_told_after_a_newer_one() -> None:
    """It was read before the report was done, and takes its time; the report's answer overtakes it."""

    async def scenario() -> None:
        async with server(desk := ready()) as running, hand(running, opened=True) as reader:
            desk.states["A1"] = State(action="act_1", phase="waiting")
            desk.waits["state"] = asyncio.Event()
            await reader.say(Sync(action=None))
            await until(lambda: desk.held)
            await reader.say(report("r1"))
            answer = await reader.hear()
            assert isinstance(answer, State)
            assert (answer.about, answer.phase) == ("r1", "ended")
            desk.waits["state"].set()
            asked = await reader.hear()
            assert isinstance(asked, State)
            assert (asked.about, asked.phase) == (None, "ended")

    run(scenario())


@pytest.mark.parametrize("known", [True, False])
def test_an_answer_about_an_action(known: bool) -> None:
    async def scenario() -> None:
        async with server(ready()) as running, hand(running, opened=True) as reader:
            await reader.say(Sync(action="act_1" if known else "act_2"))
            answer = await reader.hear()
            assert isinstance(answer, State)
            assert (answer.about, answer.unknown) == ("act_1" if known else "act_2", not known)

    run(scenario())


# How links end ----------------------------------------------------------------------------------------------------


def test_the_newer_link_of_a_device_replaces_the_older() -> None:
    async def scenario() -> None:
        identity = generate()
        async with (
            server(ready()) as running,
            hand(running, identity=identity, opened=True) as old,
            hand(running, identity=identity, opened=True) as new,
        ):
            assert await refused(old) == "replaced"
            await new.say(Heartbeat(time=1))
            assert isinstance(await new.hear(), Heartbeat)
            assert running.gateway.links == 1

    run(scenario())


def test_what_comes_over_a_link_that_was_replaced_counts_no_more() -> None:
    async def scenario() -> None:
        identity = generate()
        async with server(desk := ready()) as running, hand(running, identity=identity, opened=True) as old:
            async with hand(running, identity=identity, opened=True) as new:
                with suppress(ConnectionClosed):
                    await old.say(report("r1"))
                await old.closed()
                await new.say(report("r2"))
                assert isinstance(await new.hear(), State)
            assert desk.reported == ["r2"]

    run(scenario())


def test_readers_are_told_when_the_server_stops_and_reports_are_finished() -> None:
    async def scenario() -> None:
        async with server(desk := ready("r1"), PATIENT) as running, hand(running, opened=True) as reader:
            await reader.say(report("r1"))
            await until(lambda: desk.reported)
            closing = asyncio.create_task(running.gateway.close())
            assert await refused(reader) == "shutting_down"
            assert not closing.done()
            desk.waits["r1"].set()
            await closing
            assert desk.states["A1"].phase == "ended"
            with pytest.raises(InvalidStatus, match="503"):
                await connect(f"ws://127.0.0.1:{running.port}{PATH}", proxy=None)

    run(scenario())


@pytest.mark.parametrize(
    ("write_s", "waiting_max"), [(0.3, 10**12), (60, 1_000_000)], ids=["for too long", "while too much waits"]
)
def test_a_reader_that_does_not_read_is_cut_off_and_keeps_nobody_waiting(
    write_s: float, waiting_max: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "WAITING_MAX", waiting_max)

    async def scenario() -> None:
        desk = ready()
        timing = replace(PATIENT, write_s=write_s, messages_per_s=1e6)
        async with server(desk, timing) as running, hand(running, "A2", opened=True) as other:
            async with hand(running, opened=True) as deaf:
                deaf.connection.transport.pause_reading()
                desk.states["A1"] = State(
                    action="act_1", phase="ended", result=Result(succeeded=False, code="x" * 100_000)
                )
                nudges = 0
                async with asyncio.timeout(PATIENCE_S):
                    while running.gateway.links > 1:
                        nudges += 1
                        if nudges < 200:  # far more than the buffers in between hold
                            running.gateway.nudge("A1")
                        await other.say(Heartbeat(time=1))
                        assert isinstance(await other.hear(), Heartbeat)
                deaf.connection.transport.abort()
            await other.say(Heartbeat(time=1))
            assert isinstance(await other.hear(), Heartbeat)

    run(scenario())


# HTTP -------------------------------------------------------------------------------------------------------------

UPGRADE = (
    "Host: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
)


async def asked(running: Server, head: str) -> str:
    """The status line that a head is answered with; the connection ends with it, or it is kept open by a 101."""
    reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
    writer.write((head + "\r\n").encode())
    async with asyncio.timeout(PATIENCE_S):
        line = (await reader.readline()).decode().strip()
        if "101" not in line:
            await reader.read()
    writer.close()
    return line.partition(" ")[2]


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (f"GET {PATH} HTTP/1.1\r\n{UPGRADE}", "101 Switching Protocols"),
        (f"GET {PATH}?x=1 HTTP/1.1\r\n{UPGRADE}", "101 Switching Protocols"),
        (f"GET {PATH} HTTP/1.1\r\n{UPGRADE}Origin: https://example.com\r\n", "403 Forbidden"),
        (f"GET {PATH} HTTP/1.1\r\n{UPGRADE.replace('13', '12')}", "400 Bad Request"),
        (f"GET {PATH} HTTP/1.1\r\n{UPGRADE}X-Long: {'x' * 20_000}\r\n", "431 Request Header Fields Too Large"),
        (f"GET {PATH} HTTP/1.1\r\n{UPGRADE}" + "X-Many: x\r\n" * 500, "431 Request Header Fields Too Large"),
        (f"GET {PATH}/more HTTP/1.1\r\n{UPGRADE}Connection: close\r\n", "404 Not Found"),
        (f"GET /v1/customers HTTP/1.1\r\n{UPGRADE}Connection: close\r\n", "404 Not Found"),
        (f"POST {PATH} HTTP/1.1\r\n{UPGRADE}Connection: close\r\nContent-Length: 0\r\n", "404 Not Found"),
        (f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n", "404 Not Found"),
    ],
)
def test_where_websockets_are_taken(head: str, status: str, caplog: pytest.LogCaptureFixture) -> None:
    """On one path; everywhere else a request stays a request. Each ends, whatever is wrong with it."""

    async def scenario() -> None:
        async with server() as running:
            assert await asked(running, head) == status

    run(scenario())
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def test_a_head_that_is_no_link_is_answered_as_ever() -> None:
    """The log tells requests from links by nothing but their paths."""

    async def scenario() -> None:
        async with server() as running, hand(running, opened=True) as reader:
            assert await asked(running, "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n") == "404 Not Found"
            await reader.say(Ack(command="cmd_nobody"))
            await reader.say(json.dumps({"type": "heartbeat", "time": 1, "newer": "member"}))
            assert isinstance(await reader.hear(), Heartbeat)

    run(scenario())
