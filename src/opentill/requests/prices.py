"""Parameters of the Products and Prices APIs.

What belongs to tiers, meters, taxes and amounts that customers choose (`tiers`, `tax_details`, `custom_unit_amount`,
`currency_options`, `transform_quantity`) is not here.
"""

from typing import Annotated, Literal

from opentill.requests.params import (
    UNSET,
    Currency,
    Decimal,
    Integer,
    Items,
    ListParams,
    Metadata,
    Params,
    RangeQuery,
    Text,
    UnsetType,
    Url,
)
from opentill.requests.payment_intents import Id

Name = Annotated[str, Text(maximum=250)]
Images = Annotated[list[Annotated[str, Url()]], Items(maximum=8)]
Descriptor = Annotated[str, Text(maximum=22)]
TaxBehavior = Literal["exclusive", "inclusive", "unspecified"]
UnitAmount = Annotated[int, Integer(minimum=0)]


class MarketingFeature(Params):
    """A line of a price table."""

    name: Annotated[str, Text(maximum=80)]


class ProductData(Params):
    """A product to be made along the way."""

    name: Name
    description: Annotated[str, Text(maximum=40000)] | UnsetType = UNSET
    images: Images | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    tax_code: Id | UnsetType = UNSET
    unit_label: Annotated[str, Text(maximum=12)] | UnsetType = UNSET


class Unit(Params):
    """What one costs: minor units, or with decimals."""

    unit_amount: UnitAmount | UnsetType = UNSET
    unit_amount_decimal: Annotated[str, Decimal(places=12)] | UnsetType = UNSET

    def check(self) -> None:
        self.only_one_of("unit_amount", "unit_amount_decimal")


class Recurring(Params):
    """How often it is to be paid."""

    interval: Literal["day", "month", "week", "year"]
    interval_count: Annotated[int, Integer(minimum=1, maximum=1095)] | UnsetType = UNSET
    trial_period_days: Annotated[int, Integer(minimum=0, maximum=730)] | UnsetType = UNSET
    usage_type: Literal["licensed"] | UnsetType = UNSET


class DefaultPriceData(Unit):
    """The price that a new product begins with."""

    currency: Currency
    metadata: Metadata | UnsetType = UNSET
    recurring: Recurring | UnsetType = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET


class CreateProduct(Params):
    """A product to be; `id` is the merchant's own choice."""

    name: Name
    active: bool | UnsetType = UNSET
    default_price_data: DefaultPriceData | UnsetType = UNSET
    description: Annotated[str, Text(maximum=40000)] | UnsetType = UNSET
    id: Annotated[str, Text(maximum=255, pattern=r"[A-Za-z0-9_.-]+")] | UnsetType = UNSET
    images: Images | UnsetType = UNSET
    marketing_features: Annotated[list[MarketingFeature], Items(maximum=15)] | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    shippable: bool | UnsetType = UNSET
    statement_descriptor: Descriptor | UnsetType = UNSET
    tax_code: Id | UnsetType = UNSET
    type: Literal["good", "service"] | UnsetType = UNSET
    unit_label: Annotated[str, Text(maximum=12)] | UnsetType = UNSET
    url: Annotated[str, Url()] | UnsetType = UNSET


class UpdateProduct(Params):
    """What is not given stays as it is; an empty text unsets."""

    active: bool | UnsetType = UNSET
    default_price: Id | UnsetType = UNSET
    description: Annotated[str, Text(maximum=40000)] | None | UnsetType = UNSET
    images: Images | None | UnsetType = UNSET
    marketing_features: Annotated[list[MarketingFeature], Items(maximum=15)] | None | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    name: Name | UnsetType = UNSET
    shippable: bool | None | UnsetType = UNSET
    statement_descriptor: Descriptor | None | UnsetType = UNSET
    tax_code: Id | None | UnsetType = UNSET
    unit_label: Annotated[str, Text(maximum=12)] | None | UnsetType = UNSET
    url: Annotated[str, Url()] | None | UnsetType = UNSET


class ListProducts(ListParams):
    """Filters of the list."""

    active: bool | UnsetType = UNSET
    created: RangeQuery | UnsetType = UNSET


class PriceProductData(Params):
    """A product to be made for a new price."""

    name: Name
    active: bool | UnsetType = UNSET
    id: Annotated[str, Text(maximum=255, pattern=r"[A-Za-z0-9_.-]+")] | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    statement_descriptor: Descriptor | UnsetType = UNSET
    tax_code: Id | UnsetType = UNSET
    unit_label: Annotated[str, Text(maximum=12)] | UnsetType = UNSET


class CreatePrice(Unit):
    """A price to be, of a product that is there or comes with it."""

    currency: Currency
    active: bool | UnsetType = UNSET
    billing_scheme: Literal["per_unit"] | UnsetType = UNSET
    lookup_key: Annotated[str, Text(maximum=200)] | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    nickname: Annotated[str, Text(maximum=5000)] | UnsetType = UNSET
    product: Id | UnsetType = UNSET
    product_data: PriceProductData | UnsetType = UNSET
    recurring: Recurring | UnsetType = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET

    def check(self) -> None:
        super().check()
        self.only_one_of("product", "product_data")


class UpdatePrice(Params):
    """What a price costs never changes: for another amount there is another price."""

    active: bool | UnsetType = UNSET
    lookup_key: Annotated[str, Text(maximum=200)] | None | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    nickname: Annotated[str, Text(maximum=5000)] | None | UnsetType = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET


class ListPrices(ListParams):
    """Filters of the list."""

    active: bool | UnsetType = UNSET
    created: RangeQuery | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    product: Id | UnsetType = UNSET
    type: Literal["one_time", "recurring"] | UnsetType = UNSET
