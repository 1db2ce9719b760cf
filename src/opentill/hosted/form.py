"""What a customer typed, checked: a submission, or what is wrong with which field.

The fields have the names that test scripts for the original page know (`email`, `cardNumber`, …). Card data is read
from the form into a ClearCard and nowhere else: it is not among the values that a page is shown with again.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from opentill.domain import cards, checkout
from opentill.domain.cards import ClearCard
from opentill.domain.errors import CardDeclined
from opentill.domain.objects.checkout_session import CheckoutSession, CustomerDetails, ShippingDetails
from opentill.domain.objects.line_item import LineItem
from opentill.domain.objects.shared import Address
from opentill.domain.terminal.addresses import REQUIRED_PARTS, Part
from opentill.hosted.texts import countries
from opentill.services.checkout.submitting import Typed

Problem: TypeAlias = str
"""The name of a text (`texts.catalogue`) that says what is wrong."""

CARD_FIELDS: Final = ("cardNumber", "cardExpiry", "cardCvc")

_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@.]+")
_EXPIRY: Final = re.compile(r"\s*(\d{1,2})\s*[/\-. ]\s*(\d{4}|\d{2})\s*|(\d{2})(\d{2})|(\d{2})(\d{4})")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")

# Where the postal code belongs to what the issuer checks, so that it is asked for even if no address is.
POSTAL: Final = {
    "US": re.compile(r"\d{5}(-?\d{4})?"),
    "CA": re.compile(r"[A-Z]\d[A-Z] ?\d[A-Z]\d"),
    "GB": re.compile(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}"),
}

_LENGTHS: Final = {"email": 512, "phoneNumber": 40}
_LENGTH: Final = 200

# The parts of an address, by the names of their fields after "billing" or "shipping".
PARTS: Final[dict[Part, str]] = {
    "line1": "AddressLine1",
    "city": "Locality",
    "state": "AdministrativeArea",
    "postal_code": "PostalCode",
    "country": "Country",
}


ELSEWHERE: Final[tuple[Part, ...]] = ("line1", "city", "country")
"""What an address needs in countries that nothing more is known of."""


def needed(country: str) -> tuple[Part, ...]:
    """What an address in a country needs."""
    return REQUIRED_PARTS.get(country, ELSEWHERE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the page of a session asks for. `email` is the one that is known already and cannot be changed."""

    email: str | None
    card: bool
    address: bool
    phone: bool
    shipping: tuple[str, ...]
    lines: tuple[LineItem, ...] = ()


def wanted(session: CheckoutSession, lines: list[LineItem], email: str | None) -> Wanted:
    """What the page of a session asks for."""
    phone = session.phone_number_collection
    shipping = session.shipping_address_collection
    return Wanted(
        email=email,
        card=session.mode == "setup" or bool(session.amount_total),
        address=session.billing_address_collection == "required",
        phone=getattr(phone, "enabled", False) is True,
        shipping=() if shipping is None else _places(shipping.allowed_countries),
        lines=tuple(lines),
    )


def _places(allowed: Sequence[str]) -> tuple[str, ...]:
    """The countries that goods can be sent to: ZZ stands for all that are not named."""
    known = countries("en")
    return tuple(known) if "ZZ" in allowed else tuple(code for code in known if code in allowed)


@dataclass(slots=True)
class Filled:
    """A form as it came: `values` are what a page may show again, `problems` say what is wrong with which field.

    `declined` is the refusal of a card that cannot be used here at all.
    """

    values: dict[str, str]
    problems: dict[str, Problem] = field(default_factory=dict[str, Problem])
    declined: CardDeclined | None = None


def read(form: Mapping[str, str], wanted: Wanted, *, now: int, livemode: bool) -> tuple[Filled, Typed | None]:
    """The form as a page may show it again, and the submission if nothing is wrong with it. `now` is in seconds."""
    values = {name: _CONTROL.sub(" ", value).strip() for name, value in form.items() if name not in CARD_FIELDS}
    filled = Filled(values)
    email = wanted.email or _email(filled)
    name = _text(filled, "billingName", required=wanted.card)
    address = _billing(filled, wanted) if wanted.card or wanted.address else None
    phone = _text(filled, "phoneNumber", required=True) if wanted.phone else None
    shipping = _shipping(filled, wanted.shipping) if wanted.shipping else None
    quantities = _quantities(filled, wanted.lines)
    card = _card(form, filled, now=now, livemode=livemode) if wanted.card else None
    if filled.problems or filled.declined is not None:
        return filled, None
    details = CustomerDetails(address=address, email=email, name=name, phone=phone, tax_exempt="none", tax_ids=[])
    amount = values.get("expectedAmount", "")
    return filled, Typed(
        card=card,
        details=details,
        shipping=shipping,
        quantities=quantities,
        amount=int(amount) if amount.isascii() and amount.isdecimal() and len(amount) < 16 else None,
    )


def quantities(form: Mapping[str, str], wanted: Wanted) -> tuple[Filled, dict[str, int]]:
    """Only how many of each are wanted, of a form that was sent to see the total."""
    filled = Filled({name: _CONTROL.sub(" ", value).strip() for name, value in form.items() if name not in CARD_FIELDS})
    return filled, _quantities(filled, wanted.lines)


# Parts of it ------------------------------------------------------------------------------------------------------


def _text(filled: Filled, name: str, *, required: bool) -> str | None:
    value = filled.values.get(name, "")
    if not value:
        if required:
            filled.problems[name] = "required"
        return None
    if len(value) > _LENGTHS.get(name, _LENGTH):
        filled.problems[name] = "too_long"
    return value


def _email(filled: Filled) -> str | None:
    value = _text(filled, "email", required=True)
    if value is not None and _EMAIL.fullmatch(value) is None:
        filled.problems.setdefault("email", "email_invalid")
    return value


def _billing(filled: Filled, wanted: Wanted) -> Address:
    country = filled.values.get("billingCountry", "")
    if wanted.address:
        return _address(filled, "billing", None)
    if country not in countries("en"):
        filled.problems["billingCountry"] = "country_invalid"
    code = _text(filled, "billingPostalCode", required=country in POSTAL)
    _check_postal(filled, "billingPostalCode", country, code)
    return Address(country=country, postal_code=code)


def _shipping(filled: Filled, allowed: tuple[str, ...]) -> ShippingDetails:
    name = _text(filled, "shippingName", required=True)
    return ShippingDetails(address=_address(filled, "shipping", allowed), name=name or "")


def _address(filled: Filled, prefix: str, allowed: tuple[str, ...] | None) -> Address:
    country = filled.values.get(f"{prefix}Country", "")
    if country not in (countries("en") if allowed is None else allowed):
        filled.problems[f"{prefix}Country"] = "country_invalid"
    must = needed(country)
    parts = {
        part: _text(filled, prefix + name, required=part in must) for part, name in PARTS.items() if part != "country"
    }
    _check_postal(filled, f"{prefix}PostalCode", country, parts["postal_code"])
    return Address(**parts, country=country, line2=_text(filled, f"{prefix}AddressLine2", required=False))


def _check_postal(filled: Filled, name: str, country: str, code: str | None) -> None:
    pattern = POSTAL.get(country)
    if pattern is not None and code is not None and pattern.fullmatch(code.upper()) is None:
        filled.problems.setdefault(name, "postal_invalid")


def _quantities(filled: Filled, lines: tuple[LineItem, ...]) -> dict[str, int]:
    wanted: dict[str, int] = {}
    for line in lines:
        name = f"quantity-{line.id}"
        least, most = checkout.quantity_bounds(line)
        if least == most or name not in filled.values:
            continue
        value = filled.values[name]
        number = int(value) if value.isascii() and value.isdecimal() and len(value) < 7 else -1
        if least <= number <= most:
            wanted[line.id] = number
        else:
            filled.problems[name] = "quantity_invalid"
    return wanted


_BY_CODE: Final = {
    "invalid_number": ("cardNumber", "number_incomplete"),
    "incorrect_number": ("cardNumber", "number_invalid"),
    "invalid_expiry_month": ("cardExpiry", "expiry_past"),
    "invalid_expiry_year": ("cardExpiry", "expiry_past"),
    "invalid_cvc": ("cardCvc", "cvc_incomplete"),
}


def _card(form: Mapping[str, str], filled: Filled, *, now: int, livemode: bool) -> ClearCard | None:
    number, cvc = form.get("cardNumber", "").strip(), form.get("cardCvc", "").strip()
    if not number:
        filled.problems["cardNumber"] = "required"
    elif len(re.sub(r"\D", "", number)) < 13:
        filled.problems["cardNumber"] = "number_incomplete"
    typed = form.get("cardExpiry", "")
    match = _EXPIRY.fullmatch(typed)
    month, year = [int(part) for part in match.groups() if part] if match is not None else (0, 0)
    if not 1 <= month <= 12:
        filled.problems["cardExpiry"] = "expiry_incomplete" if typed.strip() else "required"
    digits = 4 if cards.brand_of(re.sub(r"\D", "", number) or "0") == "amex" else 3
    if not cvc:
        filled.problems["cardCvc"] = "required"
    elif len(cvc) < digits:
        filled.problems["cardCvc"] = "cvc_incomplete"
    if any(name in filled.problems for name in CARD_FIELDS):
        return None
    try:
        return cards.validate(number, month, year, cvc, now, livemode=livemode)
    except CardDeclined as declined:
        problem = _BY_CODE.get(declined.code or "")
        if problem is None:
            filled.declined = declined
        else:
            filled.problems[problem[0]] = problem[1]
        return None


# Declines ---------------------------------------------------------------------------------------------------------

_DECLINES: Final[dict[str, Problem]] = {
    "insufficient_funds": "insufficient_funds",
    "expired_card": "expired_card",
    "incorrect_cvc": "incorrect_cvc",
    "incorrect_zip": "incorrect_postal_code",
    "processing_error": "processing_error",
    "card_velocity_exceeded": "too_often",
    "authentication_required": "authentication_needed",
    "test_mode_live_card": "real_card_in_test_mode",
    "live_mode_test_card": "test_card_in_live_mode",
}
_AT_FIELD: Final = {"incorrect_cvc": "cardCvc", "expired_card": "cardExpiry", "incorrect_zip": "billingPostalCode"}


def told(code: str | None, decline_code: str | None) -> tuple[str | None, Problem]:
    """How a decline is told: at which field, if it is about one, and in which words."""
    for each in (decline_code, code):
        if each in _DECLINES:
            return _AT_FIELD.get(each), _DECLINES[each]
    return None, "declined"
