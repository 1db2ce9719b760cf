"""The operations of Customers: create, retrieve, update, delete, list and search.

A deleted customer keeps its id and nothing else. Lists and searches do not show it, and no operation takes it.
"""

import secrets
from typing import Any

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from opentill.domain.differences import previous_attributes
from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.customer import (
    Customer,
    DeletedCustomer,
    InvoiceCustomField,
    InvoiceRenderingOptions,
    InvoiceSettings,
)
from opentill.ports.store import Condition
from opentill.requests import customers as requests
from opentill.requests.params import Params, SearchParams
from opentill.services import payment_cards, payment_methods, verification
from opentill.services.kinds import CUSTOMERS, PAYMENT_METHODS
from opentill.services.listing import Listing, SearchResult, created, equals, listing, searching
from opentill.services.operation import Operation
from opentill.services.parameters import address_of, given, kept, merged, shipping_of
from opentill.services.payment_cards import StoredMethod, existing_customer
from opentill.services.records import CustomerHidden

ALIVE = Condition("deleted", "=", 0)

# How many payment methods are read at a time when all of a customer's are detached.
_BATCH = 100


# Create and update ----------------------------------------------------------------------------------------------


async def create(op: Operation, params: requests.CreateCustomer) -> Customer:
    """Creates a new customer object; with `payment_method` only if its issuer agrees that it is saved."""
    customer = _changed(
        Customer(
            id=op.new_id("cus"),
            created=op.now,
            invoice_prefix=secrets.token_hex(4).upper(),
            livemode=op.caller.livemode,
        ),
        params,
    )
    default = _default_method(params)
    if isinstance(params.payment_method, UnsetType):
        if default is not None:
            raise _not_of_customer(default)
        return await op.commit(_open(op, customer))
    method = await payment_cards.find(op, params.payment_method)
    payment_cards.check_attachable(method)
    if default is not None:
        if default not in (params.payment_method, method.id):
            raise _not_of_customer(default)
        customer = _with_default(customer, method.id)

    async def save(verified: StoredMethod) -> Customer:
        payment_cards.check_attachable(verified)
        _open(op, customer)
        payment_cards.attach(op, verified, await op.get(CUSTOMERS, customer.id))
        return customer

    return await verification.once_verified(op, method, save)


def _open(op: Operation, customer: Customer) -> Customer:
    op.create(CUSTOMERS, customer, CustomerHidden())
    op.emit("customer.created", customer)
    return customer


async def update(op: Operation, id: str, params: requests.UpdateCustomer) -> Customer:
    """Updates the specified customer by setting the values of the parameters passed."""
    stored = await existing_customer(op, id, in_path=True)
    after = _changed(stored.value, params)
    if (default := _default_method(params)) is not None:
        method = await op.find(PAYMENT_METHODS, default)
        if method is None or method.value.customer != id:
            raise _not_of_customer(default)
        after = _with_default(after, default)
    if changed := previous_attributes(stored.value, after):
        op.update(stored, after, stored.hidden)
        op.emit("customer.updated", after, changed)
    return await op.commit(after)


def _changed(before: Customer, params: requests.UpdateCustomer) -> Customer:
    """The customer with what was given, except for the default payment method, unless that is unset."""
    address = params.address
    shipping = params.shipping
    return replace(
        before,
        address=before.address if isinstance(address, UnsetType) else None if address is None else address_of(address),
        business_name=_text(params.business_name, before.business_name),
        description=kept(params.description, before.description),
        email=kept(params.email, before.email),
        individual_name=_text(params.individual_name, before.individual_name),
        invoice_prefix=kept(params.invoice_prefix, before.invoice_prefix),
        invoice_settings=_invoice_settings(before.invoice_settings, params.invoice_settings),
        metadata=merged(before.metadata, params.metadata),
        name=kept(params.name, before.name),
        next_invoice_sequence=kept(params.next_invoice_sequence, before.next_invoice_sequence),
        phone=kept(params.phone, before.phone),
        preferred_locales=kept(params.preferred_locales, before.preferred_locales) or [],
        shipping=before.shipping if isinstance(shipping, UnsetType) else shipping_of(shipping),
        tax_exempt=kept(params.tax_exempt, before.tax_exempt) or "none",
    )


def _text(value: str | None | UnsetType, before: str | UnsetType) -> str | UnsetType:
    """A text that is absent where it is not known."""
    return before if isinstance(value, UnsetType) else UNSET if value is None else value


def _invoice_settings(before: InvoiceSettings, params: requests.InvoiceSettings | UnsetType) -> InvoiceSettings:
    if isinstance(params, UnsetType):
        return before
    changes: dict[str, Any] = {}
    if not isinstance(params.custom_fields, UnsetType):
        changes["custom_fields"] = [
            InvoiceCustomField(name=field.name, value=field.value) for field in params.custom_fields or ()
        ] or None
    if not isinstance(params.rendering_options, UnsetType):
        options = params.rendering_options
        changes["rendering_options"] = options and InvoiceRenderingOptions(
            amount_tax_display=given(options.amount_tax_display) or None, template=given(options.template)
        )
    if params.default_payment_method is None:
        changes["default_payment_method"] = None
    return replace(before, footer=kept(params.footer, before.footer), **changes)


def _default_method(params: requests.UpdateCustomer) -> str | None:
    settings = params.invoice_settings
    return None if isinstance(settings, UnsetType) else given(settings.default_payment_method)


def _with_default(customer: Customer, method: str) -> Customer:
    settings = replace(customer.invoice_settings, default_payment_method=method)
    return replace(customer, invoice_settings=settings)


def _not_of_customer(method: str) -> InvalidRequest:
    return InvalidRequest(
        f"The customer does not have a payment method with the ID {method}. The payment method must be attached to the "
        "customer.",
        code="resource_missing",
        param="invoice_settings[default_payment_method]",
    )


# Retrieve, list, search -----------------------------------------------------------------------------------------


async def retrieve(op: Operation, id: str, _: Params) -> Customer | DeletedCustomer:
    """Retrieves a Customer object; of a deleted one only its id is left."""
    stored = await op.get(CUSTOMERS, id, in_path=True, param="id")
    return DeletedCustomer(id=id) if stored.hidden.deleted else stored.value


async def list_all(op: Operation, params: requests.ListCustomers) -> Listing[Customer]:
    """Returns a list of your customers, newest first."""
    conditions = [ALIVE, *created(params.created), *equals(email=params.email)]
    return await listing(op, CUSTOMERS, params, conditions)


async def search(op: Operation, params: SearchParams) -> SearchResult[Customer]:
    """Search for customers you've previously created using the search query language."""
    return await searching(op, CUSTOMERS, params, "customers", [ALIVE])


# Delete ---------------------------------------------------------------------------------------------------------


async def delete(op: Operation, id: str, _: Params) -> DeletedCustomer:
    """Permanently deletes a customer. It cannot be undone. Its payment methods are detached."""
    stored = await existing_customer(op, id, in_path=True)
    for method in await _methods_of(op, id):
        payment_methods.release(op, method)
    blank = Customer(id=id, created=stored.value.created, livemode=stored.livemode)
    op.update(stored, blank, CustomerHidden(deleted=True))
    op.emit("customer.deleted", stored.value)
    return await op.commit(DeletedCustomer(id=id))


async def _methods_of(op: Operation, customer: str) -> list[StoredMethod]:
    """All payment methods of a customer."""
    methods: list[StoredMethod] = []
    while True:
        page = await op.system.store.page(
            PAYMENT_METHODS,
            op.caller.account,
            op.caller.livemode,
            equals(customer=customer),
            limit=_BATCH,
            starting_after=methods[-1] if methods else None,
        )
        methods += page.items
        if not page.has_more:
            return methods
