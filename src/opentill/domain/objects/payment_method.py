"""PaymentMethod: a card that can pay (official client: `PaymentMethods.d.ts`). The number itself is in the vault."""

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.objects.payment_method_details import CardPresentDetails, Offline, ReadMethod
from opentill.domain.objects.shared import (
    BillingDetails,
    CardChecks,
    CardFunding,
    CardNetworks,
    Metadata,
    RegulatedStatus,
)
from opentill.domain.objects.wallet import CardPresentWallet, CardWallet

AllowRedisplay: TypeAlias = Literal["always", "limited", "unspecified"]
PaymentMethodType: TypeAlias = Literal["card", "card_present", "interac_present"]


class GeneratedFromDetails(msgspec.Struct, frozen=True, kw_only=True):
    """The reading that a reusable card was made from."""

    card_present: CardPresentDetails | UnsetType = UNSET
    type: str


class GeneratedFrom(msgspec.Struct, frozen=True, kw_only=True):
    """Where a reusable card came from: a payment or a setup at a reader."""

    charge: str | None = None
    payment_method_details: GeneratedFromDetails | None = None
    setup_attempt: str | None = None


class ThreeDSecureUsage(msgspec.Struct, frozen=True, kw_only=True):
    """Whether 3-D Secure works with the card."""

    supported: bool


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """`PaymentMethod.card`."""

    brand: str
    checks: CardChecks | None = CardChecks()
    country: str | None = None
    description: str | UnsetType | None = UNSET
    display_brand: str | None = None
    exp_month: int
    exp_year: int
    fingerprint: str | UnsetType | None = UNSET
    funding: CardFunding
    generated_from: GeneratedFrom | None = None
    iin: str | UnsetType | None = UNSET
    issuer: str | UnsetType | None = UNSET
    last4: str
    networks: CardNetworks | None = None
    regulated_status: RegulatedStatus | None = None
    three_d_secure_usage: ThreeDSecureUsage | None = None
    wallet: CardWallet | None = None


class CardPresent(msgspec.Struct, frozen=True, kw_only=True):
    """`PaymentMethod.card_present`: a card that was read once, good for this payment only."""

    brand: str | None
    brand_product: str | None = None
    cardholder_name: str | None = None
    country: str | None = None
    description: str | UnsetType | None = UNSET
    exp_month: int
    exp_year: int
    fingerprint: str | None = None
    funding: CardFunding | None = None
    iin: str | UnsetType | None = UNSET
    issuer: str | UnsetType | None = UNSET
    last4: str | None
    networks: CardNetworks | None = None
    offline: Offline | None = None
    preferred_locales: list[str] | None = None
    read_method: ReadMethod | None = None
    wallet: CardPresentWallet | UnsetType = UNSET


class InteracPresent(msgspec.Struct, frozen=True, kw_only=True):
    """`PaymentMethod.interac_present`."""

    brand: str | None
    cardholder_name: str | None = None
    country: str | None = None
    description: str | UnsetType | None = UNSET
    exp_month: int
    exp_year: int
    fingerprint: str | None = None
    funding: CardFunding | None = None
    iin: str | UnsetType | None = UNSET
    issuer: str | UnsetType | None = UNSET
    last4: str | None
    networks: CardNetworks | None = None
    preferred_locales: list[str] | None = None
    read_method: ReadMethod | None = None


class PaymentMethodRadarOptions(msgspec.Struct, frozen=True, kw_only=True):
    """The browser session that risk rules look at."""

    session: str | UnsetType = UNSET


class PaymentMethod(msgspec.Struct, frozen=True, kw_only=True):
    """A means to pay; `type` names the member that is set."""

    id: str
    object: Literal["payment_method"] = "payment_method"
    allow_redisplay: AllowRedisplay = "unspecified"
    billing_details: BillingDetails = BillingDetails()
    card: Card | UnsetType = UNSET
    card_present: CardPresent | UnsetType = UNSET
    created: int
    customer: str | None = None
    customer_account: str | None = None
    interac_present: InteracPresent | UnsetType = UNSET
    livemode: bool
    metadata: Metadata | None = {}
    radar_options: PaymentMethodRadarOptions | UnsetType = UNSET
    type: PaymentMethodType
