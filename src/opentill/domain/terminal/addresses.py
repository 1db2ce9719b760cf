"""What a Location's address must have, by country (guide "Manage locations", its table of required fields).

Outside Japan a location has `address`; in Japan it has `address_kana` or `address_kanji` (or both) instead, and at
least one of its three display names. The country decides the readers' currency, language and brands, so it never
changes: another country is another location.
"""

from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

import msgspec

from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.shared import Address, JapanAddress
from opentill.domain.terminal import refusals

Part: TypeAlias = Literal["line1", "city", "state", "postal_code", "country"]

JAPAN: Final = "JP"
DISPLAY_NAME_MAX: Final = 1000  # characters

_REQUIRED: Final[tuple[tuple[tuple[Part, ...], str], ...]] = (
    (("line1", "city", "state", "postal_code", "country"), "AU CA ES IT JP US"),
    (
        ("line1", "city", "postal_code", "country"),
        "AT BE CH CZ DE DK EE FI FR GB HU LI LT LU LV MY NL NO NZ PL PT RO SE SK",
    ),
    (("line1", "postal_code", "country"), "BG CY HR IE MT SG SI"),
    (("line1", "country"), "GI"),
)

REQUIRED_PARTS: Final[dict[str, tuple[Part, ...]]] = {
    country: parts for parts, countries in _REQUIRED for country in countries.split()
}
"""Country → the parts its addresses need. These are the countries where live locations can be."""

_ELSEWHERE: Final[tuple[Part, ...]] = ("line1", "country")  # test mode only: no address rules are published

# ISO 3166-1 alpha-2
_COUNTRIES: Final = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
    CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA
    GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS
    MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS
    RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW
    TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()
)

_CURRENCIES: Final[tuple[tuple[str, str], ...]] = (
    ("aud", "AU"),
    ("cad", "CA"),
    ("chf", "CH LI"),
    ("czk", "CZ"),
    ("dkk", "DK"),
    ("eur", "AT BE BG CY DE EE ES FI FR HR IE IT LT LU LV MT NL PT SI SK"),
    ("gbp", "GB"),
    ("gip", "GI"),
    ("huf", "HU"),
    ("jpy", "JP"),
    ("myr", "MY"),
    ("nok", "NO"),
    ("nzd", "NZ"),
    ("pln", "PL"),
    ("ron", "RO"),
    ("sek", "SE"),
    ("sgd", "SG"),
    ("usd", "US"),
)
CURRENCY: Final[dict[str, str]] = {
    country: currency for currency, countries in _CURRENCIES for country in countries.split()
}
"""Country → the currency its readers charge in. Elsewhere (test mode only) none is prescribed."""


class NewLocation(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of a create request that the rules are about; None is "not given"."""

    address: Address | None = None
    address_kana: JapanAddress | None = None
    address_kanji: JapanAddress | None = None
    display_name: str | None = None
    display_name_kana: str | None = None
    display_name_kanji: str | None = None


def check_new_location(new: NewLocation, *, livemode: bool) -> NewLocation:
    """`new` with its countries in upper case. Raises InvalidRequest where it is not enough for a location."""
    _check_names(new)
    if new.address_kana is not None or new.address_kanji is not None:
        return _check_japan(new)
    if new.address is None:
        raise refusals.missing("address")
    country = _country(new.address.country, "address[country]")
    if country == JAPAN:
        raise refusals.invalid(
            "The address of a location in Japan is given in `address_kana` or `address_kanji`, not in `address`.",
            "address",
        )
    if livemode and country not in REQUIRED_PARTS:
        raise refusals.location_country_unsupported(country)
    address = msgspec.structs.replace(new.address, country=country)
    _check_parts(address, "address")
    if not new.display_name:
        raise refusals.missing("display_name")
    for param, value in (("display_name_kana", new.display_name_kana), ("display_name_kanji", new.display_name_kanji)):
        if value:
            raise refusals.invalid(f"`{param}` is only for locations in Japan.", param)
    return msgspec.structs.replace(new, address=address)


def country_of(new: NewLocation) -> str:
    """The country of a location that passed `check_new_location`."""
    for address in (new.address, new.address_kana, new.address_kanji):
        if address is not None and address.country:
            return address.country
    raise ValueError("a location without a country was not checked")


def check_changed_address(
    old: Address | JapanAddress, new: Address | JapanAddress, param: str, *, japan: bool | None = None
) -> None:
    """Whether a location may go from `old` to `new` (whole addresses; `param` is "address" or "address_kana"...).

    Raises InvalidRequest if the country would change or a required part would be gone. `japan` says where the
    location is when `old` is empty, as the kanji address of one that has only a kana address.
    """
    before = old.country or (JAPAN if japan else None)
    after = (new.country or before or "").upper()
    if before is not None and after != before:
        raise refusals.invalid(
            f"You can't change the country of a location, which is {before}. Create a new location and register its "
            "readers there.",
            f"{param}[country]",
        )
    if (param == "address") == (after == JAPAN):
        raise refusals.invalid(f"A location in {after} has no `{param}`.", param)
    _check_parts(new if new.country else msgspec.structs.replace(new, country=after), param)


def check_currency(country: str, currency: str) -> None:
    """Whether readers in `country` charge in `currency` (lower case). Raises InvalidRequest.

    "Account, location and currency of the same country" (regional considerations); no message is published.
    """
    expected = CURRENCY.get(country)
    if expected is not None and currency != expected:
        raise InvalidRequest(
            f"Readers in {country} accept payments in {expected} only, but this payment is in {currency}.",
            code="terminal_reader_invalid_location_for_payment",
            param="payment_intent",
        )


def _check_japan(new: NewLocation) -> NewLocation:
    if new.address is not None:
        raise refusals.invalid("`address` may not be sent together with `address_kana` or `address_kanji`.", "address")
    checked: dict[str, JapanAddress] = {}
    for param, address in (("address_kana", new.address_kana), ("address_kanji", new.address_kanji)):
        if address is None:
            continue
        country = _country(address.country or JAPAN, f"{param}[country]")
        if country != JAPAN:
            raise refusals.invalid(f"`{param}` is only for locations in Japan.", param)
        checked[param] = msgspec.structs.replace(address, country=country)
        _check_parts(checked[param], param)
    if not (new.display_name or new.display_name_kana or new.display_name_kanji):
        raise refusals.missing("display_name")
    return msgspec.structs.replace(new, **checked)


def _check_names(new: NewLocation) -> None:
    names: Sequence[tuple[str, str | None]] = (
        ("display_name", new.display_name),
        ("display_name_kana", new.display_name_kana),
        ("display_name_kanji", new.display_name_kanji),
    )
    for param, value in names:
        if value is not None and len(value) > DISPLAY_NAME_MAX:
            raise refusals.too_long(param, DISPLAY_NAME_MAX, len(value))


def _country(given: str | None, param: str) -> str:
    if not given:
        raise refusals.missing(param)
    country = given.upper()
    if country not in _COUNTRIES:
        raise InvalidRequest(
            f"Country '{given[:10]}' is unknown. Try using a 2-character alphanumeric country code instead, such as "
            "'US', 'EG', or 'GB'.",
            code="country_code_invalid",
            param=param,
        )
    return country


def _check_parts(address: Address | JapanAddress, param: str) -> None:
    for part in REQUIRED_PARTS.get(address.country or "", _ELSEWHERE):
        value: str | None = getattr(address, part)
        if value is None or not value.strip():
            raise refusals.missing(f"{param}[{part}]")
