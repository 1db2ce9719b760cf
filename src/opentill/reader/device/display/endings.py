"""The screens on the way to the server, and of what it said."""

from typing import Final

from opentill.link.tasks import Print
from opentill.reader.device.core import Core
from opentill.reader.device.display.cards import money
from opentill.reader.device.job import Job, Outcome
from opentill.reader.device.screens import Icon, Name, Screen

_NAMES: Final[dict[Outcome, tuple[Name, Icon | None]]] = {
    "approved": ("approved", "approved"),
    "declined": ("declined", "declined"),
    "failed": ("declined", "warning"),
    "saved": ("done", "approved"),
    "refunded": ("done", "approved"),
    "printed": ("done", "printer"),
    "thanks": ("done", "approved"),
    "canceled": ("canceled", None),
}


def processing(core: Core) -> Screen:
    """The card is being authorized. Only the server knows how that ends, however long it takes."""
    t = core.texts
    return Screen(
        name="processing",
        heading=t.processing,
        detail=None if core.link == "online" else t.connecting,
        amount=money(core),
    )


def reporting(core: Core) -> Screen:
    """The server was told, and says how it goes on."""
    t, job = core.texts, core.job
    return Screen(
        name="processing",
        heading=t.canceling if job is not None and job.canceling else t.please_wait,
        detail=None if core.link == "online" else t.connecting,
    )


def collected(core: Core) -> Screen:
    """The card was read; the till has half a minute to go on."""
    return Screen(name="processing", heading=core.texts.please_wait, amount=money(core))


def printing(core: Core) -> Screen:
    """Paper is on its way out."""
    return Screen(name="printing", heading=core.texts.printing, icon="printer")


def remove_card(core: Core) -> Screen:
    """It is over: the result, and what to do with the card."""
    t = core.texts
    over = None if core.job is None else core.job.outcome
    words = None if over is None else str(getattr(t, over))
    reason = None if core.job is None else why(core, core.job)
    return Screen(
        name="remove_card",
        heading=t.remove_card,
        detail=words if reason is None else reason,
        amount=money(core) if over == "approved" else None,
        icon="remove",
        speak=None if words is None else f"{words}. {t.remove_card}",
    )


def result(core: Core) -> Screen:
    """How it ended."""
    t, job = core.texts, core.job
    if job is None or job.outcome is None:
        return Screen(name="processing", heading=t.please_wait)
    name, icon = _NAMES[job.outcome]
    heading = str(getattr(t, job.outcome))
    reason = why(core, job)
    return Screen(
        name=name,
        heading=heading,
        detail=reason,
        amount=money(core) if job.outcome in ("approved", "declined", "refunded") else None,
        icon=icon,
        speak=heading if reason is None else f"{heading}. {reason}",
    )


def why(core: Core, job: Job) -> str | None:
    """Why it failed, where the customer may know it: a lost or stolen card is only ever "declined"."""
    said = job.result
    if said is None or said.succeeded:
        return None
    if isinstance(job.task, Print):
        return core.texts.printer.get(said.code or "")
    return core.texts.reasons.get(said.decline_code or "") or core.texts.reasons.get(said.code or "")
