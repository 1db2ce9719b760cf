"""What a device reads becomes a payment, and the device is told what came of it (terminal.md 5.4, 6.1, 6.2, 7.4)."""

import pytest
from msgspec import UnsetType
from tests.services.terminal.counter import Counter

from opentill.domain.objects.charge import Charge
from opentill.domain.objects.payment_method_details import CardPresentDetails
from opentill.emv import tags, tlv
from opentill.link.messages import Canceled, Failed
from opentill.link.sealing import ClearReading
from opentill.link.tasks import Payment


def present(charge: Charge) -> CardPresentDetails:
    details = charge.payment_method_details
    assert details is not None
    assert isinstance(details.card_present, CardPresentDetails)
    return details.card_present


def test_a_card_is_approved(counter: Counter) -> None:
    intent = counter.waiting()
    state = counter.insert()
    assert (state.phase, state.about, state.unknown) == ("ended", "report-1", False)
    assert state.result is not None
    assert (state.result.succeeded, state.result.amount, state.result.response_code) == (True, 1000, "00")
    assert counter.payment(intent).status == "requires_capture"
    action = counter.shown().action
    assert action is not None
    assert (action.status, action.failure_code) == ("succeeded", None)
    assert counter.authorizations() == 1


def test_what_the_card_told_is_on_the_charge(till: Counter) -> None:
    intent = till.waiting()
    state = till.insert(languages=["fr", "en"], verification="signature")
    (charge,) = till.charges(intent)
    details, receipt = present(charge), present(charge).receipt
    assert receipt is not None
    assert (details.read_method, details.brand, details.last4, details.network) == (
        "contact_emv",
        "visa",
        "4242",
        "visa",
    )
    assert (details.preferred_locales, details.cardholder_name) == (["fr", "en"], None)
    assert (details.location, details.reader, details.amount_authorized) == (till.location.id, till.reader, 1000)
    assert (receipt.dedicated_file_name, receipt.application_preferred_name) == ("A0000000031010", "CARD OF TEST")
    assert (receipt.application_cryptogram, receipt.cardholder_verification_method) == ("0102030405060708", "signature")
    assert (receipt.terminal_verification_results, receipt.transaction_status_information) == ("0000008000", "E800")
    assert (receipt.authorization_response_code, receipt.account_type) == ("3030", "credit")
    # The issuer has proved itself to the chip: it is told the same as the receipt.
    assert state.result is not None
    assert state.result.issuer_data is not None
    assert details.emv_auth_data == "8A023030" + state.result.issuer_data.hex().upper()
    (proof,) = tlv.decode(state.result.issuer_data)
    assert proof.tag == tags.ISSUER_AUTHENTICATION


def test_a_stripe_tells_less(till: Counter) -> None:
    intent = till.waiting()
    chip = dict.fromkeys(
        (
            "dedicated_file_name",
            "application_preferred_name",
            "application_cryptogram",
            "terminal_verification_results",
            "transaction_status_information",
        )
    )
    till.report(till.card(method="magnetic_stripe_track2", languages=[], **chip))
    (charge,) = till.charges(intent)
    details, receipt = present(charge), present(charge).receipt
    assert (charge.paid, details.read_method, details.emv_auth_data) == (True, "magnetic_stripe_track2", None)
    assert receipt is not None
    assert {getattr(receipt, name) for name in chip} == {None}


@pytest.mark.parametrize(
    ("card", "total", "code", "decline_code", "response_code"),
    [
        ("charge_declined", 1000, "card_declined", "generic_decline", "01"),
        ("charge_declined_insufficient_funds", 1000, "card_declined", "insufficient_funds", "51"),
        ("charge_declined_expired_card", 1000, "expired_card", "expired_card", "54"),
        ("charge_declined_processing_error", 1000, "processing_error", "processing_error", "96"),
        ("visa", 1001, "card_declined", "call_issuer", "01"),
        ("visa", 1005, "card_declined", "generic_decline", "01"),
        ("mastercard", 1055, "card_declined", "incorrect_pin", "55"),
        ("visa", 1065, "card_declined", "withdrawal_count_limit_exceeded", "65"),
        ("visa", 1075, "card_declined", "pin_try_exceeded", "75"),
    ],
)
def test_a_card_is_declined(
    till: Counter, card: str, total: int, code: str, decline_code: str, response_code: str
) -> None:
    intent = till.waiting(total)
    state = till.insert(card, total=total)
    assert state.result is not None
    told = (state.result.succeeded, state.result.code, state.result.decline_code, state.result.response_code)
    assert (state.phase, *told) == ("ended", False, code, decline_code, response_code)
    assert state.result.message
    action = till.shown().action
    assert action is not None
    assert (action.status, action.failure_code, action.failure_message) == ("failed", code, state.result.message)
    assert till.payment(intent).status == "requires_payment_method"
    (charge,) = till.charges(intent)
    assert (charge.status, charge.failure_code) == ("failed", code)


def test_the_chip_must_have_signed(till: Counter) -> None:
    intent = till.waiting()
    forged = till.signed("4242424242424242", 999)  # of another amount than the data say
    forged = forged.replace(bytes.fromhex("000000000999"), bytes.fromhex("000000001000"))
    state = till.insert(chip_data=forged)
    assert state.result is not None
    assert (state.result.succeeded, state.result.decline_code) == (False, "security_violation")
    assert till.payment(intent).status == "requires_payment_method"


def test_a_live_card_in_test_mode_is_declined_and_not_kept(till: Counter) -> None:
    intent = till.waiting()
    state = till.insert(number="4539578763621486", dedicated_file_name="A0000000031010")
    assert state.result is not None
    assert (state.result.code, state.result.decline_code) == ("card_declined", "test_mode_live_card")
    (charge,) = till.charges(intent)
    assert (charge.status, present(charge).last4) == ("failed", "1486")
    assert till.authorizations() == 0
    assert "SealedCard" not in till.rows()


def test_an_application_of_a_network_that_the_payment_does_not_take(till: Counter) -> None:
    till.waiting()
    state = till.insert("interac", dedicated_file_name="A0000002771010")
    assert state.result is not None
    assert (state.result.succeeded, state.result.decline_code) == (False, "card_not_supported")
    assert till.authorizations() == 0


@pytest.mark.parametrize(
    ("file", "network"),
    [("A0000000421010", "cartes_bancaires"), ("A0000000031010", "visa"), (None, "cartes_bancaires")],
)
def test_the_application_says_which_network(till: Counter, file: str | None, network: str) -> None:
    intent = till.waiting()
    till.insert("cartes_bancaires_visa_debit", dedicated_file_name=file)
    (charge,) = till.charges(intent)
    assert (present(charge).network, present(charge).brand) == (network, "visa")


# Tips -------------------------------------------------------------------------------------------------------------


def test_a_tip_is_authorized_with_the_payment(till: Counter) -> None:
    till.world.configure(till.location.id, tipping={"usd": {"percentages": ["10", "20"]}})
    intent = till.waiting(1000)
    task = till.readers.commands[-1].task
    assert isinstance(task, Payment)
    assert task.tips is not None
    assert [(tip.amount, tip.percentage) for tip in task.tips] == [(100, 10), (200, 20)]
    state = till.tap(total=1200, tip=200)
    assert state.result is not None
    assert state.result.amount == 1200
    paid = till.payment(intent)
    assert (paid.amount, paid.amount_capturable) == (1200, 1200)
    assert paid.amount_details is not None
    assert not isinstance(paid.amount_details.tip, UnsetType)
    assert paid.amount_details.tip.amount == 200


@pytest.mark.parametrize(("total", "tip"), [(900, -100), (1200, 200), (1300, 200)])
def test_a_tip_that_makes_no_sense(till: Counter, total: int, tip: int) -> None:
    intent = till.intent(1000)
    till.process(intent, skip_tipping="true")
    state = till.tap(total=total, tip=tip)
    assert (state.phase, state.result) == ("waiting", None)
    assert till.authorizations() == 0


# The amount, edited meanwhile -------------------------------------------------------------------------------------


def test_a_payment_that_was_edited_meanwhile_begins_anew(counter: Counter) -> None:
    intent = counter.waiting(1000)
    counter.edit(intent, amount="1500")
    state = counter.tap(total=1000)
    assert (state.phase, state.result) == ("waiting", None)
    assert isinstance(state.task, Payment)
    assert state.task.amount == 1500
    assert counter.authorizations() == 0
    assert counter.tap(total=1500).phase == "ended"
    assert counter.payment(intent).amount_capturable == 1500


def test_a_reading_of_the_amount_before_is_spent(till: Counter) -> None:
    """Also if the amount is changed back: the customer was shown another one in the meantime."""
    intent = till.waiting(1000)
    till.edit(intent, amount="1500")
    read = till.card(total=1000)
    till.report(read)
    till.edit(intent, amount="1000")
    assert till.report(read).phase == "waiting"
    assert till.authorizations() == 0


# Collected and confirmed ------------------------------------------------------------------------------------------


def test_collected_and_confirmed(counter: Counter) -> None:
    intent = counter.intent()
    counter.collect(intent)
    assert counter.tap(total=1100, tip=100).phase == "collected"
    assert counter.payment(intent).status == "requires_confirmation"
    counter.world.pass_time(20)
    action = counter.confirm(intent).action
    assert action is not None
    assert (action.type, action.status) == ("confirm_payment_intent", "succeeded")
    assert counter.payment(intent).amount_capturable == 1100
    state = counter.state()
    assert state.result is not None
    assert (state.phase, state.result.amount) == ("ended", 1100)


def test_a_collected_card_lapses(counter: Counter) -> None:
    intent = counter.intent()
    counter.collect(intent)
    counter.tap()
    collected = counter.action()
    counter.readers.nudged.clear()
    counter.world.pass_time(30)
    assert counter.payment(intent).status == "requires_payment_method"
    assert counter.readers.nudged == [counter.device]
    state = counter.state(collected)
    assert (state.action, state.phase, state.unknown, state.result) == (collected, "ended", False, None)
    with pytest.raises(Exception, match="holds no payment method"):
        counter.confirm(intent)


# Keyed in ---------------------------------------------------------------------------------------------------------


def keyed(till: Counter, **given: object) -> ClearReading:
    card = {"number": "4242424242424242", "exp_month": 12, "exp_year": till.year(), "verification": "123"} | given
    return ClearReading(**card)  # type: ignore[arg-type] # of these types


def test_a_card_is_keyed_in(till: Counter) -> None:
    intent = till.intent(payment_method_types=["card"])
    till.process(intent, moto="true")
    task = till.readers.commands[-1].task
    assert isinstance(task, Payment)
    assert task.takes == ["card"]
    state = till.report(till.keyed(keyed(till, postal_code="94111")))
    assert state.result is not None
    assert state.result.succeeded
    (charge,) = till.charges(intent)
    assert charge.payment_method_details is not None
    assert charge.payment_method_details.type == "card"
    assert charge.billing_details.address is not None
    assert charge.billing_details.address.postal_code == "94111"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"verification": None}, "incorrect_cvc"),
        ({"verification": "12"}, "invalid_cvc"),
        ({"number": "4242424242424241"}, "incorrect_number"),
        ({"exp_year": 2020}, "invalid_expiry_year"),
    ],
)
def test_a_card_is_keyed_in_wrong(till: Counter, given: dict[str, object], code: str) -> None:
    intent = till.intent(payment_method_types=["card"])
    till.process(intent, moto="true")
    state = till.report(till.keyed(keyed(till, **given)))
    assert state.result is not None
    assert (state.result.succeeded, state.result.code) == (False, code)
    assert till.charges(intent) == []


def test_no_card_is_keyed_in_for_a_payment_in_person(till: Counter) -> None:
    till.waiting()
    state = till.report(till.keyed(keyed(till)))
    assert state.result is not None
    assert state.result.code == "terminal_reader_hardware_fault"
    assert till.authorizations() == 0


# Without a card ---------------------------------------------------------------------------------------------------


def test_the_customer_cancels_where_that_is_allowed(counter: Counter) -> None:
    intent = counter.intent()
    counter.process(intent, enable_customer_cancellation="true")
    state = counter.report(Canceled())
    assert state.result is not None
    assert (state.phase, state.result.succeeded, state.result.code) == ("ended", False, "customer_canceled")
    action = counter.shown().action
    assert action is not None
    assert (action.status, action.failure_code, action.api_error) == ("failed", "customer_canceled", None)
    assert counter.payment(intent).status == "requires_payment_method"


def test_the_customer_cannot_cancel_elsewhere(till: Counter) -> None:
    till.waiting()
    state = till.report(Canceled())
    assert (state.phase, state.result) == ("waiting", None)
    assert isinstance(state.task, Payment)


@pytest.mark.parametrize(
    ("code", "failure"),
    [
        ("card_not_supported", "card_not_supported"),
        ("card_blocked", "card_blocked"),
        ("hardware_fault", "terminal_reader_hardware_fault"),
    ],
)
def test_the_reader_cannot_go_on(till: Counter, code: str, failure: str) -> None:
    till.waiting()
    state = till.report(Failed(code=code))  # type: ignore[arg-type] # one of them
    assert state.result is not None
    assert (state.phase, state.result.code) == ("ended", failure)
