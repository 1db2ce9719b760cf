"""Confirming a PaymentIntent: which card, whether its holder must be asked, and then the authorization."""

from typing import Literal

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from opentill.domain import cards, charges, payment_intents
from opentill.domain.declines import DECLINES, RADAR_BLOCK, Decline
from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.payment_method_details import ThreeDSecure
from opentill.ports.acquirer import Approved, Declined, NotFound, Outcome
from opentill.requests.payment_intents import ConfirmPaymentIntent, CreatePaymentIntent
from opentill.services import authorization, challenges, payment_cards
from opentill.services.accounts import own_account
from opentill.services.authorization import Settled, StoredIntent
from opentill.services.challenges import StoredChallenge
from opentill.services.declining import declined_by, refusal_of
from opentill.services.kinds import ATTEMPTS, PAYMENT_INTENTS, PAYMENT_METHODS
from opentill.services.operation import Operation
from opentill.services.parameters import given
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
    passed = await _passed(op, intent, method)
    needed = _authentication(intent.value, method, card, off_session=off_session)
    three_d_secure: ThreeDSecure | UnsetType = UNSET
    match needed:
        case "blocked":
            return await _refuse(op, intent, method, RADAR_BLOCK, reached=True)
        case "frictionless":
            three_d_secure = challenges.frictionless(method)
        case "challenge" | "refused" | "none" if passed is not None:
            challenges.advance(op, passed, "confirmed")
            three_d_secure = challenges.authentication(passed, method)
        case "challenge" if params.error_on_requires_action is not True:
            return await _ask(op, intent, method, params)
        case "challenge" | "refused" | "error":
            row = DECLINES["generic_decline" if needed == "error" else "authentication_required"]
            # The issuer's refusal leaves a failed charge; a refusal that the risk rules foresaw does not.
            known = cards.test_card(card.number)
            foreseen = known is not None and known.three_d_secure in ("required", "lookup_error")
            return await _refuse(op, intent, method, row, reached=not foreseen)
        case "none":
            pass
    attempt, outcome = await authorization.authorize(
        op, intent, method, card, off_session=off_session, three_d_secure=three_d_secure
    )
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


async def _passed(op: Operation, intent: StoredIntent, method: StoredMethod) -> StoredChallenge | None:
    """The challenge that the cardholder passed for this payment, for the server to confirm; any other one is over."""
    challenge = await challenges.latest(op, intent.hidden.challenge)
    if challenge is not None and challenges.stands_for(op, challenge, intent.value, method):
        return challenge
    await challenges.end(op, intent.hidden.challenge)
    return None


def _authentication(
    intent: PaymentIntent, method: StoredMethod, card: cards.ClearCard, *, off_session: bool
) -> cards.Authentication | Literal["blocked"]:
    """Whether the cardholder must be asked, or the risk rules stop the payment before."""
    known = cards.test_card(card.number)
    if known is None:
        return "none"
    if known.blocked:
        return "blocked"
    options = intent.payment_method_options
    requested = (
        options is not None
        and not isinstance(options.card, UnsetType)
        and options.card.request_three_d_secure in ("any", "challenge")
    )
    return cards.authentication(
        known.three_d_secure,
        off_session=off_session,
        set_up=method.hidden.saved_for == "off_session" and method.hidden.authenticated,
        requested=requested,
    )


async def _ask(
    op: Operation, intent: StoredIntent, method: StoredMethod, params: CreatePaymentIntent | ConfirmPaymentIntent
) -> PaymentIntent:
    """Have the cardholder asked, on a page of their issuer's."""
    challenge, action = challenges.ask(
        op,
        intent.value,
        method,
        return_url=given(params.return_url),
        by_script=params.use_stripe_sdk is True,
    )
    waiting = payment_intents.action_needed(intent.value, action, payment_method=method.id)
    op.update(intent, waiting, replace(intent.hidden, challenge=challenge))
    op.emit("payment_intent.requires_action", waiting)
    return await op.commit(waiting)


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
