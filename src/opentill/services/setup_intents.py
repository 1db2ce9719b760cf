"""The operations of SetupIntents: create, retrieve, update, confirm, cancel and list."""

from typing import Any, Literal

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from opentill.domain import setup_intents
from opentill.domain.errors import Forbidden, InvalidRequest
from opentill.domain.ids import random_token
from opentill.domain.objects.setup_intent import (
    SetupAutomaticPaymentMethods,
    SetupCardOptions,
    SetupIntent,
    SetupPaymentMethodOptions,
)
from opentill.requests import setup_intents as requests
from opentill.services import payment_cards, setup_confirmation
from opentill.services.accounts import check_connected
from opentill.services.client_secrets import check_client_secret
from opentill.services.kinds import PAYMENT_METHODS, SETUP_INTENTS
from opentill.services.listing import Listing, created, equals, listing
from opentill.services.operation import Operation
from opentill.services.parameters import given, kept, merged
from opentill.services.payment_cards import StoredMethod, existing_customer
from opentill.services.payment_method_types import compatible_types, known_types, method_types
from opentill.services.records import SetupIntentHidden
from opentill.services.setup_confirmation import StoredSetupIntent, check_unlocked, check_usable

# What may still change when the SetupIntent is over.
ALWAYS = frozenset({"description", "metadata"})


# Create and update ----------------------------------------------------------------------------------------------


async def create(op: Operation, params: requests.CreateSetupIntent) -> SetupIntent:
    """Creates a SetupIntent object.

    With `confirm=true` it is confirmed at once, and a decline leaves the intent behind to be tried again.
    """
    confirm = params.confirm is True
    if not confirm and params.return_url is not UNSET:
        raise InvalidRequest(
            "You cannot provide `return_url` without setting `confirm` to `true`.",
            code="setup_intent_invalid_parameter",
            param="return_url",
        )
    stored = await made(op, params)
    intent = stored.value
    if not confirm:
        return await op.commit(intent)
    if intent.payment_method is None:
        raise setup_intents.missing_payment_method(intent)
    method = await op.get(PAYMENT_METHODS, intent.payment_method)
    return await setup_confirmation.confirm_with(op, stored, method, params)


async def made(op: Operation, params: requests.CreateSetupIntent) -> StoredSetupIntent:
    """Record, in `op`, a new SetupIntent, which is not confirmed yet."""
    if isinstance(params.customer, str):
        await existing_customer(op, params.customer)
    if isinstance(params.on_behalf_of, str):
        await check_connected(op, params.on_behalf_of, param="on_behalf_of")
    types, allowed, dynamic = method_types(
        "SetupIntent",
        op.caller.api_version,
        types=params.payment_method_types,
        allowed=params.allowed_payment_method_types,
        automatic=params.automatic_payment_methods,
    )
    id = op.new_id("seti")
    intent = SetupIntent(
        id=id,
        allowed_payment_method_types=allowed,
        automatic_payment_methods=None
        if dynamic is None
        else SetupAutomaticPaymentMethods(allow_redirects=dynamic, enabled=True),
        client_secret=f"{id}_secret_{random_token(31)}",
        created=op.now,
        customer=given(params.customer),
        description=given(params.description),
        excluded_payment_method_types=given(params.excluded_payment_method_types),
        livemode=op.caller.livemode,
        metadata=merged({}, params.metadata),
        on_behalf_of=given(params.on_behalf_of),
        payment_method_options=_options(types, None, params.payment_method_options),
        payment_method_types=types,
        status="requires_payment_method",
        usage=given(params.usage) or "off_session",
    )
    method = await payment_cards.explicit(op, params)
    if method is not None:
        check_usable(intent, method)
        intent = setup_intents.with_payment_method(intent, method.id)
    stored = op.create(SETUP_INTENTS, intent, SetupIntentHidden())
    op.emit("setup_intent.created", intent)
    return stored


async def update(op: Operation, id: str, params: requests.UpdateSetupIntent) -> SetupIntent:
    """Updates a SetupIntent object."""
    stored = await op.get(SETUP_INTENTS, id, in_path=True)
    check_unlocked(stored)
    intent = stored.value
    if any(getattr(params, name) is not UNSET for name in params.__struct_fields__ if name not in ALWAYS):
        _check_own(stored, "update")
        setup_intents.check_updatable(intent)
    if isinstance(params.customer, str):
        intent = await _with_customer(op, intent, params.customer)
    if not isinstance(params.payment_method_types, UnsetType):
        types = known_types("SetupIntent", params.payment_method_types)
        intent = replace(intent, payment_method_types=types, automatic_payment_methods=None)
    intent = replace(
        _with_allowed(intent, params.allowed_payment_method_types),
        description=kept(params.description, intent.description),
        excluded_payment_method_types=kept(params.excluded_payment_method_types, intent.excluded_payment_method_types),
        metadata=merged(intent.metadata, params.metadata),
    )
    options = _options(intent.payment_method_types, intent.payment_method_options, params.payment_method_options)
    intent = replace(intent, payment_method_options=options)
    if params.payment_method is None:
        await setup_confirmation.abandon_open_attempt(op, intent)
        intent = setup_intents.with_payment_method(intent, None)
    elif (method := await payment_cards.explicit(op, params)) is not None:
        check_usable(intent, method)
        await setup_confirmation.abandon_open_attempt(op, intent)
        intent = setup_intents.with_payment_method(intent, method.id)
    op.update(stored, intent, stored.hidden)
    return await op.commit(intent)


async def _with_customer(op: Operation, intent: SetupIntent, customer: str) -> SetupIntent:
    await existing_customer(op, customer)
    if intent.customer not in (None, customer):
        raise InvalidRequest(
            "You cannot modify `customer` on a SetupIntent once it already has been set. To set up a payment method "
            "for a different Customer, cancel this SetupIntent and create a new one.",
            param="customer",
        )
    intent = replace(intent, customer=customer)
    if intent.payment_method is not None:
        check_usable(intent, await op.get(PAYMENT_METHODS, intent.payment_method, param="payment_method"))
    return intent


# Retrieve and list ----------------------------------------------------------------------------------------------


async def retrieve(op: Operation, id: str, params: requests.RetrieveSetupIntent) -> SetupIntent:
    """Retrieves the details of a SetupIntent that has previously been created."""
    stored = await op.get(SETUP_INTENTS, id, in_path=True)
    check_client_secret(op, params.client_secret, stored.value.client_secret, "SetupIntent")
    return stored.value


async def list_all(op: Operation, params: requests.ListSetupIntents) -> Listing[SetupIntent]:
    """Returns a list of SetupIntents, newest first."""
    conditions = [
        *created(params.created),
        *equals(customer=params.customer, payment_method=params.payment_method),
    ]
    return await listing(op, SETUP_INTENTS, params, conditions)


# Confirm and cancel ---------------------------------------------------------------------------------------------


async def confirm(op: Operation, id: str, params: requests.ConfirmSetupIntent) -> SetupIntent:
    """Confirm that your customer intends to set up the current or provided payment method."""
    stored = await op.get(SETUP_INTENTS, id, in_path=True)
    check_client_secret(op, params.client_secret, stored.value.client_secret, "SetupIntent")
    _check_privileges(op, params)
    _check_own(stored, "confirm")
    check_unlocked(stored)
    setup_intents.check_confirmable(stored.value)
    intent = _with_allowed(stored.value, params.allowed_payment_method_types)
    options = _options(intent.payment_method_types, intent.payment_method_options, params.payment_method_options)
    intent = replace(intent, payment_method_options=options)
    method = await _method(op, stored, params)
    if method is None:
        raise setup_intents.missing_payment_method(stored.value)
    if intent != stored.value:
        stored = op.update(stored, intent, stored.hidden)
    return await setup_confirmation.confirm_with(op, stored, method, params)


def _check_privileges(op: Operation, params: requests.ConfirmSetupIntent) -> None:
    """What a page may not decide: that the card came by mail or telephone."""
    options = params.payment_method_options
    if op.caller.key != "publishable" or isinstance(options, UnsetType) or isinstance(options.card, UnsetType):
        return
    if options.card.moto is not UNSET:
        raise Forbidden(
            "The parameter `payment_method_options[card][moto]` can only be used with a secret API key.",
            code="secret_key_required",
            param="payment_method_options[card][moto]",
        )


async def _method(op: Operation, intent: StoredSetupIntent, params: requests.ConfirmSetupIntent) -> StoredMethod | None:
    if (explicit := await payment_cards.explicit(op, params)) is not None:
        return explicit
    if intent.value.payment_method is not None:
        return await op.get(PAYMENT_METHODS, intent.value.payment_method, param="payment_method")
    return None


async def cancel(op: Operation, id: str, params: requests.CancelSetupIntent) -> SetupIntent:
    """Cancel a SetupIntent that is not over.

    Possible in requires_payment_method, requires_confirmation and requires_action.
    """
    stored = await op.get(SETUP_INTENTS, id, in_path=True)
    setup_intents.check_cancelable(stored.value)
    _check_own(stored, "cancel")
    check_unlocked(stored)
    await setup_confirmation.abandon_open_attempt(op, stored.value)
    over = setup_intents.canceled(stored.value, given(params.cancellation_reason))
    op.update(stored, over, stored.hidden)
    op.emit("setup_intent.canceled", over)
    return await op.commit(over)


def _check_own(stored: StoredSetupIntent, verb: Literal["cancel", "confirm", "update"]) -> None:
    """Raises InvalidRequest for an intent that a Checkout Session made: the session alone deals with it."""
    if stored.hidden.checkout_session is not None:
        raise setup_intents.unexpected_state(
            stored.value,
            f"You cannot {verb} this SetupIntent because it was created by a Checkout Session. Expire the Checkout "
            "Session instead.",
        )


# Options --------------------------------------------------------------------------------------------------------


def _with_allowed(intent: SetupIntent, allowed: list[str] | UnsetType) -> SetupIntent:
    if isinstance(allowed, UnsetType):
        return intent
    return replace(
        intent,
        allowed_payment_method_types=allowed,
        payment_method_types=compatible_types("SetupIntent", allowed),
    )


def _options(
    types: list[str],
    before: SetupPaymentMethodOptions | None,
    params: requests.SetupPaymentMethodOptions | UnsetType,
) -> SetupPaymentMethodOptions:
    """Options by type: the defaults of every type the intent takes, then what was there, then what is given."""
    card: Any = UNSET
    if "card" in types:
        card = before.card if before is not None and before.card is not UNSET else SetupCardOptions()
    if not isinstance(params, UnsetType) and not isinstance(params.card, UnsetType):
        changes = {
            name: value
            for name in ("network", "request_three_d_secure", "setup_credential_usage")
            if (value := getattr(params.card, name)) is not UNSET
        }
        card = replace(card if isinstance(card, SetupCardOptions) else SetupCardOptions(), **changes)
    return SetupPaymentMethodOptions(card=card, card_present={} if "card_present" in types else UNSET)
