"""What a reader shows, asks and prints: carts, forms, receipts (guides "Cart display", "Collect inputs", "Print")."""

import struct
import zlib
from typing import Any

import pytest
import stripe
from tests.scenarios.shop import Response, Shop
from tests.scenarios.till import FAILED, SUCCEEDED, Till, ended

from opentill.domain.objects.reader_action import InputType

TEA: Any = {"amount": 450, "description": "Tea", "quantity": 2}
TITLE: Any = {"title": "Before you go", "description": "A question", "submit_button": "Done", "skip_button": "No"}


def show(till: Till, **cart: Any) -> stripe.terminal.Reader:
    given: Any = {"type": "cart", "cart": {"currency": "usd", "line_items": [TEA], "total": 900} | cart}
    return till.readers.set_reader_display(till.reader.id, given)


def ask(till: Till, *inputs: Any, **params: Any) -> stripe.terminal.Reader:
    return till.readers.collect_inputs(till.reader.id, {"inputs": list(inputs), **params})  # type: ignore[typeddict-item]


def form(type: InputType, **members: Any) -> Any:
    return {"type": type, "custom_text": TITLE} | members


def answered(reader: stripe.terminal.Reader) -> list[dict[str, Any]]:
    """The forms of the action as they are now."""
    assert reader.action is not None
    assert reader.action.collect_inputs is not None
    return reader.action.collect_inputs.to_dict()["inputs"]


# Carts --------------------------------------------------------------------------------------------------------------


def test_a_cart_is_shown_as_it_is_sent(shop: Shop) -> None:
    till = Till(shop)
    shown = show(till, tax=-5, total=1)  # no arithmetic
    assert shown.action is not None
    assert shown.action.set_reader_display is not None
    assert shown.action.set_reader_display.to_dict() == {
        "type": "cart",
        "cart": {"currency": "usd", "line_items": [TEA], "tax": -5, "total": 1},
    }
    assert till.readers.cancel_action(till.reader.id).action is None
    assert shop.events(till.reader.id) == []


@pytest.mark.parametrize(
    ("cart", "param"),
    [
        ({"currency": "xyz"}, "cart[currency]"),
        ({"total": 10**15}, "cart[total]"),
        ({"total": "1.5"}, "cart[total]"),
        ({"line_items": [{"amount": 1, "quantity": 1}]}, "cart[line_items][0][description]"),
        ({"line_items": [TEA | {"description": "x" * 5001}]}, "cart[line_items][0][description]"),
        ({"discount": 5}, "cart[discount]"),
    ],
)
def test_carts_that_cannot_be_shown(shop: Shop, cart: dict[str, Any], param: str) -> None:
    till = Till(shop)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        show(till, **cart)
    assert refused.value.param == param
    assert till.now().action is None


def test_a_reader_without_that_screen(shop: Shop) -> None:
    till = Till(shop, "simulated-v660p")
    for attempt in (lambda: show(till), lambda: ask(till, form("email"))):
        with pytest.raises(stripe.InvalidRequestError, match="does not support"):
            attempt()


# Forms --------------------------------------------------------------------------------------------------------------


def test_forms_that_the_customer_fills_in(shop: Shop) -> None:
    till = Till(shop)
    choices = [{"id": "yes", "text": "Yes", "style": "primary"}, {"id": "no", "text": "No"}]
    toggles = [{"title": "News", "default_value": "enabled"}, {"description": "More"}]
    asked = ask(
        till,
        form("selection", selection={"choices": choices}, required=True),
        form("signature"),
        form("email", toggles=toggles),
        form("phone"),
        form("numeric"),
        metadata={"order": "17"},
    )
    assert ended(asked) == ("in_progress", None)
    assert [each.get(each["type"]) for each in answered(asked)][1:] == [{"value": None}] * 4
    done = till.helpers.succeed_input_collection(till.reader.id)
    assert ended(done) == ("succeeded", None)
    selection, signature, email, phone, numeric = answered(done)
    assert (selection["selection"]["id"], selection["selection"]["text"]) == ("yes", "Yes")
    assert signature["signature"]["value"].startswith("file_")
    assert email["email"]["value"] == "someone@example.com"
    assert [toggle["value"] for toggle in email["toggles"]] == ["enabled", "disabled"]
    assert (phone["phone"]["value"], numeric["numeric"]["value"]) == ("+15555551234", "2907981236")
    assert not any(each["skipped"] for each in answered(done))
    assert done.action is not None
    assert done.action.collect_inputs is not None
    assert done.action.collect_inputs.metadata.to_dict() == {"order": "17"}  # type: ignore[union-attr]
    assert shop.events(till.reader.id) == [SUCCEEDED]


def test_signatures_are_files(shop: Shop) -> None:
    till = Till(shop)
    ask(till, form("signature"), form("signature", required=True), form("signature"))
    done = till.helpers.succeed_input_collection(till.reader.id, {"skip_non_required_inputs": "all"})
    assert [each["signature"]["value"] is None for each in answered(done)] == [True, False, True]
    ask(till, form("signature"), form("signature"))
    done = till.helpers.succeed_input_collection(till.reader.id)
    files = [shop.client.v1.files.retrieve(each["signature"]["value"]) for each in answered(done)]
    assert len({file.id for file in files}) == 2
    for file in files:
        assert (file.purpose, file.type, file.filename) == ("customer_signature", "svg", "signature.svg")
        assert file.expires_at == file.created + 7 * 86_400
        contents = shop.request("GET", f"/v1/files/{file.id}/contents")
        assert (contents.status, contents.headers["content-type"]) == (200, "image/svg+xml")
        assert contents.body.startswith(b"<svg")
        assert len(contents.body) == file.size
        assert contents.headers["content-disposition"].startswith("attachment")


def test_forms_that_the_customer_skips(shop: Shop) -> None:
    till = Till(shop)
    ask(till, form("text"), form("email", required=True))
    done = till.helpers.succeed_input_collection(till.reader.id, {"skip_non_required_inputs": "all"})
    text, email = answered(done)
    assert (text["skipped"], text["text"]) == (True, {"value": None})
    assert (email["skipped"], email["email"]) == (False, {"value": "someone@example.com"})


def test_forms_that_nobody_touches(shop: Shop) -> None:
    till = Till(shop)
    ask(till, form("text"))
    failed = till.helpers.timeout_input_collection(till.reader.id)
    assert ended(failed) == ("failed", "collect_inputs_timeout")
    assert shop.events(till.reader.id) == [FAILED]


def test_two_minutes_without_a_touch(private_shop: Shop) -> None:
    till = Till(private_shop)
    ask(till, form("text"))
    private_shop.advance(seconds=100)
    assert ended(till.now()) == ("in_progress", None)
    private_shop.advance(seconds=20)
    assert ended(till.now()) == ("failed", "collect_inputs_timeout")
    assert private_shop.events(till.reader.id) == [FAILED]


def test_test_helpers_that_have_nothing_to_do(shop: Shop) -> None:
    till = Till(shop)
    till.process(till.sale())
    for attempt in (till.helpers.succeed_input_collection, till.helpers.timeout_input_collection):
        with pytest.raises(stripe.InvalidRequestError, match="not waiting for input"):
            attempt(till.reader.id)
    assert ended(till.now()) == ("in_progress", None)


@pytest.mark.parametrize(
    ("inputs", "param"),
    [
        ([], "inputs"),
        ([form("text")] * 6, "inputs"),
        ([form("text") | {"custom_text": {"title": "x" * 41}}], "inputs[0][custom_text][title]"),
        ([form("selection")], "inputs[0][selection]"),
        ([form("text", selection={"choices": [{"id": "a", "text": "A"}]})], "inputs[0]"),
        ([form("text", toggles=[{"default_value": "enabled"}])], "inputs[0][toggles][0]"),
        ([form("text") | {"type": "fax"}], "inputs[0][type]"),
        ([{"type": "text"}], "inputs[0][custom_text]"),
    ],
)
def test_forms_that_cannot_be_shown(shop: Shop, inputs: list[Any], param: str) -> None:
    till = Till(shop)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        ask(till, *inputs)
    assert refused.value.param == param


# Printing -----------------------------------------------------------------------------------------------------------


def png(width: int, height: int = 8) -> bytes:
    """A white picture of one bit a pixel."""

    def chunk(type: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + type + data + struct.pack(">I", zlib.crc32(type + data))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = (b"\0" + b"\xff" * -(-width // 8)) * height
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def print_image(till: Till, image: bytes, type: str = "image") -> Response:
    """As curl sends it: `-F type=image -F image=@receipt.png`."""
    boundary = "----a-boundary"
    body = b"".join(
        (
            f'--{boundary}\r\ncontent-disposition: form-data; name="type"\r\n\r\n{type}\r\n'.encode(),
            f'--{boundary}\r\ncontent-disposition: form-data; name="image"; filename="receipt.png"\r\n'.encode(),
            b"content-type: image/png\r\n\r\n" + image + b"\r\n",
            f"--{boundary}--\r\n".encode(),
        )
    )
    return till.shop.request(
        "POST",
        f"/v1/terminal/readers/{till.reader.id}/print_content",
        body,
        {"Content-Type": f"multipart/form-data; boundary={boundary}", "Stripe-Version": "2026-10-28.endive"},
    )


def test_printing_a_receipt(shop: Shop) -> None:
    till = Till(shop, "simulated-v660p")
    image = png(384)
    action = print_image(till, image).json["action"]
    assert (action["type"], action["status"]) == ("print_content", "succeeded")
    printed = action["print_content"]
    assert (printed["type"], printed["image"]["filename"], printed["image"]["size"]) == (
        "image",
        "receipt.png",
        len(image),
    )
    assert shop.events(till.reader.id) == [SUCCEEDED]
    # A payment can follow at once.
    till.process(till.sale())
    assert ended(till.present()) == ("succeeded", None)


def test_a_printer_in_trouble(shop: Shop) -> None:
    till = Till(shop, "simulated-v660p")
    till.trouble("printer_out_of_paper")
    till.process(till.sale())  # is no business of the printer's
    action = print_image(till, png(8)).json["action"]
    assert (action["status"], action["failure_code"]) == ("failed", "printer_out_of_paper")
    till.trouble("timeout")
    assert print_image(till, png(8)).error["code"] == "terminal_reader_timeout"
    assert print_image(till, png(8)).json["action"]["status"] == "succeeded"


@pytest.mark.parametrize(
    ("code", "image", "problem"),
    [
        ("simulated-s700", png(8), "does not support"),
        ("simulated-v660p", png(385), "385 pixels wide"),
        ("simulated-v660p", b"GIF89a", "PNG or JPEG"),
        ("simulated-v660p", png(8) + bytes(100_000), "100 kB"),
    ],
)
def test_what_cannot_be_printed(shop: Shop, code: str, image: bytes, problem: str) -> None:
    till = Till(shop, code)
    answer = print_image(till, image)
    assert answer.status == 400
    assert problem in answer.error["message"]
    assert till.now().action is None
