"""The sweep: a round over everything that is due, safe to run twice, by any number of processes at once.

Every item is read, decided and committed by itself; a Conflict means that somebody else did it.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from msgspec.structs import replace

from opentill.domain.errors import CardDeclined, LockTimeout
from opentill.ports.store import Conflict, Kind, Stored, StoreUnavailable
from opentill.services import (
    advices,
    authorization,
    balance,
    capture,
    confirmation,
    refunds,
    setup_confirmation,
    verification,
)
from opentill.services.kinds import (
    ACCOUNTS,
    ATTEMPTS,
    BALANCE_TRANSACTIONS,
    CARDS,
    CHARGES,
    IDEMPOTENCY_KEYS,
    PAYMENT_INTENTS,
    REFUNDS,
)
from opentill.services.operation import Caller, Operation, System
from opentill.services.records import Attempt

_log = structlog.get_logger("opentill.worker")

BATCH = 100
ROUND_S = 1.0
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
        self._task: asyncio.Task[None] | None = None
        self._purged = 0

    def wake(self) -> None:
        """There is something to do now."""
        self._awake.set()

    async def catch_up(self) -> None:
        """Rounds until nothing is due."""
        while await self.round():
            pass

    async def start(self) -> None:
        """Begin the rounds; the first one takes up what a crash left behind."""
        self._task = asyncio.create_task(self._run(), name="worker")

    async def stop(self) -> None:
        """Let the round under way end, and no other begin."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        orphans = self._alone
        while True:
            try:
                while await self.round(orphans=orphans):
                    orphans = False
                orphans = False
            except StoreUnavailable as error:
                _log.warning("store unavailable", reason=str(error))
            except Exception:  # noqa: BLE001 - one bad round must not end the rounds
                _log.exception("round failed")
            self._awake.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._awake.wait(), ROUND_S)

    async def round(self, *, orphans: bool = False) -> bool:
        """Everything that is due now; whether a full batch suggests that there is more."""
        system = self._system
        now = system.clock.now()
        until = now + 10 * authorization.LEASE_S if orphans else now
        attempts = await system.store.due(ATTEMPTS, "due", until, BATCH)
        for attempt in attempts:
            await self._each(attempt, self._attempt)
        lapsed = await system.store.due(CHARGES, "capture_before", now, BATCH)
        for charge in lapsed:
            await self._each(charge, self._lapse)
        for refund in await system.store.due(REFUNDS, "due", now, BATCH):
            await self._each(refund, self._refund)
        available = await system.store.due(BALANCE_TRANSACTIONS, "available_on", now, BATCH)
        for transaction in available:
            await self._each(transaction, self._available)
        if now - self._purged >= 3600:
            self._purged = now
            await system.store.purge(IDEMPOTENCY_KEYS, now - IDEMPOTENCY_S, 10_000)
        return BATCH in (len(attempts), len(lapsed), len(available))

    async def _each(self, stored: Stored[Any, Any], work: Callable[[Stored[Any, Any]], Awaitable[None]]) -> None:
        try:
            await work(stored)
        except (Conflict, LockTimeout):
            return  # somebody else is at it; what is still due is due in the next round
        except CardDeclined:
            return  # the answer of the acquirer, recorded
        except StoreUnavailable:
            raise
        except Exception:  # noqa: BLE001 - one bad item must not keep the others waiting
            _log.exception("item failed", table=stored.kind.table, id=stored.id)

    # Attempts -------------------------------------------------------------------------------------------------

    async def _attempt(self, stored: Stored[Attempt, None]) -> None:
        attempt = stored.value
        if attempt.state == "advised":
            op = Operation(self._system, await self._caller(stored))
            newer = await advices.deliver(op, await self._fresh(op, ATTEMPTS, stored))
            if newer.state == "declined":
                _log.error("advice refused", attempt=stored.id, operation=attempt.operation, reason=newer.detail)
            await op.commit_silently()
        elif attempt.state == "unknown":
            await self._give_up(stored)
        elif attempt.state == "prepared":
            of_an_object = attempt.payment_intent or attempt.setup_intent or attempt.refund
            await (self._finish(stored) if of_an_object else self._abandon(stored))

    async def _give_up(self, stored: Stored[Attempt, None]) -> None:
        """The caller was told that it failed and did not try again: whatever the acquirer holds is released."""
        op = Operation(self._system, await self._caller(stored))
        intent = await op.get(PAYMENT_INTENTS, stored.value.payment_intent or "")
        authorization.give_up(op, intent, await self._fresh(op, ATTEMPTS, stored))
        if intent.hidden.unknown_attempt == stored.id:
            op.update(intent, intent.value, replace(intent.hidden, unknown_attempt=None))
        await op.commit_silently()

    async def _finish(self, stored: Stored[Attempt, None]) -> None:
        """Nobody answered for a prepared attempt: its process died, or its answer is late. Find out, and settle.

        While the caller may still be waiting the attempt is made again under its own identity, which the far side
        recognises; later only an inquiry is made, because a payment must not begin when the customer has gone.
        """
        attempt = stored.value
        op = await self._resumed(stored)
        acquirer = self._system.acquirer(stored.livemode)
        if op.now - attempt.created <= RESUME_S or attempt.operation == "refund":
            card = None
            if attempt.card is not None and attempt.operation != "refund":
                sealed = await op.get(CARDS, attempt.card)
                card = await self._system.vault.open(stored.account, sealed.value)
            outcome = await acquirer.perform(authorization.request_of(attempt, card))
        else:
            outcome = authorization.found(await acquirer.inquire(stored.id))
        match attempt.operation:
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
        """A card was about to be attached when the process died."""
        op = Operation(self._system, await self._caller(stored))
        await verification.abandon(op, stored.id)
        await op.commit_silently()

    async def _lapse(self, stored: Stored[Any, Any]) -> None:
        op = Operation(self._system, await self._caller(stored))
        if await capture.expire(op, await self._fresh(op, CHARGES, stored)):
            await op.commit_silently()

    async def _refund(self, stored: Stored[Any, Any]) -> None:
        op = Operation(self._system, await self._caller(stored))
        await refunds.look_again(op, await self._fresh(op, REFUNDS, stored))
        await op.commit_silently()

    async def _available(self, stored: Stored[Any, Any]) -> None:
        op = Operation(self._system, await self._caller(stored))
        await balance.announce(op, await self._fresh(op, BALANCE_TRANSACTIONS, stored))
        await op.commit_silently()

    # Who asks -------------------------------------------------------------------------------------------------

    async def _fresh(self, op: Operation, kind: Kind[Any, Any], stored: Stored[Any, Any]) -> Stored[Any, Any]:
        """The object as it is now, not as it was when the batch was read."""
        return await op.get(kind, stored.id)

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
                caller = Caller(
                    account=stored.account,
                    livemode=stored.livemode,
                    api_version=record.api_version,
                    account_version=record.account_version,
                    request_id=record.request_id,
                    idempotency_key=record.key,
                    fingerprint=record.fingerprint,
                    expand=record.expand,
                    platform=caller.platform,
                )
                return Operation(self._system, caller, promised)
        return Operation(self._system, caller)
