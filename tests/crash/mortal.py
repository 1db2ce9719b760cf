"""A server that is killed and started again on the same data, as often as a test wants."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from tests.scenarios.server import Server, environment
from tests.scenarios.shop import Recorder, Shop

LAUNCHER = Path(__file__).with_name("launcher.py")
PATIENCE_S = 30


class Mortal:
    """A server at a fixed `address` whose process comes and goes. `log` holds what all of its lives wrote."""

    def __init__(self, data_directory: Path, *options: str) -> None:
        self.data_directory = data_directory
        self.lives = 0
        self.log: list[str] = []
        # Bound, and never listened on: the port is ours between two lives.
        self._port = socket.socket()
        self._port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._port.bind(("127.0.0.1", 0))
        port = self._port.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self._changed = threading.Condition()
        self._pid = 0
        self._up = False
        self._status: int | None = None
        self._answers_left = 0
        self._over = False
        arguments = ("--port", str(port), "--data-dir", str(data_directory), *options)
        self._launcher = subprocess.Popen(
            [sys.executable, str(LAUNCHER), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def begin(self, *, family: str = "", nth: int = 0, files: int = 0, **order: Any) -> None:
        """Begin a life, and wait until it serves or is over.

        `family` and `nth` say when it ends, as launcher.py explains. Two more ends come from outside: family "outside"
        is a SIGKILL when the `nth` answer is seen in the log, and `files` is one as soon as there are so many files.
        """
        with self._changed:
            assert self._status is not None or self.lives == 0, "it lives"
            self.lives += 1
            self._status = None
            self._answers_left = nth if family == "outside" else 0
            assert self._launcher.stdin is not None
            self._launcher.stdin.write(json.dumps({"family": family, "nth": nth} | order) + "\n")
            self._launcher.stdin.flush()
            if files:
                self._wait(lambda: self._pid != 0)
        if files:
            while not self._up and _files(self.data_directory) < files:
                pass
            self.signal(signal.SIGKILL)
        with self._changed:
            self._wait(lambda: self._up or self._status is not None)

    def end(self) -> int:
        """Wait until the life is over; how it ended: a status, or a signal as a negative number."""
        with self._changed:
            self._wait(lambda: self._status is not None)
            assert self._status is not None
            return self._status

    def signal(self, number: int) -> None:
        """Send the process a signal, if it still lives."""
        with self._changed:
            if self._status is None:
                os.kill(self._pid, number)

    def stop(self) -> None:
        """Ask it to finish, as Ctrl-C does, and hold it to that."""
        self.signal(signal.SIGINT)
        assert self.end() == 0, "".join(self.log[-20:])

    def wait_until_up(self) -> None:
        """Wait until it serves, as far as is known."""
        with self._changed:
            self._wait(lambda: self._over or self._up)
            assert not self._over, "nobody is going to start it again"

    def close(self) -> None:
        """Kill what still lives."""
        self.signal(signal.SIGKILL)
        with self._changed:
            self._over = True
            self._changed.notify_all()
        assert self._launcher.stdin is not None
        self._launcher.stdin.close()
        self._launcher.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        assert self._launcher.stderr is not None
        self._launcher.stderr.close()
        self._port.close()

    @property
    def pid(self) -> int:
        """The process of the present life."""
        return self._pid

    def failures(self) -> list[str]:
        """What it logged of requests and work that broke, but for a database that was not there."""
        lines = (json.loads(line) for line in self.log if line.startswith("{"))
        wrong = (line for line in lines if line.get("level") in ("error", "critical"))
        return [f"{line['event']}: {line}" for line in wrong if line["event"] != "store unavailable"]

    def _wait(self, until: Callable[[], bool]) -> None:
        if not self._changed.wait_for(until, PATIENCE_S):
            raise AssertionError(f"the server hangs:\n{''.join(self.log[-30:])}")

    def _read(self) -> None:
        assert self._launcher.stderr is not None
        for line in self._launcher.stderr:
            self.log.append(line)
            if line.startswith("{"):
                self._told(json.loads(line))

    def _told(self, told: dict[str, Any]) -> None:
        with self._changed:
            if told.get("life") == "began":
                self._pid = told["pid"]
            elif told.get("life") == "ended":
                self._up = False
                self._pid = 0
                self._status = told["status"]
            elif told.get("event") == "serving":
                self._up = True
            elif told.get("event") == "request" and self._answers_left:
                self._answers_left -= 1
                if not self._answers_left:
                    os.kill(self._pid, signal.SIGKILL)
                return
            else:
                return
            self._changed.notify_all()


def _files(directory: Path) -> int:
    """How many files there are below a directory whose files come and go."""
    return sum(len(names) for _, _, names in os.walk(directory))


def shop_on(server: Mortal, key: str | None = None) -> Shop:
    """A shop on such a server."""
    return Shop(cast("Server", server), Recorder(), key)
