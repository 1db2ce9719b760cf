"""A connection: uvicorn's, with bounds on the head of a request, and its refusals in the API's shape.

Bodies and everything after the head are bounded in `opentill.api.app`. What reaches neither is answered here: bytes
that are not HTTP, a head without end, and one that takes its time.

On the path of the reader link, and nowhere else, a connection may become a WebSocket.
"""

import asyncio
import time
from typing import Final, cast

import msgspec
from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from opentill.domain.ids import new_id
from opentill.link.messages import PATH

HEAD_BYTES: Final = 65_536
HEAD_SECONDS: Final = 30
LINGER_SECONDS: Final = 2

_NOT_HTTP: Final = "The request is not HTTP, or a part of it is malformed."
_TOO_LARGE: Final = f"The request line and the headers are larger than {HEAD_BYTES} bytes."
_TOO_SLOW: Final = "The request line and the headers took too long to arrive."
_REASONS: Final = {400: b"Bad Request", 408: b"Request Timeout", 431: b"Request Header Fields Too Large"}


class Connection(HttpToolsProtocol):
    """One connection of a client, which may take `head_seconds` for the head of a request."""

    head_seconds: float = HEAD_SECONDS
    _head_bytes = 0
    _head_complete = False
    _refused = False
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self._deadline = self.loop.call_later(self.head_seconds, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_waiting()

    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        super().data_received(data)
        if self._head_complete or self._refused:
            return
        self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES:
            self._refuse(431, _TOO_LARGE)
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.head_seconds, self._too_slow)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head_complete = False
        self._head_bytes = 0

    def on_headers_complete(self) -> None:
        self._head_complete = True
        self._stop_waiting()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(400, _NOT_HTTP)

    def _should_upgrade(self) -> bool:
        """Anywhere else the wish to upgrade is left aside (RFC 9110, 7.8), and the request answered as it is."""
        if self.url.partition(b"?")[0] != PATH.encode() or self.scope.get("method") != "GET":
            return False
        return super()._should_upgrade()

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _too_slow(self) -> None:
        self._refuse(408, _TOO_SLOW)

    def _refuse(self, status: int, message: str) -> None:
        """Say why, and hang up; say nothing in the middle of an answer, or to whoever sent nothing."""
        if self._refused or self.transport.is_closing():
            return
        self._refused = True
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if cycle is not None and not cycle.response_complete:
            if cycle.response_started or not cycle.more_body:  # a request is being answered
                self.transport.close()
                return
            cycle.disconnected = True
            cycle.message_event.set()
        if status == 408 and not self._head_bytes:
            self.transport.close()
            return
        body = msgspec.json.encode({"error": {"message": message, "type": "invalid_request_error"}})
        lines = [
            b"HTTP/1.1 %d %b" % (status, _REASONS[status]),
            b"content-type: application/json",
            b"content-length: %d" % len(body),
            b"connection: close",
            b"request-id: " + new_id("req", time.time_ns() // 1_000_000).encode(),
            b"stripe-should-retry: false",
        ]
        self.transport.write(b"\r\n".join([*lines, b"", body]))
        # Closed at once, what is still being sent would be answered by a reset, and the client not read why.
        self.transport.write_eof()
        self._deadline = self.loop.call_later(LINGER_SECONDS, self.transport.close)


class LinkConnection(WebSocketsSansIOProtocol):
    """A connection that has become a WebSocket: uvicorn's, without its ways to wait for ever."""

    _end: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self.handshake_initiated:  # its head is complete, so it is none that a WebSocket begins with
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    async def send(self, message: ASGISendEvent) -> None:
        if self.conn.eof_sent or self.transport.is_closing():  # refused in between, because the server stops; or gone
            raise ClientDisconnected
        await super().send(message)
        if message["type"] == "websocket.http.response.body":
            self.handshake_complete = True  # or uvicorn takes it for an application that forgot to answer

    def send_receive_event_to_app(self) -> None:
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:  # to the application it is what it is: not text
                self.curr_msg_data_type = "bytes"
        super().send_receive_event_to_app()

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        super().on_task_complete(task)
        if not self.disconnected:  # a peer that does not read would never be rid of
            self._end = self.loop.call_later(LINGER_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._end is not None:
            self._end.cancel()
