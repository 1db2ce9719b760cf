"""The table of the device: in which state what event is looked at, by which rule, and where that may lead.

The device runs from it, and the diagrams of docs/reader.md are drawn from it (`diagram`). What is not in it is ignored:
a card that is tapped while nothing is asked for, a key nobody waits for, a timer of an earlier screen. Two things are
never ignored, in no state: a command is acknowledged, and what the server says of the action is followed.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from opentill.link.messages import (
    Assigned,
    Challenge,
    Command,
    Heartbeat,
    PairingCode,
    Refused,
    Welcome,
)
from opentill.link.messages import State as Stands
from opentill.reader.device import durability, endings, forms, keyed, menu, reading, resting, sale, server
from opentill.reader.device.core import Core
from opentill.reader.device.events import (
    CardAnswered,
    CardInserted,
    CardRemoved,
    CardSwiped,
    CardTapped,
    Event,
    Keyed,
    LinkDown,
    LinkUp,
    PictureReady,
    PoweredOn,
    Pressed,
    PrinterStopped,
    Received,
    Signed,
    StorageFailed,
    TimerFired,
    Toggled,
    Typed,
)
from opentill.reader.device.states import (
    ACCEPTING,
    AT_WORK,
    BEGINNINGS,
    MENU,
    RESTING,
    State,
)

Subject: TypeAlias = Literal["resting", "settings", "sale", "card", "forms", "endings", "everywhere"]
Handler: TypeAlias = Callable[[Core, Any], None]

S = State
_ALL: Final = tuple(State)
_ENDED: Final = (S.COMPLETING, S.REMOVE_CARD, S.RESULT, S.CANCELED, *RESTING)


@dataclass(frozen=True, slots=True)
class Rule:
    """In these states this event is handed to `does`, which may lead `to` other states, or leave it as it is."""

    subject: Subject
    states: tuple[State, ...]
    event: str
    does: Handler
    to: tuple[State, ...] = ()


_NAMES: Final[dict[type, str]] = {
    PoweredOn: "power on",
    LinkUp: "link up",
    LinkDown: "link down",
    CardInserted: "card inserted",
    CardTapped: "card tapped",
    CardSwiped: "card swiped",
    CardAnswered: "card answered",
    CardRemoved: "card removed",
    Keyed: "key",
    Typed: "typed",
    Toggled: "toggled",
    Signed: "signed",
    PrinterStopped: "printer stopped",
    StorageFailed: "storage failed",
    PictureReady: "picture ready",
}
_MESSAGES: Final[dict[type, str]] = {
    Command: "command",
    Stands: "state",
    Welcome: "welcome",
    Assigned: "assigned",
    PairingCode: "pairing code",
    Refused: "refused",
    Heartbeat: "heartbeat",
    Challenge: "challenge",
}


def kind(event: Event) -> str:
    """The word for an event in the table; buttons by their id, without what follows a colon."""
    match event:
        case Received(message):
            return _MESSAGES.get(type(message), "another message")
        case Pressed(button):
            return f"button {button.partition(':')[0]}"
        case TimerFired(name):
            return f"timer {name}"
        case _:
            return _NAMES[type(event)]


_RESTING: Final = (
    Rule("resting", (S.STARTING,), "power on", resting.power_on),
    Rule("resting", (S.STARTING,), "timer screen", resting.started, RESTING),
    Rule("resting", (S.PAIRING,), "button new_code", resting.new_code),
    Rule("resting", (S.PAIRING,), "pairing code", resting.code_arrived),
    Rule("resting", (S.PAIRING,), "timer pairing", resting.code_expired),
    Rule("resting", (S.PAIRING,), "button back", resting.leave_pairing, RESTING),
    Rule("resting", (S.PAIRING,), "timer screen", resting.leave_pairing, RESTING),
    Rule("resting", RESTING, "button settings", menu.knocked, (S.PASSCODE,)),
    Rule("resting", RESTING, "key", menu.key_while_resting, (S.PAIRING, S.SETTINGS)),
    Rule("resting", RESTING, "timer restart", resting.restart, (S.RESTARTING,)),
)

_SETTINGS: Final = (
    Rule("settings", (S.PASSCODE,), "key", menu.passcode_key, (S.SETTINGS, *RESTING)),
    Rule("settings", (S.PASSCODE, S.SETTINGS), "button close", menu.left, RESTING),
    Rule("settings", (S.PASSCODE, *MENU), "timer screen", menu.left, RESTING),
    Rule("settings", (S.SETTINGS,), "button pair", menu.pairing, (S.PAIRING,)),
    Rule("settings", (S.SETTINGS,), "button diagnostics", menu.opened, (S.DIAGNOSTICS,)),
    Rule("settings", (S.SETTINGS,), "button network", menu.opened, (S.NETWORK,)),
    Rule("settings", (S.SETTINGS,), "button language", menu.opened, (S.LANGUAGE,)),
    Rule("settings", (S.SETTINGS,), "button about", menu.opened, (S.ABOUT,)),
    Rule("settings", (S.SETTINGS,), "button restart", resting.restart, (S.RESTARTING,)),
    Rule("settings", (S.LANGUAGE,), "button language", menu.language_chosen, (S.SETTINGS,)),
    Rule("settings", MENU[1:], "button back", menu.back, (S.SETTINGS,)),
)

_CARD: Final = (S.PRESENT_CARD, S.PRESENT_AGAIN)
_FROM_TIP: Final = (S.KEYED_CARD, *_CARD)

_SALE: Final = (
    Rule("sale", (S.TIP,), "button tip", sale.tip_chosen, _FROM_TIP),
    Rule("sale", (S.TIP,), "button no_tip", sale.no_tip, _FROM_TIP),
    Rule("sale", (S.TIP,), "button custom_tip", sale.other_tip, (S.CUSTOM_TIP,)),
    Rule("sale", (S.CUSTOM_TIP,), "key", sale.tip_key, (S.TIP, *_FROM_TIP)),
    Rule("sale", (S.CUSTOM_TIP,), "button submit", sale.tip_entered, _FROM_TIP),
    Rule("sale", (S.CUSTOM_TIP,), "button back", sale.back_to_tips, (S.TIP,)),
    Rule("sale", (S.TIP, *_FROM_TIP, S.APPLICATION, S.PIN), "button cancel", reading.canceled, (S.REPORTING,)),
    Rule("sale", (S.PRESENT_CARD,), "button key_in", sale.key_in, (S.KEYED_CARD,)),
    Rule("sale", (S.KEYED_CARD,), "key", keyed.key, (S.PROCESSING, S.REPORTING)),
    Rule("sale", (S.KEYED_CARD,), "typed", keyed.typed),
    Rule("sale", (S.KEYED_CARD,), "button next", keyed.next_pressed, (S.PROCESSING, S.REPORTING)),
    Rule("sale", (S.KEYED_CARD,), "button back", sale.left_keying, _CARD),
    Rule("sale", (S.PRINTING,), "printer stopped", sale.printer_stopped, (S.REPORTING,)),
)

_READ: Final = (S.READING, S.APPLICATION, S.PIN, S.PROCESSING, S.REPORTING, *_CARD)

_CARDS: Final = (
    Rule("card", (S.PRESENT_CARD,), "card inserted", reading.card_inserted, _READ),
    Rule("card", (S.PRESENT_CARD,), "card tapped", reading.card_tapped, _READ),
    Rule("card", (S.PRESENT_CARD,), "card swiped", reading.card_swiped, (S.PROCESSING, S.REPORTING, *_CARD)),
    Rule("card", (S.PRESENT_AGAIN,), "card removed", reading.slot_emptied, (S.PRESENT_CARD,)),
    Rule("card", (S.READING,), "card answered", reading.card_answered, _READ),
    Rule("card", (S.READING,), "timer screen", reading.card_silent, _CARD),
    Rule("card", (S.READING, S.APPLICATION, S.PIN), "card removed", reading.card_removed, _CARD),
    Rule("card", (S.APPLICATION,), "button application", reading.chosen, _READ),
    Rule("card", (S.APPLICATION,), "timer screen", reading.not_chosen, _CARD),
    Rule("card", (S.PIN,), "key", reading.pin_key, _READ),
    Rule("card", (S.PIN,), "button skip_pin", reading.pin_skipped, _READ),
    Rule("card", (S.PIN,), "timer screen", reading.pin_timed_out, _CARD),
)

_FORMS: Final = (
    Rule("forms", (S.INPUT,), "typed", forms.typed),
    Rule("forms", (S.INPUT,), "signed", forms.signed),
    Rule("forms", (S.INPUT,), "toggled", forms.toggled),
    Rule("forms", (S.INPUT,), "button choice", forms.chosen, (S.REPORTING,)),
    Rule("forms", (S.INPUT,), "button submit", forms.submitted, (S.REPORTING,)),
    Rule("forms", (S.INPUT,), "button skip", forms.skipped, (S.REPORTING,)),
    Rule("forms", (S.INPUT,), "button clear", forms.cleared),
    Rule("forms", (S.INPUT,), "button back", forms.back),
    Rule("forms", (S.INPUT,), "timer screen", forms.untouched, (S.REPORTING,)),
)

_OVER: Final = (S.REMOVE_CARD, S.RESULT, S.CANCELED, *RESTING)

_ENDINGS: Final = (
    Rule("endings", (S.COMPLETING,), "card answered", endings.chip_answered, _OVER),
    Rule("endings", (S.COMPLETING,), "timer screen", endings.chip_silent, _OVER),
    Rule("endings", (S.COMPLETING, S.REMOVE_CARD), "card removed", endings.card_removed, _OVER),
    Rule("endings", (S.RESULT, S.CANCELED), "timer screen", endings.shown, RESTING),
)

_REFUSING: Final = tuple(state for state in State if state not in (*ACCEPTING, State.PROCESSING))

_EVERYWHERE: Final = (
    Rule("everywhere", ACCEPTING, "command", server.command, (*BEGINNINGS, *_OVER)),
    Rule("everywhere", (S.PROCESSING,), "command", server.command_at_work, (*BEGINNINGS, *_OVER)),
    Rule("everywhere", _REFUSING, "command", server.refuse),
    Rule("everywhere", (*RESTING, *AT_WORK), "state", server.state, (*BEGINNINGS, S.COLLECTED, *_ENDED)),
    Rule("everywhere", tuple(s for s in State if s not in (*RESTING, *AT_WORK)), "state", server.state),
    Rule("everywhere", _ALL, "welcome", server.welcome, (*BEGINNINGS, S.COLLECTED, *_ENDED)),
    Rule("everywhere", _ALL, "assigned", server.assigned, RESTING),
    Rule("everywhere", _ALL, "refused", resting.refused, (S.NOTICE,)),
    Rule("everywhere", _ALL, "link up", resting.link_up),
    Rule("everywhere", _ALL, "link down", resting.link_down),
    Rule("everywhere", _ALL, "storage failed", durability.failed, (S.NOTICE,)),
    Rule("everywhere", _ALL, "picture ready", resting.picture_ready),
    Rule("everywhere", _ALL, "timer storage", durability.try_again),
    Rule("everywhere", _ALL, "timer stored", durability.works, RESTING),
    Rule("everywhere", _ALL, "timer sync", server.ask),
    Rule("everywhere", _ALL, "timer offline", resting.offline),
    Rule("everywhere", _ALL, "timer unlock", menu.unlocked),
    Rule("everywhere", tuple(s for s in State if s is not S.PAIRING), "timer pairing", resting.code_expired_elsewhere),
    Rule("everywhere", tuple(s for s in State if s not in RESTING), "timer restart", resting.restart_later),
)

RULES: Final = (*_RESTING, *_SETTINGS, *_SALE, *_CARDS, *_FORMS, *_ENDINGS, *_EVERYWHERE)


def _index(rules: Iterable[Rule]) -> dict[tuple[State, str], Rule]:
    table: dict[tuple[State, str], Rule] = {}
    for rule in rules:
        for state in rule.states:
            if (state, rule.event) in table:
                raise ValueError(f"two rules for {rule.event} in {state}")
            table[state, rule.event] = rule
    return table


TABLE: Final = _index(RULES)
"""State and kind of event → rule."""


def diagram(subject: Subject) -> str:
    """The rules of a subject that lead elsewhere, as a Mermaid state diagram."""
    arrows: dict[tuple[State, State], list[str]] = {}
    for rule in RULES:
        if rule.subject != subject:
            continue
        for state in rule.states:
            for target in rule.to:
                if target is not state:
                    arrows.setdefault((state, target), []).append(rule.event)
    lines = [f"    {start} --> {end}: {', '.join(events)}" for (start, end), events in arrows.items()]
    return "\n".join(["stateDiagram-v2", *lines])


def listing(subject: Subject) -> str:
    """The rules of a subject as a Markdown table."""
    everywhere = len(State)
    lines = ["| event | in | may lead to |", "|---|---|---|"]
    for rule in RULES:
        if rule.subject == subject:
            places = "every state" if len(rule.states) == everywhere else _words(rule.states)
            lines.append(f"| {rule.event} | {places} | {_words(rule.to) or '(stays)'} |")
    return "\n".join(lines)


def _words(states: tuple[State, ...]) -> str:
    return ", ".join(dict.fromkeys(states))
