"""Saving a card and giving money back in two steps, which only SDKs do: the card is read, then used.

In between the reader holds the card, as it does for payments: for 30 seconds, or 30 minutes if it is simulated.
"""

from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal import actions, refusals
from opentill.requests.params import Params
from opentill.requests.terminal import pos as requests
from opentill.services import setup_confirmation
from opentill.services.kinds import CHARGES, PAYMENT_METHODS
from opentill.services.operation import Operation
from opentill.services.terminal import reader_actions, refunding, setups, slots
from opentill.services.terminal.pos import commands, holding


async def collect_setup_intent_payment_method(op: Operation, id: str, params: requests.CollectForSetup) -> Reader:
    """Reads a card that is saved by `confirm_setup_intent`. Until then the SetupIntent has it, and requires that."""
    await holding.held(op, id)
    if params.moto is True:
        raise refusals.invalid("Cards are not keyed in to be saved: they have to be presented.", "moto")
    await commands.setup_of(op, params.setup_intent, params.client_secret)
    return await reader_actions.process_setup_intent(op, id, params, in_two_steps=True)


async def confirm_setup_intent(op: Operation, id: str, params: requests.ConfirmSetupIntent) -> Reader:
    """Saves the card that the reader holds for the SetupIntent."""
    await holding.held(op, id)
    intent = await commands.setup_of(op, params.setup_intent, params.client_secret)
    reader = await slots.reader_of(op, id)
    setup_confirmation.check_unlocked(intent)
    step = actions.go_on(reader.hidden.slot, "process_setup_intent", subject=intent.id, now=op.now)
    held = step.slot.held
    if held is None or intent.value.payment_method != held.payment_method:
        raise refusals.intent_invalid_state("Setup intent", "requires_confirmation", "confirmed")
    method = await op.get(PAYMENT_METHODS, held.payment_method)
    working = await slots.take(op, reader, step)
    slots.nudge(op, working)
    return await setups.confirm(op, working, intent, method)


async def collect_refund_payment_method(op: Operation, id: str, params: requests.CollectForRefund) -> Reader:
    """Reads the Interac card that paid; `process_refund` gives the money back."""
    await holding.held(op, id)
    charge = await op.get(CHARGES, params.charge, param="charge")
    if charge.value.currency != params.currency:
        raise refusals.invalid(
            f"The charge is in {charge.value.currency}: it cannot be refunded in {params.currency}.", "currency"
        )
    return await reader_actions.refund_payment(op, id, commands.refund_of(params), in_two_steps=True)


async def process_refund(op: Operation, id: str, _: Params) -> Reader:
    """Gives the money back for which the reader holds the card."""
    await holding.held(op, id)
    reader = await slots.reader_of(op, id)
    charge_id = reader.hidden.slot.subject or ""
    step = actions.go_on(reader.hidden.slot, "refund_payment", subject=charge_id, now=op.now)
    working = await slots.take(op, reader, step)
    slots.nudge(op, working)
    return await refunding.give_back(op, working, await op.get(CHARGES, charge_id))
