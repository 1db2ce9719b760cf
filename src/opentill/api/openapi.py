"""The endpoints as data, and the OpenAPI 3.1 document made from them.

The same definitions that parse a request describe it, so the document says what the server does. It is made when it
is first asked for.
"""

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import msgspec

from opentill.api.authentication import Auth
from opentill.domain.versions import LATEST
from opentill.requests.params import ObjectOf, Params, fields
from opentill.requests.rules import File, Items, Rule, Schema, Text

_REF = "#/components/schemas/{name}"
_ID = Text(maximum=255)
_EXPAND = Items(maximum=20, element=Text())


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of objects, in pages."""

    type: Any


@dataclass(frozen=True, slots=True)
class SearchOf:
    """The result of a search, in pages."""

    type: Any


@dataclass(frozen=True, slots=True, eq=False)
class Endpoint:
    """One operation of the API.

    `path` names its variable segments in braces. `params` is what may be sent besides; the default takes nothing
    (but `expand`). `returns` is the object's struct, a union of them, ListOf or SearchOf; None if it is not an API
    object. `uploads`: whether a large file may be sent. `auth`: "secret" keys only, "publishable" keys too, "public"
    without a key, or what the Terminal SDK has.
    The handler's docstring describes the operation.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: str
    handler: Callable[..., Any]
    params: type[Params] = Params
    returns: Any = None
    auth: Auth = "secret"
    uploads: bool = False

    @property
    def operation(self) -> str:
        """The operation's unique name, made as the official document makes it: `PostPaymentIntentsIntentCapture`."""
        segments = [segment.strip("{}") for segment in self.path.removeprefix("/v1").split("/")]
        words = [word for segment in segments for word in re.split(r"[._]", segment)]
        return self.method.capitalize() + "".join(word[:1].upper() + word[1:] for word in words)

    @property
    def expands(self) -> bool:
        """Whether `expand` can be asked for: not by a page, which must not see more than it knows the secret of."""
        return self.auth not in ("connection_token", "session")

    @property
    def description(self) -> str:
        """The handler's docstring."""
        return inspect.cleandoc(self.handler.__doc__ or self.operation)


def document(endpoints: Sequence[Endpoint], version: str = LATEST) -> dict[str, Any]:
    """The OpenAPI 3.1 document of `endpoints` as they are at an API version."""
    returned = list(dict.fromkeys(type for endpoint in endpoints for type in _object_types(endpoint.returns)))
    schemas, components = msgspec.json.schema_components(returned, ref_template=_REF)
    shown = dict(zip(returned, schemas, strict=True))
    paths: dict[str, Any] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint, shown, version)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "opentill",
            "description": "An open payments system for the counter. Independent of Stripe; speaks its API.",
            "version": version,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": {**components, "error": _ERROR},
            "parameters": _HEADERS,
            "responses": {
                "error": {
                    "description": "The request was refused.",
                    "content": {"application/json": {"schema": {"$ref": _REF.format(name="error")}}},
                }
            },
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "A secret key (sk_…)."},
                "basic": {"type": "http", "scheme": "basic", "description": "The key as user, no password."},
                "connection_token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A connection token (pst_…), which is redeemed once.",
                },
                "session": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A session of the Terminal SDK (pos_…), which a connection token opens.",
                },
            },
        },
    }


def _object_types(returns: Any) -> tuple[Any, ...]:
    """The structs that an operation may return, by themselves or in pages."""
    if isinstance(returns, ListOf | SearchOf):
        returns = returns.type
    if returns is None:
        return ()
    return get_args(returns) or (returns,)


def _operation(endpoint: Endpoint, shown: dict[Any, Schema], version: str) -> dict[str, Any]:
    in_body = endpoint.method == "POST"
    parameters: list[dict[str, Any]] = [
        {"name": segment[1:-1], "in": "path", "required": True, "schema": _ID.schema(version)}
        for segment in endpoint.path.split("/")
        if segment.startswith("{")
    ]
    parameters += [{"$ref": f"#/components/parameters/{name}"} for name in _HEADERS if in_body or name == "version"]
    operation: dict[str, Any] = {
        "operationId": endpoint.operation,
        "summary": endpoint.description.partition("\n")[0],
        "description": endpoint.description,
        "tags": [_tag(endpoint.path)],
        "parameters": parameters,
        "responses": {
            "200": {"description": "Done.", **_content(endpoint.returns, shown)},
            "default": {"$ref": "#/components/responses/error"},
        },
        "security": _SECURITY.get(endpoint.auth, [{"bearer": []}, {"basic": []}]),
    }
    if in_body:
        operation["requestBody"] = _body(endpoint.params, version, expands=endpoint.expands)
    else:
        present = [field for field in fields(endpoint.params) if field.gate(version) is None]
        expand = [("expand", _EXPAND, False)] if endpoint.expands else []
        for name, rule, required in [*((field.name, field.rule, field.required) for field in present), *expand]:
            schema = rule.schema(version)
            parameters.append({"name": name, "in": "query", "required": required, "schema": schema, **_nesting(schema)})
    return operation


def _body(params: type[Params], version: str, *, expands: bool) -> dict[str, Any]:
    schema = ObjectOf(params).schema(version)
    properties: dict[str, Schema] = schema["properties"]
    if expands:
        properties["expand"] = _EXPAND.schema(version)
    encoding = {name: nesting for name, member in properties.items() if (nesting := _nesting(member))}
    uploads = any(_is_file(field.rule) for field in fields(params))
    media = "multipart/form-data" if uploads else "application/x-www-form-urlencoded"
    content: dict[str, Any] = {"schema": schema}
    if encoding and not uploads:
        content["encoding"] = encoding
    return {"required": "required" in schema, "content": {media: content}}


def _is_file(rule: Rule) -> bool:
    return isinstance(rule, File)


def _nesting(schema: Schema) -> dict[str, Any]:
    """How objects and arrays are written: by brackets."""
    alternatives = schema.get("anyOf", [schema])
    nested = any(alternative.get("type") in ("object", "array") for alternative in alternatives)
    return {"style": "deepObject", "explode": True} if nested else {}


def _content(returns: Any, shown: dict[Any, Schema]) -> dict[str, Any]:
    schemas = [shown[type] for type in _object_types(returns)]
    if not schemas:
        return {}
    schema = schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
    if isinstance(returns, ListOf):
        schema = _page("list", schema, {})
    elif isinstance(returns, SearchOf):
        schema = _page("search_result", schema, {"next_page": {"type": ["string", "null"]}})
    return {"content": {"application/json": {"schema": schema}}}


def _page(name: str, item: Schema, more: dict[str, Schema]) -> Schema:
    properties: dict[str, Schema] = {
        "object": {"type": "string", "const": name},
        "data": {"type": "array", "items": item},
        "has_more": {"type": "boolean"},
        "url": {"type": "string"},
    }
    return {"type": "object", "properties": properties | more, "required": [*properties, *more]}


def _tag(path: str) -> str:
    """The resource: `/v1/terminal/readers/{reader}` is about "terminal/readers"."""
    segments = [segment for segment in path.split("/")[1:] if not segment.startswith("{")]
    if segments[:1] == ["v1"]:
        segments = segments[1:]
    nested = segments[:1] in (["terminal"], ["checkout"], ["test_helpers"]) or segments[:2] == ["opentill", "pos"]
    return "/".join(segments[: 2 if nested else 1])


_SECURITY: dict[Auth, list[dict[str, list[str]]]] = {
    "public": [],
    "connection_token": [{"connection_token": []}],
    "session": [{"session": []}],
}

_HEADERS: dict[str, Any] = {
    "version": {
        "name": "Stripe-Version",
        "in": "header",
        "required": False,
        "description": "The API version to use instead of the account's own.",
        "schema": {"type": "string"},
    },
    "idempotency_key": {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "The same key with the same request gets the first answer again, and changes nothing.",
        "schema": {"type": "string", "maxLength": 255},
    },
}

_TEXT = {"type": "string"}
_ERROR: Schema = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["type", "message"],
            "properties": {
                "type": {"enum": ["api_error", "card_error", "idempotency_error", "invalid_request_error"]},
                "code": _TEXT,
                "decline_code": _TEXT,
                "message": _TEXT,
                "param": _TEXT,
                "doc_url": _TEXT,
                "charge": _TEXT,
                "advice_code": _TEXT,
                "network_decline_code": _TEXT,
                "payment_intent": {"type": "object"},
                "payment_method": {"type": "object"},
                "setup_intent": {"type": "object"},
            },
        }
    },
}
