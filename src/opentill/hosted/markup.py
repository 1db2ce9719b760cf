"""HTML, made so that text stays text: whatever is not made here is escaped.

>>> str(el("p", {"class": "name"}, "<b>Ada</b>"))
'<p class="name">&lt;b&gt;Ada&lt;/b&gt;</p>'
"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Final, TypeAlias


class Markup(str):
    """Text that is HTML already. Only this module makes it."""

    __slots__ = ()


Child: TypeAlias = "str | None | Iterable[Child]"

_VOID: Final = frozenset({"input", "link", "meta"})


def el(name: str, attributes: Mapping[str, str | bool | None] | None = None, *children: Child) -> Markup:
    """An element. An attribute that is None or False is left out; one that is True has no value."""
    parts = ["<", name]
    for key, value in (attributes or {}).items():
        if value is True:
            parts += [" ", key]
        elif value is not None and value is not False:
            parts += [" ", key, '="', escape(value), '"']
    parts.append(">")
    if name not in _VOID:
        _add(parts, children)
        parts += ["</", name, ">"]
    return Markup("".join(parts))


def document(language: str, head: Child, body: Child) -> Markup:
    """A whole page."""
    return Markup("<!doctype html>\n" + el("html", {"lang": language}, el("head", None, head), el("body", None, body)))


def _add(parts: list[str], child: Child) -> None:
    if child is None:
        return
    if isinstance(child, Markup):
        parts.append(child)
    elif isinstance(child, str):
        parts.append(escape(child, quote=False))
    else:
        for each in child:
            _add(parts, each)
