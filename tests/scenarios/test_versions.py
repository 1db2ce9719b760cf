"""API versions: what clients that pin an older one send and get, down to the one the Terminal example backends pin."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from tests.scenarios.shop import LATEST, ON_BOTH, Response, Shop, encode

from opentill.main import Installation, Settings

EXAMPLE_BACKENDS, BEFORE, LATEST_CHARGE, GUIDES = "2020-03-02", "2022-08-01", "2022-11-15", "2026-08-26.dahlia"
GATE = "2026-09-30.endive"
IN_PERSON: dict[str, Any] = {"amount": 1000, "currency": "usd", "capture_method": "manual"}
BY_CARD: dict[str, Any] = {"amount": 1000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True}


def ask(shop: Shop, version: str, method: str, path: str, form: Mapping[str, Any] | None = None) -> Response:
    return shop.request(method, path, form, {"Stripe-Version": version})


def paid(shop: Shop) -> tuple[str, str]:
    """A PaymentIntent, half of it refunded, and its charge."""
    intent = shop.pay(1000)
    shop.client.v1.refunds.create({"payment_intent": intent.id, "amount": 500})
    return intent.id, str(intent.latest_charge)


# PaymentIntents held their charges, charges their refunds ---------------------------------------------------------


@ON_BOTH
@pytest.mark.parametrize("version", [EXAMPLE_BACKENDS, BEFORE])
def test_an_intent_holds_its_charge_and_that_its_refunds(shop: Shop, version: str) -> None:
    id, charge = paid(shop)
    intent = ask(shop, version, "GET", f"/v1/payment_intents/{id}").json
    assert "latest_charge" not in intent
    inside = intent.pop("charges")
    (held,) = inside.pop("data")
    assert inside == {
        "object": "list",
        "has_more": False,
        "total_count": 1,
        "url": f"/v1/charges?payment_intent={id}",
    }
    (refund,) = held["refunds"]["data"]
    assert (refund["object"], refund["amount"], held["refunds"]["total_count"]) == ("refund", 500, 1)
    assert held["refunds"]["url"] == f"/v1/charges/{charge}/refunds"
    assert ask(shop, version, "GET", f"/v1/charges/{charge}").json == held

    newest = ask(shop, LATEST, "GET", f"/v1/charges/{charge}").json
    assert "refunds" not in newest
    assert {name: value for name, value in held.items() if name != "refunds"} == newest


@ON_BOTH
@pytest.mark.parametrize("version", [LATEST_CHARGE, GUIDES, LATEST])
def test_an_intent_names_its_charge(shop: Shop, version: str) -> None:
    id, charge = paid(shop)
    intent = ask(shop, version, "GET", f"/v1/payment_intents/{id}").json
    assert intent["latest_charge"] == charge
    assert "charges" not in intent
    assert "refunds" not in ask(shop, version, "GET", f"/v1/charges/{charge}").json


def test_whichever_way_it_is_answered(shop: Shop) -> None:
    """Created, confirmed, captured, listed, searched for, inside an error."""
    form = {**BY_CARD, "capture_method": "manual"}
    created = ask(shop, BEFORE, "POST", "/v1/payment_intents", form).json
    assert [charge["captured"] for charge in created["charges"]["data"]] == [False]
    path = f"/v1/payment_intents/{created['id']}"
    captured = ask(shop, BEFORE, "POST", f"{path}/capture").json
    assert [charge["captured"] for charge in captured["charges"]["data"]] == [True]
    listed = ask(shop, BEFORE, "GET", "/v1/payment_intents").json
    assert listed["data"] == [captured]
    found = ask(shop, BEFORE, "GET", '/v1/payment_intents/search?query=status:"succeeded"').json
    assert found["data"] == [captured]
    refused = ask(shop, BEFORE, "POST", f"{path}/capture")
    assert refused.error["payment_intent"] == captured
    declined = ask(shop, BEFORE, "POST", "/v1/payment_intents", BY_CARD | {"payment_method": "pm_card_chargeDeclined"})
    (failed,) = declined.error["payment_intent"]["charges"]["data"]
    assert (declined.status, failed["status"], failed["refunds"]["data"]) == (402, "failed", [])
    assert failed["id"] == declined.error["charge"]


def test_an_intent_without_a_charge(shop: Shop) -> None:
    intent = ask(shop, BEFORE, "POST", "/v1/payment_intents", {"amount": 1000, "currency": "usd"}).json
    assert intent["charges"]["data"] == []
    assert intent["charges"]["total_count"] == 0


def test_a_repeated_request_gets_the_shape_it_got_first(shop: Shop) -> None:
    headers = {"Stripe-Version": BEFORE, "Idempotency-Key": "order-6735"}
    first = shop.request("POST", "/v1/payment_intents", BY_CARD, headers)
    again = shop.request("POST", "/v1/payment_intents", BY_CARD, headers | {"Stripe-Version": GUIDES})
    assert again.body == first.body
    assert again.headers["idempotent-replayed"] == "true"


# Expanding what is inside -----------------------------------------------------------------------------------------


def test_expanding_what_is_inside(shop: Shop) -> None:
    id, charge = paid(shop)
    path = f"/v1/payment_intents/{id}"
    deep = "expand[]=charges.data.balance_transaction&expand[]=charges.data.refunds.data"
    (held,) = ask(shop, BEFORE, "GET", f"{path}?{deep}").json["charges"]["data"]
    assert held["balance_transaction"]["net"] == 941
    (listed,) = ask(shop, BEFORE, "GET", "/v1/payment_intents?expand[]=data.charges.data.customer").json["data"]
    assert [inside["id"] for inside in listed["charges"]["data"]] == [charge]

    (refund,) = ask(shop, LATEST, "GET", f"/v1/charges/{charge}?expand[]=refunds.data.balance_transaction").json[
        "refunds"
    ]["data"]
    assert refund["balance_transaction"]["net"] == -500
    through = ask(shop, LATEST, "GET", f"{path}?expand[]=latest_charge.refunds").json
    assert [refund["amount"] for refund in through["latest_charge"]["refunds"]["data"]] == [500]


def test_expanded_objects_have_the_shape_of_the_request(shop: Shop) -> None:
    id, charge = paid(shop)
    intent = ask(shop, BEFORE, "GET", f"/v1/charges/{charge}?expand[]=payment_intent").json["payment_intent"]
    assert intent == ask(shop, BEFORE, "GET", f"/v1/payment_intents/{id}").json
    refunds = ask(shop, BEFORE, "GET", f"/v1/refunds?charge={charge}&expand[]=data.charge").json["data"]
    assert [refund["charge"] for refund in refunds] == [ask(shop, BEFORE, "GET", f"/v1/charges/{charge}").json]


@pytest.mark.parametrize("path", ["charges", "charges.data", "charges.data.balance_transaction"])
def test_what_is_no_longer_inside_cannot_be_expanded(shop: Shop, path: str) -> None:
    id, _ = paid(shop)
    refused = ask(shop, LATEST, "GET", f"/v1/payment_intents/{id}?expand[]={path}")
    assert (refused.status, refused.error["message"]) == (400, "This property cannot be expanded (charges).")


# payment_method_types ---------------------------------------------------------------------------------------------


@ON_BOTH
@pytest.mark.parametrize("version", [EXAMPLE_BACKENDS, BEFORE, LATEST_CHARGE, GUIDES])
def test_the_guides_ask_for_card_present(shop: Shop, version: str) -> None:
    answer = ask(shop, version, "POST", "/v1/payment_intents", IN_PERSON | {"payment_method_types": ["card_present"]})
    assert (answer.status, answer.headers["stripe-version"]) == (200, version)
    assert answer.json["payment_method_types"] == ["card_present"]
    update = ask(shop, version, "POST", f"/v1/payment_intents/{answer.json['id']}", {"payment_method_types": ["card"]})
    assert update.json["payment_method_types"] == ["card"]


@ON_BOTH
@pytest.mark.parametrize("version", [GATE, LATEST, "2026-08-26.preview"])
def test_since_endive_they_are_filtered_instead(shop: Shop, version: str) -> None:
    refused = ask(shop, version, "POST", "/v1/payment_intents", IN_PERSON | {"payment_method_types": ["card_present"]})
    assert (refused.status, refused.error["code"]) == (400, "payment_method_types_no_longer_supported")
    assert refused.error["param"] == "payment_method_types"
    allowed = ask(
        shop, version, "POST", "/v1/payment_intents", IN_PERSON | {"allowed_payment_method_types": ["card_present"]}
    ).json
    assert allowed["payment_method_types"] == allowed["allowed_payment_method_types"] == ["card_present"]
    path = f"/v1/payment_intents/{allowed['id']}"
    for action in ("", "/confirm"):
        refused = ask(shop, version, "POST", path + action, {"payment_method_types": ["card"]})
        assert refused.error["code"] == "payment_method_types_no_longer_supported"


@pytest.mark.parametrize(("version", "known"), [("2026-06-24.dahlia", False), ("2026-07-29.dahlia", True)])
def test_the_filter_is_known_since_july_2026(shop: Shop, version: str, known: bool) -> None:
    form = IN_PERSON | {"allowed_payment_method_types": ["card_present"]}
    answer = ask(shop, version, "POST", "/v1/payment_intents", form)
    if known:
        assert answer.json["allowed_payment_method_types"] == ["card_present"]
    else:
        assert (answer.status, answer.error["code"]) == (400, "parameter_unknown")
        created = ask(shop, version, "POST", "/v1/payment_intents", IN_PERSON).json
        assert "allowed_payment_method_types" not in created


@pytest.mark.parametrize(
    ("version", "method"), [("2023-10-16", "automatic"), ("2024-04-10", "automatic_async"), (LATEST, "automatic_async")]
)
def test_the_default_capture_method(shop: Shop, version: str, method: str) -> None:
    intent = ask(shop, version, "POST", "/v1/payment_intents", {"amount": 1000, "currency": "usd"}).json
    assert intent["capture_method"] == method


@pytest.mark.parametrize(("version", "dynamic"), [("2022-11-15", False), ("2023-08-16", True), (LATEST, True)])
def test_when_payment_methods_became_dynamic(shop: Shop, version: str, dynamic: bool) -> None:
    intent = ask(shop, version, "POST", "/v1/payment_intents", {"amount": 1000, "currency": "usd"}).json
    assert (intent["automatic_payment_methods"] is not None) == dynamic


# Which version ----------------------------------------------------------------------------------------------------


def test_without_a_header_it_is_the_accounts_own(shop: Shop) -> None:
    answer = shop.request("POST", "/v1/payment_intents", IN_PERSON | {"payment_method_types": ["card_present"]})
    assert (answer.status, answer.headers["stripe-version"]) == (200, GUIDES)


@pytest.mark.parametrize(
    "version", ["2019-13-01", "2026-10-28", "2026-10-28.acacia", "latest", "9999-01-01", "v" * 300]
)
def test_versions_that_do_not_exist(shop: Shop, version: str) -> None:
    refused = ask(shop, version, "GET", "/v1/balance")
    assert refused.status == 400
    assert refused.error["message"] == f"Invalid Stripe API version: {version[:100]}"
    assert refused.error["type"] == "invalid_request_error"


# Events are in the account's own version --------------------------------------------------------------------------


Ask: TypeAlias = Callable[..., Awaitable[Any]]


@asynccontextmanager
async def older_accounts(directory: Path, version: str) -> AsyncIterator[Ask]:
    """An installation in this process, whose accounts have an older default version; a way to ask it for something."""
    installation = Installation(Settings(data_directory=directory, development=True, default_version=version))

    async def asked(method: str, path: str, form: Mapping[str, Any] | None = None) -> Any:
        path, _, query = path.partition("?")
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": encode(form or {}).encode(), "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"authorization", b"Bearer sk_test_older"), (b"stripe-version", LATEST.encode())]
        scope: dict[str, Any] = {"type": "http", "method": method, "headers": headers}
        scope |= {"raw_path": path.encode(), "query_string": query.encode()}
        await installation.api(scope, receive, send)
        return json.loads(sent[1]["body"])

    await installation.start()
    try:
        yield asked
    finally:
        await installation.close()


@pytest.mark.parametrize("version", [EXAMPLE_BACKENDS, BEFORE])
def test_events_show_what_the_accounts_version_showed(tmp_path: Path, version: str) -> None:
    async def scenario() -> None:
        async with older_accounts(tmp_path, version) as asked:
            held = {**BY_CARD, "allowed_payment_method_types": ["card"], "capture_method": "manual"}
            intent = await asked("POST", "/v1/payment_intents", held)
            assert intent["latest_charge"].startswith("ch_")  # the request's version
            await asked("POST", f"/v1/payment_intents/{intent['id']}/capture")
            await asked("POST", "/v1/refunds", {"payment_intent": intent["id"], "amount": 300})
            await asked("POST", "/v1/refunds", {"payment_intent": intent["id"], "amount": 700})
            declined = {**held, "payment_method": "pm_card_chargeDeclined"}
            failed = (await asked("POST", "/v1/payment_intents", declined))["error"]["payment_intent"]
            await asked("POST", f"/v1/payment_intents/{failed['id']}/cancel")
            events = list(reversed((await asked("GET", "/v1/events?limit=100"))["data"]))
            assert {event["api_version"] for event in events} == {version}

            def inside(type: str, id: str) -> list[list[dict[str, Any]]]:
                """What the charges looked like that the intent `id` held, at each event of a type."""
                objects = [event["data"]["object"] for event in events if event["type"] == type]
                assert all("latest_charge" not in item for item in objects)
                return [item["charges"]["data"] for item in objects if item["id"] == id]

            assert inside("payment_intent.created", intent["id"]) == [[]]
            ((hold,),) = inside("payment_intent.amount_capturable_updated", intent["id"])
            assert (hold["captured"], hold["balance_transaction"], hold["refunds"]["data"]) == (False, None, [])
            ((taken,),) = inside("payment_intent.succeeded", intent["id"])
            assert (taken["captured"], taken["amount_captured"]) == (True, 1000)
            ((refused,),) = inside("payment_intent.canceled", failed["id"])
            assert (refused["id"], refused["status"]) == (failed["latest_charge"], "failed")
            refunded = [event["data"]["object"] for event in events if event["type"] == "charge.refunded"]
            assert [[one["amount"] for one in charge["refunds"]["data"]] for charge in refunded] == [[300], [700, 300]]
            assert [charge["refunds"]["data"][0]["status"] for charge in refunded] == ["succeeded", "succeeded"]

    asyncio.run(scenario())
