"""Forms on the reader: limits and how the simulated customer fills them in (terminal.md 4.6)."""

from typing import Any, get_args

import msgspec
import pytest
from msgspec import UNSET

from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.reader_action import (
    Choice,
    Input,
    InputText,
    InputType,
    InputValue,
    Selection,
    Toggle,
)
from opentill.domain.terminal import inputs
from opentill.domain.terminal.inputs import Answer, InvalidInput


def form(type: InputType = "text", **members: Any) -> Input:
    text: dict[str, Any] = {"title": "Title", **members.pop("text", {})}
    if type == "selection" and "selection" not in members:
        members["selection"] = Selection(choices=[Choice(id="yes", text="Yes"), Choice(id="no", text="No")])
    return Input(type=type, custom_text=InputText(**text), **members)


def choices(*pairs: tuple[str, str]) -> Selection:
    return Selection(choices=[Choice(id=id, text=text) for id, text in pairs])


def kept(_: str) -> str:
    """The file of whatever is signed."""
    return "file_1"


FIVE = ["a", "b", "c", "d", "e"]


@pytest.mark.parametrize(
    "accepted",
    [
        [form(type) for type in ("signature", "selection", "email", "phone", "numeric")],
        [form(text={"title": "x" * 40, "description": "x" * 100, "submit_button": "x" * 30, "skip_button": "x" * 14})],
        [form("selection", text={"description": "x" * 500})],
        [form(text={"description": "two\nlines"})],
        [form(toggles=[Toggle(title="x" * 25, description="x" * 25)])],
        [form(toggles=[Toggle(title="x" * 50), Toggle(description="x" * 50)])],
        [form("selection", selection=choices(("x" * 50, "x" * 30)))],
        [form("selection", selection=choices(*((key, key) for key in FIVE[:4])))],
    ],
)
def test_accepted(accepted: list[Input]) -> None:
    assert len(inputs.check(accepted)) == len(accepted)


@pytest.mark.parametrize(
    ("refused", "param"),
    [
        ([], "inputs"),
        ([form()] * 6, "inputs"),
        ([Input(type="text")], "inputs[0][custom_text]"),
        ([form(), form(text={"title": None})], "inputs[1][custom_text][title]"),
        ([form(text={"title": "x" * 41})], "inputs[0][custom_text][title]"),
        ([form(text={"description": "x" * 101})], "inputs[0][custom_text][description]"),
        ([form("selection", text={"description": "x" * 501})], "inputs[0][custom_text][description]"),
        ([form(text={"submit_button": "x" * 31})], "inputs[0][custom_text][submit_button]"),
        ([form(text={"skip_button": "x" * 15})], "inputs[0][custom_text][skip_button]"),
        ([form(toggles=[Toggle(title="x")] * 5)], "inputs[0][toggles]"),
        ([form(toggles=[Toggle()])], "inputs[0][toggles][0]"),
        ([form(toggles=[Toggle(title="x" * 51)])], "inputs[0][toggles][0][title]"),
        ([form(toggles=[Toggle(title="x", description="x" * 26)])], "inputs[0][toggles][0][description]"),
        ([form("email", selection=choices(("a", "A")))], "inputs[0]"),
        ([form("selection", selection=UNSET)], "inputs[0][selection]"),
        ([form("selection", selection=choices())], "inputs[0][selection][choices]"),
        ([form("selection", selection=choices(*((key, key) for key in FIVE)))], "inputs[0][selection][choices]"),
        ([form("selection", selection=choices(("a", "")))], "inputs[0][selection][choices][0][text]"),
        ([form("selection", selection=choices(("", "A")))], "inputs[0][selection][choices][0][id]"),
        ([form("selection", selection=choices(("a", "x" * 31)))], "inputs[0][selection][choices][0][text]"),
        ([form("selection", selection=choices(("x" * 51, "A")))], "inputs[0][selection][choices][0][id]"),
        ([form("selection", selection=choices(("a", "A"), ("a", "B")))], "inputs[0][selection][choices][1][id]"),
    ],
)
def test_refused(refused: list[Input], param: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        inputs.check(refused)
    assert refusal.value.param == param


@pytest.mark.parametrize("type", get_args(InputType))
def test_before_anything_is_entered_the_values_are_null(type: InputType) -> None:
    (waiting,) = inputs.check([form(type)])
    shown = msgspec.to_builtins(waiting)
    values = shown[type]
    assert values.get("value", values.get("id")) is None
    assert "skipped" not in shown
    assert shown["required"] is False


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("email", "someone@example.com"),
        ("phone", "+15555551234"),
        ("text", "Jane Doe"),
        ("numeric", "2907981236"),
        ("signature", "file_1"),
    ],
)
def test_what_the_simulated_customer_enters(type: InputType, value: str) -> None:
    (done,) = inputs.completed(inputs.check([form(type)]), skip_optional=False, keep=kept)
    assert getattr(done, type) == InputValue(value=value)
    assert done.skipped is False


def test_the_simulated_customer_takes_the_first_choice() -> None:
    (done,) = inputs.completed(inputs.check([form("selection")]), skip_optional=False, keep=kept)
    assert done.selection is not UNSET
    assert (done.selection.id, done.selection.text) == ("yes", "Yes")


def test_toggles_stay_at_their_default() -> None:
    toggles = [
        Toggle(title="on", default_value="enabled"),
        Toggle(title="off", default_value="disabled"),
        Toggle(title="?"),
    ]
    waiting = inputs.check([form(toggles=toggles)])
    assert [toggle.value for toggle in waiting[0].toggles or []] == [None, None, None]
    (done,) = inputs.completed(waiting, skip_optional=False, keep=kept)
    assert [toggle.value for toggle in done.toggles or []] == ["enabled", "disabled", "disabled"]


def test_skipping_leaves_out_what_is_not_required() -> None:
    waiting = inputs.check([form("email"), form("text", required=True), form("selection"), form("signature")])
    done = inputs.completed(waiting, skip_optional=True, keep=kept)
    assert [input.skipped for input in done] == [True, False, True, True]
    assert done[0].email == InputValue()
    assert done[1].text == InputValue(value="Jane Doe")


@pytest.mark.parametrize(
    ("forms", "skip", "files"),
    [
        ([form("signature")], False, 1),
        ([form("signature")], True, 0),
        ([form("signature", required=True), form("signature"), form("signature", required=True)], True, 2),
        ([form("text", required=True)], False, 0),
    ],
)
def test_every_signature_has_a_file_of_its_own(forms: list[Input], *, skip: bool, files: int) -> None:
    signed: list[str] = []

    def keep(svg: str) -> str:
        signed.append(svg)
        return f"file_{len(signed)}"

    done = inputs.completed(inputs.check(forms), skip_optional=skip, keep=keep)
    shown = [input.signature.value for input in done if input.signature is not UNSET and not input.skipped]
    assert shown == [f"file_{number}" for number in range(1, files + 1)]
    assert signed == [inputs.SIGNATURE_SVG] * files


# At a device ------------------------------------------------------------------------------------------------------


def answered(type: InputType, value: str) -> Any:
    """What the API shows of an answer."""
    (done,) = inputs.entered(inputs.check([form(type)]), [Answer(value=value)], keep=kept)
    assert done.skipped is False
    return getattr(done, type).value


@pytest.mark.parametrize(
    ("type", "value", "shown"),
    [
        ("email", "jenny.rosen@example.com", "jenny.rosen@example.com"),
        ("phone", "+15555551234", "+15555551234"),
        ("phone", "+49 (30) 123-4567", "+49301234567"),
        ("phone", "0033 1 23 45 67 89", "+33123456789"),
        ("numeric", "007", "007"),
        ("text", "Zoë\nRosen", "Zoë\nRosen"),
        ("text", "x" * 500, "x" * 500),
        ("signature", inputs.SIGNATURE_SVG, "file_1"),
    ],
)
def test_what_is_entered(type: InputType, value: str, shown: str) -> None:
    assert answered(type, value) == shown


@pytest.mark.parametrize(
    ("type", "value"),
    [
        ("email", "jenny"),
        ("email", "jenny@example"),
        ("email", "jenny rosen@example.com"),
        ("email", "jenny@example.com\x00"),
        ("phone", "555 1234"),
        ("phone", "+0123456789"),
        ("phone", "+1234567890123456"),
        ("phone", "+1555CALLNOW"),
        ("numeric", "1.5"),
        ("numeric", "-1"),
        ("numeric", ""),
        ("text", "  "),
        ("text", "x" * 501),
        ("signature", "Jenny"),
        ("signature", "<svg><script>alert(1)</script></svg>"),
        ("signature", "<svg onload='alert(1)'></svg>"),
        ("signature", "<svg><image href='https://example.com'/></svg>"),
        ("signature", "<!DOCTYPE svg><svg></svg>"),
        ("signature", f"<svg>{'x' * 200_000}</svg>"),
    ],
)
def test_what_does_not_fit_the_form(type: InputType, value: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        answered(type, value)
    assert not value or value not in str(refused.value)


def test_a_choice() -> None:
    waiting = inputs.check([form("selection")])
    (done,) = inputs.entered(waiting, [Answer(value="No", choice=1)], keep=kept)
    assert done.selection is not UNSET
    assert (done.selection.id, done.selection.text) == ("no", "No")
    for choice in (None, -1, 2):
        with pytest.raises(InvalidInput):
            inputs.entered(waiting, [Answer(value="No", choice=choice)], keep=kept)


def test_switches_as_they_were_left() -> None:
    waiting = inputs.check([form(toggles=[Toggle(title="a", default_value="enabled"), Toggle(title="b")])])
    (done,) = inputs.entered(waiting, [Answer(value="x", toggles=[False, True])], keep=kept)
    assert [toggle.value for toggle in done.toggles or []] == ["disabled", "enabled"]
    (done,) = inputs.entered(waiting, [Answer(toggles=[True, True])], keep=kept)
    assert (done.skipped, [toggle.value for toggle in done.toggles or []]) == (True, ["enabled", "enabled"])
    for toggles in ([True], [True, False, True]):
        with pytest.raises(InvalidInput):
            inputs.entered(waiting, [Answer(value="x", toggles=toggles)], keep=kept)


def test_what_is_required_cannot_be_skipped() -> None:
    waiting = inputs.check([form("text"), form("text", required=True)])
    with pytest.raises(InvalidInput):
        inputs.entered(waiting, [Answer(value="x"), Answer()], keep=kept)
    first, second = inputs.entered(waiting, [Answer(), Answer(value="x")], keep=kept)
    assert (first.skipped, second.skipped) == (True, False)


@pytest.mark.parametrize("answers", [[], [Answer(value="x")] * 2])
def test_one_answer_for_each_form(answers: list[Answer]) -> None:
    with pytest.raises(InvalidInput):
        inputs.entered(inputs.check([form()]), answers, keep=kept)
