"""Parameters of the Customers API.

What belongs to invoices, taxes and balances of other products (`balance`, `cash_balance`, `coupon`, `source`, `tax`,
`tax_id_data`, `test_clock`) is not here.
"""

from typing import Annotated, Literal

from opentill.requests.params import (
    UNSET,
    Address,
    Email,
    Integer,
    Items,
    ListParams,
    Metadata,
    Params,
    RangeQuery,
    Shipping,
    Text,
    UnsetType,
)
from opentill.requests.payment_intents import Id

Name = Annotated[str, Text(maximum=256)]
CustomerEmail = Annotated[str, Email(maximum=512)]
Prefix = Annotated[
    str,
    Text(
        pattern="[A-Z0-9]{3,12}",
        message="The invoice prefix must be 3 to 12 characters long, of capital letters and digits only.",
    ),
]


class CustomField(Params):
    """A line the customer wants on invoices."""

    name: Annotated[str, Text(maximum=40)]
    value: Annotated[str, Text(maximum=140)]


class RenderingOptions(Params):
    """How the customer's invoices look."""

    amount_tax_display: Literal["exclude_tax", "include_inclusive_tax", ""] | UnsetType = UNSET
    template: Id | UnsetType = UNSET


class InvoiceSettings(Params):
    """Defaults; `default_payment_method` is one that is attached to the customer."""

    custom_fields: Annotated[list[CustomField], Items(maximum=4)] | None | UnsetType = UNSET
    default_payment_method: Id | None | UnsetType = UNSET
    footer: str | None | UnsetType = UNSET
    rendering_options: RenderingOptions | None | UnsetType = UNSET


class UpdateCustomer(Params):
    """What is not given stays as it is; an empty text unsets."""

    address: Address | None | UnsetType = UNSET
    business_name: Annotated[str, Text(maximum=150)] | None | UnsetType = UNSET
    description: str | None | UnsetType = UNSET
    email: CustomerEmail | None | UnsetType = UNSET
    individual_name: Annotated[str, Text(maximum=150)] | None | UnsetType = UNSET
    invoice_prefix: Prefix | UnsetType = UNSET
    invoice_settings: InvoiceSettings | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    name: Name | None | UnsetType = UNSET
    next_invoice_sequence: Annotated[int, Integer(minimum=1)] | UnsetType = UNSET
    phone: Annotated[str, Text(maximum=20)] | None | UnsetType = UNSET
    preferred_locales: list[Annotated[str, Text(maximum=40)]] | None | UnsetType = UNSET
    shipping: Shipping | None | UnsetType = UNSET
    tax_exempt: Literal["exempt", "none", "reverse", ""] | UnsetType = UNSET


class CreateCustomer(UpdateCustomer):
    """`payment_method` is attached to the new customer."""

    payment_method: Id | UnsetType = UNSET


class ListCustomers(ListParams):
    """By email, exactly, and by time."""

    email: Annotated[str, Text(maximum=512)] | UnsetType = UNSET
    created: RangeQuery | UnsetType = UNSET
