"""The API over HTTP: one request from its bytes to the bytes of its answer.

A plain ASGI application: this part of the product *is* a wire protocol, whose unknown routes, methods, parameters and
errors all have a prescribed answer, so there is nothing for a framework to decide (docs/decisions).
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, MutableMapping
from functools import cache
from typing import Any, TypeAlias

import msgspec
import structlog

from opentill.api import contents, errors, expand, forms
from opentill.api.answers import Answers, refusal_body
from opentill.api.authentication import Authentication, Credential, check_allowed
from opentill.api.errors import TooLarge, TooSlow
from opentill.api.openapi import Endpoint, document
from opentill.api.routing import Routes
from opentill.domain.errors import (
    IdempotencyInProgress,
    IdempotencyMismatch,
    InvalidRequest,
    InvariantBroken,
    LockTimeout,
    Refusal,
    Unavailable,
    UnknownRoute,
)
from opentill.domain.files import UPLOAD_MAX
from opentill.domain.ids import new_id
from opentill.domain.masking import mask_card_numbers
from opentill.domain.versions import is_known
from opentill.ports.store import Conflict, StoreUnavailable
from opentill.requests.params import parse, take_expand
from opentill.services.file_keeping import Contents
from opentill.services.kinds import IDEMPOTENCY_KEYS
from opentill.services.operation import LOCKED, Answer, Caller, Operation, System

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_MAX = 1_000_000
BODY_SECONDS = 30
# What an endpoint takes that takes files: the longest one, and what stands around it.
UPLOAD_BODY_MAX = UPLOAD_MAX + 100_000
UPLOAD_SECONDS = 300
UPLOADS = 4  # at once: each is held in memory a few times over
CONFLICT_RUNS = 8
IDEMPOTENCY_KEY_MAX = 255

_log = structlog.get_logger("opentill.api")

_JSON = [
    (b"content-type", b"application/json"),
    (b"cache-control", b"no-cache, no-store"),
    (b"access-control-allow-credentials", b"true"),
    (b"access-control-allow-methods", b"GET, HEAD, PUT, PATCH, POST, DELETE"),
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        (
            b"Request-Id, Stripe-Manage-Version, Stripe-Should-Retry, X-Stripe-External-Auth-Required, "
            b"X-Stripe-Privileged-Session-Required"
        ),
    ),
    (b"access-control-max-age", b"300"),
    (b"strict-transport-security", b"max-age=63072000; includeSubDomains; preload"),
    (b"vary", b"Origin"),
]

# The official client for Node does not read the body of what it tries again. Its connection would stay half used, and
# its process alive, until the connection is closed.
_TRY_AGAIN = [(b"stripe-should-retry", b"true"), (b"connection", b"close")]


class Api:
    """The ASGI application. `routes` is what it serves under /v1; `development` is what only `opentill up` serves."""

    def __init__(self, system: System, routes: Routes, authentication: Authentication, answers: Answers) -> None:
        self.system = system
        self._routes = routes
        self._authentication = authentication
        self._answers = answers
        self._running: set[str] = set()
        self._uploads = asyncio.Semaphore(UPLOADS)
        self._openapi: bytes | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    # One request ----------------------------------------------------------------------------------------------

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers: dict[bytes, bytes] = dict(scope["headers"])
        method: str = scope["method"]
        path: str = scope["raw_path"].decode("latin-1")
        request_id = new_id("req", self.system.clock.now_ms())
        extra: list[tuple[bytes, bytes]] = [(b"request-id", request_id.encode())]
        try:
            answer = await self._answer(scope, receive, method, path, headers, request_id, extra)
        except Refusal as refusal:
            answer = Answer(errors.status_of(refusal), refusal_body(refusal))
            if errors.should_retry(refusal):
                extra.extend(_TRY_AGAIN)
            if answer.status == 401:
                # Asked for Basic, a browser would show its own dialog to whoever stands at a till.
                scheme = b"Bearer" if path.startswith("/opentill/pos/") else b"Basic"
                extra.append((b"www-authenticate", scheme + b' realm="Stripe"'))
        except StoreUnavailable as error:
            _log.error("store unavailable", request_id=request_id, reason=str(error))
            answer = _unavailable()
            extra.extend(_TRY_AGAIN)
        except Exception:  # noqa: BLE001 - the last resort: the client gets an answer, the log gets the trace
            _log.exception("request failed", request_id=request_id, method=method, path=mask_card_numbers(path))
            answer = _broken()
            extra.append((b"stripe-should-retry", b"false"))
        if answer.status >= 400 and method == "POST" and not any(name == b"stripe-should-retry" for name, _ in extra):
            extra.append((b"stripe-should-retry", b"false"))
        body = answer.body
        start = {
            "type": "http.response.start",
            "status": answer.status,
            "headers": [*(answer.headers or _JSON), (b"content-length", str(len(body)).encode()), *extra],
        }
        try:
            await send(start)
            await send({"type": "http.response.body", "body": body})
        except RuntimeError as error:
            # The client hung up. uvicorn notices by itself, but not while another request waits on the connection.
            if "the handler is closed" not in str(error):
                raise
        if answer.status >= 400:  # the path of anything else is one of ours
            path = mask_card_numbers(path)
        _log.info("request", method=method, path=path, status=answer.status, request_id=request_id)

    async def _answer(
        self,
        scope: Scope,
        receive: Receive,
        method: str,
        path: str,
        headers: dict[bytes, bytes],
        request_id: str,
        extra: list[tuple[bytes, bytes]],
    ) -> Answer:
        found = self._routes.find(method, path)
        if found is None:
            if method == "OPTIONS":
                requested = headers.get(b"access-control-request-headers")
                if requested is not None:
                    extra.append((b"access-control-allow-headers", requested))
                return Answer(204, b"")
            if method == "GET" and path == "/healthz":
                return await self._health()
            if method == "GET" and path == "/openapi.json":
                return self._document()
            if path.startswith(("/v1/", "/v2/")):  # who asks is checked before what they ask for
                await self._authentication.credential(headers.get(b"authorization"))
            raise UnknownRoute(
                f"Unrecognized request URL ({method}: {mask_card_numbers(path[:200])}). Please see "
                "https://stripe.com/docs or we can help at https://support.stripe.com/."
            )
        endpoint, ids = found
        if not endpoint.uploads:
            return await self._call(endpoint, ids, scope, receive, headers, request_id, extra, path)
        async with self._uploads:
            return await self._call(endpoint, ids, scope, receive, headers, request_id, extra, path)

    async def _call(
        self,
        endpoint: Endpoint,
        ids: list[str],
        scope: Scope,
        receive: Receive,
        headers: dict[bytes, bytes],
        request_id: str,
        extra: list[tuple[bytes, bytes]],
        path: str,
    ) -> Answer:
        """Do what an endpoint is asked for, if whoever asks may ask for it."""
        method = endpoint.method
        credential = await self._authentication.credential(headers.get(b"authorization"))
        check_allowed(credential, endpoint.auth, resource=_resource(endpoint.path), writes=method != "GET")
        version = _version(headers, credential)
        extra.append((b"stripe-version", version.encode()))
        if (account := _acting_for(headers)) is not None:
            credential = await self._authentication.acting_for(credential, account)
            extra.append((b"stripe-account", credential.account.encode()))
        content_type = headers.get(b"content-type", b"")
        if method == "POST":
            body = await _body(receive, headers, uploads=endpoint.uploads)
            if content_type.startswith(b"multipart/form-data"):
                tree = forms.parse_multipart(body, content_type)
            else:
                if content_type and not content_type.startswith(b"application/x-www-form-urlencoded") and body:
                    raise InvalidRequest(
                        f"Invalid request (check that your POST content type is application/x-www-form-urlencoded): "
                        f"it is {content_type[:80].decode('latin-1')}."
                    )
                tree = forms.parse(body)
                if query := scope["query_string"]:
                    tree = forms.parse(query) | tree
        else:
            body = b""
            tree = forms.parse(scope["query_string"])
        key = _idempotency_key(headers) if method == "POST" else None
        if key is not None:
            extra.append((b"idempotency-key", key.encode("latin-1")))
        caller = Caller(
            account=credential.account,
            livemode=credential.livemode,
            api_version=version,
            account_version=credential.account_version,
            key=credential.kind,
            request_id=request_id,
            idempotency_key=key,
            fingerprint=""
            if key is None
            else self._fingerprint(credential, path, forms.sameness(body, content_type), scope["query_string"]),
            expand=take_expand(tree),
            platform=credential.platform,
            application=credential.application,
            shown=credential.shown,
            session=credential.session,
            location=credential.location,
        )
        if caller.expand and not endpoint.expands:
            raise InvalidRequest("Objects cannot be expanded in a page.", param="expand")
        if key is None:
            return await self._run(endpoint, ids, tree, caller, extra, path)
        return await self._run_once(endpoint, ids, tree, caller, extra, path)

    def _fingerprint(self, credential: Credential, path: str, parameters: bytes, query: bytes) -> str:
        """What must be the same when a key comes back: the path and the parameters, however they were sent.

        So must the kind of API key: a publishable one is not shown what a secret one is.
        Keyed like the fingerprint of a card: there may be a card number among the parameters, which the digest of
        them alone would let somebody guess who has seen it (PCI DSS 3.5.1.1).
        """
        sent = b"\0".join((credential.kind.encode(), path.encode("latin-1"), parameters, query))
        return self.system.vault.fingerprint(credential.account, hashlib.sha256(sent).hexdigest())

    async def _run_once(
        self,
        endpoint: Endpoint,
        ids: list[str],
        tree: dict[str, Any],
        caller: Caller,
        extra: list[tuple[bytes, bytes]],
        path: str,
    ) -> Answer:
        """Run a request that carries an idempotency key, or answer what it was answered before.

        The key is looked up only when the request does not go through: its insert is what keeps a second run from
        committing, so the common, first request pays nothing for it.
        """
        running = f"{caller.account}{caller.livemode}{caller.idempotency_key}"
        if running in self._running:  # perhaps by another that only asks for the answer again
            replayed = await self._replay(caller, extra)
            if replayed is None:
                raise _in_progress(caller)
            return replayed
        self._running.add(running)
        try:
            try:
                return await self._run(endpoint, ids, tree, caller, extra, path)
            except Refusal:
                replayed = await self._replay(caller, extra)
                if replayed is None:
                    raise
                return replayed
        finally:
            self._running.discard(running)

    async def _run(
        self,
        endpoint: Endpoint,
        ids: list[str],
        tree: dict[str, Any],
        caller: Caller,
        extra: list[tuple[bytes, bytes]],
        path: str,
    ) -> Answer:
        params = parse(endpoint.params, tree, version=caller.api_version)
        if caller.expand and endpoint.method == "POST":  # once it is done it is too late to refuse
            expand.check(caller.expand, endpoint.returns, caller.api_version)
        for run in range(CONFLICT_RUNS):
            op = Operation(self.system, caller)
            try:
                value = await endpoint.handler(op, *ids, params)
            except Conflict as conflict:
                if conflict.table == IDEMPOTENCY_KEYS.table:
                    replayed = await self._replay(caller, extra)
                    if replayed is not None:
                        return replayed
                if op.prepared:
                    raise LockTimeout(LOCKED, code="lock_timeout") from conflict
                continue
            except InvariantBroken:
                # What was read may be of two moments, before and after somebody's commit: then it holds when it is
                # read again. If it does not, it is a mistake of ours.
                if op.prepared or run == CONFLICT_RUNS - 1:
                    raise
                continue
            except Refusal as refusal:
                if op.answer is None:
                    await self._answers.shape_details(op, refusal)
                    raise
                return op.answer  # the refusal of the card network, recorded and kept
            if op.answer is not None:
                return op.answer
            if caller.expand:
                expand.check(caller.expand, endpoint.returns, caller.api_version)
            if isinstance(value, Contents):
                return Answer(200, value.content, contents.headers(value))
            return Answer(200, await self._answers.render(op, value, path))
        raise LockTimeout(LOCKED, code="lock_timeout")

    async def _replay(self, caller: Caller, extra: list[tuple[bytes, bytes]]) -> Answer | None:
        """What the first request with this key was answered, or None if there was none."""
        mode = "live" if caller.livemode else "test"
        stored = await self.system.store.get(IDEMPOTENCY_KEYS, caller.account, f"{mode}:{caller.idempotency_key}")
        if stored is None or stored.value.request_id == caller.request_id:
            return None
        record = stored.value
        if record.fingerprint != caller.fingerprint:
            raise IdempotencyMismatch(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
                f"using a key other than '{caller.idempotency_key}' if you meant to execute a different request."
            )
        if record.state == "running":
            raise _in_progress(caller)
        extra.append((b"original-request", record.request_id.encode()))
        extra.append((b"idempotent-replayed", b"true"))
        return Answer(record.status, bytes(record.answer))

    # What is not the API ----------------------------------------------------------------------------------------

    async def _health(self) -> Answer:
        if await self.system.store.ready():
            return Answer(200, b'{"status": "ok"}')
        return _unavailable()

    def _document(self) -> Answer:
        if self._openapi is None:
            self._openapi = msgspec.json.encode(document(self._routes.endpoints))
        return Answer(200, self._openapi)


def _in_progress(caller: Caller) -> IdempotencyInProgress:
    return IdempotencyInProgress(
        "There is currently another in-progress request using this Idempotent Key (that probably means you submitted "
        f"twice, and the other request is still going through): {caller.idempotency_key}. Please try again later.",
        code="idempotency_key_in_use",
    )


@cache
def _resource(path: str) -> str:
    """The name of the resource that a path is about: /v1/terminal/readers/{id} is "terminal_readers"."""
    parts = [part for part in path.split("/")[2:] if not part.startswith("{")]
    if parts[0] == "test_helpers":
        parts = parts[1:]
    return "_".join(parts[:2]) if parts[0] == "terminal" else parts[0]


def _version(headers: dict[bytes, bytes], credential: Credential) -> str:
    given = headers.get(b"stripe-version")
    if not given:
        return credential.api_version
    version = given.decode("latin-1")
    if not is_known(version):
        raise InvalidRequest(f"Invalid Stripe API version: {version[:100]}")
    return version


def _acting_for(headers: dict[bytes, bytes]) -> str | None:
    """The account that the request is for, if the key's own does not ask for itself.

    `Stripe-Context` is the newer header; of a path of accounts in it, the last one is meant.
    """
    account = headers.get(b"stripe-account", b"").decode("latin-1")
    context = headers.get(b"stripe-context", b"").decode("latin-1").rpartition("/")[2]
    if account and context and account != context:
        raise InvalidRequest("The headers `Stripe-Account` and `Stripe-Context` name different accounts.")
    return account or context or None


def _idempotency_key(headers: dict[bytes, bytes]) -> str | None:
    key = headers.get(b"idempotency-key")
    if not key:
        return None
    text = key.decode("latin-1")
    if len(text) > IDEMPOTENCY_KEY_MAX:
        raise InvalidRequest(f"Idempotency keys can have up to {IDEMPOTENCY_KEY_MAX} characters.")
    if not text.isprintable():
        raise InvalidRequest("Idempotency keys are printable text.")
    return text


async def _body(receive: Receive, headers: dict[bytes, bytes], *, uploads: bool) -> bytes:
    maximum, seconds = (UPLOAD_BODY_MAX, UPLOAD_SECONDS) if uploads else (BODY_MAX, BODY_SECONDS)
    length = headers.get(b"content-length", b"")
    if length == b"0":
        return b""
    if length.isdigit() and int(length) > maximum:
        raise TooLarge(f"The request is larger than {maximum} bytes.")
    try:
        async with asyncio.timeout(seconds):
            parts: list[bytes] = []
            size = 0
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":  # the first message already, if the client was quick
                    raise TooSlow("The request ended before its body was complete.")
                part: bytes = message.get("body", b"")
                size += len(part)
                if size > maximum:
                    raise TooLarge(f"The request is larger than {maximum} bytes.")
                parts.append(part)
                if not message.get("more_body"):
                    return part if size == len(part) else b"".join(parts)
    except TimeoutError:
        raise TooSlow(f"The body of the request did not arrive within {seconds} seconds.") from None


def _unavailable() -> Answer:
    refusal = Unavailable(
        "The database cannot be reached or cannot write at the moment. Try again, with the same idempotency key: then "
        "nothing is done twice."
    )
    return Answer(503, refusal_body(refusal))


def _broken() -> Answer:
    error = {"message": "An unknown error occurred. The request id is in the log of the server.", "type": "api_error"}
    return Answer(500, errors.encode(error))
