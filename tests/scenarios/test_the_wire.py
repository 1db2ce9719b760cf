"""HTTP as clients speak it: headers, encodings, limits, and what is not there."""

import http.client
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.scenarios.shop import LATEST, ON_BOTH, Response, Shop

from opentill.api.app import BODY_MAX

FORM = "application/x-www-form-urlencoded"
CREATE = {"amount": 1000, "currency": "usd"}
FORM_OF_CREATE = "amount=1000&currency=usd"


def is_an_error(answer: Response, status: int, type: str = "invalid_request_error") -> bool:
    """Whether it is an error as every client understands it."""
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["request-id"].startswith("req_")
    return answer.status == status and answer.error["type"] == type and isinstance(answer.error["message"], str)


# Headers ------------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_headers_of_an_answer(shop: Shop) -> None:
    answer = shop.request("POST", "/v1/payment_intents", CREATE, {"Stripe-Version": LATEST, "Idempotency-Key": "k-1"})
    headers = answer.headers
    assert headers["content-type"] == "application/json"
    assert int(headers["content-length"]) == len(answer.body)
    assert len(headers["request-id"]) == len("req_") + 14
    assert headers["stripe-version"] == LATEST
    assert headers["idempotency-key"] == "k-1"
    assert headers["cache-control"] == "no-cache, no-store"
    assert headers["access-control-allow-origin"] == "*"
    assert "Request-Id" in headers["access-control-expose-headers"]
    assert headers["strict-transport-security"].startswith("max-age=")
    assert "stripe-notice" not in headers  # the clients print it as a warning
    assert "server" not in headers


def test_request_ids_differ_and_reach_the_log(shop: Shop) -> None:
    ids = {shop.request("GET", "/v1/payment_intents").headers["request-id"] for _ in range(5)}
    assert len(ids) == 5
    created = shop.client.v1.payment_intents.create({"amount": 1000, "currency": "usd"})
    event = shop.client.v1.events.list().data[0]
    assert event.request is not None
    assert event.request.id == created.last_response.request_id  # type: ignore[union-attr]


def test_errors_of_posts_say_whether_to_try_again(shop: Shop) -> None:
    refused = shop.request("POST", "/v1/payment_intents", {"amount": 1, "currency": "usd"})
    assert refused.headers["stripe-should-retry"] == "false"


@pytest.mark.parametrize("version", ["2026-10-28.endive", "2026-07-29.dahlia", "2024-04-10", "2020-03-02"])
def test_versions(shop: Shop, version: str) -> None:
    answer = shop.request("GET", "/v1/payment_intents", headers={"Stripe-Version": version})
    assert (answer.status, answer.headers["stripe-version"]) == (200, version)


@pytest.mark.parametrize("version", ["2026-13-01", "yesterday", "2026-10-28", "9999-01-01"])
def test_versions_that_do_not_exist(shop: Shop, version: str) -> None:
    refused = shop.request("GET", "/v1/payment_intents", headers={"Stripe-Version": version})
    assert is_an_error(refused, 400)
    assert refused.error["message"].startswith(f"Invalid Stripe API version: {version}")


def test_old_versions_have_their_own_shape(shop: Shop) -> None:
    """Before 2022-11-15 an intent holds its charges."""
    intent = shop.pay()
    old = shop.request("GET", f"/v1/payment_intents/{intent.id}", headers={"Stripe-Version": "2020-03-02"}).json
    assert [charge["id"] for charge in old["charges"]["data"]] == [intent.latest_charge]


def test_cross_origin_requests(shop: Shop) -> None:
    asked = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,stripe-version",
    }
    answer = shop.request("OPTIONS", "/v1/payment_intents", headers=asked, key=None)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-headers"] == "authorization,stripe-version"
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert answer.headers["access-control-max-age"] == "300"


# What is not there --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/nothing"),
        ("POST", "/v1/nothing"),
        ("DELETE", "/v1/payment_intents/pi_1"),
        ("PUT", "/v1/payment_intents"),
        ("PATCH", "/v1/payment_intents/pi_1"),
        ("HEAD", "/v1/payment_intents"),
        ("GET", "/v1/payment_intents/"),
        ("GET", "/v1/payment_intents/pi_1/capture"),
        ("POST", "/v1/payment_intents/pi_1/capture/again"),
        ("GET", "/v1"),
        ("GET", "/v1/"),
        ("GET", "/"),
        ("GET", "/v2/core/events"),
        ("POST", "/v2/core/event_destinations"),
        ("GET", "/v1/payment_intents/../refunds"),
        ("GET", "//v1/payment_intents"),
        ("GET", "/V1/payment_intents"),
        ("POST", "/healthz"),
        ("POST", "/openapi.json"),
    ],
)
def test_unknown_routes(shop: Shop, method: str, path: str) -> None:
    answer = shop.request(method, path)
    if method == "HEAD":
        assert answer.status in (200, 404)
        return
    assert is_an_error(answer, 404)
    assert answer.error["message"].startswith(f"Unrecognized request URL ({method}: {path}).")


def test_unknown_routes_ask_for_a_key_first(shop: Shop) -> None:
    for path in ("/v1/nothing", "/v2/core/events"):
        assert shop.request("GET", path, key=None).status == 401


@pytest.mark.parametrize("id", ["pi_unknown", "x", "pi_%00", "%F0%9F%8D%95", "a%2Fb", "..", "pi_1;drop", "p" * 2000])
def test_unknown_ids(shop: Shop, id: str) -> None:
    answer = shop.request("GET", f"/v1/payment_intents/{id}")
    assert is_an_error(answer, 404)


def test_ids_are_decoded(shop: Shop) -> None:
    id = shop.client.v1.payment_intents.create({"amount": 1000, "currency": "usd"}).id
    assert shop.request("GET", f"/v1/payment_intents/pi%5F{id[3:]}").status == 200


def test_health_and_description(shop: Shop) -> None:
    health = shop.request("GET", "/healthz", key=None)
    assert (health.status, health.json) == (200, {"status": "ok"})
    document = shop.request("GET", "/openapi.json", key=None)
    assert document.status == 200
    assert document.json["openapi"].startswith("3.1")
    create = document.json["paths"]["/v1/payment_intents"]["post"]
    schema = create["requestBody"]["content"][FORM]["schema"]
    assert {"amount", "currency"} <= set(schema["required"])


# Forms --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        "expand[]=payment_method&expand[]=customer",
        "expand[0]=payment_method&expand[1]=customer",
        "expand[1]=customer&expand[0]=payment_method",
        "expand%5B%5D=payment_method&expand%5B%5D=customer",
        "expand%5B0%5D=payment_method&expand%5B1%5D=customer",
        "expand%5b7%5d=payment_method&expand[9]=customer",
        "&&expand[]=payment_method&&expand[]=customer&",
    ],
)
def test_arrays_in_every_spelling(shop: Shop, body: str) -> None:
    created = shop.request("POST", "/v1/payment_intents", f"{FORM_OF_CREATE}&payment_method=pm_card_visa&{body}")
    assert created.status == 200, created.body
    assert created.json["payment_method"]["type"] == "card"


@pytest.mark.parametrize(
    "body",
    [
        "shipping[name]=J+R&shipping[address][line1]=1%20Main",
        "shipping%5Bname%5D=J%20R&shipping%5Baddress%5D%5Bline1%5D=1+Main",
    ],
)
def test_nested_objects_in_every_spelling(shop: Shop, body: str) -> None:
    shipping = shop.request("POST", "/v1/payment_intents", f"{FORM_OF_CREATE}&{body}").json["shipping"]
    assert (shipping["name"], shipping["address"]["line1"]) == ("J R", "1 Main")


def test_parameters_in_the_query_of_a_post(shop: Shop) -> None:
    created = shop.request("POST", "/v1/payment_intents?amount=1000&currency=usd")
    assert (created.status, created.json["amount"]) == (200, 1000)


def test_a_body_without_content_type(shop: Shop) -> None:
    created = shop.request("POST", "/v1/payment_intents", b"amount=1000&currency=usd", {"Content-Type": ""})
    assert created.status == 200


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"amount=1000&currency=usd&description=\xff\xfe", "not valid UTF-8"),
        (b"amount=1000&currency=usd&description=%FF%FE", "not valid UTF-8"),
        (b"amount=1000&currency=usd&description=%ED%A0%80", "not valid UTF-8"),
        (b"amount=1000&currency=usd&description=a%00b", ""),
        (b"amount=1000&currency=usd&description=%zz", "percent-encoding"),
        (b"amount=1000&currency=usd&description=%", "percent-encoding"),
        (b"amount=1000&currency=usd&metadata[a=b", ""),
        (b"amount=1000&currency=usd&metadata]a[=b", ""),
        (b"amount=1000&currency=usd&[]=b", ""),
        (b"amount=1000&currency=usd&shipping=x&shipping[name]=y", ""),
        (b"amount=1000&currency=usd&expand[][]=x", ""),
        (b"amount=1000&currency=usd&" + b"a[b]" * 50 + b"=1", ""),
        (b"amount=1000&currency=usd&metadata" + b"[a]" * 40 + b"=1", ""),
        (b"amount=1000&currency=usd&" + b"n" * 5000 + b"=1", ""),
        (b"&".join(b"metadata[k%d]=v" % number for number in range(5000)), "Too many parameters"),
        (b"&".join(b"p%d=v" % number for number in range(900)), "Received unknown parameters"),
        (b"amount=1000&currency=usd&colour=red", "Received unknown parameter: colour"),
        (
            b"amount=1000&currency=usd&shipping[colour]=red&shipping[name]=x&shipping[address][line1]=y",
            "Received unknown parameter: shipping[colour]",
        ),
        (b"amount=1000&currency=usd&metadata=text", "Invalid object"),
        (b"amount=1000&currency=usd&confirm=yes", "Invalid boolean: yes"),
        (b"amount=1000&currency=usd&capture_method=later", "Invalid capture_method: must be one of"),
        (b'{"amount": 1000, "currency": "usd"}', ""),
    ],
)
def test_forms_that_are_refused(shop: Shop, body: bytes, message: str) -> None:
    refused = shop.request("POST", "/v1/payment_intents", body)
    assert is_an_error(refused, 400)
    assert message in refused.error["message"]
    assert len(refused.body) < 5000  # a message does not repeat everything it was sent
    assert shop.request("GET", "/v1/payment_intents").json["data"] == []


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "application/xml", "nonsense"])
def test_other_content_types(shop: Shop, content_type: str) -> None:
    refused = shop.request("POST", "/v1/payment_intents", b'{"amount": 1000}', {"Content-Type": content_type})
    assert is_an_error(refused, 400)
    assert FORM in refused.error["message"]


def test_multipart_forms_are_forms(shop: Shop) -> None:
    boundary = "frontier"
    body = f"--{boundary}--\r\n"
    for name, value in CREATE.items():
        body = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n{body}'
    kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    assert shop.request("POST", "/v1/payment_intents", body, kind).status == 200
    assert is_an_error(shop.request("POST", "/v1/payment_intents", body[:-10], kind), 400)
    assert is_an_error(shop.request("POST", "/v1/payment_intents", body, {"Content-Type": "multipart/form-data"}), 400)


# Limits -------------------------------------------------------------------------------------------------------------


def test_bodies_have_a_limit(shop: Shop) -> None:
    fits = b"amount=1000&currency=usd&description=" + b"d" * 1000
    assert shop.request("POST", "/v1/payment_intents", fits).status == 200
    assert is_an_error(shop.request("POST", "/v1/payment_intents", b"d" * (BODY_MAX + 1)), 413)

    def chunks() -> Any:
        for _ in range(BODY_MAX // 10_000 + 2):
            yield b"d" * 10_000

    connection = http.client.HTTPConnection(urlsplit(shop.server.address).netloc, timeout=30)
    headers = {"Authorization": f"Bearer {shop.key}", "Content-Type": FORM}
    connection.request("POST", "/v1/payment_intents", chunks(), headers, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def raw(shop: Shop, *sent: bytes) -> bytes:
    """What comes back on a connection of its own; it is closed for sending after `sent`."""
    host, port = urlsplit(shop.server.address).netloc.split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        for part in sent:
            connection.sendall(part)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while part := connection.recv(65536):
            received += part
    return received


def test_a_body_that_is_cut_short_does_nothing(shop: Shop) -> None:
    head = (
        f"POST /v1/payment_intents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {shop.key}\r\n"
        f"Content-Type: {FORM}\r\nContent-Length: 100\r\n\r\n"
    ).encode()
    answer = raw(shop, head, b"amount=1000&currency=usd")
    assert b" 200 " not in answer
    assert shop.request("GET", "/v1/payment_intents").json["data"] == []


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",  # a TLS handshake: https:// by mistake
        b"GET /v1/payment_intents HTTP/1.1\r\nHost: x\r\nAuthorization" + b"x" * 200_000,
        b"POST /v1/payment_intents HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"POST /v1/payment_intents HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /v1/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
def test_what_is_not_http_harms_nobody(shop: Shop, sent: bytes) -> None:
    answer = raw(shop, sent)
    assert not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 5"))
    assert shop.request("GET", "/healthz", key=None).status == 200


def test_connections_are_kept(shop: Shop) -> None:
    connection = http.client.HTTPConnection(urlsplit(shop.server.address).netloc, timeout=30)
    headers = {"Authorization": f"Bearer {shop.key}"}
    connection.connect()
    ends = connection.sock.getsockname()
    for method, path in (("GET", "/v1/payment_intents"), ("GET", "/v1/nothing"), ("POST", "/v1/payment_intents")):
        connection.request(method, path, headers=headers)
        connection.getresponse().read()
        assert connection.sock.getsockname() == ends
    connection.close()
