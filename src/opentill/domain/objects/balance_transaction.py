"""BalanceTransaction: money into or out of the balance (official client: `BalanceTransactions.d.ts`).

It has no `livemode`. `net` is `amount - fee`, always.
"""

from typing import Literal, TypeAlias

import msgspec

BalanceTransactionType: TypeAlias = Literal[
    "adjustment",
    "application_fee",
    "application_fee_refund",
    "charge",
    "contribution",
    "payment",
    "payment_failure_refund",
    "payment_refund",
    "payment_reversal",
    "payout",
    "payout_cancel",
    "payout_failure",
    "refund",
    "refund_failure",
    "stripe_fee",
    "transfer",
    "transfer_cancel",
    "transfer_failure",
    "transfer_refund",
]
FeeType: TypeAlias = Literal["application_fee", "payment_method_passthrough_fee", "stripe_fee", "tax", "withheld_tax"]


class FeeDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One part of `fee`; minor units of `currency`."""

    amount: int
    application: str | None = None
    currency: str
    description: str | None = None
    type: FeeType


class BalanceTransaction(msgspec.Struct, frozen=True, kw_only=True):
    """A movement of the balance; amounts are minor units of `currency`, negative when money leaves."""

    id: str
    object: Literal["balance_transaction"] = "balance_transaction"
    amount: int  # gross
    available_on: int  # seconds since the epoch
    balance_type: Literal["issuing", "payments", "refund_and_dispute_prefunding", "risk_reserved"] = "payments"
    created: int
    currency: str
    description: str | None = None
    exchange_rate: float | None = None
    fee: int
    fee_details: list[FeeDetail] = []
    net: int
    reporting_category: str
    source: str | None = None
    status: Literal["available", "pending"]
    type: BalanceTransactionType
