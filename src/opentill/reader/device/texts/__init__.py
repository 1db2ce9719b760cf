"""What the screens say, in each language a reader speaks."""

from typing import Final

from opentill.reader.device.texts import de, en, es, fr, ja
from opentill.reader.device.texts.catalogue import Texts

__all__ = ["LANGUAGES", "NAMES", "Texts", "speaks", "texts"]

LANGUAGES: Final = {"en": en.TEXTS, "fr": fr.TEXTS, "de": de.TEXTS, "es": es.TEXTS, "ja": ja.TEXTS}
"""Language (ISO 639-1) → its texts."""

NAMES: Final = {"en": "English", "fr": "Français", "de": "Deutsch", "es": "Español", "ja": "日本語"}
"""Each language by its own name."""


def texts(language: str) -> Texts:
    """The texts of a language; the English ones for a language that readers do not speak."""
    return LANGUAGES.get(language, en.TEXTS)


def speaks(tag: str) -> str | None:
    """The language of ours that a tag such as "fr-CA" names (BCP 47, or tag 5F2D of a card), or None."""
    language = tag.replace("_", "-").partition("-")[0].lower()
    return language if language in LANGUAGES else None
