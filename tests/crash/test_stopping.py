"""Asked to stop, the server finishes what is under way; a second one on the same data says why it cannot start."""

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests.crash.mortal import Mortal, shop_on
from tests.scenarios.server import Server, environment
from tests.scenarios.shop import Recorder, Shop

TAKES_MS = 1500


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_under_way_is_finished(number: signal.Signals, tmp_path: Path) -> None:
    """Ctrl-C while the acquirer is slow: the payment is answered, then the server ends with status 0."""
    server = Mortal(tmp_path)
    server.begin()
    shop = shop_on(server)
    intent = shop.client.v1.payment_intents.create(
        {"amount": 1000, "currency": "usd", "allowed_payment_method_types": ["card"]}
    )
    shop.fault("delay", "authorize", delay_ms=TAKES_MS)
    with ThreadPoolExecutor() as pool:
        paying = pool.submit(shop.client.v1.payment_intents.confirm, intent.id, {"payment_method": "pm_card_visa"})
        _until_it_is_locked(shop, intent.id)
        server.signal(number)
        assert paying.result().status == "succeeded"
    assert server.end() == 0

    server.begin()
    again = shop_on(server, shop.key)
    assert again.client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert [holding["captured"] for holding in again.settled_holdings(intent)] == [1000]
    server.stop()
    server.close()


def _until_it_is_locked(shop: Shop, intent: str) -> None:
    """Return when the confirmation is at the acquirer: others are told to come back."""
    for _ in range(1000):
        answer = shop.request("POST", f"/v1/payment_intents/{intent}", {"description": "in between"})
        if answer.status == 429:
            assert answer.error["code"] == "lock_timeout"
            return
    raise AssertionError("the confirmation never began")


def test_a_second_server_on_the_same_data(tmp_path: Path) -> None:
    """It is refused with the reason, and the first one goes on."""
    server = Server(tmp_path)
    shop = Shop(server, Recorder())
    shop.pay()
    command = [sys.executable, "-m", "opentill.cli", "up", "--port", "0", "--data-dir", str(tmp_path)]
    second = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=30, check=False)
    assert second.returncode == 1
    assert second.stderr.startswith("opentill: ")
    assert f"is in use by another process (pid {_pid(server)})" in second.stderr
    assert "Traceback" not in second.stderr

    assert shop.pay().status == "succeeded"
    server.close()


def _pid(server: Server) -> int:
    assert server._process is not None
    return server._process.pid


def test_a_second_server_on_the_same_port(tmp_path: Path) -> None:
    server = Server(tmp_path / "one")
    port = server.address.rpartition(":")[2]
    command = [sys.executable, "-m", "opentill.cli", "up", "--port", port, "--data-dir", str(tmp_path / "two")]
    second = subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=30, check=False)
    assert second.returncode == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in second.stderr
    assert "Traceback" not in second.stderr
    server.close()
