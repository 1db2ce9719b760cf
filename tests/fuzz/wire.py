"""The API in this process: an installation on SQLite, without a socket and without its worker.

What a request changes is then only what the request changes, and can be counted: `transactions`.
"""

import asyncio
import json
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from opentill.main import Installation, Settings
from opentill.store.sqlite import SqliteStore


@dataclass(frozen=True)
class Answer:
    """An answer. `headers` has lower-case names."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        return self.json["error"]


class Wire:
    """Requests to an installation, one after the other."""

    def __init__(self, directory: Path, database: str | None = None) -> None:
        self._runner = asyncio.Runner()
        self.installation = self._runner.run(_open(directory, database))

    def close(self) -> None:
        """Let go of everything."""
        self._runner.run(_close(self.installation))
        self._runner.close()

    @property
    def transactions(self) -> int:
        """How many transactions were committed so far."""
        store = self.installation.store
        assert isinstance(store, SqliteStore)
        return store.transactions

    def catch_up(self, seconds: int = 0) -> None:
        """Move the clock, and do what is due."""
        self.installation.clock.advance(seconds)
        self._runner.run(self.installation.worker.catch_up())

    def request(
        self,
        method: str,
        path: str,
        key: str | None,
        *,
        query: bytes = b"",
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request; `path` is as it stands in the request line."""
        sent = {"host": "localhost", "content-length": str(len(body))} | dict(headers or {})
        if method == "POST":
            sent.setdefault("content-type", "application/x-www-form-urlencoded")
        if key is not None:
            sent["authorization"] = f"Bearer {key}"
        scope = {
            "type": "http",
            "method": method,
            "raw_path": path.encode(),
            "path": path,
            "query_string": query,
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in sent.items()],
        }
        return self._runner.run(self._answer(scope, body))

    async def _answer(self, scope: dict[str, Any], body: bytes) -> Answer:
        sent: list[MutableMapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            sent.append(message)

        await self.installation.api(scope, receive, send)
        start = sent[0]
        headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
        return Answer(start["status"], headers, b"".join(message["body"] for message in sent[1:]))


async def _open(directory: Path, database: str | None) -> Installation:
    installation = Installation(Settings(directory, database=database, development=True))
    await installation.store.start()
    return installation


async def _close(installation: Installation) -> None:
    await installation.close()
