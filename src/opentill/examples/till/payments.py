"""What the shop does with its secret key: payments for its orders, saved cards, and the reconciliation.

Amounts come from the shop's own menu. Each request that makes something has an idempotency key derived from the order,
so that a request sent twice (by the page, by this program, by the library) makes one thing.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

from stripe import Charge, PaymentIntent, PaymentMethod, SetupAttempt, SetupIntent, StripeClient

from .menu import CURRENCY, ITEMS, QUANTITY_MAX, totals
from .orders import Card, Order, Orders

DAY_S: Final = 86_400
# Authorizations of cards that are present last two days, some kinds of shops may hold them for up to thirty.
HELD_AT_MOST_S: Final = 31 * DAY_S

Case = Literal["no_completed_order", "not_captured", "paid_otherwise"]


class Refused(Exception):
    """The page is told no: the HTTP status, a code for programs, a message for the cashier."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


@dataclass(frozen=True, slots=True)
class Advice:
    """What a PaymentIntent left in `requires_capture` is a case of, and what to do with it."""

    case: Case
    action: Literal["cancel", "capture"]


def advice(order: Order | None, intent: str) -> Advice:
    """The guide "Collect card payments", part "Reconcile payments": which of its cases `intent` is.

    Not of a completed order: the customer left, cancel. Of a completed order that nothing else has paid: the request
    to capture was lost, capture. Of one that was paid otherwise, in cash or with another payment: cancel.
    """
    if order is None or order.state != "completed":
        return Advice("no_completed_order", "cancel")
    if order.paid_with == "card" and order.payment_intent == intent and not order.refunded:
        return Advice("not_captured", "capture")
    return Advice("paid_otherwise", "cancel")


class Payments:
    """The shop's payments. `location` restricts its tills to the readers of one location."""

    def __init__(self, client: StripeClient, orders: Orders, location: str | None = None) -> None:
        self._v1 = client.v1
        self._orders = orders
        self._location = location

    def connection_token(self) -> str:
        """A secret that lets the page work with readers, once and for a short while."""
        params: Any = {} if self._location is None else {"location": self._location}
        return self._v1.terminal.connection_tokens.create(params).secret

    # Orders -----------------------------------------------------------------------------------------------------

    def order(self, id: str) -> Order:
        """The order. Raises Refused."""
        found = self._orders.get(id)
        if found is None:
            raise Refused(404, "no_such_order", "There is no such order.")
        return found

    def today(self) -> list[Order]:
        """Orders since midnight, newest first."""
        now = time.localtime()
        midnight = time.mktime((now.tm_year, now.tm_mon, now.tm_mday, 0, 0, 0, 0, 0, -1))
        return self._orders.since(int(midnight))

    def ring_up(self, id: str, quantities: Mapping[str, Any], total: object) -> Order:
        """Begin an order, or change an open one. `total` is what the page shows, and must be right. Raises Refused."""
        if not quantities:
            raise Refused(400, "empty_order", "There is nothing in the order.")
        for item, quantity in quantities.items():
            if item not in ITEMS:
                raise Refused(400, "no_such_item", f"{item!r} is not on the menu.")
            if type(quantity) is not int or not 1 <= quantity <= QUANTITY_MAX:
                raise Refused(400, "bad_quantity", f"The quantity of {item!r} must be from 1 to {QUANTITY_MAX}.")
        sums = totals(quantities)
        if total != sums.total:
            raise Refused(409, "price_changed", "The prices have changed. Load the page again.")
        known = self._orders.get(id)
        if known is not None and known.quantities == quantities:
            return known
        if known is not None:
            self._must_be_open(known)
            self._change_amount(known, sums.total)
        self._orders.ring_up(id, int(time.time()), quantities, sums)
        return self.order(id)

    def set_email(self, id: str, email: object) -> Order:
        """Where the receipt goes. Raises Refused."""
        order = self.order(id)
        if not isinstance(email, str) or not 3 <= len(email) <= 320 or email.count("@") != 1 or " " in email:
            raise Refused(400, "bad_email", "This is not an email address.")
        if order.payment_intent is not None:
            self._v1.payment_intents.update(order.payment_intent, {"receipt_email": email})
        return self._orders.change(id, email=email)

    def abandon(self, id: str) -> Order:
        """The customer leaves without buying: nothing stays held on a card. Raises Refused."""
        order = self.order(id)
        if order.state == "abandoned":
            return order
        self._must_be_open(order)
        if order.payment_intent is not None:
            intent = self._v1.payment_intents.retrieve(order.payment_intent)
            if intent.status != "canceled":
                self._cancel(intent)
        return self._orders.change(id, state="abandoned")

    # Payment by card --------------------------------------------------------------------------------------------

    def intent(self, id: str) -> PaymentIntent:
        """The PaymentIntent of an open order: always the same one. Raises Refused."""
        order = self.order(id)
        self._must_be_open(order)
        if order.payment_intent is not None:
            return self._v1.payment_intents.retrieve(order.payment_intent)
        params: Any = {
            "amount": order.total,
            "currency": CURRENCY,
            "allowed_payment_method_types": ["card_present"],
            "capture_method": "manual",
            "description": f"Order {id[:8]}",
            "metadata": {"order": id},
        }
        if order.email is not None:
            params["receipt_email"] = order.email
        # With the amount in the key: an order that was changed before its answer came is another request.
        intent = self._v1.payment_intents.create(params, {"idempotency_key": f"{id}-payment-{order.total}"})
        self._orders.change(id, payment_intent=intent.id)
        return intent

    def complete(self, id: str) -> Order:
        """The card was approved and the goods are handed over. The capture is a request of its own. Raises Refused."""
        order = self.order(id)
        if order.state == "completed" and order.paid_with == "card":
            return order
        self._must_be_open(order)
        if order.payment_intent is None:
            raise Refused(409, "not_paid", "No payment was begun for this order.")
        intent = self._v1.payment_intents.retrieve(order.payment_intent)
        if intent.status not in ("requires_capture", "succeeded"):
            raise Refused(409, "not_paid", f"The payment is {intent.status}, not approved.")
        tip = tip_of(intent)
        if intent.amount - tip != order.total:
            raise Refused(409, "other_amount", "The payment is not for the amount of the order.")
        return self._orders.change(id, state="completed", paid_with="card", tip=tip)

    def capture(self, id: str) -> Order:
        """Take the money of an order that was completed. Raises Refused."""
        order = self.order(id)
        if order.state != "completed" or order.paid_with != "card" or order.payment_intent is None:
            raise Refused(409, "not_completed", "This order was not completed with a card.")
        if not order.captured:
            self._capture(order.payment_intent, order)
        return self.order(id)

    def pay_in_cash(self, id: str) -> Order:
        """The customer pays with money. Raises Refused.

        A card payment that was begun and not approved is canceled. One that was approved is left to the
        reconciliation, where somebody decides who sees both.
        """
        order = self.order(id)
        if order.state == "completed" and order.paid_with == "cash":
            return order
        self._must_be_open(order)
        if order.payment_intent is not None:
            intent = self._v1.payment_intents.retrieve(order.payment_intent)
            if intent.status in ("requires_payment_method", "requires_confirmation"):
                self._cancel(intent)
        return self._orders.change(id, state="completed", paid_with="cash", captured=1)

    def refund(self, id: str) -> Order:
        """Give back all of it. Raises Refused."""
        order = self.order(id)
        if order.refunded:
            return order
        if order.state != "completed" or not order.captured:
            raise Refused(409, "not_paid", "This order has not been paid.")
        if order.paid_with == "card" and order.payment_intent is not None:
            params: Any = {"payment_intent": order.payment_intent, "metadata": {"order": id}}
            self._v1.refunds.create(params, {"idempotency_key": f"{id}-refund"})
        return self._orders.change(id, refunded=1)

    def receipt(self, id: str) -> dict[str, Any]:
        """What card rules want printed, from the payment's charge; empty for cash. Raises Refused."""
        order = self.order(id)
        if order.paid_with != "card" or order.payment_intent is None:
            return {}
        intent = self._v1.payment_intents.retrieve(order.payment_intent, {"expand": ["latest_charge"]})
        charge = cast("Charge", intent.latest_charge)
        read = charge.payment_method_details
        card: Any = None if read is None else read.card_present
        fields = "brand funding last4 read_method receipt wallet generated_card".split()
        found = {} if card is None else {name: value for name, value in card.to_dict().items() if name in fields}
        return found | {"charge": charge.id, "amount": charge.amount, "created": charge.created}

    # Reconciliation ---------------------------------------------------------------------------------------------

    def uncaptured(self) -> list[dict[str, Any]]:
        """Every PaymentIntent that is left in `requires_capture`, with its order and what to do, oldest first."""
        since: Any = {"created": {"gte": int(time.time()) - HELD_AT_MOST_S}, "limit": 100}
        held = [
            one for one in self._v1.payment_intents.list(since).auto_paging_iter() if one.status == "requires_capture"
        ]
        return [self._shown(intent) for intent in reversed(held)]

    def reconcile(self, intent_id: str, action: object) -> dict[str, Any]:
        """Do with a PaymentIntent what is advised, looked at anew. Raises Refused."""
        intent = self._v1.payment_intents.retrieve(intent_id)
        if intent.status != "requires_capture":
            raise Refused(409, "settled", f"This payment is {intent.status} meanwhile.")
        order = self._order_of(intent)
        advised = advice(order, intent.id)
        if action != advised.action:
            raise Refused(409, "advice_changed", "This is not what is to be done any more. Look again.")
        if advised.action == "capture" and order is not None:
            self._capture(intent.id, order)
        else:
            self._cancel(intent)
        return {"payment_intent": intent.id, "done": advised.action}

    def _shown(self, intent: PaymentIntent) -> dict[str, Any]:
        order = self._order_of(intent)
        advised = advice(order, intent.id)
        return {
            "payment_intent": intent.id,
            "amount": intent.amount,
            "currency": intent.currency,
            "created": intent.created,
            "order": None if order is None else order.shown(),
            "case": advised.case,
            "action": advised.action,
        }

    def _order_of(self, intent: PaymentIntent) -> Order | None:
        return self._orders.get(intent.metadata.to_dict().get("order", ""))

    # Cards to save ----------------------------------------------------------------------------------------------

    def begin_card(self, id: str, name: object, consent: object) -> SetupIntent:
        """A SetupIntent for a customer who agreed that the card is kept. Raises Refused."""
        if consent is not True:
            raise Refused(400, "no_consent", "A card is saved only if the customer agrees.")
        if not isinstance(name, str) or not 1 <= len(name.strip()) <= 100:
            raise Refused(400, "bad_name", "Enter the customer's name.")
        known = self._orders.card(id)
        if known is not None:
            return self._v1.setup_intents.retrieve(known.setup_intent)
        customer = self._v1.customers.create({"name": name.strip()}, {"idempotency_key": f"{id}-customer"})
        params: Any = {
            "customer": customer.id,
            "allowed_payment_method_types": ["card_present"],
            "usage": "off_session",
        }
        intent = self._v1.setup_intents.create(params, {"idempotency_key": f"{id}-setup"})
        self._orders.add_card(Card(id, customer.id, intent.id), int(time.time()))
        return intent

    def saved_card(self, id: str) -> dict[str, Any]:
        """The card that was saved: what can be charged later is the generated one. Raises Refused."""
        card = self._orders.card(id)
        if card is None:
            raise Refused(404, "no_such_card", "There is no such card.")
        intent = self._v1.setup_intents.retrieve(card.setup_intent, {"expand": ["latest_attempt"]})
        attempt = cast("SetupAttempt | None", intent.latest_attempt)
        read: Any = None if attempt is None else attempt.payment_method_details.card_present
        if intent.status != "succeeded" or read is None or read.generated_card is None:
            raise Refused(409, "not_saved", "No card was saved.")
        method: PaymentMethod = self._v1.payment_methods.retrieve(read.generated_card)
        details = method.card
        if details is None:
            raise Refused(409, "not_saved", "No card was saved.")
        kept = {name: details[name] for name in ("brand", "last4", "exp_month", "exp_year", "funding")}
        return {"payment_method": method.id, "customer": card.customer} | kept

    # What several of them do ------------------------------------------------------------------------------------

    def _must_be_open(self, order: Order) -> None:
        if order.state != "open":
            raise Refused(409, "order_closed", f"This order is {order.state} already.")

    def _change_amount(self, order: Order, total: int) -> None:
        """Bring a payment that was begun in line with an order that changes; one that was approved stands."""
        if order.payment_intent is None or order.total == total:
            return
        intent = self._v1.payment_intents.retrieve(order.payment_intent)
        if intent.status not in ("requires_payment_method", "requires_confirmation"):
            raise Refused(409, "paid_already", "A card was approved for this order. It cannot be changed any more.")
        self._v1.payment_intents.update(intent.id, {"amount": total})

    def _capture(self, intent_id: str, order: Order) -> None:
        """Capture, or find it captured: then an earlier answer was lost."""
        intent = self._v1.payment_intents.retrieve(intent_id)
        if intent.status != "succeeded":
            self._v1.payment_intents.capture(intent_id, {}, {"idempotency_key": f"{order.id}-capture"})
        self._orders.change(order.id, captured=1)

    def _cancel(self, intent: PaymentIntent) -> None:
        params: Any = {"cancellation_reason": "abandoned"}
        self._v1.payment_intents.cancel(intent.id, params, {"idempotency_key": f"{intent.id}-cancel"})


def tip_of(intent: PaymentIntent) -> int:
    """What the customer tipped on the reader; 0 if nothing, or not asked."""
    details: Any = intent.amount_details
    tip: Any = None if details is None else details.to_dict().get("tip")
    return 0 if tip is None else tip.get("amount") or 0
