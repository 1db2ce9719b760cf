"""Forms on the screen: shown in order, checked in place, skipped, left alone."""

import pytest
from tests.reader.device.rig import Bench, assignment

from opentill.link.messages import Entered, Result, Untouched, Value
from opentill.link.tasks import Choice, Form, Inputs, InputType, Toggle
from opentill.reader.device import events
from opentill.reader.device.forms import phone

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0L9 9"/></svg>'


def asking(*forms: Form, country: str = "US") -> Bench:
    bench = Bench(assigned=assignment(country=country)).connect()
    assert bench.command("act_1", Inputs(forms=list(forms))) == "accepted"
    return bench


def test_five_forms_one_after_another() -> None:
    bench = asking(
        Form(type="selection", title="Size?", choices=[Choice(text="Large", id="l"), Choice(text="Small", id="s")]),
        Form(type="signature", required=True),
        Form(type="email", title="Mail", submit="Send", skip="Later", toggles=[Toggle(title="News", on=True)]),
        Form(type="phone", title="Phone"),
        Form(type="numeric", title="Number"),
    )
    assert (bench.screen.step, bench.screen.steps) == (1, 5)
    bench.press("choice:1")
    assert bench.screen.heading == "Please sign"
    bench.feed(events.Signed(SVG))
    bench.press("submit")
    assert [(button.id, button.label) for button in bench.screen.buttons] == [
        ("submit", "Send"),
        ("skip", "Later"),
        ("back", "Back"),
    ]
    bench.feed(events.Toggled(0, on=False))
    bench.feed(events.Typed(" someone@example.com "))
    bench.press("submit")
    bench.feed(events.Typed("(555) 555-1234"))
    bench.press("submit")
    bench.press("skip")
    assert bench.happened() == [
        Entered(
            values=[
                Value(value="Small", choice=1),
                Value(value=SVG),
                Value(value="someone@example.com", toggles=[False]),
                Value(value="+15555551234"),
                Value(),
            ]
        )
    ]
    bench.end("act_1", Result(succeeded=True))
    assert (bench.screen.name, bench.screen.heading) == ("done", "Thank you")
    bench.advance(2.9)
    assert bench.screen.name == "done"
    bench.advance(0.2)
    assert bench.screen.name == "splash"


@pytest.mark.parametrize(
    ("type", "text", "error"),
    [
        ("email", "nobody", "This is not an email address."),
        ("email", "a@b", "This is not an email address."),
        ("email", "a b@example.com", "This is not an email address."),
        ("phone", "12", "This is not a phone number."),
        ("phone", "call me", "This is not a phone number."),
        ("numeric", "12a", "Only digits, please."),
        ("numeric", "١٢٣", "Only digits, please."),
        ("text", "  ", "This is needed."),
        ("text", "x" * 501, "This is too long."),
    ],
)
def test_what_is_wrong_is_said_in_place(type: InputType, text: str, error: str) -> None:
    bench = asking(Form(type=type, required=True))
    bench.feed(events.Typed(text))
    bench.press("submit")
    assert bench.screen.field is not None
    assert bench.screen.field.error == error
    assert bench.happened() == []
    bench.feed(events.Typed("1"))
    assert bench.screen.field is not None
    assert bench.screen.field.error is None


def test_a_required_form_has_no_way_around() -> None:
    bench = asking(Form(type="signature", required=True))
    assert "skip" not in bench.buttons()
    bench.press("submit")
    assert bench.screen.field is not None
    assert bench.screen.field.error == "Please sign first."
    bench.feed(events.Signed("<script>"))
    bench.press("submit")
    assert bench.happened() == []


def test_a_signature_can_be_cleared() -> None:
    bench = asking(Form(type="signature"))
    assert "clear" not in bench.buttons()
    bench.feed(events.Signed(SVG))
    bench.press("clear")
    assert bench.screen.field is not None
    assert bench.screen.field.value == ""


def test_going_back_finds_what_was_entered() -> None:
    bench = asking(Form(type="text", title="First"), Form(type="text", title="Second"))
    assert "back" not in bench.buttons()
    bench.feed(events.Typed("Jane"))
    bench.press("submit")
    bench.press("back")
    assert bench.screen.field is not None
    assert bench.screen.field.value == "Jane"
    bench.feed(events.Typed("Joan"))
    bench.press("submit")
    bench.press("skip")
    assert bench.happened() == [Entered(values=[Value(value="Joan"), Value()])]


def test_nobody_touches_a_form_for_two_minutes() -> None:
    bench = asking(Form(type="text"))
    bench.advance(119)
    bench.feed(events.Typed("J"))
    bench.advance(119)
    assert bench.happened() == []
    bench.advance(1)
    assert bench.happened() == [Untouched()]
    bench.end("act_1", Result(succeeded=False, code="collect_inputs_timeout"))
    assert bench.screen.name == "splash"


def test_toggles_show_what_they_are() -> None:
    toggles = [Toggle(title="News", description="Once a month"), Toggle(description="Only this", on=True)]
    bench = asking(Form(type="text", toggles=toggles))
    assert [(switch.label, switch.detail, switch.on) for switch in bench.screen.switches] == [
        ("News", "Once a month", False),
        ("Only this", None, True),
    ]
    bench.feed(events.Toggled(7, on=True))
    bench.feed(events.Toggled(-1, on=True))
    assert [switch.on for switch in bench.screen.switches] == [False, True]


@pytest.mark.parametrize(
    ("text", "country", "number"),
    [
        ("555 555 1234", "US", "+15555551234"),
        ("1-555-555-1234", "US", "+15555551234"),
        ("+44 20 7946 0000", "US", "+442079460000"),
        ("030 123456", "DE", "+4930123456"),
        ("06 12345678", "IT", "+390612345678"),
        ("555 1234", "US", None),
        ("12345", "GB", None),
        ("+0123456789", "US", None),
        ("12345678", "XX", None),
        ("+1234567890123456", "DE", None),
    ],
)
def test_phone_numbers_are_written_as_e164_has_them(text: str, country: str, number: str | None) -> None:
    assert phone(text, country) == number
