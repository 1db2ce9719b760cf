"""Reader programs in a process of their own, as a user starts them, and somebody in front of their screens.

`Readers` is the process, `AtReader` a person at one device: reads the screen, presses, presents cards, pulls plugs.
"""

import json
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.scenarios.server import environment
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

PATIENCE_S = 30


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Readers:
    """A running `opentill reader` with `count` devices, which can be killed and started again on its data."""

    def __init__(self, server: str, directory: Path, *, model: str = "s700", count: int = 1) -> None:
        self.port = free_port()
        self.log: list[str] = []
        self._up = threading.Event()
        self._command = [
            *(sys.executable, "-m", "opentill.cli", "reader", "--server", server, "--model", model),
            *("--count", str(count), "--data-dir", str(directory), "--port", str(self.port)),
        ]
        self._process: subprocess.Popen[str] | None = None
        self.start()

    def start(self) -> None:
        """Start it, also after `kill`, and wait until its pages can be asked for."""
        self._process = subprocess.Popen(
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()
        self._wait_until_it_answers()
        self._up.set()

    def kill(self) -> None:
        """End the process in the middle of whatever it does."""
        self._up.clear()
        self._end(signal.SIGKILL)

    def wait_until_up(self) -> None:
        """Wait until the process has been started again, if it was killed."""
        assert self._up.wait(PATIENCE_S), "nobody starts the reader program again"

    def failures(self) -> list[str]:
        """What it logged of readers that broke down: our mistakes, whatever happened to them."""
        lines: list[dict[str, Any]] = [json.loads(line) for line in list(self.log) if line.startswith("{")]
        return [f"{line['event']}: {line}" for line in lines if line.get("level") in ("error", "critical")]

    def close(self) -> None:
        """Stop it as Ctrl-C does."""
        self._up.clear()
        if self._process is not None:
            assert self._end(signal.SIGINT) == 0, "".join(self.log[-20:])

    def devices(self) -> list[dict[str, Any]]:
        """The devices of the process, as its page lists them."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/readers", timeout=PATIENCE_S) as answer:
            listed: list[dict[str, Any]] = json.load(answer)["readers"]
            return listed

    def at(self, serial: str) -> "AtReader":
        """Somebody in front of one device."""
        return AtReader(self.port, serial)

    def _end(self, number: int) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        status = self._process.wait(PATIENCE_S)
        self._process = None
        return status

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stderr is not None
        self.log.extend(process.stderr)
        process.stderr.close()

    def _wait_until_it_answers(self) -> None:
        while True:
            assert self._process is not None
            assert self._process.poll() is None, f"the reader program ended:\n{''.join(self.log[-20:])}"
            try:
                self.devices()
            except OSError:
                continue
            return


class AtReader:
    """A person at a device: what is on the screen, and the hands.

    `closed` says that the reader's program is gone; then hands raise ConnectionClosed.
    """

    def __init__(self, port: int, serial: str) -> None:
        self.serial = serial
        self.screen: dict[str, Any] = {"name": ""}
        self.seen: list[dict[str, Any]] = []
        self.device: dict[str, Any] = {}
        self.closed = False
        self._unread: list[dict[str, Any]] = []
        self._changed = threading.Condition()
        self._stack = ExitStack()
        self._socket: ClientConnection = self._stack.enter_context(
            connect(
                f"ws://127.0.0.1:{port}/readers/{serial}/screen",
                origin=f"http://127.0.0.1:{port}",  # type: ignore[arg-type] # a NewType of str
                proxy=None,
                compression=None,
            )
        )
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def wait(self, *names: str, until: Callable[[dict[str, Any]], bool] | None = None) -> dict[str, Any]:
        """Wait until a screen of one of these names is up, which also satisfies `until`; that screen."""

        def there() -> bool:
            return self.screen["name"] in names and (until is None or until(self.screen))

        with self._changed:
            done = self._changed.wait_for(there, PATIENCE_S)
            assert done, f"no {' or '.join(names)} screen within {PATIENCE_S} s, but {self.seen[-5:]}"
            return self.screen

    def appears(self, *names: str, within_s: float) -> bool:
        """Wait until a screen of one of these names is up, but not for ever; whether it is."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed or self.screen["name"] in names, within_s)
            return self.screen["name"] in names

    def news(self, within_s: float) -> list[dict[str, Any]]:
        """The screens since the last call; waits for one, but not for ever."""
        with self._changed:
            self._changed.wait_for(lambda: self.closed or self._unread, within_s)
            unread, self._unread = self._unread, []
            return unread

    def forget(self) -> None:
        """Forget the screens seen so far; `seen` are those from now on."""
        with self._changed:
            self.seen = []

    def press(self, button: str) -> None:
        """Press a button of the screen."""
        self._send(type="press", button=button)

    def key(self, keys: str) -> None:
        """Press keys, one a character; `enter()` sends them off."""
        for key in keys:
            self._send(type="key", key=key)

    def enter(self) -> None:
        """The green key."""
        self._send(type="key", key="enter")

    def clear(self) -> None:
        """The yellow key."""
        self._send(type="key", key="clear")

    def type(self, text: str) -> None:
        """Fill in the screen's field."""
        self._send(type="text", text=text)

    def sign(self, svg: str) -> None:
        """Sign on the screen; the drawing as it is then."""
        self._send(type="sign", svg=svg)

    def switch(self, index: int, *, on: bool) -> None:
        """Move a switch of the form."""
        self._send(type="toggle", index=index, on=on)

    def tap(self, card: str) -> None:
        """Hold a card of the wallet to the reader."""
        self._send(type="card", do="tap", card=card)

    def insert(self, card: str) -> None:
        """Put a card into the slot."""
        self._send(type="card", do="insert", card=card)

    def swipe(self, card: str) -> None:
        """Swipe a card."""
        self._send(type="card", do="swipe", card=card)

    def take_away(self) -> None:
        """Take the card out of the slot."""
        self._send(type="card", do="remove")

    def network(self, to: str) -> None:
        """Cut the way to the server (`down`), slow it, or mend it (`up`)."""
        self._send(type="network", to=to)

    def power(self, do: str) -> None:
        """Press the power button (`off`, `on`, `restart`), or pull the plug (`pull`)."""
        self._send(type="power", do=do)

    def close(self) -> None:
        """Walk away."""
        self._stack.close()
        self._thread.join(PATIENCE_S)

    def _send(self, **message: str | int) -> None:
        self._socket.send(json.dumps(message))

    def _watch(self) -> None:
        try:
            for frame in self._socket:
                message = json.loads(frame)
                with self._changed:
                    if message["type"] == "screen":
                        self.screen = message["screen"]
                        self.seen.append(self.screen)
                        self._unread.append(self.screen)
                    elif message["type"] == "device":
                        self.device = message
                    self._changed.notify_all()
        except ConnectionClosed:
            pass
        with self._changed:
            self.closed = True
            self._changed.notify_all()
