"""`opentill keys`: the commands behind it, on a store that is open."""

import sys
from typing import cast

from opentill.cli import Failure
from opentill.clock import MovableClock
from opentill.domain.ids import new_id
from opentill.domain.money import CURRENCIES
from opentill.domain.versions import GUIDES
from opentill.ports.store import Changes, Insert, Store
from opentill.services import keys
from opentill.services.kinds import ACCOUNTS, API_KEYS
from opentill.services.records import AccountHidden, KeyKind, Permission


async def create(
    store: Store,
    clock: MovableClock,
    *,
    account: str | None,
    kind: KeyKind,
    livemode: bool,
    name: str | None,
    permissions: dict[str, str] | None,
    country: str,
    currency: str,
    business_name: str,
) -> int:
    """Make a key, with an account of its own if none is named; the key goes to standard output, the rest beside it."""
    now_ms = clock.now_ms()
    changes = Changes()
    if account is None:
        if currency.lower() not in CURRENCIES:
            raise Failure(f"--currency: {currency!r} is not a currency payments can be in")
        account = new_id("acct", now_ms)
        made = keys.new_account(
            account, now_ms // 1000, country=country.upper(), currency=currency.lower(), name=business_name
        )
        changes.inserts.append(
            Insert(ACCOUNTS, account, False, account, now_ms // 1000, made, AccountHidden(api_version=GUIDES))
        )
        print(f"account {account}", file=sys.stderr)
    elif await store.get(ACCOUNTS, account, account) is None:
        raise Failure(f"there is no account {account}; leave --account out to make one")
    key, insert = keys.make_key(
        account,
        kind,
        livemode=livemode,
        now_ms=now_ms,
        name=name,
        permissions=cast("dict[str, Permission] | None", permissions),
    )
    changes.inserts.append(insert)
    await store.commit(changes)
    print(f"key id {insert.id}", file=sys.stderr)
    print(key)
    return 0


async def show(store: Store, account: str | None) -> int:
    """Print the keys, one a line."""
    found = await store.due(API_KEYS, "created", 2**62, 100_000)
    rows = [stored for stored in found if account is None or stored.account == account]
    if not rows:
        print("There are no keys. Make one with `opentill keys create`.", file=sys.stderr)
        return 0
    print(f"{'ID':<29} {'ACCOUNT':<22} {'KIND':<12} {'MODE':<5} {'STATE':<8} KEY")
    for stored in rows:
        key = stored.value
        state = "active" if key.revoked is None else "revoked"
        mode = "live" if key.livemode else "test"
        name = f"  {key.name}" if key.name else ""
        print(f"{key.id:<29} {stored.account:<22} {key.kind:<12} {mode:<5} {state:<8} {key.shown}{name}")
    return 0


async def revoke(store: Store, clock: MovableClock, id: str) -> int:
    """End a key, whichever account it is of."""
    for stored in await store.due(API_KEYS, "created", 2**62, 100_000):
        if stored.id == id:
            revoked = await keys.revoke(store, clock, id, stored.account)
            print(f"revoked {revoked.shown}", file=sys.stderr)
            return 0
    raise Failure(f"there is no key {id}; `opentill keys list` shows them")
