"""The application fees a platform has earned."""

from opentill.domain.errors import ResourceMissing
from opentill.domain.objects.application_fee import ApplicationFee, FeeRefund
from opentill.requests import application_fees as requests
from opentill.requests.params import ListParams, Params
from opentill.services.kinds import APPLICATION_FEES
from opentill.services.listing import Listing, created, equals, listing
from opentill.services.operation import Operation


async def retrieve(op: Operation, id: str, _: Params) -> ApplicationFee:
    """Retrieves the details of an application fee that your account has collected."""
    return (await op.get(APPLICATION_FEES, id, in_path=True)).value


async def list_refunds(op: Operation, id: str, params: ListParams) -> Listing[FeeRefund]:
    """Returns the refunds of an application fee, newest first. They are few: no more than the charge has refunds."""
    refunds = (await retrieve(op, id, Params())).refunds.data
    places = {refund["id"]: place for place, refund in enumerate(refunds)}
    for name in ("starting_after", "ending_before"):
        cursor = getattr(params, name)
        if isinstance(cursor, str) and cursor not in places:
            raise ResourceMissing("fee_refund", cursor, param=name, in_path=False)
    if isinstance(params.ending_before, str):
        newer = refunds[: places[params.ending_before]]
        return Listing(newer[-params.limit :], len(newer) > params.limit)
    older = refunds[places[params.starting_after] + 1 :] if isinstance(params.starting_after, str) else refunds
    return Listing(older[: params.limit], len(older) > params.limit)


async def retrieve_refund(op: Operation, id: str, refund: str, _: Params) -> FeeRefund:
    """Retrieves the details of a refund of an application fee."""
    found = [one for one in (await retrieve(op, id, Params())).refunds.data if one["id"] == refund]
    if not found:
        raise ResourceMissing("fee_refund", refund, param="id", in_path=True)
    return found[0]


async def list_all(op: Operation, params: requests.ListApplicationFees) -> Listing[ApplicationFee]:
    """Returns a list of application fees you've previously collected, newest first."""
    conditions = [*created(params.created), *equals(charge=params.charge)]
    return await listing(op, APPLICATION_FEES, params, conditions)
