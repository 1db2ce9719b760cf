"""Every reason a card payment is declined for, as one table.

A decline code says why the issuer refused. From it follow the API error's `code` and `param`, the words for the
customer, the advice to the merchant and the code of the network (ISO 8583 DE 39). The words give the true reason
only where the customer may know it: a lost, stolen or suspicious card is only ever "declined".
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Advice: TypeAlias = Literal["confirm_card_data", "do_not_try_again", "try_again_later"]

DECLINED: Final = "Your card was declined."
_UNSUPPORTED: Final = "Your card does not support this type of purchase."
_PROCESSING: Final = "An error occurred while processing your card. Try again in a little bit."
_AUTHENTICATE: Final = "Your card was declined. This transaction requires authentication."
_PIN: Final = "Your card was declined. This transaction requires a PIN."


@dataclass(frozen=True, slots=True)
class Decline:
    """One row: what the API says when the network answers `decline_code`.

    `blocked` declines never reached the network: the risk rules stopped them (`outcome.type` is `blocked`).
    """

    decline_code: str
    code: str
    message: str
    param: str | None
    advice_code: Advice | None
    network_decline_code: str | None
    blocked: bool = False

    @property
    def seller_message(self) -> str:
        """`charge.outcome.seller_message`: what the merchant is told."""
        if self.blocked:
            return "Stripe blocked this payment as too risky."
        if self.decline_code == "generic_decline":
            return "The bank did not return any further details with this decline."
        return f"The bank returned the decline code `{self.decline_code}`."


def _row(
    decline_code: str,
    network: str | None = None,
    advice: Advice | None = None,
    *,
    code: str = "card_declined",
    message: str = DECLINED,
    param: str | None = None,
    blocked: bool = False,
) -> Decline:
    return Decline(decline_code, code, message, param, advice, network, blocked)


_ROWS: Final = (
    _row("approve_with_id", "08", "try_again_later"),
    _row("authentication_not_handled", code="authentication_required", message=_AUTHENTICATE),
    _row(
        "authentication_required",
        "1A",
        code="authentication_required",
        message=_AUTHENTICATE,
    ),
    _row("call_issuer", "01"),
    _row("card_not_supported", "57", "do_not_try_again", message=_UNSUPPORTED),
    _row(
        "card_velocity_exceeded",
        "61",
        message="Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
    ),
    _row("currency_not_supported", "57", message="Your card does not support this currency."),
    _row("do_not_honor", "05", "try_again_later"),
    _row("do_not_try_again", "05", "do_not_try_again"),
    _row(
        "duplicate_transaction",
        "94",
        message="A payment with identical amount and card information was submitted very recently.",
    ),
    _row(
        "expired_card",
        "54",
        "confirm_card_data",
        code="expired_card",
        message="Your card has expired.",
        param="exp_month",
    ),
    _row("fraudulent", "59", "do_not_try_again"),
    _row("generic_decline", "01", "try_again_later"),
    _row(
        "incorrect_address",
        "05",
        "confirm_card_data",
        code="incorrect_address",
        message="Your card's address is incorrect.",
    ),
    _row(
        "incorrect_cvc",
        "N7",
        "confirm_card_data",
        code="incorrect_cvc",
        message="Your card's security code is incorrect.",
        param="cvc",
    ),
    _row(
        "incorrect_number",
        "14",
        "confirm_card_data",
        code="incorrect_number",
        message="Your card number is incorrect.",
        param="number",
    ),
    _row("incorrect_pin", "55", message="Your card's PIN is incorrect."),
    _row(
        "incorrect_zip",
        "05",
        "confirm_card_data",
        code="incorrect_zip",
        message="Your card's zip code failed validation.",
        param="address_zip",
    ),
    _row("insufficient_funds", "51", "try_again_later", message="Your card has insufficient funds."),
    _row("invalid_account", "52", "do_not_try_again"),
    _row("invalid_amount", "13", message="Your card was declined: the amount is invalid or exceeds what is allowed."),
    _row("invalid_pin", "55", message="Your card's PIN is incorrect."),
    _row("issuer_not_available", "91", "try_again_later"),
    _row(
        "live_mode_test_card",
        message="Your card was declined. Your request was in live mode, but used a known test card.",
    ),
    _row("lost_card", "41", "do_not_try_again"),
    _row("merchant_blacklist", None, "do_not_try_again", blocked=True),
    _row("new_account_information_available", "05", "confirm_card_data"),
    _row("no_action_taken", "21", "try_again_later"),
    _row("not_permitted", "57", "do_not_try_again", message=_UNSUPPORTED),
    _row("offline_pin_required", "70", code="offline_pin_required", message=_PIN),
    _row("online_or_offline_pin_required", "1A", code="online_or_offline_pin_required", message=_PIN),
    _row("pickup_card", "04", "do_not_try_again"),
    _row("pin_try_exceeded", "75", message="Your card was declined: too many PIN attempts."),
    _row("processing_error", "96", "try_again_later", code="processing_error", message=_PROCESSING),
    _row("reenter_transaction", "19", "try_again_later"),
    _row("restricted_card", "62", "do_not_try_again"),
    _row("revocation_of_all_authorizations", "R3", "do_not_try_again"),
    _row("revocation_of_authorization", "R1", "do_not_try_again"),
    _row("security_violation", "63", "do_not_try_again"),
    _row("service_not_allowed", "58", "do_not_try_again"),
    _row("stolen_card", "43", "do_not_try_again"),
    _row("stop_payment_order", "R0", "do_not_try_again"),
    _row(
        "test_mode_live_card",
        message="Your card was declined. Your request was in test mode, but used a non test (live) card. "
        "For a list of valid test cards, visit: https://stripe.com/docs/testing.",
    ),
    _row("testmode_decline"),
    _row("transaction_not_allowed", "57", "do_not_try_again", message=_UNSUPPORTED),
    _row("try_again_later", "91", "try_again_later"),
    _row("withdrawal_count_limit_exceeded", "65", message="Your card was declined: its limit of payments is reached."),
)

DECLINES: Final = {row.decline_code: row for row in _ROWS}
"""Decline code → what the API says."""

PIN_REQUIRED: Final = frozenset({"offline_pin_required", "online_or_offline_pin_required"})
"""Declines that are also failure codes of charges and of reader actions; the error they leave is `card_declined`."""

GENERIC: Final = DECLINES["generic_decline"]

RADAR_BLOCK: Final = Decline("fraudulent", "card_declined", DECLINED, None, None, None, blocked=True)
"""A payment that the risk rules stopped before the network saw it."""


def decline(decline_code: str) -> Decline:
    """The row of `decline_code`; an unknown code is a generic decline that keeps its own name."""
    row = DECLINES.get(decline_code)
    if row is None:
        return Decline(decline_code, "card_declined", DECLINED, None, None, None)
    return row
