"""Configurations: settings of readers, for the account and for single locations."""

import hashlib
from typing import Any

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from opentill.domain.ids import base62
from opentill.domain.objects.terminal_configuration import (
    Cellular,
    Configuration,
    DeletedConfiguration,
    DeviceSettings,
    EnterpriseEapPeap,
    EnterpriseEapTls,
    OfflineSettings,
    PersonalPsk,
    ReaderSecurity,
    RebootWindow,
    Tipping,
    TippingSettings,
    Wifi,
)
from opentill.domain.terminal import configurations
from opentill.ports.store import Condition, Stored
from opentill.requests.params import Params
from opentill.requests.terminal import configurations as requests
from opentill.services import file_keeping
from opentill.services.kinds import CONFIGURATIONS, FILES, LOCATIONS
from opentill.services.listing import Listing, listing
from opentill.services.operation import Operation
from opentill.services.terminal import devices

StoredConfiguration = Stored[Configuration, None]

_PAGE = 100


async def create(op: Operation, params: requests.ConfigurationSettings) -> Configuration:
    """Creates a new Configuration object, to be assigned to locations."""
    sections = await _sections(op, params)
    for name, value in sections.items():
        if value is None:
            configurations.check_clearing(name, creating=True)
    configuration = Configuration(
        id=op.new_id("tmc"),
        livemode=op.caller.livemode,
        name=None if isinstance(params.name, UnsetType) else params.name,
    )
    configuration = configurations.changed(configuration, sections)
    op.create(CONFIGURATIONS, configuration, None)
    return await op.commit(configuration)


async def retrieve(op: Operation, id: str, _: Params) -> Configuration:
    """Retrieves a Configuration object."""
    return (await op.get(CONFIGURATIONS, id, in_path=True)).value


async def update(op: Operation, id: str, params: requests.ConfigurationSettings) -> Configuration:
    """Updates a Configuration object. A section that is given replaces the one that was there; empty unsets it."""
    stored = await op.get(CONFIGURATIONS, id, in_path=True)
    configuration = configurations.changed(stored.value, await _sections(op, params))
    if not isinstance(params.name, UnsetType):
        configuration = replace(configuration, name=params.name)
    op.update(stored, configuration, None)
    await devices.nudge_configuration(op, id, is_account_default=configuration.is_account_default is True)
    return await op.commit(configuration)


async def list_all(op: Operation, params: requests.ListConfigurations) -> Listing[Configuration]:
    """Returns a list of Configuration objects, newest first; the account's default is among them."""
    await _provide_default(op)
    wanted = params.is_account_default
    conditions = [] if isinstance(wanted, UnsetType) else [Condition("is_account_default", "=", int(wanted))]
    return await listing(op, CONFIGURATIONS, params, conditions)


async def delete(op: Operation, id: str, _: Params) -> DeletedConfiguration:
    """Deletes a Configuration object; where it was assigned, the account's default holds again."""
    stored = await op.get(CONFIGURATIONS, id, in_path=True)
    configurations.check_deletable(stored.value)
    assigned = [Condition("configuration", "=", id)]
    after = None
    while True:
        page = await op.system.store.page(
            LOCATIONS, op.caller.account, op.caller.livemode, assigned, limit=_PAGE, starting_after=after
        )
        for location in page.items:
            op.update(location, replace(location.value, configuration_overrides=UNSET), None)
        if not page.has_more:
            break
        after = page.items[-1]
    await devices.nudge_configuration(op, id, is_account_default=False)
    op.delete(stored)
    return await op.commit(DeletedConfiguration(id=id))


async def in_force(op: Operation, location: str | None) -> Configuration:
    """The settings that hold for readers at a location, or at none: its own over the account's default."""
    default = await _default(op)
    override = None
    if location is not None:
        shop = await op.find(LOCATIONS, location)
        if shop is not None and isinstance(shop.value.configuration_overrides, str):
            override = await op.find(CONFIGURATIONS, shop.value.configuration_overrides)
    return configurations.effective(
        _new_default(op) if default is None else default.value, None if override is None else override.value
    )


# The account's default -------------------------------------------------------------------------------------------


async def _default(op: Operation) -> StoredConfiguration | None:
    return await op.find(CONFIGURATIONS, _default_id(op))


def _default_id(op: Operation) -> str:
    """There is one for each account and mode, so its id follows from these: nobody can make a second one."""
    of = f"configuration of {op.caller.account} {op.caller.livemode}"
    return f"tmc_{base62(int.from_bytes(hashlib.sha256(of.encode()).digest()[:16], 'big'), 14)}"


def _new_default(op: Operation) -> Configuration:
    return Configuration(id=_default_id(op), is_account_default=True, livemode=op.caller.livemode)


async def _provide_default(op: Operation) -> None:
    """Make the default when it is first looked for; until then it is empty, and nobody has its id."""
    if await _default(op) is None:
        op.create(CONFIGURATIONS, _new_default(op), None)
        await op.commit_silently()


# From parameters to sections -------------------------------------------------------------------------------------


async def _sections(op: Operation, params: requests.ConfigurationSettings) -> dict[str, Any]:
    """The sections that are given, by name, checked; None for one that is to be unset. Raises InvalidRequest."""
    sections = {
        name: None if value is None else _section(value)
        for name in configurations.SECTIONS
        if (value := getattr(params, name)) is not UNSET
    }
    if isinstance(params.offline, requests.Switch):
        sections["offline"] = OfflineSettings(enabled=params.offline.enabled)
    given = {name: value for name, value in sections.items() if value is not None}
    configurations.check_sections(given)
    await _check_files(op, given)
    return sections


async def _check_files(op: Operation, sections: dict[str, Any]) -> None:
    """Raises unless the files that the sections name are the caller's, and such as may stand there."""
    for named in configurations.files_named(sections):
        stored = await file_keeping.find(op, named.id)
        if stored is None:
            raise op.missing(FILES, named.id, param=named.param)
        configurations.check_file(named, stored.value)


def _section(params: Params) -> Any:
    """A section as it is kept; None if nothing is left of it."""
    match params:
        case requests.Device(splashscreen=str() as file):
            return DeviceSettings(splashscreen=file)
        case requests.ReaderSecurity(admin_menu_passcode=str() as passcode):
            return ReaderSecurity(admin_menu_passcode=passcode)
        case requests.Device() | requests.ReaderSecurity():
            return None
        case requests.Switch(enabled=enabled):
            return Cellular(enabled=enabled)
        case requests.RebootWindow(start_hour=start, end_hour=end):
            return RebootWindow(start_hour=start, end_hour=end)
        case requests.Tipping():
            tips = {currency: _tips(getattr(params, currency)) for currency in params.__struct_fields__}
            return Tipping(**tips)
        case requests.Wifi():
            return _wifi(params)
        case _:
            raise TypeError(f"{type(params).__name__} is not a section of a Configuration")


def _tips(params: requests.CurrencyTips | UnsetType) -> TippingSettings | UnsetType:
    if isinstance(params, UnsetType):
        return UNSET
    return TippingSettings(
        fixed_amounts=params.fixed_amounts,
        percentages=params.percentages,
        smart_tip_threshold=params.smart_tip_threshold,
    )


def _wifi(params: requests.Wifi) -> Wifi:
    peap, tls, psk = params.enterprise_eap_peap, params.enterprise_eap_tls, params.personal_psk
    return Wifi(
        enterprise_eap_peap=UNSET if isinstance(peap, UnsetType) else EnterpriseEapPeap(**_members(peap)),
        enterprise_eap_tls=UNSET if isinstance(tls, UnsetType) else EnterpriseEapTls(**_members(tls)),
        personal_psk=UNSET if isinstance(psk, UnsetType) else PersonalPsk(**_members(psk)),
        type=params.type,
    )


def _members(params: Params) -> dict[str, Any]:
    return {name: getattr(params, name) for name in params.__struct_fields__}
