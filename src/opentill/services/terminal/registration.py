"""Registration: a device becomes a reader of an account, by the code it shows or by its serial number.

Whoever has the code is at the reader, so it moves a device from wherever it was. A serial number is no secret: it
registers devices that are nobody's, and those of the same account anew (guide "Register readers").
"""

import secrets
from collections.abc import Sequence
from typing import Final

from msgspec.structs import replace

from opentill.domain.errors import LockTimeout
from opentill.domain.objects.shared import Metadata
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal import devices as models
from opentill.domain.terminal import pairing, refusals
from opentill.ports.store import Conflict
from opentill.requests.terminal.readers import CreateReader
from opentill.services import accounts
from opentill.services.kinds import LOCATIONS, READERS
from opentill.services.operation import LOCKED, Caller, Operation, System
from opentill.services.parameters import given, merged
from opentill.services.records import ReaderHidden
from opentill.services.terminal import devices, locations
from opentill.services.terminal.devices import StoredDevice

SERIAL_NUMBERS_MAX: Final = 10
"""So many serial numbers are registered at once, as on the dashboard."""

_PIN_KEY_ID_LENGTH: Final = 8
_RUNS: Final = 20


async def by_code(op: Operation, params: CreateReader) -> Reader:
    """Record, in `op`, that the device which shows the code belongs to the caller from now on.

    Raises InvalidRequest for a code that is wrong, used or expired, TooManyRequests for an account that sent many such.
    Without a label the reader is called by the code it was registered with (API reference), which is of no use to
    anybody any more.
    """
    account = op.caller.account
    guesses = op.system.wrong_codes
    if guesses.too_many(account, op.now_ms):
        raise refusals.too_many_wrong_codes()
    device = await devices.of_code(op, params.registration_code)
    if device is None:
        guesses.note(account, op.now_ms)
        raise models.unknown_registration_code(livemode=op.caller.livemode)
    location = (await locations.hold(op, params.location)).id if isinstance(params.location, str) else None
    label = given(params.label) or pairing.normalized(params.registration_code)
    return await _bind(op, device, location, label, merged({}, params.metadata))


async def by_serial_number(
    op: Operation, serial_numbers: Sequence[str], *, location: str | None = None, label: str | None = None
) -> list[Reader]:
    """Record, in `op`, that these devices belong to the caller from now on; 1 to 10 of them, each named once.

    Several are called by the label and a number from 1 ("Test reader 1"), without a label each by its serial number.
    Raises InvalidRequest, and then records nothing that may be committed.
    """
    serials = [serial.strip() for serial in serial_numbers]
    if not 1 <= len(serials) <= SERIAL_NUMBERS_MAX or len(set(serials)) != len(serials):
        raise refusals.invalid(
            f"Between 1 and {SERIAL_NUMBERS_MAX} serial numbers can be registered at once, each of them once.",
            "serial_number",
        )
    shop = None if location is None else (await locations.hold(op, location)).id
    registered: list[Reader] = []
    for number, serial in enumerate(serials, start=1):
        device = await devices.of_serial_number(op.system, serial)
        if device is None or device.value.account not in (None, op.caller.account):
            raise refusals.unknown_serial_number(serial)
        name = label if label is None or len(serials) == 1 else f"{label} {number}"
        registered.append(await _bind(op, device, shop, name or serial, {}))
    return registered


async def register_by_serial(
    system: System,
    account: str,
    serial_numbers: Sequence[str],
    *,
    location: str | None = None,
    label: str | None = None,
    livemode: bool = False,
) -> list[Reader]:
    """Register devices by their serial numbers, all or none; what the dashboard and the command line call.

    The location, if one is given, decides the mode. Raises ResourceMissing for an account that there is not, or a
    location that it does not have, InvalidRequest, and LockTimeout.
    """
    if location is not None:
        shop = await system.store.get(LOCATIONS, account, location)
        if shop is not None:
            livemode = shop.livemode
    for _ in range(_RUNS):
        op = Operation(system, Caller(account, livemode, "", ""))
        await accounts.account_of(op, account)
        readers = await by_serial_number(op, serial_numbers, location=location, label=label)
        try:
            await op.commit_silently()
        except Conflict:
            continue
        return readers
    raise LockTimeout(LOCKED, code="lock_timeout")


async def _bind(op: Operation, device: StoredDevice, location: str | None, label: str, metadata: Metadata) -> Reader:
    """Record, in `op`, a new reader that is the device, in place of the one that it was, if it was one.

    Its code is used up with it, and it gets another key for PINs. Raises InvalidRequest (`terminal_reader_busy`) while
    the reader that it was authorizes a payment.
    """
    former = await devices.reader_of(op.system, device.value)
    await devices.take_from_reader(op, device)
    known = device.value
    last_seen_at = max(known.last_seen_at, (former.value.last_seen_at or 0) if former is not None else 0)
    caller = op.caller
    reader = Reader(
        id=op.new_id("tmr"),
        device_sw_version=known.software,
        device_type=known.device_type,
        ip_address=known.ip_address,
        label=label,
        last_seen_at=last_seen_at,
        livemode=caller.livemode,
        location=location,
        metadata=metadata,
        serial_number=known.serial_number,
        status=models.status(known.device_type, last_seen_at, op.now_ms),
    )
    op.create(READERS, reader, ReaderHidden(device=device.id))
    bound = replace(
        known,
        account=caller.account,
        livemode=caller.livemode,
        reader=reader.id,
        pin_key_id=secrets.token_bytes(_PIN_KEY_ID_LENGTH),
        code=None,
        code_expires_at=0,
    )
    op.update(device, bound, None)
    devices.nudge(op, [device.id])
    return reader
