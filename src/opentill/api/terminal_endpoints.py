"""The endpoints of Terminal: a part of the table in `opentill.api.endpoints`."""

from collections.abc import Callable
from typing import Any

from opentill.api.openapi import Endpoint, ListOf
from opentill.domain.objects.terminal_configuration import Configuration, DeletedConfiguration
from opentill.domain.objects.terminal_connection_token import ConnectionToken
from opentill.domain.objects.terminal_location import DeletedLocation, Location
from opentill.domain.objects.terminal_reader import DeletedReader, Reader
from opentill.requests.params import Params
from opentill.requests.terminal import actions as act
from opentill.requests.terminal import configurations as tmc
from opentill.requests.terminal import locations as tml
from opentill.requests.terminal import readers as tmr
from opentill.services.terminal import (
    configurations,
    connection_tokens,
    locations,
    reader_actions,
    readers,
    test_helpers,
)

LOCATIONS = (
    Endpoint("POST", "/v1/terminal/locations", locations.create, tml.CreateLocation, Location),
    Endpoint("GET", "/v1/terminal/locations", locations.list_all, tml.ListLocations, ListOf(Location)),
    Endpoint("GET", "/v1/terminal/locations/{location}", locations.retrieve, returns=Location),
    Endpoint("POST", "/v1/terminal/locations/{location}", locations.update, tml.UpdateLocation, Location),
    Endpoint("DELETE", "/v1/terminal/locations/{location}", locations.delete, returns=DeletedLocation),
)

_CONFIGURATION = "/v1/terminal/configurations/{configuration}"
CONFIGURATIONS = (
    Endpoint(
        "POST", "/v1/terminal/configurations", configurations.create, tmc.ConfigurationSettings, returns=Configuration
    ),
    Endpoint(
        "GET",
        "/v1/terminal/configurations",
        configurations.list_all,
        tmc.ListConfigurations,
        ListOf(Configuration),
    ),
    Endpoint("GET", _CONFIGURATION, configurations.retrieve, returns=Configuration),
    Endpoint("POST", _CONFIGURATION, configurations.update, tmc.ConfigurationSettings, Configuration),
    Endpoint("DELETE", _CONFIGURATION, configurations.delete, returns=DeletedConfiguration),
)

READERS = (
    Endpoint("POST", "/v1/terminal/readers", readers.create, tmr.CreateReader, Reader),
    Endpoint("GET", "/v1/terminal/readers", readers.list_all, tmr.ListReaders, ListOf(Reader)),
    Endpoint("GET", "/v1/terminal/readers/{reader}", readers.retrieve, returns=Reader),
    Endpoint("POST", "/v1/terminal/readers/{reader}", readers.update, tmr.UpdateReader, Reader),
    Endpoint("DELETE", "/v1/terminal/readers/{reader}", readers.delete, returns=DeletedReader),
    Endpoint(
        "POST",
        "/v1/terminal/connection_tokens",
        connection_tokens.create,
        tmr.CreateConnectionToken,
        ConnectionToken,
    ),
)


def _action(handler: Callable[..., Any], params: type[Params] = Params) -> Endpoint:
    """An action of a reader; its path ends in the handler's name."""
    return Endpoint("POST", f"/v1/terminal/readers/{{reader}}/{handler.__name__}", handler, params, Reader)


def _test_helper(handler: Callable[..., Any], params: type[Params] = Params) -> Endpoint:
    return Endpoint("POST", f"/v1/test_helpers/terminal/readers/{{reader}}/{handler.__name__}", handler, params, Reader)


ACTIONS = (
    _action(reader_actions.process_payment_intent, act.ProcessPaymentIntent),
    _action(reader_actions.collect_payment_method, act.CollectPaymentMethod),
    _action(reader_actions.confirm_payment_intent, act.ConfirmPaymentIntent),
    _action(reader_actions.process_setup_intent, act.ProcessSetupIntent),
    _action(reader_actions.refund_payment, act.RefundPayment),
    _action(reader_actions.set_reader_display, act.SetReaderDisplay),
    _action(reader_actions.collect_inputs, act.CollectInputs),
    _action(reader_actions.print_content, act.PrintContent),
    _action(reader_actions.cancel_action),
    _test_helper(test_helpers.present_payment_method, act.PresentPaymentMethod),
    _test_helper(test_helpers.succeed_input_collection, act.SucceedInputCollection),
    _test_helper(test_helpers.timeout_input_collection),
)

TERMINAL = (*LOCATIONS, *CONFIGURATIONS, *READERS, *ACTIONS)
