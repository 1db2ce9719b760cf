"""Parameters of the Balance API."""

from typing import Annotated

from opentill.requests.params import UNSET, Currency, ListParams, RangeQuery, Text, UnsetType

_Id = Annotated[str, Text(maximum=255)]


class ListBalanceTransactions(ListParams, kw_only=True):
    """Which balance transactions. A `type` that does not exist is the type of none."""

    created: RangeQuery | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    payout: _Id | UnsetType = UNSET
    source: _Id | UnsetType = UNSET
    type: Annotated[str, Text(maximum=255)] | UnsetType = UNSET
