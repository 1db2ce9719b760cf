"""Results as answers: objects as JSON in the shape of the caller's version, expanded as asked.

The common answer, an object at a current version with nothing expanded, is the very bytes that are stored.
"""

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from opentill.api import errors, older
from opentill.api.expand import expand
from opentill.api.shapes import needs_shaping, shape
from opentill.domain.errors import Refusal
from opentill.domain.objects.pos import PosReader
from opentill.domain.objects.terminal_reader import Reader
from opentill.services.listing import Listing, SearchResult
from opentill.services.operation import Answer, Operation
from opentill.services.terminal.pos import holding

LISTS = (Listing, SearchResult)

# What a page may see that knows the client secret (observed from the real API, with a publishable key).
_PUBLISHABLE_VIEW = {
    "payment_intent": (
        "id object amount amount_details automatic_payment_methods canceled_at cancellation_reason capture_method "
        "client_secret confirmation_method created currency description last_payment_error livemode next_action "
        "payment_method payment_method_types processing receipt_email setup_future_usage shipping source status"
    ).split(),
    "setup_intent": (
        "id object automatic_payment_methods cancellation_reason client_secret created description last_setup_error "
        "livemode next_action payment_method payment_method_types status usage"
    ).split(),
    "checkout.session": (
        "id object amount_subtotal amount_total billing_address_collection cancel_url client_secret created currency "
        "custom_text customer_email expires_at livemode locale mode payment_method_types payment_status "
        "phone_number_collection shipping_address_collection status submit_type success_url total_details ui_mode url"
    ).split(),
}


class Answers:
    """`services.operation.Answering`, as JSON over HTTP."""

    async def success(self, op: Operation, value: Any) -> Answer:
        """200 with the object, list or search result."""
        return Answer(200, await self.render(op, value))

    async def refusal(self, op: Operation, refusal: Refusal) -> Answer:
        """The error envelope with its status; objects inside are shown whole."""
        await self.shape_details(op, refusal)
        return Answer(errors.status_of(refusal), refusal_body(refusal))

    async def shape_details(self, op: Operation, refusal: Refusal) -> None:
        """Let the objects inside a refusal show what the caller's version and key show of them."""
        version, publishable = op.caller.api_version, op.caller.in_page
        if not refusal.details or not (publishable or needs_shaping(version)):
            return
        inside = {
            name: older.decoded(value) for name, value in refusal.details.items() if isinstance(value, msgspec.Struct)
        }
        if older.shows_more(version):
            await older.put_inside(op, inside.values())
        for name, item in inside.items():
            shown = shape(item, version)
            inside[name] = _publishable(shown) if publishable else shown
        refusal.details = {**refusal.details, **inside}

    def event_object(self, op: Operation, value: Any, version: str) -> bytes | None:
        """The object as `version` shows it; None if that takes reading (`event_object_read`)."""
        encoded = op.changes.encode(value)
        if not needs_shaping(version):
            return encoded
        if older.shows_more(version):
            return None
        return msgspec.json.encode(shape(msgspec.json.decode(encoded), version))

    async def event_object_read(self, op: Operation, value: Any, version: str) -> bytes:
        """The object as `version` shows it, with what has to be read for it."""
        shown: dict[str, Any] = msgspec.json.decode(op.changes.encode(value))
        await older.put_inside(op, (shown,))
        return msgspec.json.encode(shape(shown, version))

    async def render(self, op: Operation, value: Any, url: str = "") -> bytes:
        """The body of an answer that shows `value`; `url` is the path of a list."""
        caller = op.caller
        if caller.key == "session" and type(value) is Reader:  # it is connected to it
            value = await holding.shown(op, value)
        items: Sequence[Any] | None = cast("Listing[Any]", value).items if isinstance(value, LISTS) else None
        shaping = needs_shaping(caller.api_version)
        lessening = caller.in_page and not isinstance(value, PosReader)
        if not caller.expand and not shaping and not lessening:
            return op.changes.encode(value) if items is None else msgspec.json.encode(_envelope(value, items, url))
        encoded = [op.changes.encode(item) for item in (items if items is not None else (cast("Any", value),))]
        shown: list[dict[str, Any]] = [msgspec.json.decode(item) for item in encoded]
        inlining = shaping and older.shows_more(caller.api_version)
        if inlining:
            await older.put_inside(op, shown)
        if caller.expand:
            await expand(op, shown, caller.expand, in_list=items is not None)
            if inlining:
                await older.put_inside(op, shown)
        if shaping:
            shown = [shape(item, caller.api_version) for item in shown]
        if lessening:
            shown = [_publishable(item) for item in shown]
        return msgspec.json.encode(shown[0] if items is None else _envelope(value, shown, url))


def _envelope(value: Any, items: Any, url: str) -> dict[str, Any]:
    if isinstance(value, SearchResult):
        next_page = cast("SearchResult[Any]", value).next_page
        return {
            "object": "search_result",
            "data": items,
            "has_more": next_page is not None,
            "next_page": next_page,
            "url": url,
        }
    return {"object": "list", "data": items, "has_more": value.has_more, "url": url}


def _publishable(item: dict[str, Any]) -> dict[str, Any]:
    fields = _PUBLISHABLE_VIEW.get(item.get("object", ""))
    return item if fields is None else {name: item[name] for name in fields if name in item}


def refusal_body(refusal: Refusal) -> bytes:
    """The error envelope."""
    return errors.encode(errors.envelope(refusal))
