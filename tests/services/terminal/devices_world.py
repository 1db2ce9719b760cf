"""An installation in this process with devices that speak to it through `services.terminal.links`, as a gateway would.

There is no worker: rounds are made by hand, after the clock was moved.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from opentill.domain.objects.terminal_location import Location
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal.actions import Held
from opentill.link.messages import Hello
from opentill.main import Installation, Settings
from opentill.ports.readers import Acknowledged, Command, Delivery
from opentill.ports.store import Changes, Update
from opentill.requests.params import Params, parse
from opentill.requests.payment_intents import CreatePaymentIntent
from opentill.requests.terminal import actions as action_requests
from opentill.requests.terminal import configurations as configuration_requests
from opentill.requests.terminal import locations as location_requests
from opentill.requests.terminal import readers as reader_requests
from opentill.services import keys, payment_intents
from opentill.services.kinds import DEVICES, PAYMENT_INTENTS, READERS
from opentill.services.operation import Caller, Operation
from opentill.services.records import Device
from opentill.services.terminal import configurations, links, locations, reader_actions, readers
from opentill.services.terminal.slots import StoredReader

VERSION = "2026-08-26.dahlia"
ADDRESS = {"line1": "1 Main Street", "city": "San Francisco", "state": "CA", "country": "US", "postal_code": "94111"}

Handler = Callable[..., Awaitable[Any]]


class RecordedReaders:
    """The link to the readers, every one of which does what it is told; `nudged` are the devices hinted at."""

    def __init__(self) -> None:
        self.nudged: list[str] = []

    async def send(self, reader: Reader, command: Command) -> Delivery:
        return Acknowledged()

    def nudge(self, device: str) -> None:
        self.nudged.append(device)


def hello(serial_number: str = "S700-1", device_type: str = "stripe_s700", *, key: int = 1, **given: Any) -> Hello:
    """What a device says first; `key` stands for its keys."""
    said: dict[str, Any] = {"software": "1.0.0", "ip_address": "192.168.1.20"} | given
    return Hello(
        version=1,
        serial_number=serial_number,
        device_type=device_type,
        identity=bytes([key] * 32),
        sealing=said.pop("sealing", bytes([key + 100] * 32)),
        **said,
    )


class World:
    """An installation with two accounts, `acct` and `other`."""

    def __init__(self, directory: Path, database: str | None = None) -> None:
        self.runner = asyncio.Runner()
        settings = Settings(data_directory=directory, database=database, development=True)
        self.installation = Installation(settings)
        self.system = self.installation.system
        self.store = self.installation.store
        self.readers = RecordedReaders()
        self.system.readers = self.readers
        self.run(self.store.start())
        for tail in ("devicesone", "devicestwo"):
            self.run(keys.open_account(self.store, self.installation.clock, f"sk_test_{tail}", VERSION))
        self.acct, self.other = keys.account_of_tail("devicesone"), keys.account_of_tail("devicestwo")

    def run(self, work: Awaitable[Any]) -> Any:
        async def awaited() -> Any:
            return await work

        return self.runner.run(awaited())

    def close(self) -> None:
        self.run(self.installation.close())
        self.runner.close()

    # Time -----------------------------------------------------------------------------------------------------------

    def now_ms(self) -> int:
        return self.installation.clock.now_ms()

    def pass_time(self, seconds: int) -> None:
        """Move the clock, and do what is then due."""
        self.installation.clock.advance(seconds)
        self.run(self.installation.worker.catch_up())

    # Devices --------------------------------------------------------------------------------------------------------

    def introduce(self, *given: Any, **said: Any) -> Device:
        return self.run(links.introduce(self.system, hello(*given, **said)))

    def code(self, device: Device) -> str:
        return self.run(links.pairing_code(self.system, device.id)).code

    def seen(self, device: Device, ip_address: str | None = None) -> str | None:
        return self.run(links.seen(self.system, device.id, self.now_ms(), ip_address))

    def device(self, device: Device) -> Device:
        """The device as its row has it now."""
        return self.run(self.store.get(DEVICES, "", device.id)).value

    # The API --------------------------------------------------------------------------------------------------------

    def operation(self, account: str | None = None, *, livemode: bool = False) -> Operation:
        return Operation(self.system, Caller(account or self.acct, livemode, VERSION, VERSION))

    def call(
        self,
        handler: Handler,
        type: type[Params],
        *ids: str,
        account: str | None = None,
        livemode: bool = False,
        **form: Any,
    ) -> Any:
        """Call an operation as the API does, with a form that was decoded."""
        op = self.operation(account, livemode=livemode)
        return self.run(handler(op, *ids, parse(type, form, version=VERSION)))

    def location(self, **given: Any) -> Location:
        form: dict[str, Any] = {"display_name": "Shop", "address": ADDRESS, **given}
        return self.call(locations.create, location_requests.CreateLocation, **form)

    def configure(self, location: str, **sections: Any) -> str:
        """Set these sections at the location alone; the id of the configuration."""
        made = self.call(configurations.create, configuration_requests.ConfigurationSettings, **sections)
        self.call(locations.update, location_requests.UpdateLocation, location, configuration_overrides=made.id)
        return made.id

    def register(self, code: str, **given: Any) -> Reader:
        form: dict[str, Any] = {"registration_code": code, **given}
        return self.call(readers.create, reader_requests.CreateReader, **form)

    def registered(self, *given: Any, **said: Any) -> tuple[Device, Reader]:
        """A device that was introduced and registered."""
        device = self.introduce(*given, **said)
        return device, self.register(self.code(device))

    def reader(self, id: str, account: str | None = None) -> StoredReader | None:
        return self.run(self.store.get(READERS, account or self.acct, id))

    def listed(self, **filters: Any) -> list[str]:
        """The ids of the readers that a list shows."""
        listing = self.call(readers.list_all, reader_requests.ListReaders, **filters)
        return [reader.id for reader in listing.items]

    def begin_payment(self, reader: Reader) -> str:
        """Give the reader a payment to take; its id."""
        intent = self.call(
            payment_intents.create,
            CreatePaymentIntent,
            amount="1000",
            currency="usd",
            payment_method_types=["card_present"],
        )
        self.call(
            reader_actions.process_payment_intent,
            action_requests.ProcessPaymentIntent,
            reader.id,
            payment_intent=intent.id,
        )
        return intent.id

    def collected(self, reader: Reader) -> str:
        """Leave the reader holding a card that was collected for a payment; the payment's id."""
        intent = self.begin_payment(reader)
        stored, payment = self.reader(reader.id), self.run(self.store.get(PAYMENT_INTENTS, self.acct, intent))
        assert stored is not None
        held = Held(payment_method="pm_collected", fingerprint="f" * 16)
        slot = replace(stored.hidden.slot, type="collect_payment_method", phase="collected", held=held)
        waits = replace(payment.value, status="requires_confirmation", payment_method="pm_collected")
        changes = Changes(
            updates=[
                Update(stored, stored.value, replace(stored.hidden, slot=slot)),
                Update(payment, waits, payment.hidden),
            ]
        )
        self.run(self.store.commit(changes))
        return intent

    def authorizing(self, reader: Reader) -> None:
        """Leave the reader in the middle of an authorization."""
        self.begin_payment(reader)
        stored = self.reader(reader.id)
        assert stored is not None
        working = replace(stored.hidden, slot=replace(stored.hidden.slot, phase="working"))
        self.run(self.store.commit(Changes(updates=[Update(stored, stored.value, working)])))
