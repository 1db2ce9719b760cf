"""What the pages of Checkout say and take: every language says the same, text stays text, no form is too strange."""

import dataclasses
import string
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentill.domain import cards
from opentill.hosted import form
from opentill.hosted.amounts import written
from opentill.hosted.form import CARD_FIELDS, PARTS, Wanted
from opentill.hosted.markup import Child, Markup, el
from opentill.hosted.texts import LANGUAGES, Texts, chosen, countries

NOW = 1_795_000_000
FIELDS = [
    *CARD_FIELDS,
    *("email", "billingName", "phoneNumber", "shippingName", "expectedAmount"),
    *(kind + part for kind in ("billing", "shipping") for part in PARTS.values()),
]


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_says_the_same(language: str) -> None:
    for one in dataclasses.fields(Texts):
        english, said = getattr(LANGUAGES["en"], one.name), getattr(LANGUAGES[language], one.name)
        assert said.strip()
        assert placeholders(said) == placeholders(english), one.name
    assert countries(language).keys() == countries("en").keys()
    assert len(countries(language)) > 200


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_no_language_is_left_in_english(language: str) -> None:
    alike = [
        one.name
        for one in dataclasses.fields(Texts)
        if getattr(LANGUAGES["en"], one.name) == getattr(LANGUAGES[language], one.name)
    ]
    assert set(alike) <= {"email", "expiry_hint", "province", "zip_code"}


@pytest.mark.parametrize(
    ("amount", "currency", "language", "expected"),
    [
        (1099, "usd", "en", "$10.99"),
        (123456789, "eur", "en", "€1,234,567.89"),
        (1099, "usd", "fr", "10,99\u00a0$US"),
        (123456789, "eur", "fr", "1\u202f234\u202f567,89\u00a0€"),
        (123456789, "eur", "de", "1.234.567,89\u00a0€"),
        (500, "jpy", "ja", "￥500"),
        (500, "jpy", "es", "500\u00a0JPY"),
        (12340, "kwd", "en", "KWD\u00a012.340"),
        (5, "chf", "de", "0,05\u00a0CHF"),
    ],
)
def test_amounts(amount: int, currency: str, language: str, expected: str) -> None:
    assert written(amount, currency, language) == expected


@given(st.one_of(st.none(), st.text(max_size=10)), st.text(max_size=60))
def test_any_wish_for_a_language_is_answered(locale: str | None, accepted: str) -> None:
    assert chosen(locale, accepted) in LANGUAGES


class _Reader(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text, self.values, self.names = "", [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.values += [value for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])), st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_text_stays_text(value: str, text: str) -> None:
    child: Child = [text, el("b", None, text)]
    read = _Reader(el("p", {"title": value, "hidden": False}, child))
    assert (read.names, read.values, read.text) == (["p", "b"], [value], text * 2)


def test_markup_is_made_in_one_place_only() -> None:
    assert isinstance(el("p"), Markup)
    assert not isinstance(el("p") + "<script>", Markup)  # what is put together by hand is text again


_anything = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        ["4242424242424242", "12/34", "1234", "123", "US", "JP", "94107", "jenny@example.com", "\0", "9" * 40]
    ),
)


@given(st.dictionaries(st.sampled_from(FIELDS), _anything), st.booleans(), st.booleans())
def test_any_form_is_taken_or_told_what_is_wrong(values: dict[str, str], everything: bool, livemode: bool) -> None:
    wanted = Wanted(
        email=None, card=True, address=everything, phone=everything, shipping=("US", "JP") if everything else ()
    )
    filled, typed = form.read(values, wanted, now=NOW, livemode=livemode)
    assert (typed is None) == bool(filled.problems or filled.declined)
    assert not set(CARD_FIELDS) & set(filled.values)
    if typed is not None:
        assert typed.card is not None
        assert cards.luhn_valid(typed.card.number)
