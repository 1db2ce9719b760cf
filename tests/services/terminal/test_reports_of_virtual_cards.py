"""Every card of the wallet, read by the kernel and charged by the server: both sides, without the device between."""

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.services.terminal.counter import CANADA, Counter
from tests.services.terminal.devices_world import World

from opentill.domain import cards
from opentill.emv import issuer, regions
from opentill.emv.kernel import Kernel
from opentill.emv.steps import AskPin, ChooseApplication, Exchange, Finished, GoOnline, Interface, Transaction
from opentill.link.messages import CardRead, Facts, State
from opentill.link.sealing import ClearReading
from opentill.reader.cards.virtual import VirtualCard
from opentill.reader.cards.wallet import wallet

TROUBLES = {"broken_chip", "stripe_only", "blocked_card", "chip_declines", "chip_declines_afterwards"}
WAYS: tuple[Interface, ...] = ("contact", "contactless")


@dataclass(frozen=True)
class Till:
    """A counter, and the cards in the customers' pockets."""

    counter: Counter
    wallet: dict[str, VirtualCard]
    country: str = "US"
    currency: str = "usd"

    def pay(self, name: str, way: Interface, *, total: int, verify: bool = False) -> tuple[State, bool]:
        """Present a card: where the action stands then, and whether the chip thinks that it has paid."""
        now = datetime.fromtimestamp(self.counter.world.now_ms() / 1000, UTC)
        transaction = Transaction(
            amount=total,
            currency=self.currency,
            kind="purchase",
            date=f"{now:%y%m%d}",
            time=f"{now:%H%M%S}",
            unpredictable_number=secrets.token_bytes(4),
            sequence=1,
            verify=verify,
        )
        session = self.wallet[name].power_on(way)
        kernel = Kernel(regions.terminal(self.country, "S700-001"), transaction, way)
        step, state = kernel.begin(), None
        while True:
            match step:
                case Exchange(command):
                    step = kernel.respond(session.respond(command))
                case ChooseApplication():
                    step = kernel.choose(0)
                case AskPin():
                    step = kernel.enter_pin("1234")
                case GoOnline():
                    state = self.counter.report(self._read(step, total))
                    result = state.result
                    code = None if result is None else result.response_code
                    step = kernel.answer(code, None if result is None else result.issuer_data)
                case Finished(approved, _):
                    assert state is not None
                    return state, approved
                case _:
                    raise AssertionError(step)

    def _read(self, step: GoOnline, total: int) -> CardRead:
        read = step.reading
        self.counter.sequence += 1
        clear = ClearReading(
            number=read.number,
            exp_month=read.exp_month,
            exp_year=read.exp_year,
            cardholder_name=read.cardholder_name,
            sequence_number=read.sequence_number,
            service_code=read.service_code,
        )
        facts = Facts(
            read_method=read.read_method,
            verification=read.verification,
            languages=list(read.languages),
            dedicated_file_name=read.aid,
            application_label=read.label,
            application_preferred_name=read.preferred_name,
            application_cryptogram=read.cryptogram,
            terminal_verification_results=read.terminal_verification_results,
            transaction_status_information=read.transaction_status_information,
            chip_data=read.chip_data or None,
            wallet=read.wallet,
        )
        return CardRead(
            reading=self.counter.seal(clear, total, self.currency),
            facts=facts,
            total=total,
            pin=self.counter.pin_block("1234", read.number) if step.needs_online_pin else None,
        )


def till_of(counter: Counter, **place: str) -> Till:
    today = datetime.fromtimestamp(counter.world.now_ms() / 1000, UTC).date()
    return Till(counter, {card.name: card for card in wallet(today)}, **place)


@pytest.fixture
def us(till: Counter) -> Till:
    return till_of(till)


@pytest.mark.parametrize("way", WAYS)
def test_every_card_pays_as_it_was_made_to(us: Till, way: Interface) -> None:
    tried = 0
    for name, card in us.wallet.items():
        known = cards.simulated_card(name.partition(":")[0])
        can = card.can_insert if way == "contact" else card.can_tap
        if known is None or known.brand == "interac" or name in TROUBLES or not can:
            continue
        tried += 1
        intent = us.counter.waiting(1000, capture_method="automatic")
        state, chip_paid = us.pay(name, way, total=1000)
        again = state.again
        if again is not None:
            assert known.retry, name
            assert way == "contactless", name
            second: Interface = "contact" if again.how == "insert" else "contactless"
            state, chip_paid = us.pay(name, second, total=1000, verify=True)
        result = state.result
        assert result is not None, name
        assert (result.succeeded, result.decline_code) == (known.decline is None, known.decline), name
        assert us.counter.payment(intent).status == (
            "succeeded" if known.decline is None else "requires_payment_method"
        )
        if way == "contact":
            assert chip_paid is result.succeeded, name
        latest: Any = us.counter.charges(intent)[-1].payment_method_details
        details, receipt = latest.card_present, latest.card_present.receipt
        assert details.brand == known.brand
        assert details.last4 == known.number[-4:]
        assert details.emv_auth_data.startswith("8A02")
        assert len(receipt.application_cryptogram) == 16
        assert receipt.dedicated_file_name.startswith("A0")
    assert tried >= 25


def test_cards_that_verify_their_holder_say_so(us: Till) -> None:
    for name, verification in (("offline_pin_cvm", "offline_pin"), ("online_pin_cvm", "online_pin")):
        intent = us.counter.waiting()
        us.pay(name, "contact", total=1000)
        details: Any = us.counter.charges(intent)[0].payment_method_details
        assert details.card_present.receipt.cardholder_verification_method == verification


def test_interac_pays_in_canada(one_world: World) -> None:
    canada = till_of(Counter(one_world, address=CANADA), country="CA", currency="cad")
    intent = canada.counter.intent(2000, "cad", payment_method_types=["interac_present"], capture_method="automatic")
    canada.counter.process(intent)
    state, chip_paid = canada.pay("interac", "contact", total=2000)
    assert state.result is not None
    assert (state.result.succeeded, chip_paid) == (True, True)
    details: Any = canada.counter.charges(intent)[0].payment_method_details
    assert details.interac_present.receipt.cardholder_verification_method == "online_pin"
    assert details.interac_present.network == "interac"


def test_the_chip_does_not_believe_another_issuer(us: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    """The issuer's proof goes all the way: one that was made with another key is noticed by the card."""
    honest = issuer.respond

    def forged(chip_data: bytes, number: str, sequence: str | None, response_code: str) -> bytes:
        proof = honest(chip_data, number, sequence, response_code)
        return proof[:2] + bytes([proof[2] ^ 1]) + proof[3:]

    monkeypatch.setattr(issuer, "respond", forged)
    us.counter.waiting()
    state, chip_paid = us.pay("visa", "contact", total=1000)
    assert state.result is not None
    assert (state.result.succeeded, chip_paid) == (True, False)
