"""Expansion: ids in an answer replaced by the objects they name (reference: Expanding responses).

Paths are walked level by level and every level is read in one query a kind, so that a list of a hundred charges
with their balance transactions costs one read more, not a hundred.
"""

from collections.abc import Iterable
from typing import Any, cast

import msgspec

from opentill.domain.errors import InvalidRequest
from opentill.ports.store import Condition, Kind
from opentill.services import kinds
from opentill.services.operation import Operation

DEPTH_MAX = 4

# By object: the fields that hold ids, and the kind they are of. None: never set here, so there is nothing to read.
_EXPANDABLE: dict[str, dict[str, Kind[Any, Any] | None]] = {
    "payment_intent": {
        "application": None,
        "customer": kinds.CUSTOMERS,
        "latest_charge": kinds.CHARGES,
        "on_behalf_of": kinds.ACCOUNTS,
        "payment_method": kinds.PAYMENT_METHODS,
        "payment_record": None,
        "review": None,
        "source": None,
        "transfer_data.destination": kinds.ACCOUNTS,
        "last_payment_error.payment_method.customer": kinds.CUSTOMERS,
    },
    "setup_intent": {
        "application": None,
        "customer": kinds.CUSTOMERS,
        "latest_attempt": kinds.SETUP_ATTEMPTS,
        "mandate": None,
        "on_behalf_of": kinds.ACCOUNTS,
        "payment_method": kinds.PAYMENT_METHODS,
        "single_use_mandate": None,
    },
    "setup_attempt": {
        "application": None,
        "customer": kinds.CUSTOMERS,
        "on_behalf_of": kinds.ACCOUNTS,
        "payment_method": kinds.PAYMENT_METHODS,
        "setup_intent": kinds.SETUP_INTENTS,
        "payment_method_details.card_present.generated_card": kinds.PAYMENT_METHODS,
    },
    "charge": {
        "application": None,
        "application_fee": kinds.APPLICATION_FEES,
        "balance_transaction": kinds.BALANCE_TRANSACTIONS,
        "customer": kinds.CUSTOMERS,
        "failure_balance_transaction": kinds.BALANCE_TRANSACTIONS,
        "on_behalf_of": kinds.ACCOUNTS,
        "payment_intent": kinds.PAYMENT_INTENTS,
        "review": None,
        "source_transfer": None,
        "transfer": None,
        "transfer_data.destination": kinds.ACCOUNTS,
        "outcome.rule": None,
        "payment_method_details.card.mandate": None,
    },
    "refund": {
        "balance_transaction": kinds.BALANCE_TRANSACTIONS,
        "charge": kinds.CHARGES,
        "customer": kinds.CUSTOMERS,
        "failure_balance_transaction": kinds.BALANCE_TRANSACTIONS,
        "payment_intent": kinds.PAYMENT_INTENTS,
        "payment_method": kinds.PAYMENT_METHODS,
        "source_transfer_reversal": None,
        "transfer_reversal": None,
    },
    "payment_method": {
        "customer": kinds.CUSTOMERS,
        "card.generated_from.charge": kinds.CHARGES,
        "card.generated_from.setup_attempt": kinds.SETUP_ATTEMPTS,
    },
    "customer": {
        "default_source": None,
        "invoice_settings.default_payment_method": kinds.PAYMENT_METHODS,
        "test_clock": None,
    },
    "balance_transaction": {"source": None},
    "application_fee": {
        "account": kinds.ACCOUNTS,
        "application": None,
        "balance_transaction": kinds.BALANCE_TRANSACTIONS,
        "charge": kinds.CHARGES,
        "originating_transaction": kinds.CHARGES,
    },
    "terminal.reader": {
        "location": kinds.LOCATIONS,
        "action.process_payment_intent.payment_intent": kinds.PAYMENT_INTENTS,
        "action.collect_payment_method.payment_intent": kinds.PAYMENT_INTENTS,
        "action.confirm_payment_intent.payment_intent": kinds.PAYMENT_INTENTS,
        "action.process_setup_intent.setup_intent": kinds.SETUP_INTENTS,
        "action.process_setup_intent.generated_card": kinds.PAYMENT_METHODS,
        "action.refund_payment.charge": kinds.CHARGES,
        "action.refund_payment.payment_intent": kinds.PAYMENT_INTENTS,
        "action.refund_payment.refund": kinds.REFUNDS,
    },
}

# Fields that are absent unless asked for.
_INCLUDABLE: dict[str, frozenset[str]] = {
    "charge": frozenset({"refunds"}),
    "customer": frozenset({"sources", "subscriptions", "tax", "tax_ids", "cash_balance", "invoice_credit_balance"}),
}

# A balance transaction's source is of the kind that its id says.
_BY_PREFIX: dict[str, Kind[Any, Any]] = {
    "ch": kinds.CHARGES,
    "re": kinds.REFUNDS,
    "fee": kinds.APPLICATION_FEES,
    "pi": kinds.PAYMENT_INTENTS,
}

_Tree = dict[str, "_Tree"]


async def expand(op: Operation, objects: list[dict[str, Any]], paths: Iterable[str], *, in_list: bool) -> None:
    """Replace the ids at `paths` in `objects`, in place. Raises InvalidRequest for a path that leads nowhere."""
    tree: _Tree = {}
    for path in paths:
        segments = path.split(".")
        if len(segments) - (1 if in_list else 0) > DEPTH_MAX:
            raise InvalidRequest(
                f"You cannot expand more than {DEPTH_MAX} levels of a property. Property: {path}", param="expand"
            )
        if in_list:
            if segments[0] != "data":
                raise InvalidRequest(
                    f"This property cannot be expanded ({path}). You may want to try expanding 'data.{path}' instead."
                )
            segments = segments[1:]
        node = tree
        for segment in segments:
            node = node.setdefault(segment, {})
    if tree:
        await _expand(op, objects, tree, "data." if in_list else "")


async def _expand(op: Operation, objects: list[dict[str, Any]], tree: _Tree, walked: str) -> None:
    by_type: dict[str, list[dict[str, Any]]] = {}
    for item in objects:
        by_type.setdefault(item.get("object", ""), []).append(item)
    for name, group in by_type.items():
        for path, below in _fields(name, tree, walked):
            if path in _INCLUDABLE.get(name, ()):
                await _include(op, name, path, group)
                continue
            found = await _replace(op, name, path, group)
            if below:
                await _expand(op, found, below, f"{walked}{path}.")


def _fields(name: str, tree: _Tree, walked: str, prefix: str = "") -> Iterable[tuple[str, _Tree]]:
    """The expandable fields of an object that the tree names, with what is to be expanded below each."""
    expandable = _EXPANDABLE.get(name, {})
    for segment, below in tree.items():
        path = prefix + segment
        if path in expandable or path in _INCLUDABLE.get(name, ()):
            yield path, below
        elif any(field.startswith(path + ".") for field in expandable) and below:
            yield from _fields(name, below, walked, path + ".")
        else:
            raise InvalidRequest(f"This property cannot be expanded ({walked}{path}).", param="expand")


async def _replace(op: Operation, name: str, path: str, group: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the objects in the place of their ids at `path`; the objects that were put there."""
    *holders, last = path.split(".")
    places: list[tuple[dict[str, Any], str]] = []
    for item in group:
        holder: dict[str, Any] | None = item
        for segment in holders:
            inner: Any = None if holder is None else holder.get(segment)
            holder = cast("dict[str, Any]", inner) if isinstance(inner, dict) else None
        if holder is not None and isinstance(id := holder.get(last), str):
            places.append((holder, id))
    wanted: dict[str, tuple[Kind[Any, Any], list[str]]] = {}
    for _, id in places:
        kind = _EXPANDABLE[name][path] or (
            _BY_PREFIX.get(id.partition("_")[0]) if name == "balance_transaction" else None
        )
        if kind is not None:
            wanted.setdefault(kind.table, (kind, []))[1].append(id)
    objects: dict[str, dict[str, Any]] = {}
    for kind, ids in wanted.values():
        for id, value in (await op.find_many(kind, ids)).items():
            shown = op.system.answering.event_object(op, value)
            objects[id] = msgspec.json.decode(shown)
    found: list[dict[str, Any]] = []
    for holder, id in places:
        if id in objects:
            holder[last] = objects[id]
            found.append(objects[id])
    return found


async def _include(op: Operation, name: str, field: str, group: list[dict[str, Any]]) -> None:
    """Add a field that is absent by default."""
    for item in group:
        if name == "charge":
            page = await op.system.store.page(
                kinds.REFUNDS, op.caller.account, op.caller.livemode, [Condition("charge", "=", item["id"])], limit=10
            )
            item["refunds"] = {
                "object": "list",
                "data": [msgspec.json.decode(msgspec.json.encode(stored.value)) for stored in page.items],
                "has_more": page.has_more,
                "url": f"/v1/charges/{item['id']}/refunds",
            }
        elif field in ("tax", "cash_balance", "invoice_credit_balance"):
            item[field] = {
                "tax": {
                    "automatic_tax": "unrecognized_location",
                    "ip_address": None,
                    "location": None,
                    "provider": "stripe",
                },
                "cash_balance": None,
                "invoice_credit_balance": {},
            }[field]
        else:
            item[field] = {
                "object": "list",
                "data": [],
                "has_more": False,
                "url": f"/v1/customers/{item['id']}/{field}",
            }
