"""Sessions of the Terminal SDK: what opens one, what it opens, and how long."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.scenarios.fixtures import OpenShop
from tests.scenarios.page import Page, redeem, token
from tests.scenarios.shop import ON_BOTH, PRIVATE_ON_BOTH, Shop
from tests.scenarios.till import Till

HOUR = 3600


@ON_BOTH
def test_a_connection_token_opens_one_session(shop: Shop) -> None:
    secret = token(shop)
    answer = redeem(shop, secret)
    opened = answer.json
    assert (answer.status, opened["object"], opened["livemode"], opened["location"]) == (
        200,
        "pos_session",
        False,
        None,
    )
    assert opened["secret"].startswith("pos_test_")
    assert opened["expires_at"] == pytest.approx(shop.now() + 12 * HOUR, abs=60)
    again = redeem(shop, secret)
    assert (again.status, again.error["code"]) == (400, "connection_token_redeemed")
    assert again.error["type"] == "invalid_request_error"
    assert again.error["message"].startswith("This connection token has already been redeemed")


@ON_BOTH
def test_a_redemption_whose_answer_was_lost_is_repeated(shop: Shop) -> None:
    secret, key = token(shop), secrets.token_hex(8)
    first, second = redeem(shop, secret, key=key), redeem(shop, secret, key=key)
    assert first.status == second.status == 200
    assert first.json == second.json
    assert redeem(shop, secret, key="another").error["code"] == "connection_token_redeemed"
    other = redeem(shop, token(shop), key=key)
    assert other.json["secret"] != first.json["secret"]


@ON_BOTH
def test_a_token_is_redeemed_once_by_two_at_once(shop: Shop) -> None:
    secret = token(shop)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: redeem(shop, secret), range(4)))
    assert sorted(answer.status for answer in answers) == [200, 400, 400, 400]


@PRIVATE_ON_BOTH
def test_tokens_and_sessions_expire(private_shop: Shop) -> None:
    shop = private_shop
    fresh, page = token(shop), Page(shop)
    shop.advance(seconds=15 * 60)
    late = redeem(shop, fresh)
    assert (late.status, late.error["code"]) == (401, "connection_token_expired")
    shop.advance(seconds=12 * HOUR - 15 * 60 - 30)
    assert page.get("readers")["data"] == []
    shop.advance(seconds=60)
    over = page.ask("GET", "readers")
    assert (over.status, over.error["code"]) == (401, "pos_session_expired")
    assert over.headers["www-authenticate"] == 'Bearer realm="Stripe"'  # no dialog in the browser
    shop.advance(seconds=13 * HOUR)  # when it is forgotten
    assert page.ask("GET", "readers").error["code"] == "pos_session_expired"


@PRIVATE_ON_BOTH
def test_a_session_is_continued_with_its_reader(private_shop: Shop) -> None:
    shop = private_shop
    till, page = Till(shop), Page(shop)
    page.connect(till.reader.id)
    shop.advance(seconds=13 * HOUR)
    newer = redeem(shop, token(shop), session=page.secret, key="renew")
    assert redeem(shop, "pst_test_nobody", session=page.secret).status == 401
    before, page.secret = page.secret, newer.json["secret"]
    assert page.phase(till.reader.id) == "idle"
    assert shop.request("GET", "/opentill/pos/readers", key=before).error["code"] == "pos_session_expired"


def test_a_session_is_continued_only_within_its_account_and_location(shop: Shop, open_shop: OpenShop) -> None:
    till, page = Till(shop), Page(shop)
    page.connect(till.reader.id)
    for of, params in ((open_shop(), {}), (shop, {"location": till.location.id})):
        stranger = redeem(of, token(of, **params), session=page.secret)
        assert stranger.status == 200  # a session of its own
        code = of.request("GET", f"/opentill/pos/readers/{till.reader.id}", key=stranger.json["secret"]).error["code"]
        assert code in ("terminal_reader_not_connected", "terminal_reader_taken_over")
    assert page.phase(till.reader.id) == "idle"


@pytest.mark.parametrize("secret", ["pos_test_x", "pst_test_x", "pos_live_" + "x" * 48, "pst_"])
def test_a_secret_that_nobody_was_given(shop: Shop, secret: str) -> None:
    for method, path in (("POST", "/opentill/pos/sessions"), ("GET", "/opentill/pos/readers"), ("GET", "/v1/charges")):
        answer = shop.request(method, path, {} if method == "POST" else None, key=secret)
        assert answer.status == 401
        assert secret not in answer.error["message"]


def test_what_takes_which_credential(shop: Shop) -> None:
    publishable = shop.key.replace("sk_", "pk_")
    fresh, page = token(shop), Page(shop)
    asked = {
        ("POST", "/opentill/pos/sessions"): (shop.key, publishable, page.secret),
        ("GET", "/opentill/pos/readers"): (shop.key, publishable, fresh),
        ("POST", "/opentill/pos/simulator"): (shop.key, fresh),
        ("GET", "/v1/terminal/readers"): (fresh, page.secret),
        ("POST", "/v1/payment_intents"): (fresh, page.secret),
        ("GET", "/v1/payment_intents/pi_1"): (fresh, page.secret),
        ("POST", "/v1/payment_methods"): (fresh, page.secret),
        ("GET", "/opentill/clock"): (page.secret,),
    }
    for (method, path), credentials in asked.items():
        for credential in credentials:
            answer = shop.request(method, path, {} if method == "POST" else None, key=credential)
            assert (answer.status, answer.error["type"]) == (403, "invalid_request_error"), (path, credential[:8])
    assert redeem(shop, fresh).status == 200  # nothing of that used it up


def test_a_session_acts_for_one_account(shop: Shop) -> None:
    page = Page(shop)
    other = shop.client.v1.accounts.create({"type": "custom", "country": "US"})
    answer = page.ask("GET", "readers", headers={"Stripe-Account": other.id})
    assert answer.status == 403


def test_a_connected_account_has_sessions_of_its_own(shop: Shop) -> None:
    other = shop.client.v1.accounts.create({"type": "custom", "country": "US"}).id
    options: Any = {"stripe_account": other}
    readers = shop.client.v1.terminal.readers
    reader = readers.create({"registration_code": "simulated-wpe"}, options).id
    secret = shop.client.v1.terminal.connection_tokens.create({}, options).secret
    page = Page(shop)
    assert page.get("readers")["data"] == []
    page.secret = redeem(shop, secret).json["secret"]
    assert [found["id"] for found in page.get("readers")["data"]] == [reader]


@PRIVATE_ON_BOTH
def test_sessions_outlive_the_server(private_shop: Shop) -> None:
    till, page = Till(private_shop), Page(private_shop)
    page.connect(till.reader.id)
    private_shop.server.stop()
    private_shop.server.start()
    assert page.phase(till.reader.id) == "idle"


def test_pages_from_anywhere_may_ask(shop: Shop) -> None:
    asked = "authorization,idempotency-key"
    preflight = shop.request(
        "OPTIONS", "/opentill/pos/readers", headers={"Access-Control-Request-Headers": asked}, key=None
    )
    assert preflight.status == 204
    assert preflight.headers["access-control-allow-headers"] == asked
    assert preflight.headers["access-control-allow-origin"] == "*"


def test_nothing_is_expanded_in_a_page(shop: Shop) -> None:
    till, page = Till(shop), Page(shop)
    page.connect(till.reader.id)
    path = f"readers/{till.reader.id}?expand[]=reader.location"
    assert page.ask("GET", path).error["param"] == "expand"
