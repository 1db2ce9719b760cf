"""Commands, responses, stripes and the rule of falling back to them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentill.emv import apdu, tracks
from opentill.emv.apdu import BadApdu, Command, Response
from opentill.emv.tracks import BadTrack, ChipRequired

BYTE = st.integers(0, 255)
TRACK2 = "4242424242424242=29122010000"


@given(BYTE, BYTE, BYTE, BYTE, st.binary(max_size=255), st.booleans())
def test_commands_come_back_as_they_went(cla: int, ins: int, p1: int, p2: int, data: bytes, answer: bool) -> None:
    command = Command(cla, ins, p1, p2, data, answer)
    assert Command.decode(command.encode()) == command


@given(st.binary(max_size=300))
def test_other_bytes_are_one_error(data: bytes) -> None:
    with suppress(BadApdu):
        assert Command.decode(data).encode()[:4] == data[:4]


@pytest.mark.parametrize(
    ("command", "encoded"),
    [
        (apdu.select(b"1PAY.SYS.DDF01"), "00A404000E315041592E5359532E444446303100"),
        (apdu.select(bytes.fromhex("A000000003"), next=True), "00A4040205A00000000300"),
        (apdu.read_record(2, 1), "00B2011400"),
        (apdu.get_processing_options(b""), "80A8000002830000"),
        (apdu.generate_ac(apdu.ARQC, b"\x01\x02"), "80AE800002010200"),
        (apdu.verify(bytes.fromhex("241234FFFFFFFFFF")), "0020008008241234FFFFFFFFFF"),
        (apdu.external_authenticate(bytes(8)), "00820000080000000000000000"),
        (apdu.get_data(0x9F17), "80CA9F1700"),
        (apdu.get_response(0x1C), "00C000001C"),
    ],
)
def test_commands_are_those_of_the_book(command: bytes, encoded: str) -> None:
    assert command.hex().upper() == encoded


def test_data_that_no_command_can_carry_is_refused() -> None:
    for make in (apdu.get_processing_options, lambda data: apdu.generate_ac(0, data)):
        with pytest.raises(BadApdu):
            make(bytes(256))


def test_a_response_is_data_and_a_status() -> None:
    assert Response.decode(b"\x01\x02\x90\x00") == Response(b"\x01\x02", apdu.OK)
    for short in (b"", b"\x90"):
        with pytest.raises(BadApdu):
            Response.decode(short)


def test_data_is_in_no_repr() -> None:
    assert "1234" not in repr(Command.decode(apdu.verify(bytes.fromhex("241234FFFFFFFFFF"))))
    assert "4242" not in repr(Response(bytes.fromhex("4242424242424242"), apdu.OK))


@pytest.mark.parametrize(
    ("text", "number", "expiry", "service"),
    [
        (TRACK2, "4242424242424242", "2912", "201"),
        (f";{TRACK2}?", "4242424242424242", "2912", "201"),
        ("378282246310005D3001101", "378282246310005", "3001", "101"),
        ("6205500000000000004=2712220", "6205500000000000004", "2712", "220"),
    ],
)
def test_track_2_is_read_with_and_without_sentinels(text: str, number: str, expiry: str, service: str) -> None:
    track = tracks.track2(text)
    assert (track.number, track.expiry, track.service.digits) == (number, expiry, service)
    assert (track.exp_year, track.exp_month) == (2000 + int(expiry[:2]), int(expiry[2:]))


@given(st.integers(12, 19), st.data())
def test_tag_57_carries_every_track(length: int, data: st.DataObject) -> None:
    digits = st.text("0123456789", min_size=length, max_size=length)
    text = f"{data.draw(digits)}=2912201{data.draw(st.text('0123456789', max_size=30 - length - 8))}"
    assert tracks.equivalent_data(tracks.encode_equivalent_data(text)) == tracks.track2(text)


@given(st.text(max_size=60) | st.text("0123456789=D;?^%B/ ", max_size=80))
def test_what_is_no_track_is_one_error(text: str) -> None:
    for read in (tracks.track1, tracks.track2):
        with suppress(BadTrack):
            assert 1 <= read(text).exp_month <= 12


@pytest.mark.parametrize("text", ["4242424242424242", "4242424242424242=29", "4242424242424242=2913201", "=2912201"])
def test_the_error_quotes_nothing(text: str) -> None:
    with pytest.raises(BadTrack) as caught:
        tracks.track2(text)
    assert str(caught.value) in {"not a track 2", "an expiry with no such month"}


def test_a_track_without_such_a_month_is_none() -> None:
    with pytest.raises(BadTrack, match="no such month"):
        tracks.track2("4242424242424242=2913201")


def test_track_1_adds_the_name() -> None:
    track = tracks.track1("%B4242424242424242^CARDHOLDER/TEST ^2912201000?")
    assert (track.name, track.expiry) == ("CARDHOLDER/TEST", "2912")


@pytest.mark.parametrize(
    ("digits", "chip", "international", "pin"),
    [
        ("101", False, True, "no"),
        ("201", True, True, "no"),
        ("220", True, True, "required"),
        ("226", True, True, "if_possible"),
        ("601", True, False, "no"),
        ("501", False, False, "no"),
        ("127", False, True, "if_possible"),
    ],
)
def test_the_service_code_says_how(digits: str, chip: bool, international: bool, pin: str) -> None:
    code = tracks.service_code(digits)
    assert (code.chip, code.international, code.pin) == (chip, international, pin)


@pytest.mark.parametrize("digits", ["", "12", "1234", "1x1", "²01"])
def test_a_service_code_has_three_digits(digits: str) -> None:
    with pytest.raises(BadTrack):
        tracks.service_code(digits)


@pytest.mark.parametrize(
    ("service", "fallback", "method"),
    [
        ("101", False, "magnetic_stripe_track2"),
        ("101", True, "magnetic_stripe_track2"),  # there was no chip that could have failed
        ("201", True, "magnetic_stripe_fallback"),
        ("601", True, "magnetic_stripe_fallback"),
        ("201", False, None),
        ("601", False, None),
    ],
)
def test_a_chip_comes_before_the_stripe(service: str, fallback: bool, method: str | None) -> None:
    text = f"4242424242424242=2912{service}0000"
    if method is None:
        with pytest.raises(ChipRequired):
            tracks.swiped(text, fallback=fallback)
        return
    reading = tracks.swiped(text, fallback=fallback)
    assert (reading.read_method, reading.number, reading.exp_month, reading.exp_year, reading.service_code) == (
        method,
        "4242424242424242",
        12,
        2029,
        service,
    )
    assert (reading.verification, reading.cryptogram, reading.chip_data, reading.track2) == ("none", None, b"", text)


def test_the_name_of_another_card_is_not_taken() -> None:
    name = "%B{}^DOE/JANE^2912201000?"
    assert (
        tracks.swiped(TRACK2, fallback=True, name_track=name.format("4242424242424242")).cardholder_name == "DOE/JANE"
    )
    assert tracks.swiped(TRACK2, fallback=True, name_track=name.format("5555555555554444")).cardholder_name is None
    assert tracks.swiped(TRACK2, fallback=True, name_track="scratched").cardholder_name is None


def test_readings_and_tracks_hide_what_they_hold() -> None:
    shown = repr(tracks.swiped(TRACK2, fallback=True)) + repr(tracks.track2(TRACK2))
    assert "4242" not in shown
    assert "2912" not in shown
