"""A cashier's day with the simulated reader: selling, declines, lost requests, refunds, cards, the end of the day."""

import re
from typing import Any

import pytest
from playwright.sync_api import Route, expect
from tests.pos.conftest import OpenTill
from tests.pos.till import PHONE, TABLET, Backend, TillPage
from tests.web.accessibility import low_contrast, overflowing, too_small, unnamed


def test_a_decline_and_another_card_with_a_tip(till: TillPage, backend: Backend) -> None:
    """The same PaymentIntent; its amount has the tip; the receipt has what card rules want."""
    till.ring_up("Flat white", "Flat white", "Croissant")
    till.bench(card="charge_declined_insufficient_funds", tip=200)
    till.charge()
    till.says("Declined")
    expect(till.page.locator(".stage .detail")).to_have_text("There is not enough money on this card.")
    till.bench(card="visa")
    till.press("Try another card")
    till.says("Paid")
    expect(till.page.locator(".after .sum")).to_have_text("$15.20")
    paper = till.page.locator(".paper")
    for text in ("Tax 10%$1.20", "Tip$2.00", "Total$15.20", "Visa •••• 4242", "AIDA0000000031010"):
        expect(paper).to_contain_text(text)
    for label in ("Application", "Account type", "Authorization code", "Cryptogram", "TVR", "TSI"):
        expect(paper.locator(".emv dt", has_text=re.compile(f"^{label}$"))).to_be_visible()
    (intent,) = backend.intents()
    assert (intent.status, intent.amount_received) == ("succeeded", 1520)


def test_canceling_leaves_the_order_open(till: TillPage, backend: Backend) -> None:
    till.page.route("**/present_payment_method", lambda route: route.abort())  # a customer who takes their time
    till.ring_up("Cold brew")
    till.charge()
    till.says("Present a card")
    till.press("Cancel")
    expect(till.page.locator(".order .notice")).to_contain_text("The payment was canceled")
    till.page.unroute("**/present_payment_method")
    till.charge()
    till.says("Paid")
    assert [intent.status for intent in backend.intents()] == ["succeeded"]


def test_no_answer_while_processing(till: TillPage, backend: Backend) -> None:
    """It is unknown whether the card was charged: the same payment again, and it is charged once."""

    def lost(route: Route) -> None:
        route.fetch()  # the server does it, and the answer is lost
        error = {"code": "terminal_reader_timeout", "message": "No answer.", "type": "invalid_request_error"}
        route.fulfill(status=400, json={"error": error}, headers={"Access-Control-Allow-Origin": "*"})

    till.page.route("**/confirm_payment_intent", lost, times=1)
    till.ring_up("Granola bowl")
    till.charge()
    till.says("No answer")
    till.press("Try again")
    till.says("Paid")
    (intent,) = backend.intents()
    assert len(backend.shop.settled_holdings(intent)) == 1


def test_a_backend_that_does_not_answer(till: TillPage, backend: Backend) -> None:
    """The payment is approved, and the shop does not know: it is told again."""
    till.ring_up("Chai latte")
    till.page.route("**/complete", lambda route: route.abort())
    till.charge()
    till.says("Approved, but the shop does not know yet")
    till.page.unroute("**/complete")
    till.press("Tell the shop again")
    till.says("Paid")
    assert [(order["state"], order["captured"]) for order in backend.orders()] == [("completed", True)]


def test_reconciliation(till: TillPage, backend: Backend) -> None:
    """The cases of the guide: one button each, and nothing is left."""
    sales = (("Granola bowl", "The request to capture"), ("Travel cup", "Everything after"), ("Beans", None))
    for item, lose in sales:
        till.ring_up(item)
        if lose:
            till.bench(lose=lose)
        till.charge()
        if item == "Granola bowl":
            till.says("Paid")
            expect(till.page.locator(".after .notice")).to_contain_text("not captured")
            till.press("Next order")
        else:
            till.says("Approved, but the shop does not know yet")
            till.press("Leave it" if item == "Travel cup" else "Pay in cash")
    till.says("Paid")
    till.press("End of day")
    rows = till.page.locator(".case")
    expect(rows).to_have_count(3)
    expect(till.page.locator(".figures dd")).to_have_text(["$0.00", "$17.60", "$0.00"])
    for case, button in (
        ("not_captured", "Capture $9.90"),
        ("no_completed_order", "Cancel payment"),
        ("paid_otherwise", "Cancel payment"),
    ):
        row = till.page.locator(f'.case[data-case="{case}"]')
        row.get_by_role("button", name=button).click()
        expect(row).to_have_count(0)
    expect(till.page.locator(".nothing")).to_contain_text("Every approved payment")
    statuses = {intent.amount: intent.status for intent in backend.intents()}
    assert statuses == {990: "succeeded", 2640: "canceled", 1760: "canceled"}


def test_cash_and_refunds(till: TillPage, backend: Backend) -> None:
    """Cash after a begun card payment cancels that; both kinds of sales are refunded from the list."""
    till.bench(card="charge_declined")
    till.ring_up("Espresso")
    till.charge()
    till.says("Declined")
    till.press("Pay in cash")
    till.says("Paid")
    till.bench(card="mastercard")
    till.press("Next order")
    till.ring_up("Croissant")
    till.charge()
    till.says("Paid")
    assert [intent.status for intent in backend.intents()] == ["succeeded", "canceled"]
    till.page.get_by_role("button", name="Sales").click()
    rows = till.page.locator(".row")
    expect(rows).to_have_count(2)
    for row, amount in ((rows.nth(0), "$4.40"), (rows.nth(1), "$3.30")):
        row.get_by_role("button", name=re.compile("^Refund ")).click()
        row.get_by_role("button", name=f"Refund {amount}").click()
        expect(row.locator(".state")).to_have_text("Refunded")
    (refund,) = backend.shop.client.v1.refunds.list().data
    assert refund.amount == 440
    rows.nth(0).get_by_role("button", name=re.compile("^Receipt")).click()
    expect(till.page.locator(".stamp")).to_have_text("Refunded")


def test_saving_a_card(till: TillPage, backend: Backend) -> None:
    """Not without the customer's word; what is saved can be charged later."""
    till.press("Save a card")
    till.page.get_by_label("Customer's name").fill("Ada Lovelace")
    till.press("Read the card")
    expect(till.page.locator(".problem")).to_have_text("The customer has to agree first.")
    till.page.get_by_role("checkbox").check()
    till.press("Read the card")
    expect(till.page.locator(".plastic")).to_contain_text("Visa •••• 4242")
    made = till.page.locator(".panel code").inner_text()
    method = backend.shop.client.v1.payment_methods.retrieve(made)
    assert method.type == "card"
    assert isinstance(method.customer, str)
    assert backend.shop.client.v1.customers.retrieve(method.customer).name == "Ada Lovelace"
    charged = backend.shop.pay(500, made, customer=method.customer, off_session=True)
    assert charged.status == "succeeded"


def test_an_email_for_the_receipt(till: TillPage, backend: Backend) -> None:
    till.ring_up("Green tea")
    till.charge()
    till.says("Paid")
    till.press("Ask for an email")
    expect(till.page.locator(".after .notice")).to_contain_text("The receipt goes to")
    (order,) = backend.orders()
    (intent,) = backend.intents()
    assert "@" in order["email"]
    assert intent.receipt_email == order["email"]


def test_by_keyboard(till: TillPage) -> None:
    """Arrows move, Enter adds one, a digit says how many; every new view has the focus at its heading."""
    first = till.page.locator(".tile").first
    first.focus()
    for key in ("Enter", "ArrowRight", "3", "ArrowDown", "2", "ArrowUp", "-"):
        till.page.keyboard.press(key)
    expect(till.page.locator(".line")).to_contain_text(["Espresso", "Filter coffee", "Chai latte"])
    expect(till.page.locator(".line output")).to_have_text(["1", "2", "2"])
    till.page.locator(".charge").focus()
    till.page.keyboard.press("Enter")
    till.says("Paid")
    expect(till.page.locator("#receipt-title")).to_be_focused()


def test_an_order_survives_a_reload(till: TillPage, backend: Backend) -> None:
    """Also one that was approved while the page was gone: it is completed, not charged again."""
    till.ring_up("Granola bowl")
    till.bench(lose="Everything after")
    till.charge()
    till.says("Approved, but the shop does not know yet")
    till.page.reload()
    till.is_connected("Simulated reader")
    expect(till.page.locator(".line")).to_contain_text("Granola bowl")
    till.charge()
    till.says("Paid")
    (intent,) = backend.intents()
    assert (intent.status, len(backend.shop.settled_holdings(intent))) == ("succeeded", 1)
    till.press("Next order")
    till.page.reload()
    expect(till.page.locator(".tile").first).to_be_visible()
    expect(till.page.locator(".line")).to_have_count(0)


@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (TABLET, "dark")], ids=["phone", "tablet"])
def test_every_view_can_be_read_and_pressed(open_till: OpenTill, size: dict[str, int], scheme: Any) -> None:
    till = open_till(size, color_scheme=scheme)
    page = till.page

    def is_fine(where: str) -> None:
        wrong = [*unnamed(page), *low_contrast(page), *too_small(page), *overflowing(page)]
        assert wrong == [], where

    def order() -> None:
        bar = page.locator(".order-bar")
        if bar.is_visible():
            bar.click()

    is_fine("nothing rung up")
    page.locator(".reader-button").click()
    expect(page.locator(".reader")).to_have_count(1)
    is_fine("readers")
    page.locator(".reader").click()
    till.is_connected("Simulated reader")
    till.ring_up("Flat white", "Avocado toast")
    order()
    is_fine("an order")
    till.bench(card="charge_declined", lose="The request to capture")
    till.charge()
    till.says("Declined")
    is_fine("a decline")
    page.get_by_role("button", name="Test bench", exact=True).click()
    page.locator("#bench-card").select_option("visa")
    is_fine("the test bench")
    page.keyboard.press("Escape")
    till.press("Try another card")
    till.says("Paid")
    is_fine("a receipt")
    for view in ("Sales", "End of day", "Save a card"):
        page.get_by_role("button", name=view).click()
        expect(page.locator(".row, form").first).to_be_visible()
        is_fine(view)
