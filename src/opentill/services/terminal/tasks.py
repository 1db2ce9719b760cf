"""What a device is to do for an action: everything it needs to do it alone, until it has something to report."""

from typing import Final

from msgspec import UnsetType

from opentill.domain.errors import InvariantBroken
from opentill.domain.objects.charge import Charge
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.reader_action import Action, CollectConfig, Input, ProcessConfig
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal import tipping
from opentill.domain.terminal.actions import Slot
from opentill.domain.terminal.tipping import Suggestion
from opentill.link import tasks
from opentill.link.tasks import Task
from opentill.services.kinds import CHARGES, LOCATIONS, PAYMENT_INTENTS
from opentill.services.operation import Operation
from opentill.services.parameters import given
from opentill.services.records import ReaderHidden
from opentill.services.terminal import configurations
from opentill.services.verification import own_currency

_MEDIA_TYPES: Final = {"png": "image/png", "jpeg": "image/jpeg"}


async def task_of(op: Operation, reader: Reader, action: Action, hidden: ReaderHidden) -> Task | None:
    """What there is to do for `action`, which stands where `hidden` says; None if a picture is not kept any more.

    Amounts are those of now: an intent that is edited while its reader waits gives another task.
    """
    slot = hidden.slot
    match action.type:
        case "process_payment_intent" | "collect_payment_method":
            return await _payment(op, reader, action, hidden)
        case "confirm_payment_intent":
            return await _confirmation(op, hidden)
        case "process_setup_intent":
            return tasks.Setup(currency=await own_currency(op), cancelable=slot.cancelable)
        case "refund_payment":
            return await _refund(op, action, slot)
        case "set_reader_display":
            return _cart(action)
        case "collect_inputs":
            return _inputs(action)
        case "print_content":
            return _print(action, hidden.content)


async def offered_tips(op: Operation, reader: Reader, action: Action, intent: PaymentIntent) -> list[Suggestion] | None:
    """The tips that the reader offers, by the settings of the action and of the location; None for no such screen."""
    config = _config_of(action)
    eligible = None
    if config is not None and not isinstance(config.tipping, UnsetType):
        eligible = given(config.tipping.amount_eligible)
    return tipping.screen(
        await configurations.in_force(op, reader.location),
        country=await country_of(op, reader),
        currency=intent.currency,
        amount=intent.amount,
        skip=skips_tipping(action),
        amount_eligible=eligible,
    )


def skips_tipping(action: Action) -> bool:
    """Whether the action says that no tip is asked for."""
    config = _config_of(action)
    return config is not None and config.skip_tipping is True


async def country_of(op: Operation, reader: Reader) -> str | None:
    """Where the reader stands; None for one without a location."""
    location = None if reader.location is None else await op.find(LOCATIONS, reader.location)
    return None if location is None else location.value.address.country


# One function a task -----------------------------------------------------------------------------------------------


async def _payment(op: Operation, reader: Reader, action: Action, hidden: ReaderHidden) -> Task:
    intent = (await op.get(PAYMENT_INTENTS, hidden.slot.subject or "")).value
    tips = await offered_tips(op, reader, action, intent)
    options = intent.payment_method_options
    present = None if options is None or isinstance(options.card_present, UnsetType) else options.card_present
    routing = None if present is None or isinstance(present.routing, UnsetType) else present.routing
    return tasks.Payment(
        amount=intent.amount,
        currency=intent.currency,
        takes=list(hidden.takes),
        collects=action.type == "collect_payment_method",
        preauthorization=present is not None and bool(present.request_incremental_authorization_support),
        tips=None
        if tips is None
        else [tasks.TipButton(amount=offer.amount, percentage=offer.percentage) for offer in tips],
        cancelable=hidden.slot.cancelable,
        international=routing is not None and routing.requested_priority == "international",
    )


async def _confirmation(op: Operation, hidden: ReaderHidden) -> Task:
    """The card is charged; or, where its issuer wants another reading, that is to be made, of the same total."""
    slot = hidden.slot
    intent = (await op.get(PAYMENT_INTENTS, slot.subject or "")).value
    total = intent.amount + ((slot.held.amount_tip or 0) if slot.held is not None else 0)
    if slot.phase == "waiting":
        return tasks.Payment(
            amount=total, currency=intent.currency, takes=list(hidden.takes), cancelable=slot.cancelable
        )
    return tasks.Confirmation(amount=total, currency=intent.currency)


async def _refund(op: Operation, action: Action, slot: Slot) -> Task:
    charge = (await op.get(CHARGES, slot.subject or "")).value
    return tasks.Refund(amount=to_refund(action, charge), currency=charge.currency, cancelable=slot.cancelable)


def to_refund(action: Action, charge: Charge) -> int:
    """How much goes back to the card: what the action asks for, or all that is left. Minor units of the charge."""
    asked = action.refund_payment
    if isinstance(asked, UnsetType):
        raise InvariantBroken("a reader that refunds shows what")
    amount = given(asked.amount)
    return charge.amount_captured - charge.amount_refunded if amount is None else amount


def _cart(action: Action) -> Task:
    shown = action.set_reader_display
    if isinstance(shown, UnsetType) or shown.cart is None:
        raise InvariantBroken("a reader that shows a cart says which")
    cart = shown.cart
    return tasks.Cart(
        currency=cart.currency,
        lines=[
            tasks.CartLine(description=line.description, amount=line.amount, quantity=line.quantity)
            for line in cart.line_items
        ],
        total=cart.total,
        tax=cart.tax,
    )


def _inputs(action: Action) -> Task:
    asked = action.collect_inputs
    if isinstance(asked, UnsetType):
        raise InvariantBroken("a reader that waits for input shows its forms")
    return tasks.Inputs(forms=[_form(input) for input in asked.inputs])


def _form(input: Input) -> tasks.Form:
    text = input.custom_text
    choices = [] if isinstance(input.selection, UnsetType) else input.selection.choices
    return tasks.Form(
        type=input.type,
        title=None if text is None else text.title,
        description=None if text is None else text.description,
        submit=None if text is None else text.submit_button,
        skip=None if text is None else text.skip_button,
        required=input.required is True,
        choices=[tasks.Choice(text=choice.text, id=choice.id, style=choice.style) for choice in choices],
        toggles=[
            tasks.Toggle(title=toggle.title, description=toggle.description, on=toggle.default_value == "enabled")
            for toggle in input.toggles or []
        ],
    )


def _print(action: Action, content: bytes | None) -> Task | None:
    asked = action.print_content
    if content is None or isinstance(asked, UnsetType) or isinstance(asked.image, UnsetType):
        return None
    return tasks.Print(content=content, media_type=_MEDIA_TYPES[asked.image.type])


def _config_of(action: Action) -> ProcessConfig | CollectConfig | None:
    for config in (
        None if isinstance(action.process_payment_intent, UnsetType) else action.process_payment_intent.process_config,
        None if isinstance(action.collect_payment_method, UnsetType) else action.collect_payment_method.collect_config,
    ):
        if config is not None and not isinstance(config, UnsetType):
            return config
    return None
