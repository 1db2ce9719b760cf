"""A link to a running server, spoken over by hand: what the API does reaches the device, and the other way round."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from tests.reader.connection.link_scripts import Kept, client
from tests.scenarios.fixtures import StartServer
from tests.scenarios.shop import Shop

from opentill.link.messages import (
    Ack,
    Assigned,
    Assignment,
    Canceled,
    Command,
    Pair,
    PairingCode,
    Refused,
    Report,
    State,
    Sync,
    Welcome,
)
from opentill.link.tasks import Payment
from opentill.reader.connection.identity import generate
from opentill.reader.device.events import Received

T = TypeVar("T")

TEA = {"description": "Tea", "amount": 100, "quantity": 1}


async def heard(device: Kept, wanted: type[T], fits: Callable[[T], bool] = lambda _: True) -> T:
    """The next message of a type that fits; what comes before is passed over."""
    while True:
        event = await device.next()
        if isinstance(event, Received) and isinstance(event.message, wanted) and fits(event.message):
            return event.message


async def registered(shop: Shop, device: Kept) -> tuple[Any, Assignment]:
    """Register a device by the code that it shows: the reader, and what the device is told."""
    device.client.send(Pair())
    code = (await heard(device, PairingCode)).code
    location = await call(shop.client.v1.terminal.locations.create, {
        "display_name": "Shop",
        "address": {"line1": "1 Main Street", "city": "Boston", "state": "MA", "postal_code": "02110", "country": "US"},
    })  # fmt: skip
    reader = await call(
        shop.client.v1.terminal.readers.create,
        {"registration_code": code, "label": "Till 1", "location": location.id},
    )
    assigned = await heard(device, Assigned)
    assert assigned.assignment is not None
    return reader, assigned.assignment


async def call(function: Callable[..., Any], *arguments: Any) -> Any:
    """A call of the official client, which blocks, beside the link."""
    return await asyncio.to_thread(function, *arguments)


def run(scenario: Awaitable[None]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(60):
            await scenario

    asyncio.run(bounded())


def test_registered_renamed_deleted(shop: Shop) -> None:
    async def scenario() -> None:
        async with client(shop.server.address, serial(shop)) as device:
            assert (await device.up()).assignment is None
            reader, assignment = await registered(shop, device)
            assert (assignment.reader, assignment.label, assignment.location_name) == (reader.id, "Till 1", "Shop")
            readers = shop.client.v1.terminal.readers
            assert (await call(readers.retrieve, reader.id)).status == "online"
            await call(readers.update, reader.id, {"label": "Till 2"})
            renamed = await heard(device, Assigned)
            assert renamed.assignment is not None
            assert renamed.assignment.label == "Till 2"
            await call(readers.delete, reader.id)
            assert (await heard(device, Assigned)).assignment is None

    run(scenario())


def test_a_payment_is_carried_to_the_device_and_given_up_on_it(shop: Shop) -> None:
    async def scenario() -> None:
        async with client(shop.server.address, serial(shop)) as device:
            await device.up()
            reader, _ = await registered(shop, device)
            intent = await call(shop.client.v1.payment_intents.create, {
                "amount": 1000, "currency": "usd", "allowed_payment_method_types": ["card_present"],
            })  # fmt: skip
            readers = shop.client.v1.terminal.readers
            asked = asyncio.create_task(call(readers.process_payment_intent, reader.id, {
                "payment_intent": intent.id, "process_config": {"enable_customer_cancellation": True},
            }))  # fmt: skip
            command = await heard(device, Command)
            assert isinstance(command.task, Payment)
            assert (command.task.amount, command.task.currency, command.task.cancelable) == (1000, "usd", True)
            assert command.action is not None
            device.client.send(Ack(command=command.id))
            device.client.send(Sync(action=command.action))  # in most runs before the action is committed
            state = await heard(device, State, lambda state: state.about == command.action)
            assert (state.unknown, state.phase) == (False, "waiting")
            assert (await asked).action.status == "in_progress"
            device.client.send(Report(id="r1", action=command.action, happening=Canceled()))
            ended = await heard(device, State, lambda state: state.phase == "ended")
            assert ended.result is not None
            assert not ended.result.succeeded
            assert (await call(readers.retrieve, reader.id)).action.status == "failed"

    run(scenario())


@pytest.mark.parametrize("result", ["busy", "fault"])
def test_a_device_that_does_not_take_it(result: str, shop: Shop) -> None:
    async def scenario() -> None:
        async with client(shop.server.address, serial(shop)) as device:
            await device.up()
            reader, _ = await registered(shop, device)
            asked = asyncio.create_task(
                call(shop.request, "POST", f"/v1/terminal/readers/{reader.id}/set_reader_display", {
                    "type": "cart",
                    "cart": {"currency": "usd", "total": 100, "line_items": [TEA]},
                })
            )  # fmt: skip
            command = await heard(device, Command)
            device.client.send(Ack(command=command.id, result=result))  # type: ignore[arg-type]
            codes = {"busy": "terminal_reader_busy", "fault": "terminal_reader_hardware_fault"}
            assert (await asked).error["code"] == codes[result]
            device.client.send(Sync(action=command.action))
            assert (await heard(device, State, lambda state: state.about == command.action)).unknown

    run(scenario())


def test_a_device_knows_who_it_is_after_the_server_was_killed(private_server: StartServer, shop: Shop) -> None:
    async def scenario() -> None:
        running = await asyncio.to_thread(private_server)
        till = Shop(running, shop._recorder)
        identity = generate()
        async with client(running.address, identity=identity) as device:
            await device.up()
            reader, before = await registered(till, device)
            running.kill()
            await device.down()
        await asyncio.to_thread(running.start)
        async with client(running.address, identity=identity) as device:
            after = (await device.up()).assignment
            assert after is not None
            assert (after.reader, after.pin_key_id) == (reader.id, before.pin_key_id)
            async with client(running.address, identity=generate()) as thief:
                assert (await heard(thief, Refused)).code == "identity_mismatch"
            stopping = asyncio.create_task(asyncio.to_thread(running.stop))
            assert (await heard(device, Refused)).code == "shutting_down"
            await stopping

    run(scenario())


def test_a_welcome_for_every_reader_at_once(shop: Shop) -> None:
    """A hundred readers that come at the same moment are all let in."""

    async def scenario() -> None:
        async def one(number: int) -> Welcome:
            async with client(shop.server.address, f"{serial(shop)}-{number}") as device:
                return await device.up()

        welcomes = await asyncio.gather(*(one(number) for number in range(100)))
        assert all(welcome.assignment is None for welcome in welcomes)

    run(scenario())


def serial(shop: Shop) -> str:
    """A serial number that no other test has."""
    return f"T-{shop.key[-12:]}"
