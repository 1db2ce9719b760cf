"""The two virtual readers that `opentill up` puts on the counter, in a process of their own.

It is what `opentill reader` runs anywhere else, with a life that hangs on this one (`opentill.child`).

The S700 is registered to a location here, once; from then on it is like any other reader: renamed, moved or deleted,
it stays as somebody left it. The WisePOS E is for whoever wants to see how a reader is registered.
"""

import asyncio
import http.client
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec
import structlog

from opentill.child import Child
from opentill.main import Installation
from opentill.ports.store import Changes, Insert, Update
from opentill.reader.appliance import Status
from opentill.reader.program import Report, listen
from opentill.services.kinds import SETTINGS
from opentill.services.records import Setting

REGISTERED: Final = "stripe_s700"
FRESH: Final = "bbpos_wisepos_e"
LABEL: Final = "Counter"

_SETTING: Final = "counter_reader"
_ADDRESS: Final = {
    "line1": "1 Main Street",
    "city": "San Francisco",
    "state": "CA",
    "postal_code": "94111",
    "country": "US",
}

_log = structlog.get_logger("opentill.counter")


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A reader on the counter, and what the account of the printed key has of it, if it is registered there."""

    status: Status
    page: str
    id: str | None = None
    label: str | None = None
    location: str | None = None


class Counter:
    """The readers beside a server at `address`; `key` is the secret key of the account that the S700 is for.

    `greet` is called once, as soon as there is something to be done on both readers. `page` lists them in a browser.
    """

    def __init__(
        self, installation: Installation, address: str, key: str, port: int, greet: Callable[[Found, Found], None]
    ) -> None:
        self._installation = installation
        self._address = address
        self._api = _Api(address, key)
        self._greet: Callable[[Found, Found], None] | None = greet
        listener = listen(port, or_next=True)
        self.page = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        self._found: dict[str, Found] = {}
        command = (
            *("-m", "opentill.cli", "reader", "--server", address, "--model", REGISTERED, "--model", FRESH),
            *("--child-of-server", "--listener", str(listener.fileno())),
            *("--data-dir", str(installation.settings.data_directory / "readers")),
        )
        self._child = Child("readers", command, listener, self._heard)

    def start(self) -> None:
        """Begin; the server need not answer yet."""
        self._child.start()

    def stop(self) -> None:
        """Have the readers end, without waiting for it."""
        self._child.stop()

    async def close(self) -> None:
        """Take the readers away."""
        await self._child.close()

    # What the readers say ------------------------------------------------------------------------------------

    async def _heard(self, line: bytes) -> None:
        try:
            report = msgspec.json.decode(line, type=Report)
            found = await self._looked_up(report.reader, report.page or "")
        except (msgspec.MsgspecError, OSError, http.client.HTTPException, _Refused) as error:
            _log.warning("a reader was not looked up", reason=str(error))
            return
        self._found[found.status.device_type] = found
        if self._greet is not None and REGISTERED in self._found and FRESH in self._found:
            registered, fresh = self._found[REGISTERED], self._found[FRESH]
            if all(one.id or one.status.code or one.status.registered for one in (registered, fresh)):
                self._greet(registered, fresh)
                self._greet = None

    async def _looked_up(self, status: Status, page: str) -> Found:
        readers = await self._api.get("/v1/terminal/readers", {"serial_number": status.serial})
        reader = next(iter(readers["data"]), None)
        if (
            reader is None
            and status.device_type == REGISTERED
            and status.code is not None
            and await self._is_new(status)
        ):
            reader = await self._register(status, status.code)
        if reader is None:
            return Found(status=status, page=page)
        return Found(status=status, page=page, id=reader["id"], label=reader["label"], location=reader["location"])

    async def _is_new(self, status: Status) -> bool:
        known = await self._installation.store.get(SETTINGS, "", _SETTING)
        return known is None or known.value.value != status.serial

    async def _register(self, status: Status, code: str) -> Any:
        """Register the reader that shows `code`, and remember to have done so; the Reader."""
        locations = await self._api.get("/v1/terminal/locations", {"limit": "100"})
        location = next((one for one in locations["data"] if one["display_name"] == LABEL), None)
        if location is None:
            address = {f"address[{part}]": value for part, value in _ADDRESS.items()}
            location = await self._api.post("/v1/terminal/locations", {"display_name": LABEL, **address})
        reader = await self._api.post(
            "/v1/terminal/readers", {"registration_code": code, "label": LABEL, "location": location["id"]}
        )
        store, now = self._installation.store, self._installation.clock.now()
        setting = Setting(id=_SETTING, value=status.serial)
        known = await store.get(SETTINGS, "", _SETTING)
        if known is None:
            await store.commit(Changes(inserts=[Insert(SETTINGS, "", False, _SETTING, now, setting)]))
        else:
            await store.commit(Changes(updates=[Update(known, setting, None)]))
        return reader


class _Refused(Exception):
    """The API said no."""


class _Api:
    """The server's own API, as the commands that are printed use it."""

    def __init__(self, address: str, key: str) -> None:
        self._netloc = urlsplit(address).netloc
        self._headers = {
            "Authorization": f"Basic {b64encode(f'{key}:'.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
        }

    async def get(self, path: str, query: Mapping[str, str]) -> Any:
        """The object at `path`. Raises OSError, HTTPException, _Refused."""
        return await asyncio.to_thread(self._call, "GET", f"{path}?{urlencode(query)}", None)

    async def post(self, path: str, form: Mapping[str, str]) -> Any:
        """What became of posting `form`. Raises OSError, HTTPException, _Refused."""
        return await asyncio.to_thread(self._call, "POST", path, urlencode(form))

    def _call(self, method: str, path: str, body: str | None) -> Any:
        connection = http.client.HTTPConnection(self._netloc, timeout=30)
        try:
            connection.request(method, path, body, self._headers)
            answer = connection.getresponse()
            value = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise _Refused(value.get("error", {}).get("message", f"status {answer.status}"))
        return value
