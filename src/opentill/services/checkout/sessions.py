"""The operations of Checkout Sessions: create, retrieve, list, update, expire, and the list of line items."""

from collections.abc import Sequence
from typing import Any, TypeVar

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from opentill.domain import checkout, money
from opentill.domain.errors import InvalidRequest, ResourceMissing
from opentill.domain.objects.checkout_session import (
    AfterExpiration,
    BrandingSettings,
    CardOptions,
    CheckoutSession,
    CollectedInformation,
    CustomMessage,
    CustomText,
    Enabled,
    InvoiceCreation,
    PaymentMethodOptions,
    Recovery,
    SavedPaymentMethodOptions,
    ShippingAddressCollection,
    ShippingDetails,
    WalletOptions,
    WalletOptionsLink,
)
from opentill.domain.objects.line_item import LineItem
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.versions import at_least
from opentill.ports.store import Condition
from opentill.requests import checkout as requests
from opentill.requests import payment_intents as payment_requests
from opentill.requests.params import ListParams, Params
from opentill.requests.setup_intents import CreateSetupIntent
from opentill.requests.setup_intents import SetupCardOptions as NewSetupCardOptions
from opentill.requests.setup_intents import SetupPaymentMethodOptions as NewSetupOptions
from opentill.services import payment_intents
from opentill.services.accounts import merchant_name, own_account
from opentill.services.checkout import ending, items, opening
from opentill.services.checkout.completion import StoredSession
from opentill.services.kinds import CHECKOUT_SESSIONS
from opentill.services.listing import Listing, created, equals, listing
from opentill.services.operation import Operation
from opentill.services.parameters import address_of, given, kept, merged
from opentill.services.payment_cards import existing_customer
from opentill.services.payment_method_types import compatible_types, known_types
from opentill.services.records import CheckoutSessionHidden

P = TypeVar("P", bound=Params)

# Which parameters only make sense in one mode.
_PAYMENT_ONLY = (
    *("line_items", "payment_intent_data", "submit_type", "shipping_address_collection"),
    *("allow_promotion_codes", "saved_payment_method_options"),
)
_SETUP_ONLY = ("setup_intent_data",)

# Names of the page's kind before 2026-03-25.
_OLDER_PAGES = {"hosted": "hosted_page", "embedded": "embedded_page", "custom": "elements"}


# Create ---------------------------------------------------------------------------------------------------------


async def create(op: Operation, params: requests.CreateSession) -> CheckoutSession:
    """Creates a Checkout Session object, whose `url` is a page on which a customer saves a card or pays."""
    _check_page(op, params)
    _check_mode(params)
    if isinstance(params.customer, str):
        await existing_customer(op, params.customer)
    types, allowed = _types(params)
    expires_at = op.now + checkout.LIFETIME_S
    if not isinstance(params.expires_at, UnsetType):
        expires_at = checkout.check_expires_at(params.expires_at, op.now)
    session = CheckoutSession(
        id="",  # it gets one, and all that goes with it, when it is opened
        created=op.now,
        expires_at=expires_at,
        after_expiration=_after_expiration(params),
        allow_promotion_codes=given(params.allow_promotion_codes),
        allowed_payment_method_types=allowed,
        billing_address_collection=given(params.billing_address_collection),
        branding_settings=BrandingSettings(display_name=merchant_name(await own_account(op))),
        cancel_url=given(params.cancel_url),
        client_reference_id=given(params.client_reference_id),
        currency=given(params.currency),
        custom_text=_custom_text(params.custom_text),
        customer=given(params.customer),
        customer_email=given(params.customer_email),
        customer_creation=_customer_creation(params),
        excluded_payment_method_types=params.excluded_payment_method_types,
        integration_identifier=given(params.integration_identifier),
        livemode=op.caller.livemode,
        locale=given(params.locale),
        metadata=merged({}, params.metadata),
        mode="setup" if params.mode == "setup" else "payment",
        origin_context=given(params.origin_context),
        payment_method_collection="always" if params.mode == "setup" else "if_required",
        payment_method_options=_options(params.payment_method_options),
        payment_method_types=types,
        payment_status="no_payment_required",
        phone_number_collection=Enabled(enabled=_enabled(params.phone_number_collection)),
        saved_payment_method_options=_saved_methods(params),
        shipping_address_collection=_shipping_countries(params),
        status="open",
        submit_type=given(params.submit_type),
        success_url=given(params.success_url),
        wallet_options=_wallets(params.wallet_options),
    )
    data = params.payment_method_data
    hidden = CheckoutSessionHidden(
        allow_redisplay=None if isinstance(data, UnsetType) else given(data.allow_redisplay),
        may_change=_may_change(params),
    )
    if params.mode == "setup":
        opened = await opening.opened(op, session, hidden, expires_at=expires_at, setup=_setup_params(session, params))
        return await op.commit(opened.value)
    lines = await items.made(op, params.line_items if not isinstance(params.line_items, UnsetType) else ())
    if session.currency not in (None, lines[0].currency):
        raise InvalidRequest(
            f"The line items are in {lines[0].currency}, and `currency` is {session.currency}.", param="currency"
        )
    session = checkout.with_items(session, lines)
    intent = await _draft(op, session, params)
    session = replace(
        session,
        invoice_creation=InvoiceCreation(),
        payment_status="unpaid" if session.amount_total else "no_payment_required",
    )
    hidden = replace(hidden, line_items=lines, intent=intent)
    opened = await opening.opened(op, session, hidden, expires_at=expires_at)
    return await op.commit(opened.value)


def _check_page(op: Operation, params: requests.CreateSession) -> None:
    """Raises InvalidRequest for any other page than one of ours, and for addresses that do not belong to it."""
    mode = given(params.ui_mode) or "hosted_page"
    if mode in _OLDER_PAGES:
        if at_least(op.caller.api_version, "2026-03-25"):
            raise InvalidRequest(
                "Invalid ui_mode: must be one of elements, embedded_page, form, or hosted_page", param="ui_mode"
            )
        mode = _OLDER_PAGES[mode]
    if mode != "hosted_page":
        raise InvalidRequest(
            "Checkout is offered as a page of its own only (`ui_mode=hosted_page`): there are no parts of it to put "
            "into other pages.",
            param="ui_mode",
        )
    for name in ("return_url", "redirect_on_completion"):
        if getattr(params, name) is not UNSET:
            raise InvalidRequest(
                f"`{name}` is not allowed with `ui_mode` of `hosted_page`: use `success_url`.", param=name
            )
    if isinstance(params.success_url, UnsetType):
        raise InvalidRequest("Missing required param: success_url.", code="parameter_missing", param="success_url")
    for name in ("success_url", "cancel_url"):
        url = getattr(params, name)
        if op.caller.livemode and isinstance(url, str) and not url.lower().startswith("https:"):
            raise InvalidRequest(
                "Livemode requests must always be redirected via HTTPS.", code="url_invalid", param=name
            )


def _check_mode(params: requests.CreateSession) -> None:
    if params.mode == "subscription":
        raise InvalidRequest("There are no subscriptions here: `mode` must be one of payment or setup.", param="mode")
    for name in _PAYMENT_ONLY if params.mode == "setup" else _SETUP_ONLY:
        if getattr(params, name) is not UNSET:
            raise InvalidRequest(f"You can not pass `{name}` in `{params.mode}` mode.", param=name)
    if params.mode == "payment":
        if isinstance(params.line_items, UnsetType) or not params.line_items:
            raise InvalidRequest("Missing required param: line_items.", code="parameter_missing", param="line_items")
    elif all(
        isinstance(each, UnsetType)
        for each in (params.currency, params.allowed_payment_method_types, params.payment_method_types)
    ):
        raise InvalidRequest("Missing required param: currency.", code="parameter_missing", param="currency")
    if params.allow_promotion_codes is True:
        raise InvalidRequest("There are no promotion codes here.", param="allow_promotion_codes")
    if not isinstance(params.customer_update, UnsetType) and isinstance(params.customer, UnsetType):
        raise InvalidRequest("`customer_update` can only be used with `customer`.", param="customer_update")
    if not isinstance(params.customer_creation, UnsetType) and not isinstance(params.customer, UnsetType):
        raise InvalidRequest(
            "You may only specify one of these parameters: customer, customer_creation.",
            code="parameters_exclusive",
            param="customer_creation",
        )


def _types(params: requests.CreateSession) -> tuple[list[str], list[str] | None]:
    """What the page takes, and the filter it was computed from."""
    if not isinstance(params.payment_method_types, UnsetType):
        return known_types("Checkout Session", params.payment_method_types), None
    if not isinstance(params.allowed_payment_method_types, UnsetType):
        allowed = params.allowed_payment_method_types
        return compatible_types("Checkout Session", allowed), allowed
    if "card" in (given(params.excluded_payment_method_types) or ()):
        raise InvalidRequest(
            "No payment method type is left: cards are the only one that is available here.",
            param="excluded_payment_method_types",
        )
    return ["card"], None


def _customer_creation(params: requests.CreateSession) -> Any:
    if isinstance(params.customer, str):
        return None
    return given(params.customer_creation) or ("if_required" if params.mode == "payment" else None)


def _enabled(value: requests.Enabling | UnsetType) -> bool:
    return not isinstance(value, UnsetType) and value.enabled


def _after_expiration(params: requests.CreateSession) -> AfterExpiration | None:
    after = params.after_expiration
    if isinstance(after, UnsetType) or isinstance(after.recovery, UnsetType):
        return None
    asked = after.recovery
    return AfterExpiration(
        recovery=Recovery(enabled=asked.enabled, allow_promotion_codes=given(asked.allow_promotion_codes) is True)
    )


def _custom_text(params: requests.CustomText | UnsetType) -> CustomText:
    if isinstance(params, UnsetType):
        return CustomText()
    texts = {
        name: value for name in CustomText.__struct_fields__ if (value := given(getattr(params, name))) is not None
    }
    return CustomText(**{name: CustomMessage(message=value.message) for name, value in texts.items()})


def _options(params: requests.PaymentMethodOptions | UnsetType) -> PaymentMethodOptions:
    card = CardOptions()
    if not isinstance(params, UnsetType) and not isinstance(params.card, UnsetType):
        changes = {name: getattr(params.card, name) for name in requests.CardOptions.__struct_fields__}
        card = replace(card, **{name: value for name, value in changes.items() if value is not UNSET})
    return PaymentMethodOptions(card=card)


def _saved_methods(params: requests.CreateSession) -> SavedPaymentMethodOptions | None:
    if params.mode == "setup" or isinstance(params.customer, UnsetType):
        return None
    asked = params.saved_payment_method_options
    options = SavedPaymentMethodOptions(allow_redisplay_filters=["always"])
    if isinstance(asked, UnsetType):
        return options
    changes = {name: getattr(asked, name) for name in SavedPaymentMethodOptions.__struct_fields__}
    return replace(options, **{name: value for name, value in changes.items() if value is not UNSET})


def _shipping_countries(params: requests.CreateSession) -> ShippingAddressCollection | None:
    asked = params.shipping_address_collection
    if isinstance(asked, UnsetType):
        return None
    return ShippingAddressCollection(allowed_countries=list(dict.fromkeys(asked.allowed_countries)))


def _wallets(params: requests.WalletOptions | UnsetType) -> WalletOptions | None:
    if isinstance(params, UnsetType) or isinstance(params.link, UnsetType):
        return None
    return WalletOptions(link=WalletOptionsLink(display=params.link.display))


def _may_change(params: requests.CreateSession) -> list[Any]:
    update = params.customer_update
    if isinstance(update, UnsetType):
        return []
    return [name for name in ("address", "name", "shipping") if getattr(update, name) == "auto"]


def _setup_params(session: CheckoutSession, params: requests.CreateSession) -> CreateSetupIntent:
    """The parameters of the SetupIntent behind a session in setup mode."""
    data = params.setup_intent_data
    options: Any = UNSET
    card = None if session.payment_method_options is None else session.payment_method_options.card
    if isinstance(card, CardOptions) and card.request_three_d_secure != "automatic":
        options = NewSetupOptions(card=NewSetupCardOptions(request_three_d_secure=card.request_three_d_secure))
    return CreateSetupIntent(
        customer=session.customer if session.customer is not None else UNSET,
        description=UNSET if isinstance(data, UnsetType) else data.description,
        metadata=UNSET if isinstance(data, UnsetType) else data.metadata,
        on_behalf_of=UNSET if isinstance(data, UnsetType) else data.on_behalf_of,
        payment_method_options=options,
        payment_method_types=session.payment_method_types,
    )


async def _draft(op: Operation, session: CheckoutSession, params: requests.CreateSession) -> PaymentIntent:
    """The PaymentIntent as it will be made when the customer submits; now its parameters are checked."""
    data = params.payment_intent_data
    if isinstance(data, UnsetType):
        data = requests.PaymentIntentData()
    currency = session.currency or "usd"
    names = list(requests.PaymentIntentData.__struct_fields__)
    options = None if session.payment_method_options is None else session.payment_method_options.card
    card: Any = UNSET
    if isinstance(options, CardOptions):
        shared = [
            *("capture_method", "request_extended_authorization", "request_incremental_authorization"),
            *("request_multicapture", "request_overcapture", "request_three_d_secure"),
        ]
        card = payment_requests.PaymentMethodOptions(
            card=payment_requests.CardOptions(**{name: getattr(options, name) for name in shared})
        )
    try:
        draft = await payment_intents.drafted(
            op,
            payment_requests.CreatePaymentIntent(
                **{name: getattr(data, name) for name in names},
                amount=session.amount_total or money.minimum(currency),
                currency=currency,
                customer=session.customer if session.customer is not None else UNSET,
                payment_method_options=card,
                payment_method_types=session.payment_method_types,
            ),
        )
    except InvalidRequest as refusal:
        if refusal.param not in names:
            raise
        raise InvalidRequest(
            refusal.message, code=refusal.code, param=f"payment_intent_data[{refusal.param}]"
        ) from None
    if isinstance(options, CardOptions):  # what is said of cards is said of all that can be paid with here
        if options.capture_method == "manual":
            draft = replace(draft, capture_method="manual")
        if options.setup_future_usage in ("off_session", "on_session"):
            draft = replace(draft, setup_future_usage=options.setup_future_usage)
    return draft


# Retrieve and list ----------------------------------------------------------------------------------------------


async def retrieve(op: Operation, id: str, _: Params) -> CheckoutSession:
    """Retrieves a Checkout Session object."""
    return (await op.get(CHECKOUT_SESSIONS, id, in_path=True)).value


async def list_all(op: Operation, params: requests.ListSessions) -> Listing[CheckoutSession]:
    """Returns a list of Checkout Sessions, newest first."""
    for name in ("payment_link", "subscription"):
        if isinstance(id := getattr(params, name), str):
            raise ResourceMissing(name, id, param=name, in_path=False)
    conditions = [
        *created(params.created),
        *equals(customer=params.customer, payment_intent=params.payment_intent, status=params.status),
    ]
    if not isinstance(params.customer_details, UnsetType):
        conditions.append(Condition("email", "=", params.customer_details.email))
    return await listing(op, CHECKOUT_SESSIONS, params, conditions)


async def list_line_items(op: Operation, id: str, params: ListParams) -> Listing[LineItem]:
    """When retrieving a Checkout Session, its line items: the first of them, or those after or before one."""
    session = await op.get(CHECKOUT_SESSIONS, id, in_path=True)
    return stretch(session.hidden.line_items, params)


def stretch(lines: Sequence[LineItem], params: ListParams) -> Listing[LineItem]:
    """A page of line items, in their order. Raises InvalidRequest for a cursor that names none of them."""
    places = {line.id: place for place, line in enumerate(lines)}
    for name in ("starting_after", "ending_before"):
        cursor = getattr(params, name)
        if isinstance(cursor, str) and cursor not in places:
            raise ResourceMissing("item", cursor, param=name, in_path=False)
    if isinstance(params.starting_after, str):
        if isinstance(params.ending_before, str):
            raise InvalidRequest("Received both starting_after and ending_before parameters. Please pass in only one.")
        rest = lines[places[params.starting_after] + 1 :]
        return Listing(rest[: params.limit], len(rest) > params.limit)
    if isinstance(params.ending_before, str):
        rest = lines[: places[params.ending_before]]
        return Listing(rest[-params.limit :], len(rest) > params.limit)
    return Listing(lines[: params.limit], len(lines) > params.limit)


# Update and expire ----------------------------------------------------------------------------------------------


async def update(op: Operation, id: str, params: requests.UpdateSession) -> CheckoutSession:
    """Updates a Checkout Session object."""
    stored = await op.get(CHECKOUT_SESSIONS, id, in_path=True)
    session, hidden = stored.value, stored.hidden
    if any(getattr(params, name) is not UNSET for name in params.__struct_fields__ if name != "metadata"):
        checkout.check_open(session, op.now)
        _check_untouched(stored)
    if not isinstance(params.line_items, UnsetType):
        if session.mode != "payment":
            raise InvalidRequest(f"You can not pass `line_items` in `{session.mode}` mode.", param="line_items")
        lines = await items.changed(op, hidden.line_items, params.line_items)
        session = checkout.with_items(session, lines)
        session = replace(session, payment_status="unpaid" if session.amount_total else "no_payment_required")
        hidden = replace(hidden, line_items=lines)
    if not isinstance(params.payment_intent_data, UnsetType):
        if hidden.intent is None:
            raise InvalidRequest(
                f"You can not pass `payment_intent_data` in `{session.mode}` mode.", param="payment_intent_data"
            )
        hidden = replace(hidden, intent=_changed_draft(hidden.intent, params.payment_intent_data))
    collected = params.collected_information
    if not isinstance(collected, UnsetType) and not isinstance(collected.shipping_details, UnsetType):
        shipping = collected.shipping_details
        details = ShippingDetails(address=address_of(shipping.address), name=shipping.name)
        session = replace(
            session,
            collected_information=replace(
                session.collected_information or CollectedInformation(), shipping_details=details
            ),
        )
    session = replace(session, metadata=merged(session.metadata, params.metadata))
    op.update(stored, session, hidden)
    return await op.commit(session)


def _check_untouched(session: StoredSession) -> None:
    """Raises InvalidRequest once the customer submitted: what they agreed to does not change behind their back."""
    if session.value.payment_intent is not None:
        raise InvalidRequest(
            "This Checkout Session can no longer be updated: the customer has submitted it, and its payment was made."
        )


def _changed_draft(draft: PaymentIntent, params: requests.ChangedPaymentIntentData) -> PaymentIntent:
    names = ("description", "setup_future_usage", "statement_descriptor", "statement_descriptor_suffix")
    changes = {name: kept(getattr(params, name), getattr(draft, name)) for name in names}
    draft = replace(draft, **changes, metadata=merged(draft.metadata, params.metadata))
    try:
        payment_intents.check_descriptor(draft)
    except InvalidRequest as refusal:
        raise InvalidRequest(
            refusal.message, code=refusal.code, param=f"payment_intent_data[{refusal.param}]"
        ) from None
    return draft


async def expire(op: Operation, id: str, _: Params) -> CheckoutSession:
    """A Checkout Session can be expired when it is in one of these statuses: open.

    After it expires, a customer can't complete it and customers loading the page see that it is expired.
    """
    stored = await op.get(CHECKOUT_SESSIONS, id, in_path=True)
    checkout.check_expirable(stored.value)
    return await op.commit(await ending.expire(op, stored))
