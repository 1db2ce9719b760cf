"""Objects as older API versions showed them (reference: the API changelog).

What is stored has the shape of the newest version. Going back from it, each change below undoes what its version
introduced; a version newer than all of them needs nothing. What takes reading is in older.py.
"""

from collections.abc import Callable
from typing import Any

_Object = dict[str, Any]


def _automatic_payment_methods(item: _Object) -> None:
    """Before 2026-07-29 an intent had no `allowed_payment_method_types`."""
    if item.get("object") in ("payment_intent", "setup_intent"):
        item.pop("allowed_payment_method_types", None)


def _ui_mode(item: _Object) -> None:
    """Before 2026-03-25 the pages of Checkout had shorter names."""
    if item.get("object") == "checkout.session":
        names = {"hosted_page": "hosted", "embedded_page": "embedded", "elements": "custom"}
        item["ui_mode"] = names.get(item["ui_mode"], item["ui_mode"])


def _latest_charge(item: _Object) -> None:
    """Before 2022-11-15 a PaymentIntent listed its charges, which older.py has put in."""
    if item.get("object") == "payment_intent":
        item.pop("latest_charge", None)


def _customer_lists(item: _Object) -> None:
    """Before 2020-08-27 a customer showed its sources, subscriptions and tax ids."""
    if item.get("object") == "customer" and not item.get("deleted"):
        for field in ("sources", "subscriptions", "tax_ids"):
            item.setdefault(
                field,
                {
                    "object": "list",
                    "data": [],
                    "has_more": False,
                    "total_count": 0,
                    "url": f"/v1/customers/{item['id']}/{field}",
                },
            )


def _reader_last_seen(item: _Object) -> None:
    """Before 2025-10-29 a reader did not say when it was last seen."""
    if item.get("object") == "terminal.reader":
        item.pop("last_seen_at", None)


# Newest first: (the date that introduced it, what undoes it).
_CHANGES: tuple[tuple[str, Callable[[_Object], None]], ...] = (
    ("2026-07-29", _automatic_payment_methods),
    ("2026-03-25", _ui_mode),
    ("2025-10-29", _reader_last_seen),
    ("2022-11-15", _latest_charge),
    ("2020-08-27", _customer_lists),
)
_NEWEST = _CHANGES[0][0]


def needs_shaping(version: str) -> bool:
    """Whether anything differs between `version` and the newest one."""
    return version[:10] < _NEWEST


def shape(item: _Object, version: str) -> _Object:
    """`item` as `version` showed it, changed in place with the objects inside it."""
    date = version[:10]
    for introduced, undo in _CHANGES:
        if date >= introduced:
            break
        undo(item)
    for value in item.values():
        if isinstance(value, dict) and "object" in value:
            shape(value, version)  # type: ignore[arg-type]
        elif isinstance(value, list):
            for inner in value:  # type: ignore[assignment]
                if isinstance(inner, dict) and "object" in inner:
                    shape(inner, version)  # type: ignore[arg-type]
    return item
