"""The issuer's pages in every language."""

import string
from dataclasses import fields

import pytest

from opentill.issuer import pages
from opentill.issuer.door import content_security_policy
from opentill.issuer.texts import LANGUAGES, Texts, amount, language
from opentill.services.three_d_secure import Asked

HOSTILE = '<script>alert("x")</script>{merchant}'


def question(**changes: object) -> Asked:
    given = {
        "state": "open",
        "merchant": HOSTILE,
        "amount": 1099,
        "currency": "eur",
        "brand": "visa",
        "last4": "3220",
        "way_back": None,
    }
    return Asked(**(given | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("name", LANGUAGES)
def test_languages_say_the_same(name: str) -> None:
    """Every text is there, with the blanks of the English one, and in a language of its own."""
    for field in fields(Texts):
        text, english = getattr(LANGUAGES[name], field.name), getattr(LANGUAGES["en"], field.name)
        assert text.strip() or field.name == "group"
        assert blanks(text) == blanks(english), (name, field.name)
        if name != "en" and field.name not in ("point", "group"):
            assert text != english, (name, field.name)


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("name", LANGUAGES)
@pytest.mark.parametrize("state", ["open", "passed", "used", "failed", "canceled", "ended", "expired"])
@pytest.mark.parametrize("way_back", [None, 'https://shop.example/?a="&b=1'])
def test_whatever_a_merchant_is_called(name: str, state: str, way_back: str | None) -> None:
    html = pages.of(question(state=state, way_back=way_back), name)
    assert HOSTILE not in html.body
    assert "&lt;script&gt;" in html.body
    assert ("<button" in html.body) == (state == "open")
    if way_back is not None and state != "open":
        assert 'href="https://shop.example/?a=&quot;&amp;b=1"' in html.body
    assert html.status == (410 if state in ("ended", "expired") else 200)


@pytest.mark.parametrize(
    ("minor_units", "currency", "name", "text"),
    [
        (123456, "usd", "en", "1,234.56 USD"),
        (123456, "eur", "de", "1.234,56 EUR"),
        (5, "eur", "es", "0,05 EUR"),
        (123456789, "jpy", "ja", "123,456,789 JPY"),
        (1230, "kwd", "fr", "1,230 KWD"),
    ],
)
def test_amounts(minor_units: int, currency: str, name: str, text: str) -> None:
    assert amount(minor_units, currency, LANGUAGES[name]).replace("\u00a0", " ") == text


@pytest.mark.parametrize(
    ("header", "best"),
    [
        ("", "en"),
        ("*", "en"),
        ("de", "de"),
        ("DE-ch, en", "de"),
        ("en;q=0.2, ja;q=0.3", "ja"),
        ("de;q=0, fr;q=0.1", "fr"),
        ("de;q=high, es", "es"),
        (",;q=1,,", "en"),
        ("pt, it", "en"),
    ],
)
def test_the_best_language(header: str, best: str) -> None:
    assert language(header) == best


def test_the_policy_lets_the_customer_go_back() -> None:
    assert content_security_policy(None).endswith("form-action 'self' http: https:")
    assert content_security_policy("Till://paid").endswith("form-action 'self' http: https: till:")
