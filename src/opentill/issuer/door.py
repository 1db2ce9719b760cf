"""The issuer's pages over HTTP: what is below /3ds/, without scripts and with nothing from other hosts.

GET  /3ds/{token}                the question, or what became of it
POST /3ds/{token}  answer=…      the cardholder's answer (complete, fail, cancel); sends them back to the merchant
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from importlib.resources import files
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qs

import msgspec
import structlog

from opentill.domain.three_d_secure import Answer
from opentill.issuer import pages
from opentill.issuer.pages import Html
from opentill.issuer.texts import language
from opentill.ports.store import StoreUnavailable
from opentill.services import challenges, three_d_secure
from opentill.services.challenges import PATH
from opentill.services.operation import System

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_MAX: Final = 4096
BODY_SECONDS: Final = 10

_ASSETS: Final = {"issuer.css": "text/css; charset=utf-8", "issuer.svg": "image/svg+xml"}
_HEADERS: Final = [
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin-allow-popups"),
    (b"cross-origin-resource-policy", b"same-origin"),
]

_log = structlog.get_logger("opentill.issuer")


class _Refused(Exception):
    """What came is no answer: the status to say so with."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class IssuerDoor:
    """The ASGI application of the issuer's pages."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._assets: dict[str, bytes] = {}

    def has(self, scope: Scope) -> bool:
        """Whether a request is for one of these pages."""
        path: str = scope["path"]
        return path.startswith(PATH)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that `has` recognised."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        method: str = scope["method"]
        name = str(scope["path"]).removeprefix(PATH)
        wanted = language(headers.get(b"accept-language", b"").decode("latin-1"))
        if name in _ASSETS and method in ("GET", "HEAD"):
            await self._send_asset(send, name, with_body=method == "GET")
            return
        location: str | None = None
        policy: str | None = None
        try:
            challenge = await challenges.of_token(self._system, name)
            if challenge is None:
                html = pages.notice("unknown", 404, wanted)
            elif method == "POST":
                policy = challenge.value.return_url
                answer = await _answer_in(receive, headers)
                asked = await three_d_secure.answered(self._system, challenge, answer)
                location = asked.way_back if asked.state != "open" else None
                location = location or f"{PATH}{name}"
                html = Html(303, "", wanted)
            elif method in ("GET", "HEAD"):
                policy = challenge.value.return_url
                html = pages.of(await three_d_secure.asked(self._system, challenge), wanted)
            else:
                html = pages.notice("unclear", 405, wanted)
        except _Refused as refused:
            html = pages.notice("unclear", refused.status, wanted)
        except StoreUnavailable as error:
            _log.error("store unavailable", reason=str(error))
            html = pages.notice("broken", 503, wanted)
        except Exception:  # noqa: BLE001 - the last resort: the cardholder gets a page, the log gets the trace
            _log.exception("request failed", method=method, path=f"{PATH}…")
            html = pages.notice("broken", 500, wanted)
        await _send(send, html, location=location, return_url=policy, with_body=method != "HEAD")
        # The address lets whoever knows it answer, so it is not logged.
        _log.info("request", method=method, path=f"{PATH}…", status=html.status)

    async def _send_asset(self, send: Send, name: str, *, with_body: bool) -> None:
        body = self._assets.get(name)
        if body is None:
            body = self._assets[name] = (files("opentill.issuer") / name).read_bytes()
        headers = [
            (b"content-type", _ASSETS[name].encode()),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"public, max-age=3600"),
            (b"x-content-type-options", b"nosniff"),
            (b"cross-origin-resource-policy", b"same-origin"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body if with_body else b""})


def content_security_policy(return_url: str | None) -> str:
    """The policy of a page whose form leads to `return_url` in the end.

    Browsers hold `form-action` against every redirect that follows, also those of the merchant's own pages, so it can
    name no more than schemes.
    """
    schemes = {"http:", "https:"}
    if return_url is not None:
        schemes.add(return_url.partition(":")[0].lower() + ":")
    return (
        "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self' {' '.join(sorted(schemes))}"
    )


async def _send(send: Send, html: Html, *, location: str | None, return_url: str | None, with_body: bool) -> None:
    body = html.body.encode()
    headers = [
        *_HEADERS,
        (b"content-security-policy", content_security_policy(return_url).encode("ascii", "replace")),
        (b"content-length", str(len(body)).encode()),
        (b"content-language", html.language.encode()),
        (b"vary", b"Accept-Language"),
    ]
    if body:
        headers.append((b"content-type", b"text/html; charset=utf-8"))
    if location is not None:
        headers.append((b"location", location.encode("ascii")))
    if html.status == 405:
        headers.append((b"allow", b"GET, HEAD, POST"))
    await send({"type": "http.response.start", "status": html.status, "headers": headers})
    await send({"type": "http.response.body", "body": body if with_body else b""})


async def _answer_in(receive: Receive, headers: dict[bytes, bytes]) -> Answer:
    """The answer in the body of a request. Raises _Refused."""
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/x-www-form-urlencoded":
        raise _Refused(415)
    body = b""
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise _Refused(400)
                body += message.get("body", b"")
                if len(body) > BODY_MAX:
                    raise _Refused(413)
                if not message.get("more_body"):
                    break
    except TimeoutError:
        raise _Refused(408) from None
    try:
        given = parse_qs(body.decode("ascii"), max_num_fields=10).get("answer", [])
        (answer,) = given
        return msgspec.convert(answer, Answer)
    except (ValueError, msgspec.ValidationError):
        raise _Refused(400) from None
