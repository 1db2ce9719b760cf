"""What a page makes the reader do that it is connected to: as for servers, with the client secret of the intent."""

import secrets
from typing import Any

import pytest
from tests.scenarios.fixtures import OpenShop
from tests.scenarios.page import CART, FORM, Page
from tests.scenarios.shop import ON_BOTH, Shop
from tests.scenarios.till import CANADA, INTERAC, Till

DECLINED = "4000000000009995"


class Counter(Till):
    """A till whose reader a page is connected to."""

    def __init__(self, shop: Shop, *given: Any) -> None:
        super().__init__(shop, *given)
        self.page = Page(shop)
        self.page.connect(self.reader.id)

    def do(self, command: str, form: Any = None, key: str | None = None) -> Any:
        return self.page.post(f"readers/{self.reader.id}/{command}", form, key)

    def tap(self, number: str | None = None) -> Any:
        return self.do("present_payment_method", {} if number is None else {"card_present": {"number": number}})


def named(intent: Any) -> dict[str, str]:
    """How a page names an intent."""
    kind = "setup_intent" if intent.id.startswith("seti_") else "payment_intent"
    return {kind: intent.id, "client_secret": intent.client_secret}


@pytest.fixture
def counter(shop: Shop) -> Counter:
    return Counter(shop)


# Payments -------------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_a_payment_in_two_steps(counter: Counter) -> None:
    intent = counter.sale()
    waiting = counter.do("collect_payment_method", named(intent))
    assert (waiting["phase"], waiting["payment_method"]) == ("waiting", None)
    held = counter.tap()
    assert held["phase"] == "collected"
    assert held["payment_method"]["card_present"]["last4"] == "4242"
    assert counter.page.get(f"payment_methods/{held['payment_method']['id']}") == held["payment_method"]
    seen = counter.page.get(f"payment_intents/{intent.id}?client_secret={intent.client_secret}")
    assert seen["status"] == "requires_confirmation"
    assert "metadata" not in seen  # as with a publishable key
    done = counter.do("confirm_payment_intent", named(intent))
    assert (done["phase"], done["payment_method"]) == ("succeeded", None)
    assert counter.intent(intent).status == "requires_capture"


@ON_BOTH
def test_a_declined_payment_is_tried_with_another_card(counter: Counter) -> None:
    intent = counter.sale()
    counter.do("process_payment_intent", named(intent))
    failed = counter.tap(DECLINED)
    action = failed["reader"]["action"]
    assert (failed["phase"], action["failure_code"]) == ("failed", "card_declined")
    assert action["api_error"]["decline_code"] == "insufficient_funds"
    counter.do("process_payment_intent", named(intent))
    assert counter.tap()["phase"] == "succeeded"
    assert sum(holding["held"] for holding in counter.shop.holdings(intent)) == 1000


@ON_BOTH
@pytest.mark.parametrize("command", ["collect_payment_method", "process_payment_intent", "confirm_payment_intent"])
def test_the_secret_must_be_right(shop: Shop, open_shop: OpenShop, command: str) -> None:
    counter, elsewhere = Counter(shop), Till(open_shop())
    intent, other, theirs = counter.sale(), counter.sale(), elsewhere.sale()
    assert counter.do(command, {"payment_intent": intent.id}) == "parameter_missing"
    wrong = {"payment_intent": intent.id, "client_secret": other.client_secret}
    assert counter.do(command, wrong) == "payment_intent_invalid_parameter"
    assert counter.do(command, named(theirs)) == "resource_missing"
    assert counter.page.phase(counter.reader.id) == "idle"
    path = f"payment_intents/{intent.id}"
    assert counter.page.get(path) == "parameter_missing"
    assert counter.page.get(f"{path}?client_secret={other.client_secret}") == "payment_intent_invalid_parameter"
    assert counter.page.get(f"payment_intents/{theirs.id}?client_secret={theirs.client_secret}") == "resource_missing"


@ON_BOTH
def test_what_is_sent_again_is_done_once(counter: Counter) -> None:
    intent = counter.sale()
    keys = {command: secrets.token_hex(8) for command in ("collect_payment_method", "present", "confirm")}
    begun = counter.do("collect_payment_method", named(intent), keys["collect_payment_method"])
    held = counter.do("present_payment_method", None, keys["present"])
    assert counter.do("collect_payment_method", named(intent), keys["collect_payment_method"]) == begun
    assert counter.do("present_payment_method", None, keys["present"]) == held
    assert counter.page.phase(counter.reader.id) == "collected"
    done = counter.do("confirm_payment_intent", named(intent), keys["confirm"])
    assert counter.do("confirm_payment_intent", named(intent), keys["confirm"]) == done
    assert done["object"] == "pos_reader"
    (holding,) = counter.shop.holdings(intent)
    assert holding["attempts"] == {"authorize": 1}


def test_a_payment_is_canceled(counter: Counter) -> None:
    intent = counter.sale()
    counter.do("collect_payment_method", named(intent))
    counter.tap()
    assert counter.do("cancel_action")["phase"] == "idle"
    assert counter.intent(intent).status == "requires_payment_method"
    assert counter.do("cancel_action")["phase"] == "idle"


# Cards and money back -------------------------------------------------------------------------------------------------


@ON_BOTH
def test_a_card_is_saved(counter: Counter) -> None:
    intent = counter.v1.setup_intents.create({"allowed_payment_method_types": ["card_present"]})
    counter.do("process_setup_intent", named(intent) | {"allow_redisplay": "always"})
    done = counter.tap()
    made = done["reader"]["action"]["process_setup_intent"]["generated_card"]
    assert (done["phase"], made[:3]) == ("succeeded", "pm_")
    seen = counter.page.get(f"setup_intents/{intent.id}?client_secret={intent.client_secret}")
    assert seen["status"] == "succeeded"
    assert counter.do("process_setup_intent", {"setup_intent": intent.id, "allow_redisplay": "always"}) == (
        "parameter_missing"
    )


@ON_BOTH
def test_a_reusable_card_is_read(counter: Counter) -> None:
    customer = counter.v1.customers.create({"name": "Ada"}).id
    waiting = counter.do("read_reusable_card", {"customer": customer})
    assert waiting["phase"] == "waiting"
    done = counter.tap()
    made = done["reader"]["action"]["process_setup_intent"]["generated_card"]
    method = counter.page.get(f"payment_methods/{made}")
    assert (method["type"], method["card"]["last4"], method["customer"]) == ("card", "4242", customer)
    assert counter.do("read_reusable_card", {"customer": "cus_none"}) == "resource_missing"
    counter.do("set_reader_display", CART)
    assert counter.page.get(f"payment_methods/{made}") == "resource_missing"  # the reader is at something else


def test_a_page_sees_what_its_reader_made_and_nothing_else(counter: Counter) -> None:
    method = counter.v1.payment_methods.create({"type": "card", "card": {"token": "tok_visa"}})
    charge = counter.shop.pay().latest_charge
    refund = counter.v1.refunds.create({"charge": charge, "amount": 10})  # type: ignore[typeddict-item]
    for path in (f"payment_methods/{method.id}", f"refunds/{refund.id}", "payment_methods/pm_card_visa"):
        assert counter.page.get(path) == "resource_missing"
    idle = Page(counter.shop)
    assert idle.get(f"payment_methods/{method.id}") == "resource_missing"


@ON_BOTH
def test_money_goes_back_to_the_card(shop: Shop) -> None:
    counter = Counter(shop, "simulated-wpe", CANADA)
    intent = counter.sale(1000, "interac_present", currency="cad", capture_method="automatic")
    counter.do("process_payment_intent", named(intent))
    counter.do("present_payment_method", {"interac_present": {"number": INTERAC}})
    charge = counter.intent(intent).latest_charge
    assert counter.do("refund_payment", {"charge": charge, "amount": 400})["phase"] == "waiting"
    done = counter.do("present_payment_method", {"interac_present": {"number": INTERAC}})
    made = done["reader"]["action"]["refund_payment"]["refund"]
    assert counter.page.get(f"refunds/{made}")["amount"] == 400


# The screen, the forms, the printer -----------------------------------------------------------------------------------


def test_forms_are_filled_in(counter: Counter) -> None:
    counter.do("collect_inputs", FORM)
    done = counter.do("succeed_input_collection", {"skip_non_required_inputs": "none"})
    assert done["phase"] == "succeeded"
    assert done["reader"]["action"]["collect_inputs"]["inputs"][0]["text"]["value"]
    other = Page(counter.shop)
    assert other.connect(counter.reader.id)["reader"]["action"] is None  # what was entered is not for others
    other.post(f"readers/{counter.reader.id}/collect_inputs", FORM)
    late = other.post(f"readers/{counter.reader.id}/timeout_input_collection")
    assert (late["phase"], late["reader"]["action"]["failure_code"]) == ("failed", "collect_inputs_timeout")


def test_a_picture_is_printed_once(shop: Shop) -> None:
    counter = Counter(shop, "simulated-v660p")
    # A picture of one white dot.
    picture = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010000000037 6ef9240000000a49444154785e63600000000200 01"
        "73 7501180000000049454e44ae426082".replace(" ", "")
    )

    def print_it(boundary: str) -> Any:
        parts = [
            b'Content-Disposition: form-data; name="type"\r\n\r\nimage',
            b'Content-Disposition: form-data; name="image"; filename="content.png"\r\nContent-Type: image/png\r\n\r\n'
            + picture,
        ]
        mark = b"--" + boundary.encode()
        body = b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}", "Idempotency-Key": "print"}
        return counter.page.ask("POST", f"readers/{counter.reader.id}/print_content", body, headers)

    first, second = print_it("one"), print_it("two")  # browsers make up another boundary whenever they send
    assert first.json["phase"] == "succeeded"
    assert second.json == first.json
    assert second.headers["idempotent-replayed"] == "true"


def test_a_cart_is_shown_and_cleared(counter: Counter) -> None:
    assert counter.do("set_reader_display", CART)["phase"] == "showing"
    assert counter.do("cancel_action")["phase"] == "idle"
