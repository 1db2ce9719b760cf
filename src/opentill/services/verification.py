"""Account verification: the acquirer is asked whether a card can be saved, by an authorization of nothing.

Like every outward call it is recorded before it is made and settled afterwards (`authorization`). It holds no money,
so whatever goes wrong leaves nothing to reverse: a verification without an answer is over, and the caller asks again.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from msgspec.structs import replace

from opentill.domain import cards
from opentill.domain.cards import ClearCard, TestCard
from opentill.domain.declines import DECLINES
from opentill.domain.errors import CardDeclined, Refusal
from opentill.ports.acquirer import Approved, Declined, NotSent, Outcome, Unknown
from opentill.ports.store import Conflict
from opentill.services import authorization, payment_cards
from opentill.services.accounts import own_account
from opentill.services.declining import declined_by
from opentill.services.kinds import ATTEMPTS, IDEMPOTENCY_KEYS, PAYMENT_METHODS
from opentill.services.operation import Operation
from opentill.services.payment_cards import StoredMethod
from opentill.services.records import Attempt

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification came to. `refused` says why the card cannot be saved now, None that it can.

    `answered` is False where nobody said anything about the card. `test_card` is what the card is, in test mode.
    """

    attempt: Attempt
    method: StoredMethod
    refused: Declined | None
    answered: bool
    test_card: TestCard | None


def new_attempt(op: Operation, id: str, method: StoredMethod, currency: str) -> Attempt:
    """The attempt to verify the card of `method`. Nothing is also nothing of a currency: the account's own."""
    return Attempt(
        id=id,
        operation="authorize",
        state="prepared",
        amount=0,
        currency=currency,
        card_present=method.value.type != "card",
        created=op.now,
        acquirer=op.system.acquirer(op.caller.livemode).name,
        due=op.now + authorization.LEASE_S,
        payment_method=method.id,
        card=payment_cards.token_of(method),
        reading=method.hidden.reading,
        holding=False,
        idempotency=op.idempotency_id,
    )


async def own_currency(op: Operation) -> str:
    """The currency of the account."""
    currency = (await own_account(op)).default_currency
    return currency if isinstance(currency, str) else "usd"


async def perform(op: Operation, attempt: Attempt, card: ClearCard) -> Outcome:
    """Commit everything recorded so far, the attempt among it, and then ask."""
    await op.prepare()
    acquirer = op.system.acquirer(op.caller.livemode)
    outcome = await acquirer.perform(authorization.request_of(attempt, card))
    if isinstance(outcome, Unknown):
        outcome = authorization.found(await acquirer.inquire(attempt.id))
    return outcome


async def conclude(op: Operation, attempt_id: str, outcome: Outcome) -> Verified:
    """Record, in `op`, the end of a verification and what became known of the card.

    Raises Conflict if the attempt was settled already.
    """
    stored = await op.get(ATTEMPTS, attempt_id)
    attempt = stored.value
    if attempt.state != "prepared":
        raise Conflict(ATTEMPTS.table, "changed")
    method = await op.get(PAYMENT_METHODS, attempt.payment_method or "")
    token = attempt.card or ""
    known = cards.test_card((await payment_cards.clear_card(op, token)).number)
    await payment_cards.forget_verification(op, token)
    match outcome:
        case Approved():
            op.update(stored, replace(attempt, state="approved", due=None, reference=outcome.reference), None)
            method = op.update(method, payment_cards.checked(method.value, known), method.hidden)
            return Verified(attempt, method, None, True, known)
        case Declined():
            op.update(stored, replace(attempt, state="declined", due=None, detail=outcome.decline_code), None)
            return Verified(attempt, method, outcome, True, known)
        case _:
            state = "not_sent" if isinstance(outcome, NotSent) else "unknown"
            op.update(stored, replace(attempt, state=state, due=None), None)
            return Verified(attempt, method, declined_by(DECLINES["processing_error"]), False, known)


async def once_verified(op: Operation, method: StoredMethod, save: Callable[[StoredMethod], Awaitable[T]]) -> T:
    """Ask whether the card of `method` can be saved; if so `save` it, and answer with what that gives.

    `save` records what follows, after all it may refuse. What is refused, by the issuer or by `save`, is an answer
    like any other and is kept.
    """
    card = await payment_cards.clear_card(op, payment_cards.token_of(method))
    attempt = new_attempt(op, op.new_id("att"), method, await own_currency(op))
    op.create(ATTEMPTS, attempt, None)
    outcome = await perform(op, attempt, card)

    async def settle() -> T:
        verified = await conclude(op, attempt.id, outcome)
        try:
            if verified.refused is not None:
                raise _refusal_of(verified.refused)
            value = await save(verified.method)
        except Refusal as refusal:
            await op.commit_refusal(refusal)
            raise
        return await op.commit(value)

    return await op.until_committed(settle)


def _refusal_of(outcome: Declined) -> CardDeclined:
    details = {
        name: value for name in ("advice_code", "network_decline_code") if (value := getattr(outcome, name)) is not None
    }
    return CardDeclined(
        outcome.message, code=outcome.code, decline_code=outcome.decline_code, param=outcome.param, details=details
    )


async def abandon(op: Operation, attempt_id: str) -> None:
    """Record, in `op`, the end of a verification whose request died with its process: nothing came of it.

    The answer that was promised under its idempotency key is promised no more, so that the caller's retry begins anew.
    """
    stored = await op.get(ATTEMPTS, attempt_id)
    if stored.value.state != "prepared":
        raise Conflict(ATTEMPTS.table, "changed")
    op.update(stored, replace(stored.value, state="unknown", due=None), None)
    if stored.value.idempotency is not None:
        promised = await op.find(IDEMPOTENCY_KEYS, stored.value.idempotency)
        if promised is not None and promised.value.state == "running":
            op.delete(promised)
