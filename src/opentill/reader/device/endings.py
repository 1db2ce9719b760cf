"""How a job ends: the chip hears the issuer's answer, the customer sees the result and takes the card away.

What is shown is what the server's State said, nothing else.
"""

from typing import Final

from opentill.emv.steps import Exchange, GoOnline
from opentill.link.messages import Result
from opentill.link.tasks import Cart, Inputs, Payment, Print, Refund, Setup
from opentill.reader.device import effects, resting
from opentill.reader.device.core import Core
from opentill.reader.device.events import CardAnswered, CardRemoved, TimerFired
from opentill.reader.device.job import Job, Outcome, Session
from opentill.reader.device.states import State

RESULT_S: Final = 3.0
CHIP_S: Final = 5.0
"""So long the chip may take to hear the answer."""

CARD_ERRORS: Final = frozenset(
    "card_declined expired_card incorrect_cvc incorrect_number incorrect_zip incorrect_address processing_error "
    "offline_pin_required online_or_offline_pin_required setup_intent_authentication_failure".split()
)


def outcome(job: Job, result: Result) -> Outcome | None:
    """What the customer is told of a result, None for nothing."""
    if result.succeeded:
        match job.task:
            case Payment(collects=True) | Cart():
                return None  # the card that was collected has lapsed; a cart is only looked at
            case Setup():
                return "saved"
            case Refund():
                return "refunded"
            case Inputs():
                return "thanks"
            case Print():
                return "printed"
            case None:
                return None if result.amount is None else "approved"
            case _:
                return "approved"
    if result.code == "customer_canceled":
        return "canceled"
    if isinstance(job.task, (Inputs, Cart)):
        return None
    return "declined" if result.decline_code is not None or result.code in CARD_ERRORS else "failed"


def finish(core: Core, job: Job, result: Result) -> None:
    """The server says that the job is over."""
    job.result = result
    job.outcome = outcome(job, result)
    core.outbox.clear()
    if job.outcome in ("approved", "saved", "refunded"):
        core.beep("good")
    elif job.outcome in ("declined", "failed"):
        core.beep("bad")
    session = core.session
    if session is None or not (session.completes and core.card_in_slot and isinstance(session.kernel.step, GoOnline)):
        take_card(core)
        return
    core.go(State.COMPLETING, seconds=CHIP_S)
    code = result.response_code or ("00" if result.succeeded else "05")
    _complete(core, session, session.kernel.answer(code, result.issuer_data))


def dismiss(core: Core, *, canceled: bool) -> None:
    """The job is over without a result: it was canceled or replaced, or the server does not know it."""
    if core.job is not None and canceled and core.job.asks:
        core.job.outcome = "canceled"
    core.session = None
    core.outbox.clear()
    core.ask_later = True
    take_card(core)


def take_card(core: Core) -> None:
    """Have the card taken away if there is one, then show the result."""
    core.session = None
    if core.job is not None:
        core.job.keyed = None
    if core.card_in_slot:
        core.go(State.REMOVE_CARD)
    else:
        show(core)


def show(core: Core) -> None:
    """Show the result for a moment, where there is one to show."""
    shown = None if core.job is None else core.job.outcome
    if shown is None:
        resting.rest(core)
    else:
        core.go(State.CANCELED if shown == "canceled" else State.RESULT, seconds=RESULT_S)


def chip_answered(core: Core, event: CardAnswered) -> None:
    """The chip goes on with the issuer's answer."""
    session = core.session
    if session is not None and session.awaiting:
        session.awaiting = False
        _complete(core, session, session.kernel.respond(event.response))


def chip_silent(core: Core, _event: TimerFired) -> None:
    """The chip says nothing any more. The server's word stands without it."""
    take_card(core)


def card_removed(core: Core, _event: CardRemoved) -> None:
    """The card is out of the slot, perhaps before it had heard everything."""
    if not core.card_in_slot:
        core.session = None
        show(core)


def shown(core: Core, _event: TimerFired) -> None:
    """The result has been seen."""
    resting.rest(core)


def _complete(core: Core, session: Session, step: object) -> None:
    if isinstance(step, Exchange):
        session.awaiting = True
        core.do(effects.Exchange(step.apdu))
    else:
        take_card(core)
