"""Expansion: ids in an answer replaced by the objects they name (reference: Expanding responses).

Paths are walked level by level and every level is read in one query a kind, so that a list of a hundred charges
with their balance transactions costs one read more, not a hundred.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, cast, get_args

import msgspec

from opentill.api import older
from opentill.api.openapi import ListOf, SearchOf
from opentill.domain.errors import InvalidRequest
from opentill.domain.ledger import as_of
from opentill.domain.objects.balance_transaction import BalanceTransaction
from opentill.domain.objects.customer import DeletedCustomer
from opentill.domain.terminal.configurations import DEVICE_SECTIONS
from opentill.ports.store import Condition, Kind, Stored
from opentill.services import kinds
from opentill.services.operation import Operation
from opentill.services.records import CustomerHidden

DEPTH_MAX = 4
LINES_SHOWN = 10

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
    "checkout.session": {
        "customer": kinds.CUSTOMERS,
        "invoice": None,
        "payment_intent": kinds.PAYMENT_INTENTS,
        "payment_link": None,
        "setup_intent": kinds.SETUP_INTENTS,
        "subscription": None,
    },
    "item": {"price.product": kinds.PRODUCTS},
    "product": {"default_price": kinds.PRICES},
    "price": {"product": kinds.PRODUCTS},
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
    "file": {},
    "file_link": {"file": kinds.FILES},
    "terminal.configuration": {f"{section}.splashscreen": kinds.FILES for section in DEVICE_SECTIONS},
    "terminal.reader": {
        "location": kinds.LOCATIONS,
        "action.process_payment_intent.payment_intent": kinds.PAYMENT_INTENTS,
        "action.collect_payment_method.payment_intent": kinds.PAYMENT_INTENTS,
        "action.confirm_payment_intent.payment_intent": kinds.PAYMENT_INTENTS,
        "action.process_setup_intent.setup_intent": kinds.SETUP_INTENTS,
        "action.refund_payment.charge": kinds.CHARGES,
        "action.refund_payment.payment_intent": kinds.PAYMENT_INTENTS,
        "action.refund_payment.refund": kinds.REFUNDS,
    },
}

# Fields that are absent unless asked for.
_INCLUDABLE: dict[str, frozenset[str]] = {
    "checkout.session": frozenset({"line_items", "total_details.breakdown"}),
    "charge": frozenset({"refunds"}),
    "customer": frozenset({"sources", "subscriptions", "tax", "tax_ids", "cash_balance", "invoice_credit_balance"}),
}

# Fields that hold a list, and what is in it; it is expanded at `….data`. `charges` is older than 2022-11-15.
_LISTS: dict[str, dict[str, str]] = {
    "checkout.session": {"line_items": "item"},
    "charge": {"refunds": "refund"},
    "payment_intent": {"charges": "charge"},
}

# A balance transaction's source is of the kind that its id says.
_BY_PREFIX: dict[str, Kind[Any, Any]] = {
    "ch": kinds.CHARGES,
    "re": kinds.REFUNDS,
    "fee": kinds.APPLICATION_FEES,
    "pi": kinds.PAYMENT_INTENTS,
}

_Tree = dict[str, "_Tree"]


def check(paths: Iterable[str], returns: Any, version: str) -> None:
    """Raises InvalidRequest for a path that leads nowhere in what an endpoint `returns` (see `openapi.Endpoint`).

    A path is wrong whatever the values are, so this is asked before anything is done.
    """
    if returns is None:
        return
    in_list = isinstance(returns, ListOf | SearchOf)
    types = returns.type if in_list else returns
    names = [_name(type) for type in (get_args(types) or (types,))]
    _check(names, _tree(paths, in_list=in_list), "data." if in_list else "", version)


async def expand(op: Operation, objects: list[dict[str, Any]], paths: Iterable[str], *, in_list: bool) -> None:
    """Replace the ids at `paths`, which were checked, in `objects`, in place."""
    await _expand(op, objects, _tree(paths, in_list=in_list))


def _tree(paths: Iterable[str], *, in_list: bool) -> _Tree:
    """The paths as a tree of their segments. Raises InvalidRequest for one that is too deep or begins wrongly."""
    tree: _Tree = {}
    for path in paths:
        segments = path.split(".")
        if len(segments) - (1 if in_list else 0) > DEPTH_MAX:
            raise InvalidRequest(f"You cannot expand more than {DEPTH_MAX} levels of a property. Property: {path}")
        if in_list:
            if segments[0] != "data":
                raise InvalidRequest(
                    f"This property cannot be expanded ({path}). You may want to try expanding 'data.{path}' instead."
                )
            segments = segments[1:]
        node = tree
        for segment in segments:
            node = node.setdefault(segment, {})
    return tree


def _name(type: Any) -> str:
    """What a struct's `object` says."""
    (field,) = (field for field in msgspec.structs.fields(type) if field.name == "object")
    return str(field.default)


def _check(names: Sequence[str], tree: _Tree, walked: str, version: str) -> None:
    """Raises unless the tree can be expanded in an object of one of these names."""
    refusal: InvalidRequest | None = None
    for name in names:
        try:
            for path, below in _fields(name, tree, version):
                listed = _LISTS.get(name, {}).get(path)
                if listed is not None and "data" in below:
                    _check([listed], below["data"], f"{walked}{path}.data.", version)
                elif below and path not in _INCLUDABLE.get(name, ()):
                    _check(_named_by(name, path), below, f"{walked}{path}.", version)
        except _Nowhere as nowhere:
            refusal = refusal or InvalidRequest(f"This property cannot be expanded ({walked}{nowhere}).")
        except InvalidRequest as deeper:
            refusal = refusal or deeper
        else:
            return
    if refusal is not None:
        raise refusal


def _named_by(name: str, path: str) -> list[str]:
    """The objects that the id at `path` can name; none if it is never set here."""
    kind = _EXPANDABLE[name][path]
    if kind is not None:
        return [_name(kind.type)]
    return [_name(each.type) for each in _BY_PREFIX.values()] if name == "balance_transaction" else []


class _Nowhere(Exception):
    """A path that an object does not have; the words of it are the path."""


async def _expand(op: Operation, objects: list[dict[str, Any]], tree: _Tree) -> None:
    by_type: dict[str, list[dict[str, Any]]] = {}
    for item in objects:
        by_type.setdefault(item.get("object", ""), []).append(item)
    for name, group in by_type.items():
        with suppress(_Nowhere):  # another of the objects that can stand here has it
            for path, below in _fields(name, tree, op.caller.api_version):
                if path in _INCLUDABLE.get(name, ()) or path in _LISTS.get(name, ()):
                    await _include(op, name, path, [item for item in group if path not in item])
                    if inner := below.get("data"):
                        await _expand(op, [listed for item in group for listed in item[path]["data"]], inner)
                    continue
                found = await _replace(op, name, path, group)
                if below:
                    await _expand(op, found, below)


def _fields(name: str, tree: _Tree, version: str, prefix: str = "") -> Iterator[tuple[str, _Tree]]:
    """The expandable fields of an object that the tree names, with what is to be expanded below each.

    Raises _Nowhere for one that the object does not have.
    """
    expandable = _EXPANDABLE.get(name, {})
    known = (*expandable, *_INCLUDABLE.get(name, ()))
    listed = _LISTS.get(name, ()) if older.shows_more(version) else ()
    for segment, below in tree.items():
        path = prefix + segment
        if path in known or path in listed:
            yield path, below
        elif any(field.startswith(path + ".") for field in known) and below:
            yield from _fields(name, below, version, path + ".")
        else:
            raise _Nowhere(path)


async def _replace(op: Operation, name: str, path: str, group: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put the objects in the place of their ids at `path`; the objects that were put there."""
    *holders, last = path.split(".")
    places: list[tuple[dict[str, Any], str]] = []
    owners: dict[str, str] = {}
    for item in group:
        holder: dict[str, Any] | None = item
        for segment in holders:
            inner: Any = None if holder is None else holder.get(segment)
            holder = cast("dict[str, Any]", inner) if isinstance(inner, dict) else None
        if holder is not None and isinstance(id := holder.get(last), str):
            places.append((holder, id))
            owners[id] = _owner(op, name, path, id, item)
    wanted: dict[str, tuple[Kind[Any, Any], list[str]]] = {}
    for _, id in places:
        kind = _EXPANDABLE[name][path] or (
            _BY_PREFIX.get(id.partition("_")[0]) if name == "balance_transaction" else None
        )
        if kind is not None:
            wanted.setdefault(kind.table, (kind, []))[1].append(id)
    objects: dict[str, dict[str, Any]] = {}
    for kind, ids in wanted.values():
        for owner in dict.fromkeys(owners[id] for id in ids):
            for id, stored in (await _read(op, kind, owner, [id for id in ids if owners[id] == owner])).items():
                shown = op.changes.encode(_visible(op, stored))
                objects[id] = msgspec.json.decode(shown)
    found: list[dict[str, Any]] = []
    for holder, id in places:
        if id in objects:
            holder[last] = objects[id]
            found.append(objects[id])
    return found


def _owner(op: Operation, name: str, path: str, id: str, item: dict[str, Any]) -> str:
    """Whose the object is that `path` names: an account is its own, and a fee's charge is the connected account's."""
    if _EXPANDABLE[name][path] is kinds.ACCOUNTS:
        return id
    if name == "application_fee" and path in ("charge", "originating_transaction"):
        return older.id_of(item["account"]) or ""
    return op.caller.account


async def _read(op: Operation, kind: Kind[Any, Any], owner: str, ids: Sequence[str]) -> dict[str, Stored[Any, Any]]:
    if owner == op.caller.account and kind is not kinds.ACCOUNTS:
        return await op.find_many(kind, ids)
    return await op.system.store.get_many(kind, owner, ids)


def _visible(op: Operation, stored: Stored[Any, Any]) -> Any:
    """The object as it is shown: of a deleted customer only the id is left, and time makes money available."""
    if isinstance(stored.hidden, CustomerHidden) and stored.hidden.deleted:
        return DeletedCustomer(id=stored.id)
    if isinstance(stored.value, BalanceTransaction):
        return as_of(stored.value, op.now)
    return stored.value


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
        elif field == "line_items":
            session = await op.get(kinds.CHECKOUT_SESSIONS, item["id"])
            lines = session.hidden.line_items
            item[field] = {
                "object": "list",
                "data": msgspec.json.decode(msgspec.json.encode(lines[:LINES_SHOWN])),
                "has_more": len(lines) > LINES_SHOWN,
                "url": f"/v1/checkout/sessions/{item['id']}/line_items",
            }
        elif field == "total_details.breakdown":
            if item["total_details"] is not None:
                item["total_details"]["breakdown"] = {"discounts": [], "taxes": []}
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
