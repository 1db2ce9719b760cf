"""The shapes that several API objects share (official client: `shared.d.ts` and the repeated namespaces)."""

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

Metadata: TypeAlias = dict[str, str]

CheckResult: TypeAlias = Literal["pass", "fail", "unavailable", "unchecked"]
CardFunding: TypeAlias = Literal["credit", "debit", "prepaid", "unknown"]
RegulatedStatus: TypeAlias = Literal["regulated", "unregulated"]
CredentialUsage: TypeAlias = Literal["installment", "recurring", "unscheduled"]
SetupFutureUsage: TypeAlias = Literal["off_session", "on_session"]


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """A postal address. `country` is ISO 3166-1 alpha-2."""

    city: str | None = None
    country: str | None = None
    line1: str | None = None
    line2: str | None = None
    postal_code: str | None = None
    state: str | None = None


class JapanAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An address in kana or kanji; Japan only."""

    city: str | None = None
    country: str | None = None
    line1: str | None = None
    line2: str | None = None
    postal_code: str | None = None
    state: str | None = None
    town: str | None = None


class BillingDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Who is billed: `PaymentMethod.billing_details` and its copy on the Charge."""

    address: Address | None = Address()
    email: str | None = None
    name: str | None = None
    phone: str | None = None
    tax_id: str | None = None


class Shipping(msgspec.Struct, frozen=True, kw_only=True):
    """Where goods go: `shipping` of PaymentIntent, Charge and Customer."""

    address: Address | UnsetType = UNSET
    carrier: str | None = None
    name: str | UnsetType = UNSET
    phone: str | None = None
    tracking_number: str | None = None


class PresentmentDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer saw where it differs: minor units of `presentment_currency`."""

    presentment_amount: int
    presentment_currency: str


class CardChecks(msgspec.Struct, frozen=True, kw_only=True):
    """What the issuer said about address and verification code; null where it was not asked."""

    address_line1_check: CheckResult | None = None
    address_postal_code_check: CheckResult | None = None
    cvc_check: CheckResult | None = None


class CardNetworks(msgspec.Struct, frozen=True, kw_only=True):
    """The networks a card can run on."""

    available: list[str]
    preferred: str | None = None


class ApiList(msgspec.Struct, frozen=True, kw_only=True):
    """A list inside an object. `data` is newest first; `url` is the path of the full list."""

    object: Literal["list"] = "list"
    data: list[Any]
    has_more: bool = False
    url: str
