"""The courier: how wide lanes are, and that a dead receiver costs nobody else anything."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from opentill.domain.objects.webhook_endpoint import WebhookEndpoint
from opentill.ports.store import Changes, Kind, Stored
from opentill.ports.webhooks import Post, Reply
from opentill.services.kinds import DELIVERIES, WEBHOOK_ENDPOINTS
from opentill.services.operation import System
from opentill.services.records import Delivery, WebhookEndpointHidden
from opentill.worker import deliveries
from opentill.worker.deliveries import LANE_FIRST, LANE_MAX, LANE_MIN, READY_MAX, Courier

NOW = 1_000
DEAD, ALIVE = "we_dead", "we_alive"


class Receivers:
    """`ports.webhooks.Sender`: what goes to the dead waits for `answer`, everybody else takes all."""

    timeout_s = 1.0

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.waiting = 0
        self.most_waiting = 0
        self.answer = asyncio.Event()
        self._changed = asyncio.Event()

    async def until_taken(self, count: int) -> None:
        while len(self.taken) < count:
            self._changed.clear()
            await self._changed.wait()

    async def send(self, post: Post) -> Reply:
        if DEAD not in post.url:
            self.taken.append(post.url)
            self._changed.set()
            return Reply(duration_ms=1, status=200)
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        await self.answer.wait()
        self.waiting -= 1
        return Reply(duration_ms=1, error="Timed out")

    async def close(self) -> None:
        pass


class Shelf:
    """A store with deliveries that are due, and an endpoint and an event for each."""

    def __init__(self, *waiting: Stored[Delivery, None]) -> None:
        self.rows = {one.id: one for one in waiting}

    async def due_by(
        self, kind: Kind[Any, Any], column: str, by: str, until: int, each: int, *, but_not: Any = ()
    ) -> list[Any]:
        shares: dict[str, list[Any]] = {}
        for row in self.rows.values():
            share = shares.setdefault(row.value.endpoint, [])
            if row.value.due is not None and row.value.due <= until and len(share) < each:
                share.append(row)
        return [row for endpoint, share in shares.items() if endpoint not in but_not for row in share]

    async def get(self, kind: Kind[Any, Any], account: str, id: str) -> Any:
        if kind is WEBHOOK_ENDPOINTS:
            value = WebhookEndpoint(id=id, created=1, enabled_events=["*"], livemode=False, url=f"http://{id}/")
            return Stored(kind, account, False, id, 1, 1, value, WebhookEndpointHidden(secret="whsec"))
        return None

    async def commit(self, changes: Changes) -> None:
        for update in changes.updates:
            row = self.rows[update.stored.id]
            self.rows[row.id] = Stored(DELIVERIES, row.account, False, row.id, 1, row.version + 1, update.value, None)

    async def purge(self, kind: Kind[Any, Any], before: int, limit: int) -> int:
        return 0


def waiting(endpoint: str, count: int) -> list[Stored[Delivery, None]]:
    return [
        Stored(
            DELIVERIES,
            "acct_1",
            False,
            id := f"whd_{endpoint}_{number}",
            1,
            1,
            Delivery(id=id, event="evt_1", owner="acct_1", type="a.b", endpoint=endpoint, created=1, due=number % 9),
            None,
        )
        for number in range(count)
    ]


class Clock:
    def now(self) -> int:
        return NOW

    def now_ms(self) -> int:
        return NOW * 1000


@pytest.fixture(autouse=True)
def an_event_is_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sent matters here only by where it goes."""

    async def outgoing(system: System, delivery: Stored[Delivery, None], event: Any) -> Post:
        return Post(f"http://{delivery.value.endpoint}/", b"{}", ["whsec"])

    monkeypatch.setattr(deliveries.deliveries, "outgoing", outgoing)


def courier_on(shelf: Shelf, receivers: Receivers) -> Courier:
    return Courier(cast(System, SimpleNamespace(store=shelf, clock=Clock(), alone=True)), receivers)


def test_a_backlog_is_delivered_beside_a_dead_receiver_with_a_larger_one() -> None:
    async def scenario() -> None:
        receivers = Receivers()
        shelf = Shelf(*waiting(DEAD, 5 * READY_MAX), *waiting(ALIVE, 10 * READY_MAX))
        courier = courier_on(shelf, receivers)
        courier.start()
        await receivers.until_taken(10 * READY_MAX)
        assert receivers.waiting == LANE_FIRST
        await courier.stop()
        assert all(row.value.state == "delivered" for row in shelf.rows.values() if row.value.endpoint == ALIVE)

    asyncio.run(asyncio.wait_for(scenario(), 30))


def test_a_lane_narrows_for_who_fails_and_widens_for_who_takes() -> None:
    width = LANE_FIRST
    failed, taken = Reply(duration_ms=1, error="no"), Reply(duration_ms=1, status=204)
    widths = [width := deliveries._width(width, failed) for _ in range(5)]
    assert widths[-1] == LANE_MIN
    widths = [width := deliveries._width(width, taken) for _ in range(5)]
    assert widths[-1] == LANE_MAX


def test_what_it_cannot_even_try_does_not_keep_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    async def outgoing(system: System, delivery: Stored[Delivery, None], event: Any) -> Post:
        if delivery.id.endswith("_3"):
            raise ValueError("broken")
        return Post("http://we_alive/", b"{}", ["whsec"])

    monkeypatch.setattr(deliveries.deliveries, "outgoing", outgoing)

    async def scenario() -> None:
        receivers = Receivers()
        shelf = Shelf(*waiting(ALIVE, 9))
        courier = courier_on(shelf, receivers)
        courier.start()
        await courier.catch_up()
        await courier.catch_up()
        await courier.stop()
        assert len(receivers.taken) == 8
        assert [id for id, row in shelf.rows.items() if row.value.state == "pending"] == ["whd_we_alive_3"]

    asyncio.run(asyncio.wait_for(scenario(), 30))
