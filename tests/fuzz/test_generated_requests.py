"""Requests generated from our own OpenAPI document: whatever is asked, the answer is an answer of the API.

No 5xx, always JSON in the API's shape, a refusal changes nothing, and no refusal repeats a card number.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from opentill.api.endpoints import ENDPOINTS
from opentill.api.openapi import document
from opentill.domain.masking import mask_card_numbers
from tests.fuzz.generation import STRAY_NUMBERS, Generator, Pools, spell, spoil
from tests.fuzz.wire import Answer, Wire
from tests.fuzz.world import furnish

pytestmark = pytest.mark.fuzz

EFFORT = int(os.environ.get("OPENTILL_TEST_EFFORT", "1"))
EXAMPLES = 40 * EFFORT

DOCUMENT: dict[str, Any] = json.loads(json.dumps(document(ENDPOINTS)))
OPERATIONS = [(method, path) for path, methods in DOCUMENT["paths"].items() for method in methods]
TYPES = {"api_error", "card_error", "idempotency_error", "invalid_request_error"}
VERSIONS = (None, None, None, "2026-10-28.endive", "2020-03-02", "2022-11-15", "2024-04-10", "1999-01-01", "\u00fc")

# What a request may come to. 402 is recorded like a success: the card network said no.
STATUSES = {200, 400, 401, 402, 403, 404, 409, 429}


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    wire = Wire(tmp_path_factory.mktemp("fuzz"))
    yield wire
    wire.close()


def test_the_document_is_what_is_served(wire: Wire) -> None:
    served = wire.request("GET", "/openapi.json", None).json
    assert {path: served["paths"][path] for path in DOCUMENT["paths"]} == DOCUMENT["paths"]


@pytest.mark.parametrize(("method", "path"), OPERATIONS, ids=[f"{method} {path}" for method, path in OPERATIONS])
def test_generated(method: str, path: str, wire: Wire) -> None:
    key, other = f"sk_test_own{method}{path}", f"sk_test_other{method}{path}"
    generator = Generator(DOCUMENT, Pools(furnish(wire, key), furnish(wire, other)))
    secret = method.upper()

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=EFFORT == 1,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        draw = data.draw
        target = generator.path(draw, path)
        form = spell(draw, spoil(draw, generator.tree(draw, method, path)))
        headers: dict[str, str] = {}
        if version := draw(st.sampled_from(VERSIONS)):
            headers["Stripe-Version"] = version
        if method == "post" and draw(st.booleans()):
            headers["Idempotency-Key"] = draw(st.one_of(st.sampled_from(["once", "k" * 255, "k" * 256]), st.uuids().map(str)))
        note(f"{secret} {target} {form!r} {headers}")
        before = wire.transactions
        sent: dict[str, bytes] = {"body": form} if method == "post" else {"query": form}
        answer = wire.request(secret, target, key, headers=headers, **sent)
        check(answer, secret)
        if answer.status not in (200, 402):
            assert wire.transactions == before, f"{answer.status} changed something: {answer.body!r}"

    ask()
    wire.catch_up()


def check(answer: Answer, method: str) -> None:
    """It is an answer of the API."""
    assert answer.status in STATUSES, (answer.status, answer.body)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["request-id"].startswith("req_")
    assert answer.headers["content-length"] == str(len(answer.body))
    value = answer.json
    if answer.status == 200:
        assert "error" not in value
        assert isinstance(value["object"], str)
        return
    assert value.keys() == {"error"}
    error = value["error"]
    assert error["type"] in TYPES
    assert isinstance(error["message"], str)
    assert error["message"]
    if "code" in error:
        assert error["doc_url"] == "https://stripe.com/docs/error-codes/" + error["code"].replace("_", "-")
    said = error["message"] + str(error.get("param", ""))
    assert not [number for number in STRAY_NUMBERS if number in said], said
    assert mask_card_numbers(said) == said
    if method == "POST":
        assert answer.headers["stripe-should-retry"] in ("true", "false")
