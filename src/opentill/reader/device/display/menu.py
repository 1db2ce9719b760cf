"""The screens of the settings."""

from opentill.reader.device.core import Core
from opentill.reader.device.menu import passcode as right_passcode
from opentill.reader.device.screens import Button, Field, Line, Screen
from opentill.reader.device.texts import NAMES


def passcode(core: Core) -> Screen:
    """The door: dots, and what was wrong."""
    t, entry = core.texts, core.passcode
    error = t.passcode_locked if entry.locked else t.passcode_wrong if entry.last_was_wrong else None
    return Screen(
        name="passcode",
        heading=t.passcode,
        field=Field(
            kind="pin",
            label=t.passcode,
            value="•" * len(entry.digits),
            entered=len(entry.digits),
            error=error,
            max_length=len(right_passcode(core)),
        ),
        keypad=None if core.model.keys else "pin",
        buttons=[Button(id="close", label=t.cancel, style="plain")],
    )


def settings(core: Core) -> Screen:
    """The first page."""
    t = core.texts
    return Screen(
        name="settings",
        heading=t.settings,
        buttons=[
            Button(id="pair", label=t.generate_code),
            Button(id="diagnostics", label=t.diagnostics),
            Button(id="network", label=t.network),
            Button(id="language", label=t.language, detail=NAMES[core.language]),
            Button(id="about", label=t.about),
            Button(id="restart", label=t.restart, style="danger"),
            Button(id="close", label=t.close, style="plain"),
        ],
    )


def diagnostics(core: Core) -> Screen:
    """What works."""
    t = core.texts
    lines = [
        Line(label=t.server, value=t.connected if core.link == "online" else t.not_connected),
        Line(label=t.card_reader, value=t.in_order),
        Line(label=t.storage, value=t.out_of_order if core.trouble == "storage" else t.in_order),
    ]
    return Screen(name="diagnostics", heading=t.diagnostics, lines=lines, buttons=_back(core))


def network(core: Core) -> Screen:
    """How the reader is connected."""
    t, settings = core.texts, core.settings
    lines = [
        Line(label=t.server, value=t.connected if core.link == "online" else t.not_connected),
        Line(label=t.ip_address, value=core.about.ip_address or t.unknown),
    ]
    if settings is not None and settings.wifi_ssid is not None:
        lines.append(Line(label=t.wifi, value=settings.wifi_ssid))
    return Screen(name="settings", heading=t.network, lines=lines, buttons=_back(core))


def language(core: Core) -> Screen:
    """The languages, each by its own name."""
    buttons = [
        Button(id=f"language:{tag}", label=name, style="primary" if tag == core.language else "secondary")
        for tag, name in NAMES.items()
    ]
    return Screen(name="settings", heading=core.texts.language, buttons=[*buttons, *_back(core)])


def about(core: Core) -> Screen:
    """What the reader is, and whose."""
    t, assignment = core.texts, core.assignment
    lines = [
        Line(label=t.serial_number, value=core.memory.serial_number),
        Line(label=t.model, value=core.model.name),
        Line(label=t.software, value=core.about.software),
        Line(label=t.ip_address, value=core.about.ip_address or t.unknown),
    ]
    if assignment is not None:
        lines.append(Line(label=t.label, value=assignment.label))
        if assignment.location_name is not None:
            lines.append(Line(label=t.location, value=assignment.location_name))
    return Screen(name="settings", heading=t.about, lines=lines, buttons=_back(core))


def _back(core: Core) -> list[Button]:
    return [Button(id="back", label=core.texts.back, style="plain")]
