"""Payments as a shop makes them: with the official client, and every request repeated until it is answered.

A request that got no answer, or "try again", is sent again under its own idempotency key. After a 402 whose outcome
nobody knows (`processing_error`) the same PaymentIntent is confirmed again, with a new key, as the failure table of
the guides says. Each story ends in a state that is known beforehand, however often the server died in between.
"""

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

import stripe
from tests.crash.mortal import PATIENCE_S, Mortal

REPEATS_MAX = 2000
AGAIN = (409, 429, 503)


@dataclass
class Told:
    """What the shop was told, by idempotency key: the only memory there is beside the server's.

    `refusals` counts 402s by PaymentIntent, `unavailable` the answers 503.
    """

    answers: dict[str, tuple[int, bytes]] = field(default_factory=dict[str, tuple[int, bytes]])
    refusals: Counter[str] = field(default_factory=Counter[str])
    unavailable: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def hear(self, key: str, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """An answer to a POST. The same key is answered the same for ever, once it is answered at all."""
        with self.changed:
            if status not in AGAIN:
                earlier = self.answers.setdefault(key, (status, body))
                assert earlier == (status, body), f"{key} was answered {earlier}, and then {(status, body)}"
            else:
                assert headers["stripe-should-retry"] == "true", body
                self.unavailable += status == 503
            self.changed.notify_all()

    def wait(self, until: Callable[[], bool]) -> None:
        """Wait until something was heard often enough."""
        with self.changed:
            assert self.changed.wait_for(until, PATIENCE_S), "nothing is heard any more"


@dataclass(frozen=True)
class Ending:
    """How a story ended, which is how the books must show it. Amounts in minor units."""

    intent: str
    status: str
    received: int = 0
    refunded: int = 0
    capturable: int = 0
    declines: int = 0


class _Transport(stripe.RequestsClient):
    """The official client's transport; it notes the exact bytes of what came back."""

    def __init__(self, told: Told) -> None:
        super().__init__(timeout=30)
        self._told = told

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        body, status, answered = super().request(method, url, headers, post_data)
        key = (headers or {}).get("Idempotency-Key", "")
        if method == "post":
            self._told.hear(key, status, body if isinstance(body, bytes) else body.encode(), answered)
        return body, status, answered


class Till:
    """One till, which makes payments one after another.

    `patience_s` is by how much the clock is moved on when the server says "try again": what another process may have
    left behind is not looked at before its lease is over.
    """

    def __init__(self, server: Mortal, key: str, name: str, seed: int, told: Told, *, patience_s: int = 0) -> None:
        self.endings: list[Ending] = []
        self.made: list[tuple[Callable[..., Any], tuple[Any, ...], str]] = []
        self._server = server
        self._name = name
        self._random = Random(f"{name} {seed}")
        self._keys = itertools.count(1)
        self._told = told
        self._patience_s = patience_s
        self.client = stripe.StripeClient(
            key,
            base_addresses={"api": server.address},
            max_network_retries=0,
            http_client=_Transport(told),
        )
        self._intents = self.client.v1.payment_intents
        self._refunds = self.client.v1.refunds

    # Requests ---------------------------------------------------------------------------------------------------

    def send(self, call: Callable[..., Any], *arguments: Any) -> Any:
        """Make a POST until it is answered. Raises CardError: a 402 is an answer."""
        key = f"{self._name}-{next(self._keys)}"
        self.made.append((call, arguments, key))
        return self.repeat(call, arguments, key)

    def repeat(self, call: Callable[..., Any], arguments: tuple[Any, ...], key: str) -> Any:
        """Make a POST under `key` until it is answered."""
        for _ in range(REPEATS_MAX):
            try:
                return call(*arguments, options={"idempotency_key": key})
            except stripe.APIConnectionError:
                self._server.wait_until_up()
            except stripe.StripeError as error:
                if error.http_status not in AGAIN:
                    raise
                self._let_it_work()
        raise AssertionError(f"{key} was not answered in {REPEATS_MAX} tries: {arguments}")

    def _let_it_work(self) -> None:
        """Let the server do everything that is due, and come back."""
        try:
            self.client.raw_request("post", "/opentill/clock", seconds=self._patience_s)
        except stripe.APIConnectionError:
            self._server.wait_until_up()
        except stripe.StripeError as error:
            if error.http_status not in AGAIN:
                raise

    def pay(self, call: Callable[..., Any], *arguments: Any) -> tuple[Any, int]:
        """Make a request that may be declined, and confirm again while its outcome is not known.

        With how often it was refused on the way. Raises CardError for a true decline.
        """
        refused = 0
        while True:
            try:
                return self.send(call, *arguments), refused
            except stripe.CardError as error:
                refused += 1
                self._told.refusals[self._intent_of(error)] += 1
                if error.code != "processing_error":
                    raise
                if call not in (self._intents.create, self._intents.confirm):
                    continue
                call, arguments = self._intents.confirm, (self._intent_of(error),)

    @staticmethod
    def _intent_of(error: stripe.CardError) -> str:
        assert error.error is not None
        assert error.error.payment_intent is not None
        return error.error.payment_intent.id

    # Stories ----------------------------------------------------------------------------------------------------

    def make_a_payment(self) -> None:
        """One payment of some kind, to its end."""
        self.endings.append(self._random.choice(STORIES)(self))

    def amount(self) -> int:
        return self._random.randint(200, 20_000)

    def create(self, amount: int, **params: Any) -> Any:
        """A PaymentIntent, confirmed at once if `confirm` is given."""
        given = {"amount": amount, "currency": "usd", "allowed_payment_method_types": ["card"]} | params
        if given.get("confirm"):
            return self.pay(self._intents.create, given)[0]
        return self.send(self._intents.create, given)

    def confirm(self, intent: Any, card: str = "pm_card_visa") -> Any:
        return self.pay(self._intents.confirm, intent.id, {"payment_method": card})[0]

    def refund(self, intent: Any, amount: int) -> None:
        refund = self.send(self._refunds.create, {"payment_intent": intent.id, "amount": amount})
        assert refund.status in ("succeeded", "pending"), refund

    def sale(self) -> Ending:
        """Created and confirmed in one; perhaps given back in parts."""
        amount = self.amount()
        intent = self.create(amount, confirm=True, payment_method="pm_card_visa")
        assert intent.status == "succeeded", intent
        parts = self._random.choice(((), (amount,), (amount // 3, amount - amount // 3), (50,)))
        for part in parts:
            self.refund(intent, part)
        return Ending(intent.id, "succeeded", received=amount, refunded=sum(parts))

    def two_steps(self) -> Ending:
        """Created, then confirmed, with automatic capture."""
        amount = self.amount()
        intent = self.confirm(self.create(amount))
        assert intent.status == "succeeded", intent
        return Ending(intent.id, "succeeded", received=amount)

    def hold_and_capture(self) -> Ending:
        """Held, captured in full or in part, sometimes given back."""
        amount = self.amount()
        intent = self.confirm(self.create(amount, capture_method="manual"))
        assert (intent.status, intent.amount_capturable) == ("requires_capture", amount), intent
        part = self._random.choice((amount, amount // 2, amount - 1))
        intent = self.send(self._intents.capture, intent.id, {"amount_to_capture": part})
        assert (intent.status, intent.amount_received) == ("succeeded", part), intent
        back = self._random.choice((0, 0, part, part // 2))
        if back:
            self.refund(intent, back)
        return Ending(intent.id, "succeeded", received=part, refunded=back)

    def hold_and_cancel(self) -> Ending:
        """Held and let go."""
        intent = self.create(self.amount(), capture_method="manual", confirm=True, payment_method="pm_card_visa")
        intent = self.send(self._intents.cancel, intent.id)
        assert intent.status == "canceled", intent
        return Ending(intent.id, "canceled")

    def raised_hold(self) -> Ending:
        """Held, raised, captured, or left as it is."""
        amount = self.amount()
        intent = self.confirm(self._incremental(amount))
        total = amount + self.amount()
        intent = self._raise(intent, total)
        if self._random.random() < 0.3:
            return Ending(intent.id, "requires_capture", capturable=total)
        intent = self.send(self._intents.capture, intent.id)
        assert (intent.status, intent.amount_received) == ("succeeded", total), intent
        return Ending(intent.id, "succeeded", received=total)

    def capture_above(self) -> Ending:
        """Captured above the hold: the server asks the issuer for more first."""
        amount = self.amount()
        intent = self.confirm(self._incremental(amount))
        total = amount * 2
        intent, _ = self.pay(
            self._intents.capture, intent.id, {"amount_to_capture": total, "metadata": {"tip": "large"}}
        )
        assert (intent.status, intent.amount_received) == ("succeeded", total), intent
        assert intent.metadata["tip"] == "large"
        return Ending(intent.id, "succeeded", received=total)

    def other_card(self) -> Ending:
        """Declined, then paid with another card."""
        amount = self.amount()
        intent = self.create(amount)
        declines = 0
        for card in ("pm_card_visa_chargeDeclined", "pm_card_mastercard"):
            try:
                intent = self.confirm(intent, card)
            except stripe.CardError as error:
                if error.code != "card_declined":
                    raise
                declines += 1
        assert (intent.status, declines) == ("succeeded", 1), intent
        return Ending(intent.id, "succeeded", received=amount, declines=1)

    def given_up(self) -> Ending:
        """Created and canceled without a payment."""
        intent = self.send(self._intents.cancel, self.create(self.amount()).id, {"cancellation_reason": "abandoned"})
        assert intent.status == "canceled", intent
        return Ending(intent.id, "canceled")

    def _incremental(self, amount: int) -> Any:
        options = {"card": {"request_incremental_authorization": "if_available"}}
        return self.create(amount, capture_method="manual", payment_method_options=options)

    def _raise(self, intent: Any, total: int) -> Any:
        params = {"amount": total, "metadata": {"raised": "yes"}}
        raised, _ = self.pay(self._intents.increment_authorization, intent.id, params)
        assert (raised.status, raised.amount_capturable) == ("requires_capture", total), raised
        assert raised.metadata["raised"] == "yes"
        return raised


STORIES: tuple[Callable[[Till], Ending], ...] = (
    Till.sale,
    Till.sale,
    Till.two_steps,
    Till.hold_and_capture,
    Till.hold_and_capture,
    Till.hold_and_cancel,
    Till.raised_hold,
    Till.capture_above,
    Till.other_card,
    Till.given_up,
)
