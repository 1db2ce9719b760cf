"""Mandate: a customer's permission to be debited (official client: `Mandates.d.ts`). Plain cards make none."""

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

MandateStatus: TypeAlias = Literal["active", "inactive", "pending"]


class OnlineAcceptance(msgspec.Struct, frozen=True, kw_only=True):
    """From where it was accepted."""

    ip_address: str | None = None
    user_agent: str | None = None


class CustomerAcceptance(msgspec.Struct, frozen=True, kw_only=True):
    """When and how it was accepted; `type` names the member that is set."""

    accepted_at: int | None = None
    offline: dict[str, Any] | UnsetType = UNSET
    online: OnlineAcceptance | UnsetType = UNSET
    type: Literal["offline", "online"]


class MultiUse(msgspec.Struct, frozen=True, kw_only=True):
    """A standing permission; the amount is minor units and a limit where it is given."""

    amount: int | UnsetType = UNSET
    currency: str | UnsetType = UNSET


class SingleUse(msgspec.Struct, frozen=True, kw_only=True):
    """A permission for one payment; minor units."""

    amount: int
    currency: str


class MandateDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What is particular to the method; `type` names the member that is set."""

    card: dict[str, Any] | UnsetType = UNSET
    type: str


class Mandate(msgspec.Struct, frozen=True, kw_only=True):
    """A permission to debit."""

    id: str
    object: Literal["mandate"] = "mandate"
    customer_acceptance: CustomerAcceptance
    livemode: bool
    multi_use: MultiUse | UnsetType = UNSET
    on_behalf_of: str | UnsetType = UNSET
    payment_method: str
    payment_method_details: MandateDetails
    single_use: SingleUse | UnsetType = UNSET
    status: MandateStatus
    type: Literal["multi_use", "single_use"]
