"""What older API versions showed inside an object, where newer ones show an id or leave it out until it is asked for.

Before 2022-11-15 a PaymentIntent held its latest charge, and every charge its refunds. They are read and put in before
paths are expanded, so that `charges.data.balance_transaction` leads somewhere, and again for what expansion put in.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import msgspec

from opentill.domain.versions import at_least
from opentill.ports.store import Condition
from opentill.services import kinds
from opentill.services.operation import Operation

_SHOWN_MAX = 10


def shows_more(version: str) -> bool:
    """Whether `version` showed objects inside others that take reading."""
    return not at_least(version, "2022-11-15")


async def put_inside(op: Operation, items: Iterable[Any]) -> None:
    """Put in, for every object in `items` and below, what versions before 2022-11-15 showed inside it."""
    found = [item for value in items for item in _objects(value)]
    await _put_charges(op, [item for item in found if item["object"] == "payment_intent" and "charges" not in item])
    for item in (inner for value in found for inner in _objects(value)):
        if item["object"] == "charge" and "refunds" not in item:
            item["refunds"] = await _refunds_of(op, item["id"])


async def _put_charges(op: Operation, intents: Sequence[dict[str, Any]]) -> None:
    latest = {intent["id"]: id_of(intent.get("latest_charge")) for intent in intents}
    charges = await op.find_many(kinds.CHARGES, [id for id in latest.values() if id is not None])
    for intent in intents:
        charge = charges.get(latest[intent["id"]] or "")
        data = [] if charge is None else [decoded(charge.value)]
        url = f"/v1/charges?payment_intent={intent['id']}"
        intent["charges"] = {
            "object": "list",
            "data": data,
            "has_more": False,
            "total_count": len(data),
            "url": url,
        }


async def _refunds_of(op: Operation, charge: str) -> dict[str, Any]:
    page = await op.system.store.page(
        kinds.REFUNDS,
        op.caller.account,
        op.caller.livemode,
        [Condition("charge", "=", charge)],
        limit=_SHOWN_MAX,
    )
    ids = [stored.id for stored in page.items]
    refunds = await op.find_many(kinds.REFUNDS, ids)  # as this operation changes them
    return {
        "object": "list",
        "data": [decoded(refunds[id].value) for id in ids],
        "has_more": page.has_more,
        "total_count": len(ids),
        "url": f"/v1/charges/{charge}/refunds",
    }


def decoded(value: msgspec.Struct) -> dict[str, Any]:
    """An object as the JSON that is worked on."""
    return msgspec.json.decode(msgspec.json.encode(value))


def id_of(reference: Any) -> str | None:
    """The id of an object that is there or only named."""
    return cast("dict[str, Any]", reference)["id"] if isinstance(reference, dict) else reference


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """The API objects in a JSON value, outer ones first."""
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        if isinstance(members.get("object"), str):
            yield members
        for member in list(members.values()):
            yield from _objects(member)
    elif isinstance(value, list):
        for element in cast("list[Any]", value):
            yield from _objects(element)
