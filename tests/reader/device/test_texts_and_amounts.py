"""Every language has every text, and every amount is written as its readers write it."""

import ast
import dataclasses
import string
from pathlib import Path

import pytest

from opentill.domain.declines import DECLINES
from opentill.reader import device
from opentill.reader.device.amounts import amount, step
from opentill.reader.device.texts import LANGUAGES, NAMES, Texts, speaks, texts

FIELDS = [field.name for field in dataclasses.fields(Texts) if field.name not in ("reasons", "printer")]
ENGLISH = LANGUAGES["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there(language: str) -> None:
    spoken = texts(language)
    for name in FIELDS:
        text = getattr(spoken, name)
        assert text.strip() == text != "", name
        assert _braces(text) == _braces(getattr(ENGLISH, name)), name
    assert spoken.reasons.keys() == ENGLISH.reasons.keys() <= DECLINES.keys()
    assert spoken.printer.keys() == ENGLISH.printer.keys()
    assert all(spoken.reasons.values())
    assert all(spoken.printer.values())
    assert NAMES[language]


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_a_language_is_not_english(language: str) -> None:
    """A text that was forgotten is the English one; short words may be the same."""
    same = [name for name in FIELDS if getattr(texts(language), name) == getattr(ENGLISH, name)]
    assert all(len(getattr(ENGLISH, name).split()) == 1 for name in same), same


def test_every_text_is_used() -> None:
    used: set[str] = set()
    for path in Path(device.__path__[0]).rglob("*.py"):
        if path.parent.name != "texts":
            tree = ast.parse(path.read_text())
            used |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
            constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
            used |= {value for value in constants if isinstance(value, str)}
    assert [name for name in FIELDS if name not in used] == []


@pytest.mark.parametrize(
    ("tag", "language"),
    [("en", "en"), ("fr-CA", "fr"), ("de_AT", "de"), ("JA", "ja"), ("es", "es"), ("zh", None), ("", None)],
)
def test_languages_of_cards_and_settings(tag: str, language: str | None) -> None:
    assert speaks(tag) == language


@pytest.mark.parametrize(
    ("minor_units", "currency", "language", "written"),
    [
        (1000, "usd", "en", "$10.00"),
        (123456789, "usd", "en", "$1,234,567.89"),
        (-50, "usd", "en", "-$0.50"),
        (500, "jpy", "ja", "¥500"),
        (1234567, "jpy", "en", "¥1,234,567"),
        (123456, "eur", "de", "1.234,56\xa0€"),
        (123456, "eur", "fr", "1\u202f234,56\xa0€"),
        (123456, "eur", "es", "1234,56\xa0€"),
        (1234567, "eur", "es", "12.345,67\xa0€"),
        (1500, "kwd", "en", "KWD\xa01.500"),
        (1500, "kwd", "fr", "1,500\xa0KWD"),
        (1000, "chf", "de", "10,00\xa0CHF"),
        (150000, "isk", "en", "kr\xa01,500"),
        (0, "gbp", "en", "£0.00"),
        (1000, "usd", "xx", "$10.00"),
    ],
)
def test_amounts(minor_units: int, currency: str, language: str, written: str) -> None:
    assert amount(minor_units, currency, language) == written


@pytest.mark.parametrize(("currency", "least"), [("usd", 1), ("jpy", 1), ("kwd", 10), ("isk", 100), ("ugx", 100)])
def test_the_least_step_of_an_amount(currency: str, least: int) -> None:
    assert step(currency) == least


def _braces(text: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}
