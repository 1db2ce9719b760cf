"""The screen of a form."""

from typing import Final

from opentill.link.tasks import InputType
from opentill.reader.device.core import Core
from opentill.reader.device.forms import TEXT_MAX, entry
from opentill.reader.device.job import Entry
from opentill.reader.device.screens import Button, Field, Screen, Switch
from opentill.reader.device.texts import Texts

_TITLES: Final[dict[InputType, str]] = {
    "email": "enter_email",
    "numeric": "enter_number",
    "phone": "enter_phone",
    "selection": "choose",
    "signature": "sign",
    "text": "enter_text",
}


def form(core: Core) -> Screen:
    """A form of the till's, with what was entered so far."""
    t, shown, job = core.texts, entry(core), core.job
    if shown is None or job is None:
        return Screen(name="input", heading=t.please_wait)
    title = shown.form.title or str(getattr(t, _TITLES[shown.form.type]))
    return Screen(
        name="input",
        heading=title,
        detail=shown.form.description,
        field=_field(t, shown, title),
        switches=[
            Switch(
                label=toggle.title or toggle.description or "",
                detail=toggle.description if toggle.title else None,
                on=on,
            )
            for toggle, on in zip(shown.form.toggles, shown.toggles, strict=True)
        ],
        buttons=_buttons(t, shown, first=job.form == 0),
        step=job.form + 1,
        steps=len(job.entries),
        speak=None if shown.error is None else str(getattr(t, shown.error)),
    )


def _field(t: Texts, shown: Entry, title: str) -> Field | None:
    kind = shown.form.type
    if kind == "selection":
        return None
    return Field(
        kind=kind,
        label=title,
        value=shown.text,
        entered=len(shown.text),
        error=None if shown.error is None else str(getattr(t, shown.error)),
        max_length=None if kind == "signature" else TEXT_MAX,
    )


def _buttons(t: Texts, shown: Entry, *, first: bool) -> list[Button]:
    buttons = [
        Button(id=f"choice:{index}", label=choice.text, style=choice.style or "secondary")
        for index, choice in enumerate(shown.form.choices)
    ]
    if shown.form.type != "selection":
        buttons.append(Button(id="submit", label=shown.form.submit or t.submit, style="primary"))
    if shown.form.type == "signature":
        buttons.append(Button(id="clear", label=t.clear, disabled=not shown.text))
    if not shown.form.required:
        buttons.append(Button(id="skip", label=shown.form.skip or t.skip, style="plain"))
    if not first:
        buttons.append(Button(id="back", label=t.back, style="plain"))
    return buttons
