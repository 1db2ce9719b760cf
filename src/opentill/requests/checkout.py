"""Parameters of the Checkout Sessions API, and what the hosted page sends.

What belongs to subscriptions, taxes, discounts, invoices, custom fields, shipping rates and pages that are put into the
merchant's own is not here.
"""

from typing import Annotated, Literal

from opentill.domain.objects.checkout_session import Locale as LocaleName
from opentill.domain.objects.checkout_session import SellingCountry
from opentill.requests.params import (
    UNSET,
    Address,
    Currency,
    Email,
    Integer,
    Items,
    ListParams,
    Metadata,
    Params,
    RangeQuery,
    Shipping,
    Since,
    Text,
    Timestamp,
    UnsetType,
    Url,
)
from opentill.requests.payment_intents import (
    AllowedTypes,
    AnyType,
    CaptureMethod,
    FutureUsage,
    Hidden,
    Id,
    IfAvailable,
    Suffix,
    TransferData,
    Types,
)
from opentill.requests.prices import ProductData, TaxBehavior, Unit

Message = Annotated[str, Text(maximum=1200)]
Description = Annotated[str, Text(maximum=1000)]


class PriceData(Unit):
    """A price for this session alone; its product is there, or comes with it."""

    currency: Currency
    product: Id | UnsetType = UNSET
    product_data: ProductData | UnsetType = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET

    def check(self) -> None:
        super().check()
        self.only_one_of("product", "product_data")


class AdjustableQuantity(Params):
    """How few and how many a customer may choose: 0 to 99 unless given."""

    enabled: bool
    maximum: Annotated[int, Integer(minimum=1, maximum=999999)] | UnsetType = UNSET
    minimum: Annotated[int, Integer(minimum=0)] | UnsetType = UNSET


class NewLineItem(Params):
    """A line of what is sold."""

    adjustable_quantity: AdjustableQuantity | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    price: Id | UnsetType = UNSET
    price_data: PriceData | UnsetType = UNSET
    quantity: Annotated[int, Integer(minimum=0)] | UnsetType = UNSET

    def check(self) -> None:
        self.only_one_of("price", "price_data")


class ChangedLineItem(NewLineItem):
    """A line that stays (its `id`), perhaps with another quantity, or a new one."""

    id: Id | UnsetType = UNSET


class RecoverySettings(Params):
    """`after_expiration[recovery]`."""

    enabled: bool
    allow_promotion_codes: bool | UnsetType = UNSET


class AfterExpiration(Params):
    """What is offered once the session expired."""

    recovery: RecoverySettings | UnsetType = UNSET


class TextMessage(Params):
    """A text of the merchant's."""

    message: Message


class CustomText(Params):
    """The merchant's texts, by their place on the page."""

    after_submit: TextMessage | None | UnsetType = UNSET
    shipping_address: TextMessage | None | UnsetType = UNSET
    submit: TextMessage | None | UnsetType = UNSET
    terms_of_service_acceptance: TextMessage | None | UnsetType = UNSET


class CustomerUpdate(Params):
    """What of the customer's own data the page may change."""

    address: Literal["auto", "never"] | UnsetType = UNSET
    name: Literal["auto", "never"] | UnsetType = UNSET
    shipping: Literal["auto", "never"] | UnsetType = UNSET


class PaymentIntentData(Params):
    """What the PaymentIntent gets beside the amount."""

    application_fee_amount: Annotated[int, Integer(minimum=0)] | UnsetType = UNSET
    capture_method: CaptureMethod | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    on_behalf_of: Id | UnsetType = UNSET
    receipt_email: Annotated[str, Email()] | UnsetType = UNSET
    setup_future_usage: FutureUsage | UnsetType = UNSET
    shipping: Shipping | UnsetType = UNSET
    statement_descriptor: Suffix | UnsetType = UNSET
    statement_descriptor_suffix: Suffix | UnsetType = UNSET
    transfer_data: TransferData | UnsetType = UNSET
    transfer_group: Id | UnsetType = UNSET


class SetupIntentData(Params):
    """What the SetupIntent gets."""

    description: Description | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    on_behalf_of: Id | UnsetType = UNSET


class CardOptions(Params):
    """Options for cards."""

    capture_method: Literal["manual"] | UnsetType = UNSET
    request_extended_authorization: IfAvailable | UnsetType = UNSET
    request_incremental_authorization: IfAvailable | UnsetType = UNSET
    request_multicapture: IfAvailable | UnsetType = UNSET
    request_overcapture: IfAvailable | UnsetType = UNSET
    request_three_d_secure: Literal["any", "automatic", "challenge"] | UnsetType = UNSET
    setup_future_usage: FutureUsage | UnsetType = UNSET


class PaymentMethodOptions(Params):
    """Options by method type."""

    card: CardOptions | UnsetType = UNSET


class PaymentMethodSettings(Params):
    """What the saved payment method says of itself."""

    allow_redisplay: Literal["always", "limited", "unspecified"] | UnsetType = UNSET


class Enabling(Params):
    """Whether it is done."""

    enabled: bool


class SavedPaymentMethodOptions(Params):
    """What the page does with cards that are saved already."""

    allow_redisplay_filters: list[Literal["always", "limited", "unspecified"]] | UnsetType = UNSET
    payment_method_remove: Literal["disabled", "enabled"] | UnsetType = UNSET
    payment_method_save: Literal["disabled", "enabled"] | UnsetType = UNSET


class ShippingAddressCollection(Params):
    """The countries that the merchant sends to."""

    allowed_countries: Annotated[list[SellingCountry], Items(minimum=1, maximum=300)]


class WalletLink(Params):
    """`wallet_options[link]`."""

    display: Literal["auto", "never"] | UnsetType = UNSET


class WalletOptions(Params):
    """Settings by wallet."""

    link: WalletLink | UnsetType = UNSET


class CreateSession(Params):
    """A session to be."""

    mode: Literal["payment", "setup", "subscription"]
    after_expiration: AfterExpiration | UnsetType = UNSET
    allow_promotion_codes: bool | UnsetType = UNSET
    allowed_payment_method_types: AllowedTypes | UnsetType = UNSET
    billing_address_collection: Literal["auto", "required"] | UnsetType = UNSET
    cancel_url: Annotated[str, Url()] | UnsetType = UNSET
    client_reference_id: Annotated[str, Text(maximum=200)] | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    custom_text: CustomText | UnsetType = UNSET
    customer: Id | UnsetType = UNSET
    customer_creation: Literal["always", "if_required"] | UnsetType = UNSET
    customer_email: Annotated[str, Email()] | UnsetType = UNSET
    customer_update: CustomerUpdate | UnsetType = UNSET
    excluded_payment_method_types: list[AnyType] | UnsetType = UNSET
    expires_at: Timestamp | UnsetType = UNSET
    integration_identifier: Id | UnsetType = UNSET
    line_items: Annotated[list[NewLineItem], Items(maximum=100)] | UnsetType = UNSET
    locale: LocaleName | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    origin_context: Literal["mobile_app", "web"] | UnsetType = UNSET
    payment_intent_data: PaymentIntentData | UnsetType = UNSET
    payment_method_data: PaymentMethodSettings | UnsetType = UNSET
    payment_method_options: PaymentMethodOptions | UnsetType = UNSET
    payment_method_types: Types | UnsetType = UNSET
    phone_number_collection: Enabling | UnsetType = UNSET
    redirect_on_completion: Literal["always", "if_required", "never"] | UnsetType = UNSET
    return_url: Annotated[str, Url()] | UnsetType = UNSET
    saved_payment_method_options: SavedPaymentMethodOptions | UnsetType = UNSET
    setup_intent_data: SetupIntentData | UnsetType = UNSET
    shipping_address_collection: ShippingAddressCollection | UnsetType = UNSET
    submit_type: Literal["auto", "book", "donate", "pay"] | UnsetType = UNSET
    success_url: Annotated[str, Url()] | UnsetType = UNSET
    ui_mode: Literal["hosted_page", "embedded_page", "elements", "form", "hosted", "embedded", "custom"] | UnsetType = (
        UNSET
    )
    wallet_options: WalletOptions | UnsetType = UNSET

    def check(self) -> None:
        self.only_one_of("customer", "customer_email")
        self.only_one_of("payment_method_types", "allowed_payment_method_types", "excluded_payment_method_types")


class CollectedShipping(Params):
    """Where goods go."""

    address: Address
    name: Annotated[str, Text(maximum=5000)]


class CollectedInformation(Params):
    """What the merchant asked the customer elsewhere."""

    shipping_details: CollectedShipping | UnsetType = UNSET


class ChangedPaymentIntentData(Params):
    """What the PaymentIntent gets; an empty text unsets."""

    description: Description | None | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    setup_future_usage: FutureUsage | None | UnsetType = UNSET
    statement_descriptor: Suffix | None | UnsetType = UNSET
    statement_descriptor_suffix: Suffix | None | UnsetType = UNSET


class UpdateSession(Params):
    """What is not given stays as it is."""

    collected_information: CollectedInformation | UnsetType = UNSET
    line_items: Annotated[list[ChangedLineItem], Items(minimum=1, maximum=100)] | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    payment_intent_data: Annotated[ChangedPaymentIntentData, Since("2026-10-28")] | UnsetType = UNSET


class CustomerDetailsFilter(Params):
    """By what the customer typed."""

    email: Annotated[str, Text(maximum=800)]


class ListSessions(ListParams):
    """Filters of the list."""

    created: RangeQuery | UnsetType = UNSET
    customer: Id | UnsetType = UNSET
    customer_details: CustomerDetailsFilter | UnsetType = UNSET
    payment_intent: Id | UnsetType = UNSET
    payment_link: Id | UnsetType = UNSET
    status: Literal["complete", "expired", "open"] | UnsetType = UNSET
    subscription: Id | UnsetType = UNSET


class ConfirmPaymentPage(Params):
    """What a page that is not ours sends: a payment method that was made before, and what the customer was shown."""

    payment_method: Id
    expected_amount: Annotated[int, Integer(minimum=0)] | UnsetType = UNSET
    expected_payment_method_type: AnyType | UnsetType = UNSET
    eid: Hidden | UnsetType = UNSET
    key: Hidden | UnsetType = UNSET


class RetrievePaymentPage(Params):
    """`key` and `eid` are what pages send beside the session."""

    eid: Hidden | UnsetType = UNSET
    key: Hidden | UnsetType = UNSET
