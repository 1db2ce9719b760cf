"""The backend on its own: whom it answers, what it takes from a page, and what it advises at the end of the day."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.pos.till import Backend
from tests.scenarios.server import Server
from tests.scenarios.shop import Recorder, Shop
from tests.scenarios.till import Till

from opentill.examples.till.menu import totals
from opentill.examples.till.orders import Order
from opentill.examples.till.payments import advice

NOBODY = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def backend(
    shared_server: Callable[[str], Server], recorder: Recorder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Backend]:
    """One backend for all of them: each looks at its own order only."""
    backend = Backend(Shop(shared_server("sqlite"), recorder), tmp_path_factory.mktemp("till"))
    yield backend
    backend.close()


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"X_Till_Token": None}, 401, "wrong_token"),
        ({"X_Till_Token": "guessed"}, 401, "wrong_token"),
        ({"X_Till_Token": "gu\u00e9ss"}, 401, "wrong_token"),
        ({"Origin": None}, 403, "wrong_origin"),
        ({"Origin": "http://evil.example"}, 403, "wrong_origin"),
        ({"Origin": "null"}, 403, "wrong_origin"),
        ({"Host": "evil.example:8422"}, 403, "wrong_host"),
    ],
)
def test_whom_it_answers(backend: Backend, headers: dict[str, Any], status: int, code: str) -> None:
    """The till's page, with the till's token, by an address of this machine. Nobody else gets a connection token."""
    answer = backend.ask("POST", "/connection_token", **headers)
    assert (answer.status, answer.code) == (status, code)
    assert backend.ask("POST", "/connection_token").json["secret"].startswith("pst_test_")


def test_which_pages_browsers_let_ask(backend: Backend) -> None:
    """The preflight names the till's own origin, by both names of this machine, and no other."""
    own = backend.shop.server.address
    for origin in (own, own.replace("127.0.0.1", "localhost")):
        answer = backend.ask("OPTIONS", "/menu", Origin=origin, X_Till_Token=None)
        assert (answer.status, answer.headers["access-control-allow-origin"]) == (204, origin)
        assert "x-till-token" in answer.headers["access-control-allow-headers"].lower()
    other = backend.ask("OPTIONS", "/menu", Origin="http://evil.example", X_Till_Token=None)
    assert other.status == 403
    assert "access-control-allow-origin" not in other.headers


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"not JSON", 400, "bad_request"),
        (b"[]", 400, "bad_request"),
        (b"[" * 40_000, 400, "bad_request"),
        (b"\xff\xfe", 400, "bad_request"),
        (b"{}" + b" " * 70_000, 413, "too_large"),
        ({}, 400, "bad_request"),
        ({"quantities": [], "total": 330}, 400, "bad_request"),
        ({"quantities": {}, "total": 0}, 400, "empty_order"),
        ({"quantities": {"gold": 1}, "total": 330}, 400, "no_such_item"),
        ({"quantities": {"espresso": 0}, "total": 0}, 400, "bad_quantity"),
        ({"quantities": {"espresso": -1}, "total": -330}, 400, "bad_quantity"),
        ({"quantities": {"espresso": 100}, "total": 33000}, 400, "bad_quantity"),
        ({"quantities": {"espresso": "1"}, "total": 330}, 400, "bad_quantity"),
        ({"quantities": {"espresso": True}, "total": 330}, 400, "bad_quantity"),
        ({"quantities": {"espresso": 1.5}, "total": 495}, 400, "bad_quantity"),
        ({"quantities": {"espresso": 1}, "total": 1}, 409, "price_changed"),
        ({"quantities": {"espresso": 1}, "total": None}, 409, "price_changed"),
        ({"quantities": {"espresso": 1}}, 409, "price_changed"),
    ],
)
def test_orders_that_are_none(backend: Backend, body: Any, status: int, code: str) -> None:
    """Prices are the backend's own: a page that says another total is told so."""
    answer = backend.ask("PUT", f"/orders/{NOBODY}", body)
    assert (answer.status, answer.code) == (status, code)
    assert backend.ask("GET", f"/orders/{NOBODY}").code == "no_such_order"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/", None, 404, "no_such_address"),
        ("DELETE", f"/orders/{NOBODY}", None, 501, "bad_request"),
        ("GET", "/orders/1", None, 404, "no_such_address"),
        ("GET", f"/orders/{NOBODY}", None, 404, "no_such_order"),
        ("POST", f"/orders/{NOBODY}/payment", None, 404, "no_such_order"),
        ("POST", f"/orders/{NOBODY}/explode", None, 404, "no_such_address"),
        ("POST", "/reconciliation/pi_123", {"action": "cancel"}, 409, "resource_missing"),
        ("POST", "/reconciliation/../orders", {}, 404, "no_such_address"),
        ("PUT", f"/cards/{NOBODY}", {"name": "Ada"}, 400, "no_consent"),
        ("PUT", f"/cards/{NOBODY}", {"name": "Ada", "consent": "yes"}, 400, "no_consent"),
        ("PUT", f"/cards/{NOBODY}", {"name": " ", "consent": True}, 400, "bad_name"),
        ("GET", f"/cards/{NOBODY}", None, 404, "no_such_card"),
    ],
)
def test_requests_that_make_no_sense(
    backend: Backend, method: str, path: str, body: Any, status: int, code: str
) -> None:
    answer = backend.ask(method, path, body)
    assert (answer.status, answer.code) == (status, code)
    assert answer.json["error"]["message"]


def test_what_an_unpaid_order_is_not_good_for(backend: Backend) -> None:
    id = backend.order({"espresso": 1}, 330)
    for action, code in (("complete", "not_paid"), ("capture", "not_completed"), ("refund", "not_paid")):
        answer = backend.ask("POST", f"/orders/{id}/{action}")
        assert (answer.status, answer.code) == (409, code)
    assert backend.ask("POST", f"/orders/{id}/payment").json["status"] == "requires_payment_method"
    assert backend.ask("POST", f"/orders/{id}/complete").code == "not_paid"
    assert backend.ask("PUT", f"/orders/{id}/email", {"email": "nowhere"}).code == "bad_email"


def test_one_payment_an_order_however_often_it_is_asked_for(backend: Backend) -> None:
    """Also when the order changes: the amount follows, the payment is the same."""
    id = backend.order({"espresso": 1}, 330)
    first, second = (backend.ask("POST", f"/orders/{id}/payment").json for _ in range(2))
    assert first == second
    assert backend.ask("PUT", f"/orders/{id}", {"quantities": {"beans": 2}, "total": 3520}).status == 200
    assert backend.ask("POST", f"/orders/{id}/payment").json["id"] == first["id"]
    intents = backend.shop.client.v1.payment_intents
    intent = intents.retrieve(first["id"])
    assert (intent.amount, intent.status) == (3520, "requires_payment_method")
    assert backend.ask("POST", f"/orders/{id}/abandon").json["state"] == "abandoned"
    assert intents.retrieve(intent.id).status == "canceled"
    assert [other.id for other in intents.list().data if other.metadata.to_dict().get("order") == id] == [intent.id]
    assert backend.ask("POST", f"/orders/{id}/cash").code == "order_closed"
    assert backend.ask("PUT", f"/orders/{id}", {"quantities": {"beans": 1}, "total": 1760}).code == "order_closed"


def test_an_approved_payment_fixes_its_order(backend: Backend) -> None:
    """It cannot be changed to something dearer; and what is done twice is done once."""
    counter = Till(backend.shop)
    id = backend.order({"espresso": 1}, 330)
    intent = counter.v1.payment_intents.retrieve(backend.ask("POST", f"/orders/{id}/payment").json["id"])
    counter.process(intent)
    counter.present()
    changed = backend.ask("PUT", f"/orders/{id}", {"quantities": {"espresso": 2}, "total": 660})
    assert changed.code == "paid_already"
    assert backend.ask("POST", f"/reconciliation/{intent.id}", {"action": "capture"}).code == "advice_changed"
    for action in ("complete", "complete", "capture", "capture", "refund", "refund"):
        assert backend.ask("POST", f"/orders/{id}/{action}").status == 200, action
    (refund,) = counter.v1.refunds.list({"payment_intent": intent.id}).data
    assert refund.amount == 330
    assert backend.ask("POST", f"/reconciliation/{intent.id}", {"action": "cancel"}).code == "settled"


def order(**changes: Any) -> Order:
    given: dict[str, Any] = {"id": "1", "created": 0, "state": "completed", "quantities": {}}
    given |= {"subtotal": 300, "tax": 30, "total": 330, "tip": 0, "email": None}
    given |= {"payment_intent": "pi_1", "paid_with": "card", "captured": False, "refunded": False}
    return Order(**given | changes)


@pytest.mark.parametrize(
    ("of", "case", "action"),
    [
        (None, "no_completed_order", "cancel"),
        (order(state="open", paid_with=None), "no_completed_order", "cancel"),
        (order(state="abandoned", paid_with=None), "no_completed_order", "cancel"),
        (order(), "not_captured", "capture"),
        (order(paid_with="cash"), "paid_otherwise", "cancel"),
        (order(payment_intent="pi_2"), "paid_otherwise", "cancel"),
        (order(refunded=True), "paid_otherwise", "cancel"),
    ],
)
def test_what_an_uncaptured_payment_is_a_case_of(of: Order | None, case: str, action: str) -> None:
    advised = advice(of, "pi_1")
    assert (advised.case, advised.action) == (case, action)


@pytest.mark.parametrize(
    ("quantities", "subtotal", "tax"),
    [({"espresso": 1}, 300, 30), ({"beans": 2, "cup": 99}, 240_800, 24_080), ({}, 0, 0)],
)
def test_what_an_order_comes_to(quantities: dict[str, int], subtotal: int, tax: int) -> None:
    sums = totals(quantities)
    assert (sums.subtotal, sums.tax, sums.total) == (subtotal, tax, subtotal + tax)
