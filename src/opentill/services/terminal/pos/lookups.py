"""The objects that a page may see without their client secret: what its reader has just made."""

from msgspec import UnsetType

from opentill.domain.objects.payment_method import PaymentMethod
from opentill.domain.objects.reader_action import Action
from opentill.domain.objects.refund import Refund
from opentill.requests.params import Params
from opentill.services import file_keeping, files
from opentill.services.kinds import FILES, PAYMENT_METHODS, REFUNDS
from opentill.services.operation import Operation
from opentill.services.parameters import given
from opentill.services.terminal.pos import holding


async def payment_method(op: Operation, id: str, _: Params) -> PaymentMethod:
    """Retrieves a PaymentMethod that the current action of the reader, which the session began, has made."""
    if id not in await _made(op):
        raise op.missing(PAYMENT_METHODS, id, in_path=True)
    return (await op.get(PAYMENT_METHODS, id, in_path=True)).value


async def refund(op: Operation, id: str, _: Params) -> Refund:
    """Retrieves a Refund that the current action of the reader, which the session began, has made."""
    if id not in await _made(op):
        raise op.missing(REFUNDS, id, in_path=True)
    return (await op.get(REFUNDS, id, in_path=True)).value


async def file_contents(op: Operation, id: str, params: Params) -> file_keeping.Contents:
    """Retrieves a signature that was collected by the current action of the reader, which the session began."""
    if id not in await _made(op):
        raise op.missing(FILES, id, in_path=True)
    return await files.contents(op, id, params)


async def _made(op: Operation) -> set[str]:
    """The ids of what came of the action of the reader that the session is connected to."""
    reader = await holding.own(op)
    if reader is None or reader.value.action is None or reader.hidden.begun_by != op.caller.session:
        return set()
    held = reader.hidden.slot.held
    made = _results(reader.value.action)
    return made if held is None else made | {held.payment_method}


def _results(action: Action) -> set[str]:
    setup, refund, collect = action.process_setup_intent, action.refund_payment, action.collect_payment_method
    forms = [] if isinstance(action.collect_inputs, UnsetType) else action.collect_inputs.inputs
    found = (
        None if isinstance(setup, UnsetType) else given(setup.generated_card),
        None if isinstance(refund, UnsetType) else given(refund.refund),
        None
        if isinstance(collect, UnsetType) or isinstance(collect.payment_method, UnsetType)
        else collect.payment_method.id,
        *(form.signature.value for form in forms if not isinstance(form.signature, UnsetType)),
    )
    return {id for id in found if id is not None}
