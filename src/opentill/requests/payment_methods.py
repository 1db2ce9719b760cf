"""Parameters of the PaymentMethods API."""

from typing import Annotated, Literal

from opentill.requests.params import UNSET, BillingDetails, Integer, ListParams, Metadata, Params, UnsetType
from opentill.requests.payment_intents import Id, PaymentMethodData

AllowRedisplay = Literal["always", "limited", "unspecified"]


class CreatePaymentMethod(PaymentMethodData):
    """A card that is typed in; cards that are read come from readers only."""


class CardDates(Params):
    """The card was renewed."""

    exp_month: Annotated[int, Integer()] | UnsetType = UNSET
    exp_year: Annotated[int, Integer()] | UnsetType = UNSET


class UpdatePaymentMethod(Params):
    """What is not given stays as it is; an empty text unsets."""

    allow_redisplay: AllowRedisplay | UnsetType = UNSET
    billing_details: BillingDetails | UnsetType = UNSET
    card: CardDates | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET


class AttachPaymentMethod(Params):
    """Whose it becomes."""

    customer: Id


class ListOfCustomer(ListParams):
    """By type, and by whether it may be shown again."""

    type: Literal["card", "card_present", "interac_present"] | UnsetType = UNSET
    allow_redisplay: AllowRedisplay | UnsetType = UNSET


class ListPaymentMethods(ListOfCustomer):
    """Also by customer."""

    customer: Id | UnsetType = UNSET
