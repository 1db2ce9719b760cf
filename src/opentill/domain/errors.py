"""How a request is refused: one exception a way, each with Stripe's type, code, param and message.

A refusal means that nothing was changed, except for `CardDeclined`, which is the recorded answer of
the card network. HTTP statuses are not known here; `opentill.api.errors` maps each class to one.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from opentill.domain.masking import mask_card_numbers

ErrorType = Literal["api_error", "card_error", "idempotency_error", "invalid_request_error"]


class Refusal(Exception):
    """Base of every answer that is not a success; never raised itself.

    `details` are further members of the error envelope (`payment_intent`, `charge`, ...); their values
    are encodable objects.
    """

    type: ClassVar[ErrorType] = "invalid_request_error"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        if type(self) is Refusal:
            raise TypeError("raise one of the subclasses of Refusal")
        super().__init__(message)
        self.message = message
        self.code = code
        self.param = param
        self.details: Mapping[str, Any] = details or {}


class InvalidRequest(Refusal):
    """The request cannot be carried out as it stands (400)."""


class ResourceMissing(Refusal):
    """An object that the request names does not exist for this key (404 in the path, 400 as a parameter)."""

    def __init__(self, label: str, id: str, *, param: str, in_path: bool, other_mode: str | None = None) -> None:
        """`label` as in "No such {label}"; `other_mode` is "live" or "test" if the id exists there."""
        message = f"No such {label}: '{mask_card_numbers(id)}'"
        if other_mode is not None:
            here = "test" if other_mode == "live" else "live"
            message += (
                f"; a similar object exists in {other_mode} mode, but a {here} mode key was used to make this request."
            )
        super().__init__(message, code="resource_missing", param=param)
        self.in_path = in_path


class CardDeclined(Refusal):
    """The card network or the card's data refused the payment (402)."""

    type = "card_error"

    def __init__(
        self,
        message: str,
        *,
        code: str,
        decline_code: str | None = None,
        param: str | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message, code=code, param=param, details=details)
        self.decline_code = decline_code


class Unauthenticated(Refusal):
    """No key, or a key that opens nothing (401)."""


class Forbidden(Refusal):
    """The key is good, but not for this (403)."""


class UnknownRoute(Refusal):
    """No such URL (404)."""


class IdempotencyMismatch(Refusal):
    """An idempotency key came back with another request (400)."""

    type = "idempotency_error"


class IdempotencyInProgress(Refusal):
    """The first request with this idempotency key is still running (409)."""

    type = "idempotency_error"


class LockTimeout(Refusal):
    """Another request holds the object; trying again is safe and may help (429)."""


class TooManyRequests(Refusal):
    """The caller does it too often; trying again at once does not help (429)."""


class Unavailable(Refusal):
    """The system cannot do it now (database gone, disk full); nothing was changed (503)."""

    type = "api_error"


class InvariantBroken(AssertionError):
    """A rule that guards money does not hold. The work stops; this is a bug of ours (500)."""


def invariant(holds: bool, rule: str) -> None:
    """Stop at once unless `holds`. Unlike `assert` it also runs under `python -O`."""
    if not holds:
        raise InvariantBroken(rule)
