"""What a card does to a SetupIntent at a reader: it is read, verified, and a card to be charged later is made of it."""

from msgspec.structs import replace

from opentill.domain import setup_intents
from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.payment_method import AllowRedisplay
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal import actions, outcomes, presentation
from opentill.domain.terminal.presentation import Presentment
from opentill.services import setup_confirmation
from opentill.services.kinds import SETUP_INTENTS
from opentill.services.operation import Operation
from opentill.services.setup_confirmation import StoredSetupIntent
from opentill.services.terminal import cards, saving, settling, slots
from opentill.services.terminal.slots import StoredReader
from opentill.services.verification import own_currency


async def process(op: Operation, reader: StoredReader, given: Presentment) -> Reader:
    """A card is presented for `process_setup_intent`; answers with how it ended."""
    intent = await op.get(SETUP_INTENTS, reader.hidden.slot.subject or "")
    setup_confirmation.check_unlocked(intent)
    presentation.kind(given, ("card_present",))
    card = await cards.take(op, given, "card_present")
    reading = card.readings[-1]
    working = await slots.take(op, reader, actions.present(reader.hidden.slot, op.now))
    method = cards.read(
        op,
        working,
        card,
        reading,
        amount=0,
        currency=await own_currency(op),
        network=presentation.network(reading.card, reading.read_method, capture_method="manual"),
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
        return await op.commit((await settling.fail(op, working, outcomes.refused(refusal))).value)
    attempt, outcome = await setup_confirmation.verify(op, intent, method, card.clear, reader=reader.id)
    return await settling.settle(op, attempt, outcome, settling.setup)


def agree(op: Operation, intent: StoredSetupIntent, allow_redisplay: AllowRedisplay) -> None:
    """Record, in `op`, what the customer agreed to be shown again."""
    op.update(intent, intent.value, replace(intent.hidden, allow_redisplay=allow_redisplay))
