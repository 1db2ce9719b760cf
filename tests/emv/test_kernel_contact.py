"""Inserted cards: whole transactions between kernel and card, the issuer checking and answering."""

from dataclasses import replace

import pytest
from tests.emv.emv_stage import (
    AMEX,
    EFTPOS,
    EITHER_PIN,
    MASTERCARD,
    NO_AMOUNTS,
    OFFLINE_PIN,
    ONLINE_PIN,
    PURCHASE,
    SIGNATURE,
    TERMINAL,
    VISA,
    play,
)

from opentill.emv import apdu, issuer, regions, tags, tlv
from opentill.emv.application import Application
from opentill.emv.card import Chip
from opentill.emv.steps import AskPin, Terminal
from opentill.emv.verification import Tsi, Tvr

CARDS = pytest.mark.parametrize("card", [VISA, MASTERCARD, AMEX], ids=lambda card: card.label)
ALWAYS = Tvr.NO_AUTHENTICATION | Tvr.FLOOR_LIMIT
BEFORE = Tsi.CARDHOLDER_VERIFIED | Tsi.CARD_RISK | Tsi.TERMINAL_RISK


def listing(card: Application, methods: str) -> Application:
    return replace(card, methods=bytes.fromhex(methods))


def bits(value: str | None) -> int:
    assert value is not None
    return int(value, 16)


@CARDS
def test_a_payment(card: Application) -> None:
    played = play(card)
    online, end = played.online.reading, played.finished
    assert end.approved
    assert not played.online.needs_online_pin
    assert (online.read_method, online.number, online.exp_month, online.exp_year, online.sequence_number) == (
        "contact_emv",
        card.number,
        12,
        2029,
        "01",
    )
    assert (online.aid, online.label, online.preferred_name) == (card.aid, card.label, card.preferred_name)
    assert (online.verification, online.cardholder_name, online.languages) == ("none", "CARDHOLDER/TEST", ("en",))
    assert (online.track2, online.service_code) == (card.track2, "201")
    assert bits(online.terminal_verification_results) == ALWAYS
    assert bits(online.transaction_status_information) == BEFORE
    assert end.reading.cryptogram != online.cryptogram
    assert bits(end.reading.terminal_verification_results) == ALWAYS


@CARDS
def test_the_issuers_proof_is_taken(card: Application) -> None:
    """By EXTERNAL AUTHENTICATE, or as part of the second GENERATE AC."""
    played = play(card)
    apart = card is not MASTERCARD
    assert len(played.sent(apdu.EXTERNAL_AUTHENTICATE)) == apart
    after = bits(played.finished.reading.transaction_status_information)
    assert after == BEFORE | (Tsi.ISSUER_AUTHENTICATED if apart else 0)


@CARDS
def test_a_forged_answer_is_refused_by_the_card(card: Application) -> None:
    def forged(answer: bytes) -> bytes:
        return answer[:2] + bytes((answer[2] ^ 1,)) + answer[3:]

    played = play(card, issuer_data=forged)
    assert not played.finished.approved
    failed = bits(played.finished.reading.terminal_verification_results) & Tvr.ISSUER_AUTHENTICATION_FAILED
    assert bool(failed) == (card is not MASTERCARD)  # whose card tells only by declining


@CARDS
def test_without_the_issuers_proof_the_card_takes_its_word(card: Application) -> None:
    assert play(card, issuer_data=lambda _: b"").finished.approved


@CARDS
@pytest.mark.parametrize("data", [b"\x91", b"\x91\x7f\x00", b"\xff" * 30, b"\x91\x01\x00", b"\x91\x11" + bytes(17)])
def test_an_answer_that_is_no_answer_changes_nothing(card: Application, data: bytes) -> None:
    assert play(card, issuer_data=lambda _: data).finished.reading.number == card.number


@CARDS
@pytest.mark.parametrize("code", ["05", "51", "1A", "55", "??"])
def test_a_declined_payment_ends_with_the_cards_decline(card: Application, code: str) -> None:
    played = play(card, code=code)
    assert not played.finished.approved
    assert [command[2] for command in played.sent(apdu.GENERATE_AC)] == [apdu.ARQC, apdu.AAC]


@CARDS
def test_no_answer_is_a_decline(card: Application) -> None:
    played = play(card, code=None)
    assert not played.finished.approved
    assert tlv.find(tlv.decode(played.finished.reading.chip_data), tags.RESPONSE_CODE) == b"Z3"


@CARDS
def test_a_card_may_refuse_what_its_issuer_approved(card: Application) -> None:
    assert not play(replace(card, refuses="second")).finished.approved


@CARDS
def test_a_card_may_decline_at_once(card: Application) -> None:
    played = play(replace(card, refuses="first"))
    assert played.reason == "declined_by_card"
    assert not played.went_online


@CARDS
def test_the_final_cryptogram_can_be_checked_too(card: Application) -> None:
    end = play(card).finished.reading
    assert issuer.check(end.chip_data, end.number, end.sequence_number)
    assert tlv.find(tlv.decode(end.chip_data), tags.CRYPTOGRAM_INFORMATION) == bytes((apdu.TC,))


def test_de_55_is_what_the_issuer_gets_and_no_more() -> None:
    reading = play(VISA).online.reading
    items = tlv.decode(reading.chip_data)
    found = {one.tag: one.value.hex().upper() for one in items}
    assert len(items) == len(found)
    assert found.keys().isdisjoint(tags.SECRET)
    assert VISA.number not in reading.chip_data.hex()
    expected = {
        tags.AMOUNT: "000000001000",
        tags.AMOUNT_OTHER: "000000000000",
        tags.CURRENCY: "0840",
        tags.TERMINAL_COUNTRY: "0840",
        tags.DATE: "261122",
        tags.TYPE: "00",
        tags.UNPREDICTABLE_NUMBER: "0A0B0C0D",
        tags.SEQUENCE: "00000042",
        tags.EXPIRY: "291231",
        tags.SEQUENCE_NUMBER: "01",
        tags.ATC: "0001",
        tags.CRYPTOGRAM_INFORMATION: "80",
        tags.CVM_RESULT: "1F0302",
        tags.CAPABILITIES: "E0C800",
        tags.TERMINAL_TYPE: "22",
        tags.SERIAL: b"12345678".hex().upper(),
        tags.TVR: "8000008000",
        tags.CRYPTOGRAM: reading.cryptogram,
    }
    assert {tag: found[tag] for tag in expected} == expected


@pytest.mark.parametrize(
    ("kind", "amount", "type"), [("purchase", 1, "00"), ("refund", 500, "20"), ("verification", 0, "00")]
)
def test_kinds_of_transaction(kind: str, amount: int, type: str) -> None:
    played = play(VISA, transaction=replace(PURCHASE, kind=kind, amount=amount))
    data = tlv.decode(played.online.reading.chip_data)
    assert tlv.find(data, tags.TYPE) == bytes.fromhex(type)
    assert tlv.find(data, tags.AMOUNT) == bytes.fromhex(f"{amount:012}")
    assert played.finished.approved


# Verification of the cardholder -----------------------------------------------------------------------------------


def test_the_chip_checks_the_pin() -> None:
    played = play(listing(VISA, OFFLINE_PIN), pins=["1234"])
    assert played.pins == [AskPin("offline", 3)]
    assert (played.online.reading.verification, played.online.needs_online_pin) == ("offline_pin", False)
    assert bits(played.online.reading.terminal_verification_results) == ALWAYS
    assert played.finished.approved


def test_a_wrong_pin_counts_down_and_a_right_one_up_again() -> None:
    chip = Chip((listing(VISA, OFFLINE_PIN),))
    played = play(chip=chip, pins=["0000", "9999", "1234"])
    assert played.pins == [AskPin("offline", 3), AskPin("offline", 2, wrong=True), AskPin("offline", 1, wrong=True)]
    assert played.finished.approved
    assert play(chip=chip, pins=["1234"]).pins == [AskPin("offline", 3)]


def test_the_third_wrong_pin_blocks_it() -> None:
    chip = Chip((listing(VISA, OFFLINE_PIN),))
    played = play(chip=chip, pins=["0000", "9999", "5555"])
    assert [step.tries_left for step in played.pins] == [3, 2, 1]
    assert played.online.reading.verification == "failure"
    results = bits(played.online.reading.terminal_verification_results)
    assert results == ALWAYS | Tvr.PIN_TRIES_EXCEEDED | Tvr.VERIFICATION_FAILED
    again = play(chip=chip)
    assert again.pins == []  # nobody is asked for a PIN that the card does not take any more
    assert bits(again.online.reading.terminal_verification_results) == results


def test_a_strict_card_declines_without_its_holder() -> None:
    strict = replace(listing(VISA, OFFLINE_PIN), strict=True)
    assert play(strict, pins=["0000", "0000", "0000"]).reason == "declined_by_card"
    assert play(strict, pins=[None]).reason == "declined_by_card"
    assert play(strict, pins=["1234"]).finished.approved


def test_wrong_pins_are_remembered_by_the_card() -> None:
    chip = Chip((listing(VISA, OFFLINE_PIN),))
    assert play(chip=chip, pins=["0000", None]).online.reading.verification == "failure"
    assert play(chip=chip, pins=["1234"]).pins == [AskPin("offline", 2)]


def test_the_issuer_checks_the_pin() -> None:
    played = play(listing(VISA, ONLINE_PIN), pins=["1234"])
    assert played.pins == [AskPin("online")]
    assert (played.online.reading.verification, played.online.needs_online_pin) == ("online_pin", True)
    assert bits(played.online.reading.terminal_verification_results) == ALWAYS | Tvr.ONLINE_PIN
    assert tlv.find(tlv.decode(played.online.reading.chip_data), tags.CVM_RESULT) == bytes.fromhex("020300")


def test_who_passes_is_asked_once() -> None:
    played = play(listing(VISA, EITHER_PIN), pins=[None])
    assert played.pins == [AskPin("offline", 3)]
    reading = played.online.reading
    assert reading.verification == "none"  # the list's last rule
    assert bits(reading.terminal_verification_results) == ALWAYS | Tvr.PIN_NOT_ENTERED


def test_a_blocked_chip_pin_leaves_the_issuers() -> None:
    chip = Chip((listing(VISA, EITHER_PIN),))
    played = play(chip=chip, pins=["0000", "0000", "0000", "1234"])
    assert [step.kind for step in played.pins] == ["offline", "offline", "offline", "online"]
    assert played.online.needs_online_pin
    assert bits(played.online.reading.terminal_verification_results) == ALWAYS | Tvr.PIN_TRIES_EXCEEDED | Tvr.ONLINE_PIN


def test_without_a_pin_pad_a_pin_is_not_possible() -> None:
    terminal = regions.terminal("US", "OT000001", pin_pad=False)
    assert play(listing(VISA, OFFLINE_PIN), terminal=terminal).online.reading.verification == "none"
    insisting = play(listing(VISA, f"{NO_AMOUNTS}0200"), terminal=terminal).online.reading
    assert insisting.verification == "failure"
    assert bits(insisting.terminal_verification_results) == ALWAYS | Tvr.PIN_PAD_MISSING | Tvr.VERIFICATION_FAILED


@pytest.mark.parametrize(
    ("methods", "capabilities", "verification", "extra"),
    [
        (SIGNATURE, "E0C800", "none", 0),  # our readers take no signature: the next rule
        (SIGNATURE, "E0E800", "signature", 0),
        (f"{NO_AMOUNTS}0000", "E0C800", "failure", Tvr.VERIFICATION_FAILED),
        (f"{NO_AMOUNTS}1E03", "E0C800", "failure", Tvr.VERIFICATION_FAILED),  # no rule applies
        (f"{NO_AMOUNTS}4400 1F00", "E0C800", "none", 0),  # enciphered offline PIN: not ours, the next
        (f"{NO_AMOUNTS}6000 1F00", "E0C800", "none", Tvr.VERIFICATION_UNKNOWN),
        (f"{NO_AMOUNTS}2000 1F00", "E0C800", "failure", Tvr.VERIFICATION_UNKNOWN | Tvr.VERIFICATION_FAILED),
        (f"{NO_AMOUNTS}0201 1F00", "E0C800", "none", 0),  # a rule for cash machines
    ],
)
def test_lists_and_terminals(methods: str, capabilities: str, verification: str, extra: int) -> None:
    terminal = replace(TERMINAL, capabilities=bytes.fromhex(capabilities))
    reading = play(listing(VISA, methods), terminal=terminal).online.reading
    assert reading.verification == verification
    assert bits(reading.terminal_verification_results) == ALWAYS | extra


def test_offline_pin_and_signature() -> None:
    terminal = replace(TERMINAL, capabilities=bytes.fromhex("E0E800"))
    played = play(listing(VISA, f"{NO_AMOUNTS}0300"), terminal=terminal, pins=["1234"])
    assert played.online.reading.verification == "offline_pin_and_signature"


# Restrictions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "extra"),
    [
        ({"expiry": "261031"}, Tvr.EXPIRED),
        ({"expiry": "261122"}, 0),  # its last day
        ({"effective": "261123"}, Tvr.NOT_YET_EFFECTIVE),
        ({"effective": "261122"}, 0),
        ({"country": "276"}, 0),  # good abroad
    ],
)
def test_dates_and_countries(change: dict[str, str], extra: int) -> None:
    reading = play(replace(VISA, **change)).online.reading
    assert bits(reading.terminal_verification_results) == ALWAYS | extra


# Choosing the application -----------------------------------------------------------------------------------------


def test_the_cardholder_chooses_the_network() -> None:
    both = (replace(EFTPOS, priority=1), replace(VISA, priority=2))
    first, second = play(*both), play(*both, choice=1)
    assert first.choices[0].names == ("EFTPOS", "VISA")
    assert (first.online.reading.aid, second.online.reading.aid) == (EFTPOS.aid, VISA.aid)


def test_the_merchants_network_is_taken_without_asking() -> None:
    both = (replace(EFTPOS, priority=1), replace(VISA, priority=2))
    routed = play(*both, transaction=replace(PURCHASE, routing=("A000000003", "A000000004")))
    assert (routed.choices, routed.online.reading.aid) == ([], VISA.aid)
    elsewhere = play(*both, transaction=replace(PURCHASE, routing=("A000000025",)))
    assert len(elsewhere.choices) == 1  # the card has nothing of it: its holder chooses after all


def test_an_application_may_want_to_be_confirmed() -> None:
    assert [step.names for step in play(replace(VISA, confirm=True)).choices] == [("VISA",)]


def test_applications_that_we_do_not_know_are_no_choice() -> None:
    unknown = replace(VISA, aid="A0000009999999", label="OTHER")
    assert play(unknown, VISA).choices == []
    assert play(unknown).reason == "unsupported_card"


def test_the_longest_of_our_names_counts() -> None:
    longer = replace(VISA, aid="A000000003101001", label="LONG")
    assert play(longer).online.reading.aid == "A000000003101001"


@CARDS
def test_a_card_without_a_directory_is_asked_by_name(card: Application) -> None:
    def without(_number: int, command: bytes, response: bytes) -> bytes:
        return b"\x6a\x82" if b"1PAY" in command else response

    assert play(card, spoil=without).finished.approved


def test_several_applications_of_one_name_are_found_without_a_directory() -> None:
    twins = (replace(VISA, aid="A000000003101001", label="ONE"), replace(VISA, aid="A000000003101002", label="TWO"))

    def without(_number: int, command: bytes, response: bytes) -> bytes:
        return b"\x6a\x82" if b"1PAY" in command else response

    played = play(*(replace(twin, preferred_name=None) for twin in twins), spoil=without, choice=1)
    assert played.choices[0].names == ("ONE", "TWO")
    assert played.online.reading.aid == "A000000003101002"


def test_a_directory_that_is_garbage_is_none() -> None:
    def garbled(_number: int, command: bytes, response: bytes) -> bytes:
        return b"\x6f\x05\x84\x90\x00" if b"1PAY" in command else response

    assert play(VISA, spoil=garbled).finished.approved


def test_an_application_that_does_not_start_is_dropped() -> None:
    def refusing(_number: int, command: bytes, response: bytes) -> bytes:
        nonlocal refused
        if command[1] == apdu.GET_PROCESSING_OPTIONS and not refused:
            refused = True
            return b"\x69\x85"
        return response

    refused = False
    played = play(replace(EFTPOS, priority=1), replace(VISA, priority=2), spoil=refusing)
    assert len(played.choices) == 1
    assert played.online.reading.aid == VISA.aid
    refused = False
    assert play(VISA, spoil=refusing).reason == "unsupported_card"


def test_an_application_that_is_not_selected_after_all_is_dropped() -> None:
    def gone(_number: int, command: bytes, response: bytes) -> bytes:
        wanted = bytes.fromhex(EFTPOS.aid)
        return b"\x62\x83" if command[1] == apdu.SELECT and wanted in command else response

    assert play(replace(EFTPOS, priority=1), replace(VISA, priority=2), spoil=gone).online.reading.aid == VISA.aid
    assert play(EFTPOS, spoil=gone).reason == "unsupported_card"


def test_a_blocked_card() -> None:
    assert play(chip=Chip((VISA,), blocked=True)).reason == "blocked_card"


def test_blocked_applications_are_a_blocked_card() -> None:
    def invalidated(_number: int, command: bytes, response: bytes) -> bytes:
        if b"1PAY" in command:
            return b"\x6a\x82"
        return b"\x62\x83" if response.endswith(b"\x90\x00") and command[1] == apdu.SELECT else response

    assert play(VISA, spoil=invalidated).reason == "blocked_card"


# Other protocols and scripts --------------------------------------------------------------------------------------


class Protocol0:
    """The card behind protocol T=0: responses in parts, and the exact length wanted for records."""

    def __init__(self) -> None:
        self.rest = b""

    def __call__(self, _number: int, command: bytes, response: bytes) -> bytes:
        if command[1] == apdu.GET_RESPONSE:
            part, self.rest = self.rest[: command[4] or 256], self.rest[command[4] or 256 :]
            return part + (b"\x61" + bytes((len(self.rest) & 0xFF,)) if self.rest else b"\x90\x00")
        if not response.endswith(b"\x90\x00") or len(response) == 2:
            return response
        data = response[:-2]
        if command[1] == apdu.READ_RECORD:
            return response if command[-1] == len(data) else b"\x6c" + bytes((len(data),))
        self.rest = data
        return b"\x61" + bytes((min(len(data), 20),))


def test_a_card_with_protocol_0() -> None:
    played = play(VISA, spoil=Protocol0())
    assert played.finished.approved
    assert played.sent(apdu.GET_RESPONSE)


def script(template: int, *commands: str) -> bytes:
    inside = (tlv.item(tags.SCRIPT_COMMAND, bytes.fromhex(command)) for command in commands)
    return tlv.encode((tlv.item(template, inside),))


@pytest.mark.parametrize(("template", "failure"), [(0x71, Tvr.SCRIPT_FAILED_BEFORE), (0x72, Tvr.SCRIPT_FAILED_AFTER)])
def test_scripts_reach_the_card(template: int, failure: Tvr) -> None:
    command = "8424000008AABBCCDDEEFF0011"

    def taking(_number: int, asked: bytes, response: bytes) -> bytes:
        return b"\x90\x00" if asked[1] == 0x24 else response

    good = play(VISA, issuer_data=lambda data: data + script(template, command, command), spoil=taking)
    assert good.finished.approved
    assert [sent.hex().upper() for sent in good.sent(0x24)] == [command, command]
    assert bits(good.finished.reading.transaction_status_information) & Tsi.SCRIPT
    assert not bits(good.finished.reading.terminal_verification_results) & failure
    bad = play(VISA, issuer_data=lambda data: data + script(template, command, command))
    assert bad.finished.approved
    assert len(bad.sent(0x24)) == 1
    assert bits(bad.finished.reading.terminal_verification_results) & failure
    none = play(VISA, issuer_data=lambda data: data + script(template, "84"))
    assert bits(none.finished.reading.terminal_verification_results) & failure


def test_a_script_precedes_or_follows_the_last_cryptogram() -> None:
    command = "8424000000"
    before = play(VISA, issuer_data=lambda data: data + script(0x71, command)).commands
    after = play(VISA, issuer_data=lambda data: data + script(0x72, command)).commands
    assert [sent[1] for sent in before[-2:]] == [0x24, apdu.GENERATE_AC]
    assert [sent[1] for sent in after[-2:]] == [apdu.GENERATE_AC, 0x24]


def test_the_serial_number_may_be_short() -> None:
    terminal = Terminal(serial="7", applications=regions.APPLICATIONS)
    assert tlv.find(tlv.decode(play(VISA, terminal=terminal).online.reading.chip_data), tags.SERIAL) == b"       7"
