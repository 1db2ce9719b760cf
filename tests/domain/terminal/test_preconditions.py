"""What must hold before a reader is given something to do (terminal.md 5.1, 5.3, 8.2, 8.3, 8.6)."""

from typing import Any

import pytest

from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.charge import Charge
from opentill.domain.objects.payment_intent import PaymentIntent
from opentill.domain.objects.payment_method_details import PaymentMethodDetails
from opentill.domain.objects.reader_action import ActionTipping
from opentill.domain.objects.setup_intent import SetupIntent
from opentill.domain.terminal import preconditions

WPE = "simulated_wisepos_e"


def payment(**members: Any) -> PaymentIntent:
    defaults: dict[str, Any] = {
        "id": "pi_1",
        "amount": 1000,
        "client_secret": "s",
        "created": 0,
        "currency": "usd",
        "livemode": False,
        "payment_method_types": ["card_present"],
        "status": "requires_payment_method",
    }
    return PaymentIntent(**{**defaults, **members})


def check(intent: PaymentIntent, **parameters: Any) -> tuple[str, ...]:
    given: dict[str, Any] = {"device_type": WPE, "country": "US", **parameters}
    return preconditions.check_payment(intent, "process_payment_intent", **given)


@pytest.mark.parametrize(
    ("status", "flags", "accepted"),
    [
        ("requires_payment_method", {}, True),
        ("requires_confirmation", {}, False),
        ("requires_confirmation", {"unanswered": True}, True),  # try again what had no answer
        ("requires_confirmation", {"released": True}, True),  # its collected card is given up in the same step
        ("requires_action", {}, False),
        ("requires_action", {"unanswered": True}, False),
        ("processing", {}, False),
        ("requires_capture", {}, False),
        ("requires_capture", {"unanswered": True, "released": True}, False),
        ("succeeded", {}, False),
        ("canceled", {}, False),
    ],
)
def test_the_status_of_the_intent(status: str, flags: dict[str, bool], *, accepted: bool) -> None:
    if accepted:
        assert check(payment(status=status), **flags) == ("card_present",)
        return
    with pytest.raises(InvalidRequest) as refused:
        check(payment(status=status), **flags)
    assert refused.value.code == "intent_invalid_state"
    assert refused.value.message == (
        "Payment intent must be in the requires_payment_method state to be processed by a reader."
    )


@pytest.mark.parametrize(
    ("types", "taken"),
    [
        (["card_present"], ("card_present",)),
        (["card", "card_present"], ("card_present",)),
        (["interac_present", "card_present"], ("card_present", "interac_present")),
        (["interac_present"], ("interac_present",)),
    ],
)
def test_what_the_reader_takes(types: list[str], taken: tuple[str, ...]) -> None:
    assert check(payment(payment_method_types=types)) == taken


@pytest.mark.parametrize("types", [["card"], [], ["card", "link"]])
def test_an_intent_that_no_reader_can_take(types: list[str]) -> None:
    with pytest.raises(InvalidRequest, match="must include `card_present`") as refused:
        check(payment(payment_method_types=types))
    assert refused.value.param == "payment_intent"


@pytest.mark.parametrize(
    ("allow_redisplay", "accepted"), [("always", True), ("limited", True), ("unspecified", False), (None, False)]
)
def test_saving_a_card_needs_the_customers_word(allow_redisplay: str | None, *, accepted: bool) -> None:
    intent = payment(setup_future_usage="off_session")
    if accepted:
        check(intent, allow_redisplay=allow_redisplay)
        return
    with pytest.raises(InvalidRequest) as refused:
        check(intent, allow_redisplay=allow_redisplay)
    assert refused.value.param == "process_config[allow_redisplay]"


@pytest.mark.parametrize(
    ("tipping", "skip", "accepted"),
    [
        (ActionTipping(amount_eligible=1), False, True),
        (ActionTipping(amount_eligible=1000), False, True),
        (ActionTipping(), True, True),
        (ActionTipping(amount_eligible=0), False, False),
        (ActionTipping(amount_eligible=-5), False, False),
        (ActionTipping(amount_eligible=500), True, False),
    ],
)
def test_the_amount_that_percentages_are_of(tipping: ActionTipping, *, skip: bool, accepted: bool) -> None:
    if accepted:
        check(payment(), tipping=tipping, skip_tipping=skip)
        return
    with pytest.raises(InvalidRequest) as refused:
        check(payment(), tipping=tipping, skip_tipping=skip)
    assert refused.value.param == "process_config[tipping][amount_eligible]"


def test_a_collection_names_its_own_parameters() -> None:
    with pytest.raises(InvalidRequest) as refused:
        preconditions.check_payment(
            payment(),
            "collect_payment_method",
            device_type=WPE,
            country="US",
            tipping=ActionTipping(amount_eligible=0),
        )
    assert refused.value.param == "collect_config[tipping][amount_eligible]"


@pytest.mark.parametrize(
    ("device_type", "country", "types", "accepted"),
    [
        (WPE, "US", ["card", "card_present"], True),
        (WPE, "US", ["card_present"], False),
        (WPE, "MY", ["card"], False),
        ("simulated_verifone_v660p", "US", ["card"], False),
    ],
)
def test_keyed_entry(device_type: str, country: str, types: list[str], *, accepted: bool) -> None:
    intent = payment(payment_method_types=types)
    if accepted:
        assert check(intent, moto=True, device_type=device_type, country=country) == ("card",)
        return
    with pytest.raises(InvalidRequest):
        check(intent, moto=True, device_type=device_type, country=country)


def test_mobile_readers_are_not_driven_from_a_server() -> None:
    with pytest.raises(InvalidRequest, match="bbpos_chipper2x does not support process_payment_intent"):
        check(payment(), device_type="bbpos_chipper2x")


def setup(**members: Any) -> SetupIntent:
    defaults: dict[str, Any] = {
        "id": "seti_1",
        "client_secret": "s",
        "created": 0,
        "livemode": False,
        "payment_method_types": ["card_present"],
        "status": "requires_payment_method",
    }
    return SetupIntent(**{**defaults, **members})


@pytest.mark.parametrize(
    ("members", "allow_redisplay", "code"),
    [
        ({"status": "succeeded"}, "always", "intent_invalid_state"),
        ({}, None, "parameter_missing"),
        ({}, "unspecified", None),
        ({"payment_method_types": ["card"]}, "always", "setup_intent_invalid_parameter"),
    ],
)
def test_a_setup_that_cannot_be(members: dict[str, Any], allow_redisplay: Any, code: str | None) -> None:
    preconditions.check_setup(setup(), device_type=WPE, allow_redisplay="limited")
    with pytest.raises(InvalidRequest) as refused:
        preconditions.check_setup(setup(**members), device_type=WPE, allow_redisplay=allow_redisplay)
    assert refused.value.code == code


def charge(type: str | None) -> Charge:
    return Charge(
        id="ch_1",
        amount=1000,
        captured=True,
        created=0,
        currency="cad",
        livemode=False,
        paid=True,
        payment_method_details=None if type is None else PaymentMethodDetails(type=type),
        status="succeeded",
    )


def test_only_interac_is_refunded_in_person() -> None:
    preconditions.check_refund(charge("interac_present"), device_type=WPE)
    for type in ("card_present", "card", None):
        with pytest.raises(InvalidRequest, match="POST /v1/refunds"):
            preconditions.check_refund(charge(type), device_type=WPE)
    assert preconditions.refuse_refund_without_card().param == "charge"
