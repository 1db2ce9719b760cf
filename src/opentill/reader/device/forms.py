"""Forms on the screen (`collect_inputs`): one after another, checked in place, given up when nobody touches them."""

import re
from typing import Final

from opentill.link.messages import Entered, Untouched, Value
from opentill.link.tasks import Inputs
from opentill.reader.device.core import Core
from opentill.reader.device.events import Pressed, Signed, TimerFired, Toggled, Typed
from opentill.reader.device.job import Entry, FormError, Job
from opentill.reader.device.states import State

UNTOUCHED_S: Final = 120.0
TEXT_MAX: Final = 500
SIGNATURE_MAX: Final = 200_000
"""Characters of a signature's SVG: more is no signature, and would not fit a message of the link."""

_EMAIL: Final = re.compile(r"[^@\s,;<>()]{1,64}@[^@\s,;<>()]+\.[^@\s.,;<>()]{2,24}")
_PHONE: Final = re.compile(r"\+[1-9][0-9]{7,14}")
_PHONE_NOISE: Final = re.compile(r"[\s().\-/]")
_NUMERIC: Final = re.compile(r"[0-9]{1,50}", re.ASCII)

_CODES: Final = (
    "AT:43 AU:61 BE:32 BG:359 CA:1 CH:41 CY:357 CZ:420 DE:49 DK:45 EE:372 ES:34 FI:358 FR:33 GB:44 GI:350 GR:30 "
    "HR:385 HU:36 IE:353 IT:39 JP:81 LI:423 LT:370 LU:352 LV:371 MT:356 MY:60 NL:31 NO:47 NZ:64 PL:48 PT:351 "
    "RO:40 SE:46 SG:65 SI:386 SK:421 US:1"
)
CALLING_CODES: Final = {pair[:2]: pair[3:] for pair in _CODES.split()}
"""Calling codes of the countries with readers (ITU-T E.164): a number without one is taken to be of the country."""
_NO_TRUNK_ZERO: Final = frozenset({"IT"})
"""Where the 0 in front of a national number is a part of it."""


def begin(core: Core, job: Job, task: Inputs) -> None:
    """Show the first form."""
    job.entries = [Entry(form, [toggle.on for toggle in form.toggles]) for form in task.forms]
    if not job.entries:
        core.report(Entered(values=[]))
        core.go(State.REPORTING)
        return
    core.go(State.INPUT, seconds=UNTOUCHED_S)


def entry(core: Core) -> Entry | None:
    """The form on the screen."""
    job = core.job
    return job.entries[job.form] if job is not None and job.form < len(job.entries) else None


def typed(core: Core, event: Typed) -> None:
    """The text as it is now."""
    shown = entry(core)
    if shown is not None and shown.form.type not in ("signature", "selection"):
        _touched(core, shown)
        shown.text = event.text[: TEXT_MAX + 1]


def signed(core: Core, event: Signed) -> None:
    """The signature as it is now."""
    shown = entry(core)
    if shown is not None and shown.form.type == "signature":
        _touched(core, shown)
        drawn = event.svg if len(event.svg) <= SIGNATURE_MAX else ""
        shown.text = drawn if drawn.lstrip().startswith("<svg") else ""


def toggled(core: Core, event: Toggled) -> None:
    """A switch."""
    shown = entry(core)
    if shown is not None and 0 <= event.index < len(shown.toggles):
        _touched(core, shown)
        shown.toggles[event.index] = event.on


def chosen(core: Core, event: Pressed) -> None:
    """A button of a selection, which submits it."""
    shown = entry(core)
    index = event.button.partition(":")[2]
    if shown is not None and index.isdecimal() and int(index) < len(shown.form.choices):
        choice = int(index)
        _leave(core, shown, Value(value=shown.form.choices[choice].text, choice=choice, toggles=list(shown.toggles)))


def submitted(core: Core, _event: Pressed) -> None:
    """On, if what was entered makes sense."""
    shown = entry(core)
    if shown is None:
        return
    value, error = checked(shown, _country(core))
    if error is not None:
        _touched(core, shown)
        shown.error = error
        core.beep("bad")
        return
    _leave(core, shown, Value(value=value, toggles=list(shown.toggles)))


def skipped(core: Core, _event: Pressed) -> None:
    """On without an answer."""
    shown = entry(core)
    if shown is not None and not shown.form.required:
        _leave(core, shown, Value(toggles=list(shown.toggles)))


def cleared(core: Core, _event: Pressed) -> None:
    """The signature again."""
    shown = entry(core)
    if shown is not None:
        _touched(core, shown)
        shown.text = ""


def back(core: Core, _event: Pressed) -> None:
    """To the form before, as it was left."""
    if core.job is not None and core.job.form > 0:
        core.job.form -= 1
        core.go(State.INPUT, seconds=UNTOUCHED_S)


def untouched(core: Core, _event: TimerFired) -> None:
    """Nobody is there."""
    core.report(Untouched())
    core.go(State.REPORTING)


def checked(shown: Entry, country: str) -> tuple[str | None, FormError | None]:
    """What the form holds as it is sent, or what is wrong with it. An answer that is not required may be empty."""
    text = shown.text.strip()
    if shown.form.type == "selection":
        return None, "choose"
    if not text:
        if not shown.form.required and shown.form.type != "signature":
            return None, None
        return None, "sign_first" if shown.form.type == "signature" else "is_required"
    if len(text) > TEXT_MAX and shown.form.type != "signature":
        return None, "text_too_long"
    match shown.form.type:
        case "email":
            return (text, None) if _EMAIL.fullmatch(text) else (None, "email_wrong")
        case "phone":
            number = phone(text, country)
            return (number, None) if number is not None else (None, "phone_wrong")
        case "numeric":
            return (text, None) if _NUMERIC.fullmatch(text) else (None, "number_wrong")
        case _:
            return text, None


def phone(text: str, country: str) -> str | None:
    """A phone number as E.164 writes it, or None if it is none. National numbers are of `country` (two letters).

    >>> phone("(555) 555-1234", "US"), phone("030 1234567", "DE"), phone("0044 20 7946 0000", "FR")
    ('+15555551234', '+49301234567', '+442079460000')
    """
    digits = _PHONE_NOISE.sub("", text)
    code = CALLING_CODES.get(country)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if not digits.startswith("+"):
        if code is None:
            return None
        national = digits if country in _NO_TRUNK_ZERO else digits.removeprefix("0")
        if code == "1" and len(national) == 11:
            national = national.removeprefix("1")
        digits = f"+{code}{national}"
    if code == "1" and digits.startswith("+1") and len(digits) != 12:
        return None
    return digits if _PHONE.fullmatch(digits) else None


def _country(core: Core) -> str:
    settings = core.settings
    return (settings.country if settings is not None else None) or "US"


def _touched(core: Core, shown: Entry) -> None:
    shown.error = None
    core.go(State.INPUT, seconds=UNTOUCHED_S)


def _leave(core: Core, shown: Entry, value: Value) -> None:
    shown.error = None
    shown.done = value
    job = core.job
    if job is None:
        return
    if job.form + 1 < len(job.entries):
        job.form += 1
        core.go(State.INPUT, seconds=UNTOUCHED_S)
        return
    core.report(Entered(values=[entered.done or Value() for entered in job.entries]))
    core.go(State.REPORTING)
