"""The reader program: any number of readers in one process, their pages, and what it says on the terminal.

A reader that is in the directory is the same one after every start: its serial number, keys and registration are in
its folder. What is ordered beyond what is there is made: a first boot.
"""

import asyncio
import os
import resource
import secrets
import signal
import socket
import string
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol, TextIO

import msgspec
import structlog

from opentill.reader.appliance import Appliance, Parts, Status
from opentill.reader.device.effects import Memory
from opentill.reader.device.models import MODELS, Model
from opentill.reader.pages import WalletCard
from opentill.reader.screens_server import ScreenServer
from opentill.reader.storage import Directory, Folder, StorageError

PORTS_TRIED: Final = 20
PATIENCE_S: Final = 3.0
"""So long no reader may reach the server before the terminal says so."""

_SERIAL_CHARACTERS: Final = string.digits + "ABCDEFGHJKLMNPQRSTUVWXYZ"

_log = structlog.get_logger("opentill.reader.program")


class Workshop(Parts, Protocol):
    """What readers are made of, and the cards that people have."""

    def make_keys(self, folder: Path) -> object:
        """Put the private keys of a new reader into its folder."""
        ...

    def wallet(self) -> Sequence[WalletCard]:
        """The cards of the drawer."""
        ...


class Console(Protocol):
    """Where the program says what becomes of its readers."""

    def reader(self, status: Status, page: str | None) -> None:
        """A reader is there, or something of this has changed. `page` is the address of its screen."""
        ...

    def refused(self, serial: str, why: str) -> None:
        """The server does not take this reader."""
        ...

    def server(self, address: str, reached: bool) -> None:
        """The server cannot be reached, or can be again."""
        ...


class Program:
    """The readers of one directory. `listener` is where their pages are served; None for no screens."""

    def __init__(
        self, server: str, directory: Directory, workshop: Workshop, console: Console, listener: socket.socket | None
    ) -> None:
        self._server = server
        self._directory = directory
        self._workshop = workshop
        self._console = console
        self._appliances: dict[str, Appliance] = {}
        self._told: dict[str, tuple[object, ...]] = {}
        self._refusals: dict[str, str | None] = {}
        self._reached = True
        self._impatience: asyncio.TimerHandle | None = None
        self._screens = None if listener is None else ScreenServer(self, listener)
        self._pages = None if listener is None else f"http://127.0.0.1:{listener.getsockname()[1]}"

    @property
    def server(self) -> str:
        return self._server

    @property
    def appliances(self) -> Mapping[str, Appliance]:
        return self._appliances

    def wallet(self) -> Sequence[WalletCard]:
        return self._workshop.wallet()

    async def start(self, models: Sequence[Model], count: int | None) -> None:
        """Switch the readers on: `count` of each model; by default those that are there, or one.

        The directory is open. Raises StorageError, OSError.
        """
        for storage, memory in await self._stock(models, count):
            appliance = Appliance(memory, storage, self._workshop, self._changed)
            self._appliances[appliance.serial] = appliance
        if self._screens is not None:
            await self._screens.start()
        for appliance in self._appliances.values():
            await appliance.switch("on")
        self._be_patient()

    async def close(self) -> None:
        """Switch all of them off."""
        if self._impatience is not None:
            self._impatience.cancel()
        if self._screens is not None:
            await self._screens.close()
        await asyncio.gather(*(appliance.close() for appliance in self._appliances.values()))

    # Stock ---------------------------------------------------------------------------------------------------

    async def _stock(self, models: Sequence[Model], count: int | None) -> list[tuple[Folder, Memory]]:
        there: dict[str, list[tuple[Folder, Memory]]] = {}
        for folder in self._directory.folders():
            memory = await folder.read()
            if memory.device_type not in MODELS:
                raise StorageError(f"{folder.folder} is a {memory.device_type}, which this version does not know")
            there.setdefault(memory.device_type, []).append((folder, memory))
        if not models:
            models = [MODELS[type] for type in there] or [MODELS["stripe_s700"]]
        stock: list[tuple[Folder, Memory]] = []
        missing: list[Model] = []
        for model in models:
            # Registered ones first, so that a smaller number takes those that belong somewhere.
            old = sorted(there.get(model.type, ()), key=lambda found: found[1].assignment is None)
            wanted = max(len(old), 1) if count is None else count
            stock += old[:wanted]
            missing += [model] * (wanted - len(old))
        # Each waits for the disk several times: together they wait less.
        return stock + await asyncio.gather(*(asyncio.to_thread(self._make, model) for model in missing))

    def _make(self, model: Model) -> tuple[Folder, Memory]:
        memory = Memory(serial_number=new_serial_number(model), device_type=model.type)
        folder = self._directory.make(memory, self._workshop.make_keys)
        _log.info("first boot", serial_number=memory.serial_number, device_type=memory.device_type)
        return folder, memory

    # What is said --------------------------------------------------------------------------------------------

    def _changed(self, appliance: Appliance) -> None:
        status = appliance.status
        told = (status.label, status.registered, status.code)
        if appliance.serial not in self._told or self._told[appliance.serial] != told:
            self._told[appliance.serial] = told
            page = None if self._pages is None else f"{self._pages}/readers/{appliance.serial}"
            self._console.reader(status, page)
        if appliance.refusal != self._refusals.get(appliance.serial):
            self._refusals[appliance.serial] = appliance.refusal
            if appliance.refusal is not None:
                self._console.refused(appliance.serial, appliance.refusal)
        if not appliance.online:
            self._be_patient()
        elif not self._reached:
            self._reached = True
            self._console.server(self._server, reached=True)

    def _be_patient(self) -> None:
        if self._impatience is None and self._reached:
            self._impatience = asyncio.get_running_loop().call_later(PATIENCE_S, self._lose_patience)

    def _lose_patience(self) -> None:
        self._impatience = None
        readers = self._appliances.values()
        if any(each.trying for each in readers) and not any(each.online for each in readers):
            self._reached = False
            self._console.server(self._server, reached=False)


def new_serial_number(model: Model) -> str:
    """A serial number as the model has them, with a tail that nobody else has."""
    if model.serial_prefix.endswith("-"):
        tail = f"{secrets.randbelow(10**9):09}"
        return f"{model.serial_prefix}{tail[:3]}-{tail[3:6]}-{tail[6:]}"
    return model.serial_prefix + "".join(secrets.choice(_SERIAL_CHARACTERS) for _ in range(9))


def model_named(name: str) -> Model:
    """The model of that device type, which may be given without the maker: s700, wisepos_e, p400. Raises KeyError."""
    for model in MODELS.values():
        if name.lower() in (model.type.lower(), model.type.lower().partition("_")[2]):
            return model
    raise KeyError(name)


def listen(port: int, *, or_next: bool) -> socket.socket:
    """A socket bound to loopback. With `or_next`, the first free port from there. Raises OSError."""
    for number in range(port, min(port + (PORTS_TRIED if or_next and port else 1), 65536)):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):
            listener.bind(("127.0.0.1", number))
            listener.listen(128)
            return listener
        listener.close()
    if or_next:
        return listen(0, or_next=False)
    raise OSError(f"cannot listen on 127.0.0.1 port {port}. Are readers running already? Try --port.")


class Lines:
    """A console for people: a line for each reader, and one for each thing that becomes of it."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out
        self._known: dict[str, Status] = {}

    def reader(self, status: Status, page: str | None) -> None:
        before = self._known.get(status.serial)
        self._known[status.serial] = status
        if before is None:
            state = f'registered as "{status.label}"' if status.registered else "not registered"
            self._say("  ".join(filter(None, (f"{status.serial:<16}", f"{status.model:<12}", page, state))))
        elif status.registered and (not before.registered or before.label != status.label):
            self._say(f'{status.serial:<16}  registered as "{status.label}"')
        elif before.registered and not status.registered:
            self._say(f"{status.serial:<16}  not registered any more")
        if status.code is not None and (before is None or status.code != before.code):
            self._say(f"{status.serial:<16}  pairing code {status.code}")

    def refused(self, serial: str, why: str) -> None:
        self._say(f"{serial:<16}  the server refuses it: {why}")

    def server(self, address: str, reached: bool) -> None:
        self._say(f"Connected to {address}." if reached else f"{address} cannot be reached. Trying on.")

    def _say(self, line: str) -> None:
        print(line, file=self._out, flush=True)


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A line for the program that started this one."""

    reader: Status
    page: str | None


class Reports:
    """A console for the program that started this one: the same as JSON, a line for each change."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self._out = out

    def reader(self, status: Status, page: str | None) -> None:
        print(msgspec.json.encode(Report(reader=status, page=page)).decode(), file=self._out, flush=True)

    def refused(self, serial: str, why: str) -> None:
        """It stands in the log."""

    def server(self, address: str, reached: bool) -> None:
        """That the server is away is no news to who started this."""


async def run(
    workshop: Workshop,
    server: str,
    directory: Path,
    models: Sequence[Model],
    count: int | None,
    *,
    listener: socket.socket | None,
    parent: int | None = None,
) -> None:
    """Run readers until SIGINT or SIGTERM.

    `parent` is a file descriptor: when it ends, so do the readers; standard output then speaks JSON. Raises
    StorageError, OSError.
    """
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    if parent is not None:
        loop.add_reader(parent, lambda: os.read(parent, 4096) or (loop.remove_reader(parent), stopped.set()))
    _allow_many_connections()
    readers = Directory(directory)
    readers.open()
    program = Program(server, readers, workshop, Lines() if parent is None else Reports(), listener)
    try:
        await program.start(models, count)
        await stopped.wait()
    finally:
        await program.close()
        readers.close()
        _log.info("readers stopped")


def _allow_many_connections() -> None:
    """A link is an open file: ask for as many of those as this user may have."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
