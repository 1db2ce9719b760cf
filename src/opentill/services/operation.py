"""The frame of every operation: who asks, what it read, what it changes, and the answer that is kept.

    intent = await op.get(PAYMENT_INTENTS, id, in_path=True)      read
    captured, charge = ...                                          decide, in the domain
    op.update(intent, captured)
    op.emit("payment_intent.succeeded", captured)
    return await op.commit(captured)                                commit once

An operation with an outward effect has two commits: `prepare` writes the attempt (and the promise of an answer),
the call is made, and `commit` settles it. Between the two nothing of the system is locked; the rows say what is
under way, so a crash anywhere leaves something that a sweep can finish.

If the store answers Conflict before anything went out, the whole operation runs again from its reading.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeAlias, TypeVar, cast

import msgspec
from msgspec.structs import replace

from opentill.domain.errors import InvariantBroken, LockTimeout, Refusal, ResourceMissing
from opentill.domain.fees import FeeSchedule
from opentill.domain.ids import new_id
from opentill.domain.objects.account import Account
from opentill.domain.objects.event import Event, EventData, EventRequest
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.terminal.pairing import WrongCodes
from opentill.ports.acquirer import Acquirer
from opentill.ports.clock import Clock
from opentill.ports.laboratory import Laboratory
from opentill.ports.readers import ReaderLink
from opentill.ports.store import Changes, Conflict, Delete, Insert, Kind, Posting, Store, Stored, Update
from opentill.ports.vault import Vault
from opentill.services.fan_out import Emitted, Subscriptions, deliveries_of
from opentill.services.kinds import EVENTS, IDEMPOTENCY_KEYS, PAYMENT_INTENTS
from opentill.services.made_with import MadeWith
from opentill.services.records import AccountHidden, Asker, Delivery, IdempotencyRecord, PaymentIntentHidden

# How often a settlement is tried before it is left to the sweep.
SETTLE_RUNS = 8

LOCKED = (
    "This object cannot be accessed right now because another API request or Stripe process is currently accessing it. "
    "If you see this error intermittently, retry the request. If you see this error frequently and are making multiple "
    "concurrent requests to a single object, make your requests serially or at a lower rate."
)

T = TypeVar("T")
H = TypeVar("H")

StoredAccount: TypeAlias = Stored[Account, AccountHidden]


class Caller(msgspec.Struct, frozen=True):
    """Who asks, and how they want the answer.

    `api_version` is the effective one of the request, `account_version` the account's default, in which events are
    rendered. `request_id` and `idempotency_key` go into the events; both are None for what time causes. `platform` is
    the account that `account` is connected to, if it is; `application` is its application if it is the platform that
    asks. `shown` is the key as an error may show it. `session` is the id of the session that asks, or of the connection
    token, and `location` what limits either to the readers there.
    """

    account: str
    livemode: bool
    api_version: str
    account_version: str
    key: Asker = "secret"
    request_id: str | None = None
    idempotency_key: str | None = None
    fingerprint: str = ""
    expand: Sequence[str] = ()
    client_secret: str | None = None
    platform: str | None = None
    application: str | None = None
    shown: str = ""
    session: str | None = None
    location: str | None = None

    @property
    def in_page(self) -> bool:
        """Whether a page asks, whose secrets are everybody's: it sees an intent by its client secret only."""
        return self.key in ("publishable", "session")


class Answer(msgspec.Struct, frozen=True):
    """The bytes that go to the caller; `headers` say what they are, if they are not JSON."""

    status: int
    body: bytes
    headers: Sequence[tuple[bytes, bytes]] = ()


class Answering(Protocol):
    """Turns results into what the caller gets; implemented by the API, which alone knows its format."""

    async def success(self, op: "Operation", value: Any) -> Answer:
        """The answer that shows `value`."""
        ...

    async def refusal(self, op: "Operation", refusal: Refusal) -> Answer:
        """The answer that says no."""
        ...

    def event_object(self, op: "Operation", value: Any, version: str) -> bytes | None:
        """`value` as an account's events show it, whose default version is `version`; None if that takes reading."""
        ...

    async def event_object_read(self, op: "Operation", value: Any, version: str) -> bytes:
        """The same, where it takes reading: old versions showed objects inside others."""
        ...


class Wake(Protocol):
    """Tells the worker that an attempt is due now, so that it does not wait for its next round."""

    def __call__(self) -> None: ...


class Courier(Protocol):
    """Takes deliveries that were just committed, so that they leave at once. What it drops is found in the store."""

    def __call__(self, deliveries: Sequence[tuple[Stored[Delivery, None], Event]]) -> None: ...


def _leave_to_others(deliveries: Sequence[tuple[Stored[Delivery, None], Event]]) -> None:
    """No courier: what delivers is another process, or nothing yet."""


@dataclass(slots=True)
class System:
    """Everything an operation works with; put together once, at the start.

    `alone`: no other process works on this store. `private_webhooks`: webhooks may go to addresses of our own network.
    """

    store: Store
    clock: Clock
    vault: Vault
    acquirers: dict[bool, Acquirer]
    readers: ReaderLink
    answering: Answering
    wake: Wake
    fees: FeeSchedule
    development: bool
    laboratory: Laboratory | None = None
    accounts: dict[str, tuple[int, StoredAccount]] = field(default_factory=dict[str, tuple[int, StoredAccount]])
    announced: dict[tuple[str, bool], int] = field(default_factory=dict[tuple[str, bool], int])
    made_with: MadeWith = field(default_factory=MadeWith)
    wrong_codes: WrongCodes = field(default_factory=WrongCodes)
    base_url: str = "http://127.0.0.1:8420"
    alone: bool = True
    private_webhooks: bool = False
    courier: Courier = _leave_to_others
    subscriptions: Subscriptions = field(default_factory=Subscriptions)

    def acquirer(self, livemode: bool) -> Acquirer:
        """Test mode goes to the simulator, live mode to the configured acquirer."""
        return self.acquirers[livemode]


class Operation:
    """One run of one operation."""

    __slots__ = (
        "_afterwards",
        "_emitted",
        "_idempotency",
        "_loaded",
        "_unread",
        "answer",
        "caller",
        "changes",
        "now",
        "now_ms",
        "prepared",
        "system",
    )

    def __init__(
        self, system: System, caller: Caller, idempotency: Stored[IdempotencyRecord, None] | None = None
    ) -> None:
        self.system = system
        self.caller = caller
        self.now_ms = system.clock.now_ms()
        self.now = self.now_ms // 1000
        self.changes = Changes()
        self.answer: Answer | None = None
        self.prepared = False
        self._loaded: dict[tuple[str, str], Stored[Any, Any] | None] = {}
        self._afterwards: list[Callable[[], None]] = []
        self._unread: list[tuple[int, Any, str]] = []
        self._emitted: list[Emitted] = []
        self._idempotency = idempotency

    # Reading ------------------------------------------------------------------------------------------------

    async def find(self, kind: Kind[T, H], id: str) -> Stored[T, H] | None:
        """The object of this account and mode, or None; a second reading gives the first one's result."""
        key = (kind.table, id)
        if key in self._loaded:
            return cast("Stored[T, H] | None", self._loaded[key])
        stored = await self.system.store.get(kind, self.caller.account, id)
        if stored is not None and stored.livemode != self.caller.livemode:
            stored = None
        self._loaded[key] = stored
        return stored

    async def get(self, kind: Kind[T, H], id: str, *, in_path: bool = False, param: str | None = None) -> Stored[T, H]:
        """The object of this account and mode. Raises ResourceMissing, naming `param` (default: the kind's)."""
        stored = await self.find(kind, id)
        if stored is None:
            elsewhere = await self.system.store.get_body(kind, self.caller.account, id)
            raise self.missing(kind, id, in_path=in_path, param=param, elsewhere=elsewhere is not None)
        return stored

    def missing(
        self, kind: Kind[Any, Any], id: str, *, in_path: bool = False, param: str | None = None, elsewhere: bool = False
    ) -> ResourceMissing:
        """The refusal that says that there is no such object."""
        other: Literal["live", "test"] = "test" if self.caller.livemode else "live"
        return ResourceMissing(
            kind.label, id, param=param or kind.param, in_path=in_path, other_mode=other if elsewhere else None
        )

    async def get_to_pay(self, id: str) -> Stored[PaymentIntent, PaymentIntentHidden]:
        """The PaymentIntent named in the path, with what paying it will most likely read, in one reading."""
        account = self.caller.account
        wanted = [(PAYMENT_INTENTS, id), *self.system.made_with.of(account, id)]
        for (kind, name), stored in zip(wanted, await self.system.store.get_each(account, wanted), strict=True):
            if stored is not None and stored.livemode == self.caller.livemode:
                self._loaded.setdefault((kind.table, name), stored)
        return await self.get(PAYMENT_INTENTS, id, in_path=True)

    async def find_many(self, kind: Kind[T, H], ids: Sequence[str]) -> dict[str, Stored[T, H]]:
        """Those of `ids` that exist in this account and mode, in one reading; what was recorded here comes first."""
        found: dict[str, Stored[T, H]] = {}
        wanted: list[str] = []
        for id in ids:
            known = self._loaded.get((kind.table, id))
            if known is not None:
                found[id] = known
            else:
                wanted.append(id)
        if wanted:
            stored = await self.system.store.get_many(kind, self.caller.account, wanted)
            found.update({id: one for id, one in stored.items() if one.livemode == self.caller.livemode})
        return found

    # Deciding -----------------------------------------------------------------------------------------------

    def new_id(self, prefix: str) -> str:
        """A new id that begins with `prefix_`."""
        return new_id(prefix, self.now_ms)

    def create(
        self, kind: Kind[T, H], value: T, hidden: H, *, id: str | None = None, account: str | None = None
    ) -> Stored[T, H]:
        """Record a new object (its id is `value.id` unless given); returned as it will be stored."""
        id = id if id is not None else cast(str, value.id)  # type: ignore[attr-defined]
        owner = account if account is not None else self.caller.account
        livemode = self.caller.livemode
        self.changes.inserts.append(Insert(kind, owner, livemode, id, self.now, value, hidden))
        stored = Stored(kind, owner, livemode, id, self.now, 1, value, hidden)
        self._loaded[(kind.table, id)] = stored
        return stored

    def update(self, stored: Stored[T, H], value: T, hidden: H) -> Stored[T, H]:
        """Record a new value (the same object if only `hidden` changes); returned as it will be stored.

        An object changed twice in one operation is written once, with the last value.
        """
        changes = self.changes
        newer = Stored(
            stored.kind, stored.account, stored.livemode, stored.id, stored.created, stored.version + 1, value, hidden
        )
        self._loaded[(stored.kind.table, stored.id)] = newer
        for index, insert in enumerate(changes.inserts):
            if insert.id == stored.id and insert.kind is stored.kind:
                changes.inserts[index] = Insert(
                    insert.kind, insert.account, insert.livemode, insert.id, insert.created, value, hidden
                )
                newer = Stored(
                    stored.kind, stored.account, stored.livemode, stored.id, stored.created, 1, value, hidden
                )
                self._loaded[(stored.kind.table, stored.id)] = newer
                return newer
        for index, update in enumerate(changes.updates):
            if update.stored.id == stored.id and update.stored.kind is stored.kind:
                changes.updates[index] = Update(update.stored, value, hidden)
                newer = Stored(
                    stored.kind,
                    stored.account,
                    stored.livemode,
                    stored.id,
                    stored.created,
                    update.stored.version + 1,
                    value,
                    hidden,
                )
                self._loaded[(stored.kind.table, stored.id)] = newer
                return newer
        changes.updates.append(Update(stored, value, hidden))
        return newer

    def delete(self, stored: Stored[Any, Any]) -> None:
        """Record the end of an object."""
        self.changes.deletes.append(Delete(stored))
        self._loaded[(stored.kind.table, stored.id)] = None

    def post(self, postings: Sequence[Posting]) -> None:
        """Record a journal entry."""
        self.changes.postings.extend(postings)

    def emit(
        self,
        type: str,
        value: Any,
        previous_attributes: dict[str, Any] | None = None,
        *,
        owner: StoredAccount | None = None,
        id: str | None = None,
    ) -> None:
        """Record an event that shows `value` as it is now: an event of the caller's account, or of `owner`.

        `previous_attributes` are what its changed members were before. An event that may happen only once has an `id`
        that says so.
        """
        caller = self.caller
        account, version, platform = caller.account, caller.account_version, caller.platform
        if owner is not None:
            account, version, platform = owner.id, owner.hidden.api_version, owner.hidden.platform
        id = id or self.new_id("evt")
        shown = self.system.answering.event_object(self, value, version)
        if shown is None:  # to be read when the event is committed
            self._unread.append((len(self.changes.inserts), value, version))
        event = Event(
            id=id,
            account=msgspec.UNSET if platform is None else account,
            api_version=version,
            created=self.now,
            data=EventData(
                object=msgspec.Raw(shown or b"null"),
                previous_attributes=msgspec.UNSET
                if previous_attributes is None
                else msgspec.Raw(msgspec.json.encode(previous_attributes)),
            ),
            livemode=caller.livemode,
            pending_webhooks=0,
            request=EventRequest(id=caller.request_id, idempotency_key=caller.idempotency_key),
            type=type,
        )
        self._emitted.append((len(self.changes.inserts), value, platform))
        self.changes.inserts.append(Insert(EVENTS, account, caller.livemode, id, self.now, event, None))

    def after_commit(self, run: Callable[[], None]) -> None:
        """Have something remembered once the next commit is durable; not if it fails."""
        self._afterwards.append(run)

    # Committing ---------------------------------------------------------------------------------------------

    @property
    def idempotency_id(self) -> str | None:
        """The id of the idempotency record of this request, if it has a key."""
        caller = self.caller
        if caller.idempotency_key is None:
            return None
        return f"{'live' if caller.livemode else 'test'}:{caller.idempotency_key}"

    async def prepare(self) -> None:
        """First commit of an outward effect: everything recorded so far, and the promise of an answer."""
        if self._idempotency is None and (id := self.idempotency_id) is not None:
            record = self._record("running", 0, msgspec.Raw(b"null"))
            self._idempotency = self.create(IDEMPOTENCY_KEYS, record, None, id=id)
        await self._store()
        self.prepared = True

    async def commit(self, value: T) -> T:
        """Commit everything recorded, with the answer that shows `value`, and return it."""
        await self._finish(await self.system.answering.success(self, value))
        return value

    async def commit_refusal(self, refusal: Refusal) -> None:
        """Commit everything recorded, with the answer that refuses (a decline that happened)."""
        await self._finish(await self.system.answering.refusal(self, refusal))

    async def commit_silently(self) -> None:
        """Commit what nobody asked for by a request."""
        if self.changes.inserts or self.changes.updates or self.changes.deletes or self.changes.postings:
            await self._store()
        self.changes = Changes()

    async def _store(self) -> None:
        if self._unread:
            await self._read_for_events()
        system = self.system
        made = await deliveries_of(self, self._emitted) if self._emitted else ()
        await system.store.commit(self.changes)
        system.made_with.remember(self.changes)
        self.changes = Changes()
        self._emitted.clear()
        if made:
            system.courier(made)
        if self._afterwards:
            for run in self._afterwards:
                run()
            self._afterwards.clear()

    async def _read_for_events(self) -> None:
        for place, value, version in self._unread:
            insert = self.changes.inserts[place]
            shown = await self.system.answering.event_object_read(self, value, version)
            event = cast("Event", insert.value)
            data = replace(event.data, object=msgspec.Raw(shown))
            self.changes.inserts[place] = replace(insert, value=replace(event, data=data))
        self._unread.clear()

    def start_over(self) -> None:
        """Forget what was read and recorded since the last commit, to read again."""
        self.changes = Changes()
        self._loaded.clear()
        self._afterwards.clear()
        self._unread.clear()
        self._emitted.clear()
        self.now_ms = self.system.clock.now_ms()
        self.now = self.now_ms // 1000

    async def until_committed(self, run: Callable[[], Awaitable[T]]) -> T:
        """What follows a `prepare`: read, decide and commit, again if somebody changed what it read.

        The call that went out is not made again. Raises LockTimeout if others keep getting in between; the sweep
        then finishes the job, and the caller's retry gets its answer.
        """
        for number in range(SETTLE_RUNS):
            try:
                return await run()
            except Conflict:
                self.start_over()
            except InvariantBroken:
                # What was read may be of two moments, before and after somebody's commit: then it holds when it is
                # read again. If it does not, it is a mistake of ours.
                if number == SETTLE_RUNS - 1:
                    raise
                self.start_over()
        raise LockTimeout(LOCKED, code="lock_timeout")

    async def _finish(self, answer: Answer) -> None:
        promised = self._idempotency
        if promised is not None:
            record = replace(promised.value, state="done", status=answer.status, answer=msgspec.Raw(answer.body))
            self.update(promised, record, None)
        elif (id := self.idempotency_id) is not None:
            self.create(IDEMPOTENCY_KEYS, self._record("done", answer.status, msgspec.Raw(answer.body)), None, id=id)
        await self.commit_silently()
        self.answer = answer

    def _record(self, state: Literal["running", "done"], status: int, answer: msgspec.Raw) -> IdempotencyRecord:
        caller = self.caller
        return IdempotencyRecord(
            fingerprint=caller.fingerprint,
            request_id=caller.request_id or "",
            key=caller.idempotency_key or "",
            state=state,
            api_version=caller.api_version,
            account_version=caller.account_version,
            expand=list(caller.expand),
            asked_by=caller.key,
            session=caller.session,
            status=status,
            answer=answer,
        )
