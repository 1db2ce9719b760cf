"""Client secrets: what opens one intent to a page, which has no secret key."""

import hmac
from typing import Literal

from msgspec import UnsetType

from opentill.domain.errors import InvalidRequest
from opentill.services.operation import Operation

_CODES = {"PaymentIntent": "payment_intent_invalid_parameter", "SetupIntent": "setup_intent_invalid_parameter"}


def check_client_secret(
    op: Operation, secret: str | UnsetType, expected: str | None, label: Literal["PaymentIntent", "SetupIntent"]
) -> None:
    """A page sees an intent only with its client secret; a secret key may send one, which must be right.

    Raises InvalidRequest.
    """
    if isinstance(secret, UnsetType):
        if op.caller.in_page:
            raise InvalidRequest(
                "Missing required param: client_secret.", code="parameter_missing", param="client_secret"
            )
        return
    if not hmac.compare_digest(secret.encode(), (expected or "").encode()):
        raise InvalidRequest(
            f"The client_secret provided does not match any associated {label} on this account. Ensure the publishable "
            f"key used belongs to the same account that created the {label}.",
            code=_CODES[label],
            param="client_secret",
        )
