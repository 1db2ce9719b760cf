"""The SetupIntent's table of states: what the reference says may happen, and nothing else."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from opentill.domain import setup_intents
from opentill.domain.errors import InvalidRequest, InvariantBroken
from opentill.domain.objects.api_error import ApiError
from opentill.domain.objects.payment_intent import NextAction
from opentill.domain.objects.setup_intent import SetupIntent, SetupIntentStatus
from opentill.domain.setup_intents import check_cancelable, check_confirmable, check_updatable

ERROR = ApiError(code="card_declined", message="Your card was declined.", type="card_error")
ACTION = NextAction(type="use_stripe_sdk", use_stripe_sdk={})
OPEN: tuple[SetupIntentStatus, ...] = ("requires_payment_method", "requires_confirmation", "requires_action")
OVER: tuple[SetupIntentStatus, ...] = ("succeeded", "canceled")


def intent(status: SetupIntentStatus) -> SetupIntent:
    return SetupIntent(
        id="seti_1",
        client_secret="seti_1_secret_1",
        created=1,
        livemode=False,
        payment_method=None if status == "requires_payment_method" else "pm_1",
        next_action=ACTION if status == "requires_action" else None,
        last_setup_error=ERROR if status == "requires_payment_method" else None,
        payment_method_types=["card"],
        status=status,
    )


STEPS: dict[str, tuple[Callable[[SetupIntent], SetupIntent], SetupIntentStatus]] = {
    "another card": (lambda i: setup_intents.with_payment_method(i, "pm_2"), "requires_confirmation"),
    "no card": (lambda i: setup_intents.with_payment_method(i, None), "requires_payment_method"),
    "set up": (lambda i: setup_intents.set_up(i, payment_method="pm_2", attempt="setatt_1"), "succeeded"),
    "declined": (lambda i: setup_intents.declined(i, ERROR, attempt="setatt_1"), "requires_payment_method"),
    "unanswered": (
        lambda i: setup_intents.unanswered(i, ERROR, payment_method="pm_2", attempt="setatt_1"),
        "requires_confirmation",
    ),
    "action needed": (
        lambda i: setup_intents.action_needed(i, ACTION, payment_method="pm_2", attempt="setatt_1"),
        "requires_action",
    ),
    "canceled": (lambda i: setup_intents.canceled(i, "duplicate"), "canceled"),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", OPEN)
def test_what_an_open_intent_becomes(status: SetupIntentStatus, step: str) -> None:
    take, expected = STEPS[step]
    after = take(intent(status))
    assert after.status == expected
    assert (after.next_action is not None) == (expected == "requires_action")
    assert (after.last_setup_error is not None) == (
        step in ("declined", "unanswered") or (step == "canceled" and status == "requires_payment_method")
    )
    if step in ("no card", "declined"):
        assert after.payment_method is None
    elif step != "canceled":
        assert after.payment_method == "pm_2"
    assert after.latest_attempt == (None if step in ("another card", "no card", "canceled") else "setatt_1")


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("status", OVER)
def test_nothing_happens_to_an_intent_that_is_over(status: SetupIntentStatus, step: str) -> None:
    with pytest.raises(InvariantBroken):
        STEPS[step][0](intent(status))


def test_the_table_has_no_way_out_of_the_end() -> None:
    reached = {after for row in setup_intents.TRANSITIONS.values() for after in row.values()}
    assert reached == set(setup_intents.TRANSITIONS)
    assert {status for status, row in setup_intents.TRANSITIONS.items() if not row} == set(OVER)


CANNOT_CANCEL = (
    "You cannot cancel this SetupIntent because it has a status of succeeded. Only a SetupIntent with one of the "
    "following statuses may be canceled: `requires_payment_method`, `requires_confirmation`, or `requires_action`."
)


@pytest.mark.parametrize(
    ("check", "status", "message"),
    [
        (check_confirmable, "succeeded", "You cannot confirm this SetupIntent because it has already succeeded."),
        (check_confirmable, "canceled", "You cannot confirm this SetupIntent because it has been canceled."),
        (check_updatable, "succeeded", "You cannot update this SetupIntent because it has already succeeded."),
        (check_updatable, "canceled", "You cannot update this SetupIntent because it has been canceled."),
        (check_cancelable, "canceled", "You cannot cancel this SetupIntent because it is already canceled."),
        (check_cancelable, "succeeded", CANNOT_CANCEL),
    ],
)
def test_what_is_refused_and_how(check: Callable[[SetupIntent], None], status: SetupIntentStatus, message: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        check(intent(status))
    assert (refused.value.message, refused.value.code) == (message, "setup_intent_unexpected_state")
    assert refused.value.details == {"setup_intent": intent(status)}


@pytest.mark.parametrize("status", OPEN)
def test_an_open_intent_may_be_confirmed_updated_and_canceled(status: SetupIntentStatus) -> None:
    before = intent(status)
    check_confirmable(before)
    check_updatable(before)
    check_cancelable(before)
    assert before == replace(intent(status))
