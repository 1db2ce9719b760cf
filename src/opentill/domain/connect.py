"""Connect: what a platform may take of the payments of the accounts that are connected to it."""

import hashlib

import msgspec
from msgspec.structs import replace

from opentill.domain.errors import Forbidden, InvalidRequest, invariant
from opentill.domain.ids import base62
from opentill.domain.objects.application_fee import ApplicationFee, FeeRefund, FeeSource
from opentill.domain.objects.shared import ApiList


def application_of(platform: str) -> str:
    """The id of a platform's Connect application. Every platform has one, and its id follows from the account's."""
    digest = int.from_bytes(hashlib.sha256(b"application of " + platform.encode()).digest(), "big")
    return "ca_" + base62(digest, 32)


def not_connected(key: str, account: str) -> Forbidden:
    """The refusal to act for an account that is somebody else's, or nobody's; `key` as it may be shown."""
    return Forbidden(
        f"The provided key '{key}' does not have access to account '{account[:255]}' (or that account does not exist). "
        "Application access may have been revoked.",
        code="account_invalid",
    )


def no_transfers(param: str) -> InvalidRequest:
    """The refusal of a destination charge: what is not passed on must not look as if it were."""
    return InvalidRequest(
        "Destination charges are not supported here: `transfer_data` cannot pass money on to another account. Make the "
        "payment as the connected account instead, with the Stripe-Account header.",
        param=param,
    )


def check_application_fee(fee: int, amount: int, *, possible: bool, limited_by: str = "the payment") -> int:
    """An application fee of `fee` out of `amount`, minor units. Raises InvalidRequest.

    `possible`: there is somebody to take it from, because the payment is a connected account's.
    """
    if not possible:
        raise InvalidRequest(
            "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an "
            "OAuth key or Stripe-Account header) or destination payment (using `transfer_data[destination]`).",
            param="application_fee_amount",
        )
    if fee > amount:
        raise InvalidRequest(
            f"The application_fee_amount cannot be greater than the amount of {limited_by}.",
            code="amount_too_large",
            param="application_fee_amount",
        )
    return fee


def given_back(fee: ApplicationFee, refunded: int, captured: int) -> int:
    """What a platform gives back of its fee when `refunded` of the `captured` minor units are refunded.

    The same share, rounded half up, and never more than is left; with all of the payment all that is left.
    """
    left = fee.amount - fee.amount_refunded
    if refunded == captured:
        return left
    return min(left, (2 * fee.amount * refunded + captured) // (2 * captured))


def with_refund(fee: ApplicationFee, refund: FeeRefund) -> ApplicationFee:
    """The fee once `refund` was given back of it."""
    total = fee.amount_refunded + refund.amount
    invariant(refund.amount > 0 and total <= fee.amount, "a platform gives back no more than it took")
    refunds = replace(fee.refunds, data=[msgspec.to_builtins(refund), *fee.refunds.data])
    return replace(fee, amount_refunded=total, refunded=total == fee.amount, refunds=refunds)


def application_fee(
    *, id: str, account: str, platform: str, charge: str, amount: int, currency: str, created: int, livemode: bool
) -> ApplicationFee:
    """What `platform` takes of a charge of `account`; `amount` is minor units."""
    return ApplicationFee(
        id=id,
        account=account,
        amount=amount,
        application=application_of(platform),
        charge=charge,
        created=created,
        currency=currency,
        fee_source=FeeSource(charge=charge, type="charge"),
        livemode=livemode,
        refunds=ApiList(data=[], url=f"/v1/application_fees/{id}/refunds"),
    )
