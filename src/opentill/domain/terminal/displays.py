"""What a reader shows or prints on request: a cart (`set_reader_display`) and an image (`print_content`).

A cart is shown as it is sent: the reader does no arithmetic, and nothing of it reaches the payment. No limit on lines
is published; ours keeps a cart readable and the Reader object small.
"""

import struct
from dataclasses import dataclass
from typing import Final, Literal

from opentill.domain import money
from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.reader_action import Cart, PrintedImage
from opentill.domain.terminal import refusals

LINE_ITEMS_MAX: Final = 1_000
DESCRIPTION_MAX: Final = 5_000  # characters
AMOUNT_MAX: Final = 999_999_999_999  # minor units; twelve digits, the most the networks carry

IMAGE_BYTES_MAX: Final = 100_000
IMAGE_WIDTH_MAX: Final = 384  # dots of a 58 mm thermal printer

_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_JPEG_START: Final = b"\xff\xd8"
# Start-of-frame markers: C0-CF without DHT (C4), JPG (C8) and DAC (CC) (ITU-T T.81, table B.1).
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# Markers that stand alone, without a length: TEM, RST0-7, SOI.
_JPEG_ALONE: Final = frozenset({0x01, *range(0xD0, 0xD9)})


def check_cart(cart: Cart) -> Cart:
    """`cart` with its currency in lower case. Raises InvalidRequest. Amounts may be zero or negative."""
    currency = money.check_currency(cart.currency, param="cart[currency]")
    if len(cart.line_items) > LINE_ITEMS_MAX:
        raise refusals.too_many("cart[line_items]", LINE_ITEMS_MAX, len(cart.line_items))
    _check_number(cart.total, "cart[total]")
    if cart.tax is not None:
        _check_number(cart.tax, "cart[tax]")
    for index, item in enumerate(cart.line_items):
        param = f"cart[line_items][{index}]"
        _check_number(item.amount, f"{param}[amount]")
        _check_number(item.quantity, f"{param}[quantity]")
        if len(item.description) > DESCRIPTION_MAX:
            raise refusals.too_long(f"{param}[description]", DESCRIPTION_MAX, len(item.description))
    return Cart(currency=currency, line_items=cart.line_items, tax=cart.tax, total=cart.total)


@dataclass(frozen=True, slots=True)
class Image:
    """What the header of an image says; pixels."""

    format: Literal["png", "jpeg"]
    width: int
    height: int


def read_image(data: bytes) -> Image:
    r"""The format and size of a picture that can be printed. Raises InvalidRequest.

    >>> read_image(b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\0\1\x80" + b"\0\0\0\x64" + bytes(9))
    Image(format='png', width=384, height=100)
    """
    if len(data) > IMAGE_BYTES_MAX:
        raise refusals.invalid(f"The image can have up to {IMAGE_BYTES_MAX // 1000} kB.", "image")
    image = _png(data) or _jpeg(data)
    if image is None:
        raise refusals.invalid("The image must be a PNG or JPEG file.", "image")
    if image.width == 0 or image.height == 0:
        raise refusals.invalid("The image is empty.", "image")
    if image.width > IMAGE_WIDTH_MAX:
        raise refusals.invalid(
            f"The image can be up to {IMAGE_WIDTH_MAX} pixels wide, but this one is {image.width} pixels wide.", "image"
        )
    return image


def printed(data: bytes, filename: str, created_at: int) -> PrintedImage:
    """The `image` of a print action; `created_at` in seconds since the epoch. Raises InvalidRequest."""
    return PrintedImage(created_at=created_at, filename=filename, size=len(data), type=read_image(data).format)


def _png(data: bytes) -> Image | None:
    """PNG 5.2 and 11.2.2: the signature, then IHDR: length 13, type, width, height."""
    if not data.startswith(_PNG_SIGNATURE):
        return None
    if data[8:16] != b"\0\0\0\rIHDR" or len(data) < 33:
        raise refusals.invalid("The PNG file is damaged.", "image")
    width, height = struct.unpack(">II", data[16:24])
    return Image("png", width, height)


def _jpeg(data: bytes) -> Image | None:
    """ITU-T T.81, B.1 and B.2.2: segments up to the frame header: length, precision, lines, samples per line."""
    if not data.startswith(_JPEG_START):
        return None
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        if marker in _JPEG_ALONE:
            at += 2
            continue
        if marker in _JPEG_FRAMES and at + 9 <= len(data):
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return Image("jpeg", width, height)
        length = int.from_bytes(data[at + 2 : at + 4])
        if length < 2:
            break
        at += 2 + length
    raise refusals.invalid("The JPEG file is damaged.", "image")


def _check_number(number: int, param: str) -> None:
    if abs(number) > AMOUNT_MAX:
        raise InvalidRequest(
            f"This value must be between -{AMOUNT_MAX} and {AMOUNT_MAX}.", code="parameter_invalid_integer", param=param
        )
