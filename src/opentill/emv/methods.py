"""Cardholder verification methods: the list on the card (tag 8E), and which of its rules comes next (Book 3, 10.5).

>>> show = lambda rule: f"{rule.method:02X} {rule.condition:02X}"
>>> [show(rule) for rule in decode(bytes.fromhex("00000000 00000000 4103 0203 1F03")).rules]
['41 03', '02 03', '1F 03']
"""

from dataclasses import dataclass
from typing import Final

from opentill.emv.steps import Terminal, Verification

FAIL: Final = 0x00
OFFLINE_PIN: Final = 0x01
ONLINE_PIN: Final = 0x02
OFFLINE_PIN_AND_SIGNATURE: Final = 0x03
SIGNATURE: Final = 0x1E
NO_VERIFICATION: Final = 0x1F
NOT_PERFORMED: Final = 0x3F
"""Codes; enciphered offline PINs (04, 05) are not among those we do."""

NEXT_ON_FAILURE: Final = 0x40

UNKNOWN: Final = 0
FAILED: Final = 1
SUCCESSFUL: Final = 2
"""The result byte of tag 9F34."""

_CAPABILITIES: Final = {OFFLINE_PIN: 0x80, ONLINE_PIN: 0x40, SIGNATURE: 0x20, NO_VERIFICATION: 0x08}
"""Byte 2 of tag 9F33."""
KNOWN_CODES: Final = frozenset({*range(6), SIGNATURE, NO_VERIFICATION})
"""Those that the standard has; 04 and 05 are not unknown, we just cannot."""
PIN_CODES: Final = frozenset({OFFLINE_PIN, OFFLINE_PIN_AND_SIGNATURE, ONLINE_PIN})

_NAMES: Final[dict[int, Verification]] = {
    OFFLINE_PIN: "offline_pin",
    ONLINE_PIN: "online_pin",
    OFFLINE_PIN_AND_SIGNATURE: "offline_pin_and_signature",
    SIGNATURE: "signature",
    NO_VERIFICATION: "none",
    NOT_PERFORMED: "none",
}


class BadList(ValueError):
    """Not a list of cardholder verification methods."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: how, as it goes into tag 9F34, and when."""

    method: int
    condition: int

    @property
    def kind(self) -> int:
        """The method without the bit that says what follows a failure."""
        return self.method & 0x3F

    @property
    def goes_on(self) -> bool:
        """Whether the next rule is tried when this one fails."""
        return bool(self.method & NEXT_ON_FAILURE)


@dataclass(frozen=True, slots=True)
class Methods:
    """The list: two amounts, in minor units of the card's currency, and the rules in order."""

    x: int
    y: int
    rules: tuple[Rule, ...]


def decode(value: bytes) -> Methods:
    """Tag 8E. Raises BadList."""
    if len(value) < 10 or len(value) % 2:
        raise BadList("a list of verification methods has two amounts and pairs of bytes")
    rules = tuple(Rule(value[at], value[at + 1]) for at in range(8, len(value), 2))
    return Methods(int.from_bytes(value[:4], "big"), int.from_bytes(value[4:8], "big"), rules)


def supported(kind: int, terminal: Terminal) -> bool:
    """Whether the terminal can verify that way; one that fails always can."""
    abilities = terminal.capabilities[1]
    if kind in PIN_CODES and not terminal.pin_pad:
        return False
    if kind == OFFLINE_PIN_AND_SIGNATURE:
        return bool(abilities & 0x80 and abilities & 0x20)
    return kind == FAIL or bool(abilities & _CAPABILITIES.get(kind, 0))


def applies(rule: Rule, methods: Methods, terminal: Terminal, amount: int, *, home_currency: bool) -> bool:
    """Whether the rule's condition holds (Book 3, table 40) for a sale of goods at a counter.

    `home_currency` says that the amount is in the card's currency: the amounts of the list are for that one only.
    """
    match rule.condition:
        case 0x00 | 0x02:  # always; not cash, not cashback: we have neither
            return True
        case 0x03:
            return supported(rule.kind, terminal)
        case 0x06:
            return home_currency and amount < methods.x
        case 0x07:
            return home_currency and amount > methods.x
        case 0x08:
            return home_currency and amount < methods.y
        case 0x09:
            return home_currency and amount > methods.y
        case _:  # cash, cashback, and what is not defined
            return False


def result(method: int, condition: int, outcome: int) -> bytes:
    """Tag 9F34."""
    return bytes((method, condition, outcome))


def name(method: int, outcome: int) -> Verification:
    """The API's name for a method with that outcome."""
    return "failure" if outcome == FAILED else _NAMES.get(method & 0x3F, "failure")
