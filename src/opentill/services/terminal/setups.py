"""What a card does to a SetupIntent at a reader: it is read, verified, and a card to be charged later is made of it."""

from msgspec.structs import replace

from opentill.domain import setup_intents
from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.payment_method import AllowRedisplay
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal import actions, outcomes, presentation
from opentill.domain.terminal.actions import Held
from opentill.domain.terminal.presentation import Presentment
from opentill.services import payment_cards, setup_confirmation
from opentill.services.kinds import SETUP_INTENTS
from opentill.services.operation import Operation
from opentill.services.payment_cards import StoredMethod
from opentill.services.setup_confirmation import StoredSetupIntent
from opentill.services.terminal import cards, saving, settling, slots
from opentill.services.terminal.cards import CardInHand
from opentill.services.terminal.slots import StoredReader
from opentill.services.verification import own_currency


async def process(op: Operation, reader: StoredReader, given: Presentment) -> Reader:
    """A card is presented for `process_setup_intent`; answers with how it ended."""
    intent = await op.get(SETUP_INTENTS, reader.hidden.slot.subject or "")
    setup_confirmation.check_unlocked(intent)
    presentation.kind(given, ("card_present",))
    return await process_card(op, reader, intent, await cards.take(op, given, "card_present"))


async def process_card(op: Operation, reader: StoredReader, intent: StoredSetupIntent, card: CardInHand) -> Reader:
    """Save the card that the reader has read, or keep it for `confirm`; answers with how it ended."""
    reading = card.readings[-1]
    method = cards.read(
        op,
        reader,
        card,
        reading,
        amount=0,
        currency=await own_currency(op),
        network=presentation.network(reading, capture_method="manual"),
    )
    try:
        setup_intents.check_confirmable(intent.value)
        setup_confirmation.check_usable(intent.value, method)
        if not saving.savable(method.value):
            raise InvalidRequest(
                f"A card of {reading.card.brand} alone cannot be charged later, so it cannot be saved.",
                code="setup_intent_invalid_parameter",
                param="payment_method",
            )
    except InvalidRequest as refusal:
        return await _give_up(op, reader, method, refusal)
    held = Held(payment_method=method.id, fingerprint=card.fingerprint)
    at_it = await slots.take(op, reader, actions.present(reader.hidden.slot, op.now, held=held))
    if at_it.hidden.slot.phase == "collected":
        await setup_confirmation.abandon_open_attempt(op, intent.value)
        op.update(intent, setup_intents.with_payment_method(intent.value, method.id), intent.hidden)
        return await op.commit(at_it.value)
    attempt, outcome = await setup_confirmation.verify(op, intent, method, card.clear, reader=reader.id)
    return await settling.settle(op, attempt, outcome, settling.setup)


async def confirm(op: Operation, reader: StoredReader, intent: StoredSetupIntent, method: StoredMethod) -> Reader:
    """Save the card that `reader`, which is at work on it, has collected; answers with how it ended."""
    try:
        setup_intents.check_confirmable(intent.value)
        setup_confirmation.check_usable(intent.value, method)
    except InvalidRequest as refusal:
        return await _give_up(op, reader, method, refusal)
    clear = await payment_cards.clear_card(op, payment_cards.token_of(method))
    attempt, outcome = await setup_confirmation.verify(op, intent, method, clear, reader=reader.id)
    return await settling.settle(op, attempt, outcome, settling.setup)


async def _give_up(op: Operation, reader: StoredReader, method: StoredMethod, refusal: InvalidRequest) -> Reader:
    """End the action without asking the issuer; what only the issuer may check of the card is not kept."""
    await payment_cards.forget_verification(op, method.hidden.card)
    return await op.commit((await settling.fail(op, reader, outcomes.refused(refusal))).value)


def agree(op: Operation, intent: StoredSetupIntent, allow_redisplay: AllowRedisplay) -> None:
    """Record, in `op`, what the customer agreed to be shown again."""
    op.update(intent, intent.value, replace(intent.hidden, allow_redisplay=allow_redisplay))
