"""The operations of PaymentIntents: create, retrieve, update, confirm, cancel, list and search."""

from typing import Any, Literal

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from opentill.domain import money, payment_intents
from opentill.domain.connect import check_application_fee
from opentill.domain.errors import Forbidden, InvalidRequest
from opentill.domain.ids import random_token
from opentill.domain.objects.payment_intent import (
    AutomaticPaymentMethods,
    CardOptions,
    CardPresentOptions,
    CardPresentRouting,
    PaymentIntent,
    PaymentMethodOptions,
)
from opentill.domain.versions import at_least
from opentill.requests import params as wire
from opentill.requests import payment_intents as requests
from opentill.services import advices, authorization, challenges, confirmation, payment_cards
from opentill.services.accounts import check_connected
from opentill.services.authorization import StoredIntent
from opentill.services.client_secrets import check_client_secret
from opentill.services.kinds import ATTEMPTS, CHARGES, PAYMENT_INTENTS
from opentill.services.listing import Listing, SearchResult, created, equals, listing, searching
from opentill.services.operation import Operation
from opentill.services.parameters import given, kept, merged, shipping_of
from opentill.services.payment_cards import existing_customer
from opentill.services.payment_method_types import compatible_types, known_types, method_types
from opentill.services.records import PaymentIntentHidden

# What bears on the confirmation, and can change only before it.
BEFORE_CONFIRMATION = (
    "amount",
    "currency",
    "customer",
    "payment_method",
    "payment_method_data",
    "setup_future_usage",
    "capture_method",
    "payment_method_options",
    "payment_method_types",
    "allowed_payment_method_types",
)


# Create and update ----------------------------------------------------------------------------------------------


async def create(op: Operation, params: requests.CreatePaymentIntent) -> PaymentIntent:
    """Creates a PaymentIntent object.

    With `confirm=true` it is confirmed at once, and a decline leaves the intent behind to be tried again.
    """
    intent = await drafted(op, params)
    method = await payment_cards.explicit(op, params)
    if method is not None:
        payment_cards.check_usable(intent, method)
        intent = payment_intents.with_payment_method(intent, method.id)
    stored = op.create(PAYMENT_INTENTS, intent, PaymentIntentHidden())
    op.emit("payment_intent.created", intent)
    if params.confirm is not True:
        return await op.commit(intent)
    if method is None:
        raise payment_intents.missing_payment_method(intent)
    return await confirmation.confirm_with(op, stored, method, params)


async def drafted(op: Operation, params: requests.CreatePaymentIntent) -> PaymentIntent:
    """A new PaymentIntent, without a payment method, that is not recorded yet. Raises InvalidRequest."""
    money.check_amount(params.amount, params.currency)
    if isinstance(params.on_behalf_of, str):
        await check_connected(op, params.on_behalf_of, param="on_behalf_of")
    if params.confirm is not True:
        for name in ("error_on_requires_action", "off_session", "return_url"):
            if getattr(params, name) is not UNSET:
                raise InvalidRequest(
                    f"You cannot provide `{name}` without setting `confirm` to `true`.",
                    code="payment_intent_invalid_parameter",
                    param=name,
                )
    if isinstance(params.customer, str):
        await existing_customer(op, params.customer)
    types, allowed, dynamic = method_types(
        "PaymentIntent",
        op.caller.api_version,
        types=params.payment_method_types,
        allowed=params.allowed_payment_method_types,
        automatic=params.automatic_payment_methods,
    )
    id = op.new_id("pi")
    intent = PaymentIntent(
        id=id,
        allowed_payment_method_types=allowed,
        amount=params.amount,
        application=op.caller.application,
        application_fee_amount=_application_fee(op, params.application_fee_amount, params.amount),
        automatic_payment_methods=None
        if dynamic is None
        else AutomaticPaymentMethods(allow_redirects=dynamic, enabled=True),
        capture_method=params.capture_method
        if not isinstance(params.capture_method, UnsetType)
        else ("automatic_async" if at_least(op.caller.api_version, "2024-04-10") else "automatic"),
        client_secret=f"{id}_secret_{random_token(25)}",
        confirmation_method=given(params.confirmation_method) or "automatic",
        created=op.now,
        currency=params.currency,
        customer=given(params.customer),
        description=given(params.description),
        excluded_payment_method_types=given(params.excluded_payment_method_types),
        livemode=op.caller.livemode,
        metadata=merged({}, params.metadata),
        on_behalf_of=given(params.on_behalf_of),
        payment_method_options=_options(types, None, params.payment_method_options),
        payment_method_types=types,
        receipt_email=given(params.receipt_email),
        setup_future_usage=given(params.setup_future_usage),
        shipping=shipping_of(given(params.shipping)),
        statement_descriptor=given(params.statement_descriptor),
        statement_descriptor_suffix=given(params.statement_descriptor_suffix),
        status="requires_payment_method",
        transfer_group=given(params.transfer_group),
    )
    check_descriptor(intent)
    return intent


async def update(op: Operation, id: str, params: requests.UpdatePaymentIntent) -> PaymentIntent:
    """Updates properties on a PaymentIntent object without confirming."""
    stored = await op.get(PAYMENT_INTENTS, id, in_path=True)
    authorization.check_unlocked(stored)
    intent = stored.value
    for name in BEFORE_CONFIRMATION:
        if getattr(params, name) is not UNSET:
            _check_own(stored, "update")
            payment_intents.check_updatable(intent, name)
    currency = given(params.currency) or intent.currency
    amount = intent.amount
    if params.amount is not UNSET or params.currency is not UNSET:
        amount = money.check_amount(amount if isinstance(params.amount, UnsetType) else params.amount, currency)
    if isinstance(params.customer, str):
        await existing_customer(op, params.customer)
        if intent.customer is not None and intent.customer != params.customer:
            raise InvalidRequest(
                "You cannot modify `customer` on a PaymentIntent once it already has been set. To fulfill a payment "
                "with a different Customer, cancel this PaymentIntent and create a new one.",
                param="customer",
            )
        intent = replace(intent, customer=params.customer)
    if not isinstance(params.payment_method_types, UnsetType):
        intent = replace(
            intent,
            payment_method_types=known_types("PaymentIntent", params.payment_method_types),
            automatic_payment_methods=None,
        )
    if not isinstance(params.allowed_payment_method_types, UnsetType):
        allowed = params.allowed_payment_method_types
        intent = replace(
            intent,
            allowed_payment_method_types=allowed,
            payment_method_types=compatible_types("PaymentIntent", allowed),
        )
    intent = replace(
        intent,
        amount=amount,
        application_fee_amount=_application_fee(
            op, kept(params.application_fee_amount, intent.application_fee_amount), amount, intent
        ),
        capture_method=given(params.capture_method) or intent.capture_method,
        currency=currency,
        description=intent.description if isinstance(params.description, UnsetType) else params.description,
        last_payment_error=None,
        metadata=merged(intent.metadata, params.metadata),
        payment_method_options=_options(
            intent.payment_method_types, intent.payment_method_options, params.payment_method_options
        ),
        receipt_email=intent.receipt_email if isinstance(params.receipt_email, UnsetType) else params.receipt_email,
        setup_future_usage=intent.setup_future_usage
        if isinstance(params.setup_future_usage, UnsetType)
        else params.setup_future_usage,
        shipping=intent.shipping if isinstance(params.shipping, UnsetType) else shipping_of(params.shipping),
        statement_descriptor=intent.statement_descriptor
        if isinstance(params.statement_descriptor, UnsetType)
        else params.statement_descriptor,
        statement_descriptor_suffix=intent.statement_descriptor_suffix
        if isinstance(params.statement_descriptor_suffix, UnsetType)
        else params.statement_descriptor_suffix,
        transfer_group=intent.transfer_group if isinstance(params.transfer_group, UnsetType) else params.transfer_group,
    )
    check_descriptor(intent)
    if params.payment_method is None:
        intent = payment_intents.with_payment_method(intent, None)
    elif (method := await payment_cards.explicit(op, params)) is not None:
        payment_cards.check_usable(intent, method)
        intent = payment_intents.with_payment_method(intent, method.id)
    elif intent.status == "requires_action" and (amount, currency) != (stored.value.amount, stored.value.currency):
        # What the customer is asked to agree to is no longer what they would pay: confirming asks them anew.
        intent = payment_intents.with_payment_method(intent, intent.payment_method)
    if intent.status != stored.value.status:
        await challenges.end(op, stored.hidden.challenge)
    op.update(stored, intent, stored.hidden)
    return await op.commit(intent)


# Retrieve, list, search -----------------------------------------------------------------------------------------


async def retrieve(op: Operation, id: str, params: requests.RetrievePaymentIntent) -> PaymentIntent:
    """Retrieves the details of a PaymentIntent that has previously been created."""
    stored = await op.get(PAYMENT_INTENTS, id, in_path=True)
    check_client_secret(op, params.client_secret, stored.value.client_secret, "PaymentIntent")
    return stored.value


async def list_all(op: Operation, params: requests.ListPaymentIntents) -> Listing[PaymentIntent]:
    """Returns a list of PaymentIntents, newest first."""
    return await listing(op, PAYMENT_INTENTS, params, [*created(params.created), *equals(customer=params.customer)])


async def search(op: Operation, params: wire.SearchParams) -> SearchResult[PaymentIntent]:
    """Search for PaymentIntents you've previously created using the search query language."""
    return await searching(op, PAYMENT_INTENTS, params, "payment_intents")


# Confirm --------------------------------------------------------------------------------------------------------


async def confirm(op: Operation, id: str, params: requests.ConfirmPaymentIntent) -> PaymentIntent:
    """Confirm that your customer intends to pay with current or provided payment method."""
    stored = await op.get_to_pay(id)
    check_client_secret(op, params.client_secret, stored.value.client_secret, "PaymentIntent")
    if op.caller.key == "publishable":
        for name in ("off_session", "error_on_requires_action", "application_fee_amount", "amount_to_confirm"):
            if getattr(params, name) is not UNSET:
                raise Forbidden(
                    f"The parameter `{name}` can only be used with a secret API key.",
                    code="secret_key_required",
                    param=name,
                )
        if stored.value.confirmation_method == "manual":
            raise Forbidden(
                "PaymentIntents with `confirmation_method=manual` must be confirmed with a secret API key.",
                code="secret_key_required",
            )
    _check_own(stored, "confirm")
    authorization.check_unlocked(stored)
    intent = stored.value
    explicit = params.payment_method is not UNSET or params.payment_method_data is not UNSET
    payment_intents.check_confirmable(intent, new_payment_method=explicit)
    if not isinstance(params.amount_to_confirm, UnsetType) and params.amount_to_confirm != intent.amount:
        raise InvalidRequest(
            f"The amount_to_confirm ({params.amount_to_confirm}) does not match the amount of the PaymentIntent "
            f"({intent.amount}).",
            code="payment_intent_invalid_parameter",
            param="amount_to_confirm",
        )
    if not isinstance(params.payment_method_types, UnsetType):
        intent = replace(intent, payment_method_types=known_types("PaymentIntent", params.payment_method_types))
    intent = replace(
        intent,
        application_fee_amount=intent.application_fee_amount
        if isinstance(params.application_fee_amount, UnsetType)
        else _application_fee(op, params.application_fee_amount, intent.amount, intent),
        capture_method=given(params.capture_method) or intent.capture_method,
        payment_method_options=_options(
            intent.payment_method_types, intent.payment_method_options, params.payment_method_options
        ),
        receipt_email=intent.receipt_email if isinstance(params.receipt_email, UnsetType) else params.receipt_email,
        setup_future_usage=intent.setup_future_usage
        if isinstance(params.setup_future_usage, UnsetType)
        else params.setup_future_usage,
        shipping=intent.shipping if isinstance(params.shipping, UnsetType) else shipping_of(params.shipping),
    )
    method = await confirmation.chosen_method(op, stored, params)
    if method is None:
        raise payment_intents.missing_payment_method(intent)
    if intent != stored.value:
        stored = op.update(stored, intent, stored.hidden)
    return await confirmation.confirm_with(op, stored, method, params)


# Cancel ---------------------------------------------------------------------------------------------------------


async def cancel(op: Operation, id: str, params: requests.CancelPaymentIntent) -> PaymentIntent:
    """Cancel a PaymentIntent that is not over.

    Possible in requires_payment_method, requires_capture, requires_confirmation, requires_action and, in rare cases,
    processing. A hold is released.
    """
    stored = await op.get(PAYMENT_INTENTS, id, in_path=True)
    payment_intents.check_cancelable(stored.value)
    if stored.value.status != "requires_capture":
        _check_own(stored, "cancel")
    authorization.check_unlocked(stored)
    return await op.commit(await release(op, stored, given(params.cancellation_reason)))


def _check_own(stored: StoredIntent, verb: Literal["cancel", "confirm", "update"]) -> None:
    """Raises InvalidRequest for an intent that a Checkout Session made: the session alone deals with it."""
    if stored.hidden.checkout_session is not None:
        raise payment_intents.unexpected_state(
            stored.value,
            f"You cannot {verb} this PaymentIntent because it was created by a Checkout Session. Expire the Checkout "
            "Session instead.",
        )


async def release(op: Operation, stored: StoredIntent, reason: Any) -> PaymentIntent:
    """Record the end of an intent, and the release of whatever it holds at the acquirer."""
    intent = stored.value
    hidden = stored.hidden
    if hidden.unknown_attempt is not None:
        authorization.give_up(op, stored, await op.get(ATTEMPTS, hidden.unknown_attempt))
    if intent.status == "requires_capture" and intent.latest_charge is not None:
        charge = await op.get(CHARGES, intent.latest_charge)
        op.update(charge, charge.value, replace(charge.hidden, capture_before=None))
        advices.advise(
            op,
            "reverse",
            charge.hidden.authorization,
            amount=intent.amount_capturable,
            currency=intent.currency,
            payment_intent=intent.id,
            charge=charge.id,
        )
    await challenges.end(op, hidden.challenge)
    over = payment_intents.canceled(intent, reason, now=op.now)
    op.update(stored, over, replace(hidden, unknown_attempt=None, open_attempt=None))
    op.emit("payment_intent.canceled", over)
    return over


# Rules of the parameters ----------------------------------------------------------------------------------------


def _options(
    types: list[str], before: PaymentMethodOptions | None, params: requests.PaymentMethodOptions | UnsetType
) -> PaymentMethodOptions:
    """Options by type: the defaults of every type the intent takes, then what was there, then what is given."""
    card: Any = UNSET
    present: Any = UNSET
    interac: Any = UNSET
    if "card" in types:
        card = before.card if before is not None and before.card is not UNSET else CardOptions()
    if "card_present" in types:
        present = (
            before.card_present
            if before is not None and before.card_present is not UNSET
            else CardPresentOptions(
                request_extended_authorization=False, request_incremental_authorization_support=False
            )
        )
    if "interac_present" in types:
        interac = {}
    if not isinstance(params, UnsetType):
        if isinstance(params.card, requests.CardOptions):
            card = _card_options(card if isinstance(card, CardOptions) else CardOptions(), params.card)
        if isinstance(params.card_present, requests.CardPresentOptions):
            present = _present_options(
                present if isinstance(present, CardPresentOptions) else CardPresentOptions(), params.card_present
            )
    return PaymentMethodOptions(card=card, card_present=present, interac_present=interac)


def _card_options(before: CardOptions, params: requests.CardOptions) -> CardOptions:
    changes: dict[str, Any] = {}
    for name in requests.CardOptions.__struct_fields__:
        value = getattr(params, name)
        if value is UNSET or name in ("cvc_token", "moto"):
            continue
        changes[name] = UNSET if value in ("", None) else value
    return replace(before, **changes)


def _present_options(before: CardPresentOptions, params: requests.CardPresentOptions) -> CardPresentOptions:
    changes: dict[str, Any] = {}
    for name in ("capture_method", "request_extended_authorization", "request_incremental_authorization_support"):
        value = getattr(params, name)
        if value is not UNSET:
            changes[name] = UNSET if value == "" else value
    if not isinstance(params.routing, UnsetType):
        changes["routing"] = CardPresentRouting(requested_priority=given(params.routing.requested_priority))
    return replace(before, **changes)


def _application_fee(
    op: Operation, fee: int | None | UnsetType, amount: int, intent: PaymentIntent | None = None
) -> int | None:
    """The platform's fee of a payment of `amount`; None if it is to take none. Raises InvalidRequest."""
    if isinstance(fee, UnsetType) or fee is None:
        return None
    direct = op.caller.application is not None or (intent is not None and intent.application is not None)
    return check_application_fee(fee, amount, possible=direct)


def check_descriptor(intent: PaymentIntent) -> None:
    r"""What stands on a statement: no more than 22 characters, a letter among them, none of < > \\ ' " *."""
    if intent.statement_descriptor is not None and "card" in intent.payment_method_types:
        raise InvalidRequest(
            "The `statement_descriptor` parameter is not supported for the `card` payment method type. Use the "
            "`statement_descriptor_suffix` parameter instead.",
            code="payment_intent_invalid_parameter",
            param="statement_descriptor",
        )
    for name in ("statement_descriptor", "statement_descriptor_suffix"):
        text: str | None = getattr(intent, name)
        if text is None:
            continue
        if any(character in "<>\\'\"*" for character in text):
            raise InvalidRequest("The statement descriptor must not contain any of < > \\ ' \" *.", param=name)
        if not any(character.isalpha() for character in text):
            raise InvalidRequest("The statement descriptor must contain at least one letter.", param=name)
