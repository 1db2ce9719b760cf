"""The codes of terminal refusals (terminal.md 2, 5.3), all of the type invalid_request_error."""

import pytest

from opentill.domain.errors import InvalidRequest
from opentill.domain.terminal import refusals


@pytest.mark.parametrize(
    ("refusal", "code", "begins"),
    [
        (refusals.reader_busy(), "terminal_reader_busy", "Reader is currently busy processing another request."),
        (
            refusals.reader_offline(),
            "terminal_reader_offline",
            "Reader is currently offline, please ensure the reader is powered on and connected to the internet",
        ),
        (
            refusals.reader_timeout(),
            "terminal_reader_timeout",
            "There was a timeout when sending this command to the reader.",
        ),
        (refusals.reader_hardware_fault(), "terminal_reader_hardware_fault", "The reader encountered"),
        (
            refusals.intent_invalid_state("Payment intent", "requires_payment_method", "processed"),
            "intent_invalid_state",
            "Payment intent must be in the requires_payment_method state to be processed by a reader.",
        ),
        (refusals.location_country_unsupported("BR"), "terminal_location_country_unsupported", "Terminal is not"),
        (
            refusals.invalid_location_for_activation(),
            "terminal_reader_invalid_location_for_activation",
            "The reader cannot be activated",
        ),
        (
            refusals.invalid_location_for_payment(),
            "terminal_reader_invalid_location_for_payment",
            "The reader cannot take payments",
        ),
        (
            refusals.other_integration_mode(),
            None,
            "Reader is currently processing a transaction from a different integration mode.",
        ),
    ],
)
def test_code_and_message(refusal: InvalidRequest, code: str | None, begins: str) -> None:
    assert refusal.type == "invalid_request_error"
    assert refusal.code == code
    assert refusal.message.startswith(begins)
