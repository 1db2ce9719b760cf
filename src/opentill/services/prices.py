"""The operations of Prices: create, retrieve, update and list."""

from msgspec import UnsetType
from msgspec.structs import replace

from opentill.domain.differences import previous_attributes
from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.price import Price, Product
from opentill.ports.store import Condition
from opentill.requests import prices as requests
from opentill.requests.params import Params
from opentill.services.kinds import PRICES, PRODUCTS
from opentill.services.listing import Listing, created, equals, listing
from opentill.services.operation import Operation
from opentill.services.parameters import given, kept, merged
from opentill.services.pricing import recurring_of, unit_of


async def create(op: Operation, params: requests.CreatePrice) -> Price:
    """Creates a new price for an existing product, or for a new one that comes with it."""
    unit, exact = unit_of(params)
    product = await _product(op, params)
    await _check_key(op, given(params.lookup_key))
    price = Price(
        id=op.new_id("price"),
        active=True if isinstance(params.active, UnsetType) else params.active,
        created=op.now,
        currency=params.currency,
        livemode=op.caller.livemode,
        lookup_key=given(params.lookup_key),
        metadata=merged({}, params.metadata),
        nickname=given(params.nickname),
        product=product,
        recurring=recurring_of(params.recurring),
        type="one_time" if isinstance(params.recurring, UnsetType) else "recurring",
        tax_behavior=given(params.tax_behavior) or "unspecified",
        unit_amount=unit,
        unit_amount_decimal=exact,
    )
    op.create(PRICES, price, None)
    op.emit("price.created", price)
    return await op.commit(price)


async def _product(op: Operation, params: requests.CreatePrice) -> str:
    if isinstance(params.product, str):
        return (await op.get(PRODUCTS, params.product, param="product")).id
    data = params.product_data
    if isinstance(data, UnsetType):
        raise InvalidRequest("Missing required param: product.", code="parameter_missing", param="product")
    id = given(data.id) or op.new_id("prod")
    if await op.find(PRODUCTS, id) is not None:
        raise InvalidRequest("Product already exists.", code="resource_already_exists", param="product_data[id]")
    product = Product(
        id=id,
        active=True if isinstance(data.active, UnsetType) else data.active,
        created=op.now,
        livemode=op.caller.livemode,
        metadata=merged({}, data.metadata),
        name=data.name,
        statement_descriptor=given(data.statement_descriptor),
        tax_code=given(data.tax_code),
        unit_label=given(data.unit_label),
        updated=op.now,
    )
    op.create(PRODUCTS, product, None)
    op.emit("product.created", product)
    return id


async def _check_key(op: Operation, key: str | None, but: str | None = None) -> None:
    """Raises InvalidRequest if another price of this account and mode has the lookup key."""
    if key is None:
        return
    found = await op.system.store.find(PRICES, "lookup_key", key, account=op.caller.account)
    for price in found:
        if price.id != but and price.livemode == op.caller.livemode:
            raise InvalidRequest(
                f"A price ({price.id}) already uses that lookup key.", code="resource_already_exists",
                param="lookup_key",
            )  # fmt: skip


async def retrieve(op: Operation, id: str, _: Params) -> Price:
    """Retrieves the price with the given ID."""
    return (await op.get(PRICES, id, in_path=True)).value


async def update(op: Operation, id: str, params: requests.UpdatePrice) -> Price:
    """Updates the specified price. What it costs does not change: for another amount there is another price."""
    stored = await op.get(PRICES, id, in_path=True)
    before = stored.value
    if isinstance(params.lookup_key, str):
        await _check_key(op, params.lookup_key, but=id)
    after = replace(
        before,
        active=kept(params.active, before.active),
        lookup_key=kept(params.lookup_key, before.lookup_key),
        metadata=merged(before.metadata, params.metadata),
        nickname=kept(params.nickname, before.nickname),
        tax_behavior=kept(params.tax_behavior, before.tax_behavior),
    )
    if changed := previous_attributes(before, after):
        op.update(stored, after, None)
        op.emit("price.updated", after, changed)
    return await op.commit(after)


async def list_all(op: Operation, params: requests.ListPrices) -> Listing[Price]:
    """Returns a list of your prices, newest first; those made for one Checkout Session are inactive."""
    conditions = [
        *created(params.created),
        *equals(currency=params.currency, product=params.product, type=params.type),
    ]
    if not isinstance(params.active, UnsetType):
        conditions.append(Condition("active", "=", int(params.active)))
    return await listing(op, PRICES, params, conditions)
