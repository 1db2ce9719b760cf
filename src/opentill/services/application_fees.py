"""The application fees a platform has earned."""

from opentill.domain.objects.application_fee import ApplicationFee
from opentill.requests import application_fees as requests
from opentill.requests.params import Params
from opentill.services.kinds import APPLICATION_FEES
from opentill.services.listing import Listing, created, equals, listing
from opentill.services.operation import Operation


async def retrieve(op: Operation, id: str, _: Params) -> ApplicationFee:
    """Retrieves the details of an application fee that your account has collected."""
    return (await op.get(APPLICATION_FEES, id, in_path=True)).value


async def list_all(op: Operation, params: requests.ListApplicationFees) -> Listing[ApplicationFee]:
    """Returns a list of application fees you've previously collected, newest first."""
    conditions = [*created(params.created), *equals(charge=params.charge)]
    return await listing(op, APPLICATION_FEES, params, conditions)
