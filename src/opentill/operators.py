"""`opentill readers`: the commands behind it."""

import sys

from opentill.cli import Failure
from opentill.domain.errors import Refusal
from opentill.main import Installation, Settings
from opentill.ports.store import Store
from opentill.services.kinds import DEVICES, READERS
from opentill.services.terminal.registration import register_by_serial

_ALL = 100_000
_EVER = 2**62


async def register(
    settings: Settings, *, serials: str, account: str, livemode: bool, location: str | None, label: str | None
) -> int:
    """Register the devices with these serial numbers (with commas between them); their readers go to standard output.

    A running server tells its readers of it; without one they learn of it when they connect.
    """
    installation = Installation(settings)
    await installation.store.start()
    try:
        readers = await register_by_serial(
            installation.system,
            account,
            [serial.strip() for serial in serials.split(",")],
            location=location,
            label=label,
            livemode=livemode,
        )
    except Refusal as refusal:
        raise Failure(str(refusal)) from refusal
    finally:
        await installation.store.close()
        installation.simulator.close()
    for reader in readers:
        print(f"{reader.serial_number} is registered as {reader.label!r}", file=sys.stderr)
        print(reader.id)
    return 0


async def show(store: Store, account: str | None) -> int:
    """Print the readers, one a line: those that are registered, and the devices that are nobody's yet."""
    readers = await store.due(READERS, "created", _EVER, _ALL)
    rows = [
        (
            reader.serial_number,
            reader.device_type,
            stored.account,
            "live" if stored.livemode else "test",
            reader.id,
            reader.location or "-",
            reader.label,
        )
        for stored in readers
        if account is None or stored.account == account
        for reader in (stored.value,)
    ]
    if account is None:
        rows += [
            (device.serial_number, device.device_type, "-", "-", "-", "-", "not registered")
            for stored in await store.due(DEVICES, "created", _EVER, _ALL)
            for device in (stored.value,)
            if device.reader is None
        ]
    if not rows:
        print("There are no readers. `opentill reader --server URL` runs some.", file=sys.stderr)
        return 0
    for row in [("SERIAL", "TYPE", "ACCOUNT", "MODE", "READER", "LOCATION", "LABEL"), *rows]:
        serial, type, owner, mode, id, location, label = map(str, row)
        print(f"{serial:<27} {type:<24} {owner:<22} {mode:<5} {id:<29} {location:<29} {label}")
    return 0
