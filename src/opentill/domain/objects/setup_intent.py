"""SetupIntent: a card saved for later without a payment (official client: `SetupIntents.d.ts`)."""

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.objects.api_error import ApiError
from opentill.domain.objects.payment_intent import ManagedPayments, NextAction, PaymentMethodConfigurationDetails
from opentill.domain.objects.shared import CredentialUsage, Metadata

SetupIntentStatus: TypeAlias = Literal[
    "canceled", "processing", "requires_action", "requires_confirmation", "requires_payment_method", "succeeded"
]
SetupCancellationReason: TypeAlias = Literal["abandoned", "duplicate", "requested_by_customer"]
FlowDirection: TypeAlias = Literal["inbound", "outbound"]


class SetupAutomaticPaymentMethods(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the methods come from the account's configuration."""

    allow_redirects: Literal["always", "never"] | UnsetType = UNSET
    enabled: bool | None


class SetupCardOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`payment_method_options.card`."""

    mandate_options: dict[str, Any] | None = None
    network: str | None = None
    request_three_d_secure: Literal["any", "automatic", "challenge"] | None = "automatic"
    setup_credential_usage: CredentialUsage | UnsetType = UNSET


class SetupPaymentMethodOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options by method type."""

    card: SetupCardOptions | UnsetType = UNSET
    card_present: dict[str, Any] | UnsetType = UNSET


class SetupIntent(msgspec.Struct, frozen=True, kw_only=True):
    """One card to be saved. It has no amount and no currency."""

    id: str
    object: Literal["setup_intent"] = "setup_intent"
    allowed_payment_method_types: list[str] | None = None
    application: str | None = None
    attach_to_self: bool | UnsetType = UNSET
    automatic_payment_methods: SetupAutomaticPaymentMethods | None = None
    cancellation_reason: SetupCancellationReason | None = None
    client_secret: str | None
    created: int
    customer: str | None = None
    customer_account: str | None = None
    description: str | None = None
    excluded_payment_method_types: list[str] | None = None
    flow_directions: list[FlowDirection] | None = None
    last_setup_error: ApiError | None = None
    latest_attempt: str | None = None
    livemode: bool
    managed_payments: ManagedPayments | None = None
    mandate: str | None = None
    metadata: Metadata | None = {}
    next_action: NextAction | None = None
    on_behalf_of: str | None = None
    payment_method: str | None = None
    payment_method_configuration_details: PaymentMethodConfigurationDetails | None = None
    payment_method_options: SetupPaymentMethodOptions | None = None
    payment_method_types: list[str]
    single_use_mandate: str | None = None
    status: SetupIntentStatus
    usage: Literal["off_session", "on_session"] = "off_session"
