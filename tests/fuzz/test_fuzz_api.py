"""Requests made up from our own OpenAPI document: each is answered as the API answers, whatever stands in it."""

import asyncio
import json
from collections.abc import Iterator

import pytest
from hypothesis import given, note
from tests.audit import differences, read_books, sqlite_query
from tests.fuzz.effort import effort
from tests.fuzz.generated import Made, Schema, encoded, filled, requests
from tests.fuzz.stocked import LISTS, Answer, Connection, Stocked
from tests.scenarios.server import Server

from opentill.api.endpoints import ENDPOINTS, LABORATORY
from opentill.main import Settings, store_of

EXAMPLES = 25

# The laboratory comes last: it moves the clock, which is everybody's.
OPERATIONS = [(endpoint.method, endpoint.path) for endpoint in (*ENDPOINTS, *LABORATORY)]

ERRORS = {"api_error", "card_error", "idempotency_error", "invalid_request_error"}


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of this module's own. When all is over, its books must be in order and its log free of mistakes."""
    server = Server(tmp_path_factory.mktemp("fuzz"))
    try:
        yield server
        _settle(server)
    finally:
        server.close()
    failures = server.failures()
    assert not failures, failures[0]
    found = _differences(server)
    assert not found, "\n".join(found)


@pytest.fixture(scope="module")
def connection(fuzzed: Server) -> Iterator[Connection]:
    connection = Connection(fuzzed.address)
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def document(connection: Connection) -> Schema:
    return connection.ask("GET", "/openapi.json").json


@pytest.fixture(scope="module")
def theirs(connection: Connection) -> Stocked:
    """Another account, whose objects are none of our business."""
    return Stocked(connection)


def test_the_document_has_every_operation(document: Schema) -> None:
    described = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert described == set(OPERATIONS)


@pytest.mark.fuzz
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_whatever_is_asked(connection: Connection, document: Schema, theirs: Stocked, method: str, path: str) -> None:
    ours = Stocked(connection)
    ids = ours.ids | {f"theirs:{name}": id for name, id in theirs.ids.items()}
    untouched = theirs.everything()
    collection = path.removeprefix("/v1/").partition("/{")[0]
    operation = document["paths"][path][method.lower()]
    credential = ours.headers
    for scheme in operation["security"]:
        credential = next((ours.credentials[name] for name in scheme if name in ours.credentials), credential)

    @effort(EXAMPLES)
    @given(requests(method, path, operation))
    def ask(made: Made) -> None:
        target, form = filled(made.path, ids), encoded(made.pairs, ids)
        headers = {**credential, **{name: filled(value, ids) for name, value in made.headers.items()}}
        before = ours.page(collection, 1) if collection in LISTS else b""
        if method == "POST":
            answer = connection.ask(method, target, form, headers)
        else:
            answer = connection.ask(method, f"{target}?{form}" if form else target, None, headers)
        note(f"{method} {target} {form} {headers} -> {answer.status} {answer.body[:1000]!r}")
        if path == "/opentill/faults" or path.endswith("}/faults"):
            connection.ask("DELETE", "/opentill/faults", None, ours.headers)
        _is_an_answer(answer)
        if "theirs:" in made.path:
            assert answer.status >= 400, "another account's object was reached"
        if answer.status >= 400:
            assert made.card is None or made.card.encode() not in answer.body, "a card number was repeated"
            assert made.card is None or made.card not in str(answer.headers), "a card number was repeated"
        if answer.status >= 400 and answer.status != 402 and method != "GET":
            assert collection not in LISTS or ours.page(collection, 1) == before, "refused, and yet done"
            for newest in json.loads(ours.page("events", 1))["data"]:
                assert newest["request"]["id"] != answer.headers["request-id"], f"refused, and yet {newest['type']}"

    ask()
    if path.startswith(("/v1/", "/opentill/pos/")):
        assert theirs.everything() == untouched, "another account was changed"


def _is_an_answer(answer: Answer) -> None:
    """What is true of every answer of the API."""
    assert answer.status in (200, 400, 401, 402, 403, 404, 409), f"{answer.status}: {answer.body!r}"
    if "content-disposition" in answer.headers:  # what is in a file
        assert (answer.status, answer.body) == (200, b"%PDF-1.7")
        return
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["request-id"].startswith("req_")
    told = answer.json
    if answer.status == 200:
        assert "object" in told
        return
    assert list(told) == ["error"]
    assert told["error"]["type"] in ERRORS
    assert isinstance(told["error"]["message"], str)
    assert told["error"]["message"]
    assert len(answer.body) < 20_000  # a message does not repeat everything it was sent


def _settle(server: Server) -> None:
    """Let happen what is still to happen."""
    connection = Connection(server.address)
    headers = {"Authorization": "Bearer sk_test_settling"}
    for _ in range(6):
        assert connection.ask("POST", "/opentill/clock", "seconds=1000", headers).status == 200
    connection.close()


def _differences(server: Server) -> list[str]:
    async def read() -> list[str]:
        store = store_of(Settings(server.data_directory, development=True))
        await store.start()
        try:
            query = sqlite_query(server.data_directory / "opentill.sqlite3")
            return differences(await read_books(store, query, server.data_directory / "acquirer.sqlite3", 2**43))
        finally:
            await store.close()

    return asyncio.run(read())
