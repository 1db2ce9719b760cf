"""The customer is done typing: the card is set up, or the payment is made.

The page of ours hands in a card; a page that somebody else drives (`/v1/payment_pages`) names a payment method. What
follows is the confirmation of the session's intent, which completes the session in the commit that settles it. An
intent is locked while that is under way, so whoever submits twice gets one confirmation, and LockTimeout for the other.
"""

from typing import Any, TypeAlias

import msgspec
from msgspec import UnsetType
from msgspec.structs import replace

from opentill.domain import checkout, money
from opentill.domain.cards import ClearCard
from opentill.domain.errors import InvalidRequest, InvariantBroken
from opentill.domain.ids import random_token
from opentill.domain.objects.checkout_session import CheckoutSession, CustomerDetails, ShippingDetails
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.setup_intent import SetupIntent
from opentill.domain.objects.shared import Address, BillingDetails, Shipping
from opentill.requests import checkout as requests
from opentill.requests.payment_intents import ConfirmPaymentIntent
from opentill.requests.setup_intents import ConfirmSetupIntent
from opentill.services import authorization, confirmation, payment_cards, setup_confirmation
from opentill.services.authorization import StoredIntent
from opentill.services.checkout import completion
from opentill.services.checkout.completion import StoredSession
from opentill.services.kinds import CHECKOUT_SESSIONS, CUSTOMERS, PAYMENT_INTENTS, SETUP_INTENTS
from opentill.services.operation import Operation
from opentill.services.payment_cards import StoredMethod
from opentill.services.records import PaymentIntentHidden

Outcome: TypeAlias = PaymentIntent | SetupIntent | CheckoutSession
"""What a submission comes to: the intent as it is then, or the session where nothing had to be paid."""


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer typed. `quantities` are those of adjustable lines, by the ids of the lines.

    `amount` is the total that the page showed when they agreed to it, minor units.
    """

    card: ClearCard | None
    details: CustomerDetails
    shipping: ShippingDetails | None = None
    quantities: dict[str, int] = {}
    amount: int | None = None


async def submit(op: Operation, id: str, typed: Typed) -> Outcome:
    """Do what the customer asks for, with the card that they typed.

    Raises CardDeclined, which is recorded; InvalidRequest if the session is over, or costs something else by now;
    LockTimeout while an earlier submission is under way.
    """
    session = await op.get(CHECKOUT_SESSIONS, id, in_path=True)
    checkout.check_open(session.value, op.now)
    session = with_quantities(op, session, typed.quantities)
    _check_amount(session.value, typed.amount)
    shown = op.update(session, session.value, replace(session.hidden, details=typed.details, shipping=typed.shipping))
    if shown.value.mode == "payment" and not shown.value.amount_total:
        return await op.commit(completion.complete(op, completion.make_customer(op, shown), "no_payment_required"))
    if typed.card is None:
        raise InvariantBroken("what costs something is paid with a card")
    method = await payment_cards.make_card(
        op,
        typed.card,
        billing_details=BillingDetails(
            address=typed.details.address or Address(),
            email=typed.details.email,
            name=typed.details.name,
            phone=typed.details.phone,
        ),
        allow_redisplay=session.hidden.allow_redisplay or ("limited" if _saves(session) else "unspecified"),
    )
    return await _confirm(op, shown, method)


def _saves(session: StoredSession) -> bool:
    intent = session.hidden.intent
    return session.value.mode == "setup" or (intent is not None and intent.setup_future_usage is not None)


def with_quantities(op: Operation, session: StoredSession, quantities: dict[str, int]) -> StoredSession:
    """Record how many of each the customer wants. Raises InvalidRequest for more or fewer than they may choose."""
    lines = session.hidden.line_items
    wanted = {line.id: quantities[line.id] for line in lines if quantities.get(line.id, line.quantity) != line.quantity}
    if not wanted or session.value.payment_intent is not None:
        return session
    for line in lines:
        least, most = checkout.quantity_bounds(line)
        if line.id in wanted and not least <= wanted[line.id] <= most:
            raise InvalidRequest(
                f"Choose from {least} to {most} of {line.description}.", code="quantity_out_of_bounds", param=line.id
            )
    lines = [checkout.with_quantity(line, wanted.get(line.id, line.quantity or 0)) for line in lines]
    changed = checkout.with_items(session.value, lines)
    changed = replace(changed, payment_status="unpaid" if changed.amount_total else "no_payment_required")
    return op.update(session, changed, replace(session.hidden, line_items=lines))


def _check_amount(session: CheckoutSession, shown: int | None) -> None:
    if shown is not None and shown != session.amount_total:
        raise InvalidRequest(
            f"The amount that was shown ({shown}) is not the amount of this Checkout Session "
            f"({session.amount_total}) any more.",
            code="amount_mismatch",
            param="expected_amount",
        )


async def _confirm(op: Operation, session: StoredSession, method: StoredMethod) -> Outcome:
    if session.value.mode == "setup":
        setup = await op.get(SETUP_INTENTS, session.value.setup_intent or "")
        setup_confirmation.check_unlocked(setup)
        return await setup_confirmation.confirm_with(op, setup, method, ConfirmSetupIntent())
    payment = await _payment(op, session)
    return await confirmation.confirm_with(op, payment, method, ConfirmPaymentIntent())


async def _payment(op: Operation, session: StoredSession) -> StoredIntent:
    """The PaymentIntent of the session: recorded now, or that of an earlier submission."""
    shipping = session.hidden.shipping
    changes: dict[str, Any] = {}
    if shipping is not None:
        changes["shipping"] = Shipping(address=shipping.address, name=shipping.name)
    if session.value.payment_intent is not None:
        stored = await op.get(PAYMENT_INTENTS, session.value.payment_intent)
        authorization.check_unlocked(stored)
        return op.update(stored, replace(stored.value, **changes), stored.hidden) if changes else stored
    session = completion.make_customer(op, session)
    draft = session.hidden.intent
    if draft is None:
        raise InvariantBroken("a session in payment mode knows its PaymentIntent")
    id = op.new_id("pi")
    currency = session.value.currency or draft.currency
    intent = replace(
        draft,
        id=id,
        amount=money.check_amount(session.value.amount_total or 0, currency),
        client_secret=f"{id}_secret_{random_token(25)}",
        created=op.now,
        customer=session.value.customer or session.hidden.made_customer,
        **changes,
    )
    stored = op.create(PAYMENT_INTENTS, intent, PaymentIntentHidden(checkout_session=session.id))
    op.emit("payment_intent.created", intent)
    op.update(session, replace(session.value, payment_intent=id), session.hidden)
    return stored


# Pages that somebody else drives --------------------------------------------------------------------------------


async def retrieve_page(op: Operation, id: str, _: requests.RetrievePaymentPage) -> CheckoutSession:
    """Retrieves a Checkout Session as its page sees it."""
    return (await op.get(CHECKOUT_SESSIONS, id, in_path=True)).value


async def confirm_page(op: Operation, id: str, params: requests.ConfirmPaymentPage) -> Outcome:
    """Submits a Checkout Session with a payment method, as its page does; the intent as it is then."""
    session = await op.get(CHECKOUT_SESSIONS, id, in_path=True)
    checkout.check_open(session.value, op.now)
    _check_amount(session.value, None if isinstance(params.expected_amount, UnsetType) else params.expected_amount)
    method = await payment_cards.find(op, params.payment_method)
    billing = method.value.billing_details
    known = session.value.customer_details
    customer = None if session.value.customer is None else await op.find(CUSTOMERS, session.value.customer)
    details = CustomerDetails(
        address=billing.address,
        email=(None if known is None else known.email)
        or billing.email
        or (None if customer is None else customer.value.email),
        name=billing.name,
        phone=billing.phone,
        tax_exempt="none",
        tax_ids=[],
    )
    session = op.update(session, session.value, replace(session.hidden, details=details))
    if session.value.mode == "payment" and not session.value.amount_total:
        return await op.commit(completion.complete(op, completion.make_customer(op, session), "no_payment_required"))
    return await _confirm(op, session, method)
