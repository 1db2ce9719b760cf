"""What an SDK makes the reader do that it is connected to.

Each command is what a server asks for by the same name; before it, the session must be connected to the reader, and
must know the client secret of the intent that it names.
"""

from opentill.domain.objects.terminal_reader import Reader
from opentill.requests import setup_intents as setup_requests
from opentill.requests.params import Params
from opentill.requests.terminal import actions
from opentill.requests.terminal import pos as requests
from opentill.services import setup_intents
from opentill.services.client_secrets import check_client_secret
from opentill.services.kinds import PAYMENT_INTENTS, SETUP_INTENTS
from opentill.services.operation import Operation
from opentill.services.setup_confirmation import StoredSetupIntent
from opentill.services.terminal import reader_actions, test_helpers
from opentill.services.terminal.pos import holding


async def process_payment_intent(op: Operation, id: str, params: requests.ProcessPaymentIntent) -> Reader:
    """Reads a card and pays with it."""
    await holding.held(op, id)
    await _check_payment(op, params.payment_intent, params.client_secret)
    return await reader_actions.process_payment_intent(op, id, params)


async def collect_payment_method(op: Operation, id: str, params: requests.CollectPaymentMethod) -> Reader:
    """Reads a card, for a payment that is confirmed with it next."""
    await holding.held(op, id)
    await _check_payment(op, params.payment_intent, params.client_secret)
    return await reader_actions.collect_payment_method(op, id, params)


async def confirm_payment_intent(op: Operation, id: str, params: requests.ConfirmPaymentIntent) -> Reader:
    """Pays with the card that the reader holds for the payment."""
    await holding.held(op, id)
    await _check_payment(op, params.payment_intent, params.client_secret)
    return await reader_actions.confirm_payment_intent(op, id, params)


async def process_setup_intent(op: Operation, id: str, params: requests.ProcessSetupIntent) -> Reader:
    """Reads a card and saves it."""
    await holding.held(op, id)
    await setup_of(op, params.setup_intent, params.client_secret)
    return await reader_actions.process_setup_intent(op, id, params)


async def read_reusable_card(op: Operation, id: str, params: requests.ReadReusableCard) -> Reader:
    """Reads a card and saves it, with a SetupIntent that is made for it."""
    await holding.held(op, id)
    create = setup_requests.CreateSetupIntent(
        allowed_payment_method_types=["card_present"], customer=params.customer, usage="off_session"
    )
    intent = await setup_intents.made(op, create)
    asked = actions.ProcessSetupIntent(allow_redisplay="limited", setup_intent=intent.id)
    return await reader_actions.process_setup_intent(op, id, asked)


async def refund_payment(op: Operation, id: str, params: requests.RefundPayment) -> Reader:
    """Gives money back to the Interac card that paid, which is presented once more."""
    await holding.held(op, id)
    return await reader_actions.refund_payment(op, id, refund_of(params))


async def set_reader_display(op: Operation, id: str, params: actions.SetReaderDisplay) -> Reader:
    """Shows a cart, until something takes its place."""
    await holding.held(op, id)
    return await reader_actions.set_reader_display(op, id, params)


async def collect_inputs(op: Operation, id: str, params: actions.CollectInputs) -> Reader:
    """Shows forms that the customer fills in."""
    await holding.held(op, id)
    return await reader_actions.collect_inputs(op, id, params)


async def print_content(op: Operation, id: str, params: actions.PrintContent) -> Reader:
    """Prints an image."""
    await holding.held(op, id)
    return await reader_actions.print_content(op, id, params)


async def cancel_action(op: Operation, id: str, params: Params) -> Reader:
    """Ends what the reader does. A reader that does nothing stays as it is."""
    await holding.held(op, id)
    return await reader_actions.cancel_action(op, id, params)


# The customer of a simulated reader -----------------------------------------------------------------------------------


async def present_payment_method(op: Operation, id: str, params: actions.PresentPaymentMethod) -> Reader:
    """Presents a payment method on a simulated reader."""
    await holding.held(op, id)
    return await test_helpers.present_payment_method(op, id, params)


async def succeed_input_collection(op: Operation, id: str, params: actions.SucceedInputCollection) -> Reader:
    """Fills in the forms on a simulated reader."""
    await holding.held(op, id)
    return await test_helpers.succeed_input_collection(op, id, params)


async def timeout_input_collection(op: Operation, id: str, params: Params) -> Reader:
    """Lets nobody touch the forms on a simulated reader until they are given up."""
    await holding.held(op, id)
    return await test_helpers.timeout_input_collection(op, id, params)


# What a page may name -------------------------------------------------------------------------------------------------


async def _check_payment(op: Operation, id: str, secret: str) -> None:
    intent = await op.get(PAYMENT_INTENTS, id, param="payment_intent")
    check_client_secret(op, secret, intent.value.client_secret, "PaymentIntent")


async def setup_of(op: Operation, id: str, secret: str) -> StoredSetupIntent:
    """The SetupIntent that a page names. Raises InvalidRequest unless it knows the client secret."""
    intent = await op.get(SETUP_INTENTS, id, param="setup_intent")
    check_client_secret(op, secret, intent.value.client_secret, "SetupIntent")
    return intent


def refund_of(params: requests.RefundPayment | requests.CollectForRefund) -> actions.RefundPayment:
    """What a page asks for, as servers do."""
    return actions.RefundPayment(
        amount=params.amount,
        charge=params.charge,
        refund_application_fee=params.refund_application_fee,
        refund_payment_config=params.refund_payment_config,
        reverse_transfer=params.reverse_transfer,
    )
