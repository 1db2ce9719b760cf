"""Tips on the reader: whether the screen is shown, what it suggests, and what a tip makes of the amounts.

Guide "Collect on-reader tips". The tip is chosen before the authorization, so the issuer is asked for the total; the
PaymentIntent's `amount` includes the tip from then on.
"""

from dataclasses import dataclass
from typing import Final

from msgspec import UNSET

from opentill.domain import money
from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.terminal_configuration import Configuration, TippingSettings
from opentill.domain.terminal import refusals
from opentill.domain.terminal.configurations import tipping_for

COUNTRIES: Final = frozenset(
    (
        "AT AU BE BG CA CH CY CZ DE DK EE ES FI FR GB GI HR HU IE IT JP LI LT LU LV MT MY NL NO NZ PL PT RO SE SG "
        "SI SK US"
    ).split()
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A button of the tip screen: `amount` in minor units, and the percentage it is, if it is one."""

    amount: int
    percentage: int | None = None


@dataclass(frozen=True, slots=True)
class Tipped:
    """The amounts of a payment with its tip, minor units. `tip` is null where no tip was asked for."""

    total: int
    tip: int | None


def suggestions(settings: TippingSettings, base: int) -> list[Suggestion]:
    """What the screen offers for `base` (minor units), in the order configured.

    With a smart threshold: fixed amounts below it, percentages from it on. Otherwise percentages if there are any.
    Percentages are rounded half up to the minor unit.
    """
    fixed = [] if settings.fixed_amounts in (UNSET, None) else [Suggestion(amount) for amount in settings.fixed_amounts]
    shares = (
        []
        if settings.percentages in (UNSET, None)
        else [Suggestion((base * percentage + 50) // 100, percentage) for percentage in settings.percentages]
    )
    if settings.smart_tip_threshold is not UNSET:
        return fixed if base < settings.smart_tip_threshold else shares
    return shares or fixed


def screen(
    configuration: Configuration,
    *,
    country: str | None,
    currency: str,
    amount: int,
    skip: bool,
    amount_eligible: int | None,
) -> list[Suggestion] | None:
    """The suggestions of the tip screen, or None where none is shown.

    `amount` is what the payment is of before the tip, `amount_eligible` the part that percentages are of (minor
    units of `currency`).
    """
    settings = tipping_for(configuration, currency)
    if skip or settings is None or country not in COUNTRIES:
        return None
    return suggestions(settings, amount if amount_eligible is None else amount_eligible)


def tipped(amount: int, currency: str, amount_tip: int | None, *, asked: bool, skip: bool) -> Tipped:
    """`amount` with the tip that the simulated customer gives. Raises InvalidRequest.

    `asked` is whether a tip screen is shown. A test may give a tip without one, so that tips can be tried before they
    are configured, but not where the payment skips tipping.
    """
    if amount_tip is None:
        return Tipped(amount, 0 if asked else None)
    if amount_tip < 0:
        raise refusals.too_small("amount_tip", 0)
    if skip and amount_tip > 0:
        raise refusals.invalid("No tip can be given: the reader skips tipping for this payment.", "amount_tip")
    total = amount + amount_tip
    if total > money.maximum(currency):
        raise InvalidRequest(
            f"Amount must be no more than {money.format_amount(money.maximum(currency), currency)}",
            code="amount_too_large",
            param="amount_tip",
        )
    return Tipped(total, amount_tip)
