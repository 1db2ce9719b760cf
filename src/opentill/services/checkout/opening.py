"""How a session begins: its id and address, its SetupIntent, and what the page knows of the customer already."""

from msgspec.structs import replace

from opentill.domain import checkout
from opentill.domain.ids import random_token
from opentill.domain.objects.checkout_session import CheckoutSession, CustomerDetails
from opentill.requests.setup_intents import CreateSetupIntent
from opentill.services import setup_intents
from opentill.services.checkout.completion import StoredSession
from opentill.services.kinds import CHECKOUT_SESSIONS, CUSTOMERS, SETUP_INTENTS
from opentill.services.operation import Operation
from opentill.services.records import CheckoutSessionHidden

# The id opens the page to whoever knows it; this much of it is random.
_ID_RANDOM = 34


def new_id(op: Operation) -> str:
    """An id that nobody can guess."""
    mode = "live" if op.caller.livemode else "test"
    return op.new_id(f"cs_{mode}") + random_token(_ID_RANDOM)


def address(op: Operation, id: str) -> str:
    """Where the page of a session is."""
    return f"{op.system.base_url}/c/pay/{id}"


async def opened(
    op: Operation,
    session: CheckoutSession,
    hidden: CheckoutSessionHidden,
    *,
    expires_at: int | None = None,
    setup: CreateSetupIntent | None = None,
) -> StoredSession:
    """Record a new session that is `session` but for what belongs to its beginning.

    `setup` are the parameters of its SetupIntent; those of an earlier one, in a session that goes on with it.
    """
    id = new_id(op)
    customer = None if session.customer is None else await op.find(CUSTOMERS, session.customer)
    email = session.customer_email or (None if customer is None else customer.value.email)
    session = replace(
        session,
        id=id,
        created=op.now,
        customer_details=None if email is None else CustomerDetails(email=email, tax_exempt="none", tax_ids=None),
        expires_at=op.now + checkout.LIFETIME_S if expires_at is None else expires_at,
        url=address(op, id),
    )
    if session.mode == "setup":
        session = replace(session, setup_intent=await _setup_intent(op, session, setup))
    return op.create(CHECKOUT_SESSIONS, session, hidden)


async def _setup_intent(op: Operation, session: CheckoutSession, params: CreateSetupIntent | None) -> str:
    if params is None:
        earlier = (await op.get(SETUP_INTENTS, session.setup_intent or "")).value
        given = {
            name: value for name in ("customer", "description", "on_behalf_of") if (value := getattr(earlier, name))
        }
        params = CreateSetupIntent(
            **given, metadata=earlier.metadata or {}, payment_method_types=earlier.payment_method_types
        )
    stored = await setup_intents.made(op, params)
    return op.update(stored, stored.value, replace(stored.hidden, checkout_session=session.id)).id
