"""The address rules of locations (terminal.md 1.2)."""

from typing import Any

import pytest
from msgspec.structs import replace

from opentill.domain.errors import InvalidRequest
from opentill.domain.money import CURRENCIES
from opentill.domain.objects.shared import Address, JapanAddress
from opentill.domain.terminal import addresses
from opentill.domain.terminal.addresses import NewLocation

FULL = Address(line1="1 Main Street", city="Town", state="CA", postal_code="12345", country="US")
KANJI = JapanAddress(line1="27-15", town="神宮前", city="渋谷区", state="東京都", postal_code="1500001", country="JP")

BY_RULE = {
    "line1 city state postal_code country": "AU CA ES IT US",
    "line1 city postal_code country": ("AT BE CH CZ DE DK EE FI FR GB HU LI LT LU LV MY NL NO NZ PL PT RO SE SK"),
    "line1 postal_code country": "BG CY HR IE MT SG SI",
    "line1 country": "GI",
}
RULES = [(country, parts.split()) for parts, countries in BY_RULE.items() for country in countries.split()]


def create(**members: Any) -> NewLocation:
    return addresses.check_new_location(NewLocation(**{"display_name": "HQ", **members}), livemode=False)


@pytest.mark.parametrize(("country", "required"), RULES)
def test_required_parts(country: str, required: list[str]) -> None:
    given: dict[str, str | None] = {part: getattr(FULL, part) for part in required}
    exactly = Address(**{**given, "country": country})
    assert create(address=exactly).address == exactly
    for part in required:
        with pytest.raises(InvalidRequest) as refused:
            create(address=replace(exactly, **{part: None}))
        assert (refused.value.code, refused.value.param) == ("parameter_missing", f"address[{part}]")


@pytest.mark.parametrize("blank", ["", "   "])
def test_a_blank_part_is_missing(blank: str) -> None:
    with pytest.raises(InvalidRequest, match=r"Missing required param: address\[city\]"):
        create(address=replace(FULL, city=blank))


def test_the_country_is_kept_in_upper_case() -> None:
    location = create(address=replace(FULL, country="us"))
    assert location.address == FULL
    assert addresses.country_of(location) == "US"


@pytest.mark.parametrize("country", ["XX", "USA", "U", "Germany"])
def test_an_unknown_country(country: str) -> None:
    with pytest.raises(InvalidRequest, match="is unknown") as refused:
        create(address=replace(FULL, country=country))
    assert refused.value.code == "country_code_invalid"


def test_a_country_without_readers_is_for_test_mode_only() -> None:
    brazil = NewLocation(address=Address(line1="Rua 1", country="BR"), display_name="Loja")
    assert addresses.check_new_location(brazil, livemode=False) == brazil
    with pytest.raises(InvalidRequest) as refused:
        addresses.check_new_location(brazil, livemode=True)
    assert refused.value.code == "terminal_location_country_unsupported"


def test_live_locations_in_every_country_of_the_table() -> None:
    for country in addresses.REQUIRED_PARTS:
        if country != "JP":
            location = NewLocation(address=replace(FULL, country=country), display_name="HQ")
            assert addresses.check_new_location(location, livemode=True) == location


@pytest.mark.parametrize(
    ("members", "param"),
    [
        ({}, "address"),
        ({"address": FULL, "display_name": None}, "display_name"),
        ({"address": FULL, "display_name": ""}, "display_name"),
        ({"address": FULL, "display_name": "x" * 1001}, "display_name"),
        ({"address": FULL, "display_name_kana": "ホンシャ"}, "display_name_kana"),
        ({"address": replace(FULL, country="JP")}, "address"),
        ({"address": FULL, "address_kanji": KANJI}, "address"),
        ({"address_kanji": replace(KANJI, country="US")}, "address_kanji"),
        ({"address_kanji": replace(KANJI, city=None)}, "address_kanji[city]"),
        ({"address_kana": KANJI, "display_name": None}, "display_name"),
        ({"address_kana": KANJI, "display_name": None, "display_name_kanji": "x" * 1001}, "display_name_kanji"),
    ],
)
def test_refused(members: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        create(**members)
    assert refused.value.param == param


@pytest.mark.parametrize(
    "members",
    [
        {"address_kanji": KANJI},
        {"address_kana": KANJI},
        {"address_kana": KANJI, "address_kanji": KANJI},
        {"address_kanji": KANJI, "display_name": None, "display_name_kanji": "本社"},
        {"address_kanji": replace(KANJI, country=None)},
        {"address": FULL, "display_name": "x" * 1000},
    ],
)
def test_accepted(members: dict[str, Any]) -> None:
    location = create(**members)
    assert addresses.country_of(location) == ("US" if "address" in members else "JP")


@pytest.mark.parametrize(
    ("old", "new", "param", "refused_param"),
    [
        (FULL, replace(FULL, city="Elsewhere"), "address", None),
        (FULL, replace(FULL, country="us"), "address", None),
        (FULL, replace(FULL, country=None), "address", None),
        (FULL, replace(FULL, country="CA"), "address", "address[country]"),
        (FULL, replace(FULL, city=None), "address", "address[city]"),
        (FULL, replace(KANJI, country="US"), "address_kanji", "address_kanji"),
        (KANJI, replace(KANJI, town="代々木"), "address_kanji", None),
        (KANJI, FULL, "address", "address[country]"),
        (JapanAddress(), replace(KANJI, country=None), "address_kana", None),
    ],
)
def test_the_country_never_changes(
    old: Address | JapanAddress, new: Address | JapanAddress, param: str, refused_param: str | None
) -> None:
    if refused_param is None:
        addresses.check_changed_address(old, new, param, japan=param != "address")
        return
    with pytest.raises(InvalidRequest) as refused:
        addresses.check_changed_address(old, new, param, japan=param != "address")
    assert refused.value.param == refused_param


@pytest.mark.parametrize(
    ("country", "currency", "accepted"),
    [
        ("US", "usd", True),
        ("US", "eur", False),
        ("DE", "eur", True),
        ("GB", "eur", False),
        ("JP", "jpy", True),
        ("LI", "chf", True),
        ("BR", "brl", True),  # no readers there: nothing prescribed
    ],
)
def test_readers_charge_in_the_currency_of_their_country(country: str, currency: str, *, accepted: bool) -> None:
    if accepted:
        addresses.check_currency(country, currency)
        return
    with pytest.raises(InvalidRequest) as refused:
        addresses.check_currency(country, currency)
    assert refused.value.code == "terminal_reader_invalid_location_for_payment"


def test_every_country_with_readers_has_a_currency() -> None:
    assert set(addresses.CURRENCY) == set(addresses.REQUIRED_PARTS)
    assert set(addresses.CURRENCY.values()) <= CURRENCIES | {"gip"}
