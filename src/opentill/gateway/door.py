"""The door: an ASGI application for WebSockets, on which readers open their links and are heard.

A link costs one task, which waits for what the reader says, under a deadline that moves with every message.
"""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

import structlog

from opentill.gateway.gateway import Gateway
from opentill.gateway.link import Link
from opentill.gateway.opening import Opening, Proven, bad_message
from opentill.gateway.wire import Send, Wire
from opentill.link import messages
from opentill.link.messages import Challenge, Hello, Refused

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]

_TOO_BIG = 1009

_log = structlog.get_logger("opentill.gateway")


class Door:
    """Where readers come in."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._opening = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        status = self._status(scope)
        if status is not None:
            await _reject(scope, send, status)
            return
        offered = messages.SUBPROTOCOL in scope.get("subprotocols", ())
        timing = self._gateway.timing
        await send({"type": "websocket.accept", "subprotocol": messages.SUBPROTOCOL if offered else None})
        try:
            async with asyncio.timeout(timing.opening_s) as life:
                await self._serve(receive, Wire(send, life, timing))
        except OSError:  # TimeoutError among them: it said nothing, or did not read, for too long
            pass

    def _status(self, scope: Scope) -> int | None:
        """The HTTP status that a connection is refused with, if it is."""
        if scope["path"] != messages.PATH:
            return 404
        if any(name == b"origin" for name, _ in scope["headers"]):
            return 403  # a page in somebody's browser: readers have none
        if not self._gateway.open or self._opening >= self._gateway.timing.openings:
            return 503
        return None

    async def _serve(self, receive: Receive, wire: Wire) -> None:
        link: Link | None = None
        try:
            hello = await self._opened(receive, wire)
            if hello is None:
                return
            wire.live_for(None)  # the time that we need is not the reader's
            link = await self._gateway.welcome(hello, wire)
            if link is not None:
                wire.live_for(self._gateway.timing.silence_s)
            while (message := await receive())["type"] == "websocket.receive":
                if link is not None:
                    self._gateway.receive(link, message.get("text"))
            if message.get("code") == _TOO_BIG:
                _log.warning("link refused", code="bad_message", device=link and link.device, why="a frame too large")
        finally:
            if link is None:
                wire.released()
            else:
                self._gateway.left(link)

    async def _opened(self, receive: Receive, wire: Wire) -> Hello | None:
        """Who it is, once that is proved. None if it is not, and then the connection has ended."""
        clock = self._gateway.clock
        opening = Opening(secrets.token_bytes(32), self._gateway.desk.card_key(), clock.now_ms())
        self._opening += 1
        try:
            while (message := await receive())["type"] == "websocket.receive":
                if wire.ending:
                    continue
                text = message.get("text")
                match bad_message("a binary frame") if text is None else opening.receive(text):
                    case Challenge() as challenge:
                        wire.say(challenge)
                    case Proven(hello):
                        return hello
                    case Refused() as refused:
                        _log.warning("link refused", code=refused.code, why=refused.message)
                        wire.end(refused)
            return None
        finally:
            self._opening -= 1


async def _reject(scope: Scope, send: Send, status: int) -> None:
    """Refuse a connection before it is a WebSocket."""
    if "websocket.http.response" not in (scope.get("extensions") or {}):
        await send({"type": "websocket.close", "code": 1000})
        return
    headers = [(b"content-length", b"0"), (b"connection", b"close")]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b""})
