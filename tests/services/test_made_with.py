"""What is remembered of a payment's commits: ids to read along with it, of the payments of late."""

from typing import Any

import pytest

from opentill.ports.store import Changes, Insert, Kind, Stored, Update
from opentill.services import made_with
from opentill.services.kinds import ATTEMPTS, CARDS, CHARGES, EVENTS, PAYMENT_INTENTS, PAYMENT_METHODS
from opentill.services.made_with import MadeWith

SHOP = "acct_shop"


def made(kind: Kind[Any, Any], id: str) -> Insert:
    return Insert(kind, SHOP, False, id, 1, None)


def changed(id: str) -> Update:
    return Update(Stored(PAYMENT_INTENTS, SHOP, False, id, 1, 1, None, None), None, None)


CREATED = [made(CARDS, "card_1"), made(PAYMENT_METHODS, "pm_1"), made(PAYMENT_INTENTS, "pi_1"), made(EVENTS, "evt_1")]


def test_the_last_that_was_made_is_what_is_read_next() -> None:
    known = MadeWith()
    assert known.of(SHOP, "pi_1") == ()
    known.remember(Changes(inserts=CREATED))
    assert known.of(SHOP, "pi_1") == [(CARDS, "card_1"), (PAYMENT_METHODS, "pm_1")]
    known.remember(Changes(inserts=[made(ATTEMPTS, "att_1")], updates=[changed("pi_1")]))
    assert known.of(SHOP, "pi_1") == [(CARDS, "card_1"), (PAYMENT_METHODS, "pm_1")]
    known.remember(Changes(inserts=[made(CHARGES, "ch_1"), made(EVENTS, "evt_2")], updates=[changed("pi_1")]))
    assert known.of(SHOP, "pi_1") == [(CHARGES, "ch_1")]
    assert known.of("acct_other", "pi_1") == ()


def test_only_the_payments_of_late_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(made_with, "INTENTS_MAX", 2)
    known = MadeWith()
    for number in range(3):
        known.remember(Changes(inserts=[made(CHARGES, f"ch_{number}")], updates=[changed(f"pi_{number}")]))
    assert [bool(known.of(SHOP, f"pi_{number}")) for number in range(3)] == [False, True, True]
