"""The operations of PaymentMethods: create, retrieve, update, list, attach to a customer and detach."""

from msgspec import UnsetType
from msgspec.structs import replace

from opentill.domain import cards
from opentill.domain.differences import previous_attributes
from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.payment_method import Card, PaymentMethod
from opentill.requests import payment_methods as requests
from opentill.requests.params import Params
from opentill.services import payment_cards, verification
from opentill.services.kinds import CARDS, CUSTOMERS, PAYMENT_METHODS
from opentill.services.listing import Listing, equals, listing
from opentill.services.operation import Operation
from opentill.services.parameters import billing_details_of, kept, merged
from opentill.services.payment_cards import StoredCustomer, StoredMethod, existing_customer


async def create(op: Operation, params: requests.CreatePaymentMethod) -> PaymentMethod:
    """Creates a PaymentMethod object. The card's number goes to the vault and is not shown again."""
    method = await payment_cards.typed_card(op, params)
    return await op.commit(method.value)


async def retrieve(op: Operation, id: str, _: Params) -> PaymentMethod:
    """Retrieves a PaymentMethod object; a test id such as `pm_card_visa` gives a new one."""
    method = await payment_cards.find(op, id, in_path=True)
    if method.id != id:
        return await op.commit(method.value)
    return method.value


async def update(op: Operation, id: str, params: requests.UpdatePaymentMethod) -> PaymentMethod:
    """Updates a PaymentMethod object. A PaymentMethod must be attached to a customer to be updated."""
    stored = await op.get(PAYMENT_METHODS, id, in_path=True)
    before = stored.value
    if before.customer is None:
        raise InvalidRequest("You must save this PaymentMethod to a customer before you can update it.")
    after = replace(
        before,
        allow_redisplay=kept(params.allow_redisplay, before.allow_redisplay),
        billing_details=billing_details_of(params.billing_details, before.billing_details),
        metadata=merged(before.metadata, params.metadata),
    )
    if not isinstance(params.card, UnsetType) and not isinstance(after.card, UnsetType):
        after = replace(after, card=await _renewed(op, stored, after.card, params.card))
    if changed := previous_attributes(before, after):
        op.update(stored, after, stored.hidden)
        op.emit("payment_method.updated", after, changed)
    return await op.commit(after)


async def _renewed(op: Operation, method: StoredMethod, shown: Card, dates: requests.CardDates) -> Card:
    """The card with another date of expiry, here and in the vault. Raises CardDeclined for a date that is not valid."""
    token = payment_cards.token_of(method)
    card = await payment_cards.clear_card(op, token)
    month, year = kept(dates.exp_month, card.exp_month), kept(dates.exp_year, card.exp_year)
    valid = cards.validate(card.number, month, year, card.verification, op.now, livemode=op.caller.livemode)
    sealed = await op.get(CARDS, token)
    op.update(sealed, await op.system.vault.seal(op.caller.account, token, valid), None)
    return replace(shown, exp_month=valid.exp_month, exp_year=valid.exp_year)


# Lists ----------------------------------------------------------------------------------------------------------


async def list_all(op: Operation, params: requests.ListPaymentMethods) -> Listing[PaymentMethod]:
    """Returns a list of PaymentMethods, newest first."""
    if isinstance(params.customer, str):
        await existing_customer(op, params.customer)
    conditions = equals(customer=params.customer, type=params.type, allow_redisplay=params.allow_redisplay)
    return await listing(op, PAYMENT_METHODS, params, conditions)


async def list_of_customer(op: Operation, customer: str, params: requests.ListOfCustomer) -> Listing[PaymentMethod]:
    """Returns a list of PaymentMethods for a given Customer."""
    owner = await existing_customer(op, customer, in_path=True)
    conditions = equals(customer=owner.id, type=params.type, allow_redisplay=params.allow_redisplay)
    return await listing(op, PAYMENT_METHODS, params, conditions)


async def retrieve_of_customer(op: Operation, customer: str, id: str, _: Params) -> PaymentMethod:
    """Retrieves a PaymentMethod object for a given Customer."""
    owner = await existing_customer(op, customer, in_path=True)
    method = await op.get(PAYMENT_METHODS, id, in_path=True)
    if method.value.customer != owner.id:
        raise op.missing(PAYMENT_METHODS, id, in_path=True)
    return method.value


# Attach and detach ----------------------------------------------------------------------------------------------


async def attach(op: Operation, id: str, params: requests.AttachPaymentMethod) -> PaymentMethod:
    """Attaches a PaymentMethod object to a Customer, if its issuer agrees that it is saved."""
    await existing_customer(op, params.customer)
    method = await payment_cards.find(op, id, in_path=True)
    payment_cards.check_attachable(method)

    async def save(verified: StoredMethod) -> PaymentMethod:
        customer = await existing_customer(op, params.customer)
        payment_cards.check_attachable(verified)
        return payment_cards.attach(op, verified, customer).value

    return await verification.once_verified(op, method, save)


async def detach(op: Operation, id: str, _: Params) -> PaymentMethod:
    """Detaches a PaymentMethod object from a Customer.

    After a PaymentMethod is detached, it can no longer be used for a payment or re-attached to a Customer.
    """
    method = await op.get(PAYMENT_METHODS, id, in_path=True)
    if method.value.customer is None:
        raise InvalidRequest(
            "The payment method you provided is not attached to a customer so detachment is impossible."
        )
    customer = await op.find(CUSTOMERS, method.value.customer)
    detached = release(op, method)
    if customer is not None and customer.value.invoice_settings.default_payment_method == id:
        _forget_default(op, customer)
    return await op.commit(detached)


def release(op: Operation, method: StoredMethod) -> PaymentMethod:
    """Record that a payment method belongs to nobody any more, and is good for nothing."""
    detached = replace(method.value, customer=None)
    op.update(method, detached, replace(method.hidden, consumed=True))
    op.emit("payment_method.detached", detached, {"customer": method.value.customer})
    return detached


def _forget_default(op: Operation, customer: StoredCustomer) -> None:
    settings = replace(customer.value.invoice_settings, default_payment_method=None)
    after = replace(customer.value, invoice_settings=settings)
    op.update(customer, after, customer.hidden)
    op.emit("customer.updated", after, previous_attributes(customer.value, after))
