"""What a parameter may be, and the exact messages of refusal that clients match on."""

from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentill.api import forms
from opentill.domain.errors import InvalidRequest
from opentill.requests.params import (
    UNSET,
    Address,
    Currency,
    Decimal,
    Email,
    File,
    Integer,
    Items,
    ListParams,
    Metadata,
    Params,
    RangeQuery,
    SearchParams,
    Secret,
    Shipping,
    Since,
    Text,
    UnsetType,
    Until,
    Url,
    parse,
    take_expand,
)
from opentill.requests.tree import Upload

LATEST = "2026-10-28.endive"


class Item(Params):
    price: str
    quantity: Annotated[int, Integer(minimum=1, maximum=99)] | UnsetType = UNSET


class Card(Params):
    number: Annotated[str, Secret(minimum=12, maximum=19, pattern="[0-9]+")]
    exp_month: int


class Dates(Params):
    start: Annotated[int, Integer(minimum=0)]
    end: int

    def check(self) -> None:
        if self.end < self.start:
            raise InvalidRequest("The end is before the start.", param="end")


class Everything(Params):
    amount: int
    counted: Annotated[int, Integer(minimum=1)] | UnsetType = UNSET
    fee: Annotated[int, Integer(minimum=0, maximum=50)] | UnsetType | None = UNSET
    below: Annotated[int, Integer(minimum=-10)] | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    capture_method: Literal["automatic", "automatic_async", "manual"] | UnsetType = UNSET
    pair: Literal["a", "b"] | UnsetType = UNSET
    usage: Literal["on_session", "off_session"] | UnsetType | None = UNSET
    reset: Literal["manual", ""] | UnsetType = UNSET
    confirm: bool | UnsetType = UNSET
    off_session: bool | Literal["one_off", "recurring"] | UnsetType = UNSET
    end: int | Literal["now"] | UnsetType = UNSET
    description: Annotated[str, Text(maximum=10)] | UnsetType | None = UNSET
    label: Annotated[str, Text(maximum=5000, blank=False)] | UnsetType = UNSET
    code: Annotated[str, Text(maximum=6, minimum=4, pattern="[a-z]+", message="Not a code.")] | UnsetType = UNSET
    email: Annotated[str, Email()] | UnsetType = UNSET
    url: Annotated[str, Url()] | UnsetType = UNSET
    app_url: Annotated[str, Url(web=False)] | UnsetType = UNSET
    price: Annotated[str, Decimal()] | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    shipping: Shipping | UnsetType | None = UNSET
    address: Address | UnsetType = UNSET
    items: list[Item] | UnsetType = UNSET
    names: Annotated[list[str], Items(maximum=3, minimum=2)] | UnsetType | None = UNSET
    prices: dict[str, Item] | UnsetType = UNSET
    card: Card | UnsetType = UNSET
    source: str | Card | UnsetType = UNSET
    dates: Dates | UnsetType = UNSET
    created: RangeQuery | UnsetType = UNSET
    image: Annotated[bytes, File(maximum=3)] | UnsetType = UNSET
    from_: str | UnsetType = msgspec.field(default=UNSET, name="from")

    def check(self) -> None:
        self.only_one_of("description", "label", "code")


def read(query: str, *, version: str = LATEST) -> Everything:
    return parse(Everything, forms.parse(query.encode()), version=version)


def given_by(query: str) -> dict[str, Any]:
    """The parameters that a query gives, as plain values."""
    everything = read(f"amount=1&{query}")
    return {
        name: value
        for name in everything.__struct_fields__
        if name != "amount" and (value := getattr(everything, name)) is not UNSET
    }


@pytest.mark.parametrize(
    ("query", "values"),
    [
        ("", {}),
        ("counted=1", {"counted": 1}),
        ("fee=", {"fee": None}),
        ("below=-10", {"below": -10}),
        ("end=-9223372036854775808", {"end": -(2**63)}),
        ("end=9223372036854775807", {"end": 2**63 - 1}),
        ("end=007", {"end": 7}),
        ("end=now", {"end": "now"}),
        ("currency=USD", {"currency": "usd"}),
        ("capture_method=manual", {"capture_method": "manual"}),
        ("usage=", {"usage": None}),
        ("reset=", {"reset": ""}),
        ("confirm=true", {"confirm": True}),
        ("confirm=false", {"confirm": False}),
        ("off_session=true", {"off_session": True}),
        ("off_session=recurring", {"off_session": "recurring"}),
        ("description=", {"description": None}),
        ("description=%20J%C3%BCrgen", {"description": " Jürgen"}),
        ("label= x", {"label": " x"}),
        ("code=abcd", {"code": "abcd"}),
        ("email=a@b.example", {"email": "a@b.example"}),
        ("url=https://a.example/x?s={CHECKOUT_SESSION_ID}", {"url": "https://a.example/x?s={CHECKOUT_SESSION_ID}"}),
        ("url=http://localhost:3000", {"url": "http://localhost:3000"}),
        ("app_url=kiosk://paid/1", {"app_url": "kiosk://paid/1"}),
        ("price=-12.50", {"price": "-12.50"}),
        ("metadata[a]=1&metadata[0]=2&metadata[b]=", {"metadata": {"a": "1", "0": "2", "b": ""}}),
        ("metadata=", {"metadata": {}}),
        ("shipping=", {"shipping": None}),
        (
            "shipping[name]=J&shipping[address][country]=de&shipping[address][line2]=&shipping[phone]=",
            {"shipping": Shipping(name="J", address=Address(country="DE", line2=None), phone=None)},
        ),
        ("address[line1]=x", {"address": Address(line1="x")}),
        ("items[1][price]=b&items[0][price]=a", {"items": [Item(price="a"), Item(price="b")]}),
        ("items[][price]=a&items[][quantity]=2", {"items": [Item(price="a", quantity=2)]}),
        ("names[]=a&names[]=b", {"names": ["a", "b"]}),
        ("names=", {"names": None}),
        ("prices[usd][price]=a", {"prices": {"usd": Item(price="a")}}),
        ("source=tok_1", {"source": "tok_1"}),
        (
            "source[number]=4242424242424242&source[exp_month]=12",
            {"source": Card(number="4242424242424242", exp_month=12)},
        ),
        ("dates[start]=1&dates[end]=2", {"dates": Dates(start=1, end=2)}),
        ("created=5", {"created": RangeQuery(gte=5, lte=5)}),
        ("created[gt]=5&created[lte]=9", {"created": RangeQuery(gt=5, lte=9)}),
        ("from=x", {"from_": "x"}),
    ],
)
def test_values(query: str, values: dict[str, Any]) -> None:
    assert given_by(query) == values


def empty(name: str) -> str:
    return (
        f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; however "
        f"'{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty value."
    )


NOT_AN_INTEGER = "parameter_invalid_integer"


@pytest.mark.parametrize(
    ("query", "param", "code", "message"),
    [
        # integers: decimal digits, and nothing else that Python would take
        ("end=", "end", "parameter_invalid_empty", empty("end")),
        ("counted=1.0", "counted", NOT_AN_INTEGER, "Invalid integer: 1.0"),
        ("counted=1,000", "counted", NOT_AN_INTEGER, "Invalid integer: 1,000"),
        ("counted=1_000", "counted", NOT_AN_INTEGER, "Invalid integer: 1_000"),
        ("counted=+1", "counted", NOT_AN_INTEGER, "Invalid integer:  1"),
        ("counted=%2B1", "counted", NOT_AN_INTEGER, "Invalid integer: +1"),
        ("counted=1e3", "counted", NOT_AN_INTEGER, "Invalid integer: 1e3"),
        ("counted=0x1", "counted", NOT_AN_INTEGER, "Invalid integer: 0x1"),
        ("counted=-", "counted", NOT_AN_INTEGER, "Invalid integer: -"),
        ("counted=--1", "counted", NOT_AN_INTEGER, "Invalid integer: --1"),
        ("counted=\uff11", "counted", NOT_AN_INTEGER, "Invalid integer: \uff11"),
        ("counted=²", "counted", NOT_AN_INTEGER, "Invalid integer: ²"),
        ("counted[a]=1", "counted", NOT_AN_INTEGER, 'Invalid integer: {"a":"1"}'),
        ("counted[]=1", "counted", NOT_AN_INTEGER, 'Invalid integer: ["1"]'),
        ("counted=9223372036854775808", "counted", NOT_AN_INTEGER, "Invalid integer: it must fit 64 bits"),
        ("below=-9223372036854775809", "below", NOT_AN_INTEGER, "Invalid integer: it must fit 64 bits"),
        ("counted=" + "9" * 5000, "counted", NOT_AN_INTEGER, "Invalid integer: it must fit 64 bits"),
        ("counted=0", "counted", NOT_AN_INTEGER, "This value must be greater than or equal to 1."),
        ("counted=-1", "counted", None, "Invalid non-negative integer"),
        ("fee=-1", "fee", None, "Invalid non-negative integer"),
        ("fee=51", "fee", NOT_AN_INTEGER, "This value must be less than or equal to 50."),
        ("below=-11", "below", NOT_AN_INTEGER, "This value must be greater than or equal to -10."),
        # booleans and choices
        ("confirm=yes", "confirm", None, "Invalid boolean: yes"),
        ("confirm=True", "confirm", None, "Invalid boolean: True"),
        ("confirm=", "confirm", "parameter_invalid_empty", empty("confirm")),
        ("confirm[a]=true", "confirm", None, 'Invalid boolean: {"a":"true"}'),
        (
            "capture_method=later",
            "capture_method",
            None,
            "Invalid capture_method: must be one of automatic, automatic_async, or manual",
        ),
        ("capture_method=", "capture_method", "parameter_invalid_empty", empty("capture_method")),
        ("pair=c", "pair", None, "Invalid pair: must be one of a or b"),
        ("pair[]=a", "pair", None, "Invalid pair: must be one of a or b"),
        ("reset=x", "reset", None, "Invalid reset: must be one of manual"),
        (
            "off_session=x",
            "off_session",
            None,
            "Invalid off_session: must be one of true, false, one_off, or recurring",
        ),
        ("off_session=", "off_session", "parameter_invalid_empty", empty("off_session")),
        # texts
        ("label=", "label", "parameter_invalid_empty", empty("label")),
        ("label=+%09", "label", "parameter_invalid_string_blank", "Invalid string: it is only white space"),
        ("label[a]=b", "label", None, 'Invalid string: {"a":"b"}'),
        ("label[]=b", "label", None, 'Invalid string: ["b"]'),
        ("description=elevenchars", "description", None, "Invalid string: elev...hars; must be at most 10 characters"),
        ("label=" + "x" * 5001, "label", None, "Invalid string: xxxx...xxxx; must be at most 5000 characters"),
        ("code=abcdefg", "code", None, "Invalid string: abcdefg; must be at most 6 characters"),
        ("code=abc", "code", None, "Invalid string: abc; must be at least 4 characters"),
        ("code=ABCD", "code", None, "Not a code."),
        ("code=abcd%0A", "code", None, "Not a code."),
        ("email=nobody", "email", "email_invalid", "Invalid email address: nobody"),
        ("email=a@b@c.d", "email", "email_invalid", "Invalid email address: a@b@c.d"),
        ("url=example.com", "url", "url_invalid", "Not a valid URL"),
        ("url=kiosk://paid", "url", "url_invalid", "Not a valid URL"),
        ("url=https://", "url", "url_invalid", "Not a valid URL"),
        ("url=https://a.example/ b", "url", "url_invalid", "Not a valid URL"),
        ("app_url=javascript://%250Aalert(1)", "app_url", "url_invalid", "Not a valid URL"),
        ("app_url=JavaScript://x", "app_url", "url_invalid", "Not a valid URL"),
        ("price=1,5", "price", None, "Invalid decimal: 1,5"),
        ("price=1.1234567890123", "price", None, "Invalid decimal: 1.1234567890123"),
        ("currency=", "currency", "parameter_invalid_empty", empty("currency")),
        ("currency[a]=usd", "currency", None, 'Invalid string: {"a":"usd"}'),
        # objects and arrays
        ("address=x", "address", None, "Invalid object"),
        ("address=", "address", "parameter_invalid_empty", empty("address")),
        ("address[]=x", "address", None, "Invalid object"),
        ("shipping=x", "shipping", None, "Invalid object"),
        ("shipping[name]=J", "shipping[address]", "parameter_missing", "Missing required param: shipping[address]."),
        ("shipping[address][city]=B", "shipping[name]", "parameter_missing", "Missing required param: shipping[name]."),
        (
            "shipping[address][country]=Germany",
            "shipping[address][country]",
            None,
            (
                "Country 'Germany' is unknown. Try using a 2-character alphanumeric country code instead, "
                "such as 'US', 'EG', or 'GB'."
            ),
        ),
        ("shipping[address][line1][x]=1", "shipping[address][line1]", None, 'Invalid string: {"x":"1"}'),
        ("items=x", "items", None, "Invalid array"),
        ("items=", "items", "parameter_invalid_empty", empty("items")),
        ("items[a][price]=x", "items", None, "Invalid array"),
        ("items[0]=x", "items[0]", None, "Invalid object"),
        ("items[7][quantity]=1", "items[0][price]", "parameter_missing", "Missing required param: items[0][price]."),
        (
            "items[0][price]=a&items[1][price]=b&items[1][quantity]=0",
            "items[1][quantity]",
            NOT_AN_INTEGER,
            "This value must be greater than or equal to 1.",
        ),
        ("names[]=a", "names", None, "Array names must have at least 2 elements."),
        ("names[]=a&" * 4, "names", None, "Array names exceeded maximum 3 allowed elements."),
        ("names[]=a&names[]=", "names[1]", "parameter_invalid_empty", empty("names[1]")),
        ("names[]=a&names[][x]=1", "names[1]", None, 'Invalid string: {"x":"1"}'),
        ("prices=x", "prices", None, "Invalid object"),
        (
            "prices[usd][quantity]=1",
            "prices[usd][price]",
            "parameter_missing",
            "Missing required param: prices[usd][price].",
        ),
        ("created=soon", "created", None, "Invalid timestamp: must be an integer Unix timestamp"),
        ("created=-1", "created", None, "Invalid timestamp: must be an integer Unix timestamp"),
        ("created=1" + "0" * 12, "created", None, "Invalid timestamp: must be an integer Unix timestamp"),
        ("created[gt]=x", "created[gt]", None, "Invalid timestamp: must be an integer Unix timestamp"),
        ("created=", "created", "parameter_invalid_empty", empty("created")),
        ("created[after]=1", "created[after]", "parameter_unknown", "Received unknown parameter: created[after]"),
        ("image=x", "image", None, "Invalid file: image must be a file"),
        # metadata
        ("metadata=x", "metadata", None, "Invalid object"),
        ("metadata[]=x", "metadata", None, "Invalid object"),
        ("metadata[a][b]=x", "metadata[a]", None, 'Invalid string: {"b":"x"}'),
        ("metadata[a][]=x", "metadata[a]", None, 'Invalid string: ["x"]'),
        (
            "metadata[" + "k" * 41 + "]=v",
            "metadata",
            None,
            (
                "Metadata keys can have up to 40 characters, but you passed in a key that is 41 characters. "
                f"Invalid key: {'k' * 41}"
            ),
        ),
        (
            "metadata[k]=" + "v" * 501,
            "metadata",
            None,
            (
                "Metadata values can have up to 500 characters, but you passed in a value that is 501 characters. "
                f"Invalid value: {'v' * 50}...vvvv"
            ),
        ),
        (
            "&".join(f"metadata[k{n}]=v" for n in range(51)),
            "metadata",
            None,
            "Metadata can have up to 50 keys, but you've set 51.",
        ),
        # unknown and missing ones, and rules of several
        ("foo=1", "foo", "parameter_unknown", "Received unknown parameter: foo"),
        ("from_=1", "from_", "parameter_unknown", "Received unknown parameter: from_"),
        ("address[zip]=1", "address[zip]", "parameter_unknown", "Received unknown parameter: address[zip]"),
        (
            "foo=1&shipping[name]=x&shipping[bar]=2&items[0][baz]=3",
            "foo",
            "parameter_unknown",
            "Received unknown parameters: foo, shipping[bar], items[0][baz]",
        ),
        (
            "shiping=1&shipping[name]=x",
            "shiping",
            "parameter_unknown",
            "Received unknown parameter: shiping",
        ),
        (
            "label=a&code=abcd",
            "label",
            "parameters_exclusive",
            "You may only specify one of these parameters: label, code.",
        ),
        ("dates[start]=2&dates[end]=1", "dates[end]", None, "The end is before the start."),
    ],
)
def test_refusals(query: str, param: str, code: str | None, message: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read(f"amount=1&{query}")
    assert (refusal.value.message, refusal.value.code, refusal.value.param) == (message, code, param)


@pytest.mark.parametrize(
    ("query", "param", "code", "message"),
    [
        ("", "amount", "parameter_missing", "Missing required param: amount."),
        ("confirm=true", "amount", "parameter_missing", "Missing required param: amount."),
        ("foo=1", "foo", "parameter_unknown", "Received unknown parameter: foo"),
        ("amount=", "amount", "parameter_invalid_empty", empty("amount")),
        ("amount=x", "amount", NOT_AN_INTEGER, "Invalid integer: x"),
    ],
)
def test_refusals_about_what_is_required(query: str, param: str, code: str, message: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read(query)
    assert (refusal.value.message, refusal.value.code, refusal.value.param) == (message, code, param)


def test_very_many_unknown_parameters_are_not_all_listed() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read("amount=1&" + "&".join(f"p{n}=1" for n in range(999)))
    assert refusal.value.message.endswith(", p48, p49, and 949 more")
    assert refusal.value.param == "p0"


def test_a_currency_that_is_none() -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read("amount=1&currency=Xyz")
    assert refusal.value.message.startswith(
        "Invalid currency: xyz. Stripe currently supports these currencies: usd, aed, "
    )
    assert refusal.value.param == "currency"


def test_metadata_may_delete_more_keys_than_it_may_set() -> None:
    deleted = "&".join(f"metadata[k{n}]=" for n in range(60))
    assert len(given_by(deleted)["metadata"]) == 60


def test_an_exclusive_parameter_that_is_unset_does_not_count() -> None:
    assert given_by("description=&label=a") == {"description": None, "label": "a"}


PAN = "4242424242424242"


@pytest.mark.parametrize(
    "query",
    [
        f"card[number]={PAN}4242&card[exp_month]=1",
        f"card[number]={PAN} &card[exp_month]=1",
        f"card[number][x]={PAN}&card[exp_month]=1",
        f"card[number][]={PAN}&card[exp_month]=1",
        f"card={PAN}",
        f"currency={PAN}",
        f"confirm={PAN}x",
        f"confirm[card][number]={PAN}",
        f"confirm[]={PAN}",
        f"label={PAN}&{PAN}=1",
        f"counted={PAN[:4]}+{PAN[4:8]}+{PAN[8:12]}+{PAN[12:]}",
        f"price={PAN},0",
        f"description={PAN}",
        f"email={PAN}",
        f"metadata[{PAN}{PAN}{PAN}]=1",
        f"metadata[{PAN}][a]=1",
        f"metadata[a]={PAN}{'x' * 500}",
        f"metadata[a]={'x' * 40}{PAN}{'x' * 500}",
        f"items[0][{PAN}]=1",
        f"prices[{PAN}]=1",
        f"prices[{PAN}][price]=",
        f"prices[{PAN}][quantity]=1",
        f"metadata[x][{PAN}]=1",
        f"items[0][price][{PAN}]=1",
        f"shipping[address][country]={PAN}",
        f"label[number]=4000-0000&label[cvc]=737&label[other]={PAN}",
    ],
)
def test_card_data_is_never_repeated(query: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read(f"amount=1&{query}")
    said = f"{refusal.value.message} {refusal.value.param}".replace(" ", "")
    assert PAN[:12] not in said
    assert "737" not in said
    assert "4000-0000" not in said


class Gated(Params):
    plain: str | UnsetType = UNSET
    types: (
        Annotated[list[str], Until("2026-08-26.preview", code="no_longer_supported", message="Gone.")] | UnsetType
    ) = UNSET
    allowed: Annotated[list[Literal["card"]] | UnsetType, Since("2026-07-29")] = UNSET
    old: Annotated[str, Text(), Until("2022-11-15")] | UnsetType = UNSET


class Outer(Params):
    inner: Gated | UnsetType = UNSET
    several: list[Gated] | UnsetType = UNSET


UNKNOWN = "parameter_unknown"


@pytest.mark.parametrize(
    ("version", "name", "refused"),
    [
        ("2020-03-02", "types", None),
        ("2026-08-26.dahlia", "types", None),
        ("2026-08-26.preview", "types", "no_longer_supported"),
        ("2026-09-30.endive", "types", "no_longer_supported"),
        (LATEST, "types", "no_longer_supported"),
        ("2026-06-24.dahlia", "allowed", UNKNOWN),
        ("2026-07-29.dahlia", "allowed", None),
        (LATEST, "allowed", None),
        ("2022-08-01", "old", None),
        ("2022-11-15", "old", UNKNOWN),
        (LATEST, "old", UNKNOWN),
    ],
)
def test_parameters_come_and_go_with_versions(version: str, name: str, refused: str | None) -> None:
    value: Any = "card" if name == "old" else ["card"]
    places: list[tuple[type[Params], dict[str, Any], str]] = [
        (Gated, {name: value}, name),
        (Outer, {"inner": {name: value}}, f"inner[{name}]"),
        (Outer, {"several": [{name: value}]}, f"several[0][{name}]"),
    ]
    for parameters, tree, param in places:
        if refused is None:
            assert parse(parameters, tree, version=version) != parameters()
            continue
        with pytest.raises(InvalidRequest) as refusal:
            parse(parameters, tree, version=version)
        assert (refusal.value.code, refusal.value.param) == (refused, param)
        assert refusal.value.message == (f"Received unknown parameter: {param}" if refused == UNKNOWN else "Gone.")


@pytest.mark.parametrize(
    ("limit", "size"),
    [("1", 1), ("100", 100), ("0", 1), ("-1", 1), ("101", 100), ("9" * 4999, 100), ("-" + "9" * 4999, 1)],
)
def test_limits_of_lists_are_clamped(limit: str, size: int) -> None:
    assert parse(ListParams, {"limit": limit}, version=LATEST).limit == size


def test_ranges_as_conditions() -> None:
    assert RangeQuery(gt=1, lte=3).conditions() == [(">", 1), ("<=", 3)]
    assert read("amount=1&created=5").created == RangeQuery(gte=5, lte=5)


def test_lists_and_searches() -> None:
    assert parse(ListParams, {}, version=LATEST) == ListParams(limit=10, starting_after=UNSET, ending_before=UNSET)
    with pytest.raises(InvalidRequest, match=r"^Invalid integer: ten$"):
        parse(ListParams, {"limit": "ten"}, version=LATEST)
    with pytest.raises(InvalidRequest, match=r"^Missing required param: query\.$"):
        parse(SearchParams, {}, version=LATEST)


@pytest.mark.parametrize(
    ("query", "paths"),
    [
        ("a=1", []),
        ("expand[]=customer&a=1", ["customer"]),
        ("expand[1]=b&expand[0]=a", ["a", "b"]),
        ("expand[]=a&expand[]=a", ["a"]),
    ],
)
def test_expand(query: str, paths: list[str]) -> None:
    tree = forms.parse(query.encode())
    assert take_expand(tree) == paths
    assert "expand" not in tree


@pytest.mark.parametrize(
    ("query", "message", "param"),
    [
        ("expand=a", "Invalid array", "expand"),
        ("expand[a]=b", "Invalid array", "expand"),
        ("expand[0][a]=b", 'Invalid string: {"a":"b"}', "expand[0]"),
        ("expand[]=a&" * 21, "Array expand exceeded maximum 20 allowed elements.", "expand"),
    ],
)
def test_expand_refused(query: str, message: str, param: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        take_expand(forms.parse(query.encode()))
    assert (refusal.value.message, refusal.value.param) == (message, param)


def test_files() -> None:
    assert parse(
        Everything, {"amount": "1", "image": Upload("a", "image/png", b"abc")}, version=LATEST
    ).image == Upload("a", "image/png", b"abc")
    with pytest.raises(InvalidRequest, match=r"^Invalid file: it must be at most 3 bytes$"):
        parse(Everything, {"amount": "1", "image": Upload("a", "image/png", b"abcd")}, version=LATEST)
    with pytest.raises(InvalidRequest, match=r'^Invalid string: "\(file\)"$'):
        parse(Everything, {"amount": "1", "label": Upload("a", "image/png", b"abcd")}, version=LATEST)


def test_a_type_without_a_rule_is_found_at_once() -> None:
    class Wrong(Params):
        ratio: float

    with pytest.raises(TypeError, match="float"):
        parse(Wrong, {}, version=LATEST)


leaves = st.sampled_from(["", "1", "-1", "true", "usd", "manual", "x" * 30, "9" * 30, "Ü"]) | st.text(max_size=5)
known = st.sampled_from([*Everything.__struct_fields__, "from", "address", "0", "1", "price", "gt"])
names = known | st.text(min_size=1, max_size=3)
anything = st.recursive(
    leaves, lambda inner: st.dictionaries(names, inner, max_size=4) | st.lists(inner, max_size=3), max_leaves=15
)


@given(st.dictionaries(names, anything, max_size=6), st.sampled_from([LATEST, "2020-03-02"]))
def test_any_tree_is_taken_or_refused(tree: dict[str, Any], version: str) -> None:
    for parameters in (Everything, Outer, ListParams, SearchParams):
        try:
            assert isinstance(parse(parameters, {"amount": "1", **tree}, version=version), parameters)
        except InvalidRequest:
            continue
