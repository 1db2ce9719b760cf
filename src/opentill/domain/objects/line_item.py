"""LineItem: a product, how many of it, and what they cost (official client: `LineItems.d.ts`)."""

from typing import Literal

import msgspec

from opentill.domain.objects.price import Price
from opentill.domain.objects.shared import Metadata


class AdjustableQuantity(msgspec.Struct, frozen=True, kw_only=True):
    """Whether customers may say how many they want, and how few and many that can be."""

    enabled: bool
    maximum: int | None = None
    minimum: int | None = None


class LineItem(msgspec.Struct, frozen=True, kw_only=True):
    """One line of what is bought. Amounts are minor units of `currency`, of the whole line."""

    id: str
    object: Literal["item"] = "item"
    adjustable_quantity: AdjustableQuantity | None = None
    amount_discount: int = 0
    amount_subtotal: int
    amount_tax: int = 0
    amount_total: int
    currency: str
    description: str | None = None
    metadata: Metadata | None = {}
    price: Price | None
    quantity: int | None
