"""terminal.Reader: a card reader (official client: `Terminal/Readers.d.ts`). Its action is in `reader_action`."""

from typing import Literal, TypeAlias

import msgspec

from opentill.domain.objects.reader_action import Action
from opentill.domain.objects.shared import Metadata

DeviceType: TypeAlias = Literal[
    "bbpos_chipper2x",
    "bbpos_wisepad3",
    "bbpos_wisepos_e",
    "mobile_phone_reader",
    "simulated_stripe_s700",
    "simulated_stripe_s710",
    "simulated_stripe_t600",
    "simulated_verifone_m425",
    "simulated_verifone_p630",
    "simulated_verifone_ux700",
    "simulated_verifone_v660p",
    "simulated_wisepos_e",
    "stripe_m2",
    "stripe_s700",
    "stripe_s710",
    "stripe_t600",
    "verifone_P400",
    "verifone_m425",
    "verifone_p630",
    "verifone_ux700",
    "verifone_v660p",
]
ReaderStatus: TypeAlias = Literal["offline", "online"]


class Reader(msgspec.Struct, frozen=True, kw_only=True):
    """A card reader. It keeps only its latest action."""

    id: str
    object: Literal["terminal.reader"] = "terminal.reader"
    action: Action | None = None
    device_sw_version: str | None = None
    device_type: DeviceType
    ip_address: str | None = None
    label: str
    last_seen_at: int | None = None  # milliseconds since the epoch, unlike every other time
    livemode: bool
    location: str | None = None
    metadata: Metadata = {}
    serial_number: str
    status: ReaderStatus | None = None


class DeletedReader(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a deleted reader."""

    id: str
    object: Literal["terminal.reader"] = "terminal.reader"
    deleted: Literal[True] = True
    device_type: DeviceType
    serial_number: str
