"""The picture of a splash screen, from the file that a Configuration names to the reader that shows it.

A reader is told where to fetch it and what it must be (`link.messages.Picture`). The address is signed for that device
and that file, for a day or two: a link carries pictures of any size badly, and a reader has no key of the API.
"""

import hmac
from typing import Final

from opentill.domain import files as rules
from opentill.link.messages import Picture
from opentill.services import file_keeping as keeping
from opentill.services.file_keeping import Contents
from opentill.services.kinds import DEVICES, FILES
from opentill.services.operation import Operation, System
from opentill.services.terminal.devices import NOBODY

PATH: Final = "/opentill/reader-files/"

_DAY_S: Final = 86_400
_SIGNED: Final = "addresses for readers"
_DIGITS_MAX: Final = 12


async def picture_of(op: Operation, device: str, file: str | None) -> Picture | None:
    """What a device is told of the picture that it is to show; None if there is none (any more)."""
    stored = None if file is None else await keeping.find(op, file)
    if stored is None or stored.value.purpose != "terminal_reader_splashscreen":
        return None
    expires = str((op.now // _DAY_S + 2) * _DAY_S)  # the same all day: what a device is told changes no more often
    signature = _signature(op.system, device, stored.id, expires)
    return Picture(
        path=f"{PATH}{device}/{stored.id}?expires={expires}&signature={signature}",
        sha256=bytes.fromhex(stored.hidden.sha256),
        size=stored.value.size,
    )


async def fetched(system: System, device: str, file: str, *, expires: str, signature: str) -> Contents | None:
    """What is at an address that `picture_of` gave; None if it did not, or if it is over.

    A device that was registered elsewhere meanwhile finds nothing there.
    """
    if not hmac.compare_digest(_signature(system, device, file, expires).encode(), signature.encode()):
        return None
    now = system.clock.now()
    if not expires.isdecimal() or len(expires) > _DIGITS_MAX or int(expires) <= now:
        return None
    registered = await system.store.get(DEVICES, NOBODY, device)
    if registered is None or registered.value.account is None:
        return None
    stored = await system.store.get(FILES, registered.value.account, file)
    if stored is None or keeping.is_over(stored.value, now) or not rules.PURPOSES[stored.value.purpose].downloadable:
        return None
    return await keeping.contents_of(system, stored)


def _signature(system: System, device: str, file: str, expires: str) -> str:
    """Keyed like a fingerprint, under a name that no account has."""
    return system.vault.fingerprint(_SIGNED, f"{device}/{file}/{expires}")
