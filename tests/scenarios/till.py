"""A till: a shop with a counter, a simulated reader on it, and a customer with cards."""

from typing import Any

import stripe
from tests.scenarios.shop import Shop

ADDRESS = {"line1": "1 Main Street", "city": "San Francisco", "state": "CA", "postal_code": "94111", "country": "US"}
CANADA = {"line1": "1 Main Street", "city": "Toronto", "state": "ON", "postal_code": "M4B 1B3", "country": "CA"}

VISA = "4242424242424242"
INTERAC = "4506445006931933"

SUCCEEDED = "terminal.reader.action_succeeded"
FAILED = "terminal.reader.action_failed"
UPDATED = "terminal.reader.action_updated"


class Till:
    """One counter of `shop`: a location and a reader in it. Amounts are minor units."""

    def __init__(
        self, shop: Shop, code: str = "simulated-s700", address: dict[str, str] | None = None, **location: Any
    ) -> None:
        self.shop = shop
        self.v1 = shop.client.v1
        self.readers = shop.client.v1.terminal.readers
        self.helpers = shop.client.v1.test_helpers.terminal.readers
        given = {"display_name": "Counter", "address": address or ADDRESS} | location
        self.location = self.v1.terminal.locations.create(given)  # type: ignore[arg-type]
        self.reader = self.readers.create({"registration_code": code, "location": self.location.id})

    def sale(self, amount: int = 1000, *types: str, **params: Any) -> stripe.PaymentIntent:
        """A PaymentIntent for cards that are presented, captured later unless `capture_method` says otherwise."""
        given = {
            "amount": amount,
            "currency": "usd",
            "allowed_payment_method_types": list(types) or ["card_present"],
            "capture_method": "manual",
        }
        return self.v1.payment_intents.create(given | params)  # type: ignore[arg-type]

    def process(self, intent: stripe.PaymentIntent, **config: Any) -> stripe.terminal.Reader:
        """Hand the payment to the reader."""
        given: dict[str, Any] = {"payment_intent": intent.id} | ({"process_config": config} if config else {})
        return self.readers.process_payment_intent(self.reader.id, given)  # type: ignore[arg-type]

    def collect(self, intent: stripe.PaymentIntent, **config: Any) -> stripe.terminal.Reader:
        """Have the reader collect a card for the payment."""
        given: dict[str, Any] = {"payment_intent": intent.id} | ({"collect_config": config} if config else {})
        return self.readers.collect_payment_method(self.reader.id, given)  # type: ignore[arg-type]

    def confirm(self, intent: stripe.PaymentIntent) -> stripe.terminal.Reader:
        """Have the reader charge the card it collected."""
        return self.readers.confirm_payment_intent(self.reader.id, {"payment_intent": intent.id})

    def present(self, number: str | None = None, /, **params: Any) -> stripe.terminal.Reader:
        """The customer presents a card: the usual one, or the one of that number."""
        if number is not None:
            params["interac_present" if number == INTERAC else "card_present"] = {"number": number}
        return self.helpers.present_payment_method(self.reader.id, params)  # type: ignore[arg-type]

    def pay(self, amount: int = 1000, card: str | None = None, **params: Any) -> stripe.PaymentIntent:
        """A sale from beginning to end."""
        intent = self.sale(amount, **params)
        self.process(intent)
        self.present(card)
        return self.intent(intent)

    def intent(self, intent: stripe.PaymentIntent, *expand: str) -> stripe.PaymentIntent:
        """The payment as it is now."""
        return self.v1.payment_intents.retrieve(intent.id, {"expand": list(expand)})

    def now(self) -> stripe.terminal.Reader:
        """The reader as it is now."""
        return self.readers.retrieve(self.reader.id)

    def read(self, intent: stripe.PaymentIntent) -> Any:
        """`payment_method_details.card_present` of the latest charge."""
        details = self.shop.charge(intent).payment_method_details
        assert details is not None
        return details["card_present"]

    def trouble(self, kind: str, **params: Any) -> None:
        """Let the next command to the reader go wrong."""
        answer = self.shop.request("POST", f"/opentill/readers/{self.reader.id}/faults", {"kind": kind} | params)
        assert answer.status == 200, answer.body


def ended(reader: stripe.terminal.Reader) -> tuple[str | None, str | None]:
    """The status and the failure code of the reader's action; (None, None) if it has none."""
    return (None, None) if reader.action is None else (reader.action.status, reader.action.failure_code)
