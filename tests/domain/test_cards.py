"""Numbers, brands, validation, and what the test cards are made to do."""

from calendar import timegm

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentill.domain import cards
from opentill.domain.cards import Authentication, ClearCard, TestCard
from opentill.domain.errors import CardDeclined

NOW = timegm((2026, 11, 5, 12, 0, 0))

every_card = pytest.mark.parametrize("card", cards.TEST_CARDS, ids=lambda card: card.name)


@every_card
def test_a_test_card_has_the_number_its_brand_would_have(card: TestCard) -> None:
    typed = cards.validate(card.number, 11, 2026, "123", NOW)

    assert cards.brand_of(card.number) == card.brand
    assert typed.number == card.number
    assert cards.test_card(card.number) is card
    assert cards.named(card.name) is card


@every_card
def test_a_test_card_shows_no_number(card: TestCard) -> None:
    shown = f"{card!r} {card} {cards.clear(card, NOW)!r} {cards.clear(card, NOW)}"

    assert card.number not in shown
    assert not any(character.isdigit() for character in repr(cards.clear(card, NOW)))


def test_names_and_ids_are_unique() -> None:
    for names in (
        [card.number for card in cards.TEST_CARDS],
        [card.name for card in cards.TEST_CARDS],
        [card.simulated for card in cards.TEST_CARDS if card.simulated],
        [alias for card in cards.TEST_CARDS for alias in card.aliases],
    ):
        assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("id", "number"),
    [
        ("visa", "4242424242424242"),
        ("us", "4242424242424242"),
        ("visa_debit", "4000056655665556"),
        ("mastercard", "5555555555554444"),
        ("mastercard_debit", "5200828282828210"),
        ("mastercard_prepaid", "5105105105105100"),
        ("amex", "378282246310005"),
        ("discover", "6011111111111117"),
        ("diners", "3056930009020004"),
        ("jcb", "3566002020360505"),
        ("unionpay", "6200000000000005"),
        ("gb", "4000008260000000"),
        ("gb_debit", "4000058260000005"),
        ("br", "4000000760000002"),
        ("visa_chargeDeclined", "4000000000000002"),
        ("chargeDeclined", "4000000000000002"),
        ("visa_chargeDeclinedInsufficientFunds", "4000000000009995"),
        ("visa_chargeDeclinedLostCard", "4000000000009987"),
        ("visa_chargeDeclinedStolenCard", "4000000000009979"),
        ("chargeDeclinedExpiredCard", "4000000000000069"),
        ("chargeDeclinedIncorrectCvc", "4000000000000127"),
        ("chargeDeclinedProcessingError", "4000000000000119"),
        ("visa_chargeDeclinedVelocityLimitExceeded", "4000000000006975"),
        ("chargeCustomerFail", "4000000000000341"),
        ("radarBlock", "4100000000000019"),
        ("createDispute", "4000000000000259"),
        ("createDisputeInquiry", "4000000000001976"),
        ("pendingRefund", "4000000000007726"),
        ("refundFail", "4000000000005126"),
        ("bypassPending", "4000000000000077"),
        ("cvcCheckFail", "4000000000000101"),
        ("avsZipFail", "4000000000000036"),
        ("authenticationRequired", "4000002760003184"),
        ("authenticationRequiredOnSetup", "4000002500003155"),
        ("authenticationRequiredSetupForOffSession", "4000003800000446"),
        ("authenticationRequiredChargeDeclinedInsufficientFunds", "4000008260003178"),
        ("threeDSecure2Required", "4000000000003220"),
        ("threeDSecureOptional", "4000000000003055"),
    ],
)
def test_magic_ids(id: str, number: str) -> None:
    for card in (cards.magic_payment_method(f"pm_card_{id}"), cards.magic_token(f"tok_{id}")):
        assert card is not None
        assert card.number == number


@pytest.mark.parametrize("id", ["pm_card_", "pm_card_nothing", "pm_1234", "tok_", "visa", "tok_card_visa", ""])
def test_other_ids_are_not_magic(id: str) -> None:
    assert cards.magic_payment_method(id) is None
    assert cards.magic_token(id) is None


def test_the_cards_of_simulated_readers() -> None:
    standard = """
        visa visa_debit mastercard mastercard_debit mastercard_prepaid amex amex2 discover discover2 diners
        diners_14digits jcb unionpay interac eftpos_au_debit eftpos_au_visa_debit eftpos_au_mastercard_debit
        cartes_bancaires_visa_debit cartes_bancaires_mastercard_debit girocard_debit
    """.split()
    special = """
        offline_pin_cvm offline_pin_sca_retry online_pin_cvm online_pin_sca_retry charge_declined
        charge_declined_insufficient_funds charge_declined_lost_card charge_declined_stolen_card
        charge_declined_expired_card charge_declined_processing_error refund_fail
    """.split()
    found = {card.simulated: card.standard for card in cards.TEST_CARDS if card.simulated}

    assert found == dict.fromkeys(standard, True) | dict.fromkeys(special, False)
    assert cards.simulated_card("interac") is cards.test_card("4506445006931933")


def test_only_declined_cards_cannot_be_attached() -> None:
    customer_fail = cards.magic_payment_method("pm_card_chargeCustomerFail")

    assert customer_fail is not None
    assert (customer_fail.decline, customer_fail.attachable) == ("generic_decline", True)
    assert all(card.decline for card in cards.TEST_CARDS if not card.attachable)


@given(st.text("0123456789", min_size=11, max_size=18), st.integers(0, 9), st.data())
def test_luhn_finds_every_single_wrong_digit(digits: str, digit: int, data: st.DataObject) -> None:
    (number,) = [digits + str(check) for check in range(10) if cards.luhn_valid(digits + str(check))]
    position = data.draw(st.integers(0, len(number) - 1))
    wrong = number[:position] + str(digit) + number[position + 1 :]

    assert cards.luhn_valid(wrong) == (wrong == number)


@pytest.mark.parametrize(
    ("number", "brand"),
    [
        ("2221000000000009", "mastercard"),
        ("2720990000000007", "mastercard"),
        ("2220990000000000", "unknown"),
        ("2721000000000000", "unknown"),
        ("3528000000000007", "jcb"),
        ("3590000000000000", "unknown"),
        ("6440000000000000", "discover"),
        ("30500000000003", "diners"),
        ("8100000000000000", "unionpay"),
        ("9", "unknown"),
        ("", "unknown"),
    ],
)
def test_brands_by_leading_digits(number: str, brand: str) -> None:
    assert cards.brand_of(number) == brand


def test_a_typed_card_is_cleaned() -> None:
    typed = cards.validate("4242 4242-4242 4242", 1, 27, None, NOW)

    assert typed == ClearCard(number="4242424242424242", exp_month=1, exp_year=2027)


@pytest.mark.parametrize(
    ("number", "month", "year", "cvc", "code", "param"),
    [
        ("", 1, 2030, None, "invalid_number", "number"),
        ("4242x42424242424", 1, 2030, None, "invalid_number", "number"),
        ("\u0664242424242424242", 1, 2030, None, "invalid_number", "number"),
        ("4242424242", 1, 2030, None, "invalid_number", "number"),
        ("4242424242424241", 1, 2030, None, "incorrect_number", "number"),
        ("42424242424242424242", 1, 2030, None, "invalid_number", "number"),
        ("42424242424242", 1, 2030, None, "incorrect_number", "number"),
        ("4242424242424242", 0, 2030, None, "invalid_expiry_month", "exp_month"),
        ("4242424242424242", 13, 2030, None, "invalid_expiry_month", "exp_month"),
        ("4242424242424242", 10, 2026, None, "invalid_expiry_month", "exp_month"),
        ("4242424242424242", 12, 2025, None, "invalid_expiry_year", "exp_year"),
        ("4242424242424242", 12, 95, None, "invalid_expiry_year", "exp_year"),
        ("4242424242424242", 12, 2077, None, "invalid_expiry_year", "exp_year"),
        ("4242424242424242", 12, -1, None, "invalid_expiry_year", "exp_year"),
        ("4242424242424242", 1, 2030, "99", "invalid_cvc", "cvc"),
        ("4242424242424242", 1, 2030, "1234", "invalid_cvc", "cvc"),
        ("4242424242424242", 1, 2030, "12a", "invalid_cvc", "cvc"),
        ("378282246310005", 1, 2030, "12345", "invalid_cvc", "cvc"),
    ],
)
def test_typed_cards_that_are_not_right(
    number: str, month: int, year: int, cvc: str | None, code: str, param: str
) -> None:
    with pytest.raises(CardDeclined) as refused:
        cards.validate(number, month, year, cvc, NOW)

    assert (refused.value.code, refused.value.param) == (code, param)
    assert refused.value.decline_code is None
    assert not any(character.isdigit() for character in refused.value.message)


def test_each_mode_has_its_own_cards() -> None:
    real = "4000000000000010005"  # nobody's: 19 digits of a range that issues 16
    assert cards.luhn_valid(real)

    with pytest.raises(CardDeclined, match="test mode, but used a non test") as in_test:
        cards.validate(real, 1, 2030, None, NOW)
    with pytest.raises(CardDeclined, match="live mode, but used a known test card") as in_live:
        cards.validate("4242424242424242", 1, 2030, None, NOW, livemode=True)

    assert (in_test.value.code, in_test.value.decline_code) == ("card_declined", "test_mode_live_card")
    assert in_live.value.decline_code == "live_mode_test_card"
    assert cards.validate(real, 1, 2030, None, NOW, livemode=True).number == real


@pytest.mark.parametrize(
    ("month", "year", "expired"), [(11, 2026, False), (10, 2026, True), (12, 2025, True), (1, 2027, False)]
)
def test_a_card_is_good_through_its_month(month: int, year: int, expired: bool) -> None:
    assert cards.expired(month, year, NOW) is expired


@every_card
def test_magic_cards_are_always_good(card: TestCard) -> None:
    clear = cards.clear(card, NOW)

    assert (clear.exp_month, clear.exp_year) == (11, 2027)
    assert cards.validate(clear.number, clear.exp_month, clear.exp_year, clear.verification, NOW) == clear


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("4242424242424242", ("visa", "visa", "credit", "US", ("visa",), "unregulated", True)),
        ("4000056655665556", ("visa", "visa", "debit", "US", ("visa",), "regulated", True)),
        ("378282246310005", ("amex", "american_express", "credit", "US", ("amex",), "unregulated", False)),
        (
            "4000002500001001",
            ("visa", "cartes_bancaires", "debit", "FR", ("cartes_bancaires", "visa"), "unregulated", True),
        ),
        (
            "5555050360000080",
            ("mastercard", "eftpos_australia", "debit", "AU", ("eftpos_au", "mastercard"), "unregulated", True),
        ),
        ("4000000000000010005", ("visa", "visa", "unknown", None, ("visa",), None, True)),
    ],
)
def test_what_is_shown_of_a_card(number: str, expected: tuple[object, ...]) -> None:
    shown = cards.details(number)

    assert (
        shown.brand,
        shown.display_brand,
        shown.funding,
        shown.country,
        shown.networks,
        shown.regulated_status,
        shown.three_d_secure,
    ) == expected
    assert (shown.iin, shown.last4) == (number[:6], number[-4:])
    assert number not in repr(shown)


@pytest.mark.parametrize(
    ("alias", "on_session", "after_setup", "without_setup"),
    [
        ("authenticationRequiredOnSetup", "challenge", "none", "refused"),
        ("authenticationRequired", "challenge", "refused", "refused"),
        ("authenticationRequiredSetupForOffSession", "challenge", "none", "none"),
        ("authenticationRequiredChargeDeclinedInsufficientFunds", "challenge", "none", "none"),
        ("threeDSecure2Required", "challenge", "refused", "refused"),
        ("threeDSecureRequiredChargeDeclined", "challenge", "refused", "refused"),
        ("threeDSecureRequiredProcessingError", "error", "error", "error"),
        ("threeDSecureOptional", "none", "none", "none"),
        ("threeDSecureOptionalProcessingError", "none", "none", "none"),
        ("visa", "none", "none", "none"),
        ("amex", "none", "none", "none"),
    ],
)
def test_authentication_table(
    alias: str, on_session: Authentication, after_setup: Authentication, without_setup: Authentication
) -> None:
    card = cards.magic_payment_method(f"pm_card_{alias}")
    assert card is not None
    mode = card.three_d_secure

    assert cards.authentication(mode, off_session=False) == on_session
    assert cards.authentication(mode, off_session=True, set_up=True) == after_setup
    assert cards.authentication(mode, off_session=True) == without_setup


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("optional", "challenge"), ("optional_error", "error"), ("unenrolled", "none"), ("not_supported", "none")],
)
def test_3d_secure_that_the_merchant_asks_for(mode: cards.ThreeDSecure, expected: Authentication) -> None:
    assert cards.authentication(mode, off_session=False, requested=True) == expected
    assert cards.authentication(mode, off_session=True, requested=True) == "none"
