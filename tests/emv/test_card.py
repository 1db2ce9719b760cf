"""The card's side by itself: it answers everything with a status, in order, and remembers what it must."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.emv.emv_stage import AMEX, MASTERCARD, VISA

from opentill.emv import apdu, pinblocks, tags, tlv
from opentill.emv.application import CDOL1
from opentill.emv.card import Chip, Session
from opentill.emv.steps import Interface

START = apdu.get_processing_options(b"")
FIRST = apdu.generate_ac(apdu.ARQC, bytes(sum(entry.length for entry in CDOL1)))
RIGHT, WRONG = (apdu.verify(pinblocks.format_2(pin)) for pin in ("1234", "4321"))


def status(response: bytes) -> int:
    return int.from_bytes(response[-2:], "big")


def started(chip: Chip, interface: Interface = "contact") -> Session:
    session = chip.power_on(interface)
    for command in (apdu.select(bytes.fromhex(chip.applications[0].aid)), START):
        assert status(session.respond(command)) == apdu.OK
    return session


@settings(max_examples=300)
@given(st.lists(st.binary(max_size=40), max_size=6), st.sampled_from(["contact", "contactless"]))
def test_any_bytes_get_a_status(commands: list[bytes], interface: Interface) -> None:
    session = Chip((VISA, MASTERCARD)).power_on(interface)
    for command in commands:
        assert len(session.respond(command)) >= 2


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([0, 0x80, 0x84]), st.integers(0, 255), st.binary(max_size=60)), max_size=8))
def test_any_command_after_the_start_gets_a_status(commands: list[tuple[int, int, bytes]]) -> None:
    session = started(Chip((AMEX,)))
    for cla, ins, data in commands:
        assert len(session.respond(apdu.Command(cla, ins, 0x80, 0, data).encode())) >= 2


def test_a_class_and_an_instruction_that_it_does_not_know() -> None:
    session = started(Chip((VISA,)))
    assert status(session.respond(bytes.fromhex("84AE8000"))) == apdu.NO_SUCH_CLASS
    assert status(session.respond(bytes.fromhex("00880000"))) == apdu.NO_SUCH_INSTRUCTION
    assert status(session.respond(b"\x00")) == apdu.WRONG_LENGTH


def test_things_have_their_order() -> None:
    session = Chip((VISA,)).power_on("contact")
    for early in (START, FIRST, RIGHT, apdu.read_record(1, 1), apdu.get_data(tags.PIN_TRIES)):
        assert status(session.respond(early)) == apdu.NOT_SATISFIED
    session.respond(apdu.select(bytes.fromhex(VISA.aid)))
    for early in (FIRST, RIGHT, apdu.read_record(1, 1)):
        assert status(session.respond(early)) == apdu.NOT_SATISFIED
    assert status(session.respond(START)) == apdu.OK
    assert status(session.respond(START)) == apdu.NOT_SATISFIED
    assert status(session.respond(apdu.external_authenticate(bytes(10)))) == apdu.NOT_SATISFIED
    assert status(session.respond(FIRST)) == apdu.OK


def test_the_counter_rises_with_each_transaction_and_then_ends() -> None:
    chip = Chip((VISA,))
    for expected in (1, 2, 3):
        session = started(chip)
        response = session.respond(apdu.get_data(tags.ATC))
        assert tlv.find(tlv.decode(response[:-2]), tags.ATC) == expected.to_bytes(2, "big")
    chip.remembered(VISA).counter = 0xFFFF
    session = chip.power_on("contact")
    session.respond(apdu.select(bytes.fromhex(VISA.aid)))
    assert status(session.respond(START)) == apdu.NOT_SATISFIED


def test_applications_count_for_themselves() -> None:
    chip = Chip((VISA, AMEX))
    started(chip)
    assert (chip.remembered(VISA).counter, chip.remembered(AMEX).counter) == (1, 0)


def test_pins_count_down_over_sessions_and_up_with_the_right_one() -> None:
    chip = Chip((VISA,))
    assert status(started(chip).respond(WRONG)) == 0x63C2
    session = started(chip)
    assert status(session.respond(WRONG)) == 0x63C1
    assert status(session.respond(RIGHT)) == apdu.OK
    assert [status(started(chip).respond(WRONG)) for _ in range(4)] == [0x63C2, 0x63C1, 0x63C0, apdu.PIN_BLOCKED]
    assert status(started(chip).respond(RIGHT)) == apdu.PIN_BLOCKED


@pytest.mark.parametrize("block", [b"", bytes(8), bytes.fromhex("041234FFFFFFFFFF"), bytes.fromhex("24123AFFFFFFFFFF")])
def test_a_block_that_is_no_pin_costs_no_try(block: bytes) -> None:
    chip = Chip((VISA,))
    assert status(started(chip).respond(apdu.verify(block))) == apdu.WRONG_DATA
    assert chip.remembered(VISA).tries == 3


def test_a_tapped_card_has_no_pin_to_check() -> None:
    chip = Chip((MASTERCARD,))
    session = started(chip, "contactless")
    assert status(session.respond(RIGHT)) == apdu.NO_SUCH_INSTRUCTION
    assert status(session.respond(apdu.get_data(tags.PIN_TRIES))) == apdu.NOT_KNOWN


def test_there_are_two_cryptograms_and_no_third() -> None:
    session = started(Chip((VISA,)))
    second = apdu.generate_ac(apdu.TC, b"00" + bytes(sum(entry.length for entry in CDOL1)))
    kinds = []
    for command in (FIRST, second):
        response = session.respond(command)
        kinds.append(response[2] & 0xC0)
    assert kinds == [apdu.ARQC, apdu.TC]
    assert status(session.respond(second)) == apdu.NOT_SATISFIED


def test_a_tapped_card_gives_one() -> None:
    session = started(Chip((MASTERCARD,)), "contactless")
    assert status(session.respond(FIRST)) == apdu.OK
    assert status(session.respond(FIRST)) == apdu.NOT_SATISFIED


@pytest.mark.parametrize("kind", [apdu.TC, apdu.ARQC])
def test_it_never_approves_by_itself(kind: int) -> None:
    response = started(Chip((VISA,))).respond(apdu.generate_ac(kind, FIRST[5:-1]))
    assert response[2] & 0xC0 == apdu.ARQC


def test_a_decline_is_final() -> None:
    session = started(Chip((VISA,)))
    assert session.respond(apdu.generate_ac(apdu.AAC, FIRST[5:-1]))[2] & 0xC0 == apdu.AAC
    assert status(session.respond(FIRST)) == apdu.NOT_SATISFIED


def test_data_of_another_length_than_it_asked_for() -> None:
    assert status(started(Chip((VISA,))).respond(apdu.generate_ac(apdu.ARQC, bytes(3)))) == apdu.WRONG_LENGTH


def test_issuers_are_authenticated_once() -> None:
    session = started(Chip((VISA,)))
    session.respond(FIRST)
    assert status(session.respond(apdu.external_authenticate(bytes(10)))) == apdu.AUTHENTICATION_FAILED
    assert status(session.respond(apdu.external_authenticate(bytes(10)))) == apdu.NOT_SATISFIED


def test_selection_by_the_beginning_of_a_name() -> None:
    twin = replace(VISA, aid="A000000003101002", priority=2)
    session = Chip((VISA, twin)).power_on("contact")
    assert bytes.fromhex(VISA.aid) in session.respond(apdu.select(bytes.fromhex("A000000003")))
    assert bytes.fromhex(twin.aid) in session.respond(apdu.select(bytes.fromhex("A000000003"), next=True))
    assert status(session.respond(apdu.select(bytes.fromhex("A000000003"), next=True))) == apdu.NOT_FOUND
    assert status(session.respond(apdu.select(bytes.fromhex("A000000004")))) == apdu.NOT_FOUND


@pytest.mark.parametrize(
    ("interface", "mine", "other"),
    [("contact", b"1PAY.SYS.DDF01", b"2PAY.SYS.DDF01"), ("contactless", b"2PAY.SYS.DDF01", b"1PAY.SYS.DDF01")],
)
def test_directories_are_of_their_interface(interface: Interface, mine: bytes, other: bytes) -> None:
    session = Chip((VISA,)).power_on(interface)
    assert status(session.respond(apdu.select(mine))) == apdu.OK
    assert status(session.respond(apdu.select(other))) == apdu.NOT_FOUND


def test_no_repr_shows_the_number() -> None:
    assert VISA.number not in repr(Chip((VISA,))) + repr(started(Chip((VISA,))))
