"""Amounts as a language writes them (Unicode CLDR: the patterns and symbols of currencies)."""

from typing import Final

from opentill.domain.money import decimals

_NARROW: Final = "\u202f"
_FIRM: Final = "\u00a0"

# Language -> (between thousands, before the decimals, whether the symbol comes first).
_PATTERNS: Final = {
    "en": (",", ".", True),
    "ja": (",", ".", True),
    "de": (".", ",", False),
    "es": (".", ",", False),
    "fr": (_NARROW, ",", False),
}

_ENGLISH: Final = {
    "usd": "$",
    "eur": "€",
    "gbp": "£",
    "jpy": "¥",
    "cad": "CA$",
    "aud": "A$",
    "nzd": "NZ$",
    "hkd": "HK$",
    "mxn": "MX$",
    "brl": "R$",
    "inr": "₹",
    "cny": "CN¥",
    "krw": "₩",
    "twd": "NT$",
    "ils": "₪",
    "vnd": "₫",
    "php": "₱",
}
_SYMBOLS: Final = {
    "en": _ENGLISH,
    "ja": _ENGLISH | {"jpy": "￥", "cny": "元", "php": "PHP"},
    "de": _ENGLISH | {"aud": "AU$", "php": "PHP"},
    "es": {"usd": "US$", "eur": "€", "vnd": "₫"},
    "fr": {
        "usd": "$US",
        "eur": "€",
        "gbp": "£GB",
        "cad": "$CA",
        "aud": "$AU",
        "nzd": "$NZ",
        "mxn": "$MX",
        "brl": "R$",
        "inr": "₹",
        "krw": "₩",
        "ils": "₪",
        "vnd": "₫",
        "sgd": "$SG",
    },
}


def written(amount: int, currency: str, language: str) -> str:
    """`amount`, minor units of `currency`, as `language` writes it.

    >>> written(123450, "usd", "en"), written(500, "jpy", "ja")
    ('$1,234.50', '￥500')
    """
    thousands, point, first = _PATTERNS[language]
    places = decimals(currency)
    whole, part = divmod(amount, 10**places)
    number = f"{whole:,}".replace(",", thousands) + (f"{point}{part:0{places}}" if places else "")
    symbol = _SYMBOLS[language].get(currency, currency.upper())
    if not first:
        return f"{number}{_FIRM}{symbol}"
    return f"{symbol}{_FIRM if symbol.isalpha() and symbol != '元' else ''}{number}"
