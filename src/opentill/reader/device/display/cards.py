"""The screens on which a card is asked for and read. No digit of a number or a PIN is ever among what they show."""

from typing import Final, Literal, TypeAlias

from opentill.link.tasks import Payment, Refund, Setup
from opentill.reader.device import keyed as keying
from opentill.reader.device.amounts import amount
from opentill.reader.device.core import Core
from opentill.reader.device.display.sale import cancel
from opentill.reader.device.job import Job, KeyedCard
from opentill.reader.device.models import Interface
from opentill.reader.device.reading import PIN_MOST, may_skip_pin, open_ways
from opentill.reader.device.sale import may_key_in
from opentill.reader.device.screens import Button, Field, Icon, Line, Screen

Way: TypeAlias = Literal["tap", "insert", "swipe"]

_WAYS: Final[tuple[tuple[Interface, Way], ...]] = (("contactless", "tap"), ("contact", "insert"), ("stripe", "swipe"))
_DOT: Final = "•"


def money(core: Core) -> str | None:
    """The amount of the job as the cardholder reads it."""
    job = core.job
    if job is None or job.amount is None or job.currency is None:
        return None
    return amount(job.amount, job.currency, core.language)


def present(core: Core) -> Screen:
    """Present a card; or again, and why."""
    t, job = core.texts, core.job
    ways = open_ways(core)
    accepts: list[Way] = [way for interface, way in _WAYS if interface in ways]
    if len(accepts) == 3:
        heading = t.tap_insert_swipe
    elif "tap" in accepts:
        heading = t.tap_insert
    else:
        heading = t.insert_swipe if "swipe" in accepts else t.insert
    if job is None:
        return Screen(name="present_card", heading=heading)
    hint = None if job.hint is None else str(getattr(t, job.hint))
    buttons = [Button(id="key_in", label=t.key_in)] if may_key_in(core) else []
    icon: Icon = "contactless" if "tap" in accepts else "insert"
    if job.hint == "swipe_now":
        icon = "swipe"
    elif job.hint is not None:
        icon = "warning" if accepts != ["insert"] else "insert"
    shown = money(core)
    return Screen(
        name="present_card",
        heading=heading,
        detail=hint or _what(core, job),
        amount=shown,
        icon=icon,
        accepts=accepts,
        lines=_parts(core, job),
        merchant=None if core.settings is None else core.settings.merchant,
        buttons=[*buttons, *cancel(core, job)],
        speak=" ".join(part for part in (hint, shown, heading) if part is not None),
    )


def present_again(core: Core) -> Screen:
    """The card is in the way."""
    t, job = core.texts, core.job
    hint = None if job is None or job.hint is None else str(getattr(t, job.hint))
    return Screen(
        name="remove_card",
        heading=t.remove_and_present,
        detail=hint,
        amount=money(core),
        icon="remove",
        buttons=[] if job is None else cancel(core, job),
    )


def reading(core: Core) -> Screen:
    """Do not move."""
    t, session = core.texts, core.session
    tapped = session is not None and session.interface == "contactless"
    return Screen(
        name="reading",
        heading=t.hold_card if tapped else t.leave_card,
        amount=money(core),
        icon="contactless" if tapped else "insert",
    )


def application(core: Core) -> Screen:
    """The card has several applications: which one."""
    names = () if core.session is None else core.session.names
    buttons = [Button(id=f"application:{index}", label=name, style="primary") for index, name in enumerate(names)]
    return Screen(
        name="application",
        heading=core.texts.choose_application,
        amount=money(core),
        buttons=[*buttons, *([] if core.job is None else cancel(core, core.job))],
    )


def pin(core: Core) -> Screen:
    """Dots, never digits."""
    t, session, job = core.texts, core.session, core.job
    entered = 0 if session is None else len(session.digits)
    asked = None if session is None else session.asked
    error = None
    if session is not None and session.pin_error is not None:
        error = t.pin_short
    elif asked is not None and asked.wrong and entered == 0:
        error = t.pin_wrong
    detail = None
    if asked is not None and asked.tries_left == 1:
        detail = t.pin_last_try
    elif asked is not None and asked.wrong and asked.tries_left is not None:
        detail = t.pin_tries.format(tries=asked.tries_left)
    buttons = [Button(id="skip_pin", label=t.pin_skip, style="plain")] if may_skip_pin(core) else []
    return Screen(
        name="pin",
        heading=t.pin,
        detail=detail,
        amount=money(core),
        field=Field(kind="pin", label=t.pin, value=_DOT * entered, entered=entered, error=error, max_length=PIN_MOST),
        keypad=None if core.model.keys else "pin",
        buttons=[*buttons, *([] if job is None else cancel(core, job))],
    )


def keyed(core: Core) -> Screen:
    """One question after another."""
    t, job = core.texts, core.job
    card = None if job is None else job.keyed
    if job is None or card is None:
        return Screen(name="keyed_card", heading=t.key_in)
    last = card.step == "summary"
    go_on = t.next
    if last:
        shown = money(core)
        go_on = t.save if shown is None else t.pay.format(amount=shown)
    return Screen(
        name="keyed_card",
        heading=t.card_summary if last else t.key_in,
        amount=money(core),
        field=None if last else _field(core, card),
        lines=_summary(core, card) if last else [],
        keypad=None if core.model.keys or card.step in ("postal_code", "summary") else "digits",
        step=keying.STEPS.index(card.step) + 1,
        steps=len(keying.STEPS),
        buttons=[
            Button(id="next", label=go_on, style="primary"),
            Button(id="back", label=t.back, style="plain"),
            *cancel(core, job),
        ],
    )


def _field(core: Core, card: KeyedCard) -> Field:
    t = core.texts
    label, error, entered = {
        "number": (t.card_number, t.card_number_wrong, len(card.number)),
        "expiry": (t.card_expiry, t.card_expiry_wrong, len(card.expiry)),
        "code": (t.card_code, t.card_code_wrong, len(card.code)),
    }.get(card.step, (t.card_postal_code, t.card_postal_code_wrong, len(card.postal_code)))
    if card.step == "postal_code":
        value = card.postal_code
    elif card.step == "expiry":
        value = card.expiry if entered < 3 else f"{card.expiry[:2]}/{card.expiry[2:]}"
    else:
        dots = _DOT * entered
        value = " ".join(dots[at : at + 4] for at in range(0, entered, 4)) if card.step == "number" else dots
    return Field(
        kind="text" if card.step == "postal_code" else "digits",
        label=label,
        value=value,
        entered=entered,
        error=error if card.wrong else None,
        max_length=keying.LENGTHS[card.step],
    )


def _summary(core: Core, card: KeyedCard) -> list[Line]:
    t = core.texts
    month, year = keying.expiry(card)
    lines = [
        Line(label=t.card_number, value=t.card_ending.format(last4=card.number[-4:])),
        Line(label=t.card_expiry, value=f"{month:02}/{year % 100:02}"),
    ]
    if card.postal_code.strip():
        lines.append(Line(label=t.card_postal_code, value=card.postal_code.strip()))
    return lines


def _what(core: Core, job: Job) -> str | None:
    """How the amount is called, or what is done without one."""
    t = core.texts
    match job.task:
        case Payment(preauthorization=True):
            return t.preauthorization
        case Payment():
            return t.total
        case Refund():
            return t.refund
        case Setup():
            return t.saves_card
        case _:
            return None


def _parts(core: Core, job: Job) -> list[Line]:
    """What the total is made of, if there is a tip in it."""
    if not isinstance(job.task, Payment) or not job.tip:
        return []
    t, task = core.texts, job.task
    return [
        Line(label=t.subtotal, value=amount(task.amount, task.currency, core.language)),
        Line(label=t.tip_line, value=amount(job.tip, task.currency, core.language)),
    ]
