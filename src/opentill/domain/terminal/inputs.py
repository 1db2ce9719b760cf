"""Forms on the reader's screen (`collect_inputs`): their limits, what was entered, and how a simulated reader does it.

Limits: the guide "Collect inputs" and the API reference (five forms a call, four toggles and four choices a form).
Filled-in values: those the mobile SDKs document for their simulated readers, `someone@example.com` of which is also
in the API's own sample; a selection takes the first choice, a toggle its default.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import msgspec
from msgspec import UNSET

from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.reader_action import Input, InputType, InputValue, Selection, Toggle
from opentill.domain.terminal import refusals, signatures

INPUTS_MAX: Final = 5
TOGGLES_MAX: Final = 4
CHOICES_MAX: Final = 4

# Characters.
TITLE_MAX: Final = 40
DESCRIPTION_MAX: Final = 100
SELECTION_DESCRIPTION_MAX: Final = 500
SUBMIT_BUTTON_MAX: Final = 30
SKIP_BUTTON_MAX: Final = 14
TOGGLE_TEXT_MAX: Final = 50
TOGGLE_TEXT_BOTH_MAX: Final = 25  # of title and description each, where a toggle has both
CHOICE_TEXT_MAX: Final = 30
CHOICE_ID_MAX: Final = 50

# What a customer may enter, characters; no limits are published.
ENTERED_MAX: Final = 500
SIGNATURE_MAX: Final = 200_000

ENTERED: Final[dict[InputType, str]] = {
    "email": "someone@example.com",
    "phone": "+15555551234",
    "text": "Jane Doe",
    "numeric": "2907981236",
}
"""What the customer of a simulated reader enters."""

SIGNATURE_SVG: Final = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="100" viewBox="0 0 300 100">'
    '<path d="M20 70 C60 10 80 95 120 45 S180 80 210 40 S260 60 280 30" fill="none" stroke="black" stroke-width="3"/>'
    "</svg>"
)
"""The signature of a simulated reader; its File is what the action shows."""


_EMAIL: Final = re.compile(r"[^@\s]{1,64}@[^@\s]+\.[^@\s.]+")
_PHONE_NOISE: Final = re.compile(r"[\s().\-/]")
_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")  # E.164: up to 15 digits
_NUMERIC: Final = re.compile(r"[0-9]+")


Keep: TypeAlias = Callable[[str], str]
"""Takes a signature, an SVG document, and gives the id of the File that will hold it."""


class InvalidInput(ValueError):
    """What was entered does not fit its form. The text repeats nothing of it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a customer left in one form: `value` is None if it was skipped, `choice` the button that was pressed.

    For a signature `value` is the SVG. `toggles` are the switches, in the form's order; none if they were not shown.
    """

    value: str | None = None
    choice: int | None = None
    toggles: Sequence[bool] = ()


def check(inputs: list[Input]) -> list[Input]:
    """`inputs` as the action shows them before anything was entered. Raises InvalidRequest."""
    if not inputs:
        raise refusals.missing("inputs")
    if len(inputs) > INPUTS_MAX:
        raise refusals.too_many("inputs", INPUTS_MAX, len(inputs))
    return [_checked(input, f"inputs[{index}]") for index, input in enumerate(inputs)]


def completed(inputs: list[Input], *, skip_optional: bool, keep: Keep) -> list[Input]:
    """The forms as the simulated customer leaves them.

    `skip_optional` presses Skip where there is such a button. `keep` takes SIGNATURE_SVG for each form that is signed.
    """
    return [_skipped(input) if skip_optional and not input.required else _entered(input, keep) for input in inputs]


def entered(inputs: list[Input], answers: Sequence[Answer], *, keep: Keep) -> list[Input]:
    """The forms as a customer leaves them at a device. Raises InvalidInput.

    `keep` takes each signature, as a drawing and nothing else; what it took is void if this raises.
    """
    if len(inputs) != len(answers):
        raise InvalidInput("not one answer for each form")
    return [_answered(input, answer, keep) for input, answer in zip(inputs, answers, strict=True)]


def _answered(input: Input, answer: Answer, keep: Keep) -> Input:
    toggles = input.toggles
    if toggles and answer.toggles:
        if len(toggles) != len(answer.toggles):
            raise InvalidInput("not one value for each switch")
        toggles = [
            msgspec.structs.replace(toggle, value="enabled" if on else "disabled")
            for toggle, on in zip(toggles, answer.toggles, strict=True)
        ]
    elif answer.toggles:
        raise InvalidInput("values for switches that there are not")
    if answer.value is None and answer.choice is None:
        if input.required:
            raise InvalidInput("a required form cannot be skipped")
        return msgspec.structs.replace(input, skipped=True, toggles=toggles)
    done = msgspec.structs.replace(input, skipped=False, toggles=toggles)
    if input.selection is not UNSET:
        if answer.choice is None or not 0 <= answer.choice < len(input.selection.choices):
            raise InvalidInput("a choice that was not offered")
        chosen = input.selection.choices[answer.choice]
        return msgspec.structs.replace(
            done, selection=msgspec.structs.replace(input.selection, id=chosen.id, text=chosen.text)
        )
    value = _value(input.type, answer.value or "")
    if input.type == "signature":
        value = keep(value)
    return msgspec.structs.replace(done, **{input.type: InputValue(value=value)})


def _value(type: InputType, text: str) -> str:
    """What was entered, as the API shows it; a signature as the drawing that is kept of it. Raises InvalidInput."""
    if len(text) > (SIGNATURE_MAX if type == "signature" else ENTERED_MAX):
        raise InvalidInput("too long")
    match type:
        case "email":
            fits = _EMAIL.fullmatch(text) and text.isprintable()
        case "phone":
            text = _PHONE_NOISE.sub("", text)
            text = f"+{text[2:]}" if text.startswith("00") else text
            fits = _PHONE.fullmatch(text)
        case "numeric":
            fits = _NUMERIC.fullmatch(text)
        case "signature":
            try:
                return signatures.drawn(text)
            except signatures.NotASignature as error:
                raise InvalidInput("not a signature") from error
        case _:
            fits = text.strip() and "\0" not in text
    if not fits:
        raise InvalidInput(f"not a {type}")
    return text


def _checked(input: Input, param: str) -> Input:
    text = input.custom_text
    if text is None:
        raise refusals.missing(f"{param}[custom_text]")
    if not text.title:
        raise refusals.missing(f"{param}[custom_text][title]")
    description_max = SELECTION_DESCRIPTION_MAX if input.type == "selection" else DESCRIPTION_MAX
    _fits(text.title, TITLE_MAX, f"{param}[custom_text][title]")
    _fits(text.description, description_max, f"{param}[custom_text][description]")
    _fits(text.submit_button, SUBMIT_BUTTON_MAX, f"{param}[custom_text][submit_button]")
    _fits(text.skip_button, SKIP_BUTTON_MAX, f"{param}[custom_text][skip_button]")
    _check_toggles(input.toggles or [], f"{param}[toggles]")
    blank = msgspec.structs.replace(input, required=bool(input.required), skipped=UNSET)
    if input.type != "selection":
        if input.selection is not UNSET:
            raise refusals.invalid(f"`selection` is only for inputs of the type selection, not {input.type}.", param)
        return msgspec.structs.replace(blank, **{input.type: InputValue()})
    if input.selection is UNSET:
        raise refusals.missing(f"{param}[selection]")
    _check_choices(input.selection, f"{param}[selection][choices]")
    return blank


def _check_toggles(toggles: list[Toggle], param: str) -> None:
    if len(toggles) > TOGGLES_MAX:
        raise refusals.too_many(param, TOGGLES_MAX, len(toggles))
    for index, toggle in enumerate(toggles):
        here = f"{param}[{index}]"
        if not toggle.title and not toggle.description:
            raise InvalidRequest(
                "At least one of title or description must be provided.", code="parameter_missing", param=here
            )
        limit = TOGGLE_TEXT_BOTH_MAX if toggle.title and toggle.description else TOGGLE_TEXT_MAX
        _fits(toggle.title, limit, f"{here}[title]")
        _fits(toggle.description, limit, f"{here}[description]")


def _check_choices(selection: Selection, param: str) -> None:
    choices = selection.choices
    if not choices:
        raise refusals.missing(param)
    if len(choices) > CHOICES_MAX:
        raise refusals.too_many(param, CHOICES_MAX, len(choices))
    seen: set[str] = set()
    for index, choice in enumerate(choices):
        if not choice.text:
            raise refusals.missing(f"{param}[{index}][text]")
        if not choice.id:
            raise refusals.missing(f"{param}[{index}][id]")
        _fits(choice.text, CHOICE_TEXT_MAX, f"{param}[{index}][text]")
        _fits(choice.id, CHOICE_ID_MAX, f"{param}[{index}][id]")
        if choice.id in seen:
            raise refusals.invalid("Each choice needs an id of its own.", f"{param}[{index}][id]")
        seen.add(choice.id)


def _skipped(input: Input) -> Input:
    return msgspec.structs.replace(input, skipped=True)


def _entered(input: Input, keep: Keep) -> Input:
    toggles = input.toggles and [
        msgspec.structs.replace(toggle, value=toggle.default_value or "disabled") for toggle in input.toggles
    ]
    done = msgspec.structs.replace(input, skipped=False, toggles=toggles)
    if input.selection is not UNSET:
        chosen = input.selection.choices[0]
        return msgspec.structs.replace(
            done, selection=msgspec.structs.replace(input.selection, id=chosen.id, text=chosen.text)
        )
    if input.type == "signature":
        return msgspec.structs.replace(done, signature=InputValue(value=keep(SIGNATURE_SVG)))
    return msgspec.structs.replace(done, **{input.type: InputValue(value=ENTERED[input.type])})


def _fits(text: str | None, maximum: int, param: str) -> None:
    if text is not None and len(text) > maximum:
        raise refusals.too_long(param, maximum, len(text))
