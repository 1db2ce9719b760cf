"""SetupAttempt: one try at a SetupIntent (official client: `SetupAttempts.d.ts`)."""

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.objects.api_error import ApiError
from opentill.domain.objects.payment_method_details import (
    AuthenticationFlow,
    AuthenticationResult,
    AuthenticationResultReason,
    ElectronicCommerceIndicator,
    Offline,
    ThreeDSecureVersion,
)
from opentill.domain.objects.setup_intent import FlowDirection
from opentill.domain.objects.shared import CardChecks, CardFunding

SetupAttemptStatus: TypeAlias = Literal[
    "abandoned", "failed", "processing", "requires_action", "requires_confirmation", "succeeded"
]


class SetupWallet(msgspec.Struct, frozen=True, kw_only=True):
    """The wallet the card came out of; `type` names the member that is set."""

    apple_pay: dict[str, Any] | UnsetType = UNSET
    google_pay: dict[str, Any] | UnsetType = UNSET
    type: Literal["apple_pay", "google_pay", "link"]


class SetupThreeDSecure(msgspec.Struct, frozen=True, kw_only=True):
    """How the cardholder was authenticated; there is nothing to exempt a setup from."""

    authentication_flow: AuthenticationFlow | None = None
    electronic_commerce_indicator: ElectronicCommerceIndicator | None = None
    result: AuthenticationResult | None = None
    result_reason: AuthenticationResultReason | None = None
    transaction_id: str | None = None
    version: ThreeDSecureVersion | None = None


class SetupCard(msgspec.Struct, frozen=True, kw_only=True):
    """`payment_method_details.card`."""

    brand: str | None
    checks: CardChecks | None = CardChecks()
    country: str | None = None
    description: str | UnsetType | None = UNSET
    exp_month: int | None
    exp_year: int | None
    fingerprint: str | UnsetType | None = UNSET
    funding: CardFunding | None = None
    iin: str | UnsetType | None = UNSET
    issuer: str | UnsetType | None = UNSET
    last4: str | None
    moto: bool | UnsetType = UNSET
    network: str | None = None
    three_d_secure: SetupThreeDSecure | None = None
    wallet: SetupWallet | None = None


class SetupCardPresent(msgspec.Struct, frozen=True, kw_only=True):
    """`payment_method_details.card_present`."""

    generated_card: str | None = None  # id of the reusable `card` PaymentMethod made from this
    offline: Offline | None = None


class SetupAttemptDetails(msgspec.Struct, frozen=True, kw_only=True):
    """How it was tried; `type` names the member that is set."""

    card: SetupCard | UnsetType = UNSET
    card_present: SetupCardPresent | UnsetType = UNSET
    type: str


class SetupAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try at saving a card."""

    id: str
    object: Literal["setup_attempt"] = "setup_attempt"
    application: str | None = None
    attach_to_self: bool | UnsetType = UNSET
    created: int
    customer: str | None = None
    customer_account: str | None = None
    flow_directions: list[FlowDirection] | None = None
    livemode: bool
    on_behalf_of: str | None = None
    payment_method: str
    payment_method_details: SetupAttemptDetails
    setup_error: ApiError | None = None
    setup_intent: str
    status: SetupAttemptStatus
    usage: str
