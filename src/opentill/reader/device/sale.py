"""Beginning what the server wants: a cart, a tip, a card, forms, paper."""

from typing import Final

from opentill.domain.money import decimals, maximum
from opentill.link.messages import Printed
from opentill.link.tasks import Again, Cart, Confirmation, Inputs, Payment, Print, Refund, Setup, Task
from opentill.reader.device import forms, keyed, reading
from opentill.reader.device.amounts import step
from opentill.reader.device.core import Core
from opentill.reader.device.effects import Paper
from opentill.reader.device.events import Keyed, Pressed, PrinterStopped
from opentill.reader.device.job import Hint, Job, KeyedCard
from opentill.reader.device.states import State

_TIP_DIGITS_MAX: Final = 8


def begin(core: Core, action: str, task: Task | None, *, again: Again | None = None) -> None:
    """Do `task` in place of what the reader does. Without one, wait for the end of the action."""
    # The chip of a card that was collected still waits for the issuer's answer.
    keeps_card = isinstance(task, Confirmation) and core.state is State.COLLECTED
    session, language = (core.session, core.card_language) if keeps_card else (None, None)
    core.forget_job()
    core.session, core.card_language = session, language
    core.dropped, core.missed = None, False
    job = core.job = Job(action, task, again=again)
    match task:
        case Payment(tips=tips) if tips is not None:
            core.go(State.TIP)
        case Payment() | Setup() | Refund():
            ask_card(core, job)
        case Cart():
            core.go(State.CART)
        case Inputs():
            forms.begin(core, job, task)
        case Print():
            _print(core, task)
        case Confirmation() | None:
            core.go(State.PROCESSING)


def ask_card(core: Core, job: Job) -> None:
    """Have a card presented, or keyed in where it is a mail or telephone order."""
    if isinstance(job.task, Payment) and job.task.takes == ["card"]:
        job.keyed = KeyedCard()
        core.go(State.KEYED_CARD)
        return
    hint: Hint | None = None
    if job.again is not None:
        hint = "insert_for_pin" if job.again.how == "insert" else "again_for_pin"
    reading.present(core, job, hint)


def key_in(core: Core, _event: Pressed) -> None:
    """The cashier keys the card in instead, where the payment takes that too."""
    if core.job is not None:
        core.job.keyed = KeyedCard()
        core.go(State.KEYED_CARD)


def may_key_in(core: Core) -> bool:
    """Whether there is a button for it."""
    job = core.job
    return job is not None and isinstance(job.task, Payment) and "card" in job.task.takes and job.again is None


def left_keying(core: Core, _event: Pressed) -> None:
    """Back from keying in: to the cards, or to the beginning."""
    if core.job is not None and core.job.keyed is not None and not keyed.back(core.job.keyed) and may_tap(core.job):
        core.job.keyed = None
        reading.present(core, core.job)


def may_tap(job: Job) -> bool:
    """Whether a payment whose card may be keyed in takes cards that are there, too."""
    return isinstance(job.task, Payment) and job.task.takes != ["card"]


# Tips -------------------------------------------------------------------------------------------------------------


def tip_chosen(core: Core, event: Pressed) -> None:
    """One of the suggestions."""
    job = core.job
    index = event.button.partition(":")[2]
    if job is not None and isinstance(job.task, Payment) and index.isdecimal():
        tips = job.task.tips or []
        if int(index) < len(tips):
            _tip(core, job, tips[int(index)].amount)


def no_tip(core: Core, _event: Pressed) -> None:
    """None."""
    if core.job is not None:
        _tip(core, core.job, 0)


def other_tip(core: Core, _event: Pressed) -> None:
    """An amount of one's own."""
    if core.job is not None:
        core.job.custom_tip = ""
        core.job.tip_error = False
        core.go(State.CUSTOM_TIP)


def back_to_tips(core: Core, _event: Pressed | Keyed) -> None:
    """The suggestions again."""
    core.go(State.TIP)


def tip_key(core: Core, event: Keyed) -> None:
    """A key of the custom amount."""
    job = core.job
    if job is None:
        return
    core.beep("key")
    job.tip_error = False
    match event.key:
        case "clear":
            job.custom_tip = job.custom_tip[:-1]
        case "cancel":
            back_to_tips(core, event)
        case "enter":
            _tip(core, job, custom_tip(job))
        case digit if len(job.custom_tip) < _TIP_DIGITS_MAX:
            job.custom_tip = (job.custom_tip + digit).lstrip("0")
        case _:
            pass


def tip_entered(core: Core, _event: Pressed) -> None:
    """The custom amount is complete."""
    if core.job is not None:
        _tip(core, core.job, custom_tip(core.job))


def custom_tip(job: Job) -> int:
    """What was keyed in, in minor units. The last digit keyed in is the least that the currency is charged in."""
    return int(job.custom_tip or "0") * step(job.currency or "usd")


def tip_places(currency: str) -> int:
    """How many of the digits that are keyed in stand behind the point."""
    return {1: decimals(currency), 10: decimals(currency) - 1, 100: 0}[step(currency)]


def _tip(core: Core, job: Job, tip: int) -> None:
    if isinstance(job.task, Payment) and job.task.amount + tip > maximum(job.task.currency):
        job.tip_error = True
        core.beep("bad")
        return
    job.tip = tip
    ask_card(core, job)


# Paper ------------------------------------------------------------------------------------------------------------


def _print(core: Core, task: Print) -> None:
    if not core.model.can("printing"):
        core.report(Printed(trouble="printer_absent"))
        core.go(State.REPORTING)
        return
    core.go(State.PRINTING)
    core.do(Paper(task.content, task.media_type))


def printer_stopped(core: Core, event: PrinterStopped) -> None:
    """The paper came out, or did not."""
    core.report(Printed(trouble=event.trouble))
    core.go(State.REPORTING)
