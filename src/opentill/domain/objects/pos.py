"""What the JavaScript SDK and the server say to each other: a protocol of our own, not a part of Stripe's API."""

from typing import Literal

import msgspec

from opentill.domain.objects.payment_method import PaymentMethod
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal.actions import Phase


class PosSession(msgspec.Struct, frozen=True, kw_only=True):
    """A session of an SDK, as it is told once. `location` limits it to the readers there."""

    object: Literal["pos_session"] = "pos_session"
    expires_at: int
    livemode: bool
    location: str | None = None
    secret: str


class PosReader(msgspec.Struct, frozen=True, kw_only=True):
    """A reader that the session is connected to.

    `reader.action` is null unless the session began it. `phase` is where the reader stands, whoever made it do so.
    `payment_method` is the card that it holds for the next step, while it does.
    """

    object: Literal["pos_reader"] = "pos_reader"
    payment_method: PaymentMethod | None = None
    phase: Phase
    reader: Reader


class DiscoveredReader(Reader, frozen=True, kw_only=True):
    """A reader as discovery shows it: by itself, and without what others make it do."""


class AccessibilitySettings(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether the reader reads out its screens."""

    text_to_speech_status: Literal["off", "headphones", "speakers"]


class PosReaderSettings(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The settings of a reader in the words of the SDK (`IReaderSettings`)."""

    object: Literal["pos_reader_settings"] = "pos_reader_settings"
    accessibility_settings: AccessibilitySettings
