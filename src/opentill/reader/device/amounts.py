"""Amounts as the cardholder reads them: by language, with the currency's own sign.

A reader's currency is that of its country, so a dollar is "$" wherever it stands.

>>> amount(123450, "usd", "en"), amount(500, "jpy", "ja"), amount(-1500, "kwd", "de").replace(_NO_BREAK, " ")
('$1,234.50', '¥500', '-1,500 KWD')
"""

from dataclasses import dataclass
from typing import Final

from opentill.domain.money import HUNDREDS, decimals

_NO_BREAK: Final = "\u00a0"
_NARROW: Final = "\u202f"

_SIGNS: Final = {
    **dict.fromkeys("usd aud cad nzd sgd hkd mxn ars clp cop".split(), "$"),
    **dict.fromkeys("sek nok dkk isk".split(), "kr"),
    **dict.fromkeys("jpy cny".split(), "¥"),
    "eur": "€",
    "gbp": "£",
    "gip": "£",
    "inr": "₹",
    "krw": "₩",
    "brl": "R$",
    "ils": "₪",
    "php": "₱",
    "vnd": "₫",
    "thb": "฿",
    "pln": "zł",
    "czk": "Kč",
    "huf": "Ft",
    "ron": "lei",
    "zar": "R",
    "myr": "RM",
    "idr": "Rp",
}


@dataclass(frozen=True, slots=True)
class _Style:
    """How a language writes numbers. `group_from`: fewer digits than that before the point stand together."""

    point: str
    group: str
    sign_first: bool
    group_from: int = 4


_STYLES: Final = {
    "en": _Style(".", ",", sign_first=True),
    "fr": _Style(",", _NARROW, sign_first=False),
    "de": _Style(",", ".", sign_first=False),
    "es": _Style(",", ".", sign_first=False, group_from=5),
    "ja": _Style(".", ",", sign_first=True),
}


def amount(minor_units: int, currency: str, language: str) -> str:
    """An amount (minor units; `currency` in lower case) for readers of `language`, English for one unknown."""
    style = _STYLES.get(language, _STYLES["en"])
    sign = _SIGNS.get(currency)
    number = plain(abs(minor_units), currency, language)
    minus = "-" if minor_units < 0 else ""
    if not style.sign_first:
        return f"{minus}{number}{_NO_BREAK}{sign or currency.upper()}"
    # Letters need room before the digits, signs do not.
    room = _NO_BREAK if sign is None or sign.isalpha() else ""
    return f"{minus}{sign or currency.upper()}{room}{number}"


def plain(minor_units: int, currency: str, language: str) -> str:
    """The number alone, without the currency's sign. `minor_units` is not negative."""
    style = _STYLES.get(language, _STYLES["en"])
    places = decimals(currency)
    whole, part = divmod(minor_units, 10**places)
    if currency in HUNDREDS:
        places = 0  # sent with two decimals that nobody uses
    digits = f"{whole:,}".replace(",", style.group) if len(str(whole)) >= style.group_from else str(whole)
    return f"{digits}{style.point}{part:0{places}}" if places else digits


def step(currency: str) -> int:
    """The least amount by which what is charged can differ, in minor units (`money.check_amount`)."""
    if currency in HUNDREDS:
        return 100
    return 10 if decimals(currency) == 3 else 1
