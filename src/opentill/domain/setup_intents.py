"""The SetupIntent as a state machine: what may happen in which status, and what it becomes.

Like `payment_intents`, without money: nothing is held, so nothing expires and nothing is captured (reference: How
SetupIntents work; messages as the API's clients know them).
"""

from typing import Final, Literal, TypeAlias

from msgspec.structs import replace

from opentill.domain.errors import InvalidRequest, invariant
from opentill.domain.objects.api_error import ApiError
from opentill.domain.objects.payment_intent import NextAction
from opentill.domain.objects.setup_intent import SetupCancellationReason, SetupIntent, SetupIntentStatus

Trigger: TypeAlias = Literal[
    "payment_method_given",
    "payment_method_removed",
    "set_up",
    "action_needed",
    "declined",
    "unanswered",
    "canceled",
]

# Status -> trigger -> status. What is not here cannot happen; the last two rows are terminal. There is no row for
# `processing`, which is for bank debits: a card is set up or not at once.
TRANSITIONS: Final[dict[SetupIntentStatus, dict[Trigger, SetupIntentStatus]]] = {
    "requires_payment_method": {
        "payment_method_given": "requires_confirmation",
        "payment_method_removed": "requires_payment_method",
        "set_up": "succeeded",
        "action_needed": "requires_action",
        "declined": "requires_payment_method",
        "unanswered": "requires_confirmation",
        "canceled": "canceled",
    },
    "requires_confirmation": {
        "payment_method_given": "requires_confirmation",
        "payment_method_removed": "requires_payment_method",
        "set_up": "succeeded",
        "action_needed": "requires_action",
        "declined": "requires_payment_method",
        "unanswered": "requires_confirmation",
        "canceled": "canceled",
    },
    "requires_action": {
        "payment_method_given": "requires_confirmation",
        "payment_method_removed": "requires_payment_method",
        "set_up": "succeeded",
        "action_needed": "requires_action",
        "declined": "requires_payment_method",
        "unanswered": "requires_confirmation",
        "canceled": "canceled",
    },
    "succeeded": {},
    "canceled": {},
}

OPEN: Final = frozenset({"requires_payment_method", "requires_confirmation", "requires_action"})


def follow(intent: SetupIntent, trigger: Trigger) -> SetupIntentStatus:
    """The status after `trigger`. The callers check before; an impossible step is a bug and stops the work."""
    after = TRANSITIONS[intent.status].get(trigger)
    invariant(after is not None, f"a SetupIntent in {intent.status} cannot be {trigger}")
    return after  # type: ignore[return-value]


def unexpected_state(intent: SetupIntent, message: str, *, param: str | None = None) -> InvalidRequest:
    """The refusal of an operation that the status does not allow; it carries the intent."""
    return InvalidRequest(message, code="setup_intent_unexpected_state", param=param, details={"setup_intent": intent})


# What may be done ---------------------------------------------------------------------------------------------


def check_confirmable(intent: SetupIntent) -> None:
    """Raises unless the intent can be confirmed now."""
    _check_open(intent, "confirm")


def check_updatable(intent: SetupIntent) -> None:
    """Raises unless what bears on the confirmation may still change."""
    _check_open(intent, "update")


def _check_open(intent: SetupIntent, verb: Literal["confirm", "update"]) -> None:
    if intent.status not in OPEN:
        why = "it has been canceled" if intent.status == "canceled" else "it has already succeeded"
        raise unexpected_state(intent, f"You cannot {verb} this SetupIntent because {why}.")


def check_cancelable(intent: SetupIntent) -> None:
    """Raises if the intent is over."""
    if intent.status == "canceled":
        raise unexpected_state(intent, "You cannot cancel this SetupIntent because it is already canceled.")
    if intent.status not in OPEN:
        raise unexpected_state(
            intent,
            f"You cannot cancel this SetupIntent because it has a status of {intent.status}. Only a SetupIntent with "
            "one of the following statuses may be canceled: `requires_payment_method`, `requires_confirmation`, or "
            "`requires_action`.",
        )


def missing_payment_method(intent: SetupIntent) -> InvalidRequest:
    """The refusal of a confirmation that has nothing to set up."""
    return unexpected_state(
        intent,
        "You cannot confirm this SetupIntent because it's missing a payment method. You can either update the "
        "SetupIntent with a payment method and then confirm it again, or confirm it again directly with a payment "
        "method.",
    )


# What it becomes ----------------------------------------------------------------------------------------------


def with_payment_method(intent: SetupIntent, payment_method: str | None) -> SetupIntent:
    """Another payment method, or none."""
    trigger: Trigger = "payment_method_removed" if payment_method is None else "payment_method_given"
    return replace(
        intent,
        status=follow(intent, trigger),
        payment_method=payment_method,
        next_action=None,
        last_setup_error=None,
    )


def set_up(intent: SetupIntent, *, payment_method: str, attempt: str) -> SetupIntent:
    """The card can be used from now on."""
    return _after(intent, "set_up", payment_method=payment_method, attempt=attempt)


def action_needed(intent: SetupIntent, next_action: NextAction, *, payment_method: str, attempt: str) -> SetupIntent:
    """The issuer wants to see the customer."""
    return _after(intent, "action_needed", payment_method=payment_method, attempt=attempt, next_action=next_action)


def declined(intent: SetupIntent, error: ApiError, *, attempt: str) -> SetupIntent:
    """The issuer said no: another payment method is needed, and the intent can be tried again."""
    return _after(intent, "declined", payment_method=None, attempt=attempt, error=error)


def unanswered(intent: SetupIntent, error: ApiError, *, payment_method: str, attempt: str) -> SetupIntent:
    """Nobody said anything: the same card can be tried again. Nothing was held, so nothing is owed."""
    return _after(intent, "unanswered", payment_method=payment_method, attempt=attempt, error=error)


def canceled(intent: SetupIntent, reason: SetupCancellationReason | None) -> SetupIntent:
    """Over, without a saved card."""
    return replace(intent, status=follow(intent, "canceled"), cancellation_reason=reason, next_action=None)


def _after(
    intent: SetupIntent,
    trigger: Trigger,
    *,
    payment_method: str | None,
    attempt: str,
    next_action: NextAction | None = None,
    error: ApiError | None = None,
) -> SetupIntent:
    return replace(
        intent,
        status=follow(intent, trigger),
        payment_method=payment_method,
        latest_attempt=attempt,
        next_action=next_action,
        last_setup_error=error,
    )
