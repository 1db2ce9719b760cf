"""How the state of the action slot is written into `Reader.action`, and how actions fail."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.declines import PIN_REQUIRED
from opentill.domain.errors import CardDeclined, InvalidRequest, invariant
from opentill.domain.objects.api_error import ApiError
from opentill.domain.objects.payment_method import PaymentMethod
from opentill.domain.objects.reader_action import Action, ActionType, CollectInputs, Input
from opentill.domain.terminal import actions
from opentill.domain.terminal.actions import Slot


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """Why an action failed. `api_error` only where the API was in the way: not the reader, not the customer."""

    code: str
    message: str
    api_error: ApiError | None = None


_READER_TROUBLE: Final = "This action could not be completed due to an error on the card reader."

CUSTOMER_CANCELED: Final = Failure(code="customer_canceled", message=_READER_TROUBLE)
CONNECTION_ERROR: Final = Failure(code="connection_error", message="Could not connect to Stripe.")
INPUTS_TIMED_OUT: Final = Failure(code="collect_inputs_timeout", message="collect inputs was timed out")

PRINTER_FAILURES: Final[Mapping[str, Failure]] = {
    code: Failure(code=code, message=message)
    for code, message in (
        ("printer_busy", "The printer is busy."),
        ("printer_paperjam", "The paper is jammed."),
        ("printer_out_of_paper", "The printer is out of paper."),
        ("printer_cover_open", "The cover of the printer is open."),
        ("printer_absent", "The reader has no printer."),
        ("printer_unavailable", "The printer cannot be used now."),
        ("printer_error", "The printer failed."),
    )
}
"""The codes of the JavaScript SDK; none are published for the API."""

DEVICE_FAILURES: Final[Mapping[str, Failure]] = {
    "card_not_supported": Failure(code="card_not_supported", message="The card is of a kind that cannot pay here."),
    "card_blocked": Failure(code="card_blocked", message="The card is blocked."),
    "hardware_fault": Failure(code="terminal_reader_hardware_fault", message=_READER_TROUBLE),
}
"""What a device cannot go on with by itself. No codes are published for the first two."""

DATA_INVALID: Final = Failure(
    code="terminal_reader_collected_data_invalid", message="The reader sent input that does not fit its form."
)


def declined(error: CardDeclined, api_error: ApiError | None = None) -> Failure:
    """The issuer said no: its API code, as in the guide's sample, and its words. A PIN that it wants has its own."""
    code = error.decline_code if error.decline_code in PIN_REQUIRED else error.code
    return Failure(code=code or "card_declined", message=error.message, api_error=api_error)


def refused(error: InvalidRequest) -> Failure:
    """The API did not let the reader go on: what it was to pay or to save was settled otherwise in the meantime."""
    code = error.code or "intent_invalid_state"
    param = UNSET if error.param is None else error.param
    return Failure(
        code=code,
        message=error.message,
        api_error=ApiError(code=code, message=error.message, param=param, type="invalid_request_error"),
    )


def decline_code(action: Action) -> str | None:
    """Why the card was declined, for an action that failed by a decline."""
    error = action.api_error
    return None if error is None or isinstance(error.decline_code, UnsetType) else error.decline_code


def started(type: ActionType, payload: msgspec.Struct) -> Action:
    """A new action; `payload` is the member that is named like its type."""
    members: dict[str, Any] = {type: payload}
    return Action(type=type, status="in_progress", **members)


def shown(action: Action | None, slot: Slot, failure: Failure | None = None) -> Action | None:
    """`Reader.action` after a step that left the slot like this; null for an empty slot."""
    if slot.type is None or action is None:
        return None
    invariant(action.type == slot.type, "the slot and the action shown are about the same thing")
    invariant((slot.phase == "failed") == (failure is not None), "an action says why it failed, and only then")
    return msgspec.structs.replace(
        action,
        status=actions.status(slot),
        failure_code=None if failure is None else failure.code,
        failure_message=None if failure is None else failure.message,
        api_error=None if failure is None else failure.api_error,
    )


def with_payment_method(action: Action, payment_method: PaymentMethod) -> Action:
    """The card that was collected, whole."""
    return msgspec.structs.replace(
        action,
        collect_payment_method=msgspec.structs.replace(
            _member(action.collect_payment_method), payment_method=payment_method
        ),
    )


def with_generated_card(action: Action, payment_method_id: str) -> Action:
    """The reusable card that a setup made."""
    setup = msgspec.structs.replace(_member(action.process_setup_intent), generated_card=payment_method_id)
    return msgspec.structs.replace(action, process_setup_intent=setup)


def with_refund(action: Action, refund_id: str) -> Action:
    """The refund that was made."""
    return msgspec.structs.replace(
        action, refund_payment=msgspec.structs.replace(_member(action.refund_payment), refund=refund_id)
    )


def with_inputs(action: Action, inputs: list[Input]) -> Action:
    """What the customer entered."""
    collected: CollectInputs = _member(action.collect_inputs)
    return msgspec.structs.replace(action, collect_inputs=msgspec.structs.replace(collected, inputs=inputs))


def _member(member: Any) -> Any:
    invariant(not isinstance(member, UnsetType) and member is not UNSET, "an action has the member its type names")
    return member
