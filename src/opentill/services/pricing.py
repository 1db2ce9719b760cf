"""What one unit costs, as requests say it and as a Price keeps it."""

from decimal import Decimal
from typing import Protocol

from msgspec import UnsetType

from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.price import Recurring
from opentill.requests import prices as requests
from opentill.services.parameters import given


class NamesUnit(Protocol):
    """Parameters that say what one unit costs, in one of two ways."""

    @property
    def unit_amount(self) -> int | UnsetType: ...
    @property
    def unit_amount_decimal(self) -> str | UnsetType: ...


def unit_of(params: NamesUnit, *, param: str = "") -> tuple[int | None, str]:
    """`unit_amount` and `unit_amount_decimal`. Raises InvalidRequest if neither is given, or it is negative."""
    if not isinstance(params.unit_amount, UnsetType):
        return params.unit_amount, str(params.unit_amount)
    if isinstance(params.unit_amount_decimal, UnsetType):
        name = f"{param}[unit_amount]" if param else "unit_amount"
        raise InvalidRequest(f"Missing required param: {name}.", code="parameter_missing", param=name)
    exact = Decimal(params.unit_amount_decimal)
    if exact < 0:
        name = f"{param}[unit_amount_decimal]" if param else "unit_amount_decimal"
        raise InvalidRequest("Invalid non-negative decimal", param=name)
    text = format(exact.normalize(), "f")
    return (int(exact) if exact == exact.to_integral_value() else None), text


def recurring_of(params: requests.Recurring | UnsetType) -> Recurring | None:
    """How often it is to be paid, as a Price keeps it."""
    if isinstance(params, UnsetType):
        return None
    return Recurring(
        interval=params.interval,
        interval_count=given(params.interval_count) or 1,
        trial_period_days=given(params.trial_period_days),
    )
