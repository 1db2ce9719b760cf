"""A stage for kernel and card: plays both against each other in memory, and writes down what was said.

played = play(CARD, pins=["0000", "1234"])
assert played.finished.approved
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from opentill.emv import issuer, regions
from opentill.emv.application import Application, Tap
from opentill.emv.card import Chip
from opentill.emv.cryptograms import VERSION_10, VERSION_14, VERSION_18
from opentill.emv.kernel import Kernel
from opentill.emv.steps import (
    AskPin,
    ChooseApplication,
    Exchange,
    Finished,
    GoOnline,
    Interface,
    Refused,
    Step,
    Terminal,
    Transaction,
)

NO_AMOUNTS = "0000000000000000"
NONE, SIGNATURE = f"{NO_AMOUNTS}1F03", f"{NO_AMOUNTS}5E031F03"
OFFLINE_PIN, ONLINE_PIN = f"{NO_AMOUNTS}01031F03", f"{NO_AMOUNTS}02031F03"
EITHER_PIN = f"{NO_AMOUNTS}410342031F03"

VISA = Application(
    aid="A0000000031010",
    label="VISA",
    preferred_name="VISA CREDIT",
    number="4242424242424242",
    effective="250101",
    expiry="291231",
    methods=bytes.fromhex(NONE),
    tap=Tap("visa"),
    version=VERSION_10,
)
MASTERCARD = replace(
    VISA,
    aid="A0000000041010",
    label="MASTERCARD",
    preferred_name=None,
    number="5555555555554444",
    tap=Tap("mastercard", methods=bytes.fromhex(NONE)),
    version=VERSION_14,
)
AMEX = replace(VISA, aid="A00000002501", label="AMEX", number="378282246310005", version=VERSION_18)
EFTPOS = replace(VISA, aid="A00000038420", label="EFTPOS", number="4000050360000001", version=VERSION_18)

PURCHASE = Transaction(
    amount=10_00,
    currency="usd",
    kind="purchase",
    date="261122",
    time="101500",
    unpredictable_number=bytes.fromhex("0A0B0C0D"),
    sequence=42,
)
TERMINAL = regions.terminal("US", "OT-0001-12345678")


@dataclass
class Played:
    """What came of it: every step in order, the asked ones apart; `responses` counts what the card said."""

    steps: list[Step] = field(default_factory=list)
    responses: int = 0

    @property
    def end(self) -> Step:
        return self.steps[-1]

    @property
    def finished(self) -> Finished:
        assert isinstance(self.end, Finished), self.end
        return self.end

    @property
    def reason(self) -> str:
        assert isinstance(self.end, Refused), self.end
        return self.end.reason

    @property
    def online(self) -> GoOnline:
        return next(step for step in self.steps if isinstance(step, GoOnline))

    @property
    def went_online(self) -> bool:
        return any(isinstance(step, GoOnline) for step in self.steps)

    @property
    def pins(self) -> list[AskPin]:
        return [step for step in self.steps if isinstance(step, AskPin)]

    @property
    def choices(self) -> list[ChooseApplication]:
        return [step for step in self.steps if isinstance(step, ChooseApplication)]

    @property
    def commands(self) -> list[bytes]:
        return [step.apdu for step in self.steps if isinstance(step, Exchange)]

    def sent(self, instruction: int) -> list[bytes]:
        return [command for command in self.commands if command[1] == instruction]


Spoil = Callable[[int, bytes, bytes], bytes]
"""Number of the exchange, command, the card's response: what the kernel gets instead."""


def play(
    *applications: Application,
    chip: Chip | None = None,
    interface: Interface = "contact",
    terminal: Terminal = TERMINAL,
    transaction: Transaction = PURCHASE,
    pins: Sequence[str | None] = (),
    choice: int = 0,
    code: str | None = "00",
    issuer_data: Callable[[bytes], bytes] = lambda data: data,
    spoil: Spoil = lambda _number, _command, response: response,
) -> Played:
    """One transaction. The issuer checks the cryptogram and answers `code`; `issuer_data` may change what it sends."""
    session = (chip or Chip(applications)).power_on(interface)
    kernel = Kernel(terminal, transaction, interface)
    played, entered = Played(), iter(pins)
    step = kernel.begin()
    while True:
        played.steps.append(step)
        match step:
            case Exchange(command):
                response = spoil(played.responses, command, session.respond(command))
                played.responses += 1
                step = kernel.respond(response)
            case ChooseApplication():
                step = kernel.choose(choice)
            case AskPin():
                step = kernel.enter_pin(next(entered))
            case GoOnline(reading):
                assert issuer.check(reading.chip_data, reading.number, reading.sequence_number)
                answer = issuer.respond(reading.chip_data, reading.number, reading.sequence_number, code or "00")
                step = kernel.answer(code, issuer_data(answer) if code else None)
            case Finished() | Refused():
                return played
