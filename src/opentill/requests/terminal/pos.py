"""Parameters of what an SDK asks: those of the reader's actions, with the client secret of the intent they name."""

from typing import Annotated

from opentill.domain.objects.terminal_reader import DeviceType
from opentill.requests.params import UNSET, Clamped, Currency, Integer, Params, Secret, Text, UnsetType
from opentill.requests.terminal import actions

Id = Annotated[str, Text(maximum=255)]
Hidden = Annotated[str, Secret(maximum=255)]


class OpenSession(Params):
    """A session for a connection token. `session` is the secret of the one that it continues, if it does."""

    session: Hidden | UnsetType = UNSET


class DiscoverReaders(Params):
    """Which readers."""

    device_type: DeviceType | UnsetType = UNSET
    limit: Annotated[int, Clamped(1, 100)] = 100
    location: Id | UnsetType = UNSET
    serial_number: Id | UnsetType = UNSET


class ConnectReader(Params):
    """Whether a reader is let alone that another SDK is in the middle of something with."""

    fail_if_in_use: bool | UnsetType = UNSET


class ProcessPaymentIntent(actions.ProcessPaymentIntent):
    """Read a card and pay with it."""

    client_secret: Hidden


class CollectPaymentMethod(actions.CollectPaymentMethod):
    """Read a card, to pay with it later."""

    client_secret: Hidden


class ConfirmPaymentIntent(actions.ConfirmPaymentIntent):
    """Pay with the card that was collected."""

    client_secret: Hidden


class ProcessSetupIntent(actions.ProcessSetupIntent):
    """Read a card and save it."""

    client_secret: Hidden


class RefundPayment(Params):
    """Give money back to the card that paid."""

    amount: Annotated[int, Integer(minimum=1)] | UnsetType = UNSET
    charge: Id
    refund_application_fee: bool | UnsetType = UNSET
    refund_payment_config: actions.CancellationConfig | UnsetType = UNSET
    reverse_transfer: bool | UnsetType = UNSET


class CollectForSetup(ProcessSetupIntent):
    """Read a card, to save it later."""

    moto: bool | UnsetType = UNSET


class ConfirmSetupIntent(Params):
    """Save the card that was collected."""

    client_secret: Hidden
    setup_intent: Id


class CollectForRefund(Params):
    """Read the card that paid, to give money back to it later."""

    amount: Annotated[int, Integer(minimum=1)]
    charge: Id
    currency: Currency
    refund_application_fee: bool | UnsetType = UNSET
    refund_payment_config: actions.CancellationConfig | UnsetType = UNSET
    reverse_transfer: bool | UnsetType = UNSET


class ReadReusableCard(Params):
    """Read a card and save it, perhaps with a customer."""

    customer: Id | UnsetType = UNSET


class AccessibilityParameters(Params):
    """Whether the reader's speakers read out its screens."""

    enable_text_to_speech_speakers: bool


class ChangeReaderSettings(Params):
    """Settings of a reader."""

    accessibility_parameters: AccessibilityParameters
