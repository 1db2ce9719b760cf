"""Lists, filters, cursors, search and expansion, as the official client uses them."""

from typing import Any

import pytest
import stripe
from tests.scenarios.shop import LATEST, ON_BOTH, PRIVATE_ON_BOTH, Shop


def create(shop: Shop, count: int, **params: Any) -> list[str]:
    """Ids of `count` new intents, newest first, as lists show them."""
    given: Any = {"amount": 1000, "currency": "usd"} | params
    return [shop.client.v1.payment_intents.create(given).id for _ in range(count)][::-1]


def ids(found: Any) -> list[str]:
    return [each.id for each in found.data]


# Lists --------------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_pages(shop: Shop) -> None:
    intents = shop.client.v1.payment_intents
    made = create(shop, 12)

    page = intents.list()
    assert page.to_dict().keys() == {"object", "data", "has_more", "url"}
    assert (page.url, page.has_more) == ("/v1/payment_intents", True)
    assert ids(page) == made[:10]

    page = intents.list({"limit": 5})
    assert (ids(page), page.has_more) == (made[:5], True)
    page = intents.list({"limit": 5, "starting_after": made[4]})
    assert (ids(page), page.has_more) == (made[5:10], True)
    page = intents.list({"limit": 5, "starting_after": made[9]})
    assert (ids(page), page.has_more) == (made[10:], False)
    page = intents.list({"starting_after": made[-1]})
    assert (ids(page), page.has_more) == ([], False)

    page = intents.list({"limit": 5, "ending_before": made[7]})
    assert (ids(page), page.has_more) == (made[2:7], True)
    page = intents.list({"limit": 5, "ending_before": made[2]})
    assert (ids(page), page.has_more) == (made[:2], False)

    assert [each.id for each in intents.list({"limit": 4}).auto_paging_iter()] == made
    assert [each.id for each in intents.list({"limit": 4, "ending_before": made[-1]}).auto_paging_iter()] == made[
        -2::-1
    ]


@pytest.mark.parametrize(("limit", "count"), [(0, 1), (-1, 1), (1, 1), (2, 2), (101, 3), (10**9, 3)])
def test_limits_are_clamped(shop: Shop, limit: int, count: int) -> None:
    create(shop, 3)
    assert len(shop.client.v1.payment_intents.list({"limit": limit}).data) == count


def test_a_limit_that_is_no_number(shop: Shop) -> None:
    refused = shop.request("GET", "/v1/payment_intents?limit=ten")
    assert (refused.status, refused.error["param"]) == (400, "limit")


def test_cursors_that_lead_nowhere(shop: Shop, open_shop: Any) -> None:
    (mine,) = create(shop, 1)
    (theirs,) = create(open_shop(), 1)
    for params in ({"starting_after": "pi_unknown"}, {"ending_before": theirs}, {"starting_after": theirs}):
        with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent") as refused:
            shop.client.v1.payment_intents.list(params)  # type: ignore[arg-type]
        assert (refused.value.http_status, refused.value.code) == (400, "resource_missing")
        assert refused.value.param == next(iter(params))
    with pytest.raises(stripe.InvalidRequestError, match="Received both starting_after and ending_before"):
        shop.client.v1.payment_intents.list({"starting_after": mine, "ending_before": mine})


@PRIVATE_ON_BOTH
def test_filters(private_shop: Shop) -> None:
    shop = private_shop
    intents = shop.client.v1.payment_intents
    customer = shop.client.v1.customers.create()
    (first,) = create(shop, 1, customer=customer.id)
    begin = intents.retrieve(first).created
    shop.advance(seconds=100)
    (second,) = create(shop, 1)
    shop.advance(seconds=100)
    (third,) = create(shop, 1, customer=customer.id)
    middle, end = intents.retrieve(second).created, intents.retrieve(third).created

    assert ids(intents.list({"customer": customer.id})) == [third, first]
    assert ids(intents.list({"created": middle})) == [second]
    assert ids(intents.list({"created": {"gt": begin}})) == [third, second]
    assert ids(intents.list({"created": {"gte": begin, "lt": end}})) == [second, first]
    assert ids(intents.list({"created": {"lte": begin}})) == [first]
    assert ids(intents.list({"created": {"gt": end}})) == []
    assert ids(intents.list({"customer": customer.id, "limit": 1, "starting_after": third})) == [first]
    page = intents.list({"customer": customer.id, "limit": 1})
    assert [each.id for each in page.auto_paging_iter()] == [third, first]


def test_filters_that_do_not_exist(shop: Shop) -> None:
    refused = shop.request("GET", "/v1/payment_intents?status=succeeded")
    assert (refused.status, refused.error["code"], refused.error["param"]) == (400, "parameter_unknown", "status")
    assert refused.error["message"] == "Received unknown parameter: status"
    refused = shop.request("GET", "/v1/payment_intents?created[above]=1&colour=red")
    assert refused.error["message"] == "Received unknown parameters: created[above], colour"


# Search -------------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_search(shop: Shop) -> None:
    intents = shop.client.v1.payment_intents
    (small,) = create(shop, 1, amount=500, metadata={"order": "6735", "note": 'a "quoted" word'})
    (large,) = create(shop, 1, amount=90_000, currency="eur", metadata={"order": "99"})
    paid = shop.pay(2000).id

    queries = {
        'status:"succeeded"': [paid],
        '-status:"succeeded"': [large, small],
        "amount>1000": [paid, large],
        "amount>=500 AND amount<=2000": [paid, small],
        "amount<500": [],
        'currency:"eur"': [large],
        'metadata["order"]:"6735"': [small],
        'metadata["order"]:null': [paid],
        '-metadata["order"]:null': [large, small],
        'metadata["note"]:"a \\"quoted\\" word"': [small],
        'metadata["order"]:"99" OR amount:500': [large, small],
        'metadata["order"]:"99" AND amount:500': [],
    }
    found = {query: ids(intents.search({"query": query})) for query in queries}
    assert found == queries


def test_search_pages(shop: Shop) -> None:
    made = create(shop, 5)
    page = shop.client.v1.payment_intents.search({"query": 'currency:"usd"', "limit": 2})
    assert page.to_dict().keys() == {"object", "data", "has_more", "next_page", "url"}
    assert page.has_more
    assert [each.id for each in page.auto_paging_iter()] == made
    assert shop.client.v1.payment_intents.search({"query": 'currency:"eur"'}).next_page is None


@pytest.mark.parametrize(
    "query",
    [
        "",
        "status",
        "status:",
        'colour:"red"',
        'status:"a" AND amount:1 OR amount:2',
        "amount~1",
        'metadata["order"]~"673"',
        '(status:"a")',
        '"',
    ],
)
def test_queries_that_are_none(shop: Shop, query: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.payment_intents.search({"query": query})
    assert (refused.value.http_status, refused.value.param) == (400, "query")


def test_search_sees_only_the_account(shop: Shop, open_shop: Any) -> None:
    create(open_shop(), 1, metadata={"order": "1"})
    assert ids(shop.client.v1.payment_intents.search({"query": 'metadata["order"]:"1"'})) == []


# Expansion ----------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_expand(shop: Shop) -> None:
    intents = shop.client.v1.payment_intents
    plain = shop.pay()
    intent = intents.retrieve(
        plain.id,
        {"expand": ["latest_charge.balance_transaction", "payment_method", "customer", "latest_charge.refunds"]},
    )
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (charge.id, charge.payment_intent) == (plain.latest_charge, plain.id)
    assert isinstance(charge.balance_transaction, stripe.BalanceTransaction)
    assert isinstance(intent.payment_method, stripe.PaymentMethod)
    assert intent.payment_method.id == plain.payment_method
    assert intent.customer is None  # null stays null
    assert charge.refunds is not None
    assert (charge.refunds.data, charge.refunds.has_more) == ([], False)
    assert intents.retrieve(plain.id) == plain

    deep = intents.retrieve(plain.id, {"expand": ["latest_charge.balance_transaction.source.payment_intent"]})
    source = deep.latest_charge.balance_transaction.source  # type: ignore[union-attr]
    assert source.payment_intent.id == plain.id  # type: ignore[union-attr]


def test_expand_in_lists_and_on_posts(shop: Shop) -> None:
    paid = shop.pay(expand=["latest_charge"])
    assert isinstance(paid.latest_charge, stripe.Charge)
    listed = shop.client.v1.payment_intents.list(
        {"expand": ["data.latest_charge.balance_transaction", "data.customer"]}
    )
    assert isinstance(listed.data[0].latest_charge, stripe.Charge)
    assert ids(shop.client.v1.payment_intents.list({"expand": ["data"]})) == [paid.id]
    found = shop.client.v1.payment_intents.search({"query": "amount:1000", "expand": ["data.latest_charge"]})
    assert isinstance(found.data[0].latest_charge, stripe.Charge)


def test_expansion_stays_out_of_events_and_of_the_object(shop: Shop) -> None:
    intent = shop.hold(expand=["latest_charge", "payment_method"])
    shop.client.v1.payment_intents.capture(intent.id, {"expand": ["latest_charge"]})
    assert isinstance(shop.client.v1.payment_intents.retrieve(intent.id).latest_charge, str)
    for event in shop.client.v1.events.list({"type": "payment_intent.*"}):
        shown: Any = event.data.object
        assert shown["latest_charge"] is None or isinstance(shown["latest_charge"], str)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("amount", "This property cannot be expanded (amount)."),
        ("latest_charge.amount", "This property cannot be expanded (latest_charge.amount)."),
        ("nothing", "This property cannot be expanded (nothing)."),
        ("", "This property cannot be expanded ()."),
        ("latest_charge.payment_method", "This property cannot be expanded (latest_charge.payment_method)."),
        (
            "latest_charge.payment_intent.latest_charge.payment_intent.latest_charge",
            "You cannot expand more than 4 levels of a property.",
        ),
    ],
)
def test_what_cannot_be_expanded(shop: Shop, path: str, message: str) -> None:
    intent = shop.pay()
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.payment_intents.retrieve(intent.id, {"expand": [path]})
    assert (refused.value.http_status, refused.value.code) == (400, None)
    assert str(refused.value.user_message).startswith(message)


def test_a_path_is_checked_also_where_the_value_is_null(shop: Shop) -> None:
    (intent,) = create(shop, 1)
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        shop.client.v1.payment_intents.retrieve(intent, {"expand": ["latest_charge.amount"]})
    with pytest.raises(
        stripe.InvalidRequestError, match=r"You may want to try expanding 'data\.latest_charge' instead"
    ):
        shop.client.v1.payment_intents.list({"expand": ["latest_charge"]})


def test_a_wrong_path_changes_nothing(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="cannot be expanded"):
        shop.pay(expand=["nothing"])
    assert shop.client.v1.payment_intents.list().data == []


# Metadata -----------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_metadata_is_merged(shop: Shop) -> None:
    intents = shop.client.v1.payment_intents
    (id,) = create(shop, 1, metadata={"order": "1", "table": "4"})
    assert intents.update(id, {"metadata": {"table": "5", "guest": "Jenny"}}).metadata.to_dict() == {
        "order": "1",
        "table": "5",
        "guest": "Jenny",
    }
    assert intents.update(id, {"metadata": {"guest": ""}}).metadata.to_dict() == {"order": "1", "table": "5"}
    assert intents.update(id, {"metadata": ""}).metadata.to_dict() == {}
    text = "ünïcödé ✓ \u202e \U0001f355"
    assert intents.update(id, {"metadata": {"text": text}}).metadata["text"] == text


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"k" * 41: "v"}, "up to 40 characters"),
        (
            {"k": "v" * 501},
            ("Metadata values can have up to 500 characters, but you passed in a value that is 501 characters."),
        ),
        ({f"k{number}": "v" for number in range(51)}, "up to 50 keys"),
    ],
)
def test_metadata_has_limits(shop: Shop, metadata: dict[str, str], message: str) -> None:
    with pytest.raises(stripe.InvalidRequestError, match=message) as refused:
        shop.client.v1.payment_intents.create({"amount": 1000, "currency": "usd", "metadata": metadata})
    assert str(refused.value.param).startswith("metadata")


def test_metadata_at_its_limits(shop: Shop) -> None:
    metadata = {f"{number:040}": "v" * 500 for number in range(50)}
    (id,) = create(shop, 1, metadata=metadata)
    assert shop.client.v1.payment_intents.retrieve(id).metadata.to_dict() == metadata
    with pytest.raises(stripe.InvalidRequestError, match="up to 50 keys"):
        shop.client.v1.payment_intents.update(id, {"metadata": {"one": "more"}})
    for body in ("metadata[a][b]=c", "metadata[]=c", "metadata=c"):
        refused = shop.request("POST", f"/v1/payment_intents/{id}", body, {"Stripe-Version": LATEST})
        assert refused.status == 400, body
