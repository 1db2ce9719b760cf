"""The screens while nobody wants anything of the reader."""

from typing import Final

from opentill.reader.device.core import Core, Trouble
from opentill.reader.device.screens import Button, Icon, Screen
from opentill.reader.device.states import State

_ICONS: Final[dict[Trouble, Icon]] = {"storage": "save", "update": "update", "not_admitted": "warning"}


def starting(core: Core) -> Screen:
    """The software starts, or is about to start again."""
    t = core.texts
    return Screen(name="starting", heading=t.restarting if core.state is State.RESTARTING else t.starting)


def pairing(core: Core) -> Screen:
    """The registration code, or why there is none yet."""
    t, code = core.texts, core.pairing.code
    if core.pairing.held_off:
        detail = t.pairing_too_many
    elif core.link != "online":
        detail = t.pairing_no_link
    else:
        detail = t.pairing_wait if code is None else t.pairing_detail
    buttons = [Button(id="new_code", label=t.new_code, disabled=core.pairing.held_off or core.link != "online")]
    if core.assignment is not None:
        buttons.append(Button(id="back", label=t.back, style="plain"))
    else:
        buttons += _settings(core)
    return Screen(
        name="pairing",
        heading=t.pairing,
        detail=detail,
        code=code,
        buttons=buttons,
        icon="offline" if core.link == "offline" else None,
        lines=[],
        speak=None if code is None else f"{t.pairing}: {code.replace('-', ', ')}",
    )


def splash(core: Core) -> Screen:
    """The merchant's picture, or its name."""
    t, settings = core.texts, core.settings
    offline = core.link == "offline"
    picture, there = None if settings is None else settings.splashscreen, core.picture
    return Screen(
        name="splash",
        heading=t.offline if offline else t.welcome,
        detail=t.offline_detail if offline else t.connecting if core.link == "connecting" else None,
        icon="offline" if offline else None,
        image=there.image if picture is not None and there is not None and there.sha256 == picture.sha256 else None,
        merchant=None if settings is None else settings.merchant,
        buttons=_settings(core),
    )


def notice(core: Core) -> Screen:
    """What keeps the reader from working."""
    t, trouble = core.texts, core.trouble
    if trouble is None:  # it is over, and the reader is about to go on
        return Screen(name="notice", heading=t.please_wait)
    heading, detail = {
        "storage": (t.storage_full, t.storage_full_detail),
        "update": (t.update_needed, t.update_needed_detail),
        "not_admitted": (t.not_admitted, t.not_admitted_detail),
    }[trouble]
    return Screen(name="notice", heading=heading, detail=detail, icon=_ICONS[trouble], buttons=_settings(core))


def _settings(core: Core) -> list[Button]:
    if core.model.settings == "keys":
        return []
    return [Button(id="settings", label=core.texts.settings, style="plain")]
