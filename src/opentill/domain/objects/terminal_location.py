"""terminal.Location: a shop (official client: `Terminal/Locations.d.ts`)."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.objects.shared import Address, JapanAddress, Metadata


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """A place with readers. The country of its address decides their currency and cannot change."""

    id: str
    object: Literal["terminal.location"] = "terminal.location"
    address: Address
    address_kana: JapanAddress | UnsetType = UNSET
    address_kanji: JapanAddress | UnsetType = UNSET
    configuration_overrides: str | UnsetType = UNSET  # id of a configuration
    display_name: str
    display_name_kana: str | UnsetType = UNSET
    display_name_kanji: str | UnsetType = UNSET
    livemode: bool
    metadata: Metadata = {}
    phone: str | UnsetType = UNSET


class DeletedLocation(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a deleted location."""

    id: str
    object: Literal["terminal.location"] = "terminal.location"
    deleted: Literal[True] = True
