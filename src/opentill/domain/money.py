"""Money: the currencies, how their amounts are written, and the least and the most that can be charged.

An amount is an integer of the currency's minor unit and always travels with its currency (three letters, lower
case). Zero-decimal currencies have no minor unit: 500 jpy is ¥500. Two of them are sent as if they had one
(`hundreds`), and in three-decimal currencies the last digit must be 0, because the networks carry two decimals.

The rules are those of the reference's "Supported currencies" page; the messages are the ones its clients match on.
"""

from typing import Final

from opentill.domain.errors import InvalidRequest

_CODES: Final = (
    "usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd btn bwp byn bzd cad cdf "
    "chf clp cny cop crc cve czk djf dkk dop dzd egp etb eur fjd fkp gbp gel ghs gip gmd gnf gtq gyd hkd hnl htg huf "
    "idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur "
    "mvr mwk mxn myr mzn nad ngn nio nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek "
    "sgd shp sle sos srd std svc szl thb tjs tnd top try ttd twd tzs uah ugx uyu uzs vnd vuv wst xaf xcd xcg xof xpf "
    "yer zar zmw"
).split()

CURRENCIES: Final = frozenset(_CODES)
"""Every currency a payment can be in."""

ZERO_DECIMAL: Final = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
"""No minor unit: the amount counts whole units."""

THREE_DECIMAL: Final = frozenset("bhd jod kwd omr tnd".split())
"""A thousand minor units to one; the last digit of an amount must be 0."""

HUNDREDS: Final = frozenset({"ugx", "isk"})
"""Without a minor unit in use, but sent as if there were one: amounts must be divisible by 100."""

# The least that can be charged, in minor units. Where nothing is documented the least is 1: a conversion to the
# currency of settlement, which Stripe makes for these, would need exchange rates.
_MINIMUM: Final = {
    **dict.fromkeys("usd aud brl cad chf cop eur idr ils inr nzd php rub sgd zar ars".split(), 50),
    "gbp": 30,
    **dict.fromkeys("aed myr pln ron".split(), 200),
    "dkk": 250,
    **dict.fromkeys("nok sek".split(), 300),
    "hkd": 400,
    **dict.fromkeys("mxn thb".split(), 1000),
    "czk": 1500,
    **dict.fromkeys("jpy krw".split(), 50),
    "huf": 17500,
}

# The most, in minor units: eight digits, except where a currency's notes are small.
_MAXIMUM: Final = {"idr": 999_999_999_999, "cop": 9_999_999_999, "inr": 999_999_999}
_MAXIMUM_ELSEWHERE: Final = 99_999_999

_SYMBOLS: Final = {
    **dict.fromkeys("usd aud cad nzd sgd hkd mxn ars clp cop".split(), "$"),
    **dict.fromkeys("sek nok dkk isk".split(), "kr"),
    **dict.fromkeys("jpy cny".split(), "¥"),
    "eur": "€",
    "gbp": "£",
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
    "zar": "R",
    "myr": "RM",
    "idr": "Rp",
}


def decimals(currency: str) -> int:
    """How many digits of an amount stand behind the point: 0, 2 or 3."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


def minimum(currency: str) -> int:
    """The least amount that can be charged, in minor units."""
    return _MINIMUM.get(currency, 100 if currency in HUNDREDS else 10 if currency in THREE_DECIMAL else 1)


def maximum(currency: str) -> int:
    """The greatest amount that can be charged, in minor units."""
    return _MAXIMUM.get(currency, _MAXIMUM_ELSEWHERE)


def format_amount(amount: int, currency: str) -> str:
    """`amount` as the API's messages write it: `$10.00`, `¥500`, `-$0.50`; `AED 2.00` without a symbol of its own."""
    places = decimals(currency)
    sign = "-" if amount < 0 else ""
    whole, part = divmod(abs(amount), 10**places)
    number = f"{whole:,}.{part:0{places}}" if places else f"{whole:,}"
    return f"{sign}{_SYMBOLS.get(currency) or currency.upper() + ' '}{number}"


def check_currency(currency: str, *, param: str = "currency") -> str:
    """`currency` in lower case. Raises InvalidRequest if payments cannot be in it."""
    code = currency.lower()
    if code not in CURRENCIES:
        raise InvalidRequest(
            f"Invalid currency: {code}. Stripe currently supports these currencies: {', '.join(_CODES)}", param=param
        )
    return code


def check_amount(amount: int, currency: str, *, param: str = "amount") -> int:
    """`amount` if a payment can be of it. Raises InvalidRequest; `currency` has been checked before."""
    if amount < 0:
        raise InvalidRequest("Invalid non-negative integer", code="parameter_invalid_integer", param=param)
    if amount == 0:
        raise InvalidRequest(
            "The amount must be greater than or equal to the minimum charge amount allowed for your account and the "
            "currency set.",
            code="parameter_invalid_integer",
            param=param,
        )
    least = minimum(currency)
    if amount < least:
        raise InvalidRequest(
            f"Amount must be at least {format_amount(least, currency)} {currency}", code="amount_too_small", param=param
        )
    most = maximum(currency)
    if amount > most:
        raise InvalidRequest(
            f"Amount must be no more than {format_amount(most, currency)}", code="amount_too_large", param=param
        )
    step = 100 if currency in HUNDREDS else 10 if currency in THREE_DECIMAL else 1
    if amount % step:
        raise InvalidRequest(
            f"Invalid amount: amounts in {currency} must be divisible by {step}.",
            code="invalid_charge_amount",
            param=param,
        )
    return amount
