"""What the system keeps for itself: keys, idempotency answers, attempts at the acquirer, and hidden parts.

None of this is ever shown by the API.
"""

from collections.abc import Sequence
from typing import Literal

import msgspec

from opentill.domain.objects.checkout_session import CustomerDetails, ShippingDetails
from opentill.domain.objects.line_item import LineItem
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.payment_method import AllowRedisplay
from opentill.domain.objects.payment_method_details import PaymentMethodDetails, ThreeDSecure
from opentill.domain.objects.terminal_reader import DeviceType
from opentill.domain.objects.webhook_delivery import DeliveryStatus
from opentill.domain.terminal.actions import IDLE, Slot
from opentill.domain.terminal.preconditions import CardType
from opentill.domain.three_d_secure import ChallengeState
from opentill.link.messages import Result, Speech
from opentill.ports.acquirer import Operation, Reading

KeyKind = Literal["secret", "restricted", "publishable"]
Permission = Literal["read", "write"]
Asker = Literal["secret", "restricted", "publishable", "connection_token", "session"]
"""Who asks: an API key, or an SDK, which first redeems a connection token and from then on has a session."""


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key of an account. Only the SHA-256 of the key is kept; `shown` is its prefix and last four characters.

    `permissions` of a restricted key: resource name to "read" or "write"; None for the other kinds.
    """

    id: str
    kind: KeyKind
    livemode: bool
    hash: str
    shown: str
    created: int
    name: str | None = None
    permissions: dict[str, Permission] | None = None
    revoked: int | None = None


class Connection(msgspec.Struct, frozen=True, kw_only=True):
    """That a platform, its owner, may act for the account `id`."""

    id: str


class AccountHidden(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to an account beside the API object."""

    api_version: str
    platform: str | None = None
    secret_tail: str | None = None


class FileHidden(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to a file beside the API object: the SHA-256 of its contents, in hexadecimal."""

    sha256: str


class IdempotencyRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to a request that carried an idempotency key, or the promise of one.

    While `state` is "running", the rest is what it takes to finish the request after a crash: how to render its
    answer. `answer` is the exact body.
    """

    fingerprint: str
    request_id: str
    key: str
    state: Literal["running", "done"]
    api_version: str
    account_version: str
    expand: list[str]
    asked_by: Asker = "secret"
    session: str | None = None
    status: int = 0
    answer: msgspec.Raw = msgspec.Raw(b"null")


AttemptState = Literal[
    "prepared",  # recorded, perhaps on its way: nobody knows yet
    "unknown",  # sent, no usable answer, the caller was told that it failed
    "advised",  # an advice that the acquirer must accept: repeated until it does
    "approved",
    "declined",
    "not_sent",
    "reversed",
]


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What a request wants of a higher hold, kept so that it can be finished after a crash.

    `intent` is the PaymentIntent with what else the request changes; `captures` says that all of it is to be captured.
    """

    intent: PaymentIntent
    captures: bool


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One outward effect, recorded before it is tried.

    `due` is when a sweep should look at it next (seconds), None once it is final. `caller` names who waits for the
    answer: the idempotency record to fill, if any. `test_card` is the name of the one that pays, in test mode: it says
    how the checks turn out, and how risky the payment looks. `reading` is how a device read the card, if one did.
    `three_d_secure` is how its holder was authenticated, if they were.
    """

    id: str
    operation: Operation
    state: AttemptState
    amount: int
    currency: str
    card_present: bool
    created: int
    acquirer: str
    due: int | None
    payment_intent: str | None = None
    payment_method: str | None = None
    charge: str | None = None
    refund: str | None = None
    setup_intent: str | None = None
    reader: str | None = None
    original: str | None = None
    card: str | None = None
    reading: Reading | None = None
    tip: int | None = None
    holding: bool = True
    merchant_initiated: bool = False
    funds_at_once: bool = False
    test_card: str | None = None
    returns_application_fee: bool = False
    saves: Literal["on_session", "off_session"] | None = None
    tries: int = 0
    idempotency: str | None = None
    reference: str | None = None
    detail: str | None = None
    wanted: Wanted | msgspec.UnsetType = msgspec.UNSET
    three_d_secure: ThreeDSecure | msgspec.UnsetType = msgspec.UNSET


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """One question to a cardholder, by 3D Secure: about a payment of `amount` minor units of `currency`, or a setup.

    Only the SHA-256 of what is in the address of its page is kept. It is about `payment_intent` or `setup_intent`, with
    that payment method; `return_url` is where its holder goes afterwards, None if they came by a script. It is good
    until `expires`. `transaction_id` is the directory server's.
    """

    id: str
    hash: str
    state: ChallengeState
    created: int
    expires: int
    transaction_id: str
    payment_method: str
    payment_intent: str | None = None
    setup_intent: str | None = None
    amount: int = 0
    currency: str | None = None
    return_url: str | None = None

    @property
    def due(self) -> int | None:
        """When time ends it; None once it is over."""
        return self.expires if self.state in ("open", "passed") else None


class PaymentIntentHidden(msgspec.Struct, frozen=True, kw_only=True):
    """What a PaymentIntent does not show.

    `open_attempt` is the attempt under way: it locks the intent. `unknown_attempt` is one whose outcome nobody
    knows. `authorization` is the approved one that holds the money. `checkout_session` is the page it is paid on, if it
    was made for one. `challenge` is the latest question to the cardholder, whatever became of it.
    """

    open_attempt: str | None = None
    unknown_attempt: str | None = None
    authorization: str | None = None
    increments: int = 0
    collected_at: int | None = None
    checkout_session: str | None = None
    challenge: str | None = None


class SetupIntentHidden(msgspec.Struct, frozen=True, kw_only=True):
    """What a SetupIntent does not show.

    `open_attempt` is the attempt under way: it locks the intent. `allow_redisplay` is what the customer agreed to for
    the card that is made from a card at a reader. `checkout_session` is the page it belongs to, if it was made for one.
    `challenge` is the latest question to the cardholder.
    """

    open_attempt: str | None = None
    allow_redisplay: Literal["always", "limited", "unspecified"] = "unspecified"
    checkout_session: str | None = None
    challenge: str | None = None


class CheckoutSessionHidden(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a Checkout Session does not show.

    `line_items` are what is paid for, `intent` is the PaymentIntent as it will be made when the customer submits.
    `details` and `shipping` are what they typed last, `made_customer` the Customer that was made of it, `may_change`
    what of an older Customer it may replace. `completion` is the event that tells the merchant, `recovery` the session
    that took this one up after it expired.
    """

    line_items: list[LineItem] = []
    intent: PaymentIntent | None = None
    details: CustomerDetails | None = None
    shipping: ShippingDetails | None = None
    made_customer: str | None = None
    may_change: list[Literal["address", "name", "shipping"]] = []
    allow_redisplay: AllowRedisplay | None = None
    completion: str | None = None
    recovery: str | None = None


class PaymentMethodHidden(msgspec.Struct, frozen=True, kw_only=True):
    """`card` is the vault's token. `consumed`: used once without a customer, never usable again (or detached).

    `saved_for` is how its holder agreed to its later use, `authenticated` whether 3D Secure saw to it that they were
    the holder. `read` is what a reader told about a present card, `reading` what a device has for its issuer.
    """

    card: str | None = None
    consumed: bool = False
    saved_for: Literal["on_session", "off_session"] | None = None
    authenticated: bool = False
    read: PaymentMethodDetails | None = None
    reading: Reading | None = None


class ChargeHidden(msgspec.Struct, frozen=True, kw_only=True):
    """The authorization behind a charge. `capture_before` is set while it waits to be captured.

    `funds_at_once`: what is captured is available at once instead of in two days.
    """

    authorization: str
    card: str | None = None
    capture_before: int | None = None
    reference: str | None = None
    funds_at_once: bool = False


class RefundHidden(msgspec.Struct, frozen=True, kw_only=True):
    """The attempt behind a refund; `due` while its outcome may still change."""

    attempt: str | None = None
    due: int | None = None


class BalanceTransactionHidden(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`announce_on` is when its account is to be told that money became available; one transaction a day has it."""

    announce_on: int | None = None


class CustomerHidden(msgspec.Struct, frozen=True, kw_only=True):
    """A deleted customer stays as a stub, so that its id can still be retrieved."""

    deleted: bool = False


class ReaderHidden(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader does not show.

    `slot` is where its action stands. `action_id` changes with every action, so that a late report of an earlier one
    is recognised. `takes` are the kinds of card that may be presented for it, the usual one first; `allow_redisplay`
    is what the customer agreed to if the card is saved. `device` is the device (kind DEVICES) of a reader that has one,
    for as long as the reader exists.

    `session` is the session (kind POS_SESSIONS) of the SDK that is connected to the reader, if it is not over;
    `begun_by` the one that began the action, if an SDK did. `speech` is whether the screens are read out.

    The rest is about what that device reports. `report` is the id of the last report that was taken; `sequence` and
    `pin_counter` are the numbers of the last card reading and PIN, below which nothing is taken any more: they outlive
    actions. `result` is how the action ended, `content` a picture that is being printed.
    """

    slot: Slot = IDLE
    action_id: str | None = None
    takes: list[CardType] = []
    allow_redisplay: AllowRedisplay | None = None
    device: str | None = None
    session: str | None = None
    begun_by: str | None = None
    speech: Speech = "off"
    report: str | None = None
    sequence: int = 0
    pin_counter: int = 0
    result: Result | None = None
    content: bytes | None = None

    def begun(
        self,
        action_id: str | None,
        *,
        takes: Sequence[CardType] = (),
        allow_redisplay: AllowRedisplay | None = None,
        content: bytes | None = None,
    ) -> "ReaderHidden":
        """What belongs to a new action of the same reader, or to none; the slot comes with the step that begins it."""
        return ReaderHidden(
            action_id=action_id,
            takes=list(takes),
            allow_redisplay=allow_redisplay,
            device=self.device,
            session=self.session,
            speech=self.speech,
            sequence=self.sequence,
            pin_counter=self.pin_counter,
            content=content,
        )

    @property
    def due(self) -> int | None:
        """When time ends what the reader does, seconds since the epoch."""
        return self.slot.due


class Device(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A device that introduced itself over the reader link, and where it belongs. It outlives its registrations.

    `identity` (Ed25519) and `sealing` (X25519) are its public keys, kept since the first introduction. Times that end
    in `_at` are milliseconds. `account`, `livemode` and `reader` are set while it is registered; `pin_key_id` (8 random
    bytes) is another one for each registration. Of the code it shows, if any, there is the hash, `code`; `codes` are
    the times at which it got its latest ones.
    """

    id: str
    serial_number: str
    device_type: DeviceType
    software: str
    identity: bytes
    sealing: bytes
    first_seen_at: int
    last_seen_at: int
    ip_address: str | None = None
    account: str | None = None
    livemode: bool = False
    reader: str | None = None
    pin_key_id: bytes | None = None
    code: str | None = None
    code_expires_at: int = 0
    codes: list[int] = []


class ConnectionTokenRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A connection token: only its SHA-256 is kept. `location` limits it to the readers there.

    `redeemed` is when it was; `application` is that of the platform that made it for a connected account.
    """

    id: str
    hash: str
    created: int
    expires: int
    location: str | None = None
    redeemed: int | None = None
    application: str | None = None


class PosSession(msgspec.Struct, frozen=True, kw_only=True):
    """What an SDK is known by: only the SHA-256 of its secret is kept. It is good until `expires`.

    `location` and `application` are those of its connection token. `reader` is the one that it was last connected to;
    that it still is, only the reader knows.
    """

    id: str
    hash: str
    created: int
    expires: int
    location: str | None = None
    application: str | None = None
    reader: str | None = None


class WebhookEndpointHidden(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What signs the deliveries of an endpoint. The secret before it signs beside it until `previous_until`."""

    secret: str
    previous: str | None = None
    previous_until: int = 0


class DeliveryTry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One time that a delivery went out, `at` milliseconds since the epoch, and what came of it (`ports.webhooks`)."""

    at: int
    duration_ms: int
    status: int | None = None
    response: str = ""
    error: str | None = None


class Delivery(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That an endpoint is to be told of an event, recorded in the commit that makes the event.

    `owner` is the account of the event, which need not be that of the endpoint. `due` is when it goes out next,
    seconds; None once it is over: "delivered", "failed" (the last try was), or "ended" (there is nobody to tell any
    more). A delivery that somebody asked for again is `manual`: it goes out once, and the event does not count it.
    `version` and `shown` are how the endpoint is told, where that differs from how the event was recorded. `tries`
    counts the times that it was its turn, also those at which nothing went out because the endpoint was disabled.
    """

    id: str
    event: str
    owner: str
    type: str
    endpoint: str
    created: int
    due: int | None
    state: DeliveryStatus = "pending"
    manual: bool = False
    version: str | None = None
    shown: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    tries: int = 0
    tried: list[DeliveryTry] = []


class DataKey(msgspec.Struct, frozen=True, kw_only=True):
    """A data key of an account, wrapped by the root key (base64)."""

    id: str
    wrapped: str
    created: int


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A value the installation remembers, such as how far its clock was moved."""

    id: str
    value: str
