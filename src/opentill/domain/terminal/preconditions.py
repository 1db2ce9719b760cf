"""What must hold before a reader is given a payment, a card to save, or a refund.

Section "Server-driven" of the guide "Collect card payments", and the references of the reader's actions.
"""

from typing import Final, Literal, TypeAlias

from msgspec import UNSET, UnsetType

from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.charge import Charge
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.payment_method import AllowRedisplay
from opentill.domain.objects.reader_action import ActionTipping
from opentill.domain.objects.setup_intent import SetupIntent
from opentill.domain.terminal import devices, refusals

PaymentAction: TypeAlias = Literal["process_payment_intent", "collect_payment_method"]
CardType: TypeAlias = Literal["card_present", "interac_present", "card"]

_PRESENT: Final[tuple[CardType, ...]] = ("card_present", "interac_present")
_CONFIG: Final[dict[PaymentAction, str]] = {
    "process_payment_intent": "process_config",
    "collect_payment_method": "collect_config",
}
_NO_KEYED_ENTRY: Final = frozenset({"MY"})  # guide "Mail order and telephone order payments"


def check_payment(
    intent: PaymentIntent,
    action: PaymentAction,
    *,
    device_type: str,
    country: str | None,
    allow_redisplay: AllowRedisplay | None = None,
    moto: bool = False,
    skip_tipping: bool = False,
    tipping: ActionTipping | UnsetType = UNSET,
    unanswered: bool = False,
    released: bool = False,
) -> tuple[CardType, ...]:
    """The kinds of card the reader may take for the intent; the first is the usual one. Raises InvalidRequest.

    `country` is that of the reader's location. `unanswered` is an intent in `requires_confirmation` because an earlier
    attempt had no answer: trying again on the reader is how it is settled. `released` is one that this very step
    takes back from `requires_confirmation` (`Step.release`).
    """
    devices.require(device_type, "payments", action)
    retry = intent.status == "requires_confirmation" and (unanswered or released)
    if intent.status != "requires_payment_method" and not retry:
        raise refusals.intent_invalid_state("Payment intent", "requires_payment_method", "processed")
    config = _CONFIG[action]
    _check_tipping(tipping, skip=skip_tipping, config=config)
    if intent.setup_future_usage is not None and allow_redisplay not in ("always", "limited"):
        raise InvalidRequest(
            f"`{config}[allow_redisplay]` must be `always` or `limited` for a payment with `setup_future_usage`: "
            "ask the customer whether the card may be shown to them again.",
            code="parameter_missing" if allow_redisplay is None else None,
            param=f"{config}[allow_redisplay]",
        )
    if moto:
        return _keyed(intent, config, device_type, country)
    taken: tuple[CardType, ...] = tuple(type for type in _PRESENT if type in intent.payment_method_types)
    if not taken:
        raise InvalidRequest(
            "The payment intent cannot be paid at a reader: its `payment_method_types` must include `card_present` "
            f"(or, in Canada, `interac_present`), but it has {_listed(intent.payment_method_types)}.",
            code="payment_intent_invalid_parameter",
            param="payment_intent",
        )
    return taken


def check_setup(intent: SetupIntent, *, device_type: str, allow_redisplay: AllowRedisplay | None) -> None:
    """Whether a reader may save a card for the intent. Raises InvalidRequest."""
    devices.require(device_type, "payments", "process_setup_intent")
    unanswered = intent.status == "requires_confirmation" and intent.last_setup_error is not None  # to be tried again
    if intent.status != "requires_payment_method" and not unanswered:
        raise refusals.intent_invalid_state("Setup intent", "requires_payment_method", "processed")
    if allow_redisplay is None:
        raise refusals.missing("allow_redisplay")
    if allow_redisplay == "unspecified":
        raise refusals.invalid("`allow_redisplay` must be `always` or `limited` to save a card.", "allow_redisplay")
    if "card_present" not in intent.payment_method_types:
        raise InvalidRequest(
            "The setup intent cannot be used at a reader: its `payment_method_types` must include `card_present`, "
            f"but it has {_listed(intent.payment_method_types)}.",
            code="setup_intent_invalid_parameter",
            param="setup_intent",
        )


def check_refund(charge: Charge, *, device_type: str) -> None:
    """Whether the money of the charge goes back to a card that is presented: Interac only. Raises InvalidRequest.

    Whether the amount is still there to refund is another rule (`opentill.domain.charges.check_refundable`).
    """
    devices.require(device_type, "payments", "refund_payment")
    if charge.payment_method_details is None or charge.payment_method_details.type != "interac_present":
        raise refusals.invalid(
            "Only Interac payments are refunded in person. Refund this payment with POST /v1/refunds.",
            "charge",
        )


def refuse_refund_without_card() -> InvalidRequest:
    """`POST /v1/refunds` for an Interac payment: the card must be presented (no code is published)."""
    return refusals.invalid(
        "Interac payments must be refunded in person. Use the refund_payment action of a reader.", "charge"
    )


def _keyed(intent: PaymentIntent, config: str, device_type: str, country: str | None) -> tuple[CardType, ...]:
    devices.require(device_type, "keyed_entry", "mail and telephone order payments")
    if country in _NO_KEYED_ENTRY:
        raise refusals.invalid(f"Mail and telephone order payments are not available in {country}.", f"{config}[moto]")
    if "card" not in intent.payment_method_types:
        raise InvalidRequest(
            "A mail or telephone order payment needs a payment intent whose `payment_method_types` include `card`, "
            f"but it has {_listed(intent.payment_method_types)}.",
            code="payment_intent_invalid_parameter",
            param="payment_intent",
        )
    return ("card",)


def _check_tipping(tipping: ActionTipping | UnsetType, *, skip: bool, config: str) -> None:
    if tipping is UNSET or tipping.amount_eligible is UNSET:
        return
    param = f"{config}[tipping][amount_eligible]"
    if tipping.amount_eligible < 1:
        raise refusals.too_small(param, 1)
    if skip:
        raise refusals.invalid("`amount_eligible` makes no sense together with `skip_tipping`.", param)


def _listed(types: list[str]) -> str:
    return ", ".join(f"`{type}`" for type in types) or "none"
