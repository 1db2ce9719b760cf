"""The models of readers: what differs between them is data.

Screens are as the configuration guide names their splash pictures (S700 and S710 1080 by 1920, WisePOS E 720 by 1280,
P400 320 by 480); the others are taken to be like their nearest relative. What each can do is `domain.terminal.devices`.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from opentill.domain.terminal.devices import DEVICES, Feature

Shape: TypeAlias = Literal["phone", "handheld", "keypad"]
Interface: TypeAlias = Literal["contact", "contactless", "stripe"]


@dataclass(frozen=True, slots=True)
class Model:
    """A model of reader.

    `type` is `Reader.device_type`. `width` and `height` are the screen's points. `keys` is a keypad of its own; without
    one it is drawn. `settings` is how they are opened: by a button and then the passcode, or by keying in the passcode.
    """

    type: str
    name: str
    width: int
    height: int
    shape: Shape
    keys: bool
    settings: Literal["button", "keys"]
    serial_prefix: str
    interfaces: frozenset[Interface] = frozenset(("contact", "contactless", "stripe"))

    def can(self, feature: Feature) -> bool:
        """Whether it has what `feature` takes."""
        return feature in DEVICES[self.type].features


_TABLE: Final = (
    Model("stripe_s700", "Reader S700", 1080, 1920, "phone", False, "button", "STRM26"),
    Model("stripe_s710", "Reader S710", 1080, 1920, "phone", False, "button", "STRN26"),
    Model("stripe_t600", "Reader T600", 1080, 1920, "handheld", False, "button", "STRT26"),
    Model("bbpos_wisepos_e", "WisePOS E", 720, 1280, "handheld", False, "button", "WPC323"),
    Model("verifone_P400", "P400", 320, 480, "keypad", True, "keys", "275-"),
    Model("verifone_v660p", "V660p", 720, 1440, "handheld", False, "button", "805-"),
)

MODELS: Final = {model.type: model for model in _TABLE}
"""Device type → model."""
