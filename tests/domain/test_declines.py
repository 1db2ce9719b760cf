"""The table of declines agrees with what the reference documents and with the cards that use it."""

import pytest

from opentill.domain import cards
from opentill.domain.declines import DECLINES, RADAR_BLOCK, decline

OTHER_CODES = """
    authentication_required authentication_not_handled approve_with_id call_issuer card_not_supported
    currency_not_supported do_not_honor do_not_try_again duplicate_transaction incorrect_address incorrect_pin
    incorrect_zip invalid_account invalid_amount invalid_pin issuer_not_available merchant_blacklist
    new_account_information_available no_action_taken not_permitted offline_pin_required
    online_or_offline_pin_required pickup_card pin_try_exceeded reenter_transaction restricted_card
    revocation_of_authorization revocation_of_all_authorizations security_violation service_not_allowed
    stop_payment_order testmode_decline transaction_not_allowed try_again_later withdrawal_count_limit_exceeded
""".split()


@pytest.mark.parametrize(
    ("decline_code", "code", "message", "param", "advice"),
    [
        ("generic_decline", "card_declined", "Your card was declined.", None, "try_again_later"),
        ("insufficient_funds", "card_declined", "Your card has insufficient funds.", None, "try_again_later"),
        ("lost_card", "card_declined", "Your card was declined.", None, "do_not_try_again"),
        ("stolen_card", "card_declined", "Your card was declined.", None, "do_not_try_again"),
        ("expired_card", "expired_card", "Your card has expired.", "exp_month", "confirm_card_data"),
        ("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect.", "cvc", "confirm_card_data"),
        (
            "processing_error",
            "processing_error",
            "An error occurred while processing your card. Try again in a little bit.",
            None,
            "try_again_later",
        ),
        (
            "card_velocity_exceeded",
            "card_declined",
            "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
            None,
            None,
        ),
        (
            "authentication_required",
            "authentication_required",
            "Your card was declined. This transaction requires authentication.",
            None,
            None,
        ),
    ],
)
def test_documented_declines(decline_code: str, code: str, message: str, param: str | None, advice: str | None) -> None:
    row = decline(decline_code)

    assert (row.code, row.message, row.param, row.advice_code) == (code, message, param, advice)


@pytest.mark.parametrize("decline_code", OTHER_CODES)
def test_every_documented_code_has_a_row(decline_code: str) -> None:
    assert DECLINES[decline_code].decline_code == decline_code


@pytest.mark.parametrize("decline_code", ["lost_card", "stolen_card", "pickup_card", "fraudulent"])
def test_the_cardholder_is_told_no_more_than_declined(decline_code: str) -> None:
    assert decline(decline_code).message == "Your card was declined."


def test_what_the_merchant_is_told() -> None:
    assert decline("lost_card").seller_message == "The bank returned the decline code `lost_card`."
    assert decline("generic_decline").seller_message == "The bank did not return any further details with this decline."
    assert "bank" not in RADAR_BLOCK.seller_message


def test_an_unknown_code_keeps_its_name() -> None:
    row = decline("made_up")

    assert (row.code, row.decline_code, row.message) == ("card_declined", "made_up", "Your card was declined.")


def test_every_card_declines_with_a_row_of_the_table() -> None:
    assert {card.decline for card in cards.TEST_CARDS if card.decline} <= DECLINES.keys()


def test_network_codes_have_two_characters() -> None:
    assert {len(row.network_decline_code) for row in DECLINES.values() if row.network_decline_code} == {2}
