"""What no client sends: bytes that are not HTTP, requests that break off, heads and bodies without end.

Each is refused with a reason in the API's shape or hung up on, none reaches an operation half, and the server goes on.
"""

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from tests.fuzz.effort import effort
from tests.scenarios.server import Server
from tests.scenarios.shop import Recorder, Shop

pytestmark = pytest.mark.fuzz

PATIENCE_S = 20
EXAMPLES = 400


@dataclass(frozen=True)
class Raw:
    """A server to talk to byte by byte, and a shop on it."""

    server: Server
    shop: Shop

    def head(self, line: str, *headers: str) -> bytes:
        """The head of a request with the shop's key, which ends the connection unless a header says otherwise."""
        given = [line, f"Authorization: Bearer {self.shop.key}", "Host: localhost", "Connection: close", *headers]
        return "\r\n".join([*given, "", ""]).encode("latin-1")

    def send(self, data: bytes, *, then: str = "listen") -> bytes:
        """Send bytes; what comes back until the server hangs up, or until we do.

        `then` is what we do afterwards: "listen", "say goodbye", which is to send no more, or "hang up".
        """
        address = urlsplit(self.server.address)
        received = b""
        with socket.create_connection((address.hostname, address.port), timeout=PATIENCE_S) as connection:
            try:
                connection.sendall(data)
                if then == "say goodbye":
                    connection.shutdown(socket.SHUT_WR)
                while then != "hang up" and (part := connection.recv(65536)):
                    received += part
            except ConnectionError:
                pass  # hung up on us; what came before is what came
        return received


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Raw]:
    server = Server(tmp_path_factory.mktemp("raw"))
    yield Raw(server, Shop(server, Recorder()))
    server.close()
    failures = server.failures()
    assert not failures, failures[0]


def answer(received: bytes) -> tuple[int, dict[str, str], Any]:
    """Status, headers and JSON of the one answer in `received`."""
    head, _, body = received.partition(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (text.partition(": ") for text in lines)}
    assert headers["content-type"] == "application/json"
    assert headers["request-id"].startswith("req_")
    assert int(headers["content-length"]) == len(body)
    return int(line.split(" ")[1]), headers, json.loads(body)


NOT_HTTP = {
    "binary": b"\x00\x01\x02\xff\r\n\r\n",
    "tls": bytes.fromhex("160301020001000001fc0303") + b"\x00" * 100,
    "http/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "no version": b"GET /v1/customers HTTP\r\n\r\n",
    "method": b"BREW /v1/coffee HTTP/1.1\r\nHost: x\r\n\r\n",
    "header without a colon": b"GET /healthz HTTP/1.1\r\nHost x\r\n\r\n",
    "control character in a header": b"GET /healthz HTTP/1.1\r\nHost: x\x00y\r\n\r\n",
    "length in words": b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
    "negative length": b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\na=1b",
    "length and chunks": b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n3\r\na=1\r\n0\r\n\r\n",
    "path that is not ASCII": b"GET /v1/custom\xe9rs HTTP/1.1\r\nHost: x\r\n\r\n",
    "url of 60,000": b"GET /v1/customers?a=" + b"x" * 66_000,
}


@pytest.mark.parametrize("sent", NOT_HTTP.values(), ids=NOT_HTTP)
def test_what_is_not_http(sent: bytes, raw: Raw) -> None:
    status, headers, body = answer(raw.send(sent))
    assert status in (400, 431)
    assert body["error"]["type"] == "invalid_request_error"
    assert body["error"]["message"]
    assert headers["connection"] == "close"


@pytest.mark.parametrize("headers", [["X-Long: " + "y" * 2_000_000], [f"X-{n}: 1" for n in range(20_000)]])
def test_a_head_without_end(headers: list[str], raw: Raw) -> None:
    status, _, body = answer(raw.send(raw.head("GET /v1/customers HTTP/1.1", *headers)))
    assert status == 431
    assert "65536 bytes" in body["error"]["message"]


@pytest.mark.parametrize("length", [1_000_001, 10**12])
def test_a_body_that_is_too_large_is_refused_before_it_is_sent(length: int, raw: Raw) -> None:
    status, _, body = answer(raw.send(raw.head("POST /v1/customers HTTP/1.1", f"Content-Length: {length}")))
    assert status == 413
    assert body["error"]["message"] == "The request is larger than 1000000 bytes."


def test_chunks_without_end(raw: Raw) -> None:
    """Refused when they are too many. The rest is read, so that the client gets to reading the answer."""
    head = raw.head("POST /v1/customers HTTP/1.1", "Transfer-Encoding: chunked").replace(b"Connection: close\r\n", b"")
    chunks = b"10000\r\n" + (b"a" * 65536 + b"\r\n10000\r\n") * 20 + b"a" * 65536 + b"\r\n0\r\n\r\n"
    received = raw.send(head + chunks + raw.head("GET /healthz HTTP/1.1"))
    assert [part[:3] for part in received.split(b"HTTP/1.1 ")[1:]] == [b"413", b"200"]


def test_chunks_are_put_together(raw: Raw) -> None:
    head = raw.head("POST /v1/customers HTTP/1.1", "Transfer-Encoding: chunked")
    status, _, body = answer(raw.send(head + b"6\r\nname=A\r\n1\r\nd\r\n1\r\na\r\n0\r\n\r\n"))
    assert (status, body["name"]) == (200, "Ada")


def test_a_chunk_that_is_none(raw: Raw) -> None:
    head = raw.head("POST /v1/customers HTTP/1.1", "Transfer-Encoding: chunked")
    status, _, _ = answer(raw.send(head + b"zz\r\nname=Ada\r\n"))
    assert status == 400


@pytest.mark.parametrize("body", [b"", b"amount_to_capture=500", b"amount_to_capture=5"])
@pytest.mark.parametrize("framing", ["Content-Length: 300", "Transfer-Encoding: chunked"])
def test_a_request_that_breaks_off_does_nothing(body: bytes, framing: str, raw: Raw) -> None:
    """The client hangs up in its body. Read as an empty one, it would capture everything."""
    held = raw.shop.hold(1000)
    head = raw.head(f"POST /v1/payment_intents/{held.id}/capture HTTP/1.1", framing)
    chunk = f"{len(body) + 20:x}\r\n".encode() + body if "chunked" in framing else body
    raw.send(head + chunk, then="hang up")
    _until_logged(raw, f"/v1/payment_intents/{held.id}/capture", 408)
    assert raw.shop.client.v1.payment_intents.retrieve(held.id).status == "requires_capture"
    assert raw.shop.client.v1.payment_intents.capture(held.id, {"amount_to_capture": 500}).amount_received == 500


def _until_logged(raw: Raw, path: str, status: int) -> None:
    """Return when the server is done with a request that nobody waits for; other requests keep it busy meanwhile."""
    for _ in range(2000):
        if any(path in line and f'"status":{status}' in line for line in list(raw.server.log)):
            return
        raw.shop.request("GET", "/healthz", key=None)
    raise AssertionError(f"{path} was never answered with {status}")


def test_requests_one_behind_the_other(raw: Raw) -> None:
    """Pipelined: answered in their order; what follows the last one is ignored."""
    customer = raw.shop.client.v1.customers.create({"name": "Ada"}).id
    kept = raw.head(f"GET /v1/customers/{customer} HTTP/1.1").replace(b"Connection: close\r\n", b"")
    missing = raw.head("GET /v1/customers/cus_nobody HTTP/1.1").replace(b"Connection: close\r\n", b"")
    received = raw.send((kept + missing) * 10 + raw.head("GET /healthz HTTP/1.1") + b"and so on")
    assert received.count(b"HTTP/1.1 ") == 21
    statuses = [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [200, 404] * 10 + [200]


# Any bytes at all ------------------------------------------------------------------------------------------------

LINES = ("GET", "POST", "DELETE", "PUT", "OPTIONS", "HEAD", "get", "P\x00ST", "")
PATHS = (
    "/v1/customers",
    "/v1/payment_intents",
    "/healthz",
    "/openapi.json",
    "/",
    "*",
    "//",
    "/v1/../v1",
    "/%00",
    "/%",
    "",
)
HEADERS = (
    "Content-Length: 6",
    "Content-Length: 60",
    "Content-Length: 0x6",
    "Content-Length:",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: gzip, chunked",
    "Content-Type: application/json",
    "Content-Type: multipart/form-data; boundary=x",
    "Content-Type: multipart/form-data",
    "Content-Encoding: gzip",
    "Expect: 100-continue",
    "Upgrade: h2c",
    "Stripe-Version: \xff",
    "Idempotency-Key: \xfe\xff",
    "Idempotency-Key: " + "k" * 300,
    "Stripe-Account: acct_nobody",
    "Authorization: Basic %%%",
    "Authorization: Bearer \xff",
    "X-Junk: " + "\x7f" * 50,
    " folded: line",
    "Connection: keep-alive, upgrade",
)
BODIES = (
    b"",
    b"name=a",
    b"name=\xff\xfe",
    b"a[b]" * 100,
    b"\x1f\x8b\x08",
    b"6\r\nname=a\r\n0\r\n\r\n",
    b"--x\r\n\r\n--x--",
)


@effort(EXAMPLES)
@given(
    line=st.sampled_from(LINES),
    path=st.sampled_from(PATHS),
    headers=st.lists(st.sampled_from(HEADERS), max_size=4),
    body=st.one_of(st.sampled_from(BODIES), st.binary(max_size=40)),
    cut=st.integers(0, 400),
    flips=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=3),
)
def test_any_bytes(
    line: str, path: str, headers: list[str], body: bytes, cut: int, flips: list[tuple[int, int]], raw: Raw
) -> None:
    """A request that was put together from odd parts, with some bytes changed and perhaps the end missing."""
    sent = bytearray(raw.head(f"{line} {path} HTTP/1.1", *headers) + body)
    for place, value in flips:
        sent[place % len(sent)] = value
    if cut < 100:
        del sent[len(sent) - cut % len(sent) :]
    note(repr(bytes(sent)))
    received = raw.send(bytes(sent), then="say goodbye")
    for part in received.split(b"HTTP/1.1 ")[1:]:
        assert int(part[:3]) < 500, part
    assert raw.shop.request("GET", "/healthz", key=None).status == 200
