"""What a payment costs the merchant: a share of the amount plus a fixed part, by payment method.

Integers only. Rates are millionths, so 2.9 % is 29000; the share is rounded half up to the minor unit and the
fixed part, in minor units of the payment's currency, is added afterwards: 1099 at 2.9 % + 30 is 31.871 → 32, and
32 + 30 = 62.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

_MILLION = 1_000_000
_FEE = re.compile(r"(?P<whole>\d{1,2})(?:\.(?P<part>\d{1,4}))?%(?:\+(?P<fixed>\d{1,6}))?")


@dataclass(frozen=True, slots=True)
class Fee:
    """`rate` millionths of the amount, and `fixed` minor units."""

    rate: int
    fixed: int

    def of(self, amount: int) -> int:
        """The fee for `amount` (not negative), both in minor units of the same currency."""
        return (amount * self.rate + _MILLION // 2) // _MILLION + self.fixed

    @classmethod
    def parse(cls, text: str) -> Self:
        """A fee written `2.9%+30`, `2.7%` or `0%+15`. Raises ValueError."""
        found = _FEE.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"not a fee: {text!r}; write it like 2.9%+30 (percent, then minor units)")
        part = (found["part"] or "").ljust(4, "0")
        return cls(int(found["whole"] + part), int(found["fixed"] or 0))


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """The fees of an installation by payment method type; what is not named costs what `card` costs."""

    fees: Mapping[str, Fee]

    def __post_init__(self) -> None:
        if "card" not in self.fees:
            raise ValueError("a fee schedule needs a fee for card")

    def fee(self, payment_method_type: str, amount: int) -> int:
        """The fee for a payment of `amount` minor units with `payment_method_type` (`card`, `card_present`, …).

        `interac_present` costs what `card_present` costs unless it is named.
        """
        fees = self.fees
        fee = fees.get(payment_method_type)
        if fee is None:
            in_person = fees.get("card_present") if payment_method_type.endswith("_present") else None
            fee = in_person or fees["card"]
        return fee.of(amount)

    @classmethod
    def parse(cls, text: str) -> Self:
        """A schedule written `card=2.9%+30,card_present=2.7%+5`. Raises ValueError that says what is wrong."""
        fees: dict[str, Fee] = {}
        for entry in text.split(","):
            name, equals, fee = entry.partition("=")
            name = name.strip()
            if not equals or not name:
                raise ValueError(f"not a fee: {entry!r}; write it like card=2.9%+30")
            if name in fees:
                raise ValueError(f"two fees for {name}")
            fees[name] = Fee.parse(fee)
        return cls(fees)


STANDARD = FeeSchedule.parse("card=2.9%+30,card_present=2.7%+5")
