"""The operations of Products: create, retrieve, update, delete and list."""

from typing import Any

from msgspec import UnsetType
from msgspec.structs import replace

from opentill.domain.differences import previous_attributes
from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.price import DeletedProduct, MarketingFeature, Price, Product
from opentill.ports.store import Condition
from opentill.requests import prices as requests
from opentill.requests.params import Params
from opentill.services.kinds import PRICES, PRODUCTS
from opentill.services.listing import Listing, created, listing
from opentill.services.operation import Operation
from opentill.services.parameters import given, kept, merged
from opentill.services.pricing import recurring_of, unit_of


async def create(op: Operation, params: requests.CreateProduct) -> Product:
    """Creates a new product object, with the price it begins with if that is given."""
    id = given(params.id) or op.new_id("prod")
    if await op.find(PRODUCTS, id) is not None:
        raise InvalidRequest("Product already exists.", code="resource_already_exists", param="id")
    product = Product(
        id=id,
        active=True if isinstance(params.active, UnsetType) else params.active,
        created=op.now,
        description=given(params.description),
        images=given(params.images) or [],
        livemode=op.caller.livemode,
        marketing_features=_features(params.marketing_features),
        metadata=merged({}, params.metadata),
        name=params.name,
        shippable=given(params.shippable),
        statement_descriptor=given(params.statement_descriptor),
        tax_code=given(params.tax_code),
        type=given(params.type) or "service",
        unit_label=given(params.unit_label),
        updated=op.now,
        url=given(params.url),
    )
    price: Price | None = None
    if not isinstance(params.default_price_data, UnsetType):
        data = params.default_price_data
        unit, exact = unit_of(data, param="default_price_data")
        price = Price(
            id=op.new_id("price"),
            created=op.now,
            currency=data.currency,
            livemode=op.caller.livemode,
            metadata=merged({}, data.metadata),
            product=id,
            recurring=recurring_of(data.recurring),
            type="one_time" if isinstance(data.recurring, UnsetType) else "recurring",
            tax_behavior=given(data.tax_behavior) or "unspecified",
            unit_amount=unit,
            unit_amount_decimal=exact,
        )
        product = replace(product, default_price=price.id)
    op.create(PRODUCTS, product, None)
    op.emit("product.created", product)
    if price is not None:
        op.create(PRICES, price, None)
        op.emit("price.created", price)
    return await op.commit(product)


def _features(given: list[requests.MarketingFeature] | UnsetType | None) -> list[MarketingFeature]:
    return [] if isinstance(given, UnsetType) or given is None else [MarketingFeature(name=one.name) for one in given]


async def retrieve(op: Operation, id: str, _: Params) -> Product:
    """Retrieves the details of an existing product."""
    return (await op.get(PRODUCTS, id, in_path=True)).value


async def update(op: Operation, id: str, params: requests.UpdateProduct) -> Product:
    """Updates the specific product by setting the values of the parameters passed."""
    stored = await op.get(PRODUCTS, id, in_path=True)
    before = stored.value
    if isinstance(params.default_price, str):
        price = await op.get(PRICES, params.default_price, param="default_price")
        if price.value.product != id:
            raise InvalidRequest(
                f"The price specified is not a price of this product: {price.id}", param="default_price"
            )
    changes: dict[str, Any] = {
        name: kept(getattr(params, name), getattr(before, name))
        for name in (
            *("active", "default_price", "description", "name", "shippable"),
            *("statement_descriptor", "tax_code", "unit_label", "url"),
        )
    }
    after = replace(
        before,
        **changes,
        images=kept(params.images, before.images) or [],
        marketing_features=before.marketing_features
        if isinstance(params.marketing_features, UnsetType)
        else _features(params.marketing_features),
        metadata=merged(before.metadata, params.metadata),
    )
    if previous_attributes(before, after):
        after = replace(after, updated=op.now)
        op.update(stored, after, None)
        op.emit("product.updated", after, previous_attributes(before, after))
    return await op.commit(after)


async def delete(op: Operation, id: str, _: Params) -> DeletedProduct:
    """Delete a product. Deleting a product is only possible if it has no prices associated with it."""
    stored = await op.get(PRODUCTS, id, in_path=True)
    prices = await op.system.store.page(
        PRICES, op.caller.account, op.caller.livemode, [Condition("product", "=", id)], limit=1
    )
    if prices.items:
        raise InvalidRequest(
            "This product cannot be deleted because it has one or more user-created prices.", param="product"
        )
    op.delete(stored)
    op.emit("product.deleted", stored.value)
    return await op.commit(DeletedProduct(id=id))


async def list_all(op: Operation, params: requests.ListProducts) -> Listing[Product]:
    """Returns a list of your products, newest first."""
    conditions = created(params.created)
    if not isinstance(params.active, UnsetType):
        conditions.append(Condition("active", "=", int(params.active)))
    return await listing(op, PRODUCTS, params, conditions)
