"""Objects for the store's tests, in tables of the real schema."""

from typing import Any

import msgspec

from opentill.ports.store import Insert, Kind, Stored


class Nested(msgspec.Struct, frozen=True, kw_only=True):
    """Something inside of an object."""

    brand: str | None = None
    size: int | None = None


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """An object with everything a search looks at."""

    id: str
    amount: int = 0
    disputed: bool = False
    customer: str | None = None
    transfer_group: str | None = None
    card: Nested | None = None
    metadata: dict[str, str] = {}


class Secret(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to a payment and is not shown."""

    token: str = "tok"
    due: int | None = None


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """An object without a hidden part."""

    id: str
    type: str = "note.created"


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """An object with a column that is unique in the whole database."""

    id: str
    hash: str


PAYMENTS: Kind[Payment, Secret] = Kind(
    "charges",
    Payment,
    Secret,
    "payment",
    columns={
        "customer": lambda payment, _: payment.customer,
        "transfer_group": lambda payment, _: payment.transfer_group,
        "capture_before": lambda _, secret: secret.due,
    },
)
NOTES: Kind[Note, None] = Kind("events", Note, type(None), "note", columns={"type": lambda note, _: note.type})
KEYS: Kind[Key, None] = Kind("api_keys", Key, type(None), "key", columns={"hash": lambda key, _: key.hash})

SCRAPS: Kind[msgspec.Raw, None] = Kind("file_contents", msgspec.Raw, type(None), "scrap")

KINDS: tuple[Kind[Any, Any], ...] = (PAYMENTS, NOTES, KEYS, SCRAPS)

SHOP = "acct_shop"


def payment(
    id: str, *, account: str = SHOP, livemode: bool = False, created: int = 1, due: int | None = None, **fields: Any
) -> Insert:
    """A new payment."""
    return Insert(PAYMENTS, account, livemode, id, created, Payment(id=id, **fields), Secret(due=due))


def note(id: str, type: str = "note.created", *, account: str = SHOP, created: int = 1) -> Insert:
    """A new note."""
    return Insert(NOTES, account, False, id, created, Note(id=id, type=type))


def key(id: str, hash: str, *, account: str = SHOP) -> Insert:
    """A new key."""
    return Insert(KEYS, account, False, id, 1, Key(id=id, hash=hash))


def scrap(id: str, content: bytes) -> Insert:
    """New bytes, which are no JSON."""
    return Insert(SCRAPS, SHOP, False, id, 1, msgspec.Raw(content))


def stored(insert: Insert, version: int = 1) -> Stored[Any, Any]:
    """What reading it gives, once inserted."""
    return Stored(
        insert.kind, insert.account, insert.livemode, insert.id, insert.created, version, insert.value, insert.hidden
    )
