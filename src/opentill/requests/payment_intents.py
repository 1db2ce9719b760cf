"""Parameters of the PaymentIntents API (reference: PaymentIntents; endive and, behind gates, older versions)."""

from typing import Annotated, Literal

from opentill.domain.connect import no_transfers
from opentill.requests.params import (
    UNSET,
    BillingDetails,
    Currency,
    Email,
    Integer,
    ListParams,
    Metadata,
    Params,
    RangeQuery,
    Secret,
    Shipping,
    Since,
    Text,
    UnsetType,
    Until,
    Url,
)

PaymentMethodType = Literal["card", "card_present", "interac_present"]
CaptureMethod = Literal["automatic", "automatic_async", "manual"]
FutureUsage = Literal["off_session", "on_session"]
IfAvailable = Literal["if_available", "never"]
CardNetwork = Literal[
    "amex",
    "cartes_bancaires",
    "diners",
    "discover",
    "eftpos_au",
    "interac",
    "jcb",
    "mastercard",
    "unionpay",
    "unknown",
    "visa",
]

_TYPES_GONE = Until(
    "2026-08-26.preview",
    code="payment_method_types_no_longer_supported",
    message="`payment_method_types` is no longer supported. Use `allowed_payment_method_types` to restrict which "
    "payment methods are offered, or leave it out to use the payment methods of your configuration.",
)
_ALLOWED_SINCE = Since("2026-07-29")

# Every type name the API knows is accepted in a filter; those not available here are dropped, as the API drops
# what is incompatible.
AnyType = Annotated[str, Text(maximum=40, pattern=r"[a-z0-9_]+")]
Types = Annotated[list[AnyType], _TYPES_GONE]
AllowedTypes = Annotated[list[AnyType], _ALLOWED_SINCE]
Amount = Annotated[int, Integer()]
Suffix = Annotated[str, Text(maximum=22)]
Id = Annotated[str, Text(maximum=255)]
Hidden = Annotated[str, Secret(maximum=255)]


class AutomaticPaymentMethods(Params):
    """Whether the methods come from the configuration."""

    enabled: bool
    allow_redirects: Literal["always", "never"] | UnsetType = UNSET


class CardOptions(Params):
    """Options for cards paid with online."""

    capture_method: Literal["manual", ""] | UnsetType = UNSET
    request_extended_authorization: IfAvailable | UnsetType = UNSET
    request_incremental_authorization: IfAvailable | UnsetType = UNSET
    request_multicapture: IfAvailable | UnsetType = UNSET
    request_overcapture: IfAvailable | UnsetType = UNSET
    request_three_d_secure: Literal["any", "automatic", "challenge"] | UnsetType = UNSET
    require_cvc_recollection: bool | UnsetType = UNSET
    setup_future_usage: Literal["none", "off_session", "on_session", ""] | UnsetType = UNSET
    statement_descriptor_suffix_kana: Suffix | None | UnsetType = UNSET
    statement_descriptor_suffix_kanji: Annotated[str, Text(maximum=17)] | None | UnsetType = UNSET
    network: CardNetwork | UnsetType = UNSET
    cvc_token: Hidden | UnsetType = UNSET
    moto: bool | UnsetType = UNSET


class Routing(Params):
    """Which network a co-badged card should run on."""

    requested_priority: Literal["domestic", "international"] | UnsetType = UNSET


class CardPresentOptions(Params):
    """Options for cards read by a reader."""

    capture_method: Literal["manual", "manual_preferred", ""] | UnsetType = UNSET
    request_extended_authorization: bool | UnsetType = UNSET
    request_incremental_authorization_support: bool | UnsetType = UNSET
    routing: Routing | UnsetType = UNSET


class InteracPresentOptions(Params):
    """Options for Interac: there are none."""


class PaymentMethodOptions(Params):
    """Options by method type."""

    card: CardOptions | None | UnsetType = UNSET
    card_present: CardPresentOptions | None | UnsetType = UNSET
    interac_present: InteracPresentOptions | None | UnsetType = UNSET


class RawCard(Params):
    """A card that is typed in, or a token that stands for one."""

    number: Hidden | UnsetType = UNSET
    exp_month: Annotated[int, Integer()] | UnsetType = UNSET
    exp_year: Annotated[int, Integer()] | UnsetType = UNSET
    cvc: Hidden | UnsetType = UNSET
    token: Id | UnsetType = UNSET


class PaymentMethodData(Params):
    """A payment method to be made for this payment."""

    type: Literal["card"]
    card: RawCard | UnsetType = UNSET
    billing_details: BillingDetails | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    allow_redisplay: Literal["always", "limited", "unspecified"] | UnsetType = UNSET


class TransferData(Params):
    """Destination charges: where the money is to go on to. It is read to say that there are none here."""

    destination: Id
    amount: Annotated[int, Integer(minimum=0)] | UnsetType = UNSET

    def check(self) -> None:
        raise no_transfers("destination")


class TransferAmount(Params):
    """How much of it is to go on, minor units."""

    amount: Annotated[int, Integer(minimum=0)] | UnsetType = UNSET

    def check(self) -> None:
        raise no_transfers("amount")


class _Common(Params):
    """What create, update and confirm share."""

    application_fee_amount: Annotated[int, Integer(minimum=0)] | None | UnsetType = UNSET
    capture_method: CaptureMethod | UnsetType = UNSET
    payment_method: Id | None | UnsetType = UNSET
    payment_method_data: PaymentMethodData | UnsetType = UNSET
    payment_method_options: PaymentMethodOptions | UnsetType = UNSET
    payment_method_types: Types | UnsetType = UNSET
    allowed_payment_method_types: AllowedTypes | UnsetType = UNSET
    excluded_payment_method_types: list[AnyType] | None | UnsetType = UNSET
    receipt_email: Annotated[str, Email()] | None | UnsetType = UNSET
    setup_future_usage: FutureUsage | None | UnsetType = UNSET
    shipping: Shipping | None | UnsetType = UNSET


class CreatePaymentIntent(_Common):
    """Parameters of create; `amount` is minor units of `currency`."""

    amount: Amount
    currency: Currency
    automatic_payment_methods: AutomaticPaymentMethods | UnsetType = UNSET
    confirm: bool | UnsetType = UNSET
    confirmation_method: Literal["automatic", "manual"] | UnsetType = UNSET
    customer: Id | UnsetType = UNSET
    description: Annotated[str, Text(maximum=1000)] | UnsetType = UNSET
    error_on_requires_action: bool | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    off_session: bool | Literal["one_off", "recurring"] | UnsetType = UNSET
    on_behalf_of: Id | UnsetType = UNSET
    return_url: Annotated[str, Url(web=False)] | UnsetType = UNSET
    statement_descriptor: Suffix | UnsetType = UNSET
    statement_descriptor_suffix: Suffix | UnsetType = UNSET
    transfer_data: TransferData | UnsetType = UNSET
    transfer_group: Id | UnsetType = UNSET
    use_stripe_sdk: bool | UnsetType = UNSET

    def check(self) -> None:
        self.only_one_of("payment_method_types", "automatic_payment_methods", "allowed_payment_method_types")
        self.only_one_of("payment_method_types", "excluded_payment_method_types")
        self.only_one_of("payment_method", "payment_method_data")


class UpdatePaymentIntent(_Common):
    """Parameters of update."""

    amount: Amount | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    customer: Id | None | UnsetType = UNSET
    description: Annotated[str, Text(maximum=1000)] | None | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    statement_descriptor: Suffix | None | UnsetType = UNSET
    statement_descriptor_suffix: Suffix | None | UnsetType = UNSET
    transfer_data: TransferAmount | UnsetType = UNSET
    transfer_group: Id | None | UnsetType = UNSET

    def check(self) -> None:
        self.only_one_of("payment_method_types", "allowed_payment_method_types")
        self.only_one_of("payment_method", "payment_method_data")


class ConfirmPaymentIntent(_Common):
    """Parameters of confirm."""

    amount_to_confirm: Amount | UnsetType = UNSET
    client_secret: Hidden | UnsetType = UNSET
    error_on_requires_action: bool | UnsetType = UNSET
    off_session: bool | Literal["one_off", "recurring"] | UnsetType = UNSET
    return_url: Annotated[str, Url(web=False)] | UnsetType = UNSET
    use_stripe_sdk: bool | UnsetType = UNSET

    def check(self) -> None:
        self.only_one_of("payment_method_types", "allowed_payment_method_types")
        self.only_one_of("payment_method", "payment_method_data")


class CapturePaymentIntent(Params):
    """Parameters of capture; amounts in minor units of the intent's currency."""

    amount_to_capture: Annotated[int, Integer(minimum=1)] | UnsetType = UNSET
    application_fee_amount: Annotated[int, Integer(minimum=0)] | UnsetType = UNSET
    final_capture: bool | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    statement_descriptor: Suffix | UnsetType = UNSET
    statement_descriptor_suffix: Suffix | UnsetType = UNSET
    transfer_data: TransferAmount | UnsetType = UNSET


class CancelPaymentIntent(Params):
    """Parameters of cancel."""

    cancellation_reason: Literal["duplicate", "fraudulent", "requested_by_customer", "abandoned"] | UnsetType = UNSET


class IncrementAuthorization(Params):
    """Parameters of increment_authorization; `amount` is the new total, minor units."""

    amount: Amount
    application_fee_amount: Annotated[int, Integer(minimum=0)] | UnsetType = UNSET
    description: Annotated[str, Text(maximum=1000)] | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    statement_descriptor: Suffix | UnsetType = UNSET
    transfer_data: TransferAmount | UnsetType = UNSET


class RetrievePaymentIntent(Params):
    """Parameters of retrieve."""

    client_secret: Hidden | UnsetType = UNSET


class ListPaymentIntents(ListParams):
    """Filters of the list."""

    customer: Id | UnsetType = UNSET
    created: RangeQuery | UnsetType = UNSET
