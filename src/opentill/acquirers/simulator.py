"""The simulated acquirer: the link of test mode, with a host at its far end and faults on the wire.

`perform` and `inquire` are the port's. A fault that was injected strikes the next message it fits, as often as it
says; without one the link always works. What the host knows is in its own file (`opentill.acquirers.host`), so
the tests can ask it, after any crash of ours, what it holds.

Refunds that turn out later: a card made for it answers `Pending`, or `Approved` and takes it back some seconds
afterwards. The link then has a later answer: `inquire` shows it, `later_answers` lists it until `acknowledge`.
A sweep that settles each listed attempt and then acknowledges it loses none, whenever it crashes.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2s
from pathlib import Path
from typing import Final, Literal, TypeAlias

from opentill.acquirers.host import REFUND_TAKEN_BACK, Holding, Host, Row
from opentill.domain.declines import DECLINES
from opentill.ports.acquirer import (
    Approved,
    AttemptRequest,
    Declined,
    NotFound,
    NotSent,
    Operation,
    Outcome,
    Pending,
    Unknown,
)
from opentill.ports.clock import Clock

FaultKind: TypeAlias = Literal["delay", "timeout", "lost_answer", "not_sent", "late"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong on the wire with the next `count` messages of `operation` (None: of any).

    "delay": the answer comes after `delay_ms`. "timeout": nothing arrives at the host, the answer is Unknown.
    "lost_answer": the host acts, but its answer does not arrive: Unknown. "not_sent": the link is down, certain.
    "late": Unknown now, and the host gets the message later: at `deliver_late`, or after `delay_ms` if that is
    not 0. Before the answers "timeout", "lost_answer" and "not_sent" `delay_ms` pass as well.
    """

    operation: Operation | Literal["inquire"] | None
    kind: FaultKind
    count: int = 1
    delay_ms: int = 0


_DECLINED: Final = {
    code: Declined(
        code=row.code,
        decline_code=row.decline_code,
        message=row.message,
        param=row.param,
        network_decline_code=row.network_decline_code,
        advice_code=row.advice_code,
    )
    for code, row in DECLINES.items()
} | {
    REFUND_TAKEN_BACK: Declined(
        code="expired_card",
        decline_code=REFUND_TAKEN_BACK,
        message="The refund could not be credited: the card has expired or was canceled.",
    )
}

_GIVEN_UP: Final = NotSent("refused by the host: the attempt had been given up before it arrived")
_OTHER_MESSAGE: Final = NotSent("refused by the host: the attempt id belongs to another message")


class SimulatedAcquirer:
    """The acquirer of test mode (port `Acquirer`). One object a process; the file is shared."""

    name = "simulator"

    def __init__(self, path: Path, clock: Clock, *, refund_delay_s: int = 5) -> None:
        """`path` is the host's file, made if missing. `refund_delay_s` is how long later answers take."""
        self._clock = clock
        self._host = Host(path, refund_delay_s * 1000)
        self._faults: deque[Fault] = deque()
        self._late: list[AttemptRequest] = []
        self._arriving: list[tuple[AttemptRequest, asyncio.Future[Outcome]]] = []
        self._timers: set[asyncio.TimerHandle] = set()

    def close(self) -> None:
        """Let go of the file; messages that were still on their way never arrive."""
        for timer in self._timers:
            timer.cancel()
        self._host.close()

    async def perform(self, request: AttemptRequest) -> Outcome:
        """Carry out the operation, once for each attempt_id however often it is asked."""
        if request.operation == "authorize" and request.card is None:
            return NotSent("an authorization needs a card")
        if self._faults and (fault := self._next_fault(request.operation)) is not None:
            return await self._perform_with(fault, request)
        return await self._send(request)

    async def inquire(self, attempt_id: str) -> Outcome | NotFound:
        """What became of an attempt. After `NotFound` it will be refused should it still arrive."""
        if self._faults and (fault := self._next_fault("inquire")) is not None:
            if fault.delay_ms:
                await asyncio.sleep(fault.delay_ms / 1000)
            if fault.kind == "not_sent":
                return NotSent("the link is down")
            if fault.kind == "lost_answer":
                self._host.look(attempt_id, self._clock.now_ms())
            if fault.kind != "delay":
                return Unknown("no answer in time")
        try:
            row = self._host.look(attempt_id, self._clock.now_ms())
        except sqlite3.Error as error:
            return Unknown(f"the simulated host failed: {error}")
        return NotFound() if row is None else self._outcome(attempt_id, row)

    async def later_answers(self, limit: int = 100) -> list[tuple[str, Outcome]]:
        """(attempt_id, its answer now) where it came or changed after the first one, until acknowledged."""
        found = self._host.later(self._clock.now_ms(), limit)
        return [(attempt_id, self._outcome(attempt_id, row)) for attempt_id, row in found]

    async def acknowledge(self, attempt_id: str) -> None:
        """The later answer was settled: list it no more."""
        self._host.acknowledge(attempt_id)

    def holdings(self) -> dict[str, Holding]:
        """For tests: what the host holds and was asked, by the attempt_id of the authorization."""
        return self._host.holdings(self._clock.now_ms())

    def inject(self, fault: Fault) -> None:
        """Let something go wrong; faults strike in the order they were injected."""
        self._faults.append(fault)

    def clear_faults(self) -> None:
        """From now on the link works. Messages that are late stay late."""
        self._faults.clear()

    def deliver_late(self) -> list[Outcome]:
        """Late messages arrive at the host now; what it answers to them, which nobody waits for."""
        late, self._late = self._late, []
        return self._answers(late)

    async def _send(self, request: AttemptRequest) -> Outcome:
        """The host's answer. What is sent in one turn of the event loop arrives together."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Outcome] = loop.create_future()
        self._arriving.append((request, answer))
        if len(self._arriving) == 1:
            loop.call_soon(self._arrive)
        return await answer

    def _arrive(self) -> None:
        arriving, self._arriving = self._arriving, []
        for (_, answer), outcome in zip(arriving, self._answers([request for request, _ in arriving]), strict=True):
            if not answer.done():  # whoever asked was cancelled
                answer.set_result(outcome)

    def _answers(self, requests: Sequence[AttemptRequest]) -> list[Outcome]:
        try:
            rows = self._host.receive(requests, self._clock.now_ms())
        except sqlite3.Error as error:
            return [Unknown(f"the simulated host failed: {error}") for _ in requests]
        return [self._answer(request, row) for request, row in zip(requests, rows, strict=True)]

    def _answer(self, request: AttemptRequest, row: Row) -> Outcome:
        if row.result == "void":
            return _GIVEN_UP
        if (row.operation, row.amount, row.currency) != (request.operation, request.amount, request.currency):
            return _OTHER_MESSAGE
        return self._outcome(request.attempt_id, row)

    async def _perform_with(self, fault: Fault, request: AttemptRequest) -> Outcome:
        if fault.kind == "late":
            self._late.append(request)
            if fault.delay_ms:
                self._arrive_in(fault.delay_ms, request)
            return Unknown("no answer in time")
        if fault.delay_ms:
            await asyncio.sleep(fault.delay_ms / 1000)
        match fault.kind:
            case "delay":
                return await self._send(request)
            case "lost_answer":
                await self._send(request)
                return Unknown("the connection broke before the answer")
            case "timeout":
                return Unknown("no answer in time")
            case "not_sent":
                return NotSent("the link is down")

    def _arrive_in(self, delay_ms: int, request: AttemptRequest) -> None:
        def arrive() -> None:
            self._timers.discard(timer)
            if request in self._late:
                self._late.remove(request)
                self._answers([request])

        timer = asyncio.get_running_loop().call_later(delay_ms / 1000, arrive)
        self._timers.add(timer)

    def _next_fault(self, operation: str) -> Fault | None:
        for position, fault in enumerate(self._faults):
            if fault.operation is None or fault.operation == operation:
                if fault.count > 1:
                    self._faults[position] = replace(fault, count=fault.count - 1)
                else:
                    del self._faults[position]
                return fault
        return None

    def _outcome(self, attempt_id: str, row: Row) -> Outcome:
        result, decline = row.result, row.decline
        if row.due_ms is not None and row.due_ms <= self._clock.now_ms():
            result, decline = ("declined", row.later) if row.later else ("approved", None)
        if result == "declined":
            declined = _DECLINED[decline or "generic_decline"]
            return declined if row.issuer_data is None else replace(declined, issuer_data=row.issuer_data)
        # The names the network gives are digits made from the attempt id: the same again for the same attempt.
        name = int.from_bytes(blake2s(attempt_id.encode(), digest_size=16).digest())
        reference = f"{name % 10**12:012}"
        if result == "pending":
            return Pending(reference)
        if row.operation != "authorize":
            return Approved(row.amount, reference)
        return Approved(
            row.amount, reference, f"{name // 10**12 % 10**6:06}", f"{name // 10**18 % 10**15:015}", row.issuer_data
        )
