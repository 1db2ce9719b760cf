"""Every error code at the situation that raises it (docs/terminal-js.md has the same table, for people)."""

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from tests.scenarios.shop import Shop
from tests.scenarios.till import CANADA, Till
from tests.terminal_js.conftest import OpenTab
from tests.terminal_js.tab import Tab

CODES = re.compile(r"^\| `(\w+)` \|", re.MULTILINE)
PAGE = (Path(__file__).resolve().parents[2] / "docs" / "terminal-js.md").read_text()
SECRET = "pi_1_secret_2"
CART = {"line_items": [{"description": "Tea", "amount": 300, "quantity": 1}], "total": 300, "currency": "usd"}
SHOW = ("setReaderDisplay", {"type": "cart", "cart": CART})
PRINTERS = ("busy", "paperjam", "cover_open", "out_of_paper", "absent", "unavailable", "error")
RECEIPT = "(() => { const canvas = document.createElement('canvas'); canvas.width = 384; return canvas })()"


@pytest.fixture
def till(shop: Shop) -> Till:
    """A simulated reader that is registered like others, which the SDK does not know to be one."""
    return Till(shop)


@pytest.fixture
def connected(tab: Tab, till: Till) -> Tab:
    """A tab that is connected to that reader."""
    connect(tab, till)
    return tab


def connect(tab: Tab, till: Till) -> None:
    assert "reader" in tab.call("connectReader", {"id": till.reader.id, "object": "terminal.reader"})


def code(result: Any) -> str:
    """The code of an error, which comes alone and with a message."""
    assert list(result) == ["error"]
    assert result["error"]["message"]
    return result["error"]["code"]


# Without a reader -----------------------------------------------------------------------------------------------------

NEEDS_A_READER: list[tuple[str, list[Any]]] = [
    ("collectPaymentMethod", [SECRET]),
    ("cancelCollectPaymentMethod", []),
    ("processPayment", [{"client_secret": SECRET}]),
    ("cancelProcessPayment", []),
    ("collectSetupIntentPaymentMethod", ["seti_1_secret_2", "always"]),
    ("cancelCollectSetupIntentPaymentMethod", []),
    ("confirmSetupIntent", [{"client_secret": "seti_1_secret_2"}]),
    ("cancelConfirmSetupIntent", []),
    ("readReusableCard", []),
    ("cancelReadReusableCard", []),
    ("collectRefundPaymentMethod", ["ch_1", 100, "cad"]),
    ("cancelCollectRefundPaymentMethod", []),
    ("processRefund", []),
    ("cancelProcessRefund", []),
    ("setReaderDisplay", [SHOW[1]]),
    ("clearReaderDisplay", []),
    ("collectInputs", [{"inputs": [{"formType": "email", "title": "Your email"}]}]),
    ("cancelCollectInputs", []),
    ("getReaderSettings", []),
    ("setReaderSettings", [{"accessibility_parameters": {"enableTextToSpeechSpeakers": True}}]),
]

BAD_ARGUMENTS: list[tuple[str, list[Any], str, str]] = [
    ("connectReader", ["tmr_1"], "invalid_reader_shape", "reader"),
    ("connectReader", [{"id": "tmr_1"}, "yes"], "invalid_argument", "options"),
    ("discoverReaders", ["all"], "invalid_argument", "config"),
    ("collectPaymentMethod", [{"client_secret": SECRET}], "invalid_payment_intent_client_secret", "client secret"),
    ("collectPaymentMethod", ["seti_1_secret_2"], "invalid_payment_intent_client_secret", "PaymentIntent"),
    ("collectPaymentMethod", [SECRET, {"config_override": 1}], "invalid_argument", "config_override"),
    *(
        ("collectPaymentMethod", [SECRET, {"config_override": config}], "invalid_argument", says)
        for config, says in (
            ({"tipping": {"eligible_amount": -1}}, "eligible_amount"),
            ({"tipping": {"eligible_amount": "10"}}, "eligible_amount"),
            ({"tipping": {"eligible_amount": 500}, "skip_tipping": True}, "skip_tipping"),
            ({"update_payment_intent": True, "payment_intent_id": "pi_2"}, "payment_intent_id"),
            ({"surcharge_notice": "3 %"}, "surcharge_notice"),
            ({"request_dynamic_currency_conversion": True}, "request_dynamic_currency_conversion"),
        )
    ),
    (
        "collectPaymentMethod",
        [SECRET, {"tip_configuration": {"options": [{}]}}],
        "invalid_argument",
        "tip_configuration",
    ),
    ("processPayment", [SECRET], "invalid_payment_intent_input_shape", "client secret"),
    (
        "processPayment",
        [{"client_secret": SECRET}, {"config_override": {"surcharge": {"amount": 30}}}],
        "invalid_argument",
        "surcharge",
    ),
    ("collectSetupIntentPaymentMethod", [SECRET, "always"], "invalid_argument", "SetupIntent"),
    ("collectSetupIntentPaymentMethod", ["seti_1_secret_2", "sometimes"], "invalid_argument", "allow_redisplay"),
    ("collectSetupIntentPaymentMethod", ["seti_1_secret_2", False], "invalid_argument", "allow_redisplay"),
    ("collectRefundPaymentMethod", ["pi_1", 100, "cad"], "invalid_charge_id_input_shape", "charge"),
    ("collectRefundPaymentMethod", ["ch_1", 1.5, "cad"], "invalid_argument", "amount"),
    ("collectRefundPaymentMethod", ["ch_1", 100, None], "invalid_argument", "currency"),
    ("setReaderDisplay", [{"type": "poster"}], "invalid_argument", "cart"),
    ("collectInputs", [{"inputs": []}], "invalid_argument", "inputs"),
    ("collectInputs", [{"inputs": [{"formType": "novel"}]}], "invalid_argument", "inputs[0].formType"),
    ("print", ["Thank you"], "invalid_argument", "HTMLCanvasElement"),
]


def test_what_needs_a_reader_says_so(tab: Tab) -> None:
    for method, arguments in NEEDS_A_READER:
        assert code(tab.call(method, *arguments)) == "no_established_connection", method
    assert code(tab.run(f"await terminal.print({RECEIPT})")) == "no_established_connection"
    assert tab.call("disconnectReader") == {}
    assert tab.tokens == []


def test_arguments_that_make_no_sense(tab: Tab) -> None:
    """The error says which; nothing is asked of the server, or of the app."""
    for method, arguments, expected, says in BAD_ARGUMENTS:
        result = tab.call(method, *arguments)
        assert (code(result), says in result["error"]["message"]) == (expected, True), (method, arguments, result)
    assert tab.tokens == []


def test_discoveries(tab: Tab, shop: Shop, till: Till) -> None:
    both = tab.run("await Promise.all([terminal.discoverReaders({}), terminal.discoverReaders({})])")
    assert len(both[0]["discoveredReaders"]) == 1
    assert code(both[1]) == "discovery_already_running"
    for _ in range(100):
        till.readers.create({"registration_code": "simulated-s700", "location": till.location.id})
    assert code(tab.call("discoverReaders", {"location": till.location.id})) == "discovery_too_many_readers"
    found = tab.call("discoverReaders", {"location": till.location.id, "device_type": "bbpos_wisepos_e"})
    assert found == {"discoveredReaders": []}


def test_connections(tab: Tab, till: Till) -> None:
    assert code(tab.call("connectReader", {"id": "tmr_nobody"})) == "resource_missing"
    assert tab.run("statuses.connection") == ["connecting", "not_connected"]
    reader = {"id": till.reader.id}
    both = tab.run("await Promise.all([terminal.connectReader(args[0]), terminal.connectReader(args[0])])", reader)
    assert both[0]["reader"]["id"] == till.reader.id
    assert code(both[1]) == "command_already_in_progress"
    assert code(tab.call("connectReader", reader)) == "already_connected"


# Readers in trouble ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "expected", "lost"),
    [
        ("busy", "reader_error", False),
        ("hardware_fault", "reader_error", False),
        ("timeout", "network_timeout", False),
        ("offline", "reader_error", True),
    ],
)
def test_readers_in_trouble(connected: Tab, till: Till, kind: str, expected: str, lost: bool) -> None:
    """A reader that is offline is not connected any more, and the app is told."""
    till.trouble(kind)
    assert code(connected.call(*SHOW)) == expected
    assert connected.run("terminal.getConnectionStatus()") == ("not_connected" if lost else "connected")
    assert [event["error"]["code"] for event in connected.run("disconnects")] == ["reader_error"] * lost


def test_printers_in_trouble(tab: Tab, shop: Shop) -> None:
    till = Till(shop, "simulated-v660p")
    connect(tab, till)
    for trouble in PRINTERS:
        till.trouble(f"printer_{trouble}")
        assert code(tab.run(f"await terminal.print({RECEIPT})")) == f"printer_{trouble}"
    assert tab.run(f"await terminal.print({RECEIPT})") == {}


def test_what_the_model_cannot_do(connected: Tab) -> None:
    error = connected.run(f"await terminal.print({RECEIPT})")["error"]
    assert (error["code"], error["type"]) == ("rpc_error", "invalid_request_error")


# Payments -------------------------------------------------------------------------------------------------------------


def test_steps_in_the_wrong_order(connected: Tab, till: Till) -> None:
    secret = connected.sale()
    error = connected.call("processPayment", {"client_secret": secret})["error"]
    assert (error["code"], error["payment_intent"]["status"]) == ("illegal_state", "requires_payment_method")
    assert code(connected.call("processRefund")) == "illegal_state"
    till.v1.payment_intents.cancel(secret.partition("_secret")[0])
    assert code(connected.call("collectPaymentMethod", secret)) == "intent_invalid_state"
    assert (
        connected.call("processPayment", {"client_secret": secret})["error"]["payment_intent"]["status"] == "canceled"
    )
    wrong = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    assert code(connected.call("collectPaymentMethod", wrong)) == "payment_intent_invalid_parameter"


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("cancelCollectPaymentMethod", "no_active_collect_payment_method_attempt"),
        ("cancelReadReusableCard", "no_active_read_reusable_card_attempt"),
        ("cancelProcessPayment", "cancelable_already_completed"),
        ("cancelCollectSetupIntentPaymentMethod", "cancelable_already_completed"),
        ("cancelConfirmSetupIntent", "cancelable_already_completed"),
        ("cancelCollectRefundPaymentMethod", "cancelable_already_completed"),
        ("cancelProcessRefund", "cancelable_already_completed"),
        ("cancelCollectInputs", "cancelable_already_completed"),
    ],
)
def test_nothing_to_cancel(connected: Tab, method: str, expected: str) -> None:
    assert code(connected.call(method)) == expected


def test_canceled_twice(connected: Tab) -> None:
    connected.start("collectPaymentMethod", connected.sale())
    both = connected.run(
        "await Promise.all([terminal.cancelCollectPaymentMethod(), terminal.cancelCollectPaymentMethod()])"
    )
    assert both[0] == {}
    assert code(both[1]) == "cancelable_already_canceled"
    assert code(connected.result()) == "canceled"


def test_canceled_too_late(private_shop: Shop, lab_tab: Tab) -> None:
    """A card that is being charged is charged: the cancellation fails, and the payment is what it is."""
    lab_tab.connect_simulator()
    collected = lab_tab.call("collectPaymentMethod", lab_tab.sale())["paymentIntent"]
    private_shop.fault("delay", "authorize", delay_ms=700)
    lab_tab.start("processPayment", collected)
    assert code(lab_tab.call("cancelProcessPayment")) == "cancelable_already_completed"
    assert lab_tab.result()["paymentIntent"]["status"] == "requires_capture"


def test_an_issuer_that_is_not_reached(lab_tab: Tab, private_shop: Shop) -> None:
    """`network_error` with a PaymentIntent that `requires_confirmation`: process again. One authorization is left."""
    lab_tab.connect_simulator()
    collected = lab_tab.call("collectPaymentMethod", lab_tab.sale())["paymentIntent"]
    private_shop.fault("lost_answer", "authorize")
    private_shop.fault("timeout", "inquire")
    error = lab_tab.call("processPayment", collected)["error"]
    assert (error["code"], error["payment_intent"]["status"]) == ("network_error", "requires_confirmation")
    private_shop.mend()
    assert lab_tab.call("processPayment", collected)["paymentIntent"]["status"] == "requires_capture"
    (holding,) = private_shop.holdings(collected["id"])
    assert (holding["held"], holding["attempts"]["authorize"]) == (1000, 1)


def test_thirty_seconds_are_over(lab_tab: Tab, private_shop: Shop) -> None:
    """The reader lets go of the card (of a simulated one after 30 minutes): collect again."""
    lab_tab.connect_simulator()
    secret = lab_tab.sale()
    collected = lab_tab.call("collectPaymentMethod", secret)["paymentIntent"]
    private_shop.advance(seconds=31 * 60)
    error = lab_tab.call("processPayment", collected)["error"]
    assert (error["code"], error["payment_intent"]["status"]) == ("illegal_state", "requires_payment_method")
    assert "paymentIntent" in lab_tab.call("collectPaymentMethod", secret)


def test_cards_are_not_keyed_in(connected: Tab, till: Till) -> None:
    error = connected.call("collectPaymentMethod", connected.sale(), {"config_override": {"moto": True}})["error"]
    assert "moto" in error["message"]
    params: Any = {"allowed_payment_method_types": ["card_present"]}
    secret = till.v1.setup_intents.create(params).client_secret
    error = connected.call("collectSetupIntentPaymentMethod", secret, "always", {"moto": True})["error"]
    assert (error["code"], "keyed in" in error["message"]) == ("invalid_argument", True)


def test_a_card_that_cannot_be_saved_without_consent(connected: Tab) -> None:
    """`allow_redisplay` is required of a payment that saves the card."""
    secret = connected.sale(setup_future_usage="off_session")
    assert "allow_redisplay" in connected.call("collectPaymentMethod", secret)["error"]["message"]


def test_forms_that_nobody_fills_in(tab: Tab) -> None:
    tab.connect_simulator()
    tab.call("setSimulatorConfiguration", {"collectInputsResult": {"resultType": "timeout"}})
    form = {"formType": "text", "title": "Your name"}
    assert code(tab.call("collectInputs", {"inputs": [form]})) == "canceled"
    skip = {"resultType": "succeeded", "skipBehavior": "all"}
    tab.call("setSimulatorConfiguration", {"collectInputsResult": skip})
    assert tab.call("collectInputs", {"inputs": [form]}) == [
        {"formType": "text", "skipped": True, "toggles": [], "text": None}
    ]


def test_refunds_that_are_refused(open_tab: OpenTab, shop: Shop) -> None:
    till = Till(shop, address=CANADA)
    tab = open_tab()
    tab.connect_simulator()
    types = ["card_present", "interac_present"]
    secret = tab.sale(2000, currency="cad", capture_method="automatic", allowed_payment_method_types=types)
    tab.call("setSimulatorConfiguration", {"paymentMethodType": "interac_present"})
    paid = tab.call("processPayment", tab.call("collectPaymentMethod", secret)["paymentIntent"])["paymentIntent"]
    charge = till.v1.payment_intents.retrieve(paid["id"]).latest_charge
    assert code(tab.call("collectRefundPaymentMethod", charge, 500, "usd")) == "invalid_argument"
    assert "error" in tab.call("collectRefundPaymentMethod", charge, 2001, "cad")
    assert tab.call("collectRefundPaymentMethod", charge, 101, "cad") == {}
    declined = tab.call("processRefund")["error"]  # an amount that ends in 01 (guide "Testing")
    assert (declined["code"], declined["type"]) == ("card_declined", "card_error")
    assert tab.call("collectRefundPaymentMethod", charge, 500, "cad") == {}
    assert tab.call("cancelCollectRefundPaymentMethod") == {}
    assert tab.call("collectRefundPaymentMethod", charge, 500, "cad") == {}
    tab.page.route(re.compile(r"/pos/refunds/re_"), _failed_since)
    failed = tab.call("processRefund")["error"]
    assert (failed["code"], failed["failure_reason"]) == ("refund_failed", "expired_or_canceled_card")


def _failed_since(route: Any) -> None:
    """The network took the refund back between its success and the look-up."""
    answer = route.fetch()
    failed = answer.json() | {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    route.fulfill(response=answer, json=failed)


def test_the_sdk_itself_fails(tab: Tab) -> None:
    """`rpc_error`: a mistake of ours, never an exception."""
    tab.run("(crypto.randomUUID = () => { throw new Error('no randomness') }, null)")
    assert code(tab.call("discoverReaders", {})) == "rpc_error"


# The page that lists them ---------------------------------------------------------------------------------------------


def test_the_page_lists_every_code_of_the_source() -> None:
    """What the SDK can say of its own is in the tables of docs/terminal-js.md, and what is there can be said."""
    raised, never = PAGE.split("### Codes that are never raised")
    listed = set(CODES.findall(raised[raised.index("## Errors") :]))
    source = "".join(path.read_text() for path in files("opentill.web.terminal").iterdir() if path.name.endswith(".js"))
    said = set(re.findall(r"(?:TerminalError\(|\bcode: |super\()\s*'(\w+)'", source))
    said |= set(re.findall(r"'(invalid_on_\w+|no_active_\w+|cancelable_\w+|invalid_payment\w+)'", source))
    said |= {"invalid_argument", "canceled_by_customer"}
    assert listed == said | {f"printer_{each}" for each in PRINTERS}
    assert set(CODES.findall(never)).isdisjoint(said)
