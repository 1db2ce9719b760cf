"""What the system keeps for itself: keys, idempotency answers, attempts at the acquirer, and hidden parts.

None of this is ever shown by the API.
"""

from typing import Literal

import msgspec

from opentill.domain.objects.payment_method_details import PaymentMethodDetails
from opentill.ports.acquirer import Operation

KeyKind = Literal["secret", "restricted", "publishable"]
Permission = Literal["read", "write"]


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


class AccountHidden(msgspec.Struct, frozen=True, kw_only=True):
    """What belongs to an account beside the API object."""

    api_version: str
    platform: str | None = None
    secret_tail: str | None = None


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


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One outward effect, recorded before it is tried.

    `due` is when a sweep should look at it next (seconds), None once it is final. `caller` names who waits for the
    answer: the idempotency record to fill, if any.
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
    tip: int | None = None
    holding: bool = True
    merchant_initiated: bool = False
    saves: Literal["on_session", "off_session"] | None = None
    tries: int = 0
    idempotency: str | None = None
    reference: str | None = None
    detail: str | None = None


class PaymentIntentHidden(msgspec.Struct, frozen=True, kw_only=True):
    """What a PaymentIntent does not show.

    `open_attempt` is the attempt under way: it locks the intent. `unknown_attempt` is one whose outcome nobody
    knows. `authorization` is the approved one that holds the money.
    """

    open_attempt: str | None = None
    unknown_attempt: str | None = None
    authorization: str | None = None
    increments: int = 0
    collected_at: int | None = None


class PaymentMethodHidden(msgspec.Struct, frozen=True, kw_only=True):
    """`card` is the vault's token. `consumed`: used once without a customer, never usable again (or detached).

    `saved_for` is how its holder agreed to its later use. `read` is what a reader told about a present card.
    """

    card: str | None = None
    consumed: bool = False
    saved_for: Literal["on_session", "off_session"] | None = None
    read: PaymentMethodDetails | None = None


class ChargeHidden(msgspec.Struct, frozen=True, kw_only=True):
    """The authorization behind a charge. `capture_before` is set while it waits to be captured."""

    authorization: str
    card: str | None = None
    capture_before: int | None = None
    reference: str | None = None


class RefundHidden(msgspec.Struct, frozen=True, kw_only=True):
    """The attempt behind a refund; `due` while its outcome may still change."""

    attempt: str | None = None
    due: int | None = None


class CustomerHidden(msgspec.Struct, frozen=True, kw_only=True):
    """A deleted customer stays as a stub, so that its id can still be retrieved."""

    deleted: bool = False


class ReaderHidden(msgspec.Struct, frozen=True, kw_only=True):
    """What a reader does not show.

    `action_id` changes with every action, so that a late answer to an earlier one is recognised. `attempt` is the
    authorization under way for the action. `simulated` readers are driven by the test helpers. `due` is when time
    ends the action (an input nobody touches, a collected card nobody confirms).
    """

    simulated: bool = True
    action_id: str | None = None
    attempt: str | None = None
    collected: str | None = None
    collected_until: int | None = None
    presented: str | None = None
    presented_until: int | None = None
    due: int | None = None


class ConnectionTokenRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A connection token: only its SHA-256 is kept. `location` limits it to the readers there."""

    id: str
    hash: str
    created: int
    expires: int
    location: str | None = None
    redeemed: int | None = None


class DataKey(msgspec.Struct, frozen=True, kw_only=True):
    """A data key of an account, wrapped by the root key (base64)."""

    id: str
    wrapped: str
    created: int


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """A value the installation remembers, such as how far its clock was moved."""

    id: str
    value: str
