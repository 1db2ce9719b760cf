"""Cards that are saved, Interac refunds, forms and printing, as a device reports them (terminal.md 4.6, 5.1, 8)."""

from typing import Any

import pytest
from msgspec import UNSET
from tests.services.terminal.counter import CANADA, Counter
from tests.services.terminal.devices_world import World

from opentill.domain.terminal.inputs import SIGNATURE_SVG
from opentill.link.messages import Entered, Failed, Printed, Untouched, Value
from opentill.link.tasks import Cart, CartLine, Choice, Form, Inputs, Print, Refund, Setup, Toggle
from opentill.requests.terminal import actions as requests
from opentill.requests.tree import Upload
from opentill.services.kinds import PAYMENT_METHODS
from opentill.services.terminal import reader_actions

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\x80\0\0\0\x64" + bytes(9)


def action(counter: Counter) -> Any:
    shown = counter.shown().action
    assert shown is not None
    return shown


# Cards to save ----------------------------------------------------------------------------------------------------


def save(counter: Counter) -> str:
    intent = counter.setup_intent()
    counter.act(
        reader_actions.process_setup_intent,
        requests.ProcessSetupIntent,
        setup_intent=intent,
        allow_redisplay="always",
    )
    return intent


def test_a_card_is_saved(counter: Counter) -> None:
    intent = save(counter)
    assert counter.readers.commands[-1].task == Setup(currency="usd")
    state = counter.insert(total=0)
    assert state.result is not None
    assert (state.phase, state.result.succeeded) == ("ended", True)
    assert counter.setup(intent).status == "succeeded"
    generated = action(counter).process_setup_intent.generated_card
    saved = counter.world.run(counter.world.store.get(PAYMENT_METHODS, counter.world.acct, generated))
    assert (saved.value.type, saved.value.card.last4, saved.value.allow_redisplay) == ("card", "4242", "always")
    assert saved.value.card.generated_from.payment_method_details.card_present.read_method == "contact_emv"


def test_a_card_that_cannot_be_saved(till: Counter) -> None:
    intent = save(till)
    state = till.insert("charge_declined", total=0)
    assert state.result is not None
    assert (state.result.succeeded, state.result.code) == (False, "card_declined")
    assert till.setup(intent).status == "requires_payment_method"


def test_a_live_card_is_not_saved_in_test_mode(till: Counter) -> None:
    intent = save(till)
    state = till.insert(number="4539578763621486", total=0)
    assert state.result is not None
    assert state.result.decline_code == "test_mode_live_card"
    assert till.setup(intent).last_setup_error is None
    assert till.authorizations() == 0


# Interac ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def canada(devices_world: World) -> Counter:
    return Counter(devices_world, address=CANADA)


INTERAC: dict[str, Any] = {"currency": "cad", "dedicated_file_name": "A0000002771010", "verification": "online_pin"}


def pay_by_interac(canada: Counter) -> str:
    intent = canada.intent(2000, "cad", payment_method_types=["interac_present"], capture_method="automatic")
    canada.process(intent)
    assert canada.insert("interac", total=2000, pin="1234", **INTERAC).phase == "ended"
    assert canada.payment(intent).status == "succeeded"
    return intent


def refund(canada: Counter, intent: str, **form: str) -> None:
    canada.act(reader_actions.refund_payment, requests.RefundPayment, payment_intent=intent, **form)


def test_an_interac_payment_is_refunded_to_its_card(canada: Counter) -> None:
    intent = pay_by_interac(canada)
    refund(canada, intent, amount="500")
    assert canada.readers.commands[-1].task == Refund(amount=500, currency="cad")
    state = canada.insert("interac", total=500, **INTERAC)
    assert state.result is not None
    assert (state.phase, state.result.succeeded, state.result.amount) == ("ended", True, 500)
    assert canada.charges(intent)[0].amount_refunded == 500
    assert action(canada).refund_payment.refund.startswith("re_")


def test_a_refund_that_is_declined(canada: Counter) -> None:
    intent = pay_by_interac(canada)
    refund(canada, intent, amount="505")
    state = canada.insert("interac", total=505, **INTERAC)
    assert state.result is not None
    assert (state.result.succeeded, state.result.decline_code) == (False, "generic_decline")
    assert canada.charges(intent)[0].amount_refunded == 0


def test_a_refund_to_another_card(canada: Counter) -> None:
    intent = pay_by_interac(canada)
    refund(canada, intent)
    assert canada.readers.commands[-1].task == Refund(amount=2000, currency="cad")
    state = canada.insert(number="4506445006931941", total=2000, **INTERAC)
    assert state.result is not None
    assert not state.result.succeeded
    assert canada.charges(intent)[0].amount_refunded == 0


# Forms ------------------------------------------------------------------------------------------------------------


def form(type: str, **given: Any) -> dict[str, Any]:
    return {"type": type, "custom_text": {"title": "Please"}} | given


def ask(counter: Counter, *forms: dict[str, Any]) -> None:
    counter.act(reader_actions.collect_inputs, requests.CollectInputs, inputs=list(forms))


CHOICES = {"choices": [{"id": "yes", "text": "Yes", "style": "primary"}, {"id": "no", "text": "No"}]}


def test_forms_are_filled_in(counter: Counter) -> None:
    switches = [{"title": "News", "default_value": "enabled"}, {"title": "Calls"}]
    ask(
        counter,
        form("selection", selection=CHOICES, required="true"),
        form("phone"),
        form("text", toggles=switches),
        form("signature"),
        form("email"),
    )
    task = counter.readers.commands[-1].task
    assert isinstance(task, Inputs)
    assert task.forms[0] == Form(
        type="selection",
        title="Please",
        required=True,
        choices=[Choice(text="Yes", id="yes", style="primary"), Choice(text="No", id="no")],
    )
    assert task.forms[2].toggles == [Toggle(title="News", on=True), Toggle(title="Calls")]
    state = counter.report(
        Entered(
            values=[
                Value(value="No", choice=1),
                Value(value="+1 (555) 555-1234"),
                Value(value="Jenny", toggles=[False, True]),
                Value(value=SIGNATURE_SVG),
                Value(),
            ]
        )
    )
    assert state.result is not None
    assert (state.phase, state.result.succeeded) == ("ended", True)
    chosen, phone, text, signature, email = action(counter).collect_inputs.inputs
    assert (chosen.selection.id, chosen.selection.text, chosen.skipped) == ("no", "No", False)
    assert phone.phone.value == "+15555551234"
    assert (text.text.value, [toggle.value for toggle in text.toggles]) == ("Jenny", ["disabled", "enabled"])
    assert signature.signature.value.startswith("file_")
    assert (email.skipped, email.email.value) == (True, None)


@pytest.mark.parametrize(
    "values",
    [
        [],
        [Value(value="a@b.example"), Value(value="a@b.example")],
        [Value()],
        [Value(value="nobody")],
        [Value(value="a@b.example", toggles=[True])],
    ],
)
def test_what_does_not_fit_the_form(till: Counter, values: list[Value]) -> None:
    ask(till, form("email", required="true"))
    state = till.report(Entered(values=values))
    assert state.result is not None
    assert (state.phase, state.result.code) == ("ended", "terminal_reader_collected_data_invalid")
    assert action(till).failure_code == "terminal_reader_collected_data_invalid"
    assert action(till).collect_inputs.inputs[0].skipped is UNSET


def test_nobody_touches_a_form(counter: Counter) -> None:
    ask(counter, form("numeric"))
    counter.world.pass_time(180)  # the device knows whether somebody is there
    assert counter.state().phase == "waiting"
    state = counter.report(Untouched())
    assert state.result is not None
    assert (state.phase, state.result.code) == ("ended", "collect_inputs_timeout")


# Screen and printer -----------------------------------------------------------------------------------------------


def test_a_cart_is_shown(till: Counter) -> None:
    line = {"description": "Tea", "amount": "250", "quantity": "2"}
    cart = {"currency": "usd", "line_items": [line], "tax": "40", "total": "540"}
    till.act(reader_actions.set_reader_display, requests.SetReaderDisplay, type="cart", cart=cart)
    lines = [CartLine(description="Tea", amount=250, quantity=2)]
    task = Cart(currency="usd", lines=lines, total=540, tax=40)
    assert till.readers.commands[-1].task == task
    state = till.state()
    assert (state.phase, state.task) == ("showing", task)


@pytest.fixture
def printer(one_world: World) -> Counter:
    return Counter(one_world, "V660-1", "verifone_v660p")


def print_out(printer: Counter) -> None:
    image = Upload("receipt.png", "image/png", PNG)
    printer.act(reader_actions.print_content, requests.PrintContent, type="image", image=image)


def test_a_picture_is_printed(printer: Counter) -> None:
    print_out(printer)
    task = Print(content=PNG, media_type="image/png")
    assert printer.readers.commands[-1].task == task
    assert (printer.state().phase, printer.state().task) == ("working", task)  # for a reader that was started again
    state = printer.report(Printed())
    assert state.result is not None
    assert (state.phase, state.result.succeeded, state.task) == ("ended", True, None)
    stored = printer.world.reader(printer.reader)
    assert stored is not None
    assert stored.hidden.content is None


@pytest.mark.parametrize(
    ("happening", "code"),
    [
        (Printed(trouble="printer_out_of_paper"), "printer_out_of_paper"),
        (Failed(code="hardware_fault"), "printer_error"),
    ],
)
def test_a_picture_is_not_printed(printer: Counter, happening: Any, code: str) -> None:
    print_out(printer)
    state = printer.report(happening)
    assert state.result is not None
    assert (state.phase, state.result.code) == ("ended", code)
    assert action(printer).failure_code == code
