"""Reader configurations: what may be set, and what holds at a location (terminal.md 1.6)."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

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
from opentill.domain.terminal import configurations

DEFAULT = Configuration(id="tmc_default", livemode=False, is_account_default=True)
SHOP = Configuration(id="tmc_shop", livemode=False, name="Shop")

PERCENT = TippingSettings(percentages=[15, 20, 25])
SMART = TippingSettings(fixed_amounts=[100, 200, 300], percentages=[15, 20, 25], smart_tip_threshold=1000)
PSK = Wifi(type="personal_psk", personal_psk=PersonalPsk(ssid="shop", password="correct horse"))


def tip(**settings: Any) -> dict[str, Any]:
    return {"tipping": Tipping(usd=TippingSettings(**settings))}


@pytest.mark.parametrize(
    "sections",
    [
        {"tipping": Tipping(usd=PERCENT)},
        {"tipping": Tipping(usd=SMART, eur=SMART)},
        {"tipping": Tipping(usd=PERCENT, jpy=TippingSettings(percentages=[10]))},
        {"tipping": Tipping()},
        tip(fixed_amounts=[0]),
        {"reboot_window": RebootWindow(start_hour=0, end_hour=23)},
        {"reboot_window": RebootWindow(start_hour=22, end_hour=3)},
        {"wifi": PSK},
        {
            "wifi": Wifi(
                type="enterprise_eap_peap",
                enterprise_eap_peap=EnterpriseEapPeap(ssid="shop", username="till", password="secret"),
            )
        },
        {
            "wifi": Wifi(
                type="enterprise_eap_tls",
                enterprise_eap_tls=EnterpriseEapTls(
                    ssid="shop", client_certificate_file="file_1", private_key_file="file_2"
                ),
            )
        },
        {"stripe_s700": DeviceSettings(splashscreen="file_123")},
        {"reader_security": ReaderSecurity(admin_menu_passcode="00000")},
        {"cellular": Cellular(enabled=True), "offline": OfflineSettings(enabled=True)},
    ],
)
def test_accepted(sections: dict[str, Any]) -> None:
    configurations.check_sections(sections)


@pytest.mark.parametrize(
    ("sections", "param"),
    [
        (tip(fixed_amounts=[100, 200, 300, 400]), "tipping[usd][fixed_amounts]"),
        (tip(percentages=[]), "tipping[usd][percentages]"),
        (tip(percentages=[15, -1]), "tipping[usd][percentages][1]"),
        (tip(percentages=[101]), "tipping[usd][percentages][0]"),
        (tip(fixed_amounts=[100_000_000]), "tipping[usd][fixed_amounts][0]"),
        (tip(percentages=[15], smart_tip_threshold=1000), "tipping[usd][smart_tip_threshold]"),
        (
            tip(fixed_amounts=[1], percentages=[15], smart_tip_threshold=0),
            "tipping[usd][smart_tip_threshold]",
        ),
        ({"tipping": Tipping(eur=PERCENT, usd=SMART)}, "tipping[usd]"),
        ({"reboot_window": RebootWindow(start_hour=24, end_hour=3)}, "reboot_window[start_hour]"),
        ({"reboot_window": RebootWindow(start_hour=1, end_hour=-1)}, "reboot_window[end_hour]"),
        ({"reboot_window": RebootWindow(start_hour=4, end_hour=4)}, "reboot_window[end_hour]"),
        ({"wifi": Wifi(type="personal_psk")}, "wifi[personal_psk]"),
        (
            {"wifi": msgspec.structs.replace(PSK, type="enterprise_eap_peap")},
            "wifi[enterprise_eap_peap]",
        ),
        (
            {
                "wifi": msgspec.structs.replace(
                    PSK, enterprise_eap_peap=EnterpriseEapPeap(ssid="x", username="y", password="z")
                )
            },
            "wifi[enterprise_eap_peap]",
        ),
        (
            {"wifi": Wifi(type="personal_psk", personal_psk=PersonalPsk(ssid="", password="long enough"))},
            "wifi[personal_psk][ssid]",
        ),
        (
            {"wifi": Wifi(type="personal_psk", personal_psk=PersonalPsk(ssid="é" * 17, password="long enough"))},
            "wifi[personal_psk][ssid]",
        ),
        (
            {"wifi": Wifi(type="personal_psk", personal_psk=PersonalPsk(ssid="shop", password="short"))},
            "wifi[personal_psk][password]",
        ),
        ({"reader_security": ReaderSecurity(admin_menu_passcode="1234")}, "reader_security[admin_menu_passcode]"),
        ({"reader_security": ReaderSecurity(admin_menu_passcode="1234a")}, "reader_security[admin_menu_passcode]"),
        ({"reader_security": ReaderSecurity(admin_menu_passcode="١٢٣٤٥")}, "reader_security[admin_menu_passcode]"),
    ],
)
def test_refused(sections: dict[str, Any], param: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        configurations.check_sections(sections)
    assert refused.value.param == param


def file(purpose: FilePurpose, type: str) -> File:
    return File(id="file_1", created=1, filename=None, purpose=purpose, size=1, type=type, url=None)


EAP = Wifi(
    type="enterprise_eap_tls",
    enterprise_eap_tls=EnterpriseEapTls(ssid="shop", client_certificate_file="file_1", private_key_file="file_2"),
)


def test_the_files_that_sections_name() -> None:
    sections = {"stripe_s700": DeviceSettings(splashscreen="file_3"), "stripe_s710": DeviceSettings(), "wifi": EAP}
    assert [(named.param, named.id, named.purpose) for named in configurations.files_named(sections)] == [
        ("stripe_s700[splashscreen]", "file_3", "terminal_reader_splashscreen"),
        ("wifi[enterprise_eap_tls][client_certificate_file]", "file_1", "terminal_wifi_certificate"),
        ("wifi[enterprise_eap_tls][private_key_file]", "file_2", "terminal_wifi_private_key"),
    ]
    assert list(configurations.files_named({"wifi": PSK, "offline": OfflineSettings(enabled=True)})) == []


@pytest.mark.parametrize(
    ("section", "formats"),
    [
        ("stripe_s700", {"png", "jpg", "gif"}),
        ("bbpos_wisepos_e", {"png", "jpg", "gif"}),
        ("verifone_p400", {"png", "jpg"}),
        ("bbpos_wisepad3", {"png"}),
    ],
)
def test_the_pictures_that_a_model_shows(section: str, formats: set[str]) -> None:
    (named,) = configurations.files_named({section: DeviceSettings(splashscreen="file_1")})
    for type in ("png", "jpg", "gif", "svg", "pdf"):
        if type in formats:
            configurations.check_file(named, file("terminal_reader_splashscreen", type))
        else:
            with pytest.raises(InvalidRequest, match=f"not {type}") as refused:
                configurations.check_file(named, file("terminal_reader_splashscreen", type))
            assert refused.value.param == f"{section}[splashscreen]"
    with pytest.raises(InvalidRequest, match="business_logo"):
        configurations.check_file(named, file("business_logo", "png"))


def test_no_secret_is_repeated_in_a_refusal() -> None:
    wifi = Wifi(type="personal_psk", personal_psk=PersonalPsk(ssid="shop", password="s3cr3t!"))
    with pytest.raises(InvalidRequest) as refused:
        configurations.check_sections({"wifi": wifi})
    assert "s3cr3t!" not in refused.value.message
    with pytest.raises(InvalidRequest) as refused:
        configurations.check_sections({"reader_security": ReaderSecurity(admin_menu_passcode="987654")})
    assert "987654" not in refused.value.message


@pytest.mark.parametrize("section", configurations.SECTIONS)
def test_what_an_empty_string_clears(section: str) -> None:
    configurations.check_clearing(section, creating=False)
    if section in {"cellular", "offline", "reader_security", "tipping", "wifi"}:
        configurations.check_clearing(section, creating=True)
        return
    with pytest.raises(InvalidRequest) as refused:
        configurations.check_clearing(section, creating=True)
    assert refused.value.code == "parameter_invalid_empty"


def test_sections_are_the_members_of_a_configuration_that_can_be_set() -> None:
    others = {"id", "object", "is_account_default", "livemode", "name"}
    assert set(configurations.SECTIONS) == set(Configuration.__struct_fields__) - others


def test_the_account_default_stays_and_is_assigned_nowhere() -> None:
    for check in (configurations.check_deletable, configurations.check_assignable):
        check(SHOP)
        with pytest.raises(InvalidRequest, match="account default"):
            check(DEFAULT)


def test_settings_are_resolved_one_by_one() -> None:
    default = configurations.changed(
        DEFAULT, {"tipping": Tipping(usd=PERCENT, eur=PERCENT), "wifi": PSK, "offline": OfflineSettings(enabled=True)}
    )
    shop = configurations.changed(
        SHOP, {"tipping": Tipping(usd=SMART), "stripe_s700": DeviceSettings(splashscreen="file_1")}
    )
    effective = configurations.effective(default, shop)
    assert effective.wifi == PSK
    assert configurations.offline_enabled(effective)
    assert configurations.tipping_for(effective, "usd") == SMART
    assert configurations.tipping_for(effective, "eur") is None  # the section as a whole is the location's
    assert configurations.splashscreen(effective, "simulated_stripe_s700") == "file_1"
    assert configurations.splashscreen(effective, "stripe_s710") is None
    assert configurations.splashscreen(effective, "stripe_m2") is None
    assert configurations.effective(default, None) is default


def test_clearing_a_section_brings_the_inherited_one_back() -> None:
    default = configurations.changed(DEFAULT, {"reader_security": ReaderSecurity(admin_menu_passcode="11111")})
    shop = configurations.changed(SHOP, {"reader_security": ReaderSecurity(admin_menu_passcode="22222")})
    assert configurations.admin_passcode(configurations.effective(default, shop)) == "22222"
    shop = configurations.changed(shop, {"reader_security": None})
    assert configurations.admin_passcode(configurations.effective(default, shop)) == "11111"
    assert configurations.admin_passcode(DEFAULT) == "07139"


VALUES: dict[str, Any] = {
    **{section: DeviceSettings(splashscreen="file_1") for section in configurations.DEVICE_SECTIONS},
    "cellular": Cellular(enabled=True),
    "offline": OfflineSettings(enabled=False),
    "reader_security": ReaderSecurity(admin_menu_passcode="12345"),
    "reboot_window": RebootWindow(start_hour=2, end_hour=4),
    "tipping": Tipping(usd=PERCENT),
    "wifi": PSK,
}


@given(
    default=st.sets(st.sampled_from(configurations.SECTIONS)),
    shop=st.sets(st.sampled_from(configurations.SECTIONS)),
)
def test_a_setting_comes_from_the_location_else_from_the_default(default: set[str], shop: set[str]) -> None:
    base = configurations.changed(DEFAULT, {name: VALUES[name] for name in default})
    own = configurations.changed(SHOP, {name: VALUES[name] for name in shop})
    effective = configurations.effective(base, own)
    for name in configurations.SECTIONS:
        expected = VALUES[name] if name in default | shop else UNSET
        assert getattr(effective, name) == expected


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        (None, {0}, {1, 12, 23}),
        (RebootWindow(start_hour=2, end_hour=4), {2, 3}, {1, 4, 23}),
        (RebootWindow(start_hour=22, end_hour=3), {22, 23, 0, 2}, {3, 12, 21}),
    ],
)
def test_the_restart_window_may_wrap(window: RebootWindow | None, inside: set[int], outside: set[int]) -> None:
    restart = configurations.restart_window(configurations.changed(DEFAULT, {"reboot_window": window}))
    assert {hour for hour in inside | outside if restart.contains(hour)} == inside


@pytest.mark.parametrize(
    "wifi",
    [
        None,
        PSK,
        Wifi(
            type="enterprise_eap_peap",
            enterprise_eap_peap=EnterpriseEapPeap(ssid="shop", username="till", password="correct horse"),
        ),
    ],
)
def test_the_network_that_readers_join(wifi: Wifi | None) -> None:
    configuration = configurations.changed(SHOP, {"wifi": wifi})
    assert configurations.wifi_name(configuration) == (None if wifi is None else "shop")
