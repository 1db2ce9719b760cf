"""Languages and zones of locations."""

import zoneinfo

import pytest

from opentill.domain.terminal import places
from opentill.domain.terminal.addresses import REQUIRED_PARTS

SEVERAL_ZONES = {"AU": "NSW", "CA": "ON", "US": "CA"}


@pytest.mark.parametrize(
    ("country", "state", "language", "timezone"),
    [
        ("US", "CA", "en", "America/Los_Angeles"),
        ("US", " ny ", "en", "America/New_York"),
        ("US", "AZ", "en", "America/Phoenix"),
        ("US", None, "en", None),
        ("US", "California", "en", None),
        ("CA", "QC", "en", "America/Toronto"),
        ("CA", "CA", "en", None),  # a state of another country
        ("AU", "QLD", "en", "Australia/Brisbane"),
        ("DE", "BE", "de", "Europe/Berlin"),
        ("AT", None, "de", "Europe/Vienna"),
        ("FR", None, "fr", "Europe/Paris"),
        ("ES", None, "es", "Europe/Madrid"),
        ("JP", "東京都", "ja", "Asia/Tokyo"),
        ("ZZ", None, "en", None),
        (None, None, "en", None),
    ],
)
def test_what_follows_from_a_place(country: str | None, state: str | None, language: str, timezone: str | None) -> None:
    assert (places.language(country), places.timezone(country, state)) == (language, timezone)


@pytest.mark.parametrize("country", REQUIRED_PARTS)
def test_every_country_with_readers_has_a_zone_that_exists(country: str) -> None:
    assert places.timezone(country, SEVERAL_ZONES.get(country)) in zoneinfo.available_timezones()


@pytest.mark.parametrize(("country", "count"), [("AU", 8), ("CA", 13), ("US", 52)])
def test_every_state_has_one_zone_that_exists(country: str, count: int) -> None:
    """The states of Australia with its two territories, Canada's, the 50 with D.C. and Puerto Rico."""
    states = [state for _, names in places._STATES[country] for state in names.split()]
    assert len(states) == len(set(states)) == count
    assert {zone for zone, _ in places._STATES[country]} <= zoneinfo.available_timezones()
