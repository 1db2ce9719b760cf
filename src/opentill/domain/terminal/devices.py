"""Reader models: their types, the codes that register simulated ones, and what each can do.

The codes `simulated-wpe`, `simulated-s700`, `simulated-s710` and `simulated-v660p` are published (quickstart); those
of the other simulated types are ours, made the same way. They are reusable: each registration makes another reader.

What a model can do is what the guides list for it: carts on P400, WisePOS E and S700/S710; input forms on WisePOS E
and S700/S710; keyed (mail and telephone order) payments on the same; printing on V660p. The T600 is newer than those
pages; it runs what the S710 runs, so it is taken to do the same. The mobile readers are driven by an SDK on a phone
and never from a server.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal import refusals

Feature: TypeAlias = Literal["payments", "cart", "inputs", "keyed_entry", "printing"]
PrinterTrouble: TypeAlias = Literal[
    "printer_absent",
    "printer_busy",
    "printer_cover_open",
    "printer_error",
    "printer_out_of_paper",
    "printer_paperjam",
    "printer_unavailable",
]
ReaderTrouble: TypeAlias = Literal["offline", "timeout", "busy", "hardware_fault", PrinterTrouble]
"""What can keep a reader from doing what it is told."""

# What the simulated readers report; from 2.42 on, failed actions carry `api_error`.
SOFTWARE_VERSION = "2.44.1.0"
SIMULATED_IP_ADDRESS = "0.0.0.0"  # noqa: S104 - shown, never bound to

# A reader that was silent for so long is offline.
OFFLINE_AFTER_MS = 2 * 60 * 1000

_TAIL_GROUPS = (3, 3, 2, 3)
SERIAL_TAIL_LENGTH = sum(_TAIL_GROUPS)


@dataclass(frozen=True, slots=True)
class Device:
    """A reader model. `section` is its name in a Configuration; `registration_code` is set for simulated ones."""

    type: str
    section: str | None
    features: frozenset[Feature]
    registration_code: str | None = None

    @property
    def simulated(self) -> bool:
        return self.registration_code is not None


_ALL_BUT_PRINTING: frozenset[Feature] = frozenset({"payments", "cart", "inputs", "keyed_entry"})
_PAYMENTS: frozenset[Feature] = frozenset({"payments"})
_WITH_PRINTER: frozenset[Feature] = frozenset({"payments", "printing"})
_WITH_CART: frozenset[Feature] = frozenset({"payments", "cart"})
_NOTHING: frozenset[Feature] = frozenset()

# (type, simulated type, simulated code, configuration section, features)
_MODELS: tuple[tuple[str, str | None, str | None, str | None, frozenset[Feature]], ...] = (
    ("bbpos_wisepos_e", "simulated_wisepos_e", "simulated-wpe", "bbpos_wisepos_e", _ALL_BUT_PRINTING),
    ("stripe_s700", "simulated_stripe_s700", "simulated-s700", "stripe_s700", _ALL_BUT_PRINTING),
    ("stripe_s710", "simulated_stripe_s710", "simulated-s710", "stripe_s710", _ALL_BUT_PRINTING),
    ("stripe_t600", "simulated_stripe_t600", "simulated-t600", "stripe_t600", _ALL_BUT_PRINTING),
    ("verifone_v660p", "simulated_verifone_v660p", "simulated-v660p", "verifone_v660p", _WITH_PRINTER),
    ("verifone_p630", "simulated_verifone_p630", "simulated-p630", "verifone_p630", _PAYMENTS),
    ("verifone_ux700", "simulated_verifone_ux700", "simulated-ux700", "verifone_ux700", _PAYMENTS),
    ("verifone_m425", "simulated_verifone_m425", "simulated-m425", "verifone_m425", _PAYMENTS),
    ("verifone_P400", None, None, "verifone_p400", _WITH_CART),
    ("bbpos_wisepad3", None, None, "bbpos_wisepad3", _NOTHING),
    ("bbpos_chipper2x", None, None, None, _NOTHING),
    ("stripe_m2", None, None, None, _NOTHING),
    ("mobile_phone_reader", None, None, None, _NOTHING),
)


def _devices() -> dict[str, Device]:
    table: dict[str, Device] = {}
    for type, simulated_type, code, section, features in _MODELS:
        table[type] = Device(type, section, features)
        if simulated_type is not None:
            table[simulated_type] = Device(simulated_type, section, features, code)
    return table


DEVICES = _devices()
SIMULATED_BY_CODE = {device.registration_code: device for device in DEVICES.values() if device.registration_code}


def simulated_device(registration_code: str, *, livemode: bool) -> Device | None:
    """The simulated reader a code makes, or None if the code must be one that a real reader is showing.

    Codes are read as a person types them: surrounding blanks and letter case do not matter. Raises InvalidRequest for
    a simulated code in live mode.
    """
    device = SIMULATED_BY_CODE.get(registration_code.strip().lower())
    if device is not None and livemode:
        raise InvalidRequest(
            "Simulated readers can only be registered in test mode. In live mode, use the code shown on a reader.",
            param="registration_code",
        )
    return device


def is_smart_reader(device_type: str) -> bool:
    """Whether that is a model with software of its own, which speaks to the server by itself."""
    device = DEVICES.get(device_type)
    return device is not None and not device.simulated and "payments" in device.features


def unknown_registration_code(*, livemode: bool) -> InvalidRequest:
    """No reader shows that code (any more).

    The API publishes no code for this; it is `resource_missing`, as for any parameter that names nothing.
    The code is not repeated: whoever has it can take the reader.
    """
    codes = ", ".join(sorted(SIMULATED_BY_CODE))
    advice = "" if livemode else f" In test mode there are also simulated readers: {codes}."
    return InvalidRequest(
        "No reader is waiting with this registration code. Codes can be used once and expire: generate a new one on "
        f"the reader (Settings, Generate pairing code).{advice}",
        code="resource_missing",
        param="registration_code",
    )


def serial_number(device: Device, tail: str) -> str:
    """The serial number of a new simulated reader, e.g. `simulated-wpe-k3f-09a-2x-7bd`; also its default label.

    `tail` is SERIAL_TAIL_LENGTH characters that no other reader has.
    """
    if device.registration_code is None:
        raise ValueError("a real reader has its serial number from the factory")
    groups: list[str] = []
    start = 0
    for length in _TAIL_GROUPS:
        groups.append(tail[start : start + length].lower())
        start += length
    return "-".join((device.registration_code, *groups))


def require(device_type: str, feature: Feature, action: str) -> None:
    """Raise InvalidRequest unless readers of that type can do `feature`; `action` is the name in the message."""
    device = DEVICES.get(device_type)
    if device is None or feature not in device.features:
        raise refusals.unsupported_by_device(action, device_type)


def status(device_type: str, last_seen_at_ms: int | None, now_ms: int) -> Literal["online", "offline"] | None:
    """Whether a reader is reachable. Null for mobile readers, which only their phone knows of.

    Simulated readers live in the server and are always online.
    """
    device = DEVICES.get(device_type)
    if device is None or "payments" not in device.features:
        return None
    if device.simulated:
        return "online"
    if last_seen_at_ms is None or now_ms - last_seen_at_ms >= OFFLINE_AFTER_MS:
        return "offline"
    return "online"


def silent_on(reader: Reader) -> int | None:
    """When a reader that is online has been silent for too long, seconds since the epoch; None if it is not online."""
    if reader.status != "online" or reader.last_seen_at is None:
        return None
    return -(-(reader.last_seen_at + OFFLINE_AFTER_MS) // 1000)
