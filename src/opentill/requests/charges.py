"""Parameters of the Charges API."""

from typing import Annotated, Literal

from opentill.requests.params import (
    UNSET,
    Currency,
    Email,
    Integer,
    ListParams,
    Metadata,
    Params,
    RangeQuery,
    Shipping,
    Text,
    UnsetType,
)

_Id = Annotated[str, Text(maximum=255)]
_Description = Annotated[str, Text(maximum=1000)]
_Descriptor = Annotated[str, Text(maximum=22)]


class CreateCharge(Params, kw_only=True):
    """What a charge was once made from. It is read to say what to do instead."""

    amount: Annotated[int, Integer()] | UnsetType = UNSET
    application_fee_amount: Annotated[int, Integer(minimum=0)] | UnsetType = UNSET
    capture: bool | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    customer: _Id | UnsetType = UNSET
    description: _Description | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    receipt_email: Annotated[str, Email()] | UnsetType = UNSET
    shipping: Shipping | UnsetType = UNSET
    source: _Id | UnsetType = UNSET
    statement_descriptor: _Descriptor | UnsetType = UNSET
    statement_descriptor_suffix: _Descriptor | UnsetType = UNSET
    transfer_group: _Id | UnsetType = UNSET


class FraudDetails(Params, kw_only=True):
    """What the merchant thinks of a payment; an empty text takes it back."""

    user_report: Literal["fraudulent", "safe", ""]


class UpdateCharge(Params, kw_only=True):
    """What is not given stays as it is; an empty text unsets."""

    customer: _Id | UnsetType = UNSET
    description: _Description | None | UnsetType = UNSET
    fraud_details: FraudDetails | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    receipt_email: Annotated[str, Email()] | None | UnsetType = UNSET
    shipping: Shipping | UnsetType = UNSET
    transfer_group: _Id | UnsetType = UNSET


class CaptureCharge(Params, kw_only=True):
    """What a capture takes; charges here are captured through their PaymentIntent."""

    amount: Annotated[int, Integer(minimum=1)] | UnsetType = UNSET
    application_fee_amount: Annotated[int, Integer(minimum=0)] | UnsetType = UNSET
    receipt_email: Annotated[str, Email()] | UnsetType = UNSET
    statement_descriptor: _Descriptor | UnsetType = UNSET
    statement_descriptor_suffix: _Descriptor | UnsetType = UNSET
    transfer_group: _Id | UnsetType = UNSET


class ListCharges(ListParams, kw_only=True):
    """Which charges."""

    created: RangeQuery | UnsetType = UNSET
    customer: _Id | UnsetType = UNSET
    payment_intent: _Id | UnsetType = UNSET
    transfer_group: _Id | UnsetType = UNSET


class RefundCharge(Params, kw_only=True):
    """A refund of the charge in the path."""

    amount: Annotated[int, Integer(minimum=1)] | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | UnsetType = UNSET
    refund_application_fee: bool | UnsetType = UNSET
    reverse_transfer: bool | UnsetType = UNSET
