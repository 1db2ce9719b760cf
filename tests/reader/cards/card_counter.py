"""A counter for virtual cards: a terminal in a country, a card, and an issuer who checks what it gets.

paid = pay("visa", "contact")
assert paid.approved
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from opentill.emv import issuer, regions
from opentill.emv.kernel import Kernel
from opentill.emv.steps import (
    AskPin,
    ChooseApplication,
    Exchange,
    Finished,
    GoOnline,
    Interface,
    Reading,
    Refused,
    Transaction,
)
from opentill.reader.cards.virtual import VirtualCard
from opentill.reader.cards.wallet import wallet

TODAY = date(2026, 11, 22)
INTERFACES: tuple[Interface, ...] = ("contact", "contactless")


@dataclass
class Paid:
    """How a payment went. `cryptogram` says whether the issuer found it right; None if it was not asked."""

    pins: list[AskPin] = field(default_factory=list)
    names: tuple[str, ...] = ()
    asked: Reading | None = None
    needs_online_pin: bool = False
    cryptogram: bool | None = None
    approved: bool = False
    refused: str | None = None
    final: Reading | None = None

    @property
    def reading(self) -> Reading:
        assert self.asked is not None, self.refused
        return self.asked


def cards() -> dict[str, VirtualCard]:
    return {card.name: card for card in wallet(TODAY)}


def ways(card: VirtualCard) -> Iterator[Interface]:
    if card.can_insert:
        yield "contact"
    if card.can_tap:
        yield "contactless"


def pay(
    card: str | VirtualCard,
    interface: Interface,
    *,
    country: str = "US",
    amount: int = 10_00,
    currency: str = "usd",
    pin: str | None = "1234",
    choice: int = 0,
    code: str = "00",
    verify: bool = False,
) -> Paid:
    made = cards()[card] if isinstance(card, str) else card
    transaction = Transaction(
        amount=amount,
        currency=currency,
        kind="purchase",
        date=f"{TODAY:%y%m%d}",
        time="101500",
        unpredictable_number=bytes.fromhex("0A0B0C0D"),
        sequence=1,
        verify=verify,
    )
    session, kernel = made.power_on(interface), Kernel(regions.terminal(country, "OT000001"), transaction, interface)
    paid, step = Paid(), kernel.begin()
    while True:
        match step:
            case Exchange(command):
                step = kernel.respond(session.respond(command))
            case ChooseApplication(names):
                paid.names = names
                step = kernel.choose(choice)
            case AskPin():
                paid.pins.append(step)
                step = kernel.enter_pin(pin)
            case GoOnline(reading, needs_online_pin):
                paid.asked, paid.needs_online_pin = reading, needs_online_pin
                paid.cryptogram = issuer.check(reading.chip_data, reading.number, reading.sequence_number)
                answer = issuer.respond(reading.chip_data, reading.number, reading.sequence_number, code)
                step = kernel.answer(code, answer)
            case Finished(approved, reading):
                paid.approved, paid.final = approved, reading
                return paid
            case Refused(reason):
                paid.refused = reason
                return paid
