"""Where a device belongs, and what holds there of its account, its location and its Configuration.

What the reader needs to look and behave as it is set up; what it needs for one action comes with that action.
"""

from opentill.domain.objects.account import Account
from opentill.domain.objects.terminal_configuration import Configuration
from opentill.domain.objects.terminal_location import Location
from opentill.domain.terminal import configurations as rules
from opentill.domain.terminal import places
from opentill.link.messages import Assignment, Picture, Settings, Speech
from opentill.services import accounts
from opentill.services.kinds import LOCATIONS
from opentill.services.operation import Caller, Operation, System
from opentill.services.records import Device
from opentill.services.terminal import configurations, devices, pictures


async def of(system: System, device: Device) -> Assignment | None:
    """Where the device belongs; None while it is not registered."""
    stored = await devices.reader_of(system, device)
    if stored is None or device.pin_key_id is None:
        return None
    reader = stored.value
    op = Operation(system, Caller(stored.account, stored.livemode, "", ""))
    shop = None if reader.location is None else await op.find(LOCATIONS, reader.location)
    account = await accounts.own_account(op)
    configuration = await configurations.in_force(op, reader.location)
    file = rules.splashscreen(configuration, reader.device_type)
    location = None if shop is None else shop.value
    return Assignment(
        reader=reader.id,
        label=reader.label,
        livemode=reader.livemode,
        settings=settings(
            account,
            location,
            configuration,
            speech=stored.hidden.speech,
            splashscreen=await pictures.picture_of(op, device.id, file),
        ),
        pin_key_id=device.pin_key_id,
        pin_key=system.vault.pin_key(device.pin_key_id, device.sealing),
        location=reader.location,
        location_name=None if location is None else location.display_name,
    )


def settings(
    account: Account,
    location: Location | None,
    configuration: Configuration,
    *,
    speech: Speech,
    splashscreen: Picture | None,
) -> Settings:
    """What holds at a reader. Without a location it stands in the country of the account."""
    address = None if location is None else location.address
    country = address.country if address is not None else None
    if country is None and isinstance(account.country, str):
        country = account.country
    restart = rules.restart_window(configuration)
    return Settings(
        merchant=accounts.merchant_name(account),
        country=country,
        language=places.language(country),
        passcode=rules.admin_passcode(configuration),
        splashscreen=splashscreen,
        reboot_start_hour=restart.start_hour,
        reboot_end_hour=restart.end_hour,
        timezone=places.timezone(country, None if address is None else address.state),
        wifi_ssid=rules.wifi_name(configuration),
        offline_enabled=rules.offline_enabled(configuration),
        speech=speech,
    )
