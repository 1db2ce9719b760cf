"""JavaScript modules as one classic script: what a page loads with a plain `<script src>`.

The modules stay the readable source that browsers and the TypeScript compiler know. Here they are put one after the
other, inside a function, without their `import` and `export` words; each line keeps its place in its module, so that
the source map is a table of lines. Modules may import from each other by name, without cycles; nothing else of the
module syntax is understood, and what is not understood is refused.
"""

import json
import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

_IMPORT: Final = re.compile(r"import\s*\{[^}]*\}\s*from\s*'\./([\w-]+\.js)';|import\s*'\./([\w-]+\.js)';", re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=class |const |function |async function )", re.MULTILINE)
_EMPTY_EXPORT: Final = re.compile(r"^export \{\};$", re.MULTILINE)
_LEFT_OVER: Final = re.compile(r"^(?:import|export)\b", re.MULTILINE)
_BASE64: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


class NotUnderstood(ValueError):
    """A module uses syntax that cannot be put into a classic script."""


@dataclass(frozen=True, slots=True)
class Script:
    """A script and its source map (version 3), both UTF-8."""

    code: bytes
    source_map: bytes


def classic_script(package: str, entry: str, *, name: str) -> Script:
    """The module `entry` of a package under opentill.web, with all that it imports; `name` is what it is served as.

    Raises NotUnderstood.
    """
    sources: dict[str, str] = {}
    _collect(package, entry, sources, ())
    lines = ["(() => {", "'use strict';"]
    mapping: list[tuple[int, int] | None] = [None, None]
    for number, text in enumerate(sources.values()):
        for index, line in enumerate(_plain(text).split("\n")):
            lines.append(line)
            mapping.append((number, index))
    lines += ["})();", f"//# sourceMappingURL={name}.map", ""]
    return Script("\n".join(lines).encode(), _source_map(name, sources, mapping))


def _collect(package: str, module: str, sources: dict[str, str], importing: tuple[str, ...]) -> None:
    """The module's imports, then the module: what is used is defined before."""
    if module in importing:
        raise NotUnderstood(f"{module} imports itself, by way of {', '.join(importing)}")
    if module in sources:
        return
    text = (files(f"opentill.web.{package}") / module).read_text("utf-8")
    for found in _IMPORT.finditer(text):
        _collect(package, found[1] or found[2], sources, (*importing, module))
    sources[module] = text


def _plain(text: str) -> str:
    """A module's text without module syntax, as many lines as before."""
    without = _IMPORT.sub(lambda found: "\n" * found[0].count("\n"), text)
    without = _EMPTY_EXPORT.sub("", _EXPORT.sub("", without))
    left = _LEFT_OVER.search(without)
    if left is not None:
        line = without[left.start() :].partition("\n")[0]
        raise NotUnderstood(f"only imports by name and exported declarations are understood, not: {line}")
    return without


def _source_map(name: str, sources: dict[str, str], mapping: list[tuple[int, int] | None]) -> bytes:
    """Line by line: each line of the script begins with the beginning of a line of a source."""
    lines: list[str] = []
    before = (0, 0)
    for place in mapping:
        if place is None:
            lines.append("")
            continue
        lines.append("".join(_vlq(value) for value in (0, place[0] - before[0], place[1] - before[1], 0)))
        before = place
    return json.dumps(
        {
            "version": 3,
            "file": name,
            "sources": list(sources),
            "sourcesContent": list(sources.values()),
            "names": [],
            "mappings": ";".join(lines),
        }
    ).encode()


def _vlq(value: int) -> str:
    """A number in the base-64 variable-length form of source maps."""
    rest = abs(value) << 1 | (value < 0)
    digits = ""
    while True:
        digit, rest = rest & 31, rest >> 5
        digits += _BASE64[digit | (32 if rest else 0)]
        if not rest:
            return digits
