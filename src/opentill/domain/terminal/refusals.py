"""Why a terminal request is refused: one function a code, with the messages the guides show.

Codes and messages are from the error-code list and the server-driven guide; where they publish no code, none is
made up. The codes with no published HTTP status go out as 400, as `invalid_request_error` does elsewhere.
"""

from collections.abc import Mapping
from typing import Any

from opentill.domain.errors import InvalidRequest, TooManyRequests, Unauthenticated


def reader_busy() -> InvalidRequest:
    """The reader is authorizing, updating, in its settings, or has a card left in it. Nothing was changed."""
    return InvalidRequest(
        "Reader is currently busy processing another request. Wait until the action under way has ended; "
        "a payment that is being authorized cannot be replaced or canceled.",
        code="terminal_reader_busy",
    )


def reader_offline() -> InvalidRequest:
    """Nothing was heard from the reader for two minutes. The action is not queued."""
    return InvalidRequest(
        "Reader is currently offline, please ensure the reader is powered on and connected to the internet "
        "before retrying your request.",
        code="terminal_reader_offline",
    )


def reader_timeout() -> InvalidRequest:
    """The reader did not acknowledge in time. It may have the command all the same: retry with the same intent."""
    return InvalidRequest(
        "There was a timeout when sending this command to the reader. It may have arrived all the same: "
        "retry with the same payment, or look at the reader's action.",
        code="terminal_reader_timeout",
    )


def reader_hardware_fault() -> InvalidRequest:
    """The reader is broken."""
    return InvalidRequest(
        "The reader encountered an unrecoverable hardware fault and can no longer accept payments. "
        "Please replace the reader.",
        code="terminal_reader_hardware_fault",
    )


def intent_invalid_state(
    label: str, needed: str, verb: str, details: Mapping[str, Any] | None = None
) -> InvalidRequest:
    """The intent is in the wrong status; `label` as in "Payment intent", `verb` as in "processed"."""
    return InvalidRequest(
        f"{label} must be in the {needed} state to be {verb} by a reader.",
        code="intent_invalid_state",
        details=details,
    )


def location_country_unsupported(country: str) -> InvalidRequest:
    """Live mode: no readers in that country."""
    return InvalidRequest(
        f"Terminal is not available in the country '{country}'. Locations in live mode must be in a supported country; "
        "in test mode they can be anywhere.",
        code="terminal_location_country_unsupported",
        param="address[country]",
    )


def too_many_wrong_codes() -> TooManyRequests:
    """The account sent so many wrong registration codes that it might be guessing."""
    return TooManyRequests(
        "Too many wrong registration codes were sent. Wait ten minutes, then generate a new code on the reader.",
        code="rate_limit",
        param="registration_code",
    )


def unknown_serial_number(serial_number: str) -> InvalidRequest:
    """No such device, or one that another account has: which of the two, nobody is told."""
    return InvalidRequest(
        f"No reader with the serial number '{serial_number[:64]}' can be registered. Connect the reader to this "
        "server first; if it is registered to another account, use the registration code it shows.",
        code="resource_missing",
        param="serial_number",
    )


def invalid_location_for_activation() -> InvalidRequest:
    """The reader cannot be activated at that location: register it to another."""
    return InvalidRequest(
        "The reader cannot be activated in the country of this location. Register it to another location.",
        code="terminal_reader_invalid_location_for_activation",
        param="location",
    )


def invalid_location_for_payment() -> InvalidRequest:
    """The reader cannot take payments where it is: register it to another location."""
    return InvalidRequest(
        "The reader cannot take payments at its current location. Register the reader to another location.",
        code="terminal_reader_invalid_location_for_payment",
    )


def other_integration_mode() -> InvalidRequest:
    """`cancel_action` on a reader that an SDK is driving (observed; no code)."""
    return InvalidRequest("Reader is currently processing a transaction from a different integration mode.")


def connection_token_redeemed() -> InvalidRequest:
    """A connection token is good for one session (observed; the code is ours)."""
    return InvalidRequest(
        "This connection token has already been redeemed. Connection tokens are used once and never cached: the SDK "
        "asks for a new one by itself.",
        code="connection_token_redeemed",
    )


def connection_token_expired() -> Unauthenticated:
    """A connection token that is over, or that there never was."""
    return Unauthenticated(
        "This connection token is not valid, or has expired: it is good for 15 minutes. Create another one.",
        code="connection_token_expired",
    )


def session_expired() -> Unauthenticated:
    """A session of an SDK that is over, or that there never was. The SDK opens another with a new connection token."""
    return Unauthenticated(
        "This session has expired. Open another one with a new connection token.", code="pos_session_expired"
    )


def reader_in_use() -> InvalidRequest:
    """Another SDK is in the middle of something, and `fail_if_in_use` is set. Nothing was changed."""
    return InvalidRequest(
        "The reader is currently in use: another SDK has a command in progress on it. To take it over all the same, "
        "connect with `fail_if_in_use` set to false.",
        code="terminal_reader_in_use",
    )


def reader_taken_over() -> InvalidRequest:
    """Another SDK has connected to the reader since."""
    return InvalidRequest(
        "Another SDK has connected to the reader and has replaced this connection.", code="terminal_reader_taken_over"
    )


def reader_not_connected() -> InvalidRequest:
    """The SDK is not connected to the reader, not any more, or there is no such reader."""
    return InvalidRequest(
        "This session is not connected to the reader. Discover readers and connect to one first.",
        code="terminal_reader_not_connected",
    )


def unsupported_by_device(action: str, device_type: str) -> InvalidRequest:
    """The model cannot do this."""
    return InvalidRequest(f"A reader of the type {device_type} does not support {action}.")


def invalid(message: str, param: str) -> InvalidRequest:
    """A parameter whose value makes no sense; no code is published for these."""
    return InvalidRequest(message, param=param)


def missing(param: str) -> InvalidRequest:
    """A parameter that this request needs."""
    return InvalidRequest(f"Missing required param: {param}.", code="parameter_missing", param=param)


def too_small(param: str, minimum: int) -> InvalidRequest:
    """A number below its floor."""
    return InvalidRequest(
        f"This value must be greater than or equal to {minimum}.", code="parameter_invalid_integer", param=param
    )


def too_long(param: str, maximum: int, length: int) -> InvalidRequest:
    """A text above its limit; the text itself is not repeated."""
    return invalid(
        f"{param} can have up to {maximum} characters, but you passed in a value that is {length} characters.", param
    )


def too_many(param: str, maximum: int, count: int) -> InvalidRequest:
    """A list above its limit."""
    return invalid(f"{param} can have up to {maximum} elements, but you passed in {count}.", param)
