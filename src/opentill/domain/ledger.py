"""Double entry: every movement of money is a journal entry whose postings sum to zero.

The books of one account, in minor units by currency; debits are positive, credits negative:

    acquirer_clearing   what the acquirer owes for captures, less what it took back for refunds (an asset)
    merchant_balance    what the account may be paid out (a liability: a credit balance is money of theirs)
    processing_fees     what the account paid for processing (credited as the operator's income)
    application_fees    what the account owes its platform

A BalanceTransaction is the merchant's view of one entry: its `net` is the entry's credit to merchant_balance, so
the balance is always what the postings say.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from opentill.domain.errors import invariant
from opentill.domain.objects.balance_transaction import BalanceTransaction, BalanceTransactionType, FeeDetail

LedgerAccount: TypeAlias = Literal["acquirer_clearing", "merchant_balance", "processing_fees", "application_fees"]

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Leg:
    """One posting: `amount` minor units to `ledger_account`, debits positive."""

    ledger_account: LedgerAccount
    amount: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A movement in one currency, caused by `source` (a charge, a refund, ...)."""

    currency: str
    source: str
    legs: tuple[Leg, ...]

    def __post_init__(self) -> None:
        invariant(sum(leg.amount for leg in self.legs) == 0, "the postings of an entry sum to zero")

    @property
    def net(self) -> int:
        """What the entry adds to the merchant's balance."""
        return -sum(leg.amount for leg in self.legs if leg.ledger_account == "merchant_balance")


def capture_entry(*, charge: str, currency: str, amount: int, fee: int, application_fee: int = 0) -> Entry:
    """The acquirer owes `amount`; the merchant gets it less the fees."""
    invariant(amount > 0 and fee >= 0 and application_fee >= 0, "a capture is of something, and fees are not negative")
    legs = [Leg("acquirer_clearing", amount), Leg("merchant_balance", fee + application_fee - amount)]
    if fee:
        legs.append(Leg("processing_fees", -fee))
    if application_fee:
        legs.append(Leg("application_fees", -application_fee))
    return Entry(currency, charge, tuple(legs))


def refund_entry(*, refund: str, currency: str, amount: int) -> Entry:
    """The money goes back through the acquirer; the fee of the charge is not returned."""
    invariant(amount > 0, "a refund is of something")
    return Entry(currency, refund, (Leg("merchant_balance", amount), Leg("acquirer_clearing", -amount)))


def refund_failure_entry(*, refund: str, currency: str, amount: int) -> Entry:
    """The card could not take the money back: it returns to the merchant."""
    invariant(amount > 0, "a refund is of something")
    return Entry(currency, refund, (Leg("acquirer_clearing", amount), Leg("merchant_balance", -amount)))


def available_on(now: int) -> int:
    """When money captured now can be paid out: midnight UTC after two business days (US schedule)."""
    day = now // DAY
    remaining = 2
    while remaining:
        day += 1
        if (day + 3) % 7 < 5:  # 1970-01-01 was a Thursday: 0 is Monday, 5 and 6 the weekend
            remaining -= 1
    return day * DAY


_CATEGORY: dict[str, str] = {"charge": "charge", "refund": "refund", "refund_failure": "refund_failure"}


def balance_transaction(
    entry: Entry,
    *,
    id: str,
    type: BalanceTransactionType,
    created: int,
    available_on: int,
    description: str | None,
    application: str | None = None,
) -> BalanceTransaction:
    """The merchant's view of an entry: gross, fees and net are read off its legs."""
    fee_details: list[FeeDetail] = []
    for leg in entry.legs:
        if leg.ledger_account == "processing_fees" and leg.amount < 0:
            fee_details.append(
                FeeDetail(
                    amount=-leg.amount,
                    currency=entry.currency,
                    description="Stripe processing fees",
                    type="stripe_fee",
                )
            )
        elif leg.ledger_account == "application_fees" and leg.amount < 0:
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
        available_on=available_on,
        created=created,
        currency=entry.currency,
        description=description,
        fee=fee,
        fee_details=fee_details,
        net=entry.net,
        reporting_category=_CATEGORY.get(type, type),
        source=entry.source,
        status="available" if available_on <= created else "pending",
        type=type,
    )
