"""What a reader is to do, with everything it needs to do it: the server's actions as the reader sees them.

Amounts are integers in minor units of `currency`, an ISO 4217 code in lower case.
"""

from typing import Literal, TypeAlias

import msgspec

CardType: TypeAlias = Literal["card", "card_present", "interac_present"]
InputType: TypeAlias = Literal["email", "numeric", "phone", "selection", "signature", "text"]


class TipButton(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A suggestion of the tip screen; `percentage` is what it is of the base, if it is one."""

    amount: int
    percentage: int | None = None


class Again(msgspec.Struct, frozen=True, kw_only=True):
    """The issuer wants another reading: with the chip, or the same card with a PIN (regional considerations).

    `decline_code` is why the reading before was refused.
    """

    how: Literal["insert", "pin"]
    decline_code: str


class Payment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="payment"):
    """Read a card for a payment.

    `collects` is a collection: the payment is confirmed by an action of its own. `preauthorization` is how the amount
    is called on the screen. `tips` are the suggestions of the tip screen, None for no such screen. `takes` are the
    kinds of card, "card" being one whose number is keyed in. `international` is the routing the merchant asks for with
    cards of two networks.
    """

    amount: int
    currency: str
    takes: list[CardType]
    collects: bool = False
    preauthorization: bool = False
    tips: list[TipButton] | None = None
    cancelable: bool = False
    international: bool = False


class Confirmation(msgspec.Struct, frozen=True, kw_only=True, tag="confirmation"):
    """The card that was collected is being charged: nothing to read. `amount` includes the tip."""

    amount: int
    currency: str


class Setup(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="setup"):
    """Read a card to save it. No money moves; `currency` is the one the card is told with the amount 0."""

    currency: str
    cancelable: bool = False


class Refund(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="refund"):
    """Read the Interac card that money goes back to."""

    amount: int
    currency: str
    cancelable: bool = False


class CartLine(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the cart."""

    description: str
    amount: int
    quantity: int


class Cart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="cart"):
    """Show a cart until something else is to be shown."""

    currency: str
    lines: list[CartLine]
    total: int
    tax: int | None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A button of a selection."""

    text: str
    id: str | None = None
    style: Literal["primary", "secondary"] | None = None


class Toggle(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A switch below an input; `on` is how it starts."""

    title: str | None = None
    description: str | None = None
    on: bool = False


class Form(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One input screen; a form that is not `required` has a skip button. Texts that are None are the reader's own."""

    type: InputType
    title: str | None = None
    description: str | None = None
    submit: str | None = None
    skip: str | None = None
    required: bool = False
    choices: list[Choice] = []
    toggles: list[Toggle] = []


class Inputs(msgspec.Struct, frozen=True, kw_only=True, tag="inputs"):
    """Ask the customer, form after form."""

    forms: list[Form]


class Print(msgspec.Struct, frozen=True, kw_only=True, tag="print"):
    """Print a picture."""

    content: bytes
    media_type: str


Task: TypeAlias = Payment | Confirmation | Setup | Refund | Cart | Inputs | Print
