"""Checkout Session: a page of ours on which a customer saves a card or pays (official client: `Sessions.d.ts`).

What belongs to subscriptions, taxes, discounts, invoices and Link is always as it is when those are not used.
"""

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.objects.payment_intent import ManagedPayments, PaymentMethodConfigurationDetails
from opentill.domain.objects.shared import Address, Metadata, PresentmentDetails

Mode: TypeAlias = Literal["payment", "setup"]
SessionStatus: TypeAlias = Literal["complete", "expired", "open"]
PaymentStatus: TypeAlias = Literal["no_payment_required", "paid", "unpaid"]
SubmitType: TypeAlias = Literal["auto", "book", "donate", "pay"]
IfAvailable: TypeAlias = Literal["if_available", "never"]
Locale: TypeAlias = Literal[
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil", "fr", "fr-CA", "hi-IN",
    "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl", "pt", "pt-BR", "ro", "ru", "sk",
    "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
]  # fmt: skip

SellingCountry: TypeAlias = Literal[
    "AC", "AD", "AE", "AF", "AG", "AI", "AL", "AM", "AO", "AQ", "AR", "AT", "AU", "AW", "AX", "AZ", "BA", "BB", "BD",
    "BE", "BF", "BG", "BH", "BI", "BJ", "BL", "BM", "BN", "BO", "BQ", "BR", "BS", "BT", "BV", "BW", "BY", "BZ", "CA",
    "CD", "CF", "CG", "CH", "CI", "CK", "CL", "CM", "CN", "CO", "CR", "CV", "CW", "CY", "CZ", "DE", "DJ", "DK", "DM",
    "DO", "DZ", "EC", "EE", "EG", "EH", "ER", "ES", "ET", "FI", "FJ", "FK", "FO", "FR", "GA", "GB", "GD", "GE", "GF",
    "GG", "GH", "GI", "GL", "GM", "GN", "GP", "GQ", "GR", "GS", "GT", "GU", "GW", "GY", "HK", "HN", "HR", "HT", "HU",
    "ID", "IE", "IL", "IM", "IN", "IO", "IQ", "IS", "IT", "JE", "JM", "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN",
    "KR", "KW", "KY", "KZ", "LA", "LB", "LC", "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME",
    "MF", "MG", "MK", "ML", "MM", "MN", "MO", "MQ", "MR", "MS", "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NC",
    "NE", "NG", "NI", "NL", "NO", "NP", "NR", "NU", "NZ", "OM", "PA", "PE", "PF", "PG", "PH", "PK", "PL", "PM", "PN",
    "PR", "PS", "PT", "PY", "QA", "RE", "RO", "RS", "RU", "RW", "SA", "SB", "SC", "SD", "SE", "SG", "SH", "SI", "SJ",
    "SK", "SL", "SM", "SN", "SO", "SR", "SS", "ST", "SV", "SX", "SZ", "TA", "TC", "TD", "TF", "TG", "TH", "TJ", "TK",
    "TL", "TM", "TN", "TO", "TR", "TT", "TV", "TW", "TZ", "UA", "UG", "US", "UY", "UZ", "VA", "VC", "VE", "VG", "VN",
    "VU", "WF", "WS", "XK", "YE", "YT", "ZA", "ZM", "ZW", "ZZ",
]  # fmt: skip
"""Where customers can be, ISO 3166-1 alpha-2 and what else the API knows; ZZ stands for any other."""


class Enabled(msgspec.Struct, frozen=True, kw_only=True):
    """`adaptive_pricing` and `phone_number_collection`: whether it is done."""

    enabled: bool = False


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """A way back for who comes too late: `url` opens a copy of the session, until `expires_at`."""

    allow_promotion_codes: bool = False
    enabled: bool
    expires_at: int | None = None
    url: str | None = None


class AfterExpiration(msgspec.Struct, frozen=True, kw_only=True):
    """What is offered once the session expired."""

    recovery: Recovery | None = None


class AutomaticTax(msgspec.Struct, frozen=True, kw_only=True):
    """Taxes are not calculated here."""

    enabled: bool = False
    liability: None = None
    provider: str | None = None
    status: None = None


class BrandingSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the page looks."""

    background_color: str = "#ffffff"
    border_style: Literal["pill", "rectangular", "rounded"] = "rounded"
    button_color: str = "#0b6e57"
    display_name: str
    font_family: str = "default"
    icon: None = None
    logo: None = None


class ShippingDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Where goods go."""

    address: Address
    name: str


class CollectedInformation(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer typed beside the means of payment."""

    business_name: str | None = None
    individual_name: str | None = None
    shipping_details: ShippingDetails | None = None


class CustomMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A text of the merchant's."""

    message: str


class CustomText(msgspec.Struct, frozen=True, kw_only=True):
    """The merchant's texts, by their place on the page."""

    after_submit: CustomMessage | None = None
    shipping_address: CustomMessage | None = None
    submit: CustomMessage | None = None
    terms_of_service_acceptance: CustomMessage | None = None


class CustomerDetails(msgspec.Struct, frozen=True, kw_only=True):
    """The customer as the page knows them, whether or not there is a Customer."""

    address: Address | None = None
    business_name: str | None = None
    email: str | None = None
    individual_name: str | None = None
    name: str | None = None
    phone: str | None = None
    tax_exempt: Literal["exempt", "none", "reverse"] | None = "none"
    tax_ids: list[dict[str, Any]] | None = []


class InvoiceData(msgspec.Struct, frozen=True, kw_only=True):
    """What would stand on an invoice."""

    account_tax_ids: None = None
    custom_fields: None = None
    description: str | None = None
    footer: str | None = None
    issuer: None = None
    metadata: Metadata | None = {}
    rendering_options: None = None


class InvoiceCreation(msgspec.Struct, frozen=True, kw_only=True):
    """Invoices are not made here."""

    enabled: bool = False
    invoice_data: InvoiceData = InvoiceData()


class CardOptions(msgspec.Struct, frozen=True, kw_only=True):
    """`payment_method_options.card`."""

    capture_method: Literal["manual"] | UnsetType = UNSET
    request_extended_authorization: IfAvailable | UnsetType = UNSET
    request_incremental_authorization: IfAvailable | UnsetType = UNSET
    request_multicapture: IfAvailable | UnsetType = UNSET
    request_overcapture: IfAvailable | UnsetType = UNSET
    request_three_d_secure: Literal["any", "automatic", "challenge"] = "automatic"
    setup_future_usage: Literal["none", "off_session", "on_session"] | UnsetType = UNSET


class PaymentMethodOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Options by method type."""

    card: CardOptions | UnsetType = UNSET


class SavedPaymentMethodOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What the page does with cards that are saved already."""

    allow_redisplay_filters: list[Literal["always", "limited", "unspecified"]] | None = None
    payment_method_remove: Literal["disabled", "enabled"] | None = "disabled"
    payment_method_save: Literal["disabled", "enabled"] | None = None


class ShippingAddressCollection(msgspec.Struct, frozen=True, kw_only=True):
    """Where the merchant sends to; ISO 3166-1 alpha-2."""

    allowed_countries: list[SellingCountry]


class TotalDetails(msgspec.Struct, frozen=True, kw_only=True):
    """What the total is made of beside the items, minor units."""

    amount_discount: int = 0
    amount_shipping: int | None = 0
    amount_tax: int = 0


class WalletOptionsLink(msgspec.Struct, frozen=True, kw_only=True):
    """`wallet_options.link`."""

    display: Literal["auto", "never"] | UnsetType = UNSET


class WalletOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Settings by wallet."""

    link: WalletOptionsLink | UnsetType = UNSET


class CheckoutSession(msgspec.Struct, frozen=True, kw_only=True):
    """One visit to the page. Amounts are minor units of `currency`; in setup mode there are none."""

    id: str
    object: Literal["checkout.session"] = "checkout.session"
    adaptive_pricing: Enabled | None = None
    after_expiration: AfterExpiration | None = None
    allow_promotion_codes: bool | None = None
    allowed_payment_method_types: list[str] | None = None
    amount_subtotal: int | None = None
    amount_total: int | None = None
    automatic_tax: AutomaticTax = AutomaticTax()
    billing_address_collection: Literal["auto", "required"] | None = None
    branding_settings: BrandingSettings | UnsetType = UNSET
    cancel_url: str | None = None
    client_reference_id: str | None = None
    client_secret: str | None = None
    collected_information: CollectedInformation | None = None
    consent: None = None
    consent_collection: None = None
    created: int
    currency: str | None = None
    currency_conversion: None = None
    custom_fields: list[dict[str, Any]] = []
    custom_text: CustomText = CustomText()
    customer: str | None = None
    customer_account: str | None = None
    customer_creation: Literal["always", "if_required"] | None = None
    customer_details: CustomerDetails | None = None
    customer_email: str | None = None
    discounts: list[dict[str, Any]] | None = None
    excluded_payment_method_types: list[str] | UnsetType = UNSET
    expires_at: int
    integration_identifier: str | None = None
    invoice: str | None = None
    invoice_creation: InvoiceCreation | None = None
    livemode: bool
    locale: Locale | None = None
    managed_payments: ManagedPayments | None = None
    metadata: Metadata | None = {}
    mode: Mode
    origin_context: Literal["mobile_app", "web"] | None = None
    payment_intent: str | None = None  # made when the customer first submits
    payment_link: str | None = None
    payment_method_collection: Literal["always", "if_required"] | None = None
    payment_method_configuration_details: PaymentMethodConfigurationDetails | None = None
    payment_method_options: PaymentMethodOptions | None = None
    payment_method_types: list[str]
    payment_status: PaymentStatus
    permissions: None = None
    phone_number_collection: Enabled | UnsetType = UNSET
    presentment_details: PresentmentDetails | UnsetType = UNSET
    recovered_from: str | None = None
    redirect_on_completion: Literal["always", "if_required", "never"] | UnsetType = UNSET
    return_url: str | UnsetType = UNSET
    saved_payment_method_options: SavedPaymentMethodOptions | None = None
    setup_intent: str | None = None  # in setup mode, from the beginning
    shipping_address_collection: ShippingAddressCollection | None = None
    shipping_cost: None = None
    shipping_options: list[dict[str, Any]] = []
    status: SessionStatus | None
    submit_type: SubmitType | None = None
    subscription: str | None = None
    success_url: str | None = None
    total_details: TotalDetails | None = None
    ui_mode: Literal["elements", "embedded_page", "form", "hosted_page"] | None = "hosted_page"
    url: str | None = None
    wallet_options: WalletOptions | None = None
