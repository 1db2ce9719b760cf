"""What the shop sells, and what an order comes to. Amounts are cents of US dollars.

Prices are whole dollars and the tax is a tenth: so no total ends in digits that test cards answer with a decline.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

SHOP: Final = "Ridgeline Coffee"
CURRENCY: Final = "usd"
TAX_PERCENT: Final = 10
QUANTITY_MAX: Final = 99


@dataclass(frozen=True, slots=True)
class Item:
    """Something to sell; `price` without tax."""

    id: str
    name: str
    group: str
    price: int


@dataclass(frozen=True, slots=True)
class Totals:
    """What an order comes to: `total` is `subtotal` and `tax`, without a tip."""

    subtotal: int
    tax: int
    total: int


ITEMS: Final = {
    item.id: item
    for item in (
        Item("espresso", "Espresso", "Coffee", 300),
        Item("filter", "Filter coffee", "Coffee", 300),
        Item("flat-white", "Flat white", "Coffee", 400),
        Item("cold-brew", "Cold brew", "Coffee", 500),
        Item("green-tea", "Green tea", "Tea", 300),
        Item("chai", "Chai latte", "Tea", 500),
        Item("croissant", "Croissant", "Kitchen", 400),
        Item("banana-bread", "Banana bread", "Kitchen", 500),
        Item("granola", "Granola bowl", "Kitchen", 900),
        Item("toast", "Avocado toast", "Kitchen", 1200),
        Item("beans", "Beans 250 g", "Shelf", 1600),
        Item("cup", "Travel cup", "Shelf", 2400),
    )
}


def totals(quantities: Mapping[str, int]) -> Totals:
    """What `quantities` of items, by their ids, come to. The tax is rounded half up."""
    subtotal = sum(ITEMS[id].price * quantity for id, quantity in quantities.items())
    tax = (subtotal * TAX_PERCENT + 50) // 100
    return Totals(subtotal, tax, subtotal + tax)
