"""The OpenAPI document: well-formed by the rules of OpenAPI 3.1, and saying what the parsers do."""

import json
import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
import pytest

from opentill.api import openapi
from opentill.api.openapi import Endpoint, ListOf, SearchOf
from opentill.requests.params import (
    UNSET,
    Address,
    Currency,
    Email,
    File,
    Integer,
    ListParams,
    Metadata,
    Params,
    RangeQuery,
    SearchParams,
    Secret,
    Text,
    UnsetType,
    Until,
)


class Money(msgspec.Struct, frozen=True, kw_only=True):
    """An amount."""

    amount: int
    currency: str


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What was ordered."""

    id: str
    object: Literal["order"] = "order"
    total: Money | None = None
    note: str | UnsetType = UNSET


class Deleted(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    deleted: Literal[True] = True


class Line(Params):
    """A line of an order."""

    price: str
    quantity: Annotated[int, Integer(minimum=1)] | UnsetType = UNSET


class CreateOrder(Params):
    """A new order."""

    currency: Currency
    lines: list[Line]
    address: Address | UnsetType | None = UNSET
    email: Annotated[str, Email()] | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    method: Literal["cash", "card"] | UnsetType = UNSET
    number: Annotated[str, Secret(maximum=19)] | UnsetType = UNSET
    off_session: bool | Literal["one_off"] | UnsetType = UNSET
    reference: Annotated[str, Text(maximum=40, pattern="[a-z]+")] | UnsetType = UNSET
    types: Annotated[list[str], Until("2026-08-26.preview", message="Gone.")] | UnsetType = UNSET


class ListOrders(ListParams):
    created: RangeQuery | UnsetType = UNSET
    status: Literal["open", "paid"] | UnsetType = UNSET


class Picture(Params):
    image: Annotated[bytes, File(maximum=100_000)]


async def create_order() -> None:
    """Create an order.

    It is open until it is paid.
    """


async def show_order() -> None:
    """An order."""


ENDPOINTS = (
    Endpoint("POST", "/v1/orders", create_order, CreateOrder, Order),
    Endpoint("GET", "/v1/orders", show_order, ListOrders, ListOf(Order)),
    Endpoint("GET", "/v1/orders/search", show_order, SearchParams, SearchOf(Order)),
    Endpoint("GET", "/v1/orders/{order}", show_order, returns=Order | Deleted, auth="publishable"),
    Endpoint("DELETE", "/v1/orders/{order}", show_order, returns=Deleted),
    Endpoint("POST", "/v1/orders/{order}/picture", show_order, Picture, Order),
    Endpoint("GET", "/openapi.json", show_order, auth="public"),
    Endpoint("POST", "/opentill/pos/sessions", show_order, returns=Order, auth="connection_token"),
    Endpoint("GET", "/opentill/pos/readers", show_order, returns=Order, auth="session"),
)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json.loads(msgspec.json.encode(openapi.document(ENDPOINTS)))


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/v1/orders", "PostOrders"),
        ("DELETE", "/v1/orders/{order}", "DeleteOrdersOrder"),
        ("POST", "/v1/test_helpers/terminal/readers/{reader}/present", "PostTestHelpersTerminalReadersReaderPresent"),
        ("GET", "/openapi.json", "GetOpenapiJson"),
    ],
)
def test_names_of_operations(method: Literal["GET", "POST", "DELETE"], path: str, operation: str) -> None:
    assert Endpoint(method, path, show_order).operation == operation


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def nodes(value: Any) -> Iterator[dict[str, Any]]:
    """All objects in the document."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for member in value:
            yield from nodes(member)


def resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        for step in node["$ref"].removeprefix("#/").split("/"):
            document = document[step]
        node = document
    return node


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    """The MUSTs of the specification (OAS 3.1.0, section 4.8) that a mistake of ours could break."""
    assert document["openapi"] == "3.1.0"
    assert {"title", "version"} <= document["info"].keys()
    names = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(names) == len(set(names)) == len(ENDPOINTS)
    for path, method, operation in operations(document):
        assert path.startswith("/")
        assert method in {"get", "post", "delete"}
        parameters = [resolved(document, parameter) for parameter in operation["parameters"]]
        assert len({(parameter["name"], parameter["in"]) for parameter in parameters}) == len(parameters)
        for parameter in parameters:
            assert parameter["in"] in {"query", "header", "path"}
            assert "schema" in parameter
            assert parameter["in"] != "path" or parameter["required"] is True
        templated = {parameter["name"] for parameter in parameters if parameter["in"] == "path"}
        assert templated == set(re.findall(r"\{(\w+)\}", path))
        assert ("requestBody" in operation) == (method == "post")
        assert operation["responses"].keys() == {"200", "default"}
        for answer in operation["responses"].values():
            assert resolved(document, answer)["description"]
        for requirement in operation["security"]:
            assert requirement.keys() <= document["components"]["securitySchemes"].keys()


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    references = [node for node in nodes(document) if "$ref" in node]
    assert references
    for node in references:
        assert resolved(document, node)


def test_schemas_are_json_schema(document: dict[str, Any]) -> None:
    """JSON Schema 2020-12: the words and the shapes of those that are used."""
    for node in nodes(document):
        if "properties" in node and isinstance(node.get("properties"), dict) and node.get("type") == "object":
            assert set(node.get("required", [])) <= node["properties"].keys()
        if "pattern" in node and isinstance(node["pattern"], str):
            re.compile(node["pattern"])
        if "enum" in node and isinstance(node["enum"], list):
            assert node["enum"]
        if isinstance(node.get("type"), str) and "schema" not in node and "scheme" not in node:
            assert node["type"] in {"object", "array", "string", "integer", "boolean", "number", "null"}


def test_a_body_says_what_the_parser_takes(document: dict[str, Any]) -> None:
    operation = document["paths"]["/v1/orders"]["post"]
    assert operation["operationId"] == "PostOrders"
    assert operation["summary"] == "Create an order."
    assert operation["description"] == "Create an order.\n\nIt is open until it is paid."
    assert operation["tags"] == ["orders"]
    assert operation["requestBody"]["required"] is True
    body = operation["requestBody"]["content"]["application/x-www-form-urlencoded"]
    schema = body["schema"]
    assert schema["required"] == ["currency", "lines"]
    assert schema["additionalProperties"] is False
    properties = schema["properties"]
    assert "types" not in properties  # gone at this version
    assert properties["method"] == {"type": "string", "enum": ["cash", "card"]}
    assert properties["reference"] == {"type": "string", "minLength": 1, "maxLength": 40, "pattern": "^(?:[a-z]+)$"}
    assert properties["number"]["format"] == "password"
    assert properties["off_session"] == {"anyOf": [{"type": "boolean"}, {"type": "string", "enum": ["one_off"]}]}
    assert properties["lines"]["items"]["properties"]["quantity"]["minimum"] == 1
    assert properties["lines"]["items"]["required"] == ["price"]
    assert properties["address"]["anyOf"][1] == {"type": "string", "enum": [""]}
    assert properties["metadata"]["maxProperties"] == 50
    assert properties["expand"]["type"] == "array"
    nested = {"style": "deepObject", "explode": True}
    assert body["encoding"] == dict.fromkeys(["lines", "address", "metadata", "expand"], nested)


def test_older_versions_have_their_own_document() -> None:
    older = openapi.document(ENDPOINTS, "2026-06-24.dahlia")
    body = older["paths"]["/v1/orders"]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]
    assert "types" in body["schema"]["properties"]


def test_files_are_sent_as_multipart(document: dict[str, Any]) -> None:
    body = document["paths"]["/v1/orders/{order}/picture"]["post"]["requestBody"]
    assert body["content"].keys() == {"multipart/form-data"}


def test_a_query_says_what_the_parser_takes(document: dict[str, Any]) -> None:
    operation = document["paths"]["/v1/orders"]["get"]
    query = {parameter["name"]: parameter for parameter in operation["parameters"] if parameter.get("in") == "query"}
    assert query.keys() == {"limit", "starting_after", "ending_before", "created", "status", "expand"}
    assert query["limit"]["schema"] == {"type": "integer", "format": "int64", "minimum": 1, "maximum": 100}
    assert query["created"]["style"] == "deepObject"
    search = document["paths"]["/v1/orders/search"]["get"]
    assert [parameter["name"] for parameter in search["parameters"] if parameter.get("required")] == ["query"]


def answer(document: dict[str, Any], path: str, method: str) -> dict[str, Any]:
    return document["paths"][path][method]["responses"]["200"]["content"]["application/json"]["schema"]


def test_answers(document: dict[str, Any]) -> None:
    order = {"$ref": "#/components/schemas/Order"}
    assert answer(document, "/v1/orders", "post") == order
    assert document["components"]["schemas"]["Order"]["properties"]["object"] == {"enum": ["order"], "default": "order"}
    page = answer(document, "/v1/orders", "get")
    assert page["properties"]["object"]["const"] == "list"
    assert page["properties"]["data"] == {"type": "array", "items": order}
    assert page["required"] == ["object", "data", "has_more", "url"]
    found = answer(document, "/v1/orders/search", "get")
    assert found["properties"]["object"]["const"] == "search_result"
    assert "next_page" in found["required"]
    either = answer(document, "/v1/orders/{order}", "get")
    assert either == {"anyOf": [order, {"$ref": "#/components/schemas/Deleted"}]}
    assert "content" not in document["paths"]["/openapi.json"]["get"]["responses"]["200"]
    error = resolved(document, document["paths"]["/v1/orders"]["post"]["responses"]["default"])
    envelope = resolved(document, error["content"]["application/json"]["schema"])
    assert envelope["required"] == ["error"]


def test_keys(document: dict[str, Any]) -> None:
    assert document["paths"]["/openapi.json"]["get"]["security"] == []
    assert {"bearer": []} in document["paths"]["/v1/orders"]["post"]["security"]
    opening, finding = (
        document["paths"]["/opentill/pos/sessions"]["post"],
        document["paths"]["/opentill/pos/readers"]["get"],
    )
    assert opening["security"] == [{"connection_token": []}]
    assert finding["security"] == [{"session": []}]
    assert opening["tags"] == ["opentill/pos"]


def test_nothing_is_expanded_in_a_page(document: dict[str, Any]) -> None:
    body = document["paths"]["/opentill/pos/sessions"]["post"]["requestBody"]["content"]
    assert body["application/x-www-form-urlencoded"]["schema"]["properties"] == {}
    parameters = document["paths"]["/opentill/pos/readers"]["get"]["parameters"]
    assert "expand" not in {parameter.get("name") for parameter in parameters}
