"""ApplicationFee: what a platform takes of a connected account's payment (official client: `ApplicationFees.d.ts`)."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.objects.shared import ApiList, Metadata


class FeeSource(msgspec.Struct, frozen=True, kw_only=True):
    """What the fee was taken from; `type` names the member that is set."""

    charge: str | UnsetType = UNSET
    payout: str | UnsetType = UNSET
    type: Literal["charge", "payout"]


class FeeRefund(msgspec.Struct, frozen=True, kw_only=True):
    """What a platform gave back of its fee (official client: `FeeRefunds.d.ts`); minor units of `currency`."""

    id: str
    object: Literal["fee_refund"] = "fee_refund"
    amount: int
    balance_transaction: str | None = None
    created: int
    currency: str
    fee: str
    metadata: Metadata | None = {}


class ApplicationFee(msgspec.Struct, frozen=True, kw_only=True):
    """A platform's fee; amounts are minor units of `currency`."""

    id: str
    object: Literal["application_fee"] = "application_fee"
    account: str  # whose payment it was
    amount: int
    amount_refunded: int = 0
    application: str
    balance_transaction: str | None = None
    charge: str
    created: int
    currency: str
    fee_source: FeeSource | None = None
    livemode: bool
    originating_transaction: str | None = None
    refunded: bool = False
    refunds: ApiList  # of FeeRefund, newest first
