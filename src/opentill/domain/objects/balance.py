"""Balance: what the account has, by currency (official client: `Balance.d.ts`)."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType


class SourceTypes(msgspec.Struct, frozen=True, kw_only=True):
    """A sum of money split by how it came in; minor units."""

    bank_account: int | UnsetType = UNSET
    card: int | UnsetType = UNSET
    fpx: int | UnsetType = UNSET


class BalanceAmount(msgspec.Struct, frozen=True, kw_only=True):
    """A sum of money in one currency; minor units, negative when owed."""

    amount: int
    currency: str
    source_types: SourceTypes | UnsetType = UNSET


class NetAvailable(msgspec.Struct, frozen=True, kw_only=True):
    """What would arrive of an instant payout at one destination, after fees; minor units."""

    amount: int
    destination: str
    source_types: SourceTypes | UnsetType = UNSET


class InstantAmount(msgspec.Struct, frozen=True, kw_only=True):
    """What can be paid out at once in one currency; minor units."""

    amount: int
    currency: str
    net_available: list[NetAvailable] | UnsetType = UNSET
    source_types: SourceTypes | UnsetType = UNSET


class IssuingBalance(msgspec.Struct, frozen=True, kw_only=True):
    """What issued cards can spend."""

    available: list[BalanceAmount]


class Prefunding(msgspec.Struct, frozen=True, kw_only=True):
    """Money put aside for refunds and disputes."""

    available: list[BalanceAmount]
    pending: list[BalanceAmount]


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What the account can use now (`available`), and what is on its way (`pending`). It has no id."""

    object: Literal["balance"] = "balance"
    available: list[BalanceAmount]
    connect_reserved: list[BalanceAmount] | UnsetType = UNSET
    instant_available: list[InstantAmount] | UnsetType = UNSET
    issuing: IssuingBalance | UnsetType = UNSET
    livemode: bool
    pending: list[BalanceAmount]
    refund_and_dispute_prefunding: Prefunding | UnsetType = UNSET
