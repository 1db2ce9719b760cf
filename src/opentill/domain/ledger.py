"""Double entry: every movement of money is a journal entry whose postings sum to zero.

The books of one account, in minor units by currency; debits are positive, credits negative:

    acquirer_clearing             what the acquirer owes for captures, less what it took back for refunds (an asset)
    merchant_balance:2026-11-05   what the account may be paid out from that day on, UTC (a liability: credits are
                                  money of theirs)
    processing_fees               what the account paid for processing (the operator's income)
    application_fees              what the account owes its platform; in the platform's books, what it is owed

The merchant's balance is kept by value date, as banks keep it: available is what has a date that has come, pending the
rest. So money becomes available at the very second it should with nothing posted and no job that could be late, and
what the balance costs to read grows with the days there were, not with the payments.

A BalanceTransaction is the merchant's view of one entry: its `net` is the entry's credit to the merchant's balance,
so the balance is always what the postings say.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Final

from msgspec.structs import replace

from opentill.domain.errors import invariant
from opentill.domain.objects.balance_transaction import BalanceTransaction, BalanceTransactionType, FeeDetail

ACQUIRER_CLEARING: Final = "acquirer_clearing"
PROCESSING_FEES: Final = "processing_fees"
APPLICATION_FEES: Final = "application_fees"
_MERCHANT_BALANCE: Final = "merchant_balance:"

DAY: Final = 86_400
_EPOCH: Final = date(1970, 1, 1).toordinal()


@lru_cache(maxsize=1024)
def merchant_balance(value_date: int) -> str:
    """The ledger account of what can be paid out from `value_date` on (a midnight UTC, seconds since the epoch)."""
    invariant(value_date % DAY == 0, "money changes from pending to available at midnight UTC")
    return _MERCHANT_BALANCE + date.fromordinal(_EPOCH + value_date // DAY).isoformat()


@lru_cache(maxsize=4096)
def value_date_of(ledger_account: str) -> int | None:
    """The value date of a part of the merchant's balance; None for any other ledger account."""
    if not ledger_account.startswith(_MERCHANT_BALANCE):
        return None
    day = date.fromisoformat(ledger_account.removeprefix(_MERCHANT_BALANCE))
    return (day.toordinal() - _EPOCH) * DAY


def today(now: int) -> int:
    """The value date of what is available at once: the last midnight UTC."""
    return now - now % DAY


def available_on(now: int) -> int:
    """The value date of money captured now: midnight UTC after two business days (US schedule)."""
    day = now // DAY
    remaining = 2
    while remaining:
        day += 1
        if (day + 3) % 7 < 5:  # 1970-01-01 was a Thursday: 0 is Monday, 5 and 6 the weekend
            remaining -= 1
    return day * DAY


@dataclass(frozen=True, slots=True)
class Leg:
    """One posting: `amount` minor units to `ledger_account`, debits positive."""

    ledger_account: str
    amount: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A movement in one currency, caused by `source` (a charge, a refund, ...).

    `value_date`: when its part of the merchant's balance is available; a midnight UTC, seconds since the epoch.
    """

    currency: str
    source: str
    value_date: int
    legs: tuple[Leg, ...]

    def __post_init__(self) -> None:
        invariant(sum(leg.amount for leg in self.legs) == 0, "the postings of an entry sum to zero")

    @property
    def net(self) -> int:
        """What the entry adds to the merchant's balance."""
        merchant = merchant_balance(self.value_date)
        return -sum(leg.amount for leg in self.legs if leg.ledger_account == merchant)


def capture_entry(
    *, charge: str, currency: str, amount: int, fee: int, value_date: int, application_fee: int = 0
) -> Entry:
    """The acquirer owes `amount`; the merchant gets it less the fees."""
    invariant(amount > 0 and fee >= 0 and application_fee >= 0, "a capture is of something, and fees are not negative")
    legs = [
        Leg(ACQUIRER_CLEARING, amount),
        Leg(merchant_balance(value_date), fee + application_fee - amount),
        Leg(PROCESSING_FEES, -fee),
        Leg(APPLICATION_FEES, -application_fee),
    ]
    return Entry(currency, charge, value_date, tuple(leg for leg in legs if leg.amount))


def refund_entry(*, refund: str, currency: str, amount: int, value_date: int, application_fee: int = 0) -> Entry:
    """The money goes back through the acquirer; the fee of the charge is not returned.

    `application_fee` is what the platform gives back of its own fee.
    """
    invariant(amount > 0 and application_fee >= 0, "a refund is of something")
    legs = [
        Leg(merchant_balance(value_date), amount - application_fee),
        Leg(ACQUIRER_CLEARING, -amount),
        Leg(APPLICATION_FEES, application_fee),
    ]
    return Entry(currency, refund, value_date, tuple(leg for leg in legs if leg.amount))


def refund_failure_entry(*, refund: str, currency: str, amount: int, value_date: int) -> Entry:
    """The card could not take the money back: it returns to the merchant."""
    invariant(amount > 0, "a refund is of something")
    legs = (Leg(ACQUIRER_CLEARING, amount), Leg(merchant_balance(value_date), -amount))
    return Entry(currency, refund, value_date, legs)


def application_fee_entry(*, fee: str, currency: str, amount: int, value_date: int) -> Entry:
    """In the platform's books: a connected account owes it `amount` of its payment."""
    invariant(amount > 0, "an application fee is of something")
    legs = (Leg(APPLICATION_FEES, amount), Leg(merchant_balance(value_date), -amount))
    return Entry(currency, fee, value_date, legs)


def application_fee_refund_entry(*, refund: str, currency: str, amount: int, value_date: int) -> Entry:
    """In the platform's books: it gives `amount` of its fee back; `refund` is the FeeRefund."""
    invariant(amount > 0, "a refund of an application fee is of something")
    legs = (Leg(merchant_balance(value_date), amount), Leg(APPLICATION_FEES, -amount))
    return Entry(currency, refund, value_date, legs)


# What the merchant sees -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Funds:
    """The merchant's balance in one currency, minor units; negative when owed."""

    available: int = 0
    pending: int = 0


def funds(sums: Iterable[tuple[str, str, int]], now: int) -> dict[str, Funds]:
    """The balance by currency. `sums` are (ledger account, currency, Σ of its postings)."""
    found: dict[str, Funds] = {}
    for ledger_account, currency, amount in sums:
        value_date = value_date_of(ledger_account)
        if value_date is None:
            continue
        so_far = found.get(currency, Funds())
        if value_date <= now:
            found[currency] = Funds(so_far.available - amount, so_far.pending)
        else:
            found[currency] = Funds(so_far.available, so_far.pending - amount)
    return found


_CATEGORY: dict[str, str] = {"application_fee": "platform_earning", "application_fee_refund": "platform_earning_refund"}


def balance_transaction(
    entry: Entry,
    *,
    id: str,
    type: BalanceTransactionType,
    created: int,
    description: str | None,
    application: str | None = None,
) -> BalanceTransaction:
    """The merchant's view of an entry: gross, fees and net are read off its legs.

    A platform's own income of application fees is its gross; for everybody else they are a fee.
    """
    fee_details: list[FeeDetail] = []
    for leg in entry.legs:
        if leg.ledger_account == PROCESSING_FEES:
            fee_details.append(
                FeeDetail(
                    amount=-leg.amount,
                    currency=entry.currency,
                    description="Stripe processing fees",
                    type="stripe_fee",
                )
            )
        elif leg.ledger_account == APPLICATION_FEES and type not in _CATEGORY:
            fee_details.append(
                FeeDetail(
                    amount=-leg.amount,
                    application=application,
                    currency=entry.currency,
                    description="Application fee",
                    type="application_fee",
                )
            )
    fee = sum(detail.amount for detail in fee_details)
    return BalanceTransaction(
        id=id,
        amount=entry.net + fee,
        available_on=max(entry.value_date, created),
        created=created,
        currency=entry.currency,
        description=description,
        fee=fee,
        fee_details=fee_details,
        net=entry.net,
        reporting_category=_CATEGORY.get(type, type),
        source=entry.source,
        status="available" if entry.value_date <= created else "pending",
        type=type,
    )


def as_of(transaction: BalanceTransaction, now: int) -> BalanceTransaction:
    """The transaction as it is to be shown now: what was pending when it was written may be available."""
    if transaction.status == "pending" and transaction.available_on <= now:
        return replace(transaction, status="available")
    return transaction
