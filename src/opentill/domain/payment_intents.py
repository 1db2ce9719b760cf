"""The PaymentIntent as a state machine: what may happen in which status, and what it becomes.

Nothing here is stored or sent. Every function takes values and gives new ones, or raises a refusal that changed
nothing (reference: PaymentIntent lifecycle; messages as the API's clients know them).
"""

from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from opentill.domain.errors import InvalidRequest, invariant
from opentill.domain.objects.api_error import ApiError
from opentill.domain.objects.payment_intent import (
    CancellationReason,
    NextAction,
    PaymentIntent,
    PaymentIntentStatus,
    Tip,
)
from opentill.domain.objects.payment_method import PaymentMethod

Trigger: TypeAlias = Literal[
    "payment_method_given",
    "payment_method_removed",
    "authorized",
    "paid",
    "action_needed",
    "authenticated",
    "declined",
    "unanswered",
    "captured",
    "canceled",
]

# Status -> trigger -> status. What is not here cannot happen; the last two rows are terminal.
TRANSITIONS: Final[dict[PaymentIntentStatus, dict[Trigger, PaymentIntentStatus]]] = {
    "requires_payment_method": {
        "payment_method_given": "requires_confirmation",
        "payment_method_removed": "requires_payment_method",
        "authorized": "requires_capture",
        "paid": "succeeded",
        "action_needed": "requires_action",
        "declined": "requires_payment_method",
        "unanswered": "requires_confirmation",
        "canceled": "canceled",
    },
    "requires_confirmation": {
        "payment_method_given": "requires_confirmation",
        "payment_method_removed": "requires_payment_method",
        "authorized": "requires_capture",
        "paid": "succeeded",
        "action_needed": "requires_action",
        "declined": "requires_payment_method",
        "unanswered": "requires_confirmation",
        "canceled": "canceled",
    },
    "requires_action": {
        "payment_method_given": "requires_confirmation",
        "payment_method_removed": "requires_payment_method",
        "authorized": "requires_capture",
        "paid": "succeeded",
        "action_needed": "requires_action",
        "authenticated": "requires_confirmation",
        "declined": "requires_payment_method",
        "unanswered": "requires_confirmation",
        "canceled": "canceled",
    },
    "processing": {
        "authorized": "requires_capture",
        "paid": "succeeded",
        "declined": "requires_payment_method",
        "canceled": "canceled",
    },
    "requires_capture": {"captured": "succeeded", "canceled": "canceled"},
    "succeeded": {},
    "canceled": {},
}

CONFIRMABLE: Final = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})
_CONFIRMABLE_WORDS: Final = "requires_payment_method, requires_confirmation, requires_action"
_CANCELABLE_WORDS: Final = (
    "requires_payment_method, requires_capture, requires_confirmation, requires_action, processing"
)


def follow(intent: PaymentIntent, trigger: Trigger) -> PaymentIntentStatus:
    """The status after `trigger`. The callers check before; an impossible step is a bug and stops the work."""
    after = TRANSITIONS[intent.status].get(trigger)
    invariant(after is not None, f"a PaymentIntent in {intent.status} cannot be {trigger}")
    return after  # type: ignore[return-value]


def unexpected_state(intent: PaymentIntent, message: str, *, param: str | None = None) -> InvalidRequest:
    """The refusal of an operation that the status does not allow; it carries the intent."""
    return InvalidRequest(
        message, code="payment_intent_unexpected_state", param=param, details={"payment_intent": intent}
    )


# What may be done ---------------------------------------------------------------------------------------------


def check_confirmable(intent: PaymentIntent, *, new_payment_method: bool) -> None:
    """Raises unless the intent can be confirmed now."""
    if intent.status in CONFIRMABLE:
        return
    if intent.status == "canceled" and new_payment_method:
        raise unexpected_state(intent, _cannot_update("payment_method", intent))
    if intent.status == "succeeded":
        raise unexpected_state(
            intent,
            "You cannot confirm this PaymentIntent because it has already succeeded after being previously confirmed.",
        )
    raise unexpected_state(
        intent,
        f"You cannot confirm this PaymentIntent because it has a status of {intent.status}. Only a PaymentIntent with "
        f"one of the following statuses may be confirmed: {_CONFIRMABLE_WORDS}.",
    )


def missing_payment_method(intent: PaymentIntent) -> InvalidRequest:
    """The refusal of a confirmation that has nothing to pay with."""
    message = (
        "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
        "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a payment "
        "method or ConfirmationToken."
    )
    if intent.customer is not None:
        message = (
            "You cannot confirm this PaymentIntent because it's missing a payment method. To confirm the "
            f"PaymentIntent with {intent.customer}, specify a payment method attached to this customer along with the "
            "customer ID."
        )
    return unexpected_state(intent, message)


def check_capturable(intent: PaymentIntent) -> None:
    """Raises unless the intent holds money to be captured."""
    if intent.status == "requires_capture":
        return
    if intent.status == "succeeded":
        raise unexpected_state(intent, "This PaymentIntent could not be captured because it has already been captured.")
    raise unexpected_state(
        intent,
        f"This PaymentIntent could not be captured because it has a status of {intent.status}. Only a PaymentIntent "
        "with one of the following statuses may be captured: requires_capture.",
    )


def check_cancelable(intent: PaymentIntent) -> None:
    """Raises if the intent is over."""
    if intent.status in ("succeeded", "canceled"):
        raise unexpected_state(
            intent,
            f"You cannot cancel this PaymentIntent because it has a status of {intent.status}. Only a PaymentIntent "
            f"with one of the following statuses may be canceled: {_CANCELABLE_WORDS}.",
        )


def check_updatable(intent: PaymentIntent, param: str) -> None:
    """Raises unless `param`, one that bears on the confirmation, may still change."""
    if intent.status not in CONFIRMABLE:
        raise unexpected_state(intent, _cannot_update(param, intent), param=param)


def check_incrementable(intent: PaymentIntent, *, supported: bool, attempts: int) -> None:
    """Raises unless the hold can be raised: an authorization that supports it, ten times at most."""
    if intent.status != "requires_capture":
        raise unexpected_state(
            intent,
            f"This PaymentIntent's authorization could not be incremented because it has a status of {intent.status}. "
            "Only a PaymentIntent with one of the following statuses may be incremented: requires_capture.",
        )
    if not supported:
        raise unexpected_state(
            intent,
            "This PaymentIntent's payment method does not support incremental authorization. Ask for it with "
            "`payment_method_options` when you create the PaymentIntent.",
        )
    if attempts >= 10:
        raise unexpected_state(
            intent, "This PaymentIntent has reached the maximum of 10 incremental authorization attempts."
        )


def _cannot_update(param: str, intent: PaymentIntent) -> str:
    return (
        f"This PaymentIntent's {param} could not be updated because it has a status of {intent.status}. You may only "
        f"update the {param} of a PaymentIntent with one of the following statuses: {_CONFIRMABLE_WORDS}."
    )


# What it becomes ----------------------------------------------------------------------------------------------


def with_payment_method(intent: PaymentIntent, payment_method: str | None) -> PaymentIntent:
    """Another payment method, or none."""
    trigger: Trigger = "payment_method_removed" if payment_method is None else "payment_method_given"
    return replace(
        intent,
        status=follow(intent, trigger),
        payment_method=payment_method,
        next_action=None,
        last_payment_error=None,
    )


def authorized(
    intent: PaymentIntent, *, charge: str, payment_method: str, amount: int, tip: int | None = None
) -> PaymentIntent:
    """The issuer holds `amount`, minor units, until it is captured."""
    return replace(
        _with_tip(intent, tip),
        status=follow(intent, "authorized"),
        amount=amount,
        amount_capturable=amount,
        latest_charge=charge,
        payment_method=payment_method,
        last_payment_error=None,
        next_action=None,
    )


def paid(
    intent: PaymentIntent, *, charge: str, payment_method: str, amount: int, tip: int | None = None
) -> PaymentIntent:
    """Authorized and captured in one: `amount` minor units moved."""
    return replace(
        _with_tip(intent, tip),
        status=follow(intent, "paid"),
        amount=amount,
        amount_received=amount,
        latest_charge=charge,
        payment_method=payment_method,
        last_payment_error=None,
        next_action=None,
    )


def declined(intent: PaymentIntent, error: ApiError, *, charge: str | None) -> PaymentIntent:
    """The issuer said no: another payment method is needed, and the intent can be tried again."""
    return replace(
        intent,
        status=follow(intent, "declined"),
        payment_method=None,
        next_action=None,
        last_payment_error=error,
        latest_charge=charge if charge is not None else intent.latest_charge,
    )


def unanswered(intent: PaymentIntent, error: ApiError, *, payment_method: str) -> PaymentIntent:
    """Nobody knows what the issuer said.

    To be confirmed again with the same card, which first asks what became of the earlier attempt.
    """
    return replace(
        intent,
        status=follow(intent, "unanswered"),
        payment_method=payment_method,
        next_action=None,
        last_payment_error=error,
    )


def action_needed(intent: PaymentIntent, next_action: NextAction, *, payment_method: str) -> PaymentIntent:
    """The issuer wants to see the customer."""
    return replace(
        intent,
        status=follow(intent, "action_needed"),
        payment_method=payment_method,
        next_action=next_action,
        last_payment_error=None,
    )


def authenticated(intent: PaymentIntent) -> PaymentIntent:
    """The customer was seen; with manual confirmation, the merchant's server has the last word."""
    return replace(intent, status=follow(intent, "authenticated"), next_action=None, last_payment_error=None)


def captured(intent: PaymentIntent, amount: int) -> PaymentIntent:
    """`amount` of the hold became a payment; what is left of the hold is released."""
    invariant(amount > 0, "a capture is of something")
    return replace(
        intent,
        status=follow(intent, "captured"),
        amount=max(intent.amount, amount),
        amount_capturable=0,
        amount_received=amount,
    )


def canceled(intent: PaymentIntent, reason: CancellationReason | None, *, now: int) -> PaymentIntent:
    """Over, without a payment; a hold is released."""
    return replace(
        intent,
        status=follow(intent, "canceled"),
        amount_capturable=0,
        canceled_at=now,
        cancellation_reason=reason,
        next_action=None,
    )


def incremented(intent: PaymentIntent, amount: int) -> PaymentIntent:
    """The hold was raised to `amount` in all."""
    invariant(amount > intent.amount, "an increment raises the hold")
    return replace(intent, amount=amount, amount_capturable=amount)


def _with_tip(intent: PaymentIntent, tip: int | None) -> PaymentIntent:
    if tip is None:
        return intent
    return replace(intent, amount_details=replace(intent.amount_details, tip=Tip(amount=tip)))


def payment_error(
    *,
    code: str,
    message: str,
    type: Literal["card_error", "api_error", "invalid_request_error"] = "card_error",
    decline_code: str | None = None,
    param: str | None = None,
    charge: str | None = None,
    payment_method: PaymentMethod | None = None,
    advice_code: Literal["confirm_card_data", "do_not_try_again", "try_again_later"] | None = None,
    network_decline_code: str | None = None,
) -> ApiError:
    """An error as an intent keeps it and an answer shows it; what is None is left out."""

    def given(value: str | None) -> str | msgspec.UnsetType:
        return UNSET if value is None else value

    return ApiError(
        advice_code=UNSET if advice_code is None else advice_code,
        charge=given(charge),
        code=code,
        decline_code=given(decline_code),
        doc_url="https://stripe.com/docs/error-codes/" + code.replace("_", "-"),
        message=message,
        network_decline_code=given(network_decline_code),
        param=given(param),
        payment_method=UNSET if payment_method is None else payment_method,
        type=type,
    )
