"""A disk that does not take what the reader has to remember, most likely because it is full.

Without it no card is sealed, since its sequence number might come twice after a restart, and no command is taken that
would lead there. The disk is tried again until it works; nobody has to switch the reader off and on.
"""

from opentill.link.messages import Ack, CardRead, Failed, Report
from opentill.link.tasks import Cart
from opentill.reader.device import resting
from opentill.reader.device.core import STORAGE_RETRY_S, Core
from opentill.reader.device.effects import Send
from opentill.reader.device.events import StorageFailed, TimerFired
from opentill.reader.device.states import ASKING, State


def failed(core: Core, _event: StorageFailed) -> None:
    """What was to be remembered is not, and what was to follow it did not happen (`Core.unsure`)."""
    unsure, core.unsure = core.unsure, []
    core.trouble = "storage"
    core.stop("stored")
    core.start("storage", STORAGE_RETRY_S)
    refused = False
    for effect in unsure:
        match effect:
            case Send(Ack(result="accepted") as ack):
                core.acknowledge(ack.command, "fault")
                core.remember(last_command=None)
                if ack.command in core.done:
                    core.done.remove(ack.command)
                refused = True
            case Send(Report(happening=CardRead()) as report):
                core.outbox.pop(report.id, None)
                core.send(_fault(core, report.action))
                refused = True
            case Send():
                core.do(effect)
            case _:
                pass
    job = core.job
    if job is not None and not refused and core.state in (*ASKING, State.INPUT) and not isinstance(job.task, Cart):
        core.send(_fault(core, job.action))
        refused = True
    # What the server is at already, it ends; and what is on the screen of an ended job stays for its moment.
    if refused or core.state in (State.SPLASH, State.CART, State.PAIRING):
        core.forget_job()
        core.go(State.NOTICE)


def _fault(core: Core, action: str) -> Report:
    return Report(id=core.random(16).hex(), action=action, happening=Failed(code="hardware_fault"))


def try_again(core: Core, _event: TimerFired) -> None:
    """Write once more (`Device` does, for this event). If it goes well, the timer "stored" fires."""
    core.start("storage", STORAGE_RETRY_S)
    core.start_after_remembering("stored")


def works(core: Core, _event: TimerFired) -> None:
    """The disk takes what is written again."""
    core.stop("storage")
    core.trouble = None
    core.missed = core.missed or core.job is None  # what was given up may still be waited for
    if core.state is State.NOTICE:
        resting.rest(core)
