"""Cards that a device read: the chip's signature, PINs, and what the issuer tells the chip (card-network.md 2.6, 3)."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.acquirers.acquirer_messages import MovableClock, card, perform

from opentill.acquirers.simulator import SimulatedAcquirer
from opentill.domain import cards
from opentill.emv import cryptograms, issuer, tags, tlv
from opentill.ports.acquirer import Approved, AttemptRequest, Declined, Reading

VERSIONS = {
    "06010A03A00000": cryptograms.VERSION_10,
    "06011203A00000": cryptograms.VERSION_18,
    "0114A0000000000000000000000000000000": cryptograms.VERSION_14,
}


def chip_data(name: str, application_data: str = "06011203A00000", changed: dict[str, bytes] | None = None) -> bytes:
    """DE 55 of a test card that signs a purchase; `changed` is changed after it was signed."""
    values = {
        tags.AMOUNT: bytes.fromhex("000000001000"),
        tags.AMOUNT_OTHER: bytes(6),
        tags.TERMINAL_COUNTRY: bytes.fromhex("0840"),
        tags.TVR: bytes(5),
        tags.CURRENCY: bytes.fromhex("0840"),
        tags.DATE: bytes.fromhex("261105"),
        tags.TYPE: b"\x00",
        tags.UNPREDICTABLE_NUMBER: bytes.fromhex("8A3B1C7F"),
        tags.AIP: bytes.fromhex("3900"),
        tags.ATC: bytes.fromhex("0007"),
        tags.ISSUER_DATA: bytes.fromhex(application_data),
        tags.SEQUENCE_NUMBER: b"\x01",
    }
    key = issuer.card_key(card(name).number, "01")
    values[tags.CRYPTOGRAM] = VERSIONS[application_data].cryptogram(key, values)
    values |= {getattr(tags, tag): value for tag, value in (changed or {}).items()}
    return b"".join(tlv.encode_one(tag, value) for tag, value in values.items())


def request(
    attempt: str, name: str = "visa", *, amount: int = 1000, pin: str | None = None, **reading: Any
) -> AttemptRequest:
    told: dict[str, Any] = {"method": "contact_emv", "verification": "none", "chip_data": chip_data(name)} | reading
    clear = replace(card(name), verification=None, pin=pin)
    return AttemptRequest(attempt, "authorize", amount, "usd", clear, card_present=True, reading=Reading(**told))


def declined(acquirer: SimulatedAcquirer, asked: AttemptRequest) -> str | None:
    outcome = perform(acquirer, asked)
    assert isinstance(outcome, Approved | Declined)
    return outcome.decline_code if isinstance(outcome, Declined) else None


# Chips ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("application_data", VERSIONS)
@pytest.mark.parametrize("name", ["visa", "amex", "girocard_debit"])
def test_what_the_chip_signed_is_checked_and_answered(
    acquirer: SimulatedAcquirer, name: str, application_data: str
) -> None:
    signed = chip_data(name, application_data)
    outcome = perform(acquirer, request("at_1", name, chip_data=signed))
    assert isinstance(outcome, Approved)
    assert outcome.issuer_data == issuer.respond(signed, card(name).number, "01", "00")
    assert outcome.issuer_data


@pytest.mark.parametrize(
    "changed",
    [
        {"AMOUNT": bytes.fromhex("000000000001")},
        {"CURRENCY": bytes.fromhex("0978")},
        {"ATC": bytes.fromhex("0008")},
        {"CRYPTOGRAM": bytes(8)},
        {"ISSUER_DATA": bytes.fromhex("06019903A00000")},
    ],
)
def test_what_the_chip_did_not_sign(acquirer: SimulatedAcquirer, changed: dict[str, bytes]) -> None:
    data = chip_data("visa", changed=changed)
    assert declined(acquirer, request("at_1", chip_data=data)) == "security_violation"


@pytest.mark.parametrize("data", [None, b"", b"\x9f", chip_data("mastercard")])
def test_a_chip_that_signed_nothing_of_this_card(acquirer: SimulatedAcquirer, data: bytes | None) -> None:
    assert declined(acquirer, request("at_1", chip_data=data)) == "security_violation"


def test_a_stripe_signs_nothing(acquirer: SimulatedAcquirer) -> None:
    outcome = perform(acquirer, request("at_1", method="magnetic_stripe_track2", chip_data=None))
    assert isinstance(outcome, Approved)
    assert outcome.issuer_data is None


def test_the_issuer_tells_the_chip_why_not(acquirer: SimulatedAcquirer) -> None:
    signed = chip_data("charge_declined_insufficient_funds")
    outcome = perform(acquirer, request("at_1", "charge_declined_insufficient_funds", chip_data=signed))
    assert isinstance(outcome, Declined)
    number = card("charge_declined_insufficient_funds").number
    assert outcome.network_decline_code == "51"
    assert outcome.issuer_data == issuer.respond(signed, number, "01", "51")


def test_the_same_answer_again_and_by_inquiry(acquirer: SimulatedAcquirer, path: Path, clock: MovableClock) -> None:
    asked = request("at_1", pin="1234", verification="online_pin")
    first = perform(acquirer, asked)
    later = SimulatedAcquirer(path, clock)
    without_pin = request("at_1", chip_data=None)  # it was forgotten meanwhile
    assert [perform(later, asked), perform(later, without_pin), asyncio.run(later.inquire("at_1"))] == [first] * 3
    later.close()


# PINs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reading", "pin", "decline"),
    [
        ("offline_pin_sca_retry", {"method": "contactless_emv"}, None, "offline_pin_required"),
        ("offline_pin_sca_retry", {"verification": "offline_pin"}, None, None),
        ("offline_pin_sca_retry", {"verification": "offline_pin_and_signature"}, None, None),
        ("offline_pin_sca_retry", {"verification": "failure"}, None, "offline_pin_required"),
        ("online_pin_sca_retry", {}, None, "online_or_offline_pin_required"),
        ("online_pin_sca_retry", {"verification": "online_pin"}, None, "online_or_offline_pin_required"),
        ("online_pin_sca_retry", {"verification": "online_pin"}, "1234", None),
        ("online_pin_sca_retry", {"verification": "approval"}, None, None),
        ("online_pin_cvm", {"verification": "online_pin"}, "4321", "incorrect_pin"),
        ("visa", {}, None, None),
    ],
)
def test_who_needs_a_pin(
    acquirer: SimulatedAcquirer, name: str, reading: dict[str, Any], pin: str | None, decline: str | None
) -> None:
    assert declined(acquirer, request("at_1", name, pin=pin, **reading)) == decline


@pytest.mark.parametrize(
    ("amount", "pin", "decline"),
    [
        (1002, None, "offline_pin_required"),
        (1002, "1234", None),
        (1002, "4321", "incorrect_pin"),
        (1003, None, "online_or_offline_pin_required"),
        (1003, "4321", None),
        (1055, "1234", "incorrect_pin"),
        (1075, "1234", "pin_try_exceeded"),
    ],
)
def test_amounts_that_ask_for_a_pin(
    acquirer: SimulatedAcquirer, amount: int, pin: str | None, decline: str | None
) -> None:
    verification = "none" if pin is None else "online_pin"
    assert declined(acquirer, request("at_1", amount=amount, pin=pin, verification=verification)) == decline


def test_wrong_pins_in_a_row(acquirer: SimulatedAcquirer, clock: MovableClock) -> None:
    answers: list[str | None] = []
    for number, pin in enumerate(["1111", "2222", "1234", "1111", "2222", "3333", "1111"]):
        clock.advance(1)
        answers.append(declined(acquirer, request(f"at_{number}", pin=pin, verification="online_pin")))
    assert answers == [
        *["incorrect_pin", "incorrect_pin", None],
        *["incorrect_pin", "incorrect_pin", "pin_try_exceeded", "incorrect_pin"],
    ]


def test_other_cards_have_tries_of_their_own(acquirer: SimulatedAcquirer) -> None:
    for number in range(2):
        assert declined(acquirer, request(f"at_{number}", pin="1111", verification="online_pin")) == "incorrect_pin"
    other = request("at_other", "mastercard", pin="1111", verification="online_pin")
    assert declined(acquirer, other) == "incorrect_pin"


def test_a_simulated_reader_has_no_pin(acquirer: SimulatedAcquirer) -> None:
    """What it reads has no signature and is not checked for one; the amounts that want a PIN end as declines."""
    asked = AttemptRequest("at_1", "authorize", 1002, "usd", card("visa"), card_present=True)
    assert declined(acquirer, asked) == "offline_pin_required"


# The host's file --------------------------------------------------------------------------------------------------


def test_a_file_from_before_there_were_devices(path: Path, clock: MovableClock) -> None:
    SimulatedAcquirer(path, clock).close()
    with sqlite3.connect(path) as db:
        db.execute("drop index pins")
        db.execute("alter table attempts drop column issuer_data")
        db.execute("alter table attempts drop column pin_right")
    db.close()
    for _ in range(2):
        acquirer = SimulatedAcquirer(path, clock)
        assert declined(acquirer, request("at_1", pin="1234", verification="online_pin")) is None
        acquirer.close()


def test_no_pin_and_no_number_in_the_file(acquirer: SimulatedAcquirer, path: Path) -> None:
    perform(acquirer, request("at_1", pin="864213579", verification="online_pin"))
    number = cards.named("visa")
    assert number is not None
    for file in path.parent.iterdir():
        content = file.read_bytes()
        assert b"864213579" not in content
        assert number.number.encode() not in content
