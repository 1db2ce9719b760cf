"""What a terminal is set up with: the applications it knows, and the limits of tapping, which differ by country.

Facts of the schemes and of the regional considerations: the numbers are data, the rules are in the kernel.
"""

from collections.abc import Mapping
from typing import Final

from opentill.emv.codes import COUNTRIES
from opentill.emv.steps import Limits, Terminal, TerminalApplication

VISA: Final = "A000000003"
MASTERCARD: Final = "A000000004"
EFTPOS: Final = "A000000384"
INTERAC: Final = "A000000277"
CARTES_BANCAIRES: Final = "A000000042"
GIROCARD: Final = "A000000359"

APPLICATIONS: Final = tuple(
    TerminalApplication(aid, network)
    for aid, network in (
        ("A0000000031010", "visa"),
        ("A0000000032010", "visa"),  # Electron
        ("A0000000032020", "visa"),  # V Pay
        ("A0000000041010", "mastercard"),
        ("A0000000043060", "mastercard"),  # Maestro
        ("A00000002501", "amex"),
        ("A0000001523010", "discover"),
        ("A0000000651010", "jcb"),
        ("A000000333010101", "unionpay"),
        ("A000000333010102", "unionpay"),
        ("A000000333010103", "unionpay"),
        ("A0000002771010", "interac"),
        ("A0000000421010", "cartes_bancaires"),
        ("A0000003591010028001", "girocard"),
        ("A00000038410", "eftpos_au"),
        ("A00000038420", "eftpos_au"),
    )
)
"""The applications that cards of the brands we take have; Diners' cards have Discover's."""

# Limits by country, in minor units of its currency. Where the sheet of regional considerations has a number it is
# that one; the others are what the schemes published for the country in 2021 to 2024.
_LIMITS: Final[Mapping[str, Limits]] = {
    **{
        country: Limits(verification=50_00)
        for country in "AT BE BG CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK".split()
    },
    "AU": Limits(verification=200_00),
    "CA": Limits(transaction=250_00),
    "CH": Limits(verification=80_00),
    "CZ": Limits(verification=500_00),
    "DK": Limits(verification=400_00),
    "GB": Limits(verification=100_00),
    "HU": Limits(verification=15_000_00),
    "JP": Limits(verification=15_000),
    "LI": Limits(verification=80_00),
    "MY": Limits(verification=250_00),
    "NO": Limits(verification=500_00),
    "NZ": Limits(verification=200_00),
    "PL": Limits(verification=100_00),
    "RO": Limits(verification=100_00),
    "SE": Limits(verification=400_00),
    "SG": Limits(verification=200_00),
}


def limits(country: str) -> Mapping[str, Limits]:
    """The limits of tapping in a country (two letters), by the beginning of the AID; "" is for all others."""
    return {"": _LIMITS.get(country, Limits())}


def terminal(country: str, serial: str, *, pin_pad: bool = True) -> Terminal:
    """A terminal as it is set up in a country (two letters; one that is not known counts as the US)."""
    number = COUNTRIES.get(country, COUNTRIES["US"])
    return Terminal(serial=serial, applications=APPLICATIONS, country=number, limits=limits(country), pin_pad=pin_pad)


def network(aid: str) -> str | None:
    """The API's name of the network of an application (AID in hexadecimal), None if it is none of ours."""
    name = aid.upper()
    return next((known.network for known in APPLICATIONS if name.startswith(known.aid)), None)
