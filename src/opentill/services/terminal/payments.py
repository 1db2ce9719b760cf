"""What a card does to a payment: it is read, the tip is added, the issuer is asked.

An action that cannot go on because of the payment (paid or canceled in the meantime, a card that it does not take)
fails; what is wrong with the request that presents the card is refused, and the reader waits on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from msgspec import UnsetType

from opentill.domain import charges, payment_intents
from opentill.domain.cards import ClearCard, declined
from opentill.domain.charges import SINGLE_MESSAGE_BRANDS
from opentill.domain.declines import DECLINES
from opentill.domain.errors import InvalidRequest, InvariantBroken
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.payment_method_details import PaymentMethodDetails
from opentill.domain.objects.shared import Address, BillingDetails
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal import actions, outcomes, presentation, refusals, tipping
from opentill.domain.terminal.actions import Held
from opentill.domain.terminal.outcomes import Failure
from opentill.domain.terminal.presentation import Presentment, Reading
from opentill.domain.terminal.tipping import Tipped
from opentill.ports.acquirer import Declined
from opentill.services import authorization, payment_cards
from opentill.services.accounts import own_account
from opentill.services.authorization import StoredIntent
from opentill.services.declining import declined_by
from opentill.services.kinds import PAYMENT_INTENTS, PAYMENT_METHODS
from opentill.services.operation import Operation
from opentill.services.payment_cards import StoredMethod
from opentill.services.records import PaymentMethodHidden
from opentill.services.terminal import cards, settling, slots, tasks, unanswered
from opentill.services.terminal.cards import CardInHand
from opentill.services.terminal.slots import StoredReader
from opentill.services.terminal.unanswered import Answer, StillUnknown

# What a network that knows no hold says to a payment that wants one (regional considerations, Canada and Australia).
_NO_HOLD: Final = "card_not_supported"


@dataclass(frozen=True, slots=True)
class Presented:
    """A card as it goes into a payment: its first reading, and those that follow if the issuer wants another."""

    method: StoredMethod
    clear: ClearCard
    card: CardInHand | None = None
    more: Sequence[Reading] = ()


async def process(op: Operation, reader: StoredReader, given: Presentment) -> Reader:
    """A card is presented for `process_payment_intent`; answers with how it ended."""
    intent = await intent_of(op, reader)
    type = presentation.kind(given, tuple(reader.hidden.takes))
    sale = await _with_tip(op, reader, intent.value, given.amount_tip)
    if type == "card":
        return await process_keyed(op, reader, intent, presentation.keyed_card(given, op.now), sale)
    return await process_card(op, reader, intent, await cards.take(op, given, type), sale)


async def process_card(
    op: Operation, reader: StoredReader, intent: StoredIntent, card: CardInHand, sale: Tipped
) -> Reader:
    """Pay with a card that the reader has read; answers with how it ended."""
    working = await slots.take(op, reader, actions.present(reader.hidden.slot, op.now))
    return await _pay(op, working, intent, _presented(op, working, intent.value, card, sale), sale)


async def process_keyed(
    op: Operation,
    reader: StoredReader,
    intent: StoredIntent,
    clear: ClearCard,
    sale: Tipped,
    *,
    postal_code: str | None = None,
) -> Reader:
    """Pay with a card that was keyed in, which is a payment without the card; answers with how it ended.

    `postal_code` is that of the billing address, for the issuer to check.
    """
    working = await slots.take(op, reader, actions.present(reader.hidden.slot, op.now))
    billing = None if postal_code is None else BillingDetails(address=Address(postal_code=postal_code))
    made = await payment_cards.make_card(op, clear, billing_details=billing)
    hidden = PaymentMethodHidden(card=made.hidden.card, read=PaymentMethodDetails(type="card"))
    return await _pay(op, working, intent, Presented(op.update(made, made.value, hidden), clear), sale)


async def collect(op: Operation, reader: StoredReader, given: Presentment) -> Reader:
    """A card is presented for `collect_payment_method`: the intent has it, and can be confirmed."""
    intent = await intent_of(op, reader)
    type = presentation.kind(given, tuple(reader.hidden.takes))
    if type == "card":
        raise InvariantBroken("only process_payment_intent takes keyed cards")
    sale = await _with_tip(op, reader, intent.value, given.amount_tip)
    return await collect_card(op, reader, intent, await cards.take(op, given, type), sale)


async def collect_card(
    op: Operation, reader: StoredReader, intent: StoredIntent, card: CardInHand, sale: Tipped
) -> Reader:
    """Keep a card that the reader has read for the confirmation."""
    method = _presented(op, reader, intent.value, card, sale).method
    try:
        _check_collectable(intent)
        payment_cards.check_usable(intent.value, method)
    except InvalidRequest as refusal:
        return await _give_up(op, reader, method, outcomes.refused(refusal))
    op.update(intent, payment_intents.with_payment_method(intent.value, method.id), intent.hidden)
    held = Held(payment_method=method.id, fingerprint=card.fingerprint, amount_tip=sale.tip)
    action = outcomes.with_payment_method(slots.action_of(reader), method.value)
    step = actions.present(reader.hidden.slot, op.now, held=held)
    collected = await slots.take(op, reader, step, action=action)
    return await op.commit(collected.value)


async def confirm(op: Operation, reader: StoredReader, intent: StoredIntent) -> Reader:
    """Pay with the card that `reader`, which is at work on it, has collected; answers with how it ended."""
    held = reader.hidden.slot.held
    if held is None:
        raise InvariantBroken("a confirmation has the card that was collected")
    method = await op.get(PAYMENT_METHODS, held.payment_method)
    sale = tipping.tipped(intent.value.amount, intent.value.currency, held.amount_tip, asked=False, skip=False)
    if reader.hidden.device is not None:
        clear = await payment_cards.clear_card(op, payment_cards.token_of(method))
        return await _pay(op, reader, intent, Presented(method, clear), sale)
    card = await cards.taken_before(op, method)
    return await _pay(op, reader, intent, Presented(method, card.clear, card, card.readings[1:]), sale)


# One payment ------------------------------------------------------------------------------------------------------


async def _pay(op: Operation, reader: StoredReader, intent: StoredIntent, presented: Presented, sale: Tipped) -> Reader:
    """Ask the issuer, once for the sale; answers with how it ended."""
    method = presented.method
    try:
        payment_intents.check_confirmable(intent.value, new_payment_method=True)
        payment_cards.check_usable(intent.value, method)
    except InvalidRequest as refusal:
        return await _give_up(op, reader, method, outcomes.refused(refusal))
    match await unanswered.earlier(op, intent, card=cards.fingerprint_of_method(method.value)):
        case Answer(attempt, outcome):
            paid = await settling.payment_at(op, reader, attempt, outcome, earlier=True)
            await payment_cards.forget_verification(op, method.hidden.card)
            await op.commit(paid)
            op.system.wake()
            return paid
        case StillUnknown():
            return await _give_up(op, reader, method, outcomes.CONNECTION_ERROR)
        case None:
            intent = await op.get(PAYMENT_INTENTS, intent.id)
    for refused_with, following in zip(_refused(presented), presented.more, strict=True):
        await _decline(op, intent, method, declined_by(DECLINES[refused_with]), sale)
        intent = await op.get(PAYMENT_INTENTS, intent.id)
        method = _read(op, reader, intent.value, presented.card, following, sale)
    if _cannot_hold(intent.value, method):
        settled = await _decline(op, intent, method, declined_by(DECLINES[_NO_HOLD]), sale)
        failure = outcomes.declined(declined(_NO_HOLD), settled.intent.last_payment_error)
        return await _give_up(op, reader, method, failure)
    attempt, outcome = await authorization.authorize(
        op, intent, method, presented.clear, amount=sale.total, tip=sale.tip, reader=reader.id
    )
    return await settling.settle(op, attempt, outcome, settling.payment)


async def refuse(
    op: Operation, reader: StoredReader, intent: StoredIntent, card: CardInHand, sale: Tipped, decline_code: str
) -> Reader:
    """Decline a card that a device has read without asking anybody, for example a live card in test mode."""
    working = await slots.take(op, reader, actions.present(reader.hidden.slot, op.now))
    method = _presented(op, working, intent.value, card, sale).method
    settled = await _decline(op, intent, method, declined_by(DECLINES[decline_code]), sale)
    failure = outcomes.declined(declined(decline_code), settled.intent.last_payment_error)
    return await _give_up(op, working, method, failure)


async def _give_up(op: Operation, reader: StoredReader, method: StoredMethod, failure: Failure) -> Reader:
    """End the action without asking the issuer; what only the issuer may check of the card is not kept."""
    await payment_cards.forget_verification(op, method.hidden.card)
    return await op.commit((await settling.fail(op, reader, failure)).value)


def _refused(presented: Presented) -> list[str]:
    """Why the issuer refuses each reading but the last, as decline codes."""
    if presented.card is None:
        return []
    return [reading.refused_with for reading in presented.card.readings if reading.refused_with is not None]


async def _decline(
    op: Operation, intent: StoredIntent, method: StoredMethod, outcome: Declined, sale: Tipped
) -> authorization.Settled:
    """Record, in `op`, a decline that needs no asking."""
    return authorization.decline(
        op,
        intent,
        method,
        outcome,
        charge=op.new_id("ch"),
        amount=sale.total,
        account=await own_account(op),
        hidden=intent.hidden,
    )


def _cannot_hold(intent: PaymentIntent, method: StoredMethod) -> bool:
    """Whether money is to be held on a network that can only move it."""
    return charges.holds(intent, method.value, method.hidden.read) and _network(method.hidden.read) in (
        SINGLE_MESSAGE_BRANDS
    )


def _network(read: PaymentMethodDetails | None) -> str | None:
    for part in () if read is None else (read.card_present, read.interac_present):
        if not isinstance(part, UnsetType):
            return part.network
    return None


# The card and the tip ---------------------------------------------------------------------------------------------


async def intent_of(op: Operation, reader: StoredReader) -> StoredIntent:
    """The intent that the reader works for. Raises LockTimeout while something else is confirming it."""
    intent = await op.get(PAYMENT_INTENTS, reader.hidden.slot.subject or "")
    authorization.check_unlocked(intent)
    return intent


def _check_collectable(intent: StoredIntent) -> None:
    if intent.value.status != "requires_payment_method" and not unanswered.is_unanswered(intent):
        raise refusals.intent_invalid_state("Payment intent", "requires_payment_method", "processed")


def _presented(op: Operation, reader: StoredReader, intent: PaymentIntent, card: CardInHand, sale: Tipped) -> Presented:
    first, *more = card.readings
    return Presented(_read(op, reader, intent, card, first, sale), card.clear, card, more)


def _read(
    op: Operation,
    reader: StoredReader,
    intent: PaymentIntent,
    card: CardInHand | None,
    reading: Reading,
    sale: Tipped,
) -> StoredMethod:
    if card is None:
        raise InvariantBroken("only a card that is present is read")
    return cards.read(
        op,
        reader,
        card,
        reading,
        amount=sale.total,
        currency=intent.currency,
        network=cards.network(intent, reading),
    )


async def _with_tip(op: Operation, reader: StoredReader, intent: PaymentIntent, amount_tip: int | None) -> Tipped:
    """The amount with the tip the customer gives, by the settings of the action and of the location."""
    action = slots.action_of(reader)
    offered = await tasks.offered_tips(op, reader.value, action, intent)
    skip = tasks.skips_tipping(action)
    return tipping.tipped(intent.amount, intent.currency, amount_tip, asked=offered is not None, skip=skip)
