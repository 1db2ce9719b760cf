"""Confirming a PaymentIntent: which card, whether its holder must be asked, and then the authorization."""

from msgspec import UnsetType

from opentill.domain import cards, charges, payment_intents
from opentill.domain.declines import DECLINES, RADAR_BLOCK, Decline
from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.payment_intent import NextAction, PaymentIntent
from opentill.ports.acquirer import Approved, Declined, NotFound, Outcome
from opentill.requests.payment_intents import ConfirmPaymentIntent, CreatePaymentIntent
from opentill.services import authorization, payment_cards
from opentill.services.accounts import own_account
from opentill.services.authorization import Settled, StoredIntent
from opentill.services.declining import declined_by, refusal_of
from opentill.services.kinds import ATTEMPTS, PAYMENT_INTENTS, PAYMENT_METHODS
from opentill.services.operation import Operation
from opentill.services.payment_cards import StoredMethod
from opentill.services.records import Attempt


async def settle(op: Operation, attempt: str, outcome: Outcome) -> PaymentIntent:
    """Settle an authorization and answer."""

    async def run() -> PaymentIntent:
        return await conclude(op, await authorization.settle(op, attempt, outcome))

    return await op.until_committed(run)


async def conclude(op: Operation, settled: Settled) -> PaymentIntent:
    """Commit what an authorization came to, with its answer. Raises the refusal of one that was declined."""
    if settled.refusal is not None:
        await op.commit_refusal(settled.refusal)
        raise settled.refusal
    return await op.commit(settled.intent)


async def chosen_method(
    op: Operation, intent: StoredIntent, params: CreatePaymentIntent | ConfirmPaymentIntent
) -> StoredMethod | None:
    """The payment method that the request names or types in, or the intent's own."""
    if (explicit := await payment_cards.explicit(op, params)) is not None:
        return explicit
    if intent.value.payment_method is not None:
        return await op.get(PAYMENT_METHODS, intent.value.payment_method, param="payment_method")
    return None


async def confirm_with(
    op: Operation, intent: StoredIntent, method: StoredMethod, params: CreatePaymentIntent | ConfirmPaymentIntent
) -> PaymentIntent:
    """Confirm `intent` with `method`; answers, one way or the other."""
    payment_cards.check_usable(intent.value, method)
    if method.value.type != "card":
        raise InvalidRequest(
            "A card_present PaymentMethod can only be confirmed by the reader that collected it.",
            code="payment_intent_invalid_parameter",
            param="payment_method",
        )
    authorization.check_unlocked(intent)
    earlier = await resolve_unknown(op, intent, method)
    if earlier is not None:
        return await conclude(op, earlier)
    intent = await op.get(PAYMENT_INTENTS, intent.id)
    card = await payment_cards.clear_card(op, payment_cards.token_of(method))
    off_session = not isinstance(params.off_session, UnsetType) and params.off_session is not False
    waiting = await _authenticate(op, intent, method, card, params, off_session=off_session)
    if waiting is not None:
        return waiting
    attempt, outcome = await authorization.authorize(op, intent, method, card, off_session=off_session)
    answer = await settle(op, attempt, outcome)
    op.system.wake()
    return answer


async def resolve_unknown(op: Operation, intent: StoredIntent, method: StoredMethod) -> Settled | None:
    """Deal with an earlier attempt that nobody knows the outcome of, before a new one is made.

    For the same payment with the same card: ask what became of it, and if it is known now, that is the answer; it
    never gets a second authorization. With another card, or if the payment was changed: the earlier one is given up, a
    reversal is recorded, and None says: go on.
    """
    if intent.hidden.unknown_attempt is None:
        return None
    attempt = await op.get(ATTEMPTS, intent.hidden.unknown_attempt)
    if not _same(attempt.value, intent.value, method):
        authorization.give_up(op, intent, attempt)
        return None
    outcome = await op.system.acquirer(op.caller.livemode).inquire(attempt.id)
    if isinstance(outcome, Approved | Declined):
        return await authorization.settle(op, attempt.id, outcome)
    if isinstance(outcome, NotFound):
        authorization.give_up(op, intent, attempt)
        return None
    error = intent.value.last_payment_error
    row = DECLINES["processing_error"]
    if error is None:
        error = payment_intents.payment_error(code=row.code, message=row.message, decline_code=row.decline_code)
    refusal = refusal_of(intent.value, error)
    op.start_over()  # nothing is changed, and the answer is kept
    await op.commit_refusal(refusal)
    raise refusal


def _same(attempt: Attempt, intent: PaymentIntent, method: StoredMethod) -> bool:
    """Whether the attempt was to pay what the intent is to be paid now, in the same way."""
    asked = (attempt.payment_method, attempt.amount - (attempt.tip or 0), attempt.currency, attempt.holding)
    return asked == (method.id, intent.amount, intent.currency, charges.holds(intent, method.value))


async def _authenticate(
    op: Operation,
    intent: StoredIntent,
    method: StoredMethod,
    card: cards.ClearCard,
    params: CreatePaymentIntent | ConfirmPaymentIntent,
    *,
    off_session: bool,
) -> PaymentIntent | None:
    """Ask the cardholder where the card demands it; None if the payment may go on without."""
    known = cards.test_card(card.number)
    if known is None or (known.three_d_secure == "unenrolled" and not known.blocked):
        return None
    if known.blocked:
        return await _refuse(op, intent, method, RADAR_BLOCK, reached=True)
    options = intent.value.payment_method_options
    requested = (
        options is not None
        and not isinstance(options.card, UnsetType)
        and options.card.request_three_d_secure in ("any", "challenge")
    )
    result = cards.authentication(
        known.three_d_secure,
        off_session=off_session,
        set_up=method.hidden.saved_for == "off_session",
        requested=requested,
    )
    if result in ("none", "frictionless"):
        return None
    if result == "challenge" and params.error_on_requires_action is not True:
        action = NextAction(
            type="use_stripe_sdk",
            use_stripe_sdk={"type": "three_d_secure_redirect", "source": op.new_id("src")},
        )
        waiting = payment_intents.action_needed(intent.value, action, payment_method=method.id)
        op.update(intent, waiting, intent.hidden)
        op.emit("payment_intent.requires_action", waiting)
        return await op.commit(waiting)
    row = DECLINES["authentication_required" if result in ("refused", "challenge") else "generic_decline"]
    # The issuer's refusal leaves a failed charge; a refusal that the risk rules foresaw does not.
    return await _refuse(op, intent, method, row, reached=known.three_d_secure not in ("required", "lookup_error"))


async def _refuse(
    op: Operation, intent: StoredIntent, method: StoredMethod, row: Decline, *, reached: bool
) -> PaymentIntent:
    """Decline without asking the acquirer; `reached` leaves a failed charge."""
    settled = authorization.decline(
        op,
        intent,
        method,
        declined_by(row),
        charge=op.new_id("ch") if reached else None,
        amount=intent.value.amount,
        account=await own_account(op),
        hidden=intent.hidden,
        blocked=row.blocked,
    )
    return await conclude(op, settled)
