"""The settings, behind their passcode: registration code, diagnostics, network, language, restart, and what it is."""

from typing import Final

from opentill.domain.terminal.configurations import DEFAULT_ADMIN_PASSCODE
from opentill.reader.device import resting
from opentill.reader.device.core import Core, Passcode
from opentill.reader.device.events import Keyed, Pressed, TimerFired
from opentill.reader.device.states import State
from opentill.reader.device.texts import LANGUAGES

UNTOUCHED_S: Final = 120.0
TRIES: Final = 3
LOCKED_S: Final = 60.0

_PLACES: Final = {
    "diagnostics": State.DIAGNOSTICS,
    "network": State.NETWORK,
    "language": State.LANGUAGE,
    "about": State.ABOUT,
}


def passcode(core: Core) -> str:
    """What opens the settings here (Configuration, reader_security)."""
    return DEFAULT_ADMIN_PASSCODE if core.settings is None else core.settings.passcode


def knocked(core: Core, _event: Pressed) -> None:
    """Somebody wants to the settings."""
    core.passcode.digits = ""
    core.passcode.last_was_wrong = False
    core.go(State.PASSCODE, seconds=UNTOUCHED_S)


def passcode_key(core: Core, event: Keyed) -> None:
    """A key of the passcode, which is complete with its last digit."""
    entry = core.passcode
    core.beep("key")
    core.go(State.PASSCODE, seconds=UNTOUCHED_S)
    if event.key == "cancel":
        left(core, event)
    elif entry.locked or event.key == "enter":
        return
    elif event.key == "clear":
        entry.digits = ""
    else:
        entry.digits += event.key
        entry.last_was_wrong = False
        if len(entry.digits) >= len(passcode(core)):
            _check(core, entry)


def _check(core: Core, entry: Passcode) -> None:
    right, entry.digits = entry.digits == passcode(core), ""
    if right:
        entry.wrong = 0
        core.go(State.SETTINGS, seconds=UNTOUCHED_S)
        return
    core.beep("bad")
    entry.wrong += 1
    entry.last_was_wrong = True
    if entry.wrong >= TRIES:
        entry.locked = True
        core.start("unlock", LOCKED_S)


def unlocked(core: Core, _event: TimerFired) -> None:
    """The minute after too many wrong tries is over."""
    core.passcode = Passcode()


def key_while_resting(core: Core, event: Keyed) -> None:
    """On a model without a button for it, keying in the passcode shows the registration code (0-7-1-3-9)."""
    if core.model.settings != "keys":
        return
    code = passcode(core)
    core.passcode.keys = (core.passcode.keys + event.key)[-len(code) :] if event.key.isdecimal() else ""
    if core.passcode.keys == code:
        core.passcode.keys = ""
        if core.state is State.PAIRING:
            core.go(State.SETTINGS, seconds=UNTOUCHED_S)  # the code is there already
        else:
            resting.pair(core)


def pairing(core: Core, _event: Pressed) -> None:
    """Generate a registration code."""
    resting.pair(core)


def opened(core: Core, event: Pressed) -> None:
    """One of the pages of the settings."""
    core.go(_PLACES[event.button], seconds=UNTOUCHED_S)


def language_chosen(core: Core, event: Pressed) -> None:
    """The reader speaks this from now on, until its settings say otherwise."""
    language = event.button.partition(":")[2]
    if language in LANGUAGES:
        core.chosen_language = language
        core.go(State.SETTINGS, seconds=UNTOUCHED_S)


def back(core: Core, _event: Pressed) -> None:
    """To the settings' first page."""
    core.go(State.SETTINGS, seconds=UNTOUCHED_S)


def left(core: Core, _event: Pressed | Keyed | TimerFired) -> None:
    """Nobody is at the settings any more."""
    core.passcode.digits = ""
    resting.rest(core)
