"""Customer (official client: `Customers.d.ts`)."""

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.objects.shared import Address, ApiList, Metadata, Shipping

TaxExempt: TypeAlias = Literal["exempt", "none", "reverse"]


class InvoiceCustomField(msgspec.Struct, frozen=True, kw_only=True):
    """A line the customer wants on invoices."""

    name: str
    value: str


class InvoiceRenderingOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How the customer's invoices look."""

    amount_tax_display: str | None = None
    template: str | None = None


class InvoiceSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Defaults for invoices; `default_payment_method` is also the customer's default for saved cards."""

    custom_fields: list[InvoiceCustomField] | None = None
    default_payment_method: str | None = None
    footer: str | None = None
    rendering_options: InvoiceRenderingOptions | None = None


class Customer(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who pays. `balance` is minor units of `currency`, negative when they have credit."""

    id: str
    object: Literal["customer"] = "customer"
    address: Address | None = None
    balance: int = 0
    business_name: str | UnsetType = UNSET
    cash_balance: dict[str, Any] | UnsetType | None = UNSET  # shown by expand only
    created: int
    currency: str | None = None
    customer_account: str | None = None
    default_source: str | None = None
    delinquent: bool | None = False
    description: str | None = None
    discount: None = None  # there are no coupons here
    email: str | None = None
    individual_name: str | UnsetType = UNSET
    invoice_credit_balance: dict[str, int] | UnsetType = UNSET  # shown by expand only
    invoice_prefix: str | None = None  # 8 upper-case hexadecimal digits
    invoice_settings: InvoiceSettings = InvoiceSettings()
    livemode: bool
    metadata: Metadata = {}
    name: str | None = None
    next_invoice_sequence: int = 1
    phone: str | None = None
    preferred_locales: list[str] | None = []
    shipping: Shipping | None = None
    sources: ApiList | UnsetType = UNSET  # shown by expand only
    subscriptions: ApiList | UnsetType = UNSET  # shown by expand only
    tax: dict[str, Any] | UnsetType = UNSET  # shown by expand only
    tax_exempt: TaxExempt | None = "none"
    tax_ids: ApiList | UnsetType = UNSET  # shown by expand only
    test_clock: str | None = None


class DeletedCustomer(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a deleted customer."""

    id: str
    object: Literal["customer"] = "customer"
    deleted: Literal[True] = True
