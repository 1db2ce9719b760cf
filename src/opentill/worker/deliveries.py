"""The courier: deliveries leave as soon as they are committed, and what did not arrive leaves again when it is due.

A delivery comes here in one of two ways. The commit that made it hands it over, and it goes out at once. Whatever is
not handed over, because there were too many or the process died, is found in the store, where it is a row that is due.

Every endpoint has a lane of its own, so that nobody waits behind somebody who is slow. A lane is as wide as its
receiver has earned: it doubles with everything that is taken, and is halved with everything that is not, so that a dead
receiver costs two connections.

Where several processes work on a store, each claims what it sends by a commit that only one of them can make.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Sequence
from math import ceil
from typing import Final

import structlog

from opentill.domain.objects.event import Event
from opentill.ports.store import Conflict, StoreUnavailable
from opentill.ports.webhooks import Reply, Sender
from opentill.services import deliveries
from opentill.services.deliveries import StoredDelivery
from opentill.services.kinds import DELIVERIES
from opentill.services.operation import System

_log = structlog.get_logger("opentill.webhooks")

LANE_MIN: Final = 2
LANE_FIRST: Final = 8
LANE_MAX: Final = 32
READY_MAX: Final = 64
"""What waits in a lane at most; the rest waits in the store."""
UNDER_WAY_MAX: Final = 1024
"""Deliveries under way in all lanes together."""

# Rows that are read for a lane: what is under way in it is still due, and among them.
_BATCH: Final = LANE_MAX + 2 * READY_MAX
_ROUND_S: Final = 1.0
_PURGE_S: Final = 3600
_LEASE_MARGIN_S: Final = 40
_PARTING_S: Final = 1.0


class Lane:
    """What is on its way to an endpoint. `behind`: there may be more in the store."""

    __slots__ = ("behind", "ready", "under_way", "width")

    def __init__(self) -> None:
        self.width = LANE_FIRST
        self.under_way = 0
        self.ready: deque[tuple[StoredDelivery, Event | None]] = deque()
        self.behind = False


class Courier:
    """`services.operation.Courier`, and the rounds that find what is due."""

    def __init__(self, system: System, sender: Sender) -> None:
        self._system = system
        self._sender = sender
        self._lease_s = ceil(sender.timeout_s) + _LEASE_MARGIN_S
        self._lanes: dict[str, Lane] = {}
        self._known: set[str] = set()  # what is ready or under way here, by id
        self._broken: set[str] = set()  # what we cannot even try; it waits for the next start
        self._tasks: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()
        self._changed = asyncio.Event()
        self._finding = asyncio.Lock()
        self._rounds: asyncio.Task[None] | None = None
        self._purged = 0

    def __call__(self, deliveries: Sequence[tuple[StoredDelivery, Event]]) -> None:
        """Take what was just committed, as much of it as there is room for."""
        if self._rounds is None:
            return
        for delivery, event in deliveries:
            lane = self._lane(delivery.value.endpoint)
            if len(lane.ready) < READY_MAX and not lane.behind:  # those before it are to leave before it
                self._take(lane, delivery, event)
                self._start(lane)

    def start(self) -> None:
        """Begin the rounds."""
        self._rounds = asyncio.create_task(self._run(), name="webhooks")

    async def stop(self) -> None:
        """End the rounds. What is under way has a moment to come to its end; what does not, leaves again later."""
        if self._rounds is not None:
            self._rounds.cancel()
            await asyncio.gather(self._rounds, return_exceptions=True)
            self._rounds = None
        self._lanes.clear()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_PARTING_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._sender.close()

    async def catch_up(self) -> None:
        """Deliver what is due, until nothing is, or for as long as a receiver may take to answer."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._sender.timeout_s + 1):
                while True:
                    found = await self._find()
                    while self._known:
                        self._changed.clear()
                        await self._changed.wait()
                    if not found:
                        return

    # Finding what is due ----------------------------------------------------------------------------------------

    async def _run(self) -> None:
        """A round a second, and one whenever a lane ran dry that had more in the store."""
        while True:
            self._wake.clear()
            try:
                await self._find()
                await self._purge()
            except StoreUnavailable as error:
                _log.warning("store unavailable", reason=str(error))
            except Exception:  # noqa: BLE001 - one bad round must not end the rounds
                _log.exception("round failed")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_ROUND_S):
                    await self._wake.wait()

    async def _find(self) -> bool:
        """Fill the lanes that have nothing ready with what is due; whether there was something."""
        async with self._finding:
            full = [endpoint for endpoint, lane in self._lanes.items() if lane.ready]
            now = self._system.clock.now()
            due = await self._system.store.due_by(DELIVERIES, "due", "endpoint", now, _BATCH, but_not=full)
            found: dict[str, int] = {}
            new = 0
            for delivery in due:
                endpoint = delivery.value.endpoint
                found[endpoint] = found.get(endpoint, 0) + 1
                if delivery.id not in self._known and delivery.id not in self._broken:
                    lane = self._lane(endpoint)
                    if len(lane.ready) < READY_MAX:
                        new += 1
                        self._take(lane, delivery, None)
            for endpoint, count in found.items():
                self._lane(endpoint).behind = count == _BATCH
            for lane in list(self._lanes.values()):
                self._start(lane)
            return new > 0

    async def _purge(self) -> None:
        now = self._system.clock.now()
        if now - self._purged >= _PURGE_S:
            self._purged = now
            await self._system.store.purge(DELIVERIES, now - deliveries.KEPT_S, 10_000)

    # Sending ------------------------------------------------------------------------------------------------------

    def _lane(self, endpoint: str) -> Lane:
        lane = self._lanes.get(endpoint)
        if lane is None:
            lane = self._lanes[endpoint] = Lane()
        return lane

    def _take(self, lane: Lane, delivery: StoredDelivery, event: Event | None) -> None:
        self._known.add(delivery.id)
        lane.ready.append((delivery, event))

    def _start(self, lane: Lane) -> None:
        """Let out as many as the lane is wide."""
        while lane.ready and lane.under_way < lane.width and len(self._tasks) < UNDER_WAY_MAX:
            lane.under_way += 1
            task = asyncio.create_task(self._deliver(lane, *lane.ready.popleft()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if lane.behind and not lane.ready:
            self._wake.set()

    async def _deliver(self, lane: Lane, delivery: StoredDelivery, event: Event | None) -> None:
        """One delivery, from the claim to the record."""
        crowded = len(self._tasks) >= UNDER_WAY_MAX
        try:
            await self._deliver_once(lane, delivery, event)
        except Conflict:
            pass  # another process has it
        except StoreUnavailable as error:
            _log.warning("store unavailable", reason=str(error))
        except Exception:  # noqa: BLE001 - one bad delivery must not keep the others waiting
            self._broken.add(delivery.id)
            _log.exception("delivery failed", delivery=delivery.id)
        finally:
            lane.under_way -= 1
            self._known.discard(delivery.id)
            self._changed.set()
            if self._rounds is not None:
                self._go_on(delivery.value.endpoint, lane, crowded=crowded)

    async def _deliver_once(self, lane: Lane, delivery: StoredDelivery, event: Event | None) -> None:
        system = self._system
        if not system.alone:
            delivery = await deliveries.claim(system, delivery, system.clock.now() + self._lease_s)
        at_ms = system.clock.now_ms()
        outcome = await deliveries.outgoing(system, delivery, event)
        if not isinstance(outcome, deliveries.NotSent):
            outcome = await self._sender.send(outcome)
            lane.width = _width(lane.width, outcome)
        recorded = await deliveries.record(system, delivery, at_ms, outcome)
        if isinstance(outcome, Reply) and not outcome.accepted:
            _log.info(
                "webhook not accepted",
                event_id=delivery.value.event,
                endpoint=delivery.value.endpoint,
                status=outcome.status,
                reason=outcome.error,
                next_attempt=recorded.value.due,
                duration_ms=outcome.duration_ms,
            )

    def _go_on(self, endpoint: str, lane: Lane, *, crowded: bool) -> None:
        """There is room for one more."""
        self._start(lane)
        if crowded:
            for other in list(self._lanes.values()):
                self._start(other)
        if not (lane.under_way or lane.ready or lane.behind) and lane.width >= LANE_FIRST:
            self._lanes.pop(endpoint, None)


def _width(width: int, reply: Reply) -> int:
    """How wide a lane is after a reply."""
    return min(2 * width, LANE_MAX) if reply.accepted else max(width // 2, LANE_MIN)
