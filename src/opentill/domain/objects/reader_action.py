"""What a reader was last asked to do: `Reader.action` (official client: `Reader.Action`)."""

from typing import Literal, TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.objects.api_error import ApiError
from opentill.domain.objects.payment_method import PaymentMethod
from opentill.domain.objects.shared import Metadata

ActionStatus: TypeAlias = Literal["failed", "in_progress", "succeeded"]
ActionType: TypeAlias = Literal[
    "collect_inputs",
    "collect_payment_method",
    "confirm_payment_intent",
    "print_content",
    "process_payment_intent",
    "process_setup_intent",
    "refund_payment",
    "set_reader_display",
]
InputType: TypeAlias = Literal["email", "numeric", "phone", "selection", "signature", "text"]
RefundActionReason: TypeAlias = Literal["duplicate", "fraudulent", "requested_by_customer"]


class InputText(msgspec.Struct, frozen=True, kw_only=True):
    """The words on the reader's input screen."""

    description: str | None = None
    skip_button: str | None = None
    submit_button: str | None = None
    title: str | None = None


class InputValue(msgspec.Struct, frozen=True, kw_only=True):
    """What the customer entered; null until then. For a signature, the id of a file."""

    value: str | None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One button of a selection."""

    id: str | None = None
    style: Literal["primary", "secondary"] | None = None
    text: str


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """The buttons to choose from, and the id and text of the chosen one."""

    choices: list[Choice]
    id: str | None = None
    text: str | None = None


class Toggle(msgspec.Struct, frozen=True, kw_only=True):
    """A switch on the input screen; `value` is null until the customer is done."""

    default_value: Literal["disabled", "enabled"] | None = None
    description: str | None = None
    title: str | None = None
    value: Literal["disabled", "enabled"] | None = None


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """One input screen; `type` names the member that is set."""

    custom_text: InputText | None = None
    email: InputValue | UnsetType = UNSET
    numeric: InputValue | UnsetType = UNSET
    phone: InputValue | UnsetType = UNSET
    required: bool | None = None
    selection: Selection | UnsetType = UNSET
    signature: InputValue | UnsetType = UNSET
    skipped: bool | UnsetType = UNSET
    text: InputValue | UnsetType = UNSET
    toggles: list[Toggle] | None = None
    type: InputType


class CollectInputs(msgspec.Struct, frozen=True, kw_only=True):
    """Ask the customer."""

    inputs: list[Input]
    metadata: Metadata | None = None


class ActionTipping(msgspec.Struct, frozen=True, kw_only=True):
    """The part of the amount that percentages are reckoned on; minor units."""

    amount_eligible: int | UnsetType = UNSET


class CollectConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How to collect."""

    enable_customer_cancellation: bool | UnsetType = UNSET
    skip_tipping: bool | UnsetType = UNSET
    tipping: ActionTipping | UnsetType = UNSET


class CollectPaymentMethod(msgspec.Struct, frozen=True, kw_only=True):
    """Read a card for a PaymentIntent; `payment_method` is what was read, whole, once it was."""

    collect_config: CollectConfig | UnsetType = UNSET
    payment_intent: str
    payment_method: PaymentMethod | UnsetType = UNSET


class ConfirmConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How to confirm."""

    return_url: str | UnsetType = UNSET


class ConfirmPaymentIntent(msgspec.Struct, frozen=True, kw_only=True):
    """Confirm a PaymentIntent with the card that was collected before."""

    confirm_config: ConfirmConfig | UnsetType = UNSET
    payment_intent: str


class PrintedImage(msgspec.Struct, frozen=True, kw_only=True):
    """An image to print; `size` in bytes, `type` a media type."""

    created_at: int
    filename: str
    size: int
    type: str


class PrintContent(msgspec.Struct, frozen=True, kw_only=True):
    """Print something."""

    image: PrintedImage | UnsetType = UNSET
    type: Literal["image"] = "image"


class ProcessConfig(msgspec.Struct, frozen=True, kw_only=True):
    """How to process a payment."""

    enable_customer_cancellation: bool | UnsetType = UNSET
    return_url: str | UnsetType = UNSET
    skip_tipping: bool | UnsetType = UNSET
    tipping: ActionTipping | UnsetType = UNSET


class ProcessPaymentIntent(msgspec.Struct, frozen=True, kw_only=True):
    """Read a card and confirm a PaymentIntent with it."""

    payment_intent: str
    process_config: ProcessConfig | UnsetType = UNSET


class CancellationConfig(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the customer can cancel on the reader."""

    enable_customer_cancellation: bool | UnsetType = UNSET


class ProcessSetupIntent(msgspec.Struct, frozen=True, kw_only=True):
    """Read a card and save it; `generated_card` is the id of the saved PaymentMethod, once it is."""

    generated_card: str | UnsetType = UNSET
    process_config: CancellationConfig | UnsetType = UNSET
    setup_intent: str


class RefundPayment(msgspec.Struct, frozen=True, kw_only=True):
    """Give money back to the card that is presented (Interac); `refund` is its id once it is made."""

    amount: int | UnsetType = UNSET  # minor units; all that is left if absent
    charge: str | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET
    payment_intent: str | UnsetType = UNSET
    reason: RefundActionReason | UnsetType = UNSET
    refund: str | UnsetType = UNSET
    refund_application_fee: bool | UnsetType = UNSET
    refund_payment_config: CancellationConfig | UnsetType = UNSET
    reverse_transfer: bool | UnsetType = UNSET


class CartLineItem(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the cart; minor units of the cart's currency."""

    amount: int
    description: str
    quantity: int


class Cart(msgspec.Struct, frozen=True, kw_only=True):
    """What the reader shows before a payment; amounts are minor units of `currency`."""

    currency: str
    line_items: list[CartLineItem]
    tax: int | None = None
    total: int


class SetReaderDisplay(msgspec.Struct, frozen=True, kw_only=True):
    """Show a cart."""

    cart: Cart | None
    type: Literal["cart"] = "cart"


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """What the reader was last asked to do, and how it went; `type` names the member that is set.

    `api_error` is set only where the API, not the reader or the customer, was in the way.
    """

    api_error: ApiError | None = None
    collect_inputs: CollectInputs | UnsetType = UNSET
    collect_payment_method: CollectPaymentMethod | UnsetType = UNSET
    confirm_payment_intent: ConfirmPaymentIntent | UnsetType = UNSET
    failure_code: str | None = None
    failure_message: str | None = None
    print_content: PrintContent | UnsetType = UNSET
    process_payment_intent: ProcessPaymentIntent | UnsetType = UNSET
    process_setup_intent: ProcessSetupIntent | UnsetType = UNSET
    refund_payment: RefundPayment | UnsetType = UNSET
    set_reader_display: SetReaderDisplay | UnsetType = UNSET
    status: ActionStatus = "in_progress"
    type: ActionType
