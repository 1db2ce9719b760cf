"""The balance: what came in less what it cost, pending until the clock says that it is available."""

from collections import Counter
from typing import Any

import pytest
import stripe
from tests.scenarios.shop import ON_BOTH, PRIVATE_ON_BOTH, Shop

DAY = 86_400


def balance(shop: Shop) -> dict[str, tuple[int, int]]:
    """(available, pending) by currency."""
    shown = shop.client.v1.balance.retrieve()
    pending = {part.currency: part.amount for part in shown.pending}
    for part in (*shown.available, *shown.pending):
        assert part.source_types is not None
        assert part.source_types.to_dict() == {"card": part.amount}
    return {part.currency: (part.amount, pending[part.currency]) for part in shown.available}


def transactions(shop: Shop, **filters: Any) -> list[stripe.BalanceTransaction]:
    """Balance transactions, oldest first."""
    listed = shop.client.v1.balance_transactions.list({"limit": 100, **filters})  # type: ignore[typeddict-item]
    return list(reversed(list(listed.auto_paging_iter())))


def explain(shop: Shop) -> None:
    """The balance is what the transactions add up to, by their status."""
    shown = Counter[tuple[str, str]]()
    for transaction in transactions(shop):
        assert transaction.net == transaction.amount - transaction.fee
        assert transaction.fee == sum(detail.amount for detail in transaction.fee_details)
        shown[transaction.currency, transaction.status] += transaction.net
    for currency, (available, pending) in balance(shop).items():
        assert (available, pending) == (shown[currency, "available"], shown[currency, "pending"])


@ON_BOTH
def test_an_empty_balance_is_in_the_accounts_own_currency(shop: Shop) -> None:
    assert balance(shop) == {"usd": (0, 0)}
    assert transactions(shop) == []


@ON_BOTH
def test_a_payment_is_pending_first(shop: Shop) -> None:
    charge = shop.charge(shop.pay(1000, description="Lunch"))
    (moved,) = transactions(shop)
    assert (moved.amount, moved.fee, moved.net, moved.currency) == (1000, 59, 941, "usd")
    assert (moved.type, moved.reporting_category, moved.source) == ("charge", "charge", charge.id)
    assert (moved.status, moved.description, moved.balance_type) == ("pending", "Lunch", "payments")
    assert [detail.to_dict() for detail in moved.fee_details] == [
        {
            "amount": 59,
            "application": None,
            "currency": "usd",
            "description": "Stripe processing fees",
            "type": "stripe_fee",
        }
    ]
    assert moved.available_on % DAY == 0
    assert 2 <= -(-(moved.available_on - moved.created) // DAY) <= 4
    assert balance(shop) == {"usd": (0, 941)}


@PRIVATE_ON_BOTH
def test_it_is_available_when_the_clock_says_so_and_not_a_second_before(private_shop: Shop) -> None:
    shop = private_shop
    shop.pay(1000)
    (moved,) = transactions(shop)
    shop.advance(seconds=moved.available_on - shop.now() - 30)
    assert balance(shop) == {"usd": (0, 941)}
    assert transactions(shop)[0].status == "pending"
    assert shop.events().count("balance.available") == 0

    shop.advance(seconds=moved.available_on - shop.now())
    assert balance(shop) == {"usd": (941, 0)}
    assert transactions(shop)[0].status == "available"
    assert shop.client.v1.balance_transactions.retrieve(moved.id).status == "available"
    expanded = shop.client.v1.charges.retrieve(str(moved.source), {"expand": ["balance_transaction"]})
    assert isinstance(expanded.balance_transaction, stripe.BalanceTransaction)
    assert expanded.balance_transaction.status == "available"
    explain(shop)


@PRIVATE_ON_BOTH
def test_the_account_is_told_once_a_day_what_became_available(private_shop: Shop) -> None:
    shop = private_shop
    for amount in (1000, 2000, 3000):
        shop.pay(amount)
    shop.server.kill()
    shop.server.start()  # what the process remembered of who was told is gone
    shop.client = shop.client_with()
    shop.pay(4000)
    shop.advance(days=5)
    (event,) = shop.client.v1.events.list({"type": "balance.available"}).data
    available = sum(transaction.net for transaction in transactions(shop))
    assert event.data.object["available"][0]["amount"] == available
    assert event.data.object["pending"][0]["amount"] == 0
    assert event.request is not None
    assert (event.request.id, event.request.idempotency_key) == (None, None)

    shop.pay(5000)
    shop.advance(days=5)
    assert shop.events().count("balance.available") == 2
    explain(shop)


@ON_BOTH
def test_a_card_that_pays_into_the_available_balance(shop: Shop) -> None:
    shop.pay(1000)
    shop.pay(2000, "pm_card_bypassPending")
    assert balance(shop) == {"usd": (1912, 941)}
    pending, moved = transactions(shop)
    assert (moved.status, moved.available_on) == ("available", moved.created)
    assert pending.status == "pending"
    (event,) = shop.client.v1.events.list({"type": "balance.available"}).data
    assert event.data.object["available"][0]["amount"] == 1912
    assert event.data.object["pending"][0]["amount"] == 941
    assert shop.events()[-1] == "balance.available"


def test_a_hold_moves_nothing_until_it_is_captured(shop: Shop) -> None:
    intent = shop.hold(1000, "pm_card_bypassPending")
    assert balance(shop) == {"usd": (0, 0)}
    shop.client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 500})
    assert balance(shop) == {"usd": (455, 0)}  # 500 - (14.50 → 15) - 30
    assert shop.events()[-1] == "balance.available"


def test_declined_and_canceled_payments_move_nothing(shop: Shop) -> None:
    with pytest.raises(stripe.CardError):
        shop.pay(1000, "pm_card_visa_chargeDeclined")
    shop.client.v1.payment_intents.cancel(shop.hold(1000).id)
    assert transactions(shop) == []
    assert balance(shop) == {"usd": (0, 0)}


@ON_BOTH
def test_every_currency_has_a_balance_of_its_own(shop: Shop) -> None:
    shop.pay(1000)
    shop.pay(2000, currency="eur")
    shop.pay(5000, currency="jpy")
    shop.pay(3000, "pm_card_bypassPending", currency="eur")
    assert balance(shop) == {"usd": (0, 941), "eur": (2883, 1912), "jpy": (0, 4825)}
    assert list(balance(shop)) == ["usd", "eur", "jpy"]
    explain(shop)


# Refunds ----------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_a_refund_of_pending_money_comes_out_of_what_is_pending(shop: Shop) -> None:
    charge = shop.charge(shop.pay(1000, description="Lunch"))
    refund = shop.client.v1.refunds.create({"charge": charge.id, "amount": 400})
    moved, returned = transactions(shop)
    assert (returned.id, returned.source) == (refund.balance_transaction, refund.id)
    assert (returned.amount, returned.fee, returned.net) == (-400, 0, -400)
    assert (returned.type, returned.reporting_category) == ("refund", "refund")
    assert returned.description == "REFUND FOR CHARGE (Lunch)"
    assert (returned.status, returned.available_on) == ("pending", moved.available_on)
    assert balance(shop) == {"usd": (0, 541)}


@PRIVATE_ON_BOTH
def test_a_refund_of_available_money_is_taken_at_once(private_shop: Shop) -> None:
    shop = private_shop
    intent = shop.pay(1000)
    shop.pay(2000)
    shop.advance(days=5)
    shop.pay(3000)
    refund = shop.client.v1.refunds.create({"payment_intent": intent.id})
    returned = shop.client.v1.balance_transactions.retrieve(str(refund.balance_transaction))
    assert (returned.status, returned.available_on) == ("available", returned.created)
    assert balance(shop) == {"usd": (941 + 1912 - 1000, 2883)}
    explain(shop)


@PRIVATE_ON_BOTH
def test_a_refund_that_fails_comes_back(private_shop: Shop) -> None:
    shop = private_shop
    intent = shop.pay(1000, "pm_card_refundFail")
    shop.client.v1.refunds.create({"payment_intent": intent.id})
    assert balance(shop) == {"usd": (0, -59)}
    shop.advance(seconds=60)
    assert balance(shop) == {"usd": (0, 941)}
    assert [(moved.type, moved.net) for moved in transactions(shop)] == [
        ("charge", 941),
        ("refund", -1000),
        ("refund_failure", 1000),
    ]
    explain(shop)


# Lists ------------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_list_filters(shop: Shop) -> None:
    first, second = shop.pay(1000), shop.pay(2000, currency="eur")
    refund = shop.client.v1.refunds.create({"payment_intent": first.id})
    assert [moved.amount for moved in transactions(shop)] == [1000, 2000, -1000]
    assert [moved.amount for moved in transactions(shop, type="charge")] == [1000, 2000]
    assert [moved.amount for moved in transactions(shop, type="refund")] == [-1000]
    assert [moved.amount for moved in transactions(shop, currency="EUR")] == [2000]
    assert [moved.amount for moved in transactions(shop, source=second.latest_charge)] == [2000]
    assert [moved.amount for moved in transactions(shop, source=refund.id)] == [-1000]
    assert [moved.amount for moved in transactions(shop, type="charge", currency="usd")] == [1000]
    assert transactions(shop, type="no_such_type") == []
    assert transactions(shop, created={"lt": 1_000_000_000}) == []
    assert transactions(shop, created={"gte": 1_000_000_000}) == transactions(shop)


def test_unknown_payouts_and_currencies(shop: Shop) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        transactions(shop, payout="po_none")
    assert (refused.value.code, refused.value.param) == ("resource_missing", "payout")
    assert refused.value.user_message == "No such payout: 'po_none'"
    with pytest.raises(stripe.InvalidRequestError) as refused:
        transactions(shop, currency="xyz")
    assert refused.value.param == "currency"


def test_what_made_the_balance_can_be_expanded(shop: Shop) -> None:
    intent = shop.pay(1000)
    shop.client.v1.refunds.create({"payment_intent": intent.id})
    sources = [moved.source for moved in transactions(shop, expand=["data.source"])]
    assert [type(source) for source in sources] == [stripe.Charge, stripe.Refund]


def test_unknown_transactions(shop: Shop) -> None:
    answer = shop.request("GET", "/v1/balance_transactions/txn_none")
    assert (answer.status, answer.error["message"]) == (404, "No such balance transaction: 'txn_none'")


def test_the_older_paths_answer_the_same(shop: Shop) -> None:
    shop.pay(1000)
    listed = shop.request("GET", "/v1/balance_transactions").json
    history = shop.request("GET", "/v1/balance/history").json
    assert history == listed | {"url": "/v1/balance/history"}
    (moved,) = listed["data"]
    assert shop.request("GET", f"/v1/balance/history/{moved['id']}").json == moved


# However much there is ----------------------------------------------------------------------------------------------


@PRIVATE_ON_BOTH
def test_a_long_history_adds_up(private_shop: Shop) -> None:
    """Past the point where the store folds postings into totals, over several days and currencies."""
    shop = private_shop
    for day in range(3):
        for number in range(30):
            currency = ("usd", "eur", "gbp")[number % 3]
            intent = shop.pay(1000 + number, currency=currency)
            if number % 7 == day:
                shop.client.v1.refunds.create({"payment_intent": intent.id, "amount": 100 + number})
        shop.advance(days=1)
        explain(shop)
    shop.advance(days=7)
    explain(shop)
    assert all(pending == 0 for _, pending in balance(shop).values())
