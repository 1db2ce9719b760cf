"""What a reader's screen says of payments that are decided at the second go: a lost answer, a PIN that was missing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.devices import AtReader, Readers
from tests.scenarios.shop import Shop


@pytest.fixture
def counter(private_shop: Shop, tmp_path: Path) -> Iterator[tuple[AtReader, str]]:
    """Somebody in front of a reader, and the reader's id."""
    readers = Readers(private_shop.server.address, tmp_path / "readers")
    at = readers.at(readers.devices()[0]["serial"])
    code = at.wait("pairing", until=lambda screen: screen.get("code") is not None)["code"]
    reader = private_shop.client.v1.terminal.readers.create({"registration_code": code})
    at.wait("splash")
    yield at, reader.id
    at.close()
    readers.close()


def _sale(shop: Shop, amount: int) -> Any:
    given: Any = {"amount": amount, "currency": "usd", "capture_method": "manual"}
    return shop.client.v1.payment_intents.create(given | {"allowed_payment_method_types": ["card_present"]})


def test_a_payment_whose_answer_was_lost_is_approved_on_the_screen_at_the_retry(
    private_shop: Shop, counter: tuple[AtReader, str]
) -> None:
    at, reader = counter
    readers, intents = private_shop.client.v1.terminal.readers, private_shop.client.v1.payment_intents
    private_shop.fault("lost_answer", "authorize")
    private_shop.fault("timeout", "inquire")
    intent = _sale(private_shop, 1700)
    readers.process_payment_intent(reader, {"payment_intent": intent.id})
    at.wait("present_card")
    at.tap("visa")
    assert at.wait("declined")["heading"] == "Not completed"
    failed = readers.retrieve(reader).action
    assert failed is not None
    assert failed.failure_code == "connection_error"
    retried = readers.process_payment_intent(reader, {"payment_intent": intent.id}).action
    assert retried is not None
    assert (retried.status, intents.retrieve(intent.id).status) == ("succeeded", "requires_capture")
    assert at.wait("approved")["amount"] == "$17.00"
    at.wait("splash")


def test_a_tap_that_wants_a_pin_asks_for_the_card_again_and_then_for_the_pin(
    private_shop: Shop, counter: tuple[AtReader, str]
) -> None:
    at, reader = counter
    intent = _sale(private_shop, 1500)
    private_shop.client.v1.terminal.readers.process_payment_intent(reader, {"payment_intent": intent.id})
    at.wait("present_card")
    at.tap("online_pin_sca_retry")
    at.wait("present_card", until=lambda screen: screen["icon"] == "warning")
    at.tap("online_pin_sca_retry")
    at.wait("pin")
    at.key("1234")
    at.enter()
    at.wait("approved")
    assert private_shop.client.v1.payment_intents.retrieve(intent.id).status == "requires_capture"
