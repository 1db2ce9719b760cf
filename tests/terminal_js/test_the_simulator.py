"""The code of the guides with the SDK's own simulator: no reader, no device process, the server's usual paths."""

import pytest
from tests.terminal_js.conftest import OpenTab
from tests.terminal_js.tab import Tab


def test_discover_connect_collect_process(tab: Tab) -> None:
    """The guide "Collect card payments", as it stands."""
    assert tab.run("terminal.getConnectionStatus()") == "not_connected"
    connected = tab.connect_simulator()
    assert connected["reader"]["id"] == "SIMULATOR"
    assert tab.run("terminal.getConnectedReader().id") == "SIMULATOR"
    secret = tab.sale()

    collected = tab.call("collectPaymentMethod", secret)
    assert collected["paymentIntent"]["status"] == "requires_confirmation"
    assert tab.run("terminal.getPaymentStatus()") == "ready"
    processed = tab.run("await terminal.processPayment(args[0])", collected["paymentIntent"])
    assert processed["paymentIntent"]["status"] == "requires_capture"
    assert tab.shop.client.v1.payment_intents.capture(secret.partition("_secret")[0]).status == "succeeded"

    assert tab.run("statuses.connection") == ["connecting", "connected"]
    assert tab.run("statuses.payment") == ["ready", "waiting_for_input", "ready", "processing", "ready"]
    assert len(tab.tokens) == 1


def test_the_collected_card_can_be_inspected(tab: Tab) -> None:
    """With `update_payment_intent` the card comes back with the intent, before it is charged."""
    tab.connect_simulator()
    tab.call("setSimulatorConfiguration", {"testPaymentMethod": "mastercard"})
    collected = tab.call("collectPaymentMethod", tab.sale(), {"config_override": {"update_payment_intent": True}})
    card = collected["paymentIntent"]["payment_method"]["card_present"]
    assert (card["brand"], card["last4"]) == ("mastercard", "4444")
    details = collected["paymentIntent"]["sdk_payment_details"]["card_payment"]
    assert (details["card_brand"], details["masked_pan"]) == ("MASTERCARD", "************4444")
    assert details["card_entry_method"] == "CHIP_READ"


@pytest.mark.parametrize(
    ("card", "code", "decline_code"),
    [
        ("charge_declined", "card_declined", "generic_decline"),
        ("charge_declined_insufficient_funds", "card_declined", "insufficient_funds"),
        ("charge_declined_expired_card", "expired_card", "expired_card"),
    ],
)
def test_a_decline_and_another_card(tab: Tab, card: str, code: str, decline_code: str) -> None:
    """The failure table: declined, so collect again with the same PaymentIntent."""
    tab.connect_simulator()
    secret = tab.sale()
    tab.call("setSimulatorConfiguration", {"testPaymentMethod": card})
    collected = tab.call("collectPaymentMethod", secret)
    error = tab.call("processPayment", collected["paymentIntent"])["error"]
    assert (error["code"], error["decline_code"], error["type"]) == (code, decline_code, "card_error")
    assert error["payment_intent"]["status"] == "requires_payment_method"

    # the configuration ended with the payment: the next card is the usual one
    again = tab.call("collectPaymentMethod", secret)
    assert tab.call("processPayment", again["paymentIntent"])["paymentIntent"]["status"] == "requires_capture"


def test_a_tip(tab: Tab) -> None:
    """The simulated customer tips; the amount includes it from the confirmation on."""
    tab.connect_simulator()
    tab.call("setSimulatorConfiguration", {"tipAmount": 150})
    assert tab.call("getSimulatorConfiguration") == {"tipAmount": 150}
    collected = tab.call("collectPaymentMethod", tab.sale(1000))
    assert tab.call("processPayment", collected["paymentIntent"])["paymentIntent"]["amount"] == 1150
    assert tab.call("getSimulatorConfiguration") == {}


def test_forms(tab: Tab) -> None:
    """`collectInputs` in the SDK's own words."""
    tab.connect_simulator()
    result = tab.call(
        "collectInputs",
        {
            "inputs": [
                {"formType": "email", "title": "Your email", "required": True},
                {
                    "formType": "selection",
                    "title": "Bag?",
                    "selectionButtons": [
                        {"style": "primary", "text": "Yes", "id": "yes"},
                        {"style": "secondary", "text": "No", "id": "no"},
                    ],
                    "toggles": [{"title": "News", "defaultValue": "enabled"}],
                },
            ]
        },
    )
    assert [form["formType"] for form in result] == ["email", "selection"]
    assert "@" in result[0]["email"]
    assert result[1]["selectionId"] in ("yes", "no")
    assert result[1]["toggles"] == ["enabled"]


def test_a_signature(tab: Tab) -> None:
    """It comes as the drawing itself, not as the id of a file."""
    tab.connect_simulator()
    form = {"formType": "signature", "title": "Sign here", "required": True}
    (result,) = tab.call("collectInputs", {"inputs": [form]})
    assert result["signatureSvg"].lstrip().startswith("<svg")


def test_a_cart(tab: Tab) -> None:
    tab.connect_simulator()
    cart = {"line_items": [{"description": "Tea", "amount": 300, "quantity": 1}], "tax": 20, "total": 320}
    assert tab.call("setReaderDisplay", {"type": "cart", "cart": {**cart, "currency": "usd"}}) == {}
    assert tab.call("clearReaderDisplay") == {}


@pytest.mark.parametrize(
    ("method", "arguments", "code"),
    [
        ("collectPaymentMethod", ["pi_1_secret_x"], "no_established_connection"),
        ("collectPaymentMethod", ["nonsense"], "invalid_payment_intent_client_secret"),
        ("processPayment", [{"id": "pi_1"}], "invalid_payment_intent_input_shape"),
        ("collectRefundPaymentMethod", ["pi_1", 100, "usd"], "invalid_charge_id_input_shape"),
        ("connectReader", [{}], "invalid_reader_shape"),
        ("discoverReaders", [{"method": "carrier_pigeon"}], "invalid_argument"),
        ("cancelCollectPaymentMethod", [], "no_established_connection"),
        ("setReaderDisplay", [{"type": "poster"}], "invalid_argument"),
        ("collectInputs", [{"inputs": [{"formType": "novel"}]}], "invalid_argument"),
    ],
)
def test_a_call_that_makes_no_sense(tab: Tab, method: str, arguments: list[object], code: str) -> None:
    """It resolves to an error that says what is wrong; nothing is asked of the server."""
    assert tab.call(method, *arguments)["error"]["code"] == code
    assert tab.tokens == []


def test_one_command_at_a_time(tab: Tab) -> None:
    tab.connect_simulator()
    tab.start("collectPaymentMethod", tab.sale())
    assert tab.call("collectPaymentMethod", tab.sale())["error"]["code"] == "command_already_in_progress"
    assert "error" not in tab.result()


def test_canceling(tab: Tab) -> None:
    """The pending command ends with `canceled`; a second cancellation has nothing to cancel."""
    tab.connect_simulator()
    secret = tab.sale()
    tab.start("collectPaymentMethod", secret)
    assert tab.call("cancelCollectPaymentMethod") == {}
    assert tab.result()["error"]["code"] == "canceled"
    assert tab.call("cancelCollectPaymentMethod")["error"]["code"] == "no_active_collect_payment_method_attempt"
    assert "error" not in tab.call("collectPaymentMethod", secret)


@pytest.mark.parametrize(
    ("gives", "code"),
    [
        ("null", "failed_fetch_connection_token"),
        ("42", "failed_fetch_connection_token"),
        ("'sk_test_123'", "invalid_connection_token"),
        ("(() => { throw new Error('no backend') })()", "failed_fetch_connection_token"),
    ],
)
def test_a_token_callback_that_fails(tab: Tab, gives: str, code: str) -> None:
    found = tab.run(
        f"await StripeTerminal.create({{onFetchConnectionToken: async () => {gives}}}).discoverReaders({{}})"
    )
    assert found["error"]["code"] == code


def test_a_token_callback_that_never_answers(open_tab: OpenTab) -> None:
    """Nobody waits for ever; the next command asks again."""
    tab = open_tab(hurry=200)
    tab.run(
        "(terminal = StripeTerminal.create({onFetchConnectionToken: () => "
        "(window.asked = (window.asked ?? 0) + 1) === 1 ? new Promise(() => {}) : fetchConnectionToken()}), null)"
    )
    assert tab.call("discoverReaders", {})["error"]["code"] == "failed_fetch_connection_token"
    assert tab.call("discoverReaders", {}) == {"discoveredReaders": []}


def test_handlers_that_throw(tab: Tab) -> None:
    """Their mistakes are told to the console, and disturb nothing."""
    said: list[str] = []
    tab.page.on("console", lambda message: said.append(message.text))
    tab.run(
        "(terminal = StripeTerminal.create({onFetchConnectionToken: fetchConnectionToken, "
        "onConnectionStatusChange: () => { throw new Error('a bug of the app') }}), null)"
    )
    assert tab.connect_simulator()["reader"]["id"] == "SIMULATOR"
    assert "a bug of the app" in said[0]


@pytest.mark.parametrize(
    ("props", "code"),
    [
        ("{}", "invalid_on_fetch_connection_token"),
        ("{onFetchConnectionToken: 'pst_test_1'}", "invalid_on_fetch_connection_token"),
        (
            "{onFetchConnectionToken: async () => '', onUnexpectedReaderDisconnect: 1}",
            "invalid_on_unexpected_reader_disconnect",
        ),
        (
            "{onFetchConnectionToken: async () => '', onConnectionStatusChange: {}}",
            "invalid_on_connection_status_change",
        ),
        ("{onFetchConnectionToken: async () => '', onPaymentStatusChange: 'log'}", "invalid_on_payment_status_change"),
        ("null", "invalid_argument"),
    ],
)
def test_handlers_that_are_none(tab: Tab, props: str, code: str) -> None:
    thrown = f"(() => {{ try {{ StripeTerminal.create({props}) }} catch (error) {{ return error.code }} }})()"
    assert tab.run(thrown) == code
