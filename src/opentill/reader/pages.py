"""What a page in the browser and its reader say to each other: JSON objects in text frames, told apart by `type`.

A page sees what stands on the screen and what the drawer beside it shows. Cards have names here, never numbers.
"""

from typing import Final, Literal, TypeAlias

import msgspec

from opentill.reader.device.events import Key
from opentill.reader.device.screens import Screen

FRAME_MAX: Final = 256 * 1024
"""Longest message of a page, in bytes: a signature drawn with patience fits."""

Way: TypeAlias = Literal["tap", "insert", "swipe"]
Power: TypeAlias = Literal["on", "off"]
Condition: TypeAlias = Literal["up", "down", "slow"]

# To the page ------------------------------------------------------------------------------------------------------


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """How the device looks. The screen is `width` by `height` points; `keys`: it has a keypad of its own."""

    name: str
    width: int
    height: int
    keys: bool
    shape: Literal["phone", "handheld", "keypad"]


class WalletCard(msgspec.Struct, frozen=True, kw_only=True):
    """A card of the drawer, and how it can be presented."""

    name: str
    title: str
    description: str
    group: str
    ways: list[Way]


class PresentedCard(msgspec.Struct, frozen=True, kw_only=True):
    """The card that is in the slot or in the field."""

    name: str
    way: Literal["tap", "insert"]


class DeviceNews(msgspec.Struct, frozen=True, kw_only=True, tag="device"):
    """What stands around the screen; sent first, and whenever it changes. `wallet` is only in the first."""

    serial: str
    device_type: str
    model: Model
    label: str | None
    power: Power
    network: Condition
    card: PresentedCard | None
    wallet: list[WalletCard] | msgspec.UnsetType = msgspec.UNSET


class ScreenNews(msgspec.Struct, frozen=True, kw_only=True, tag="screen"):
    """This is on the screen now."""

    screen: Screen


class BeepNews(msgspec.Struct, frozen=True, kw_only=True, tag="beep"):
    """A sound."""

    tone: Literal["read", "good", "bad", "key"]


News: TypeAlias = DeviceNews | ScreenNews | BeepNews


# From the page ----------------------------------------------------------------------------------------------------


class Press(msgspec.Struct, frozen=True, kw_only=True, tag="press"):
    """A button of the screen, by its id."""

    button: str


class KeyPress(msgspec.Struct, frozen=True, kw_only=True, tag="key"):
    """A key of the keypad. It may be a digit of a PIN: repr hides it."""

    key: Key

    def __repr__(self) -> str:
        return "KeyPress(…)"


class Text(msgspec.Struct, frozen=True, kw_only=True, tag="text"):
    """The field's text as it is now."""

    text: str


class Toggle(msgspec.Struct, frozen=True, kw_only=True, tag="toggle"):
    """A switch of the screen."""

    index: int
    on: bool


class Sign(msgspec.Struct, frozen=True, kw_only=True, tag="sign"):
    """The signature as it is now."""

    svg: str


class CardMove(msgspec.Struct, frozen=True, kw_only=True, tag="card"):
    """The person does something with a card, named unless it is taken away."""

    do: Literal["tap", "insert", "swipe", "remove"]
    card: str | None = None


class NetworkMove(msgspec.Struct, frozen=True, kw_only=True, tag="network"):
    """The person plugs the network in or out, or makes it slow."""

    to: Condition


class PowerMove(msgspec.Struct, frozen=True, kw_only=True, tag="power"):
    """The person uses the power button, or pulls the plug."""

    do: Literal["off", "on", "restart", "pull"]


FromPage: TypeAlias = Press | KeyPress | Text | Toggle | Sign | CardMove | NetworkMove | PowerMove

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[FromPage] = msgspec.json.Decoder(FromPage)


class BadPageMessage(Exception):
    """What came is none of the above. Nothing of it is repeated."""


def encode(news: News) -> str:
    """The text of a frame."""
    return _encoder.encode(news).decode()


def decode(frame: str | bytes) -> FromPage:
    """What a page said. Raises BadPageMessage."""
    try:
        return _decoder.decode(frame)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise BadPageMessage("no message of a page") from None
