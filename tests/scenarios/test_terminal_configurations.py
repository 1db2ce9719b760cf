"""Configurations: every setting, for the account and for single locations (guide "Terminal configurations")."""

import io
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import pytest
import stripe
from tests.domain.test_files import GIF, PEM
from tests.pictures import png
from tests.scenarios.fixtures import OpenShop
from tests.scenarios.shop import ON_BOTH, Shop
from tests.scenarios.till import ADDRESS

# Files: each shop uploads its own, see `filled`.
PICTURE, CERTIFICATE, PRIVATE_KEY = "(picture)", "(certificate)", "(private key)"
UPLOADS = {
    PICTURE: (png(), "terminal_reader_splashscreen"),
    CERTIFICATE: (PEM, "terminal_wifi_certificate"),
    PRIVATE_KEY: (PEM, "terminal_wifi_private_key"),
}

TIPS = {"fixed_amounts": [100, 200, 300], "percentages": [10, 15, 20], "smart_tip_threshold": 1000}
PSK = {"type": "personal_psk", "personal_psk": {"ssid": "counter", "password": "correct horse"}}
PEAP = {
    "type": "enterprise_eap_peap",
    "enterprise_eap_peap": {"ssid": "counter", "username": "till", "password": "p", "ca_certificate_file": CERTIFICATE},
}
TLS = {
    "type": "enterprise_eap_tls",
    "enterprise_eap_tls": {
        "ssid": "counter",
        "client_certificate_file": CERTIFICATE,
        "private_key_file": PRIVATE_KEY,
        "private_key_file_password": "p",
    },
}
SPLASH = {"splashscreen": PICTURE}
DEVICES = """
    bbpos_wisepad3 bbpos_wisepos_e stripe_s700 stripe_s710 stripe_t600
    verifone_m425 verifone_p400 verifone_p630 verifone_ux700 verifone_v660p
""".split()
CURRENCIES = "aed aud cad chf czk dkk eur gbp gip hkd huf jpy mxn myr nok nzd pln ron sek sgd usd".split()
EVERYTHING: dict[str, Any] = {
    "name": "Everything",
    **dict.fromkeys(DEVICES, SPLASH),
    "tipping": dict.fromkeys(CURRENCIES, TIPS),
    "offline": {"enabled": True},
    "cellular": {"enabled": False},
    "reboot_window": {"start_hour": 23, "end_hour": 4},
    "wifi": PSK,
    "reader_security": {"admin_menu_passcode": "12345"},
}


def filled(shop: Shop, params: Any) -> Any:
    """`params` with the ids of the shop's files in their places."""
    if isinstance(params, dict):
        return {name: filled(shop, value) for name, value in params.items()}
    return file_of(shop, params) if isinstance(params, str) and params in UPLOADS else params


@cache
def file_of(shop: Shop, name: str) -> str:
    """The shop's file of that name."""
    content, purpose = UPLOADS[name]
    given: Any = {"file": io.BytesIO(content), "purpose": purpose}
    return shop.client.v1.files.create(given).id


def create(shop: Shop, **params: Any) -> stripe.terminal.Configuration:
    given: Any = filled(shop, params)
    return shop.client.v1.terminal.configurations.create(given)


def update(shop: Shop, id: str, **params: Any) -> stripe.terminal.Configuration:
    given: Any = filled(shop, params)
    return shop.client.v1.terminal.configurations.update(id, given)


def default_of(shop: Shop) -> stripe.terminal.Configuration:
    (default,) = shop.client.v1.terminal.configurations.list({"is_account_default": True}).data
    return default


def refusal(attempt: Any, *given: Any, **params: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        attempt(*given, **params)
    return refused.value


@ON_BOTH
def test_every_setting(shop: Shop) -> None:
    made = create(shop, **EVERYTHING)
    shown = made.to_dict()
    assert {name: shown[name] for name in EVERYTHING} == filled(shop, EVERYTHING)
    assert (made.is_account_default, made.livemode) == (False, False)
    assert made.id.startswith("tmc_")
    assert shop.client.v1.terminal.configurations.retrieve(made.id).to_dict() == shown


def test_an_update_replaces_sections_and_an_empty_value_unsets_them(shop: Shop) -> None:
    made = create(shop, **EVERYTHING)
    changed = update(shop, made.id, name="Less", tipping={"eur": {"percentages": [5]}}, wifi=PEAP).to_dict()
    assert (changed["name"], changed["tipping"], changed["wifi"]) == (
        "Less",
        {"eur": {"percentages": [5]}},
        filled(shop, PEAP),
    )
    assert changed["offline"] == {"enabled": True}
    assert update(shop, made.id, wifi=TLS).to_dict()["wifi"] == filled(shop, TLS)
    sections = [name for name in EVERYTHING if name != "name"]
    bare = update(shop, made.id, **dict.fromkeys(sections, "")).to_dict()
    assert not set(bare) & set(sections)
    restored = update(shop, made.id, bbpos_wisepos_e=SPLASH, reader_security={"admin_menu_passcode": "54321"})
    assert restored.reader_security is not None
    emptied = update(
        shop, made.id, bbpos_wisepos_e={"splashscreen": ""}, reader_security={"admin_menu_passcode": ""}
    ).to_dict()
    assert not {"bbpos_wisepos_e", "reader_security"} & set(emptied)


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"bbpos_wisepos_e": ""}, "bbpos_wisepos_e"),  # can be unset later, not at the creation
        ({"reboot_window": ""}, "reboot_window"),
        ({"bbpos_wisepos_e": {"splashscreen": "picture.png"}}, "bbpos_wisepos_e[splashscreen]"),
        ({"offline": {"enabled": "maybe"}}, "offline[enabled]"),
        ({"reboot_window": {"start_hour": 24, "end_hour": 1}}, "reboot_window[start_hour]"),
        ({"reboot_window": {"start_hour": 3}}, "reboot_window[end_hour]"),
        ({"reader_security": {"admin_menu_passcode": "1234"}}, "reader_security[admin_menu_passcode]"),
        ({"tipping": {"usd": {"smart_tip_threshold": 5}}}, "tipping[usd][smart_tip_threshold]"),
        ({"tipping": {"usd": {"percentages": [1, 2, 3, 4]}}}, "tipping[usd][percentages]"),
        ({"tipping": {"usd": {"percentages": [101]}}}, "tipping[usd][percentages][0]"),
        ({"tipping": {"eur": {"percentages": [5]}, "usd": {"fixed_amounts": [5]}}}, "tipping[usd]"),
        ({"tipping": {"xxx": {"percentages": [5]}}}, "tipping[xxx]"),
        ({"wifi": {"type": "personal_psk"}}, "wifi[personal_psk]"),
        ({"wifi": PSK | {"type": "enterprise_eap_tls"}}, "wifi[enterprise_eap_tls]"),
        ({"wifi": PSK | PEAP}, "wifi[personal_psk]"),
        ({"wifi": {"type": "personal_psk", "personal_psk": {"ssid": "s", "password": "short"}}},
         "wifi[personal_psk][password]"),
        ({"color": "blue"}, "color"),
    ],
)  # fmt: skip
def test_settings_that_make_no_sense(shop: Shop, params: dict[str, Any], param: str) -> None:
    refused = refusal(create, shop, **params)
    assert refused.param == param
    assert "short" not in str(refused)


@pytest.mark.parametrize(
    ("params", "param", "why"),
    [
        ({"stripe_s700": {"splashscreen": "file_unknown"}}, "stripe_s700[splashscreen]", "No such file upload"),
        ({"stripe_s700": {"splashscreen": CERTIFICATE}}, "stripe_s700[splashscreen]", "terminal_wifi_certificate"),
        ({"wifi": {"type": "enterprise_eap_tls", "enterprise_eap_tls": {
            "ssid": "s", "client_certificate_file": CERTIFICATE, "private_key_file": CERTIFICATE}}},
         "wifi[enterprise_eap_tls][private_key_file]", "terminal_wifi_private_key"),
        ({"wifi": {"type": "enterprise_eap_peap", "enterprise_eap_peap": {
            "ssid": "s", "username": "u", "password": "p", "ca_certificate_file": "file_unknown"}}},
         "wifi[enterprise_eap_peap][ca_certificate_file]", "No such file upload"),
    ],
)  # fmt: skip
def test_files_that_cannot_stand_there(shop: Shop, params: dict[str, Any], param: str, why: str) -> None:
    made = create(shop, name="Plain")
    for attempt in (lambda: create(shop, **params), lambda: update(shop, made.id, **params)):
        refused = refusal(attempt)
        assert refused.param == param
        assert why in str(refused)


def test_a_moving_picture_is_not_for_every_model(shop: Shop) -> None:
    given: Any = {"file": io.BytesIO(GIF), "purpose": "terminal_reader_splashscreen"}
    moving = {"splashscreen": shop.client.v1.files.create(given).id}
    assert create(shop, stripe_s700=moving, expand=["stripe_s700.splashscreen"]).stripe_s700 is not None
    for model in ("verifone_p400", "bbpos_wisepad3"):
        assert refusal(create, shop, **{model: moving}).param == f"{model}[splashscreen]"


def test_the_picture_is_expanded(shop: Shop) -> None:
    made = create(shop, stripe_s700=SPLASH, expand=["stripe_s700.splashscreen"])
    assert made.stripe_s700 is not None
    assert isinstance(made.stripe_s700.splashscreen, stripe.File)
    assert made.stripe_s700.splashscreen.purpose == "terminal_reader_splashscreen"


def test_empty_sections_at_the_creation(shop: Shop) -> None:
    made = create(shop, tipping="", offline="", cellular="", wifi="", reader_security="", name="Plain").to_dict()
    assert set(made) == {"id", "object", "is_account_default", "livemode", "name"}


# The account's default ----------------------------------------------------------------------------------------------


def test_the_default_is_there_from_the_beginning(shop: Shop, open_shop: OpenShop) -> None:
    configurations = shop.client.v1.terminal.configurations
    default = default_of(shop)
    assert (default.is_account_default, default.id) == (True, default_of(shop).id)
    assert default.id != default_of(open_shop()).id
    changed = update(shop, default.id, offline={"enabled": True})
    assert default_of(shop).to_dict() == changed.to_dict()
    other = create(shop, name="Other")
    assert [each.id for each in configurations.list()] == [other.id, default.id]
    assert [each.id for each in configurations.list({"is_account_default": False})] == [other.id]
    assert "default" in str(refusal(configurations.delete, default.id))


def test_there_is_one_default_however_many_ask_at_once(shop: Shop) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = [each.result().id for each in [pool.submit(default_of, shop) for _ in range(8)]]
    assert len(set(found)) == 1


# Locations ----------------------------------------------------------------------------------------------------------


def test_the_configuration_of_a_location(shop: Shop) -> None:
    v1 = shop.client.v1.terminal
    configuration, default = create(shop, name="East"), default_of(shop)
    given: Any = {"display_name": "Shop", "address": ADDRESS, "configuration_overrides": configuration.id}
    location = v1.locations.create(given)
    assert location.configuration_overrides == configuration.id
    assert "configuration_overrides" not in v1.locations.update(location.id, {"configuration_overrides": ""}).to_dict()
    for id in (default.id, "tmc_unknown"):
        refused = refusal(v1.locations.update, location.id, {"configuration_overrides": id})
        assert refused.param == "configuration_overrides"
    v1.locations.update(location.id, {"configuration_overrides": configuration.id})
    assert v1.configurations.delete(configuration.id).to_dict() == {
        "id": configuration.id,
        "object": "terminal.configuration",
        "deleted": True,
    }
    assert "configuration_overrides" not in v1.locations.retrieve(location.id).to_dict()
    assert refusal(v1.configurations.retrieve, configuration.id).http_status == 404


def test_another_account_sees_nothing(shop: Shop, open_shop: OpenShop) -> None:
    theirs = create(open_shop(), name="Theirs")
    for attempt in (shop.client.v1.terminal.configurations.retrieve, shop.client.v1.terminal.configurations.delete):
        assert refusal(attempt, theirs.id).http_status == 404
    assert refusal(update, shop, theirs.id, name="Mine").http_status == 404
    given: Any = {"display_name": "Shop", "address": ADDRESS, "configuration_overrides": theirs.id}
    assert refusal(shop.client.v1.terminal.locations.create, given).param == "configuration_overrides"
