"""A disk that is full for a while: clear errors, nothing half done, and everything goes on when there is room again."""

import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from tests.crash.mortal import Mortal, shop_on
from tests.crash.runs import LEASE_S, Run, query_of
from tests.scenarios.shop import Shop

pytestmark = pytest.mark.soak


@contextmanager
def no_page_left(server: Mortal) -> Iterator[None]:
    """The database may not have another page (SQLITE_FULL); launcher.py does it."""
    server.signal(signal.SIGUSR1)
    yield
    server.signal(signal.SIGUSR2)


@contextmanager
def no_file_grows(server: Mortal) -> Iterator[None]:
    """Not even the log of the database, which is written first (EFBIG)."""
    size = max(path.stat().st_size for path in server.data_directory.iterdir())
    before = resource.prlimit(server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size, before[1]))
    yield
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("full", [no_page_left, no_file_grows])
def test_full_for_a_while(full: Callable[[Mortal], AbstractContextManager[None]], tmp_path: Path) -> None:
    run = Run(tmp_path, 1, patience_s=LEASE_S)
    told = run.told
    try:
        run.server.begin()
        told.wait(lambda: len(told.answers) >= 50)
        shop = shop_on(run.server)
        kept = [shop.pay().id, shop.hold().id]
        for _ in range(3):
            answered = len(told.answers)
            with full(run.server):
                refused = told.unavailable
                told.wait(lambda refused=refused: told.unavailable >= refused + 40)
                run.check_tills()
                _check_what_is_said(shop, kept)
            told.wait(lambda answered=answered: len(told.answers) >= answered + 50)
        run.end_well(query_of(run.settings))
    finally:
        run.close()


def _check_what_is_said(shop: Shop, kept: list[str]) -> None:
    """What can be read is read; what must be written is refused, and told why and what to do."""
    for id in kept:
        assert shop.client.v1.payment_intents.retrieve(id).id == id
    form = {"amount": 1000, "currency": "usd", "metadata": {"note": "x" * 400, "more": "y" * 400}}
    answers = [shop.request("POST", "/v1/payment_intents", form) for _ in range(20)]
    refused = [answer for answer in answers if answer.status == 503]
    assert {answer.status for answer in answers} <= {200, 503}
    for answer in refused:
        assert answer.headers["stripe-should-retry"] == "true"
        assert answer.headers["request-id"].startswith("req_")
        assert answer.error["type"] == "api_error"
        assert "with the same idempotency key" in answer.error["message"]
    assert refused
