"""Cards at the reader: presented, read, verified, refused, read again. With the real kernel and the virtual cards."""

from typing import Any

import pytest
from tests.reader.device.rig import APPROVED, DECLINED, Bench, assignment, card, names, payment

from opentill.link.messages import Canceled, Failed, Result
from opentill.link.tasks import Again, Confirmation, Refund, Setup
from opentill.reader.device import events
from opentill.reader.device.effects import Exchange


def paying(**changes: Any) -> Bench:
    """A reader that waits for a card."""
    bench = Bench(assigned=assignment(**changes)).connect()
    assert bench.command("act_1", payment()) == "accepted"
    return bench


def test_an_inserted_card_pays() -> None:
    bench = paying()
    assert (bench.screen.name, bench.screen.amount) == ("present_card", "$10.00")
    assert bench.screen.accepts == ["tap", "insert", "swipe"]
    bench.insert(card("visa"))
    assert bench.screen.name == "processing"
    bench.end("act_1")
    assert (bench.screen.name, bench.screen.detail) == ("remove_card", "Approved")
    bench.remove()
    assert (bench.screen.name, bench.screen.amount) == ("approved", "$10.00")
    bench.advance(3)
    assert names(bench.screens)[-6:] == ["reading", "processing", "approved", "remove_card", "approved", "splash"]
    assert bench.beeps == ["read", "good"]


def test_what_is_read_is_sealed_to_the_action_its_amount_and_a_number_of_its_own() -> None:
    bench = paying()
    bench.tap(card("mastercard"))
    clear, binding = bench.sealer.sealed[0]
    assert (clear.number, clear.exp_year > 2026) == ("5555555555554444", True)
    assert (binding.reader, binding.action, binding.amount, binding.currency, binding.sequence) == (
        "tmr_1",
        "act_1",
        1000,
        "usd",
        1,
    )
    (read,) = bench.readings()
    assert read.reading.sequence == bench.disk.sequence == 1
    assert read.facts is not None
    assert (read.facts.read_method, read.facts.dedicated_file_name) == ("contactless_emv", "A0000000041010")
    assert read.total == 1000
    assert read.tip is None


def test_the_sequence_number_is_on_the_disk_before_the_reading_is_on_its_way() -> None:
    bench = paying()
    order: list[str] = []
    bench.watch = lambda _bench, effect: order.append(type(effect).__name__)
    bench.tap(card("visa"))
    assert order.index("Remember") < order.index("Send")


def test_a_tapped_card_is_gone_before_the_answer_and_the_result_needs_no_removal() -> None:
    bench = paying()
    bench.tap(card("visa"))
    bench.end("act_1")
    assert bench.screen.name == "approved"
    bench.advance(3)
    assert bench.screen.name == "splash"


def test_the_chip_hears_the_issuers_answer() -> None:
    bench = paying()
    commands: list[bytes] = []
    bench.watch = lambda _bench, effect: commands.append(effect.apdu) if isinstance(effect, Exchange) else None
    bench.insert(card("visa"))
    before = len(commands)
    bench.end("act_1")
    assert [apdu[1] for apdu in commands[before:]] == [0xAE], "the second GENERATE AC"


def test_a_card_that_is_pulled_before_the_answer_does_not_change_the_result() -> None:
    bench = paying()
    bench.insert(card("visa"))
    bench.remove()
    bench.end("act_1")
    assert bench.screen.name == "approved"


@pytest.mark.parametrize(
    ("language", "says", "why"),
    [
        ("en", "Declined", "The card has insufficient funds."),
        ("fr", "Refusé", "Provision insuffisante."),
        ("de", "Abgelehnt", "Die Deckung reicht nicht aus."),
        ("es", "Rechazado", "Fondos insuficientes."),
        ("ja", "承認されませんでした", "残高が不足しています。"),
    ],
)
def test_a_decline_says_why_in_the_readers_language(language: str, says: str, why: str) -> None:
    bench = paying(language=language)
    bench.swipe(card("stripe_only"))  # a stripe knows no languages
    bench.end("act_1", DECLINED)
    assert (bench.screen.name, bench.screen.heading, bench.screen.detail) == ("declined", says, why)


def test_the_cards_language_goes_before_the_readers() -> None:
    bench = paying(language="de")
    bench.insert(card("cartes_bancaires_visa_debit"))
    if bench.screen.name == "application":
        bench.press("application:0")
    bench.end("act_1", DECLINED)
    bench.remove()
    assert (bench.screen.language, bench.screen.heading) == ("fr", "Refusé")
    bench.advance(3)
    assert (bench.screen.name, bench.screen.language) == ("splash", "de")


@pytest.mark.parametrize("decline_code", ["lost_card", "stolen_card", "fraudulent", "pickup_card", "do_not_honor"])
def test_a_lost_or_stolen_card_is_only_ever_declined(decline_code: str) -> None:
    bench = paying()
    bench.tap(card("visa"))
    bench.end("act_1", Result(succeeded=False, code="card_declined", decline_code=decline_code, message="declined"))
    assert (bench.screen.heading, bench.screen.detail) == ("Declined", None)


def test_what_failed_without_an_issuer_is_not_called_declined() -> None:
    bench = paying()
    bench.tap(card("visa"))
    bench.end("act_1", Result(succeeded=False, code="connection_error", message="Could not connect to Stripe."))
    assert bench.screen.heading == "Not completed"


# The PIN --------------------------------------------------------------------------------------------------------------


def test_the_chip_checks_a_pin() -> None:
    bench = paying(country="DE")
    bench.insert(card("offline_pin_cvm"))
    assert bench.screen.name == "pin"
    assert bench.screen.keypad == "pin"
    assert "skip_pin" not in bench.buttons()
    bench.key("1", "2")
    assert bench.screen.field is not None
    assert (bench.screen.field.value, bench.screen.field.entered) == ("••", 2)
    bench.key("clear", "1", "2", "enter")
    assert bench.screen.field is not None
    assert bench.screen.field.error == "A PIN has at least four digits."
    bench.key("9", "9", "9", "9", "enter")
    assert bench.screen.field is not None
    assert bench.screen.field.error == "Wrong PIN."
    assert bench.screen.detail == "2 tries left."
    bench.key("1", "2", "3", "4", "enter")
    assert bench.screen.name == "processing"
    (read,) = bench.readings()
    assert read.facts is not None
    assert read.facts.verification == "offline_pin"
    assert read.pin is None, "the chip has checked it: it goes nowhere else"


def test_the_issuer_checks_a_pin_under_a_key_that_is_used_once() -> None:
    bench = paying()
    bench.insert(card("online_pin_cvm"))
    bench.key("4", "3", "2", "1", "enter")
    (read,) = bench.readings()
    assert read.pin is not None
    assert bench.sealer.pins == [("4321", bench.sealer.sealed[0][0].number)]
    assert bench.disk.pin_keys == read.pin.ksn, "the next key is on the disk"


def test_no_pin_key_is_a_fault_of_the_reader() -> None:
    bench = Bench(fresh=True)
    bench.sealer.broken = True
    bench.assigned = assignment()
    bench.connect()
    bench.sealer.broken = False
    bench.command("act_1", payment())
    assert bench.disk.pin_keys is None
    bench.insert(card("online_pin_cvm"))
    bench.key("4", "3", "2", "1", "enter")
    assert bench.happened() == [Failed(code="hardware_fault")]
    assert bench.readings() == []


def test_a_pin_may_be_passed_on_in_the_united_states() -> None:
    bench = paying(country="US")
    bench.insert(card("online_pin_cvm"))
    bench.press("skip_pin")
    assert bench.sealer.pins == []
    assert bench.screen.name in ("processing", "remove_card")


def test_nobody_types_a_pin() -> None:
    bench = paying()
    bench.insert(card("offline_pin_cvm"))
    bench.key("1")
    bench.advance(60)
    assert (bench.screen.name, bench.screen.detail) == (
        "remove_card",
        "No PIN was entered. Please present your card again.",
    )
    bench.remove()
    assert bench.screen.name == "present_card"


def test_a_command_clears_a_pin_that_is_being_typed() -> None:
    bench = paying()
    bench.insert(card("offline_pin_cvm"))
    bench.key("1", "2", "3")
    assert bench.command(None, None) == "accepted"
    bench.key("4", "enter")
    assert bench.screen.name == "remove_card"
    bench.remove()
    assert bench.screen.name == "canceled"
    assert bench.readings() == []


def test_the_red_key_ends_a_pin_without_a_cancel_button() -> None:
    bench = paying()
    bench.insert(card("offline_pin_cvm"))
    bench.key("1", "2", "cancel")
    assert bench.screen.name == "remove_card"
    bench.remove()
    assert bench.screen.name == "present_card"
    assert bench.happened() == []


# Trouble --------------------------------------------------------------------------------------------------------------


def test_three_failed_chips_let_the_stripe_be_read() -> None:
    bench, broken = paying(), card("broken_chip")
    bench.swipe(broken)
    assert bench.screen.detail == "Insert the card: it cannot be used this way."
    for tries in range(3):
        assert bench.readings() == []
        bench.insert(broken)
        assert bench.screen.name == "remove_card", tries
        bench.remove()
    assert bench.screen.detail == "The chip does not work. Swipe the card."
    bench.swipe(broken)
    (read,) = bench.readings()
    assert read.facts is not None
    assert read.facts.read_method == "magnetic_stripe_fallback"


def test_a_card_without_a_chip_is_swiped() -> None:
    bench = paying()
    bench.swipe(card("stripe_only"))
    (read,) = bench.readings()
    assert read.facts is not None
    assert (read.facts.read_method, read.facts.chip_data) == ("magnetic_stripe_track2", None)


def test_a_stripe_that_cannot_be_read_is_swiped_again() -> None:
    bench = paying()
    bench.feed(events.CardSwiped("4242????"))
    assert bench.screen.detail == "The stripe was not read. Swipe again."


def test_a_card_that_is_pulled_while_it_is_read() -> None:
    bench = paying()
    bench.feed(events.CardInserted())  # and its first answer never comes
    assert bench.screen.name == "reading"
    bench.remove()
    assert (bench.screen.name, bench.screen.detail) == (
        "present_card",
        "The card was removed too early. Please try again.",
    )
    bench.feed(events.CardAnswered(b"\x90\x00"))  # which was on its way
    assert bench.screen.name == "present_card"
    bench.insert(card("visa"))
    assert len(bench.readings()) == 1


def test_a_tap_that_was_too_short() -> None:
    bench = paying()
    bench.feed(events.CardTapped())
    bench.feed(events.CardRemoved())
    assert bench.screen.detail == "The card was not read. Hold it to the reader again."


def test_a_card_that_never_answers() -> None:
    bench = paying()
    bench.feed(events.CardInserted())
    bench.advance(15)
    assert bench.screen.name == "remove_card"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("blocked_card", "This card is blocked. Use another card."),
        ("chip_declines", "The card declined. Use another card."),
    ],
)
def test_a_card_that_says_no_is_replaced_by_another(name: str, hint: str) -> None:
    bench = paying()
    bench.insert(card(name))
    assert (bench.screen.name, bench.screen.detail) == ("remove_card", hint)
    bench.remove()
    bench.insert(card("visa"))
    assert len(bench.readings()) == 1


def test_a_card_of_the_wrong_kind_is_not_read() -> None:
    bench = Bench(assigned=assignment(country="CA")).connect()
    bench.command("act_1", payment(currency="cad"))
    bench.insert(card("interac"))
    assert bench.readings() == []
    bench.remove()
    bench.command("act_2", payment(currency="cad", takes=["card_present", "interac_present"]))
    bench.insert(card("interac"))
    if bench.screen.name == "pin":
        bench.key("1", "2", "3", "4", "enter")
    assert len(bench.readings()) == 1


def test_the_limit_of_a_tap_asks_for_the_chip() -> None:
    bench = Bench(assigned=assignment(country="CA")).connect()
    bench.command("act_1", payment(30000, currency="cad"))
    bench.tap(card("visa"))
    assert bench.screen.accepts == ["insert"]
    assert bench.screen.detail == "Insert the card: it cannot be used this way."


# What the issuer asks for ---------------------------------------------------------------------------------------------


def test_the_issuer_wants_the_chip() -> None:
    bench, sca = paying(country="DE"), card("offline_pin_sca_retry")
    bench.tap(sca)
    again = Again(how="insert", decline_code="offline_pin_required")
    bench.state("act_1", "waiting", about=bench.reports()[-1].id, task=payment(), again=again)
    assert (bench.screen.accepts, bench.screen.detail) == (["insert"], "Your bank asks for the chip and the PIN.")
    bench.insert(sca)
    bench.key("1", "2", "3", "4", "enter")
    first, second = bench.readings()
    assert first.facts is not None
    assert second.facts is not None
    assert (first.facts.verification, second.facts.verification) == ("none", "offline_pin")
    assert (first.reading.sequence, second.reading.sequence) == (1, 2)


def test_the_issuer_wants_a_pin() -> None:
    bench, sca = paying(country="DE"), card("online_pin_sca_retry")
    bench.tap(sca)
    again = Again(how="pin", decline_code="online_or_offline_pin_required")
    bench.state("act_1", "waiting", about=bench.reports()[-1].id, task=payment(), again=again)
    assert "swipe" not in bench.screen.accepts
    bench.tap(sca)
    assert bench.screen.name == "pin"
    bench.key("1", "2", "3", "4", "enter")
    assert bench.readings()[1].pin is not None
    bench.end("act_1")
    assert bench.screen.name == "approved"


def test_a_confirmation_may_want_another_reading_too() -> None:
    bench = paying()
    bench.command("act_1", payment(collects=True))
    bench.tap(card("online_pin_sca_retry"))
    bench.state("act_1", "collected", about=bench.reports()[-1].id)
    bench.command("act_2", Confirmation(amount=1150, currency="usd"))
    again = Again(how="pin", decline_code="online_or_offline_pin_required")
    bench.state("act_2", "waiting", task=payment(1150), again=again)
    assert (bench.screen.name, bench.screen.amount) == ("present_card", "11,50\xa0$")
    bench.tap(card("online_pin_sca_retry"))
    bench.key("1", "2", "3", "4", "enter")
    assert bench.reports()[-1].action == "act_2"
    assert bench.readings()[-1].total == 1150


# Other tasks ----------------------------------------------------------------------------------------------------------


def test_a_collected_card_waits_for_its_confirmation_in_the_slot() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment(collects=True))
    bench.insert(card("visa"))
    bench.state("act_1", "collected", about=bench.reports()[-1].id)
    assert bench.screen.heading == "Please wait…"
    assert bench.command("act_2", Confirmation(amount=1000, currency="usd")) == "accepted"
    assert bench.screen.name == "processing"
    commands: list[bytes] = []
    bench.watch = lambda _bench, effect: commands.append(effect.apdu) if isinstance(effect, Exchange) else None
    bench.state("act_2", "ended", result=APPROVED)
    assert [apdu[1] for apdu in commands] == [0xAE], "the chip hears the answer to the confirmation"
    bench.remove()
    assert bench.screen.name == "approved"


def test_a_collected_card_lapses_without_a_word_of_approval() -> None:
    bench = Bench().connect()
    bench.command("act_1", payment(collects=True))
    bench.tap(card("visa"))
    bench.state("act_1", "collected", about=bench.reports()[-1].id)
    bench.state("act_1", "ended", result=Result(succeeded=True))
    assert bench.screen.name == "splash"
    assert "approved" not in names(bench.screens)


def test_a_card_is_saved() -> None:
    bench = Bench().connect()
    bench.command("act_1", Setup(currency="usd"))
    assert bench.screen.detail == "Your card will be saved for later payments."
    assert bench.screen.amount is None
    bench.insert(card("visa"))
    (read,) = bench.readings()
    assert read.total == 0
    bench.end("act_1", Result(succeeded=True))
    bench.remove()
    assert (bench.screen.name, bench.screen.heading) == ("done", "Card saved")


def test_interac_is_refunded_with_the_chip_only() -> None:
    bench = Bench(assigned=assignment(country="CA")).connect()
    bench.command("act_1", Refund(amount=500, currency="cad"))
    assert (bench.screen.accepts, bench.screen.detail) == (["insert"], "Refund")
    bench.insert(card("visa"))
    assert bench.screen.name == "remove_card"
    bench.remove()
    bench.insert(card("interac"))
    if bench.screen.name == "pin":
        bench.key("1", "2", "3", "4", "enter")
    assert len(bench.readings()) == 1
    bench.end("act_1", Result(succeeded=True, amount=500, response_code="00"))
    bench.remove()
    assert bench.screen.heading == "Refunded"


def test_a_card_of_two_networks_lets_the_cardholder_choose() -> None:
    bench = Bench(assigned=assignment(country="AU")).connect()
    bench.command("act_1", payment(currency="aud"))
    bench.insert(card("eftpos_au_visa_debit"))
    assert bench.screen.name == "application"
    assert len(bench.buttons()) == 2
    bench.press("application:1")
    if bench.screen.name == "pin":
        bench.key("1", "2", "3", "4", "enter")
    assert len(bench.readings()) == 1


def test_the_merchant_may_choose_the_network() -> None:
    bench = Bench(assigned=assignment(country="AU")).connect()
    bench.command("act_1", payment(currency="aud", international=True))
    bench.insert(card("eftpos_au_visa_debit"))
    assert bench.screen.name != "application"


# The cancel button ----------------------------------------------------------------------------------------------------


def test_the_customer_cancels_where_that_is_allowed() -> None:
    bench = paying()
    assert "cancel" not in bench.buttons()
    bench.feed(events.Pressed("cancel"))
    assert bench.happened() == []
    bench.command("act_2", payment(cancelable=True))
    bench.press("cancel")
    assert bench.happened() == [Canceled()]
    assert bench.screen.heading == "Canceling…"
    assert bench.open == frozenset()
    bench.end("act_2", Result(succeeded=False, code="customer_canceled"))
    assert bench.screen.name == "canceled"
    bench.advance(3)
    assert bench.screen.name == "splash"


def test_keys_do_what_buttons_do_on_a_keypad() -> None:
    bench = Bench("verifone_P400").connect()
    bench.command("act_1", payment(cancelable=True))
    bench.key("cancel")
    assert bench.happened() == [Canceled()]


# Nothing of a card stays ----------------------------------------------------------------------------------------------


def test_nothing_of_a_card_is_left_in_the_device_after_it_was_read() -> None:
    bench = paying()
    bench.tap(card("visa"))
    bench.end("act_1")
    bench.advance(3)
    assert "4242424242424242" not in _everything(bench.device)
    assert "4242" not in _everything(bench.disk)


def test_while_a_card_is_keyed_in_its_number_is_there_or_the_test_above_would_prove_nothing() -> None:
    bench = paying()
    bench.command("act_2", payment(takes=["card"]))
    bench.key(*"4242424242424242")
    assert "4242424242424242" in _everything(bench.device)
    assert bench.command(None, None) == "accepted"
    assert "4242424242424242" not in _everything(bench.device)


def _everything(value: object, seen: set[int] | None = None) -> str:
    """All strings and bytes that can be reached from a value."""
    seen = set() if seen is None else seen
    if id(value) in seen or isinstance(value, type):
        return ""
    seen.add(id(value))
    if isinstance(value, str | bytes | int):
        return repr(value)
    parts: list[object] = []
    if isinstance(value, dict):
        parts += [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        parts += list(value)
    parts += list(getattr(value, "__dict__", {}).values())
    for kind in type(value).__mro__:
        parts += [getattr(value, name, None) for name in getattr(kind, "__slots__", ())]
    return " ".join(
        _everything(part, seen) for part in parts if not callable(part) and type(part).__name__ != "FakeSealer"
    )
