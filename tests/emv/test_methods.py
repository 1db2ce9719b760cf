"""The card's list of verification methods, rule by rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentill.emv import methods, regions
from opentill.emv.methods import BadList, Rule
from opentill.emv.steps import Terminal

TERMINAL = regions.terminal("US", "OT000001")


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1), st.lists(st.binary(min_size=2, max_size=2), min_size=1))
def test_a_list_is_two_amounts_and_rules(x: int, y: int, pairs: list[bytes]) -> None:
    known = methods.decode(x.to_bytes(4, "big") + y.to_bytes(4, "big") + b"".join(pairs))
    assert (known.x, known.y) == (x, y)
    assert [bytes((rule.method, rule.condition)) for rule in known.rules] == pairs


@pytest.mark.parametrize("length", [0, 8, 9, 11])
def test_what_is_no_list_is_refused(length: int) -> None:
    with pytest.raises(BadList):
        methods.decode(bytes(length))


@pytest.mark.parametrize(
    ("kind", "with_pad", "without"),
    [
        (0x00, True, True),
        (0x01, True, False),
        (0x02, True, False),
        (0x03, False, False),
        (0x04, False, False),
        (0x1E, False, False),
        (0x1F, True, True),
        (0x3F, False, False),
    ],
)
def test_what_our_readers_can_do(kind: int, with_pad: bool, without: bool) -> None:
    assert methods.supported(kind, TERMINAL) is with_pad
    assert methods.supported(kind, regions.terminal("US", "OT000001", pin_pad=False)) is without


def test_a_terminal_that_takes_signatures() -> None:
    signing = Terminal(serial="1", applications=regions.APPLICATIONS, capabilities=bytes.fromhex("E0E800"))
    assert methods.supported(methods.SIGNATURE, signing)
    assert methods.supported(methods.OFFLINE_PIN_AND_SIGNATURE, signing)


@pytest.mark.parametrize(
    ("condition", "amount", "home", "holds"),
    [
        (0x00, 0, False, True),
        (0x01, 0, True, False),  # unattended cash
        (0x02, 0, False, True),  # not cash
        (0x04, 0, True, False),
        (0x05, 0, True, False),
        (0x06, 999, True, True),
        (0x06, 1000, True, False),
        (0x06, 999, False, False),
        (0x07, 1001, True, True),
        (0x07, 1000, True, False),
        (0x08, 4999, True, True),
        (0x08, 5000, True, False),
        (0x09, 5001, True, True),
        (0x09, 5001, False, False),
        (0x0A, 0, True, False),
    ],
)
def test_when_a_rule_applies(condition: int, amount: int, home: bool, holds: bool) -> None:
    known = methods.decode(bytes.fromhex("000003E8000013881F00"))
    rule = Rule(0x1F, condition)
    assert methods.applies(rule, known, TERMINAL, amount, home_currency=home) is holds


def test_condition_03_is_what_the_terminal_can() -> None:
    known = methods.decode(bytes.fromhex("0000000000000000 1E03"))
    assert not methods.applies(Rule(0x1E, 3), known, TERMINAL, 0, home_currency=False)
    assert methods.applies(Rule(0x42, 3), known, TERMINAL, 0, home_currency=False)


@pytest.mark.parametrize(
    ("method", "outcome", "name"),
    [
        (0x41, methods.SUCCESSFUL, "offline_pin"),
        (0x02, methods.UNKNOWN, "online_pin"),
        (0x03, methods.UNKNOWN, "offline_pin_and_signature"),
        (0x5E, methods.UNKNOWN, "signature"),
        (0x1F, methods.SUCCESSFUL, "none"),
        (0x3F, methods.UNKNOWN, "none"),
        (0x41, methods.FAILED, "failure"),
        (0x00, methods.FAILED, "failure"),
    ],
)
def test_methods_have_the_apis_names(method: int, outcome: int, name: str) -> None:
    assert methods.name(method, outcome) == name
