"""A device becomes a reader, moves, and is let go (terminal.md 1.3, 2)."""

import asyncio
from typing import Any

import pytest
from tests.services.terminal.devices_world import VERSION, World

from opentill.api import errors
from opentill.domain.errors import InvalidRequest, Refusal, ResourceMissing, TooManyRequests
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal.pairing import GUESSES_MAX
from opentill.ports.store import Changes, Conflict
from opentill.requests.params import Params, parse
from opentill.requests.terminal import configurations as configuration_requests
from opentill.requests.terminal import locations as location_requests
from opentill.requests.terminal import readers as requests
from opentill.services.kinds import EVENTS, PAYMENT_INTENTS
from opentill.services.terminal import configurations, locations, readers, registration

WRONG = "wrong-wrong-wrong"


def refusal(world: World, code: str, **given: Any) -> Refusal:
    with pytest.raises(Refusal) as refused:
        world.register(code, **given)
    return refused.value


def by_serial(world: World, *serial_numbers: str, account: str | None = None, **given: Any) -> list[Reader]:
    return world.run(registration.register_by_serial(world.system, account or world.acct, serial_numbers, **given))


# By code --------------------------------------------------------------------------------------------------------------


def test_a_code_makes_a_reader_of_the_device(devices_world: World) -> None:
    world = devices_world
    shop = world.location()
    device = world.introduce("S700-1", software="2.0.0", ip_address="10.0.0.7")
    reader = world.register(world.code(device), location=shop.id, label="Till 1", metadata={"desk": "7"})
    assert reader.id.startswith("tmr_")
    assert (reader.device_type, reader.serial_number, reader.device_sw_version) == ("stripe_s700", "S700-1", "2.0.0")
    assert (reader.label, reader.location, reader.metadata) == ("Till 1", shop.id, {"desk": "7"})
    assert (reader.ip_address, reader.status, reader.action) == ("10.0.0.7", "online", None)
    assert reader.last_seen_at == world.device(device).last_seen_at
    assert world.listed(serial_number="S700-1", device_type="stripe_s700", location=shop.id) == [reader.id]
    bound = world.device(device)
    assert (bound.account, bound.livemode, bound.reader, bound.code) == (world.acct, False, reader.id, None)
    assert len(bound.pin_key_id or b"") == 8
    assert world.readers.nudged == [device.id]


def test_without_a_label_a_reader_is_called_by_its_code(one_world: World) -> None:
    code = one_world.code(one_world.introduce())
    reader = one_world.register(code)
    assert reader.label == code
    updated = one_world.call(readers.update, requests.UpdateReader, reader.id, label="")
    assert updated.label == reader.serial_number


def test_a_code_is_read_as_a_person_types_it(one_world: World) -> None:
    device = one_world.introduce()
    typed = f"  {one_world.code(device).upper().replace('-', ' ', 1)} "
    assert one_world.register(typed).serial_number == device.serial_number


def test_a_code_works_once(devices_world: World) -> None:
    code = devices_world.code(devices_world.introduce())
    devices_world.register(code)
    refused = refusal(devices_world, code)
    assert (refused.code, refused.param) == ("resource_missing", "registration_code")
    assert code not in refused.message


def test_a_code_expires_after_fifteen_minutes(one_world: World) -> None:
    device = one_world.introduce()
    code = one_world.code(device)
    one_world.installation.clock.advance(15 * 60)
    assert refusal(one_world, code).code == "resource_missing"
    one_world.register(one_world.code(device))


def test_a_new_code_ends_the_one_before(one_world: World) -> None:
    device = one_world.introduce()
    first, second = one_world.code(device), one_world.code(device)
    assert refusal(one_world, first).code == "resource_missing"
    one_world.register(second)


def test_a_refused_registration_does_not_use_the_code_up(one_world: World) -> None:
    code = one_world.code(one_world.introduce())
    assert refusal(one_world, code, location="tml_unknown").param == "location"
    one_world.register(code)


def test_of_two_registrations_with_one_code_one_succeeds(devices_world: World) -> None:
    """As the API runs them: again from the reading when somebody else was first."""
    world = devices_world
    device = world.introduce()
    params = parse(requests.CreateReader, {"registration_code": world.code(device)}, version=VERSION)

    async def register(account: str) -> Reader:
        while True:
            try:
                return await readers.create(world.operation(account), params)
            except Conflict:
                continue

    async def together() -> list[Any]:
        accounts = [world.acct, world.other, world.acct, world.other]
        return await asyncio.gather(*(register(account) for account in accounts), return_exceptions=True)

    outcomes = world.run(together())
    [made] = [outcome for outcome in outcomes if isinstance(outcome, Reader)]
    assert world.device(device).reader == made.id
    assert [type(outcome) for outcome in outcomes if outcome is not made] == [InvalidRequest] * 3
    page = [world.reader(made.id, account) is not None for account in (world.acct, world.other)]
    assert sorted(page) == [False, True]


# Guessing -------------------------------------------------------------------------------------------------------------


def test_an_account_that_guesses_has_to_wait(one_world: World) -> None:
    code = one_world.code(one_world.introduce())
    for _ in range(GUESSES_MAX):
        assert refusal(one_world, WRONG).code == "resource_missing"
    refused = refusal(one_world, code)
    assert isinstance(refused, TooManyRequests)
    assert (refused.code, refused.param, errors.status_of(refused)) == ("rate_limit", "registration_code", 429)
    assert not errors.should_retry(refused)
    assert one_world.register("simulated-wpe").status == "online"  # nothing to be guessed
    one_world.installation.clock.advance(9 * 60)
    assert refusal(one_world, code).code == "rate_limit"
    one_world.installation.clock.advance(60)
    assert one_world.register(code).serial_number == "S700-1"


def test_who_guesses_keeps_nobody_else_waiting(one_world: World) -> None:
    for _ in range(GUESSES_MAX):
        refusal(one_world, WRONG)
    code = one_world.code(one_world.introduce())
    made = one_world.call(readers.create, requests.CreateReader, account=one_world.other, registration_code=code)
    assert made.serial_number == "S700-1"


# Moving ---------------------------------------------------------------------------------------------------------------


def test_a_reader_that_is_registered_again_moves(devices_world: World) -> None:
    world = devices_world
    device, first = world.registered()
    key = world.device(device).pin_key_id
    shop = world.location()
    second = world.register(world.code(device), location=shop.id)
    assert second.id != first.id
    assert world.reader(first.id) is None
    assert world.listed() == [second.id]
    assert world.device(device).reader == second.id
    assert world.device(device).pin_key_id not in (None, key)


@pytest.mark.parametrize(("account", "livemode"), [("other", False), ("acct", True), ("other", True)])
def test_a_reader_moves_to_another_account_or_mode(devices_world: World, account: str, livemode: bool) -> None:
    """What it was in the middle of is given up where it was."""
    world = devices_world
    device, first = world.registered()
    intent = world.begin_payment(first)
    target = getattr(world, account)
    second = world.call(
        readers.create,
        requests.CreateReader,
        account=target,
        livemode=livemode,
        registration_code=world.code(device),
    )
    assert world.reader(first.id) is None
    assert second.livemode is livemode
    moved = world.device(device)
    assert (moved.account, moved.livemode, moved.reader) == (target, livemode, second.id)
    given_up = world.run(world.store.get(PAYMENT_INTENTS, world.acct, intent))
    assert given_up.value.status == "requires_payment_method"


def test_a_collected_card_is_taken_off_the_payment_when_the_reader_moves_away(one_world: World) -> None:
    device, first = one_world.registered()
    intent = one_world.collected(first)
    one_world.call(
        readers.create, requests.CreateReader, account=one_world.other, registration_code=one_world.code(device)
    )
    given_up = one_world.run(one_world.store.get(PAYMENT_INTENTS, one_world.acct, intent)).value
    assert (given_up.status, given_up.payment_method) == ("requires_payment_method", None)


@pytest.mark.parametrize("account", ["acct", "other"])
def test_a_reader_that_authorizes_stays_where_it_is(devices_world: World, account: str) -> None:
    world = devices_world
    device, reader = world.registered()
    world.authorizing(reader)
    code = world.code(device)
    before = world.device(device)
    with pytest.raises(InvalidRequest) as busy:
        world.call(readers.create, requests.CreateReader, account=getattr(world, account), registration_code=code)
    assert busy.value.code == "terminal_reader_busy"
    assert world.device(device) == before
    assert world.listed() == [reader.id]


def test_a_registration_has_no_event(one_world: World) -> None:
    device, reader = one_world.registered()
    one_world.pass_time(180)
    one_world.seen(device)
    one_world.call(readers.delete, Params, reader.id)
    assert one_world.run(one_world.store.page(EVENTS, one_world.acct, False, limit=10)).items == []


# By serial number -----------------------------------------------------------------------------------------------------


def test_several_devices_are_registered_by_their_serial_numbers(devices_world: World) -> None:
    world = devices_world
    shop = world.location()
    known = [world.introduce(f"S700-{number}", key=number) for number in (1, 2, 3)]
    made = by_serial(world, "S700-3", " S700-1 ", "S700-2", location=shop.id, label="Test reader")
    assert [reader.serial_number for reader in made] == ["S700-3", "S700-1", "S700-2"]
    assert [reader.label for reader in made] == ["Test reader 1", "Test reader 2", "Test reader 3"]
    assert {reader.location for reader in made} == {shop.id}
    assert {world.device(device).reader for device in known} == {reader.id for reader in made}
    assert sorted(world.readers.nudged) == sorted(device.id for device in known)


@pytest.mark.parametrize(
    ("serial_numbers", "label", "labels"),
    [(["A"], "Till", ["Till"]), (["A"], None, ["A"]), (["A", "B"], None, ["A", "B"])],
)
def test_how_they_are_called(one_world: World, serial_numbers: list[str], label: str | None, labels: list[str]) -> None:
    for number, serial_number in enumerate(serial_numbers):
        one_world.introduce(serial_number, key=number)
    assert [reader.label for reader in by_serial(one_world, *serial_numbers, label=label)] == labels


def test_a_serial_number_registers_ones_own_reader_anew(one_world: World) -> None:
    device, first = one_world.registered()
    [second] = by_serial(one_world, "S700-1")
    assert one_world.listed() == [second.id] != [first.id]
    assert one_world.device(device).reader == second.id


@pytest.mark.parametrize(
    ("serial_numbers", "code"),
    [
        (["mine", "unknown"], "resource_missing"),
        (["mine", "theirs"], "resource_missing"),
        (["mine", "mine"], None),
        ([], None),
        ([f"S{number}" for number in range(11)], None),
    ],
)
def test_serial_numbers_that_are_refused(one_world: World, serial_numbers: list[str], code: str | None) -> None:
    """All or none: a serial number is no proof of being at the reader."""
    mine, theirs = one_world.introduce("mine"), one_world.introduce("theirs", key=2)
    [other] = by_serial(one_world, "theirs", account=one_world.other)
    with pytest.raises(InvalidRequest) as refused:
        by_serial(one_world, *serial_numbers)
    assert (refused.value.code, refused.value.param) == (code, "serial_number")
    assert one_world.device(mine).reader is None
    assert one_world.device(theirs).reader == other.id


def test_the_location_must_be_the_accounts_and_the_account_exist(one_world: World) -> None:
    device = one_world.introduce("S700-1")
    with pytest.raises(ResourceMissing):
        by_serial(one_world, "S700-1", location=one_world.location().id, account=one_world.other)
    with pytest.raises(ResourceMissing):
        by_serial(one_world, "S700-1", account="acct_unknown")
    assert one_world.device(device).reader is None


# Leaving --------------------------------------------------------------------------------------------------------------


def test_a_deleted_reader_must_be_registered_again(devices_world: World) -> None:
    world = devices_world
    device, reader = world.registered()
    world.readers.nudged.clear()
    gone = world.call(readers.delete, Params, reader.id)
    assert (gone.id, gone.deleted, gone.serial_number) == (reader.id, True, "S700-1")
    free = world.device(device)
    assert (free.account, free.livemode, free.reader, free.pin_key_id) == (None, False, None, None)
    assert world.readers.nudged == [device.id]
    assert world.seen(device) is None
    assert world.listed() == []
    assert world.register(world.code(device)).serial_number == "S700-1"


def test_a_reader_that_authorizes_is_not_deleted(one_world: World) -> None:
    device, reader = one_world.registered()
    one_world.authorizing(reader)
    with pytest.raises(InvalidRequest) as busy:
        one_world.call(readers.delete, Params, reader.id)
    assert busy.value.code == "terminal_reader_busy"
    assert one_world.device(device).reader == reader.id


# Hints ----------------------------------------------------------------------------------------------------------------


def test_who_is_told_of_a_change(devices_world: World) -> None:
    """The devices that it concerns, and nobody else; simulated readers have none."""
    world = devices_world
    shop, elsewhere = world.location(), world.location()
    here = world.introduce("here")
    there = world.introduce("there", key=2)
    reader = world.register(world.code(here), location=shop.id)
    world.register(world.code(there), location=elsewhere.id)
    world.register("simulated-wpe", location=shop.id)
    override = world.configure(shop.id, offline={"enabled": "true"})
    default = next(
        each.id
        for each in world.call(configurations.list_all, configuration_requests.ListConfigurations).items
        if each.is_account_default
    )
    both = sorted([here.id, there.id])
    unassigned = world.call(configurations.create, configuration_requests.ConfigurationSettings).id

    def told(handler: Any, type: type[Params], id: str, **form: Any) -> list[str]:
        world.readers.nudged.clear()
        world.call(handler, type, id, **form)
        return sorted(world.readers.nudged)

    settings = configuration_requests.ConfigurationSettings
    assert told(readers.update, requests.UpdateReader, reader.id, label="Front desk") == [here.id]
    assert told(readers.update, requests.UpdateReader, reader.id, metadata={"desk": "7"}) == []
    assert told(locations.update, location_requests.UpdateLocation, shop.id, display_name="Bakery") == [here.id]
    assert told(configurations.update, settings, override, offline={"enabled": "false"}) == [here.id]
    assert told(configurations.update, settings, default, offline={"enabled": "true"}) == both
    assert told(configurations.update, settings, unassigned, offline={"enabled": "true"}) == []
    assert told(configurations.delete, Params, override) == [here.id]
    assert told(configurations.delete, Params, unassigned) == []
    assert told(readers.delete, Params, reader.id) == [here.id]


def test_nobody_is_told_of_what_was_not_committed(one_world: World) -> None:
    _, reader = one_world.registered()
    one_world.readers.nudged.clear()

    async def conflict(changes: Changes) -> None:
        raise Conflict("terminal_readers", "changed")

    one_world.store.commit = conflict
    with pytest.raises(Conflict):
        one_world.call(readers.update, requests.UpdateReader, reader.id, label="Front desk")
    assert one_world.readers.nudged == []
