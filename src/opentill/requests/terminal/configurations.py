"""Parameters of terminal Configurations (reference: Terminal, Configurations).

A create and an update take the same sections; an empty text unsets one. Where that makes no sense at a creation, the
domain says so.
"""

from typing import Annotated, Literal

from opentill.requests.params import UNSET, Items, ListParams, Params, Secret, Text, UnsetType

FileId = Annotated[str, Text(maximum=255)]
Password = Annotated[str, Secret(maximum=255)]
Numbers = Annotated[list[int], Items(maximum=10)]


class Device(Params):
    """Settings of one model of reader."""

    splashscreen: FileId | UnsetType | None = UNSET


class Switch(Params):
    """Something that is on or off."""

    enabled: bool


class ReaderSecurity(Params):
    """What keeps strangers out of a reader's own menu."""

    admin_menu_passcode: Password | UnsetType | None = UNSET


class RebootWindow(Params):
    """When readers restart, hours of the day."""

    end_hour: int
    start_hour: int


class CurrencyTips(Params):
    """The tips offered in one currency."""

    fixed_amounts: Numbers | UnsetType = UNSET
    percentages: Numbers | UnsetType = UNSET
    smart_tip_threshold: int | UnsetType = UNSET


class Tipping(Params):
    """The tips offered, by currency."""

    aed: CurrencyTips | UnsetType = UNSET
    aud: CurrencyTips | UnsetType = UNSET
    cad: CurrencyTips | UnsetType = UNSET
    chf: CurrencyTips | UnsetType = UNSET
    czk: CurrencyTips | UnsetType = UNSET
    dkk: CurrencyTips | UnsetType = UNSET
    eur: CurrencyTips | UnsetType = UNSET
    gbp: CurrencyTips | UnsetType = UNSET
    gip: CurrencyTips | UnsetType = UNSET
    hkd: CurrencyTips | UnsetType = UNSET
    huf: CurrencyTips | UnsetType = UNSET
    jpy: CurrencyTips | UnsetType = UNSET
    mxn: CurrencyTips | UnsetType = UNSET
    myr: CurrencyTips | UnsetType = UNSET
    nok: CurrencyTips | UnsetType = UNSET
    nzd: CurrencyTips | UnsetType = UNSET
    pln: CurrencyTips | UnsetType = UNSET
    ron: CurrencyTips | UnsetType = UNSET
    sek: CurrencyTips | UnsetType = UNSET
    sgd: CurrencyTips | UnsetType = UNSET
    usd: CurrencyTips | UnsetType = UNSET


class EnterpriseEapPeap(Params):
    """Wi-Fi with a user name and a password."""

    ca_certificate_file: FileId | UnsetType = UNSET
    password: Password
    ssid: str
    username: str


class EnterpriseEapTls(Params):
    """Wi-Fi with a client certificate."""

    ca_certificate_file: FileId | UnsetType = UNSET
    client_certificate_file: FileId
    private_key_file: FileId
    private_key_file_password: Password | UnsetType = UNSET
    ssid: str


class PersonalPsk(Params):
    """Wi-Fi with a shared password."""

    password: Password
    ssid: str


class Wifi(Params):
    """The network that readers join."""

    enterprise_eap_peap: EnterpriseEapPeap | UnsetType = UNSET
    enterprise_eap_tls: EnterpriseEapTls | UnsetType = UNSET
    personal_psk: PersonalPsk | UnsetType = UNSET
    type: Literal["enterprise_eap_peap", "enterprise_eap_tls", "personal_psk"]


class ConfigurationSettings(Params):
    """What may be set, at creation and later."""

    bbpos_wisepad3: Device | UnsetType | None = UNSET
    bbpos_wisepos_e: Device | UnsetType | None = UNSET
    cellular: Switch | UnsetType | None = UNSET
    name: Annotated[str, Text(maximum=100)] | UnsetType = UNSET
    offline: Switch | UnsetType | None = UNSET
    reader_security: ReaderSecurity | UnsetType | None = UNSET
    reboot_window: RebootWindow | UnsetType | None = UNSET
    stripe_s700: Device | UnsetType | None = UNSET
    stripe_s710: Device | UnsetType | None = UNSET
    stripe_t600: Device | UnsetType | None = UNSET
    tipping: Tipping | UnsetType | None = UNSET
    verifone_m425: Device | UnsetType | None = UNSET
    verifone_p400: Device | UnsetType | None = UNSET
    verifone_p630: Device | UnsetType | None = UNSET
    verifone_ux700: Device | UnsetType | None = UNSET
    verifone_v660p: Device | UnsetType | None = UNSET
    wifi: Wifi | UnsetType | None = UNSET


class ListConfigurations(ListParams):
    """A page of configurations, perhaps of the account's default alone or of all others."""

    is_account_default: bool | UnsetType = UNSET
