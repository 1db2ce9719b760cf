"""What the pages say, in each language they speak, and what countries are called in it."""

import json
from functools import cache
from importlib.resources import files
from typing import Final

from opentill.hosted.texts import de, en, es, fr, ja
from opentill.hosted.texts.catalogue import Texts

__all__ = ["LANGUAGES", "Texts", "chosen", "countries"]

LANGUAGES: Final = {"en": en.TEXTS, "fr": fr.TEXTS, "de": de.TEXTS, "es": es.TEXTS, "ja": ja.TEXTS}
"""Language (ISO 639-1) → its texts."""


def chosen(locale: str | None, accepted: str) -> str:
    """The language of a page: that of the session's locale, or else one that the browser asks for, or English.

    `accepted` is the header Accept-Language (RFC 9110, 12.5.4).
    """
    if locale not in (None, "auto") and (language := _speaks(locale or "")) is not None:
        return language
    wishes: list[tuple[float, int, str]] = []
    for place, wish in enumerate(accepted.split(",")):
        tag, _, weight = wish.strip().partition(";q=")
        if (language := _speaks(tag)) is not None:
            wishes.append((-_weight(weight), place, language))
    return min(wishes)[2] if wishes else "en"


def _speaks(tag: str) -> str | None:
    language = tag.partition("-")[0].lower()
    return language if language in LANGUAGES else None


def _weight(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


@cache
def countries(language: str) -> dict[str, str]:
    """Countries (ISO 3166-1 alpha-2) by their names in a language (Unicode CLDR), in the order of its alphabet."""
    names: dict[str, dict[str, str]] = json.loads(
        (files("opentill.hosted.texts") / "countries.json").read_text("utf-8")
    )
    return names[language]
