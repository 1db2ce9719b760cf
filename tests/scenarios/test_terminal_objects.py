"""Locations, readers and connection tokens (guides "Manage locations", "Register readers")."""

import hashlib
import sqlite3
from typing import Any

import pytest
import stripe
from tests.scenarios.fixtures import OpenShop, StartServer
from tests.scenarios.server import run
from tests.scenarios.shop import ON_BOTH, Shop
from tests.scenarios.till import ADDRESS, Till

TOKYO = {
    "country": "JP",
    "postal_code": "1500001",
    "state": "東京都",
    "city": "渋谷区",
    "town": "神宮前",
    "line1": "1-1",
}


def create(shop: Shop, **params: Any) -> stripe.terminal.Location:
    given: Any = {"display_name": "Shop", "address": ADDRESS} | params
    given = {name: value for name, value in given.items() if value is not None}
    return shop.client.v1.terminal.locations.create(given)


def register(shop: Shop, code: str = "simulated-wpe", **params: Any) -> stripe.terminal.Reader:
    given: Any = {"registration_code": code} | params
    return shop.client.v1.terminal.readers.create(given)


def refusal(attempt: Any, *given: Any, **params: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        attempt(*given, **params)
    return refused.value


# Locations ----------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_the_life_of_a_location(shop: Shop) -> None:
    locations = shop.client.v1.terminal.locations
    made = create(shop, phone="+14155550000", metadata={"region": "west"})
    assert made.id.startswith("tml_")
    assert made.address.to_dict() == ADDRESS | {"line2": None}
    assert (made.display_name, made.phone, made.livemode) == ("Shop", "+14155550000", False)
    changed = locations.update(
        made.id,
        {"display_name": "Bakery", "address": {"line1": "2 Main Street"}, "phone": "", "metadata": {"region": ""}},
    )
    assert (changed.display_name, changed.address.line1, changed.address.city) == (
        "Bakery",
        "2 Main Street",
        "San Francisco",
    )
    assert changed.metadata is not None
    assert changed.metadata.to_dict() == {}
    assert "phone" not in changed.to_dict()
    assert locations.retrieve(made.id).to_dict() == changed.to_dict()
    second = create(shop)
    assert [each.id for each in locations.list()] == [second.id, made.id]
    assert [each.id for each in locations.list({"limit": 1, "starting_after": second.id})] == [made.id]
    gone = locations.delete(made.id)
    assert gone.to_dict() == {"id": made.id, "object": "terminal.location", "deleted": True}
    assert refusal(locations.retrieve, made.id).http_status == 404


@pytest.mark.parametrize(
    ("params", "param"),
    [
        ({"address": None}, "address"),
        ({"display_name": None}, "display_name"),
        ({"display_name": "x" * 1001}, "display_name"),
        ({"address": ADDRESS | {"country": "ZZ"}}, "address[country]"),
        ({"address": {"country": "US", "line1": "1 Main Street"}}, "address[city]"),
        ({"address": {"country": "DE", "line1": "Hauptstr. 1", "city": "Ulm"}}, "address[postal_code]"),
        ({"address": {"country": "JP", "line1": "1-1"}}, "address"),
        ({"display_name_kana": "カナ"}, "display_name_kana"),
        ({"configuration_overrides": "tmc_unknown"}, "configuration_overrides"),
        ({"opening_hours": "9-5"}, "opening_hours"),
    ],
)
def test_locations_that_are_not_made(shop: Shop, params: dict[str, Any], param: str) -> None:
    assert refusal(create, shop, **params).param == param
    assert shop.client.v1.terminal.locations.list().data == []


def test_a_location_in_japan(shop: Shop) -> None:
    made = create(shop, display_name=None, address=None, address_kanji=TOKYO, display_name_kanji="渋谷店")
    assert made.address_kanji is not None
    assert (made.address_kanji.town, made.display_name_kanji, made.display_name) == ("神宮前", "渋谷店", "渋谷店")
    assert (made.address.country, made.address.city) == ("JP", "渋谷区")
    update = shop.client.v1.terminal.locations.update
    moved = update(made.id, {"address_kanji": {"line1": "2-2"}, "display_name_kanji": "原宿店"})
    assert moved.address_kanji is not None
    assert (moved.address_kanji.line1, moved.address.line1) == ("2-2", "2-2")
    assert refusal(update, made.id, {"address": ADDRESS}).param == "address[country]"


def test_a_location_stays_in_its_country(shop: Shop) -> None:
    update = shop.client.v1.terminal.locations.update
    made = create(shop)
    assert refusal(update, made.id, {"address": {"country": "CA"}}).param == "address[country]"
    assert refusal(update, made.id, {"address": {"city": ""}}).param == "address[city]"
    assert refusal(update, made.id, {"display_name": ""}).param == "display_name"
    assert update(made.id, {"address": {"country": "us"}}).address.country == "US"


def test_a_location_is_deleted_once_no_reader_is_left(shop: Shop) -> None:
    made = create(shop)
    reader = register(shop, location=made.id)
    assert "readers" in str(refusal(shop.client.v1.terminal.locations.delete, made.id))
    shop.client.v1.terminal.readers.delete(reader.id)
    shop.client.v1.terminal.locations.delete(made.id)
    assert refusal(register, shop, location=made.id).param == "location"


# Readers ------------------------------------------------------------------------------------------------------------

CODES = {
    "simulated-wpe": "simulated_wisepos_e",
    "simulated-s700": "simulated_stripe_s700",
    "simulated-s710": "simulated_stripe_s710",
    "simulated-v660p": "simulated_verifone_v660p",
    "simulated-t600": "simulated_stripe_t600",
}


@ON_BOTH
def test_the_life_of_a_reader(shop: Shop) -> None:
    readers = shop.client.v1.terminal.readers
    location = create(shop)
    made = register(shop, "simulated-wpe", label="Till 1", location=location.id, metadata={"desk": "7"})
    assert made.id.startswith("tmr_")
    assert (made.label, made.location, made.status, made.action) == ("Till 1", location.id, "online", None)
    assert (made.device_type, made.ip_address) == ("simulated_wisepos_e", "0.0.0.0")
    assert made.serial_number.startswith("simulated-wpe-")
    changed = readers.update(made.id, {"label": "Till 2", "metadata": {"desk": "8"}})
    assert (changed.label, changed.metadata.to_dict()) == ("Till 2", {"desk": "8"})
    assert readers.update(made.id, {"label": ""}).label == made.serial_number
    expanded = readers.retrieve(made.id, {"expand": ["location"]})
    assert expanded.location.display_name == "Shop"  # type: ignore[union-attr]
    gone = readers.delete(made.id)
    assert gone.to_dict() == {
        "id": made.id,
        "object": "terminal.reader",
        "deleted": True,
        "device_type": made.device_type,
        "serial_number": made.serial_number,
    }
    assert refusal(readers.retrieve, made.id).http_status == 404


@pytest.mark.parametrize(("code", "device_type"), CODES.items())
def test_each_code_registers_a_reader_each_time(shop: Shop, code: str, device_type: str) -> None:
    first, second = register(shop, code), register(shop, code)
    assert first.device_type == second.device_type == device_type
    assert first.serial_number != second.serial_number
    assert first.label == first.serial_number


def test_lists_of_readers(shop: Shop) -> None:
    here, there = create(shop), create(shop)
    wpe = register(shop, "simulated-wpe", location=here.id)
    s700 = register(shop, "simulated-s700", location=here.id)
    other = register(shop, "simulated-s700", location=there.id)
    for filters, found in (
        ({}, [other, s700, wpe]),
        ({"location": here.id}, [s700, wpe]),
        ({"device_type": "simulated_stripe_s700"}, [other, s700]),
        ({"device_type": "simulated_stripe_s700", "location": here.id}, [s700]),
        ({"serial_number": wpe.serial_number}, [wpe]),
        ({"status": "online"}, [other, s700, wpe]),
        ({"status": "offline"}, []),
        ({"location": "tml_unknown"}, []),
        ({"limit": 1}, [other]),
        ({"starting_after": s700.id}, [wpe]),
        ({"ending_before": s700.id}, [other]),
    ):
        given: Any = filters
        listed = shop.client.v1.terminal.readers.list(given)
        assert [each.id for each in listed.data] == [each.id for each in found], filters
    wrong: Any = {"status": "asleep"}
    assert refusal(shop.client.v1.terminal.readers.list, wrong).param == "status"


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"registration_code": "puppies-plug-could"}, "resource_missing", "registration_code"),
        ({"registration_code": ""}, "parameter_invalid_empty", "registration_code"),
        ({"location": "tml_unknown"}, "resource_missing", "location"),
        ({"metadata": {"x" * 41: "y"}}, None, "metadata"),
        ({"serial_number": "x"}, "parameter_unknown", "serial_number"),
    ],
)
def test_readers_that_are_not_registered(shop: Shop, params: dict[str, Any], code: str | None, param: str) -> None:
    given: Any = {"registration_code": "simulated-wpe"} | params
    refused = refusal(shop.client.v1.terminal.readers.create, given)
    assert (refused.http_status, refused.code, refused.param) == (400, code, param)
    assert "puppies" not in str(refused)


def test_another_account_and_the_other_mode_see_nothing(private_server: StartServer, open_shop: OpenShop) -> None:
    server = private_server()
    shop, stranger = open_shop(server), open_shop(server)
    till = Till(shop)
    account = shop.client.v1.accounts.retrieve_current().id
    server.stop()
    key = run("keys", "create", "--data-dir", str(server.data_directory), "--account", account, "--live").strip()
    server.start()
    shop, stranger, live = (open_shop(server, key=each) for each in (shop.key, stranger.key, key))
    for other in (stranger, live):
        terminal = other.client.v1.terminal
        assert terminal.readers.list().data == terminal.locations.list().data == []
        for attempt, id in (
            (terminal.readers.retrieve, till.reader.id),
            (terminal.locations.retrieve, till.location.id),
            (terminal.locations.delete, till.location.id),
            (terminal.readers.cancel_action, till.reader.id),
        ):
            refused = refusal(attempt, id)
            assert (refused.http_status, refused.code) == (404, "resource_missing")
            assert ("test mode" in str(refused)) == (other is live)
        assert refusal(register, other, location=till.location.id).param in ("location", "registration_code")
        assert refusal(terminal.connection_tokens.create, {"location": till.location.id}).param == "location"
    assert refusal(register, live).param == "registration_code"  # no simulated readers in live mode
    elsewhere = {"line1": "1 Main Street", "city": "Kingston", "country": "JM"}
    assert create(shop, address=elsewhere).address.country == "JM"
    assert refusal(create, live, address=elsewhere).code == "terminal_location_country_unsupported"
    assert refusal(shop.client.v1.terminal.readers.retrieve, "tmr_unknown").http_status == 404


# Connection tokens --------------------------------------------------------------------------------------------------


def test_connection_tokens(private_server: StartServer, open_shop: OpenShop) -> None:
    server = private_server()
    shop = open_shop(server)
    tokens = shop.client.v1.terminal.connection_tokens
    plain = tokens.create()
    assert plain.secret.startswith("pst_test_")
    assert "location" not in plain.to_dict()
    location = create(shop)
    bound = tokens.create({"location": location.id}, {"idempotency_key": "token"})
    assert bound.location == location.id
    again = tokens.create({"location": location.id}, {"idempotency_key": "token"})
    assert len({plain.secret, bound.secret, again.secret}) == 3
    assert refusal(tokens.create, {"location": "tml_unknown"}).param == "location"
    server.stop()
    kept = b"".join(path.read_bytes() for path in server.data_directory.iterdir() if path.is_file())
    assert plain.secret.encode() not in kept
    assert hashlib.sha256(plain.secret.encode()).hexdigest().encode() in kept
    for secret in (plain.secret, bound.secret, again.secret):
        assert secret not in "".join(server.log)
    with sqlite3.connect(server.data_directory / "opentill.sqlite3") as database:
        (count,) = database.execute("SELECT count(*) FROM terminal_connection_tokens").fetchone()
    database.close()
    assert count == 3
