"""API keys: made, listed, revoked, and recognised. Only hashes are stored."""

import hashlib
from typing import Final

import msgspec

from opentill.domain.errors import Unauthenticated
from opentill.domain.ids import base62, new_id, random_token
from opentill.domain.objects.account import Account
from opentill.domain.objects.account_parts import BusinessProfile, CardPaymentsSettings, PaymentsSettings, Settings
from opentill.ports.clock import Clock
from opentill.ports.store import Changes, Conflict, Insert, Store, Update
from opentill.services.kinds import ACCOUNTS, API_KEYS
from opentill.services.records import AccountHidden, ApiKey, KeyKind, Permission

PREFIXES: Final[dict[str, tuple[KeyKind, bool]]] = {
    "sk_test_": ("secret", False),
    "sk_live_": ("secret", True),
    "rk_test_": ("restricted", False),
    "rk_live_": ("restricted", True),
    "pk_test_": ("publishable", False),
    "pk_live_": ("publishable", True),
}

KEY_LENGTH_MAX: Final = 255


def hash_key(key: str) -> str:
    """What is kept of a key. Keys are long and random, so a plain hash cannot be turned round."""
    return hashlib.sha256(key.encode()).hexdigest()


def shown(key: str) -> str:
    """A key as it may be shown: its prefix, asterisks and the last four characters."""
    prefix = next((prefix for prefix in PREFIXES if key.startswith(prefix)), "")
    return (
        f"{prefix}{'*' * max(len(key) - len(prefix) - 4, 4)}{key[-4:]}"
        if len(key) > len(prefix) + 4
        else f"{prefix}****"
    )


def invalid(key: str) -> Unauthenticated:
    """The refusal of a key that opens nothing."""
    return Unauthenticated(f"Invalid API Key provided: {shown(key[:KEY_LENGTH_MAX])}")


def new_account(
    id: str, created: int, *, country: str = "US", currency: str = "usd", name: str = "Opentill"
) -> Account:
    """An account that can take card payments at a counter.

    By default it is a restaurant in the United States, so that every feature of the guides (tips at capture,
    incremental authorization) can be tried.
    """
    return Account(
        id=id,
        business_profile=BusinessProfile(mcc="5812", name=name),
        business_type="company",
        capabilities={"card_payments": "active", "transfers": "active"},
        charges_enabled=True,
        country=country,
        created=created,
        default_currency=currency,
        details_submitted=True,
        payouts_enabled=True,
        settings=Settings(
            card_payments=CardPaymentsSettings(statement_descriptor_prefix=name.upper()[:10]),
            payments=PaymentsSettings(statement_descriptor=name.upper()[:22]),
        ),
        type="standard",
    )


def make_key(
    account: str,
    kind: KeyKind,
    *,
    livemode: bool,
    now_ms: int,
    name: str | None = None,
    permissions: dict[str, Permission] | None = None,
    tail: str | None = None,
) -> tuple[str, Insert]:
    """A new key and the insert that makes it valid. `tail` is what follows the prefix; random if not given."""
    prefix = next(prefix for prefix, (of, live) in PREFIXES.items() if of == kind and live == livemode)
    key = prefix + (tail or account.removeprefix("acct_")[:8] + random_token(40))
    record = ApiKey(
        id=new_id("key", now_ms),
        kind=kind,
        livemode=livemode,
        hash=hash_key(key),
        shown=shown(key),
        created=now_ms // 1000,
        name=name,
        permissions=permissions,
    )
    return key, Insert(API_KEYS, account, livemode, record.id, now_ms // 1000, record)


def account_of_tail(tail: str) -> str:
    """In development every unknown test key opens an account of its own; its id follows from the key."""
    digest = int.from_bytes(hashlib.sha256(b"account of " + tail.encode()).digest()[:16], "big")
    return "acct_1" + base62(digest, 15)


async def open_account(store: Store, clock: Clock, key: str, api_version: str) -> None:
    """Make the account of an unknown `sk_test_` key, with that key and the publishable key of the same tail."""
    tail = key.removeprefix("sk_test_")
    now_ms = clock.now_ms()
    now = now_ms // 1000
    id = account_of_tail(tail)
    changes = Changes()
    changes.inserts.append(
        Insert(ACCOUNTS, id, False, id, now, new_account(id, now), AccountHidden(api_version=api_version))
    )
    for kind in ("secret", "publishable"):
        _, insert = make_key(id, kind, livemode=False, now_ms=now_ms, name="development", tail=tail)
        changes.inserts.append(insert)
    try:
        await store.commit(changes)
    except Conflict:
        return  # another request with the same key was first


async def revoke(store: Store, clock: Clock, key_id: str, account: str) -> ApiKey:
    """End a key. Raises KeyError if the account has none of that id."""
    stored = await store.get(API_KEYS, account, key_id)
    if stored is None:
        raise KeyError(key_id)
    revoked = msgspec.structs.replace(stored.value, revoked=clock.now())
    await store.commit(Changes(updates=[Update(stored, revoked, None)]))
    return revoked
