"""The reader while nobody wants anything of it: starting, waiting to be registered, the splash screen, notices."""

from typing import Final

from opentill.link.messages import Pair, PairingCode, Refused, Sync
from opentill.reader.device import daily
from opentill.reader.device.core import SYNC_IDLE_S, Core, Pairing
from opentill.reader.device.effects import Obtain, Restart
from opentill.reader.device.events import PictureReady, PoweredOn, Pressed, Received, TimerFired
from opentill.reader.device.states import RESTING, State

STARTING_S: Final = 5.0
"""So long the first screen waits for the server, before the reader says that it is not connected."""
OFFLINE_AFTER_S: Final = 30.0
SURE_S: Final = 10.0
"""So long after an action has ended without a result the server is asked whether that is how it stands."""
HELD_OFF_S: Final = 60.0
PAIRING_S: Final = 10 * 60.0
"""How long a registered reader shows its code before it goes back to the splash screen."""
_CODE_S_LEAST: Final = 5.0
_CODE_S_MOST: Final = 24 * 3600.0


def power_on(core: Core, _event: PoweredOn) -> None:
    """The software starts: say so, until the server tells what to do, or does not."""
    core.go(State.STARTING, seconds=STARTING_S)
    core.start("offline", OFFLINE_AFTER_S)
    plan_restart(core)
    want_picture(core)


def started(core: Core, _event: TimerFired) -> None:
    """The server has not been reached so far."""
    rest(core)


def rest(core: Core) -> None:
    """Nothing to do (any more): a notice if there is something to notice, the splash screen, or the code."""
    core.forget_job()
    core.card_language = None
    if core.trouble is not None:
        core.go(State.NOTICE)
    elif core.assignment is None:
        pair(core)
    else:
        core.go(State.SPLASH)
        if core.missed:
            core.send(Sync(action=None))
        core.start("sync", SURE_S if core.missed or core.ask_later else SYNC_IDLE_S)
        core.missed = core.ask_later = False


def want_picture(core: Core) -> None:
    """Have the picture of the splash screen at hand; until it is, the reader shows its own."""
    wanted = None if core.settings is None else core.settings.splashscreen
    if wanted != core.wanted:
        core.wanted = wanted
        core.do(Obtain(wanted))


def picture_ready(core: Core, event: PictureReady) -> None:
    """It is there."""
    core.picture = event


# Registration -----------------------------------------------------------------------------------------------------


def pair(core: Core) -> None:
    """Show a registration code, which the server is asked for."""
    core.go(State.PAIRING, seconds=PAIRING_S if core.assignment is not None else None)
    ask_code(core)


def ask_code(core: Core) -> None:
    """Ask for a code, in place of the one on the screen."""
    if core.pairing.held_off:
        return
    core.pairing = Pairing()
    core.stop("pairing")
    core.send(Pair())


def new_code(core: Core, _event: Pressed) -> None:
    """Somebody wants another code."""
    ask_code(core)


def code_arrived(core: Core, event: Received) -> None:
    """Show it until it expires."""
    if isinstance(event.message, PairingCode):
        core.pairing.code = event.message.code
        left_s = (event.message.expires - core.server_time_ms) / 1000
        core.start("pairing", min(max(left_s, _CODE_S_LEAST), _CODE_S_MOST))


def code_expired(core: Core, _event: TimerFired) -> None:
    """The code is of no use any more, or the time is over for which no more could be asked for."""
    core.pairing.held_off = False
    ask_code(core)


def code_expired_elsewhere(core: Core, _event: TimerFired) -> None:
    """The same while something else is on the screen."""
    core.pairing = Pairing()


def leave_pairing(core: Core, _event: Pressed | TimerFired) -> None:
    """A registered reader goes back to work."""
    core.stop("pairing")
    core.pairing = Pairing(held_off=core.pairing.held_off)
    rest(core)


def refused(core: Core, event: Received) -> None:
    """The server closes the link and says why."""
    if not isinstance(event.message, Refused):
        return
    match event.message.code:
        case "too_many_codes":
            core.pairing = Pairing(held_off=True)
            core.start("pairing", HELD_OFF_S)
        case "unsupported_version":
            core.trouble = core.trouble or "update"
        case "unknown_device_type" | "bad_proof" | "identity_mismatch":
            core.trouble = core.trouble or "not_admitted"
        case "bad_message" | "replaced" | "shutting_down":
            pass  # the link comes back by itself
    if core.trouble is not None and (core.state in RESTING or core.state is State.STARTING):
        core.go(State.NOTICE)


# The link ---------------------------------------------------------------------------------------------------------


def link_up(core: Core, _event: object) -> None:
    """The server can be reached; its Welcome says the rest."""
    core.link = "online"
    core.stop("offline")


def link_down(core: Core, _event: object) -> None:
    """The server cannot be reached for now. What was told to it may be lost, and is told again."""
    core.link = "connecting"
    core.start("offline", OFFLINE_AFTER_S)
    if not core.pairing.held_off:
        core.pairing = Pairing()
        core.stop("pairing")


def offline(core: Core, _event: TimerFired) -> None:
    """It has been so for long enough that somebody should look at the network."""
    if core.link == "connecting":
        core.link = "offline"


# The daily restart ------------------------------------------------------------------------------------------------


def plan_restart(core: Core) -> None:
    """Restart in the night (reader settings, reboot window)."""
    core.start("restart", daily.seconds_until_restart(core.server_time_ms, core.settings, core.memory.serial_number))


def restart(core: Core, _event: object) -> None:
    """Start the software again."""
    core.go(State.RESTARTING)
    core.do(Restart())


def restart_later(core: Core, _event: TimerFired) -> None:
    """It is time for the daily restart, but somebody is at the reader."""
    core.start("restart", daily.TRY_AGAIN_S)
