"""Requests made up from the OpenAPI document: most of them nearly right, each wrong in a way of its own.

What is made up names objects by what they are (`{held}`, `{theirs:customer}`), so that it does not depend on the ids
of a run; `filled` puts the ids in.
"""

import re
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any, TypeAlias
from urllib.parse import quote, quote_plus

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Schema: TypeAlias = Mapping[str, Any]
Pairs: TypeAlias = list[tuple[str, str]]

# Objects that a shop has, by what the path parameters that name them are called.
OBJECTS = {
    "intent": ("fresh", "held", "paid", "canceled", "declined", "present", "setup", "present_setup"),
    "customer": ("customer",),
    "payment_method": ("method", "loose"),
    "charge": ("charge", "held_charge"),
    "refund": ("refund",),
    "location": ("location",),
    "configuration": ("configuration",),
    "reader": ("reader", "busy_reader", "asking_reader", "pos_reader"),
    "account": ("account",),
    "id": ("refund", "transaction", "event"),
    "fee": ("charge",),
    "session": ("saving", "selling", "sold"),
    "product": ("product",),
    "price": ("price",),
    "file": ("file",),
    "link": ("link",),
    "webhook_endpoint": ("webhook_endpoint",),
}
NAMES = tuple(dict.fromkeys(name for names in OBJECTS.values() for name in names))

# Which of them an intent in a path is, by the collection it stands in.
_INTENTS = {"payment_intents": OBJECTS["intent"][:-2], "setup_intents": OBJECTS["intent"][-2:]}

# What test mode takes for a card, a token, or a reader that is to be registered.
_WORDS = (
    *("pm_card_visa", "pm_card_chargeDeclined", "pm_card_threeDSecure2Required", "tok_visa", "tok_chargeDeclined"),
    *("simulated-s700", "simulated-wpe", "card_present", "card", "interac_present", "US", "CA", "US-CA", "usd"),
    *("1", "0", "-1", "true", "2026-10-28", "shop@example.com", "https://shop.example/paid", "94111"),
)
_NUMBERS = ("0", "1", "-1", "49", "50", "1000", "1001", "1005", "99999999", "100000000", "2147483648")
_HUGE = (
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "9" * 400,
    "253402300799",
    "1" + "0" * 18,
)
_JUNK = (
    *(
        "",
        " ",
        "null",
        "NaN",
        "1e3",
        "0x10",
        "1_000",
        "+1",
        "1.5",
        "\u0661\u0660\u0660",
        "True",
        "[]",
        "{}",
        '{"a": 1}',
    ),
    *("'; drop table payment_intents; --", "../../etc/passwd", "<script>", "%s%n", "a\r\nSet-Cookie: b", "\x1b[31m"),
    *("\ufeff", "\u202eabc", "🍕" * 50, "e\u0301", "ß" * 30, "x" * 501, "x" * 5001, "\U0010ffff", "\x7f", "\u2028"),
)
# Not texts at all: these go out as they stand.
_BROKEN = ("%00", "a%00b", "%FF%FE", "%ED%A0%80", "%zz", "%", "%F0%9F", "%C0%80")
_NAMES = ("", "[", "]", "[]", "a[", "a]b", "[a]", "a[][]", "amount[]", "amount[x]", "metadata[]", "metadata[a][b]")
_EXPANDED = ("customer", "payment_method", "latest_charge.balance_transaction", "data.customer", "charge", "location")


_TYPED = "card[number]=5555555555554444&card[exp_month]=12&card[exp_year]=2034&card[cvc]=737"
_ADDRESS = "address[country]=US&address[line1]=1&address[city]=Oakland&address[state]=CA&address[postal_code]=94111"
_WEBHOOK = "url=http://127.0.0.1:9/"
_ACTIONS = (
    *("process_payment_intent", "collect_payment_method", "confirm_payment_intent", "process_setup_intent"),
    *("refund_payment", "set_reader_display", "collect_inputs", "print_content"),
)
_LINE = "cart[line_items][0]"
_CART = (
    f"type=cart&cart[currency]=usd&cart[total]=100&{_LINE}[amount]=100&{_LINE}[description]=Tea&{_LINE}[quantity]=1",
)
_QUESTION = ("inputs[0][type]=text&inputs[0][custom_text][title]=Name",)
_READER = "/v1/terminal/readers/{reader}"
_HELD = "/opentill/pos/readers/{reader}"

_PRICED = "line_items[0][price_data]"
_SOLD = (
    f"line_items[0][quantity]=1&{_PRICED}[currency]=usd&{_PRICED}[unit_amount]=1099&{_PRICED}[product_data][name]=Tea"
)

# What is right, to begin from: requests that the schema alone would hardly ever make up.
STARTS: Mapping[str, tuple[str, ...]] = {
    "/v1/payment_intents": (
        "amount=1000&currency=usd",
        "amount=1000&currency=usd&confirm=true&payment_method=pm_card_visa&allowed_payment_method_types[]=card",
        "amount=1000&currency=usd&capture_method=manual&allowed_payment_method_types[]=card_present",
        "amount=5000&currency=jpy&customer={customer}&payment_method={method}",
    ),
    "/v1/payment_intents/{intent}": ("metadata[order]=7", "description=Lunch", "amount=2000"),
    "/v1/payment_intents/{intent}/confirm": (
        "payment_method=pm_card_visa&return_url=https://shop.example/paid",
        "payment_method_data[type]=card&" + _TYPED.replace("card[", "payment_method_data[card]["),
    ),
    "/v1/payment_intents/{intent}/capture": ("amount_to_capture=900", "amount_to_capture=1100", "final_capture=true"),
    "/v1/payment_intents/{intent}/cancel": ("cancellation_reason=duplicate",),
    "/v1/payment_intents/{intent}/increment_authorization": ("amount=1500",),
    "/v1/charges/{charge}/capture": ("amount=700",),
    "/v1/charges/{charge}/refunds": ("amount=70", "reason=duplicate"),
    "/v1/refunds": ("charge={charge}&amount=50", "payment_intent={paid}", "payment_intent={paid}&amount=1"),
    "/v1/payment_methods": ("type=card&card[token]=tok_visa", f"type=card&{_TYPED}"),
    "/v1/payment_methods/{payment_method}/attach": ("customer={customer}",),
    "/v1/setup_intents": (
        "confirm=true&payment_method=pm_card_visa&allowed_payment_method_types[]=card",
        "allowed_payment_method_types[]=card&customer={customer}",
    ),
    "/v1/setup_intents/{intent}/confirm": ("payment_method=pm_card_visa&return_url=https://shop.example/saved",),
    "/v1/file_links": ("file={file}", "file={file}&metadata[order]=7"),
    "/v1/file_links/{link}": ("metadata[order]=7", "expires_at=4102444800", "expires_at="),
    "/v1/webhook_endpoints": (
        f"{_WEBHOOK}&enabled_events[]=*",
        f"{_WEBHOOK}&enabled_events[]=charge.failed&connect=true",
    ),
    "/v1/webhook_endpoints/{webhook_endpoint}": ("disabled=true", "disabled=false&metadata[order]=7&description="),
    "/v1/events/{id}/retry": ("webhook_endpoint={webhook_endpoint}", ""),
    "/opentill/webhook_endpoints/{webhook_endpoint}/roll_secret": ("expires_in=60", ""),
    "/v1/checkout/sessions": (
        "mode=setup&currency=usd&success_url=https://shop.example/{CHECKOUT_SESSION_ID}&customer={customer}",
        "mode=payment&success_url=https://shop.example/&line_items[0][price]={price}&line_items[0][quantity]=2",
        f"mode=payment&success_url=https://shop.example/&{_SOLD}&payment_intent_data[description]=Lunch",
    ),
    "/v1/checkout/sessions/{session}": ("metadata[order]=7", "payment_intent_data[description]=Lunch", _SOLD),
    "/v1/payment_pages/{session}/confirm": ("payment_method=pm_card_visa", "payment_method={loose}"),
    "/v1/products": ("name=Tea", "name=Tea&default_price_data[currency]=usd&default_price_data[unit_amount]=300"),
    "/v1/prices": ("currency=usd&unit_amount=300&product={product}", "currency=eur&unit_amount_decimal=0.5"),
    "/v1/terminal/locations": (f"display_name=Counter&{_ADDRESS}",),
    "/v1/terminal/readers": ("registration_code=simulated-wpe&location={location}",),
    f"{_READER}/process_payment_intent": ("payment_intent={present}", "payment_intent={fresh}"),
    f"{_READER}/collect_payment_method": ("payment_intent={present}",),
    f"{_READER}/confirm_payment_intent": ("payment_intent={present}",),
    f"{_READER}/process_setup_intent": ("setup_intent={present_setup}&allow_redisplay=always",),
    f"{_READER}/refund_payment": ("charge={charge}&amount=10", "payment_intent={paid}&amount=10"),
    f"{_READER}/set_reader_display": _CART,
    f"{_READER}/collect_inputs": _QUESTION,
    f"/v1/test_helpers{_READER[3:]}/present_payment_method": ("type=card_present", "amount_tip=10"),
    f"/v1/test_helpers{_READER[3:]}/succeed_input_collection": ("skip_non_required_inputs=all",),
    f"{_HELD}/connect": ("fail_if_in_use=true", "fail_if_in_use=false"),
    f"{_HELD}/settings": ("accessibility_parameters[enable_text_to_speech_speakers]=true",),
    f"{_HELD}/process_payment_intent": ("payment_intent={present}&client_secret={secret}",),
    f"{_HELD}/collect_payment_method": ("payment_intent={present}&client_secret={secret}",),
    f"{_HELD}/confirm_payment_intent": ("payment_intent={present}&client_secret={secret}",),
    f"{_HELD}/set_reader_display": _CART,
    f"{_HELD}/collect_inputs": _QUESTION,
    f"{_HELD}/read_reusable_card": ("customer={customer}",),
    f"{_HELD}/present_payment_method": ("type=card_present", "amount_tip=10"),
}


# The objects with which an operation works, where not all of the kind will do.
WORKING: Mapping[str, tuple[str, ...]] = {
    "/v1/payment_intents/{intent}": ("fresh",),
    "/v1/payment_intents/{intent}/confirm": ("fresh", "declined"),
    "/v1/payment_intents/{intent}/capture": ("held",),
    "/v1/payment_intents/{intent}/cancel": ("fresh", "held"),
    "/v1/payment_intents/{intent}/increment_authorization": ("held",),
    "/v1/charges/{charge}/capture": ("held_charge",),
    "/v1/charges/{charge}/refunds": ("charge",),
    "/v1/payment_methods/{payment_method}/attach": ("loose",),
    "/v1/checkout/sessions/{session}": ("saving", "selling"),
    "/v1/payment_pages/{session}/confirm": ("saving", "selling"),
    f"{_READER}/cancel_action": ("asking_reader",),
    f"/v1/test_helpers{_READER[3:]}/present_payment_method": ("busy_reader",),
    f"/v1/test_helpers{_READER[3:]}/succeed_input_collection": ("asking_reader",),
    f"/v1/test_helpers{_READER[3:]}/timeout_input_collection": ("asking_reader",),
} | {f"{_READER}/{action}": ("reader",) for action in _ACTIONS}


@dataclass(frozen=True)
class Made:
    """A request as it was made up. `card` is a card number that stands where none belongs, if one does."""

    path: str
    pairs: Pairs
    headers: dict[str, str] = field(default_factory=dict[str, str])
    card: str | None = None


def filled(text: str, ids: Mapping[str, str]) -> str:
    """With the ids of this run where objects are named."""
    return re.sub(r"\{((?:theirs:)?[a-z_]+)\}", lambda match: ids.get(match[1], match[0]), text)


def encoded(pairs: Pairs, ids: Mapping[str, str]) -> str:
    """A form, or a query string."""
    return "&".join(f"{_escaped(filled(name, ids))}={_escaped(filled(value, ids))}" for name, value in pairs)


def _escaped(text: str) -> str:
    return text if text in _BROKEN else quote_plus(text, safe="[]")


# Values --------------------------------------------------------------------------------------------------------------

_named = st.sampled_from([f"{{{name}}}" for name in NAMES] + [f"{{theirs:{name}}}" for name in NAMES])
_hostile = st.one_of(
    st.sampled_from(_JUNK),
    st.sampled_from(_HUGE),
    st.sampled_from(_BROKEN),
    st.sampled_from(_NUMBERS),
    _named,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
)


def _text(schema: Schema, name: str) -> SearchStrategy[str]:
    if "enum" in schema:
        return st.sampled_from([str(word) for word in schema["enum"]])
    if schema.get("format") == "currency":
        return st.sampled_from(["usd", "usd", "usd", "eur", "cad", "jpy", "USD", "kwd"])
    if schema.get("format") == "email":
        return st.sampled_from(["shop@example.com", "ü@example.com"])
    own = OBJECTS.get(name, ("fresh", "held", "paid") if name == "payment_intent" else ())
    if own:
        return st.sampled_from([f"{{{one}}}" for one in own] + (["pm_card_visa"] if name == "payment_method" else []))
    if "pattern" in schema:
        return st.from_regex(re.compile(str(schema["pattern"]), re.ASCII), fullmatch=True)
    longest = int(schema.get("maxLength", 5000))
    return st.one_of(
        st.sampled_from([word for word in _WORDS if len(word) <= longest]),
        st.text(string.ascii_letters, min_size=1, max_size=min(20, longest)),
        st.just("x" * min(longest, 500)),
    )


def _integer(schema: Schema) -> SearchStrategy[str]:
    lowest, highest = int(schema.get("minimum", 0)), int(schema.get("maximum", 99_999_999))
    edges = st.sampled_from([lowest, lowest - 1, highest, highest + 1])
    inside = st.integers(lowest, max(lowest, min(highest, lowest + 2_000)))
    return st.one_of(inside, inside, inside, edges).map(str)


def _value(schema: Schema, name: str, prefix: str) -> SearchStrategy[Pairs]:
    """The pairs of a parameter called `prefix`, whose last part is `name`."""
    if "anyOf" in schema:
        return st.one_of([_value(one, name, prefix) for one in schema["anyOf"]])
    if schema.get("type") == "object":
        if isinstance(schema.get("additionalProperties"), dict):
            key = st.text(string.ascii_lowercase + "_", min_size=1, max_size=6)
            member = _value(schema["additionalProperties"], "", "")
            return st.dictionaries(key, member, max_size=3).map(
                lambda found: [(f"{prefix}[{key}]", value) for key, pairs in found.items() for _, value in pairs]
            )
        return _members(schema, prefix)
    if schema.get("type") == "array":
        element = _value(schema["items"], name, f"{prefix}[]")
        return st.lists(element, max_size=3).map(lambda found: [pair for pairs in found for pair in pairs])
    if schema.get("type") == "integer":
        scalar = _integer(schema)
    elif schema.get("type") == "boolean":
        scalar = st.sampled_from(["true", "false"])
    else:
        scalar = _text(schema, name)
    return scalar.map(lambda value: [(prefix, value)])


def _members(schema: Schema, prefix: str = "") -> SearchStrategy[Pairs]:
    """Pairs of an object: what it requires, and some of the rest."""
    properties: dict[str, Schema] = schema.get("properties", {})
    members = {
        name: _value(member, name, f"{prefix}[{name}]" if prefix else name) for name, member in properties.items()
    }
    required = [name for name in schema.get("required", ()) if name in members]
    others = [name for name in members if name not in required and name != "expand"]

    @st.composite
    def pairs(draw: st.DrawFn) -> Pairs:
        many = draw(st.sampled_from([0, 1, 1, 2, 4]))
        chosen = draw(st.lists(st.sampled_from(others), unique=True, max_size=many)) if others else []
        return [pair for name in [*required, *chosen] for pair in draw(members[name])]

    return pairs()


# Requests ------------------------------------------------------------------------------------------------------------


@st.composite
def _card_numbers(draw: st.DrawFn) -> str:
    """A number that could be a Visa card's, and that nothing else holds."""
    digits = [4, 2, 4, 2, 4, 2, *draw(st.lists(st.integers(0, 9), min_size=9, max_size=9))]
    total = reduce(lambda total, pair: total + _luhn(pair[1], doubled=pair[0] % 2 == 0), enumerate(digits), 0)
    return "".join(map(str, [*digits, -total % 10]))


def _luhn(digit: int, *, doubled: bool) -> int:
    return sum(divmod(2 * digit, 10)) if doubled else digit


_HEADERS = st.one_of(
    *[
        st.just({"Stripe-Version": version})
        for version in ("2026-10-28.endive", "2026-08-26.dahlia", "2026-10-28.endive")
    ],
    st.just({}),
    st.just({}),
    st.sampled_from(
        [
            {"Stripe-Version": "2020-03-02"},
            {"Stripe-Version": "2022-08-01"},
            {"Stripe-Version": "never"},
            {"Stripe-Account": "{account}"},
            {"Stripe-Account": "{theirs:account}"},
            {"Idempotency-Key": "again"},
            {"Idempotency-Key": "x" * 300},
            {"Idempotency-Key": "\xe9\xff"},
        ]
    ),
)


def requests(method: str, path: str, operation: Schema) -> SearchStrategy[Made]:
    """Requests for an operation of the document."""
    schema = _parameters(method, operation)
    starts = [
        [(name, value) for name, _, value in (pair.partition("=") for pair in start.split("&"))]
        for start in STARTS.get(path, ())
        if method == "POST"
    ]
    good = _members(schema)
    if starts:
        good = st.one_of(
            st.sampled_from(starts), st.sampled_from(starts), good, st.builds(_joined, st.sampled_from(starts), good)
        )
    names = list(schema["properties"])
    ways = ["as it is"] * 6 + [
        "a value",
        "a value",
        "a name",
        "twice",
        "unknown",
        "card",
        "missing",
        "nested",
        "expand",
    ]

    @st.composite
    def made(draw: st.DrawFn) -> Made:
        pairs = list(draw(good))
        way = draw(st.sampled_from(ways))
        at = draw(st.integers(0, max(0, len(pairs) - 1)))
        card = None
        if way == "card":
            card = draw(_card_numbers())
            place = draw(st.sampled_from(["name", "inside", "value", "value of another"]))
            unknown = {"name": (card, "1"), "inside": (f"unknown[{card}]", card), "value": ("unknown", card)}
            pairs = [*pairs, unknown.get(place, (draw(st.sampled_from([*names, "card"])), card))]
        elif way == "unknown":
            pairs = [*pairs, (draw(st.one_of(st.sampled_from(_NAMES), st.text(max_size=20))), draw(_hostile))]
        elif way == "expand":
            pairs = [*pairs, ("expand[]", draw(st.sampled_from(_EXPANDED)))]
        elif way == "nested":
            depth = draw(st.sampled_from([1, 2, 9, 10, 40]))
            pairs = [*pairs, (draw(st.sampled_from([*names, "metadata"])) + "[a]" * depth, draw(_hostile))]
        elif pairs:
            name, value = pairs[at]
            if way == "a value":
                pairs[at] = (name, draw(_hostile))
            elif way == "a name":
                pairs[at] = (name + draw(st.sampled_from(["[]", "[0]", "[x]", "]", "[", " ", "\u00a0"])), value)
            elif way == "twice":
                pairs = [*pairs, (name, draw(_hostile))]
            elif way == "missing":
                del pairs[at]
        return Made(draw(_paths(path)), pairs, draw(_HEADERS), card)

    return made()


def _joined(start: Pairs, more: Pairs) -> Pairs:
    """`start`, and of `more` what it does not say already."""
    said = {name.partition("[")[0] for name, _ in start}
    return [*start, *(pair for pair in more if pair[0].partition("[")[0] not in said)]


def _parameters(method: str, operation: Schema) -> Schema:
    """What may be sent besides the path, as one object."""
    if method == "POST":
        (content,) = operation["requestBody"]["content"].values()
        return content["schema"]
    found = [one for one in operation["parameters"] if one.get("in") == "query"]
    return {
        "properties": {one["name"]: one["schema"] for one in found},
        "required": [one["name"] for one in found if one["required"]],
    }


def _paths(path: str) -> SearchStrategy[str]:
    """The path with objects named in it: mostly the right ones, some of another account, or of another kind."""
    segments = list(_segments(path))
    return st.tuples(*segments).map("/".join)


def _segments(path: str) -> Iterator[SearchStrategy[str]]:
    collection = ""
    for segment in path.split("/"):
        if segment.startswith("{"):
            name = segment[1:-1]
            right = _INTENTS[collection] if name == "intent" else OBJECTS[name]
            junk = st.one_of(
                st.sampled_from([f"{{theirs:{one}}}" for one in right]),
                _named,
                st.sampled_from(_JUNK[1:]).map(lambda text: quote(text[:300], safe="")),
                st.sampled_from(_BROKEN[:4]),
            )
            ours = st.sampled_from([f"{{{one}}}" for one in right])
            usual = ("pos_reader",) if path.startswith(_HELD) else right
            working = st.sampled_from([f"{{{one}}}" for one in WORKING.get(path, usual)])
            yield st.one_of(working, working, working, ours, junk)
        else:
            yield st.just(segment)
            collection = segment
