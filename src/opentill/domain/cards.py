"""Cards: numbers, brands, what the API shows of a card, and whether it needs its holder's authentication."""

import re
import time
from typing import Final, Literal, TypeAlias

import msgspec

from opentill.domain.declines import DECLINES
from opentill.domain.errors import CardDeclined
from opentill.domain.testcards import (
    TEST_CARDS,
    Brand,
    Check,
    DisputeKind,
    Funding,
    RiskLevel,
    TestCard,
    ThreeDSecure,
    magic_payment_method,
    magic_token,
    named,
    simulated_card,
    test_card,
)

__all__ = [
    "TEST_CARDS",
    "Authentication",
    "Brand",
    "CardDetails",
    "Check",
    "ClearCard",
    "DisputeKind",
    "Funding",
    "RiskLevel",
    "TestCard",
    "ThreeDSecure",
    "authentication",
    "brand_of",
    "clear",
    "declined",
    "details",
    "expired",
    "luhn_valid",
    "magic_payment_method",
    "magic_token",
    "named",
    "simulated_card",
    "test_card",
    "validate",
]


class ClearCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card in clear. Only the vault makes one from storage, and it is never shown: repr hides it.

    `pin` is what its holder keyed in, for the issuer to check.
    """

    number: str
    exp_month: int
    exp_year: int
    verification: str | None = None
    pin: str | None = None

    def __repr__(self) -> str:
        return "ClearCard(…)"

    __str__ = __repr__


# Ranges of leading digits, longest first so that a domestic range inside an international one wins.
# ISO/IEC 7812 prefixes as the schemes publish them; the three domestic ones are those of the test cards (a real
# domestic range comes from the acquirer's BIN table).
_RANGES: Final[tuple[tuple[int, int, Brand], ...]] = (
    (47110099, 47110099, "girocard"),
    (62800003, 62800003, "eftpos_au"),
    (450644, 450644, "interac"),
    (2221, 2720, "mastercard"),
    (3528, 3589, "jcb"),
    (6011, 6011, "discover"),
    (3095, 3095, "diners"),
    (300, 305, "diners"),
    (644, 649, "discover"),
    (34, 34, "amex"),
    (36, 36, "diners"),
    (37, 37, "amex"),
    (38, 39, "diners"),
    (51, 55, "mastercard"),
    (62, 62, "unionpay"),
    (65, 65, "discover"),
    (81, 81, "unionpay"),
    (4, 4, "visa"),
)
_LENGTHS: Final[dict[Brand, frozenset[int]]] = {
    "amex": frozenset({15}),
    "diners": frozenset(range(14, 20)),
    "discover": frozenset(range(16, 20)),
    "eftpos_au": frozenset(range(16, 20)),
    "girocard": frozenset(range(16, 20)),
    "interac": frozenset(range(16, 20)),
    "jcb": frozenset(range(16, 20)),
    "mastercard": frozenset({16}),
    "unionpay": frozenset(range(16, 20)),
    "visa": frozenset({13, 16, 19}),
}
_ANY_LENGTH: Final = frozenset(range(12, 20))

_DISPLAY_BRANDS: Final[dict[Brand, str]] = {
    "amex": "american_express",
    "diners": "diners_club",
    "eftpos_au": "eftpos_australia",
    "unionpay": "union_pay",
    "unknown": "other",
}

# What doubling a digit adds to the Luhn sum.
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
_DIGITS: Final = re.compile(r"[0-9]{12,19}")
_CODE: Final = re.compile(r"[0-9]{3,4}")


def luhn_valid(number: str) -> bool:
    """Whether the check digit of `number` (digits only) is right (ISO/IEC 7812-1, annex B)."""
    values = [ord(digit) - 48 for digit in reversed(number)]
    return (sum(values[::2]) + sum(_DOUBLED[value] for value in values[1::2])) % 10 == 0


def brand_of(number: str) -> Brand:
    """The brand by the leading digits; "unknown" if no range fits."""
    for low, high, brand in _RANGES:
        lead = number[: len(str(low))]
        if lead.isdecimal() and low <= int(lead) <= high and len(lead) == len(str(low)):
            return brand
    return "unknown"


class CardDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What may be shown of a card (PCI DSS 3.4.1: the IIN and the last four digits).

    `networks` are those the card can be routed over, the domestic one first. `regulated_status` is about US
    debit interchange. `three_d_secure` is whether the card supports 3D Secure at all.
    """

    brand: Brand
    display_brand: str
    funding: Funding
    country: str | None
    networks: tuple[Brand, ...]
    regulated_status: Literal["regulated", "unregulated"] | None
    three_d_secure: bool
    last4: str
    iin: str


def details(number: str) -> CardDetails:
    """What the API shows of the card with that number."""
    known = test_card(number)
    brand: Brand = known.brand if known else brand_of(number)
    network = known.network if known else None
    return CardDetails(
        brand=brand,
        display_brand=_DISPLAY_BRANDS.get(network or brand, network or brand),
        funding=known.funding if known else "unknown",
        country=known.country if known else None,
        networks=(network, brand) if network else (brand,),
        regulated_status=("regulated" if known.funding == "debit" and known.country == "US" else "unregulated")
        if known
        else None,
        three_d_secure=known.three_d_secure != "not_supported" if known else True,
        last4=number[-4:],
        iin=number[:6],
    )


def declined(decline_code: str) -> CardDeclined:
    """The refusal for a card that is declined without asking the network."""
    row = DECLINES[decline_code]
    return CardDeclined(row.message, code=row.code, decline_code=row.decline_code, param=row.param)


def expired(exp_month: int, exp_year: int, now: int) -> bool:
    """Whether a card that is good through that month is past it at `now` (seconds since the epoch, UTC)."""
    today = time.gmtime(now)
    return (exp_year, exp_month) < (today.tm_year, today.tm_mon)


def clear(card: TestCard, now: int) -> ClearCard:
    """A test card as if somebody had typed it at `now`: good for another year, with a verification code."""
    today = time.gmtime(now)
    code = "1234" if card.brand == "amex" else "123"
    return ClearCard(number=card.number, exp_month=today.tm_mon, exp_year=today.tm_year + 1, verification=code)


def validate(
    number: str, exp_month: int, exp_year: int, cvc: str | None, now: int, *, livemode: bool = False
) -> ClearCard:
    """The card that was typed in, cleaned: spaces and hyphens out of the number, four digits for the year.

    Two-digit years are within 50 years of `now` (seconds since the epoch, UTC). Raises CardDeclined (402) with
    the code and parameter of what is wrong, also for a real card in test mode and a test card in live mode.
    """
    number = number.replace(" ", "").replace("-", "")
    if not _DIGITS.fullmatch(number):
        raise CardDeclined("The card number is not a valid credit card number.", code="invalid_number", param="number")
    brand = brand_of(number)
    if not luhn_valid(number) or len(number) not in _LENGTHS.get(brand, _ANY_LENGTH):
        raise CardDeclined("Your card number is incorrect.", code="incorrect_number", param="number")
    if not 1 <= exp_month <= 12:
        raise _bad_expiry("month")
    this_year = time.gmtime(now).tm_year
    if 0 <= exp_year < 100:
        exp_year = _nearest_century(exp_year, this_year)
    if not this_year <= exp_year <= this_year + 50:
        raise _bad_expiry("year")
    if expired(exp_month, exp_year, now):
        raise _bad_expiry("month")
    if cvc is not None and (not _CODE.fullmatch(cvc) or (len(cvc) == 4 and brand != "amex")):
        raise CardDeclined("Your card's security code is invalid.", code="invalid_cvc", param="cvc")
    if (test_card(number) is None) != livemode:
        raise declined("live_mode_test_card" if livemode else "test_mode_live_card")
    return ClearCard(number=number, exp_month=exp_month, exp_year=exp_year, verification=cvc)


def _nearest_century(year: int, this_year: int) -> int:
    """The year that ends in these two digits and is no more than 50 years away."""
    guess = this_year - this_year % 100 + year
    if guess > this_year + 49:
        return guess - 100
    return guess + 100 if guess < this_year - 50 else guess


def _bad_expiry(part: Literal["month", "year"]) -> CardDeclined:
    return CardDeclined(
        f"Your card's expiration {part} is invalid.", code=f"invalid_expiry_{part}", param=f"exp_{part}"
    )


Authentication: TypeAlias = Literal["none", "frictionless", "challenge", "error", "refused"]
"""What 3D Secure does to a payment or setup.

"none": not used. "frictionless": authenticated without a challenge. "challenge": the cardholder must act.
"error": the lookup failed, the payment is declined. "refused": the cardholder is needed and is absent
(`authentication_required`).
"""


def authentication(
    mode: ThreeDSecure, *, off_session: bool, set_up: bool = False, requested: bool = False
) -> Authentication:
    """Whether a card of that 3D Secure behaviour must be authenticated.

    `off_session` is a payment without the cardholder; `set_up` that the card was authenticated for such payments
    before; `requested` that the merchant asks for 3D Secure (`request_three_d_secure` any or challenge). A setup
    counts as on-session. The rows are those of the reference's authentication test cards.
    """
    match mode:
        case "unenrolled" | "not_supported":
            return "none"
        case "optional":
            return "challenge" if requested and not off_session else "none"
        case "optional_error":
            return "error" if requested and not off_session else "none"
        case "frictionless":
            return "frictionless"
        case "lookup_error":
            return "error"
        case "required" | "always":
            return "refused" if off_session else "challenge"
        case "unless_set_up":
            if not off_session:
                return "challenge"
            return "none" if set_up else "refused"
        case "already_set_up" | "on_session":
            return "none" if off_session else "challenge"
