"""Requests made from the OpenAPI document: mostly as it says, and then spoiled here and there.

A request is drawn in three steps: a tree of values by the schema of the endpoint, some damage to the tree, and a
spelling of the tree as a form. Ids are drawn from `Pools`: of the right kind and of others, one's own and somebody
else's.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

Schema: TypeAlias = Mapping[str, Any]
Tree: TypeAlias = Any

# Card numbers that are sent where none belongs. No refusal may repeat them.
STRAY_NUMBERS = ("4000056655665556", "5200828282828210", "378282246310005", "6011111111111117")

CARDS = (
    "4242424242424242",
    "4000000000000002",
    "4000000000009995",
    "4000002500003155",
    "4000000000000077",
    "4242424242424241",
)
TEST_IDS = (
    "pm_card_visa",
    "pm_card_mastercard",
    "pm_card_visa_chargeDeclined",
    "pm_card_authenticationRequired",
    "pm_card_nothing",
    "tok_visa",
)

WEIRD: tuple[str, ...] = (
    "",
    " ",
    "null",
    "true",
    "-1",
    "0",
    "00",
    "1e3",
    "0x10",
    "1.5",
    "١٢٣",
    "99999999",
    "100000000",
    str(2**31),
    str(2**63 - 1),
    str(2**63),
    str(-(2**63)),
    "9" * 400,
    "usd",
    "USD",
    "jpy",
    "xxx",
    "\u202e\u0000"[:1],
    "e\u0301",
    "💳",
    "\ud7ff\uffff",
    "'; DROP TABLE payment_intents; --",
    "<script>alert(1)</script>",
    "../../../../etc/passwd",
    "%00",
    "%zz",
    "{}",
    "[]",
    "a" * 5001,
    "line\r\nbreak",
    *STRAY_NUMBERS,
)


@dataclass(frozen=True)
class Pools:
    """Ids by prefix (`pi`, `cus`, …): one's own, and those of another account."""

    own: Mapping[str, Sequence[str]]
    other: Mapping[str, Sequence[str]]

    def of(self, *prefixes: str) -> SearchStrategy[str]:
        """An id of one of these kinds, or nearly one."""
        own = [id for prefix in prefixes for id in self.own.get(prefix, ())]
        near = [
            *(id for prefix in prefixes for id in self.other.get(prefix, ())),
            *(ids[0] for ids in self.own.values()),
            *(f"{prefix}_nothing" for prefix in prefixes),
            *TEST_IDS,
        ]
        likely = st.sampled_from(own or near)
        return st.one_of(likely, likely, likely, likely, st.sampled_from(near), junk())


def junk() -> SearchStrategy[str]:
    """A text that is probably not what belongs there."""
    return st.one_of(st.sampled_from(WEIRD), st.text(max_size=30))


# What a name says about the ids that belong there, where the schema says only "string".
KINDS: Mapping[str, tuple[str, ...]] = {
    "intent": ("pi", "seti"),
    "payment_intent": ("pi",),
    "setup_intent": ("seti",),
    "customer": ("cus",),
    "payment_method": ("pm",),
    "charge": ("ch",),
    "refund": ("re",),
    "reader": ("tmr",),
    "location": ("tml",),
    "configuration": ("tmc",),
    "configuration_overrides": ("tmc",),
    "account": ("acct",),
    "on_behalf_of": ("acct",),
    "destination": ("acct",),
    "fee": ("fee",),
    "id": ("re", "txn", "evt", "fee", "fr"),
    "source": ("ch", "re"),
    "token": ("tok",),
    "starting_after": ("pi", "cus", "ch", "re", "txn", "evt", "tmr", "tml"),
    "ending_before": ("pi", "cus", "ch", "re", "txn", "evt", "tmr", "tml"),
}


class Generator:
    """Draws requests to the endpoints of `document`."""

    def __init__(self, document: Schema, pools: Pools) -> None:
        self._document = document
        self._pools = pools


    def path(self, draw: DrawFn, path: str) -> str:
        """The path with ids filled in."""
        segments: list[str] = []
        for segment in path.split("/"):
            if not segment.startswith("{"):
                segments.append(segment)
                continue
            name = segment[1:-1]
            prefixes = ("seti",) if "setup_intents" in path and name == "intent" else KINDS[name]
            if name == "id":
                prefixes = _prefix_of_path(path)
            segments.append(quote(draw(self._pools.of(*prefixes)), safe=draw(st.sampled_from(("", ":@!$'()*+,;=")))))
        return "/".join(segments)

    def tree(self, draw: DrawFn, method: str, path: str) -> dict[str, Tree]:
        """Parameters as the document has them."""
        operation = self._document["paths"][path][method]
        if "requestBody" in operation:
            (content,) = operation["requestBody"]["content"].values()
            return self._value(draw, content["schema"], "")
        properties = {
            parameter["name"]: parameter["schema"]
            for parameter in operation["parameters"]
            if parameter.get("in") == "query"
        }
        required = [parameter["name"] for parameter in operation["parameters"] if parameter.get("required")]
        schema = {"type": "object", "properties": properties, "required": [n for n in required if n in properties]}
        return self._value(draw, schema, "")

    def _value(self, draw: DrawFn, schema: Schema, name: str) -> Tree:
        if "anyOf" in schema:
            return self._value(draw, draw(st.sampled_from(schema["anyOf"])), name)
        if "enum" in schema:
            return draw(st.sampled_from(schema["enum"]))
        match schema.get("type"):
            case "object":
                return self._object(draw, schema, name)
            case "array":
                count = draw(st.integers(schema.get("minItems", 0), min(schema.get("maxItems", 3), 3)))
                return [self._value(draw, schema["items"], name) for _ in range(count)]
            case "integer":
                low, high = schema.get("minimum", -(2**63)), schema.get("maximum", 2**63 - 1)
                usual = st.integers(max(low, 0), min(high, 3000))
                edges = st.sampled_from([low, high, low - 1, high + 1, 49, 50, 99_999_999, 100_000_000])
                return draw(st.one_of(usual, usual, usual, edges))
            case "boolean":
                return draw(st.booleans())
            case "number":
                return draw(st.sampled_from(["1.5", "0", "-2", "1e400", "nan"]))
            case _:
                return self._text(draw, schema, name)

    def _object(self, draw: DrawFn, schema: Schema, name: str) -> Tree:
        properties: Mapping[str, Schema] = schema.get("properties", {})
        value = {key: self._value(draw, properties[key], key) for key in schema.get("required", ())}
        optional = [key for key in properties if key not in value]
        if optional:
            for key in draw(st.lists(st.sampled_from(optional), max_size=4, unique=True)):
                value[key] = self._value(draw, properties[key], key)
        more = schema.get("additionalProperties")
        if isinstance(more, dict):
            for key in draw(st.lists(st.one_of(st.sampled_from(["order", "0", "a.b"]), junk()), max_size=2)):
                value[key] = self._value(draw, more, key)
        return value

    def _text(self, draw: DrawFn, schema: Schema, name: str) -> str:
        if name == "number":
            return draw(st.sampled_from(CARDS))
        if name in KINDS:
            return draw(self._pools.of(*KINDS[name]))
        if schema.get("format") == "email":
            return draw(st.sampled_from(["a@example.com", "nobody", "a@b", "ü@example.com"]))
        if "pattern" in schema:
            return draw(st.one_of(st.from_regex(schema["pattern"], fullmatch=True), junk()))
        if name == "currency":
            return draw(st.sampled_from(["usd", "usd", "USD", "eur", "jpy", "kwd", "cad", "xyz", ""]))
        if name == "query":
            return draw(st.one_of(st.sampled_from(QUERIES), junk()))
        known = st.sampled_from(["simulated-s700", "simulated-wpe", "4242", "US", "CA", "94111", "latest_charge", "x"])
        sized = st.text(max_size=min(schema.get("maxLength", 40), 40))
        longest = st.just("y" * min(schema.get("maxLength", 100) + 1, 6000))
        return draw(st.one_of(known, sized, st.sampled_from(WEIRD), longest))


QUERIES = (
    "status:'succeeded'",
    "amount>100 AND currency:'usd'",
    "metadata['order']:'1'",
    "created>0 OR amount<5",
    "metadata[\"a'b\"]:null",
    "-status:'canceled'",
    "email~'ex'",
    "amount>99999999999999999999999",
    "status:'a' AND amount>1 OR amount<2",
    "metadata['" + "k" * 500 + "']:'v'",
)


def _prefix_of_path(path: str) -> tuple[str, ...]:
    for part, prefix in (
        ("application_fees", "fee"),
        ("balance", "txn"),
        ("events", "evt"),
        ("refunds", "re"),
    ):
        if part in path:
            return (prefix,)
    return KINDS["id"]


# Damage ---------------------------------------------------------------------------------------------------------


def spoil(draw: DrawFn, tree: dict[str, Tree]) -> dict[str, Tree]:
    """Put something else somewhere, or something more, or leave something out; mostly nothing."""
    for _ in range(draw(st.sampled_from((0, 0, 1, 1, 2, 5)))):
        holder: Any = tree
        while True:
            keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
            deeper = [key for key in keys if isinstance(holder[key], dict | list) and holder[key]]
            if not deeper or draw(st.booleans()):
                break
            holder = holder[draw(st.sampled_from(deeper))]
        damage = draw(st.sampled_from(("replace", "replace", "drop", "add")))
        if damage == "add" or not keys:
            if isinstance(holder, dict):
                holder[draw(st.one_of(st.sampled_from(["expand", "foo", "amount", "0", ""]), junk()))] = draw(_anything)
        elif damage == "drop":
            del holder[draw(st.sampled_from(keys))]
        else:
            holder[draw(st.sampled_from(keys))] = draw(_anything)
    return tree


_anything: SearchStrategy[Tree] = st.recursive(
    st.one_of(junk(), st.integers(), st.booleans()),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(["0", "1", "a", "foo"]), junk()), inner, max_size=3),
    ),
    max_leaves=5,
)


# Spelling -------------------------------------------------------------------------------------------------------


def spell(draw: DrawFn, tree: Mapping[str, Tree]) -> bytes:
    """The tree as a form, in one of the ways clients write it."""
    indexed = draw(st.booleans())
    safe = draw(st.sampled_from(("", "[]")))
    pairs = [f"{quote(name, safe=safe)}={quote(value, safe='')}" for name, value in _flat("", tree, indexed=indexed)]
    if draw(st.integers(0, 9)) == 0:
        pairs.insert(draw(st.integers(0, len(pairs))), draw(st.sampled_from(ODD_PAIRS)))
    return "&".join(pairs).encode()


ODD_PAIRS = ("", "=", "a", "a[", "a]=1", "[a]=1", "a[b][]c=1", "a[]" * 30 + "=1", "amount[x]=1", "a=%ff", "&&", "%5B=1")


def _flat(prefix: str, value: Tree, *, indexed: bool) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _flat(f"{prefix}[{name}]" if prefix else str(name), inner, indexed=indexed)
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from _flat(f"{prefix}[{position if indexed else ''}]", inner, indexed=indexed)
    elif isinstance(value, bool):
        yield prefix, "true" if value else "false"
    else:
        yield prefix, str(value).encode("utf-8", "replace").decode()
