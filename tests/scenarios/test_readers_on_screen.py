"""`opentill up` with its two readers, and `opentill reader`: as processes, from their first start to their last."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from tests.devices import AtReader, Readers, free_port
from tests.scenarios.fixtures import StartServer
from tests.scenarios.server import Server, environment, run
from tests.scenarios.shop import Recorder, Shop

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 30
CODE = re.compile(r"[a-z]+-[a-z]+-[a-z]+")


class Up:
    """`opentill up` with its readers. `greeting` is everything it has printed, `log` the lines of its log."""

    def __init__(self, data_directory: Path, *options: str) -> None:
        self.greeting = ""
        self.log: list[dict[str, Any]] = []
        self._heard = threading.Condition()
        self.process = subprocess.Popen(
            [*(sys.executable, "-m", "opentill.cli", "up", "--port", "0", "--data-dir", str(data_directory)), *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        self._threads = [threading.Thread(target=read, daemon=True) for read in (self._read_out, self._read_log)]
        for thread in self._threads:
            thread.start()

    def said(self, pattern: str) -> re.Match[str]:
        """What it printed that matches; waits for it."""

        def found() -> re.Match[str] | None:
            return re.search(pattern, self.greeting)

        with self._heard:
            self._heard.wait_for(found, PATIENCE_S)
        match = found()
        assert match is not None, f"{pattern} was not said:\n{self.greeting}\n{self.log[-10:]}"
        return match

    def logged(self, event: str, number: int = 1) -> dict[str, Any]:
        """The first (or a later) line of its log about an event; waits for it."""

        def found() -> list[dict[str, Any]]:
            return [line for line in self.log if line["event"] == event]

        with self._heard:
            assert self._heard.wait_for(lambda: len(found()) >= number, PATIENCE_S), self.log[-10:]
        return found()[number - 1]

    @property
    def shop(self) -> Shop:
        """The account of the key that it printed."""
        server: Any = self
        return Shop(server, Recorder(), self.said(r"secret key +(\S+)")[1])

    @property
    def address(self) -> str:
        return self.said(r"address +(\S+)")[1]

    def page(self, model: str) -> tuple[int, str]:
        """Port and serial number of a reader."""
        match = self.said(rf"{model} +http://127\.0\.0\.1:(\d+)/readers/(\S+)")
        return int(match[1]), match[2]

    def readers(self) -> dict[str, dict[str, Any]]:
        """The readers as their own program lists them, by type."""
        port, _ = self.page("S700")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/readers", timeout=PATIENCE_S) as answer:
            return {reader["device_type"]: reader for reader in json.load(answer)["readers"]}

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; the exit status, once the log is closed by everybody who wrote to it."""
        self.process.send_signal(number)
        status = self.process.wait(PATIENCE_S)
        for thread in self._threads:
            thread.join(PATIENCE_S)
            assert not thread.is_alive(), "somebody outlived it"
        return status

    def _read_out(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                with self._heard:
                    self.greeting += line
                    self._heard.notify_all()

    def _read_log(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                with self._heard:
                    self.log.append(json.loads(line) if line.startswith("{") else {"event": line})
                    self._heard.notify_all()


StartUp = Callable[..., Up]


@pytest.fixture
def up(tmp_path: Path) -> Iterator[StartUp]:
    """Starts `opentill up` on the test's directory."""
    with ExitStack() as stack:

        def start(*options: str) -> Up:
            started = Up(tmp_path / "data", *options)
            stack.callback(lambda: started.process.poll() is None and started.end())
            return started

        yield start


def shell(script: str) -> str:
    """What a script prints; it fails at the first command that does."""
    finished = subprocess.run(["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_two_readers_on_the_counter(up: StartUp) -> None:
    """One registered to a location of the printed key's account, one that shows a pairing code."""
    running = up()
    _, serial = running.page("S700")
    _, fresh = running.page("WisePOS E")
    shop = running.shop
    (reader,) = shop.client.v1.terminal.readers.list().data
    assert (reader.serial_number, reader.device_type, reader.label) == (serial, "stripe_s700", "Counter")
    assert isinstance(reader.location, str)
    assert shop.client.v1.terminal.locations.retrieve(reader.location).display_name == "Counter"
    at = AtReader(*running.page("S700"))
    at.wait("splash")
    at.close()
    unregistered = running.readers()["bbpos_wisepos_e"]
    assert (unregistered["serial"], unregistered["registered"]) == (fresh, False)
    assert CODE.fullmatch(unregistered["code"])
    assert f"registration_code={unregistered['code']}" in running.greeting
    assert running.end() == 0


def test_the_next_start_has_the_same_readers(up: StartUp) -> None:
    """Registered once: also when somebody has deleted it since."""
    running = up()
    pages = running.page("S700")[1], running.page("WisePOS E")[1]
    (reader,) = running.shop.client.v1.terminal.readers.list().data
    assert running.end(signal.SIGINT) == 0

    again = up()
    assert (again.page("S700")[1], again.page("WisePOS E")[1]) == pages
    assert [reader.id for reader in again.shop.client.v1.terminal.readers.list().data] == [reader.id]
    again.shop.client.v1.terminal.readers.delete(reader.id)
    assert again.end() == 0

    third = up()
    assert third.page("S700")[1] == pages[0]
    third.said(r"S700 +\S+ +not registered")
    assert third.shop.client.v1.terminal.readers.list().data == []
    assert third.end() == 0


def test_the_readers_go_when_the_server_is_killed(up: StartUp) -> None:
    """`end` waits until nobody has the log open any more: neither the server nor its readers."""
    running = up()
    port, _ = running.page("S700")
    assert running.end(signal.SIGKILL) == -signal.SIGKILL
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
        pass


def test_readers_that_die_come_back(up: StartUp) -> None:
    """In another process, at the same address."""
    running = up()
    pages = running.page("S700"), running.page("WisePOS E")
    pid = running.logged("readers running")["pid"]
    os.kill(pid, signal.SIGKILL)
    assert running.logged("readers running", 2)["pid"] != pid
    assert running.logged("readers ended")["status"] == -signal.SIGKILL
    readers = running.readers()
    assert {reader["serial"] for reader in readers.values()} == {serial for _, serial in pages}
    assert running.end() == 0


def test_the_server_answers_before_the_readers_are_there(up: StartUp) -> None:
    running = up()
    assert running.logged("serving")["timestamp"] < running.logged("first boot")["timestamp"]
    assert running.shop.client.v1.terminal.readers.list().data is not None
    assert running.end() == 0


def test_without_readers(up: StartUp) -> None:
    running = up("--no-readers")
    running.said("Stop with Ctrl-C")
    assert running.shop.client.v1.terminal.readers.list().data == []
    assert running.end() == 0
    assert "Two readers" not in running.greeting
    assert "readers running" not in [line["event"] for line in running.log]


def test_the_printed_commands(up: StartUp, tmp_path: Path) -> None:
    """They take a payment with a card that is tapped on the page, and register the fresh reader.

    Nothing that the readers have written shows the card.
    """
    running = up()
    said = running.said(r"(?s)(  export .*)Any other sk_test.*(  INTENT=.*)  # the screen asks(.*)Register the (.*)")
    exports = "\n".join(line for line in said[1].splitlines() if line.startswith(("  export", "  id()")))
    ask, capture, register = said[2], said[3].partition("\n")[2], said[4].partition("\n")[2]

    at = AtReader(*running.page("S700"))
    asked = shell(f"{exports}\n{ask}\necho; echo INTENT=$INTENT")
    intent = re.search(r"INTENT=(\S+)", asked)
    assert intent is not None
    assert at.wait("present_card")["amount"] == "$15.00"
    at.tap("visa")
    at.wait("approved")
    captured = json.loads(shell(f"{exports}\n{intent[0]}\n{capture}"))
    assert (captured["status"], captured["amount_received"]) == ("succeeded", 1500)
    at.close()

    other = AtReader(*running.page("WisePOS E"))
    other.wait("pairing")
    registered = json.loads(shell(f"{exports}\n{register}"))
    assert (registered["label"], registered["device_type"]) == ("Till 2", "bbpos_wisepos_e")
    other.wait("splash")
    other.close()
    assert running.end() == 0
    assert not [line for line in running.log if line.get("level") == "error"]
    written = [path.read_bytes() for path in (tmp_path / "data" / "readers").rglob("*") if path.is_file()]
    assert len(written) >= 5
    assert b"4242424242424242" not in b"".join([*written, json.dumps(running.log).encode(), running.greeting.encode()])


# opentill reader ------------------------------------------------------------------------------------------------


def test_fifty_readers_in_one_process(server: Server, tmp_path: Path) -> None:
    readers = Readers(server.address, tmp_path, count=50)
    try:
        devices = readers.devices()
        assert len({device["serial"] for device in devices}) == 50
        at = readers.at(devices[49]["serial"])
        assert CODE.fullmatch(at.wait("pairing", until=lambda screen: "code" in screen)["code"])
        at.close()
    finally:
        readers.close()


def test_a_reader_waits_for_its_server(tmp_path: Path) -> None:
    """It says once that there is none, keeps trying, and is there when the server is."""
    address = f"http://127.0.0.1:{free_port()}"
    command = [sys.executable, "-m", "opentill.cli", "reader", "--server", address, "--no-screen"]
    with subprocess.Popen(
        [*command, "--data-dir", str(tmp_path / "readers")], stdout=subprocess.PIPE, text=True, env=environment()
    ) as process:
        assert process.stdout is not None
        assert re.fullmatch(r"STRM26\w+ +Reader S700 +not registered\n", process.stdout.readline())
        assert process.stdout.readline() == f"{address} cannot be reached. Trying on.\n"
        up = subprocess.Popen(
            [
                *(sys.executable, "-m", "opentill.cli", "up", "--no-readers", "--port", address.rpartition(":")[2]),
                *("--data-dir", str(tmp_path / "server")),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment(),
        )
        try:
            assert process.stdout.readline() == f"Connected to {address}.\n"
            assert re.search(r"pairing code [a-z]+-[a-z]+-[a-z]+\n", process.stdout.readline())
        finally:
            process.terminate()
            up.terminate()
        assert (process.wait(PATIENCE_S), up.wait(PATIENCE_S)) == (0, 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--server", "till.example"], "--server: 'till.example' is not the address of a server"),
        (["--server", "http://till.example", "--model", "s900"], "--model: there is no model 's900'"),
        (["--server", "http://till.example", "--data-dir", "{file}"], "File exists"),
        (["--server", "http://till.example", "--port", "{port}"], "cannot listen on 127.0.0.1 port"),
    ],
)
def test_mistakes_on_the_command_line(options: list[str], message: str, server: Server, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    places = {"file": str(file), "port": server.address.rpartition(":")[2]}
    command = [sys.executable, "-m", "opentill.cli", "reader", "--data-dir", str(tmp_path / "readers")]
    finished = subprocess.run(
        [*command, *(option.format(**places) for option in options)],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE_S,
        check=False,
    )
    assert finished.returncode == 1
    assert finished.stderr.startswith("opentill: ")
    assert message in finished.stderr
    assert "Traceback" not in finished.stderr


def test_one_program_on_a_directory(server: Server, tmp_path: Path) -> None:
    readers = Readers(server.address, tmp_path)
    command = [sys.executable, "-m", "opentill.cli", "reader", "--server", server.address, "--no-screen"]
    second = subprocess.run(
        [*command, "--data-dir", str(tmp_path)],
        capture_output=True,
        text=True,
        env=environment(),
        timeout=PATIENCE_S,
        check=False,
    )
    assert (second.returncode, "are running already" in second.stderr) == (1, True)
    readers.close()


def test_the_commands_of_the_readme(server: Server, tmp_path: Path) -> None:
    """Each starts readers, says a line of each, and stops when it is asked to."""
    (block,) = re.findall(r"<!-- test: readers -->\n```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    commands = [
        line.partition("#")[0].split() for line in block.replace("http://127.0.0.1:8420", server.address).splitlines()
    ]
    assert len(commands) == 3
    for number, (program, *arguments) in enumerate(commands):
        assert program == "opentill"
        directory = tmp_path / str(number)
        directory.mkdir()
        count = int(arguments[arguments.index("--count") + 1]) if "--count" in arguments else 1
        with subprocess.Popen(
            [sys.executable, "-m", "opentill.cli", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment(),
            cwd=directory,
        ) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline() for _ in range(count * max(arguments.count("--model"), 1))]
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE_S) == 0
        assert all("http://127.0.0.1:" in line or "pairing code" in line for line in lines)


# opentill readers ---------------------------------------------------------------------------------------------------


def test_operators_register_by_serial_number(private_server: StartServer, tmp_path: Path) -> None:
    """Devices that have been connected once; they learn of it when they connect again, and are listed."""
    server = private_server()
    account = Shop(server, Recorder())
    account_id = account.client.v1.accounts.retrieve_current().id
    location = account.client.v1.terminal.locations.create(
        {
            "display_name": "Shop",
            "address": {
                "line1": "1 Main Street",
                "city": "San Francisco",
                "state": "CA",
                "postal_code": "94111",
                "country": "US",
            },
        }
    ).id
    readers = Readers(server.address, tmp_path / "readers", count=2)
    serials = [device["serial"] for device in readers.devices()]
    people = [readers.at(serial) for serial in serials]
    for person in people:
        person.wait("pairing", until=lambda screen: "code" in screen)
        person.close()

    server.stop()
    where = ("--data-dir", str(server.data_directory))
    given = ("--account", account_id, "--location", location, "--label", "Till", *where)
    made = run("readers", "register", "--serial", ",".join(serials), *given).split()
    listed = run("readers", "list", *where)
    assert [serial in listed for serial in serials] == [True, True]
    assert re.search(rf"{serials[1]} +stripe_s700 +{account_id} +test +{made[1]} +{location} +Till 2\n", listed)
    readers.close()

    server.start()
    readers = Readers(server.address, tmp_path / "readers", count=2)
    for serial in serials:
        person = readers.at(serial)
        person.wait("splash")
        person.close()
    labels = {device["serial"]: device["label"] for device in readers.devices()}
    assert labels == dict(zip(serials, ("Till 1", "Till 2"), strict=True))
    readers.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--serial", "STRM26NOBODY", "--account", "{account}"), "STRM26NOBODY"),
        (("--serial", "A", "--account", "acct_none"), "acct_none"),
        (("--serial", "A,A", "--account", "{account}"), "Between 1 and 10 serial numbers"),
    ],
)
def test_what_cannot_be_registered(options: tuple[str, ...], message: str, tmp_path: Path) -> None:
    where = ("--data-dir", str(tmp_path))
    run("keys", "create", *where)
    (account,) = set(re.findall(r"acct_\w+", run("keys", "list", *where)))
    finished = subprocess.run(
        [*(sys.executable, "-m", "opentill.cli", "readers", "register", *where)]
        + [option.format(account=account) for option in options],
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert finished.returncode == 1
    assert finished.stderr.startswith("opentill: ")
    assert message in finished.stderr
    assert run("readers", "list", *where) == ""
