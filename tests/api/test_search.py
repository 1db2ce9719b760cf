"""The search query language (reference: Search)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentill.domain.errors import InvalidRequest
from opentill.domain.search import FIELDS, Query, Term, parse

CANNOT_PARSE = (
    'We were unable to parse your search query. Try using the format `metadata["key"]:"value"` to query for metadata '
    'or key:"value" to query for other fields. '
)


@pytest.mark.parametrize(
    ("resource", "query", "terms"),
    [
        ("payment_intents", 'status:"succeeded"', [Term(("status",), "=", "succeeded")]),
        ("payment_intents", "status:'succeeded'", [Term(("status",), "=", "succeeded")]),
        ("payment_intents", '  currency : "usd"  ', [Term(("currency",), "=", "usd")]),
        ("payment_intents", '-status:"canceled"', [Term(("status",), "=", "canceled", negated=True)]),
        ("payment_intents", "amount:1000", [Term(("amount",), "=", 1000)]),
        ("payment_intents", 'amount:"1000"', [Term(("amount",), "=", 1000)]),
        ("payment_intents", "amount>-5", [Term(("amount",), ">", -5)]),
        ("payment_intents", "amount>=5", [Term(("amount",), ">=", 5)]),
        ("payment_intents", "amount<5", [Term(("amount",), "<", 5)]),
        ("payment_intents", "created<=1700000000", [Term(("created",), "<=", 1_700_000_000)]),
        ("payment_intents", 'metadata["order"]:"42"', [Term(("metadata", "order"), "=", "42")]),
        ("payment_intents", "metadata['order id']:'a \"b\"'", [Term(("metadata", "order id"), "=", 'a "b"')]),
        ("payment_intents", r'metadata["a\"b"]:"c\"d\\e"', [Term(("metadata", 'a"b'), "=", 'c"d\\e')]),
        ("payment_intents", 'metadata["order"]:null', [Term(("metadata", "order"), "null", None)]),
        ("payment_intents", '-metadata["order"]:null', [Term(("metadata", "order"), "null", None, negated=True)]),
        ("payment_intents", "customer:null", [Term(("customer",), "null", None)]),
        ("payment_intents", 'customer:"null"', [Term(("customer",), "=", "null")]),
        ("charges", "refunded:true", [Term(("refunded",), "=", "true")]),
        ("charges", 'disputed:"false"', [Term(("disputed",), "=", "false")]),
        (
            "charges",
            "payment_method_details.card_present.last4:0042",
            [Term(("payment_method_details", "card_present", "last4"), "=", "0042")],
        ),
        (
            "charges",
            'payment_method_details.interac_present.brand:"interac"',
            [Term(("payment_method_details", "interac_present", "brand"), "=", "interac")],
        ),
        (
            "charges",
            "payment_method_details.card.exp_year>2026",
            [Term(("payment_method_details", "card", "exp_year"), ">", 2026)],
        ),
        (
            "charges",
            'billing_details.address.postal_code:"94107"',
            [Term(("billing_details", "address", "postal_code"), "=", "94107")],
        ),
        ("customers", 'email~"example.com"', [Term(("email",), "~", "example.com")]),
        ("customers", 'name:"Jürgen (Bär)"', [Term(("name",), "=", "Jürgen (Bär)")]),
    ],
)
def test_terms(resource: str, query: str, terms: list[Term]) -> None:
    assert parse(query, resource) == Query(tuple(terms))


@pytest.mark.parametrize(
    ("query", "join"),
    [
        ('status:"a" currency:"b"', "and"),
        ('status:"a" AND currency:"b"', "and"),
        ('status:"a" and currency:"b" amount:1', "and"),
        ('status:"a" OR currency:"b"', "or"),
        ('status:"a"  or\tcurrency:"b" OR -amount:1', "or"),
    ],
)
def test_joins(query: str, join: str) -> None:
    parsed = parse(query, "payment_intents")
    assert parsed.join == join
    assert [term.path for term in parsed.terms[:2]] == [("status",), ("currency",)]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("", CANNOT_PARSE + "Each term is a field, an operator and a value."),
        ("asdf", CANNOT_PARSE + "Each term is a field, an operator and a value."),
        ('status:"a" AND', CANNOT_PARSE + "Each term is a field, an operator and a value."),
        ('status:"a" AND AND currency:"b"', CANNOT_PARSE + "Each term is a field, an operator and a value."),
        ('status="a"', CANNOT_PARSE + "Each term is a field, an operator and a value."),
        ('status:"a', CANNOT_PARSE + "A quote is not closed."),
        (r'status:"a\"', CANNOT_PARSE + "A quote is not closed."),
        ("status:'a\"", CANNOT_PARSE + "A quote is not closed."),
        ("status:succeeded", CANNOT_PARSE + "A value is a text in quotes, an integer, or null."),
        ("amount:1.5", CANNOT_PARSE + "A value is a text in quotes, an integer, or null."),
        ("amount:1_000", CANNOT_PARSE + "A value is a text in quotes, an integer, or null."),
        ("amount:", CANNOT_PARSE + "A value is a text in quotes, an integer, or null."),
        ('(status:"a")', CANNOT_PARSE + "Parentheses are not supported."),
        ('amount:1 AND (status:"a" OR status:"b")', CANNOT_PARSE + "Parentheses are not supported."),
        ('status:"a"currency:"b"', CANNOT_PARSE + "There must be a space between two terms."),
        ('status:"a" OR amount:1 AND amount:2', CANNOT_PARSE + "AND and OR cannot be mixed in one query."),
        ('status:"a" OR amount:1 amount:2', CANNOT_PARSE + "AND and OR cannot be mixed in one query."),
        (" ".join(["amount:1"] * 11), "A search query can have at most 10 terms."),
        (
            'foo:"bar"',
            (
                "Field `foo` is an unsupported search field for resource `payment_intents`. See "
                "https://docs.stripe.com/search#query-fields-for-payment-intents for a list of supported fields."
            ),
        ),
        ('-metadata:"a"', "Field `metadata` is an unsupported search field for resource `payment_intents`."),
        ('status["a"]:"b"', 'Field `status["a"]` is an unsupported search field for resource `payment_intents`.'),
        ('f4242424242424242:"a"', "Field `f****************` is an unsupported search field"),
        ("status>1", "Field `status` is not numeric and does not support `>`; use `:`."),
        ('status~"succ"', "Field `status` does not support searching for a part of it (`~`); use `:`."),
        ('amount~"100"', "Field `amount` does not support searching for a part of it (`~`); use `:`."),
        ('metadata["a"]>1', "Field `metadata` is not numeric and does not support `>`; use `:`."),
        ('amount:"much"', "Field `amount` is numeric; its value must be an integer that fits 64 bits."),
        ("amount:true", "Field `amount` is numeric; its value must be an integer that fits 64 bits."),
        ("amount:9223372036854775808", "Field `amount` is numeric; its value must be an integer that fits 64 bits."),
        ("amount:" + "9" * 5000, "Field `amount` is numeric; its value must be an integer that fits 64 bits."),
        ('amount:"٣"', "Field `amount` is numeric; its value must be an integer that fits 64 bits."),
        ("amount>null", "Field `amount`: null can only be searched for with `:`."),
    ],
)
def test_what_cannot_be_searched(query: str, message: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse(query, "payment_intents")
    assert refusal.value.message.startswith(message)
    assert refusal.value.param == "query"
    assert refusal.value.code is None


@pytest.mark.parametrize(
    ("resource", "query", "message"),
    [
        ("customers", 'name~"ab"', "Field `name`: `~` needs at least 3 characters."),
        ("charges", 'refunded:"maybe"', "Field `refunded` is either true or false."),
        ("charges", "disputed>1", "Field `disputed` is not numeric and does not support `>`; use `:`."),
        ("customers", "amount:1", "Field `amount` is an unsupported search field for resource `customers`."),
    ],
)
def test_what_cannot_be_searched_elsewhere(resource: str, query: str, message: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        parse(query, resource)
    assert refusal.value.message.startswith(message)


@given(st.dictionaries(st.text(min_size=1), st.text(), min_size=1, max_size=10), st.sampled_from(["and", "or"]))
def test_any_text_can_be_quoted(metadata: dict[str, str], join: str) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    query = f" {join} ".join(f"metadata[{quoted(key)}]:{quoted(value)}" for key, value in metadata.items())
    parsed = parse(query, "customers")
    assert parsed.terms == tuple(Term(("metadata", key), "=", value) for key, value in metadata.items())
    assert parsed.join == (join if len(metadata) > 1 else "and")


@given(
    st.text()
    | st.lists(
        st.sampled_from(
            ["amount", "metadata[", '"', "\\", "'a'", ":", "~", ">=", "-", "1", " ", "AND", "OR", "null", "]"]
        )
    ).map("".join),
    st.sampled_from(sorted(FIELDS)),
)
def test_any_query_is_understood_or_refused(query: str, resource: str) -> None:
    try:
        parsed = parse(query, resource)
    except InvalidRequest:
        return
    assert parsed.terms
