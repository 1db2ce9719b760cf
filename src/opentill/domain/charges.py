"""Charges: what an attempt at the card network leaves behind, and how it is captured and refunded."""

from typing import Final

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from opentill.domain.errors import InvalidRequest, InvariantBroken, invariant
from opentill.domain.money import format_amount
from opentill.domain.objects.charge import Charge, ChargeTransferData, Outcome
from opentill.domain.objects.payment_intent import PaymentIntent, PaymentMethodOptions
from opentill.domain.objects.payment_method import PaymentMethod
from opentill.domain.objects.payment_method_details import (
    CardDetails,
    ExtendedAuthorization,
    IncrementalAuthorization,
    Overcapture,
    PaymentMethodDetails,
    ThreeDSecure,
)

DAY: Final = 86_400

# How long a hold lasts, seconds (Terminal: two days; online: seven; extended: up to thirty).
WINDOW: Final = {"card_present": 2 * DAY, "card": 7 * DAY}
EXTENDED_WINDOW: Final = 30 * DAY

# Where a tip may be added when a payment is captured: the merchant category codes of taxis, restaurants, bars, fast
# food, beauty and barber shops, and spas, in the United States, on these networks.
OVERCAPTURE_CATEGORIES: Final = frozenset({"4121", "5812", "5813", "5814", "7230", "7297", "7298"})
OVERCAPTURE_BRANDS: Final = frozenset({"visa", "mastercard", "amex", "discover"})
EXTENDED_BRANDS: Final = frozenset({"visa", "mastercard", "amex", "discover"})
INCREMENTAL_BRANDS: Final = frozenset({"visa", "mastercard", "amex", "discover"})

# Networks that know no hold: what is authorized is paid (single message).
SINGLE_MESSAGE_BRANDS: Final = frozenset({"interac", "eftpos_au"})


def overcapture_limit(authorized: int) -> int:
    """The most that can be captured where more is allowed: half as much again, or 50.00 more if that is greater."""
    return authorized + max(authorized // 2, 5000)


def holds(intent: PaymentIntent, payment_method: PaymentMethod, read: PaymentMethodDetails | None = None) -> bool:
    """Whether the payment waits for a capture, by the intent's options for the method, else its capture method.

    `read` is what a reader told about a present card: also the network that the payment runs on.
    """
    wanted = _own_capture_method(intent.payment_method_options, payment_method.type)
    if wanted == "manual_preferred":
        present = UNSET if read is None else read.card_present
        network = brand_of(payment_method) if isinstance(present, UnsetType) else present.network
        return payment_method.type == "card_present" and network not in SINGLE_MESSAGE_BRANDS
    return wanted == "manual" or intent.capture_method == "manual"


def _own_capture_method(options: PaymentMethodOptions | None, type: str) -> str | None:
    if options is None:
        return None
    chosen = options.card if type == "card" else options.card_present
    if isinstance(chosen, UnsetType) or isinstance(chosen.capture_method, UnsetType):
        return None
    return chosen.capture_method


def brand_of(payment_method: PaymentMethod) -> str | None:
    """The brand of the card, whichever way it is presented."""
    for details in (payment_method.card, payment_method.card_present, payment_method.interac_present):
        if not isinstance(details, UnsetType):
            return details.brand
    return None


def payment_method_details(
    payment_method: PaymentMethod,
    read: PaymentMethodDetails | None,
    *,
    amount: int,
    authorization_code: str | None,
    network_transaction_id: str | None,
    capture_before: int | None,
    overcapture: bool,
    incremental: bool,
    extended: bool,
    three_d_secure: ThreeDSecure | None = None,
) -> PaymentMethodDetails:
    """How it was paid. `amount` was authorized, minor units.

    `read` is what a reader told about a present card; a card that was keyed in at a reader has one with nothing in it.
    `three_d_secure` is how the holder of a card that was typed in was authenticated, if they were.
    """
    before: int | UnsetType = UNSET if capture_before is None else capture_before
    if payment_method.type == "card":
        card = payment_method.card
        if isinstance(card, UnsetType):
            raise InvariantBroken("a PaymentMethod of type card has a card")
        return PaymentMethodDetails(
            type="card",
            card=CardDetails(
                amount_authorized=amount,
                authorization_code=authorization_code,
                brand=card.brand,
                capture_before=before,
                checks=card.checks,
                country=card.country,
                electronic_commerce_indicator=None
                if three_d_secure is None or card.brand not in ("visa", "mastercard")
                else three_d_secure.electronic_commerce_indicator,
                exp_month=card.exp_month,
                exp_year=card.exp_year,
                extended_authorization=ExtendedAuthorization(status="enabled" if extended else "disabled"),
                fingerprint=card.fingerprint,
                funding=card.funding,
                incremental_authorization=IncrementalAuthorization(
                    status="available" if incremental else "unavailable"
                ),
                last4=card.last4,
                moto=UNSET if read is None else True,
                network=card.brand,
                network_transaction_id=network_transaction_id,
                overcapture=Overcapture(
                    maximum_amount_capturable=overcapture_limit(amount) if overcapture else amount,
                    status="available" if overcapture else "unavailable",
                ),
                regulated_status=card.regulated_status,
                three_d_secure=three_d_secure,
            ),
        )
    if read is None:
        raise InvariantBroken("a present card comes with what the reader read")
    if not isinstance(read.card_present, UnsetType):
        receipt = read.card_present.receipt
        return PaymentMethodDetails(
            type="card_present",
            card_present=replace(
                read.card_present,
                amount_authorized=amount,
                capture_before=before,
                incremental_authorization_supported=incremental,
                overcapture_supported=overcapture,
                network_transaction_id=network_transaction_id,
                receipt=None if receipt is None else replace(receipt, authorization_code=authorization_code),
            ),
        )
    if isinstance(read.interac_present, UnsetType):
        raise InvariantBroken("what a reader read is card_present or interac_present")
    receipt = read.interac_present.receipt
    return PaymentMethodDetails(
        type="interac_present",
        interac_present=replace(
            read.interac_present,
            network_transaction_id=network_transaction_id,
            receipt=None if receipt is None else replace(receipt, authorization_code=authorization_code),
        ),
    )


APPROVED: Final = Outcome(
    network_status="approved_by_network",
    risk_level="normal",
    risk_score=20,
    seller_message="Payment complete.",
    type="authorized",
)

# The same for the test cards that are made to look risky; a score from 65 is elevated, from 75 highest.
APPROVED_AT_RISK: Final = {
    "normal": APPROVED,
    "elevated": replace(APPROVED, risk_level="elevated", risk_score=65),
    "highest": replace(APPROVED, risk_level="highest", risk_score=75),
}


def charge_of(
    intent: PaymentIntent,
    payment_method: PaymentMethod,
    details: PaymentMethodDetails,
    *,
    id: str,
    amount: int,
    created: int,
    outcome: Outcome,
    captured: bool,
    statement_descriptor: str | None,
    failure_code: str | None = None,
    failure_message: str | None = None,
) -> Charge:
    """The charge of one attempt over `amount` minor units; it failed if there is a `failure_code`.

    What the intent says is copied: later changes of the intent do not reach the charge.
    """
    failed = failure_code is not None
    transfer = intent.transfer_data
    descriptor = statement_descriptor
    if descriptor is not None and intent.statement_descriptor_suffix is not None:
        descriptor = f"{descriptor}* {intent.statement_descriptor_suffix}"[:22]
    return Charge(
        id=id,
        amount=amount,
        amount_captured=amount if captured else 0,
        application=intent.application,
        application_fee_amount=intent.application_fee_amount,
        billing_details=payment_method.billing_details,
        calculated_statement_descriptor=None if failed else descriptor,
        captured=captured,
        created=created,
        currency=intent.currency,
        customer=intent.customer,
        description=intent.description,
        failure_code=failure_code,
        failure_message=failure_message,
        livemode=intent.livemode,
        metadata=intent.metadata,
        on_behalf_of=intent.on_behalf_of,
        outcome=outcome,
        paid=not failed,
        payment_intent=intent.id,
        payment_method=payment_method.id,
        payment_method_details=details,
        receipt_email=intent.receipt_email,
        shipping=intent.shipping,
        statement_descriptor=intent.statement_descriptor,
        statement_descriptor_suffix=intent.statement_descriptor_suffix,
        status="failed" if failed else "succeeded",
        transfer_data=None
        if transfer is None
        else ChargeTransferData(
            amount=None if isinstance(transfer.amount, UnsetType) else transfer.amount,
            destination=transfer.destination,
        ),
        transfer_group=intent.transfer_group,
    )


def captured(charge: Charge, amount: int, *, balance_transaction: str | None) -> Charge:
    """`amount` minor units of the hold were captured; the rest is released."""
    invariant(not charge.captured and charge.paid, "a charge is captured once, and only if it was approved")
    return replace(
        charge,
        amount=max(charge.amount, amount),
        amount_captured=amount,
        captured=True,
        balance_transaction=balance_transaction,
    )


def refunded(charge: Charge, amount: int) -> Charge:
    """`amount` minor units were given back."""
    total = charge.amount_refunded + amount
    invariant(amount > 0 and total <= charge.amount_captured, "refunds stay within what was captured")
    return replace(charge, amount_refunded=total, refunded=total == charge.amount_captured)


def refund_returned(charge: Charge, amount: int) -> Charge:
    """A refund of `amount` minor units failed: the money is the merchant's again."""
    total = charge.amount_refunded - amount
    invariant(total >= 0, "only what was refunded comes back")
    return replace(charge, amount_refunded=total, refunded=False)


def check_refundable(charge: Charge, amount: int | None) -> int:
    """How much to refund: `amount`, or all that is left. Raises InvalidRequest."""
    if not charge.captured:
        raise InvalidRequest(
            f"The charge {charge.id} has not been captured. Cancel its PaymentIntent instead to release the funds."
            if charge.paid
            else f"The charge {charge.id} has failed and cannot be refunded.",
            code="charge_not_refundable",
        )
    if charge.refunded:
        raise InvalidRequest(f"Charge {charge.id} has already been refunded.", code="charge_already_refunded")
    left = charge.amount_captured - charge.amount_refunded
    if amount is None:
        return left
    if amount > left:
        whole = charge.amount_refunded == 0
        what = "charge amount" if whole else "unrefunded amount on charge"
        limit = charge.amount_captured if whole else left
        raise InvalidRequest(
            f"Refund amount ({format_amount(amount, charge.currency)}) is greater than {what} "
            f"({format_amount(limit, charge.currency)})",
            param="amount",
        )
    return amount
