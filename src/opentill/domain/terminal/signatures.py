"""A signature as a picture and nothing else: the SVG that a reader sends, written anew from what is known to be lines.

SVG can run scripts, fetch addresses and borrow other pages' pictures. So nothing of what came is passed on as it is:
it is parsed, and of elements and attributes those are written that draw (SVG 2, chapters 9 and 10). A document with
other elements, or with scripts or links for attributes, is no signature; other attributes are left out.
"""

import re
from typing import Final
from xml.parsers import expat

ELEMENTS: Final = frozenset({"svg", "g", "path", "polyline", "line", "circle", "rect"})
ELEMENTS_MAX: Final = 5_000
DEPTH_MAX: Final = 8

_NUMBERS: Final = re.compile(r"[0-9eE+\-., \t\r\n]*")
_LENGTH: Final = re.compile(r"[0-9.+\-]{1,20}(?:px|%)?")
_COLOR: Final = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{1,24}")
_WORD: Final = re.compile(r"[a-zA-Z]{1,24}")
_DRAWING: Final = re.compile(r"[MmZzLlHhVvCcSsQqTtAa0-9eE+\-., \t\r\n]*")
_MOVING: Final = re.compile(r"(?:(?:translate|scale|rotate)\([0-9eE+\-., ]{0,80}\)\s*){1,4}")

ATTRIBUTES: Final[dict[str, re.Pattern[str]]] = {
    "d": _DRAWING,
    "points": _NUMBERS,
    "viewBox": _NUMBERS,
    "transform": _MOVING,
    **dict.fromkeys(("width", "height", "x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "ry"), _LENGTH),
    **dict.fromkeys(("stroke-width", "stroke-miterlimit", "opacity", "stroke-opacity", "fill-opacity"), _LENGTH),
    **dict.fromkeys(("fill", "stroke", "color"), _COLOR),
    **dict.fromkeys(("stroke-linecap", "stroke-linejoin", "fill-rule"), _WORD),
}
"""The attributes that are kept, and what may stand in them; none of it needs escaping."""

_SVG_NAMESPACE: Final = "http://www.w3.org/2000/svg"


class NotASignature(ValueError):
    """It is no drawing, or more than one. The text repeats nothing of it."""


def drawn(svg: str) -> str:
    """The same drawing, with nothing beside it. Raises NotASignature."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    written: list[str] = []
    depth = elements = 0

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, elements
        depth, elements = depth + 1, elements + 1
        if name not in ELEMENTS or (name == "svg") != (depth == 1) or depth > DEPTH_MAX or elements > ELEMENTS_MAX:
            raise NotASignature("not only lines")
        if any(key.startswith("on") or key.rpartition(":")[2] == "href" for key in attributes):
            raise NotASignature("an attribute that does more than draw")
        namespace = f' xmlns="{_SVG_NAMESPACE}"' if depth == 1 else ""
        kept = "".join(f' {key}="{value}"' for key, value in attributes.items() if _draws(key, value))
        written.append(f"<{name}{namespace}{kept}>")

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        written.append(f"</{name}>")

    def text(data: str) -> None:
        if data.strip():
            raise NotASignature("text in a drawing")

    def refuse(*_: object) -> None:
        raise NotASignature("a document type or a processing instruction")

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = parser.ProcessingInstructionHandler = refuse
    try:
        parser.Parse(svg.encode(), True)
    except (expat.ExpatError, UnicodeEncodeError):
        raise NotASignature("not an SVG document") from None
    return "".join(written)


def _draws(attribute: str, value: str) -> bool:
    fits = ATTRIBUTES.get(attribute)
    return fits is not None and fits.fullmatch(value) is not None
