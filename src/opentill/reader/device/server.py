"""What the server says: commands, and where its truth, the action in its database, stands.

A command is done before the server has committed it, and its state may lag behind for a moment. So an action that the
server has not named yet is asked about a few times before it is given up (`_doubt`); whatever else it says is followed
at once.
"""

from opentill.link.messages import Assigned, Assignment, Command, Failed, Report, Sync, Welcome
from opentill.link.messages import State as Stands
from opentill.link.tasks import Print
from opentill.reader.device import endings, resting, sale
from opentill.reader.device.core import DOUBT_S, DOUBTS_MAX, SYNC_IDLE_S, SYNC_S, SYNC_WAITING_S, Core, Passcode
from opentill.reader.device.events import Received, TimerFired
from opentill.reader.device.job import Job
from opentill.reader.device.sealer import NoKey
from opentill.reader.device.states import AT_WORK, RESTING, State

# Commands ---------------------------------------------------------------------------------------------------------


def command(core: Core, event: Received) -> None:
    """Do this in place of what you do."""
    message = event.message
    if not isinstance(message, Command) or _done_before(core, message):
        return
    if core.trouble == "storage" and message.task is not None:
        core.acknowledge(message.id, "fault")
        return
    core.done.append(message.id)
    core.remember(last_command=message.id)
    if message.action is None or message.task is None:
        _reset(core)
    else:
        sale.begin(core, message.action, message.task)
    core.acknowledge(message.id, "accepted")


def command_at_work(core: Core, event: Received) -> None:
    """Not while the card is being authorized; unless the server, asked, does not know of it and wants something else.

    That is what a server says that died between the ack and its commit.
    """
    job = core.job
    if job is not None and job.disowned and not job.confirmed:
        command(core, event)
    else:
        refuse(core, event)


def refuse(core: Core, event: Received) -> None:
    """Not now: somebody is at the reader, or it is out of order."""
    message = event.message
    if isinstance(message, Command) and not _done_before(core, message):
        core.acknowledge(message.id, "fault" if core.state is State.NOTICE else "busy")


def _done_before(core: Core, message: Command) -> bool:
    """A command that comes twice is done once, and acknowledged twice."""
    if message.id not in core.done and message.id != core.memory.last_command:
        return False
    core.acknowledge(message.id, "accepted")
    if (core.job.action if core.job is not None else None) != message.action:
        core.start("sync", DOUBT_S)  # it may have been done before a restart: ask what is to be done now
    return True


def _reset(core: Core) -> None:
    if core.job is None:
        resting.rest(core)
    elif core.state in AT_WORK:
        core.dropped, core.drops = core.job.action, 0
        endings.dismiss(core, canceled=True)


# Where the server stands ------------------------------------------------------------------------------------------


def welcome(core: Core, event: Received) -> None:
    """The link is open. What the server did not hear is told again, and what it says is followed."""
    message = event.message
    if not isinstance(message, Welcome):
        return
    core.link = "online"
    core.clock_offset_ms = message.time - core.now_ms
    if core.trouble in ("update", "not_admitted"):
        core.trouble = None
    was_pairing = core.state is State.PAIRING
    assign(core, message.assignment)
    if core.state is State.STARTING or (core.state is State.NOTICE and core.trouble is None):
        resting.rest(core)
    elif was_pairing and core.state is State.PAIRING:
        resting.ask_code(core)
    if core.assignment is None:
        return
    for report in core.outbox.values():
        core.send(report)
    if message.state is not None:
        follow(core, message.state)
    else:
        core.send(Sync(action=core.job.action if core.job is not None else None))


def assigned(core: Core, event: Received) -> None:
    """The reader was registered, moved, set up anew or deleted."""
    if isinstance(event.message, Assigned):
        assign(core, event.message.assignment)


def assign(core: Core, assignment: Assignment | None) -> None:
    """Belong there. What the reader did for whom it belonged to before is over."""
    before = core.assignment
    if assignment is None:
        if before is not None:
            core.remember(assignment=None, pin_keys=None)
            resting.want_picture(core)
            _begin_anew(core)
        return
    if before is None or before.pin_key_id != assignment.pin_key_id or core.memory.pin_keys is None:
        try:
            core.remember(pin_keys=core.sealer.open_pin_keys(assignment))
        except NoKey:
            core.remember(pin_keys=None)  # cards that need a PIN are a fault then; the others are read
    if before is not None and before.settings.language != assignment.settings.language:
        core.chosen_language = None
    core.remember(assignment=assignment)
    resting.plan_restart(core)
    resting.want_picture(core)
    if before is None or before.reader != assignment.reader:
        _begin_anew(core)


def _begin_anew(core: Core) -> None:
    core.chosen_language = None
    core.passcode = Passcode()
    core.dropped, core.missed = None, False
    core.stop("pairing")
    core.pairing.code = None
    if core.state not in (State.STARTING, State.RESTARTING):
        resting.rest(core)


def state(core: Core, event: Received) -> None:
    """Where the action stands, asked for or not."""
    if isinstance(event.message, Stands):
        follow(core, event.message)


def follow(core: Core, stands: Stands) -> None:
    """Do what the server's state says."""
    job = core.job
    if core.assignment is None or _doubted(core, stands):
        return
    if stands.about is not None:
        core.outbox.pop(stands.about, None)
    if core.state not in RESTING and core.state not in AT_WORK:
        core.missed = core.missed or stands.phase not in ("idle", "ended")
        return  # somebody is in the settings, or sees a result: afterwards the server is asked
    if job is not None and stands.action == job.action:
        job.confirmed, job.doubts = True, 0
        _go_on(core, job, stands)
    elif job is None and stands.action is not None and stands.action == core.dropped and core.drops < DOUBTS_MAX:
        core.drops += 1  # it was canceled, which the server is about to commit
        core.start("sync", DOUBT_S)
    else:
        _go_over(core, stands)


def _doubted(core: Core, stands: Stands) -> bool:
    """Whether this is about an action that the server may not have committed yet; then it is asked again."""
    job = core.job
    if job is None or core.state not in AT_WORK:
        return False
    if stands.action == job.action and not (stands.unknown and stands.about in core.outbox):
        return False
    if job.confirmed and stands.action != job.action:
        return False
    job.doubts += 1
    job.disowned = job.disowned or (stands.unknown and (stands.about == job.action or stands.about in core.outbox))
    if job.doubts > DOUBTS_MAX:
        return False
    core.start("sync", DOUBT_S)
    return True


def _go_on(core: Core, job: Job, stands: Stands) -> None:
    """The server is at the same action as we are."""
    # An answer about the action, not about what was told of it: the server may not have heard that.
    core.resend = bool(core.outbox) and stands.about == job.action
    match stands.phase:
        case "waiting" | "showing":
            told = core.state in (State.PROCESSING, State.REPORTING, State.COLLECTED)
            if core.outbox or stands.task is None or not told:
                return
            if stands.again is not None and core.state is State.PROCESSING and job.task is not None:
                job.task, job.again, job.chip_only, job.chip_errors = stands.task, stands.again, False, 0
                sale.ask_card(core, job)
            else:
                _begin(core, stands)
        case "working":
            if core.state not in (State.PROCESSING, State.PRINTING) and not core.outbox:
                core.session = core.session if core.state in (State.REPORTING, State.COLLECTED) else None
                core.go(State.PROCESSING)
        case "collected":
            core.go(State.COLLECTED)
        case "ended" if stands.result is not None:
            endings.finish(core, job, stands.result)
        case "ended" | "idle":
            endings.dismiss(core, canceled=False)


def _go_over(core: Core, stands: Stands) -> None:
    """The server is elsewhere: it was not heard, or the reader has forgotten."""
    if stands.action is None or stands.phase in ("idle", "ended"):
        if core.job is not None:
            endings.dismiss(core, canceled=core.state not in (State.PROCESSING, State.COLLECTED))
        return
    if core.trouble == "storage":
        if stands.phase == "waiting":
            core.send(Report(id=core.random(16).hex(), action=stands.action, happening=Failed(code="hardware_fault")))
        return
    if core.state in (State.NOTICE, State.PAIRING):
        core.missed = True
        return
    _begin(core, stands)


def _begin(core: Core, stands: Stands) -> None:
    if stands.action is None:
        return
    paper = isinstance(stands.task, Print)
    if stands.phase in ("waiting", "showing"):
        if stands.task is None:
            return  # nothing can be done without knowing what
        sale.begin(core, stands.action, stands.task, again=stands.again)
    elif stands.phase == "working" and paper:
        sale.begin(core, stands.action, stands.task)
    else:
        sale.begin(core, stands.action, None)
        if core.job is not None:
            core.job.task = stands.task
        if stands.phase == "collected":
            core.go(State.COLLECTED)
    if core.job is not None:
        core.job.confirmed = True


# Asking -----------------------------------------------------------------------------------------------------------


def ask(core: Core, _event: TimerFired) -> None:
    """Ask what became of it; or tell again what the server did not know what to do with."""
    job = core.job
    if job is not None and core.state in AT_WORK:
        core.start("sync", SYNC_S.get(core.state, SYNC_WAITING_S))
    elif core.state is State.SPLASH:
        core.start("sync", SYNC_IDLE_S)
    if core.assignment is None:
        return
    if core.outbox and (core.resend or (job is not None and job.doubts)):
        for report in core.outbox.values():
            core.send(report)
        core.resend = False
    else:
        core.send(Sync(action=None if job is None else job.action))
