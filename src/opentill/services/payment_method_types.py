"""Which types of payment methods an intent takes: computed, or as older API versions and filters say."""

from typing import Literal, NamedTuple, TypeAlias

from msgspec import UnsetType

from opentill.domain.errors import InvalidRequest
from opentill.domain.versions import at_least
from opentill.requests.payment_intents import AutomaticPaymentMethods
from opentill.services.parameters import given

Label: TypeAlias = Literal["PaymentIntent", "SetupIntent", "Checkout Session"]

# The types there are. An Interac card has no number to save.
_HERE: dict[Label, tuple[str, ...]] = {
    "PaymentIntent": ("card", "card_present", "interac_present"),
    "SetupIntent": ("card", "card_present"),
    "Checkout Session": ("card",),
}
_CODES: dict[Label, str | None] = {
    "PaymentIntent": "payment_intent_invalid_parameter",
    "SetupIntent": "setup_intent_invalid_parameter",
    "Checkout Session": None,
}


class MethodTypes(NamedTuple):
    """The types, the filter they were computed from, and for dynamic ones whether redirects are allowed."""

    types: list[str]
    allowed: list[str] | None = None
    dynamic: Literal["always", "never"] | None = None


def method_types(
    label: Label,
    version: str,
    *,
    types: list[str] | UnsetType,
    allowed: list[str] | UnsetType,
    automatic: AutomaticPaymentMethods | UnsetType,
) -> MethodTypes:
    """What a new intent takes, by the parameters of its creation at an API version. Raises InvalidRequest."""
    if not isinstance(types, UnsetType):
        return MethodTypes(known_types(label, types))
    if not isinstance(allowed, UnsetType):
        return MethodTypes(compatible_types(label, allowed), allowed)
    if isinstance(automatic, UnsetType):
        return MethodTypes(["card"], dynamic="always" if at_least(version, "2023-08-16") else None)
    if not automatic.enabled:
        return MethodTypes(["card"])
    return MethodTypes(["card"], dynamic=given(automatic.allow_redirects) or "always")


def known_types(label: Label, types: list[str]) -> list[str]:
    """`types`, each once. Raises InvalidRequest for none, and for one that is not available."""
    here = _HERE[label]
    if not types:
        raise InvalidRequest("You must provide at least one payment method type.", param="payment_method_types")
    for name in types:
        if name not in here:
            raise InvalidRequest(
                f"The payment method type provided: {name} is invalid. Please ensure the provided type is activated in "
                f"your dashboard and your account is enabled for any preview features that you are trying to use. "
                f"Available here are: {', '.join(here)}.",
                code=_CODES[label],
                param="payment_method_types",
            )
    return list(dict.fromkeys(types))


def compatible_types(label: Label, allowed: list[str]) -> list[str]:
    """Those of the filter that exist here; the others are dropped, as the API drops what is incompatible.

    Raises InvalidRequest if none is left.
    """
    here = _HERE[label]
    types = [name for name in dict.fromkeys(allowed) if name in here]
    if not types:
        raise InvalidRequest(
            f"None of the `allowed_payment_method_types` is available for this {label}. Available here are: "
            f"{', '.join(here)}.",
            code=_CODES[label],
            param="allowed_payment_method_types",
        )
    return types
