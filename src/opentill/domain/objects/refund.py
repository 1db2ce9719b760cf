"""Refund: money given back for a Charge (official client: `Refunds.d.ts`). It has no `livemode`."""

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.objects.shared import Metadata, PresentmentDetails

RefundStatus: TypeAlias = Literal["canceled", "failed", "pending", "requires_action", "succeeded"]
RefundReason: TypeAlias = Literal["duplicate", "expired_uncaptured_charge", "fraudulent", "requested_by_customer"]
RefundFailureReason: TypeAlias = Literal[
    "charge_for_pending_refund_disputed",
    "declined",
    "expired_or_canceled_card",
    "insufficient_funds",
    "lost_or_stolen_card",
    "merchant_request",
    "unknown",
]


class RefundCard(msgspec.Struct, frozen=True, kw_only=True):
    """How a card got its money back. `reference` is the acquirer reference number the cardholder can ask for."""

    reference: str | UnsetType = UNSET
    reference_status: Literal["available", "pending", "unavailable"] | UnsetType = UNSET
    reference_type: Literal["acquirer_reference_number", "system_trace_audit_number"] | UnsetType = UNSET
    type: Literal["pending", "refund", "reversal"]


class DestinationDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Where the money went; `type` names the member that is set."""

    card: RefundCard | UnsetType = UNSET
    type: str


class EmailSent(msgspec.Struct, frozen=True, kw_only=True):
    """The mail with instructions to the customer."""

    email_sent_at: int
    email_sent_to: str


class DisplayDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer was sent, and until when it holds."""

    email_sent: EmailSent
    expires_at: int


class RefundNextAction(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer must do to get the money."""

    display_details: DisplayDetails | UnsetType = UNSET
    type: str


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money given back; `amount` is minor units of `currency`, positive."""

    id: str
    object: Literal["refund"] = "refund"
    amount: int
    balance_transaction: str | None = None  # null while pending
    charge: str | None = None
    created: int
    currency: str
    customer: str | None = None
    customer_account: str | None = None
    description: str | UnsetType = UNSET
    destination_details: DestinationDetails | UnsetType = UNSET
    failure_balance_transaction: str | UnsetType = UNSET
    failure_reason: RefundFailureReason | UnsetType = UNSET
    instructions_email: str | UnsetType = UNSET
    metadata: Metadata | None = {}
    next_action: RefundNextAction | UnsetType = UNSET
    payment_intent: str | None = None
    payment_method: str | None = None
    pending_reason: Literal["charge_pending", "insufficient_funds", "processing"] | UnsetType = UNSET
    presentment_details: PresentmentDetails | UnsetType = UNSET
    reason: RefundReason | None = None
    receipt_number: str | None = None
    source_transfer_reversal: str | None = None
    status: RefundStatus | None
    transfer_reversal: str | None = None
