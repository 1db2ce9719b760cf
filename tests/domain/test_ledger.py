"""The ledger: whatever happens, entries sum to zero and the balance is the sum of what the merchant was shown."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentill.domain.errors import InvariantBroken
from opentill.domain.ledger import (
    DAY,
    Entry,
    Funds,
    Leg,
    application_fee_entry,
    application_fee_refund_entry,
    as_of,
    available_on,
    balance_transaction,
    capture_entry,
    funds,
    merchant_balance,
    refund_entry,
    refund_failure_entry,
    today,
    value_date_of,
)


def at(text: str) -> int:
    """Seconds since the epoch of a moment in UTC."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


# 2026-11-02 was a Monday.
@pytest.mark.parametrize(
    ("captured", "available"),
    [
        ("2026-11-02T00:00:00", "2026-11-04"),  # Monday → Wednesday
        ("2026-11-02T23:59:59", "2026-11-04"),
        ("2026-11-03T12:00:00", "2026-11-05"),
        ("2026-11-04T12:00:00", "2026-11-06"),
        ("2026-11-05T12:00:00", "2026-11-09"),  # Thursday → Monday
        ("2026-11-06T12:00:00", "2026-11-10"),  # Friday → Tuesday
        ("2026-11-07T12:00:00", "2026-11-10"),  # Saturday → Tuesday
        ("2026-11-08T12:00:00", "2026-11-10"),  # Sunday → Tuesday
        ("2027-12-31T12:00:00", "2028-01-04"),
    ],
)
def test_money_is_available_after_two_business_days(captured: str, available: str) -> None:
    assert available_on(at(captured)) == at(available)


def test_a_capture_with_both_fees() -> None:
    """The documented example of a direct charge: 1000, of which the platform takes 123 and processing 59."""
    day = at("2026-11-04")
    entry = capture_entry(charge="ch_1", currency="usd", amount=1000, fee=59, application_fee=123, value_date=day)
    assert entry.legs == (
        Leg("acquirer_clearing", 1000),
        Leg("merchant_balance:2026-11-04", -818),
        Leg("processing_fees", -59),
        Leg("application_fees", -123),
    )
    shown = balance_transaction(
        entry, id="txn_1", type="charge", created=day - 2 * DAY, description=None, application="ca_1"
    )
    assert (shown.amount, shown.fee, shown.net) == (1000, 182, 818)
    assert [(part.type, part.amount, part.application) for part in shown.fee_details] == [
        ("stripe_fee", 59, None),
        ("application_fee", 123, "ca_1"),
    ]
    assert (shown.status, shown.available_on, shown.reporting_category) == ("pending", day, "charge")

    earned = application_fee_entry(fee="fee_1", currency="usd", amount=123, value_date=day)
    income = balance_transaction(earned, id="txn_2", type="application_fee", created=day, description=None)
    assert (income.amount, income.fee, income.net, income.reporting_category) == (123, 0, 123, "platform_earning")


def test_a_capture_that_costs_nothing_has_two_legs() -> None:
    entry = capture_entry(charge="ch_1", currency="usd", amount=50, fee=0, value_date=0)
    assert entry.legs == (Leg("acquirer_clearing", 50), Leg("merchant_balance:1970-01-01", -50))


def test_pending_becomes_available_at_midnight() -> None:
    day = at("2026-11-04")
    entry = capture_entry(charge="ch_1", currency="usd", amount=1000, fee=59, value_date=day)
    sums = [(leg.ledger_account, "usd", leg.amount) for leg in entry.legs]
    shown = balance_transaction(entry, id="txn_1", type="charge", created=day - DAY, description=None)
    for now, status, expected in [
        (day - 1, "pending", Funds(available=0, pending=941)),
        (day, "available", Funds(available=941, pending=0)),
    ]:
        assert funds(sums, now) == {"usd": expected}
        assert as_of(shown, now).status == status


def test_what_is_available_at_once_shows_when_it_came() -> None:
    now = at("2026-11-02T15:30:00")
    entry = capture_entry(charge="ch_1", currency="usd", amount=1000, fee=59, value_date=today(now))
    shown = balance_transaction(entry, id="txn_1", type="charge", created=now, description=None)
    assert (shown.status, shown.available_on) == ("available", now)


@pytest.mark.parametrize("value_date", [1, DAY - 1, DAY + 1])
def test_a_value_date_is_a_midnight(value_date: int) -> None:
    with pytest.raises(InvariantBroken):
        capture_entry(charge="ch_1", currency="usd", amount=1000, fee=59, value_date=value_date)


def test_an_entry_out_of_balance_cannot_be_made() -> None:
    with pytest.raises(InvariantBroken):
        Entry("usd", "ch_1", 0, (Leg("acquirer_clearing", 100), Leg("merchant_balance:1970-01-01", -99)))


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_not_a_movement(amount: int) -> None:
    with pytest.raises(InvariantBroken):
        capture_entry(charge="ch_1", currency="usd", amount=amount, fee=0, value_date=0)
    with pytest.raises(InvariantBroken):
        refund_entry(refund="re_1", currency="usd", amount=amount, value_date=0)
    with pytest.raises(InvariantBroken):
        refund_failure_entry(refund="re_1", currency="usd", amount=amount, value_date=0)
    with pytest.raises(InvariantBroken):
        application_fee_entry(fee="fee_1", currency="usd", amount=amount, value_date=0)


# Properties -----------------------------------------------------------------------------------------------------------

amounts = st.integers(min_value=1, max_value=10**12)
value_dates = st.integers(min_value=0, max_value=40_000).map(lambda day: day * DAY)
currencies = st.sampled_from(["usd", "eur", "jpy"])


@given(value_dates)
def test_a_ledger_account_tells_its_value_date(value_date: int) -> None:
    assert value_date_of(merchant_balance(value_date)) == value_date


@pytest.mark.parametrize("ledger_account", ["acquirer_clearing", "processing_fees", "application_fees"])
def test_other_ledger_accounts_have_no_value_date(ledger_account: str) -> None:
    assert value_date_of(ledger_account) is None


@st.composite
def movements(draw: st.DrawFn) -> tuple[Entry, str]:
    """Any entry of the books, and the type of the balance transaction that shows it."""
    kind = draw(st.sampled_from(["charge", "refund", "refund_failure", "application_fee", "application_fee_refund"]))
    currency, amount, value_date = draw(currencies), draw(amounts), draw(value_dates)
    if kind == "charge":
        fee, taken = draw(st.integers(0, amount)), draw(st.integers(0, amount))
        return capture_entry(
            charge="ch_1", currency=currency, amount=amount, fee=fee, application_fee=taken, value_date=value_date
        ), kind
    if kind == "refund":
        back = draw(st.integers(0, amount))
        return refund_entry(
            refund="re_1", currency=currency, amount=amount, application_fee=back, value_date=value_date
        ), kind
    if kind == "refund_failure":
        return refund_failure_entry(refund="re_1", currency=currency, amount=amount, value_date=value_date), kind
    if kind == "application_fee":
        return application_fee_entry(fee="fee_1", currency=currency, amount=amount, value_date=value_date), kind
    return application_fee_refund_entry(refund="fr_1", currency=currency, amount=amount, value_date=value_date), kind


@given(st.lists(movements(), max_size=20), st.integers(min_value=0, max_value=40_001 * DAY))
def test_the_balance_is_what_the_transactions_say(history: list[tuple[Entry, str]], now: int) -> None:
    """At any moment available and pending are the sums of the nets whose status says so; each entry sums to zero."""
    books: Counter[tuple[str, str]] = Counter()
    available: Counter[str] = Counter()
    pending: Counter[str] = Counter()
    for number, (entry, kind) in enumerate(history):
        assert sum(leg.amount for leg in entry.legs) == 0
        assert all(leg.amount for leg in entry.legs)
        for leg in entry.legs:
            books[leg.ledger_account, entry.currency] += leg.amount
        shown = balance_transaction(entry, id=f"txn_{number}", type=kind, created=0, description=None)  # type: ignore[arg-type]
        assert shown.net == shown.amount - shown.fee == entry.net
        (available if as_of(shown, now).status == "available" else pending)[entry.currency] += shown.net

    found = funds([(name, currency, amount) for (name, currency), amount in books.items()], now)
    for currency in {entry.currency for entry, _ in history}:
        assert found.get(currency, Funds()) == Funds(available[currency], pending[currency])
    assert set(found) <= {entry.currency for entry, _ in history}


@given(st.lists(movements(), max_size=20))
def test_the_books_balance(history: list[tuple[Entry, str]]) -> None:
    """Over all ledger accounts a currency's postings sum to zero."""
    total: Counter[str] = Counter()
    for entry, _ in history:
        for leg in entry.legs:
            total[entry.currency] += leg.amount
    assert not any(total.values())


@given(st.integers(min_value=0, max_value=40_000 * DAY))
def test_money_waits_two_to_four_days_and_never_comes_on_a_weekend(now: int) -> None:
    day = available_on(now)
    assert 2 * DAY <= day - today(now) <= 4 * DAY
    assert datetime.fromtimestamp(day, UTC).weekday() < 5
