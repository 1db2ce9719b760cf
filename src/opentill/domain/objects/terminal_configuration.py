"""terminal.Configuration: settings of readers (official client: `Terminal/Configurations.d.ts`).

An absent section is not set here: the account's default holds, then the reader's own.
"""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType


class DeviceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What is set for one model of reader."""

    splashscreen: str | UnsetType = UNSET  # id of a file


class Cellular(msgspec.Struct, frozen=True, kw_only=True):
    """Whether readers with a SIM use it."""

    enabled: bool


class OfflineSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Whether readers take payments without a connection."""

    enabled: bool | None


class ReaderSecurity(msgspec.Struct, frozen=True, kw_only=True):
    """The passcode of the reader's own menu, five digits."""

    admin_menu_passcode: str

    def __repr__(self) -> str:
        return "ReaderSecurity(…)"


class RebootWindow(msgspec.Struct, frozen=True, kw_only=True):
    """When readers restart; hours 0-23 of the location's zone, and start > end goes over midnight."""

    end_hour: int
    start_hour: int


class TippingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The tips a reader offers: fixed ones (minor units) for amounts below the threshold, else percentages."""

    fixed_amounts: list[int] | UnsetType | None = UNSET
    percentages: list[int] | UnsetType | None = UNSET
    smart_tip_threshold: int | UnsetType = UNSET  # minor units


class Tipping(msgspec.Struct, frozen=True, kw_only=True):
    """The tips a reader offers, by currency."""

    aed: TippingSettings | UnsetType = UNSET
    aud: TippingSettings | UnsetType = UNSET
    cad: TippingSettings | UnsetType = UNSET
    chf: TippingSettings | UnsetType = UNSET
    czk: TippingSettings | UnsetType = UNSET
    dkk: TippingSettings | UnsetType = UNSET
    eur: TippingSettings | UnsetType = UNSET
    gbp: TippingSettings | UnsetType = UNSET
    gip: TippingSettings | UnsetType = UNSET
    hkd: TippingSettings | UnsetType = UNSET
    huf: TippingSettings | UnsetType = UNSET
    jpy: TippingSettings | UnsetType = UNSET
    mxn: TippingSettings | UnsetType = UNSET
    myr: TippingSettings | UnsetType = UNSET
    nok: TippingSettings | UnsetType = UNSET
    nzd: TippingSettings | UnsetType = UNSET
    pln: TippingSettings | UnsetType = UNSET
    ron: TippingSettings | UnsetType = UNSET
    sek: TippingSettings | UnsetType = UNSET
    sgd: TippingSettings | UnsetType = UNSET
    usd: TippingSettings | UnsetType = UNSET


class EnterpriseEapPeap(msgspec.Struct, frozen=True, kw_only=True):
    """Wi-Fi with a user name and a password."""

    ca_certificate_file: str | UnsetType = UNSET  # id of a file
    password: str
    ssid: str
    username: str

    def __repr__(self) -> str:
        return f"EnterpriseEapPeap(ssid={self.ssid!r}, …)"


class EnterpriseEapTls(msgspec.Struct, frozen=True, kw_only=True):
    """Wi-Fi with a client certificate; the members named `_file` are ids of files."""

    ca_certificate_file: str | UnsetType = UNSET
    client_certificate_file: str
    private_key_file: str
    private_key_file_password: str | UnsetType = UNSET
    ssid: str

    def __repr__(self) -> str:
        return f"EnterpriseEapTls(ssid={self.ssid!r}, …)"


class PersonalPsk(msgspec.Struct, frozen=True, kw_only=True):
    """Wi-Fi with a shared password."""

    password: str
    ssid: str

    def __repr__(self) -> str:
        return f"PersonalPsk(ssid={self.ssid!r}, …)"


class Wifi(msgspec.Struct, frozen=True, kw_only=True):
    """The network readers join; `type` names the member that is set."""

    enterprise_eap_peap: EnterpriseEapPeap | UnsetType = UNSET
    enterprise_eap_tls: EnterpriseEapTls | UnsetType = UNSET
    personal_psk: PersonalPsk | UnsetType = UNSET
    type: Literal["enterprise_eap_peap", "enterprise_eap_tls", "personal_psk"]


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of readers: the account's default, or what a location overrides of it."""

    id: str
    object: Literal["terminal.configuration"] = "terminal.configuration"
    bbpos_wisepad3: DeviceSettings | UnsetType = UNSET
    bbpos_wisepos_e: DeviceSettings | UnsetType = UNSET
    cellular: Cellular | UnsetType = UNSET
    is_account_default: bool | None = False
    livemode: bool
    name: str | None = None
    offline: OfflineSettings | UnsetType = UNSET
    reader_security: ReaderSecurity | UnsetType = UNSET
    reboot_window: RebootWindow | UnsetType = UNSET
    stripe_s700: DeviceSettings | UnsetType = UNSET
    stripe_s710: DeviceSettings | UnsetType = UNSET
    stripe_t600: DeviceSettings | UnsetType = UNSET
    tipping: Tipping | UnsetType = UNSET
    verifone_m425: DeviceSettings | UnsetType = UNSET
    verifone_p400: DeviceSettings | UnsetType = UNSET
    verifone_p630: DeviceSettings | UnsetType = UNSET
    verifone_ux700: DeviceSettings | UnsetType = UNSET
    verifone_v660p: DeviceSettings | UnsetType = UNSET
    wifi: Wifi | UnsetType = UNSET


class DeletedConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a deleted configuration."""

    id: str
    object: Literal["terminal.configuration"] = "terminal.configuration"
    deleted: Literal[True] = True
