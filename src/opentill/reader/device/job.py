"""What the reader is at: a task of the server, and how far it has come.

Of a card it holds no more than what the next step takes; digits that are being keyed in are hidden from repr, and
dropped as soon as they have been used.
"""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from opentill.emv.kernel import Kernel
from opentill.emv.steps import AskPin
from opentill.link.messages import Result, Value
from opentill.link.tasks import Again, Cart, Confirmation, Form, Inputs, Payment, Refund, Setup, Task

CardTask: TypeAlias = Payment | Setup | Refund

Hint: TypeAlias = Literal[
    "removed_early",
    "tap_again",
    "chip_error",
    "unsupported_card",
    "blocked_card",
    "declined_by_card",
    "use_chip",
    "swipe_now",
    "swipe_again",
    "insert_for_pin",
    "again_for_pin",
    "pin_timeout",
]
"""Why a card is asked for again: a text of the catalogue."""

CHIP_ERRORS_BEFORE_FALLBACK = 3
"""So many failed readings of a chip let the stripe be read in its place (EMV level 3)."""


@dataclass(slots=True)
class Session:
    """A card that is being spoken to. `awaiting` is set while it owes an answer. `pin` goes along with the reading."""

    interface: Literal["contact", "contactless"]
    kernel: Kernel
    awaiting: bool = False
    completes: bool = False  # the issuer's answer is for the chip, which waits for it
    names: tuple[str, ...] = ()
    asked: AskPin | None = None
    digits: str = field(default="", repr=False)
    pin: str | None = field(default=None, repr=False)
    pin_error: Literal["pin_short"] | None = None


KeyedStep: TypeAlias = Literal["number", "expiry", "code", "postal_code", "summary"]


@dataclass(slots=True)
class KeyedCard:
    """A card that is keyed in. `wrong` says that what stands there now was not taken."""

    step: KeyedStep = "number"
    number: str = field(default="", repr=False)
    expiry: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    postal_code: str = field(default="", repr=False)
    wrong: bool = False


FormError: TypeAlias = Literal[
    "is_required", "email_wrong", "phone_wrong", "number_wrong", "text_too_long", "sign_first", "choose"
]


@dataclass(slots=True)
class Entry:
    """What has been entered in one form. `done` is the value, once it was submitted or skipped."""

    form: Form
    toggles: list[bool]
    text: str = ""
    error: FormError | None = None
    done: Value | None = None


Outcome: TypeAlias = Literal["approved", "declined", "failed", "saved", "refunded", "printed", "thanks", "canceled"]
"""How a job ended, as far as the customer is told."""


@dataclass(slots=True)
class Job:
    """One action of the server. `task` is None where the reader only waits for its end.

    `confirmed` says that a State has named the action: before, the server may not have committed it yet, and
    `doubts` counts the answers that did not know it. `disowned`: one of them said so when it was asked.
    """

    action: str
    task: Task | None
    confirmed: bool = False
    doubts: int = 0
    disowned: bool = False
    tip: int | None = None
    custom_tip: str = ""
    tip_error: bool = False
    again: Again | None = None
    hint: Hint | None = None
    chip_errors: int = 0
    chip_only: bool = False
    keyed: KeyedCard | None = None
    entries: list[Entry] = field(default_factory=list[Entry])
    form: int = 0
    canceling: bool = False
    result: Result | None = None
    outcome: Outcome | None = None

    @property
    def amount(self) -> int | None:
        """What the card is told or was charged, tip included; None where no money moves."""
        match self.task:
            case Payment(amount=amount):
                return amount + (self.tip or 0)
            case Refund(amount=amount) | Confirmation(amount=amount):
                return amount
            case _:
                return None

    @property
    def currency(self) -> str | None:
        """The currency of `amount`."""
        match self.task:
            case Payment(currency=currency) | Refund(currency=currency) | Confirmation(currency=currency):
                return currency
            case Setup(currency=currency) | Cart(currency=currency):
                return currency
            case _:
                return None

    @property
    def cancelable(self) -> bool:
        """Whether the customer sees a cancel button."""
        return isinstance(self.task, (Payment, Setup, Refund)) and self.task.cancelable

    @property
    def falls_back(self) -> bool:
        """Whether the stripe may be read although there is a chip."""
        return self.chip_errors >= CHIP_ERRORS_BEFORE_FALLBACK

    @property
    def asks(self) -> bool:
        """Whether it asks the customer for something, so that ending it is worth a word."""
        return isinstance(self.task, (Payment, Setup, Refund, Inputs))
