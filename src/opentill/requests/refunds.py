"""Parameters of the Refunds API."""

from typing import Annotated, Literal

from opentill.requests.params import UNSET, Email, Integer, ListParams, Metadata, Params, RangeQuery, Text, UnsetType

Id = Annotated[str, Text(maximum=255)]


class CreateRefund(Params):
    """Parameters of create; `amount` is minor units of the charge's currency."""

    amount: Annotated[int, Integer(minimum=1)] | UnsetType = UNSET
    charge: Id | UnsetType = UNSET
    instructions_email: Annotated[str, Email()] | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    payment_intent: Id | UnsetType = UNSET
    reason: Literal["duplicate", "fraudulent", "requested_by_customer"] | UnsetType = UNSET
    refund_application_fee: bool | UnsetType = UNSET
    reverse_transfer: bool | UnsetType = UNSET


class UpdateRefund(Params):
    """Parameters of update."""

    metadata: Metadata | UnsetType = UNSET


class ListRefunds(ListParams):
    """Filters of the list."""

    charge: Id | UnsetType = UNSET
    payment_intent: Id | UnsetType = UNSET
    created: RangeQuery | UnsetType = UNSET
