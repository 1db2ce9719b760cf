"""What is on the screen, as a value: words in the cardholder's language, and what can be pressed.

The device decides all of it; a display draws it (the page in the browser, or the panel of real hardware) and sends
back what was pressed. A screen has one heading, and of the other parts those that it needs.
"""

from typing import Literal, TypeAlias

import msgspec

Name: TypeAlias = Literal[
    "starting",
    "pairing",  # not registered: shows the code, or how to get one
    "splash",
    "passcode",  # of the settings
    "settings",
    "diagnostics",
    "cart",
    "tip",
    "custom_tip",
    "present_card",
    "application",  # the card has several: which one?
    "keyed_card",  # mail and telephone orders
    "pin",
    "reading",  # leave the card
    "processing",
    "remove_card",
    "approved",
    "declined",
    "done",  # saved, refunded, printed, thanked
    "canceled",
    "input",
    "printing",
    "notice",  # something keeps the reader from working
    "off",
]
Icon: TypeAlias = Literal[
    "approved",
    "declined",
    "contactless",
    "insert",
    "swipe",
    "remove",
    "offline",
    "update",
    "printer",
    "warning",
    "save",
]


class Button(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something to press. `detail` is a second, smaller line ("$1.50" below "15 %")."""

    id: str
    label: str
    detail: str | None = None
    style: Literal["primary", "secondary", "plain", "danger"] = "secondary"
    disabled: bool = False


class Line(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the cart, or of the settings' facts. `quantity` is shown from 2 on."""

    label: str
    value: str
    quantity: int = 1


class Field(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The one field to fill in. `value` is what to show in it, masked where it is secret.

    "pin" and "digits" are filled by keys (`Keyed`), "signature" by drawing (`Signed`), the rest by typing (`Typed`).
    """

    kind: Literal["pin", "digits", "text", "email", "phone", "numeric", "signature"]
    label: str
    value: str = ""
    entered: int = 0
    error: str | None = None
    max_length: int | None = None


class Switch(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A switch, by its place in the list."""

    label: str
    detail: str | None = None
    on: bool = False


class Screen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A screen. Texts are in `language` (BCP 47), amounts written as its readers expect.

    `accepts` are the ways a card may be presented now. `keypad` is drawn where a model has no keys of its own.
    `step` and `steps` count forms. `link` is how the way to the server is. `speak` is what a screen reader says at
    once, where that is more than the heading.
    """

    name: Name
    heading: str
    language: str = "en"
    detail: str | None = None
    amount: str | None = None
    icon: Icon | None = None
    code: str | None = None
    image: str | None = None
    accepts: list[Literal["tap", "insert", "swipe"]] = []
    buttons: list[Button] = []
    lines: list[Line] = []
    totals: list[Line] = []
    field: Field | None = None
    switches: list[Switch] = []
    keypad: Literal["pin", "digits", "decimal"] | None = None
    step: int | None = None
    steps: int | None = None
    merchant: str | None = None
    link: Literal["online", "connecting", "offline"] = "online"
    speak: str | None = None
