"""The operations of Charges: retrieve, update, list and search; made and captured they are by PaymentIntents."""

from typing import NoReturn

from msgspec import UNSET, UnsetType
from msgspec.structs import asdict, replace

from opentill.domain.differences import previous_attributes
from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.charge import Charge, FraudDetails
from opentill.domain.objects.refund import Refund
from opentill.requests import charges as requests
from opentill.requests.params import ListParams, Params, SearchParams
from opentill.requests.refunds import CreateRefund
from opentill.services import refunds
from opentill.services.kinds import CHARGES, CUSTOMERS, REFUNDS
from opentill.services.listing import Listing, SearchResult, created, equals, listing, searching
from opentill.services.operation import Operation
from opentill.services.parameters import kept, merged, shipping_of


async def retrieve(op: Operation, id: str, _: Params) -> Charge:
    """Retrieves the details of a charge that has previously been created."""
    return (await op.get(CHARGES, id, in_path=True, param="id")).value


async def list_all(op: Operation, params: requests.ListCharges) -> Listing[Charge]:
    """Returns a list of charges you've previously created, newest first."""
    conditions = [
        *created(params.created),
        *equals(customer=params.customer, payment_intent=params.payment_intent, transfer_group=params.transfer_group),
    ]
    return await listing(op, CHARGES, params, conditions)


async def search(op: Operation, params: SearchParams) -> SearchResult[Charge]:
    """Search for charges you've previously created using the search query language."""
    return await searching(op, CHARGES, params, "charges")


async def update(op: Operation, id: str, params: requests.UpdateCharge) -> Charge:
    """Updates the specified charge by setting the values of the parameters passed.

    A customer or a transfer group that is set stays: it can be given only where there is none.
    """
    stored = await op.get(CHARGES, id, in_path=True, param="id")
    before = stored.value
    for name, there in (("customer", before.customer), ("transfer_group", before.transfer_group)):
        wanted = getattr(params, name)
        if wanted is not UNSET and there is not None and wanted != there:
            raise InvalidRequest(f"The {name} of a charge cannot be changed once it has been set.", param=name)
    if isinstance(params.customer, str):
        customer = await op.get(CUSTOMERS, params.customer, param="customer")
        if customer.hidden.deleted:
            raise op.missing(CUSTOMERS, params.customer)
    charge = replace(
        before,
        customer=kept(params.customer, before.customer),
        description=kept(params.description, before.description),
        fraud_details=_fraud_details(params.fraud_details, before.fraud_details),
        metadata=merged(before.metadata, params.metadata),
        receipt_email=kept(params.receipt_email, before.receipt_email),
        shipping=before.shipping if isinstance(params.shipping, UnsetType) else shipping_of(params.shipping),
        transfer_group=kept(params.transfer_group, before.transfer_group),
    )
    if changed := previous_attributes(before, charge):
        op.update(stored, charge, stored.hidden)
        op.emit("charge.updated", charge, changed)
    return await op.commit(charge)


def _fraud_details(given: requests.FraudDetails | UnsetType, before: FraudDetails | None) -> FraudDetails | None:
    if isinstance(given, UnsetType):
        return before
    return replace(before or FraudDetails(), user_report=given.user_report or UNSET)


# What PaymentIntents do now --------------------------------------------------------------------------------------


async def create(_: Operation, params: requests.CreateCharge) -> NoReturn:
    """Payments are no longer made by creating a charge: create a PaymentIntent and confirm it."""
    for name in ("amount", "currency"):
        if getattr(params, name) is UNSET:
            raise InvalidRequest(f"Missing required param: {name}.", code="parameter_missing", param=name)
    if params.source is UNSET and params.customer is UNSET:
        raise InvalidRequest("Must provide source or customer.", code="parameter_missing")
    raise InvalidRequest(
        "Charges can no longer be created directly. Create a PaymentIntent instead, with `payment_method` (a token "
        "goes into `payment_method_data[card][token]`) and `confirm=true`, and find its charge in `latest_charge`. See "
        "https://docs.stripe.com/payments/payment-intents/migration/charges."
    )


async def capture(op: Operation, id: str, _: requests.CaptureCharge) -> NoReturn:
    """A charge that was made by a PaymentIntent, as all are, is captured by capturing the PaymentIntent."""
    charge = (await op.get(CHARGES, id, in_path=True, param="charge")).value
    if charge.captured:
        raise InvalidRequest(f"Charge {charge.id} has already been captured.", code="charge_already_captured")
    raise InvalidRequest(
        f"This uncaptured Charge was created by a PaymentIntent ({charge.payment_intent}). You must capture the "
        "PaymentIntent instead. For more information, see "
        "https://stripe.com/docs/payments/place-a-hold-on-a-payment-method"
    )


# Refunds, by the charge they are of -------------------------------------------------------------------------------


async def list_refunds(op: Operation, id: str, params: ListParams) -> Listing[Refund]:
    """Returns the refunds of a charge, newest first."""
    charge = await op.get(CHARGES, id, in_path=True)
    return await listing(op, REFUNDS, params, equals(charge=charge.id))


async def refund(op: Operation, id: str, params: requests.RefundCharge) -> Refund:
    """Creates a refund of the charge; POST /v1/refunds does the same."""
    await op.get(CHARGES, id, in_path=True)
    return await refunds.create(op, CreateRefund(charge=id, **asdict(params)))


async def retrieve_refund(op: Operation, id: str, refund: str, _: Params) -> Refund:
    """Retrieves the details of a refund of the charge."""
    found = await op.get(REFUNDS, refund, in_path=True)
    if found.value.charge != id:
        raise op.missing(REFUNDS, refund, in_path=True)
    return found.value
