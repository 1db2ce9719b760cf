"""A reader's action and the money it is about are settled in one commit, whoever settles them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from opentill.acquirers.simulator import Fault
from opentill.main import Installation, Settings
from opentill.ports.store import Changes
from opentill.requests.params import Params, parse
from opentill.requests.payment_intents import CreatePaymentIntent
from opentill.requests.terminal import actions as requests
from opentill.requests.terminal.readers import CreateReader
from opentill.services import keys, payment_intents
from opentill.services.kinds import IDEMPOTENCY_KEYS, PAYMENT_INTENTS
from opentill.services.operation import Caller, Operation
from opentill.services.terminal import reader_actions, readers, test_helpers

KEY = "sk_test_onecommit"
VERSION = "2026-08-26.dahlia"
ACCOUNT = keys.account_of_tail("onecommit")


class World:
    """An installation in this process; `commits` are the tables that each commit wrote."""

    def __init__(self, directory: Path) -> None:
        self.runner = asyncio.Runner()
        self.installation = Installation(Settings(data_directory=directory, development=True))
        self.commits: list[set[str]] = []
        self.committed = asyncio.Event()
        self.run(self.installation.store.start())  # and no worker: rounds are made by hand
        self.run(keys.open_account(self.installation.store, self.installation.clock, KEY, VERSION))
        commit = self.installation.store.commit

        async def recorded(changes: Changes) -> None:
            await commit(changes)
            tables = {change.kind.table for change in changes.inserts}
            if tables != {"data_keys"}:  # the vault's own, when it first seals something for an account
                self.commits.append(tables | {change.stored.kind.table for change in changes.updates})
                self.committed.set()

        self.installation.store.commit = recorded

    def run(self, work: Awaitable[Any]) -> Any:
        async def awaited() -> Any:
            return await work

        return self.runner.run(awaited())

    def operation(self, key: str | None = None) -> Operation:
        return Operation(
            self.installation.system,
            Caller(ACCOUNT, False, VERSION, VERSION, request_id=f"req_{key}", idempotency_key=key),
        )

    def call(
        self, handler: Callable[..., Awaitable[Any]], type: type[Params], *ids: str, key: str | None = None, **form: Any
    ) -> Any:
        """Call an operation as the API does, with a form that was decoded."""
        return self.run(handler(self.operation(key), *ids, parse(type, form, version=VERSION)))

    def waiting(self, **intent: Any) -> tuple[str, str]:
        """A reader that waits for a card: its id, and that of the payment."""
        reader = self.call(readers.create, CreateReader, registration_code="simulated-s700")
        given = {"amount": "1000", "currency": "usd", "payment_method_types": ["card_present"]} | intent
        made = self.call(payment_intents.create, CreatePaymentIntent, **given)
        self.call(
            reader_actions.process_payment_intent, requests.ProcessPaymentIntent, reader.id, payment_intent=made.id
        )
        self.commits.clear()
        self.committed.clear()
        return reader.id, made.id

    def present(self, reader: str, key: str | None = None, **form: Any) -> Any:
        return self.call(test_helpers.present_payment_method, requests.PresentPaymentMethod, reader, key=key, **form)

    def close(self) -> None:
        self.run(self.installation.close())
        self.runner.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    world.close()


def test_a_payment_is_prepared_and_settled_with_its_action(world: World) -> None:
    reader, _ = world.waiting(capture_method="manual")
    assert world.present(reader, key="tap").action.status == "succeeded"
    prepared, settled = world.commits
    assert {"terminal_readers", "payment_intents", "attempts", "payment_methods", "cards"} <= prepared
    assert settled == {"terminal_readers", "payment_intents", "attempts", "payment_methods", "charges", "events",
                       "idempotency_keys"}  # fmt: skip


def test_a_decline_is_settled_with_its_action(world: World) -> None:
    reader, _ = world.waiting()
    failed = world.present(reader, card_present={"number": "4000000000000002"})
    assert (failed.action.status, failed.action.failure_code) == ("failed", "card_declined")
    _, settled = world.commits
    assert {"terminal_readers", "payment_intents", "attempts", "charges", "events"} <= settled


def test_an_action_that_a_dead_process_left_is_settled_by_the_sweep(world: World) -> None:
    """The process dies between the two commits; the sweep makes the second, with the answer for the caller's key."""
    reader, intent = world.waiting(capture_method="manual")

    async def die_on_the_way() -> None:
        world.installation.simulator.inject(Fault("authorize", "delay", delay_ms=60_000))
        params = parse(requests.PresentPaymentMethod, {}, version=VERSION)
        presenting = asyncio.create_task(test_helpers.present_payment_method(world.operation("tap"), reader, params))
        await world.committed.wait()
        presenting.cancel()
        await asyncio.gather(presenting, return_exceptions=True)

    world.run(die_on_the_way())
    (prepared,) = world.commits
    assert "idempotency_keys" in prepared
    world.installation.clock.advance(90)
    world.run(world.installation.worker.catch_up())
    settled = next(tables for tables in world.commits[1:] if "terminal_readers" in tables)
    assert {"payment_intents", "attempts", "events", "idempotency_keys"} <= settled
    kept = world.run(world.operation().find(IDEMPOTENCY_KEYS, "test:tap"))
    answer = msgspec.json.decode(bytes(kept.value.answer))
    assert (kept.value.state, kept.value.status) == ("done", 200)
    # The customer has gone, so nothing was sent any more: the reader tells that it got no answer.
    assert (answer["id"], answer["action"]["status"], answer["action"]["failure_code"]) == (
        reader,
        "failed",
        "connection_error",
    )
    assert world.run(world.operation().find(PAYMENT_INTENTS, intent)).hidden.open_attempt is None
