"""What is asked of the servers: the bytes of the requests, in the order a conversation makes them."""

from collections.abc import Callable, Sequence
from itertools import count, cycle

from bench.client import Conversation

CREATE = (
    b"amount=1099&currency=usd&payment_method=pm_card_visa&payment_method_types[]=card&capture_method=manual"
    b"&metadata[order]=6735"
)

_keys = count(1)


def request(method: str, path: str, key: str, body: bytes = b"", *, idempotent: bool = False) -> bytes:
    """A request as the bytes on the wire. `key` is the secret key."""
    head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {key}\r\n"
    if method == "POST":
        head += f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n"
    if idempotent:
        head += f"idempotency-key: bench-{next(_keys):012}\r\n"
    return head.encode() + b"\r\n" + body


def payments(key: str, *, idempotent: bool) -> Callable[[], Conversation]:
    """Create, confirm and capture one PaymentIntent after the other."""

    def conversation() -> Conversation:
        while True:
            created = yield request("POST", "/v1/payment_intents", key, CREATE, idempotent=idempotent)
            path = f"/v1/payment_intents/{id_of(created)}"
            yield request("POST", f"{path}/confirm", key, idempotent=idempotent)
            yield request("POST", f"{path}/capture", key, idempotent=idempotent)

    return conversation


def reads(key: str, ids: Sequence[str]) -> Callable[[], Conversation]:
    """Retrieve PaymentIntents by id, over and over."""
    requests = cycle([request("GET", f"/v1/payment_intents/{id}", key) for id in ids])

    def conversation() -> Conversation:
        while True:
            yield next(requests)

    return conversation


def posts(path: str) -> Callable[[], Conversation]:
    """The same form to the floor."""
    message = request("POST", path, "none", CREATE)

    def conversation() -> Conversation:
        while True:
            yield message

    return conversation


def gets(path: str) -> Callable[[], Conversation]:
    """A read of the floor."""
    message = request("GET", path, "none")

    def conversation() -> Conversation:
        while True:
            yield message

    return conversation


def id_of(body: bytes) -> str:
    """The id of the PaymentIntent in an answer, without decoding all of it."""
    start = body.index(b"pi_", body.index(b'"id"'))
    return body[start : body.index(b'"', start)].decode()
