"""Reading a card: which ways are open, what the kernel wants, the PIN, and the sealed reading on its way.

The number of the card is in this module for as long as it takes to seal it, and nowhere else in the device.
"""

from dataclasses import replace
from typing import Final

from opentill.emv import regions, steps, tracks
from opentill.emv.kernel import Kernel
from opentill.link.messages import Canceled, CardRead, Facts, Failed
from opentill.link.sealing import Binding, ClearReading
from opentill.link.tasks import Payment, Refund, Setup
from opentill.reader.device import daily, effects
from opentill.reader.device.core import Core
from opentill.reader.device.events import (
    CardAnswered,
    CardInserted,
    CardRemoved,
    CardSwiped,
    CardTapped,
    Keyed,
    Pressed,
    TimerFired,
)
from opentill.reader.device.job import Hint, Job, Session
from opentill.reader.device.models import Interface
from opentill.reader.device.sealer import NoKey
from opentill.reader.device.states import State
from opentill.reader.device.texts import speaks

READING_S: Final = 15.0
CHOOSING_S: Final = 60.0
PIN_S: Final = 60.0
"""So long nobody presses a key before the card is to be presented again."""
PIN_LEAST: Final = 4
PIN_MOST: Final = 12

_NOT_SAVABLE: Final = frozenset({"interac", "eftpos_au", "girocard"})
_INTERNATIONAL: Final = tuple(
    application.aid
    for application in regions.APPLICATIONS
    if application.network not in (_NOT_SAVABLE | {"cartes_bancaires"})
)


# Which cards ------------------------------------------------------------------------------------------------------


def open_ways(core: Core) -> frozenset[Interface]:
    """The ways that are open for cards now."""
    if core.state in (State.READING, State.APPLICATION, State.PIN):
        return frozenset() if core.session is None else frozenset({core.session.interface})
    if core.state is not State.PRESENT_CARD or core.job is None:
        return frozenset()
    job, has = core.job, core.model.interfaces
    if isinstance(job.task, Refund) or (job.again is not None and job.again.how == "insert"):
        return has & {"contact"}
    if job.chip_only:
        return has & ({"contact", "stripe"} if job.falls_back else {"contact"})
    if job.again is not None:
        return has & {"contact", "contactless"}  # a stripe takes no PIN with it
    return has


def terminal(core: Core, job: Job) -> steps.Terminal:
    """The terminal as its cards see it, with the applications that the task takes."""
    country = (core.settings.country if core.settings is not None else None) or "US"
    terminal = regions.terminal(country.upper(), core.memory.serial_number)
    match job.task:
        case Refund():
            taken = tuple(known for known in terminal.applications if known.network == "interac")
        case Setup():
            taken = tuple(known for known in terminal.applications if known.network not in _NOT_SAVABLE)
        case Payment(takes=takes):
            taken = tuple(
                known
                for known in terminal.applications
                if ("interac_present" if known.network == "interac" else "card_present") in takes
            )
        case _:
            taken = terminal.applications
    return replace(terminal, applications=taken)


def transaction(core: Core, job: Job) -> steps.Transaction:
    """What the card is asked."""
    local = daily.local(core.server_time_ms, core.settings)
    match job.task:
        case Setup():
            kind: steps.Kind = "verification"
        case Refund():
            kind = "refund"
        case _:
            kind = "purchase"
    return steps.Transaction(
        amount=job.amount or 0,
        currency=job.currency or "usd",
        kind=kind,
        date=local.strftime("%y%m%d"),
        time=local.strftime("%H%M%S"),
        unpredictable_number=core.random(4),
        sequence=core.memory.sequence + 1,
        verify=job.again is not None and job.again.how == "pin",
        routing=_INTERNATIONAL if isinstance(job.task, Payment) and job.task.international else (),
    )


# Presenting -------------------------------------------------------------------------------------------------------


def present(core: Core, job: Job, hint: Hint | None = None) -> None:
    """Ask for a card. One that is in the slot has to come out first."""
    job.hint = hint
    core.session = None
    core.go(State.PRESENT_AGAIN if core.card_in_slot else State.PRESENT_CARD)


def card_inserted(core: Core, _event: CardInserted) -> None:
    """Speak to the chip."""
    _begin(core, "contact")


def card_tapped(core: Core, _event: CardTapped) -> None:
    """Speak to the card or phone in the field."""
    _begin(core, "contactless")


def card_swiped(core: Core, event: CardSwiped) -> None:
    """A stripe was read; of a card with a chip it counts only after the chip has failed."""
    job = core.job
    if job is None or "stripe" not in open_ways(core):
        return
    try:
        reading = tracks.swiped(event.track2, fallback=job.falls_back)
    except tracks.ChipRequired:
        _ask_again(core, job, "use_chip")
    except tracks.BadTrack:
        _ask_again(core, job, "swipe_again")
    else:
        _seal(core, job, reading, pin=None)


def slot_emptied(core: Core, _event: CardRemoved) -> None:
    """The card that was in the way is gone."""
    if core.job is not None and not core.card_in_slot:
        core.go(State.PRESENT_CARD)


def canceled(core: Core, _event: Pressed | Keyed) -> None:
    """The customer pressed cancel, where that is allowed."""
    if core.job is None:
        return
    core.session = None
    core.job.keyed, core.job.canceling = None, True
    core.report(Canceled())
    core.go(State.REPORTING)


# The kernel -------------------------------------------------------------------------------------------------------


def card_answered(core: Core, event: CardAnswered) -> None:
    """The card's response goes to the kernel."""
    if core.job is not None and core.session is not None and core.session.awaiting:
        core.session.awaiting = False
        _follow(core, core.job, core.session, core.session.kernel.respond(event.response))


def card_removed(core: Core, _event: CardRemoved) -> None:
    """The card went while it was needed. A tapped one is needed only while it owes an answer."""
    session, job = core.session, core.job
    if job is None or session is None:
        return
    if session.interface == "contact" and not core.card_in_slot:
        _ask_again(core, job, "removed_early")
    elif session.interface == "contactless" and session.awaiting:
        _ask_again(core, job, "tap_again")


def card_silent(core: Core, _event: TimerFired) -> None:
    """The card does not answer."""
    if core.job is not None and core.session is not None:
        _refused(core, core.job, core.session, "chip_error")


def chosen(core: Core, event: Pressed) -> None:
    """The cardholder chose an application."""
    session = core.session
    index = _number(event.button)
    if core.job is not None and session is not None and index is not None and index < len(session.names):
        core.go(State.READING, seconds=READING_S)
        _follow(core, core.job, session, session.kernel.choose(index))


def not_chosen(core: Core, _event: TimerFired) -> None:
    """Nobody chose."""
    if core.job is not None:
        present(core, core.job)


# The PIN ----------------------------------------------------------------------------------------------------------


def pin_key(core: Core, event: Keyed) -> None:
    """A key of the PIN pad."""
    job, session = core.job, core.session
    if job is None or session is None:
        return
    core.beep("key")
    core.go(State.PIN, seconds=PIN_S)
    session.pin_error = None
    match event.key:
        case "clear":
            session.digits = ""
        case "cancel" if job.cancelable:
            canceled(core, event)
        case "cancel":
            present(core, job)
        case "enter" if len(session.digits) >= PIN_LEAST:
            _enter_pin(core, job, session, session.digits)
        case "enter":
            session.digits = ""
            session.pin_error = "pin_short"
        case digit if len(session.digits) < PIN_MOST:
            session.digits += digit
        case _:
            pass


def pin_skipped(core: Core, _event: Pressed) -> None:
    """The cardholder does not know the PIN."""
    if core.job is not None and core.session is not None:
        _enter_pin(core, core.job, core.session, None)


def may_skip_pin(core: Core) -> bool:
    """Whether there is a button for it: with a chip in the United States, unless the issuer itself wants the PIN."""
    session, job, settings = core.session, core.job, core.settings
    country = "US" if settings is None or settings.country is None else settings.country.upper()
    return (
        session is not None
        and job is not None
        and session.interface == "contact"
        and country == "US"
        and (job.again is None)
    )


def pin_timed_out(core: Core, _event: TimerFired) -> None:
    """Nobody typed."""
    if core.job is not None:
        _ask_again(core, core.job, "pin_timeout")


def _enter_pin(core: Core, job: Job, session: Session, pin: str | None) -> None:
    online = session.asked is not None and session.asked.kind == "online"
    session.pin = pin if online else None
    session.digits = ""
    session.asked = None
    core.go(State.READING, seconds=READING_S)
    _follow(core, job, session, session.kernel.enter_pin(pin))


# ------------------------------------------------------------------------------------------------------------------


def _begin(core: Core, interface: steps.Interface) -> None:
    job = core.job
    if job is None or interface not in open_ways(core):
        return
    job.hint = None
    try:
        kernel = Kernel(terminal(core, job), transaction(core, job), interface)
    except ValueError:  # an amount or currency that no card can be told
        fail(core)
        return
    session = core.session = Session(interface, kernel)
    core.go(State.READING, seconds=READING_S)
    _follow(core, job, session, kernel.begin())


def _follow(core: Core, job: Job, session: Session, step: steps.Step) -> None:
    core.card_language = _language(session.kernel.languages) or core.card_language
    match step:
        case steps.Exchange(apdu=apdu):
            session.awaiting = True
            core.do(effects.Exchange(apdu))
        case steps.ChooseApplication(names=names):
            session.names = names
            core.go(State.APPLICATION, seconds=CHOOSING_S)
        case steps.AskPin():
            session.asked = step
            session.digits = ""
            if step.wrong:
                core.beep("bad")
            core.go(State.PIN, seconds=PIN_S)
        case steps.GoOnline(reading=reading, needs_online_pin=needs_pin):
            pin, session.pin = session.pin, None
            _seal(core, job, reading, pin=pin if needs_pin else None)
        case steps.Refused(reason=reason):
            _refused(core, job, session, reason)
        case steps.Finished():
            _refused(core, job, session, "declined_by_card")  # decided without the issuer: cannot be charged


def _refused(core: Core, job: Job, session: Session, reason: steps.Reason) -> None:
    hint: Hint = "tap_again" if reason == "chip_error" else reason
    if session.interface == "contact" and reason in ("chip_error", "unsupported_card"):
        job.chip_errors += 1
        if reason == "chip_error":
            hint = "chip_error"
        if job.falls_back and not isinstance(job.task, Refund) and "stripe" in core.model.interfaces:
            hint = "swipe_now"
    if reason == "use_chip":
        job.chip_only = True
    _ask_again(core, job, hint)


def _ask_again(core: Core, job: Job, hint: Hint) -> None:
    core.beep("bad")
    present(core, job, hint)


def _seal(core: Core, job: Job, reading: steps.Reading, *, pin: str | None) -> None:
    """Seal what was read, and send it on its way."""
    clear = ClearReading(
        number=reading.number,
        exp_month=reading.exp_month,
        exp_year=reading.exp_year,
        cardholder_name=reading.cardholder_name,
        sequence_number=reading.sequence_number,
        service_code=reading.service_code,
    )
    facts = Facts(
        read_method=reading.read_method,
        verification=reading.verification,
        languages=list(reading.languages),
        dedicated_file_name=reading.aid,
        application_label=reading.label,
        application_preferred_name=reading.preferred_name,
        application_cryptogram=reading.cryptogram,
        terminal_verification_results=reading.terminal_verification_results,
        transaction_status_information=reading.transaction_status_information,
        chip_data=reading.chip_data or None,
        wallet=reading.wallet,
    )
    if send_reading(core, job, clear, facts, pin=pin) and core.session is not None:
        if core.session.interface == "contact":
            core.session.completes = True
        else:
            core.session = None  # a tapped card is gone, and what the kernel knows of it goes too


def send_reading(core: Core, job: Job, clear: ClearReading, facts: Facts | None, *, pin: str | None) -> bool:
    """Seal a card and report it; False if there is no key for it, which is a fault of the reader."""
    if core.assignment is None:
        return False
    total, sequence, pin_keys = job.amount or 0, core.memory.sequence + 1, core.memory.pin_keys
    binding = Binding(
        reader=core.assignment.reader,
        action=job.action,
        amount=total,
        currency=job.currency or "usd",
        sequence=sequence,
    )
    try:
        sealed, block = core.sealer.seal(clear, binding), None
        if pin is not None:
            if pin_keys is None:
                raise NoKey("there is no PIN key")
            block, pin_keys = core.sealer.pin_block(pin_keys, pin, clear.number)
    except NoKey:
        fail(core)
        return False
    core.remember(sequence=sequence, pin_keys=pin_keys)
    core.report(CardRead(reading=sealed, facts=facts, total=total, tip=job.tip, pin=block))
    core.beep("read")
    core.go(State.PROCESSING)
    return True


def fail(core: Core) -> None:
    """The reader itself cannot go on."""
    core.session = None
    core.beep("bad")
    core.report(Failed(code="hardware_fault"))
    core.go(State.REPORTING)


def _language(preferred: tuple[str, ...]) -> str | None:
    """The first of the cardholder's languages that we speak."""
    return next((known for tag in preferred if (known := speaks(tag))), None)


def _number(button: str) -> int | None:
    """The number behind the colon of a button's id."""
    number = button.partition(":")[2]
    return int(number) if number.isascii() and number.isdecimal() and len(number) < 3 else None
