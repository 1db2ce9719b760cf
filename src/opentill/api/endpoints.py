"""Every endpoint of the API: the one table that routes requests and makes the OpenAPI document."""

from opentill.api.openapi import Endpoint, ListOf, SearchOf
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.refund import Refund
from opentill.requests import laboratory as lab
from opentill.requests import payment_intents as pi
from opentill.requests import refunds as re
from opentill.requests.params import SearchParams
from opentill.services import capture, laboratory, payment_intents, refunds

PAYMENT_INTENTS = (
    Endpoint("POST", "/v1/payment_intents", payment_intents.create, pi.CreatePaymentIntent, PaymentIntent),
    Endpoint("GET", "/v1/payment_intents", payment_intents.list_all, pi.ListPaymentIntents, ListOf(PaymentIntent)),
    Endpoint("GET", "/v1/payment_intents/search", payment_intents.search, SearchParams, SearchOf(PaymentIntent)),
    Endpoint(
        "GET",
        "/v1/payment_intents/{intent}",
        payment_intents.retrieve,
        pi.RetrievePaymentIntent,
        PaymentIntent,
        auth="publishable",
    ),
    Endpoint("POST", "/v1/payment_intents/{intent}", payment_intents.update, pi.UpdatePaymentIntent, PaymentIntent),
    Endpoint(
        "POST",
        "/v1/payment_intents/{intent}/confirm",
        payment_intents.confirm,
        pi.ConfirmPaymentIntent,
        PaymentIntent,
        auth="publishable",
    ),
    Endpoint("POST", "/v1/payment_intents/{intent}/capture", capture.capture, pi.CapturePaymentIntent, PaymentIntent),
    Endpoint(
        "POST", "/v1/payment_intents/{intent}/cancel", payment_intents.cancel, pi.CancelPaymentIntent, PaymentIntent
    ),
    Endpoint(
        "POST",
        "/v1/payment_intents/{intent}/increment_authorization",
        capture.increment_authorization,
        pi.IncrementAuthorization,
        PaymentIntent,
    ),
)

REFUNDS = (
    Endpoint("POST", "/v1/refunds", refunds.create, re.CreateRefund, Refund),
    Endpoint("GET", "/v1/refunds", refunds.list_all, re.ListRefunds, ListOf(Refund)),
    Endpoint("GET", "/v1/refunds/{id}", refunds.retrieve, returns=Refund),
    Endpoint("POST", "/v1/refunds/{id}", refunds.update, re.UpdateRefund, Refund),
    Endpoint("POST", "/v1/refunds/{id}/cancel", refunds.cancel, returns=Refund),
)

ENDPOINTS = (*PAYMENT_INTENTS, *REFUNDS)

LABORATORY = (
    Endpoint("GET", "/opentill/clock", laboratory.read_clock, returns=laboratory.ClockReading),
    Endpoint("POST", "/opentill/clock", laboratory.advance_clock, lab.AdvanceClock, laboratory.ClockReading),
    Endpoint("POST", "/opentill/faults", laboratory.inject_fault, lab.InjectFault, laboratory.FaultList),
    Endpoint("DELETE", "/opentill/faults", laboratory.clear_faults, returns=laboratory.FaultList),
    Endpoint("GET", "/opentill/holdings", laboratory.list_holdings, lab.ListHoldings, laboratory.HoldingList),
)
