"""Refusals as HTTP answers: the one place that knows statuses and the error envelope (reference: API errors)."""

from typing import Any

import msgspec

from opentill.domain.errors import (
    CardDeclined,
    Forbidden,
    IdempotencyInProgress,
    IdempotencyMismatch,
    InvalidRequest,
    LockTimeout,
    Refusal,
    ResourceMissing,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UnknownRoute,
)
from opentill.domain.masking import mask_card_numbers

_STATUS: dict[type[Refusal], int] = {
    InvalidRequest: 400,
    IdempotencyMismatch: 400,
    Unauthenticated: 401,
    CardDeclined: 402,
    Forbidden: 403,
    UnknownRoute: 404,
    IdempotencyInProgress: 409,
    LockTimeout: 429,
    TooManyRequests: 429,
    Unavailable: 503,
}


class TooLarge(InvalidRequest):
    """The body is larger than the server takes (413)."""


class TooSlow(InvalidRequest):
    """The request did not arrive in time (408)."""


_STATUS[TooLarge] = 413
_STATUS[TooSlow] = 408


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal."""
    if isinstance(refusal, ResourceMissing):
        return 404 if refusal.in_path else 400
    return _STATUS[type(refusal)]


def should_retry(refusal: Refusal) -> bool:
    """Whether trying again may help: the official clients follow what `Stripe-Should-Retry` says."""
    return isinstance(refusal, LockTimeout | IdempotencyInProgress | Unavailable)


def envelope(refusal: Refusal) -> dict[str, Any]:
    """The members of `error`; those without a value are left out, as the clients expect.

    Texts that may repeat what the client sent are searched for card numbers once more, here at the edge.
    """
    error: dict[str, Any] = {}
    if refusal.code is not None:
        error["code"] = refusal.code
    if isinstance(refusal, CardDeclined) and refusal.decline_code is not None:
        error["decline_code"] = refusal.decline_code
    if refusal.code is not None:
        error["doc_url"] = "https://stripe.com/docs/error-codes/" + refusal.code.replace("_", "-")
    error["message"] = mask_card_numbers(refusal.message)
    if refusal.param is not None:
        error["param"] = mask_card_numbers(refusal.param)
    error.update(refusal.details)
    error["type"] = refusal.type
    return error


def encode(error: dict[str, Any]) -> bytes:
    """The whole body."""
    return msgspec.json.encode({"error": error})
