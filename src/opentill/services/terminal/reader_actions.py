"""Giving a reader something to do: its one action, begun, replaced and canceled.

Everything that could refuse an action is checked before it is carried to the reader; what is presented for it comes
later, and not through here.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from opentill.domain import charges
from opentill.domain.objects import reader_action as shown
from opentill.domain.objects.payment_method import AllowRedisplay
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal import actions, addresses, devices, displays, inputs, outcomes, preconditions, refusals
from opentill.domain.terminal.actions import Held, Step
from opentill.domain.terminal.preconditions import CardType
from opentill.link.messages import Result
from opentill.link.tasks import Confirmation, Task
from opentill.ports.readers import Command
from opentill.requests import refunds as refund_requests
from opentill.requests.params import Params
from opentill.requests.terminal import actions as requests
from opentill.services import authorization, refunds, setup_confirmation
from opentill.services.authorization import StoredIntent
from opentill.services.kinds import PAYMENT_INTENTS, PAYMENT_METHODS, SETUP_INTENTS
from opentill.services.operation import Operation
from opentill.services.parameters import given, merged
from opentill.services.terminal import payments, settling, setups, slots, tasks, unanswered
from opentill.services.terminal.cards import fingerprint_of_method
from opentill.services.terminal.pos import holding
from opentill.services.terminal.slots import StoredReader
from opentill.services.terminal.unanswered import Answer

S = TypeVar("S", bound=msgspec.Struct)


# Payments ---------------------------------------------------------------------------------------------------------


async def process_payment_intent(op: Operation, id: str, params: requests.ProcessPaymentIntent) -> Reader:
    """Initiates a payment flow on a Reader.

    The reader waits for a card, and the payment is confirmed with it. A retry of a payment whose answer was lost
    first asks what became of it: if it was approved, the action succeeds at once.
    """
    config = given(params.process_config) or requests.ProcessConfig()
    reader, step, intent = await _for_payment(op, id, "process_payment_intent", params.payment_intent, config)
    takes = await _check_payment(op, reader, intent, "process_payment_intent", config, moto=config.moto is True)
    action = outcomes.started(
        "process_payment_intent",
        shown.ProcessPaymentIntent(
            payment_intent=intent.id,
            process_config=_shown(
                shown.ProcessConfig(
                    enable_customer_cancellation=config.enable_customer_cancellation,
                    return_url=config.return_url,
                    skip_tipping=config.skip_tipping,
                    tipping=_tipping(config),
                )
            ),
        ),
    )
    earlier = await unanswered.earlier(op, intent, card=None)
    if isinstance(earlier, Answer):
        paid = await _settle_earlier(op, earlier)
        if paid is not None:
            hidden = reader.hidden.begun(op.new_id("act"))
            total = (await op.get(PAYMENT_INTENTS, intent.id)).value.amount
            if not _simulated(reader):  # its screen last said that this payment was not completed
                task = Confirmation(amount=total, currency=intent.value.currency)
                await slots.tell(op, reader, Command(hidden.action_id, action, task=task))
            made = await slots.take(
                op,
                reader,
                actions.pay_with(step.slot, paid),
                action=action,
                hidden=hidden,
                result=Result(succeeded=True, amount=total),
            )
            await op.commit(made.value)
            op.system.wake()
            return made.value
    begun = await _carry_out(op, reader, step, action, takes=takes, allow_redisplay=given(config.allow_redisplay))
    return await op.commit(begun.value)


async def collect_payment_method(op: Operation, id: str, params: requests.CollectPaymentMethod) -> Reader:
    """Initiates an input collection flow on a Reader: a card is read, and the payment waits to be confirmed."""
    config = given(params.collect_config) or requests.CollectConfig()
    reader, step, intent = await _for_payment(op, id, "collect_payment_method", params.payment_intent, config)
    takes = await _check_payment(op, reader, intent, "collect_payment_method", config)
    await _refuse_if_paid(op, intent, "requires_payment_method", "processed")
    action = outcomes.started(
        "collect_payment_method",
        shown.CollectPaymentMethod(
            payment_intent=intent.id,
            collect_config=_shown(
                shown.CollectConfig(
                    enable_customer_cancellation=config.enable_customer_cancellation,
                    skip_tipping=config.skip_tipping,
                    tipping=_tipping(config),
                )
            ),
        ),
    )
    begun = await _carry_out(op, reader, step, action, takes=takes, allow_redisplay=given(config.allow_redisplay))
    return await op.commit(begun.value)


async def confirm_payment_intent(op: Operation, id: str, params: requests.ConfirmPaymentIntent) -> Reader:
    """Finalizes a payment on a Reader: the card that it collected for the payment is charged."""
    reader = await slots.reader_of(op, id)
    intent = await op.get(PAYMENT_INTENTS, params.payment_intent, param="payment_intent")
    authorization.check_unlocked(intent)
    slot = reader.hidden.slot
    if slot.phase not in ("working", "collected"):
        await _refuse_if_paid(op, intent, "requires_confirmation", "confirmed")
    step = actions.begin(slot, "confirm_payment_intent", subject=intent.id, simulated=_simulated(reader), now=op.now)
    held = step.slot.held
    if (
        intent.value.status != "requires_confirmation"
        or held is None
        or (intent.value.payment_method != held.payment_method)
    ):
        raise refusals.intent_invalid_state(
            "Payment intent", "requires_confirmation", "confirmed", {"payment_intent": intent.value}
        )
    config = given(params.confirm_config) or requests.ConfirmConfig()
    action = outcomes.started(
        "confirm_payment_intent",
        shown.ConfirmPaymentIntent(
            payment_intent=intent.id, confirm_config=_shown(shown.ConfirmConfig(return_url=config.return_url))
        ),
    )
    at_work = await _carry_out(op, reader, step, action, takes=reader.hidden.takes)
    return await payments.confirm(op, at_work, intent)


async def _for_payment(
    op: Operation, id: str, type: preconditions.PaymentAction, payment_intent: str, config: requests.CollectConfig
) -> tuple[StoredReader, Step, StoredIntent]:
    """The reader, what beginning would make of its slot, and the intent, which nothing else is confirming."""
    reader = await slots.reader_of(op, id)
    step = actions.begin(
        reader.hidden.slot,
        type,
        subject=payment_intent,
        simulated=_simulated(reader),
        now=op.now,
        cancelable=config.enable_customer_cancellation is True,
    )
    # What the reader gives up may be a card for this very intent, which then can be tried again.
    await slots.release(op, step, reader.hidden.slot.held)
    intent = await op.get(PAYMENT_INTENTS, payment_intent, param="payment_intent")
    authorization.check_unlocked(intent)
    return reader, step, intent


async def _check_payment(
    op: Operation,
    reader: StoredReader,
    intent: StoredIntent,
    type: preconditions.PaymentAction,
    config: requests.CollectConfig,
    *,
    moto: bool = False,
) -> tuple[CardType, ...]:
    """The kinds of card that the reader takes for the intent. Raises InvalidRequest."""
    country = await tasks.country_of(op, reader.value)
    takes = preconditions.check_payment(
        intent.value,
        type,
        device_type=reader.value.device_type,
        country=country,
        allow_redisplay=given(config.allow_redisplay),
        moto=moto,
        skip_tipping=config.skip_tipping is True,
        tipping=_tipping(config),
        unanswered=unanswered.is_unanswered(intent),
    )
    # In test mode one counter tries the test amounts of every currency.
    if op.caller.livemode and country is not None:
        addresses.check_currency(country, intent.value.currency)
    return takes


async def _settle_earlier(op: Operation, earlier: Answer) -> Held | None:
    """Settle, in `op`, an attempt that had no answer; the card that paid, if it was approved."""
    settled = await settling.payment_at(op, None, earlier.attempt, earlier.outcome)
    if settled.status not in ("requires_capture", "succeeded"):
        return None
    method = await op.get(PAYMENT_METHODS, settled.payment_method)
    tip = settled.amount_details.tip
    return Held(
        payment_method=method.id,
        fingerprint=fingerprint_of_method(method.value),
        amount_tip=None if isinstance(tip, UnsetType) or isinstance(tip.amount, UnsetType) else tip.amount,
    )


async def _refuse_if_paid(op: Operation, intent: StoredIntent, needed: str, verb: str) -> None:
    """Raise InvalidRequest if an earlier attempt turns out to have paid; that is recorded with the refusal."""
    earlier = await unanswered.earlier(op, intent, card=None)
    if isinstance(earlier, Answer) and await _settle_earlier(op, earlier) is not None:
        paid = (await op.get(PAYMENT_INTENTS, intent.id)).value
        refusal = refusals.intent_invalid_state("Payment intent", needed, verb, {"payment_intent": paid})
        await op.commit_refusal(refusal)
        op.system.wake()
        raise refusal


# Cards to save, money to give back ---------------------------------------------------------------------------------


async def process_setup_intent(
    op: Operation, id: str, params: requests.ProcessSetupIntent, *, in_two_steps: bool = False
) -> Reader:
    """Initiates a SetupIntent flow on a Reader: a card is read, and one that can be charged later is made of it."""
    reader = await slots.reader_of(op, id)
    config = given(params.process_config) or requests.CancellationConfig()
    step = actions.begin(
        reader.hidden.slot,
        "process_setup_intent",
        subject=params.setup_intent,
        simulated=_simulated(reader),
        now=op.now,
        cancelable=config.enable_customer_cancellation is True,
        in_two_steps=in_two_steps,
    )
    # What the reader gives up may be a card for this very intent, which then can be tried again.
    await slots.release(op, step, reader.hidden.slot.held)
    intent = await op.get(SETUP_INTENTS, params.setup_intent, param="setup_intent")
    setup_confirmation.check_unlocked(intent)
    preconditions.check_setup(
        intent.value, device_type=reader.value.device_type, allow_redisplay=params.allow_redisplay
    )
    action = outcomes.started(
        "process_setup_intent",
        shown.ProcessSetupIntent(process_config=_shown(_cancellation(config)), setup_intent=intent.id),
    )
    setups.agree(op, intent, params.allow_redisplay)
    begun = await _carry_out(op, reader, step, action, takes=["card_present"], allow_redisplay=params.allow_redisplay)
    return await op.commit(begun.value)


async def refund_payment(
    op: Operation, id: str, params: requests.RefundPayment, *, in_two_steps: bool = False
) -> Reader:
    """Initiates an in-person refund on a Reader: an Interac payment goes back to the card that paid."""
    reader = await slots.reader_of(op, id)
    charge = await refunds.charge_of(
        op, refund_requests.CreateRefund(charge=params.charge, payment_intent=params.payment_intent)
    )
    config = given(params.refund_payment_config) or requests.CancellationConfig()
    step = actions.begin(
        reader.hidden.slot,
        "refund_payment",
        subject=charge.id,
        simulated=_simulated(reader),
        now=op.now,
        cancelable=config.enable_customer_cancellation is True,
        in_two_steps=in_two_steps,
    )
    preconditions.check_refund(charge.value, device_type=reader.value.device_type)
    charges.check_refundable(charge.value, given(params.amount))
    refunds.check_returns(
        op, charge.value, application_fee=params.refund_application_fee, transfer=params.reverse_transfer
    )
    action = outcomes.started(
        "refund_payment",
        shown.RefundPayment(
            amount=params.amount,
            charge=charge.id,
            metadata=UNSET if isinstance(params.metadata, UnsetType) else merged({}, params.metadata),
            payment_intent=charge.value.payment_intent or UNSET,
            refund_application_fee=params.refund_application_fee,
            refund_payment_config=_shown(_cancellation(config)),
            reverse_transfer=params.reverse_transfer,
        ),
    )
    begun = await _carry_out(op, reader, step, action, takes=["interac_present"])
    return await op.commit(begun.value)


# The screen and the printer -----------------------------------------------------------------------------------------


async def set_reader_display(op: Operation, id: str, params: requests.SetReaderDisplay) -> Reader:
    """Sets the reader display to show cart details. It stays until something takes its place."""
    reader = await slots.reader_of(op, id)
    devices.require(reader.value.device_type, "cart", "set_reader_display")
    cart = displays.check_cart(
        shown.Cart(
            currency=params.cart.currency,
            line_items=[
                shown.CartLineItem(amount=item.amount, description=item.description, quantity=item.quantity)
                for item in params.cart.line_items
            ],
            tax=given(params.cart.tax),
            total=params.cart.total,
        )
    )
    step = _begin(op, reader, "set_reader_display")
    action = outcomes.started("set_reader_display", shown.SetReaderDisplay(cart=cart))
    return await op.commit((await _carry_out(op, reader, step, action)).value)


async def collect_inputs(op: Operation, id: str, params: requests.CollectInputs) -> Reader:
    """Initiates an input collection flow on a Reader: forms that the customer fills in, one after the other."""
    reader = await slots.reader_of(op, id)
    devices.require(reader.value.device_type, "inputs", "collect_inputs")
    forms = inputs.check([_input(each) for each in params.inputs])
    step = _begin(op, reader, "collect_inputs")
    metadata = None if isinstance(params.metadata, UnsetType) else merged({}, params.metadata)
    action = outcomes.started("collect_inputs", shown.CollectInputs(inputs=forms, metadata=metadata))
    return await op.commit((await _carry_out(op, reader, step, action)).value)


async def print_content(op: Operation, id: str, params: requests.PrintContent) -> Reader:
    """Prints an image on a Reader: a black-and-white PNG or JPEG of at most 100 kB and 384 pixels' width."""
    reader = await slots.reader_of(op, id)
    devices.require(reader.value.device_type, "printing", "print_content")
    upload = params.image
    image = displays.printed(upload.content, upload.filename, op.now)
    step = _begin(op, reader, "print_content")
    action = outcomes.started("print_content", shown.PrintContent(image=image))
    task = await _task(op, reader, step, action, content=upload.content)
    return await op.commit((await slots.print_out(op, reader, step, action, upload.content, task=task)).value)


async def cancel_action(op: Operation, id: str, _: Params) -> Reader:
    """Cancels the current reader action. A reader that does nothing stays as it is."""
    reader = await slots.reader_of(op, id)
    await holding.check_not_driven(op, reader)
    return await op.commit((await slots.clear(op, reader)).value)


async def _carry_out(
    op: Operation,
    reader: StoredReader,
    step: Step,
    action: shown.Action,
    *,
    takes: Sequence[CardType] = (),
    allow_redisplay: AllowRedisplay | None = None,
) -> StoredReader:
    """Carry a new action to the reader, with what a device needs to do it, and record it (`slots.begin`)."""
    task = await _task(op, reader, step, action, takes=takes)
    return await slots.begin(op, reader, step, action, task=task, takes=takes, allow_redisplay=allow_redisplay)


async def _task(
    op: Operation,
    reader: StoredReader,
    step: Step,
    action: shown.Action,
    *,
    takes: Sequence[CardType] = (),
    content: bytes | None = None,
) -> Task | None:
    """What a device is to do; None for a simulated reader."""
    if _simulated(reader):
        return None
    hidden = reader.hidden.begun(None, takes=takes, content=content)
    return await tasks.task_of(op, reader.value, action, replace(hidden, slot=step.slot))


def _begin(op: Operation, reader: StoredReader, type: shown.ActionType) -> Step:
    return actions.begin(reader.hidden.slot, type, subject=None, simulated=_simulated(reader), now=op.now)


# From parameters to what is shown -----------------------------------------------------------------------------------


def _simulated(reader: StoredReader) -> bool:
    return devices.DEVICES[reader.value.device_type].simulated


def _tipping(config: requests.CollectConfig) -> shown.ActionTipping | UnsetType:
    if isinstance(config.tipping, UnsetType):
        return UNSET
    return shown.ActionTipping(amount_eligible=config.tipping.amount_eligible)


def _cancellation(config: requests.CancellationConfig) -> shown.CancellationConfig:
    return shown.CancellationConfig(enable_customer_cancellation=config.enable_customer_cancellation)


def _shown(config: S) -> S | UnsetType:
    """A configuration, unless nothing in it was given."""
    return UNSET if all(getattr(config, name) is UNSET for name in config.__struct_fields__) else config


def _input(params: requests.Input) -> shown.Input:
    """A form as it was asked for."""
    text = params.custom_text
    selection: Any = UNSET
    if not isinstance(params.selection, UnsetType):
        selection = shown.Selection(
            choices=[
                shown.Choice(id=choice.id, style=given(choice.style), text=choice.text)
                for choice in params.selection.choices
            ]
        )
    return shown.Input(
        custom_text=shown.InputText(
            description=given(text.description),
            skip_button=given(text.skip_button),
            submit_button=given(text.submit_button),
            title=text.title,
        ),
        required=given(params.required),
        selection=selection,
        toggles=None
        if isinstance(params.toggles, UnsetType)
        else [
            shown.Toggle(
                default_value=given(toggle.default_value),
                description=given(toggle.description),
                title=given(toggle.title),
            )
            for toggle in params.toggles
        ],
        type=params.type,
    )
