"""Webhook endpoints as objects: made, changed, listed and ended, and refused when deliveries could not go there."""

from typing import Any

import pytest
import stripe
from tests.scenarios.fixtures import OpenShop, StartServer
from tests.scenarios.server import run
from tests.scenarios.shop import ON_BOTH, Shop

HERE = "http://127.0.0.1:9/webhook"


def endpoint(shop: Shop, **params: Any) -> stripe.WebhookEndpoint:
    given: Any = {"url": HERE, "enabled_events": ["charge.succeeded"]} | params
    return shop.client.v1.webhook_endpoints.create(given)


@ON_BOTH
def test_an_endpoint_from_beginning_to_end(shop: Shop) -> None:
    made = endpoint(shop, description="orders", metadata={"team": "till"}, api_version="2024-06-20")
    assert (made.object, made.status, made.livemode) == ("webhook_endpoint", "enabled", False)
    assert (made.api_version, made.application, made.description) == ("2024-06-20", None, "orders")
    assert made.secret is not None
    assert made.secret.startswith("whsec_")
    assert len(made.secret) == 38

    endpoints = shop.client.v1.webhook_endpoints
    known = endpoints.retrieve(made.id)
    assert "secret" not in known
    assert known.enabled_events == ["charge.succeeded"]
    changed = endpoints.update(
        made.id,
        {"url": f"{HERE}/2", "enabled_events": ["*"], "disabled": True, "description": "", "metadata": {"team": ""}},
    )
    assert (changed.url, changed.enabled_events, changed.status) == (f"{HERE}/2", ["*"], "disabled")
    assert (changed.description, changed.metadata.to_dict()) == (None, {})
    assert endpoints.update(made.id, {"disabled": False}).status == "enabled"
    assert [one.id for one in endpoints.list().data] == [made.id]

    gone = endpoints.delete(made.id)
    assert (gone.id, gone.deleted) == (made.id, True)
    assert endpoints.list().data == []
    with pytest.raises(stripe.InvalidRequestError, match=f"No such webhook endpoint: '{made.id}'") as refused:
        endpoints.retrieve(made.id)
    assert (refused.value.http_status, refused.value.code) == (404, "resource_missing")


def test_an_endpoint_of_a_platform_is_told_of_connected_accounts(shop: Shop) -> None:
    application = endpoint(shop, connect=True).application
    assert application is not None
    assert application.startswith("ca_")


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"url": None}, "url", "parameter_missing"),
        ({"url": "example.com/webhook"}, "url", "url_invalid"),
        ({"url": "ftp://example.com/"}, "url", "url_invalid"),
        ({"url": "https://"}, "url", "url_invalid"),
        ({"url": "https://example.com:99999/"}, "url", "url_invalid"),
        ({"url": "https://example.com/with space"}, "url", "url_invalid"),
        ({"enabled_events": None}, "enabled_events", "parameter_missing"),
        ({"enabled_events": ["charge.exploded"]}, "enabled_events[0]", None),
        ({"enabled_events": ["charge.*"]}, "enabled_events[0]", None),
        ({"api_version": "1999-01-01"}, "api_version", None),
        ({"secret": "whsec_mine"}, "secret", "parameter_unknown"),
    ],
)
def test_what_an_endpoint_cannot_be(shop: Shop, params: dict[str, Any], param: str, code: str | None) -> None:
    given = {"url": HERE, "enabled_events": ["*"]} | params
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.webhook_endpoints.create({k: v for k, v in given.items() if v is not None})  # type: ignore[arg-type]
    assert (refused.value.param, refused.value.code) == (param, code)


def test_there_are_sixteen_at_most(shop: Shop) -> None:
    for _ in range(16):
        last = endpoint(shop)
    with pytest.raises(stripe.InvalidRequestError, match="maximum of 16 test webhook endpoints"):
        endpoint(shop)
    shop.client.v1.webhook_endpoints.delete(last.id)
    endpoint(shop)


def test_the_same_key_gives_the_same_secret(shop: Shop) -> None:
    options: Any = {"idempotency_key": "endpoint"}
    first, second = (
        shop.client.v1.webhook_endpoints.create({"url": HERE, "enabled_events": ["*"]}, options) for _ in range(2)
    )
    assert (first.id, first.secret) == (second.id, second.secret)
    assert len(shop.client.v1.webhook_endpoints.list().data) == 1


def test_a_server_for_everybody_tells_no_private_address(private_server: StartServer, open_shop: OpenShop) -> None:
    def server(*options: str, live: bool = False) -> Shop:
        server = private_server("sqlite", *options, command="serve")
        server.stop()
        key = run("keys", "create", "--data-dir", str(server.data_directory), *(("--live",) if live else ())).strip()
        server.start()
        return open_shop(server, key)

    shop = server()
    for url in (
        "http://127.0.0.1/",
        "http://localhost:4242/webhook",
        "http://[::1]/",
        "http://10.1.2.3/",
        "http://169.254.169.254/latest/meta-data/",
        "http://metadata.google.internal/",
    ):
        with pytest.raises(stripe.InvalidRequestError, match="must be publicly accessible"):
            endpoint(shop, url=url)
    assert endpoint(shop, url="http://example.com/").url == "http://example.com/"

    allowing = server("--allow-private-webhooks", live=True)
    with pytest.raises(stripe.InvalidRequestError, match="must be https in live mode"):
        endpoint(allowing)
    assert endpoint(allowing, url="https://127.0.0.1/").livemode
