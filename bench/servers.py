"""The servers under load, each a process of its own on the first core; the client has the second."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Self

SERVER_CORE, CLIENT_CORE = 0, 1
START_SECONDS = 30

# Where localstripe keeps its objects; the path is built into it.
_LOCALSTRIPE_FILE = Path(os.sep, "tmp", "localstripe.pickle")


def pin(core: int) -> None:
    """Keep this process on one core, where the system can."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {core})


class Server:
    """A running process that answers HTTP on `port`; `start_s` is from its start to its first answer."""

    def __init__(
        self,
        command: Sequence[str],
        port: int,
        log: Path,
        ready: str = "/healthz",
        *,
        core: int = SERVER_CORE,
        patience_s: int = START_SECONDS,
    ) -> None:
        self.port = port
        self.log = log
        with log.open("ab") as output:
            began = time.perf_counter()
            self._process = subprocess.Popen(
                [sys.executable, "-m", *command],
                stdout=output,
                stderr=output,
                preexec_fn=lambda: pin(core),  # noqa: PLW1509 - no threads here
            )
        while not self._answers(ready):
            if self._process.poll() is not None or time.perf_counter() - began > patience_s:
                self.close()
                raise RuntimeError(f"{command[0]} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.005)
        self.start_s = time.perf_counter() - began

    def _answers(self, path: str) -> bool:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status < 500
        except OSError:
            return False
        finally:
            connection.close()

    def memory_mb(self) -> float:
        """Resident memory, MiB."""
        output = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self._process.pid)], capture_output=True, text=True, check=True
        ).stdout
        return int(output) / 1024

    def cpu_s(self) -> float:
        """Processor time used so far, seconds, where the system tells (Linux); else 0."""
        try:
            fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        except FileNotFoundError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def kill(self) -> None:
        """End it as a power failure does."""
        self._process.kill()
        self._process.wait()

    def close(self) -> None:
        """Stop it, if it runs."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect(server: Server) -> HTTPConnection:
    """A connection to a server, for what is asked of it once."""
    return HTTPConnection("127.0.0.1", server.port, timeout=60)


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def opentill_up(directory: Path, port: int | None = None) -> Server:
    """The system as a newcomer starts it, without the readers on the counter, in a directory that may be empty."""
    port = port or free_port()
    command = ["opentill.cli", "up", "--no-readers", "--port", str(port), "--data-dir", str(directory)]
    return Server(command, port, _log(directory))


def opentill_reader(directory: Path, server: int, readers: int, *, patience_s: int) -> Server:
    """A process with so many readers of the server on that port, on the client's core; more are made if need be."""
    port = free_port()
    command = ["opentill.cli", "reader", "--server", f"http://127.0.0.1:{server}", "--count", str(readers)]
    command += ["--port", str(port), "--data-dir", str(directory / "data")]
    return Server(command, port, _log(directory), "/api/readers", core=CLIENT_CORE, patience_s=patience_s)


def opentill_serve(directory: Path, database: str | None = None) -> tuple[Server, str]:
    """The system as it is served, and a secret key of a new account."""
    where = ["--data-dir", str(directory), *(["--database", database] if database else [])]
    made = subprocess.run(
        [sys.executable, "-m", "opentill.cli", "keys", "create", *where], capture_output=True, text=True, check=True
    ).stdout
    key = next(word for word in made.split() if word.startswith("sk_"))
    port = free_port()
    return Server(["opentill.cli", "serve", "--port", str(port), *where], port, _log(directory)), key


def floor(directory: Path, database: str, size: int) -> Server:
    """The bare server, with answers of `size` bytes; `database` is a path or a postgresql:// URL."""
    port = free_port()
    command = ["bench.floor", "--port", str(port), "--database", database, "--size", str(size)]
    return Server(command, port, _log(directory))


@contextlib.contextmanager
def localstripe(directory: Path) -> Generator[Server]:
    """A fresh localstripe. It writes all its objects to one file at each change, and is the slower the more it has."""
    port = free_port()
    kept = directory / "localstripe.pickle"
    if _LOCALSTRIPE_FILE.exists():
        shutil.move(_LOCALSTRIPE_FILE, kept)
    try:
        with Server(["localstripe", "--from-scratch", "--port", str(port)], port, _log(directory), "/") as server:
            yield server
    finally:
        _LOCALSTRIPE_FILE.unlink(missing_ok=True)
        if kept.exists():
            shutil.move(kept, _LOCALSTRIPE_FILE)


def _log(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    return directory / "log"
