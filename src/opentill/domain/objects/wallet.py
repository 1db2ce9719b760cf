"""Wallets a card came out of, online (`card.wallet`) and at the counter (`card_present.wallet`)."""

from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.objects.shared import Address


class WalletAccount(msgspec.Struct, frozen=True, kw_only=True):
    """What Masterpass and Visa Checkout tell about the customer."""

    billing_address: Address | None = None
    email: str | None = None
    name: str | None = None
    shipping_address: Address | None = None


class CardWallet(msgspec.Struct, frozen=True, kw_only=True):
    """The wallet of an online card; `type` names the member that is set."""

    amex_express_checkout: dict[str, Any] | UnsetType = UNSET
    apple_pay: dict[str, Any] | UnsetType = UNSET
    dynamic_last4: str | None = None  # of the device's own card number
    google_pay: dict[str, Any] | UnsetType = UNSET
    link: dict[str, Any] | UnsetType = UNSET
    masterpass: WalletAccount | UnsetType = UNSET
    samsung_pay: dict[str, Any] | UnsetType = UNSET
    type: Literal[
        "amex_express_checkout", "apple_pay", "google_pay", "link", "masterpass", "samsung_pay", "visa_checkout"
    ]
    visa_checkout: WalletAccount | UnsetType = UNSET


class CardPresentWallet(msgspec.Struct, frozen=True, kw_only=True):
    """The wallet that was held to a reader."""

    type: Literal["apple_pay", "google_pay", "samsung_pay", "unknown"]
