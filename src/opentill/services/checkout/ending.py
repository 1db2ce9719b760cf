"""The end of a Checkout Session that nobody completed, and the way back to it."""

from msgspec.structs import replace

from opentill.domain import checkout, payment_intents, setup_intents
from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.checkout_session import AfterExpiration, CheckoutSession
from opentill.services import payment_intents as payments
from opentill.services import setup_confirmation
from opentill.services.authorization import check_unlocked, locked
from opentill.services.checkout import opening
from opentill.services.checkout.completion import StoredSession
from opentill.services.kinds import CHECKOUT_SESSIONS, PAYMENT_INTENTS, SETUP_INTENTS
from opentill.services.operation import Operation


async def expire(op: Operation, stored: StoredSession) -> CheckoutSession:
    """Record the end of an open session and of its intent, which has no other use.

    Raises LockTimeout while the customer's last word is being settled: it counts.
    """
    session = stored.value
    if session.setup_intent is not None:
        setup = await op.get(SETUP_INTENTS, session.setup_intent)
        setup_confirmation.check_unlocked(setup)
        if setup.value.status in setup_intents.OPEN:
            await setup_confirmation.abandon_open_attempt(op, setup.value)
            over = setup_intents.canceled(setup.value, None)
            op.update(setup, over, setup.hidden)
            op.emit("setup_intent.canceled", over)
    if session.payment_intent is not None:
        payment = await op.get(PAYMENT_INTENTS, session.payment_intent)
        check_unlocked(payment)
        if payment.value.status == "processing":
            raise locked()
        if payment.value.status in payment_intents.CONFIRMABLE:
            await payments.release(op, payment, None)
    url = f"{op.system.base_url}/c/recover/{session.id}"
    over = checkout.expired(session, now=op.now, recovery_url=url)
    op.update(stored, over, stored.hidden)
    op.emit("checkout.session.expired", over)
    return over


async def take_up(op: Operation, id: str) -> CheckoutSession:
    """The session with which an expired one goes on: a copy of it, made when somebody first comes back for it.

    Raises InvalidRequest if the merchant does not offer that, or not any more.
    """
    stored = await op.get(CHECKOUT_SESSIONS, id, in_path=True)
    if checkout.recovery_of(stored.value, op.now) is None:
        raise InvalidRequest("This Checkout Session cannot be recovered.")
    if stored.hidden.recovery is not None:
        earlier = await op.get(CHECKOUT_SESSIONS, stored.hidden.recovery)
        if earlier.value.status != "expired":
            return earlier.value
    after = stored.value.after_expiration
    recovery = None if after is None else after.recovery
    fresh = replace(
        stored.value,
        after_expiration=AfterExpiration(
            recovery=None if recovery is None else replace(recovery, expires_at=None, url=None)
        ),
        payment_intent=None,
        recovered_from=stored.id,
        status="open",
    )
    copy = await opening.opened(
        op, fresh, replace(stored.hidden, details=None, shipping=None, made_customer=None, recovery=None)
    )
    op.update(stored, stored.value, replace(stored.hidden, recovery=copy.id))
    return await op.commit(copy.value)
