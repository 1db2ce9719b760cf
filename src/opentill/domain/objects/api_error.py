"""An error kept on an object: `last_payment_error`, `last_setup_error`, `setup_error`, a reader action's `api_error`.

The same shape as `error` in an answer. Null members are omitted, unlike everywhere else in the API.
"""

from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.objects.payment_method import PaymentMethod

ApiErrorType: TypeAlias = Literal["api_error", "card_error", "idempotency_error", "invalid_request_error"]
AdviceCode: TypeAlias = Literal["confirm_card_data", "do_not_try_again", "try_again_later"]


class ApiError(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong with an attempt; `last_payment_error` leaves out the intent it sits on."""

    advice_code: AdviceCode | UnsetType = UNSET
    charge: str | UnsetType = UNSET  # id of the failed charge
    code: str | UnsetType = UNSET
    decline_code: str | UnsetType = UNSET
    doc_url: str | UnsetType = UNSET
    message: str | UnsetType = UNSET
    network_advice_code: str | UnsetType = UNSET  # two characters
    network_decline_code: str | UnsetType = UNSET  # two characters, ISO 8583 DE 39
    param: str | UnsetType = UNSET
    payment_intent: dict[str, Any] | UnsetType = UNSET  # the whole object
    payment_method: PaymentMethod | UnsetType = UNSET
    payment_method_type: str | UnsetType = UNSET
    request_log_url: str | UnsetType = UNSET
    setup_intent: dict[str, Any] | UnsetType = UNSET  # the whole object
    type: ApiErrorType
