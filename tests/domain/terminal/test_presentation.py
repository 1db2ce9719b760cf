"""Which test card is presented, how it is read, and what ends up on the charge (terminal.md 5.6, 6.1, 7.4, 8.7)."""

import doctest
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from opentill.domain import cards
from opentill.domain.cards import ClearCard, TestCard
from opentill.domain.errors import CardDeclined, InvalidRequest
from opentill.domain.objects.payment_method import CardPresent, InteracPresent
from opentill.domain.objects.payment_method_details import CardPresentDetails, PaymentMethodDetails, Receipt
from opentill.domain.terminal import displays, presentation, receipts
from opentill.domain.terminal.presentation import KeyedCard, Presentment
from opentill.domain.terminal.receipts import Told, Transaction

NOW = 1_790_000_000
TRANSACTION = Transaction(number="pi_1 att_1", amount=1000, currency="usd")
SIMULATED = [card for card in cards.TEST_CARDS if card.simulated is not None]


def card(name: str) -> TestCard:
    found = cards.simulated_card(name)
    assert found is not None
    return found


def clear(card: TestCard) -> ClearCard:
    return cards.clear(card, NOW)


def read(card: TestCard, transaction: Transaction = TRANSACTION) -> PaymentMethodDetails:
    type: presentation.PresentType = "interac_present" if card.brand == "interac" else "card_present"
    reading = presentation.readings(card, type)[-1]
    method: CardPresent | InteracPresent = (
        presentation.interac_present(reading, clear(card), fingerprint="fp")
        if type == "interac_present"
        else presentation.card_present(reading, clear(card), fingerprint="fp")
    )
    network = presentation.network(reading, capture_method="automatic")
    return presentation.charge_details(reading, method, transaction, network=network, location="tml_1", reader="tmr_1")


def present_part(details: PaymentMethodDetails) -> CardPresentDetails:
    assert details.card_present is not UNSET
    return details.card_present


# Which card -------------------------------------------------------------------------------------------------------

BOTH = ("card_present", "interac_present")


@pytest.mark.parametrize(
    ("taken", "presentment", "kind"),
    [
        (("card_present",), {}, "card_present"),
        (BOTH, {}, "card_present"),
        (("interac_present",), {}, "interac_present"),
        (BOTH, {"type": "interac_present"}, "interac_present"),
        (BOTH, {"interac_present_number": "4506445006931933"}, "interac_present"),
        (("card_present",), {"card_present_number": "378282246310005"}, "card_present"),
        (("card",), {"card": KeyedCard(number="4242424242424242", exp_month=1, exp_year=30)}, "card"),
    ],
)
def test_the_kind_of_card(taken: Any, presentment: dict[str, Any], kind: str) -> None:
    assert presentation.kind(Presentment(**presentment), taken) == kind


@pytest.mark.parametrize(
    ("taken", "presentment", "param"),
    [
        (("card_present",), {"type": "interac_present"}, "type"),
        (("card_present",), {"type": "card"}, "type"),
        (("card",), {"type": "card_present"}, "type"),
        (("card_present",), {"interac_present_number": "4506445006931933"}, "type"),
        (BOTH, {"type": "card_present", "interac_present_number": "4506445006931933"}, "interac_present"),
        (
            BOTH,
            {"card_present_number": "4242424242424242", "interac_present_number": "4506445006931933"},
            "interac_present",
        ),
    ],
)
def test_a_kind_that_the_reader_does_not_wait_for(taken: Any, presentment: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        presentation.kind(Presentment(**presentment), taken)
    assert refused.value.param == param


def test_the_default_cards() -> None:
    assert presentation.present_card(Presentment(), "card_present") is card("visa")
    assert presentation.present_card(Presentment(), "interac_present") is card("interac")


@pytest.mark.parametrize("known", SIMULATED, ids=lambda card: card.name)
def test_every_card_of_the_testing_page_can_be_presented(known: TestCard) -> None:
    if known.brand == "interac":
        given = Presentment(interac_present_number=known.number)
        assert presentation.present_card(given, "interac_present") is known
    else:
        assert presentation.present_card(Presentment(card_present_number=known.number), "card_present") is known


@pytest.mark.parametrize(
    ("type", "number"),
    [
        ("card_present", "4506445006931933"),  # Interac is its own kind
        ("interac_present", "4242424242424242"),
        ("card_present", "4000000000000001"),
        ("card_present", ""),
        ("card_present", "4111111111111112"),
        ("card_present", "5425233430109903"),
    ],
)
def test_a_number_that_is_refused_is_not_repeated(type: presentation.PresentType, number: str) -> None:
    given = Presentment(card_present_number=number, interac_present_number=number)
    with pytest.raises(InvalidRequest) as refused:
        presentation.present_card(given, type)
    assert refused.value.param == f"{type}[number]"
    assert not number or number not in refused.value.message


def test_numbers_are_not_in_a_repr() -> None:
    keyed = KeyedCard(number="4242424242424242", exp_month=1, exp_year=30, cvc="123")
    shown = repr(keyed) + repr(Presentment(card=keyed, card_present_number="4242424242424242"))
    assert "4242" not in shown
    assert "123" not in shown


def test_an_empty_presentment_only_asks_to_go_on() -> None:
    assert Presentment().says_nothing
    assert not Presentment(amount_tip=0).says_nothing


def test_a_keyed_card_needs_its_security_code() -> None:
    keyed = KeyedCard(number="4242424242424242", exp_month=12, exp_year=34, cvc="123")
    assert presentation.keyed_card(Presentment(card=keyed), NOW).number == "4242424242424242"
    with pytest.raises(InvalidRequest, match=r"card\[cvc\]"):
        presentation.keyed_card(Presentment(card=KeyedCard(number="4242", exp_month=1, exp_year=30)), NOW)
    with pytest.raises(InvalidRequest, match="Missing required param: card"):
        presentation.keyed_card(Presentment(), NOW)
    with pytest.raises(CardDeclined):
        presentation.keyed_card(
            Presentment(card=KeyedCard(number="4242424242424241", exp_month=12, exp_year=34, cvc="123")), NOW
        )


# How it is read ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "readings"),
    [
        ("visa", [("contact_emv", "none", None)]),
        ("amex", [("contact_emv", "none", None)]),
        ("interac", [("contact_emv", "online_pin", None)]),
        ("charge_declined", [("contact_emv", "none", None)]),
        ("offline_pin_cvm", [("contact_emv", "offline_pin", None)]),
        ("online_pin_cvm", [("contact_emv", "online_pin", None)]),
        (
            "offline_pin_sca_retry",
            [("contactless_emv", "none", "offline_pin_required"), ("contact_emv", "offline_pin", None)],
        ),
        (
            "online_pin_sca_retry",
            [
                ("contactless_emv", "none", "online_or_offline_pin_required"),
                ("contactless_emv", "online_pin", None),
            ],
        ),
    ],
)
def test_how_a_card_is_read(name: str, readings: list[tuple[str, str, str | None]]) -> None:
    made = presentation.readings(card(name), "card_present")
    assert [(reading.read_method, reading.verification, reading.refused_with) for reading in made] == readings


@pytest.mark.parametrize(
    ("name", "read_method", "capture", "priority", "network"),
    [
        ("visa", "contact_emv", "manual", None, "visa"),
        ("visa", "contact_emv", "automatic", "domestic", "visa"),
        ("eftpos_au_visa_debit", "contact_emv", "automatic", None, "eftpos_au"),
        ("eftpos_au_visa_debit", "contactless_emv", "automatic", None, "eftpos_au"),
        ("eftpos_au_visa_debit", "contact_emv", "manual_preferred", None, "eftpos_au"),
        ("eftpos_au_visa_debit", "contactless_emv", "manual_preferred", None, "visa"),
        ("eftpos_au_mastercard_debit", "contact_emv", "manual", None, "mastercard"),
        ("cartes_bancaires_visa_debit", "contact_emv", "manual", None, "cartes_bancaires"),
        ("cartes_bancaires_visa_debit", "contact_emv", "manual", "international", "visa"),
        ("eftpos_au_debit", "contact_emv", "automatic", None, "eftpos_au"),
        ("girocard_debit", "contact_emv", "automatic", None, "girocard"),
    ],
)
def test_the_network(name: str, read_method: Any, capture: str, priority: Any, network: str) -> None:
    reading = replace(presentation.readings(card(name), "card_present")[0], read_method=read_method)
    assert presentation.network(reading, capture_method=capture, requested_priority=priority) == network


# What ends up on the charge ---------------------------------------------------------------------------------------


def test_a_card_that_was_read() -> None:
    details = present_part(read(card("visa")))
    assert (details.brand, details.network, details.funding, details.last4) == ("visa", "visa", "credit", "4242")
    assert (details.read_method, details.fingerprint) == ("contact_emv", "fp")
    assert (details.location, details.reader) == ("tml_1", "tmr_1")
    receipt = details.receipt
    assert receipt is not None
    assert receipt.dedicated_file_name == "A0000000031010"
    assert receipt.application_preferred_name == "VISA CREDIT"
    assert receipt.account_type == "credit"
    assert receipt.terminal_verification_results == "8000008000"
    assert receipt.transaction_status_information == "6800"
    assert receipt.cardholder_verification_method == "none"
    assert receipt.authorization_code is None
    assert receipt.authorization_response_code is None


def test_an_interac_card_that_was_read() -> None:
    details = read(card("interac"))
    assert details.type == "interac_present"
    assert details.card_present is UNSET
    assert details.interac_present is not UNSET
    assert details.interac_present.network == "interac"
    receipt = details.interac_present.receipt
    assert receipt is not None
    assert (receipt.dedicated_file_name, receipt.account_type) == ("A0000002771010", "checking")
    assert receipt.terminal_verification_results == "8000048000"


@pytest.mark.parametrize(
    ("name", "file", "preferred", "account"),
    [
        ("visa_debit", "A0000000031010", "VISA DEBIT", "checking"),
        ("mastercard", "A0000000041010", "MASTERCARD", "credit"),
        ("mastercard_prepaid", "A0000000041010", "MC PREPAID", "prepaid"),
        ("amex", "A00000002501", "AMERICAN EXPRESS", "credit"),
        ("discover", "A0000001523010", "DISCOVER", "credit"),
        ("diners_14digits", "A0000001523010", "DINERS CLUB", "credit"),
        ("jcb", "A0000000651010", "JCB CREDIT", "credit"),
        ("unionpay", "A000000333010102", "UNIONPAY CREDIT", "credit"),
        ("eftpos_au_debit", "A00000038420", "EFTPOS CHQ", "checking"),
        ("eftpos_au_visa_debit", "A00000038420", "EFTPOS CHQ", "checking"),
        ("cartes_bancaires_visa_debit", "A0000000421010", "CB", "checking"),
        ("girocard_debit", "A0000003591010028001", "GIROCARD", "checking"),
    ],
)
def test_the_application_by_network(name: str, file: str, preferred: str, account: str) -> None:
    receipt = present_part(read(card(name))).receipt
    assert receipt is not None
    assert (receipt.dedicated_file_name, receipt.application_preferred_name, receipt.account_type) == (
        file,
        preferred,
        account,
    )


@pytest.mark.parametrize("known", SIMULATED, ids=lambda card: card.name)
def test_receipt_data_has_the_form_of_its_tags(known: TestCard) -> None:
    details = read(known)
    part = details.interac_present if known.brand == "interac" else details.card_present
    assert part is not UNSET
    receipt = part.receipt
    assert receipt is not None
    for value, length in (
        (receipt.application_cryptogram, 16),
        (receipt.terminal_verification_results, 10),
        (receipt.transaction_status_information, 4),
    ):
        assert value is not None
        assert len(bytes.fromhex(value)) * 2 == length
    assert 10 <= len(receipt.dedicated_file_name or "") <= 32  # ISO/IEC 7816-5: 5 to 16 bytes
    assert 1 <= len(receipt.application_preferred_name or "") <= 16


def test_an_answer_completes_the_receipt() -> None:
    details = present_part(presentation.answered(read(card("visa")), receipts.APPROVED_CODE))
    assert details.emv_auth_data == "8A023030"
    assert details.receipt is not None
    assert details.receipt.authorization_response_code == "3030"
    refused = present_part(presentation.answered(read(card("visa")), "51"))
    assert refused.emv_auth_data == "8A023531"
    interac = presentation.answered(read(card("interac")), "00").interac_present
    assert interac is not UNSET
    assert interac.emv_auth_data == "8A023030"


def test_without_an_answer_nothing_is_added() -> None:
    details = read(card("visa"))
    assert presentation.answered(details, None) is details


@given(
    numbers=st.sets(st.text(min_size=1, max_size=30), min_size=2, max_size=2),
    amount=st.integers(1, 99_999_999),
)
def test_the_cryptogram_belongs_to_the_transaction(numbers: set[str], amount: int) -> None:
    one, other = numbers
    visa = card("visa")
    made = receipts.cryptogram(visa, Transaction(one, amount, "usd"), "contact_emv")
    assert made == receipts.cryptogram(visa, Transaction(one, amount, "usd"), "contact_emv")
    assert made != receipts.cryptogram(visa, Transaction(other, amount, "usd"), "contact_emv")
    assert made != receipts.cryptogram(visa, Transaction(one, amount + 1, "usd"), "contact_emv")
    assert made != receipts.cryptogram(card("amex"), Transaction(one, amount, "usd"), "contact_emv")


def test_a_tap_leaves_no_name_and_no_chip_data() -> None:
    tap = presentation.readings(card("offline_pin_sca_retry"), "card_present")[0]
    method = presentation.card_present(tap, clear(card("offline_pin_sca_retry")), fingerprint="fp")
    assert method.cardholder_name is None
    details = present_part(
        presentation.charge_details(tap, method, TRANSACTION, network="visa", location=None, reader=None)
    )
    assert details.receipt is not None
    assert details.receipt.terminal_verification_results == "0000000000"
    assert details.receipt.transaction_status_information == "0000"
    assert details.location is UNSET


def test_both_networks_of_a_card_are_told() -> None:
    reading = presentation.readings(card("cartes_bancaires_visa_debit"), "card_present")[0]
    method = presentation.card_present(reading, clear(card("cartes_bancaires_visa_debit")), fingerprint="fp")
    assert method.brand == "visa"
    assert method.networks is not None
    assert method.networks.available == ["cartes_bancaires", "visa"]


# At a device ------------------------------------------------------------------------------------------------------

TOLD = Told(
    cryptogram="8A3B1C7F00112233",
    file="A0000000421010",
    name="CB",
    verification_results="0000008000",
    status_information="E800",
    locales=("fr", "en"),
    cardholder_name="ROSEN/JENNY",
    wallet="apple_pay",
)


def at_device(name: str, told: Told = TOLD) -> PaymentMethodDetails:
    reading = presentation.device_reading(card(name).number, "contactless_emv", "approval", told)
    of_type = presentation.interac_present if reading.type == "interac_present" else presentation.card_present
    method = of_type(reading, clear(card(name)), fingerprint="fp")
    network = presentation.network(reading, capture_method="automatic")
    return presentation.charge_details(reading, method, TRANSACTION, network=network, location="tml_1", reader="tmr_1")


def test_a_device_tells_what_the_card_told() -> None:
    details = present_part(at_device("cartes_bancaires_visa_debit"))
    assert (details.brand, details.network, details.read_method) == ("visa", "cartes_bancaires", "contactless_emv")
    assert (details.preferred_locales, details.cardholder_name) == (["fr", "en"], "ROSEN/JENNY")
    assert details.wallet is not UNSET
    assert details.wallet.type == "apple_pay"
    receipt = details.receipt
    assert receipt is not None
    assert (receipt.application_cryptogram, receipt.dedicated_file_name) == (TOLD.cryptogram, TOLD.file)
    assert (receipt.application_preferred_name, receipt.cardholder_verification_method) == ("CB", "approval")
    assert receipt.terminal_verification_results == TOLD.verification_results
    assert (receipt.transaction_status_information, receipt.account_type) == (TOLD.status_information, "checking")


def test_what_the_card_did_not_tell_is_not_made_up() -> None:
    details = present_part(at_device("visa", Told()))
    assert (details.preferred_locales, details.cardholder_name, details.wallet) == (None, None, UNSET)
    assert details.receipt == Receipt(account_type="credit", cardholder_verification_method="approval")


def test_an_interac_card_at_a_device() -> None:
    details = at_device("interac", Told(file="A0000002771010")).interac_present
    assert details is not UNSET
    assert (details.network, details.brand) == ("interac", "interac")
    assert details.receipt is not None
    assert details.receipt.account_type == "unknown"  # which account pays was not asked


@pytest.mark.parametrize(
    ("name", "file", "type"),
    [
        ("visa", "A0000000031010", "card_present"),
        ("visa", None, "card_present"),
        ("interac", "A0000002771010", "interac_present"),
        ("interac", None, "interac_present"),
    ],
)
def test_which_kind_of_card_a_device_has_read(name: str, file: str | None, type: str) -> None:
    assert presentation.device_reading(card(name).number, "contact_emv", "none", Told(file=file)).type == type


@pytest.mark.parametrize(
    ("name", "file", "network"),
    [
        ("cartes_bancaires_visa_debit", "A0000000421010", "cartes_bancaires"),
        ("cartes_bancaires_visa_debit", "A0000000031010", "visa"),
        ("eftpos_au_visa_debit", "A00000038420", "eftpos_au"),
        ("eftpos_au_visa_debit", "A0000000031010", "visa"),
        ("visa_debit", "A0000000980840", "visa"),  # the common debit application of the United States
        ("visa", "A0000000041010", "visa"),  # an application that is not this card's
    ],
)
def test_the_application_says_which_network(name: str, file: str, network: str) -> None:
    """Whatever the payment would have chosen: it was chosen at the device."""
    reading = presentation.device_reading(card(name).number, "contactless_emv", "none", Told(file=file))
    for capture in ("automatic", "manual_preferred"):
        assert presentation.network(reading, capture_method=capture) == network


def test_a_stripe_is_told_nothing_by_the_issuer() -> None:
    reading = presentation.device_reading(card("visa").number, "magnetic_stripe_track2", "none", Told())
    method = presentation.card_present(reading, clear(card("visa")), fingerprint="fp")
    details = presentation.charge_details(reading, method, TRANSACTION, network="visa", location=None, reader=None)
    told = present_part(presentation.answered(details, "00"))
    assert told.emv_auth_data is None
    assert told.receipt is not None
    assert told.receipt.authorization_response_code == "3030"


@pytest.mark.parametrize("module", [receipts, displays])
def test_examples_in_docstrings(module: Any) -> None:
    tried = doctest.testmod(module)
    assert tried.attempted > 0
    assert tried.failed == 0
