"""Readers: registered, listed, renamed and removed."""

from msgspec import UnsetType
from msgspec.structs import replace

from opentill.domain.ids import random_token
from opentill.domain.objects.terminal_reader import DeletedReader, Reader
from opentill.domain.terminal import devices
from opentill.requests.params import Params
from opentill.requests.terminal import readers as requests
from opentill.services.kinds import READERS
from opentill.services.listing import Listing, equals, listing
from opentill.services.operation import Operation
from opentill.services.parameters import given, merged
from opentill.services.records import ReaderHidden
from opentill.services.terminal import locations, registration
from opentill.services.terminal.devices import end_reader, let_go, nudge


async def create(op: Operation, params: requests.CreateReader) -> Reader:
    """Creates a new Reader object: registers the reader that shows the code, or moves it here from where it was.

    In test mode the codes of simulated readers make a new one each time.
    """
    device = devices.simulated_device(params.registration_code, livemode=op.caller.livemode)
    if device is None:
        return await op.commit(await registration.by_code(op, params))
    location = (await locations.hold(op, params.location)).id if isinstance(params.location, str) else None
    serial = devices.serial_number(device, random_token(devices.SERIAL_TAIL_LENGTH))
    reader = Reader(
        id=op.new_id("tmr"),
        device_sw_version=devices.SOFTWARE_VERSION,
        device_type=device.type,  # type: ignore[arg-type] # the table of devices has these types and no others
        ip_address=devices.SIMULATED_IP_ADDRESS,
        label=given(params.label) or serial,
        last_seen_at=op.now_ms,
        livemode=op.caller.livemode,
        location=location,
        metadata=merged({}, params.metadata),
        serial_number=serial,
        status=devices.status(device.type, op.now_ms, op.now_ms),
    )
    op.create(READERS, reader, ReaderHidden())
    return await op.commit(reader)


async def retrieve(op: Operation, id: str, _: Params) -> Reader:
    """Retrieves a Reader object."""
    return (await op.get(READERS, id, in_path=True)).value


async def update(op: Operation, id: str, params: requests.UpdateReader) -> Reader:
    """Updates a Reader object: its label, which an empty one resets, and its metadata."""
    stored = await op.get(READERS, id, in_path=True)
    reader = stored.value
    if not isinstance(params.label, UnsetType):
        reader = replace(reader, label=params.label or reader.serial_number)
    reader = replace(reader, metadata=merged(reader.metadata, params.metadata))
    op.update(stored, reader, stored.hidden)
    if stored.hidden.device is not None and reader.label != stored.value.label:
        nudge(op, [stored.hidden.device])
    return await op.commit(reader)


async def list_all(op: Operation, params: requests.ListReaders) -> Listing[Reader]:
    """Returns a list of Reader objects, newest first."""
    conditions = equals(
        device_type=params.device_type,
        location=params.location,
        serial_number=params.serial_number,
        status=params.status,
    )
    return await listing(op, READERS, params, conditions)


async def delete(op: Operation, id: str, _: Params) -> DeletedReader:
    """Deletes a Reader object; to be used again, the reader must be registered again.

    Not while it authorizes: the outcome has to be awaited.
    """
    stored = await op.get(READERS, id, in_path=True)
    await end_reader(op, stored)
    await let_go(op, stored)
    reader = stored.value
    return await op.commit(DeletedReader(id=id, device_type=reader.device_type, serial_number=reader.serial_number))
