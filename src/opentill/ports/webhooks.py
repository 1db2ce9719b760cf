"""The wire of webhooks, as the worker sees it: a delivery goes out, and something comes back or does not."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

RESPONSE_MAX = 1024
"""Bytes of a response that are looked at and kept."""


class Post(msgspec.Struct, frozen=True):
    """A delivery: `body` is JSON and goes out as it is, signed with each of `secrets`."""

    url: str
    body: bytes
    secrets: Sequence[str]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a delivery.

    `status` is that of HTTP, None if there was none: then `error` says why. `response` is the beginning of the body,
    as text. `duration_ms` is how long it took until that was known.
    """

    duration_ms: int
    status: int | None = None
    response: str = ""
    error: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether the receiver has taken it: any 2xx. A redirect is no acceptance, and nobody follows it."""
        return self.status is not None and 200 <= self.status < 300


class Sender(Protocol):
    """Sends deliveries; any number at the same time."""

    @property
    def timeout_s(self) -> float:
        """How long a receiver has to answer."""
        ...

    async def send(self, post: Post) -> Reply:
        """Send once. Whatever the receiver does, a reply comes back, and not much later than `timeout_s`."""
        ...

    async def close(self) -> None:
        """Let go of the connections."""
        ...
