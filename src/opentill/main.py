"""The assembly: the only place, with the command line, that knows every concrete class."""

import os
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path

from opentill.acquirers.none import NoAcquirer
from opentill.acquirers.simulator import SimulatedAcquirer
from opentill.api.answers import Answers
from opentill.api.app import Api, Receive, Scope, Send
from opentill.api.authentication import Authentication
from opentill.api.downloads import Downloads
from opentill.api.endpoints import ENDPOINTS, LABORATORY
from opentill.api.routing import Routes
from opentill.clock import MovableClock
from opentill.domain.fees import STANDARD, FeeSchedule
from opentill.domain.versions import GUIDES
from opentill.gateway.door import Door
from opentill.gateway.gateway import Gateway
from opentill.gateway.relay import LocalRelay
from opentill.gateway.services import ServiceDesk
from opentill.hosted.checkout import Checkout
from opentill.issuer.door import IssuerDoor
from opentill.laboratory import SimulatedWorld
from opentill.ports.store import Changes, Insert, Store, Update
from opentill.readers.by_type import ReadersByType
from opentill.readers.simulated import SimulatedReaders
from opentill.services.kinds import DATA_KEYS, KINDS, SETTINGS
from opentill.services.operation import System
from opentill.services.records import Setting
from opentill.store.sqlite import SqliteStore
from opentill.vault.cards import CardVault
from opentill.vault.keyring import FileKeyring
from opentill.web import checkout, pos, terminal
from opentill.web.pages import Pages
from opentill.webhooks.sender import TIMEOUT_S, HttpSender
from opentill.worker.deliveries import Courier
from opentill.worker.sweep import Worker

_CLOCK = "clock_offset_s"


@dataclass(frozen=True, slots=True)
class Settings:
    """How an installation is run.

    `database` is None for the embedded one in the data directory, or a postgresql:// URL. `development` turns on
    what only `opentill up` offers: accounts for unknown test keys, the clock that can be moved, faults on the wire.
    `private_webhooks`: webhooks may go to addresses of our own network.
    """

    data_directory: Path
    database: str | None = None
    development: bool = False
    default_version: str = GUIDES
    fees: FeeSchedule = STANDARD
    base_url: str = "http://127.0.0.1:8420"
    private_webhooks: bool = False
    webhook_timeout_s: float = TIMEOUT_S


class Installation:
    """A running system: start it, serve `app`, take leave of the readers, close it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        directory = settings.data_directory
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.clock = MovableClock()
        self.store: Store = store_of(settings)
        keyring = FileKeyring.of_installation(directory, os.environ)
        vault = CardVault(self.store, keyring, self.clock, DATA_KEYS)
        self.simulator = SimulatedAcquirer(directory / "acquirer.sqlite3", self.clock)
        self.readers = SimulatedReaders()
        self.gateway = Gateway(self.clock, LocalRelay())
        answers = Answers()
        self.system = System(
            store=self.store,
            clock=self.clock,
            vault=vault,
            acquirers={False: self.simulator, True: NoAcquirer()},
            readers=ReadersByType(self.readers, self.gateway),
            answering=answers,
            wake=self._wake,
            fees=settings.fees,
            development=settings.development,
            base_url=settings.base_url,
            alone=settings.database is None,
            private_webhooks=settings.private_webhooks,
        )
        sender = HttpSender(private=settings.private_webhooks, timeout_s=settings.webhook_timeout_s)
        self.courier = self.system.courier = Courier(self.system, sender)
        self.worker = Worker(self.system, alone=settings.database is None)
        authentication = Authentication(
            self.store, self.clock, development=settings.development, default_version=settings.default_version
        )
        endpoints = ENDPOINTS
        if settings.development:
            endpoints += LABORATORY
            self.system.laboratory = SimulatedWorld(
                self.clock, self.simulator, self.readers, self._clock_moved, self._catch_up
            )
        self.api = Api(self.system, Routes(endpoints), authentication, answers)
        self._door = Door(self.gateway)
        self._issuer = IssuerDoor(self.system)
        self._downloads = Downloads(self.system)
        self._checkout = Checkout(self.system)
        self.till: dict[str, str] = {}  # what the page of the sample till is told, if there is a till beside this
        till = pos.pages(self.till) if settings.development else {}
        self._pages = Pages(terminal.pages() | checkout.pages() | till)

    def app(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """The ASGI application: the API, the pages beside it, and the door of the readers."""
        if scope["type"] == "websocket":
            return self._door(scope, receive, send)
        if self._pages.has(scope):
            return self._pages.answer(scope, send)
        if self._checkout.has(scope):
            return self._checkout.answer(scope, receive, send)
        if self._downloads.has(scope):
            return self._downloads.answer(scope, send)
        if self._issuer.has(scope):
            return self._issuer.answer(scope, receive, send)
        return self.api(scope, receive, send)

    def _wake(self) -> None:
        self.worker.wake()

    async def _catch_up(self) -> None:
        """Do what is due, and tell whoever is to be told of it."""
        await self.worker.catch_up()
        await self.courier.catch_up()

    async def start(self) -> None:
        """Open the store and begin the work that time drives."""
        await self.store.start()
        if self.settings.development:
            moved = await self.store.get(SETTINGS, "", _CLOCK)
            self.clock.offset_s = 0 if moved is None else int(moved.value.value)
        await self.worker.start()
        self.courier.start()
        self.gateway.start(ServiceDesk(self.system))

    async def _clock_moved(self, offset_s: int) -> None:
        """Remember how far the clock is ahead, so that the next start continues from there."""
        setting = Setting(id=_CLOCK, value=str(offset_s))
        known = await self.store.get(SETTINGS, "", _CLOCK)
        changes = Changes()
        if known is None:
            changes.inserts.append(Insert(SETTINGS, "", False, _CLOCK, self.clock.now(), setting))
        else:
            changes.updates.append(Update(known, setting, None))
        await self.store.commit(changes)

    async def take_leave(self) -> None:
        """Close the links of the readers, who come back by themselves."""
        await self.gateway.leave()

    async def close(self) -> None:
        """Finish what is under way and let go."""
        await self.gateway.close()
        await self.worker.stop()
        await self.courier.stop()
        await self.store.close()
        self.simulator.close()


def store_of(settings: Settings) -> Store:
    """The store that the settings name."""
    if settings.database is None:
        return SqliteStore(settings.data_directory / "opentill.sqlite3", KINDS)
    from opentill.store.postgres import PostgresStore  # noqa: PLC0415 - its driver costs start-up time

    return PostgresStore(settings.database, KINDS)
