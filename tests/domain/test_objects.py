"""The structs of domain/objects say nothing that the official client's types cannot read, and survive storing.

`REAL` are objects as they come up in a shop, written out. `every_kind_of` derives from a struct the values that its
fields can have: all of them there, then every alternative of every field, one at a time and however deep, then the
least. So an enum value or a null that the official types do not know is found without anybody thinking of it.
"""

import types
from collections.abc import Iterator
from typing import Any, Literal, Union, cast, get_args, get_origin

import msgspec
import pytest
from msgspec import UNSET, UnsetType
from tests.contract.contract import hold

from opentill.domain.objects.account import Account, DeletedAccount
from opentill.domain.objects.account_parts import BusinessProfile, Company, Requirements, Settings
from opentill.domain.objects.api_error import ApiError
from opentill.domain.objects.application_fee import ApplicationFee
from opentill.domain.objects.balance import Balance, BalanceAmount, SourceTypes
from opentill.domain.objects.balance_transaction import BalanceTransaction, FeeDetail
from opentill.domain.objects.charge import Charge, Outcome
from opentill.domain.objects.checkout_session import CheckoutSession
from opentill.domain.objects.customer import Customer, DeletedCustomer
from opentill.domain.objects.event import Event, EventData, EventRequest
from opentill.domain.objects.file import File, FileLink
from opentill.domain.objects.line_item import LineItem
from opentill.domain.objects.mandate import Mandate
from opentill.domain.objects.payment_intent import (
    AmountDetails,
    CardPresentOptions,
    PaymentIntent,
    PaymentMethodOptions,
    Tip,
)
from opentill.domain.objects.payment_method import Card, CardPresent, PaymentMethod, ThreeDSecureUsage
from opentill.domain.objects.payment_method_details import CardPresentDetails, PaymentMethodDetails, Receipt
from opentill.domain.objects.price import DeletedProduct, Price, Product
from opentill.domain.objects.reader_action import Action, Cart, CartLineItem, ProcessPaymentIntent, SetReaderDisplay
from opentill.domain.objects.refund import DestinationDetails, Refund, RefundCard
from opentill.domain.objects.setup_attempt import SetupAttempt
from opentill.domain.objects.setup_intent import SetupIntent
from opentill.domain.objects.shared import Address, CardNetworks
from opentill.domain.objects.terminal_configuration import Configuration, DeletedConfiguration, Tipping, TippingSettings
from opentill.domain.objects.terminal_connection_token import ConnectionToken
from opentill.domain.objects.terminal_location import DeletedLocation, Location
from opentill.domain.objects.terminal_reader import DeletedReader, Reader

NOW = 1_790_000_000

PAYMENT_INTENT = PaymentIntent(
    id="pi_3UhO4rzYk0a1b2c3d4e5f6g7",
    amount=1000,
    amount_capturable=1200,
    amount_details=AmountDetails(tip=Tip(amount=200)),
    capture_method="manual",
    client_secret="pi_3UhO4rzYk0a1b2c3d4e5f6g7_secret_a1b2c3d4e5f6g7h8i9j0k1l2m",
    created=NOW,
    currency="usd",
    latest_charge="ch_3UhO4rzYk0a1b2c3d4e5f6g7",
    livemode=False,
    metadata={"order": "6735"},
    payment_method="pm_3UhO4rzYk0a1b2c3d4e5f6g7",
    payment_method_options=PaymentMethodOptions(
        card_present=CardPresentOptions(
            request_extended_authorization=False, request_incremental_authorization_support=False
        )
    ),
    payment_method_types=["card_present"],
    status="requires_capture",
)

PAYMENT_METHOD = PaymentMethod(
    id="pm_3UhO4rzYk0a1b2c3d4e5f6g7",
    card_present=CardPresent(
        brand="visa",
        cardholder_name="CARDHOLDER/VISA",
        country="US",
        exp_month=12,
        exp_year=2030,
        fingerprint="a1b2c3d4e5f6g7h8",
        funding="credit",
        last4="9969",
        networks=CardNetworks(available=["visa"]),
        preferred_locales=["en", "fr"],
        read_method="contact_emv",
    ),
    created=NOW,
    livemode=False,
    type="card_present",
)

SAVED_CARD = PaymentMethod(
    id="pm_3UhO4rzYk0z9y8x7w6v5u4t3",
    card=Card(
        brand="visa",
        country="US",
        display_brand="visa",
        exp_month=8,
        exp_year=2031,
        fingerprint="a1b2c3d4e5f6g7h8",
        funding="credit",
        last4="4242",
        networks=CardNetworks(available=["visa"]),
        regulated_status="unregulated",
        three_d_secure_usage=ThreeDSecureUsage(supported=True),
    ),
    created=NOW,
    customer="cus_UhO4rzYk0a1b2c",
    livemode=False,
    type="card",
)

DECLINED = msgspec.structs.replace(
    PAYMENT_INTENT,
    amount_capturable=0,
    last_payment_error=ApiError(
        advice_code="try_again_later",
        charge="ch_3UhO4rzYk0a1b2c3d4e5f6g7",
        code="card_declined",
        decline_code="insufficient_funds",
        doc_url="https://stripe.com/docs/error-codes/card-declined",
        message="Your card has insufficient funds.",
        network_decline_code="51",
        payment_method=SAVED_CARD,
        type="card_error",
    ),
    payment_method=None,
    status="requires_payment_method",
)

CHARGE = Charge(
    id="ch_3UhO4rzYk0a1b2c3d4e5f6g7",
    amount=1200,
    amount_captured=1200,
    balance_transaction="txn_3UhO4rzYk0a1b2c3d4e5f6g",
    calculated_statement_descriptor="FLOWER SHOP",
    captured=True,
    created=NOW,
    currency="usd",
    livemode=False,
    outcome=Outcome(
        network_status="approved_by_network",
        risk_level="normal",
        seller_message="Payment complete.",
        type="authorized",
    ),
    paid=True,
    payment_intent="pi_3UhO4rzYk0a1b2c3d4e5f6g7",
    payment_method="pm_3UhO4rzYk0a1b2c3d4e5f6g7",
    payment_method_details=PaymentMethodDetails(
        card_present=CardPresentDetails(
            amount_authorized=1200,
            brand="visa",
            capture_before=NOW + 2 * 24 * 3600,
            cardholder_name="CARDHOLDER/VISA",
            country="US",
            emv_auth_data="8A023030",
            exp_month=12,
            exp_year=2030,
            fingerprint="a1b2c3d4e5f6g7h8",
            funding="credit",
            last4="9969",
            location="tml_UhO4rzYk0a1b2c",
            network="visa",
            network_transaction_id="488512304816",
            overcapture_supported=True,
            preferred_locales=["en"],
            read_method="contact_emv",
            reader="tmr_UhO4rzYk0a1b2c",
            receipt=Receipt(
                account_type="credit",
                application_cryptogram="DCEC21A7E1A5B5C3",
                application_preferred_name="VISA CREDIT",
                authorization_code="123456",
                authorization_response_code="3030",
                cardholder_verification_method="signature",
                dedicated_file_name="A000000003101001",
                terminal_verification_results="8000008000",
                transaction_status_information="6800",
            ),
        ),
        type="card_present",
    ),
    receipt_url="https://till.example/receipts/a1b2c3",
    status="succeeded",
)

REFUND = Refund(
    id="re_3UhO4rzYk0a1b2c3d4e5f6g7",
    amount=300,
    balance_transaction="txn_3UhO4rzYk0a1b2c3d4e5f6h",
    charge="ch_3UhO4rzYk0a1b2c3d4e5f6g7",
    created=NOW,
    currency="usd",
    destination_details=DestinationDetails(
        card=RefundCard(
            reference="24011596253000123456789",
            reference_status="available",
            reference_type="acquirer_reference_number",
            type="refund",
        ),
        type="card",
    ),
    payment_intent="pi_3UhO4rzYk0a1b2c3d4e5f6g7",
    reason="requested_by_customer",
    status="succeeded",
)

BALANCE_TRANSACTION = BalanceTransaction(
    id="txn_3UhO4rzYk0a1b2c3d4e5f6g",
    amount=1200,
    available_on=NOW + 2 * 24 * 3600,
    created=NOW,
    currency="usd",
    exchange_rate=1.0875,
    fee=37,
    fee_details=[FeeDetail(amount=37, currency="usd", description="Stripe processing fees", type="stripe_fee")],
    net=1163,
    reporting_category="charge",
    source="ch_3UhO4rzYk0a1b2c3d4e5f6g7",
    status="pending",
    type="charge",
)

READER = Reader(
    id="tmr_UhO4rzYk0a1b2c",
    action=Action(
        process_payment_intent=ProcessPaymentIntent(payment_intent="pi_3UhO4rzYk0a1b2c3d4e5f6g7"),
        type="process_payment_intent",
    ),
    device_sw_version="2.37.2.0",
    device_type="simulated_stripe_s700",
    ip_address="0.0.0.0",
    label="Counter 1",
    last_seen_at=NOW * 1000 + 250,
    livemode=False,
    location="tml_UhO4rzYk0a1b2c",
    serial_number="STRM26146004523",
    status="online",
)

REAL: dict[str, msgspec.Struct] = {
    "payment at the counter": PAYMENT_INTENT,
    "declined payment": DECLINED,
    "card that was read": PAYMENT_METHOD,
    "card that was saved": SAVED_CARD,
    "captured charge": CHARGE,
    "refund": REFUND,
    "balance transaction": BALANCE_TRANSACTION,
    "balance": Balance(
        available=[BalanceAmount(amount=-300, currency="usd", source_types=SourceTypes(card=-300))],
        livemode=False,
        pending=[BalanceAmount(amount=1163, currency="usd", source_types=SourceTypes(card=1163))],
    ),
    "customer": Customer(
        id="cus_UhO4rzYk0a1b2c",
        created=NOW,
        email="ada@shop.example",
        invoice_prefix="0A1B2C3D",
        livemode=False,
        name="Ada Ünal",
    ),
    "shop": Location(
        id="tml_UhO4rzYk0a1b2c",
        address=Address(
            city="San Francisco", country="US", line1="1272 Valencia Street", postal_code="94110", state="CA"
        ),
        display_name="HQ",
        livemode=False,
    ),
    "reader at work": READER,
    "reader that shows a cart": msgspec.structs.replace(
        READER,
        action=Action(
            set_reader_display=SetReaderDisplay(
                cart=Cart(
                    currency="usd",
                    line_items=[CartLineItem(amount=5100, description="Red t-shirt", quantity=1)],
                    tax=100,
                    total=5200,
                )
            ),
            status="succeeded",
            type="set_reader_display",
        ),
    ),
    "tips": Configuration(
        id="tmc_UhO4rzYk0a1b2c",
        livemode=False,
        tipping=Tipping(
            usd=TippingSettings(fixed_amounts=[100, 200, 300], percentages=[15, 20, 25], smart_tip_threshold=1000)
        ),
    ),
    "connection token": ConnectionToken(secret="pst_test_a1b2c3"),
    "account": Account(
        id="acct_3UhO4rzYk0a1b2c3",
        business_profile=BusinessProfile(mcc="5992", name="Flower shop"),
        business_type="company",
        capabilities={"card_payments": "active", "transfers": "inactive"},
        charges_enabled=True,
        company=Company(name="Flowers GmbH", tax_id_provided=True),
        country="DE",
        created=NOW,
        default_currency="eur",
        details_submitted=True,
        future_requirements=Requirements(),
        payouts_enabled=True,
        requirements=Requirements(),
        settings=Settings(),
        type="standard",
    ),
    "event": Event(
        id="evt_3UhO4rzYk0a1b2c3d4e5f6g",
        api_version="2026-10-28.endive",
        created=NOW,
        data=EventData(object=msgspec.Raw(msgspec.json.encode(PAYMENT_INTENT))),
        livemode=False,
        request=EventRequest(id="req_UhO4rzYk0a1b2c", idempotency_key="till-1-6735"),
        type="payment_intent.amount_capturable_updated",
    ),
    "event of a change": Event(
        id="evt_3UhO4rzYk0a1b2c3d4e5f6h",
        api_version=None,
        created=NOW,
        data=EventData(
            object=msgspec.Raw(msgspec.json.encode(CHARGE)),
            previous_attributes=msgspec.Raw(b'{"balance_transaction":null}'),
        ),
        livemode=False,
        type="charge.updated",
    ),
}

KINDS: list[type[msgspec.Struct]] = [
    Account,
    ApplicationFee,
    Balance,
    BalanceTransaction,
    Charge,
    CheckoutSession,
    Configuration,
    ConnectionToken,
    Customer,
    DeletedAccount,
    DeletedConfiguration,
    DeletedCustomer,
    DeletedLocation,
    DeletedProduct,
    DeletedReader,
    File,
    FileLink,
    LineItem,
    Location,
    Mandate,
    PaymentIntent,
    PaymentMethod,
    Price,
    Product,
    Reader,
    Refund,
    SetupAttempt,
    SetupIntent,
]

# Texts that the official types hold to a list which we leave to whoever writes them.
TEXTS = {
    "allowed_payment_method_types": "card_present",
    "excluded_payment_method_types": "klarna",
    "code": "card_declined",
    "disabled_reason": "listed",
    "minority_owned_business_designation": "prefer_not_to_answer",
    "network": "visa",
    "ownership_exemption_reason": "qualifies_as_financial_institution",
    "structure": "llc",
    "weekly_payout_days": "friday",
}
CODES = {"AmountDetailsError": "amount_details_amount_mismatch", "RequirementError": "information_missing"}


def alternatives(kind: Any, owner: str, name: str) -> list[Any]:
    """The values a field of type `kind` can have, the fullest first. Nothing for what we pass on unread."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return [value for member in get_args(kind) for value in alternatives(member, owner, name)]
    if origin is Literal:
        return list(get_args(kind))
    if origin is list:
        (item,) = get_args(kind)
        return [*([value] for value in alternatives(item, owner, name)), []]
    if origin is dict:
        value_kind = get_args(kind)[1]
        if value_kind is Any:
            return []
        return [*({"card_payments": value} for value in alternatives(value_kind, owner, name)), {}]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return list(every_kind_of(kind))
    plain: dict[Any, list[Any]] = {
        bool: [True, False],
        int: [1200],
        float: [1.0875],
        str: [CODES.get(owner, TEXTS.get(name, 'ünicode \u2028 "text"'))],
        type(None): [None],
        UnsetType: [UNSET],
        Any: [],
    }
    return plain[kind]


def every_kind_of(kind: type[msgspec.Struct]) -> Iterator[msgspec.Struct]:
    """One with everything in it; then each other value of each field, one at a time; then one with the least."""
    choices = {
        field.name: alternatives(field.type, kind.__name__, field.name) for field in msgspec.structs.fields(kind)
    }
    choices = {name: values for name, values in choices.items() if values}
    full = kind(**{name: values[0] for name, values in choices.items()})
    yield full
    for name, values in choices.items():
        for value in values[1:]:
            yield msgspec.structs.replace(full, **{name: value})
    yield kind(**{field.name: choices[field.name][0] for field in msgspec.structs.fields(kind) if field.required})


def test_real_objects_are_what_the_official_types_say() -> None:
    hold(REAL.items())


def test_all_they_can_say_is_what_the_official_types_say() -> None:
    hold((kind.__name__, value) for kind in KINDS for value in every_kind_of(kind))


@pytest.mark.parametrize("value", REAL.values(), ids=REAL.keys())
def test_real_objects_survive_storing(value: msgspec.Struct) -> None:
    stored = msgspec.json.encode(value)
    assert msgspec.json.encode(msgspec.json.decode(stored, type=type(value))) == stored


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: cast("type", kind).__name__)
def test_all_of_them_survive_storing(kind: type[msgspec.Struct]) -> None:
    decoder = msgspec.json.Decoder(kind)
    for value in every_kind_of(kind):
        stored = msgspec.json.encode(value)
        again = decoder.decode(stored)
        assert again == value
        assert msgspec.json.encode(again) == stored


def test_no_default_is_shared() -> None:
    one, other = (Customer(id=id, created=NOW, livemode=False) for id in ("cus_1", "cus_2"))
    one.metadata["order"] = "6735"
    assert other.metadata == {}
