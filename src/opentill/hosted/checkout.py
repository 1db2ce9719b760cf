"""Requests for the page of a Checkout Session: it is shown, submitted, and left for the merchant's own page.

A form comes as browsers send it, with or without the script: the script only asks for the outcome as JSON, so that what
was typed stays where it is. Nothing of a form is logged.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias
from urllib.parse import parse_qsl

import msgspec
import structlog

from opentill.domain import checkout
from opentill.domain.errors import CardDeclined, InvalidRequest, InvariantBroken, LockTimeout, Refusal
from opentill.domain.masking import mask_card_numbers
from opentill.domain.objects.account import Account
from opentill.domain.objects.checkout_session import CheckoutSession
from opentill.hosted import form, pages
from opentill.hosted.form import Filled
from opentill.hosted.pages import View
from opentill.hosted.texts import LANGUAGES, chosen, countries
from opentill.ports.store import Conflict, Stored, StoreUnavailable
from opentill.services.accounts import merchant_name
from opentill.services.checkout import ending, submitting
from opentill.services.checkout.completion import StoredSession
from opentill.services.checkout.submitting import Typed
from opentill.services.kinds import ACCOUNTS, CHECKOUT_SESSIONS, CUSTOMERS, EVENTS, PAYMENT_INTENTS, SETUP_INTENTS
from opentill.services.operation import Caller, Operation, System

Scope: TypeAlias = Mapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Mapping[str, Any]]]
Send: TypeAlias = Callable[[dict[str, Any]], Awaitable[None]]

PAGE: Final = "/c/pay/"
RECOVERY: Final = "/c/recover/"

BODY_MAX: Final = 64 * 1024
BODY_SECONDS: Final = 30
FIELDS_MAX: Final = 250
RUNS: Final = 8
# How long a second submission waits for what becomes of the first, and the customer for the merchant to be told.
WAIT_S: Final = 20.0
TOLD_S: Final = 10.0
LOOK_S: Final = 0.05

_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = [
    (b"cache-control", b"no-store"),
    (b"content-security-policy", _POLICY.encode()),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"vary", b"Accept, Accept-Language"),
]
_HTML: Final = b"text/html; charset=utf-8"

_log = structlog.get_logger("opentill.hosted")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `location` sends the browser on."""

    status: int
    body: bytes
    media_type: bytes = _HTML
    location: str | None = None


class Visit:
    """One session as a page shows it: with what is read beside it, in the language of whoever visits."""

    def __init__(
        self, session: StoredSession, account: Account, email: str | None, country: str, language: str
    ) -> None:
        self.session = session
        self._account = account
        self._email = email
        self._country = country
        self._language = language

    def view(self) -> View:
        """The page before anything was typed."""
        hidden = self.session.hidden
        saves = hidden.intent is not None and hidden.intent.setup_future_usage is not None
        return View(
            session=self.session.value,
            lines=hidden.line_items,
            wanted=form.wanted(self.session.value, hidden.line_items, self._email),
            language=self._language,
            business=merchant_name(self._account),
            country=self._country,
            saves=saves,
        )


class Checkout:
    """The pages of Checkout Sessions."""

    def __init__(self, system: System) -> None:
        self._system = system

    def has(self, scope: Scope) -> bool:
        """Whether a request is for one of these pages."""
        return scope["path"].startswith((PAGE, RECOVERY))

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request that `has` recognised."""
        headers = dict(scope["headers"])
        language = chosen(None, headers.get(b"accept-language", b"").decode("latin-1"))
        try:
            reply = await self._reply(scope, receive, headers, language)
        except StoreUnavailable as error:
            _log.error("store unavailable", reason=str(error))
            reply = _bare(503, language, "unavailable")
        except Exception:  # noqa: BLE001 - the last resort: the customer gets an answer, the log gets the trace
            _log.exception("page failed", method=scope["method"])
            reply = _bare(500, language, "unavailable")
        path = scope["path"] if reply.status < 400 else mask_card_numbers(scope["path"])
        _log.info("page", method=scope["method"], path=path, status=reply.status)
        sent = [*_HEADERS, (b"content-type", reply.media_type), (b"content-length", str(len(reply.body)).encode())]
        if reply.location is not None:
            sent.append((b"location", reply.location.encode()))
        try:
            await send({"type": "http.response.start", "status": reply.status, "headers": sent})
            await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body})
        except RuntimeError as error:  # the browser is gone, and uvicorn has not told yet
            if "the handler is closed" not in str(error):
                raise

    async def _reply(self, scope: Scope, receive: Receive, headers: dict[bytes, bytes], language: str) -> Reply:
        prefix = PAGE if scope["path"].startswith(PAGE) else RECOVERY
        id = scope["path"].removeprefix(prefix)
        method = scope["method"]
        if method not in (("GET", "HEAD", "POST") if prefix == PAGE else ("GET", "HEAD")):
            return _bare(405, language, "missing")
        visit = await self._visit(id, headers)
        if visit is None:
            return _bare(404, language, "missing")
        if prefix == RECOVERY:
            return await self._recover(visit)
        if method != "POST":
            return await self._show(visit)
        fields = await _form(receive, headers)
        as_json = b"application/json" in headers.get(b"accept", b"")
        if fields is None:
            return _json(400, {"message": "went_wrong"}) if as_json else _bare(400, language, "missing")
        return await self._submitted(visit, fields, as_json=as_json)

    async def _visit(self, id: str, headers: Mapping[bytes, bytes]) -> Visit | None:
        if not id.startswith(("cs_test_", "cs_live_")) or len(id) > 255:
            return None
        found = await self._system.store.find(CHECKOUT_SESSIONS, "page", id, limit=1)
        if not found:
            return None
        session = found[0]
        account = await self._system.store.get(ACCOUNTS, session.account, session.account)
        if account is None:
            return None
        email, country = session.value.customer_email, None
        if session.value.customer is not None:
            customer = await self._system.store.get(CUSTOMERS, session.account, session.value.customer)
            if customer is not None:
                email = customer.value.email
                country = None if customer.value.address is None else customer.value.address.country
        accepted = headers.get(b"accept-language", b"").decode("latin-1")
        country = country or _region(accepted) or account.value.country
        return Visit(
            session,
            account.value,
            email,
            country if isinstance(country, str) and country in countries("en") else "US",
            chosen(session.value.locale, accepted),
        )

    # Showing --------------------------------------------------------------------------------------------------

    async def _show(self, visit: Visit) -> Reply:
        session, view = visit.session, visit.view()
        if session.value.status == "complete":
            return _page(200, pages.complete(view))
        if not checkout.is_open(session.value, self._system.clock.now()):
            recovery = checkout.recovery_of(session.value, self._system.clock.now())
            gone = replace(view, session=msgspec.structs.replace(session.value, status="expired"))
            return _page(200, pages.expired(gone, None if recovery is None else recovery.url))
        if await self._under_way(session):
            return _page(200, pages.under_way(view))
        return _page(200, pages.form(view))

    async def _under_way(self, session: StoredSession) -> bool:
        """Whether an earlier submission has no outcome yet."""
        store, value = self._system.store, session.value
        if value.setup_intent is not None:
            setup = await store.get(SETUP_INTENTS, session.account, value.setup_intent)
            return setup is not None and setup.hidden.open_attempt is not None
        if value.payment_intent is not None:
            payment = await store.get(PAYMENT_INTENTS, session.account, value.payment_intent)
            return payment is not None and (
                payment.hidden.open_attempt is not None or payment.value.status == "processing"
            )
        return False

    async def _recover(self, visit: Visit) -> Reply:
        session = visit.session
        try:
            fresh = await self._run(session, lambda op: ending.take_up(op, session.id))
        except (InvalidRequest, LockTimeout):
            return await self._show(visit)
        return Reply(303, b"", location=fresh.url or f"{PAGE}{fresh.id}")

    # Submitting -----------------------------------------------------------------------------------------------

    async def _submitted(self, visit: Visit, fields: dict[str, str], *, as_json: bool) -> Reply:
        session, view = visit.session, visit.view()
        now = self._system.clock.now()
        if session.value.status == "complete":  # submitted twice: the first time counted
            return await self._done(visit, as_json=as_json)
        if not checkout.is_open(session.value, now):
            return _json(200, {"redirect": f"{PAGE}{session.id}"}) if as_json else await self._show(visit)
        if "update" in fields:
            filled, quantities = form.quantities(fields, view.wanted)
            return await self._updated(visit, filled, quantities)
        filled, typed = form.read(fields, view.wanted, now=now, livemode=session.livemode)
        if typed is None:
            if filled.declined is not None:
                return _refused(view, filled, *_told(filled.declined), as_json=as_json)
            return _refused(view, filled, None, None, as_json=as_json)
        try:
            await self._submit(session, typed)
        except CardDeclined as declined:
            return _refused(view, filled, *_told(declined), as_json=as_json)
        except LockTimeout:
            return await self._second(visit, filled, as_json=as_json)
        except InvalidRequest as refusal:
            fresh = await self._again(visit)
            if refusal.code == "amount_mismatch":
                return _refused(fresh.view(), filled, None, "amount_changed", as_json=as_json)
            if fresh.session.value.status != "open":
                return await self._submitted(fresh, fields, as_json=as_json)
            _log.info("submission refused", session=session.id, code=refusal.code)
            return _refused(fresh.view(), filled, None, "went_wrong", as_json=as_json)
        return await self._outcome(await self._again(visit), filled, as_json=as_json)

    async def _submit(self, session: StoredSession, typed: Typed) -> None:
        await self._run(session, lambda op: submitting.submit(op, session.id, typed))

    async def _run(self, session: StoredSession, work: Callable[[Operation], Awaitable[Any]]) -> Any:
        """Do something for the account of the session; again if somebody else was first, but for what went out."""
        for number in range(RUNS):
            op = await self._operation(session)
            try:
                return await work(op)
            except Conflict as conflict:
                if op.prepared:
                    raise LockTimeout("somebody else was first", code="lock_timeout") from conflict
            except InvariantBroken:  # what was read may be of two moments
                if op.prepared or number == RUNS - 1:
                    raise
        raise LockTimeout("others keep getting in between", code="lock_timeout")

    async def _operation(self, session: StoredSession) -> Operation:
        """Nobody's request: what customers do has no key and no request id."""
        account = await self._system.store.get(ACCOUNTS, session.account, session.account)
        version = "" if account is None else account.hidden.api_version
        platform = None if account is None else account.hidden.platform
        return Operation(self._system, Caller(session.account, session.livemode, version, version, platform=platform))

    async def _again(self, visit: Visit) -> Visit:
        """The same visit, with the session as it is now."""
        stored = await self._system.store.get(CHECKOUT_SESSIONS, visit.session.account, visit.session.id)
        if stored is not None:
            visit.session = stored
        return visit

    async def _second(self, visit: Visit, filled: Filled, *, as_json: bool) -> Reply:
        """Another submission is under way: what becomes of that is the answer to this one too."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + WAIT_S
        while loop.time() < deadline:
            visit = await self._again(visit)
            if visit.session.value.status != "open" or not await self._under_way(visit.session):
                return await self._outcome(visit, filled, as_json=as_json)
            await asyncio.sleep(LOOK_S)
        return _json(200, {"redirect": f"{PAGE}{visit.session.id}"}) if as_json else await self._show(visit)

    async def _outcome(self, visit: Visit, filled: Filled, *, as_json: bool) -> Reply:
        """What the session came to, after a submission."""
        session = visit.session
        if session.value.status == "complete":
            return await self._done(visit, as_json=as_json)
        if session.value.status == "expired":
            return _json(200, {"redirect": f"{PAGE}{session.id}"}) if as_json else await self._show(visit)
        store, value = self._system.store, session.value
        intent: Stored[Any, Any] | None = None
        if value.setup_intent is not None:
            intent = await store.get(SETUP_INTENTS, session.account, value.setup_intent)
        elif value.payment_intent is not None:
            intent = await store.get(PAYMENT_INTENTS, session.account, value.payment_intent)
        status = None if intent is None else intent.value.status
        if status == "processing":
            return _json(200, {"redirect": f"{PAGE}{session.id}"}) if as_json else await self._show(visit)
        if status == "requires_action":  # passing it is not part of this page yet
            return _refused(visit.view(), filled, None, "authentication_needed", as_json=as_json)
        error = None
        if intent is not None:
            last = "last_setup_error" if value.mode == "setup" else "last_payment_error"
            error = getattr(intent.value, last)
        if error is None:
            return _refused(visit.view(), filled, None, "went_wrong", as_json=as_json)
        at, problem = form.told(_given(error.code), _given(error.decline_code))
        return _refused(visit.view(), filled, at, problem, as_json=as_json)

    async def _updated(self, visit: Visit, filled: Filled, quantities: dict[str, int]) -> Reply:
        """The same page with the new total: nothing is bought yet."""
        if not filled.problems:
            session = visit.session

            async def change(op: Operation) -> CheckoutSession:
                stored = await op.get(CHECKOUT_SESSIONS, session.id, in_path=True)
                checkout.check_open(stored.value, op.now)
                changed = submitting.with_quantities(op, stored, quantities)
                return await op.commit(changed.value)

            try:
                await self._run(session, change)
            except Refusal:
                return _refused((await self._again(visit)).view(), filled, None, "went_wrong", as_json=False)
        view = (await self._again(visit)).view()
        return _page(200, pages.form(replace(view, values=filled.values, problems=filled.problems)))

    # Leaving --------------------------------------------------------------------------------------------------

    async def _done(self, visit: Visit, *, as_json: bool) -> Reply:
        """Off to the merchant's page, once the merchant was told or ten seconds have passed."""
        await self._told(visit.session)
        address = checkout.return_address(visit.session.value) or f"{PAGE}{visit.session.id}"
        return _json(200, {"redirect": address}) if as_json else _page(200, pages.done(visit.view(), address))

    async def _told(self, session: StoredSession) -> None:
        """Wait until the endpoints that are to be told of the completion have taken it (reference: Fulfill orders)."""
        event = session.hidden.completion
        loop = asyncio.get_running_loop()
        deadline = loop.time() + TOLD_S
        while event is not None and loop.time() < deadline:
            stored = await self._system.store.get(EVENTS, session.account, event)
            if stored is None or not stored.value.pending_webhooks:
                return
            await asyncio.sleep(LOOK_S)


# Requests and answers -----------------------------------------------------------------------------------------------


async def _form(receive: Receive, headers: Mapping[bytes, bytes]) -> dict[str, str] | None:
    """The fields of a form, the last value of each; None if it is not one, or too much of one."""
    if not headers.get(b"content-type", b"").startswith(b"application/x-www-form-urlencoded"):
        return None
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return None
                part: bytes = message.get("body", b"")
                size += len(part)
                if size > BODY_MAX:
                    return None
                parts.append(part)
                if not message.get("more_body"):
                    break
        pairs = parse_qsl(
            b"".join(parts).decode("ascii", "replace"),
            keep_blank_values=True,
            errors="replace",
            max_num_fields=FIELDS_MAX,
        )
    except (TimeoutError, ValueError):
        return None
    return dict(pairs)


def _told(declined: CardDeclined) -> tuple[str | None, str]:
    return form.told(declined.code, declined.decline_code)


def _refused(view: View, filled: Filled, at: str | None, problem: str | None, *, as_json: bool) -> Reply:
    """The page again, with what is wrong: at the fields, and of the whole."""
    problems = dict(filled.problems)
    if at is not None and problem is not None:
        problems[at] = problem
    shown = replace(view, values=filled.values, problems=problems, message=problem)
    if not as_json:
        return _page(402 if problem is not None else 400, pages.form(shown))
    texts = LANGUAGES[view.language]
    bounds = {f"quantity-{line.id}": checkout.quantity_bounds(line) for line in view.lines}
    said: dict[str, str] = {}
    for name, text in problems.items():
        least, most = bounds.get(name, (0, 0))
        said[name] = getattr(texts, text).format(least=least, most=most)
    answer: dict[str, Any] = {"errors": said, "message": shown.say(problem or "check_fields")}
    if problem == "amount_changed":
        answer["reload"] = True
    return _json(200, answer)


def _given(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _region(accepted: str) -> str | None:
    """The country in the first language that a browser asks for: GB in `en-GB,en;q=0.8`."""
    region = accepted.partition(",")[0].partition(";")[0].strip().rpartition("-")[2]
    return region.upper() if len(region) == 2 and "-" in accepted.partition(",")[0] else None


def _page(status: int, page: str) -> Reply:
    return Reply(status, page.encode())


def _bare(status: int, language: str, name: str) -> Reply:
    return _page(status, pages.bare(language, f"{name}_title", f"{name}_detail"))


def _json(status: int, value: Mapping[str, Any]) -> Reply:
    return Reply(status, msgspec.json.encode(value), b"application/json")
