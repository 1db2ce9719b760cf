"""PaymentIntent: one payment from intention to money (official client: `PaymentIntents.d.ts`)."""

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.objects.api_error import ApiError
from opentill.domain.objects.shared import (
    ApiList,
    CredentialUsage,
    Metadata,
    PresentmentDetails,
    SetupFutureUsage,
    Shipping,
)

PaymentIntentStatus: TypeAlias = Literal[
    "canceled",
    "processing",
    "requires_action",
    "requires_capture",
    "requires_confirmation",
    "requires_payment_method",
    "succeeded",
]
CancellationReason: TypeAlias = Literal[
    "abandoned",
    "automatic",
    "duplicate",
    "expired",
    "failed_invoice",
    "fraudulent",
    "requested_by_customer",
    "void_invoice",
]
CaptureMethod: TypeAlias = Literal["automatic", "automatic_async", "manual"]
ConfirmationMethod: TypeAlias = Literal["automatic", "manual"]
IfAvailable: TypeAlias = Literal["if_available", "never"]


class Tip(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the amount that is a tip, minor units."""

    amount: int | UnsetType = UNSET


class AmountDetailsShipping(msgspec.Struct, frozen=True, kw_only=True):
    """Shipping as a part of the amount."""

    amount: int | None = None  # minor units
    from_postal_code: str | None = None
    to_postal_code: str | None = None


class AmountDetailsTax(msgspec.Struct, frozen=True, kw_only=True):
    """Tax as a part of the amount, minor units."""

    total_tax_amount: int | None = None


class AmountDetailsError(msgspec.Struct, frozen=True, kw_only=True):
    """Why the details do not add up to the amount."""

    code: (
        Literal["amount_details_amount_mismatch", "amount_details_tax_shipping_discount_greater_than_amount"] | None
    ) = None
    message: str | None = None


class AmountDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What the amount is made of."""

    discount_amount: int | UnsetType = UNSET  # minor units
    error: AmountDetailsError | UnsetType = UNSET
    line_items: ApiList | UnsetType = UNSET
    shipping: AmountDetailsShipping | UnsetType = UNSET
    tax: AmountDetailsTax | UnsetType = UNSET
    tip: Tip | UnsetType = UNSET


class AutomaticPaymentMethods(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the methods come from the account's configuration."""

    allow_redirects: Literal["always", "never"] | UnsetType = UNSET
    enabled: bool


class HooksTax(msgspec.Struct, frozen=True, kw_only=True):
    """The tax calculation that is committed with the payment."""

    calculation: str


class HooksInputs(msgspec.Struct, frozen=True, kw_only=True):
    """What goes into hooks."""

    tax: HooksTax | UnsetType = UNSET


class Hooks(msgspec.Struct, frozen=True, kw_only=True):
    """Automations that run with the payment."""

    inputs: HooksInputs | UnsetType = UNSET


class ManagedPayments(msgspec.Struct, frozen=True, kw_only=True):
    """Whether somebody else is merchant of record."""

    enabled: bool = False


class RedirectToUrl(msgspec.Struct, frozen=True, kw_only=True):
    """`next_action.redirect_to_url`: send the customer to `url`; they come back at `return_url`."""

    return_url: str | None = None
    url: str | None = None


class NextAction(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer must do; `type` names the member that is set."""

    redirect_to_url: RedirectToUrl | UnsetType = UNSET
    type: str
    use_stripe_sdk: dict[str, Any] | UnsetType = UNSET  # opaque to servers


class PaymentDetails(msgspec.Struct, frozen=True, kw_only=True):
    """The merchant's own references."""

    customer_reference: str | None = None
    order_reference: str | None = None


class PaymentMethodConfigurationDetails(msgspec.Struct, frozen=True, kw_only=True):
    """The configuration the methods of a dynamic PaymentIntent came from."""

    id: str
    parent: str | None = None


class CardOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`payment_method_options.card`."""

    capture_method: Literal["manual"] | UnsetType = UNSET
    installments: dict[str, Any] | None = None
    mandate_options: dict[str, Any] | None = None
    network: str | None = None
    request_extended_authorization: IfAvailable | UnsetType = UNSET
    request_incremental_authorization: IfAvailable | UnsetType = UNSET
    request_multicapture: IfAvailable | UnsetType = UNSET
    request_overcapture: IfAvailable | UnsetType = UNSET
    request_three_d_secure: Literal["any", "automatic", "challenge"] | None = "automatic"
    require_cvc_recollection: bool | UnsetType = UNSET
    setup_credential_usage: CredentialUsage | UnsetType = UNSET
    setup_future_usage: Literal["none", "off_session", "on_session"] | UnsetType = UNSET
    statement_descriptor_suffix_kana: str | UnsetType = UNSET
    statement_descriptor_suffix_kanji: str | UnsetType = UNSET
    stored_credential_usage: CredentialUsage | UnsetType = UNSET


class CardPresentRouting(msgspec.Struct, frozen=True, kw_only=True):
    """Which network a co-badged card should run on."""

    requested_priority: Literal["domestic", "international"] | None = None


class CardPresentOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`payment_method_options.card_present`; `manual_preferred` captures at once where holding is impossible."""

    capture_method: Literal["manual", "manual_preferred"] | UnsetType = UNSET
    request_extended_authorization: bool | None = None
    request_incremental_authorization_support: bool | None = None
    routing: CardPresentRouting | UnsetType = UNSET


class PaymentMethodOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options by method type."""

    card: CardOptions | UnsetType = UNSET
    card_present: CardPresentOptions | UnsetType = UNSET
    interac_present: dict[str, Any] | UnsetType = UNSET


class CustomerNotification(msgspec.Struct, frozen=True, kw_only=True):
    """The notice a customer gets before a recurring charge (India)."""

    approval_requested: bool | None = None
    completes_at: int | None = None


class ProcessingCard(msgspec.Struct, frozen=True, kw_only=True):
    """`processing.card`."""

    customer_notification: CustomerNotification | UnsetType = UNSET


class Processing(msgspec.Struct, frozen=True, kw_only=True):
    """What a PaymentIntent in `processing` is waiting for."""

    card: ProcessingCard | UnsetType = UNSET
    type: Literal["card"] = "card"


class TransferPaymentData(msgspec.Struct, frozen=True, kw_only=True):
    """What the payment that arrives at the destination is marked with."""

    description: str | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET


class TransferData(msgspec.Struct, frozen=True, kw_only=True):
    """Destination charges: where the money goes on to, and what the transfer is marked with."""

    amount: int | UnsetType = UNSET  # minor units; all but the application fee if absent
    description: str | UnsetType = UNSET
    destination: str
    metadata: Metadata | UnsetType = UNSET
    payment_data: TransferPaymentData | UnsetType = UNSET


class PaymentIntent(msgspec.Struct, frozen=True, kw_only=True):
    """One payment. All amounts are minor units of `currency`."""

    id: str
    object: Literal["payment_intent"] = "payment_intent"
    allowed_payment_method_types: list[str] | None = None
    amount: int  # intended; a partial capture does not change it
    amount_capturable: int = 0  # authorized and not yet captured
    amount_details: AmountDetails = AmountDetails(tip=Tip())
    amount_received: int = 0  # captured
    application: str | None = None
    application_fee_amount: int | None = None
    automatic_payment_methods: AutomaticPaymentMethods | None = None
    canceled_at: int | None = None
    cancellation_reason: CancellationReason | None = None
    capture_method: CaptureMethod = "automatic_async"
    client_secret: str | None
    confirmation_method: ConfirmationMethod = "automatic"
    created: int
    currency: str  # ISO 4217, lower case
    customer: str | None = None
    customer_account: str | None = None
    description: str | None = None
    excluded_payment_method_types: list[str] | None = None
    hooks: Hooks | UnsetType = UNSET
    last_payment_error: ApiError | None = None
    latest_charge: str | None = None  # null until an attempt reached the network
    livemode: bool
    managed_payments: ManagedPayments | None = None
    metadata: Metadata = {}
    next_action: NextAction | None = None
    on_behalf_of: str | None = None
    payment_details: PaymentDetails | UnsetType = UNSET
    payment_method: str | None = None
    payment_method_configuration_details: PaymentMethodConfigurationDetails | None = None
    payment_method_options: PaymentMethodOptions | None = None
    payment_method_types: list[str]
    payment_record: str | None = None
    presentment_details: PresentmentDetails | UnsetType = UNSET
    processing: Processing | None = None
    receipt_email: str | None = None
    review: str | None = None
    setup_future_usage: SetupFutureUsage | None = None
    shipping: Shipping | None = None
    source: str | None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    status: PaymentIntentStatus
    transfer_data: TransferData | None = None
    transfer_group: str | None = None
