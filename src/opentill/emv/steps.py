"""The values that the kernel, its device and the layers around them exchange.

A kernel (`kernel.Kernel`) is given a `Terminal` and a `Transaction` and answers each call with a `Step`: what has to
happen next. The device does it and calls the method that the step names, until `Finished` or `Refused`.

    step                 the device then calls
    Exchange             respond(response)            response data and SW1 SW2; b"" if the card is gone
    ChooseApplication    choose(index)
    AskPin               enter_pin(pin)               None: the cardholder passed on
    GoOnline             answer(code, issuer_data)    only with the chip; a tapped card is no longer there
    Finished, Refused    nothing: the card may go
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

Interface: TypeAlias = Literal["contact", "contactless"]
Kind: TypeAlias = Literal["purchase", "refund", "verification"]
ReadMethod: TypeAlias = Literal[
    "contact_emv",
    "contactless_emv",
    "contactless_magstripe_mode",
    "magnetic_stripe_fallback",
    "magnetic_stripe_track2",
]
Verification: TypeAlias = Literal[
    "approval", "failure", "none", "offline_pin", "offline_pin_and_signature", "online_pin", "signature"
]
Wallet: TypeAlias = Literal["apple_pay", "google_pay", "samsung_pay"]
Reason: TypeAlias = Literal["unsupported_card", "blocked_card", "chip_error", "use_chip", "declined_by_card"]

APPROVED: Final = frozenset({"00", "08", "10", "11"})
"""DE 39: approved; with identification; for less; a VIP."""

CAPABILITIES: Final = bytes.fromhex("E0C800")
"""Tag 9F33 of our readers: keyed, stripe and chip; plain offline PIN, online PIN, no verification; no offline
authentication of the card, because every payment goes online or is stored."""
ADDITIONAL_CAPABILITIES: Final = bytes.fromhex("6000F0A001")
"""Tag 9F40: goods and services; all keys; a display and a printer for attendant and cardholder; code table 1."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of tapped payments with one application, in minor units of the terminal's own currency.

    Above `transaction` the card must be inserted; above `device_transaction` a phone too. From `verification` on the
    cardholder is verified. None is no limit.
    """

    transaction: int | None = None
    device_transaction: int | None = None
    verification: int | None = None


@dataclass(frozen=True, slots=True)
class TerminalApplication:
    """An application that the terminal supports.

    `aid` is hexadecimal, a card's longer one matches too (partial selection). `network` is the API's name of the
    network behind it. `version` is tag 9F09, the action codes are 5 bytes each (EMV Book 3, 10.7).
    """

    aid: str
    network: str
    version: bytes = b"\x00\x02"
    denial: bytes = b"\x00\x10\x00\x00\x00"
    online: bytes = b"\xfc\x50\xac\xf8\x00"
    default: bytes = b"\xfc\x50\xac\xa0\x00"


@dataclass(frozen=True, slots=True)
class Terminal:
    """A terminal as its cards see it.

    `country` is ISO 3166 numeric, three digits. `capabilities`, `additional_capabilities` and `type` are tags 9F33,
    9F40 and 9F35; `serial` is 9F1E, of which a card gets the last eight characters. `limits` are found by the longest
    AID (hexadecimal) that the application's begins with; "" is for all others. Without a PIN pad no PIN is asked for.
    """

    serial: str
    applications: tuple[TerminalApplication, ...]
    country: str = "840"
    capabilities: bytes = CAPABILITIES
    additional_capabilities: bytes = ADDITIONAL_CAPABILITIES
    type: int = 0x22
    limits: Mapping[str, Limits] = field(default_factory=dict[str, Limits])
    pin_pad: bool = True


@dataclass(frozen=True, slots=True)
class Transaction:
    """What is asked of a card.

    `amount` is in minor units of `currency` (three letters, lower case), 0 for a verification. `date` is YYMMDD and
    `time` HHMMSS, both local. `unpredictable_number` is 4 random bytes; `sequence` counts the terminal's transactions.

    `verify` asks for the cardholder's PIN or device although the amount would not, as after an issuer's
    `online_or_offline_pin_required`. `routing` are the AIDs (hexadecimal, partial) that the merchant wants of a card
    of several networks: where the card has one of them, only those are offered.
    """

    amount: int
    currency: str
    kind: Kind
    date: str
    time: str
    unpredictable_number: bytes
    sequence: int
    verify: bool = False
    routing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a card. repr hides what nobody may see.

    `exp_year` has four digits; `track2` is `number=YYMM…`, without sentinels. `aid`, `terminal_verification_results`
    (tag 95) and `transaction_status_information` (9B) are hexadecimal, `cryptogram` (9F26) too; a stripe has none of
    them. `chip_data` is DE 55: the tags that the issuer gets, never 57, 5A or 5F20.
    """

    read_method: ReadMethod
    number: str
    exp_month: int
    exp_year: int
    verification: Verification
    sequence_number: str | None = None
    track2: str | None = None
    service_code: str | None = None
    cardholder_name: str | None = None
    languages: tuple[str, ...] = ()
    aid: str | None = None
    label: str | None = None
    preferred_name: str | None = None
    terminal_verification_results: str | None = None
    transaction_status_information: str | None = None
    cryptogram: str | None = None
    chip_data: bytes = b""
    wallet: Wallet | None = None

    def __repr__(self) -> str:
        return f"Reading({self.read_method}, {self.aid or 'stripe'}, {self.verification})"


@dataclass(frozen=True, slots=True)
class Exchange:
    """Send this command to the card. repr shows the header only: the data may be a PIN."""

    apdu: bytes

    def __repr__(self) -> str:
        return f"Exchange({self.apdu[:4].hex().upper()}…)"


@dataclass(frozen=True, slots=True)
class ChooseApplication:
    """Let the cardholder choose one of these, the card's favourite first."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskPin:
    """Ask for the PIN: the card checks it ("offline"), or the issuer does.

    `tries_left` is None where the card does not say. `wrong` follows a wrong one.
    """

    kind: Literal["offline", "online"]
    tries_left: int | None = None
    wrong: bool = False


@dataclass(frozen=True, slots=True)
class GoOnline:
    """Ask the issuer. `needs_online_pin`: the PIN that was entered for it goes along.

    A tapped card has left by now, and this is the last step; a chip waits for `answer`.
    """

    reading: Reading
    needs_online_pin: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """The card has decided. `approved` False after the issuer approved: the payment must be reversed."""

    approved: bool
    reading: Reading


@dataclass(frozen=True, slots=True)
class Refused:
    """It goes no further, and no cryptogram was made for it that anybody could be charged with.

    "unsupported_card", "chip_error": after three of them the stripe may be read. "blocked_card" and
    "declined_by_card": not with this card. "use_chip": it cannot be tapped, but may be inserted.
    """

    reason: Reason


Step: TypeAlias = Exchange | ChooseApplication | AskPin | GoOnline | Finished | Refused
