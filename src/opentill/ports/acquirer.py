"""The acquirer's port: what the payments core asks of the card network, and what can come back.

Every call carries `attempt_id`, recorded before the call; the far side deduplicates on it: the same attempt again
gets the same answer again, and money is held once. All outcomes are values; no call raises.
"""

from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias

import msgspec

from opentill.domain.cards import ClearCard
from opentill.domain.objects.payment_method_details import CardholderVerification, ReadMethod

Operation: TypeAlias = Literal["authorize", "increment", "capture", "reverse", "refund"]


class Reading(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a device read the card, as the issuer is told (ISO 8583 DE 22 and 55); nothing of it lets anybody pay.

    `chip_data` is what the chip signed, as BER-TLV without the tags that hold the number; None for a stripe.
    """

    method: ReadMethod
    verification: CardholderVerification
    chip_data: bytes | None = None

    @property
    def chip(self) -> bool:
        """Whether a chip was read."""
        return self.method in CHIP


CHIP: Final = frozenset({"contact_emv", "contactless_emv"})


@dataclass(frozen=True, slots=True)
class Approved:
    """The issuer said yes. `reference` is what later operations name this one by (ISO 8583 DE 37).

    `issuer_data` is what the issuer tells the chip besides the response code: tag 91, as TLV.
    """

    amount: int
    reference: str
    authorization_code: str | None = None
    network_transaction_id: str | None = None
    issuer_data: bytes | None = None


@dataclass(frozen=True, slots=True)
class Declined:
    """The issuer or the network said no. `issuer_data` as with Approved."""

    code: str
    decline_code: str
    message: str
    param: str | None = None
    network_decline_code: str | None = None
    advice_code: Literal["confirm_card_data", "do_not_try_again", "try_again_later"] | None = None
    issuer_data: bytes | None = None


@dataclass(frozen=True, slots=True)
class NotSent:
    """Certain: nothing left this machine; safe to try again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Pending:
    """Accepted; the answer comes later, by inquiry."""

    reference: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Sent, and no usable answer: inquire or reverse, never guess."""

    reason: str


@dataclass(frozen=True, slots=True)
class NotFound:
    """To an inquiry only: the far side never saw the attempt, and will refuse it if it arrives now."""


Outcome: TypeAlias = Approved | Declined | NotSent | Pending | Unknown


@dataclass(frozen=True, slots=True)
class AttemptRequest:
    """One message to the acquirer.

    `amount` is in minor units of `currency`: what to hold, to add to a hold (increment), to capture, to give back
    (reverse, refund). `original` is the attempt_id of the authorization it belongs to, for all but `authorize`.
    `card` is in clear and lives only as long as the call; None where the original identifies it.
    `merchant_initiated` is true when the cardholder is absent and the card was saved before. `reading` is how a device
    read the card; None for cards that no device read.
    """

    attempt_id: str
    operation: Operation
    amount: int
    currency: str
    card: ClearCard | None = None
    card_present: bool = False
    original: str | None = None
    merchant_initiated: bool = False
    reading: Reading | None = None


class Acquirer(Protocol):
    """A link to an acquirer."""

    name: str

    async def perform(self, request: AttemptRequest) -> Outcome:
        """Carry out the operation, once for each attempt_id however often it is asked."""
        ...

    async def inquire(self, attempt_id: str) -> Outcome | NotFound:
        """What became of an attempt."""
        ...
