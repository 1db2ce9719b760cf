"""The opening machine: who is let through, and that nothing that is sent makes it do anything but refuse."""

import json
import secrets
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.gateway.link_server import CARD_KEY

from opentill.gateway.opening import OPENING_FRAME_MAX, Opening, Proven
from opentill.link import messages, signing
from opentill.link.messages import Challenge, FromReader, Hello, Proof, Refused
from opentill.reader.connection.identity import Identity, generate

READER = generate()
OTHER = generate()
NOW_MS = 1_700_000_000_000


def opening() -> Opening:
    return Opening(secrets.token_bytes(32), CARD_KEY, NOW_MS)


def hello(who: Identity = READER, **other: Any) -> Hello:
    said: dict[str, Any] = {
        "version": messages.VERSION, "serial_number": "A1", "device_type": "stripe_s700", "software": "1.0",
        "identity": who.identity_public, "sealing": who.sealing_public,
    }  # fmt: skip
    return Hello(**(said | other))


def proof(
    challenge: Challenge,
    *,
    by: Identity = READER,
    serial: str = "A1",
    sealing: bytes = READER.sealing_public,
    card_key: bytes | None = None,
) -> Proof:
    signed = signing.challenge_bytes(challenge.nonce, serial, sealing, card_key or challenge.card_key.public)
    return Proof(signature=signing.sign(by.identity, signed))


def said(machine: Opening, message: FromReader) -> Any:
    return machine.receive(messages.encode(message).decode())


def challenged(machine: Opening, message: Hello | None = None) -> Challenge:
    answer = said(machine, message or hello())
    assert isinstance(answer, Challenge)
    return answer


def test_who_has_the_key_is_let_through() -> None:
    machine = opening()
    challenge = challenged(machine)
    assert (challenge.card_key, challenge.time, len(challenge.nonce)) == (CARD_KEY, NOW_MS, 32)
    assert said(machine, proof(challenge)) == Proven(hello())


@pytest.mark.parametrize(
    "wrong",
    [
        {"by": OTHER},
        {"serial": "A2"},
        {"sealing": OTHER.sealing_public},
        {"card_key": OTHER.sealing_public},
    ],
    ids=["another's signature", "for another device", "for another sealing key", "for another server's card key"],
)
def test_a_proof_of_something_else(wrong: dict[str, Any]) -> None:
    machine = opening()
    answer = said(machine, proof(challenged(machine), **wrong))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.retry) == ("bad_proof", True)


def test_a_proof_is_good_for_one_opening() -> None:
    first, second = opening(), opening()
    overheard = proof(challenged(first))
    challenged(second)
    assert said(second, overheard).code == "bad_proof"
    assert isinstance(said(first, overheard), Proven)
    assert said(first, overheard).code == "bad_message"


def test_a_key_that_was_exchanged_on_the_way() -> None:
    """Somebody in between puts its own sealing key into the Hello: the proof is over the reader's."""
    machine = opening()
    challenge = challenged(machine, hello(sealing=OTHER.sealing_public))
    assert said(machine, proof(challenge)).code == "bad_proof"


@pytest.mark.parametrize("version", [0, 2, 99, -1])
@pytest.mark.parametrize("more", [{}, {"identity": None, "fresh": ["as", {"paint": 1}]}])
def test_another_version_is_told_apart_whatever_else_it_says(version: int, more: dict[str, Any]) -> None:
    said = msgspec.to_builtins(hello()) | {"type": "hello", "version": version} | more
    answer = opening().receive(json.dumps(said))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.retry) == ("unsupported_version", False)


@pytest.mark.parametrize(
    "message",
    [
        hello(identity=b"short"),
        hello(sealing=b""),
        hello(serial_number=""),
        hello(serial_number="x" * 65),
        hello(serial_number="A\n1"),
        hello(serial_number="Ä1"),
        hello(device_type="x" * 65),
        hello(software=""),
        hello(ip_address="x" * 65),
        hello(software="x" * OPENING_FRAME_MAX),
        Proof(signature=bytes(64)),
        messages.Pair(),
        messages.Heartbeat(time=1),
        messages.Sync(action=None),
    ],
)
def test_what_no_reader_begins_with(message: FromReader) -> None:
    assert said(opening(), message).code == "bad_message"


def test_a_second_hello() -> None:
    machine = opening()
    challenged(machine)
    assert said(machine, hello()).code == "bad_message"


@pytest.mark.parametrize("frame", ["", "null", "[]", '{"type":"hello"', '{"type":"welcome"}', "[" * 4000, b"\xff\xfe"])
def test_garbage(frame: str | bytes) -> None:
    answer = opening().receive(frame)
    assert isinstance(answer, Refused)
    assert answer.code == "bad_message"


def test_a_refusal_repeats_nothing_of_what_came() -> None:
    secret = "4242424242424242"
    for said in (
        {"type": secret},
        {"type": "hello", "version": secret},
        {"type": "proof", "signature": secret * 9 + "$"},
    ):
        answer = opening().receive(json.dumps(said))
        assert isinstance(answer, Refused)
        assert secret not in answer.message


# Whatever comes ---------------------------------------------------------------------------------------------------

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
VALID = st.sampled_from(
    [hello(), hello(OTHER), Proof(signature=bytes(64)), messages.Pair(), messages.Heartbeat(time=1)]
)


@st.composite
def nearly(draw: st.DrawFn) -> str | bytes:
    """A valid message in which one member is something else, or bytes of it are."""
    frame = messages.encode(draw(VALID))
    if draw(st.booleans()):
        said = json.loads(frame)
        said[draw(st.sampled_from(sorted(said)))] = draw(JUNK)
        return json.dumps(said)
    at = draw(st.integers(0, len(frame)))
    return frame[:at] + draw(st.binary(max_size=4)) + frame[at + draw(st.integers(0, 4)) :]


FRAMES = st.one_of(
    st.text(), st.binary(), JUNK.map(json.dumps), nearly(), VALID.map(messages.encode), st.just("[" * 100_000)
)


@given(st.lists(FRAMES, min_size=1, max_size=6))
def test_nobody_gets_through_without_a_proof(frames: list[str | bytes]) -> None:
    """Whatever is sent, in whatever order: at most a challenge, then refusals, and never an exception."""
    machine = opening()
    answers = [machine.receive(frame) for frame in frames]
    assert all(isinstance(answer, Challenge | Refused) for answer in answers)
    assert sum(isinstance(answer, Challenge) for answer in answers[1:]) == 0
    codes = {answer.code for answer in answers if isinstance(answer, Refused)}
    assert codes <= {"bad_message", "bad_proof", "unsupported_version"}


@given(st.binary(max_size=80).filter(lambda signature: len(signature) != 64) | st.binary(min_size=64, max_size=64))
def test_no_other_signature_proves_anything(signature: bytes) -> None:
    machine = opening()
    challenged(machine)
    assert said(machine, Proof(signature=signature)).code == "bad_proof"
