"""The guides with a real reader: its own program, its screens, cards that are tapped and inserted, PINs, fingers."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.devices import AtReader, Readers
from tests.terminal_js.conftest import OpenTab
from tests.terminal_js.counter import Counter
from tests.terminal_js.tab import Tab


@pytest.fixture
def tab(open_tab: OpenTab, counter: Counter) -> Iterator[Tab]:
    """A tab of the counter's till, which leaves the reader as it was."""
    tab = open_tab(counter.shop)
    yield tab
    assert tab.call("disconnectReader") == {}


def collect(tab: Tab, counter: Counter, secret: str, card: str = "visa", **config: Any) -> Any:
    """Collect, with a tap at the reader; what it resolves to."""
    tab.start("collectPaymentMethod", secret, {"config_override": config})
    counter.at.wait("present_card")
    counter.at.tap(card)
    return tab.result()


def test_tap_and_process(tab: Tab, counter: Counter) -> None:
    counter.connect(tab)
    secret = tab.sale(1500)
    collected = collect(tab, counter, secret)["paymentIntent"]
    assert collected["status"] == "requires_confirmation"
    assert collected["sdk_payment_details"] == {}
    assert isinstance(collected["payment_method"], str)
    assert tab.call("processPayment", collected)["paymentIntent"]["status"] == "requires_capture"
    counter.at.wait("approved")
    (holding,) = counter.shop.holdings(collected["id"])
    assert (holding["held"], holding["attempts"]["authorize"]) == (1500, 1)


def test_the_card_is_inspected_before_it_is_charged(tab: Tab, counter: Counter) -> None:
    """`update_payment_intent` gives the PaymentMethod; the till takes no Mastercard, and cancels."""
    counter.connect(tab)
    secret = tab.sale()
    collected = collect(tab, counter, secret, "mastercard", update_payment_intent=True)["paymentIntent"]
    assert collected["payment_method"]["card_present"]["brand"] == "mastercard"
    assert collected["sdk_payment_details"]["card_payment"]["card_entry_method"] == "CONTACTLESS"
    assert tab.call("cancelCollectPaymentMethod") == {}
    intent = counter.v1.payment_intents.retrieve(collected["id"])
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    error = tab.call("processPayment", collected)["error"]
    assert (error["code"], error["payment_intent"]["status"]) == ("illegal_state", "requires_payment_method")


def test_inserted_with_a_pin(tab: Tab, counter: Counter) -> None:
    counter.connect(tab)
    tab.start("collectPaymentMethod", tab.sale())
    counter.at.wait("present_card")
    counter.at.insert("offline_pin_cvm")
    counter.at.wait("pin")
    counter.at.key("1234")
    counter.at.enter()
    collected = tab.result()["paymentIntent"]
    tab.start("processPayment", collected)
    counter.at.wait("remove_card")
    counter.at.take_away()
    assert tab.result()["paymentIntent"]["status"] == "requires_capture"


def test_the_issuer_wants_a_pin_while_the_payment_is_processed(tab: Tab, counter: Counter) -> None:
    """The reader asks for the card once more, and processPayment waits for it."""
    counter.connect(tab)
    collected = collect(tab, counter, tab.sale(), "online_pin_sca_retry")["paymentIntent"]
    tab.start("processPayment", collected)
    at = counter.at
    screen = at.wait("pin", "present_card")
    if screen["name"] == "present_card":
        at.insert("online_pin_sca_retry")
        at.wait("pin")
    at.key("1234")
    at.enter()
    if at.wait("remove_card", "approved")["name"] == "remove_card":
        at.take_away()
    assert tab.result()["paymentIntent"]["status"] == "requires_capture"
    (holding,) = [each for each in counter.shop.holdings(collected["id"]) if each["held"]]
    assert holding["held"] == 1000


def test_declined_then_another_card(tab: Tab, counter: Counter) -> None:
    """The failure table: `requires_payment_method`, so collect again with the same PaymentIntent."""
    counter.connect(tab)
    secret = tab.sale()
    declined = collect(tab, counter, secret, "charge_declined_insufficient_funds")["paymentIntent"]
    error = tab.call("processPayment", declined)["error"]
    assert (error["code"], error["decline_code"]) == ("card_declined", "insufficient_funds")
    assert error["payment_intent"]["status"] == "requires_payment_method"
    again = collect(tab, counter, secret)["paymentIntent"]
    assert again["id"] == declined["id"]
    assert tab.call("processPayment", again)["paymentIntent"]["status"] == "requires_capture"


@pytest.mark.parametrize(
    ("config", "press", "amount"),
    [
        ({}, "tip:1", 1150),
        ({}, "no_tip", 1000),
        ({"skip_tipping": True}, None, 1000),
        ({"tipping": {"eligible_amount": 400}}, "tip:1", 1060),
        ({"tipping": {"eligible_amount": 0}}, None, 1000),
    ],
)
def test_tips(tab: Tab, counter: Counter, config: dict[str, Any], press: str | None, amount: int) -> None:
    """As the Configuration of the location offers them, and as the app says of this sale."""
    counter.offer_tips(10, 15, 20)
    counter.connect(tab)
    tab.start("collectPaymentMethod", tab.sale(1000), {"config_override": config})
    if press is not None:
        counter.at.wait("tip")
        counter.at.press(press)
    counter.at.wait("present_card")
    counter.at.tap("visa")
    assert tab.call("processPayment", tab.result()["paymentIntent"])["paymentIntent"]["amount"] == amount
    counter.offer_tips()


def test_the_app_cancels(tab: Tab, counter: Counter) -> None:
    counter.connect(tab)
    tab.start("collectPaymentMethod", tab.sale())
    counter.at.wait("present_card")
    assert tab.call("cancelCollectPaymentMethod") == {}
    assert tab.result()["error"]["code"] == "canceled"
    counter.at.wait("canceled", "splash")


@pytest.mark.parametrize("how", ["of the sale", "of the app"])
def test_the_customer_cancels(tab: Tab, counter: Counter, how: str) -> None:
    """With the button that the sale, or the app for all sales, lets them have."""
    if how == "of the app":
        tab.run(
            "(terminal = StripeTerminal.create({onFetchConnectionToken: fetchConnectionToken, "
            "readerBehavior: {allowCustomerCancel: true}}), null)"
        )
    counter.connect(tab)
    secret = tab.sale()
    config = {"enable_customer_cancellation": True} if how == "of the sale" else {}
    tab.start("collectPaymentMethod", secret, {"config_override": config})
    screen = counter.at.wait("present_card")
    cancel = next(button["id"] for button in screen["buttons"] if "cancel" in button["id"])
    counter.at.press(cancel)
    assert tab.result()["error"]["code"] == "canceled_by_customer"
    collected = collect(tab, counter, secret)["paymentIntent"]
    assert collected["status"] == "requires_confirmation"


def test_a_card_is_saved(tab: Tab, counter: Counter) -> None:
    """Collected, agreed to, confirmed: a card that can be charged without being present."""
    counter.connect(tab)
    customer = counter.v1.customers.create({"name": "Ada"})
    setup = counter.v1.setup_intents.create({"allowed_payment_method_types": ["card_present"], "customer": customer.id})
    tab.start("collectSetupIntentPaymentMethod", setup.client_secret, "always", {"enable_customer_cancellation": False})
    counter.at.wait("present_card")
    counter.at.tap("visa")
    collected = tab.result()["setupIntent"]
    assert collected["status"] == "requires_confirmation"
    assert tab.call("confirmSetupIntent", collected)["setupIntent"]["status"] == "succeeded"
    (saved,) = counter.v1.customers.payment_methods.list(customer.id).data
    assert (saved.type, saved.allow_redisplay) == ("card", "always")


def test_a_setup_is_canceled(tab: Tab, counter: Counter) -> None:
    """While the reader waits, and once more while it holds the card."""
    counter.connect(tab)
    secret = counter.v1.setup_intents.create({"allowed_payment_method_types": ["card_present"]}).client_secret
    tab.start("collectSetupIntentPaymentMethod", secret, "limited")
    counter.at.wait("present_card")
    assert tab.call("cancelCollectSetupIntentPaymentMethod") == {}
    assert tab.result()["error"]["code"] == "canceled"
    tab.start("collectSetupIntentPaymentMethod", secret, "limited")
    counter.at.wait("present_card")
    counter.at.tap("visa")
    collected = tab.result()["setupIntent"]
    assert tab.call("cancelCollectInputs")["error"]["code"] == "cancelable_already_completed"
    assert tab.call("cancelCollectSetupIntentPaymentMethod") == {}
    assert tab.call("confirmSetupIntent", collected)["error"]["code"] == "intent_invalid_state"


def test_a_reusable_card(tab: Tab, counter: Counter) -> None:
    counter.connect(tab)
    customer = counter.v1.customers.create({"name": "Ada"})
    tab.start("readReusableCard", {"customer": customer.id})
    counter.at.wait("present_card")
    counter.at.tap("visa")
    method = tab.result()["payment_method"]
    assert (method["type"], method["customer"], method["card"]["last4"]) == ("card", customer.id, "4242")
    tab.start("readReusableCard")
    counter.at.wait("present_card")
    assert tab.call("cancelReadReusableCard") == {}
    assert tab.result()["error"]["code"] == "canceled"


def insert(at: AtReader, card: str) -> None:
    """Insert a card and enter its PIN."""
    at.insert(card)
    if at.wait("pin", "remove_card", "splash", "processing", "approved", "done")["name"] == "pin":
        at.key("1234")
        at.enter()


def test_interac_is_paid_and_refunded_with_the_card(tab: Tab, counters: tuple[Counter, Counter]) -> None:
    """Both steps of each; money goes back to the card that paid."""
    counter = counters[1]
    at = counter.at
    counter.connect(tab)
    types = ["card_present", "interac_present"]
    secret = tab.sale(1000, currency="cad", capture_method="automatic", allowed_payment_method_types=types)
    tab.start("collectPaymentMethod", secret)
    at.wait("present_card")
    insert(at, "interac")
    tab.start("processPayment", tab.result()["paymentIntent"])
    if at.wait("remove_card", "approved")["name"] == "remove_card":
        at.take_away()
    paid = tab.result()["paymentIntent"]
    assert paid["status"] == "succeeded"
    at.wait("splash")

    charge = counter.v1.payment_intents.retrieve(paid["id"]).latest_charge
    tab.start("collectRefundPaymentMethod", charge, 400, "cad")
    at.wait("present_card")
    insert(at, "interac")
    assert tab.result() == {}
    tab.start("processRefund")
    if at.wait("remove_card", "done")["name"] == "remove_card":
        at.take_away()
    refund = tab.result()["refund"]
    assert (refund["status"], refund["amount"], refund["charge"]) == ("succeeded", 400, charge)
    assert tab.call("processRefund")["error"]["code"] == "illegal_state"
    (holding,) = counter.shop.settled_holdings(paid["id"])
    assert (holding["captured"], holding["refunded"]) == (1000, 400)


def test_forms(tab: Tab, counter: Counter) -> None:
    """Chosen, toggled, skipped, typed: in the SDK's own words."""
    counter.connect(tab)
    at = counter.at
    choices = [{"style": "primary", "text": "Yes", "id": "yes"}, {"style": "secondary", "text": "No", "id": "no"}]
    forms = [
        {"formType": "selection", "title": "Bag?", "required": True, "selectionButtons": choices},
        {"formType": "email", "title": "Your email", "toggles": [{"title": "News", "defaultValue": "disabled"}]},
        {"formType": "text", "title": "Your name", "skipButtonText": "No name"},
    ]
    tab.start("collectInputs", {"inputs": forms})
    screen = at.wait("input", until=lambda screen: "Bag?" in str(screen))
    at.press(next(button["id"] for button in screen["buttons"] if button["label"] == "Yes"))
    at.wait("input", until=lambda screen: "Your email" in str(screen))
    at.switch(0, on=True)
    at.type("ada@example.com")
    at.press("submit")
    at.wait("input", until=lambda screen: "Your name" in str(screen))
    at.press("skip")
    assert tab.result() == [
        {"formType": "selection", "skipped": False, "toggles": [], "selection": "Yes", "selectionId": "yes"},
        {"formType": "email", "skipped": False, "toggles": ["enabled"], "email": "ada@example.com"},
        {"formType": "text", "skipped": True, "toggles": [], "text": None},
    ]
    tab.start("collectInputs", {"inputs": [forms[1]]})
    at.wait("input")
    assert tab.call("cancelCollectInputs") == {}
    assert tab.result()["error"]["code"] == "canceled"


def test_a_cart_and_its_end(tab: Tab, counter: Counter) -> None:
    counter.connect(tab)
    lines = [{"description": "Green tea", "amount": 300, "quantity": 2}]
    cart = {"type": "cart", "cart": {"line_items": lines, "tax": 50, "total": 650, "currency": "usd"}}
    assert tab.call("setReaderDisplay", cart) == {}
    assert "Green tea" in str(counter.at.wait("cart"))
    assert tab.call("clearReaderDisplay") == {}
    counter.at.wait("splash")
    tab.call("setReaderDisplay", cart)
    counter.at.wait("cart")
    assert tab.call("disconnectReader") == {}
    counter.at.wait("splash")


def test_the_settings(tab: Tab, counter: Counter) -> None:
    counter.connect(tab)
    off = {"accessibilitySettings": {"textToSpeechStatus": "off"}}
    assert tab.call("getReaderSettings") == off
    on = tab.call("setReaderSettings", {"accessibility_parameters": {"enableTextToSpeechSpeakers": True}})
    assert on == {"accessibilitySettings": {"textToSpeechStatus": "speakers"}} == tab.call("getReaderSettings")
    tab.call("setReaderSettings", {"accessibility_parameters": {"enableTextToSpeechSpeakers": False}})
    assert tab.call("getReaderSettings") == off


# Readers that go and come back ----------------------------------------------------------------------------------------


def test_the_plug_is_pulled_while_the_reader_waits(tab: Tab, counter: Counter) -> None:
    """It goes on where it was; the app notices nothing."""
    counter.connect(tab)
    tab.start("collectPaymentMethod", tab.sale())
    counter.at.wait("present_card")
    counter.at.power("pull")
    counter.at.wait("off")
    counter.at.power("on")
    counter.at.wait("present_card")
    counter.at.tap("visa")
    collected = tab.result()["paymentIntent"]
    assert tab.call("processPayment", collected)["paymentIntent"]["status"] == "requires_capture"


def test_the_readers_program_is_killed_while_it_waits(tab: Tab, counter: Counter, readers: Readers) -> None:
    counter.connect(tab)
    tab.start("collectPaymentMethod", tab.sale())
    counter.at.wait("present_card")
    readers.kill()
    readers.start()
    counter.begin()
    counter.at.wait("present_card")
    counter.at.tap("visa")
    collected = tab.result()["paymentIntent"]
    assert tab.call("processPayment", collected)["paymentIntent"]["status"] == "requires_capture"


def test_the_reader_is_cut_off_and_back(tab: Tab, counter: Counter) -> None:
    """What the customer did meanwhile counts once the reader is back."""
    counter.connect(tab)
    tab.start("collectPaymentMethod", tab.sale())
    counter.at.wait("present_card")
    counter.at.network("down")
    counter.at.wait("present_card", "notice", until=lambda screen: screen.get("link", "online") != "online")
    counter.at.network("up")
    counter.at.wait("present_card", until=lambda screen: screen.get("link", "online") == "online")
    counter.at.tap("visa")
    collected = tab.result()["paymentIntent"]
    assert tab.call("processPayment", collected)["paymentIntent"]["status"] == "requires_capture"
    assert tab.run("disconnects") == []
