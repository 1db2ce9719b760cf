"""The issuer's pages as HTML: the question, and what there is to say where it cannot be asked."""

from dataclasses import dataclass
from html import escape
from typing import Final

from opentill.domain.three_d_secure import ChallengeState
from opentill.issuer.texts import LANGUAGES, Texts, amount
from opentill.services.three_d_secure import Asked

_BRANDS: Final = {
    "amex": "American Express",
    "cartes_bancaires": "Cartes Bancaires",
    "diners": "Diners Club",
    "discover": "Discover",
    "eftpos_au": "eftpos",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}

_OVER: Final[dict[ChallengeState, tuple[int, str]]] = {
    "passed": (200, "answered"),
    "used": (200, "answered"),
    "failed": (200, "refused"),
    "canceled": (200, "refused"),
    "ended": (410, "ended"),
    "expired": (410, "expired"),
}
"""Status and text of what is not asked any more."""


@dataclass(frozen=True, slots=True)
class Html:
    """A page, its HTTP status and its language."""

    status: int
    body: str
    language: str


def of(asked: Asked, language: str) -> Html:
    """The question, or what became of it."""
    if asked.state == "open":
        return _question(asked, language)
    status, name = _OVER[asked.state]
    return notice(name, status, language, merchant=asked.merchant, way_back=asked.way_back)


def notice(name: str, status: int, language: str, *, merchant: str = "", way_back: str | None = None) -> Html:
    """A page that only says something: the texts `name` and `name`_detail."""
    texts = LANGUAGES[language]
    heading: str = getattr(texts, name)
    detail: str = getattr(texts, f"{name}_detail")
    lines = [f"<h1>{escape(heading)}</h1>", f"<p>{escape(detail.format(merchant=merchant))}</p>"]
    if way_back is not None:
        label = texts.back.format(merchant=merchant)
        lines.append(f'<a class="button first" href="{escape(way_back)}" rel="noreferrer">{escape(label)}</a>')
    elif merchant:
        lines.append(f"<p>{escape(texts.close)}</p>")
    return Html(status, _document(texts, language, heading, lines), language)


def _question(asked: Asked, language: str) -> Html:
    texts = LANGUAGES[language]
    pays = asked.amount is not None
    heading = texts.pay if pays else texts.save
    detail = (texts.pay_detail if pays else texts.save_detail).format(merchant=asked.merchant)
    brand = _BRANDS.get(asked.brand, "")
    facts = [(texts.merchant, asked.merchant)]
    if asked.amount is not None:
        facts.append((texts.amount, amount(asked.amount, asked.currency, texts)))
    facts.append((texts.card, f"{brand} •••• {asked.last4}".strip()))
    shown = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    lines = [
        f"<h1>{escape(heading)}</h1>",
        f"<p>{escape(detail)}</p>",
        f"<dl>{shown}</dl>",
        '<form method="post">',
        f'<button class="first" name="answer" value="complete">{escape(texts.complete)}</button>',
        f'<button name="answer" value="fail">{escape(texts.fail)}</button>',
        f'<button name="answer" value="cancel">{escape(texts.cancel)}</button>',
        "</form>",
    ]
    return Html(200, _document(texts, language, heading, lines), language)


def _document(texts: Texts, language: str, title: str, lines: list[str]) -> str:
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{language}">',
            "<head>",
            '<meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="robots" content="noindex">',
            f"<title>{escape(title)} · 3D Secure</title>",
            '<link rel="icon" href="/3ds/issuer.svg" type="image/svg+xml">',
            '<link rel="stylesheet" href="/3ds/issuer.css">',
            "</head>",
            "<body>",
            f'<header><p class="issuer">{escape(texts.issuer)}</p><p class="secure">3D Secure</p></header>',
            f'<p class="test" role="note">{escape(texts.simulated)}</p>',
            "<main>",
            *lines,
            "</main>",
            "</body>",
            "</html>",
            "",
        ]
    )
