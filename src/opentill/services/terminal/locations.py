"""Locations: the shops readers stand in."""

from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.shared import Address, JapanAddress
from opentill.domain.objects.terminal_location import DeletedLocation, Location
from opentill.domain.terminal import addresses, configurations, refusals
from opentill.domain.terminal.addresses import JAPAN, NewLocation
from opentill.ports.store import Condition, Stored
from opentill.requests import params as wire
from opentill.requests.terminal import locations as requests
from opentill.services.kinds import CONFIGURATIONS, LOCATIONS, READERS
from opentill.services.listing import Listing, listing
from opentill.services.operation import Operation
from opentill.services.parameters import given, merged
from opentill.services.terminal import devices

StoredLocation = Stored[Location, None]

A = TypeVar("A", bound=msgspec.Struct)

_NAMES = ("display_name", "display_name_kana", "display_name_kanji")
_ADDRESSES = ("address", "address_kana", "address_kanji")


async def create(op: Operation, params: requests.CreateLocation) -> Location:
    """Creates a new Location object.

    Which parts its address must have depends on the country, which cannot change later.
    """
    new = addresses.check_new_location(
        NewLocation(
            address=_given_address(Address(), params.address),
            address_kana=_given_address(JapanAddress(), params.address_kana),
            address_kanji=_given_address(JapanAddress(), params.address_kanji),
            display_name=given(params.display_name),
            display_name_kana=given(params.display_name_kana),
            display_name_kanji=given(params.display_name_kanji),
        ),
        livemode=op.caller.livemode,
    )
    if isinstance(params.configuration_overrides, str):
        await _assign(op, params.configuration_overrides)
    location = Location(
        id=op.new_id("tml"),
        address=new.address or _plain(new.address_kanji or new.address_kana or JapanAddress(country=JAPAN)),
        address_kana=new.address_kana or UNSET,
        address_kanji=new.address_kanji or UNSET,
        configuration_overrides=params.configuration_overrides,
        display_name=new.display_name or new.display_name_kanji or new.display_name_kana or "",
        display_name_kana=params.display_name_kana,
        display_name_kanji=params.display_name_kanji,
        livemode=op.caller.livemode,
        metadata=merged({}, params.metadata),
        phone=params.phone,
    )
    op.create(LOCATIONS, location, None)
    return await op.commit(location)


async def retrieve(op: Operation, id: str, _: wire.Params) -> Location:
    """Retrieves a Location object."""
    return (await op.get(LOCATIONS, id, in_path=True)).value


async def update(op: Operation, id: str, params: requests.UpdateLocation) -> Location:
    """Updates a Location object: what is given replaces what was there, part by part of an address."""
    stored = await op.get(LOCATIONS, id, in_path=True)
    location = _renamed(_moved(stored.value, params), params)
    if isinstance(params.configuration_overrides, str):
        await _assign(op, params.configuration_overrides)
    changes = {
        name: UNSET if value is None else value
        for name in ("configuration_overrides", "phone")
        if (value := getattr(params, name)) is not UNSET
    }
    location = replace(location, metadata=merged(location.metadata, params.metadata), **changes)
    op.update(stored, location, None)
    await devices.nudge_location(op, id)
    return await op.commit(location)


async def list_all(op: Operation, params: requests.ListLocations) -> Listing[Location]:
    """Returns a list of Location objects, newest first."""
    return await listing(op, LOCATIONS, params)


async def delete(op: Operation, id: str, _: wire.Params) -> DeletedLocation:
    """Deletes a Location object, once no reader is registered to it."""
    stored = await op.get(LOCATIONS, id, in_path=True)
    readers = await op.system.store.page(
        READERS, op.caller.account, op.caller.livemode, [Condition("location", "=", id)], limit=1
    )
    if readers.items:
        raise InvalidRequest(
            "You cannot delete a location that has readers. Delete its readers, or register them to another location, "
            "first."
        )
    op.delete(stored)
    return await op.commit(DeletedLocation(id=id))


def country_of(location: Location) -> str | None:
    """Where the shop is, ISO 3166-1 alpha-2."""
    return location.address.country


async def hold(op: Operation, id: str) -> StoredLocation:
    """The location that something is about to belong to; it cannot be deleted in the meantime.

    Raises ResourceMissing. The update that changes nothing is what makes the deletion's commit conflict.
    """
    stored = await op.get(LOCATIONS, id, param="location")
    return op.update(stored, stored.value, None)


async def _assign(op: Operation, configuration: str) -> None:
    """Check that a location may have the configuration, and keep that from being deleted in the meantime."""
    stored = await op.get(CONFIGURATIONS, configuration, param="configuration_overrides")
    configurations.check_assignable(stored.value)
    op.update(stored, stored.value, None)


def _given_address(empty: A, params: wire.Address | requests.JapanAddress | UnsetType) -> A | None:
    """A new address; None if none is given."""
    return None if isinstance(params, UnsetType) else _with_parts(empty, params)


def _with_parts(before: A, params: wire.Address | requests.JapanAddress) -> A:
    """`before` with the parts that are given; an empty one unsets."""
    parts = {part: value for part in params.__struct_fields__ if (value := getattr(params, part)) is not UNSET}
    return replace(before, **parts)


def _plain(address: JapanAddress) -> Address:
    """A Japanese address as one of the usual shape, for those who read no other."""
    return Address(**{part: getattr(address, part) for part in Address.__struct_fields__})


def _moved(location: Location, params: requests.UpdateLocation) -> Location:
    """The location with the address that is asked for. Raises InvalidRequest."""
    japan = country_of(location) == JAPAN
    for name in _ADDRESSES:
        wanted: wire.Address | requests.JapanAddress | UnsetType = getattr(params, name)
        if isinstance(wanted, UnsetType):
            continue
        before: Address | JapanAddress | UnsetType = getattr(location, name)
        if isinstance(before, UnsetType):
            before = JapanAddress()
        elif japan and name == "address":
            before = Address(country=JAPAN)
        after = _with_parts(before, wanted)
        addresses.check_changed_address(before, after, name, japan=japan)
        country = (after.country or JAPAN).upper()
        location = replace(location, **{name: replace(after, country=country)})
    if japan:
        read = location.address_kanji or location.address_kana
        location = replace(location, address=_plain(read) if read else location.address)
    return location


def _renamed(location: Location, params: requests.UpdateLocation) -> Location:
    """The location with the names that are asked for. Raises InvalidRequest where none would be left."""
    japan = country_of(location) == JAPAN
    for name in _NAMES:
        value: str | None | UnsetType = getattr(params, name)
        if isinstance(value, UnsetType):
            continue
        if value is not None and len(value) > addresses.DISPLAY_NAME_MAX:
            raise refusals.too_long(name, addresses.DISPLAY_NAME_MAX, len(value))
        if value and name != "display_name" and not japan:
            raise refusals.invalid(f"`{name}` is only for locations in Japan.", name)
        location = replace(location, **{name: value or ("" if name == "display_name" else UNSET)})
    if location.display_name:
        return location
    inherited = location.display_name_kanji or location.display_name_kana
    if not inherited:
        raise InvalidRequest(
            "A location needs a name: `display_name` cannot be unset.",
            code="parameter_invalid_empty",
            param="display_name",
        )
    return replace(location, display_name=inherited)
