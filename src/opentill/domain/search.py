"""The search query language: `status:"succeeded" AND metadata["order"]:"42"` as terms over an object's fields.

    query     = term *( [ "AND" / "OR" ] term )      not both words in one query; without a word, AND
    term      = [ "-" ] field operator value         "-" is negation
    field     = name *( "." name ) / "metadata[" text "]"
    operator  = ":" / "~" / ">" / ">=" / "<" / "<="
    value     = text / integer / "null" / "true" / "false"
    text      = "…" or '…', with a backslash before a quote or a backslash that belongs to it

":" on texts ignores case; "~" finds a part of at least three characters. There are no parentheses, and at most ten
terms. (Reference: Search; the messages are those its clients know, with the reason added.)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from opentill.domain.errors import InvalidRequest
from opentill.domain.masking import mask_card_numbers

Operator: TypeAlias = Literal["=", "~", ">", ">=", "<", "<=", "null"]
FieldType: TypeAlias = Literal["token", "text", "number", "boolean", "metadata"]

_TERMS_MAX = 10
_SUBSTRING_MIN = 3
_INT64_DIGITS = 19
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Field:
    """Something to search by: where it is in the object's JSON, and what it is.

    A "token" (a status, an id, a currency) matches as a whole, as do the values of "metadata"; a "text" also by a
    part; a "number" can be compared.
    """

    path: tuple[str, ...]
    type: FieldType


@dataclass(frozen=True, slots=True)
class Term:
    """One condition on the value at `path`: a text, an integer, or None with the operator "null" (absent)."""

    path: tuple[str, ...]
    op: Operator
    value: str | int | None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """Terms joined by one word."""

    terms: tuple[Term, ...]
    join: Literal["and", "or"] = "and"


def _fields(type: FieldType, *names: str) -> dict[str, Field]:
    return {name: Field(tuple(name.split(".")), type) for name in names}


def _card_fields(method: str) -> dict[str, Field]:
    prefix = f"payment_method_details.{method}."
    return {
        **_fields("token", prefix + "brand", prefix + "last4", prefix + "fingerprint"),
        **_fields("number", prefix + "exp_month", prefix + "exp_year"),
    }


_METADATA = _fields("metadata", "metadata")

FIELDS: Mapping[str, Mapping[str, Field]] = {
    "payment_intents": {
        **_fields("number", "amount", "created"),
        **_fields("token", "currency", "customer", "status"),
        **_METADATA,
    },
    "charges": {
        **_fields("number", "amount", "created"),
        **_fields("token", "billing_details.address.postal_code", "currency", "customer", "status"),
        **_fields("boolean", "disputed", "refunded"),
        **_card_fields("card"),
        **_card_fields("card_present"),
        **_card_fields("interac_present"),
        **_METADATA,
    },
    "customers": {
        **_fields("number", "created"),
        **_fields("text", "email", "name", "phone"),
        **_METADATA,
    },
}
"""What each resource can be searched by, under its name in the path."""

_QUOTED = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
_FIELD = re.compile(rf"(-?)([A-Za-z_][A-Za-z0-9_.]*)(?:\[({_QUOTED})\])?", re.DOTALL)
_OPERATOR = re.compile(r"\s*(:|~|>=|<=|>|<)\s*")
_VALUE = re.compile(rf"({_QUOTED})|(-?[0-9]+|null|true|false)(?!\S)", re.DOTALL)
_BETWEEN = re.compile(r"\s+(?:(and|or)\s+)?", re.IGNORECASE)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def parse(query: str, resource: str) -> Query:
    """The meaning of a query over `resource`, a key of `FIELDS`.

    Raises InvalidRequest (param "query") if it cannot be understood, names a field that cannot be searched by, or
    asks of one what its type does not offer.
    """
    query = query.strip()
    terms: list[Term] = []
    joins: set[str] = set()
    at = 0
    while True:
        term, at = _term(query, at, resource)
        terms.append(term)
        if len(terms) > _TERMS_MAX:
            raise _refused(f"A search query can have at most {_TERMS_MAX} terms.")
        if at == len(query):
            break
        between = _BETWEEN.match(query, at)
        if between is None:
            raise _unparsable("There must be a space between two terms.")
        joins.add((between[1] or "and").lower())
        at = between.end()
    if len(joins) > 1:
        raise _unparsable("AND and OR cannot be mixed in one query.")
    return Query(tuple(terms), "or" if "or" in joins else "and")


def _term(query: str, at: int, resource: str) -> tuple[Term, int]:
    """The term that begins at `at`, and where it ends."""
    if query[at : at + 1] in ("(", ")"):
        raise _unparsable("Parentheses are not supported.")
    name = _FIELD.match(query, at)
    operator = _OPERATOR.match(query, name.end()) if name else None
    if name is None or operator is None:
        raise _unparsable("Each term is a field, an operator and a value.")
    field = FIELDS[resource].get(name[2])
    if field is None or (name[3] is not None) != (field.type == "metadata"):
        raise _unsupported(name[0].removeprefix("-"), resource)
    path = field.path if name[3] is None else (*field.path, _unquoted(name[3]))
    value = _VALUE.match(query, operator.end())
    if value is None:
        raise _unparsable(_why_no_value(query[operator.end() :]))
    op, meant = _condition(name[2], field.type, operator[1], value[1], value[2] or "")
    return Term(path, op, meant, negated=bool(name[1])), value.end()


def _condition(
    name: str, type: FieldType, operator: str, quoted: str | None, bare: str
) -> tuple[Operator, str | int | None]:
    """What `operator` and a value, quoted or bare, ask of a field."""
    if bare == "null":
        if operator != ":":
            raise _refused(f"Field `{name}`: null can only be searched for with `:`.")
        return "null", None
    text = bare if quoted is None else _unquoted(quoted)
    if operator == "~":
        if type != "text":
            raise _refused(f"Field `{name}` does not support searching for a part of it (`~`); use `:`.")
        if len(text) < _SUBSTRING_MIN:
            raise _refused(f"Field `{name}`: `~` needs at least {_SUBSTRING_MIN} characters.")
        return "~", text
    if type == "number":
        return _COMPARISONS[operator], _integer(name, text)
    if operator != ":":
        raise _refused(f"Field `{name}` is not numeric and does not support `{operator}`; use `:`.")
    if type == "boolean" and text not in ("true", "false"):
        raise _refused(f"Field `{name}` is either true or false.")
    return "=", text


_COMPARISONS: dict[str, Operator] = {":": "=", ">": ">", ">=": ">=", "<": "<", "<=": "<="}


def _integer(name: str, text: str) -> int:
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdecimal() and len(digits) <= _INT64_DIGITS and int(text) in _INT64:
        return int(text)
    raise _refused(f"Field `{name}` is numeric; its value must be an integer that fits 64 bits.")


def _unquoted(quoted: str) -> str:
    return _ESCAPED.sub(r"\1", quoted[1:-1])


def _why_no_value(rest: str) -> str:
    if rest[:1] in ('"', "'"):
        return "A quote is not closed."
    return "A value is a text in quotes, an integer, or null."


def _unparsable(reason: str) -> InvalidRequest:
    return _refused(
        'We were unable to parse your search query. Try using the format `metadata["key"]:"value"` to query for '
        f'metadata or key:"value" to query for other fields. {reason}'
    )


def _unsupported(name: str, resource: str) -> InvalidRequest:
    page = f"https://docs.stripe.com/search#query-fields-for-{resource.replace('_', '-')}"
    return _refused(
        f"Field `{mask_card_numbers(name)}` is an unsupported search field for resource `{resource}`. "
        f"See {page} for a list of supported fields."
    )


def _refused(message: str) -> InvalidRequest:
    return InvalidRequest(message, param="query")
