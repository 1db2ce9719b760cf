"""Charge: one attempt to move money, approved or not (official client: `Charges.d.ts`)."""

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.objects.api_error import AdviceCode
from opentill.domain.objects.payment_method_details import PaymentMethodDetails
from opentill.domain.objects.shared import ApiList, BillingDetails, Metadata, PresentmentDetails, Shipping

ChargeStatus: TypeAlias = Literal["failed", "pending", "succeeded"]
OutcomeType: TypeAlias = Literal["authorized", "manual_review", "issuer_declined", "blocked", "invalid"]
NetworkStatus: TypeAlias = Literal[
    "approved_by_network", "declined_by_network", "not_sent_to_network", "reversed_after_approval"
]
RiskLevel: TypeAlias = Literal["normal", "elevated", "highest", "not_assessed", "unknown"]


class FraudDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Assessments of fraud; `{}` until somebody made one."""

    stripe_report: str | UnsetType = UNSET
    user_report: str | UnsetType = UNSET


class Level3LineItem(msgspec.Struct, frozen=True, kw_only=True):
    """A line of level III data; amounts in minor units."""

    discount_amount: int | None = None
    product_code: str
    product_description: str
    quantity: int | None = None
    tax_amount: int | None = None
    unit_cost: int | None = None


class Level3(msgspec.Struct, frozen=True, kw_only=True):
    """Level III data of a purchase."""

    customer_reference: str | UnsetType = UNSET
    line_items: list[Level3LineItem]
    merchant_reference: str
    shipping_address_zip: str | UnsetType = UNSET
    shipping_amount: int | UnsetType = UNSET  # minor units
    shipping_from_zip: str | UnsetType = UNSET


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What issuer and risk rules said. `reason` is the decline code of a decline."""

    advice_code: AdviceCode | None = None
    network_advice_code: str | None = None
    network_decline_code: str | None = None
    network_status: NetworkStatus | None = None
    reason: str | None = None
    risk_level: RiskLevel | UnsetType = UNSET
    risk_score: int | UnsetType = UNSET  # 0-100
    rule: str | UnsetType = UNSET  # id; expandable
    seller_message: str | None = None
    type: OutcomeType


class RadarOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The browser session that risk rules looked at; `{}` without one."""

    session: str | UnsetType = UNSET


class ChargeTransferData(msgspec.Struct, frozen=True, kw_only=True):
    """Destination charges: where the money went on to. Null amount: all but the application fee."""

    amount: int | None = None  # minor units
    destination: str


class Charge(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt to move money. All amounts are minor units of `currency`."""

    id: str
    object: Literal["charge"] = "charge"
    amount: int  # intended; a partial capture does not change it
    amount_captured: int = 0
    amount_refunded: int = 0
    application: str | None = None
    application_fee: str | None = None
    application_fee_amount: int | None = None
    authorization_code: str | UnsetType = UNSET
    balance_transaction: str | None = None  # null until the money moved
    billing_details: BillingDetails = BillingDetails()
    calculated_statement_descriptor: str | None = None
    captured: bool
    created: int
    currency: str
    customer: str | None = None
    description: str | None = None
    disputed: bool = False
    failure_balance_transaction: str | None = None
    failure_code: str | None = None
    failure_message: str | None = None
    fraud_details: FraudDetails | None = FraudDetails()
    level3: Level3 | UnsetType = UNSET
    livemode: bool
    metadata: Metadata = {}
    on_behalf_of: str | None = None
    outcome: Outcome | None = None
    paid: bool  # true too for a hold that is not captured
    payment_intent: str | None = None
    payment_method: str | None = None  # a plain id, not expandable
    payment_method_details: PaymentMethodDetails | None = None
    presentment_details: PresentmentDetails | UnsetType = UNSET
    radar_options: RadarOptions = RadarOptions()
    receipt_email: str | None = None
    receipt_number: str | None = None
    receipt_url: str | None = None
    refunded: bool = False  # true once all of it is refunded
    refunds: ApiList | UnsetType = UNSET  # shown by expand only
    review: str | None = None
    shipping: Shipping | None = None
    source: None = None  # legacy: payments here come from PaymentMethods
    source_transfer: str | None = None
    statement_descriptor: str | None = None
    statement_descriptor_suffix: str | None = None
    status: ChargeStatus
    transfer: str | UnsetType = UNSET
    transfer_data: ChargeTransferData | None = None
    transfer_group: str | None = None
