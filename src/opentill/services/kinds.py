"""The registry of what is stored: each kind's table, types, error label and lookup columns.

The migrations in `store/migrations` make the tables; a test holds the two together.
"""

from typing import Any

from msgspec import Raw, UnsetType

from opentill.domain.objects.account import Account
from opentill.domain.objects.application_fee import ApplicationFee
from opentill.domain.objects.balance_transaction import BalanceTransaction
from opentill.domain.objects.charge import Charge
from opentill.domain.objects.checkout_session import CheckoutSession
from opentill.domain.objects.customer import Customer
from opentill.domain.objects.event import Event
from opentill.domain.objects.file import File, FileLink
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.payment_method import PaymentMethod
from opentill.domain.objects.price import Price, Product
from opentill.domain.objects.refund import Refund
from opentill.domain.objects.setup_attempt import SetupAttempt
from opentill.domain.objects.setup_intent import SetupIntent
from opentill.domain.objects.terminal_configuration import Configuration
from opentill.domain.objects.terminal_location import Location
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.objects.webhook_endpoint import WebhookEndpoint
from opentill.domain.terminal import devices
from opentill.ports.store import Kind
from opentill.ports.vault import SealedCard
from opentill.services.records import (
    AccountHidden,
    ApiKey,
    Attempt,
    BalanceTransactionHidden,
    Challenge,
    ChargeHidden,
    CheckoutSessionHidden,
    Connection,
    ConnectionTokenRecord,
    CustomerHidden,
    DataKey,
    Delivery,
    Device,
    FileHidden,
    IdempotencyRecord,
    PaymentIntentHidden,
    PaymentMethodHidden,
    PosSession,
    ReaderHidden,
    RefundHidden,
    Setting,
    SetupIntentHidden,
    WebhookEndpointHidden,
)

Nothing = type(None)

NEVER = 2**53
"""Later than every time that an object can have, in a column that compares times."""
SESSION_KEPT_S = 12 * 3600
"""How long the session of an SDK is kept after it expired, so that it can be continued."""


def _text(value: str | UnsetType) -> str | None:
    return None if isinstance(value, UnsetType) else value


ACCOUNTS = Kind("accounts", Account, AccountHidden, "account", "account")
CONNECTED_ACCOUNTS = Kind("connected_accounts", Connection, Nothing, "account", "account")
API_KEYS = Kind("api_keys", ApiKey, Nothing, "key", columns={"hash": lambda key, _: key.hash})
CUSTOMERS = Kind(
    "customers",
    Customer,
    CustomerHidden,
    "customer",
    "customer",
    columns={"email": lambda c, _: c.email, "deleted": lambda _, hidden: int(hidden.deleted)},
)
PAYMENT_METHODS = Kind(
    "payment_methods",
    PaymentMethod,
    PaymentMethodHidden,
    "PaymentMethod",
    "payment_method",
    columns={
        "customer": lambda pm, _: pm.customer,
        "type": lambda pm, _: pm.type,
        "allow_redisplay": lambda pm, _: pm.allow_redisplay,
    },
)
PAYMENT_INTENTS = Kind(
    "payment_intents",
    PaymentIntent,
    PaymentIntentHidden,
    "payment_intent",
    "intent",
    columns={"customer": lambda pi, _: pi.customer},
)
SETUP_INTENTS = Kind(
    "setup_intents",
    SetupIntent,
    SetupIntentHidden,
    "setupintent",
    "intent",
    columns={"customer": lambda si, _: si.customer, "payment_method": lambda si, _: si.payment_method},
)
SETUP_ATTEMPTS = Kind(
    "setup_attempts",
    SetupAttempt,
    Nothing,
    "setup_attempt",
    "setup_attempt",
    columns={"setup_intent": lambda attempt, _: attempt.setup_intent},
)
CHECKOUT_SESSIONS = Kind(
    "checkout_sessions",
    CheckoutSession,
    CheckoutSessionHidden,
    "checkout.session",
    "session",
    columns={
        "customer": lambda session, _: session.customer,
        "payment_intent": lambda session, _: session.payment_intent,
        "status": lambda session, _: session.status,
        "email": lambda session, _: None if session.customer_details is None else session.customer_details.email,
        "page": lambda session, _: session.id,
        "due": lambda session, _: session.expires_at if session.status == "open" else None,
    },
)
PRODUCTS = Kind(
    "products", Product, Nothing, "product", "product", columns={"active": lambda product, _: int(product.active)}
)
PRICES = Kind(
    "prices",
    Price,
    Nothing,
    "price",
    "price",
    columns={
        "active": lambda price, _: int(price.active),
        "currency": lambda price, _: price.currency,
        "product": lambda price, _: price.product,
        "type": lambda price, _: price.type,
        "lookup_key": lambda price, _: price.lookup_key,
    },
)
CHARGES = Kind(
    "charges",
    Charge,
    ChargeHidden,
    "charge",
    "charge",
    columns={
        "customer": lambda charge, _: charge.customer,
        "payment_intent": lambda charge, _: charge.payment_intent,
        "transfer_group": lambda charge, _: charge.transfer_group,
        "capture_before": lambda _, hidden: hidden.capture_before,
    },
)
REFUNDS = Kind(
    "refunds",
    Refund,
    RefundHidden,
    "refund",
    "id",
    columns={
        "charge": lambda refund, _: refund.charge,
        "payment_intent": lambda refund, _: refund.payment_intent,
        "due": lambda _, hidden: hidden.due,
    },
)
BALANCE_TRANSACTIONS = Kind(
    "balance_transactions",
    BalanceTransaction,
    BalanceTransactionHidden,
    "balance transaction",
    "id",
    columns={
        "source": lambda txn, _: txn.source,
        "type": lambda txn, _: txn.type,
        "currency": lambda txn, _: txn.currency,
        "payout": lambda _txn, _hidden: None,
        "available_on": lambda _, hidden: hidden.announce_on,
    },
)
EVENTS = Kind(
    "events",
    Event,
    Nothing,
    "event",
    "id",
    columns={
        "type": lambda event, _: event.type,
        "undelivered": lambda event, _: 1 if event.pending_webhooks else None,
    },
)
WEBHOOK_ENDPOINTS = Kind(
    "webhook_endpoints",
    WebhookEndpoint,
    WebhookEndpointHidden,
    "webhook endpoint",
    "webhook_endpoint",
    columns={"status": lambda endpoint, _: endpoint.status},
)
DELIVERIES = Kind(
    "webhook_deliveries",
    Delivery,
    Nothing,
    "webhook delivery",
    columns={
        "endpoint": lambda delivery, _: delivery.endpoint,
        "event": lambda delivery, _: delivery.event,
        "due": lambda delivery, _: delivery.due,
    },
)
APPLICATION_FEES = Kind(
    "application_fees",
    ApplicationFee,
    Nothing,
    "application_fee",
    "id",
    columns={"charge": lambda fee, _: fee.charge},
)
FILES = Kind(
    "files",
    File,
    FileHidden,
    "file upload",
    "file",
    columns={"purpose": lambda file, _: file.purpose, "due": lambda file, _: file.expires_at},
)
# What is in a file: the body is its very bytes. `Store.get_body` reads it without keeping it in memory.
FILE_CONTENTS = Kind("file_contents", Raw, Nothing, "file contents")
FILE_LINKS = Kind(
    "file_links",
    FileLink,
    Nothing,
    "file link",
    "link",
    columns={
        "file": lambda link, _: link.file,
        "word": lambda link, _: None if link.url is None else link.url.rpartition("/")[2],
        "expires": lambda link, _: NEVER if link.expires_at is None else link.expires_at,
    },
)
LOCATIONS = Kind(
    "terminal_locations",
    Location,
    Nothing,
    "location",
    "location",
    columns={"configuration": lambda location, _: _text(location.configuration_overrides)},
)
CONFIGURATIONS = Kind(
    "terminal_configurations",
    Configuration,
    Nothing,
    "configuration",
    "configuration",
    columns={"is_account_default": lambda configuration, _: int(bool(configuration.is_account_default))},
)
READERS = Kind(
    "terminal_readers",
    Reader,
    ReaderHidden,
    "reader",
    "reader",
    columns={
        "location": lambda reader, _: reader.location,
        "device_type": lambda reader, _: reader.device_type,
        "serial_number": lambda reader, _: reader.serial_number,
        "status": lambda reader, _: reader.status,
        "due": lambda _, hidden: hidden.due,
        "silent_on": lambda reader, hidden: devices.silent_on(reader) if hidden.device else None,
    },
)
DEVICES = Kind(
    "devices",
    Device,
    Nothing,
    "device",
    columns={"serial_number": lambda device, _: device.serial_number, "code": lambda device, _: device.code},
)
CONNECTION_TOKENS = Kind(
    "terminal_connection_tokens",
    ConnectionTokenRecord,
    Nothing,
    "connection token",
    columns={"hash": lambda token, _: token.hash},
)
POS_SESSIONS = Kind(
    "terminal_pos_sessions",
    PosSession,
    Nothing,
    "session",
    columns={"hash": lambda session, _: session.hash, "due": lambda session, _: session.expires + SESSION_KEPT_S},
)
ATTEMPTS = Kind(
    "attempts",
    Attempt,
    Nothing,
    "attempt",
    columns={
        "payment_intent": lambda attempt, _: attempt.payment_intent,
        "due": lambda attempt, _: attempt.due,
    },
)
CHALLENGES = Kind(
    "challenges",
    Challenge,
    Nothing,
    "challenge",
    columns={"hash": lambda challenge, _: challenge.hash, "due": lambda challenge, _: challenge.due},
)
IDEMPOTENCY_KEYS = Kind("idempotency_keys", IdempotencyRecord, Nothing, "idempotency key")
CARDS = Kind("cards", SealedCard, Nothing, "card")
DATA_KEYS = Kind("data_keys", DataKey, Nothing, "data key")
SETTINGS = Kind("settings", Setting, Nothing, "setting")

KINDS: tuple[Kind[Any, Any], ...] = (
    ACCOUNTS,
    CONNECTED_ACCOUNTS,
    API_KEYS,
    CUSTOMERS,
    PAYMENT_METHODS,
    PAYMENT_INTENTS,
    SETUP_INTENTS,
    SETUP_ATTEMPTS,
    CHECKOUT_SESSIONS,
    PRODUCTS,
    PRICES,
    CHARGES,
    REFUNDS,
    BALANCE_TRANSACTIONS,
    EVENTS,
    WEBHOOK_ENDPOINTS,
    DELIVERIES,
    APPLICATION_FEES,
    FILES,
    FILE_CONTENTS,
    FILE_LINKS,
    LOCATIONS,
    CONFIGURATIONS,
    READERS,
    DEVICES,
    CONNECTION_TOKENS,
    POS_SESSIONS,
    ATTEMPTS,
    CHALLENGES,
    IDEMPOTENCY_KEYS,
    CARDS,
    DATA_KEYS,
    SETTINGS,
)
