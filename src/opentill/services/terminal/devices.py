"""Devices: what is registered as a reader, found, bound to one, let go of, and told that something changed.

A device belongs to the installation (kind DEVICES, account ""), its reader to an account. The two change in one commit:
the device's row names its reader, and the hidden part of the reader's row names its device.
"""

from collections.abc import Iterable
from typing import Final, TypeAlias

from msgspec.structs import replace

from opentill.domain.terminal import actions
from opentill.domain.terminal import devices as models
from opentill.domain.terminal.pairing import hash_code
from opentill.ports.store import Condition, Stored
from opentill.services.kinds import DEVICES, LOCATIONS, READERS
from opentill.services.operation import Caller, Operation, System
from opentill.services.records import Device
from opentill.services.terminal import slots
from opentill.services.terminal.slots import StoredReader

NOBODY: Final = ""
"""The account of the rows that belong to the installation."""

NUDGED_MAX: Final = 1_000
"""So many readers at most are looked at to tell their devices of a change; the others learn of it when they connect."""

_PAGE: Final = 100

StoredDevice: TypeAlias = Stored[Device, None]


async def of_serial_number(system: System, serial_number: str) -> StoredDevice | None:
    """The device with a serial number."""
    found = await system.store.find(DEVICES, "serial_number", serial_number, account=NOBODY, limit=1)
    return found[0] if found else None


async def of_code(op: Operation, code: str) -> StoredDevice | None:
    """The device that shows a registration code, as a person typed it; None for one that is wrong, used or expired."""
    found = await op.system.store.find(DEVICES, "code", hash_code(code), account=NOBODY, limit=1)
    return found[0] if found and op.now_ms < found[0].value.code_expires_at else None


async def reader_of(system: System, device: Device) -> StoredReader | None:
    """The reader that a device is registered as."""
    if device.reader is None or device.account is None:
        return None
    return await system.store.get(READERS, device.account, device.reader)


# Registration -------------------------------------------------------------------------------------------------------


async def take_from_reader(op: Operation, device: StoredDevice) -> None:
    """Record, in `op`, the end of the reader that a device is registered as, if it is, whoever's it is.

    Raises InvalidRequest (`terminal_reader_busy`) while that authorizes. The device's own row is left to the caller.
    """
    reader = await reader_of(op.system, device.value)
    if reader is None:
        return
    if (reader.account, reader.livemode) == (op.caller.account, op.caller.livemode):
        await end_reader(op, reader)
        return
    # Another account's or mode's: read with its eyes, and committed together with the rest.
    theirs = Operation(op.system, Caller(reader.account, reader.livemode, "", ""))
    await end_reader(theirs, reader)
    op.changes.updates.extend(theirs.changes.updates)
    op.changes.deletes.extend(theirs.changes.deletes)


async def end_reader(op: Operation, reader: StoredReader) -> None:
    """Record, in `op`, the end of a reader and of what it was doing. Raises InvalidRequest while it authorizes."""
    slot = reader.hidden.slot
    await slots.release(op, actions.cancel(slot), slot.held)
    op.delete(reader)


async def let_go(op: Operation, reader: StoredReader) -> None:
    """Record, in `op`, that the device of a reader that ends is not registered any more."""
    if reader.hidden.device is None:
        return
    device = await op.system.store.get(DEVICES, NOBODY, reader.hidden.device)
    if device is None or device.value.reader != reader.id:
        return
    op.update(device, replace(device.value, account=None, livemode=False, reader=None, pin_key_id=None), None)
    nudge(op, [device.id])


# Presence -----------------------------------------------------------------------------------------------------------


def fall_silent(op: Operation, reader: StoredReader) -> None:
    """Record, in `op`, that a reader is offline, if nothing was heard from it for two minutes. Nobody is told."""
    value = reader.value
    status = models.status(value.device_type, value.last_seen_at, op.now_ms)
    if status != value.status:
        op.update(reader, replace(value, status=status), reader.hidden)


# Hints --------------------------------------------------------------------------------------------------------------


def nudge(op: Operation, device_ids: Iterable[str]) -> None:
    """Once `op` is committed, hint at these devices that something changed for them."""
    ids = list(device_ids)

    def run() -> None:
        for id in ids:
            op.system.readers.nudge(id)

    if ids:
        op.after_commit(run)


async def nudge_location(op: Operation, location: str) -> None:
    """Once `op` is committed, hint at the devices at a location."""
    nudge(op, await _devices(op, [Condition("location", "=", location)]))


async def nudge_configuration(op: Operation, configuration: str, *, is_account_default: bool) -> None:
    """Once `op` is committed, hint at the devices where a configuration holds."""
    if is_account_default:
        nudge(op, await _devices(op, []))
        return
    shops = await op.system.store.page(
        LOCATIONS,
        op.caller.account,
        op.caller.livemode,
        [Condition("configuration", "=", configuration)],
        limit=NUDGED_MAX,
    )
    for shop in shops.items:
        await nudge_location(op, shop.id)


async def _devices(op: Operation, conditions: list[Condition]) -> list[str]:
    """The devices of the caller's readers that meet the conditions: of the newest NUDGED_MAX."""
    found: list[str] = []
    after: StoredReader | None = None
    for _ in range(NUDGED_MAX // _PAGE):
        page = await op.system.store.page(
            READERS, op.caller.account, op.caller.livemode, conditions, limit=_PAGE, starting_after=after
        )
        found += [reader.hidden.device for reader in page.items if reader.hidden.device is not None]
        if not page.has_more:
            break
        after = page.items[-1]
    return found
