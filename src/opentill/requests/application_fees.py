"""Parameters of the Application Fees API."""

from typing import Annotated

from opentill.requests.params import UNSET, ListParams, RangeQuery, Text, UnsetType


class ListApplicationFees(ListParams, kw_only=True):
    """Which application fees."""

    charge: Annotated[str, Text(maximum=255)] | UnsetType = UNSET
    created: RangeQuery | UnsetType = UNSET
