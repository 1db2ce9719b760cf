"""Every endpoint of the API: the one table that routes requests and makes the OpenAPI document."""

from opentill.api.openapi import Endpoint, ListOf, SearchOf
from opentill.api.pos_endpoints import POS
from opentill.api.terminal_endpoints import TERMINAL
from opentill.domain.objects.account import Account, DeletedAccount
from opentill.domain.objects.application_fee import ApplicationFee, FeeRefund
from opentill.domain.objects.balance import Balance
from opentill.domain.objects.balance_transaction import BalanceTransaction
from opentill.domain.objects.charge import Charge
from opentill.domain.objects.checkout_session import CheckoutSession
from opentill.domain.objects.customer import Customer, DeletedCustomer
from opentill.domain.objects.event import Event
from opentill.domain.objects.file import File, FileLink
from opentill.domain.objects.line_item import LineItem
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.payment_method import PaymentMethod
from opentill.domain.objects.price import DeletedProduct, Price, Product
from opentill.domain.objects.refund import Refund
from opentill.domain.objects.setup_attempt import SetupAttempt
from opentill.domain.objects.setup_intent import SetupIntent
from opentill.domain.objects.webhook_delivery import WebhookDelivery
from opentill.domain.objects.webhook_endpoint import DeletedWebhookEndpoint, WebhookEndpoint
from opentill.requests import accounts as acct
from opentill.requests import application_fees as fee
from opentill.requests import balance as bal
from opentill.requests import charges as ch
from opentill.requests import checkout as cs
from opentill.requests import customers as cus
from opentill.requests import events as evt
from opentill.requests import files as file
from opentill.requests import laboratory as lab
from opentill.requests import payment_intents as pi
from opentill.requests import payment_methods as pm
from opentill.requests import prices as price
from opentill.requests import refunds as re
from opentill.requests import setup_intents as seti
from opentill.requests import webhook_endpoints as we
from opentill.requests.params import ListParams, SearchParams
from opentill.services import (
    account_settings,
    application_fees,
    balance,
    capture,
    charges,
    customers,
    deliveries,
    events,
    file_links,
    files,
    laboratory,
    payment_intents,
    payment_methods,
    prices,
    products,
    refunds,
    setup_attempts,
    setup_intents,
    webhook_endpoints,
)
from opentill.services.checkout import sessions, submitting

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

CHARGES = (
    Endpoint("POST", "/v1/charges", charges.create, ch.CreateCharge, Charge),
    Endpoint("GET", "/v1/charges", charges.list_all, ch.ListCharges, ListOf(Charge)),
    Endpoint("GET", "/v1/charges/search", charges.search, SearchParams, SearchOf(Charge)),
    Endpoint("GET", "/v1/charges/{charge}", charges.retrieve, returns=Charge),
    Endpoint("POST", "/v1/charges/{charge}", charges.update, ch.UpdateCharge, Charge),
    Endpoint("POST", "/v1/charges/{charge}/capture", charges.capture, ch.CaptureCharge, Charge),
    Endpoint("GET", "/v1/charges/{charge}/refunds", charges.list_refunds, ListParams, ListOf(Refund)),
    Endpoint("POST", "/v1/charges/{charge}/refunds", charges.refund, ch.RefundCharge, Refund),
    Endpoint("GET", "/v1/charges/{charge}/refunds/{refund}", charges.retrieve_refund, returns=Refund),
)

_TRANSACTIONS = (balance.list_transactions, bal.ListBalanceTransactions, ListOf(BalanceTransaction))

BALANCE = (
    Endpoint("GET", "/v1/balance", balance.retrieve, returns=Balance),
    Endpoint("GET", "/v1/balance_transactions", *_TRANSACTIONS),
    Endpoint("GET", "/v1/balance_transactions/{id}", balance.retrieve_transaction, returns=BalanceTransaction),
    Endpoint("GET", "/v1/balance/history", *_TRANSACTIONS),
    Endpoint("GET", "/v1/balance/history/{id}", balance.retrieve_transaction, returns=BalanceTransaction),
)

EVENTS = (
    Endpoint("GET", "/v1/events", events.list_all, evt.ListEvents, ListOf(Event)),
    Endpoint("GET", "/v1/events/{id}", events.retrieve, returns=Event),
    Endpoint("POST", "/v1/events/{id}/retry", deliveries.retry, we.RetryEvent, Event),
)

_ENDPOINT = "/v1/webhook_endpoints/{webhook_endpoint}"

WEBHOOKS = (
    Endpoint("POST", "/v1/webhook_endpoints", webhook_endpoints.create, we.CreateEndpoint, WebhookEndpoint),
    Endpoint("GET", "/v1/webhook_endpoints", webhook_endpoints.list_all, ListParams, ListOf(WebhookEndpoint)),
    Endpoint("GET", _ENDPOINT, webhook_endpoints.retrieve, returns=WebhookEndpoint),
    Endpoint("POST", _ENDPOINT, webhook_endpoints.update, we.UpdateEndpoint, WebhookEndpoint),
    Endpoint("DELETE", _ENDPOINT, webhook_endpoints.delete, returns=DeletedWebhookEndpoint),
    Endpoint(
        "POST",
        "/opentill/webhook_endpoints/{webhook_endpoint}/roll_secret",
        webhook_endpoints.roll_secret,
        we.RollSecret,
        WebhookEndpoint,
    ),
    Endpoint("GET", "/opentill/webhook_deliveries", deliveries.list_all, we.ListDeliveries, ListOf(WebhookDelivery)),
)

CUSTOMERS = (
    Endpoint("POST", "/v1/customers", customers.create, cus.CreateCustomer, Customer),
    Endpoint("GET", "/v1/customers", customers.list_all, cus.ListCustomers, ListOf(Customer)),
    Endpoint("GET", "/v1/customers/search", customers.search, SearchParams, SearchOf(Customer)),
    Endpoint("GET", "/v1/customers/{customer}", customers.retrieve, returns=Customer | DeletedCustomer),
    Endpoint("POST", "/v1/customers/{customer}", customers.update, cus.UpdateCustomer, Customer),
    Endpoint("DELETE", "/v1/customers/{customer}", customers.delete, returns=DeletedCustomer),
    Endpoint(
        "GET",
        "/v1/customers/{customer}/payment_methods",
        payment_methods.list_of_customer,
        pm.ListOfCustomer,
        ListOf(PaymentMethod),
    ),
    Endpoint(
        "GET",
        "/v1/customers/{customer}/payment_methods/{payment_method}",
        payment_methods.retrieve_of_customer,
        returns=PaymentMethod,
    ),
)

PAYMENT_METHODS = (
    Endpoint(
        "POST",
        "/v1/payment_methods",
        payment_methods.create,
        pm.CreatePaymentMethod,
        PaymentMethod,
        auth="publishable",
    ),
    Endpoint("GET", "/v1/payment_methods", payment_methods.list_all, pm.ListPaymentMethods, ListOf(PaymentMethod)),
    Endpoint("GET", "/v1/payment_methods/{payment_method}", payment_methods.retrieve, returns=PaymentMethod),
    Endpoint(
        "POST", "/v1/payment_methods/{payment_method}", payment_methods.update, pm.UpdatePaymentMethod, PaymentMethod
    ),
    Endpoint(
        "POST",
        "/v1/payment_methods/{payment_method}/attach",
        payment_methods.attach,
        pm.AttachPaymentMethod,
        PaymentMethod,
    ),
    Endpoint("POST", "/v1/payment_methods/{payment_method}/detach", payment_methods.detach, returns=PaymentMethod),
)

SETUP_INTENTS = (
    Endpoint("POST", "/v1/setup_intents", setup_intents.create, seti.CreateSetupIntent, SetupIntent),
    Endpoint("GET", "/v1/setup_intents", setup_intents.list_all, seti.ListSetupIntents, ListOf(SetupIntent)),
    Endpoint(
        "GET",
        "/v1/setup_intents/{intent}",
        setup_intents.retrieve,
        seti.RetrieveSetupIntent,
        SetupIntent,
        auth="publishable",
    ),
    Endpoint("POST", "/v1/setup_intents/{intent}", setup_intents.update, seti.UpdateSetupIntent, SetupIntent),
    Endpoint(
        "POST",
        "/v1/setup_intents/{intent}/confirm",
        setup_intents.confirm,
        seti.ConfirmSetupIntent,
        SetupIntent,
        auth="publishable",
    ),
    Endpoint("POST", "/v1/setup_intents/{intent}/cancel", setup_intents.cancel, seti.CancelSetupIntent, SetupIntent),
    Endpoint("GET", "/v1/setup_attempts", setup_attempts.list_all, seti.ListSetupAttempts, ListOf(SetupAttempt)),
)

CHECKOUT = (
    Endpoint("POST", "/v1/checkout/sessions", sessions.create, cs.CreateSession, CheckoutSession),
    Endpoint("GET", "/v1/checkout/sessions", sessions.list_all, cs.ListSessions, ListOf(CheckoutSession)),
    Endpoint("GET", "/v1/checkout/sessions/{session}", sessions.retrieve, returns=CheckoutSession),
    Endpoint("POST", "/v1/checkout/sessions/{session}", sessions.update, cs.UpdateSession, CheckoutSession),
    Endpoint("POST", "/v1/checkout/sessions/{session}/expire", sessions.expire, returns=CheckoutSession),
    Endpoint(
        "GET", "/v1/checkout/sessions/{session}/line_items", sessions.list_line_items, ListParams, ListOf(LineItem)
    ),
    Endpoint(
        "GET",
        "/v1/payment_pages/{session}",
        submitting.retrieve_page,
        cs.RetrievePaymentPage,
        CheckoutSession,
        auth="publishable",
    ),
    Endpoint(
        "POST",
        "/v1/payment_pages/{session}/confirm",
        submitting.confirm_page,
        cs.ConfirmPaymentPage,
        PaymentIntent | SetupIntent | CheckoutSession,
        auth="publishable",
    ),
)

PRICES = (
    Endpoint("POST", "/v1/products", products.create, price.CreateProduct, Product),
    Endpoint("GET", "/v1/products", products.list_all, price.ListProducts, ListOf(Product)),
    Endpoint("GET", "/v1/products/{product}", products.retrieve, returns=Product),
    Endpoint("POST", "/v1/products/{product}", products.update, price.UpdateProduct, Product),
    Endpoint("DELETE", "/v1/products/{product}", products.delete, returns=DeletedProduct),
    Endpoint("POST", "/v1/prices", prices.create, price.CreatePrice, Price),
    Endpoint("GET", "/v1/prices", prices.list_all, price.ListPrices, ListOf(Price)),
    Endpoint("GET", "/v1/prices/{price}", prices.retrieve, returns=Price),
    Endpoint("POST", "/v1/prices/{price}", prices.update, price.UpdatePrice, Price),
)

ACCOUNTS = (
    Endpoint("GET", "/v1/account", account_settings.retrieve_own, returns=Account),
    Endpoint("POST", "/v1/accounts", account_settings.create, acct.CreateAccount, Account),
    Endpoint("GET", "/v1/accounts", account_settings.list_all, acct.ListAccounts, ListOf(Account)),
    Endpoint("GET", "/v1/accounts/{account}", account_settings.retrieve, returns=Account),
    Endpoint("POST", "/v1/accounts/{account}", account_settings.update, acct.UpdateAccount, Account),
    Endpoint("DELETE", "/v1/accounts/{account}", account_settings.delete, returns=DeletedAccount),
    Endpoint("GET", "/v1/application_fees", application_fees.list_all, fee.ListApplicationFees, ListOf(ApplicationFee)),
    Endpoint("GET", "/v1/application_fees/{id}", application_fees.retrieve, returns=ApplicationFee),
    Endpoint("GET", "/v1/application_fees/{id}/refunds", application_fees.list_refunds, ListParams, ListOf(FeeRefund)),
    Endpoint("GET", "/v1/application_fees/{fee}/refunds/{id}", application_fees.retrieve_refund, returns=FeeRefund),
)

FILES = (
    Endpoint("POST", "/v1/files", files.create, file.CreateFile, File, uploads=True),
    Endpoint("GET", "/v1/files", files.list_all, file.ListFiles, ListOf(File)),
    Endpoint("GET", "/v1/files/{file}", files.retrieve, returns=File),
    Endpoint("GET", "/v1/files/{file}/contents", files.contents),
    Endpoint("POST", "/v1/file_links", file_links.create, file.CreateFileLink, FileLink),
    Endpoint("GET", "/v1/file_links", file_links.list_all, file.ListFileLinks, ListOf(FileLink)),
    Endpoint("GET", "/v1/file_links/{link}", file_links.retrieve, returns=FileLink),
    Endpoint("POST", "/v1/file_links/{link}", file_links.update, file.UpdateFileLink, FileLink),
)

ENDPOINTS = (
    *PAYMENT_INTENTS,
    *CUSTOMERS,
    *PAYMENT_METHODS,
    *SETUP_INTENTS,
    *CHECKOUT,
    *PRICES,
    *REFUNDS,
    *CHARGES,
    *BALANCE,
    *EVENTS,
    *WEBHOOKS,
    *ACCOUNTS,
    *FILES,
    *TERMINAL,
    *POS,
)

LABORATORY = (
    Endpoint("GET", "/opentill/clock", laboratory.read_clock, returns=laboratory.ClockReading),
    Endpoint("POST", "/opentill/clock", laboratory.advance_clock, lab.AdvanceClock, laboratory.ClockReading),
    Endpoint("POST", "/opentill/faults", laboratory.inject_fault, lab.InjectFault, laboratory.FaultList),
    Endpoint(
        "POST", "/opentill/readers/{reader}/faults", laboratory.disturb_reader, lab.DisturbReader, laboratory.FaultList
    ),
    Endpoint("DELETE", "/opentill/faults", laboratory.clear_faults, returns=laboratory.FaultList),
    Endpoint("GET", "/opentill/holdings", laboratory.list_holdings, lab.ListHoldings, laboratory.HoldingList),
)
