"""Payment methods as payments use them: found, made from a test id or a typed card, and checked."""

from typing import Literal, Protocol

from msgspec import UnsetType
from msgspec.structs import replace

from opentill.domain import cards
from opentill.domain.errors import CardDeclined, InvalidRequest
from opentill.domain.objects.customer import Customer
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.payment_method import (
    AllowRedisplay,
    Card,
    GeneratedFrom,
    GeneratedFromDetails,
    PaymentMethod,
    ThreeDSecureUsage,
)
from opentill.domain.objects.shared import BillingDetails, CardChecks, CardNetworks, Metadata
from opentill.ports.store import Stored
from opentill.requests.payment_intents import PaymentMethodData
from opentill.services.kinds import CARDS, CUSTOMERS, PAYMENT_METHODS
from opentill.services.operation import Operation
from opentill.services.parameters import billing_details_of
from opentill.services.records import CustomerHidden, PaymentMethodHidden

StoredMethod = Stored[PaymentMethod, PaymentMethodHidden]
StoredCustomer = Stored[Customer, CustomerHidden]


async def seal(op: Operation, card: cards.ClearCard) -> str:
    """Put a card into the vault, with the changes of this operation; the token that stands for it."""
    token = op.new_id("card")
    op.create(CARDS, await op.system.vault.seal(op.caller.account, token, card), None)
    return token


def token_of(method: StoredMethod) -> str:
    """The vault's token for the card of a payment method. Raises CardDeclined if there is none."""
    if method.hidden.card is None:
        raise CardDeclined("Your card cannot be charged.", code="card_declined", decline_code="card_not_supported")
    return method.hidden.card


async def clear_card(op: Operation, token: str) -> cards.ClearCard:
    """The card behind a token, in clear: for the call to the acquirer and for nothing else."""
    sealed = await op.get(CARDS, token)
    return await op.system.vault.open(op.caller.account, sealed.value)


async def forget_verification(op: Operation, token: str | None) -> None:
    """Verification code and PIN have served: they are not kept after the authorization (PCI DSS 3.3.1)."""
    sealed = None if token is None else await op.find(CARDS, token)
    if sealed is not None and sealed.value.verifies:
        op.update(sealed, op.system.vault.forget_verification(sealed.value), None)


async def make_card(
    op: Operation,
    card: cards.ClearCard,
    *,
    billing_details: BillingDetails | None = None,
    metadata: Metadata | None = None,
    allow_redisplay: AllowRedisplay = "unspecified",
    generated_from: GeneratedFrom | None = None,
) -> StoredMethod:
    """A new PaymentMethod of type card; the number goes into the vault, what may be shown onto the object."""
    token = await seal(op, card)
    details = cards.details(card.number)
    billing = billing_details or BillingDetails()
    address = billing.address
    checks = CardChecks(
        address_line1_check="unchecked" if address is not None and address.line1 else None,
        address_postal_code_check="unchecked" if address is not None and address.postal_code else None,
        cvc_check="unchecked" if card.verification else None,
    )
    payment_method = PaymentMethod(
        id=op.new_id("pm"),
        allow_redisplay=allow_redisplay,
        billing_details=billing,
        card=Card(
            brand=details.brand,
            checks=checks,
            country=details.country,
            display_brand=details.display_brand,
            exp_month=card.exp_month,
            exp_year=card.exp_year,
            fingerprint=op.system.vault.fingerprint(op.caller.account, card.number),
            funding=details.funding,
            generated_from=generated_from,
            last4=details.last4,
            networks=CardNetworks(available=list(details.networks)),
            regulated_status=details.regulated_status,
            three_d_secure_usage=ThreeDSecureUsage(supported=details.three_d_secure),
        ),
        created=op.now,
        livemode=op.caller.livemode,
        metadata=metadata or {},
        type="card",
    )
    return op.create(PAYMENT_METHODS, payment_method, PaymentMethodHidden(card=token))


def checked(method: PaymentMethod, known: cards.TestCard | None) -> PaymentMethod:
    """The payment method with the issuer's answers on what was not checked before; a test card says what they are."""
    if isinstance(method.card, UnsetType) or method.card.checks is None or known is None:
        return method
    checks = method.card.checks
    answers = replace(
        checks,
        address_line1_check=known.line1_check
        if checks.address_line1_check == "unchecked"
        else checks.address_line1_check,
        address_postal_code_check=known.postal_code_check
        if checks.address_postal_code_check == "unchecked"
        else checks.address_postal_code_check,
        cvc_check=known.cvc_check if checks.cvc_check == "unchecked" else checks.cvc_check,
    )
    return method if answers == checks else replace(method, card=replace(method.card, checks=answers))


async def find(op: Operation, id: str, *, param: str = "payment_method", in_path: bool = False) -> StoredMethod:
    """The payment method `id`; a test id such as `pm_card_visa` becomes a fresh one each time, in test mode."""
    if not op.caller.livemode and (test_card := cards.magic_payment_method(id)) is not None:
        return await make_card(op, cards.clear(test_card, op.now))
    return await op.get(PAYMENT_METHODS, id, param=param, in_path=in_path)


class NamesMethod(Protocol):
    """Parameters that may name a payment method, or bring the data of a new one."""

    @property
    def payment_method(self) -> str | None | UnsetType: ...
    @property
    def payment_method_data(self) -> PaymentMethodData | UnsetType: ...


async def explicit(op: Operation, params: NamesMethod) -> StoredMethod | None:
    """The payment method that a request names or types in, if it does."""
    if not isinstance(params.payment_method_data, UnsetType):
        return await typed_card(op, params.payment_method_data)
    if isinstance(params.payment_method, str):
        return await find(op, params.payment_method)
    return None


async def existing_customer(op: Operation, id: str, *, in_path: bool = False) -> StoredCustomer:
    """The customer `id`. Raises ResourceMissing, also for one that was deleted."""
    customer = await op.get(CUSTOMERS, id, in_path=in_path, param="id" if in_path else "customer")
    if customer.hidden.deleted:
        raise op.missing(CUSTOMERS, id, in_path=in_path, param="id" if in_path else "customer")
    return customer


async def typed_card(op: Operation, data: PaymentMethodData) -> StoredMethod:
    """A payment method from card data in a request: a number, or a test token such as `tok_visa`.

    Raises CardDeclined for a number, date or code that is not valid, InvalidRequest for one that is missing.
    """
    raw = data.card
    if isinstance(raw, UnsetType):
        raise InvalidRequest("Missing required param: card.", code="parameter_missing", param="card")
    if not isinstance(raw.token, UnsetType):
        test_card = None if op.caller.livemode else cards.magic_token(raw.token)
        if test_card is None:
            raise InvalidRequest(f"No such token: '{raw.token}'", code="resource_missing", param="card[token]")
        card = cards.clear(test_card, op.now)
    else:
        number, month, year = raw.number, raw.exp_month, raw.exp_year
        if isinstance(number, UnsetType):
            raise _missing("number")
        if isinstance(month, UnsetType):
            raise _missing("exp_month")
        if isinstance(year, UnsetType):
            raise _missing("exp_year")
        cvc = None if isinstance(raw.cvc, UnsetType) else raw.cvc
        card = cards.validate(number, month, year, cvc, op.now, livemode=op.caller.livemode)
    return await make_card(
        op,
        card,
        billing_details=billing_details_of(data.billing_details),
        metadata=None if isinstance(data.metadata, UnsetType) else data.metadata,
        allow_redisplay="unspecified" if isinstance(data.allow_redisplay, UnsetType) else data.allow_redisplay,
    )


def _missing(name: str) -> InvalidRequest:
    return InvalidRequest(f"Missing required param: card[{name}].", code="parameter_missing", param=f"card[{name}]")


def check_usable(intent: PaymentIntent, method: StoredMethod) -> None:
    """Raises InvalidRequest unless the payment method can pay this intent."""
    payment_method = method.value
    if payment_method.type not in intent.payment_method_types:
        types = ", ".join(intent.payment_method_types)
        raise InvalidRequest(
            f"The PaymentMethod provided ({payment_method.type}) is not allowed for this PaymentIntent. Please attach "
            f"a PaymentMethod of one of the following types: {types}.",
            code="payment_intent_incompatible_payment_method",
            param="payment_method",
        )
    check_unused(method)
    owner = payment_method.customer
    if owner is not None and intent.customer is None:
        raise InvalidRequest(
            f"The `payment_method` parameter supplied {payment_method.id} belongs to the Customer {owner}. Please "
            "include the Customer in the `customer` parameter on the PaymentIntent.",
            code="parameter_missing",
            param="source",
        )
    check_owner(method, intent.customer)


def check_unused(method: StoredMethod) -> None:
    """Raises InvalidRequest for a payment method that was good for one use, and for one that was detached."""
    if method.hidden.consumed:
        raise InvalidRequest(
            "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, shared "
            "with a connected account without Customer attachment, or was detached from a Customer. It may not be used "
            "again. To use a PaymentMethod multiple times, you must attach it to a Customer first.",
            code="payment_method_unexpected_state",
            param="payment_method",
        )


def check_owner(method: StoredMethod, customer: str | None) -> None:
    """Raises InvalidRequest for a payment method of another customer."""
    if method.value.customer not in (None, customer):
        raise InvalidRequest(
            f"The PaymentMethod {method.id} does not belong to the Customer you supplied {customer}. Please use this "
            "PaymentMethod with the Customer that it belongs to instead.",
            param="payment_method",
        )


def check_attachable(method: StoredMethod) -> None:
    """Raises InvalidRequest unless the payment method can be saved with a customer."""
    if method.value.type != "card":
        raise InvalidRequest(
            f"The payment method you provided is of type {method.value.type}, which cannot be attached to a customer. "
            "Attach the `generated_card` that was made from it instead.",
            code="payment_method_unexpected_state",
            param="payment_method",
        )
    if method.value.customer is not None:
        raise InvalidRequest("The payment method you provided has already been attached to a customer.")
    if method.hidden.consumed:
        raise InvalidRequest(
            "This PaymentMethod was previously used without being attached to a Customer or was detached from a "
            "Customer, and may not be used again."
        )


def attach(
    op: Operation,
    method: StoredMethod,
    customer: StoredCustomer,
    saved_for: Literal["on_session", "off_session"] | None = None,
) -> StoredMethod:
    """Save the payment method with a customer.

    The customer is written too, unchanged: so that whoever deletes it at the same time looks again at what it has.
    """
    op.update(customer, customer.value, customer.hidden)
    attached = op.update(
        method,
        replace(method.value, customer=customer.id),
        replace(method.hidden, saved_for=saved_for or method.hidden.saved_for),
    )
    op.emit("payment_method.attached", attached.value)
    return attached


async def generate(
    op: Operation,
    read: StoredMethod,
    *,
    allow_redisplay: AllowRedisplay,
    charge: str | None = None,
    setup_attempt: str | None = None,
) -> StoredMethod:
    """A card to be saved, made from one that a reader read for a payment or a setup."""
    card = await clear_card(op, token_of(read))
    reading = read.hidden.read
    details = None if reading is None else GeneratedFromDetails(card_present=reading.card_present, type=reading.type)
    return await make_card(
        op,
        replace(card, verification=None, pin=None),
        allow_redisplay=allow_redisplay,
        generated_from=GeneratedFrom(charge=charge, payment_method_details=details, setup_attempt=setup_attempt),
    )
