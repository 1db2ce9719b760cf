"""What belongs to a Checkout Session once its intent succeeded.

The settlement of the intent calls this, so that session and intent are of one commit, whoever settles: the request that
the customer waits for, or the sweep after a crash.
"""

import secrets
from typing import Any, TypeAlias

from msgspec.structs import replace

from opentill.domain import checkout
from opentill.domain.differences import previous_attributes
from opentill.domain.objects.checkout_session import CheckoutSession, PaymentStatus
from opentill.domain.objects.customer import Customer
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.setup_intent import SetupIntent
from opentill.domain.objects.shared import Shipping
from opentill.ports.store import Stored
from opentill.services.kinds import CHECKOUT_SESSIONS, CUSTOMERS
from opentill.services.operation import Operation
from opentill.services.records import CheckoutSessionHidden, CustomerHidden

StoredSession: TypeAlias = Stored[CheckoutSession, CheckoutSessionHidden]


def wants_customer(session: StoredSession) -> bool:
    """Whether a Customer is to be made of what was typed: asked for, or needed to save the card of a payment."""
    intent = session.hidden.intent
    saves = intent is not None and intent.setup_future_usage is not None
    return session.value.customer is None and (session.value.customer_creation == "always" or saves)


def make_customer(op: Operation, session: StoredSession) -> StoredSession:
    """Record the Customer of the session, made of what was typed, unless there is one or none is wanted."""
    if not wants_customer(session) or session.hidden.made_customer is not None:
        return session
    details, shipping = session.hidden.details, session.hidden.shipping
    customer = Customer(
        id=op.new_id("cus"),
        address=None if details is None else details.address,
        created=op.now,
        email=None if details is None else details.email,
        invoice_prefix=secrets.token_hex(4).upper(),
        livemode=op.caller.livemode,
        name=None if details is None else details.name,
        phone=None if details is None else details.phone,
        shipping=None if shipping is None else Shipping(address=shipping.address, name=shipping.name),
    )
    op.create(CUSTOMERS, customer, CustomerHidden())
    op.emit("customer.created", customer)
    return op.update(session, session.value, replace(session.hidden, made_customer=customer.id))


async def before_saving(op: Operation, id: str, intent: SetupIntent) -> SetupIntent:
    """The SetupIntent of the session `id`, whose card is about to be saved, with the customer it is to be saved for."""
    session = make_customer(op, await op.get(CHECKOUT_SESSIONS, id))
    await _complete_customer(op, session)
    return intent if intent.customer is not None else replace(intent, customer=session.hidden.made_customer)


async def _complete_customer(op: Operation, session: StoredSession) -> None:
    """Record with the session's own Customer what they typed, where it was missing or may be replaced."""
    details = session.hidden.details
    stored = None if session.value.customer is None else await op.find(CUSTOMERS, session.value.customer)
    if stored is None or stored.hidden.deleted or details is None:
        return
    before = stored.value
    changes: dict[str, Any] = {"email": before.email or details.email}
    if "address" in session.hidden.may_change and details.address is not None:
        changes["address"] = details.address
    if "name" in session.hidden.may_change and details.name is not None:
        changes["name"] = details.name
    shipping = session.hidden.shipping
    if "shipping" in session.hidden.may_change and shipping is not None:
        changes["shipping"] = Shipping(address=shipping.address, name=shipping.name, phone=details.phone)
    after = replace(before, **changes)
    if changed := previous_attributes(before, after):
        op.update(stored, after, stored.hidden)
        op.emit("customer.updated", after, changed)


async def set_up(op: Operation, id: str) -> None:
    """Record that the card of the session `id` is saved."""
    complete(op, await op.get(CHECKOUT_SESSIONS, id), "no_payment_required")


async def paid(op: Operation, id: str, intent: PaymentIntent) -> None:
    """Record that the session `id` is paid, or the money is held for it."""
    session = await op.get(CHECKOUT_SESSIONS, id)
    await _complete_customer(op, session)
    complete(op, session, "paid" if intent.status == "succeeded" else "unpaid")


def complete(op: Operation, session: StoredSession, payment_status: PaymentStatus) -> CheckoutSession:
    """Record the end of the session, with the event that tells the merchant."""
    hidden = session.hidden
    done = checkout.completed(
        session.value,
        payment_status=payment_status,
        customer=session.value.customer or hidden.made_customer,
        details=hidden.details,
        shipping=hidden.shipping,
    )
    event = op.new_id("evt")
    op.update(session, done, replace(hidden, completion=event))
    op.emit("checkout.session.completed", done, id=event)
    return done
