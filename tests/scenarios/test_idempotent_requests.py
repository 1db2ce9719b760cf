"""Idempotency keys: a request that is sent again happens once, whatever became of the first answer."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe
from tests.scenarios.shop import LATEST, ON_BOTH, PRIVATE_ON_BOTH, Response, Shop

CREATE = {"amount": 1000, "currency": "usd"}
PAY = CREATE | {"payment_method": "pm_card_visa", "confirm": "true"}


def post(shop: Shop, path: str, form: Any, key: str, **headers: str) -> Response:
    sent = {"Idempotency-Key": key, "Stripe-Version": LATEST} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return shop.request("POST", path, form, sent)


@ON_BOTH
def test_a_replay_is_the_same_to_the_byte(shop: Shop) -> None:
    first = post(shop, "/v1/payment_intents", PAY, "order-1")
    again = post(shop, "/v1/payment_intents", PAY, "order-1")
    assert (first.status, again.status) == (200, 200)
    assert again.body == first.body
    assert first.headers["idempotency-key"] == again.headers["idempotency-key"] == "order-1"
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["original-request"] == first.headers["request-id"] != again.headers["request-id"]
    assert [held["attempts"]["authorize"] for held in shop.holdings(first.json["id"])] == [1]
    assert len(shop.request("GET", "/v1/payment_intents").json["data"]) == 1


def test_the_first_answer_stays_when_the_object_goes_on(shop: Shop) -> None:
    first = post(shop, "/v1/payment_intents", CREATE, "order-1")
    shop.client.v1.payment_intents.cancel(first.json["id"])
    again = post(shop, "/v1/payment_intents", CREATE, "order-1")
    assert again.body == first.body
    assert again.json["status"] == "requires_payment_method"


def test_the_order_of_parameters_does_not_matter(shop: Shop) -> None:
    first = post(shop, "/v1/payment_intents", "amount=1000&currency=usd", "order-1")
    again = post(shop, "/v1/payment_intents", "currency=usd&amount=1000", "order-1")
    assert again.body == first.body


@ON_BOTH
def test_declines_are_kept_too(shop: Shop) -> None:
    """The same 402 comes back, and the card is not asked again; another key asks it."""
    form = PAY | {"payment_method": "pm_card_chargeDeclined"}
    first = post(shop, "/v1/payment_intents", form, "order-1")
    again = post(shop, "/v1/payment_intents", form, "order-1")
    assert (first.status, again.status) == (402, 402)
    assert again.body == first.body
    assert again.headers["idempotent-replayed"] == "true"
    intent = first.error["payment_intent"]["id"]
    assert len(shop.holdings(intent)) == 1

    confirm = {"payment_method": "pm_card_chargeDeclined"}
    assert post(shop, f"/v1/payment_intents/{intent}/confirm", confirm, "order-1-b").status == 402
    assert len(shop.holdings(intent)) == 2


def test_mistakes_are_not_kept(shop: Shop) -> None:
    """A request that was refused before it did anything may be corrected under the same key."""
    wrong = post(shop, "/v1/payment_intents", CREATE | {"amount": "ten"}, "order-1")
    assert wrong.status == 400
    right = post(shop, "/v1/payment_intents", CREATE, "order-1")
    assert right.status == 200
    assert "idempotent-replayed" not in right.headers

    intent = right.json["id"]
    early = post(shop, f"/v1/payment_intents/{intent}/capture", "", "capture-1")
    assert early.error["code"] == "payment_intent_unexpected_state"
    confirm = {"payment_method": "pm_card_visa", "capture_method": "manual"}
    assert post(shop, f"/v1/payment_intents/{intent}/confirm", confirm, "confirm-1").status == 200
    assert post(shop, f"/v1/payment_intents/{intent}/capture", "", "capture-1").status == 200


@ON_BOTH
def test_another_request_with_the_same_key(shop: Shop) -> None:
    first = post(shop, "/v1/payment_intents", CREATE, "order-1")
    others: list[tuple[str, Any]] = [
        ("/v1/payment_intents", CREATE | {"amount": 1001}),
        ("/v1/payment_intents", CREATE | {"description": "x"}),
        ("/v1/payment_intents", {}),
        (f"/v1/payment_intents/{first.json['id']}", CREATE),
        (f"/v1/payment_intents/{first.json['id']}/cancel", CREATE),
    ]
    for path, form in others:
        refused = post(shop, path, form, "order-1")
        assert refused.status == 400, path
        assert refused.error["type"] == "idempotency_error"
        assert "code" not in refused.error
        assert refused.error["message"] == (
            "Keys for idempotent requests can only be used with the same parameters they were first used with. Try "
            "using a key other than 'order-1' if you meant to execute a different request."
        )
    assert shop.client.v1.payment_intents.retrieve(first.json["id"]).status == "requires_payment_method"
    with pytest.raises(stripe.IdempotencyError):
        shop.client.v1.payment_intents.create({"amount": 1, "currency": "usd"}, {"idempotency_key": "order-1"})


def test_keys_belong_to_the_account(shop: Shop, open_shop: Any) -> None:
    other = open_shop()
    mine, theirs = (post(each, "/v1/payment_intents", CREATE, "order-1") for each in (shop, other))
    assert mine.json["id"] != theirs.json["id"]


def test_keys_on_reads_are_ignored(shop: Shop) -> None:
    post(shop, "/v1/payment_intents", CREATE, "order-1")
    listed = shop.request("GET", "/v1/payment_intents", headers={"Idempotency-Key": "order-1"})
    assert listed.status == 200
    assert "idempotency-key" not in listed.headers


@pytest.mark.parametrize("key", ["k" * 256, "a\tb"])
def test_keys_that_are_none(shop: Shop, key: str) -> None:
    assert post(shop, "/v1/payment_intents", CREATE, key).status == 400
    assert post(shop, "/v1/payment_intents", CREATE, "k" * 255).status == 200


@PRIVATE_ON_BOTH
def test_keys_are_forgotten_after_a_day_at_the_earliest(private_shop: Shop) -> None:
    shop = private_shop
    first = post(shop, "/v1/payment_intents", CREATE, "order-1")
    shop.advance(seconds=23 * 3600)
    assert post(shop, "/v1/payment_intents", CREATE, "order-1").body == first.body
    shop.advance(seconds=2 * 3600)
    later = post(shop, "/v1/payment_intents", CREATE, "order-1")
    assert later.json["id"] != first.json["id"]


@ON_BOTH
def test_one_key_from_many_connections(shop: Shop) -> None:
    """Whoever is first, there is one object and one authorization; the others get its answer or are told to wait."""
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: post(shop, "/v1/payment_intents", PAY, "order-1"), range(32)))
    assert set(Counter(answer.status for answer in answers)) <= {200, 409}
    (body,) = {answer.body for answer in answers if answer.status == 200}
    for answer in answers:
        if answer.status == 409:
            assert (answer.error["type"], answer.error["code"]) == ("idempotency_error", "idempotency_key_in_use")
            assert answer.headers["stripe-should-retry"] == "true"
            # The Node client leaves the answer unread when it tries again: its process would not end before this does.
            assert answer.headers["connection"] == "close"
    (intent,) = shop.request("GET", "/v1/payment_intents").json["data"]
    assert post(shop, "/v1/payment_intents", PAY, "order-1").body == body
    assert [held["attempts"]["authorize"] for held in shop.holdings(intent["id"])] == [1]


@PRIVATE_ON_BOTH
def test_the_first_request_is_still_running(private_shop: Shop) -> None:
    """The acquirer takes its time: the same key is told to come back, and then gets the one answer."""
    shop = private_shop
    shop.request("GET", "/v1/payment_intents")
    shop.fault("delay", "authorize", delay_ms=1500)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _: post(shop, "/v1/payment_intents", PAY, "order-1"), range(4)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
    (first,) = (answer for answer in answers if answer.status == 200)
    again = post(shop, "/v1/payment_intents", PAY, "order-1")
    assert (again.body, again.headers["idempotent-replayed"]) == (first.body, "true")
    assert [held["attempts"]["authorize"] for held in shop.holdings(first.json["id"])] == [1]


def test_the_client_retries_by_itself(shop: Shop) -> None:
    """Retries of the official client carry one key, so nothing happens twice."""
    client = shop.client_with(max_network_retries=3)
    options: Any = {"idempotency_key": "order-1"}
    with ThreadPoolExecutor(8) as threads:
        made = list(
            threads.map(
                lambda _: client.v1.payment_intents.create({"amount": 1000, "currency": "usd"}, options).id, range(16)
            )
        )
    assert len(set(made)) == 1
