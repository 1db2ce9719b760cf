"""A server in a process of its own, as a user starts it, and what it wrote to its log."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

_STOP_S = 20


class Server:
    """A running `opentill`.

    `address` is where it listens; `log` holds the lines it has written so far; `options` are those of its command
    line that other commands need too, to find its database. It comes without the virtual readers, unless asked for.
    """

    def __init__(self, data_directory: Path, *options: str, command: str = "up", readers: bool = False) -> None:
        self.data_directory = data_directory
        self.address = ""
        self.log: list[str] = []
        self.options = options
        self._command = [command] if readers or command != "up" else [command, "--no-readers"]
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None
        self.start()

    def start(self) -> None:
        """Start, also after `stop` or `kill` (on the same data), and wait until it listens."""
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "opentill.cli", *self._command, "--port", "0"),
                *("--data-dir", str(self.data_directory), *self.options),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        assert process.stderr is not None
        for line in process.stderr:
            self.log.append(line)
            if '"serving"' in line:
                self.address = json.loads(line)["address"]
                break
        else:
            process.wait()
            process.stderr.close()
            raise RuntimeError(f"the server did not start:\n{''.join(self.log)}")
        self._process = process
        self._reader = threading.Thread(target=self.log.extend, args=(process.stderr,), daemon=True)
        self._reader.start()

    @property
    def running(self) -> bool:
        """Whether it was started, and not stopped or killed since."""
        return self._process is not None

    def stop(self) -> None:
        """Ask it to finish, as a user does with Ctrl-C, and hold it to finishing cleanly."""
        process = self._running()
        process.terminate()
        try:
            status = process.wait(timeout=_STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server did not stop within {_STOP_S} seconds of being asked") from None
        self._ended(process)
        assert status == 0, f"the server ended with status {status}:\n{''.join(self.log[-20:])}"

    def kill(self) -> None:
        """End it in the middle of whatever it is doing."""
        process = self._running()
        process.kill()
        process.wait()
        self._ended(process)

    def close(self) -> None:
        """Stop it if it still runs."""
        if self._process is not None:
            self.stop()

    def failures(self) -> list[str]:
        """What it logged of requests and work that broke: our mistakes, whatever the request was."""
        lines: list[dict[str, Any]] = [json.loads(line) for line in list(self.log) if line.startswith("{")]
        wrong = [line for line in lines if line.get("level") in ("error", "critical")]
        return [f"{line['event']}: {line.get('exception', line)}" for line in wrong]

    def _running(self) -> "subprocess.Popen[str]":
        assert self._process is not None, "the server is not running"
        return self._process

    def _ended(self, process: "subprocess.Popen[str]") -> None:
        assert self._reader is not None
        assert process.stderr is not None
        self._reader.join()
        process.stderr.close()
        self._process = self._reader = None


def environment() -> dict[str, str]:
    """The environment for our own programs: this Python's path, so that it is this tree's opentill that runs."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def run(*arguments: str) -> str:
    """Run `opentill` with `arguments` to its end; what it printed."""
    command = [sys.executable, "-m", "opentill.cli", *arguments]
    finished = subprocess.run(command, capture_output=True, text=True, env=environment(), check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout
