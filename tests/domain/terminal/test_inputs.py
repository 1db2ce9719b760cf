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


def form(type: InputType = "text", **members: Any) -> Input:
    text: dict[str, Any] = {"title": "Title", **members.pop("text", {})}
    if type == "selection" and "selection" not in members:
        members["selection"] = Selection(choices=[Choice(id="yes", text="Yes"), Choice(id="no", text="No")])
    return Input(type=type, custom_text=InputText(**text), **members)


def choices(*pairs: tuple[str, str]) -> Selection:
    return Selection(choices=[Choice(id=id, text=text) for id, text in pairs])


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
    (done,) = inputs.completed(inputs.check([form(type)]), skip_optional=False, signature_file="file_1")
    assert getattr(done, type) == InputValue(value=value)
    assert done.skipped is False


def test_the_simulated_customer_takes_the_first_choice() -> None:
    (done,) = inputs.completed(inputs.check([form("selection")]), skip_optional=False, signature_file=None)
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
    (done,) = inputs.completed(waiting, skip_optional=False, signature_file=None)
    assert [toggle.value for toggle in done.toggles or []] == ["enabled", "disabled", "disabled"]


def test_skipping_leaves_out_what_is_not_required() -> None:
    waiting = inputs.check([form("email"), form("text", required=True), form("selection"), form("signature")])
    done = inputs.completed(waiting, skip_optional=True, signature_file=None)
    assert [input.skipped for input in done] == [True, False, True, True]
    assert done[0].email == InputValue()
    assert done[1].text == InputValue(value="Jane Doe")


@pytest.mark.parametrize(
    ("forms", "skip", "needed"),
    [
        ([form("signature")], False, True),
        ([form("signature")], True, False),
        ([form("signature", required=True)], True, True),
        ([form("text", required=True)], False, False),
    ],
)
def test_when_a_signature_is_needed(forms: list[Input], *, skip: bool, needed: bool) -> None:
    waiting = inputs.check(forms)
    assert inputs.needs_signature(waiting, skip_optional=skip) is needed
    if needed:
        with pytest.raises(ValueError, match="signature"):
            inputs.completed(waiting, skip_optional=skip, signature_file=None)
    else:
        assert inputs.completed(waiting, skip_optional=skip, signature_file=None)
