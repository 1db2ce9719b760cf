"""The reader program: which readers it runs, that they stay the same, and what it says on the terminal."""

import asyncio
import io
import json
import re
import resource
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Self

import pytest
from tests.reader.program.insides import WALLET, DeadEnd, PlasticCard, Plug, ScriptedDevice, hurried
from tests.reader.program.test_appliance import ASSIGNMENT

from opentill.link.messages import Assigned, PairingCode, Picture, Refused
from opentill.reader import pages
from opentill.reader.appliance import Insides
from opentill.reader.device.effects import Effect, Memory, Remember, Show
from opentill.reader.device.events import Event, LinkDown, LinkUp, PoweredOn, Received
from opentill.reader.device.models import MODELS
from opentill.reader.device.screens import Screen
from opentill.reader.program import (
    PATIENCE_S,
    Lines,
    Program,
    Reports,
    listen,
    model_named,
    new_serial_number,
)
from opentill.reader.storage import Directory, Storage, StorageError, write_durably

SERVER = "http://127.0.0.1:8420"


class Workbench:
    """What these readers are made of: scripted devices that remember their registration."""

    def __init__(self) -> None:
        self.tells: dict[str, Callable[[Event], None]] = {}

    def make_keys(self, folder: Path) -> None:
        write_durably(folder / "identity.json", b"{}")

    def model(self, device_type: str) -> pages.Model:
        model = MODELS[device_type]
        return pages.Model(name=model.name, width=1, height=1, keys=model.keys, shape=model.shape)

    def insides(self, memory: Memory, storage: Storage, tell: Callable[[Event], None]) -> Insides:
        self.tells[memory.serial_number] = tell

        def wants(event: Event) -> Sequence[Effect]:
            match event:
                case PoweredOn():
                    return [Show(Screen(name="splash", heading="Hello"))]
                case Received(message=Assigned() as assigned):
                    return [
                        Remember(
                            Memory(
                                serial_number=memory.serial_number,
                                device_type=memory.device_type,
                                assignment=assigned.assignment,
                            )
                        )
                    ]
            return []

        link = DeadEnd()
        link.state = "offline" if memory.assignment else "connecting"  # a link says so after a while, and keeps trying
        return Insides(ScriptedDevice(wants), link, Plug(), self.fetch)

    async def fetch(self, picture: Picture) -> bytes:
        raise OSError(f"nobody has {picture.path}")

    def card(self, name: str) -> PlasticCard | None:
        return None

    def wallet(self) -> Sequence[pages.WalletCard]:
        return WALLET


class Overheard(io.StringIO):
    """A terminal that somebody listens to."""

    def __init__(self) -> None:
        super().__init__()
        self._more = asyncio.Event()

    def write(self, text: str, /) -> int:
        self._more.set()
        return super().write(text)

    async def until(self, text: str) -> None:
        """Wait until it has said that."""
        async with asyncio.timeout(10):
            while text not in self.getvalue():
                self._more.clear()
                await self._more.wait()


class Run:
    """A program on a directory, from its start to its end."""

    def __init__(self, path: Path, console: Any = None, listener: socket.socket | None = None) -> None:
        self.directory = Directory(path)
        self.directory.open()
        self.workbench = Workbench()
        self.out = Overheard()
        self.program = Program(SERVER, self.directory, self.workbench, console or Lines(self.out), listener)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.program.close()
        self.directory.close()

    def readers(self) -> dict[str, str]:
        """Types by serial number."""
        return {serial: each.device_type for serial, each in self.program.appliances.items()}


def readers(path: Path, *models: str, count: int | None = None) -> dict[str, str]:
    """The readers of a program that was started with these options."""

    async def scenario() -> dict[str, str]:
        async with Run(path) as run:
            await run.program.start([model_named(name) for name in models], count)
            return run.readers()

    return asyncio.run(scenario())


def test_a_reader_stays_the_same(tmp_path: Path) -> None:
    first = readers(tmp_path)
    assert list(first.values()) == ["stripe_s700"]
    assert readers(tmp_path) == first
    assert readers(tmp_path, "s700") == first


def test_how_many_of_which(tmp_path: Path) -> None:
    """Ordered ones are made if they are missing; without an order all that are there come."""
    two = readers(tmp_path, "s700", "wisepos_e")
    assert sorted(two.values()) == ["bbpos_wisepos_e", "stripe_s700"]
    five = readers(tmp_path, "p400", count=3) | two
    assert readers(tmp_path) == five
    assert len(five) == 5
    assert len(readers(tmp_path, "p400", count=2)) == 2
    assert readers(tmp_path, "wisepos_e").items() <= five.items()


def test_registered_ones_come_first(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Run(tmp_path) as run:
            await run.program.start([], 5)
            chosen = max(run.readers())
            run.workbench.tells[chosen](Received(Assigned(assignment=ASSIGNMENT)))
            await run.out.until("registered as")
        async with Run(tmp_path) as run:
            await run.program.start([model_named("s700")], 1)
            assert list(run.readers()) == [chosen]

    asyncio.run(scenario())


def test_many_readers_are_cheap(tmp_path: Path) -> None:
    """No thread and no work for each: a few kilobytes, and a few tasks that wait."""

    async def scenario() -> None:
        async with Run(tmp_path) as run:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            await run.program.start([model_named("s700")], 200)
            assert len(run.readers()) == 200
            grown_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            assert grown_kb / 200 < 40
            assert len(asyncio.all_tasks()) <= 2 * 200 + 5

    asyncio.run(scenario())


def test_a_folder_of_something_newer(tmp_path: Path) -> None:
    readers(tmp_path)
    (memory,) = tmp_path.glob("*/memory.json")
    memory.write_text('{"serial_number": "X", "device_type": "stripe_s900"}')
    with pytest.raises(StorageError, match="stripe_s900, which this version does not know"):
        readers(tmp_path)


def test_a_reader_that_does_not_start_leaves_the_others_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def scenario() -> None:
        async with Run(tmp_path) as run:
            await run.program.start([], None)
            broken = min(run.readers())
            (tmp_path / broken / "memory.json").write_bytes(b"")
            await run.program.appliances[broken].switch("restart")
            powers = {serial: each.power for serial, each in run.program.appliances.items()}
            assert powers == dict.fromkeys(powers, "on") | {broken: "off"}

    readers(tmp_path, count=3)
    asyncio.run(scenario())
    assert "memory.json is not what a reader remembers" in capsys.readouterr().out


def test_what_is_said_to_people(tmp_path: Path) -> None:
    async def scenario() -> str:
        listener = listen(0, or_next=False)
        async with Run(tmp_path, listener=listener) as run:
            await run.program.start([], None)
            (serial,) = run.readers()
            for event in (
                LinkUp(),
                Received(PairingCode(code="quick-brown-fox", expires=0)),
                Received(PairingCode(code="quick-brown-fox", expires=0)),
                Received(Assigned(assignment=ASSIGNMENT)),
                Received(Assigned(assignment=None)),
                LinkDown(),
                Received(Refused(code="identity_mismatch", message="Another reader has this serial number.")),
            ):
                run.workbench.tells[serial](event)
            await run.out.until("refuses")
            page = f"http://127.0.0.1:{listener.getsockname()[1]}/readers/{serial}"
            return run.out.getvalue().replace(page, "PAGE").replace(serial, "SERIAL")

    assert re.sub(" +", " ", asyncio.run(scenario())).splitlines() == [
        "SERIAL Reader S700 PAGE not registered",
        "SERIAL pairing code quick-brown-fox",
        'SERIAL registered as "Till 1"',
        "SERIAL not registered any more",
        "SERIAL the server refuses it: Another reader has this serial number.",
    ]


def test_a_server_that_cannot_be_reached_is_told_once(tmp_path: Path) -> None:
    async def scenario() -> list[str]:
        async with Run(tmp_path) as run:
            await run.program.start([], 3)
            await asyncio.sleep(PATIENCE_S * 10)
            serial = min(run.readers())
            run.workbench.tells[serial](LinkUp())
            await asyncio.sleep(PATIENCE_S * 10)
            run.workbench.tells[serial](LinkDown())
            await asyncio.sleep(PATIENCE_S / 2)
            run.workbench.tells[serial](LinkUp())
            await asyncio.sleep(PATIENCE_S * 10)
            run.workbench.tells[serial](LinkDown())
            await asyncio.sleep(PATIENCE_S * 10)
            return [line for line in run.out.getvalue().splitlines() if SERVER in line]

    readers(tmp_path, count=3)
    away, back = f"{SERVER} cannot be reached. Trying on.", f"Connected to {SERVER}."
    assert hurried(scenario()) == [away, back, away]


def test_what_is_said_to_a_program(tmp_path: Path) -> None:
    async def scenario() -> None:
        out = io.StringIO()
        async with Run(tmp_path, Reports(out)) as run:
            await run.program.start([], None)
            (serial,) = run.readers()
        (line,) = out.getvalue().splitlines()
        report = json.loads(line)
        assert report["page"] is None
        assert report["reader"]["serial"] == serial
        assert report["reader"]["registered"] is False

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("name", "type"),
    [
        ("s700", "stripe_s700"),
        ("S700", "stripe_s700"),
        ("stripe_s700", "stripe_s700"),
        ("wisepos_e", "bbpos_wisepos_e"),
        ("p400", "verifone_P400"),
        ("verifone_p400", "verifone_P400"),
    ],
)
def test_models_by_name(name: str, type: str) -> None:
    assert model_named(name).type == type


@pytest.mark.parametrize("name", ["", "s", "s900", "stripe", "simulated_stripe_s700"])
def test_names_of_no_model(name: str) -> None:
    with pytest.raises(KeyError):
        model_named(name)


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda model: model.type)
def test_serial_numbers(model: Any) -> None:
    """As the model has them; no two alike; usable as the name of a folder and in an address."""
    serials = {new_serial_number(model) for _ in range(100)}
    assert len(serials) == 100
    assert all(re.fullmatch(re.escape(model.serial_prefix) + r"[0-9A-Z-]{9,}", serial) for serial in serials)


def test_ports() -> None:
    """The one that was asked for; the next free one where that is enough."""
    with listen(0, or_next=False) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1 port {port}"):
            listen(port, or_next=False)
        with listen(port, or_next=True) as following:
            assert following.getsockname()[1] != port
            assert following.getsockname()[0] == "127.0.0.1"
