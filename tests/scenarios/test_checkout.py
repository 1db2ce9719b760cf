"""Save a card on the page of a Checkout Session and charge it later: the guide "Set up future card payments"."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import stripe
from tests.scenarios import buyer
from tests.scenarios.shop import ON_BOTH, PRIVATE_ON_BOTH, Shop

SUCCESS = "https://example.com/success?session_id={CHECKOUT_SESSION_ID}"
T_SHIRT = {"price_data": {"currency": "usd", "product_data": {"name": "T-shirt"}, "unit_amount": 1099}, "quantity": 1}


def setup_session(shop: Shop, **params: Any) -> stripe.checkout.Session:
    """A session in setup mode."""
    return shop.client.v1.checkout.sessions.create(
        {"mode": "setup", "currency": "usd", "success_url": SUCCESS} | params  # type: ignore[arg-type]
    )


def payment_session(shop: Shop, **params: Any) -> stripe.checkout.Session:
    """A session in payment mode, by default for a T-shirt."""
    return shop.client.v1.checkout.sessions.create(
        {"mode": "payment", "line_items": [T_SHIRT], "success_url": SUCCESS} | params  # type: ignore[arg-type]
    )


def url_of(session: stripe.checkout.Session) -> str:
    assert session.url is not None
    return session.url


# The guide --------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_save_a_card_and_charge_it_later(shop: Shop) -> None:
    """The page's own commands, one after another."""
    customer = shop.client.v1.customers.create({"email": "jenny@example.com"})
    session = setup_session(shop, customer=customer.id)
    assert (session.status, session.payment_status, session.mode) == ("open", "no_payment_required", "setup")
    assert session.expires_at == session.created + 86_400
    assert session.payment_method_types == ["card"]
    assert session.success_url == SUCCESS
    assert session.amount_total is None

    page = buyer.ask(url_of(session))
    assert page.status == 200
    assert buyer.value(page, "email") == "jenny@example.com"
    done = buyer.submit(url_of(session))
    assert buyer.next_page(done) == f"https://example.com/success?session_id={session.id}"

    # Retrieve the Checkout Session, its SetupIntent, and the payment method that it saved
    session = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent"]})
    assert (session.status, session.url, session.payment_status) == ("complete", None, "no_payment_required")
    assert session.customer_details is not None
    assert (session.customer_details.name, session.customer_details.email) == ("Jenny Rosen", "jenny@example.com")
    intent = session.setup_intent
    assert isinstance(intent, stripe.SetupIntent)
    assert (intent.status, intent.usage, intent.customer) == ("succeeded", "off_session", customer.id)
    assert shop.client.v1.setup_intents.retrieve(intent.id).payment_method == intent.payment_method
    method = shop.client.v1.payment_methods.retrieve(str(intent.payment_method))
    assert (method.customer, method.allow_redisplay) == (customer.id, "limited")
    assert method.card is not None
    assert (method.card.last4, method.card.exp_month, method.card.exp_year) == ("4242", 12, 2034)
    assert method.billing_details.address is not None
    assert method.billing_details.address.postal_code == "94107"

    # Charge the payment method later
    later = {"customer": customer.id, "payment_method": method.id, "off_session": True, "confirm": True}
    paid = shop.client.v1.payment_intents.create({"amount": 1099, "currency": "usd"} | later)  # type: ignore[arg-type]
    assert (paid.status, paid.amount_received) == ("succeeded", 1099)
    assert shop.events() == [
        *("customer.created", "setup_intent.created"),
        *("payment_method.attached", "setup_intent.succeeded", "checkout.session.completed"),
        *("payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "charge.updated"),
    ]
    (event,) = shop.client.v1.events.list({"type": "checkout.session.completed"}).data
    assert event.request is not None
    assert (event.request.id, event.request.idempotency_key) == (None, None)
    assert event.data.object["setup_intent"] == intent.id


def test_without_a_customer_the_merchant_attaches_the_card(shop: Shop) -> None:
    session = setup_session(shop)
    assert session.customer_details is None
    buyer.submit(url_of(session))
    session = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent"]})
    assert session.customer is None
    assert isinstance(session.setup_intent, stripe.SetupIntent)
    method = str(session.setup_intent.payment_method)
    assert shop.client.v1.payment_methods.retrieve(method).customer is None
    customer = shop.client.v1.customers.create({})
    assert shop.client.v1.payment_methods.attach(method, {"customer": customer.id}).customer == customer.id
    paid = shop.pay(customer=customer.id, card=method, off_session=True)
    assert paid.status == "succeeded"


def test_a_customer_can_be_made_of_what_was_typed(shop: Shop) -> None:
    session = setup_session(shop, customer_creation="always")
    buyer.submit(url_of(session))
    session = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["customer", "setup_intent"]})
    assert isinstance(session.customer, stripe.Customer)
    assert (session.customer.name, session.customer.email) == ("Jenny Rosen", "jenny@example.com")
    assert isinstance(session.setup_intent, stripe.SetupIntent)
    assert session.setup_intent.customer == session.customer.id
    assert shop.events()[1:] == [
        *("customer.created", "payment_method.attached"),
        *("setup_intent.succeeded", "checkout.session.completed"),
    ]


def test_the_charge_fails_and_the_customer_pays_on_a_new_page(shop: Shop) -> None:
    """The end of the guide: a card that saves well and fails later, and a session in payment mode for the rest."""
    customer = shop.client.v1.customers.create({"email": "jenny@example.com"})
    session = setup_session(shop, customer=customer.id)
    buyer.submit(url_of(session), "4000 0000 0000 0341")
    session = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent"]})
    assert isinstance(session.setup_intent, stripe.SetupIntent)
    method = str(session.setup_intent.payment_method)
    with pytest.raises(stripe.CardError) as refused:
        shop.pay(1099, method, customer=customer.id, off_session=True)
    assert (refused.value.http_status, refused.value.code) == (402, "card_declined")
    assert refused.value.error is not None
    assert refused.value.error.payment_intent is not None
    assert refused.value.error.payment_intent.status == "requires_payment_method"

    again = payment_session(shop, customer=customer.id)
    assert (again.amount_total, again.payment_status, again.payment_intent) == (1099, "unpaid", None)
    page = buyer.ask(url_of(again))
    assert "T-shirt" in buyer.text(page)
    assert "$10.99" in buyer.text(page)
    done = buyer.submit(url_of(again), "5555 5555 5555 4444", expectedAmount="1099")
    assert buyer.next_page(done) == f"https://example.com/success?session_id={again.id}"
    again = shop.client.v1.checkout.sessions.retrieve(again.id, {"expand": ["payment_intent"]})
    assert (again.status, again.payment_status) == ("complete", "paid")
    assert isinstance(again.payment_intent, stripe.PaymentIntent)
    assert (again.payment_intent.amount_received, again.payment_intent.customer) == (1099, customer.id)
    assert shop.balance_change() > 0


# The page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("card", "at", "said"),
    [
        ("4000000000000002", None, "Your card was declined."),
        ("4000000000009995", None, "Your card has insufficient funds."),
        ("4000000000000069", "cardExpiry", "Your card has expired."),
        ("4000000000000127", "cardCvc", "Your card’s security code is incorrect."),  # noqa: RUF001
        ("4000000000000119", None, "Your card could not be processed."),
        ("4539578763621486", None, "your card is a real one"),
        ("4000002760003184", None, "Your bank wants to confirm that it is you"),
    ],
)
@pytest.mark.parametrize("mode", ["setup", "payment"])
def test_declines_leave_the_page_open(shop: Shop, mode: str, card: str, at: str | None, said: str) -> None:
    session = setup_session(shop) if mode == "setup" else payment_session(shop)
    refused = buyer.submit(url_of(session), card)
    assert refused.status == 402
    assert said in buyer.message(refused)
    assert list(buyer.errors(refused)) == ([] if at is None else [at])
    assert buyer.value(refused, "email") == "jenny@example.com"
    assert buyer.value(refused, "cardNumber") is None
    assert card.encode() not in refused.body
    assert shop.client.v1.checkout.sessions.retrieve(session.id).status == "open"
    buyer.next_page(buyer.submit(url_of(session)))
    assert shop.client.v1.checkout.sessions.retrieve(session.id).status == "complete"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("cardNumber", "", "Please fill this in."),
        ("cardNumber", "4242", "Your card number is incomplete."),
        ("cardNumber", "4242424242424241", "Your card number is invalid."),
        ("cardNumber", "abcd", "Your card number is incomplete."),
        ("cardExpiry", "", "Please fill this in."),
        ("cardExpiry", "13/34", "expiry date is incomplete."),
        ("cardExpiry", "1", "expiry date is incomplete."),
        ("cardExpiry", "01/20", "expiry date is in the past."),
        ("cardCvc", "", "Please fill this in."),
        ("cardCvc", "12", "security code is incomplete."),
        ("cardCvc", "1234", "security code is incomplete."),
        ("email", "", "Please fill this in."),
        ("email", "jenny", "This email address is incomplete."),
        ("billingName", "", "Please fill this in."),
        ("billingName", "x" * 300, "This is too long."),
        ("billingPostalCode", "", "Please fill this in."),
        ("billingPostalCode", "ABC", "This postal code is not one of the country you chose."),
        ("billingCountry", "XX", "Choose a country from the list."),
    ],
)
def test_what_is_wrong_stands_at_the_field(shop: Shop, field: str, value: str, said: str) -> None:
    session = setup_session(shop)
    refused = buyer.submit(url_of(session), **{field: value})
    assert refused.status == 400
    assert list(buyer.errors(refused)) == [field]
    assert said in buyer.errors(refused)[field]
    assert shop.client.v1.setup_intents.retrieve(str(session.setup_intent)).latest_attempt is None


@pytest.mark.parametrize("expiry", ["12/34", "12 / 34", "12-2034", "1234", "122034", "12/2034"])
def test_expiry_dates_as_people_write_them(shop: Shop, expiry: str) -> None:
    buyer.next_page(buyer.submit(url_of(setup_session(shop)), cardExpiry=expiry))


@pytest.mark.parametrize(
    ("country", "code"), [("CA", "K1A 0B1"), ("GB", "sw1a 1aa"), ("US", "94107-1234"), ("DE", ""), ("JP", "100-0001")]
)
def test_postal_codes_of_countries(shop: Shop, country: str, code: str) -> None:
    buyer.next_page(buyer.submit(url_of(setup_session(shop)), billingCountry=country, billingPostalCode=code))


@pytest.mark.parametrize(
    ("locale", "browser", "language", "says"),
    [
        (None, "de-CH,de;q=0.9,en;q=0.5", "de", "Karte hinterlegen"),
        ("auto", "ja", "ja", "カードを登録"),
        ("fr-CA", "de", "fr", "Enregistrer la carte"),
        ("es-419", "en", "es", "Guardar la tarjeta"),
        ("it", "de", "de", "Karte hinterlegen"),
        (None, "sv,nonsense;q=x,*", "en", "Save card"),
    ],
)
def test_languages(shop: Shop, locale: str | None, browser: str, language: str, says: str) -> None:
    session = setup_session(shop, **({} if locale is None else {"locale": locale}))
    page = buyer.ask(url_of(session), Accept_Language=browser)
    assert f'<html lang="{language}">'.encode() in page.body
    assert says in buyer.text(page)


def test_script_in_names_is_text(shop: Shop) -> None:
    name = '<script>alert("hi")</script>'
    item = {"price_data": {"currency": "usd", "product_data": {"name": name}, "unit_amount": 1099}, "quantity": 1}
    session = payment_session(shop, line_items=[item], custom_text={"submit": {"message": name}})
    page = buyer.ask(url_of(session))
    assert buyer.text(page).count(name) == 2
    refused = buyer.submit(url_of(session), "4242", billingName=f'"> {name}')
    assert buyer.value(refused, "billingName") == f'"> {name}'
    assert b"<script>alert" not in page.body + refused.body
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["cache-control"] == "no-store"


def test_two_submits_at_once_save_one_card(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({})
    session = setup_session(shop, customer=customer.id)
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda _: buyer.submit(url_of(session)), range(4)))
    address = f"https://example.com/success?session_id={session.id}"
    assert [buyer.next_page(page) for page in pages] == [address] * 4
    assert len(shop.client.v1.payment_methods.list({"customer": customer.id}).data) == 1
    assert shop.events().count("checkout.session.completed") == 1


def test_two_submits_at_once_pay_once(shop: Shop) -> None:
    session = payment_session(shop)
    with ThreadPoolExecutor(4) as pool:
        pages = list(pool.map(lambda _: buyer.submit(url_of(session)), range(4)))
    assert len({buyer.next_page(page) for page in pages}) == 1
    assert len(shop.client.v1.charges.list().data) == 1
    assert len(shop.client.v1.payment_intents.list().data) == 1


def test_a_completed_page_does_nothing_more(shop: Shop) -> None:
    session = payment_session(shop)
    buyer.submit(url_of(session))
    assert "You have paid already" in buyer.text(buyer.ask(url_of(session)))
    buyer.next_page(buyer.submit(url_of(session)))
    assert len(shop.client.v1.charges.list().data) == 1


def test_an_expired_page_says_so(shop: Shop) -> None:
    session = setup_session(shop)
    shop.client.v1.checkout.sessions.expire(session.id)
    for page in (buyer.ask(url_of(session)), buyer.submit(url_of(session))):
        assert "This page has expired" in buyer.text(page)
    assert shop.client.v1.setup_intents.retrieve(str(session.setup_intent)).status == "canceled"


@pytest.mark.parametrize("id", ["cs_test_unknown", "x", "", "cs_test_" + "a" * 300, "../v1/customers"])
def test_pages_that_are_not_there(shop: Shop, id: str) -> None:
    for page in (buyer.ask(f"{shop.server.address}/c/pay/{id}"), buyer.submit(f"{shop.server.address}/c/pay/{id}")):
        assert page.status == 404
        assert "There is nothing here" in buyer.text(page)


def test_requests_that_are_no_forms(shop: Shop) -> None:
    url = url_of(setup_session(shop))
    assert buyer.ask(url, method="DELETE").status == 405
    assert buyer.ask(url, method="POST").status == 400
    assert buyer.ask(url, {"email": "x" * 100_000}).status == 400
    assert buyer.ask(url, {f"a{n}": "1" for n in range(400)}).status == 400
    assert buyer.ask(url, {}).status == 400
    assert buyer.ask(url, method="HEAD").body == b""


def test_back_to_the_shop(shop: Shop) -> None:
    page = buyer.ask(url_of(setup_session(shop, cancel_url="https://example.com/cart?a=1&b=2")))
    assert b'href="https://example.com/cart?a=1&amp;b=2"' in page.body
    assert b'class="back"' not in buyer.ask(url_of(setup_session(shop))).body


def test_quantities_can_be_changed_where_the_merchant_allows(shop: Shop) -> None:
    item = T_SHIRT | {"adjustable_quantity": {"enabled": True, "minimum": 1, "maximum": 5}}
    session = payment_session(shop, line_items=[item])
    (line,) = shop.client.v1.checkout.sessions.line_items.list(session.id).data
    name = f"quantity-{line.id}"
    assert buyer.value(buyer.ask(url_of(session)), name) == "1"
    updated = buyer.ask(url_of(session), {"update": "1", "email": "jenny@example.com", name: "3"})
    assert "$32.97" in buyer.text(updated)
    assert buyer.value(updated, "email") == "jenny@example.com"
    wrong = buyer.ask(url_of(session), {"update": "1", name: "6"})
    assert buyer.errors(wrong) == {name: "Choose a number from 1 to 5."}
    # The page of a second browser still shows another total: nobody pays what they did not see.
    late = buyer.submit(url_of(session), expectedAmount="1099")
    assert "The total has changed." in buyer.message(late)
    buyer.next_page(buyer.submit(url_of(session), expectedAmount="3297"))
    session = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})
    assert (session.amount_total, session.payment_status) == (3297, "paid")
    assert session.line_items is not None
    assert session.line_items.data[0].quantity == 3


def test_addresses_and_phone_numbers(shop: Shop) -> None:
    session = payment_session(
        shop,
        billing_address_collection="required",
        phone_number_collection={"enabled": True},
        shipping_address_collection={"allowed_countries": ["US", "CA"]},
    )
    refused = buyer.submit(url_of(session))
    assert set(buyer.errors(refused)) == {
        *("billingAddressLine1", "billingLocality", "billingAdministrativeArea", "phoneNumber", "shippingName"),
        *("shippingCountry", "shippingAddressLine1", "shippingLocality"),
    }
    address = {
        "AddressLine1": "1 Main Street",
        "Locality": "Oakland",
        "AdministrativeArea": "CA",
        "PostalCode": "94611",
    }
    typed = {f"{kind}{part}": value for kind in ("billing", "shipping") for part, value in address.items()}
    to = {"shippingName": "Jo", "shippingCountry": "US", "phoneNumber": "+1 510 555 0100"}
    buyer.next_page(buyer.submit(url_of(session), **typed, **to))
    session = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert session.customer_details is not None
    assert session.customer_details.phone == "+1 510 555 0100"
    assert session.customer_details.address is not None
    assert session.customer_details.address.line1 == "1 Main Street"
    assert session.collected_information is not None
    assert session.collected_information.shipping_details is not None
    assert session.collected_information.shipping_details.name == "Jo"
    assert isinstance(session.payment_intent, stripe.PaymentIntent)
    assert session.payment_intent.shipping is not None
    assert session.payment_intent.shipping.address is not None
    assert session.payment_intent.shipping.address.city == "Oakland"


# Payments ---------------------------------------------------------------------------------------------------------


def test_a_payment_as_the_merchant_wants_it(shop: Shop) -> None:
    session = payment_session(
        shop,
        payment_intent_data={
            "capture_method": "manual",
            "description": "Order 6735",
            "metadata": {"order": "6735"},
            "setup_future_usage": "off_session",
            "statement_descriptor_suffix": "SHIRTS",
        },
        client_reference_id="6735",
        metadata={"basket": "1"},
    )
    assert "you allow Opentill to charge your card for this payment and for future payments" in buyer.text(
        buyer.ask(url_of(session))
    )
    buyer.submit(url_of(session))
    session = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (session.status, session.payment_status, session.client_reference_id) == ("complete", "unpaid", "6735")
    intent = session.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.status, intent.description, intent.metadata["order"]) == ("requires_capture", "Order 6735", "6735")
    assert intent.customer == session.customer is not None  # a card to be saved needs somebody to save it for
    assert shop.client.v1.payment_methods.retrieve(str(intent.payment_method)).customer == session.customer
    assert shop.events()[:2] == ["customer.created", "payment_intent.created"]
    assert shop.events()[-1] == "checkout.session.completed"
    assert shop.client.v1.payment_intents.capture(intent.id).status == "succeeded"


def test_a_card_is_saved_while_it_pays(shop: Shop) -> None:
    customer = shop.client.v1.customers.create({"email": "jenny@example.com"})
    options = {"card": {"setup_future_usage": "off_session", "request_three_d_secure": "automatic"}}
    buyer.submit(url_of(payment_session(shop, customer=customer.id, payment_method_options=options)))
    (method,) = shop.client.v1.payment_methods.list({"customer": customer.id}).data
    assert shop.pay(customer=customer.id, card=method.id, off_session=True).status == "succeeded"


def test_another_card_pays_the_same_payment(shop: Shop) -> None:
    session = payment_session(shop)
    for number in ("4000000000000002", "4000000000009995", "4242424242424242"):
        buyer.submit(url_of(session), number)
    (intent,) = shop.client.v1.payment_intents.list().data
    assert intent.status == "succeeded"
    assert [charge.status for charge in shop.client.v1.charges.list().data] == ["succeeded", "failed", "failed"]
    assert shop.client.v1.checkout.sessions.list({"payment_intent": intent.id}).data[0].id == session.id


def test_what_costs_nothing_needs_no_card(shop: Shop) -> None:
    free = {"price_data": {"currency": "usd", "product_data": {"name": "Sample"}, "unit_amount": 0}, "quantity": 1}
    session = payment_session(shop, line_items=[free])
    assert session.payment_status == "no_payment_required"
    buyer.next_page(buyer.ask(url_of(session), {"email": "jenny@example.com", "expectedAmount": "0"}))
    session = shop.client.v1.checkout.sessions.retrieve(session.id)
    assert (session.status, session.payment_status, session.payment_intent) == (
        *("complete", "no_payment_required"),
        None,
    )


def test_the_intent_of_a_session_is_the_sessions_own(shop: Shop) -> None:
    session = setup_session(shop)
    intent = str(session.setup_intent)
    setups = shop.client.v1.setup_intents
    for attempt in (
        lambda: setups.confirm(intent, {"payment_method": "pm_card_visa"}),
        lambda: setups.cancel(intent),
        lambda: setups.update(intent, {"payment_method": "pm_card_visa"}),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="it was created by a Checkout Session"):
            attempt()
    assert setups.update(intent, {"description": "for later"}).description == "for later"
    payment = payment_session(shop)
    buyer.submit(url_of(payment), "4000000000000002")
    made = str(shop.client.v1.checkout.sessions.retrieve(payment.id).payment_intent)
    payments = shop.client.v1.payment_intents
    for attempt in (
        lambda: payments.confirm(made, {"payment_method": "pm_card_visa"}),
        lambda: payments.cancel(made),
        lambda: payments.update(made, {"amount": 1}),
    ):
        with pytest.raises(stripe.InvalidRequestError, match="it was created by a Checkout Session"):
            attempt()
    shop.client.v1.checkout.sessions.expire(payment.id)
    assert payments.retrieve(made).status == "canceled"


# Time -------------------------------------------------------------------------------------------------------------


@PRIVATE_ON_BOTH
def test_time_ends_a_session(private_shop: Shop) -> None:
    shop = private_shop
    soon = setup_session(shop, expires_at=shop.now() + 1900)
    later = setup_session(shop)
    shop.advance(seconds=1890)
    assert shop.client.v1.checkout.sessions.retrieve(soon.id).status == "open"
    shop.advance(seconds=20)
    gone = shop.client.v1.checkout.sessions.retrieve(soon.id)
    assert (gone.status, gone.url) == ("expired", None)
    assert shop.client.v1.checkout.sessions.retrieve(later.id).status == "open"
    (event,) = shop.client.v1.events.list({"type": "checkout.session.expired"}).data
    assert event.request is not None
    assert (event.data.object["id"], event.request.id) == (soon.id, None)
    assert [each.id for each in shop.client.v1.checkout.sessions.list({"status": "expired"}).data] == [soon.id]


def test_an_expired_session_can_be_taken_up_again(private_shop: Shop) -> None:
    shop = private_shop
    session = payment_session(shop, after_expiration={"recovery": {"enabled": True}})
    shop.advance(days=1, seconds=1)
    session = shop.client.v1.checkout.sessions.retrieve(session.id)
    assert session.after_expiration is not None
    recovery = session.after_expiration.recovery
    assert recovery is not None
    assert recovery.url is not None
    assert b"Start again" in buyer.ask(f"{shop.server.address}/c/pay/{session.id}").body
    fresh = buyer.ask(recovery.url).headers["location"]
    assert buyer.ask(recovery.url).headers["location"] == fresh  # one copy, however often somebody comes
    buyer.next_page(buyer.submit(fresh))
    (copy,) = shop.client.v1.checkout.sessions.list({"status": "complete"}).data
    assert (copy.recovered_from, copy.amount_total, copy.payment_status) == (session.id, 1099, "paid")


def test_a_lost_answer_of_the_bank_is_found_again(private_shop: Shop) -> None:
    """The acquirer's answer is lost: it is asked what became of the payment, and the session completes."""
    session = payment_session(private_shop)
    private_shop.fault("lost_answer", "authorize")
    buyer.next_page(buyer.submit(url_of(session)))
    assert private_shop.client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert len(private_shop.client.v1.charges.list().data) == 1


@PRIVATE_ON_BOTH
@pytest.mark.parametrize("mode", ["setup", "payment"])
def test_the_server_dies_while_a_customer_waits(private_shop: Shop, mode: str) -> None:
    """Session and intent are settled together by the next server, whatever the acquirer did."""
    shop = private_shop
    session = setup_session(shop) if mode == "setup" else payment_session(shop)
    shop.fault("delay", "authorize", delay_ms=30_000)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(buyer.submit, url_of(session))
        while "One moment" not in buyer.text(buyer.ask(url_of(session))):
            assert not waiting.done()
        shop.server.kill()
        assert waiting.exception() is not None
    shop.server.start()
    shop.client = shop.client_with()
    shop.advance(seconds=120)
    session = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["setup_intent", "payment_intent"]})
    intent = session.setup_intent if mode == "setup" else session.payment_intent
    assert isinstance(intent, stripe.SetupIntent | stripe.PaymentIntent)
    assert (session.status == "complete") == (intent.status == "succeeded")
    assert shop.events().count("checkout.session.completed") == (session.status == "complete")
    assert len([one for one in shop.client.v1.charges.list().data if one.paid]) <= 1
