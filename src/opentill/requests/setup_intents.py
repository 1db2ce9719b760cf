"""Parameters of the SetupIntents and SetupAttempts APIs.

What belongs to bank debits and to Connect's own accounts (`mandate_data`, `single_use`, `attach_to_self`,
`flow_directions`) is not here.
"""

from typing import Annotated, Literal

from opentill.requests.params import UNSET, ListParams, Metadata, Params, RangeQuery, Text, UnsetType, Url
from opentill.requests.payment_intents import (
    AllowedTypes,
    AnyType,
    AutomaticPaymentMethods,
    CardNetwork,
    FutureUsage,
    Hidden,
    Id,
    PaymentMethodData,
    Types,
)

Description = Annotated[str, Text(maximum=1000)]


class SetupCardOptions(Params):
    """Options for cards that are set up online."""

    moto: bool | UnsetType = UNSET
    network: CardNetwork | UnsetType = UNSET
    request_three_d_secure: Literal["any", "automatic", "challenge"] | UnsetType = UNSET
    setup_credential_usage: Literal["installment", "recurring", "unscheduled"] | UnsetType = UNSET


class SetupCardPresentOptions(Params):
    """Options for cards read by a reader: there are none."""


class SetupPaymentMethodOptions(Params):
    """Options by method type."""

    card: SetupCardOptions | UnsetType = UNSET
    card_present: SetupCardPresentOptions | UnsetType = UNSET


class _Common(Params):
    """What create, update and confirm share."""

    payment_method: Id | None | UnsetType = UNSET
    payment_method_data: PaymentMethodData | UnsetType = UNSET
    payment_method_options: SetupPaymentMethodOptions | UnsetType = UNSET
    allowed_payment_method_types: AllowedTypes | UnsetType = UNSET

    def check(self) -> None:
        self.only_one_of("payment_method", "payment_method_data")


class CreateSetupIntent(_Common):
    """A SetupIntent to be; with `confirm` it is tried at once."""

    automatic_payment_methods: AutomaticPaymentMethods | UnsetType = UNSET
    confirm: bool | UnsetType = UNSET
    customer: Id | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    excluded_payment_method_types: list[AnyType] | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    on_behalf_of: Id | UnsetType = UNSET
    payment_method_types: Types | UnsetType = UNSET
    return_url: Annotated[str, Url(web=False)] | UnsetType = UNSET
    usage: FutureUsage | UnsetType = UNSET
    use_stripe_sdk: bool | UnsetType = UNSET

    def check(self) -> None:
        super().check()
        self.only_one_of("payment_method_types", "automatic_payment_methods", "allowed_payment_method_types")
        self.only_one_of("payment_method_types", "excluded_payment_method_types")


class UpdateSetupIntent(_Common):
    """What is not given stays as it is; an empty text unsets."""

    customer: Id | UnsetType = UNSET
    description: Description | None | UnsetType = UNSET
    excluded_payment_method_types: list[AnyType] | None | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    payment_method_types: Types | UnsetType = UNSET

    def check(self) -> None:
        super().check()
        self.only_one_of("payment_method_types", "allowed_payment_method_types")


class ConfirmSetupIntent(_Common):
    """`client_secret` is for publishable keys."""

    client_secret: Hidden | UnsetType = UNSET
    return_url: Annotated[str, Url(web=False)] | UnsetType = UNSET
    use_stripe_sdk: bool | UnsetType = UNSET


class CancelSetupIntent(Params):
    """Why."""

    cancellation_reason: Literal["abandoned", "duplicate", "requested_by_customer"] | UnsetType = UNSET


class RetrieveSetupIntent(Params):
    """`client_secret` is for publishable keys."""

    client_secret: Hidden | UnsetType = UNSET


class ListSetupIntents(ListParams):
    """By customer, by payment method, and by time."""

    customer: Id | UnsetType = UNSET
    payment_method: Id | UnsetType = UNSET
    created: RangeQuery | UnsetType = UNSET


class ListSetupAttempts(ListParams):
    """The attempts of one SetupIntent."""

    setup_intent: Id
    created: RangeQuery | UnsetType = UNSET
