"""What may stand in a reader Configuration, and which settings hold for a reader.

Every setting is resolved on its own: the location's configuration if it sets it, else the account's default, else the
reader's own. A setting is a section here (`tipping`, `wifi`, `stripe_s700`...): a location that sets tips for one
currency has no tips for the others. The default exists from the beginning, is edited in place, and can neither be
deleted nor assigned to a location (guide "Terminal configurations").
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.errors import InvalidRequest
from opentill.domain.files import FilePurpose
from opentill.domain.objects.file import File
from opentill.domain.objects.terminal_configuration import (
    Cellular,
    Configuration,
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
from opentill.domain.terminal import refusals
from opentill.domain.terminal.devices import DEVICES

DEVICE_SECTIONS: Final = tuple(sorted({device.section for device in DEVICES.values() if device.section}))
OTHER_SECTIONS: Final = ("cellular", "offline", "reader_security", "reboot_window", "tipping", "wifi")
SECTIONS: Final = tuple(sorted((*DEVICE_SECTIONS, *OTHER_SECTIONS)))

CLEARABLE_ON_CREATE: Final = frozenset({"cellular", "offline", "reader_security", "tipping", "wifi"})
CLEARABLE_ON_UPDATE: Final = frozenset(SECTIONS)
"""The sections an empty string may stand for, which unsets them: what they inherit holds again."""

DEFAULT_ADMIN_PASSCODE: Final = "07139"
_PASSCODE_LENGTH: Final = 5
_HOURS: Final = range(24)

# Suggestions on a tip screen: three, as the guide shows; none would be an empty screen. The API publishes no bounds.
TIP_SUGGESTIONS_MAX: Final = 3
_PERCENTAGE_MAX: Final = 100
_TIP_AMOUNT_MAX: Final = 99_999_999  # minor units: what a payment may be

_SSID_BYTES_MAX: Final = 32  # IEEE 802.11, 9.4.2.2
_PSK_LENGTHS: Final = range(8, 64)  # WPA passphrase, IEEE 802.11 annex J.4

TippingKey: TypeAlias = Literal["fixed_amounts", "percentages", "smart_tip_threshold"]
TIPPING_KEYS: Final[tuple[TippingKey, ...]] = ("fixed_amounts", "percentages", "smart_tip_threshold")


# Validation -------------------------------------------------------------------------------------------------------


def check_sections(sections: Mapping[str, Any]) -> None:
    """`sections`: name → struct, of a create or update. Raises InvalidRequest at the first that makes no sense."""
    for name, value in sections.items():
        match value:
            case DeviceSettings():
                pass  # the file is looked up: `files_named`
            case Tipping():
                check_tipping(value)
            case RebootWindow():
                _check_reboot_window(value)
            case Wifi():
                check_wifi(value)
            case ReaderSecurity():
                _check_security(value)
            case Cellular() | OfflineSettings():
                pass
            case _:
                raise TypeError(f"{name} is not a section of a Configuration")


def check_tipping(tipping: Tipping) -> None:
    """Numbers that a tip screen can show; the same keys for every currency."""
    first: tuple[str, frozenset[TippingKey]] | None = None
    for currency, settings in currencies(tipping):
        param = f"tipping[{currency}]"
        keys: frozenset[TippingKey] = frozenset(
            key for key in TIPPING_KEYS if getattr(settings, key) not in (UNSET, None)
        )
        if "smart_tip_threshold" in keys and not {"fixed_amounts", "percentages"} <= keys:
            raise refusals.invalid(
                "A smart tip threshold needs `fixed_amounts`, for amounts below it, and `percentages`, for the others.",
                f"{param}[smart_tip_threshold]",
            )
        _check_suggestions(settings.fixed_amounts, f"{param}[fixed_amounts]", maximum=_TIP_AMOUNT_MAX)
        _check_suggestions(settings.percentages, f"{param}[percentages]", maximum=_PERCENTAGE_MAX)
        threshold = settings.smart_tip_threshold
        if threshold is not UNSET and threshold < 1:
            raise refusals.too_small(f"{param}[smart_tip_threshold]", 1)
        if first is None:
            first = (currency, keys)
        elif keys != first[1]:
            raise refusals.invalid(
                f"All currencies must use the same tipping keys: {first[0]} has {_listed(first[1])}, "
                f"{currency} has {_listed(keys)}.",
                param,
            )


def check_wifi(wifi: Wifi) -> None:
    """The hash named by `type`, and no other; a network name and a password that Wi-Fi allows."""
    for kind in ("enterprise_eap_peap", "enterprise_eap_tls", "personal_psk"):
        given = getattr(wifi, kind) is not UNSET
        if given != (kind == wifi.type):
            if given:
                raise refusals.invalid(f"`{kind}` does not belong to a {wifi.type} network.", f"wifi[{kind}]")
            raise refusals.missing(f"wifi[{kind}]")
    credentials = getattr(wifi, wifi.type)
    param = f"wifi[{wifi.type}]"
    if not 1 <= len(credentials.ssid.encode()) <= _SSID_BYTES_MAX:
        raise refusals.invalid(f"A network name has 1 to {_SSID_BYTES_MAX} bytes.", f"{param}[ssid]")
    if wifi.type == "personal_psk" and len(credentials.password) not in _PSK_LENGTHS:
        raise refusals.invalid(
            f"A Wi-Fi password has {_PSK_LENGTHS.start} to {_PSK_LENGTHS.stop - 1} characters.", f"{param}[password]"
        )


# Files ------------------------------------------------------------------------------------------------------------

_PICTURES: Final = frozenset({"gif", "jpg", "png"})
_SHOWN: Final = {"bbpos_wisepad3": frozenset({"png"}), "verifone_p400": frozenset({"jpg", "png"})}
"""What a model shows of pictures, where it does not show all (guide "Splash screen"). They are scaled to its screen."""

_WIFI_FILES: Final[dict[str, FilePurpose]] = {
    "ca_certificate_file": "terminal_wifi_certificate",
    "client_certificate_file": "terminal_wifi_certificate",
    "private_key_file": "terminal_wifi_private_key",
}


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that a section names: by which parameter, its id, and what it must be."""

    param: str
    id: str
    purpose: FilePurpose
    formats: frozenset[str]


def files_named(sections: Mapping[str, Any]) -> Iterator[NamedFile]:
    """The files that `sections`, as for `check_sections`, name."""
    for name, value in sections.items():
        if isinstance(value, DeviceSettings) and isinstance(value.splashscreen, str):
            formats = _SHOWN.get(name, _PICTURES)
            param = f"{name}[splashscreen]"
            yield NamedFile(param, value.splashscreen, "terminal_reader_splashscreen", formats)
        elif isinstance(value, Wifi):
            for field, purpose in _WIFI_FILES.items():
                file = getattr(getattr(value, value.type), field, UNSET)
                if isinstance(file, str):
                    yield NamedFile(f"wifi[{value.type}][{field}]", file, purpose, frozenset({"pem"}))


def check_file(named: NamedFile, file: File) -> None:
    """Whether a file may stand where it is named. Raises InvalidRequest."""
    if file.purpose != named.purpose:
        raise refusals.invalid(
            f"The file {file.id} must have the purpose {named.purpose}, but it has {file.purpose}.", named.param
        )
    if file.type not in named.formats:
        wanted = ", ".join(sorted(named.formats))
        raise refusals.invalid(f"This reader shows {wanted} files, and not {file.type}.", named.param)


# Changes ----------------------------------------------------------------------------------------------------------


def check_clearing(section: str, *, creating: bool) -> None:
    """Whether an empty string may be sent for `section`. Raises InvalidRequest."""
    if section not in (CLEARABLE_ON_CREATE if creating else CLEARABLE_ON_UPDATE):
        raise InvalidRequest(
            f"You passed an empty string for '{section}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{section}' cannot be unset. You should remove '{section}' from your request or supply a "
            "non-empty value.",
            code="parameter_invalid_empty",
            param=section,
        )


def check_deletable(configuration: Configuration) -> None:
    """The account's default stays."""
    if configuration.is_account_default:
        raise InvalidRequest(
            "The account default configuration cannot be deleted. Update it instead: an empty value unsets a section.",
            param="configuration",
        )


def check_assignable(configuration: Configuration) -> None:
    """The account's default holds everywhere already; a location takes another one."""
    if configuration.is_account_default:
        raise InvalidRequest(
            "The account default configuration applies to every location already and cannot be assigned to one.",
            param="configuration_overrides",
        )


# Change and resolution --------------------------------------------------------------------------------------------


def changed(configuration: Configuration, sections: Mapping[str, Any]) -> Configuration:
    """`configuration` with these sections in place of its own; None unsets one. All have been checked."""
    return msgspec.structs.replace(
        configuration, **{name: UNSET if value is None else value for name, value in sections.items()}
    )


def effective(default: Configuration, override: Configuration | None) -> Configuration:
    """The settings that hold at a location: its own over the account's default. The result is never stored."""
    if override is None:
        return default
    own = {name: value for name in SECTIONS if (value := getattr(override, name)) is not UNSET}
    return msgspec.structs.replace(default, **own)


def splashscreen(configuration: Configuration, device_type: str) -> str | None:
    """The file a reader of that type shows when idle, if one is set."""
    device = DEVICES[device_type]
    if device.section is None:
        return None
    settings: DeviceSettings | UnsetType = getattr(configuration, device.section)
    return None if settings is UNSET or settings.splashscreen is UNSET else settings.splashscreen


def admin_passcode(configuration: Configuration) -> str:
    """What opens the reader's own menu."""
    security = configuration.reader_security
    return DEFAULT_ADMIN_PASSCODE if security is UNSET else security.admin_menu_passcode


def offline_enabled(configuration: Configuration) -> bool:
    """Whether readers take payments without a connection."""
    return configuration.offline is not UNSET and bool(configuration.offline.enabled)


def wifi_name(configuration: Configuration) -> str | None:
    """The network that readers join, if one is set."""
    wifi = configuration.wifi
    if wifi is UNSET:
        return None
    network: PersonalPsk | EnterpriseEapPeap | EnterpriseEapTls = getattr(wifi, wifi.type)
    return network.ssid


def currencies(tipping: Tipping) -> Iterator[tuple[str, TippingSettings]]:
    """The currencies that have tips set."""
    for currency in tipping.__struct_fields__:
        settings: TippingSettings | UnsetType = getattr(tipping, currency)
        if settings is not UNSET:
            yield currency, settings


def tipping_for(configuration: Configuration, currency: str) -> TippingSettings | None:
    """The tips offered for amounts in `currency` (lower case)."""
    if configuration.tipping is UNSET:
        return None
    settings: TippingSettings | UnsetType = getattr(configuration.tipping, currency, UNSET)
    return None if settings is UNSET else settings


@dataclass(frozen=True, slots=True)
class Restart:
    """The hours between which a reader restarts, of its own zone; `end_hour` may be on the next day."""

    start_hour: int
    end_hour: int

    def contains(self, hour: int) -> bool:
        if self.start_hour < self.end_hour:
            return self.start_hour <= hour < self.end_hour
        return hour >= self.start_hour or hour < self.end_hour


def restart_window(configuration: Configuration) -> Restart:
    """When readers restart: as set, else about midnight."""
    window = configuration.reboot_window
    return Restart(0, 1) if window is UNSET else Restart(window.start_hour, window.end_hour)


def _check_suggestions(numbers: list[int] | UnsetType | None, param: str, *, maximum: int) -> None:
    if numbers is UNSET or numbers is None:
        return
    if not numbers:
        raise refusals.invalid("At least one tip must be suggested.", param)
    if len(numbers) > TIP_SUGGESTIONS_MAX:
        raise refusals.too_many(param, TIP_SUGGESTIONS_MAX, len(numbers))
    for index, number in enumerate(numbers):
        if number < 0:
            raise refusals.too_small(f"{param}[{index}]", 0)
        if number > maximum:
            raise InvalidRequest(
                f"This value must be less than or equal to {maximum}.",
                code="parameter_invalid_integer",
                param=f"{param}[{index}]",
            )


def _check_reboot_window(window: RebootWindow) -> None:
    for key, hour in (("start_hour", window.start_hour), ("end_hour", window.end_hour)):
        if hour not in _HOURS:
            raise refusals.invalid("An hour is a number from 0 to 23.", f"reboot_window[{key}]")
    if window.start_hour == window.end_hour:
        raise refusals.invalid("The reboot window must end at another hour than it starts.", "reboot_window[end_hour]")


def _check_security(security: ReaderSecurity) -> None:
    code = security.admin_menu_passcode
    if len(code) != _PASSCODE_LENGTH or not (code.isascii() and code.isdigit()):
        raise refusals.invalid(
            f"The passcode must be {_PASSCODE_LENGTH} digits.", "reader_security[admin_menu_passcode]"
        )


def _listed(keys: frozenset[TippingKey]) -> str:
    return ", ".join(key for key in TIPPING_KEYS if key in keys) or "none"
