"""Registration codes: words that are not mistaken for each other, and bounds on guessing them."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentill.domain.terminal import pairing
from opentill.domain.terminal.devices import SIMULATED_BY_CODE
from opentill.domain.terminal.pairing import GUESSES_MAX, GUESSES_WINDOW_MS, WrongCodes
from opentill.domain.terminal.pairing_words import WORDS

T0 = 1_800_000_000_000


def smudged(word: str) -> Iterator[str]:
    """What is left of a word of which one letter cannot be read, is missing, or is one too many."""
    yield word
    for place in range(len(word)):
        yield f"{word[:place]}?{word[place + 1 :]}"
    for place in range(len(word) + 1):
        yield f"{word[:place]}?{word[place:]}"


def test_the_words_are_short_and_in_order() -> None:
    assert len(WORDS) >= 1024
    assert list(WORDS) == sorted(set(WORDS))
    assert all(word.isascii() and word.isalpha() and word.islower() and 4 <= len(word) <= 7 for word in WORDS)


def test_no_word_is_another_with_one_letter_changed_missing_or_too_many() -> None:
    read_as: dict[str, str] = {}
    for word in WORDS:
        for shape in smudged(word):
            assert read_as.setdefault(shape, word) == word, (read_as[shape], word)


def test_no_word_begins_with_another() -> None:
    beginnings = {word[:length]: word for word in WORDS for length in range(1, len(word))}
    assert [(word, beginnings[word]) for word in WORDS if word in beginnings] == []


def test_codes_are_three_words_at_random() -> None:
    codes = {pairing.new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert all(len(words) == 3 and set(words) <= set(WORDS) for words in (code.split("-") for code in codes))
    assert len({word for code in codes for word in code.split("-")}) > len(WORDS) / 2
    assert len(WORDS) ** 3 > 2**32


@pytest.mark.parametrize(
    "typed", ["quick-brown-gecko", " Quick-Brown-GECKO\n", "quick brown gecko", "quick - brown - gecko"]
)
def test_how_a_code_is_typed_does_not_matter(typed: str) -> None:
    assert pairing.normalized(typed) == "quick-brown-gecko"
    assert pairing.hash_code(typed) == pairing.hash_code("quick-brown-gecko")


@pytest.mark.parametrize("other", ["quick-gecko-brown", "quick-brown", "quickbrowngecko", ""])
def test_another_code_is_another_hash(other: str) -> None:
    assert pairing.hash_code(other) != pairing.hash_code("quick-brown-gecko")


@given(st.text(max_size=60))
def test_anything_that_is_typed_can_be_looked_up(typed: str) -> None:
    assert pairing.normalized(pairing.normalized(typed)) == pairing.normalized(typed)
    assert len(pairing.hash_code(typed)) == 64


def test_no_code_is_a_simulated_one() -> None:
    assert not {"simulated"} & set(WORDS)
    assert all(code.startswith("simulated-") for code in SIMULATED_BY_CODE)


def test_codes_count_for_an_hour() -> None:
    hour = pairing.CODES_WINDOW_MS
    assert pairing.recent([T0, T0 + 1, T0 + hour], T0 + hour) == [T0 + 1, T0 + hour]


def test_wrong_codes_are_counted_for_ten_minutes() -> None:
    wrong = WrongCodes()
    for number in range(GUESSES_MAX):
        assert not wrong.too_many("acct", T0 + number)
        wrong.note("acct", T0 + number)
    assert wrong.too_many("acct", T0 + GUESSES_WINDOW_MS - 1)
    assert not wrong.too_many("other", T0)
    assert not wrong.too_many("acct", T0 + GUESSES_WINDOW_MS)  # the first one is forgotten, and one more allowed
    wrong.note("acct", T0 + GUESSES_WINDOW_MS)
    assert wrong.too_many("acct", T0 + GUESSES_WINDOW_MS)


@given(st.lists(st.integers(min_value=0, max_value=GUESSES_WINDOW_MS // 4), max_size=80))
def test_never_more_than_so_many_guesses_within_ten_minutes(pauses: list[int]) -> None:
    wrong, now, guesses = WrongCodes(), T0, list[int]()
    for pause in pauses:
        now += pause
        if not wrong.too_many("acct", now):
            wrong.note("acct", now)
            guesses.append(now)
    for guess in guesses:
        assert sum(guess <= other < guess + GUESSES_WINDOW_MS for other in guesses) <= GUESSES_MAX


def test_what_is_remembered_of_guesses_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "_ACCOUNTS_MAX", 3)
    wrong = WrongCodes()
    for account in "abcd":
        for number in range(GUESSES_MAX):
            wrong.note(account, T0 + number)
    assert [wrong.too_many(account, T0 + GUESSES_MAX) for account in "abcd"] == [False, True, True, True]
