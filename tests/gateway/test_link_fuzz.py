"""Whatever comes over an open link, in whatever order, is taken; or the link is refused, and nothing else happens."""

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.gateway.link_server import PATIENT, Clock, FakeDesk, HandReader, generate

from opentill.gateway.gateway import Gateway
from opentill.gateway.relay import LocalRelay
from opentill.gateway.wire import Wire
from opentill.link import messages
from opentill.link.messages import Ack, BadMessage, Canceled, Heartbeat, Pair, Proof, Refused, Report, Sync

IDS = st.sampled_from(["act_1", "act_2", "cmd_1", "r1", ""])
SAID = st.one_of(
    st.builds(Heartbeat, time=st.integers(-(2**63), 2**63 - 1)),
    st.builds(Ack, command=IDS, result=st.sampled_from(["accepted", "busy", "fault"])),
    st.builds(Report, id=IDS, action=IDS, happening=st.just(Canceled())),
    st.builds(Sync, action=st.none() | IDS),
    st.just(Pair()),
    st.just(Proof(signature=b"")),
)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def nearly(draw: st.DrawFn) -> str:
    """A message in which one member is something else."""
    said: dict[str, Any] = msgspec.to_builtins(draw(SAID))
    said[draw(st.sampled_from(sorted(said)))] = draw(JUNK)
    return json.dumps(said)


FRAMES = st.one_of(SAID.map(lambda message: messages.encode(message).decode()), nearly(), st.text(), st.none())


async def _exchange(frames: list[str | None]) -> list[messages.FromServer]:
    """What is answered to frames on a fresh link of a registered reader."""
    sent: list[messages.FromServer] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "websocket.send":
            sent.append(messages.from_server(message["text"]))

    desk = FakeDesk(committed={"act_1"})
    desk.register("A1")
    gateway = Gateway(Clock(), LocalRelay(), PATIENT)
    gateway.start(desk)
    async with asyncio.timeout(5) as life:
        hello = HandReader(None, "A1", generate()).hello()  # type: ignore[arg-type]
        link = await gateway.welcome(hello, Wire(send, life, PATIENT))
        assert link is not None
        for frame in frames:
            gateway.receive(link, frame)
            await asyncio.sleep(0)
        for _ in range(3 * len(frames) + 10):
            await asyncio.sleep(0)
        gateway.left(link)
    await gateway.close()
    return sent


@given(st.lists(FRAMES, max_size=12))
def test_whatever_comes(frames: list[str | None]) -> None:
    welcome, *answers = asyncio.run(_exchange(frames))
    assert isinstance(welcome, messages.Welcome)
    refusals = [answer for answer in answers if isinstance(answer, Refused)]
    assert refusals == answers[len(answers) - len(refusals) :], "something was said after a refusal"
    assert bool(refusals) == any(not _fits(frame) for frame in frames)
    assert len(refusals) <= 1
    assert {refusal.code for refusal in refusals} <= {"bad_message"}


def _fits(frame: str | None) -> bool:
    """Whether it may be said on an open link."""
    try:
        return frame is not None and not isinstance(messages.from_reader(frame), messages.Hello | Proof)
    except BadMessage:
        return False
