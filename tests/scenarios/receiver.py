"""A merchant's server that receives webhooks, and behaves as it is told to."""

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import stripe

PATIENCE_S = 30

Behaviour: TypeAlias = Callable[["_Connection"], bytes | None]
"""What goes back over the connection, byte for byte; None closes it without a word."""


@dataclass(frozen=True)
class Received:
    """A request: `headers` has lower-case names."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)

    @property
    def type(self) -> str:
        return self.event["type"]

    def verified(self, secret: str) -> stripe.Event:
        """The event as the official library takes it. Raises SignatureVerificationError."""
        return stripe.Webhook.construct_event(self.body, self.headers["stripe-signature"], secret)


def status(code: int, body: bytes = b"", *headers: str) -> Behaviour:
    """Answers with a status."""
    head = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {code} Said", f"Content-Length: {len(body)}", *headers))
    return lambda _: head.encode() + b"\r\n" + body


def says(answer: bytes) -> Behaviour:
    """Answers with these bytes, be they HTTP or not."""
    return lambda _: answer


def silence(connection: "_Connection") -> None:
    """Never answers, until the other end gives up."""
    connection.request.recv(1)


def held_until(event: threading.Event) -> Behaviour:
    """Answers 200 once `event` is set."""

    def wait(connection: "_Connection") -> bytes | None:
        event.wait(PATIENCE_S)
        return status(200)(connection)

    return wait


class _Connection(socketserver.StreamRequestHandler):
    """One connection, kept open for the next request as long as the answers are HTTP."""

    def handle(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        while (received := self._request()) is not None:
            answer = receiver._received(received)(self)
            if answer is None:
                return
            try:
                self.wfile.write(answer)
            except OSError:
                return

    def _request(self) -> Received | None:
        try:
            line = self.rfile.readline().decode()
            if not line:
                return None
            headers: dict[str, str] = {}
            while header := self.rfile.readline().decode().strip():
                name, _, value = header.partition(":")
                headers[name.lower()] = value.strip()
            return Received(line.split(" ")[1], headers, self.rfile.read(int(headers["content-length"])))
        except OSError:
            return None


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 1024

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever was killed at the other end is no error of ours."""


class Receiver:
    """`received` is everything that came, in the order it came; `behaviours` say how paths answer (else with 200)."""

    def __init__(self, server: _Server) -> None:
        self.received: list[Received] = []
        self.behaviours: dict[str, Behaviour] = {}
        self._port = server.server_address[1]
        self._changed = threading.Condition()

    def url(self, path: str = "/webhook") -> str:
        return f"http://127.0.0.1:{self._port}{path}"

    def at(self, path: str) -> list[Received]:
        """What came to a path."""
        with self._changed:
            return [one for one in self.received if one.path == path]

    def types(self, path: str = "/webhook") -> list[str]:
        return [one.type for one in self.at(path)]

    def wait_for(self, count: int, path: str = "/webhook") -> list[Received]:
        """The first `count` requests to a path, when they have come."""
        with self._changed:
            came = self._changed.wait_for(
                lambda: sum(one.path == path for one in self.received) >= count, timeout=PATIENCE_S
            )
        found = self.at(path)
        assert came, f"{len(found)} of {count} came: {[one.type for one in found]}"
        return found[:count]

    def _received(self, received: Received) -> Behaviour:
        with self._changed:
            self.received.append(received)
            self._changed.notify_all()
        return self.behaviours.get(received.path, status(200, b'{"received": true}'))


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver at work."""
    with _Server(("127.0.0.1", 0), _Connection) as server:
        receiver = server.receiver = Receiver(server)  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
