"""Customers: kept, changed, found, and deleted down to their id."""

from typing import Any

import pytest
import stripe
from tests.scenarios.fixtures import OpenShop
from tests.scenarios.shop import ON_BOTH, Shop

ADDRESS = {
    "city": "San Francisco",
    "country": "US",
    "line1": "354 Oyster Point Blvd",
    "line2": "Floor 2",
    "postal_code": "94080",
    "state": "CA",
}


def refused(error: pytest.ExceptionInfo[stripe.StripeError]) -> tuple[int | None, str | None, str | None]:
    value: Any = error.value
    return value.http_status, value.code, value.param


# Create and update ----------------------------------------------------------------------------------------------


@ON_BOTH
def test_a_customer_without_anything(shop: Shop) -> None:
    customer = shop.client.v1.customers.create()
    assert customer.id.startswith("cus_")
    assert len(customer.id) == 18
    assert (customer.balance, customer.delinquent, customer.tax_exempt) == (0, False, "none")
    assert (customer.email, customer.name, customer.address, customer.shipping) == (None, None, None, None)
    assert (customer.currency, customer.default_source, customer.next_invoice_sequence) == (None, None, 1)
    assert customer.invoice_prefix is not None
    assert len(customer.invoice_prefix) == 8
    assert customer.livemode is False
    assert shop.client.v1.customers.retrieve(customer.id) == customer
    assert shop.events() == ["customer.created"]


@ON_BOTH
def test_a_customer_with_everything(shop: Shop) -> None:
    given: dict[str, Any] = {
        "address": ADDRESS,
        "business_name": "Rosen GmbH",
        "description": "met at the fair",
        "email": "Jenny.Rosen@example.com",
        "individual_name": "Jenny Rosen",
        "invoice_prefix": "ROSEN1",
        "invoice_settings": {
            "custom_fields": [{"name": "PO number", "value": "6735"}],
            "footer": "Thank you",
            "rendering_options": {"amount_tax_display": "include_inclusive_tax"},
        },
        "metadata": {"order_id": "6735"},
        "name": "Jenny Rosen",
        "next_invoice_sequence": 12,
        "phone": "+15555551234",
        "preferred_locales": ["de", "en"],
        "shipping": {"address": ADDRESS, "name": "Jenny Rosen", "phone": "+15555551234"},
        "tax_exempt": "reverse",
    }
    customer = shop.client.v1.customers.create(given)  # type: ignore[arg-type]
    shown = customer.to_dict()
    for name in set(given) - {"invoice_settings", "shipping"}:
        assert shown[name] == given[name], name
    assert shown["shipping"] == given["shipping"] | {"carrier": None, "tracking_number": None}
    assert shown["invoice_settings"] == {
        "custom_fields": [{"name": "PO number", "value": "6735"}],
        "default_payment_method": None,
        "footer": "Thank you",
        "rendering_options": {"amount_tax_display": "include_inclusive_tax", "template": None},
    }
    assert shop.client.v1.customers.retrieve(customer.id) == customer


def test_an_update_changes_what_is_given(shop: Shop) -> None:
    customers = shop.client.v1.customers
    given: Any = {"name": "Jenny", "email": "j@example.com", "metadata": {"a": "1", "b": "2"}, "address": ADDRESS}
    customer = customers.create(given)
    changed = customers.update(customer.id, {"name": "Jenny Rosen", "metadata": {"b": "3", "c": "4"}})
    assert (changed.name, changed.email) == ("Jenny Rosen", "j@example.com")
    assert changed.to_dict()["metadata"] == {"a": "1", "b": "3", "c": "4"}
    assert changed.address == customer.address
    (event,) = shop.client.v1.events.list({"type": "customer.updated"}).data
    assert event.data.to_dict() == {
        "object": changed.to_dict(),
        "previous_attributes": {"name": "Jenny", "metadata": {"b": "2", "c": None}},
    }


def test_an_update_that_changes_nothing_has_no_event(shop: Shop) -> None:
    customers = shop.client.v1.customers
    customer = customers.create({"name": "Jenny", "metadata": {"a": "1"}})
    assert customers.update(customer.id, {"name": "Jenny", "metadata": {"a": "1", "b": ""}}) == customer
    assert customers.update(customer.id) == customer
    assert shop.events() == ["customer.created"]


@pytest.mark.parametrize(
    ("field", "value", "after"),
    [
        ("address", ADDRESS, None),
        ("description", "met at the fair", None),
        ("email", "jenny@example.com", None),
        ("name", "Jenny", None),
        ("phone", "+15555551234", None),
        ("shipping", {"address": ADDRESS, "name": "Jenny"}, None),
        ("metadata", {"order": "1"}, {}),
        ("tax_exempt", "exempt", "none"),
        ("preferred_locales", ["de"], []),
    ],
)
def test_an_empty_text_unsets(shop: Shop, field: str, value: Any, after: Any) -> None:
    customers = shop.client.v1.customers
    customer = customers.create({field: value})  # type: ignore[misc]
    assert customer.to_dict()[field] != after
    assert customers.update(customer.id, {field: ""}).to_dict()[field] == after  # type: ignore[misc]


def test_names_that_are_unset_are_absent(shop: Shop) -> None:
    customers = shop.client.v1.customers
    customer = customers.create({"business_name": "Rosen GmbH", "individual_name": "Jenny"})
    assert (customer.business_name, customer.individual_name) == ("Rosen GmbH", "Jenny")
    bare = customers.update(customer.id, {"business_name": "", "individual_name": ""})
    assert {"business_name", "individual_name"}.isdisjoint(bare.to_dict())


@pytest.mark.parametrize(
    ("params", "code", "param", "message"),
    [
        ({"email": "nobody"}, "email_invalid", "email", "Invalid email address: nobody"),
        ({"email": "a@" + "b" * 510 + ".c"}, None, "email", "must be at most 512 characters"),
        ({"tax_exempt": "always"}, None, "tax_exempt", "Invalid tax_exempt: must be one of exempt, none, or reverse"),
        ({"invoice_prefix": "x"}, None, "invoice_prefix", "The invoice prefix must be 3 to 12 characters long"),
        ({"invoice_prefix": ""}, "parameter_invalid_empty", "invoice_prefix", "You passed an empty string"),
        ({"next_invoice_sequence": 0}, "parameter_invalid_integer", "next_invoice_sequence", "greater than or equal"),
        ({"shipping": {"name": "Jenny"}}, "parameter_missing", "shipping[address]", "Missing required param"),
        ({"address": "Berlin"}, None, "address", "Invalid object"),
        ({"balance": 100}, "parameter_unknown", "balance", "Received unknown parameter: balance"),
        ({"metadata": {"k" * 41: "v"}}, None, "metadata", "Metadata keys can have up to 40 characters"),
        ({"metadata": {"k": "v" * 501}}, None, "metadata", "Metadata values can have up to 500 characters"),
        ({"metadata": {f"k{n}": "v" for n in range(51)}}, None, "metadata", "Metadata can have up to 50 keys"),
    ],
)
def test_what_a_customer_cannot_be(shop: Shop, params: Any, code: str | None, param: str, message: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as error:
        shop.client.v1.customers.create(params)
    assert refused(error) == (400, code, param)
    assert message in (error.value.user_message or "")
    assert shop.events() == []


def test_fifty_metadata_keys_and_no_more(shop: Shop) -> None:
    customers = shop.client.v1.customers
    fifty = {f"k{n}": "v" for n in range(50)}
    customer = customers.create({"metadata": fifty})
    with pytest.raises(stripe.InvalidRequestError) as error:
        customers.update(customer.id, {"metadata": {"k50": "v"}})
    assert refused(error) == (400, None, "metadata")
    assert error.value.user_message == "Metadata can have up to 50 keys, but you've set 51."
    swapped = customers.update(customer.id, {"metadata": {"k0": "", "k50": "v"}}).to_dict()["metadata"]
    assert swapped.keys() == (fifty.keys() - {"k0"}) | {"k50"}
    assert customers.update(customer.id, {"metadata": ""}).to_dict()["metadata"] == {}


# With a payment method ------------------------------------------------------------------------------------------


@ON_BOTH
def test_created_with_a_card(shop: Shop) -> None:
    """As in countless test suites: the test id stands for the same new card in both places."""
    customer = shop.client.v1.customers.create(
        {"payment_method": "pm_card_visa", "invoice_settings": {"default_payment_method": "pm_card_visa"}}
    )
    (method,) = shop.client.v1.customers.payment_methods.list(customer.id).data
    assert customer.invoice_settings is not None
    assert customer.invoice_settings.default_payment_method == method.id
    assert method.customer == customer.id
    assert shop.events() == ["customer.created", "payment_method.attached"]


def test_created_with_a_card_that_is_declined(shop: Shop) -> None:
    with pytest.raises(stripe.CardError) as error:
        shop.client.v1.customers.create({"payment_method": "pm_card_chargeDeclined"})
    assert refused(error) == (402, "card_declined", None)
    assert shop.client.v1.customers.list().data == []
    assert shop.events() == []


@pytest.mark.parametrize("payment_method", [None, "pm_card_mastercard"])
def test_a_default_card_must_be_the_customers(shop: Shop, payment_method: str | None) -> None:
    params: Any = {"invoice_settings": {"default_payment_method": "pm_card_visa"}}
    with pytest.raises(stripe.InvalidRequestError) as error:
        shop.client.v1.customers.create(params | ({"payment_method": payment_method} if payment_method else {}))
    assert refused(error) == (400, "resource_missing", "invoice_settings[default_payment_method]")
    assert error.value.user_message == (
        "The customer does not have a payment method with the ID pm_card_visa. The payment method must be attached to "
        "the customer."
    )


def test_the_default_card_is_changed_and_removed(shop: Shop) -> None:
    customers, methods = shop.client.v1.customers, shop.client.v1.payment_methods
    customer, other = customers.create(), customers.create()
    first = methods.attach("pm_card_visa", {"customer": customer.id})
    foreign = methods.attach("pm_card_visa", {"customer": other.id})
    changed = customers.update(customer.id, {"invoice_settings": {"default_payment_method": first.id, "footer": "Bye"}})
    assert changed.invoice_settings is not None
    assert changed.invoice_settings.default_payment_method == first.id
    for id in (foreign.id, "pm_nothing", "pm_card_visa"):
        with pytest.raises(stripe.InvalidRequestError, match="does not have a payment method with the ID"):
            customers.update(customer.id, {"invoice_settings": {"default_payment_method": id}})
    shown = customers.retrieve(customer.id, {"expand": ["invoice_settings.default_payment_method"]}).to_dict()
    assert shown["invoice_settings"]["default_payment_method"]["id"] == first.id
    bare = customers.update(customer.id, {"invoice_settings": {"default_payment_method": ""}})
    assert bare.invoice_settings is not None
    assert (bare.invoice_settings.default_payment_method, bare.invoice_settings.footer) == (None, "Bye")


# Delete ---------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_of_a_deleted_customer_the_id_is_left(shop: Shop) -> None:
    customers = shop.client.v1.customers
    kept = customers.create({"email": "kept@example.com"})
    customer = customers.create({"email": "gone@example.com", "metadata": {"k": "gone"}})
    stub = {"id": customer.id, "object": "customer", "deleted": True}
    assert customers.delete(customer.id).to_dict() == stub
    assert customers.retrieve(customer.id).to_dict() == stub
    assert [one.id for one in customers.list()] == [kept.id]
    assert customers.list({"email": "gone@example.com"}).data == []
    for query in ('metadata["k"]:"gone"', "created>0", '-email:"nobody@example.com"', "email:null OR created>0"):
        assert [one.id for one in customers.search({"query": query})] in ([], [kept.id]), query
    last = shop.client.v1.events.list({"type": "customer.deleted"}).data[0]
    assert last.data.object.to_dict() == customer.to_dict()


def test_a_deleted_customer_is_of_no_use(shop: Shop) -> None:
    v1 = shop.client.v1
    customer = v1.customers.create()
    v1.customers.delete(customer.id)
    message = f"No such customer: '{customer.id}'"
    in_path = (404, "resource_missing", "id")
    as_param = (400, "resource_missing", "customer")
    for call, expected in (
        (lambda: v1.customers.update(customer.id, {"name": "Jenny"}), in_path),
        (lambda: v1.customers.delete(customer.id), in_path),
        (lambda: v1.customers.payment_methods.list(customer.id), in_path),
        (lambda: v1.payment_methods.attach("pm_card_visa", {"customer": customer.id}), as_param),
        (lambda: v1.payment_methods.list({"customer": customer.id}), as_param),
        (lambda: v1.setup_intents.create({"customer": customer.id}), as_param),
        (lambda: v1.payment_intents.create({"amount": 1000, "currency": "usd", "customer": customer.id}), as_param),
    ):
        with pytest.raises(stripe.InvalidRequestError) as error:
            call()
        assert refused(error) == expected
        assert error.value.user_message == message
    assert shop.events() == ["customer.created", "customer.deleted"]


def test_deleting_a_customer_detaches_its_cards(shop: Shop) -> None:
    v1 = shop.client.v1
    customer = v1.customers.create()
    cards = [v1.payment_methods.attach("pm_card_visa", {"customer": customer.id}) for _ in range(3)]
    v1.customers.delete(customer.id)
    assert [v1.payment_methods.retrieve(card.id).customer for card in cards] == [None, None, None]
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        v1.payment_methods.attach(cards[0].id, {"customer": v1.customers.create().id})
    assert shop.events().count("payment_method.detached") == 3


def test_a_deleted_customer_expands_to_its_stub(shop: Shop) -> None:
    v1 = shop.client.v1
    customer = v1.customers.create({"email": "gone@example.com"})
    intent = v1.payment_intents.create({"amount": 1000, "currency": "usd", "customer": customer.id})
    v1.customers.delete(customer.id)
    shown = v1.payment_intents.retrieve(intent.id, {"expand": ["customer"]}).to_dict()
    assert shown["customer"] == {"id": customer.id, "object": "customer", "deleted": True}


# Find -----------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_lists_by_email_and_page_by_page(shop: Shop) -> None:
    customers = shop.client.v1.customers
    emails = ["a@example.com", "A@example.com", "a@example.com", "b@example.com", "a@example.com"]
    made = [customers.create({"email": email}) for email in emails]
    exact = [one.id for one, email in zip(made, emails, strict=True) if email == "a@example.com"]
    assert [one.id for one in customers.list({"email": "a@example.com"})] == exact[::-1]
    page = customers.list({"limit": 2})
    assert ([one.id for one in page.data], page.has_more, page.url) == ([made[4].id, made[3].id], True, "/v1/customers")
    everyone = list(customers.list({"limit": 2}).auto_paging_iter())
    assert [one.id for one in everyone] == [one.id for one in made[::-1]]
    before = customers.list({"ending_before": made[2].id, "limit": 1})
    assert ([one.id for one in before.data], before.has_more) == ([made[3].id], True)
    later = customers.list({"created": {"gt": made[-1].created + 1}})
    assert later.data == []


@ON_BOTH
def test_search(shop: Shop) -> None:
    customers = shop.client.v1.customers
    jenny = customers.create({"name": "Jenny Rosen", "email": "jenny@example.com", "metadata": {"tier": "gold"}})
    fatima = customers.create({"name": "Fatima Al", "email": "fatima@example.com", "phone": "+4930123456"})
    for query, expected in (
        ('email:"jenny@example.com"', [jenny.id]),
        ('name~"rosen"', [jenny.id]),
        ('metadata["tier"]:"gold"', [jenny.id]),
        ('phone:"+4930123456"', [fatima.id]),
        ('email~"example"', [fatima.id, jenny.id]),
        ('-metadata["tier"]:"gold"', [fatima.id]),
        (f"created>={jenny.created}", [fatima.id, jenny.id]),
    ):
        assert [one.id for one in customers.search({"query": query})] == expected, query


def test_another_accounts_customer_does_not_exist(shop: Shop, open_shop: OpenShop) -> None:
    other = open_shop()
    customer = other.client.v1.customers.create({"email": "theirs@example.com"})
    v1 = shop.client.v1
    for call in (
        lambda: v1.customers.retrieve(customer.id),
        lambda: v1.customers.update(customer.id, {"name": "mine"}),
        lambda: v1.customers.delete(customer.id),
        lambda: v1.customers.payment_methods.list(customer.id),
        lambda: v1.customers.payment_methods.retrieve(customer.id, "pm_1"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as error:
            call()
        assert refused(error) == (404, "resource_missing", "id")
        assert error.value.user_message == f"No such customer: '{customer.id}'"
    assert v1.customers.list({"email": "theirs@example.com"}).data == []
    assert other.client.v1.customers.retrieve(customer.id) == customer
