"""Parameters of terminal Locations (reference: Terminal, Locations)."""

from typing import Annotated

from opentill.requests.params import UNSET, Address, Country, ListParams, Metadata, Params, Text, UnsetType

Id = Annotated[str, Text(maximum=255)]
Name = Annotated[str, Text(maximum=5000)]  # the domain says how long a name may be, in its own words
Phone = Annotated[str, Text(maximum=100)]


class JapanAddress(Params):
    """A Japanese address, in kana or kanji."""

    city: str | UnsetType | None = UNSET
    country: Country | UnsetType | None = UNSET
    line1: str | UnsetType | None = UNSET
    line2: str | UnsetType | None = UNSET
    postal_code: str | UnsetType | None = UNSET
    state: str | UnsetType | None = UNSET
    town: str | UnsetType | None = UNSET


class CreateLocation(Params):
    """A new shop."""

    address: Address | UnsetType = UNSET
    address_kana: JapanAddress | UnsetType = UNSET
    address_kanji: JapanAddress | UnsetType = UNSET
    configuration_overrides: Id | UnsetType = UNSET
    display_name: Name | UnsetType = UNSET
    display_name_kana: Name | UnsetType = UNSET
    display_name_kanji: Name | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET


class UpdateLocation(Params):
    """Changes of a shop; an empty value unsets."""

    address: Address | UnsetType = UNSET
    address_kana: JapanAddress | UnsetType = UNSET
    address_kanji: JapanAddress | UnsetType = UNSET
    configuration_overrides: Id | UnsetType | None = UNSET
    display_name: Name | UnsetType | None = UNSET
    display_name_kana: Name | UnsetType | None = UNSET
    display_name_kanji: Name | UnsetType | None = UNSET
    metadata: Metadata | UnsetType = UNSET
    phone: Phone | UnsetType | None = UNSET


class ListLocations(ListParams):
    """A page of shops."""
