"""The simulated acquirer answers by the card, the amount and what happened before, and counts money once."""

import multiprocessing
from pathlib import Path

import pytest
from tests.acquirers.acquirer_messages import (
    MovableClock,
    ask,
    authorization,
    authorize,
    card,
    follow_up,
    inquire,
    perform,
    said,
)

from opentill.acquirers.simulator import SimulatedAcquirer
from opentill.domain import cards
from opentill.domain.cards import ClearCard
from opentill.ports.acquirer import Approved, AttemptRequest, Declined, NotFound, NotSent, Pending


def test_an_approval_names_itself(acquirer: SimulatedAcquirer) -> None:
    approved = authorize(acquirer, "at_1", 1099)

    assert isinstance(approved, Approved)
    assert approved.amount == 1099
    assert len(approved.reference) == 12
    assert len(approved.authorization_code or "") == 6
    assert len(approved.network_transaction_id or "") == 15
    assert authorize(acquirer, "at_2", 1099) != approved


def test_the_same_attempt_gets_the_same_answer_and_holds_money_once(acquirer: SimulatedAcquirer) -> None:
    first = authorize(acquirer, "at_1")
    again = authorize(acquirer, "at_1")

    holding = acquirer.holdings()["at_1"]
    assert again == first
    assert holding.hold.held == 1000
    assert (holding.attempts, holding.messages) == ({"authorize": 1}, {"authorize": 2})


def test_an_attempt_id_is_not_used_for_two_messages(acquirer: SimulatedAcquirer) -> None:
    authorize(acquirer, "at_1", 1000)

    assert isinstance(authorize(acquirer, "at_1", 2000), NotSent)
    assert isinstance(ask(acquirer, "capture", "at_1", 1000), NotSent)
    assert acquirer.holdings()["at_1"].hold.authorized == 1000
    assert acquirer.holdings()["at_1"].hold.captured == 0


@pytest.mark.parametrize(
    ("name", "answer"),
    [(known.name, known.decline or 1000) for known in cards.TEST_CARDS],
)
def test_each_test_card_does_what_it_is_for(acquirer: SimulatedAcquirer, name: str, answer: object) -> None:
    assert said(authorize(acquirer, "at_1", 1000, name)) == answer


def test_a_decline_says_what_the_table_says(acquirer: SimulatedAcquirer) -> None:
    assert authorize(acquirer, "at_1", 1000, "charge_declined_expired_card") == Declined(
        code="expired_card",
        decline_code="expired_card",
        message="Your card has expired.",
        param="exp_month",
        network_decline_code="54",
        advice_code="confirm_card_data",
    )
    assert acquirer.holdings()["at_1"].hold.held == 0


def test_a_real_card_is_refused_in_test_mode(acquirer: SimulatedAcquirer) -> None:
    real = ClearCard(number="5424000000000015", exp_month=1, exp_year=2030)

    assert said(perform(acquirer, AttemptRequest("at_1", "authorize", 1000, "usd", real))) == "test_mode_live_card"


def test_a_card_expires(acquirer: SimulatedAcquirer) -> None:
    old = ClearCard(number="4242424242424242", exp_month=10, exp_year=2026)

    assert said(perform(acquirer, AttemptRequest("at_1", "authorize", 1000, "usd", old))) == "expired_card"


def test_an_authorization_without_a_card_goes_nowhere(acquirer: SimulatedAcquirer) -> None:
    assert isinstance(perform(acquirer, AttemptRequest("at_1", "authorize", 1000, "usd")), NotSent)
    assert acquirer.holdings() == {}


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("visa", 0),
        ("charge_declined", "generic_decline"),
        ("charge_customer_fail", 0),
        ("authentication_required_insufficient_funds", 0),
    ],
)
def test_nothing_is_authorized_to_see_whether_a_card_can_be_saved(
    acquirer: SimulatedAcquirer, name: str, answer: object
) -> None:
    assert said(authorize(acquirer, "at_1", 0, name)) == answer


@pytest.mark.parametrize(
    ("amount", "currency", "answer"),
    [
        (1000, "usd", 1000),
        (1001, "usd", "call_issuer"),
        (1002, "usd", "offline_pin_required"),
        (1003, "usd", "online_or_offline_pin_required"),
        (1005, "usd", "generic_decline"),
        (1055, "usd", "incorrect_pin"),
        (1065, "usd", "withdrawal_count_limit_exceeded"),
        (1075, "usd", "pin_try_exceeded"),
        (105, "jpy", "generic_decline"),
        (1004, "usd", 1004),
        (1099, "usd", 1099),
    ],
)
def test_test_amounts_in_person(acquirer: SimulatedAcquirer, amount: int, currency: str, answer: object) -> None:
    in_person = authorization("at_1", amount, in_person=True, currency=currency)
    online = authorization("at_2", amount, currency=currency)
    with_pin = authorization("at_3", amount, "offline_pin_cvm", in_person=True, currency=currency)

    assert said(perform(acquirer, in_person)) == answer
    assert said(perform(acquirer, online)) == amount
    assert said(perform(acquirer, with_pin)) == amount


@pytest.mark.parametrize("code", ["offline_pin_required", "online_or_offline_pin_required"])
def test_a_missing_pin_is_named_in_the_error_code_too(acquirer: SimulatedAcquirer, code: str) -> None:
    amount = 1002 if code == "offline_pin_required" else 1003
    declined = perform(acquirer, authorization("at_1", amount, in_person=True))

    assert isinstance(declined, Declined)
    assert (declined.code, declined.decline_code) == (code, code)


@pytest.mark.parametrize(
    ("amounts", "answers", "captured"),
    [
        ([1000], [1000], 1000),
        ([400, 600], [400, 600], 1000),
        ([400, 601], [400, "invalid_amount"], 400),
        ([1000, 1000], [1000, "invalid_amount"], 1000),  # a double capture
        ([7000], [7000], 7000),  # over-capture, as far as any network allows it
        ([7001], ["invalid_amount"], 0),
        ([1200, 1], [1200, "invalid_amount"], 1200),
    ],
)
def test_captures(acquirer: SimulatedAcquirer, amounts: list[int], answers: list[object], captured: int) -> None:
    authorize(acquirer, "at_1", 1000)

    assert [said(ask(acquirer, "capture", f"cp_{n}", amount)) for n, amount in enumerate(amounts)] == answers
    holding = acquirer.holdings()["at_1"]
    assert holding.hold.captured == captured
    assert holding.attempts["capture"] == len(amounts)


def test_a_repeated_capture_is_one_capture(acquirer: SimulatedAcquirer) -> None:
    authorize(acquirer, "at_1", 1000)

    assert ask(acquirer, "capture", "cp_1", 1000) == ask(acquirer, "capture", "cp_1", 1000)
    holding = acquirer.holdings()["at_1"]
    assert holding.hold.captured == 1000
    assert (holding.attempts["capture"], holding.messages["capture"]) == (1, 2)


def test_a_reversal_lets_go_and_ends_the_hold(acquirer: SimulatedAcquirer) -> None:
    authorize(acquirer, "at_1", 1000)

    assert said(ask(acquirer, "reverse", "rv_1", 1000)) == 1000
    assert acquirer.holdings()["at_1"].hold.held == 0
    assert said(ask(acquirer, "capture", "cp_1", 1000)) == "invalid_amount"
    assert said(ask(acquirer, "increment", "in_1", 100)) == "transaction_not_allowed"


def test_what_a_partial_capture_leaves_is_held_until_it_is_reversed(acquirer: SimulatedAcquirer) -> None:
    authorize(acquirer, "at_1", 1000)
    ask(acquirer, "capture", "cp_1", 700)
    held_before = acquirer.holdings()["at_1"].hold.held
    ask(acquirer, "reverse", "rv_1", 0)  # 0: whatever is left

    hold = acquirer.holdings()["at_1"].hold
    assert held_before == 300
    assert (hold.held, hold.captured, hold.reversed) == (0, 700, 300)


def test_a_reversal_that_overtakes_its_authorization(acquirer: SimulatedAcquirer) -> None:
    assert isinstance(ask(acquirer, "reverse", "rv_1", 1000, original="at_1"), Approved)

    assert isinstance(authorize(acquirer, "at_1", 1000), NotSent)
    assert isinstance(authorize(acquirer, "at_1", 1000), NotSent)
    assert inquire(acquirer, "at_1") == NotFound()
    assert acquirer.holdings() == {}


def test_a_declined_authorization_can_be_reversed(acquirer: SimulatedAcquirer) -> None:
    authorize(acquirer, "at_1", 1000, "charge_declined")

    assert isinstance(ask(acquirer, "reverse", "rv_1", 1000), Approved)
    assert said(inquire(acquirer, "at_1")) == "generic_decline"


def test_increments(acquirer: SimulatedAcquirer) -> None:
    perform(acquirer, authorization("at_1", 1000, in_person=True))

    assert said(ask(acquirer, "increment", "in_1", 500)) == 500
    assert said(ask(acquirer, "increment", "in_2", 5)) == "generic_decline"  # 1505 in all
    assert said(ask(acquirer, "capture", "cp_1", 1500)) == 1500
    assert acquirer.holdings()["at_1"].hold.authorized == 1500


@pytest.mark.parametrize("operation", ["increment", "capture", "refund"])
@pytest.mark.parametrize("original", ["at_unknown", "at_declined", "cp_1", ""])
def test_nothing_follows_what_was_not_approved(acquirer: SimulatedAcquirer, operation: str, original: str) -> None:
    authorize(acquirer, "at_declined", 1000, "charge_declined")
    authorize(acquirer, "at_1", 1000)
    ask(acquirer, "capture", "cp_1", 1000)
    request = AttemptRequest("x_1", operation, 10, "usd", original=original)  # type: ignore[arg-type]

    assert said(perform(acquirer, request)) == "transaction_not_allowed"


@pytest.mark.parametrize("operation", ["increment", "capture", "refund"])
def test_another_currency_is_refused(acquirer: SimulatedAcquirer, operation: str) -> None:
    authorize(acquirer, "at_1", 1000)
    ask(acquirer, "capture", "cp_1", 500)
    request = AttemptRequest("x_1", operation, 10, "eur", original="at_1")  # type: ignore[arg-type]

    assert said(perform(acquirer, request)) == "currency_not_supported"


def test_refunds_up_to_what_was_captured(acquirer: SimulatedAcquirer) -> None:
    authorize(acquirer, "at_1", 1000)
    before_capture = said(ask(acquirer, "refund", "re_0", 100))
    ask(acquirer, "capture", "cp_1", 1000)

    assert before_capture == "invalid_amount"
    assert said(ask(acquirer, "refund", "re_1", 400)) == 400
    assert said(ask(acquirer, "refund", "re_1", 400)) == 400
    assert said(ask(acquirer, "refund", "re_2", 601)) == "invalid_amount"
    assert said(ask(acquirer, "refund", "re_3", 600)) == 600
    assert acquirer.holdings()["at_1"].hold.refunded == 1000


@pytest.mark.parametrize(
    ("amount", "answer"), [(101, "call_issuer"), (175, "pin_try_exceeded"), (102, 102), (200, 200), (1005, 1005)]
)
def test_partial_interac_refunds_by_amount(acquirer: SimulatedAcquirer, amount: int, answer: object) -> None:
    authorize(acquirer, "at_1", 1005, "interac")
    ask(acquirer, "capture", "cp_1", 1005)

    assert said(ask(acquirer, "refund", "re_1", amount)) == answer


def test_an_inquiry_tells_what_happened(acquirer: SimulatedAcquirer) -> None:
    approved = authorize(acquirer, "at_1", 1000)
    declined = authorize(acquirer, "at_2", 1000, "charge_declined")

    assert inquire(acquirer, "at_1") == approved
    assert inquire(acquirer, "at_2") == declined
    assert acquirer.holdings()["at_1"].messages == {"authorize": 1}


@pytest.mark.parametrize("operation", ["authorize", "capture", "refund"])
def test_what_an_inquiry_did_not_find_never_happens(acquirer: SimulatedAcquirer, operation: str) -> None:
    authorize(acquirer, "at_1", 1000)
    ask(acquirer, "capture", "cp_1", 500)

    assert inquire(acquirer, "at_late") == NotFound()
    late = (
        authorization("at_late")
        if operation == "authorize"
        else AttemptRequest("at_late", operation, 100, "usd", original="at_1")  # type: ignore[arg-type]
    )
    assert isinstance(perform(acquirer, late), NotSent)
    assert inquire(acquirer, "at_late") == NotFound()
    hold = acquirer.holdings()["at_1"].hold
    assert (hold.captured, hold.refunded) == (500, 0)


def test_the_memory_outlives_the_process(acquirer: SimulatedAcquirer, path: Path) -> None:
    approved = authorize(acquirer, "at_1", 1000)
    acquirer.close()

    reopened = SimulatedAcquirer(path, MovableClock())
    assert inquire(reopened, "at_1") == approved
    assert said(ask(reopened, "capture", "cp_1", 1000)) == 1000
    reopened.close()


def test_no_card_number_is_kept(acquirer: SimulatedAcquirer, path: Path) -> None:
    for number, known in enumerate(cards.TEST_CARDS):
        perform(acquirer, AttemptRequest(f"at_{number}", "authorize", 1000, "usd", card(known.name)))
    acquirer.close()

    kept = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"at_0" in kept
    assert not [known.name for known in cards.TEST_CARDS if known.number.encode() in kept]


def _capture_from_another_process(path: Path, process: int) -> None:
    acquirer = SimulatedAcquirer(path, MovableClock())
    for number in range(50):
        ask(acquirer, "capture", f"cp_{number}", 10)  # the same attempts as the other processes
        ask(acquirer, "capture", f"cp_{process}_{number}", 10)  # and its own
    acquirer.close()


def test_processes_share_one_host(acquirer: SimulatedAcquirer, path: Path) -> None:
    authorize(acquirer, "at_1", 1000)
    spawn = multiprocessing.get_context("spawn")
    processes = [spawn.Process(target=_capture_from_another_process, args=(path, number)) for number in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)

    holding = acquirer.holdings()["at_1"]
    assert [process.exitcode for process in processes] == [0, 0]
    assert holding.hold.captured == 1000  # 100 of the 150 attempts, and not one more
    assert (holding.attempts["capture"], holding.messages["capture"]) == (150, 200)


def test_pending_refunds_are_answered_later(acquirer: SimulatedAcquirer) -> None:
    authorize(acquirer, "at_1", 1000, "pending_refund")
    ask(acquirer, "capture", "cp_1", 1000)

    refund = ask(acquirer, "refund", "re_1", 1000)

    assert isinstance(refund, Pending)
    assert inquire(acquirer, "re_1") == refund
    assert perform(acquirer, follow_up("re_1", "refund", 1000, "at_1")) == refund
    assert acquirer.holdings()["at_1"].hold.refunded == 1000
