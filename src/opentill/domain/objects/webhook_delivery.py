"""What opentill tells of deliveries: each with the times it went out, and what came back."""

from typing import Literal

import msgspec

DeliveryStatus = Literal["pending", "delivered", "failed", "ended"]


class DeliveryAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """One time that it went out: when (milliseconds since the epoch), how long until the answer, and what it was.

    `response_status` is None if there was none; then `error` says why. `response_body` is the first kilobyte.
    """

    attempted_at_ms: int
    duration_ms: int
    response_status: int | None
    response_body: str
    error: str | None


class WebhookDelivery(msgspec.Struct, frozen=True, kw_only=True):
    """An event on its way to an endpoint. `next_attempt` is when it goes out next, seconds since the epoch.

    `manual`: somebody asked for it again, and it goes out once. `status` "ended": there was nobody to tell any more.
    """

    id: str
    object: Literal["opentill.webhook_delivery"] = "opentill.webhook_delivery"
    attempts: list[DeliveryAttempt]
    created: int
    event: str
    event_type: str
    livemode: bool
    manual: bool
    next_attempt: int | None
    status: DeliveryStatus
    webhook_endpoint: str
