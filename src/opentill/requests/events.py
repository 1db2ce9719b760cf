"""Parameters of the Events API."""

from typing import Annotated

from opentill.requests.params import UNSET, Items, ListParams, RangeQuery, Text, UnsetType

_Type = Annotated[str, Text(maximum=255)]


class ListEvents(ListParams, kw_only=True):
    """Which events: one `type`, or a group of them (`charge.*`), or up to twenty `types`."""

    created: RangeQuery | UnsetType = UNSET
    delivery_success: bool | UnsetType = UNSET
    type: _Type | UnsetType = UNSET
    types: Annotated[list[_Type], Items(maximum=20)] | UnsetType = UNSET

    def check(self) -> None:
        self.only_one_of("type", "types")
