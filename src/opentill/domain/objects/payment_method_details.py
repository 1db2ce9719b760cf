"""How a Charge was paid: `payment_method_details`, a snapshot of the card as it was then.

Official client: `Charge.PaymentMethodDetails`. The card-present shape is also what
`PaymentMethod.card.generated_from` and `SetupAttempt` build on.
"""

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.objects.shared import CardChecks, CardFunding, CredentialUsage, RegulatedStatus
from opentill.domain.objects.wallet import CardPresentWallet, CardWallet

ReadMethod: TypeAlias = Literal[
    "contact_emv",
    "contactless_emv",
    "contactless_magstripe_mode",
    "magnetic_stripe_fallback",
    "magnetic_stripe_track2",
]
CardholderVerification: TypeAlias = Literal[
    "approval", "failure", "none", "offline_pin", "offline_pin_and_signature", "online_pin", "signature"
]
AuthenticationFlow: TypeAlias = Literal["challenge", "frictionless"]
AuthenticationResult: TypeAlias = Literal[
    "attempt_acknowledged",
    "authenticated",
    "data_share_only",
    "exempted",
    "failed",
    "not_supported",
    "processing_error",
]
AuthenticationResultReason: TypeAlias = Literal[
    "abandoned",
    "bypassed",
    "canceled",
    "card_not_enrolled",
    "network_not_supported",
    "protocol_error",
    "rejected",
]
ElectronicCommerceIndicator: TypeAlias = Literal["01", "02", "05", "06", "07"]
ThreeDSecureVersion: TypeAlias = Literal["1.0.2", "2.1.0", "2.2.0", "2.3.0", "2.3.1"]


class ExtendedAuthorization(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the hold lasts longer than usual."""

    status: Literal["disabled", "enabled"] = "disabled"


class IncrementalAuthorization(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the hold can be raised."""

    status: Literal["available", "unavailable"] = "unavailable"


class Multicapture(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the hold can be captured in parts."""

    status: Literal["available", "unavailable"] = "unavailable"


class Overcapture(msgspec.Struct, frozen=True, kw_only=True):
    """Whether more than the hold can be captured, and how much in minor units."""

    maximum_amount_capturable: int
    status: Literal["available", "unavailable"] = "unavailable"


class NetworkToken(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a network token stood in for the card number."""

    used: bool = False


class InstallmentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """An instalment plan."""

    count: int | None = None
    interval: Literal["month"] | None = None
    type: Literal["bonus", "fixed_count", "revolving"]


class Installments(msgspec.Struct, frozen=True, kw_only=True):
    """The instalment plan of the payment, if any."""

    plan: InstallmentPlan | None = None


class ThreeDSecure(msgspec.Struct, frozen=True, kw_only=True):
    """How the cardholder was authenticated (EMV 3-D Secure)."""

    authentication_flow: AuthenticationFlow | None = None
    electronic_commerce_indicator: ElectronicCommerceIndicator | None = None
    exemption_indicator: Literal["low_risk", "none"] | None = None
    exemption_indicator_applied: bool | UnsetType = UNSET
    result: AuthenticationResult | None = None
    result_reason: AuthenticationResultReason | None = None
    transaction_id: str | None = None
    version: ThreeDSecureVersion | None = None


class CardDetails(msgspec.Struct, frozen=True, kw_only=True):
    """`payment_method_details.card`: a card paid with over the internet."""

    amount_authorized: int | None = None  # minor units
    authorization_code: str | None = None  # six characters of the issuer
    brand: str | None
    capture_before: int | UnsetType = UNSET  # the hold lapses then; absent without a hold
    checks: CardChecks | None = CardChecks()
    country: str | None = None
    description: str | UnsetType | None = UNSET
    electronic_commerce_indicator: str | None = None
    exp_month: int
    exp_year: int
    extended_authorization: ExtendedAuthorization = ExtendedAuthorization()
    fingerprint: str | UnsetType | None = UNSET
    funding: CardFunding | None = None
    iin: str | UnsetType | None = UNSET
    incremental_authorization: IncrementalAuthorization = IncrementalAuthorization()
    installments: Installments | None = None
    issuer: str | UnsetType | None = UNSET
    last4: str | None
    mandate: str | None = None
    moto: bool | UnsetType | None = UNSET
    multicapture: Multicapture = Multicapture()
    network: str | None = None
    network_token: NetworkToken | None = NetworkToken()
    network_transaction_id: str | None = None
    overcapture: Overcapture | UnsetType = UNSET
    regulated_status: RegulatedStatus | None = None
    setup_credential_usage: CredentialUsage | UnsetType = UNSET
    stored_credential_usage: CredentialUsage | UnsetType = UNSET
    three_d_secure: ThreeDSecure | None = None
    transaction_link_id: str | None = None
    wallet: CardWallet | None = None


class Offline(msgspec.Struct, frozen=True, kw_only=True):
    """Set where the reader took the card without a connection; `stored_at` in seconds since the epoch."""

    stored_at: int | None = None
    type: Literal["deferred"] | None = None


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What card rules want on the receipt, hexadecimal as the reader gave it (EMV Book 3, annex A).

    Cryptogram 9F26, preferred name 9F12, response code 8A, AID 84, TVR 95, TSI 9B.
    """

    account_type: Literal["checking", "credit", "prepaid", "unknown"] | UnsetType = UNSET
    application_cryptogram: str | None = None
    application_preferred_name: str | None = None
    authorization_code: str | None = None
    authorization_response_code: str | None = None
    cardholder_verification_method: CardholderVerification | None = None
    dedicated_file_name: str | None = None
    terminal_verification_results: str | None = None
    transaction_status_information: str | None = None


class CardPresentDetails(msgspec.Struct, frozen=True, kw_only=True):
    """`payment_method_details.card_present`: a card read by a reader."""

    amount_authorized: int | None = None  # minor units
    brand: str | None
    brand_product: str | None = None
    capture_before: int | UnsetType = UNSET  # the hold lapses then; absent without a hold
    cardholder_name: str | None = None
    country: str | None = None
    description: str | UnsetType | None = UNSET
    emv_auth_data: str | None = None  # the issuer's answer to the card, EMV tags in hexadecimal
    exp_month: int
    exp_year: int
    fingerprint: str | None = None
    funding: CardFunding | None = None
    generated_card: str | None = None  # id of the reusable `card` PaymentMethod made from this
    iin: str | UnsetType | None = UNSET
    incremental_authorization_supported: bool = False
    issuer: str | UnsetType | None = UNSET
    last4: str | None
    location: str | UnsetType = UNSET
    network: str | None = None
    network_transaction_id: str | None = None
    offline: Offline | None = None
    overcapture_supported: bool = False
    preferred_locales: list[str] | None = None
    read_method: ReadMethod | None = None
    reader: str | UnsetType = UNSET
    receipt: Receipt | None = None
    wallet: CardPresentWallet | UnsetType = UNSET


class InteracReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The same for Interac, whose accounts are others."""

    account_type: Literal["checking", "savings", "unknown"] | UnsetType = UNSET
    application_cryptogram: str | None = None
    application_preferred_name: str | None = None
    authorization_code: str | None = None
    authorization_response_code: str | None = None
    cardholder_verification_method: CardholderVerification | None = None
    dedicated_file_name: str | None = None
    terminal_verification_results: str | None = None
    transaction_status_information: str | None = None


class InteracPresentDetails(msgspec.Struct, frozen=True, kw_only=True):
    """`payment_method_details.interac_present`: a Canadian debit card read by a reader."""

    brand: str | None
    cardholder_name: str | None = None
    country: str | None = None
    description: str | UnsetType | None = UNSET
    emv_auth_data: str | None = None
    exp_month: int
    exp_year: int
    fingerprint: str | None = None
    funding: CardFunding | None = None
    generated_card: str | None = None
    iin: str | UnsetType | None = UNSET
    issuer: str | UnsetType | None = UNSET
    last4: str | None
    location: str | UnsetType = UNSET
    network: str | None = None
    network_transaction_id: str | None = None
    preferred_locales: list[str] | None = None
    read_method: ReadMethod | None = None
    reader: str | UnsetType = UNSET
    receipt: InteracReceipt | None = None


class PaymentMethodDetails(msgspec.Struct, frozen=True, kw_only=True):
    """How it was paid; `type` names the member that is set."""

    card: CardDetails | UnsetType = UNSET
    card_present: CardPresentDetails | UnsetType = UNSET
    interac_present: InteracPresentDetails | UnsetType = UNSET
    type: str
