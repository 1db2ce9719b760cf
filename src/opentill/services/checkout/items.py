"""Line items of a Checkout Session: from prices, or from prices that are made up for the one session."""

from collections.abc import Sequence
from typing import cast

from msgspec import UnsetType
from msgspec.structs import replace

from opentill.domain import checkout
from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.line_item import AdjustableQuantity, LineItem
from opentill.domain.objects.price import Price, Product
from opentill.requests import checkout as requests
from opentill.services.kinds import PRICES, PRODUCTS
from opentill.services.operation import Operation
from opentill.services.parameters import given, merged
from opentill.services.pricing import unit_of


async def made(op: Operation, params: Sequence[requests.NewLineItem]) -> list[LineItem]:
    """The lines of a new session. Raises InvalidRequest for what cannot be sold together."""
    items = [await _item(op, one, f"line_items[{index}]") for index, one in enumerate(params)]
    _check_currency(items)
    return items


async def changed(
    op: Operation, before: Sequence[LineItem], params: Sequence[requests.ChangedLineItem]
) -> list[LineItem]:
    """The lines after an update: those that are named by their ids stay, others are new, what is not there goes."""
    known = {item.id: item for item in before}
    items: list[LineItem] = []
    for index, one in enumerate(params):
        name = f"line_items[{index}]"
        if isinstance(one.id, UnsetType):
            items.append(await _item(op, one, name))
            continue
        item = known.pop(one.id, None)
        if item is None:
            raise InvalidRequest(f"No such line item: '{one.id}'", code="resource_missing", param=f"{name}[id]")
        if not isinstance(one.price, UnsetType) or not isinstance(one.price_data, UnsetType):
            price, description = await _price(op, one, name)
            item = replace(item, price=price, currency=price.currency, description=description)
        if not isinstance(one.adjustable_quantity, UnsetType):
            item = replace(item, adjustable_quantity=_adjustable(one.adjustable_quantity, name))
        quantity = item.quantity or 0 if isinstance(one.quantity, UnsetType) else one.quantity
        item = checkout.with_quantity(item, quantity)
        items.append(replace(item, metadata=merged(item.metadata, one.metadata)))
    _check_currency(items)
    return items


def _check_currency(items: Sequence[LineItem]) -> None:
    if any(item.currency != items[0].currency for item in items):
        raise InvalidRequest("All prices on a Checkout Session must have the same currency.", param="line_items")


async def _item(op: Operation, params: requests.NewLineItem, name: str) -> LineItem:
    price, description = await _price(op, params, name)
    adjustable = None
    if not isinstance(params.adjustable_quantity, UnsetType):
        adjustable = _adjustable(params.adjustable_quantity, name)
    if isinstance(params.quantity, UnsetType):
        raise InvalidRequest(
            f"Missing required param: {name}[quantity].", code="parameter_missing", param=f"{name}[quantity]"
        )
    if params.quantity == 0 and adjustable is None:
        raise InvalidRequest(
            "This value must be greater than or equal to 1.",
            code="parameter_invalid_integer",
            param=f"{name}[quantity]",
        )
    item = LineItem(
        id=op.new_id("li"),
        adjustable_quantity=adjustable,
        amount_subtotal=0,
        amount_total=0,
        currency=price.currency,
        description=description,
        metadata=merged({}, params.metadata),
        price=price,
        quantity=params.quantity,
    )
    return checkout.with_quantity(item, params.quantity)


def _adjustable(params: requests.AdjustableQuantity, name: str) -> AdjustableQuantity | None:
    if not params.enabled:
        return None
    least = 0 if isinstance(params.minimum, UnsetType) else params.minimum
    most = 99 if isinstance(params.maximum, UnsetType) else params.maximum
    if least > most:
        raise InvalidRequest(
            "The minimum of an adjustable quantity must not be greater than its maximum.",
            param=f"{name}[adjustable_quantity][minimum]",
        )
    return AdjustableQuantity(enabled=True, maximum=most, minimum=least)


async def _price(op: Operation, params: requests.NewLineItem, name: str) -> tuple[Price, str]:
    """What it costs, and what it is called."""
    if isinstance(params.price, str):
        price = await op.get(PRICES, params.price, param=f"{name}[price]")
        product = await op.get(PRODUCTS, price.value.product, param=f"{name}[price]")
        if not price.value.active:
            raise InvalidRequest(
                "The price specified is inactive. This field only accepts active prices.", param=f"{name}[price]"
            )
        if price.value.type != "one_time":
            raise InvalidRequest(
                "You specified `payment` mode but passed a recurring price. Only one-time prices can be paid here.",
                param=f"{name}[price]",
            )
        return price.value, product.value.name
    data = params.price_data
    if isinstance(data, UnsetType):
        raise InvalidRequest(f"Missing required param: {name}[price].", code="parameter_missing", param=name)
    name = f"{name}[price_data]"
    unit, exact = unit_of(data, param=name)
    product = await _product(op, data, name)
    price = Price(
        id=op.new_id("price"),
        active=False,  # it is good for this session alone
        created=op.now,
        currency=data.currency,
        livemode=op.caller.livemode,
        product=product.id,
        tax_behavior=given(data.tax_behavior) or "unspecified",
        unit_amount=unit,
        unit_amount_decimal=exact,
    )
    op.create(PRICES, price, None)
    return price, product.name


async def _product(op: Operation, params: requests.PriceData, name: str) -> Product:
    if isinstance(params.product, str):
        return (await op.get(PRODUCTS, params.product, param=f"{name}[product]")).value
    data = params.product_data
    if isinstance(data, UnsetType):
        raise InvalidRequest(f"Missing required param: {name}[product_data].", code="parameter_missing", param=name)
    product = Product(
        id=op.new_id("prod"),
        active=False,
        created=op.now,
        description=given(data.description),
        images=cast("list[str]", given(data.images) or []),
        livemode=op.caller.livemode,
        metadata=merged({}, data.metadata),
        name=data.name,
        tax_code=given(data.tax_code),
        unit_label=given(data.unit_label),
        updated=op.now,
    )
    op.create(PRODUCTS, product, None)
    return product
