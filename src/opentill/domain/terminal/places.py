"""What follows for a reader from where it stands: the language of its screens and its local time.

Countries are those where locations can be (addresses.REQUIRED_PARTS). Zones are names of the IANA database; where a
country has several, the state decides, by its usual abbreviation, and a state that lies in two counts to the one in
which most of it is. The location's zone is when "midnight" is for the daily restart (guide "Reboot time").
"""

from typing import Final

_LANGUAGES: Final[tuple[tuple[str, str], ...]] = (
    ("bg", "BG"),
    ("cs", "CZ"),
    ("da", "DK"),
    ("de", "AT CH DE LI"),
    ("el", "CY"),
    ("es", "ES"),
    ("et", "EE"),
    ("fi", "FI"),
    ("fr", "FR LU"),
    ("hr", "HR"),
    ("hu", "HU"),
    ("it", "IT"),
    ("ja", "JP"),
    ("lt", "LT"),
    ("lv", "LV"),
    ("nb", "NO"),
    ("nl", "BE NL"),
    ("pl", "PL"),
    ("pt", "PT"),
    ("ro", "RO"),
    ("sk", "SK"),
    ("sl", "SI"),
    ("sv", "SE"),
)
_LANGUAGE: Final = {country: language for language, countries in _LANGUAGES for country in countries.split()}

_ZONES: Final[dict[str, str]] = {
    "AT": "Europe/Vienna",
    "BE": "Europe/Brussels",
    "BG": "Europe/Sofia",
    "CH": "Europe/Zurich",
    "CY": "Asia/Nicosia",
    "CZ": "Europe/Prague",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "EE": "Europe/Tallinn",
    "ES": "Europe/Madrid",
    "FI": "Europe/Helsinki",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "GI": "Europe/Gibraltar",
    "HR": "Europe/Zagreb",
    "HU": "Europe/Budapest",
    "IE": "Europe/Dublin",
    "IT": "Europe/Rome",
    "JP": "Asia/Tokyo",
    "LI": "Europe/Vaduz",
    "LT": "Europe/Vilnius",
    "LU": "Europe/Luxembourg",
    "LV": "Europe/Riga",
    "MT": "Europe/Malta",
    "MY": "Asia/Kuala_Lumpur",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "NZ": "Pacific/Auckland",
    "PL": "Europe/Warsaw",
    "PT": "Europe/Lisbon",
    "RO": "Europe/Bucharest",
    "SE": "Europe/Stockholm",
    "SG": "Asia/Singapore",
    "SI": "Europe/Ljubljana",
    "SK": "Europe/Bratislava",
}
_STATES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "AU": (
        ("Australia/Adelaide", "SA"),
        ("Australia/Brisbane", "QLD"),
        ("Australia/Darwin", "NT"),
        ("Australia/Hobart", "TAS"),
        ("Australia/Melbourne", "VIC"),
        ("Australia/Perth", "WA"),
        ("Australia/Sydney", "ACT NSW"),
    ),
    "CA": (
        ("America/Edmonton", "AB NT"),
        ("America/Halifax", "NB NS PE"),
        ("America/Iqaluit", "NU"),
        ("America/Regina", "SK"),
        ("America/St_Johns", "NL"),
        ("America/Toronto", "ON QC"),
        ("America/Vancouver", "BC"),
        ("America/Whitehorse", "YT"),
        ("America/Winnipeg", "MB"),
    ),
    "US": (
        ("America/Anchorage", "AK"),
        ("America/Chicago", "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI"),
        ("America/Denver", "CO ID MT NM UT WY"),
        ("America/Los_Angeles", "CA NV OR WA"),
        ("America/New_York", "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV"),
        ("America/Phoenix", "AZ"),
        ("America/Puerto_Rico", "PR"),
        ("Pacific/Honolulu", "HI"),
    ),
}


def language(country: str | None) -> str:
    """The language most people read there, ISO 639-1; English where it is not known.

    `country` is ISO 3166-1 alpha-2. A reader that does not have the language shows English.
    """
    return _LANGUAGE.get(country or "", "en")


def timezone(country: str | None, state: str | None) -> str | None:
    """The IANA name of the zone; None where it is not known."""
    wanted = (state or "").strip().upper()
    for zone, states in _STATES.get(country or "", ()):
        if wanted in states.split():
            return zone
    return _ZONES.get(country or "")
