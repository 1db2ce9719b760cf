"""How a decline is told: as the outcome it stands for, as the error an intent keeps, and as the 402."""

from msgspec import UNSET, UnsetType

from opentill.domain import payment_intents
from opentill.domain.declines import PIN_REQUIRED, Decline
from opentill.domain.errors import CardDeclined
from opentill.domain.objects.api_error import ApiError
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.payment_method import PaymentMethod
from opentill.domain.objects.setup_intent import SetupIntent
from opentill.ports.acquirer import Declined


def declined_by(row: Decline) -> Declined:
    """The outcome of a decline that is decided here, without asking the acquirer."""
    return Declined(
        code=row.code,
        decline_code=row.decline_code,
        message=row.message,
        param=row.param,
        network_decline_code=row.network_decline_code,
        advice_code=row.advice_code,
    )


def error_of(outcome: Declined, *, payment_method: PaymentMethod, charge: str | None = None) -> ApiError:
    """The error that the intent keeps."""
    return payment_intents.payment_error(
        code="card_declined" if outcome.code in PIN_REQUIRED else outcome.code,
        message=outcome.message,
        decline_code=outcome.decline_code,
        param=outcome.param,
        charge=charge,
        payment_method=payment_method,
        advice_code=outcome.advice_code,
        network_decline_code=outcome.network_decline_code,
    )


def refusal_of(intent: PaymentIntent | SetupIntent, error: ApiError) -> CardDeclined:
    """The 402 that tells of a payment or a setup that did not go through."""
    members = {
        name: value
        for name in ("advice_code", "charge", "network_decline_code", "payment_method")
        if (value := getattr(error, name)) is not UNSET
    }
    return CardDeclined(
        error.message if isinstance(error.message, str) else "",
        code=error.code if isinstance(error.code, str) else "card_declined",
        decline_code=None if isinstance(error.decline_code, UnsetType) else error.decline_code,
        param=None if isinstance(error.param, UnsetType) else error.param,
        details={**members, intent.object: intent},
    )
