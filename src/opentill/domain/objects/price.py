"""Product and Price: what is sold, and for how much (official client: `Products.d.ts`, `Prices.d.ts`)."""

from typing import Literal, TypeAlias

import msgspec

from opentill.domain.objects.shared import Metadata

TaxBehavior: TypeAlias = Literal["exclusive", "inclusive", "unspecified"]


class MarketingFeature(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a price table."""

    name: str


class PackageDimensions(msgspec.Struct, frozen=True, kw_only=True):
    """Inches and ounces."""

    height: float
    length: float
    weight: float
    width: float


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is sold."""

    id: str
    object: Literal["product"] = "product"
    active: bool = True
    created: int
    default_price: str | None = None
    description: str | None = None
    images: list[str] = []
    livemode: bool
    marketing_features: list[MarketingFeature] = []
    metadata: Metadata = {}
    name: str
    package_dimensions: PackageDimensions | None = None
    shippable: bool | None = None
    statement_descriptor: str | None = None
    tax_code: str | None = None
    tax_details: None = None  # there are no taxes here
    type: Literal["good", "service"] = "service"
    unit_label: str | None = None
    updated: int
    url: str | None = None


class DeletedProduct(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a deleted product."""

    id: str
    object: Literal["product"] = "product"
    deleted: Literal[True] = True


class Recurring(msgspec.Struct, frozen=True, kw_only=True):
    """That it is to be paid again and again, and how often. There are no subscriptions here that would do it."""

    interval: Literal["day", "month", "week", "year"]
    interval_count: int = 1
    meter: str | None = None
    trial_period_days: int | None = None
    usage_type: Literal["licensed", "metered"] = "licensed"


class Price(msgspec.Struct, frozen=True, kw_only=True):
    """What one unit of a product costs: `unit_amount` minor units of `currency`.

    `unit_amount_decimal` is the same with up to twelve decimals; where it has any, `unit_amount` is null.
    """

    id: str
    object: Literal["price"] = "price"
    active: bool = True
    billing_scheme: Literal["per_unit"] = "per_unit"
    created: int
    currency: str
    custom_unit_amount: None = None  # nobody names a price of their own here
    livemode: bool
    lookup_key: str | None = None
    metadata: Metadata = {}
    nickname: str | None = None
    product: str
    recurring: Recurring | None = None
    tax_behavior: TaxBehavior | None = "unspecified"
    tiers_mode: None = None
    transform_quantity: None = None
    type: Literal["one_time", "recurring"] = "one_time"
    unit_amount: int | None
    unit_amount_decimal: str | None
