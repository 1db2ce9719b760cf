"""What is refused before it is a request: in the API's shape, with a reason, and without waiting for ever."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from tests.scenarios.shop import Shop

from opentill.connections import HEAD_BYTES, Connection

PATIENCE_S = 20


def send(shop: Shop, data: bytes, *, listen: bool = True) -> bytes:
    """Send bytes, and hang up; or listen until the server does."""
    address = urlsplit(shop.server.address)
    received = b""
    with socket.create_connection((address.hostname, address.port), timeout=PATIENCE_S) as connection:
        connection.sendall(data)
        while listen and (part := connection.recv(65536)):
            received += part
    return received


def head(shop: Shop, line: str, *headers: str) -> bytes:
    """The head of a request of the shop."""
    lines = [line, "Host: localhost", f"Authorization: Bearer {shop.key}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def refusal(received: bytes) -> tuple[int, str]:
    """Status and message of the one answer, which must be an error of the API."""
    top, _, body = received.partition(b"\r\n\r\n")
    status, *lines = top.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert headers["content-type"] == "application/json"
    assert headers["content-length"] == str(len(body))
    assert headers["request-id"].startswith("req_")
    assert headers["stripe-should-retry"] == "false"
    assert headers["connection"] == "close"
    error = json.loads(body)["error"]
    assert error["type"] == "invalid_request_error"
    return int(status.split(" ")[1]), error["message"]


NOT_HTTP = {
    "binary": b"\x00\x01\x02\xff\r\n\r\n",
    "TLS": bytes.fromhex("160301020001000001fc0303") + bytes(100),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "method": b"BREW /v1/coffee HTTP/1.1\r\nHost: x\r\n\r\n",
    "header without a colon": b"GET /healthz HTTP/1.1\r\nHost x\r\n\r\n",
    "NUL in a header": b"GET /healthz HTTP/1.1\r\nHost: x\x00y\r\n\r\n",
    "length in words": b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
    "negative length": b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "path in Latin-1": b"GET /v1/custom\xe9rs HTTP/1.1\r\nHost: x\r\n\r\n",
    "a chunk that is none": b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
}


@pytest.mark.parametrize("sent", NOT_HTTP.values(), ids=NOT_HTTP)
def test_what_is_not_http(sent: bytes, shop: Shop) -> None:
    assert refusal(send(shop, sent)) == (400, "The request is not HTTP, or a part of it is malformed.")


@pytest.mark.parametrize(
    "headers",
    [["X-Long: " + "x" * 2_000_000], [f"X-{number}: x" for number in range(20_000)]],
    ids=["a long line", "many lines"],
)
@pytest.mark.parametrize("end", [b"", b"GET"], ids=["whole", "without an end"])
def test_a_head_without_end(headers: list[str], end: bytes, shop: Shop) -> None:
    """The client gets to reading the reason, although it had more to send."""
    sent = head(shop, "GET /v1/customers HTTP/1.1", *headers)
    status, message = refusal(send(shop, sent[: len(sent) - len(end)]))
    assert (status, message) == (431, f"The request line and the headers are larger than {HEAD_BYTES} bytes.")


def test_a_long_url_of_reasonable_size_is_read(shop: Shop) -> None:
    answer = shop.request("GET", f"/v1/customers?email={'x' * 20_000}")
    assert (answer.status, answer.error["param"]) == (400, "email")


@pytest.mark.parametrize("body", [b"", b"amount_to_capture=500", b"amount_to_capture=5"])
@pytest.mark.parametrize("framing", ["Content-Length: 300", "Transfer-Encoding: chunked"])
def test_a_request_that_breaks_off_does_nothing(body: bytes, framing: str, shop: Shop) -> None:
    """The client hangs up in its body. Read as an empty one, it would capture everything."""
    held = shop.hold(1000)
    path = f"/v1/payment_intents/{held.id}/capture"
    chunk = f"{len(body) + 20:x}\r\n".encode() + body if "chunked" in framing else body
    send(shop, head(shop, f"POST {path} HTTP/1.1", framing) + chunk, listen=False)
    _until_logged(shop, path, 408)
    assert shop.client.v1.payment_intents.retrieve(held.id).status == "requires_capture"
    assert shop.client.v1.payment_intents.capture(held.id, {"amount_to_capture": 500}).amount_received == 500


def _until_logged(shop: Shop, path: str, status: int) -> None:
    """Return when the server is done with a request that nobody waits for."""
    for _ in range(5000):
        lines = [json.loads(line) for line in list(shop.server.log) if path in line]
        if any(line["status"] == status for line in lines):
            return
        shop.request("GET", "/healthz", key=None)
    raise AssertionError(f"{path} was never answered with {status}")


# Taking one's time ------------------------------------------------------------------------------------------------


class Impatient(Connection):
    """A connection that waits no longer than a test should."""

    head_seconds = 0.2


Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


async def _hello(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"hi"})


async def _exchange(*parts: bytes) -> bytes:
    """What an impatient server says to parts of which each is sent when something was answered to the one before."""
    server = uvicorn.Server(uvicorn.Config(_hello, port=0, http=Impatient, lifespan="off", log_config=None))
    serving = asyncio.create_task(server.serve([listener := socket.create_server(("127.0.0.1", 0))]))
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    received = b""
    for part in parts[:-1]:
        writer.write(part)
        received += await reader.readuntil(b"hi")
    writer.write(parts[-1])
    received += await asyncio.wait_for(reader.read(), PATIENCE_S)
    writer.close()
    server.should_exit = True
    await serving
    return received


@pytest.mark.parametrize("begun", [b"G", b"GET / HTTP/1.1\r\nHost: local"])
def test_a_head_that_stops(begun: bytes) -> None:
    assert refusal(asyncio.run(_exchange(begun)))[0] == 408


def test_a_second_head_that_stops() -> None:
    first = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    answered, _, refused = asyncio.run(_exchange(first, b"GET / HTTP/1.1\r\n")).partition(b"hi")
    assert answered.startswith(b"HTTP/1.1 200")
    assert refusal(refused)[0] == 408


def test_a_connection_on_which_nothing_is_said() -> None:
    assert asyncio.run(_exchange(b"")) == b""
