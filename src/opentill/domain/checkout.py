"""The Checkout Session as a state machine, and what its line items add up to.

A session is open until the customer is done or time is up; then it is over for good. Declines and authentication
happen to its SetupIntent or PaymentIntent and leave it open (reference: Checkout Session; messages as clients know
them).
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal, TypeAlias

from msgspec import UnsetType
from msgspec.structs import replace

from opentill.domain import money
from opentill.domain.errors import InvalidRequest, invariant
from opentill.domain.objects.checkout_session import (
    AfterExpiration,
    CheckoutSession,
    CollectedInformation,
    CustomerDetails,
    PaymentStatus,
    Recovery,
    SessionStatus,
    ShippingDetails,
    TotalDetails,
)
from opentill.domain.objects.line_item import LineItem
from opentill.domain.objects.price import Price

Trigger: TypeAlias = Literal["completed", "expired"]

# Status -> trigger -> status. The last two rows are terminal.
TRANSITIONS: Final[dict[SessionStatus, dict[Trigger, SessionStatus]]] = {
    "open": {"completed": "complete", "expired": "expired"},
    "complete": {},
    "expired": {},
}

LIFETIME_S: Final = 24 * 3600
LIFETIME_MIN_S: Final = 30 * 60
RECOVERY_S: Final = 30 * 24 * 3600
"""How long an expired session can be taken up again, where the merchant offers that."""

PLACEHOLDER: Final = "{CHECKOUT_SESSION_ID}"


def follow(session: CheckoutSession, trigger: Trigger) -> SessionStatus:
    """The status after `trigger`. The callers check before; an impossible step is a bug and stops the work."""
    after = None if session.status is None else TRANSITIONS[session.status].get(trigger)
    invariant(after is not None, f"a Checkout Session that is {session.status} cannot be {trigger}")
    return after  # type: ignore[return-value]


# What may be done ---------------------------------------------------------------------------------------------


def check_expires_at(expires_at: int, now: int) -> int:
    """When the session expires, seconds. Raises InvalidRequest for less than half an hour and more than a day."""
    if expires_at < now + LIFETIME_MIN_S:
        raise InvalidRequest(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at"
        )
    if expires_at > now + LIFETIME_S:
        raise InvalidRequest(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at"
        )
    return expires_at


def is_open(session: CheckoutSession, now: int) -> bool:
    """Whether a customer can still do something here, at `now` (seconds)."""
    return session.status == "open" and now < session.expires_at


def check_open(session: CheckoutSession, now: int) -> None:
    """Raises InvalidRequest unless a customer can still do something here."""
    if not is_open(session, now):
        status = "expired" if session.status == "open" else session.status
        raise InvalidRequest(
            f"This Checkout Session can no longer be used: it has a status of `{status}`. Create another one."
        )


def check_expirable(session: CheckoutSession) -> None:
    """Raises InvalidRequest unless the merchant can end the session."""
    if session.status != "open":
        raise InvalidRequest(
            'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of '
            f"`{session.status}`."
        )


# What it costs ------------------------------------------------------------------------------------------------


def cost(price: Price, quantity: int) -> int:
    """What `quantity` of it cost, minor units; halves of one are rounded up."""
    if price.unit_amount is not None:
        return price.unit_amount * quantity
    exact = Decimal(price.unit_amount_decimal or "0") * quantity
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))


def with_quantity(item: LineItem, quantity: int) -> LineItem:
    """The line with so many of it."""
    invariant(item.price is not None, "a line item has a price")
    total = cost(item.price, quantity)  # type: ignore[arg-type]
    return replace(item, quantity=quantity, amount_subtotal=total, amount_total=total)


def with_items(session: CheckoutSession, items: Sequence[LineItem]) -> CheckoutSession:
    """The session with what its lines add up to. Raises InvalidRequest for a total that cannot be charged."""
    currency = items[0].currency
    total = sum(item.amount_total for item in items)
    if 0 < total < money.minimum(currency):
        least = money.format_amount(money.minimum(currency), currency)
        raise InvalidRequest(
            f"The Checkout Session's total amount due must add up to at least {least} {currency}",
            code="amount_too_small",
            param="line_items",
        )
    if total:
        money.check_amount(total, currency, param="line_items")
    return replace(
        session,
        amount_subtotal=sum(item.amount_subtotal for item in items),
        amount_total=total,
        currency=currency,
        total_details=TotalDetails(),
    )


def quantity_bounds(item: LineItem) -> tuple[int, int]:
    """The least and the most of it that the customer may choose; both the same where there is no choice."""
    adjustable = item.adjustable_quantity
    quantity = item.quantity or 0
    if adjustable is None or not adjustable.enabled:
        return quantity, quantity
    least = 0 if adjustable.minimum is None else adjustable.minimum
    return least, 99 if adjustable.maximum is None else adjustable.maximum


# What it becomes ----------------------------------------------------------------------------------------------


def completed(
    session: CheckoutSession,
    *,
    payment_status: PaymentStatus,
    customer: str | None,
    details: CustomerDetails | None,
    shipping: ShippingDetails | None,
) -> CheckoutSession:
    """The customer is done: the page shows nothing any more but that."""
    collected = session.collected_information or CollectedInformation()
    return replace(
        session,
        status=follow(session, "completed"),
        payment_status=payment_status,
        customer=customer,
        customer_details=details if details is not None else session.customer_details,
        collected_information=replace(collected, shipping_details=shipping or collected.shipping_details),
        url=None,
    )


def expired(session: CheckoutSession, *, now: int, recovery_url: str) -> CheckoutSession:
    """Time is up, or the merchant ended it; `recovery_url` is the way back, where one is offered."""
    after = session.after_expiration
    if after is not None and after.recovery is not None and after.recovery.enabled:
        recovery = replace(after.recovery, expires_at=now + RECOVERY_S, url=recovery_url)
        after = AfterExpiration(recovery=recovery)
    return replace(session, status=follow(session, "expired"), after_expiration=after, url=None)


def recovery_of(session: CheckoutSession, now: int) -> Recovery | None:
    """The way back to an expired session, while it is open."""
    after = session.after_expiration
    recovery = None if after is None else after.recovery
    if session.status != "expired" or recovery is None or recovery.expires_at is None or now >= recovery.expires_at:
        return None
    return recovery


def return_address(session: CheckoutSession) -> str | None:
    """Where the customer goes when they are done, with the session's id in the place that the merchant gave it."""
    url = session.success_url
    if url is None and not isinstance(session.return_url, UnsetType):
        url = session.return_url
    return None if url is None else url.replace(PLACEHOLDER, session.id)
