"""The cardholder answers a challenge: the intent that waits for it goes on, or needs another card.

    passed     the payment is authorized or the card verified, by the outward call of every confirmation; its first
               commit also says that the challenge is used, so that two answers at once make one call, and a process
               that dies after it leaves an attempt that the sweep finishes
    failed     the intent needs another payment method, and says why

Whoever answers again is told what became of it, and nothing happens a second time.
"""

from dataclasses import dataclass

from msgspec import UnsetType

from opentill.domain import payment_intents, three_d_secure
from opentill.domain.cards import Brand
from opentill.domain.errors import CardDeclined, InvalidRequest, InvariantBroken, LockTimeout, invariant
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.payment_method import PaymentMethod
from opentill.domain.objects.setup_intent import SetupIntent
from opentill.domain.three_d_secure import Answer, ChallengeState
from opentill.ports.store import Conflict
from opentill.services import authorization, challenges, confirmation, payment_cards, setup_confirmation
from opentill.services.accounts import merchant_name, own_account
from opentill.services.authorization import StoredIntent
from opentill.services.challenges import StoredChallenge
from opentill.services.kinds import CHALLENGES, PAYMENT_INTENTS, PAYMENT_METHODS, SETUP_INTENTS
from opentill.services.operation import Operation, System
from opentill.services.payment_cards import StoredMethod
from opentill.services.setup_confirmation import StoredSetupIntent

# How often an answer is tried while others change what it reads.
ANSWER_RUNS = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """What a cardholder is asked, and where they stand.

    `amount` is in minor units of `currency`, None for a card that is to be saved. `way_back` is the address of the
    merchant's page with what became of it, None if they came by a script.
    """

    state: ChallengeState
    merchant: str
    amount: int | None
    currency: str
    brand: Brand | str
    last4: str
    way_back: str | None


async def asked(system: System, challenge: StoredChallenge) -> Asked:
    """What the page of a challenge shows now."""
    op = await challenges.operation(system, challenge)
    value = (await op.get(CHALLENGES, challenge.id)).value
    intent = await _intent(op, challenge)
    method = await op.get(PAYMENT_METHODS, value.payment_method)
    card = method.value.card
    state: ChallengeState = "expired" if value.state == "open" and value.expires <= op.now else value.state
    way_back = None
    if value.return_url is not None:
        status = three_d_secure.redirect_status(intent.value, under_way=intent.hidden.open_attempt is not None)
        way_back = three_d_secure.way_back(value.return_url, intent.value, status)
    return Asked(
        state=state,
        merchant=merchant_name(await own_account(op)),
        amount=None if value.currency is None else value.amount,
        currency=value.currency or "",
        brand="unknown" if isinstance(card, UnsetType) else card.brand,
        last4="" if isinstance(card, UnsetType) else card.last4,
        way_back=way_back,
    )


async def answered(system: System, challenge: StoredChallenge, answer: Answer) -> Asked:
    """The cardholder answers; what the page shows then. An answer that comes too late, or again, changes nothing."""
    for _ in range(ANSWER_RUNS):
        op = await challenges.operation(system, challenge)
        try:
            await _answer(op, challenge.id, answer)
        except (Conflict, InvariantBroken):
            if op.prepared:
                raise
            continue
        except (CardDeclined, LockTimeout):
            pass  # what the issuer said is recorded; what nobody could record yet, the sweep will
        op.system.wake()
        break
    return await asked(system, challenge)


async def _answer(op: Operation, id: str, answer: Answer) -> None:
    challenge = await op.get(CHALLENGES, id)
    if challenge.value.state != "open" or challenge.value.expires <= op.now:
        return
    intent = await _intent(op, challenge)
    if intent.value.status != "requires_action" or intent.hidden.challenge != id:
        return
    if isinstance(intent.value, PaymentIntent):
        asked, wanted = challenge.value, intent.value
        invariant((asked.amount, asked.currency) == (wanted.amount, wanted.currency), "what is asked is what is paid")
    if intent.hidden.open_attempt is not None:
        raise authorization.locked()
    method = await op.get(PAYMENT_METHODS, challenge.value.payment_method)
    unusable = None
    if answer == "complete":
        try:
            _check_usable(intent.value, method)
        except InvalidRequest as refusal:  # used, taken or detached while its holder was asked
            unusable = refusal
    if answer != "complete" or unusable is not None:
        await _fail(op, challenge, intent.value, method, answer, unusable)
    elif isinstance(intent.value, PaymentIntent):
        await _pay(op, challenge, await op.get(PAYMENT_INTENTS, intent.id), method)
    else:
        await _save(op, challenge, await op.get(SETUP_INTENTS, intent.id), method)


async def _intent(op: Operation, challenge: StoredChallenge) -> StoredIntent | StoredSetupIntent:
    value = challenge.value
    if value.payment_intent is not None:
        return await op.get(PAYMENT_INTENTS, value.payment_intent)
    return await op.get(SETUP_INTENTS, value.setup_intent or "")


def _check_usable(intent: PaymentIntent | SetupIntent, method: StoredMethod) -> None:
    if isinstance(intent, PaymentIntent):
        payment_cards.check_usable(intent, method)
    else:
        setup_confirmation.check_usable(intent, method)


# Passed -----------------------------------------------------------------------------------------------------------


async def _pay(op: Operation, challenge: StoredChallenge, intent: StoredIntent, method: StoredMethod) -> None:
    """The payment is made, or it is the merchant's server that confirms it. Raises CardDeclined if it is declined."""
    if intent.value.confirmation_method == "manual":
        challenges.advance(op, challenge, "passed")
        op.update(intent, payment_intents.authenticated(intent.value), intent.hidden)
        await op.commit_silently()
        return
    card = await payment_cards.clear_card(op, payment_cards.token_of(method))
    challenges.advance(op, challenge, "confirmed")
    authentication = challenges.authentication(challenge, method)
    attempt, outcome = await authorization.authorize(op, intent, method, card, three_d_secure=authentication)
    await confirmation.settle(op, attempt, outcome)


async def _save(op: Operation, challenge: StoredChallenge, intent: StoredSetupIntent, method: StoredMethod) -> None:
    """The card is verified, and saved. Raises CardDeclined if its issuer does not agree."""
    card = await payment_cards.clear_card(op, payment_cards.token_of(method))
    challenges.advance(op, challenge, "confirmed")
    authentication = challenges.authentication(challenge, method)
    attempt, outcome = await setup_confirmation.verify(op, intent, method, card, three_d_secure=authentication)
    await setup_confirmation.settle_and_answer(op, attempt, outcome)


# Failed -----------------------------------------------------------------------------------------------------------


async def _fail(
    op: Operation,
    challenge: StoredChallenge,
    intent: PaymentIntent | SetupIntent,
    method: StoredMethod,
    answer: Answer,
    unusable: InvalidRequest | None,
) -> None:
    """The intent needs another payment method. The verification code has served its purpose."""
    challenges.advance(op, challenge, "canceled" if answer == "cancel" else "failed")
    await payment_cards.forget_verification(op, method.hidden.card)
    about_payment = isinstance(intent, PaymentIntent)
    code, message = (
        (three_d_secure.PAYMENT_FAILED, three_d_secure.PAYMENT_FAILED_MESSAGE)
        if about_payment
        else (three_d_secure.SETUP_FAILED, three_d_secure.SETUP_FAILED_MESSAGE)
    )
    if unusable is not None:
        code, message = unusable.code or code, unusable.message
    shown: PaymentMethod = method.value
    error = payment_intents.payment_error(
        code=code, message=message, type="invalid_request_error", payment_method=shown
    )
    if about_payment:
        stored = await op.get(PAYMENT_INTENTS, intent.id)
        after = payment_intents.declined(stored.value, error, charge=None)
        op.update(stored, after, stored.hidden)
        op.emit("payment_intent.payment_failed", after)
    else:
        setup = await op.get(SETUP_INTENTS, intent.id)
        why = three_d_secure.failed("canceled" if answer == "cancel" else "rejected", challenge.value.transaction_id)
        await setup_confirmation.fail_authentication(op, setup, method, error, why)
    await op.commit_silently()


# Nobody answers ---------------------------------------------------------------------------------------------------


async def expire(op: Operation, challenge: StoredChallenge) -> None:
    """Record, in `op`, that time is up: the intent still waits, for its merchant to do something about it.

    The verification code is not kept any longer for an answer that does not come (PCI DSS 3.3.1).
    """
    if challenge.value.due is None or op.now < challenge.value.due:
        return
    challenges.advance(op, challenge, "expired")
    method = await op.find(PAYMENT_METHODS, challenge.value.payment_method)
    if method is not None:
        await payment_cards.forget_verification(op, method.hidden.card)
