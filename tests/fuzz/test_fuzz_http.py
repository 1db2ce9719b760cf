"""What is sent to the port may be anything: it is answered as HTTP or not at all, and the next one is served."""

import json
import re
import socket
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from hypothesis import given, note
from hypothesis import strategies as st
from tests.fuzz.effort import effort
from tests.scenarios.shop import Shop

EXAMPLES = 120

PATIENCE_S = 20
SILENCE_S = 0.04

FORM = b"application/x-www-form-urlencoded"
CREATE = b"amount=1000&currency=usd"

LAST = b"Connection: close"

Exchange = Callable[..., bytes]


@pytest.fixture
def exchange(shop: Shop) -> Exchange:
    """Sends bytes on a connection of their own; what comes back until the server closes it, or says no more.

    A connection that is closed for sending is closed altogether for the server, so it is kept open until then.
    """
    host, port = urlsplit(shop.server.address).netloc.split(":")

    def exchanged(sent: bytes, *, patience_s: float = SILENCE_S) -> bytes:
        received = b""
        with socket.create_connection((host, int(port)), timeout=PATIENCE_S) as connection:
            try:
                connection.sendall(sent)
                connection.settimeout(patience_s)
                while part := connection.recv(65536):
                    received += part
            except ConnectionError:  # it had heard enough
                pass
            except TimeoutError:  # it waits for more, or keeps the connection
                assert patience_s < PATIENCE_S, "the server neither answered nor hung up"
        return received

    return exchanged


def head(shop: Shop, *lines: bytes, method: bytes = b"POST", target: bytes = b"/v1/payment_intents") -> bytes:
    """The head of a request that is right but for `lines`."""
    own = (
        method + b" " + target + b" HTTP/1.1",
        b"Host: localhost",
        f"Authorization: Bearer {shop.key}".encode(),
        b"Content-Type: " + FORM,
        *lines,
    )
    return b"\r\n".join(own) + b"\r\n\r\n"


def statuses(received: bytes) -> list[int]:
    """The statuses of the answers in what was received."""
    return [int(status) for status in re.findall(rb"(?:^|\})HTTP/1\.[01] (\d{3})", received)]


def is_sound(shop: Shop, received: bytes) -> list[int]:
    """What came back is HTTP without a failure of ours, or nothing; and the server still serves. The statuses."""
    found = statuses(received)
    assert found or not received, received[:200]
    assert all(status < 500 for status in found), received[:2000]
    assert shop.request("GET", "/healthz", key=None).status == 200
    return found


def intents(shop: Shop) -> int:
    """How many PaymentIntents there are."""
    return len(shop.request("GET", "/v1/payment_intents?limit=100").json["data"])


# Requests that are nearly right -----------------------------------------------------------------------------------

_tokens = st.binary(max_size=40).filter(lambda text: b"\n" not in text and b"\r" not in text)
_lines = st.one_of(
    st.tuples(st.text("abcXYZ-_!~ \t:", min_size=1, max_size=12), _tokens).map(
        lambda line: line[0].encode() + b": " + line[1]
    ),
    st.sampled_from(
        [
            b"Content-Length: -1",
            b"Content-Length: 1e3",
            b"Content-Length: 99999999999999999999",
            b"Content-Length: 5, 6",
            b"Content-Length : 5",
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding: gzip, chunked",
            b"Transfer-Encoding: \x0bchunked",
            b"Expect: 100-continue",
            b"Expect: the worst",
            b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==",
            b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA",
            b"Authorization: Basic !!!",
            b"Authorization: Basic \xff\xfe",
            b"Authorization: Bearer",
            b"Authorization: Bearer sk_test_\x00",
            b"Authorization: Digest username=x",
            b"Stripe-Version: \xff",
            b"Stripe-Version: " + b"2" * 5000,
            b"Stripe-Account: \xff\xfe",
            b"Stripe-Account: acct_" + b"x" * 5000,
            b"Idempotency-Key: \xe9\xff",
            b"Idempotency-Key: ",
            b"Content-Type: multipart/form-data; boundary=\xff",
            b"Content-Type: multipart/form-data; boundary=" + b"b" * 3000,
            b"Content-Type: application/x-www-form-urlencoded; charset=utf-16",
            b" folded: line",
            b"no colon",
            b": no name",
            b"X-Long: " + b"x" * 70_000,
            b"\r\n".join(b"X-Many-%d: x" % number for number in range(2000)),
        ]
    ),
)
_methods = st.one_of(
    st.sampled_from([b"POST", b"GET", b"DELETE", b"PUT", b"TRACE", b"CONNECT", b"PRI", b"post", b"", b"P\xffST"]),
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", max_size=12).map(str.encode),
)
_targets = st.one_of(
    st.sampled_from(
        [
            b"/v1/payment_intents",
            b"/v1/payment_intents/%00",
            b"/v1/payment_intents/%FF%FE",
            b"/v1/payment_intents/%zz",
            b"/v1/payment_intents?limit=%FF",
            b"/v1/payment_intents?" + b"a=b&" * 20_000,
            b"/v1/payment_intents/" + b"p" * 100_000,
            b"/v1/customers/search?query=" + b"(" * 5000,
            b"http://elsewhere.example/v1/payment_intents",
            b"//v1//payment_intents",
            b"/v1/payment_intents#part",
            b"*",
            b"elsewhere:443",
            b"?",
            b"/\xc3\xa9",
        ]
    ),
    st.binary(max_size=30).map(lambda path: b"/v1/" + path),
)
_bodies = st.one_of(
    st.sampled_from(
        [b"", CREATE, CREATE + b"&description=\xff\xfe", b"\xff\xfea\x00m\x00", b"%", b"=&=&=", b"a[" * 300]
    ),
    st.sampled_from(
        [b"5\r\nabcde\r\n0\r\n\r\n", b"zz\r\n", b"ffffffffffffffffff\r\na", b"5;x=y\r\nabcde\r\n", b"-1\r\n"]
    ),
    st.binary(max_size=200),
)


@pytest.mark.fuzz
def test_heads_and_bodies_of_all_kinds(shop: Shop, exchange: Exchange) -> None:
    @effort(EXAMPLES)
    @given(_methods, _targets, st.lists(_lines, max_size=3), _bodies, st.one_of(st.none(), st.integers(0, 300)))
    def send(method: bytes, target: bytes, lines: list[bytes], body: bytes, length: int | None) -> None:
        if length is not None:
            lines = [*lines, b"Content-Length: %d" % length]
        sent = head(shop, *lines, method=method, target=target) + body
        received = exchange(sent)
        note(f"{sent[:2000]!r} -> {received[:2000]!r}")
        is_sound(shop, received)

    send()


@pytest.mark.fuzz
def test_any_bytes(shop: Shop, exchange: Exchange) -> None:
    starts = st.sampled_from(
        [b"", b"GET ", b"GET / HTTP/1.1\r\n", b"POST /v1/ HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"]
    )

    @effort(EXAMPLES // 2)
    @given(starts, st.binary(max_size=500))
    def send(start: bytes, rest: bytes) -> None:
        received = exchange(start + rest)
        note(repr(received[:2000]))
        assert 200 not in is_sound(shop, received)

    send()


@pytest.mark.fuzz
def test_a_request_cut_anywhere_is_not_done(shop: Shop, exchange: Exchange) -> None:
    whole = head(shop, b"Content-Length: %d" % len(CREATE), LAST) + CREATE
    assert statuses(exchange(whole, patience_s=PATIENCE_S)) == [200]
    assert intents(shop) == 1

    @effort(EXAMPLES // 2)
    @given(st.integers(0, len(whole) - 1))
    def send(end: int) -> None:
        assert 200 not in is_sound(shop, exchange(whole[:end]))

    send()
    assert intents(shop) == 1


@pytest.mark.fuzz
def test_one_byte_changed_anywhere(shop: Shop, exchange: Exchange) -> None:
    whole = head(shop, b"Content-Length: %d" % len(CREATE)) + CREATE

    @effort(EXAMPLES)
    @given(st.integers(0, len(whole) - 1), st.integers(0, 255))
    def send(at: int, byte: int) -> None:
        sent = whole[:at] + bytes((byte,)) + whole[at + 1 :]
        received = exchange(sent)
        note(f"{sent!r} -> {received[:2000]!r}")
        is_sound(shop, received)

    send()


# Requests that are right, in other ways -------------------------------------------------------------------------------


def test_requests_on_each_others_heels(shop: Shop, exchange: Exchange) -> None:
    """Pipelined requests are answered in their order, whatever is between them."""
    good = head(shop, b"Content-Length: %d" % len(CREATE)) + CREATE
    bad = head(shop, b"Content-Length: 9") + b"amount=-1"
    last = head(shop, b"Content-Length: %d" % len(CREATE), LAST) + CREATE
    missing = head(shop, method=b"GET", target=b"/v1/nothing")
    received = exchange(good + bad + missing + last, patience_s=PATIENCE_S)
    assert is_sound(shop, received) == [200, 400, 404, 200]
    assert intents(shop) == 2


def test_chunks(shop: Shop, exchange: Exchange) -> None:
    """A body in chunks is a body; one that ends before its last chunk is none."""
    start = head(shop, b"Transfer-Encoding: chunked")
    last = head(shop, b"Transfer-Encoding: chunked", LAST)
    chunks = b"".join(b"%x\r\n%c\r\n" % (1, byte) for byte in CREATE)
    assert statuses(exchange(last + chunks + b"0\r\n\r\n", patience_s=PATIENCE_S)) == [200]
    assert 200 not in is_sound(shop, exchange(start + chunks))
    assert 200 not in is_sound(shop, exchange(start + chunks + b"0\r\n"))
    assert intents(shop) == 1


def test_two_lengths_are_no_length(shop: Shop, exchange: Exchange) -> None:
    """A length and chunks, or two lengths: what one reader takes for a body is another's next request (RFC 9112)."""
    hidden = head(shop, b"Content-Length: %d" % len(CREATE)) + CREATE
    both = head(shop, b"Content-Length: 5", b"Transfer-Encoding: chunked") + b"0\r\n\r\n" + hidden
    twice = head(shop, b"Content-Length: 5", b"Content-Length: 6") + b"a=b&c=" + hidden
    for sent in (both, twice):
        assert 200 not in is_sound(shop, exchange(sent))
    assert intents(shop) == 0


def test_a_body_that_never_ends(shop: Shop, exchange: Exchange) -> None:
    """It is refused when it is too long, not when it is over."""
    announced = head(shop, b"Content-Length: %d" % 10**12)
    assert is_sound(shop, exchange(announced + b"a" * 2_000_000)) in ([413], [])
    chunked = head(shop, b"Transfer-Encoding: chunked")
    assert is_sound(
        shop, exchange(chunked + b"10000\r\n" + b"a" * 65_536 + (b"\r\n10000\r\n" + b"a" * 65_536) * 40)
    ) in (
        [413],
        [],
    )
    assert intents(shop) == 0


def test_errors_are_told_as_the_api_tells_them(shop: Shop, exchange: Exchange) -> None:
    """Even for what no client sends, as long as it is HTTP."""
    sent = head(shop, LAST, method=b"GET", target=b"/v1/payment_intents/%FF%FE")
    received = exchange(sent, patience_s=PATIENCE_S)
    assert is_sound(shop, received) == [404]
    assert json.loads(received.partition(b"\r\n\r\n")[2])["error"]["type"] == "invalid_request_error"
