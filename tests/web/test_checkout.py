"""The page of a Checkout Session in a browser: filled in, corrected, declined, submitted; with and without script."""

import re
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import pytest
import stripe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect
from tests.scenarios.receiver import held_until, receiving
from tests.scenarios.shop import Shop
from tests.web.accessibility import low_contrast, overflowing, too_small, unnamed
from tests.web.conftest import DESKTOP, PHONE

Visit: TypeAlias = Callable[..., Page]

SHOP = "<!doctype html><html lang=en><link rel=icon href=data:,><title>Shop</title><p>The merchant's own page.</p>"

PAID_BY = {
    "email": "jenny@example.com",
    "cardNumber": "4242424242424242",
    "cardExpiry": "1234",
    "cardCvc": "123",
    "billingName": "Jenny Rosen",
    "billingPostalCode": "94107",
}


def session_of(shop: Shop, mode: str = "setup", **params: Any) -> stripe.checkout.Session:
    """A session of the shop whose pages are `SHOP`."""
    given: dict[str, Any] = {
        "mode": mode,
        "success_url": f"{shop.server.address}/shop/thanks?session_id={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{shop.server.address}/shop/cart",
    }
    if mode == "setup":
        given["currency"] = "usd"
    else:
        data = {"currency": "usd", "product_data": {"name": "T-shirt"}, "unit_amount": 1099}
        item = {"price_data": data, "quantity": 1, "adjustable_quantity": {"enabled": True, "minimum": 1}}
        given["line_items"] = [item]
    return shop.client.v1.checkout.sessions.create(given | params)  # type: ignore[arg-type]


def status(shop: Shop, session: stripe.checkout.Session) -> str | None:
    return shop.client.v1.checkout.sessions.retrieve(session.id).status


@pytest.fixture
def visit(browser: Browser, shop: Shop) -> Iterator[Visit]:
    """Opens the page of a session in a profile of its own. It may not complain, nor ask anybody but the server."""
    contexts: list[Any] = []
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        # A form without the script is answered by a page whose status says that it was refused.
        if message.type in ("error", "warning") and not re.search(r"status of 40[02] ", message.text):
            complaints.append(message.text)

    def asked(request: Request) -> None:
        if not request.url.startswith((f"{shop.server.address}/", "data:")):
            complaints.append(f"asked for {request.url}")
        if "4242" in request.url:
            complaints.append(f"a card number in {request.url}")

    def visit(session: stripe.checkout.Session, size: dict[str, int] = DESKTOP, **options: Any) -> Page:
        options = {"reduced_motion": "reduce", "locale": "en-US"} | options
        context = browser.new_context(viewport=size, **options)  # type: ignore[arg-type]
        contexts.append(context)
        context.route("**/shop/*", lambda route: route.fulfill(body=SHOP, content_type="text/html"))
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", asked)
        page.goto(session.url or "")
        return page

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


def fill(page: Page, **changes: str) -> None:
    """Type into the fields, by the names that test scripts for the original page use."""
    for name, value in (PAID_BY | changes).items():
        field = page.locator(f'[name="{name}"]')
        if field.is_visible() and field.is_editable():
            field.clear()
            field.press_sequentially(value)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_save_a_card(shop: Shop, visit: Visit, size: dict[str, int], script: bool) -> None:
    customer = shop.client.v1.customers.create({"email": "jenny@example.com"})
    session = session_of(shop, customer=customer.id)
    page = visit(session, size, java_script_enabled=script)
    expect(page.locator("[name=email]")).to_have_value("jenny@example.com")
    expect(page.locator("[name=email]")).not_to_be_editable()
    fill(page)
    page.get_by_role("button", name="Save card").click()
    page.wait_for_url(f"**/shop/thanks?session_id={session.id}")
    assert status(shop, session) == "complete"
    (method,) = shop.client.v1.payment_methods.list({"customer": customer.id}).data
    assert method.card is not None
    assert method.card.last4 == "4242"


def test_the_keyboard_is_enough(shop: Shop, visit: Visit) -> None:
    session = session_of(shop)
    page = visit(session)
    page.locator("[name=email]").focus()
    for text in ("jenny@example.com", "4242424242424242", "1234", "123", "Jenny Rosen", "", "94107"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Save card")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/shop/thanks?session_id=*")
    assert status(shop, session) == "complete"


def test_numbers_are_grouped_and_the_brand_is_shown(shop: Shop, visit: Visit) -> None:
    page = visit(session_of(shop))
    number, shown = page.locator("[name=cardNumber]"), page.locator(".brands")
    expect(page.locator(".brand:visible")).to_have_count(3)
    for typed, grouped, brand in (
        ("4", "4", "visa"),
        ("55555", "5555 5", "mastercard"),
        ("378282246310005", "3782 822463 10005", "amex"),
        ("30569309025904", "3056 930902 5904", "diners"),
        ("6011111111111117", "6011 1111 1111 1117", "discover"),
        ("3566002020360505", "3566 0020 2036 0505", "jcb"),
        ("6200000000000005", "6200 0000 0000 0005", "unionpay"),
    ):
        number.clear()
        number.press_sequentially(typed)
        expect(number).to_have_value(grouped)
        expect(shown).to_have_attribute("data-shown", brand)
        expect(page.locator(".brand:visible")).to_have_count(1)
    number.fill("4242 4242 4242 4242")
    number.press("Home")
    number.press("Delete")
    expect(number).to_have_value("2424 2424 2424 242")
    assert number.evaluate("(e) => e.selectionStart") == 0
    expiry = page.locator("[name=cardExpiry]")
    expiry.press_sequentially("934")
    expect(expiry).to_have_value("09 / 34")


def test_what_is_wrong_is_said_at_the_field(shop: Shop, visit: Visit) -> None:
    session = session_of(shop)
    page = visit(session)
    page.get_by_role("button", name="Save card").click()
    expect(page.get_by_role("alert")).to_have_text("Please check the fields marked below.")
    expect(page.locator("[name=email]")).to_be_focused()
    expect(page.locator("[aria-invalid=true]")).to_have_count(6)
    expect(page.locator("[name=cardCvc]")).to_have_accessible_description(re.compile("Please fill this in"))
    fill(page, cardNumber="4242424242424241", cardExpiry="0120")
    page.locator("[name=billingName]").focus()
    expect(page.locator("#cardNumber-error")).to_have_text("Your card number is invalid.")
    expect(page.locator("#cardExpiry-error")).to_have_text(re.compile("in the past"))
    expect(page.locator("[aria-invalid=true]")).to_have_count(2)
    page.locator("[name=billingCountry]").select_option("CA")
    expect(page.get_by_label("Postal code")).to_be_visible()
    page.get_by_role("button", name="Save card").click()
    expect(page.locator("#billingPostalCode-error")).to_have_text(re.compile("not one of the country"))
    page.locator("[name=billingCountry]").select_option("DE")
    expect(page.locator("[name=billingPostalCode]")).to_be_hidden()
    fill(page)
    expect(page.locator("[aria-invalid=true]")).to_have_count(0)
    page.get_by_role("button", name="Save card").click()
    page.wait_for_url("**/shop/thanks?session_id=*")


def test_a_decline_and_another_card(shop: Shop, visit: Visit) -> None:
    session = session_of(shop, "payment")
    page = visit(session)
    fill(page, cardNumber="4000000000000002")
    page.get_by_role("button", name="Pay $10.99").click()
    expect(page.get_by_role("alert")).to_contain_text("Your card was declined.")
    expect(page.locator("[name=cardNumber]")).to_have_value("4000 0000 0000 0002")  # to be corrected
    fill(page, cardNumber="4000000000000127")
    page.get_by_role("button", name="Pay").click()
    expect(page.locator("#cardCvc-error")).to_contain_text("is incorrect")
    expect(page.locator("[name=cardCvc]")).to_be_focused()
    fill(page)
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url("**/shop/thanks?session_id=*")
    assert shop.client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert [charge.status for charge in shop.client.v1.charges.list().data] == ["succeeded", "failed", "failed"]


def test_an_impatient_customer_pays_once(shop: Shop, visit: Visit) -> None:
    session = session_of(shop, "payment")
    page = visit(session)
    fill(page)
    page.evaluate("for (let n = 0; n < 3; n++) document.querySelector('button.submit').click()")
    page.wait_for_url("**/shop/thanks?session_id=*")
    assert len(shop.client.v1.charges.list().data) == 1
    page.go_back()
    expect(page.get_by_role("heading", name="You’re all done here")).to_be_visible()  # noqa: RUF001


def test_quantities(shop: Shop, visit: Visit) -> None:
    page = visit(session_of(shop, "payment"))
    expect(page.get_by_role("button", name="Update total")).to_be_hidden()
    page.get_by_label("Quantity").fill("3")
    page.get_by_role("button", name="Update total").click()
    expect(page.get_by_role("button", name="Pay $32.97")).to_be_visible()
    page.get_by_label("Quantity").fill("2")
    fill(page)
    page.get_by_role("button", name="Pay").click()  # the new total is shown before it is paid
    expect(page.get_by_role("button", name="Pay $21.98")).to_be_visible()
    fill(page)
    page.get_by_role("button", name="Pay").click()
    page.wait_for_url("**/shop/thanks?session_id=*")
    assert shop.client.v1.payment_intents.list().data[0].amount == 2198


def test_back_and_expired(shop: Shop, visit: Visit) -> None:
    session = session_of(shop)
    page = visit(session)
    page.get_by_role("link", name="Back to Opentill").click()
    page.wait_for_url("**/shop/cart")
    assert status(shop, session) == "open"
    page.go_back()
    fill(page)
    shop.client.v1.checkout.sessions.expire(session.id)
    page.get_by_role("button", name="Save card").click()
    expect(page.get_by_role("heading", name="This page has expired")).to_be_visible()


def test_the_merchant_is_told_before_the_customer_comes(shop: Shop, visit: Visit) -> None:
    """The redirect waits until the endpoint has taken `checkout.session.completed`."""
    taken = threading.Event()
    with receiving() as receiver:
        receiver.behaviours["/webhook"] = held_until(taken)
        shop.client.v1.webhook_endpoints.create(
            {"url": receiver.url("/webhook"), "enabled_events": ["checkout.session.completed"]}
        )
        session = session_of(shop)
        page = visit(session)
        fill(page)
        page.get_by_role("button", name="Save card").click()
        expect(page.get_by_role("button", name="Processing…")).to_be_visible()
        (received,) = receiver.wait_for(1)
        assert received.event["data"]["object"]["id"] == session.id
        assert status(shop, session) == "complete"
        assert "/c/pay/" in page.url
        taken.set()
        page.wait_for_url("**/shop/thanks?session_id=*")


@pytest.mark.parametrize("language", ["en", "fr", "de", "es", "ja"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE, {"width": 320, "height": 640}], ids=["desktop", "phone", "small"])
def test_everybody_can_use_it(shop: Shop, visit: Visit, language: str, scheme: str, size: dict[str, int]) -> None:
    session = session_of(
        shop,
        "payment",
        locale=language,
        billing_address_collection="required",
        shipping_address_collection={"allowed_countries": ["US", "JP", "DE"]},
        phone_number_collection={"enabled": True},
        payment_intent_data={"setup_future_usage": "off_session"},
    )
    page = visit(session, size, color_scheme=scheme)
    page.locator("button.submit").click()
    assert [*unnamed(page), *low_contrast(page), *too_small(page, "main"), *overflowing(page)] == []
    assert page.locator("html").get_attribute("lang") == language
    shop.client.v1.checkout.sessions.expire(session.id)
    page.reload()
    assert [*unnamed(page), *low_contrast(page), *too_small(page, "main"), *overflowing(page)] == []
