"""The account an operation belongs to: read often, changed seldom, so remembered for a moment."""

from opentill.domain.objects.account import Account
from opentill.services.kinds import ACCOUNTS
from opentill.services.operation import Operation

# How old what other processes see of an account's settings may be.
FRESH_MS = 2_000


async def own_account(op: Operation) -> Account:
    """The caller's account, at most two seconds old."""
    remembered = op.system.accounts
    known = remembered.get(op.caller.account)
    if known is not None and 0 <= op.now_ms - known[0] < FRESH_MS:
        return known[1]
    stored = await op.system.store.get(ACCOUNTS, op.caller.account, op.caller.account)
    if stored is None:
        raise op.missing(ACCOUNTS, op.caller.account)
    remembered[op.caller.account] = (op.now_ms, stored.value)
    return stored.value
