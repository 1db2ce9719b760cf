"""Carts, tips, keyed cards and paper."""

from typing import Any

import pytest
from tests.reader.device.rig import Bench, assignment, payment

from opentill.link.messages import Canceled, Printed, Result
from opentill.link.tasks import Cart, CartLine, Print, TipButton
from opentill.reader.device import events

TIPS = [TipButton(amount=150, percentage=15), TipButton(amount=200, percentage=20), TipButton(amount=500)]
LUHN = "4242424242424242"


def test_a_cart_is_shown_as_the_till_says_it() -> None:
    bench = Bench(assigned=assignment(language="fr")).connect()
    cart = Cart(
        currency="eur",
        lines=[
            CartLine(description="Pain", amount=250, quantity=2),
            CartLine(description="Lait", amount=120, quantity=1),
        ],
        tax=35,
        total=123456,
    )
    bench.command("act_1", cart)
    assert [(line.label, line.value, line.quantity) for line in bench.screen.lines] == [
        ("Pain", "2,50\xa0€", 2),
        ("Lait", "1,20\xa0€", 1),
    ]
    assert [(line.label, line.value) for line in bench.screen.totals] == [
        ("Taxes", "0,35\xa0€"),
        ("Total", "1\u202f234,56\xa0€"),
    ]
    bench.command("act_2", payment())
    assert bench.screen.name == "present_card"
    bench.command("act_3", cart)
    bench.command(None, None)
    assert bench.screen.name == "splash"


def test_a_tip_is_added_before_the_card_is_asked_for() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment(tips=TIPS))
    assert bench.screen.name == "tip"
    assert [(button.label, button.detail) for button in bench.screen.buttons] == [
        ("15%", "$1.50"),
        ("20%", "$2.00"),
        ("$5.00", None),
        ("Custom amount", None),
        ("No tip", None),
    ]
    assert bench.open == frozenset()
    bench.press("tip:1")
    assert (bench.screen.name, bench.screen.amount) == ("present_card", "$12.00")
    assert [(line.label, line.value) for line in bench.screen.lines] == [("Subtotal", "$10.00"), ("Tip", "$2.00")]
    bench.feed(events.CardSwiped("4242424242424242=30121010000000000"))
    (read,) = bench.readings()
    assert (read.tip, read.total) == (200, 1200)
    assert bench.sealer.sealed[0][1].amount == 1200


def test_no_tip_is_zero_and_no_tip_screen_is_none() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment(tips=[]))
    bench.press("no_tip")
    bench.feed(events.CardSwiped("4242424242424242=30121010000000000"))
    bench.state(None, "idle")
    bench.command("act_2", payment())
    bench.advance(20)
    assert [read.tip for read in bench.readings()] == [0]


@pytest.mark.parametrize(
    ("currency", "keys", "shown", "tip"),
    [
        ("usd", "123", "$1.23", 123),
        ("jpy", "500", "¥500", 500),
        ("kwd", "125", "KWD\xa01.250", 1250),
        ("isk", "40", "kr\xa040", 4000),
        ("usd", "0005", "$0.05", 5),
    ],
)
def test_a_tip_of_ones_own(currency: str, keys: str, shown: str, tip: int) -> None:
    bench = Bench().connect()
    bench.command("act_1", payment(10000, currency=currency, tips=TIPS))
    bench.press("custom_tip")
    bench.key(*keys)
    assert bench.screen.field is not None
    assert bench.screen.field.value == shown
    bench.key("enter")
    assert bench.screen.name == "present_card"
    bench.feed(events.CardSwiped("4242424242424242=30121010000000000"))
    assert bench.readings()[0].tip == tip


def test_a_tip_that_is_too_much() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment(99_999_000, tips=TIPS))
    bench.press("custom_tip")
    bench.key(*"99999999")
    bench.press("submit")
    assert bench.screen.field is not None
    assert bench.screen.field.error == "That is too much."
    bench.key(*["clear"] * 6, "enter")
    assert bench.screen.name == "present_card"


def test_back_from_a_tip_of_ones_own() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment(tips=TIPS, cancelable=True))
    bench.press("custom_tip")
    bench.press("back")
    assert bench.screen.name == "tip"
    bench.press("cancel")
    assert bench.happened() == [Canceled()]


# Mail and telephone orders --------------------------------------------------------------------------------------------


def keyed(**changes: Any) -> Bench:
    bench = Bench().connect()
    bench.command("act_1", payment(takes=["card"], **changes))
    assert bench.screen.name == "keyed_card"
    return bench


def test_a_card_is_keyed_in() -> None:
    bench = keyed()
    bench.key(*LUHN, "enter")
    bench.key(*"1230", "enter")
    bench.key(*"123", "enter")
    bench.feed(events.Typed("EC1A 1BB"))
    bench.press("next")
    assert bench.screen.heading == "Is this right?"
    assert [line.value for line in bench.screen.lines] == ["Card ending in 4242", "12/30", "EC1A 1BB"]
    assert bench.screen.buttons[0].label == "Pay $10.00"
    bench.press("next")
    (read,) = bench.readings()
    assert read.facts is None
    clear, _ = bench.sealer.sealed[0]
    assert (clear.number, clear.exp_month, clear.exp_year, clear.verification, clear.postal_code) == (
        LUHN,
        12,
        2030,
        "123",
        "EC1A 1BB",
    )
    bench.end("act_1")
    assert bench.screen.name == "approved"


@pytest.mark.parametrize(
    ("keys", "error"),
    [
        (["4242424242424241"], "This is not a card number."),
        (["4242"], "This is not a card number."),
        ([LUHN, "1330"], "The card has expired, or there is no such month."),
        ([LUHN, "1025"], "The card has expired, or there is no such month."),
        ([LUHN, "123"], "The card has expired, or there is no such month."),
        ([LUHN, "1230", "12"], "The security code has three or four digits."),
        ([LUHN, "1230", "1234"], "The security code has three or four digits."),
        (["378282246310005", "1230", "123"], "The security code has three or four digits."),
    ],
)
def test_what_is_wrong_with_a_keyed_card_is_said_in_place(keys: list[str], error: str) -> None:
    bench = keyed()
    for part in keys:
        bench.key(*part, "enter")
    assert bench.screen.field is not None
    assert bench.screen.field.error == error
    bench.key("clear")
    assert bench.screen.field is not None
    assert (bench.screen.field.error, bench.screen.field.entered) == (None, 0)


def test_the_number_is_dots_on_the_screen() -> None:
    bench = keyed()
    bench.key(*LUHN[:6])
    assert bench.screen.field is not None
    assert bench.screen.field.value == "•••• ••"


def test_a_postal_code_that_is_none() -> None:
    bench = keyed()
    for part in (LUHN, "1230", "123"):
        bench.key(*part, "enter")
    bench.feed(events.Typed("<script>"))
    bench.press("next")
    assert bench.screen.field is not None
    assert bench.screen.field.error == "This is not a postal code."
    bench.feed(events.Typed(""))
    bench.press("next")
    assert bench.screen.heading == "Is this right?"


def test_back_while_keying_in() -> None:
    bench = keyed()
    bench.key(*LUHN, "enter")
    bench.key("1", "2")
    bench.press("back")
    assert bench.screen.field is not None
    assert (bench.screen.step, bench.screen.field.entered) == (1, 0)
    bench.press("back")
    assert bench.screen.name == "keyed_card", "there is nowhere else to go"


def test_keying_in_where_cards_are_taken_too() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment(takes=["card_present", "card"]))
    bench.press("key_in")
    bench.press("back")
    assert bench.screen.name == "present_card"


# Paper ----------------------------------------------------------------------------------------------------------------


def test_a_picture_is_printed() -> None:
    bench = Bench("verifone_v660p").connect()
    bench.command("act_1", Print(content=b"picture", media_type="image/png"))
    assert (bench.screen.name, bench.paper) == ("printing", [b"picture"])
    assert bench.command("act_2", payment()) == "busy"
    bench.feed(events.PrinterStopped())
    assert bench.happened() == [Printed()]
    bench.end("act_1", Result(succeeded=True))
    assert bench.screen.heading == "Printed"


def test_a_printer_in_trouble() -> None:
    bench = Bench("verifone_v660p").connect()
    bench.command("act_1", Print(content=b"picture", media_type="image/png"))
    bench.feed(events.PrinterStopped("printer_out_of_paper"))
    assert bench.happened() == [Printed(trouble="printer_out_of_paper")]
    bench.end("act_1", Result(succeeded=False, code="printer_out_of_paper"))
    assert (bench.screen.heading, bench.screen.detail) == ("Not completed", "The printer is out of paper.")


def test_a_reader_without_a_printer_says_so() -> None:
    bench = Bench("stripe_s700").connect()
    bench.command("act_1", Print(content=b"picture", media_type="image/png"))
    assert (bench.paper, bench.happened()) == ([], [Printed(trouble="printer_absent")])
