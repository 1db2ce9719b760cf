"""Tills with real readers: payments as a shop makes them at the counter, to their end, whatever happens meanwhile.

Every POST is repeated under its key until it is answered. What a reader's action came to is read from the reader, and
an action that did not pay is followed by another one for the same PaymentIntent, as the guide's failure table says.
"""

import time
from collections.abc import Callable
from itertools import count
from random import Random
from typing import Any, Final

import stripe
from tests.crash.customers import APART, Brought, Customer
from tests.crash.payments import AGAIN, Ending, Till

STUCK_S: Final = 60
"""An action that makes no progress for so long, with a customer there, will make none."""

_LOOK_S: Final = 0.3
"""How often the reader's action is looked at while nothing happens on the screen."""
_QUIET_LOOKS: Final = 4

GOOD: Final = (
    Brought("visa", "tap"),
    Brought("mastercard", "insert"),
    Brought("amex", "swipe"),  # told to use the chip
    Brought("stripe_only", "swipe"),
    Brought("offline_pin_cvm", "insert"),
    Brought("online_pin_cvm", "insert"),
    Brought("online_pin_cvm", "tap"),
    Brought("online_pin_sca_retry", "tap"),
    Brought("offline_pin_sca_retry", "tap"),
    Brought("cartes_bancaires_visa_debit", "insert"),
    Brought("broken_chip", "insert"),
    Brought("apple_pay_visa", "tap"),
    Brought("visa", "insert", hasty=True),
    Brought("offline_pin_cvm", "insert", hasty=True),
    Brought("mastercard", "tap", hasty=True),
)
DECLINED: Final = (
    Brought("charge_declined", "tap"),
    Brought("charge_declined_insufficient_funds", "insert"),
    Brought("charge_declined_lost_card", "tap"),
)
INTERAC: Final = (Brought("interac", "insert"), Brought("interac", "tap"), Brought("interac", "insert", hasty=True))

PAID: Final = ("requires_capture", "succeeded")

_numbers = count(1)


class RealCounter:
    """A till with a reader that has a customer. Registering it takes the code that the reader shows."""

    def __init__(self, till: Till, customer: Customer, code: str, seed: str, *, tips: bool) -> None:
        self.customer = customer
        self.numbers: dict[str, int] = {}
        self.cancels = 0
        self.till = till
        self._random = Random(seed)
        self._terminal = till.client.v1.terminal
        self._readers = self._terminal.readers
        self.reader: str = till.send(
            self._readers.create, {"registration_code": code, "location": self._location(tips).id, "label": till._name}
        ).id

    def _location(self, tips: bool) -> Any:
        address = {"line1": "1 Main St", "city": "Ottawa", "state": "ON", "postal_code": "K1A 0A1", "country": "CA"}
        given: dict[str, Any] = {"display_name": "Counter", "address": address}
        if tips:
            tipping = {"cad": {"fixed_amounts": [100, 200, 300]}}
            made = self.till.send(self._terminal.configurations.create, {"tipping": tipping})
            given["configuration_overrides"] = made.id
        return self.till.send(self._terminal.locations.create, given)

    # Stories ----------------------------------------------------------------------------------------------------

    def make_a_payment(self) -> None:
        """One payment of some kind, to its end."""
        story = self._random.choice(STORIES)
        self.till.endings.append(story(self))

    def process(self) -> Ending:
        """Processed in one step; sometimes declined first. Held, or paid at once."""
        manual = self._random.random() < 0.5
        intent = self._sale(capture_method="manual" if manual else "automatic")
        if self._random.random() < 0.3:
            self.customer.bring(self._random.choice(DECLINED))
            intent = self._attempt(intent)
        intent = self._until_paid(intent, GOOD)
        if manual and self._random.random() < 0.5:
            intent = self.till.send(self.till.client.v1.payment_intents.capture, intent.id)
        return self._ending(intent)

    def collect_and_confirm(self) -> Ending:
        """In two steps; in one, if something comes between them."""
        intent = self._sale(capture_method="manual")
        self.customer.bring(self._random.choice(GOOD))
        if self._began(self._readers.collect_payment_method, {"payment_intent": intent.id}):
            self._await_end(intent)
            self._began(self._readers.confirm_payment_intent, {"payment_intent": intent.id})
            self._await_end(intent)
        return self._ending(self._until_paid(self._intent(intent), GOOD))

    def interac_and_back(self) -> Ending:
        """Paid with an Interac card, and a little of it given back."""
        types = ["card_present", "interac_present"]
        intent = self._sale(capture_method="automatic", allowed_payment_method_types=types)
        intent = self._until_paid(intent, INTERAC)
        back = self._random.choice((100, 300))
        self.customer.bring(self._random.choice(INTERAC[::2]))
        while self._charge(intent).amount_refunded < back:
            self._began(self._readers.refund_payment, {"payment_intent": intent.id, "amount": back})
            self._await_end(intent)
        return self._ending(intent)

    # Parts of them ----------------------------------------------------------------------------------------------

    def _sale(self, **params: Any) -> Any:
        number = next(_numbers)
        given = {"currency": "cad", "allowed_payment_method_types": ["card_present"]} | params
        intent = self.till.create(number * APART, **given)
        self.numbers[intent.id] = number
        return intent

    def _until_paid(self, intent: Any, cards: tuple[Brought, ...]) -> Any:
        """Have cards presented until one has paid; the intent as it is then."""
        while intent.status not in PAID:
            self.customer.bring(self._random.choice(cards))
            intent = self._attempt(intent)
        return intent

    def _attempt(self, intent: Any) -> Any:
        """Have it paid at the reader, or not; the intent as it is afterwards."""
        if self._began(self._readers.process_payment_intent, {"payment_intent": intent.id}):
            if self._random.random() < 0.15:
                self.cancels += 1
                self._began(self._readers.cancel_action)
            self._await_end(intent)
        return self._intent(intent)

    def _began(self, call: Callable[..., Any], *params: Any) -> bool:
        """Ask the reader to do something; whether it may be at it.

        A reader that did not answer in time may be at it all the same, and one that is busy is at something.
        """
        try:
            self.till.send(call, self.reader, *params)
        except stripe.InvalidRequestError as error:
            if error.code not in REFUSALS:
                raise
            if error.code in ("terminal_reader_offline", "terminal_reader_busy"):
                self.customer.wait(self.customer.seen, _LOOK_S)  # it may come back, or finish
            return error.code in ("terminal_reader_timeout", "terminal_reader_busy")
        return True

    def _await_end(self, intent: Any) -> None:
        """Wait until the reader is at nothing any more, and hold the API to what it says of the end."""
        action = self.idle().action
        if action is None:
            return
        if action.status == "failed":
            self.till._told.refusals[intent.id] += 1
        process = action.to_dict().get("process_payment_intent") or action.to_dict().get("confirm_payment_intent")
        if action.status == "succeeded" and process is not None and process["payment_intent"] == intent.id:
            assert self._intent(intent).status in PAID, action

    def idle(self) -> Any:
        """The reader, as soon as no action is in progress. Raises AssertionError if that does not come to pass."""
        seen, quiet, deadline = self.customer.seen, 0, time.monotonic() + STUCK_S
        while True:
            reader = self._look(self._readers.retrieve, self.reader)
            if reader.action is None or reader.action.status != "in_progress":
                return reader
            assert time.monotonic() < deadline, f"{self.till._name}: {reader.action}\n{self.customer.story()}"
            before, seen = seen, self.customer.wait(seen, _LOOK_S)
            quiet = quiet + 1 if seen == before else 0
            if quiet % _QUIET_LOOKS == _QUIET_LOOKS - 1:
                self.till._let_it_work()  # what a process that died was at is nobody's for a while

    def leave_and_cancel(self) -> Ending:
        """One last payment, which nobody comes for: the reader asks for a card until the till gives up."""
        intent = self._sale(capture_method="automatic")
        assert self.customer.wait_for("splash", within_s=STUCK_S), self.customer.story()
        self.customer.close()
        self.till.send(self._readers.process_payment_intent, self.reader, {"payment_intent": intent.id})
        assert self._look(self._readers.retrieve, self.reader).action.status == "in_progress"
        assert self.till.send(self._readers.cancel_action, self.reader).action is None
        return self._ending(self.till.send(self.till.client.v1.payment_intents.cancel, intent.id))

    def _ending(self, intent: Any) -> Ending:
        intent = self._intent(intent)
        charges = self._look(self.till.client.v1.charges.list, {"payment_intent": intent.id}).data
        declines = sum(charge.status == "failed" for charge in charges)
        self.till._told.refusals[intent.id] += declines  # what is read again after a decline is told by its charge
        return Ending(
            intent.id,
            intent.status,
            received=intent.amount_received,
            refunded=sum(charge.amount_refunded for charge in charges),
            capturable=intent.amount_capturable,
            declines=declines,
        )

    def _intent(self, intent: Any) -> Any:
        return self._look(self.till.client.v1.payment_intents.retrieve, intent.id)

    def _charge(self, intent: Any) -> Any:
        return self._look(self.till.client.v1.charges.retrieve, intent.latest_charge)

    def _look(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """Read until there is somebody to answer."""
        while True:
            try:
                return call(*arguments)
            except stripe.APIConnectionError:
                self.till._server.wait_until_up()
            except stripe.StripeError as error:
                if error.http_status not in AGAIN:
                    raise


REFUSALS: Final = (
    "terminal_reader_timeout",
    "terminal_reader_busy",
    "terminal_reader_offline",
    "intent_invalid_state",  # paid meanwhile, or the card that was collected has lapsed
    "charge_already_refunded",
)

STORIES: Final[tuple[Callable[[RealCounter], Ending], ...]] = (
    RealCounter.process,
    RealCounter.process,
    RealCounter.collect_and_confirm,
    RealCounter.interac_and_back,
)
