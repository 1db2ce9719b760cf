"""Confirming a SetupIntent: which card, whether its holder must be asked, and then the verification.

    verify     the attempt is recorded, the intent is locked by naming it; the acquirer is asked
    settle     the outcome becomes a SetupAttempt, a saved card, events, the intent's new status and the answer

Readers confirm with the same two steps and a card that was read; then the card that is saved is a new one, made from
the reading.
"""

from dataclasses import dataclass

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from opentill.domain import cards, setup_intents
from opentill.domain.cards import ClearCard
from opentill.domain.declines import DECLINES
from opentill.domain.errors import CardDeclined, InvalidRequest
from opentill.domain.objects.api_error import ApiError
from opentill.domain.objects.payment_method import PaymentMethod
from opentill.domain.objects.payment_method_details import ThreeDSecure
from opentill.domain.objects.setup_attempt import (
    SetupAttempt,
    SetupAttemptDetails,
    SetupAttemptStatus,
    SetupCard,
    SetupCardPresent,
    SetupThreeDSecure,
)
from opentill.domain.objects.setup_intent import SetupIntent
from opentill.domain.three_d_secure import failed, is_authenticated, of_setup
from opentill.ports.acquirer import Declined, Outcome
from opentill.ports.store import Stored
from opentill.requests.setup_intents import ConfirmSetupIntent, CreateSetupIntent
from opentill.services import authorization, challenges, payment_cards, verification
from opentill.services.checkout import completion
from opentill.services.declining import declined_by, error_of, refusal_of
from opentill.services.kinds import ATTEMPTS, CUSTOMERS, SETUP_ATTEMPTS, SETUP_INTENTS
from opentill.services.operation import Operation
from opentill.services.parameters import given
from opentill.services.payment_cards import StoredMethod
from opentill.services.records import SetupIntentHidden

StoredSetupIntent = Stored[SetupIntent, SetupIntentHidden]


@dataclass(frozen=True, slots=True)
class Settled:
    """What a setup came to. `refusal` is the answer if the card was not saved.

    `generated` is the id of the card that was made from a card at a reader.
    """

    intent: SetupIntent
    refusal: CardDeclined | None
    generated: str | None = None


def check_unlocked(intent: StoredSetupIntent) -> None:
    """Raises LockTimeout while an attempt of the intent is under way."""
    if intent.hidden.open_attempt is not None:
        raise authorization.locked()


def check_usable(intent: SetupIntent, method: StoredMethod) -> None:
    """Raises InvalidRequest unless the payment method can be set up by this intent."""
    payment_method = method.value
    if payment_method.type not in intent.payment_method_types:
        types = ", ".join(intent.payment_method_types)
        raise InvalidRequest(
            f"The PaymentMethod provided ({payment_method.type}) is not allowed for this SetupIntent. Please attach a "
            f"PaymentMethod of one of the following types: {types}.",
            code="setup_intent_invalid_parameter",
            param="payment_method",
        )
    payment_cards.check_unused(method)
    owner = payment_method.customer
    if owner is not None and intent.customer is None:
        raise InvalidRequest(
            f"The payment method supplied ({payment_method.id}) belongs to the Customer {owner}. Please include the "
            "Customer in the `customer` parameter on the SetupIntent.",
            param="payment_method",
        )
    payment_cards.check_owner(method, intent.customer)


# On the server ------------------------------------------------------------------------------------------------


async def confirm_with(
    op: Operation, intent: StoredSetupIntent, method: StoredMethod, params: CreateSetupIntent | ConfirmSetupIntent
) -> SetupIntent:
    """Confirm `intent` with `method`; answers, one way or the other."""
    check_usable(intent.value, method)
    if method.value.type != "card":
        raise InvalidRequest(
            "A card_present PaymentMethod can only be confirmed by the reader that collected it.",
            code="setup_intent_invalid_parameter",
            param="payment_method",
        )
    card = await payment_cards.clear_card(op, payment_cards.token_of(method))
    await abandon_open_attempt(op, intent.value)
    match _authentication(card, intent.value, params):
        case "challenge":
            return await _ask_the_customer(op, intent, method, params)
        case "error":
            return await conclude(op, await _decline(op, intent, method, declined_by(DECLINES["generic_decline"])))
        case needed:
            three_d_secure = challenges.frictionless(method) if needed == "frictionless" else UNSET
            attempt, outcome = await verify(op, intent, method, card, three_d_secure=three_d_secure)
            return await settle_and_answer(op, attempt, outcome)


async def settle_and_answer(op: Operation, attempt: str, outcome: Outcome) -> SetupIntent:
    """Settle a verification and answer."""

    async def run() -> SetupIntent:
        return await conclude(op, await settle(op, attempt, outcome))

    return await op.until_committed(run)


async def conclude(op: Operation, settled: Settled) -> SetupIntent:
    """Commit what a setup came to, with its answer. Raises the refusal of one that was declined."""
    if settled.refusal is not None:
        await op.commit_refusal(settled.refusal)
        raise settled.refusal
    return await op.commit(settled.intent)


def _authentication(
    card: ClearCard, intent: SetupIntent, params: CreateSetupIntent | ConfirmSetupIntent
) -> cards.Authentication:
    """Whether the cardholder must be asked. Cards that come by mail or telephone cannot be authenticated."""
    known = cards.test_card(card.number)
    given = params.payment_method_options
    moto = not isinstance(given, UnsetType) and not isinstance(given.card, UnsetType) and given.card.moto is True
    if known is None or moto:
        return "none"
    options = intent.payment_method_options
    requested = (
        options is not None
        and not isinstance(options.card, UnsetType)
        and options.card.request_three_d_secure in ("any", "challenge")
    )
    return cards.authentication(known.three_d_secure, off_session=False, requested=requested)


async def _ask_the_customer(
    op: Operation, intent: StoredSetupIntent, method: StoredMethod, params: CreateSetupIntent | ConfirmSetupIntent
) -> SetupIntent:
    """Have the cardholder asked, on a page of their issuer's."""
    attempt = await _record_attempt(op, intent.value, method.value, "requires_action")
    challenge, action = challenges.ask(
        op,
        intent.value,
        method,
        return_url=given(params.return_url),
        by_script=params.use_stripe_sdk is True,
    )
    waiting = setup_intents.action_needed(intent.value, action, payment_method=method.id, attempt=attempt)
    op.update(intent, waiting, replace(intent.hidden, challenge=challenge))
    op.emit("setup_intent.requires_action", waiting)
    return await op.commit(waiting)


async def fail_authentication(
    op: Operation, intent: StoredSetupIntent, method: StoredMethod, error: ApiError, why: SetupThreeDSecure
) -> None:
    """Record, in `op`, that the cardholder was not authenticated: another card is needed."""
    attempt = await _record_attempt(op, intent.value, method.value, "failed", error=error, three_d_secure=why)
    after = setup_intents.declined(intent.value, error, attempt=attempt)
    op.update(intent, after, intent.hidden)
    op.emit("setup_intent.setup_failed", after)


# Wherever the card is -----------------------------------------------------------------------------------------


async def verify(
    op: Operation,
    intent: StoredSetupIntent,
    method: StoredMethod,
    card: ClearCard,
    *,
    reader: str | None = None,
    three_d_secure: ThreeDSecure | UnsetType = UNSET,
) -> tuple[str, Outcome]:
    """Prepare and perform the verification of a card for `intent`.

    The first commit takes everything that `op` recorded so far. The attempt's id and its outcome are for `settle`.
    """
    attempt = replace(
        verification.new_attempt(op, op.new_id("att"), method, await verification.own_currency(op)),
        setup_intent=intent.id,
        reader=reader,
        saves=intent.value.usage,
        three_d_secure=three_d_secure,
    )
    op.create(ATTEMPTS, attempt, None)
    op.update(intent, intent.value, replace(intent.hidden, open_attempt=attempt.id))
    return attempt.id, await verification.perform(op, attempt, card)


async def settle(op: Operation, attempt_id: str, outcome: Outcome) -> Settled:
    """Record, in `op`, what the outcome of a verification means for its intent. The caller commits.

    `op` holds no other changes of the intent. Raises Conflict if the attempt was settled already.
    """
    verified = await verification.conclude(op, attempt_id, outcome)
    stored = await op.get(SETUP_INTENTS, verified.attempt.setup_intent or "")
    intent = op.update(stored, stored.value, replace(stored.hidden, open_attempt=None))
    method = verified.method
    three_d_secure = verified.attempt.three_d_secure
    if verified.refused is not None and verified.answered:
        return await _decline(op, intent, method, verified.refused, three_d_secure)
    if verified.refused is not None or not _still_ours(intent.value, method):
        return await _unanswered(op, intent, method, three_d_secure)
    return await _approve(op, intent, method, three_d_secure)


def _still_ours(intent: SetupIntent, method: StoredMethod) -> bool:
    """Whether nobody else took or used the card while it was verified."""
    return not method.hidden.consumed and method.value.customer in (None, intent.customer)


async def _approve(
    op: Operation, intent: StoredSetupIntent, method: StoredMethod, three_d_secure: ThreeDSecure | UnsetType
) -> Settled:
    value = intent.value
    page = intent.hidden.checkout_session
    if page is not None:
        value = await completion.before_saving(op, page, value)
    attempt = op.new_id("setatt")
    generated: str | None = None
    if method.value.type == "card":
        if is_authenticated(three_d_secure):
            method = op.update(method, method.value, replace(method.hidden, authenticated=True))
        await _save(op, value, method)
    else:
        made = await payment_cards.generate(
            op, method, allow_redisplay=intent.hidden.allow_redisplay, setup_attempt=attempt
        )
        generated = made.id
        await _save(op, value, made)
        op.update(method, method.value, replace(method.hidden, consumed=True))
    attempt = await _record_attempt(
        op,
        value,
        method.value,
        "succeeded",
        id=attempt,
        three_d_secure=_shown(three_d_secure),
        generated=generated,
    )
    done = setup_intents.set_up(value, payment_method=method.id, attempt=attempt)
    op.update(intent, done, intent.hidden)
    op.emit("setup_intent.succeeded", done)
    if page is not None:
        await completion.set_up(op, page)
    return Settled(done, None, generated)


async def _save(op: Operation, intent: SetupIntent, method: StoredMethod) -> None:
    """Remember what the card may be used for, and whose it is. A customer deleted meanwhile gets no card."""
    customer = None if intent.customer is None else await op.find(CUSTOMERS, intent.customer)
    if customer is None or customer.hidden.deleted or method.value.customer is not None:
        op.update(method, method.value, replace(method.hidden, saved_for=intent.usage))
    else:
        payment_cards.attach(op, method, customer, intent.usage)


def _shown(three_d_secure: ThreeDSecure | UnsetType) -> SetupThreeDSecure | None:
    return None if isinstance(three_d_secure, UnsetType) else of_setup(three_d_secure)


async def _decline(
    op: Operation,
    intent: StoredSetupIntent,
    method: StoredMethod,
    outcome: Declined,
    three_d_secure: ThreeDSecure | UnsetType = UNSET,
) -> Settled:
    """Record that the card cannot be saved: another one is needed."""
    error = error_of(outcome, payment_method=method.value)
    shown = _shown(three_d_secure)
    attempt = await _record_attempt(op, intent.value, method.value, "failed", error=error, three_d_secure=shown)
    after = setup_intents.declined(intent.value, error, attempt=attempt)
    op.update(intent, after, intent.hidden)
    op.emit("setup_intent.setup_failed", after)
    return Settled(after, refusal_of(after, error))


async def _unanswered(
    op: Operation, intent: StoredSetupIntent, method: StoredMethod, three_d_secure: ThreeDSecure | UnsetType
) -> Settled:
    """Nobody said anything about the card: it can be tried again."""
    error = error_of(declined_by(DECLINES["processing_error"]), payment_method=method.value)
    shown = _shown(three_d_secure)
    attempt = await _record_attempt(op, intent.value, method.value, "failed", error=error, three_d_secure=shown)
    after = setup_intents.unanswered(intent.value, error, payment_method=method.id, attempt=attempt)
    op.update(intent, after, intent.hidden)
    op.emit("setup_intent.setup_failed", after)
    return Settled(after, refusal_of(after, error))


# SetupAttempts ------------------------------------------------------------------------------------------------


async def abandon_open_attempt(op: Operation, intent: SetupIntent) -> None:
    """Record that the customer is not asked any more: the challenge and the attempt that wait for them are over."""
    attempt = await _open_attempt(op, intent)
    if attempt is None:
        return
    details = attempt.value.payment_method_details
    if not isinstance(details.card, UnsetType):
        details = replace(details, card=replace(details.card, three_d_secure=failed("abandoned")))
    op.update(attempt, replace(attempt.value, payment_method_details=details, status="abandoned"), None)
    stored = await op.get(SETUP_INTENTS, intent.id)
    await challenges.end(op, stored.hidden.challenge)


async def _open_attempt(op: Operation, intent: SetupIntent) -> Stored[SetupAttempt, None] | None:
    """The attempt that waits for the customer."""
    if intent.status != "requires_action" or intent.latest_attempt is None:
        return None
    attempt = await op.get(SETUP_ATTEMPTS, intent.latest_attempt)
    return attempt if attempt.value.status == "requires_action" else None


async def _record_attempt(
    op: Operation,
    intent: SetupIntent,
    method: PaymentMethod,
    status: SetupAttemptStatus,
    *,
    id: str | None = None,
    error: ApiError | None = None,
    three_d_secure: SetupThreeDSecure | None = None,
    generated: str | None = None,
) -> str:
    """Record a SetupAttempt, as it is at its end or while the customer is asked; its id.

    What became of the one that waits for the customer is recorded on it.
    """
    waiting = await _open_attempt(op, intent)
    attempt = SetupAttempt(
        id=id if id is not None else op.new_id("setatt"),
        created=op.now,
        customer=intent.customer,
        livemode=op.caller.livemode,
        on_behalf_of=intent.on_behalf_of,
        payment_method=method.id,
        payment_method_details=_details(method, three_d_secure, generated),
        setup_error=error,
        setup_intent=intent.id,
        status=status,
        usage=intent.usage,
    )
    if waiting is not None:
        op.update(waiting, replace(attempt, id=waiting.id, created=waiting.value.created), None)
        return waiting.id
    op.create(SETUP_ATTEMPTS, attempt, None)
    return attempt.id


def _details(
    method: PaymentMethod, three_d_secure: SetupThreeDSecure | None, generated: str | None
) -> SetupAttemptDetails:
    card = method.card
    if isinstance(card, UnsetType):
        return SetupAttemptDetails(card_present=SetupCardPresent(generated_card=generated), type=method.type)
    return SetupAttemptDetails(
        card=SetupCard(
            brand=card.brand,
            checks=card.checks,
            country=card.country,
            exp_month=card.exp_month,
            exp_year=card.exp_year,
            fingerprint=card.fingerprint,
            funding=card.funding,
            last4=card.last4,
            network=card.brand,
            three_d_secure=three_d_secure,
        ),
        type=method.type,
    )
