"""A signature is a drawing and nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentill.domain.terminal.inputs import SIGNATURE_SVG
from opentill.domain.terminal.signatures import ATTRIBUTES, ELEMENTS, NotASignature, drawn

OPEN = '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="240" viewBox="0 0 640 240">'
FROM_THE_PAD = (
    f'{OPEN}<path d="M1 2L3.5 4M9 9l.1 0" fill="none" stroke="black" stroke-width="4" stroke-linecap="round" '
    'stroke-linejoin="round"/></svg>'
)


def test_a_drawing_stays_as_it_is() -> None:
    assert drawn(FROM_THE_PAD) == FROM_THE_PAD.replace("/></svg>", "></path></svg>")
    assert drawn(drawn(SIGNATURE_SVG)) == drawn(SIGNATURE_SVG)


@pytest.mark.parametrize(
    ("svg", "kept"),
    [
        (f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- Jenny -->{OPEN}</svg>', f"{OPEN}</svg>"),
        (f'{OPEN}<g id="x" class="y"><line x1="0" y1="1"/></g></svg>',
         f'{OPEN}<g><line x1="0" y1="1"></line></g></svg>'),
        (f'{OPEN}<path d="M0 0" fill="url(#a)" style="fill:url(http://a.example)"/></svg>',
         f'{OPEN}<path d="M0 0"></path></svg>'),
        (f'{OPEN}<path d="M0 0&quot;/&gt;"/></svg>', f"{OPEN}<path></path></svg>"),
    ],
)  # fmt: skip
def test_what_does_not_draw_is_left_out(svg: str, kept: str) -> None:
    assert drawn(svg) == kept


@pytest.mark.parametrize(
    "inside",
    [
        "<script>alert(1)</script>",
        "<SCRIPT/>",
        "<foreignObject><body/></foreignObject>",
        "<image href='https://example.com/a.png'/>",
        "<use href='#a'/>",
        "<a href='javascript:alert(1)'><path d='M0 0'/></a>",
        "<style>@import url(https://example.com)</style>",
        "<animate attributeName='href'/>",
        "<set attributeName='onload'/>",
        "<path d='M0 0' onclick='alert(1)'/>",
        "<path d='M0 0' xlink:href='#a' xmlns:xlink='http://www.w3.org/1999/xlink'/>",
        "<h:script xmlns:h='http://www.w3.org/1999/xhtml'>alert(1)</h:script>",
        "<svg/>",
        "Jenny",
        "<![CDATA[<script>]]>",
        "<?xml-stylesheet href='a.css'?>",
        "<path d='M0 0'>",
        "&a;",
        "<g>" * 9 + "</g>" * 9,
        "<g/>" * 5_001,
    ],
)
def test_what_does_more_than_draw_is_no_signature(inside: str) -> None:
    with pytest.raises(NotASignature):
        drawn(f"{OPEN}{inside}</svg>")


@pytest.mark.parametrize(
    "document",
    [
        "",
        "Jenny",
        "<html/>",
        '<!DOCTYPE svg [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><svg/>',
        "<!DOCTYPE svg><svg/>",
        "<svg/><svg/>",
        "<svg onload='alert(1)'/>",
        '<?xml version="1.0" encoding="utf-16"?><svg/>',
        "<svg>\ud800</svg>",
    ],
)
def test_what_is_no_drawing(document: str) -> None:
    with pytest.raises(NotASignature):
        drawn(document)


_PIECES = st.sampled_from(
    ["<svg>", "</svg>", "<g>", "</g>", "<path d='", "'/>", "M0 0", '"', "<", ">", "&lt;", "&#x22;", "onload", "=",
     "<script>", "url(", "javascript:", " ", "stroke='", "<!--", "-->", "<![CDATA[", "]]>"]
)  # fmt: skip
_WRITTEN = re.compile(r'(?:<(?:/?[a-z]+)(?: [a-zA-Z0-9-]+="[^"<>&]*")*>)+')


@given(st.lists(_PIECES, max_size=30).map(lambda pieces: f"<svg>{''.join(pieces)}</svg>"))
def test_nothing_gets_through_but_drawing(document: str) -> None:
    try:
        written = drawn(document)
    except NotASignature:
        return
    assert _WRITTEN.fullmatch(written)
    assert set(re.findall(r"</?([a-z]+)", written)) <= ELEMENTS
    assert set(re.findall(r' ([a-zA-Z0-9-]+)="', written)) <= {*ATTRIBUTES, "xmlns"}
