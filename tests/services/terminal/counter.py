"""A counter: a device with keys of its own, registered in a shop, and the customers and cards in front of it.

What it reports is sealed and signed as a device does it, by the card standards' own code, but without a device: each
test says what was read.
"""

import asyncio
import secrets
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from msgspec.structs import replace
from tests.services.terminal.devices_world import VERSION, World

from opentill.domain import cards
from opentill.domain.objects.charge import Charge
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.terminal_reader import Reader
from opentill.emv import cryptograms, dukpt, issuer, pinblocks, tags, tlv
from opentill.link import sealing
from opentill.link.messages import CardRead, Facts, Happening, PinBlock, Report, SealedReading, State
from opentill.link.sealing import Binding, ClearReading
from opentill.ports.readers import Acknowledged, Command, Delivery
from opentill.ports.store import Changes, Update
from opentill.requests.params import Params, parse
from opentill.requests.payment_intents import CreatePaymentIntent, UpdatePaymentIntent
from opentill.requests.setup_intents import CreateSetupIntent
from opentill.requests.terminal import actions as requests
from opentill.services import payment_intents, setup_intents
from opentill.services.kinds import CHARGES, KINDS, PAYMENT_INTENTS, READERS, SETUP_INTENTS
from opentill.services.terminal import links, reader_actions, reports

CANADA = {"line1": "1 Main Street", "city": "Toronto", "state": "ON", "country": "CA", "postal_code": "M5V 2T6"}
US_DOLLAR = bytes.fromhex("0840")


class ListeningReaders:
    """The link to the readers: `commands` are what they were told, `nudged` the devices hinted at."""

    def __init__(self) -> None:
        self.commands: list[Command] = []
        self.nudged: list[str] = []
        self.answer: Delivery = Acknowledged()

    async def send(self, reader: Reader, command: Command) -> Delivery:
        self.commands.append(command)
        return self.answer

    def nudge(self, device: str) -> None:
        self.nudged.append(device)


class Counter:
    """One device at a counter. `sequence` numbers what it reads."""

    def __init__(self, world: World, serial_number: str = "S700-1", device_type: str = "stripe_s700", **shop: Any):
        self.world = world
        self.readers = ListeningReaders()
        world.system.readers = self.readers
        private = X25519PrivateKey.generate()
        known = world.introduce(
            serial_number, device_type, key=ord(serial_number[-1]), sealing=private.public_key().public_bytes_raw()
        )
        self.device = known.id
        self.location = world.location(**shop)
        self.reader = world.register(world.code(known), location=self.location.id).id
        assignment = world.run(links.assignment(world.system, self.device))
        pin_key = sealing.open_pin_key(assignment.pin_key, assignment.pin_key_id, private)
        self.pin_keys = dukpt.Device.loaded(dukpt.AES, pin_key, assignment.pin_key_id)
        self.sequence = 0
        self._reports = count(1)
        self._transactions = count(1)

    # The shop -------------------------------------------------------------------------------------------------------

    def intent(self, amount: int = 1000, currency: str = "usd", **given: Any) -> str:
        form: dict[str, Any] = {"payment_method_types": ["card_present"], "capture_method": "manual"} | given
        made = self.world.call(
            payment_intents.create, CreatePaymentIntent, amount=str(amount), currency=currency, **form
        )
        return made.id

    def setup_intent(self) -> str:
        return self.world.call(setup_intents.create, CreateSetupIntent, payment_method_types=["card_present"]).id

    def process(self, intent: str, **config: Any) -> Reader:
        form = {"process_config": config} if config else {}
        handler, params = reader_actions.process_payment_intent, requests.ProcessPaymentIntent
        return self.act(handler, params, payment_intent=intent, **form)

    def collect(self, intent: str) -> Reader:
        handler, params = reader_actions.collect_payment_method, requests.CollectPaymentMethod
        return self.act(handler, params, payment_intent=intent)

    def confirm(self, intent: str) -> Reader:
        handler, params = reader_actions.confirm_payment_intent, requests.ConfirmPaymentIntent
        return self.act(handler, params, payment_intent=intent)

    def act(self, handler: Any, params: type[Params], **form: Any) -> Reader:
        op = self.world.operation()
        return self.world.run(handler(op, self.reader, parse(params, form, version=VERSION)))

    def waiting(self, amount: int = 1000, **given: Any) -> str:
        """A payment that the reader waits with for a card."""
        intent = self.intent(amount, **given)
        self.process(intent)
        return intent

    def edit(self, intent: str, **form: Any) -> None:
        self.world.call(payment_intents.update, UpdatePaymentIntent, intent, **form)

    def lock(self, intent: str) -> None:
        """Leave a payment as if another request were confirming it."""
        stored = self.world.run(self.world.store.get(PAYMENT_INTENTS, self.world.acct, intent))
        locked = replace(stored.hidden, open_attempt="att_other")
        self.world.run(self.world.store.commit(Changes(updates=[Update(stored, stored.value, locked)])))

    def year(self) -> int:
        """A year in which the test cards are good."""
        return self.world.installation.clock.now() // 31_556_952 + 1972

    # What became of it ----------------------------------------------------------------------------------------------

    def shown(self) -> Reader:
        stored = self.world.reader(self.reader)
        assert stored is not None
        return stored.value

    def payment(self, id: str) -> PaymentIntent:
        return self.world.run(self.world.store.get(PAYMENT_INTENTS, self.world.acct, id)).value

    def setup(self, id: str) -> Any:
        return self.world.run(self.world.store.get(SETUP_INTENTS, self.world.acct, id)).value

    def charges(self, intent: str) -> list[Charge]:
        """Those of a payment, the first one first."""
        found = self.world.run(self.world.store.find(CHARGES, "payment_intent", intent, account=self.world.acct))
        return [stored.value for stored in reversed(found)]

    def authorizations(self) -> int:
        """How many the acquirer was asked for."""
        return len(self.world.installation.simulator.holdings())

    def rows(self) -> str:
        """Everything the store keeps, as text."""
        store, found = self.world.store, list[str]()
        for kind in KINDS:
            column = "created"
            for stored in self.world.run(store.due(kind, column, 2**53, 10_000)):
                found.append(f"{stored.value!r} {stored.hidden!r}")
        return "\n".join(found)

    # The device -----------------------------------------------------------------------------------------------------

    def state(self, about: str | None = None) -> State:
        return self.world.run(reports.state(self.world.system, self.device, about))

    def next_commit(self) -> asyncio.Event:
        """Set once the store has made its next commit that concerns a reader."""
        made, commit = asyncio.Event(), self.world.store.commit

        async def noticed(changes: Changes) -> None:
            await commit(changes)
            if any(change.stored.kind is READERS for change in changes.updates):
                made.set()

        self.world.store.commit = noticed
        return made

    def action(self) -> str:
        """The action that the device is at, as the last command named it."""
        action = self.readers.commands[-1].action_id
        assert action is not None
        return action

    def report(self, happening: Happening, *, action: str | None = None, id: str | None = None) -> State:
        return self.world.run(self.reporting(happening, action=action, id=id))

    async def reporting(self, happening: Happening, *, action: str | None = None, id: str | None = None) -> State:
        id = id or f"report-{next(self._reports)}"
        return await reports.report(
            self.world.system, self.device, Report(id=id, action=action or self.action(), happening=happening)
        )

    def tap(self, card: str = "visa", **given: Any) -> State:
        """A card is held to the reader, read, and reported."""
        return self.report(self.card(card, method="contactless_emv", **given))

    def insert(self, card: str = "visa", **given: Any) -> State:
        return self.report(self.card(card, method="contact_emv", **given))

    def card(
        self,
        card: str = "visa",
        *,
        total: int = 1000,
        currency: str = "usd",
        tip: int | None = None,
        method: Any = "contactless_emv",
        verification: Any = "none",
        pin: str | None = None,
        number: str | None = None,
        year: int | None = None,
        reader: str | None = None,
        action: str | None = None,
        amount: int | None = None,
        sequence: int | None = None,
        chip_data: bytes | None = None,
        **facts: Any,
    ) -> CardRead:
        """A reading; what it is sealed for can be given otherwise (`reader`, `action`, `amount`, `sequence`)."""
        if number is None:
            known = cards.simulated_card(card)
            assert known is not None
            number = known.number
        self.sequence += 1
        if chip_data is None and method.endswith("_emv"):
            chip_data = self.signed(number, total)
        told: dict[str, Any] = {
            "read_method": method,
            "verification": verification,
            "languages": ["en"],
            "dedicated_file_name": "A0000000031010" if number[0] == "4" else None,
            "application_preferred_name": "CARD OF TEST",
            "application_cryptogram": "0102030405060708",
            "terminal_verification_results": "0000008000",
            "transaction_status_information": "E800",
            "chip_data": chip_data,
        } | facts
        clear = ClearReading(number=number, exp_month=12, exp_year=year or self.year())
        return CardRead(
            reading=self.seal(clear, total, currency, reader, action, amount, sequence),
            facts=Facts(**told),
            total=total,
            tip=tip,
            pin=None if pin is None else self.pin_block(pin, number),
        )

    def keyed(self, clear: ClearReading, *, total: int = 1000) -> CardRead:
        """A card whose number was keyed in."""
        self.sequence += 1
        return CardRead(reading=self.seal(clear, total, "usd"), facts=None, total=total)

    def seal(
        self,
        clear: ClearReading,
        total: int,
        currency: str,
        reader: str | None = None,
        action: str | None = None,
        amount: int | None = None,
        sequence: int | None = None,
    ) -> SealedReading:
        sequence = self.sequence if sequence is None else sequence
        binding = Binding(
            reader=reader or self.reader,
            action=action or self.action(),
            amount=total if amount is None else amount,
            currency=currency,
            sequence=sequence,
        )
        key = self.world.system.vault.card_key()
        return SealedReading(key=key.id, sequence=sequence, sealed=sealing.seal(clear, binding, key.public))

    def pin_block(self, pin: str, number: str) -> PinBlock:
        self.pin_keys, key = self.pin_keys.advance()
        return PinBlock(ksn=key.serial, block=pinblocks.format_4(pin, number, key.pin, secrets.token_bytes(8)))

    def with_pin(self, read: CardRead, block: PinBlock) -> CardRead:
        return replace(read, pin=block)

    def foreign_pin_keys(self) -> dukpt.Device:
        """Those of a reader with another id."""
        private, id = X25519PrivateKey.generate(), b"\x01" * 8
        sealed = self.world.system.vault.pin_key(id, private.public_key().public_bytes_raw())
        return dukpt.Device.loaded(dukpt.AES, sealing.open_pin_key(sealed, id, private), id)

    def signed(self, number: str, total: int) -> bytes:
        """DE 55 of a chip that signs the transaction (cryptogram version 18)."""
        values = {
            tags.AIP: bytes.fromhex("3900"),
            tags.TVR: bytes.fromhex("0000008000"),
            tags.DATE: bytes.fromhex("261122"),
            tags.TYPE: b"\x00",
            tags.CURRENCY: US_DOLLAR,
            tags.AMOUNT: bytes.fromhex(f"{total:012}"),
            tags.AMOUNT_OTHER: bytes(6),
            tags.TERMINAL_COUNTRY: US_DOLLAR,
            tags.UNPREDICTABLE_NUMBER: secrets.token_bytes(4),
            tags.ATC: next(self._transactions).to_bytes(2, "big"),
            tags.ISSUER_DATA: bytes.fromhex("06011203A00000"),
        }
        values[tags.CRYPTOGRAM] = cryptograms.VERSION_18.cryptogram(issuer.card_key(number, None), values)
        return b"".join(tlv.encode_one(tag, value) for tag, value in values.items())
