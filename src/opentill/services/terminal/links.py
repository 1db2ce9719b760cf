"""What the gateway asks of the system about the device at the other end of a reader link.

Each function commits by itself and may be called again with the same arguments: nothing is done twice. When somebody
else changed what it read, it runs again from its reading.
"""

import ipaddress
import re
from collections.abc import Awaitable, Callable
from typing import Final, Literal, TypeAlias, TypeVar

from msgspec.structs import replace

from opentill.domain.ids import new_id
from opentill.domain.terminal import devices as models
from opentill.domain.terminal import pairing
from opentill.link.messages import Assignment, Hello, PairingCode, Refused
from opentill.link.sealing import can_be_sealed_to
from opentill.ports.store import Changes, Conflict, Insert, Update
from opentill.services.kinds import DEVICES
from opentill.services.operation import System
from opentill.services.records import Device
from opentill.services.terminal import assignments, devices
from opentill.services.terminal.devices import StoredDevice

RefusalCode: TypeAlias = Literal["unknown_device_type", "bad_message", "identity_mismatch", "too_many_codes"]

SEEN_EVERY_MS: Final = 30_000
"""A sighting that changes nothing else is written at most so often."""

_KEY_LENGTH: Final = 32
_SERIAL_NUMBER: Final = re.compile("[A-Za-z0-9-]{1,64}")
_SOFTWARE_MAX: Final = 64
_RUNS: Final = 20

T = TypeVar("T")


class LinkRefused(Exception):
    """The device is told no (`link.messages.Refused`). `retry` says whether it may come back with the same."""

    def __init__(self, code: RefusalCode, message: str, *, retry: bool) -> None:
        super().__init__(f"{code}: {message}")
        self.code: RefusalCode = code
        self.message = message
        self.retry = retry

    def told(self) -> Refused:
        """What the device is sent."""
        return Refused(code=self.code, message=self.message, retry=self.retry)


async def introduce(system: System, hello: Hello) -> Device:
    """The device that says hello, made at its first introduction. Its proof has been verified against `hello`.

    The identity of the first introduction is the device's for good: whoever comes with its serial number and another
    identity (or as another model) is refused, and both stay as they are. The sealing key may change, because the proof
    is over that too. Raises LinkRefused.
    """
    _check(hello)

    async def introduced() -> Device:
        now_ms = system.clock.now_ms()
        known = await devices.of_serial_number(system, hello.serial_number)
        if known is None:
            device = Device(
                id=new_id("dev", now_ms),
                serial_number=hello.serial_number,
                device_type=hello.device_type,  # type: ignore[arg-type] # one of the models
                software=hello.software,
                identity=hello.identity,
                sealing=hello.sealing,
                ip_address=hello.ip_address,
                first_seen_at=now_ms,
                last_seen_at=now_ms,
            )
            insert = Insert(DEVICES, devices.NOBODY, False, device.id, now_ms // 1000, device)
            await system.store.commit(Changes(inserts=[insert]))
            return device
        before = known.value
        if (before.identity, before.device_type) != (hello.identity, hello.device_type):
            raise LinkRefused(
                "identity_mismatch",
                "Another device with this serial number is known. If this one was reset, it needs a new serial number.",
                retry=False,
            )
        device = replace(
            before,
            software=hello.software,
            sealing=hello.sealing,
            ip_address=hello.ip_address or before.ip_address,
        )
        await _sight(system, known, device, now_ms)
        return device

    return await _again(introduced)


async def assignment(system: System, device_id: str) -> Assignment | None:
    """Where the device belongs and what holds there; None while it is not registered (or not known)."""
    known = await system.store.get(DEVICES, devices.NOBODY, device_id)
    return None if known is None else await assignments.of(system, known.value)


async def pairing_code(system: System, device_id: str) -> PairingCode:
    """A new registration code for the device to show; an earlier one ends with it.

    Only its hash is kept. It is good once, for 15 minutes of the system's clock. Raises LinkRefused (too_many_codes)
    after 10 within an hour.
    """

    async def made() -> PairingCode:
        now_ms = system.clock.now_ms()
        known = await _known(system, device_id)
        device = known.value
        codes = pairing.recent(device.codes, now_ms)
        if len(codes) >= pairing.CODES_MAX:
            raise LinkRefused(
                "too_many_codes",
                f"This reader got {pairing.CODES_MAX} codes within an hour. Wait before generating another one.",
                retry=True,
            )
        code = pairing.new_code()
        expires = now_ms + pairing.CODE_LIFETIME_MS
        device = replace(
            device,
            code=pairing.hash_code(code),
            code_expires_at=expires,
            codes=[*codes, now_ms],
            last_seen_at=max(device.last_seen_at, now_ms),
        )
        await system.store.commit(Changes(updates=[Update(known, device, None)]))
        return PairingCode(code=code, expires=expires)

    return await _again(made)


async def seen(system: System, device_id: str, now_ms: int, ip_address: str | None = None) -> str | None:
    """The device was heard from at `now_ms` of the system's clock. `ip_address` is its own in its network, if known.

    Its reader is online from then on. Returns that reader's id, None for a device that is not registered (any more) or
    not known: a gateway that was told otherwise has missed something, and asks for the assignment. Written at most
    every 30 seconds, unless it changes something else.
    """

    async def sighted() -> str | None:
        known = await system.store.get(DEVICES, devices.NOBODY, device_id)
        if known is None:
            return None
        device = known.value
        if ip_address is not None and _is_ip_address(ip_address):
            device = replace(device, ip_address=ip_address)
        await _sight(system, known, device, now_ms)
        return device.reader

    return await _again(sighted)


async def _sight(system: System, known: StoredDevice, device: Device, now_ms: int) -> None:
    """Write that a device was seen, in its row and in its reader's, as far as there is something to write.

    `known` is its row, `device` what that is to say from now on.
    """
    changes = Changes()
    stored = await devices.reader_of(system, device)
    if device != known.value or (stored is None and now_ms - device.last_seen_at >= SEEN_EVERY_MS):
        device = replace(device, last_seen_at=max(device.last_seen_at, now_ms))
        changes.updates.append(Update(known, device, None))
    if stored is not None:
        reader = replace(stored.value, device_sw_version=device.software, ip_address=device.ip_address, status="online")
        last = reader.last_seen_at or 0
        if reader != stored.value or now_ms - last >= SEEN_EVERY_MS:
            changes.updates.append(Update(stored, replace(reader, last_seen_at=max(last, now_ms)), stored.hidden))
    if changes.updates:
        await system.store.commit(changes)


async def _known(system: System, device_id: str) -> StoredDevice:
    known = await system.store.get(DEVICES, devices.NOBODY, device_id)
    if known is None:
        raise KeyError(device_id)
    return known


async def _again(run: Callable[[], Awaitable[T]]) -> T:
    """Run until nobody came in between. Raises Conflict if somebody always does."""
    for _ in range(_RUNS - 1):
        try:
            return await run()
        except Conflict:
            continue
    return await run()


def _check(hello: Hello) -> None:
    """Raises LinkRefused unless a device may introduce itself so."""
    if not models.is_smart_reader(hello.device_type):
        raise LinkRefused(
            "unknown_device_type", "Readers of this type are not known here, or are no smart readers.", retry=False
        )
    if len(hello.identity) != _KEY_LENGTH or not can_be_sealed_to(hello.sealing):
        raise LinkRefused("bad_message", f"The public keys must be such, of {_KEY_LENGTH} bytes each.", retry=False)
    if _SERIAL_NUMBER.fullmatch(hello.serial_number) is None:
        raise LinkRefused(
            "bad_message", "A serial number has 1 to 64 characters: letters, digits and hyphens.", retry=False
        )
    if not hello.software.isprintable() or not 1 <= len(hello.software) <= _SOFTWARE_MAX:
        raise LinkRefused("bad_message", f"The software version has 1 to {_SOFTWARE_MAX} characters.", retry=False)
    if hello.ip_address is not None and not _is_ip_address(hello.ip_address):
        raise LinkRefused("bad_message", "The IP address is none.", retry=False)


def _is_ip_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
