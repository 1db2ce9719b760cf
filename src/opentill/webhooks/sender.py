"""Deliveries over HTTP: signed as they leave, to addresses that are allowed, and with a limit to what comes back.

The address is checked where the socket for it is made: it is the one that is then connected to, whatever its name was
looked up as before, and whatever it is looked up as next.
"""

import asyncio
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, cast

from opentill import __version__
from opentill.domain.masking import mask_card_numbers
from opentill.domain.webhooks import is_public, signature
from opentill.ports.webhooks import RESPONSE_MAX, Post, Reply

if TYPE_CHECKING:
    import aiohttp

TIMEOUT_S: Final = 20.0
"""How long a receiver has to answer, the connection included. That there is a limit is documented, not which."""

_BODY_S: Final = 2.0  # for the beginning of the body, once the status is known: it decides nothing any more
_LOOKUPS: Final = 16
_KEPT_ALIVE_S: Final = 30

_HEADERS: Final = {
    "Accept": "*/*",
    "Cache-Control": "no-cache",
    "Content-Type": "application/json; charset=utf-8",
    # What the original sends, so that receivers that look at it are content.
    "User-Agent": f"Stripe/1.0 (+https://stripe.com/docs/webhooks) opentill/{__version__}",
}

NOT_ALLOWED: Final = "The address is not a public one, and webhooks to private addresses are not allowed."


class HttpSender:
    """`ports.webhooks.Sender`.

    `private`: addresses of our own networks may be delivered to, this machine's among them.
    """

    def __init__(self, *, private: bool, timeout_s: float = TIMEOUT_S) -> None:
        self.timeout_s = timeout_s
        self._private = private
        self._session: aiohttp.ClientSession | None = None
        self._lookups: ThreadPoolExecutor | None = None
        self._opening = asyncio.Lock()

    async def send(self, post: Post) -> Reply:
        """Send once, signed as of now by the machine's clock: receivers compare with theirs, which nobody moves."""
        session = self._session or await self._opened()
        headers = {"Stripe-Signature": signature(post.body, post.secrets, int(time.time()))}
        began = time.monotonic()
        try:
            async with session.post(post.url, data=post.body, headers=headers, allow_redirects=False) as response:
                status = response.status
                took = _since(began)
                beginning = await _beginning(response)
        except Exception as error:  # noqa: BLE001 - whatever a stranger's server does to us is its answer
            return Reply(duration_ms=_since(began), error=self._said(error))
        return Reply(duration_ms=took, status=status, response=mask_card_numbers(beginning))

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None
        if self._lookups is not None:
            self._lookups.shutdown(wait=False, cancel_futures=True)
            self._lookups = None

    async def _opened(self) -> "aiohttp.ClientSession":
        """The session, opened by whoever comes first.

        Its library is loaded when the first delivery leaves, in a thread: at the start it would cost a third of it.
        """
        async with self._opening:
            if self._session is None:
                await asyncio.to_thread(import_module, "aiohttp")
                self._session = self._open()
            return self._session

    def _open(self) -> "aiohttp.ClientSession":
        import aiohttp  # noqa: PLC0415 - see above
        from aiohttp.abc import AbstractResolver  # noqa: PLC0415

        lookups = self._lookups = ThreadPoolExecutor(_LOOKUPS, thread_name_prefix="webhook-lookup")

        class Resolver(AbstractResolver):
            """Names are looked up in threads of their own: one that hangs keeps nobody else's work waiting."""

            async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> Any:
                found = await asyncio.get_running_loop().run_in_executor(
                    lookups, lambda: socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM)
                )
                return [
                    {
                        "hostname": host,
                        "host": socket.getnameinfo(address, socket.NI_NUMERICHOST | socket.NI_NUMERICSERV)[0],
                        "port": port,
                        "family": each_family,
                        "proto": protocol,
                        "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                    }
                    for each_family, _, protocol, _, address in found
                ]

            async def close(self) -> None:
                pass

        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,  # the worker limits how many are under way
                resolver=Resolver(),
                socket_factory=self._socket,
                keepalive_timeout=_KEPT_ALIVE_S,
                ssl=ssl.create_default_context(),
            ),
            headers=_HEADERS,
            skip_auto_headers=("Accept-Encoding",),
            timeout=aiohttp.ClientTimeout(total=self.timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            read_bufsize=4 * RESPONSE_MAX,
        )

    def _socket(self, address: Any) -> socket.socket:
        """A socket for an address, if it is one to deliver to. Raises PermissionError."""
        family, type, protocol, _, peer = address
        if not self._private and not is_public(peer[0]):
            raise PermissionError(NOT_ALLOWED)
        made = socket.socket(family=family, type=type, proto=protocol)
        made.setblocking(False)
        return made

    def _said(self, error: Exception) -> str:
        """Why there is no status, for the merchant to read."""
        import aiohttp  # noqa: PLC0415 - loaded by now

        if isinstance(error, TimeoutError):
            return f"Timed out: there was no answer within {self.timeout_s:g} seconds."
        causes = [error, *_causes(error)]
        if any(isinstance(one, PermissionError) and NOT_ALLOWED in str(one) for one in causes):
            return NOT_ALLOWED
        if any(isinstance(one, ssl.SSLError) for one in causes):
            return f"TLS failed: {_short(error)}"
        if any(isinstance(one, socket.gaierror) for one in causes):
            return f"The name of the host could not be found: {_short(error)}"
        if isinstance(error, aiohttp.ClientConnectorError):
            return f"No connection: {_short(error)}"
        if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError | aiohttp.ClientPayloadError):
            return "The connection was closed without an answer."
        if isinstance(error, aiohttp.ClientResponseError):
            return f"The answer is not HTTP: {_short(error)}"
        return f"{type(error).__name__}: {_short(error)}"


def _since(began: float) -> int:
    return round((time.monotonic() - began) * 1000)


def _short(error: Exception) -> str:
    return mask_card_numbers(str(error))[:500]


def _causes(error: BaseException) -> list[BaseException]:
    """What an error came from, the errors of a group included."""
    found: list[BaseException] = []
    inner = [error.__cause__, error.__context__, getattr(error, "os_error", None)]
    if isinstance(error, BaseExceptionGroup):
        inner += cast("Any", error).exceptions
    for one in inner:
        if one is not None and one is not error and len(found) < 20:
            found += [one, *_causes(one)]
    return found


async def _beginning(response: "aiohttp.ClientResponse") -> str:
    """The beginning of the body as text. What does not come in time, or is longer, ends the connection."""
    content = b""
    try:
        async with asyncio.timeout(_BODY_S):
            while len(content) < RESPONSE_MAX and (part := await response.content.read(RESPONSE_MAX - len(content))):
                content += part
            ended = response.content.at_eof()
    except Exception:  # noqa: BLE001 - the status is what counts, and it is there
        ended = False
    if not ended:
        response.close()
    return content.decode("utf-8", "replace").replace("\0", "\ufffd")
