"""The sweep: a round over everything that is due, safe to run twice, by any number of processes at once.

Every item is read, decided and committed by itself; a Conflict means that somebody else did it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from math import inf
from typing import Any, TypeAlias

import structlog
from msgspec.structs import replace

from opentill.domain.errors import CardDeclined, LockTimeout
from opentill.ports.acquirer import NotSent, Unknown
from opentill.ports.store import Conflict, Kind, Stored, StoreUnavailable
from opentill.services import (
    advices,
    authorization,
    balance,
    capture,
    confirmation,
    file_keeping,
    refunds,
    setup_confirmation,
    three_d_secure,
    verification,
)
from opentill.services.checkout import ending
from opentill.services.kinds import (
    ACCOUNTS,
    ATTEMPTS,
    BALANCE_TRANSACTIONS,
    CARDS,
    CHALLENGES,
    CHARGES,
    CHECKOUT_SESSIONS,
    CONNECTION_TOKENS,
    FILES,
    IDEMPOTENCY_KEYS,
    PAYMENT_INTENTS,
    POS_SESSIONS,
    READERS,
    REFUNDS,
)
from opentill.services.operation import Caller, Operation, System
from opentill.services.records import Attempt
from opentill.services.terminal import connection_tokens, devices, settling, slots

_log = structlog.get_logger("opentill.worker")

Work: TypeAlias = Callable[[Stored[Any, Any]], Awaitable[bool]]
"""Does one item; whether that changed anything."""

BATCH = 100
# How many attempts of a process that died are taken up at the start; any others wait for the end of their lease.
ORPHANS = 10_000
FOR_EVER = 2**53
ROUND_S = 1.0
PAUSE_S = 0.02  # between rounds at least, so that under load what comes together is done together
# An attempt of a process that died is made again only while its caller may still be waiting.
RESUME_S = 60
IDEMPOTENCY_S = 24 * 3600


class Worker:
    """Runs rounds until it is stopped.

    `alone`: no other process works on this store, so whatever is found under way at the start was left by one that
    died.
    """

    def __init__(self, system: System, *, alone: bool) -> None:
        self._system = system
        self._alone = alone
        self._awake = asyncio.Event()
        self._busy = asyncio.Lock()
        self._orphans: list[Stored[Attempt, None]] = []
        # What falls due: a kind, the column that says when, and what is then to be done.
        self._duties: tuple[tuple[Kind[Any, Any], str, Work], ...] = (
            (ATTEMPTS, "due", self._attempt),
            (CHALLENGES, "due", self._unpassed),
            (CHARGES, "capture_before", self._lapse),
            (REFUNDS, "due", self._refund),
            (READERS, "due", self._reader),
            (READERS, "silent_on", self._silent),
            (BALANCE_TRANSACTIONS, "available_on", self._available),
            (POS_SESSIONS, "due", self._forget),
            (FILES, "due", self._outlived),
            (CHECKOUT_SESSIONS, "due", self._expire_session),
        )
        self._task: asyncio.Task[None] | None = None
        self._purged = 0
        self._looked = -inf

    def wake(self) -> None:
        """An attempt is due now."""
        self._awake.set()

    async def catch_up(self) -> None:
        """What a crash left behind, then rounds until nothing is due; whoever else asks for it waits for its end."""
        async with self._busy:
            while self._orphans:
                await self._each(self._orphans.pop(), self._attempt)
            while await self.round():
                pass

    async def start(self) -> None:
        """Begin the rounds, with what a crash left behind first.

        That is looked up before the first request is served: what is found prepared now, nobody is working on.
        """
        if self._alone:
            open_attempts = await self._system.store.due(ATTEMPTS, "due", FOR_EVER, ORPHANS)
            self._orphans = [stored for stored in open_attempts if stored.value.state == "prepared"]
        self._task = asyncio.create_task(self._run(), name="worker")

    async def stop(self) -> None:
        """End the rounds. What one leaves half done is done again: at the next start, or by another process."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        """Rounds, each a second after the last; between them, whenever it is woken, the attempts."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                if self._awake.is_set() and loop.time() < self._looked + ROUND_S:
                    self._awake.clear()
                    async with self._busy:
                        await self._do(*self._duties[0])
                else:
                    self._awake.clear()
                    try:
                        await self.catch_up()
                    finally:
                        self._looked = loop.time()
            except StoreUnavailable as error:
                _log.warning("store unavailable", reason=str(error))
            except Exception:  # noqa: BLE001 - one bad round must not end the rounds
                _log.exception("round failed")
            await asyncio.sleep(PAUSE_S)
            # Not wait_for: before Python 3.12 it loses a cancellation that comes together with what it waits for, and
            # `stop` would hang.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._looked + ROUND_S):
                    await self._awake.wait()

    async def round(self) -> bool:
        """What is due now, a batch of each kind; whether something was done, so that more may have become due."""
        system = self._system
        now = system.clock.now()
        done = False
        for duty in self._duties:
            done |= await self._do(*duty)
        if now - self._purged >= 3600:
            self._purged = now
            await system.store.purge(IDEMPOTENCY_KEYS, now - IDEMPOTENCY_S, 10_000)
            await system.store.purge(CONNECTION_TOKENS, now - connection_tokens.LIFETIME_S, 10_000)
        return done

    async def _do(self, kind: Kind[Any, Any], column: str, work: Work) -> bool:
        """A batch of what is due now of a kind; whether something was done."""
        done = False
        due = await self._system.store.due(kind, column, self._system.clock.now(), BATCH)
        if kind is ATTEMPTS:
            done |= await self._deliver([stored for stored in due if stored.value.state == "advised"])
            due = [stored for stored in due if stored.value.state != "advised"]
        for stored in due:
            done |= await self._each(stored, work)
        return done

    async def _each(self, stored: Stored[Any, Any], work: Work) -> bool:
        """Do one item; whether that changed anything."""
        try:
            return await work(stored)
        except (Conflict, LockTimeout):
            return False  # somebody else is at it; what is still due is due in the next round
        except CardDeclined:
            return True  # the answer of the acquirer, recorded
        except StoreUnavailable:
            raise
        except Exception:  # noqa: BLE001 - one bad item must not keep the others waiting
            _log.exception("item failed", table=stored.kind.table, id=stored.id)
            return False

    # Attempts -------------------------------------------------------------------------------------------------

    async def _attempt(self, stored: Stored[Attempt, None]) -> bool:
        op = await self._operation(stored)
        attempt = stored.value
        if attempt.state == "unknown":
            return await self._give_up(op, stored)
        if attempt.payment_intent or attempt.setup_intent or attempt.refund:
            await self._finish(stored)
        else:
            await self._abandon(stored)
        return True

    async def _deliver(self, advised: list[Stored[Attempt, None]]) -> bool:
        """Deliver advices together; if somebody else is at one of them, one by one."""
        if not advised:
            return False
        try:
            await advices.deliver(self._system, advised)
        except Conflict:
            return any([await self._each(stored, self._deliver_one) for stored in advised])
        return True

    async def _deliver_one(self, stored: Stored[Attempt, None]) -> bool:
        await advices.deliver(self._system, [stored])
        return True

    async def _give_up(self, op: Operation, stored: Stored[Attempt, None]) -> bool:
        """The caller was told that it failed and did not try again: whatever the acquirer holds is released."""
        intent = await op.get(PAYMENT_INTENTS, stored.value.payment_intent or "")
        authorization.give_up(op, intent, stored)
        return await self._record(op)

    async def _finish(self, stored: Stored[Attempt, None]) -> None:
        """Nobody answered for a prepared attempt: its process died, or its answer is late. Find out, and settle.

        While the caller may still be waiting the attempt is made again under its own identity, which the far side
        recognises; later only an inquiry is made, because a payment must not begin when the customer has gone.
        """
        attempt = stored.value
        op = await self._resumed(stored)
        acquirer = self._system.acquirer(stored.livemode)
        if attempt.operation == "refund":
            outcome = await refunds.perform(op, attempt)
        elif op.now - attempt.created <= RESUME_S:
            card = None
            if attempt.card is not None:
                sealed = await op.get(CARDS, attempt.card)
                card = await self._system.vault.open(stored.account, sealed.value)
            outcome = await acquirer.perform(authorization.request_of(attempt, card))
            if isinstance(outcome, NotSent | Unknown):  # now; the process that died may have sent it before
                outcome = authorization.found(await acquirer.inquire(stored.id))
        else:
            outcome = authorization.found(await acquirer.inquire(stored.id))
        match attempt.operation:
            case "authorize" if attempt.reader is not None:
                record = settling.payment if attempt.setup_intent is None else settling.setup
                await settling.settle(op, stored.id, outcome, record)
            case "refund" if attempt.reader is not None:
                await settling.settle(op, stored.id, outcome, settling.refund)
            case "authorize" if attempt.setup_intent is not None:
                await setup_confirmation.settle_and_answer(op, stored.id, outcome)
            case "authorize":
                await confirmation.settle(op, stored.id, outcome)
            case "increment":
                await capture.finish_increment(op, stored.id, outcome)
            case "refund":
                await refunds.finish(op, stored.id, outcome)
            case _:
                raise AssertionError(f"a {attempt.operation} is an advice, not a prepared attempt")

    async def _abandon(self, stored: Stored[Attempt, None]) -> None:
        """A card was about to be attached when the process died: nothing is, and the caller's retry runs as new."""
        op = await self._operation(stored)
        await verification.abandon(op, stored.id)
        await op.commit_silently()

    async def _unpassed(self, stored: Stored[Any, Any]) -> bool:
        """A challenge of 3D Secure that nobody answered, or nobody made use of."""
        op = await self._operation(stored)
        await three_d_secure.expire(op, stored)
        return await self._record(op)

    async def _lapse(self, stored: Stored[Any, Any]) -> bool:
        op = await self._operation(stored)
        await capture.expire(op, stored)
        return await self._record(op)

    async def _refund(self, stored: Stored[Any, Any]) -> bool:
        op = await self._operation(stored)
        await refunds.look_again(op, stored)
        return await self._record(op)

    async def _reader(self, stored: Stored[Any, Any]) -> bool:
        """A form that nobody touched, or a collected card that nobody confirmed."""
        op = await self._operation(stored)
        await slots.caught_up(op, stored)
        return await self._record(op)

    async def _silent(self, stored: Stored[Any, Any]) -> bool:
        """A reader whose device was not heard from for two minutes."""
        op = await self._operation(stored)
        devices.fall_silent(op, stored)
        return await self._record(op)

    async def _available(self, stored: Stored[Any, Any]) -> bool:
        op = await self._operation(stored)
        await balance.announce(op, stored)
        return await self._record(op)

    async def _outlived(self, stored: Stored[Any, Any]) -> bool:
        """A file that was to be kept for so long."""
        op = await self._operation(stored)
        file_keeping.expire(op, stored)
        return await self._record(op)

    async def _expire_session(self, stored: Stored[Any, Any]) -> bool:
        """A Checkout Session that nobody completed in time."""
        op = await self._operation(stored)
        await ending.expire(op, stored)
        return await self._record(op)

    async def _forget(self, stored: Stored[Any, Any]) -> bool:
        """A session that is over and was not continued."""
        op = await self._operation(stored)
        op.delete(stored)
        return await self._record(op)

    # Who asks -------------------------------------------------------------------------------------------------

    async def _operation(self, stored: Stored[Any, Any]) -> Operation:
        """An operation on an item. Raises Conflict if the item is no longer as it was when the batch was read."""
        op = Operation(self._system, await self._caller(stored))
        fresh = await op.find(stored.kind, stored.id)
        if fresh is None or fresh.version != stored.version:
            raise Conflict(stored.kind.table, "changed")
        return op

    async def _record(self, op: Operation) -> bool:
        """Commit what the operation changes; whether it changes anything."""
        changes = op.changes
        changed = bool(changes.inserts or changes.updates or changes.deletes)
        await op.commit_silently()
        return changed

    async def _caller(self, stored: Stored[Any, Any]) -> Caller:
        """Nobody: what time causes has no request."""
        account = await self._system.store.get(ACCOUNTS, stored.account, stored.account)
        if account is None:
            return Caller(stored.account, stored.livemode, "", "")
        version = account.hidden.api_version
        return Caller(stored.account, stored.livemode, version, version, platform=account.hidden.platform)

    async def _resumed(self, stored: Stored[Attempt, None]) -> Operation:
        """The operation of the request that prepared the attempt, so that its answer is kept under its key."""
        caller = await self._caller(stored)
        if stored.value.idempotency is not None:
            promised = await self._system.store.get(IDEMPOTENCY_KEYS, stored.account, stored.value.idempotency)
            if promised is not None and promised.value.state == "running":
                record = promised.value
                caller = replace(
                    caller,
                    api_version=record.api_version,
                    account_version=record.account_version,
                    key=record.asked_by,
                    session=record.session,
                    request_id=record.request_id,
                    idempotency_key=record.key,
                    fingerprint=record.fingerprint,
                    expand=record.expand,
                )
                return Operation(self._system, caller, promised)
        return Operation(self._system, caller)
