"""Form bodies and query strings: every shape that clients send, and every way to send nonsense."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stripe._encode import _api_encode  # what the official library does before it sends

from opentill.api import forms
from opentill.api.forms import Limits
from opentill.domain.errors import InvalidRequest
from opentill.requests.tree import Upload, elements


@pytest.mark.parametrize(
    ("body", "tree"),
    [
        (b"", {}),
        (b"amount=1000&currency=usd", {"amount": "1000", "currency": "usd"}),
        (b"a=1&&b=2&", {"a": "1", "b": "2"}),
        (b"a", {"a": ""}),
        (b"a=", {"a": ""}),
        (b"a=b=c", {"a": "b=c"}),
        (b"a=1&a=2", {"a": "2"}),
        (b"name=J%C3%BCrgen+M", {"name": "Jürgen M"}),
        ("name=Jürgen".encode(), {"name": "Jürgen"}),
        (b"a=%2B%26%3D%25%5B%5d", {"a": "+&=%[]"}),
        (b"a%20b=1&c+d=2", {"a b": "1", "c d": "2"}),
        (b"a[b]=1&a[c][d]=2", {"a": {"b": "1", "c": {"d": "2"}}}),
        (b"a%5Bb%5D=1&a%5bc%5d%5Bd]=2", {"a": {"b": "1", "c": {"d": "2"}}}),
        (b"a[]=x&a[]=y", {"a": ["x", "y"]}),
        (b"a[0]=x&a[1]=y", {"a": {"0": "x", "1": "y"}}),
        (b"a[1]=y&a[0]=x", {"a": {"1": "y", "0": "x"}}),
        (b"a[0][k]=x&a[0][l]=y&a[1][k]=z", {"a": {"0": {"k": "x", "l": "y"}, "1": {"k": "z"}}}),
        (b"a[][k]=x&a[][l]=y&a[][k]=z", {"a": [{"k": "x", "l": "y"}, {"k": "z"}]}),
        (b"a[][b][c]=1&a[][b][d]=2&a[][b][c]=3", {"a": [{"b": {"c": "1", "d": "2"}}, {"b": {"c": "3"}}]}),
        (b"a[][b][]=1&a[][b][]=2", {"a": [{"b": ["1", "2"]}]}),
        (b"a[]=x&a[][k]=y", {"a": ["x", {"k": "y"}]}),
        (b"a[b][]=x", {"a": {"b": ["x"]}}),
        (b"metadata[6735]=x", {"metadata": {"6735": "x"}}),
        (b"a]=1", {"a]": "1"}),
    ],
)
def test_what_clients_send(body: bytes, tree: dict[str, Any]) -> None:
    assert forms.parse(body) == tree


@pytest.mark.parametrize(
    ("body", "array"),
    [
        (b"a[]=x&a[]=y", ["x", "y"]),
        (b"a[0]=x&a[1]=y", ["x", "y"]),
        (b"a[1]=y&a[0]=x", ["x", "y"]),
        (b"a[10]=z&a[9]=y&a[2]=x", ["x", "y", "z"]),
        (b"a[7]=x", ["x"]),
        (b"a[]=y&a[0]=x&a[]=z", ["x", "y", "z"]),
        (b"a[0]=x&a[]=y", ["x", "y"]),
        (b"a[0][k]=x&a[][k]=y", [{"k": "x"}, {"k": "y"}]),
        (b"a=x", None),
        (b"a[k]=x", None),
        (b"a[-1]=x", None),
        (b"a[%C2%B2]=x", None),  # a superscript two is a digit only to Unicode
        (b"a[%D9%A1]=x", None),  # an Arabic one too
        (b"a[k]=x&a[]=y", None),
    ],
)
def test_arrays_are_ordered_by_index(body: bytes, array: list[Any] | None) -> None:
    assert elements(forms.parse(body)["a"]) == array


@pytest.mark.parametrize(
    ("body", "message", "param"),
    [
        (b"a=%", "Invalid percent-encoding in the request's parameters.", "a"),
        (b"a=%4", "Invalid percent-encoding in the request's parameters.", "a"),
        (b"a=%zz", "Invalid percent-encoding in the request's parameters.", "a"),
        (b"a=% 1", "Invalid percent-encoding in the request's parameters.", "a"),
        (b"%xy=1", "Invalid percent-encoding in the request's parameters.", None),
        (b"a=\xff", "The request's parameters are not valid UTF-8.", None),
        (b"a=%ff", "The request's parameters are not valid UTF-8.", "a"),
        (b"a=%ED%A0%80", "The request's parameters are not valid UTF-8.", "a"),  # a lone surrogate
        (b"a=\x00", "The request's parameters hold a NUL character (%00).", None),
        (b"a=x%00", "The request's parameters hold a NUL character (%00).", "a"),
        (b"=1", "Invalid parameter name: it is empty.", None),
        (b"=", "Invalid parameter name: it is empty.", None),
        (b"[a]=1", "Invalid parameter name: [a]", "[a]"),
        (b"a[b=1", "Invalid parameter name: a[b", "a[b"),
        (b"a[b]c=1", "Invalid parameter name: a[b]c", "a[b]c"),
        (b"a[b]]=1", "Invalid parameter name: a[b]]", "a[b]]"),
        (b"a[b[c]]=1", "Invalid parameter name: a[b[c]]", "a[b[c]]"),
        (b"a[][]=1", "Invalid parameter name: a[][]", "a[][]"),
        (b"a=1&a[b]=2", "Invalid parameters: 'a[b]' contradicts another parameter", "a[b]"),
        (b"a[b]=1&a=2", "Invalid parameters: 'a' contradicts another parameter", "a"),
        (b"a[]=1&a=2", "Invalid parameters: 'a' contradicts another parameter", "a"),
        (b"a=1&a[]=2", "Invalid parameters: 'a[]' contradicts another parameter", "a[]"),
        (b"a[b]=1&a[b][c]=2", "Invalid parameters: 'a[b][c]' contradicts another parameter", "a[b][c]"),
        (b"a[0]=1&a[0][c]=2", "Invalid parameters: 'a[0][c]' contradicts another parameter", "a[0][c]"),
    ],
)
def test_nonsense_is_refused(body: bytes, message: str, param: str | None) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        forms.parse(body)
    assert refusal.value.message.startswith(message)
    assert refusal.value.param == param


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"&".join(b"p%d=1" % n for n in range(1001)), "Too many parameters: a request can have at most 1000."),
        (b"a[]=1&" * 1001, "Too many parameters: a request can have at most 1000."),
        (b"a" + b"[b]" * 10 + b"=1", "Invalid parameter name: parameters can be nested at most 10 deep."),
        (b"a" + b"[" * 400 + b"=1", "Invalid parameter name: parameters can be nested at most 10 deep."),
        (b"n" * 501 + b"=1", "Invalid parameter name: it can have at most 500 characters."),
        (b"x=1&" + b"n" * 501 + b"=%31", "Invalid parameter name: it can have at most 500 characters."),
        (b"n[" + b"n" * 501 + b"]=1", "Invalid parameter name: it can have at most 500 characters."),
    ],
)
def test_limits(body: bytes, message: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        forms.parse(body)
    assert refusal.value.message == message


def test_what_is_just_within_the_limits() -> None:
    assert len(forms.parse(b"&".join(b"p%d=1" % n for n in range(1000)))) == 1000
    assert forms.parse(b"a" + b"[b]" * 9 + b"=1")["a"]
    assert forms.parse(b"n" * 500 + b"=1") == {"n" * 500: "1"}
    assert forms.parse(b"a=" + b"v" * 100_000) == {"a": "v" * 100_000}
    with pytest.raises(InvalidRequest):
        forms.parse(b"a=1&b=2", limits=Limits(parameters=1))


def test_card_numbers_in_names_are_not_repeated() -> None:
    for body in (b"a[4242424242424242=1", b"4242424242424242=1&4242424242424242[b]=1", b"a=1&a[4242424242424242]=1"):
        with pytest.raises(InvalidRequest) as refusal:
            forms.parse(body)
        assert "4242" not in refusal.value.message + (refusal.value.param or "")


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
keys = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0[]"), min_size=1, max_size=8).filter(
    lambda key: not key.isdecimal()
)
values = st.recursive(
    texts,
    lambda inner: st.dictionaries(keys, inner, min_size=1, max_size=4) | st.lists(inner, min_size=1, max_size=4),
    max_leaves=12,
)
trees = st.dictionaries(keys, values, max_size=5)


def pairs(value: Any, name: str) -> list[tuple[str, str]]:
    """Names and values as the libraries write them: indices in all arrays."""
    if isinstance(value, str):
        return [(name, value)]
    members = value.items() if isinstance(value, dict) else enumerate(value)
    return [pair for key, member in members for pair in pairs(member, f"{name}[{key}]" if name else str(key))]


def with_arrays(value: Any) -> Any:
    """A parsed tree with the arrays that its indices mean; the trees of this test have no other numbers as keys."""
    if isinstance(value, str):
        return value
    array = elements(value)
    if array is not None:
        return [with_arrays(element) for element in array]
    return {key: with_arrays(member) for key, member in value.items()}


@given(trees, st.randoms(use_true_random=False))
def test_what_the_libraries_encode_comes_back(tree: dict[str, Any], random: Any) -> None:
    encoded = pairs(tree, "")
    random.shuffle(encoded)
    for escape_brackets in (True, False):
        names = "" if escape_brackets else "[]"
        body = "&".join(f"{quote(name, safe=names)}={quote_plus(value)}" for name, value in encoded)
        assert {key: with_arrays(value) for key, value in forms.parse(body.encode()).items()} == tree


def test_what_the_official_library_for_python_encodes() -> None:
    sent = urlencode(
        list(
            _api_encode(
                {
                    "amount": 1000,
                    "confirm": True,
                    "description": "Zwei Brötchen & 1+1 Kaffee = 100%",
                    "customer": None,  # left out
                    "metadata": {"order": "42", "7": ""},
                    "expand": ["latest_charge", "customer"],
                    "line_items": [{"price": "price_1", "quantity": 2}, {"price_data": {"currency": "eur"}}],
                    "created": {"gte": datetime(2026, 1, 1, tzinfo=UTC)},
                }
            )
        )
    )
    for body in (sent, sent.replace("%5B", "[").replace("%5D", "]")):
        tree = forms.parse(body.encode())
        assert tree.pop("metadata") == {"order": "42", "7": ""}
        assert {key: with_arrays(value) for key, value in tree.items()} == {
            "amount": "1000",
            "confirm": "true",
            "description": "Zwei Brötchen & 1+1 Kaffee = 100%",
            "expand": ["latest_charge", "customer"],
            "line_items": [{"price": "price_1", "quantity": "2"}, {"price_data": {"currency": "eur"}}],
            "created": {"gte": "1767225600"},
        }


@given(st.dictionaries(keys, st.lists(texts, min_size=1, max_size=5), max_size=5))
def test_what_curl_encodes_comes_back(arrays: dict[str, list[str]]) -> None:
    body = "&".join(f"{quote(key)}[]={quote(value)}" for key, array in arrays.items() for value in array)
    assert forms.parse(body.encode()) == arrays


@given(st.binary(max_size=200) | st.text("ab[]=&%+0159\0", max_size=60).map(str.encode))
@example(b"a[][b]=1&a[][b][c]=2")
@example(b"a[]=1&a[0]=2&a[][]=3")
@example(b"&=&[]=&a[")
def test_any_bytes_are_parsed_or_refused(body: bytes) -> None:
    try:
        tree = forms.parse(body)
    except InvalidRequest:
        return
    assert "\0" not in str(tree)


# Files: multipart/form-data, RFC 7578.

MULTIPART = b'multipart/form-data; boundary="b-1"'


def multipart(*parts: tuple[str, bytes]) -> bytes:
    """A body of parts, each its headers and its content."""
    return (
        b"".join(b"--b-1\r\n" + head.encode() + b"\r\n\r\n" + body + b"\r\n" for head, body in parts) + b"--b-1--\r\n"
    )


def test_files_and_fields() -> None:
    content = bytes(range(256)) + b"\r\n--b-2\r\n\r\n"
    body = multipart(
        ('Content-Disposition: form-data; name="type"', b"image"),
        (
            'content-disposition: form-data; name="image"; filename="receipt.png"\r\nContent-Type: image/png',
            content,
        ),
        ('Content-Disposition: form-data; name="metadata[order]"', "Nº 7".encode()),
        ('Content-Disposition: form-data; name="expand[]"', b"location"),
    )
    assert forms.parse_multipart(body, MULTIPART) == {
        "type": "image",
        "image": Upload("receipt.png", "image/png", content),
        "metadata": {"order": "Nº 7"},
        "expand": ["location"],
    }


NAMED = 'Content-Disposition: form-data; name="a"'


@pytest.mark.parametrize(
    ("body", "content_type", "message"),
    [
        (multipart((NAMED, b"x")), b"multipart/form-data", "Invalid multipart body: the content type must be"),
        (
            multipart((NAMED, b"x")),
            b"multipart/mixed; boundary=b-1",
            "Invalid multipart body: the content type must be",
        ),
        (
            multipart((NAMED, b"x")),
            b'multipart/form-data; boundary=""',
            "Invalid multipart body: the content type must",
        ),
        (multipart((NAMED, b"x"))[:-6], MULTIPART, "Invalid multipart body: it is cut short."),
        (b"", MULTIPART, "Invalid multipart body: it is cut short."),
        (b"--b-1\r\nno end\r\n--b-1--", MULTIPART, "Invalid multipart body: a part has no end of its headers."),
        (multipart(("Content-Disposition: form-data", b"x")), MULTIPART, "Invalid multipart body: a part has no name."),
        (multipart(("X: y", b"x")), MULTIPART, "Invalid multipart body: a part has no name."),
        (multipart((NAMED, b"\xff")), MULTIPART, "The request's parameters are not valid UTF-8."),
        (multipart((NAMED, b"\0")), MULTIPART, "The request's parameters hold a NUL character (%00)."),
        (multipart(*[(NAMED, b"x")] * 1001), MULTIPART, "Too many parameters: a request can have at most 1000."),
    ],
)
def test_broken_multipart_bodies_are_refused(body: bytes, content_type: bytes, message: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        forms.parse_multipart(body, content_type)
    assert refusal.value.message.startswith(message)


@given(st.text('-b1\r\nContent-Disposition: form-data; name="a";filename=x\0', max_size=120), st.binary(max_size=40))
def test_any_multipart_body_is_parsed_or_refused(body: str, boundary: bytes) -> None:
    for header in (MULTIPART, b"multipart/form-data; boundary=" + boundary):
        try:
            forms.parse_multipart(body.encode(errors="replace"), header)
        except InvalidRequest:
            continue
