"""The endpoints of the Terminal SDK, under /opentill/pos: a part of the table in `opentill.api.endpoints`."""

from collections.abc import Callable
from typing import Any

from opentill.api.openapi import Endpoint, ListOf
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.payment_method import PaymentMethod
from opentill.domain.objects.pos import PosReader, PosReaderSettings, PosSession
from opentill.domain.objects.refund import Refund
from opentill.domain.objects.setup_intent import SetupIntent
from opentill.domain.objects.terminal_reader import Reader
from opentill.requests import payment_intents as pi
from opentill.requests import setup_intents as seti
from opentill.requests.params import Params
from opentill.requests.terminal import actions as act
from opentill.requests.terminal import pos
from opentill.services import payment_intents, setup_intents
from opentill.services.terminal.pos import commands, connecting, discovery, lookups, sessions, two_steps


def _get(path: str, handler: Callable[..., Any], params: type[Params], returns: Any) -> Endpoint:
    return Endpoint("GET", f"/opentill/pos/{path}", handler, params, returns, auth="session")


def _post(path: str, handler: Callable[..., Any], params: type[Params], returns: Any) -> Endpoint:
    return Endpoint("POST", f"/opentill/pos/{path}", handler, params, returns, auth="session")


def _command(handler: Callable[..., Any], params: type[Params] = Params) -> Endpoint:
    """Something for the reader to do; its path ends in the handler's name."""
    return _post(f"readers/{{reader}}/{handler.__name__}", handler, params, PosReader)


POS = (
    Endpoint("POST", "/opentill/pos/sessions", sessions.create, pos.OpenSession, PosSession, auth="connection_token"),
    _get("readers", discovery.list_all, pos.DiscoverReaders, ListOf(Reader)),
    _post("simulator", discovery.simulator, Params, Reader),
    _post("readers/{reader}/connect", connecting.connect, pos.ConnectReader, PosReader),
    _post("readers/{reader}/disconnect", connecting.disconnect, Params, PosReader),
    _get("readers/{reader}", connecting.retrieve, Params, PosReader),
    _get("readers/{reader}/settings", connecting.read_settings, Params, PosReaderSettings),
    _post("readers/{reader}/settings", connecting.change_settings, pos.ChangeReaderSettings, PosReaderSettings),
    _command(commands.process_payment_intent, pos.ProcessPaymentIntent),
    _command(commands.collect_payment_method, pos.CollectPaymentMethod),
    _command(commands.confirm_payment_intent, pos.ConfirmPaymentIntent),
    _command(commands.process_setup_intent, pos.ProcessSetupIntent),
    _command(commands.read_reusable_card, pos.ReadReusableCard),
    _command(commands.refund_payment, pos.RefundPayment),
    _command(two_steps.collect_setup_intent_payment_method, pos.CollectForSetup),
    _command(two_steps.confirm_setup_intent, pos.ConfirmSetupIntent),
    _command(two_steps.collect_refund_payment_method, pos.CollectForRefund),
    _command(two_steps.process_refund),
    _command(commands.set_reader_display, act.SetReaderDisplay),
    _command(commands.collect_inputs, act.CollectInputs),
    _command(commands.print_content, act.PrintContent),
    _command(commands.cancel_action),
    _command(commands.present_payment_method, act.PresentPaymentMethod),
    _command(commands.succeed_input_collection, act.SucceedInputCollection),
    _command(commands.timeout_input_collection),
    _get("payment_intents/{intent}", payment_intents.retrieve, pi.RetrievePaymentIntent, PaymentIntent),
    _get("setup_intents/{intent}", setup_intents.retrieve, seti.RetrieveSetupIntent, SetupIntent),
    _get("payment_methods/{payment_method}", lookups.payment_method, Params, PaymentMethod),
    _get("refunds/{refund}", lookups.refund, Params, Refund),
    _get("files/{file}/contents", lookups.file_contents, Params, None),
)
