"""Parameters of a reader's actions and of the test helpers that stand in for the customer."""

from typing import Annotated, Literal

from opentill.requests.params import (
    UNSET,
    Currency,
    File,
    Integer,
    Items,
    Metadata,
    Params,
    Secret,
    Text,
    UnsetType,
    Url,
)
from opentill.requests.tree import Upload

Id = Annotated[str, Text(maximum=255)]
AllowRedisplay = Literal["always", "limited", "unspecified"]
ReturnUrl = Annotated[str, Url(web=False)]
# The domain says how much fits on a screen, in its own words.
ScreenText = Annotated[str, Text(maximum=5000)]
CardNumber = Annotated[str, Secret(maximum=255)]

_UPLOAD_MAX = 900_000  # bytes; how large an image may be, the domain says


class Tipping(Params):
    """The part of the amount that tips are reckoned on."""

    amount_eligible: int | UnsetType = UNSET


class CancellationConfig(Params):
    """Whether the customer sees a cancel button."""

    enable_customer_cancellation: bool | UnsetType = UNSET


class CollectConfig(Params):
    """How a card is collected."""

    allow_redisplay: AllowRedisplay | UnsetType = UNSET
    enable_customer_cancellation: bool | UnsetType = UNSET
    skip_tipping: bool | UnsetType = UNSET
    tipping: Tipping | UnsetType = UNSET


class ProcessConfig(CollectConfig):
    """How a payment is processed."""

    moto: bool | UnsetType = UNSET
    return_url: ReturnUrl | UnsetType = UNSET


class ConfirmConfig(Params):
    """How a payment is confirmed."""

    return_url: ReturnUrl | UnsetType = UNSET


class ProcessPaymentIntent(Params):
    """Read a card and pay with it."""

    payment_intent: Id
    process_config: ProcessConfig | UnsetType = UNSET


class CollectPaymentMethod(Params):
    """Read a card, to pay with it later."""

    payment_intent: Id
    collect_config: CollectConfig | UnsetType = UNSET


class ConfirmPaymentIntent(Params):
    """Pay with the card that was collected."""

    payment_intent: Id
    confirm_config: ConfirmConfig | UnsetType = UNSET


class ProcessSetupIntent(Params):
    """Read a card and save it."""

    allow_redisplay: AllowRedisplay
    setup_intent: Id
    process_config: CancellationConfig | UnsetType = UNSET


class RefundPayment(Params):
    """Give money back to the card that paid."""

    amount: Annotated[int, Integer(minimum=1)] | UnsetType = UNSET
    charge: Id | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    payment_intent: Id | UnsetType = UNSET
    refund_application_fee: bool | UnsetType = UNSET
    refund_payment_config: CancellationConfig | UnsetType = UNSET
    reverse_transfer: bool | UnsetType = UNSET


class CartLineItem(Params):
    """A line of the cart."""

    amount: int
    description: ScreenText
    quantity: int


class Cart(Params):
    """What is shown while the till rings up."""

    currency: Currency
    line_items: Annotated[list[CartLineItem], Items(maximum=1000)]
    tax: int | UnsetType = UNSET
    total: int


class SetReaderDisplay(Params):
    """Show a cart."""

    type: Literal["cart"]
    cart: Cart


class CustomText(Params):
    """The words on a form."""

    description: ScreenText | UnsetType = UNSET
    skip_button: ScreenText | UnsetType = UNSET
    submit_button: ScreenText | UnsetType = UNSET
    title: ScreenText


class Choice(Params):
    """A button to choose with."""

    id: ScreenText
    style: Literal["primary", "secondary"] | UnsetType = UNSET
    text: ScreenText


class Selection(Params):
    """The buttons to choose from."""

    choices: Annotated[list[Choice], Items(maximum=100)]


class Toggle(Params):
    """A switch on a form."""

    default_value: Literal["disabled", "enabled"] | UnsetType = UNSET
    description: ScreenText | UnsetType = UNSET
    title: ScreenText | UnsetType = UNSET


class Input(Params):
    """One form."""

    custom_text: CustomText
    required: bool | UnsetType = UNSET
    selection: Selection | UnsetType = UNSET
    toggles: Annotated[list[Toggle], Items(maximum=100)] | UnsetType = UNSET
    type: Literal["email", "numeric", "phone", "selection", "signature", "text"]


class CollectInputs(Params):
    """Ask the customer."""

    inputs: Annotated[list[Input], Items(maximum=100)]
    metadata: Metadata | UnsetType = UNSET


class PrintContent(Params):
    """Print a picture."""

    type: Literal["image"]
    image: Annotated[Upload, File(maximum=_UPLOAD_MAX)]


# Test helpers -----------------------------------------------------------------------------------------------------


class PresentedCard(Params):
    """A test card by its number."""

    number: CardNumber | UnsetType = UNSET


class KeyedCard(Params):
    """A card that the cashier keys in."""

    cvc: CardNumber | UnsetType = UNSET
    exp_month: int
    exp_year: int
    number: CardNumber


class PresentPaymentMethod(Params):
    """What the customer does at a simulated reader."""

    amount_tip: int | UnsetType = UNSET
    card: KeyedCard | UnsetType = UNSET
    card_present: PresentedCard | UnsetType = UNSET
    interac_present: PresentedCard | UnsetType = UNSET
    type: Literal["card", "card_present", "interac_present"] | UnsetType = UNSET


class SucceedInputCollection(Params):
    """How the customer fills in the forms."""

    skip_non_required_inputs: Literal["all", "none"] | UnsetType = UNSET
