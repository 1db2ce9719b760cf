"""The balance, which is what the ledger's postings say, and the transactions that made it."""

import hashlib

from opentill.domain import ledger
from opentill.domain.errors import ResourceMissing
from opentill.domain.ids import base62
from opentill.domain.ledger import DAY, Funds
from opentill.domain.objects.balance import Balance, BalanceAmount, SourceTypes
from opentill.domain.objects.balance_transaction import BalanceTransaction
from opentill.ports.store import Stored
from opentill.requests import balance as requests
from opentill.requests.params import Params
from opentill.services.accounts import account_of, own_account
from opentill.services.kinds import BALANCE_TRANSACTIONS, EVENTS
from opentill.services.listing import Listing, created, equals, listing
from opentill.services.operation import Operation
from opentill.services.records import BalanceTransactionHidden

StoredTransaction = Stored[BalanceTransaction, BalanceTransactionHidden]


async def retrieve(op: Operation, _: Params) -> Balance:
    """Retrieves the current account balance, based on the authentication that was used to make the request."""
    return await current(op)


async def current(op: Operation) -> Balance:
    """The caller's balance now, with what this operation has recorded and not yet committed."""
    caller = op.caller
    sums = [
        (posted.ledger_account, posted.currency, posted.amount)
        for posted in await op.system.store.ledger_sums(caller.account, caller.livemode)
    ]
    sums += [
        (posting.ledger_account, posting.currency, posting.amount)
        for posting in op.changes.postings
        if posting.account == caller.account
    ]
    funds = ledger.funds(sums, op.now)
    account = await own_account(op)
    own = account.default_currency if isinstance(account.default_currency, str) else "usd"
    currencies = [own, *sorted(currency for currency in funds if currency != own)]
    return Balance(
        available=[_amount(currency, funds.get(currency, Funds()).available) for currency in currencies],
        livemode=caller.livemode,
        pending=[_amount(currency, funds.get(currency, Funds()).pending) for currency in currencies],
    )


def _amount(currency: str, amount: int) -> BalanceAmount:
    """All of it came in by card."""
    return BalanceAmount(amount=amount, currency=currency, source_types=SourceTypes(card=amount))


async def announce(op: Operation, marked: StoredTransaction) -> None:
    """Record that the money of a value date has become available, once for each account and date."""
    due = marked.hidden.announce_on
    if due is None or due > op.now:
        return
    op.update(marked, marked.value, BalanceTransactionHidden())
    caller = op.caller
    whose = f"{caller.account} {caller.livemode} {due // DAY}"
    digest = int.from_bytes(hashlib.sha256(b"balance available " + whose.encode()).digest(), "big")
    event = "evt_3" + base62(digest, 23)
    if await op.find(EVENTS, event) is None:
        owner = await account_of(op, caller.account)
        op.emit("balance.available", await current(op), owner=owner, id=event)


# Balance transactions -------------------------------------------------------------------------------------------


async def retrieve_transaction(op: Operation, id: str, _: Params) -> BalanceTransaction:
    """Retrieves the balance transaction with the given ID."""
    return ledger.as_of((await op.get(BALANCE_TRANSACTIONS, id, in_path=True)).value, op.now)


async def list_transactions(op: Operation, params: requests.ListBalanceTransactions) -> Listing[BalanceTransaction]:
    """Returns a list of transactions that have contributed to the account balance, newest first.

    Nothing is paid out here yet, so there is no payout whose transactions could be listed.
    """
    if isinstance(params.payout, str):
        raise ResourceMissing("payout", params.payout, param="payout", in_path=False)
    conditions = [
        *created(params.created),
        *equals(source=params.source, type=params.type, currency=params.currency),
    ]
    found = await listing(op, BALANCE_TRANSACTIONS, params, conditions)
    return Listing([ledger.as_of(transaction, op.now) for transaction in found.items], found.has_more)
