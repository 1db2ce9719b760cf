"""Discovery: the readers that a session may connect to, and the simulated one of the account."""

import hashlib
from typing import Final

from msgspec import UnsetType
from msgspec.structs import asdict, replace

from opentill.domain.errors import InvalidRequest
from opentill.domain.ids import base62
from opentill.domain.objects.pos import DiscoveredReader
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal import devices
from opentill.ports.store import Condition
from opentill.requests.params import Params
from opentill.requests.terminal import pos as requests
from opentill.services.kinds import LOCATIONS, READERS
from opentill.services.listing import Listing, equals
from opentill.services.operation import Operation
from opentill.services.records import ReaderHidden
from opentill.services.terminal import locations

_SIMULATED_TYPE: Final = "simulated_wisepos_e"
_SIMULATED_SERIAL: Final = "SIMULATOR"
_SIMULATED_LABEL: Final = "Simulated reader"
# Readers that an SDK on a phone drives are not reached over the internet.
_SMART: Final = tuple(sorted(type for type, model in devices.DEVICES.items() if "payments" in model.features))


async def list_all(op: Operation, params: requests.DiscoverReaders) -> Listing[DiscoveredReader]:
    """Returns the smart readers that the session may connect to, newest first, online or not."""
    if not isinstance(params.location, UnsetType) and op.caller.location not in (None, params.location):
        return Listing([], has_more=False)
    conditions = equals(
        device_type=params.device_type,
        location=op.caller.location or params.location,
        serial_number=params.serial_number,
    )
    page = await op.system.store.page(
        READERS,
        op.caller.account,
        op.caller.livemode,
        [*conditions, Condition("device_type", "in", _SMART)],
        limit=params.limit,
    )
    simulator_id = _simulator_id(op)
    found = [discovered(stored.value) for stored in page.items if stored.id != simulator_id]
    return Listing(found, page.has_more)


async def simulator(op: Operation, _: Params) -> DiscoveredReader:
    """Gives the simulated reader of the account, which is made when it is first asked for. In test mode only.

    There is one, which needs no device: what its customer does, the SDK says. The location of a session does not limit
    it (guide "Connect to a reader": simulated readers have no location of their own).
    """
    if op.caller.livemode:
        raise InvalidRequest("There are no simulated readers in live mode.")
    known = await op.find(READERS, _simulator_id(op))
    if known is not None:
        return discovered(known.value)
    reader = Reader(
        id=_simulator_id(op),
        device_sw_version=devices.SOFTWARE_VERSION,
        device_type=_SIMULATED_TYPE,
        ip_address=devices.SIMULATED_IP_ADDRESS,
        label=_SIMULATED_LABEL,
        last_seen_at=op.now_ms,
        livemode=False,
        location=await _some_location(op),
        serial_number=_SIMULATED_SERIAL,
        status="online",
    )
    op.create(READERS, reader, ReaderHidden())
    return await op.commit(discovered(reader))


def in_scope(op: Operation, reader: Reader) -> bool:
    """Whether the session that asks may see the reader at all."""
    if reader.device_type not in _SMART:
        return False
    return op.caller.location in (None, reader.location) or reader.id == _simulator_id(op)


def without_action(reader: Reader) -> Reader:
    """The reader without what it does: that may be somebody else's, down to what a customer typed in."""
    return reader if reader.action is None else replace(reader, action=None)


def discovered(reader: Reader) -> DiscoveredReader:
    """The reader as it is discovered."""
    return DiscoveredReader(**asdict(without_action(reader)))


def _simulator_id(op: Operation) -> str:
    """There is one for each account, so its id follows from that: nobody can make a second one."""
    of = f"simulated reader of {op.caller.account}"
    return f"tmr_{base62(int.from_bytes(hashlib.sha256(of.encode()).digest()[:16], 'big'), 14)}"


async def _some_location(op: Operation) -> str | None:
    """That of the session, or the first that a list of them shows, if there is one; payments have its country."""
    id = op.caller.location
    if id is None:
        page = await op.system.store.page(LOCATIONS, op.caller.account, op.caller.livemode, limit=1)
        id = page.items[0].id if page.items else None
    if id is None or await op.find(LOCATIONS, id) is None:
        return None
    return (await locations.hold(op, id)).id
