"""Cards that are pulled, lie, or talk nonsense; and callers who are out of step. The end is a step, never a crash."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.emv.emv_stage import AMEX, EITHER_PIN, MASTERCARD, PURCHASE, TERMINAL, VISA, Played, play

from opentill.emv import apdu, tags, tlv
from opentill.emv.application import Application
from opentill.emv.card import Chip
from opentill.emv.kernel import Kernel, WrongStep
from opentill.emv.steps import (
    AskPin,
    ChooseApplication,
    Exchange,
    Finished,
    GoOnline,
    Interface,
    Refused,
    Step,
    Transaction,
)

PINNED = replace(VISA, methods=bytes.fromhex(EITHER_PIN))
SCENES: list[tuple[Application, Interface]] = [
    (PINNED, "contact"),
    (replace(MASTERCARD, methods=bytes.fromhex(EITHER_PIN)), "contact"),
    (AMEX, "contact"),
    (VISA, "contactless"),
    (MASTERCARD, "contactless"),
]
SCENE = pytest.mark.parametrize(("card", "interface"), SCENES, ids=lambda value: getattr(value, "label", value))
ENOUGH_PINS = ["1234"] * 10


def pulled(card: Application, interface: Interface, at: int, instead: bytes) -> Played:
    def spoil(number: int, _command: bytes, response: bytes) -> bytes:
        return instead if number >= at else response

    return play(card, interface=interface, pins=ENOUGH_PINS, spoil=spoil)


def assert_nobody_is_charged_twice(played: Played) -> None:
    """Before the issuer is asked, a fault may be answered with another reading; afterwards it is a decline."""
    if played.went_online and isinstance(played.end, Refused):
        pytest.fail("a card that had its cryptogram out was refused as if it had not")


@SCENE
@pytest.mark.parametrize("instead", [b"", b"\x90"], ids=["silence", "half a status"])
def test_a_card_pulled_at_any_point(card: Application, interface: Interface, instead: bytes) -> None:
    whole = play(card, interface=interface, pins=ENOUGH_PINS)
    online_at = sum(isinstance(step, Exchange) for step in whole.steps[: whole.steps.index(whole.online)])
    for at in range(whole.responses):
        played = pulled(card, interface, at, instead)
        if at < online_at:
            assert played.reason == "chip_error"
        else:
            assert not played.finished.approved
            assert played.finished.reading.number == card.number
        assert_nobody_is_charged_twice(played)


@SCENE
@pytest.mark.parametrize("status", ["6F00", "6985", "6A82", "6A81", "6283", "6300", "6D00", "6E00", "9000", "6100"])
def test_any_status_at_any_point(card: Application, interface: Interface, status: str) -> None:
    whole = play(card, interface=interface, pins=ENOUGH_PINS)
    for at in range(whole.responses):
        played = pulled(card, interface, at, bytes.fromhex(status))
        assert isinstance(played.end, Finished | Refused)
        assert_nobody_is_charged_twice(played)


@SCENE
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_anything_at_any_point(card: Application, interface: Interface, data: st.DataObject) -> None:
    whole = play(card, interface=interface, pins=ENOUGH_PINS)
    at = data.draw(st.integers(0, whole.responses - 1))
    kind = data.draw(st.sampled_from(["other", "flipped", "cut", "status"]))

    def spoil(number: int, _command: bytes, response: bytes) -> bytes:
        if number != at:
            return response
        if kind == "other":
            return data.draw(st.binary(max_size=258))
        if kind == "status":
            return response[:-2] + data.draw(st.binary(min_size=2, max_size=2))
        if kind == "cut":
            return response[: data.draw(st.integers(0, len(response)))] + b"\x90\x00"
        place = data.draw(st.integers(0, len(response) - 1))
        return response[:place] + bytes((response[place] ^ data.draw(st.integers(1, 255)),)) + response[place + 1 :]

    played = play_unchecked(card, interface, spoil)
    assert isinstance(played.end, Finished | Refused)
    assert_nobody_is_charged_twice(played)


def play_unchecked(card: Application, interface: Interface, spoil) -> Played:
    """Like `play`, with an issuer who approves of anything, as what was signed may be spoiled."""
    session, kernel, played = Chip((card,)).power_on(interface), Kernel(TERMINAL, PURCHASE, interface), Played()
    step = kernel.begin()
    for _ in range(400):
        played.steps.append(step)
        match step:
            case Exchange(command):
                response = spoil(played.responses, command, session.respond(command))
                played.responses += 1
                step = kernel.respond(response)
            case ChooseApplication(names):
                step = kernel.choose(len(names) - 1)
            case AskPin():
                step = kernel.enter_pin("1234")
            case GoOnline():
                step = kernel.answer("00", b"")
            case _:
                return played
    raise AssertionError("the kernel does not end")


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=120), max_size=30), st.sampled_from(["contact", "contactless"]))
def test_a_card_of_nothing_but_noise(noise: list[bytes], interface: Interface) -> None:
    responses = iter(noise)

    def spoil(_number: int, _command: bytes, _response: bytes) -> bytes:
        return next(responses, b"") + b"\x90\x00"

    assert isinstance(play_unchecked(VISA, interface, spoil).end, Finished | Refused)


def replaced(command_of: int, make) -> Played:
    """The payment with what the card says to one instruction made anew from its items."""

    def spoil(_number: int, command: bytes, response: bytes) -> bytes:
        if command[1] != command_of or not response.endswith(b"\x90\x00"):
            return response
        return tlv.encode(make(tlv.decode(response[:-2]))) + b"\x90\x00"

    return play(MASTERCARD, spoil=spoil)


def without(tag: int):
    def make(items: tlv.Items) -> tlv.Items:
        return tuple(tlv.item(one.tag, [kept for kept in one.items if kept.tag != tag]) for one in items)

    return make


@pytest.mark.parametrize("tag", [tags.PAN, tags.EXPIRY, tags.CDOL1, tags.CDOL2], ids=lambda tag: f"{tag:X}")
def test_what_a_record_must_have(tag: int) -> None:
    assert replaced(apdu.READ_RECORD, without(tag)).reason == "chip_error"


@pytest.mark.parametrize("tag", [tags.AIP], ids=lambda tag: f"{tag:X}")
def test_what_the_options_must_have(tag: int) -> None:
    assert replaced(apdu.GET_PROCESSING_OPTIONS, without(tag)).reason == "chip_error"


@pytest.mark.parametrize("tag", [tags.CRYPTOGRAM, tags.CRYPTOGRAM_INFORMATION, tags.ATC], ids=lambda tag: f"{tag:X}")
def test_what_a_cryptogram_must_have(tag: int) -> None:
    assert replaced(apdu.GENERATE_AC, without(tag)).reason == "chip_error"


def changed(tag: int, value: str):
    def make(items: tlv.Items) -> tlv.Items:
        return tuple(
            tlv.item(one.tag, [tlv.item(tag, bytes.fromhex(value)) if kept.tag == tag else kept for kept in one.items])
            for one in items
        )

    return make


@pytest.mark.parametrize(
    ("instruction", "tag", "value"),
    [
        (apdu.READ_RECORD, tags.PAN, "4242424242424242"),  # another card than in tag 57
        (apdu.READ_RECORD, tags.PAN, "55AA555555554444"),
        (apdu.READ_RECORD, tags.EXPIRY, "291331"),
        (apdu.READ_RECORD, tags.EXPIRY, "AABBCC"),
        (apdu.READ_RECORD, tags.CVM_LIST, "0000"),
        (apdu.READ_RECORD, tags.CDOL1, "9F02"),
        (apdu.READ_RECORD, tags.CDOL1, "9F02FF9F03FF"),  # more than a command can carry
        (apdu.READ_RECORD, tags.TRACK2, "5555555555554444"),
        (apdu.GET_PROCESSING_OPTIONS, tags.AFL, "080102"),
        (apdu.GET_PROCESSING_OPTIONS, tags.AFL, "08020100"),
        (apdu.GET_PROCESSING_OPTIONS, tags.AFL, "00010100"),
        (apdu.GET_PROCESSING_OPTIONS, tags.AFL, "0801FF00"),
        (apdu.GET_PROCESSING_OPTIONS, tags.AFL, "0801010208010100"),
        (apdu.GET_PROCESSING_OPTIONS, tags.AFL, "0801010008010100"),  # the same record twice
        (apdu.GET_PROCESSING_OPTIONS, tags.AFL, ""),
        (apdu.GET_PROCESSING_OPTIONS, tags.AIP, "18"),
        (apdu.GENERATE_AC, tags.CRYPTOGRAM_INFORMATION, "40"),  # more than it was asked for
        (apdu.GENERATE_AC, tags.CRYPTOGRAM_INFORMATION, "C0"),
        (apdu.GENERATE_AC, tags.CRYPTOGRAM, "0102"),
        (apdu.GENERATE_AC, tags.ATC, "01"),
    ],
)
def test_what_no_card_may_say(instruction: int, tag: int, value: str) -> None:
    played = replaced(instruction, changed(tag, value))
    assert played.reason == "chip_error"
    assert not played.went_online


def test_a_card_cannot_speak_for_the_terminal() -> None:
    """Data of a record that is the terminal's to say does not count."""

    def make(items: tlv.Items) -> tlv.Items:
        lies = (
            tlv.item(tags.AMOUNT, bytes(6)),
            tlv.item(tags.TVR, bytes(5)),
            tlv.item(tags.CVM_RESULT, b"\x01\x00\x02"),
        )
        return tuple(
            tlv.item(one.tag, (*one.items, *lies) if tlv.find(one.items, tags.PAN) else one.items) for one in items
        )

    played = replaced(apdu.READ_RECORD, make)
    data = tlv.decode(played.online.reading.chip_data)
    assert tlv.find(data, tags.AMOUNT) == bytes.fromhex("000000001000")
    assert tlv.find(data, tags.TVR) == bytes.fromhex("8000008000")
    assert tlv.find(data, tags.CVM_RESULT) == bytes.fromhex("1F0302")


# Callers ----------------------------------------------------------------------------------------------------------


def kernel() -> Kernel:
    return Kernel(TERMINAL, PURCHASE, "contact")


@pytest.mark.parametrize(
    "call",
    [
        lambda kernel: kernel.respond(b"\x90\x00"),
        lambda kernel: kernel.choose(0),
        lambda kernel: kernel.enter_pin("1234"),
        lambda kernel: kernel.answer("00", None),
    ],
)
def test_nothing_comes_before_the_beginning(call) -> None:
    mine = kernel()
    with pytest.raises(WrongStep):
        call(mine)
    assert isinstance(mine.begin(), Exchange)


def test_a_call_out_of_step_changes_nothing() -> None:
    mine = kernel()
    first = mine.begin()
    for call in (mine.begin, lambda: mine.choose(0), lambda: mine.enter_pin(None), lambda: mine.answer("00", b"")):
        with pytest.raises(WrongStep):
            call()
    assert mine.step is first
    assert mine.respond(b"") == Refused("chip_error")
    with pytest.raises(WrongStep, match="waits for Refused"):
        mine.respond(b"\x90\x00")


def until(kind: type[Step], *cards: Application) -> Kernel:
    mine, session = kernel(), Chip(cards).power_on("contact")
    step = mine.begin()
    while not isinstance(step, kind):
        assert isinstance(step, Exchange)
        step = mine.respond(session.respond(step.apdu))
    return mine


@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12x4"])
def test_what_is_no_pin_is_not_sent(pin: str) -> None:
    mine = until(AskPin, PINNED)
    with pytest.raises(ValueError, match="4 to 12 digits"):
        mine.enter_pin(pin)
    assert isinstance(mine.enter_pin("1234"), Exchange)


@pytest.mark.parametrize("index", [-1, 2])
def test_only_what_is_offered_can_be_chosen(index: int) -> None:
    mine = until(ChooseApplication, VISA, replace(AMEX, priority=2))
    with pytest.raises(ValueError, match="no such application"):
        mine.choose(index)
    assert isinstance(mine.choose(1), Exchange)


@pytest.mark.parametrize(
    "change",
    [
        {"amount": -1},
        {"amount": 10**12},
        {"currency": "xxx"},
        {"date": "2611"},
        {"time": "10150x"},
        {"unpredictable_number": b"\x01"},
        {"sequence": -1},
    ],
)
def test_what_no_card_can_be_told(change: dict[str, object]) -> None:
    wrong: Transaction = replace(PURCHASE, **change)
    with pytest.raises(ValueError, match=r"card|none|number"):
        Kernel(TERMINAL, wrong, "contact")


@pytest.mark.parametrize("change", [{"country": "US"}, {"capabilities": b""}, {"applications": ()}])
def test_a_terminal_that_is_not_set_up(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"none|not set up"):
        Kernel(replace(TERMINAL, **change), PURCHASE, "contact")


def test_no_step_shows_a_number_or_a_pin() -> None:
    played = play(PINNED, pins=["1234"])
    shown = " ".join(map(repr, played.steps))
    for secret in (VISA.number, VISA.number[:8], "241234", "CARDHOLDER"):
        assert secret not in shown
