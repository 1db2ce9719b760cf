"""Tips on the reader: what is configured, what is given, and what becomes of the amounts (guide "Collect tips")."""

from typing import Any

import pytest
import stripe
from tests.scenarios.shop import Shop
from tests.scenarios.till import Till, ended

USD: Any = {"percentages": [10, 15, 20]}


def tipping_till(shop: Shop, **tipping: Any) -> Till:
    """A till whose location offers tips, in US dollars unless others are given."""
    configuration = shop.client.v1.terminal.configurations.create({"tipping": tipping or {"usd": USD}})  # type: ignore[arg-type]
    return Till(shop, configuration_overrides=configuration.id)


def tip_of(intent: stripe.PaymentIntent) -> int | None:
    """`amount_details.tip.amount`; None if it is not there."""
    details: Any = intent.amount_details
    return details.to_dict()["tip"].get("amount")


def test_a_tip_is_authorized_with_the_payment(shop: Shop) -> None:
    till = tipping_till(shop)
    intent = till.sale(1000)
    till.process(intent)
    till.present(amount_tip=150)
    held = till.intent(intent)
    assert (held.amount, held.amount_capturable, tip_of(held)) == (1150, 1150, 150)
    assert till.read(held).amount_authorized == 1150
    (holding,) = shop.holdings(intent)
    assert holding["held"] == 1150
    captured = shop.client.v1.payment_intents.capture(intent.id)
    charge = shop.charge(captured)
    assert (charge.amount, charge.amount_captured) == (1150, 1150)


# (tips offered, skipped, the tip given) -> the tip of the payment
@pytest.mark.parametrize(
    ("configured", "config", "given", "tip"),
    [
        (True, {}, None, 0),  # asked, and nothing chosen
        (True, {}, 0, 0),
        (True, {"skip_tipping": True}, None, None),
        (True, {"tipping": {"amount_eligible": 500}}, 80, 80),
        (False, {}, None, None),  # not asked
        (False, {}, 100, 100),
    ],
)
def test_whether_there_is_a_tip(
    shop: Shop, *, configured: bool, config: dict[str, Any], given: int | None, tip: int | None
) -> None:
    till = tipping_till(shop) if configured else Till(shop)
    intent = till.sale(1000)
    till.process(intent, **config)
    till.present(**({} if given is None else {"amount_tip": given}))
    held = till.intent(intent)
    assert (held.amount, tip_of(held)) == (1000 + (tip or 0), tip)


def test_no_tip_where_the_payment_skips_tipping(shop: Shop) -> None:
    till = tipping_till(shop)
    till.process(till.sale(), skip_tipping=True)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        till.present(amount_tip=100)
    assert refused.value.param == "amount_tip"
    assert ended(till.now()) == ("in_progress", None)


def test_the_total_with_the_tip_decides_how_a_test_payment_ends(shop: Shop) -> None:
    till = Till(shop)
    intent = till.sale(1000)
    till.process(intent)
    assert ended(till.present(amount_tip=5)) == ("failed", "card_declined")
    declined = till.intent(intent)
    assert (declined.amount, tip_of(declined)) == (1000, None)
    assert shop.charge(declined).amount == 1005


def test_a_tip_given_at_the_collection_is_charged_at_the_confirmation(shop: Shop) -> None:
    till = tipping_till(shop)
    intent = till.sale(2000)
    till.collect(intent)
    till.present(amount_tip=400)
    waiting = till.intent(intent)
    assert (waiting.amount, tip_of(waiting)) == (2000, None)
    till.confirm(intent)
    held = till.intent(intent)
    assert (held.amount, tip_of(held)) == (2400, 400)


def test_a_tip_that_makes_the_amount_too_large(shop: Shop) -> None:
    till = Till(shop)
    till.process(till.sale(99_999_999))
    with pytest.raises(stripe.InvalidRequestError) as refused:
        till.present(amount_tip=1)
    assert (refused.value.code, refused.value.param) == ("amount_too_large", "amount_tip")


def test_tips_of_the_account_hold_where_the_location_sets_none(shop: Shop) -> None:
    (default,) = shop.client.v1.terminal.configurations.list({"is_account_default": True}).data
    shop.client.v1.terminal.configurations.update(default.id, {"tipping": {"usd": USD}})
    plain = Till(shop)
    other = shop.client.v1.terminal.configurations.create({"offline": {"enabled": True}})
    overridden = Till(shop, configuration_overrides=other.id)  # sets something else
    euros = shop.client.v1.terminal.configurations.create({"tipping": {"eur": USD}})
    own_tips = Till(shop, configuration_overrides=euros.id)  # a section is taken as a whole
    for till, asked in ((plain, True), (overridden, True), (own_tips, False)):
        intent = till.pay(1000)
        assert tip_of(intent) == (0 if asked else None)
