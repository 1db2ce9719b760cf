"""`opentill up` and the till: its page, what the page is told, and a backend that lives as long as the server."""

import http.client
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.scenarios.server import Server
from tests.scenarios.shop import Shop

PATIENCE_S = 30


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Server]:
    """The system with everything beside it."""
    server = Server(tmp_path, readers=True)
    yield server
    server.close()


def get(address: str, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE_S)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def listens(address: str) -> bool:
    """Whether anybody is there."""
    try:
        get(address, "/")
    except OSError:
        return False
    return True


def logged(server: Server, event: str, count: int) -> list[Any]:
    """The first `count` lines of that event, waited for."""
    deadline = time.monotonic() + PATIENCE_S
    while len(found := [one for line in list(server.log) if (one := json.loads(line))["event"] == event]) < count:
        assert time.monotonic() < deadline, f"{event} was not logged {count} times"
    return found[:count]


def test_a_backend_beside_the_server(up: Server) -> None:
    """The page is told where it is. It is started again at the same address, and is gone when the server is."""
    (status, headers, content) = get(up.address, "/pos/config.json")
    assert (status, "access-control-allow-origin" in headers) == (200, False)
    config = json.loads(content)
    assert get(config["readers"], "/")[0] == 200
    asked = {"Origin": up.address, "X-Till-Token": config["token"]}
    assert json.loads(get(config["backend"], "/menu", **asked)[2])["currency"] == "usd"
    (running,) = logged(up, "till running", 1)
    os.kill(running["pid"], signal.SIGKILL)
    assert logged(up, "till running", 2)[1]["pid"] != running["pid"]
    assert get(config["backend"], "/menu", **asked)[0] == 200
    up.kill()
    deadline = time.monotonic() + PATIENCE_S
    while listens(config["backend"]):
        assert time.monotonic() < deadline, "the backend outlives the server"


def test_the_page_without_a_backend(shop: Shop) -> None:
    """Without readers there is no till either, and the page says so rather than nothing."""
    status, headers, content = get(shop.server.address, "/pos")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    policy = headers["content-security-policy"]
    assert "script-src 'self'; style-src 'self'" in policy
    assert "unsafe" not in policy
    assert b"<script>" not in content
    assert json.loads(get(shop.server.address, "/pos/config.json")[2]) == {}
    assert get(shop.server.address, "/pos/none.js")[0] == 404
