"""The parameters of an operation, as a class: what a handler receives, and what the OpenAPI document says.

    class CapturePaymentIntent(Params):
        amount_to_capture: Annotated[int, Integer(minimum=1)] | UnsetType = UNSET
        description: Annotated[str, Text(maximum=1000)] | UnsetType | None = UNSET
        metadata: Metadata | UnsetType = UNSET

A field without a default is required; one with `UNSET` may be left out; one that takes None can be unset with an
empty text. Types are str, int, bool, Literal, list, dict[str, T], other Params, unions of these, and any of them in
`Annotated[…]` with a rule of `opentill.requests.rules` or a version gate (`Since`, `Until`). `expand` belongs to every
request and to no class: `take_expand` removes it from the tree.

A class is compiled to closures when it is first used, once for each stretch of API versions that its gates tell apart.
"""

import types
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import (
    Annotated,
    Any,
    Literal,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    dataclass_transform,
    get_args,
    get_origin,
)

import msgspec
from msgspec import NODEFAULT, UNSET, UnsetType

from opentill.domain.errors import InvalidRequest
from opentill.requests.refusals import empty, exclusive, missing, refused, shown, unknown
from opentill.requests.rules import (
    Boolean,
    Choice,
    Clamped,
    CountryCode,
    CurrencyCode,
    Decimal,
    Email,
    File,
    Integer,
    Items,
    Mapping,
    MetadataRule,
    Moment,
    Nullable,
    OneOf,
    Parser,
    Rule,
    Schema,
    Secret,
    Text,
    Url,
)
from opentill.requests.tree import Tree, elements

__all__ = [
    "UNSET",
    "Address",
    "BillingDetails",
    "Clamped",
    "Country",
    "Currency",
    "Decimal",
    "Email",
    "Field",
    "File",
    "Integer",
    "Items",
    "ListParams",
    "Metadata",
    "Params",
    "RangeQuery",
    "SearchParams",
    "Secret",
    "Shipping",
    "Since",
    "Text",
    "Timestamp",
    "UnsetType",
    "Until",
    "Url",
    "fields",
    "parse",
    "take_expand",
]

_EXPAND_MAX = 20


@dataclass(frozen=True)
class Since:
    """The parameter exists from this API version on; before, it is unknown."""

    version: str


@dataclass(frozen=True)
class Until:
    """The parameter is no more from this API version on: refused with `code` and `message`, or else unknown."""

    version: str
    code: str | None = None
    message: str | None = None


Gate: TypeAlias = Since | Until


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class _ParamsMeta(msgspec.StructMeta):
    """All parameter classes are frozen, and their fields are named, without each of them saying so."""

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **config: Any) -> "_ParamsMeta":
        config = {"frozen": True, "kw_only": True, **config}
        return super().__new__(mcls, name, bases, namespace, **config)


class Params(msgspec.Struct, metaclass=_ParamsMeta):
    """Base of all parameter classes."""

    def check(self) -> None:
        """Rules that involve several parameters; raises InvalidRequest."""

    def only_one_of(self, *names: str) -> None:
        """Refuse more than one of these parameters; one that is unset by an empty text does not count."""
        given = [name for name in names if getattr(self, name) is not UNSET and getattr(self, name) is not None]
        if len(given) > 1:
            raise exclusive(given)


P = TypeVar("P", bound=Params)


@dataclass(frozen=True)
class Field:
    """A parameter of a class: its name on the wire and in Python, its rule, and when it exists."""

    name: str
    attribute: str
    rule: Rule
    required: bool
    gates: tuple[Gate, ...]

    def gate(self, version: str) -> Gate | None:
        """What keeps the parameter out at `version`, if anything does."""
        for gate in self.gates:
            if (version < gate.version) if isinstance(gate, Since) else (version >= gate.version):
                return gate
        return None


def parse(parameters: type[P], tree: Tree, *, version: str) -> P:
    """The parameters in `tree` as an instance of the class, by the rules of API version `version`.

    Raises InvalidRequest: for the first value that is not as its rule says or the first name that is missing; for all
    unknown names together, which come before a missing one; last from the class's own `check`.
    """
    compiled = _compiled.get(parameters)
    if compiled is None:
        compiled = _compiled[parameters] = _Compiled(parameters)
    unknown_names: list[str] = []
    instance = compiled.at(version)(tree, "", unknown_names)
    if unknown_names:
        raise unknown(unknown_names)
    return instance


def take_expand(tree: Tree) -> list[str]:
    """Remove `expand` from the parameters: the paths to expand, in order, each once."""
    value = tree.pop("expand", None)
    if value is None:
        return []
    paths = elements(value)
    if paths is None:
        raise refused("Invalid array", "expand")
    if len(paths) > _EXPAND_MAX:
        raise refused(f"Array expand exceeded maximum {_EXPAND_MAX} allowed elements.", "expand")
    for index, path in enumerate(paths):
        if type(path) is not str:
            raise refused(f"Invalid string: {shown(path)}", f"expand[{index}]")
    return list(dict.fromkeys(paths))


def fields(parameters: type[Params]) -> list[Field]:
    """The parameters that a class defines, in its order."""
    return [
        Field(
            name=info.encode_name,
            attribute=info.name,
            rule=_rule(info.type),
            required=info.default is NODEFAULT and info.default_factory is NODEFAULT,
            gates=tuple(_gates(info.type)),
        )
        for info in msgspec.structs.fields(parameters)
    ]


@dataclass(frozen=True)
class ObjectOf(Rule):
    """A nested object with the parameters of a class."""

    parameters: type[Params]

    def parser(self, version: str) -> Parser:
        parsers: dict[str, tuple[str, Parser]] = {}
        required: list[tuple[str, str]] = []
        for field in fields(self.parameters):
            gate = field.gate(version)
            if gate is None:
                parsers[field.name] = (field.attribute, field.rule.parser(version))
                if field.required:
                    required.append((field.name, field.attribute))
            elif isinstance(gate, Until) and gate.message is not None:
                parsers[field.name] = (field.attribute, _gone(gate))
        return _object_parser(self.parameters, parsers, required)

    def schema(self, version: str) -> Schema:
        present = [field for field in fields(self.parameters) if field.gate(version) is None]
        schema: Schema = {
            "type": "object",
            "properties": {field.name: field.rule.schema(version) for field in present},
            "additionalProperties": False,
        }
        if required := [field.name for field in present if field.required]:
            schema["required"] = required
        if self.parameters.__doc__:
            schema["description"] = self.parameters.__doc__.strip().partition("\n")[0]
        return schema


def _object_parser(
    parameters: type[Params], parsers: dict[str, tuple[str, Parser]], required: list[tuple[str, str]]
) -> Parser:
    """The parser's `name` is "" for the request itself, else the full name of the nested object."""
    checked = parameters.check is not Params.check
    find = parsers.get

    def parse_object(value: Any, name: str, unknown_names: list[str]) -> Any:
        members: Tree = value
        if type(value) is not dict:
            raise empty(name) if value == "" else refused("Invalid object", name)
        arguments: dict[str, Any] = {}
        for key, member in members.items():
            found = find(key)
            if found is None:
                unknown_names.append(f"{name}[{key}]" if name else key)
            else:
                arguments[found[0]] = found[1](member, f"{name}[{key}]" if name else key, unknown_names)
        for key, attribute in required:
            if attribute not in arguments:
                if unknown_names:  # a misspelt name explains a missing one, so these are reported first
                    return None
                raise missing(f"{name}[{key}]" if name else key)
        instance = parameters(**arguments)
        if checked and not unknown_names:
            try:
                instance.check()
            except InvalidRequest as error:
                raise _within(name, error) from None
        return instance

    return parse_object


def _within(name: str, error: InvalidRequest) -> InvalidRequest:
    """The refusal of a nested object's own check, with the parameter's full name."""
    if not name or error.param is None:
        return error
    first, bracket, rest = error.param.partition("[")
    return InvalidRequest(
        error.message, code=error.code, param=f"{name}[{first}]{bracket}{rest}", details=error.details
    )


def _gone(gate: Until) -> Parser:
    def gone(_: Any, name: str, __: list[str]) -> Any:
        raise refused(gate.message or "", name, code=gate.code)

    return gone


class _Compiled:
    """A class's parsers, one for each stretch of versions between gates."""

    def __init__(self, parameters: type[Params]) -> None:
        self._rule = ObjectOf(parameters)
        self._gates = sorted({gate.version for gate in _all_gates(self._rule)})
        self._parsers: list[Parser | None] = [None] * (len(self._gates) + 1)

    def at(self, version: str) -> Parser:
        stretch = bisect_right(self._gates, version) if self._gates else 0
        parser = self._parsers[stretch]
        if parser is None:
            parser = self._parsers[stretch] = self._rule.parser(self._gates[stretch - 1] if stretch else "")
        return parser


_compiled: dict[type[Params], _Compiled] = {}


def _all_gates(rule: Rule) -> Iterator[Gate]:
    match rule:
        case ObjectOf(parameters):
            for field in fields(parameters):
                yield from field.gates
                yield from _all_gates(field.rule)
        case OneOf(rules):
            for each in rules:
                yield from _all_gates(each)
        case Nullable(inner):
            yield from _all_gates(inner)
        case Items(element=Rule() as element):
            yield from _all_gates(element)
        case Mapping(member=member):
            yield from _all_gates(member)
        case _:
            pass


# From annotations to rules.


def _gates(annotation: Any) -> Iterator[Gate]:
    """The version gates on a field; they may stand on the whole annotation or on a member of its union."""
    if get_origin(annotation) is Annotated:
        yield from (extra for extra in annotation.__metadata__ if isinstance(extra, Since | Until))
        yield from _gates(annotation.__origin__)
    elif _is_union(annotation):
        for member in get_args(annotation):
            yield from _gates(member)


def _is_union(annotation: Any) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def _rule(annotation: Any) -> Rule:
    """The rule of a field's type."""
    rules: list[Rule] = []
    nullable = False
    for member in _members(annotation):
        if member is type(None):
            nullable = True
        elif member is not UnsetType:
            rules.append(_member_rule(member))
    if not rules:
        raise TypeError(f"no rule for {annotation!r}")
    rule = rules[0] if len(rules) == 1 else OneOf(tuple(rules))
    return Nullable(rule) if nullable else rule


def _members(annotation: Any) -> Iterator[Any]:
    """The members of a union, looking through an Annotated that holds gates only."""
    if _is_union(annotation):
        for member in get_args(annotation):
            yield from _members(member)
    elif get_origin(annotation) is Annotated and not _annotated_rules(annotation):
        yield from _members(annotation.__origin__)
    else:
        yield annotation


def _annotated_rules(annotation: Any) -> list[Rule]:
    return [extra for extra in annotation.__metadata__ if isinstance(extra, Rule)]


def _member_rule(member: Any) -> Rule:
    if get_origin(member) is Annotated:
        rule = _annotated_rules(member)[-1]
        if isinstance(rule, Items):
            (element,) = get_args(member.__origin__)
            return replace(rule, element=_rule(element))
        return rule
    if member in _PLAIN:
        return _PLAIN[member]
    if isinstance(member, type) and issubclass(member, Params):
        return RangeRule() if member is RangeQuery else ObjectOf(member)
    origin, arguments = get_origin(member), get_args(member)
    if origin is Literal:
        return Choice(arguments)
    if origin is list:
        return Items(element=_rule(arguments[0]))
    if origin is dict and arguments[0] is str:
        return Mapping(_rule(arguments[1]))
    raise TypeError(f"no rule for {member!r}")


_PLAIN: dict[Any, Rule] = {str: Text(), int: Integer(), bool: Boolean()}


# What many operations share.

Metadata: TypeAlias = Annotated[dict[str, str], MetadataRule()]
"""{} clears all keys; "" as a value deletes the key."""

Currency: TypeAlias = Annotated[str, CurrencyCode()]
Country: TypeAlias = Annotated[str, CountryCode()]
Timestamp: TypeAlias = Annotated[int, Moment()]


Bound: TypeAlias = Literal[">", ">=", "<", "<="]


class RangeQuery(Params):
    """A filter by time: `created[gt]=…` and its like; `created=…` is that second alone, from and to."""

    gt: Timestamp | UnsetType = UNSET
    gte: Timestamp | UnsetType = UNSET
    lt: Timestamp | UnsetType = UNSET
    lte: Timestamp | UnsetType = UNSET

    def conditions(self) -> list[tuple[Bound, int]]:
        """What the time must meet, as (operator, seconds)."""
        bounds: list[tuple[Bound, int | UnsetType]] = [
            (">", self.gt),
            (">=", self.gte),
            ("<", self.lt),
            ("<=", self.lte),
        ]
        return [(bound, seconds) for bound, seconds in bounds if seconds is not UNSET]


@dataclass(frozen=True)
class RangeRule(Rule):
    """A moment, or an object of bounds."""

    def parser(self, version: str) -> Parser:
        moment = Moment().parser(version)
        bounds = {bound: (bound, moment) for bound in ("gt", "gte", "lt", "lte")}
        ranged = _object_parser(RangeQuery, bounds, [])

        def range_query(value: Any, name: str, unknown_names: list[str]) -> RangeQuery:
            if type(value) is dict:
                return cast(RangeQuery, ranged(value, name, unknown_names))
            second = moment(value, name, unknown_names)
            return RangeQuery(gte=second, lte=second)

        return range_query

    def schema(self, version: str) -> Schema:
        moment = Moment().schema(version)
        bounds = dict.fromkeys(("gt", "gte", "lt", "lte"), moment)
        return {"anyOf": [moment, {"type": "object", "properties": bounds, "additionalProperties": False}]}


class Address(Params):
    """A postal address."""

    city: str | UnsetType | None = UNSET
    country: Country | UnsetType | None = UNSET
    line1: str | UnsetType | None = UNSET
    line2: str | UnsetType | None = UNSET
    postal_code: str | UnsetType | None = UNSET
    state: str | UnsetType | None = UNSET


class BillingDetails(Params):
    """Who is billed."""

    address: Address | UnsetType | None = UNSET
    email: Annotated[str, Email()] | UnsetType | None = UNSET
    name: str | UnsetType | None = UNSET
    phone: str | UnsetType | None = UNSET
    tax_id: str | UnsetType | None = UNSET


class Shipping(Params):
    """Where goods go."""

    address: Address
    name: str
    carrier: str | UnsetType | None = UNSET
    phone: str | UnsetType | None = UNSET
    tracking_number: str | UnsetType | None = UNSET


class ListParams(Params):
    """What every list takes."""

    limit: Annotated[int, Clamped(1, 100)] = 10
    starting_after: str | UnsetType = UNSET
    ending_before: str | UnsetType = UNSET


class SearchParams(Params):
    """What every search takes."""

    query: str
    limit: Annotated[int, Clamped(1, 100)] = 10
    page: str | UnsetType = UNSET
