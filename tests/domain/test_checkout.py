"""Checkout Sessions: what may follow what, and what lines add up to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentill.domain import checkout
from opentill.domain.errors import InvalidRequest, InvariantBroken
from opentill.domain.objects.checkout_session import AfterExpiration, CheckoutSession, Recovery
from opentill.domain.objects.line_item import AdjustableQuantity, LineItem
from opentill.domain.objects.price import Price

NOW = 1_790_000_000
SESSION = CheckoutSession(
    id="cs_test_1",
    created=NOW,
    expires_at=NOW + checkout.LIFETIME_S,
    livemode=False,
    mode="payment",
    payment_method_types=["card"],
    payment_status="unpaid",
    status="open",
    success_url="https://shop.example/?id={CHECKOUT_SESSION_ID}&again={CHECKOUT_SESSION_ID}",
    url="https://pay.example/c/pay/cs_test_1",
)


def priced(unit: int | None, exact: str | None = None, currency: str = "usd") -> Price:
    """A price."""
    return Price(
        id="price_1",
        created=NOW,
        currency=currency,
        livemode=False,
        product="prod_1",
        unit_amount=unit,
        unit_amount_decimal=exact if exact is not None else str(unit),
    )


def line(price: Price, quantity: int = 1, adjustable: AdjustableQuantity | None = None) -> LineItem:
    """A line of so many."""
    item = LineItem(
        id="li_1",
        adjustable_quantity=adjustable,
        amount_subtotal=0,
        amount_total=0,
        currency=price.currency,
        price=price,
        quantity=quantity,
    )
    return checkout.with_quantity(item, quantity)


def complete(session: CheckoutSession) -> CheckoutSession:
    return checkout.completed(session, payment_status="paid", customer="cus_1", details=None, shipping=None)


def expire(session: CheckoutSession) -> CheckoutSession:
    return checkout.expired(session, now=NOW, recovery_url="https://pay.example/c/recover/1")


def test_what_is_over_is_over() -> None:
    for over in (complete(SESSION), expire(SESSION)):
        assert over.url is None
        assert not checkout.is_open(over, NOW)
        for again in (complete, expire):
            with pytest.raises(InvariantBroken):
                again(over)
        with pytest.raises(InvalidRequest, match=f"`{over.status}`"):
            checkout.check_expirable(over)
    assert {status for status, row in checkout.TRANSITIONS.items() if not row} == {"complete", "expired"}


def test_time_closes_the_page_before_anybody_records_it() -> None:
    assert checkout.is_open(SESSION, SESSION.expires_at - 1)
    with pytest.raises(InvalidRequest, match="`expired`"):
        checkout.check_open(SESSION, SESSION.expires_at)


@pytest.mark.parametrize(
    ("seconds", "said"), [(1799, "at least 30 minutes"), (1800, ""), (86_400, ""), (86_401, "less than 24 hours")]
)
def test_when_it_may_expire(seconds: int, said: str) -> None:
    if not said:
        assert checkout.check_expires_at(NOW + seconds, NOW) == NOW + seconds
        return
    with pytest.raises(InvalidRequest, match=said):
        checkout.check_expires_at(NOW + seconds, NOW)


def test_a_way_back_is_offered_for_a_month() -> None:
    offered = CheckoutSession(
        **{name: getattr(SESSION, name) for name in SESSION.__struct_fields__ if name != "after_expiration"},
        after_expiration=AfterExpiration(recovery=Recovery(enabled=True)),
    )
    assert checkout.recovery_of(expire(SESSION), NOW) is None
    assert checkout.recovery_of(offered, NOW) is None
    recovery = checkout.recovery_of(expire(offered), NOW + checkout.RECOVERY_S - 1)
    assert recovery is not None
    assert recovery.url == "https://pay.example/c/recover/1"
    assert checkout.recovery_of(expire(offered), NOW + checkout.RECOVERY_S) is None


def test_the_way_back_to_the_shop() -> None:
    assert checkout.return_address(SESSION) == "https://shop.example/?id=cs_test_1&again=cs_test_1"


@pytest.mark.parametrize(
    ("exact", "quantity", "cost"),
    [("0.5", 1, 1), ("0.5", 2, 1), ("0.4", 1, 0), ("0.333333333333", 3, 1), ("10.99", 100, 1099), ("1.005", 100, 101)],
)
def test_decimals(exact: str, quantity: int, cost: int) -> None:
    assert checkout.cost(priced(None, exact), quantity) == cost


@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 99)), min_size=1, max_size=20))
def test_the_total_is_the_sum_of_the_lines(lines: list[tuple[int, int]]) -> None:
    items = [line(priced(unit), quantity) for unit, quantity in lines]
    exact = sum(unit * quantity for unit, quantity in lines)
    if 0 < exact < 50:
        with pytest.raises(InvalidRequest, match=r"must add up to at least \$0\.50 usd"):
            checkout.with_items(SESSION, items)
        return
    session = checkout.with_items(SESSION, items)
    assert session.amount_total == session.amount_subtotal == exact
    assert session.currency == "usd"


@pytest.mark.parametrize(
    ("adjustable", "bounds"),
    [
        (None, (3, 3)),
        (AdjustableQuantity(enabled=False), (3, 3)),
        (AdjustableQuantity(enabled=True), (0, 99)),
        (AdjustableQuantity(enabled=True, minimum=2, maximum=4), (2, 4)),
    ],
)
def test_quantities(adjustable: AdjustableQuantity | None, bounds: tuple[int, int]) -> None:
    assert checkout.quantity_bounds(line(priced(100), 3, adjustable)) == bounds
