"""The terminal's side of a payment with a chip card, as a state machine without I/O.

`Kernel` answers each call with the next step (see `steps`). It has no clock, no card and no keypad: what it wants done,
it says; what came of it, it is told. Whatever a card answers, the end is a step, never an exception: a card that is
gone or talks nonsense is `Refused("chip_error")`, or, once the issuer was asked, `Finished(approved=False)`.
"""

from typing import Final

from opentill.emv import contact, contactless
from opentill.emv.codes import CURRENCIES
from opentill.emv.conversation import CARD_FAULTS, Flow, IssuerAnswer, Stop
from opentill.emv.pinblocks import format_2
from opentill.emv.progress import Progress
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

AMOUNT_MAX: Final = 999_999_999_999
"""What tag 9F02 can say: twelve digits."""


class WrongStep(RuntimeError):
    """A call that does not fit the step the kernel has given. It changes nothing."""


class Kernel:
    """One reading of one card.

    Raises ValueError if terminal or transaction cannot be told to a card: an amount of more than twelve digits, a
    currency without a number, a date or time that is none, an unpredictable number of other than 4 bytes.
    """

    def __init__(self, terminal: Terminal, transaction: Transaction, interface: Interface) -> None:
        _check(terminal, transaction)
        self._progress = Progress(terminal, transaction, interface)
        self._flow: Flow[Step] = self._run()
        self._step: Step | None = None

    @property
    def step(self) -> Step | None:
        """The step that waits to be done, None before `begin`."""
        return self._step

    @property
    def languages(self) -> tuple[str, ...]:
        """What the cardholder prefers to read, ISO 639-1, as far as the card has said so by now."""
        return self._progress.languages

    def begin(self) -> Step:
        """The first step. Raises WrongStep if there was one."""
        if self._step is not None:
            raise WrongStep("a kernel begins once")
        return self._next(None)

    def respond(self, response: bytes) -> Step:
        """After Exchange: the card's data and status words; empty if it is gone."""
        self._wait_for(Exchange)
        return self._next(response)

    def choose(self, index: int) -> Step:
        """After ChooseApplication: which one. Raises ValueError if there is none such."""
        step = self._wait_for(ChooseApplication)
        if not isinstance(step, ChooseApplication) or not 0 <= index < len(step.names):
            raise ValueError("no such application")
        return self._next(index)

    def enter_pin(self, pin: str | None) -> Step:
        """After AskPin: 4 to 12 digits, or None if the cardholder passes. Raises ValueError for another PIN."""
        self._wait_for(AskPin)
        if pin is not None:
            format_2(pin)
        return self._next(pin)

    def answer(self, response_code: str | None, issuer_data: bytes | None) -> Step:
        """After GoOnline: DE 39 ("00" is approved), None for no answer; and tags 91, 71 and 72 as they came (TLV)."""
        self._wait_for(GoOnline)
        return self._next(IssuerAnswer(response_code, issuer_data or b""))

    def _run(self) -> Flow[Step]:
        progress = self._progress
        flow = contact.transaction if progress.interface == "contact" else contactless.transaction
        try:
            return (yield from flow(progress))
        except Stop as stop:
            return Refused(stop.reason)
        except CARD_FAULTS:
            return Refused("chip_error")

    def _next(self, answer: object) -> Step:
        try:
            self._step = self._flow.send(answer)
        except StopIteration as end:
            step: object = end.value
            if not isinstance(step, Finished | Refused):
                raise TypeError from None
            self._step = step
        return self._step

    def _wait_for(self, kind: type[Step]) -> Step | None:
        if not isinstance(self._step, kind):
            raise WrongStep(f"the kernel waits for {type(self._step).__name__}, not for {kind.__name__}")
        return self._step


def _check(terminal: Terminal, transaction: Transaction) -> None:
    dates = ((transaction.date, 6), (transaction.time, 6), (terminal.country, 3))
    if any(not (digits.isascii() and digits.isdecimal() and len(digits) == length) for digits, length in dates):
        raise ValueError("a date, a time or a country that is none")
    if not 0 <= transaction.amount <= AMOUNT_MAX or transaction.sequence < 0:
        raise ValueError("an amount or a sequence number that no card can be told")
    if transaction.currency not in CURRENCIES:
        raise ValueError("a currency without a number")
    if len(transaction.unpredictable_number) != 4:
        raise ValueError("an unpredictable number has 4 bytes")
    if len(terminal.capabilities) != 3 or len(terminal.additional_capabilities) != 5 or not terminal.applications:
        raise ValueError("a terminal that is not set up")
