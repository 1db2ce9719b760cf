"""Carts and printed images (terminal.md 5.1, 8.5)."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.reader_action import Cart, CartLineItem
from opentill.domain.terminal import displays


def line(amount: int = 500, description: str = "Coffee", quantity: int = 1) -> CartLineItem:
    return CartLineItem(amount=amount, description=description, quantity=quantity)


@pytest.mark.parametrize(
    "cart",
    [
        Cart(currency="usd", line_items=[line()], tax=50, total=550),
        Cart(currency="USD", line_items=[line()], total=0),  # the reader does no arithmetic
        Cart(currency="usd", line_items=[line(-500)], tax=-50, total=-550),
        Cart(currency="jpy", line_items=[], total=0),
        Cart(currency="usd", line_items=[line(description="x" * 5000, quantity=0)], total=1),
    ],
)
def test_a_cart_is_shown_as_it_is_sent(cart: Cart) -> None:
    checked = displays.check_cart(cart)
    assert checked.currency == cart.currency.lower()
    assert (checked.line_items, checked.tax, checked.total) == (cart.line_items, cart.tax, cart.total)


@pytest.mark.parametrize(
    ("cart", "param"),
    [
        (Cart(currency="xxx", line_items=[], total=0), "cart[currency]"),
        (Cart(currency="usd", line_items=[line(description="x" * 5001)], total=0), "cart[line_items][0][description]"),
        (Cart(currency="usd", line_items=[line(10**12)], total=0), "cart[line_items][0][amount]"),
        (Cart(currency="usd", line_items=[line(), line(quantity=-(10**12))], total=0), "cart[line_items][1][quantity]"),
        (Cart(currency="usd", line_items=[], tax=10**12, total=0), "cart[tax]"),
        (Cart(currency="usd", line_items=[], total=10**12), "cart[total]"),
        (Cart(currency="usd", line_items=[line()] * 1001, total=0), "cart[line_items]"),
    ],
)
def test_a_cart_that_is_refused(cart: Cart, param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        displays.check_cart(cart)
    assert refused.value.param == param


def png(width: int, height: int) -> bytes:
    """A whole black-and-white PNG."""

    def chunk(type: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + type + data + struct.pack(">I", zlib.crc32(type + data))

    rows = (b"\0" + bytes((width + 7) // 8)) * height
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def jpeg(width: int, height: int, *, frame: int = 0xC0, before: bytes = b"") -> bytes:
    """The segments of a JPEG up to its frame header."""
    app0 = b"\xff\xe0" + struct.pack(">H", 16) + b"JFIF\0" + bytes(9)
    sof = struct.pack(">BBHBHHB", 0xFF, frame, 11, 8, height, width, 1) + b"\1\x11\0"
    return b"\xff\xd8" + app0 + before + sof + b"\xff\xd9"


@pytest.mark.parametrize(
    ("data", "format"),
    [
        (png(384, 200), "png"),
        (png(1, 1), "png"),
        (jpeg(384, 200), "jpeg"),
        (jpeg(10, 2000, frame=0xC2), "jpeg"),  # progressive
        (jpeg(10, 10, before=b"\xff\xdb\0\x43" + bytes(65)), "jpeg"),  # a quantization table first
        (jpeg(10, 10, before=b"\xff\xc4\0\x05abc"), "jpeg"),  # a Huffman table is no frame
        (jpeg(10, 10, before=b"\xff\xff\xfe\0\x05abc\xff"), "jpeg"),  # fill bytes around a comment
    ],
)
def test_an_image_that_can_be_printed(data: bytes, format: str) -> None:
    image = displays.printed(data, "receipt", 1_790_000_000)
    assert (image.type, image.size, image.filename) == (format, len(data), "receipt")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (png(385, 10), "385 pixels wide"),
        (jpeg(1000, 10), "1000 pixels wide"),
        (png(0, 10), "empty"),
        (jpeg(10, 0), "empty"),
        (png(384, 10) + bytes(100_000), "up to 100 kB"),
        (b"GIF89a" + bytes(20), "must be a PNG or JPEG"),
        (b"", "must be a PNG or JPEG"),
        (png(10, 10)[:20], "PNG file is damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "PNG file is damaged"),
        (b"\xff\xd8", "JPEG file is damaged"),
        (jpeg(10, 10)[:24], "JPEG file is damaged"),
        (b"\xff\xd8\xff\xe0\0\0" + bytes(20), "JPEG file is damaged"),
    ],
)
def test_an_image_that_cannot(data: bytes, message: str) -> None:
    with pytest.raises(InvalidRequest, match=message) as refused:
        displays.read_image(data)
    assert refused.value.param == "image"


@given(
    st.binary(max_size=200).map(lambda tail: b"\xff\xd8" + tail)
    | st.binary(max_size=60).map(lambda tail: b"\x89PNG\r\n\x1a\n" + tail)
    | st.binary(max_size=60)
)
def test_garbage_is_an_image_or_refused(data: bytes) -> None:
    try:
        image = displays.read_image(data)
    except InvalidRequest:
        return
    assert 1 <= image.width <= 384
    assert image.height >= 1


@given(width=st.integers(1, 384), height=st.integers(1, 65535), frame=st.sampled_from([0xC0, 0xC1, 0xC2, 0xCF]))
def test_the_size_is_read_from_the_header(width: int, height: int, frame: int) -> None:
    image = displays.read_image(jpeg(width, height, frame=frame))
    assert (image.width, image.height) == (width, height)
