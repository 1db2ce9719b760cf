"""Movements of money as they are recorded: the postings, and the balance transactions that show them.

All of it goes into the commit of whatever moved the money, in the books of everybody it concerns.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from opentill.domain import ledger
from opentill.domain.connect import application_fee, application_of, given_back, with_refund
from opentill.domain.errors import invariant
from opentill.domain.ledger import Entry
from opentill.domain.objects.application_fee import ApplicationFee, FeeRefund
from opentill.domain.objects.balance_transaction import BalanceTransaction, BalanceTransactionType
from opentill.domain.objects.charge import Charge
from opentill.domain.objects.refund import Refund
from opentill.ports.store import Posting, Stored
from opentill.services import balance
from opentill.services.accounts import account_of
from opentill.services.kinds import APPLICATION_FEES, BALANCE_TRANSACTIONS
from opentill.services.operation import Operation, StoredAccount
from opentill.services.records import BalanceTransactionHidden

StoredFee = Stored[ApplicationFee, None]

_SILENT = BalanceTransactionHidden()


@dataclass(frozen=True, slots=True)
class Booked:
    """A capture that was recorded: the charge that shows it, and whom `announce` is to tell."""

    charge: Charge
    fee: ApplicationFee | None
    platform: StoredAccount | None
    at_once: bool


@dataclass(frozen=True, slots=True)
class BookedRefund:
    """A refund that was recorded: its balance transaction, and the fee that `announce_refund` is to tell of."""

    transaction: str
    fee: ApplicationFee | None
    platform: StoredAccount | None


async def book_capture(op: Operation, charge: Charge, amount: int, *, at_once: bool) -> Booked:
    """Record the capture of `amount` minor units: the money comes in, less what the payment costs.

    `at_once`: it is available today. The platform of a connected account gets its fee in the same commit.
    """
    details = charge.payment_method_details
    entry = ledger.capture_entry(
        charge=charge.id,
        currency=charge.currency,
        amount=amount,
        fee=min(op.system.fees.fee("card" if details is None else details.type, amount), amount),
        value_date=ledger.today(op.now) if at_once else ledger.available_on(op.now),
        application_fee=charge.application_fee_amount or 0,
    )
    application = None if op.caller.platform is None else application_of(op.caller.platform)
    shown = book(op, entry, "charge", charge.description, application=application)
    charge = replace(charge, balance_transaction=shown.id)
    if not charge.application_fee_amount:
        return Booked(charge, None, None, at_once)
    invariant(op.caller.platform is not None, "a fee is taken from a connected account")
    platform = await account_of(op, op.caller.platform or "")
    fee = _earn(op, platform, charge, charge.application_fee_amount, entry.value_date)
    return Booked(replace(charge, application_fee=fee.id), fee, platform, at_once)


def _earn(op: Operation, platform: StoredAccount, charge: Charge, amount: int, value_date: int) -> ApplicationFee:
    """Record, in the platform's books, that it earned `amount` of a charge of the caller's account."""
    fee = application_fee(
        id=op.new_id("fee"),
        account=op.caller.account,
        platform=platform.id,
        charge=charge.id,
        amount=amount,
        currency=charge.currency,
        created=op.now,
        livemode=op.caller.livemode,
    )
    entry = ledger.application_fee_entry(fee=fee.id, currency=fee.currency, amount=amount, value_date=value_date)
    fee = replace(fee, balance_transaction=book(op, entry, "application_fee", None, account=platform.id).id)
    op.create(APPLICATION_FEES, fee, None, account=platform.id)
    return fee


def not_known_before(charge: Charge) -> dict[str, None]:
    """The previous attributes of a charge that was shown without what its booking brought."""
    return dict.fromkeys(
        ("application_fee", "balance_transaction") if charge.application_fee else ("balance_transaction",)
    )


async def announce(op: Operation, booked: Booked) -> None:
    """Tell of what the money that came in brought with it."""
    if booked.fee is not None:
        op.emit("application_fee.created", booked.fee, owner=booked.platform)
    if booked.at_once:
        op.emit("balance.available", await balance.current(op))


async def book_refund(op: Operation, refund: Refund, charge: Charge, *, returns_fee: bool) -> BookedRefund:
    """Record that a refund gave money back.

    What is given back before it was available is taken from what is pending. `returns_fee`: the platform gives its
    share of the application fee back to the account, in the same commit.
    """
    value_date = await _value_date_of(op, charge.balance_transaction)
    platform, fee, back = None, None, 0
    if returns_fee and op.caller.platform is not None and charge.application_fee is not None:
        platform = await account_of(op, op.caller.platform)
        fee = await op.system.store.get(APPLICATION_FEES, platform.id, charge.application_fee)
        back = 0 if fee is None else given_back(fee.value, refund.amount, charge.amount_captured)
    entry = ledger.refund_entry(
        refund=refund.id,
        currency=refund.currency,
        amount=refund.amount,
        value_date=value_date,
        application_fee=back,
    )
    about = f"REFUND FOR CHARGE ({charge.description})" if charge.description else "REFUND FOR CHARGE"
    shown = book(op, entry, "refund", about, application=None if fee is None else fee.value.application)
    if fee is None or platform is None or not back:
        return BookedRefund(shown.id, None, None)
    return BookedRefund(shown.id, _return(op, fee, back, value_date), platform)


def _return(op: Operation, fee: StoredFee, amount: int, value_date: int) -> ApplicationFee:
    """Record, in the platform's books, that it gave `amount` of its fee back."""
    refund = FeeRefund(id=op.new_id("fr"), amount=amount, created=op.now, currency=fee.value.currency, fee=fee.value.id)
    entry = ledger.application_fee_refund_entry(
        refund=refund.id, currency=refund.currency, amount=amount, value_date=value_date
    )
    transaction = book(op, entry, "application_fee_refund", None, account=fee.account).id
    return op.update(fee, with_refund(fee.value, replace(refund, balance_transaction=transaction)), None).value


def announce_refund(op: Operation, booked: BookedRefund) -> None:
    """Tell the platform what it gave back."""
    if booked.fee is not None:
        op.emit("application_fee.refunded", booked.fee, owner=booked.platform)


async def book_refund_failure(op: Operation, refund: Refund) -> str:
    """Record that what a refund gave back has returned; the id of the balance transaction."""
    entry = ledger.refund_failure_entry(
        refund=refund.id,
        currency=refund.currency,
        amount=refund.amount,
        value_date=await _value_date_of(op, refund.balance_transaction),
    )
    return book(op, entry, "refund_failure", "REFUND FAILURE").id


async def _value_date_of(op: Operation, transaction: str | None) -> int:
    """When what another transaction moved is available: today, if it has been."""
    today = ledger.today(op.now)
    if transaction is None:
        return today
    earlier = await op.get(BALANCE_TRANSACTIONS, transaction)
    return max(today, ledger.today(earlier.value.available_on))


def book(
    op: Operation,
    entry: Entry,
    type: BalanceTransactionType,
    description: str | None,
    *,
    account: str | None = None,
    application: str | None = None,
) -> BalanceTransaction:
    """Record an entry in the caller's books, or those of `account`, and the balance transaction that shows it."""
    owner = account if account is not None else op.caller.account
    livemode = op.caller.livemode
    shown = ledger.balance_transaction(
        entry, id=op.new_id("txn"), type=type, created=op.now, description=description, application=application
    )
    op.create(BALANCE_TRANSACTIONS, shown, _announcement(op, owner, entry.value_date), account=owner)
    op.post(
        [
            Posting(owner, livemode, shown.id, leg.ledger_account, entry.currency, leg.amount, entry.source, op.now)
            for leg in entry.legs
        ]
    )
    return shown


def _announcement(op: Operation, account: str, value_date: int) -> BalanceTransactionHidden:
    """The first transaction of a value date is the one that will have the account told when the date comes.

    Which one was the first is remembered by each process for itself: a second announcement of the same date finds
    the first one's event and adds none (balance.py).
    """
    if value_date <= op.now:
        return _SILENT
    announced = op.system.announced
    whose = (account, op.caller.livemode)
    if announced.get(whose, 0) >= value_date:
        return _SILENT

    def remember() -> None:
        if len(announced) >= 10_000:
            announced.clear()
        announced[whose] = value_date

    op.after_commit(remember)
    return BalanceTransactionHidden(announce_on=value_date)
