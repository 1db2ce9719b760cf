"""What the gateway asks about devices: introductions, codes, presence (terminal.md 1.3, 2)."""

import asyncio
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from tests.services.terminal.devices_world import World, hello

from opentill.domain.terminal.pairing import CODE_LIFETIME_MS, CODES_MAX, hash_code
from opentill.link.messages import Assignment, Settings
from opentill.link.sealing import open_pin_key
from opentill.ports.store import Changes
from opentill.services.kinds import DEVICES
from opentill.services.terminal import links
from opentill.services.terminal.links import LinkRefused

HOUR_S = 3600


def refused(world: World, *given: Any, **said: Any) -> LinkRefused:
    with pytest.raises(LinkRefused) as refusal:
        world.introduce(*given, **said)
    return refusal.value


def rows(world: World) -> list[str]:
    """The serial numbers of the devices that are known, newest first."""
    page = world.run(world.store.page(DEVICES, "", False, limit=100))
    return [stored.value.serial_number for stored in page.items]


# Introductions --------------------------------------------------------------------------------------------------------


def test_a_device_is_made_at_its_first_introduction_and_known_from_then_on(devices_world: World) -> None:
    first = devices_world.introduce("S700-1")
    assert first.id.startswith("dev_")
    assert (first.serial_number, first.reader, first.account) == ("S700-1", None, None)
    assert first.first_seen_at == first.last_seen_at
    devices_world.introduce("S700-2", key=2)
    again = devices_world.introduce("S700-1", software="1.1.0", ip_address="192.168.1.21", sealing=bytes([99] * 32))
    assert again.id == first.id
    known = devices_world.device(first)
    assert (known.software, known.ip_address, known.sealing) == ("1.1.0", "192.168.1.21", bytes([99] * 32))
    assert (known.first_seen_at, known.identity) == (first.first_seen_at, first.identity)
    assert rows(devices_world) == ["S700-2", "S700-1"]


@pytest.mark.parametrize("said", [{"key": 2}, {"device_type": "bbpos_wisepos_e"}], ids=["identity", "model"])
def test_a_serial_number_belongs_to_who_came_with_it_first(devices_world: World, said: dict[str, Any]) -> None:
    first = devices_world.introduce()
    refusal = refused(devices_world, **said)
    assert (refusal.code, refusal.retry) == ("identity_mismatch", False)
    assert refusal.told().code == "identity_mismatch"
    assert devices_world.device(first) == first


def test_of_two_first_introductions_with_one_serial_number_one_is_refused(devices_world: World) -> None:
    async def together() -> list[Any]:
        said = [links.introduce(devices_world.system, hello(key=key)) for key in (1, 2, 1)]
        return await asyncio.gather(*said, return_exceptions=True)

    outcomes = devices_world.run(together())
    made = {outcome.id for outcome in outcomes if not isinstance(outcome, BaseException)}
    assert len(made) == 1
    assert any(isinstance(outcome, LinkRefused) and outcome.code == "identity_mismatch" for outcome in outcomes)
    assert rows(devices_world) == ["S700-1"]


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"device_type": "simulated_wisepos_e"}, "unknown_device_type"),
        ({"device_type": "stripe_m2"}, "unknown_device_type"),
        ({"device_type": "mobile_phone_reader"}, "unknown_device_type"),
        ({"device_type": "toaster"}, "unknown_device_type"),
        ({"serial_number": ""}, "bad_message"),
        ({"serial_number": "S" * 65}, "bad_message"),
        ({"serial_number": "S700 1"}, "bad_message"),
        ({"serial_number": "S700\n"}, "bad_message"),
        ({"sealing": b"short"}, "bad_message"),
        ({"sealing": bytes(32)}, "bad_message"),  # whatever is sealed to it, everybody can open
        ({"software": ""}, "bad_message"),
        ({"software": "1\x00"}, "bad_message"),
        ({"software": "1" * 65}, "bad_message"),
        ({"ip_address": "reader.local"}, "bad_message"),
    ],
)
def test_introductions_that_are_refused(one_world: World, said: dict[str, Any], code: str) -> None:
    refusal = refused(one_world, **said)
    assert (refusal.code, refusal.retry) == (code, False)
    assert rows(one_world) == []


@pytest.mark.parametrize(
    "device_type",
    ["bbpos_wisepos_e", "stripe_s700", "stripe_s710", "stripe_t600", "verifone_P400", "verifone_v660p"],
)
def test_smart_readers_are_welcome(one_world: World, device_type: str) -> None:
    assert one_world.introduce(device_type=device_type).device_type == device_type


# Codes ----------------------------------------------------------------------------------------------------------------


def test_a_code_is_three_words_of_which_the_hash_is_kept(one_world: World) -> None:
    device = one_world.introduce()
    before = one_world.now_ms()
    made = one_world.run(links.pairing_code(one_world.system, device.id))
    words = made.code.split("-")
    assert len(words) == 3
    assert all(word.isalpha() and word.islower() for word in words)
    assert CODE_LIFETIME_MS <= made.expires - before <= CODE_LIFETIME_MS + 5_000
    assert one_world.device(device).code == hash_code(made.code)
    assert made.code not in repr(one_world.device(device))


def test_a_device_gets_ten_codes_an_hour(one_world: World) -> None:
    device, neighbour = one_world.introduce("A"), one_world.introduce("B", key=2)
    codes = {one_world.code(device) for _ in range(CODES_MAX)}
    assert len(codes) == CODES_MAX
    latest = one_world.device(device)
    with pytest.raises(LinkRefused) as refusal:
        one_world.code(device)
    assert (refusal.value.code, refusal.value.retry) == ("too_many_codes", True)
    assert one_world.device(device) == latest
    one_world.code(neighbour)
    one_world.installation.clock.advance(HOUR_S)
    one_world.code(device)


def test_nobody_gets_a_code_without_an_introduction(one_world: World) -> None:
    with pytest.raises(KeyError):
        one_world.run(links.pairing_code(one_world.system, "dev_unknown"))


# Presence -------------------------------------------------------------------------------------------------------------


def test_a_reader_is_offline_after_two_minutes_of_silence_and_online_with_the_next_sign(devices_world: World) -> None:
    device, reader = devices_world.registered()
    devices_world.pass_time(110)
    assert devices_world.listed(status="online") == [reader.id]
    devices_world.pass_time(15)
    stored = devices_world.reader(reader.id)
    assert stored is not None
    assert stored.value.status == "offline"
    assert stored.value.last_seen_at == reader.last_seen_at
    assert devices_world.listed(status="offline") == [reader.id]
    assert devices_world.listed(status="online") == []
    assert devices_world.seen(device) == reader.id
    assert devices_world.listed(status="online") == [reader.id]
    devices_world.pass_time(125)
    assert devices_world.listed(status="offline") == [reader.id]


def test_a_reader_that_is_heard_from_stays_online(one_world: World) -> None:
    device, reader = one_world.registered()
    for _ in range(5):
        one_world.pass_time(60)
        one_world.seen(device)
    stored = one_world.reader(reader.id)
    assert stored is not None
    assert stored.value.status == "online"
    assert stored.value.last_seen_at is not None
    assert one_world.now_ms() - stored.value.last_seen_at < 5_000


def test_simulated_readers_never_fall_silent(one_world: World) -> None:
    reader = one_world.register("simulated-wpe")
    one_world.pass_time(HOUR_S)
    assert one_world.listed(status="online") == [reader.id]


def test_a_sighting_is_written_every_thirty_seconds_unless_it_changes_something(one_world: World) -> None:
    commits: list[Changes] = []
    commit = one_world.store.commit

    async def counted(changes: Changes) -> None:
        commits.append(changes)
        await commit(changes)

    device, reader = one_world.registered()
    one_world.store.commit = counted
    for seconds, ip_address, written in [
        (0, None, 0),
        (10, None, 0),
        (10, "192.168.1.20", 0),  # as it said before
        (5, None, 0),
        (5, None, 1),
        (10, None, 1),
        (0, "192.168.1.99", 2),
        (0, "not an address", 2),
    ]:
        one_world.installation.clock.advance(seconds)
        assert one_world.seen(device, ip_address) == reader.id
        assert len(commits) == written, seconds
    stored = one_world.reader(reader.id)
    assert stored is not None
    assert stored.value.ip_address == "192.168.1.99"


def test_new_software_shows_at_the_reader(one_world: World) -> None:
    _, reader = one_world.registered(software="1.0.0")
    assert reader.device_sw_version == "1.0.0"
    one_world.introduce(software="1.1.0")
    stored = one_world.reader(reader.id)
    assert stored is not None
    assert stored.value.device_sw_version == "1.1.0"


def test_what_happens_to_the_action_of_a_silent_reader_is_no_sign_of_it(one_world: World) -> None:
    """The reader's action changes and ends, and its device stays known."""
    device, reader = one_world.registered()
    one_world.installation.clock.advance(60)
    one_world.begin_payment(reader)
    stored = one_world.reader(reader.id)
    assert stored is not None
    assert stored.value.action is not None
    assert stored.value.last_seen_at == reader.last_seen_at
    assert stored.hidden.device == device.id
    one_world.pass_time(65)
    assert one_world.listed(status="offline") == [reader.id]


def test_sightings_and_the_end_of_silence_come_together(devices_world: World) -> None:
    """Several gateways and workers write the same reader at the same time: nobody fails, and it is online."""
    device, reader = devices_world.registered()
    devices_world.installation.clock.advance(180)

    async def together() -> None:
        system, now_ms = devices_world.system, devices_world.now_ms()
        sightings = [links.seen(system, device.id, now_ms) for _ in range(8)]
        rounds = [devices_world.installation.worker.catch_up()]
        await asyncio.gather(*sightings, *rounds)
        await links.seen(system, device.id, now_ms)

    devices_world.run(together())
    assert devices_world.listed(status="online") == [reader.id]


@pytest.mark.parametrize("device_id", ["dev_unknown", ""])
def test_a_device_that_is_not_known_is_not_seen(one_world: World, device_id: str) -> None:
    assert one_world.run(links.seen(one_world.system, device_id, one_world.now_ms())) is None
    assert one_world.run(links.assignment(one_world.system, device_id)) is None


def test_a_device_that_is_not_registered_is_seen_all_the_same(one_world: World) -> None:
    device = one_world.introduce()
    one_world.installation.clock.advance(60)
    assert one_world.seen(device) is None
    assert one_world.device(device).last_seen_at - device.last_seen_at >= 60_000


# Assignments ----------------------------------------------------------------------------------------------------------


def assigned(world: World, device: Any) -> Assignment | None:
    return world.run(links.assignment(world.system, device.id))


def test_a_device_that_is_not_registered_belongs_nowhere(one_world: World) -> None:
    assert assigned(one_world, one_world.introduce()) is None


def test_a_registered_device_learns_where_it_belongs_and_what_holds_there(one_world: World) -> None:
    private = X25519PrivateKey.generate()
    sealing = private.public_key().public_bytes_raw()
    paris = {"line1": "1 rue de Rivoli", "city": "Paris", "country": "FR", "postal_code": "75001"}
    shop = one_world.location(display_name="Rivoli", address=paris)
    device = one_world.introduce(sealing=sealing)
    reader = one_world.register(one_world.code(device), location=shop.id, label="Front desk")
    one_world.configure(
        shop.id,
        reader_security={"admin_menu_passcode": "12345"},
        reboot_window={"start_hour": "3", "end_hour": "5"},
        offline={"enabled": "true"},
        wifi={"type": "personal_psk", "personal_psk": {"ssid": "till", "password": "not-to-be-told"}},
    )
    told = assigned(one_world, device)
    assert told is not None
    assert (told.reader, told.label, told.livemode) == (reader.id, "Front desk", False)
    assert (told.location, told.location_name) == (shop.id, "Rivoli")
    assert told.settings == Settings(
        merchant="Opentill",
        country="FR",
        language="fr",
        passcode="12345",
        reboot_start_hour=3,
        reboot_end_hour=5,
        timezone="Europe/Paris",
        wifi_ssid="till",
        offline_enabled=True,
    )
    assert len(told.pin_key_id) == 8
    assert len(open_pin_key(told.pin_key, told.pin_key_id, private)) == 16
    assert "not-to-be-told" not in repr(told)


def test_a_reader_without_a_location_stands_in_the_country_of_its_account(one_world: World) -> None:
    device, reader = one_world.registered()
    told = assigned(one_world, device)
    assert told is not None
    assert (told.location, told.location_name) == (None, None)
    assert (told.settings.country, told.settings.language, told.settings.passcode) == ("US", "en", "07139")
    assert told.label == reader.label
