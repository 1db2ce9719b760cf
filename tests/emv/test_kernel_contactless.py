"""Tapped cards and phones: limits, verification, and when they must be inserted."""

from dataclasses import replace

import pytest
from tests.emv.emv_stage import AMEX, EFTPOS, MASTERCARD, NO_AMOUNTS, PURCHASE, VISA, Played, play

from opentill.emv import apdu, regions, tags, tlv
from opentill.emv.application import Application, Tap
from opentill.emv.card import Chip
from opentill.emv.steps import AskPin, Limits, Terminal, Transaction

LIMITED = replace(
    regions.terminal("US", "OT000001"),
    limits={"": Limits(transaction=200_00, device_transaction=1_000_00, verification=50_00)},
)
WITH_PIN = bytes.fromhex(f"{NO_AMOUNTS}42031F03")
PHONE = "40010030273"
STYLES = pytest.mark.parametrize("card", [VISA, MASTERCARD], ids=lambda card: card.label)


def online_pin(card: Application) -> Application:
    assert card.tap
    return replace(card, tap=replace(card.tap, online_pin=True, methods=WITH_PIN))


def phone(card: Application, requestor: str | None = PHONE) -> Application:
    assert card.tap
    return replace(card, tap=replace(card.tap, device=True, token_requestor=requestor))


def tap(
    *cards: Application, amount: int = 10_00, terminal: Terminal = LIMITED, pin: str | None = "1234", **changes: object
) -> Played:
    transaction: Transaction = replace(PURCHASE, amount=amount, **changes)
    return play(*cards, interface="contactless", terminal=terminal, transaction=transaction, pins=[pin])


@STYLES
def test_a_small_tap(card: Application) -> None:
    played = tap(card)
    reading = played.online.reading
    assert played.finished.approved
    assert played.pins == []
    assert (reading.read_method, reading.verification, reading.wallet) == ("contactless_emv", "none", None)
    assert (reading.number, reading.exp_month, reading.exp_year, reading.sequence_number) == (
        card.number,
        12,
        2029,
        "01",
    )
    assert reading.cardholder_name is None
    assert reading.transaction_status_information == "0000"
    expected = "8000008000" if card is MASTERCARD else "0000000000"
    assert reading.terminal_verification_results == expected
    assert played.commands[-1][1] == (apdu.GENERATE_AC if card is MASTERCARD else apdu.READ_RECORD)


def test_the_order_of_a_visa_like_tap() -> None:
    assert [command[1] for command in tap(VISA).commands] == [
        apdu.SELECT,
        apdu.SELECT,
        apdu.GET_PROCESSING_OPTIONS,
        apdu.READ_RECORD,
    ]


def test_a_card_may_be_visa_like_with_other_cryptograms() -> None:
    assert tap(AMEX).finished.approved  # version 18
    assert tap(replace(AMEX, tap=Tap("mastercard", methods=WITH_PIN))).finished.approved


@STYLES
def test_a_large_tap_asks_for_the_pin_where_the_card_can(card: Application) -> None:
    played = tap(online_pin(card), amount=50_00)
    assert played.pins == [AskPin("online")]
    assert (played.online.reading.verification, played.online.needs_online_pin) == ("online_pin", True)
    below = tap(online_pin(card), amount=49_99)
    assert (below.pins, below.online.reading.verification) == ([], "none")


@STYLES
def test_a_large_tap_without_it_must_be_inserted(card: Application) -> None:
    assert tap(card, amount=50_00).reason == "use_chip"


@STYLES
def test_what_the_issuer_wants_verified_is_verified(card: Application) -> None:
    """After `online_or_offline_pin_required` the amount does not matter."""
    played = tap(online_pin(card), verify=True)
    assert (played.pins, played.online.needs_online_pin) == ([AskPin("online")], True)
    assert tap(card, verify=True).reason == "use_chip"
    assert tap(phone(card), verify=True).online.reading.verification == "approval"


@STYLES
def test_who_passes_on_the_pin_is_not_verified(card: Application) -> None:
    played = tap(online_pin(card), amount=50_00, pin=None)
    assert (played.online.reading.verification, played.online.needs_online_pin) == ("failure", False)


@STYLES
def test_without_a_pin_pad_a_large_tap_must_be_inserted(card: Application) -> None:
    terminal = replace(LIMITED, pin_pad=False)
    assert tap(online_pin(card), amount=50_00, terminal=terminal).reason == "use_chip"


@STYLES
@pytest.mark.parametrize("amount", [10_00, 50_00, 1_000_00])
def test_a_phone_has_verified_its_holder(card: Application, amount: int) -> None:
    played = tap(phone(card), amount=amount)
    assert (played.pins, played.online.reading.verification, played.online.reading.wallet) == (
        [],
        "approval",
        "apple_pay",
    )
    data = tlv.decode(played.online.reading.chip_data)
    if card is MASTERCARD:
        assert tlv.find(data, tags.CVM_RESULT) == bytes.fromhex("010002")
    else:
        assert tlv.find(data, tags.CTQ) == bytes.fromhex("0080")


@STYLES
@pytest.mark.parametrize(
    ("amount", "with_phone", "allowed"),
    [
        (200_00, False, True),
        (200_01, False, False),
        (200_01, True, True),
        (1_000_00, True, True),
        (1_000_01, True, False),
    ],
)
def test_more_than_the_limit_must_be_inserted(card: Application, amount: int, with_phone: bool, allowed: bool) -> None:
    made = phone(card) if with_phone else online_pin(card)
    played = tap(made, amount=amount)
    if allowed:
        assert played.finished.approved
    else:
        assert played.reason == "use_chip"
        assert not played.went_online


@pytest.mark.parametrize(
    ("requestor", "wallet"),
    [
        ("40010030273", "apple_pay"),
        ("50110030273", "apple_pay"),
        ("40010075001", "google_pay"),
        ("50120834693", "google_pay"),
        ("40010043095", "samsung_pay"),
        ("50139059239", "samsung_pay"),
        ("40000000000", None),
        (None, None),
    ],
)
def test_whose_phone_it_is(requestor: str | None, wallet: str | None) -> None:
    for card in (VISA, MASTERCARD):
        assert tap(phone(card, requestor)).online.reading.wallet == wallet


def test_the_favourite_is_taken_without_asking() -> None:
    both = (replace(EFTPOS, priority=1), replace(VISA, priority=2))
    assert (tap(*both).choices, tap(*both).online.reading.aid) == ([], EFTPOS.aid)
    assert tap(*both, routing=("A000000003",)).online.reading.aid == VISA.aid


def test_limits_are_by_application() -> None:
    limits = {"": Limits(), "A000000384": Limits(transaction=5_00), "A0000003842": Limits(transaction=20_00)}
    terminal = replace(LIMITED, limits=limits)
    assert tap(EFTPOS, amount=20_00, terminal=terminal).finished.approved
    assert tap(EFTPOS, amount=20_01, terminal=terminal).reason == "use_chip"
    assert tap(VISA, amount=9_000_00, terminal=terminal).finished.approved
    both = (replace(EFTPOS, priority=1), replace(VISA, priority=2))
    assert tap(*both, amount=20_01, terminal=terminal).online.reading.aid == VISA.aid


def test_no_limits_are_none() -> None:
    terminal = replace(LIMITED, limits={})
    assert tap(VISA, amount=999_999_999_999, terminal=terminal).finished.approved


def test_a_card_that_cannot_be_tapped_must_be_inserted() -> None:
    assert tap(replace(VISA, tap=None)).reason == "use_chip"
    assert tap(replace(VISA, aid="A0000009999999")).reason == "use_chip"


def test_a_blocked_card() -> None:
    chip = Chip((VISA,), blocked=True)
    assert play(chip=chip, interface="contactless").reason == "blocked_card"


@STYLES
def test_a_card_may_decline(card: Application) -> None:
    assert tap(replace(card, refuses="first")).reason == "declined_by_card"


def test_a_list_that_ends_in_failure_is_told_to_the_issuer() -> None:
    stubborn = replace(MASTERCARD, tap=Tap("mastercard", methods=bytes.fromhex(f"{NO_AMOUNTS}0203")))
    reading = tap(stubborn).online.reading
    assert reading.verification == "failure"
    assert reading.terminal_verification_results == "8000808000"


def test_a_declined_tap_is_finished_too() -> None:
    played = play(VISA, interface="contactless", terminal=LIMITED, code="05")
    assert not played.finished.approved


@pytest.mark.parametrize(
    ("country", "currency", "amount", "pins"),
    [
        ("DE", "eur", 49_99, 0),
        ("DE", "eur", 50_00, 1),
        ("AU", "aud", 199_99, 0),
        ("AU", "aud", 200_00, 1),
        ("US", "usd", 5_000_00, 0),
        ("JP", "jpy", 14_999, 0),
        ("JP", "jpy", 15_000, 1),
    ],
)
def test_the_limits_of_countries(country: str, currency: str, amount: int, pins: int) -> None:
    terminal = regions.terminal(country, "OT000001")
    assert len(tap(online_pin(VISA), amount=amount, terminal=terminal, currency=currency).pins) == pins


def test_canada_taps_up_to_250() -> None:
    terminal = regions.terminal("CA", "OT000001")
    assert tap(VISA, amount=250_00, terminal=terminal, currency="cad").finished.approved
    assert tap(VISA, amount=250_01, terminal=terminal, currency="cad").reason == "use_chip"
    assert tap(phone(VISA), amount=250_01, terminal=terminal, currency="cad").finished.approved
