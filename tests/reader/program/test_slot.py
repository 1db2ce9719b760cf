"""The virtual card slot: what the device notices of a card, when, and what it never does."""

import asyncio
from collections.abc import Callable, Sequence

import pytest
from tests.reader.program.insides import TRACK2, Bench, PlasticCard, hurried

from opentill.reader.device.effects import Effect, Exchange, ListenForCards
from opentill.reader.device.events import (
    CardAnswered,
    CardInserted,
    CardRemoved,
    CardSwiped,
    CardTapped,
    Event,
    PoweredOn,
    Pressed,
)
from opentill.reader.pages import CardMove, PowerMove, Press
from opentill.reader.slot import TAP_SECONDS, VirtualSlot

CONTACT, FIELD, STRIPE = (frozenset((way,)) for way in ("contact", "contactless", "stripe"))
ALL, NONE = CONTACT | FIELD | STRIPE, frozenset[str]()

Do = Callable[[VirtualSlot, PlasticCard], object]
INSERT: Do = VirtualSlot.insert
TAP: Do = VirtualSlot.tap
SWIPE: Do = VirtualSlot.swipe


def remove(slot: VirtualSlot, _: PlasticCard) -> None:
    slot.remove()


def exchange(slot: VirtualSlot, _: PlasticCard) -> None:
    slot.exchange(b"\x00\xa4")


def power_off(slot: VirtualSlot, _: PlasticCard) -> None:
    slot.power_off()


def listen(interfaces: frozenset[str]) -> Do:
    return lambda slot, _: slot.listen(interfaces)  # type: ignore[arg-type]


ANSWER = CardAnswered(b"\x00\xa4\x90\x00")


@pytest.mark.parametrize(
    ("what", "steps", "noticed"),
    [
        ("a card is put in", [listen(ALL), INSERT], [CardInserted()]),
        ("and taken out", [listen(ALL), INSERT, remove], [CardInserted(), CardRemoved()]),
        ("and asked", [listen(ALL), INSERT, exchange, exchange], [CardInserted(), ANSWER, ANSWER]),
        ("asked when it is gone", [listen(ALL), INSERT, remove, exchange], [CardInserted(), CardRemoved()]),
        ("in before the slot opens", [INSERT, listen(FIELD), listen(CONTACT)], [CardInserted()]),
        ("it stays when the slot closes", [listen(ALL), INSERT, listen(NONE), exchange], [CardInserted(), ANSWER]),
        ("and is noticed once", [listen(ALL), INSERT, listen(NONE), listen(ALL)], [CardInserted()]),
        ("but again after a start", [listen(ALL), INSERT, power_off, exchange, listen(ALL)], [CardInserted()] * 2),
        ("out before the slot opens", [INSERT, remove, listen(ALL)], []),
        ("tapped", [listen(FIELD), TAP, exchange], [CardTapped(), ANSWER]),
        ("tapped in a closed field", [listen(CONTACT), TAP, remove], []),
        ("the field opens in time", [TAP, listen(FIELD)], [CardTapped()]),
        ("the field closes", [listen(FIELD), TAP, listen(CONTACT), exchange], [CardTapped(), CardRemoved()]),
        ("a card after another", [listen(ALL), INSERT, TAP], [CardInserted(), CardRemoved(), CardTapped()]),
        ("swiped", [listen(STRIPE), SWIPE], [CardSwiped(TRACK2)]),
        ("swiped in vain", [listen(CONTACT), SWIPE, listen(STRIPE)], []),
        ("swiped with one in the slot", [listen(ALL), INSERT, SWIPE], [CardInserted(), CardSwiped(TRACK2)]),
        ("nothing there", [listen(ALL), remove, exchange], []),
    ],
)
def test_what_is_noticed(what: str, steps: list[Do], noticed: list[Event]) -> None:
    async def scenario() -> list[Event]:
        told: list[Event] = []
        slot = VirtualSlot(told.append, lambda: None)
        for step in steps:
            step(slot, PlasticCard())
        return told

    assert hurried(scenario()) == noticed


@pytest.mark.parametrize("do", [INSERT, TAP, SWIPE])
def test_a_card_is_presented_in_its_ways_only(do: Do) -> None:
    async def scenario() -> None:
        told: list[Event] = []
        slot = VirtualSlot(told.append, lambda: told.append(PoweredOn()))
        slot.listen(frozenset(("contact", "contactless", "stripe")))
        do(slot, PlasticCard(can_tap=False, can_insert=False, can_swipe=False))
        do(slot, PlasticCard(can_tap=False, can_insert=False, track2=None))
        assert told == []

    hurried(scenario())


def test_a_tapped_card_leaves_by_itself() -> None:
    async def scenario() -> None:
        told: list[Event] = []
        slot = VirtualSlot(told.append, lambda: None)
        slot.listen(frozenset(("contactless",)))
        slot.tap(PlasticCard())
        await asyncio.sleep(TAP_SECONDS * 0.9)
        assert told == [CardTapped()]
        await asyncio.sleep(TAP_SECONDS * 0.2)
        assert told == [CardTapped(), CardRemoved()]
        slot.insert(PlasticCard())
        await asyncio.sleep(TAP_SECONDS * 2)
        assert slot.presented is not None

    hurried(scenario())


def test_each_session_is_a_new_one() -> None:
    async def scenario() -> None:
        slot, card = VirtualSlot(lambda _: None, lambda: None), PlasticCard()
        slot.listen(frozenset(("contact", "contactless")))
        for do in (slot.tap, slot.insert, slot.insert):
            do(card)
        assert card.powered == ["contactless", "contact", "contact"]

    hurried(scenario())


def test_the_drawer_moves_cards() -> None:
    """By their names; one that is left in the slot while the reader is off is noticed at the next start."""

    def wants(event: Event) -> Sequence[Effect]:
        match event:
            case PoweredOn():
                return [ListenForCards(frozenset(("contact",)))]
            case Pressed():
                return [Exchange(b"\x00\xb2")]
        return []

    async def scenario() -> None:
        bench = Bench(wants)
        await bench.appliance.hear(CardMove(do="insert", card="visa"))
        presented = bench.appliance.news().card
        assert presented is not None
        assert (presented.name, presented.way) == ("visa", "insert")
        await bench.appliance.hear(PowerMove(do="on"))
        await bench.settle()
        await bench.appliance.hear(Press(button="read"))
        await bench.settle()
        await bench.appliance.hear(CardMove(do="tap", card="no such card"))
        await bench.appliance.hear(CardMove(do="tap"))
        await bench.appliance.hear(CardMove(do="remove"))
        await bench.settle()
        answer = CardAnswered(b"\x00\xb2\x90\x00")
        assert bench.device.heard == [PoweredOn(), CardInserted(), Pressed("read"), answer, CardRemoved()]
        assert bench.appliance.news().card is None
        await bench.appliance.close()

    hurried(scenario())
