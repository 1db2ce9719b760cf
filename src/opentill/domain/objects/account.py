"""Account: who takes payments (official client: `Accounts.d.ts`). Its longer parts are in `account_parts`."""

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.objects.account_parts import (
    BusinessProfile,
    Company,
    Controller,
    Requirements,
    Settings,
    TosAcceptance,
)
from opentill.domain.objects.shared import ApiList, Metadata

BusinessType: TypeAlias = Literal["company", "government_entity", "individual", "non_profit"]
CapabilityStatus: TypeAlias = Literal["active", "inactive", "pending"]
AccountType: TypeAlias = Literal["custom", "express", "none", "standard"]


class Groups(msgspec.Struct, frozen=True, kw_only=True):
    """The pricing group the account is in."""

    payments_pricing: str | None = None


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Who takes payments. `capabilities` maps e.g. `card_payments` to its status."""

    id: str
    object: Literal["account"] = "account"
    business_profile: BusinessProfile | UnsetType | None = UNSET
    business_type: BusinessType | UnsetType | None = UNSET
    capabilities: dict[str, CapabilityStatus] | UnsetType = UNSET
    charges_enabled: bool
    company: Company | UnsetType = UNSET
    controller: Controller | UnsetType = UNSET
    country: str | UnsetType = UNSET  # ISO 3166-1 alpha-2
    created: int | UnsetType = UNSET
    default_currency: str | UnsetType = UNSET  # ISO 4217, lower case
    details_submitted: bool
    email: str | None = None
    external_accounts: ApiList | UnsetType = UNSET
    future_requirements: Requirements | UnsetType = UNSET
    groups: Groups | UnsetType | None = UNSET
    individual: dict[str, Any] | UnsetType = UNSET  # a Person
    metadata: Metadata | UnsetType = UNSET
    payouts_enabled: bool
    requirements: Requirements | UnsetType = UNSET
    settings: Settings | UnsetType | None = UNSET
    tos_acceptance: TosAcceptance | UnsetType = UNSET
    type: AccountType


class DeletedAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a deleted account."""

    id: str
    object: Literal["account"] = "account"
    deleted: Literal[True] = True
