"""The accounts an operation works with: read often, changed seldom, so remembered for a moment."""

from opentill.domain.errors import ResourceMissing
from opentill.domain.objects import account_parts as parts
from opentill.domain.objects.account import Account
from opentill.services.kinds import ACCOUNTS, CONNECTED_ACCOUNTS
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


async def check_connected(op: Operation, id: str, *, param: str) -> None:
    """Raises ResourceMissing unless `id` is the caller's account or one that is connected to it."""
    if id != op.caller.account and await op.find(CONNECTED_ACCOUNTS, id) is None:
        raise ResourceMissing(param, id, param=param, in_path=False)


def merchant_name(account: Account) -> str:
    """What a customer knows the business by."""
    profile, settings = account.business_profile, account.settings
    name = profile.name if isinstance(profile, parts.BusinessProfile) else None
    shown = settings.dashboard.display_name if isinstance(settings, parts.Settings) else None
    return name or shown or account.id


def forget(op: Operation, id: str) -> None:
    """The account is about to change: read it again once it has."""
    op.after_commit(lambda: op.system.accounts.pop(id, None) and None)
