"""The accounts an operation works with: read often, changed seldom, so remembered for a moment."""

from opentill.domain.objects.account import Account
from opentill.services.kinds import ACCOUNTS
from opentill.services.operation import Operation, StoredAccount

# How old what other processes see of an account's settings may be.
FRESH_MS = 2_000


async def own_account(op: Operation) -> Account:
    """The caller's account, at most two seconds old."""
    return (await account_of(op, op.caller.account)).value


async def account_of(op: Operation, id: str) -> StoredAccount:
    """An account of this installation, whoever asks, at most two seconds old. Raises ResourceMissing."""
    remembered = op.system.accounts
    known = remembered.get(id)
    if known is not None and 0 <= op.now_ms - known[0] < FRESH_MS:
        return known[1]
    stored = await op.system.store.get(ACCOUNTS, id, id)
    if stored is None:
        raise op.missing(ACCOUNTS, id)
    remembered[id] = (op.now_ms, stored)
    return stored


def forget(op: Operation, id: str) -> None:
    """The account is about to change: read it again once it has."""
    op.after_commit(lambda: op.system.accounts.pop(id, None) and None)
