"""The sender: where it connects, what it says, and that whatever comes back is an answer."""

import asyncio
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from tests.scenarios.receiver import Receiver, receiving, status

from opentill.ports.webhooks import Post, Reply
from opentill.webhooks.sender import NOT_ALLOWED, HttpSender

BODY = json.dumps({"object": "event", "name": "Zoë"}).encode()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A server on this machine."""
    with receiving() as receiver:
        yield receiver


def send(*urls: str, private: bool = True, timeout_s: float = 5) -> list[Reply]:
    """What comes of deliveries to these addresses, one after another."""

    async def each() -> list[Reply]:
        sender = HttpSender(private=private, timeout_s=timeout_s)
        try:
            return [await sender.send(Post(url, BODY, ["whsec_1", "whsec_2"])) for url in urls]
        finally:
            await sender.close()

    return asyncio.run(each())


def test_what_leaves_is_the_body_and_a_signature_of_now(receiver: Receiver) -> None:
    (reply,) = send(receiver.url("/webhook?shop=1"))
    assert (reply.status, reply.accepted, reply.error) == (200, True, None)
    (one,) = receiver.received
    assert one.path == "/webhook?shop=1"
    assert one.body == BODY
    assert "accept-encoding" not in one.headers
    stamp, *signatures = one.headers["stripe-signature"].split(",")
    assert abs(int(stamp.removeprefix("t=")) - time.time()) < 60
    assert len(signatures) == 2


def test_a_card_number_in_an_answer_is_not_kept(receiver: Receiver) -> None:
    receiver.behaviours["/webhook"] = status(400, b'{"number": "4242 4242 4242 4242"}')
    (reply,) = send(receiver.url())
    assert "4242" not in reply.response
    assert not reply.accepted


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "LOCALHOST"])
def test_private_addresses_are_refused_where_they_are_connected_to(receiver: Receiver, host: str) -> None:
    url = receiver.url().replace("127.0.0.1", host)
    (reply,) = send(url, private=False)
    assert reply.status is None
    assert reply.error is not None
    assert receiver.received == []
    assert NOT_ALLOWED in reply.error


def named(answers: Sequence[Sequence[str]]) -> Callable[..., Any]:
    """A name service that gives these addresses for any name: first the first ones, then the next."""
    left = list(answers)

    def getaddrinfo(host: str, port: int, **_: Any) -> Any:
        addresses = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    return getaddrinfo


@pytest.mark.parametrize(
    "answers", [[["127.0.0.1"]], [["10.255.255.1", "127.0.0.1"]], [["169.254.169.254"], ["127.0.0.1"]]]
)
def test_a_name_is_worth_what_it_leads_to(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch, answers: list[list[str]]
) -> None:
    """However often a name changes its address, the one that is connected to is the one that is judged."""
    monkeypatch.setattr(socket, "getaddrinfo", named(answers))
    url = receiver.url().replace("127.0.0.1", "shop.example")
    for reply in send(url, url, url, private=False):
        assert reply.error == NOT_ALLOWED
    assert receiver.received == []


def test_a_proxy_of_the_environment_is_not_used(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert send(receiver.url())[0].accepted


def self_signed(file: Path) -> Path:
    """A certificate for localhost that nobody vouches for, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return file


def test_tls_is_verified(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path / "localhost.pem"))

    async def scenario() -> Reply:
        async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        server = await asyncio.start_server(never, "127.0.0.1", 0, ssl=context)
        sender = HttpSender(private=True, timeout_s=5)
        try:
            return await sender.send(Post(f"https://localhost:{server.sockets[0].getsockname()[1]}/", BODY, ["whsec"]))
        finally:
            await sender.close()
            server.close()

    reply = asyncio.run(scenario())
    assert reply.status is None
    assert reply.error is not None
    assert reply.error.startswith("TLS failed")
