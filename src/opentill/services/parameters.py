"""From parameters to what an object keeps: left out, unset or given; merged, or taken as a whole."""

from typing import Any, TypeVar

from msgspec import UNSET, UnsetType

from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.shared import Address, BillingDetails, Metadata, Shipping
from opentill.requests import params as wire

METADATA_KEYS_MAX = 50

T = TypeVar("T")


def given(value: Any) -> Any:
    """None for a parameter that was left out."""
    return None if isinstance(value, UnsetType) else value


def kept(value: T | UnsetType, before: T) -> T:
    """What an update makes of a field: what was given, None if that unsets, or what was there."""
    return before if isinstance(value, UnsetType) else value


def merged(metadata: Metadata | None, changes: dict[str, str] | UnsetType) -> Metadata:
    """Metadata after an update: keys are added and replaced, an empty value deletes, an empty whole clears.

    Raises InvalidRequest if there are too many keys afterwards.
    """
    before = metadata or {}
    if isinstance(changes, UnsetType):
        return before
    if not changes:
        return {}
    result = {key: value for key, value in {**before, **changes}.items() if value != ""}
    if len(result) > METADATA_KEYS_MAX:
        raise InvalidRequest(
            f"Metadata can have up to {METADATA_KEYS_MAX} keys, but you've set {len(result)}.", param="metadata"
        )
    return result


def address_of(value: wire.Address) -> Address:
    """An address as it is kept."""
    return Address(
        city=given(value.city),
        country=given(value.country),
        line1=given(value.line1),
        line2=given(value.line2),
        postal_code=given(value.postal_code),
        state=given(value.state),
    )


def shipping_of(value: wire.Shipping | None) -> Shipping | None:
    """Shipping as it is kept."""
    if value is None:
        return None
    return Shipping(
        address=address_of(value.address),
        carrier=given(value.carrier),
        name=value.name,
        phone=given(value.phone),
        tracking_number=given(value.tracking_number),
    )


def billing_details_of(value: wire.BillingDetails | UnsetType, before: BillingDetails | None = None) -> BillingDetails:
    """Billing details as they are kept: `before`, with what was given in the place of what was there.

    An address is taken as a whole.
    """
    before = before if before is not None else BillingDetails()
    if isinstance(value, UnsetType):
        return before
    address = before.address
    if value.address is None:
        address = Address()
    elif value.address is not UNSET:
        address = address_of(value.address)
    return BillingDetails(
        address=address,
        email=kept(value.email, before.email),
        name=kept(value.name, before.name),
        phone=kept(value.phone, before.phone),
        tax_id=kept(value.tax_id, before.tax_id),
    )
