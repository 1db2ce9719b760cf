"""What the simulated host decides, as pure functions of the card, the amount and what happened before.

No randomness: the same messages in the same order always get the same answers. A decision is None for approved,
or the decline code.
"""

from dataclasses import dataclass
from typing import Final

from opentill.domain import cards
from opentill.domain.cards import ClearCard, TestCard
from opentill.domain.declines import DECLINES, PIN_REQUIRED
from opentill.domain.terminal.receipts import APPROVED_CODE, DECLINED_CODE
from opentill.emv import issuer
from opentill.ports.acquirer import Reading

TEST_AMOUNTS: Final = {
    1: "call_issuer",
    2: "offline_pin_required",
    3: "online_or_offline_pin_required",
    5: "generic_decline",
    55: "incorrect_pin",
    65: "withdrawal_count_limit_exceeded",
    75: "pin_try_exceeded",
}
"""Card-present payments with a standard card, by the last two digits of the total, in every currency.

02 and 03 ask for a PIN. A simulated reader does not have one: there they end as these declines, like the reference's
(its 03 was observed; 02 is taken to be the same). At a device they are paid once its holder has keyed one in."""

PIN: Final = "1234"
"""The PIN of every test card."""

ANY_PIN: Final = 3
"""With a standard card, amounts that end so take any PIN."""

PIN_TRIES: Final = 3
"""So many wrong PINs in a row are one too many. The test cards then start to count anew."""

_VERIFIED: Final = frozenset({"approval", "offline_pin", "offline_pin_and_signature"})

REFUSED_INTERAC_REFUNDS: Final = frozenset({1, 5, 55, 65, 75})
"""Partial Interac refunds whose amount ends so are declined."""


@dataclass(frozen=True, slots=True)
class Hold:
    """An approved authorization and what became of it, in minor units of `currency`.

    `authorized` includes the increments; `refunded` counts the refunds that stand.
    """

    currency: str
    card: str
    in_person: bool
    authorized: int
    captured: int
    reversed: int
    refunded: int = 0

    @property
    def held(self) -> int:
        """What the cardholder cannot spend and the merchant does not have yet."""
        return max(self.authorized - self.captured - self.reversed, 0)


def authorize(
    clear: ClearCard, amount: int, in_person: bool, now: int, reading: Reading | None = None, wrong_pins: int = 0
) -> str | None:
    """A payment with that card; `now` in seconds since the epoch. Amount 0 only asks whether the card is good.

    `reading` is how a device read it, and `wrong_pins` how many wrong PINs in a row there were with the card before.
    """
    card = cards.test_card(clear.number)
    if card is None:
        return "test_mode_live_card"
    if cards.expired(clear.exp_month, clear.exp_year, now):
        return "expired_card"
    verified = False
    if reading is not None:
        if reading.chip and not (reading.chip_data and issuer.check(reading.chip_data, clear.number)):
            return "security_violation"
        if clear.pin is not None and not pin_is_right(clear, amount):
            return "pin_try_exceeded" if wrong_pins + 1 >= PIN_TRIES else "incorrect_pin"
        verified = clear.pin is not None or reading.verification in _VERIFIED
        if card.retry and not verified:
            return "offline_pin_required" if card.cvm == "offline_pin" else "online_or_offline_pin_required"
    if amount == 0:
        return None if card.attachable else card.decline
    if card.decline is not None:
        return card.decline
    decline = _test_amount(card, amount) if in_person else None
    return None if verified and decline in PIN_REQUIRED else decline


def pin_is_right(clear: ClearCard, amount: int) -> bool:
    """Whether the PIN that was keyed in for a payment of that amount is the card's."""
    card = cards.test_card(clear.number)
    any_pin = card is not None and card.standard and amount % 100 == ANY_PIN
    return any_pin or clear.pin == PIN


def answer_to_chip(chip_data: bytes, clear: ClearCard, decline: str | None) -> bytes | None:
    """What the issuer tells the chip besides the response code (tag 91), so that it knows who answers."""
    return issuer.respond(chip_data, clear.number, None, response_code(decline)) or None


def response_code(decline: str | None) -> str:
    """DE 39 for a decision: "00" for approved, and "05" for a decline that has no code of its own."""
    if decline is None:
        return APPROVED_CODE
    row = DECLINES.get(decline)
    return (None if row is None else row.network_decline_code) or DECLINED_CODE


def increment(hold: Hold, amount: int) -> str | None:
    """`amount` on top of what is held. The test amounts apply to the new total."""
    if not hold.held:
        return "transaction_not_allowed"
    card = cards.named(hold.card)
    return _test_amount(card, hold.held + amount) if hold.in_person and card is not None else None


def capture(hold: Hold, amount: int) -> str | None:
    """Take `amount`. The first capture may exceed the hold, as far as any network allows; together they may not."""
    if amount <= hold.held:
        return None
    first = not hold.captured and hold.held > 0
    return None if first and amount <= 2 * hold.held + 5000 else "invalid_amount"


def release(hold: Hold, amount: int) -> int:
    """How much a reversal of `amount` (0: everything) lets go. A reversal is an advice and never refused."""
    return min(amount or hold.held, hold.held)


def refund(hold: Hold, amount: int) -> str | None:
    """Give `amount` back out of what was captured."""
    if amount > hold.captured - hold.refunded:
        return "invalid_amount"
    card = cards.named(hold.card)
    if card is None or card.brand != "interac" or amount == hold.captured:
        return None
    return TEST_AMOUNTS[amount % 100] if amount % 100 in REFUSED_INTERAC_REFUNDS else None


def _test_amount(card: TestCard, total: int) -> str | None:
    return TEST_AMOUNTS.get(total % 100) if card.standard else None
