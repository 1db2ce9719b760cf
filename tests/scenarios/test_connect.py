"""Connect: a platform acts for the accounts that are connected to it, and takes its fee of their payments."""

from typing import Any

import pytest
import stripe
from tests.scenarios.fixtures import OpenShop
from tests.scenarios.shop import ON_BOTH, PRIVATE_ON_BOTH, Shop


class Merchant(Shop):
    """A connected account, for which its platform asks."""

    def __init__(self, platform: Shop, **params: Any) -> None:
        super().__init__(platform.server, platform._recorder, platform.key)
        self.platform = platform
        self.account = platform.client.v1.accounts.create({"type": "standard"} | params).id  # type: ignore[arg-type]
        self.client = self.client_with(stripe_account=self.account)

    def request(self, method: str, path: str, form: Any = None, headers: Any = None, *, key: str | None = "") -> Any:
        return super().request(method, path, form, {"Stripe-Account": self.account, **(headers or {})}, key=key)


def funds(shop: Shop) -> dict[str, tuple[int, int]]:
    shown = shop.client.v1.balance.retrieve()
    pending = {part.currency: part.amount for part in shown.pending}
    return {part.currency: (part.amount, pending[part.currency]) for part in shown.available}


@ON_BOTH
def test_acting_for_a_connected_account(shop: Shop) -> None:
    merchant = Merchant(shop)
    intent = merchant.pay(1000)
    assert intent.application is not None
    assert str(intent.application).startswith("ca_")
    charge = merchant.charge(intent)
    assert charge.application == intent.application
    assert funds(merchant) == {"usd": (0, 941)}
    assert merchant.client.v1.accounts.retrieve_current().id == merchant.account

    # To the platform itself none of it is there.
    assert funds(shop) == {"usd": (0, 0)}
    assert shop.events() == []
    with pytest.raises(stripe.InvalidRequestError) as refused:
        shop.client.v1.payment_intents.retrieve(intent.id)
    assert refused.value.http_status == 404

    events = merchant.client.v1.events.list().data
    assert {event.account for event in events} == {merchant.account}
    assert merchant.events()[-1] == "charge.updated"


@ON_BOTH
def test_the_header_is_answered(shop: Shop) -> None:
    merchant = Merchant(shop)
    assert merchant.request("GET", "/v1/balance").headers["stripe-account"] == merchant.account
    assert "stripe-account" not in shop.request("GET", "/v1/balance").headers
    context = {"Stripe-Context": merchant.account}
    assert shop.request("GET", "/v1/account", headers=context).json["id"] == merchant.account
    both = {"Stripe-Account": merchant.account, "Stripe-Context": "acct_other"}
    assert shop.request("GET", "/v1/account", headers=both).status == 400
    own = shop.client.v1.accounts.retrieve_current().id
    assert shop.request("GET", "/v1/account", headers={"Stripe-Account": own}).json["id"] == own


@ON_BOTH
def test_accounts_that_are_not_connected(shop: Shop, open_shop: OpenShop) -> None:
    elsewhere = Merchant(open_shop())
    for account in (elsewhere.account, elsewhere.platform.client.v1.accounts.retrieve_current().id, "acct_none", "x"):
        for method, path in [("GET", "/v1/balance"), ("POST", "/v1/payment_intents")]:
            answer = shop.request(method, path, headers={"Stripe-Account": account})
            assert (answer.status, answer.error["code"]) == (403, "account_invalid")
            assert f"does not have access to account '{account}'" in answer.error["message"]
    assert elsewhere.events() == []


def test_one_idempotency_key_for_each_account(shop: Shop) -> None:
    """The same key means another request for another account."""
    merchant, form = Merchant(shop), {"amount": 1000, "currency": "usd"}
    headers = {"Idempotency-Key": "order-6735"}
    first = merchant.request("POST", "/v1/payment_intents", form, headers)
    second = shop.request("POST", "/v1/payment_intents", form, headers)
    assert first.json["id"] != second.json["id"]
    again = merchant.request("POST", "/v1/payment_intents", form, headers)
    assert (again.body, again.headers["idempotent-replayed"]) == (first.body, "true")


# Application fees ----------------------------------------------------------------------------------------------------


@ON_BOTH
def test_the_platform_takes_its_fee(shop: Shop) -> None:
    """The documented example: of 1000 the platform gets 123, processing costs 59, the account keeps 818."""
    merchant = Merchant(shop)
    intent = merchant.pay(1000, application_fee_amount=123)
    assert intent.application_fee_amount == 123
    charge = merchant.charge(intent, "balance_transaction")
    assert charge.application_fee_amount == 123
    moved = charge.balance_transaction
    assert isinstance(moved, stripe.BalanceTransaction)
    assert (moved.amount, moved.fee, moved.net) == (1000, 182, 818)
    assert [(part.type, part.amount, part.application) for part in moved.fee_details] == [
        ("stripe_fee", 59, None),
        ("application_fee", 123, intent.application),
    ]
    assert (funds(merchant), funds(shop)) == ({"usd": (0, 818)}, {"usd": (0, 123)})

    (fee,) = shop.client.v1.application_fees.list().data
    assert (fee.id, fee.amount, fee.currency, fee.amount_refunded) == (charge.application_fee, 123, "usd", 0)
    assert (fee.account, fee.charge, fee.application) == (merchant.account, charge.id, intent.application)
    assert shop.client.v1.application_fees.retrieve(fee.id) == fee
    assert shop.client.v1.application_fees.list({"charge": charge.id}).data == [fee]
    assert shop.client.v1.application_fees.list({"charge": "ch_none"}).data == []
    earned = shop.client.v1.balance_transactions.retrieve(str(fee.balance_transaction))
    assert (earned.type, earned.reporting_category, earned.source) == ("application_fee", "platform_earning", fee.id)
    assert (earned.amount, earned.fee, earned.net, earned.available_on) == (123, 0, 123, moved.available_on)

    (event,) = shop.client.v1.events.list().data
    assert event.type == "application_fee.created"
    assert event.to_dict()["data"]["object"] == fee.to_dict()
    assert "account" not in event.to_dict()
    assert "application_fee.created" not in merchant.events()
    assert merchant.client.v1.application_fees.list().data == []


@pytest.mark.parametrize(
    ("created", "updated", "captured", "amount", "taken"),
    [
        (100, None, None, None, 100),
        (100, 50, None, None, 50),  # changed before the capture
        (100, None, 70, None, 70),  # and at the capture
        (None, None, 70, None, 70),
        (100, None, 0, None, None),
        (100, None, None, 60, 60),  # never more than what is captured
        (None, 80, None, 500, 80),
    ],
)
def test_the_fee_can_be_set_until_the_capture(
    shop: Shop, created: int | None, updated: int | None, captured: int | None, amount: int | None, taken: int | None
) -> None:
    merchant = Merchant(shop)
    given: dict[str, Any] = {} if created is None else {"application_fee_amount": created}
    intent = merchant.hold(1000, **given)
    assert funds(shop) == {"usd": (0, 0)}
    if updated is not None:
        merchant.client.v1.payment_intents.update(intent.id, {"application_fee_amount": updated})
    params: dict[str, Any] = {} if captured is None else {"application_fee_amount": captured}
    if amount is not None:
        params["amount_to_capture"] = amount
    done = merchant.client.v1.payment_intents.capture(intent.id, params)  # type: ignore[arg-type]
    charge = merchant.charge(done)
    assert (charge.application_fee_amount or None, funds(shop)) == (taken, {"usd": (0, taken or 0)})
    assert (charge.application_fee is None) == (taken is None)
    assert [fee.amount for fee in shop.client.v1.application_fees.list().data] == ([] if taken is None else [taken])

    told = {event.type: event.to_dict()["data"] for event in merchant.client.v1.events.list().data}
    assert told["charge.captured"]["object"]["application_fee"] is None
    assert told["charge.updated"]["object"] == charge.to_dict()
    changed = ("balance_transaction",) if taken is None else ("application_fee", "balance_transaction")
    assert told["charge.updated"]["previous_attributes"] == dict.fromkeys(changed)


NOBODY = (
    "Can only apply an application_fee_amount when the PaymentIntent is attempting a direct payment (using an OAuth "
    "key or Stripe-Account header) or destination payment (using `transfer_data[destination]`)."
)


def test_no_fee_without_somebody_to_take_it_from(shop: Shop) -> None:
    intents = shop.client.v1.payment_intents
    hold, waiting = shop.hold(), intents.create({"amount": 1000, "currency": "usd"})
    fee: Any = {"application_fee_amount": 100}
    for ask in (
        lambda: shop.pay(1000, **fee),
        lambda: intents.update(waiting.id, fee),
        lambda: intents.update(hold.id, fee),
        lambda: intents.capture(hold.id, fee),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            ask()
        assert (refused.value.user_message, refused.value.param) == (NOBODY, "application_fee_amount")
    assert intents.capture(hold.id).status == "succeeded"


def test_no_fee_above_the_amount(shop: Shop) -> None:
    merchant = Merchant(shop)
    hold = merchant.hold(1000)
    for ask in (
        lambda: merchant.pay(1000, application_fee_amount=1001),
        lambda: merchant.client.v1.payment_intents.update(hold.id, {"application_fee_amount": 1001}),
        lambda: merchant.client.v1.payment_intents.capture(
            hold.id, {"amount_to_capture": 500, "application_fee_amount": 501}
        ),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            ask()
        assert (refused.value.code, refused.value.param) == ("amount_too_large", "application_fee_amount")
    assert merchant.client.v1.payment_intents.retrieve(hold.id).status == "requires_capture"


def test_an_amount_below_the_fee(shop: Shop) -> None:
    intents = Merchant(shop).client.v1.payment_intents
    intent = intents.create({"amount": 1000, "currency": "usd", "application_fee_amount": 900})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        intents.update(intent.id, {"amount": 800})
    assert (refused.value.code, refused.value.param) == ("amount_too_large", "application_fee_amount")
    assert intents.update(intent.id, {"amount": 800, "application_fee_amount": 100}).amount == 800


# Giving the fee back -------------------------------------------------------------------------------------------------


@ON_BOTH
def test_a_refund_can_take_the_fee_along(shop: Shop) -> None:
    """The same share of the fee as of the payment; what processing cost is not returned."""
    merchant = Merchant(shop)
    intent = merchant.pay(1000, application_fee_amount=125, description="Lunch")
    refund = merchant.client.v1.refunds.create(
        {"payment_intent": intent.id, "amount": 300, "refund_application_fee": True}
    )
    (fee,) = shop.client.v1.application_fees.list().data
    assert (fee.amount, fee.amount_refunded, fee.refunded) == (125, 38, False)  # 37.5, rounded half up
    assert (funds(merchant), funds(shop)) == ({"usd": (0, 816 - 300 + 38)}, {"usd": (0, 125 - 38)})

    moved = merchant.client.v1.balance_transactions.retrieve(str(refund.balance_transaction))
    assert (moved.amount, moved.fee, moved.net) == (-300, -38, -262)
    assert [(part.type, part.amount, part.application) for part in moved.fee_details] == [
        ("application_fee", -38, intent.application)
    ]
    (given,) = fee.refunds.data
    assert (given.object, given.amount, given.currency, given.fee) == ("fee_refund", 38, "usd", fee.id)
    returned = shop.client.v1.balance_transactions.retrieve(str(given.balance_transaction))
    assert (returned.type, returned.reporting_category) == ("application_fee_refund", "platform_earning_refund")
    assert (returned.amount, returned.fee, returned.net, returned.source) == (-38, 0, -38, given.id)

    merchant.client.v1.refunds.create({"payment_intent": intent.id, "refund_application_fee": True})
    fee = shop.client.v1.application_fees.retrieve(fee.id)
    assert (fee.amount_refunded, fee.refunded) == (125, True)
    assert [one.amount for one in fee.refunds.data] == [87, 38]
    assert (funds(merchant), funds(shop)) == ({"usd": (0, -59)}, {"usd": (0, 0)})
    assert shop.events() == ["application_fee.created", "application_fee.refunded", "application_fee.refunded"]
    assert merchant.events()[-2:] == ["refund.created", "charge.refunded"]


def test_without_being_asked_the_platform_keeps_its_fee(shop: Shop) -> None:
    merchant = Merchant(shop)
    merchant.client.v1.refunds.create({"payment_intent": merchant.pay(1000, application_fee_amount=123).id})
    assert (funds(merchant), funds(shop)) == ({"usd": (0, -182)}, {"usd": (0, 123)})


@pytest.mark.parametrize("param", ["refund_application_fee", "reverse_transfer"])
def test_what_the_charge_does_not_have_cannot_be_taken_along(shop: Shop, param: str) -> None:
    for payer in (shop, Merchant(shop)):
        form = {"payment_intent": payer.pay().id, param: True}
        answer = payer.request("POST", "/v1/refunds", form)
        assert (answer.status, answer.error["param"]) == (400, param)
        assert "refund.created" not in payer.events()


def test_the_refunds_of_a_fee(shop: Shop) -> None:
    merchant = Merchant(shop)
    intent = merchant.pay(1000, application_fee_amount=100)
    for _ in range(3):
        merchant.client.v1.refunds.create({"payment_intent": intent.id, "amount": 100, "refund_application_fee": True})
    (fee,) = shop.client.v1.application_fees.list().data
    ids = [refund.id for refund in fee.refunds.data]
    client = shop.client.v1.application_fees.refunds

    def listed(**params: Any) -> tuple[list[str], bool]:
        found = client.list(fee.id, params)  # type: ignore[arg-type]
        return [refund.id for refund in found.data], found.has_more

    assert fee.refunds.url == f"/v1/application_fees/{fee.id}/refunds"
    assert listed() == (ids, False)
    assert listed(limit=2) == (ids[:2], True)
    assert listed(limit=2, starting_after=ids[1]) == (ids[2:], False)
    assert listed(limit=1, ending_before=ids[2]) == (ids[1:2], True)
    assert client.retrieve(fee.id, ids[1]).id == ids[1]
    for path in (f"{fee.id}/refunds?starting_after=fr_none", f"{fee.id}/refunds/fr_none", "fee_none/refunds"):
        assert shop.request("GET", f"/v1/application_fees/{path}").error["code"] == "resource_missing"


def test_what_a_fee_is_of_can_be_expanded(shop: Shop) -> None:
    """The platform sees the charge and the account, although they are not its own."""
    merchant = Merchant(shop)
    intent = merchant.pay(1000, application_fee_amount=100)
    expanded = ["data.charge", "data.account", "data.balance_transaction"]
    (fee,) = shop.client.v1.application_fees.list({"expand": expanded}).data
    assert isinstance(fee.charge, stripe.Charge)
    assert isinstance(fee.account, stripe.Account)
    assert isinstance(fee.balance_transaction, stripe.BalanceTransaction)
    assert (fee.charge.payment_intent, fee.account.id) == (intent.id, merchant.account)
    assert fee.balance_transaction.net == 100


# What there is not ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ask", "param"),
    [
        ({"transfer_data": {"destination": "acct_1"}}, "transfer_data[destination]"),
        ({"on_behalf_of": "acct_none"}, "on_behalf_of"),
    ],
)
def test_money_is_not_passed_on(shop: Shop, ask: dict[str, Any], param: str) -> None:
    """There are no destination charges here, and what is not done does not look as if it were."""
    answer = shop.request("POST", "/v1/payment_intents", {"amount": 1000, "currency": "usd", **ask})
    assert (answer.status, answer.error["param"]) == (400, param)
    hold = shop.hold()
    answer = shop.request("POST", f"/v1/payment_intents/{hold.id}/capture", {"transfer_data": {"amount": 500}})
    assert (answer.status, answer.error["param"]) == (400, "transfer_data[amount]")


def test_on_behalf_of_a_connected_account(shop: Shop) -> None:
    merchant = Merchant(shop)
    assert shop.pay(on_behalf_of=merchant.account).on_behalf_of == merchant.account


@PRIVATE_ON_BOTH
def test_the_fee_becomes_available_with_the_payment(private_shop: Shop) -> None:
    shop = private_shop
    merchant = Merchant(shop)
    merchant.pay(1000, application_fee_amount=123)
    shop.advance(days=5)
    assert (funds(merchant), funds(shop)) == ({"usd": (818, 0)}, {"usd": (123, 0)})
    assert shop.events() == ["application_fee.created", "balance.available"]
    (event,) = merchant.client.v1.events.list({"type": "balance.available"}).data
    assert event.account == merchant.account


def test_a_payment_whose_answer_was_lost_pays_the_fee_once(private_shop: Shop) -> None:
    """The process dies while it waits for the acquirer; the next one finishes the payment, fee and all."""
    shop = private_shop
    merchant = Merchant(shop)
    shop.fault("delay", "authorize", delay_ms=30_000)
    merchant.client = merchant.client_with(
        stripe_account=merchant.account, http_client=stripe.RequestsClient(timeout=1)
    )
    with pytest.raises(stripe.APIConnectionError):
        merchant.pay(1000, application_fee_amount=123)
    shop.server.kill()
    shop.server.start()
    shop.client = shop.client_with()
    merchant.client = merchant.client_with(stripe_account=merchant.account)
    shop.advance(seconds=0)
    assert (funds(merchant), funds(shop)) == ({"usd": (0, 818)}, {"usd": (0, 123)})
    assert len(shop.client.v1.application_fees.list().data) == 1


def test_currencies_of_fees(shop: Shop) -> None:
    merchant = Merchant(shop, country="DE")
    merchant.pay(1000, currency="eur", application_fee_amount=100)
    merchant.pay(1000, currency="usd", application_fee_amount=50)
    assert funds(merchant) == {"eur": (0, 841), "usd": (0, 891)}
    assert funds(shop) == {"usd": (0, 50), "eur": (0, 100)}
