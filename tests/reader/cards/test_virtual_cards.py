"""The wallet: every card pays as it was made to, on each way it can be read."""

from datetime import date

import pytest
from tests.reader.cards.card_counter import TODAY, cards, pay, ways

from opentill.domain import cards as domain_cards
from opentill.domain.cards import TEST_CARDS, TestCard
from opentill.emv import regions, tracks
from opentill.emv.steps import Interface
from opentill.emv.tracks import ChipRequired
from opentill.reader.cards.virtual import VirtualCard
from opentill.reader.cards.wallet import card_named, wallet

WALLET = wallet(TODAY)
TROUBLES = {"broken_chip", "stripe_only", "blocked_card", "chip_declines", "chip_declines_afterwards"}
WORKING = [card for card in WALLET if card.name not in TROUBLES]
CASES = [pytest.param(card.name, way, id=f"{card.name}-{way}") for card in WORKING for way in ways(card)]
SIMULATED = [card for card in TEST_CARDS if card.simulated]
PHONES = [card for card in WALLET if card.track2 is None]

# Tag 95: authentication of the card is the issuer's, the floor limit is 0; 04 is the PIN for the issuer.
INSERTED = {"none": 0x8000008000, "offline_pin": 0x8000008000, "online_pin": 0x8000048000}


@pytest.mark.parametrize(("name", "way"), CASES)
def test_every_card_pays(name: str, way: Interface) -> None:
    paid = pay(name, way)
    reading = paid.reading
    assert (paid.cryptogram, paid.approved) == (True, True)
    assert reading.read_method == ("contact_emv" if way == "contact" else "contactless_emv")
    assert domain_cards.test_card(reading.number) is not None
    assert (reading.exp_month, reading.exp_year) == (12, 2029)
    assert reading.number not in reading.chip_data.hex()
    assert reading.aid is not None
    assert regions.network(reading.aid) is not None
    assert paid.final is not None
    results = int(reading.terminal_verification_results or "", 16)
    if way == "contact":
        assert results == INSERTED[reading.verification]
        authenticated = 0x1000 if int(paid.final.transaction_status_information or "", 16) & 0x1000 else 0
        assert int(paid.final.transaction_status_information or "", 16) == 0x6800 | authenticated
    else:
        assert results in (0, 0x8000008000)
        assert reading.transaction_status_information == "0000"


@pytest.mark.parametrize("card", SIMULATED, ids=lambda card: card.name)
def test_simulated_readers_and_virtual_ones_know_the_same_cards(card: TestCard) -> None:
    made = cards()[card.simulated or ""]
    assert made.track2 is not None
    assert tracks.track2(made.track2).number == card.number
    assert made.can_tap
    assert made.can_insert
    assert made.can_swipe


def test_all_test_cards_are_there_once() -> None:
    names = [card.name for card in WALLET]
    assert len(set(names)) == len(names)
    assert {card.simulated or card.name for card in TEST_CARDS} <= set(names)
    titles = [card.title for card in WALLET]
    assert len(set(titles)) == len(titles)
    assert all(card.description for card in WALLET)


@pytest.mark.parametrize(
    ("name", "verification", "kinds"),
    [
        ("visa", "none", []),
        ("amex", "none", []),
        ("offline_pin_cvm", "offline_pin", ["offline"]),
        ("offline_pin_sca_retry", "offline_pin", ["offline"]),
        ("online_pin_cvm", "online_pin", ["online"]),
        ("online_pin_sca_retry", "online_pin", ["online"]),
        ("interac", "online_pin", ["online"]),
        ("eftpos_au_debit", "online_pin", ["online"]),
        ("girocard_debit", "online_pin", ["online"]),
        ("cartes_bancaires_visa_debit", "offline_pin", ["offline"]),
        ("visa_gb", "offline_pin", ["offline"]),
        ("visa_au", "online_pin", ["online"]),
        ("physical_test_card", "offline_pin", ["offline"]),
    ],
)
def test_how_an_inserted_card_is_verified(name: str, verification: str, kinds: list[str]) -> None:
    paid = pay(name, "contact")
    assert paid.reading.verification == verification
    assert [pin.kind for pin in paid.pins] == kinds
    assert paid.needs_online_pin == ("online" in kinds)


@pytest.mark.parametrize("name", ["offline_pin_cvm", "offline_pin_sca_retry", "physical_test_card"])
def test_a_wrong_pin_counts_down_until_the_card_declines(name: str) -> None:
    card = cards()[name]
    paid = pay(card, "contact", pin="4321")
    assert [(pin.tries_left, pin.wrong) for pin in paid.pins] == [(3, False), (2, True), (1, True)]
    assert (paid.refused, paid.asked) == ("declined_by_card", None)
    assert pay(card, "contact").pins == []  # blocked, whatever is entered
    assert pay(card, "contact").refused == "declined_by_card"
    assert pay(cards()[name], "contact").approved  # a fresh card


@pytest.mark.parametrize("name", ["online_pin_cvm", "online_pin_sca_retry", "physical_test_card", "girocard_debit"])
def test_after_a_refused_tap_the_pin_is_asked(name: str) -> None:
    assert pay(name, "contactless").pins == []
    again = pay(name, "contactless", verify=True)
    assert [pin.kind for pin in again.pins] == ["online"]
    assert (again.reading.verification, again.needs_online_pin) == ("online_pin", True)


@pytest.mark.parametrize("name", ["offline_pin_cvm", "offline_pin_sca_retry", "visa_fr", "interac"])
def test_a_card_whose_chip_checks_the_pin_must_be_inserted_for_it(name: str) -> None:
    assert pay(name, "contactless", verify=True).refused == "use_chip"


@pytest.mark.parametrize(
    ("name", "country", "currency", "amount", "outcome"),
    [
        ("visa_de", "DE", "eur", 49_99, "none"),
        ("visa_de", "DE", "eur", 50_00, "online_pin"),
        ("visa_fr", "FR", "eur", 49_99, "none"),
        ("visa_fr", "FR", "eur", 50_00, "use_chip"),
        ("cartes_bancaires_mastercard_debit", "FR", "eur", 50_00, "use_chip"),
        ("mastercard_gb", "GB", "gbp", 100_00, "use_chip"),
        ("mastercard_gb", "GB", "gbp", 99_99, "none"),
        ("interac", "CA", "cad", 250_00, "none"),
        ("interac", "CA", "cad", 250_01, "use_chip"),
        ("eftpos_au_debit", "AU", "aud", 200_00, "online_pin"),
        ("visa", "US", "usd", 9_999_00, "none"),
        ("apple_pay_visa", "DE", "eur", 5_000_00, "approval"),
        ("google_pay_mastercard", "GB", "gbp", 5_000_00, "approval"),
    ],
)
def test_tapping_follows_the_country(name: str, country: str, currency: str, amount: int, outcome: str) -> None:
    paid = pay(name, "contactless", country=country, currency=currency, amount=amount)
    assert (paid.refused or paid.reading.verification) == outcome


@pytest.mark.parametrize(
    ("name", "names", "networks"),
    [
        ("eftpos_au_visa_debit", ("EFTPOS", "VISA"), ("eftpos_au", "visa")),
        ("eftpos_au_mastercard_debit", ("EFTPOS", "MASTERCARD"), ("eftpos_au", "mastercard")),
        ("cartes_bancaires_visa_debit", ("CB", "VISA"), ("cartes_bancaires", "visa")),
        ("cartes_bancaires_mastercard_debit", ("CB", "MASTERCARD"), ("cartes_bancaires", "mastercard")),
    ],
)
def test_a_card_of_two_networks(name: str, names: tuple[str, ...], networks: tuple[str, ...]) -> None:
    chosen = [pay(name, "contact", choice=choice) for choice in (0, 1)]
    assert [paid.names for paid in chosen] == [names, names]
    assert tuple(regions.network(paid.reading.aid or "") for paid in chosen) == networks
    tapped = pay(name, "contactless")
    assert (tapped.names, regions.network(tapped.reading.aid or "")) == ((), networks[0])


@pytest.mark.parametrize("card", PHONES, ids=lambda card: card.name)
def test_phones(card: VirtualCard) -> None:
    paid = pay(card, "contactless")
    assert (card.can_insert, card.can_swipe) == (False, False)
    assert paid.reading.verification == "approval"
    assert paid.reading.wallet is not None
    assert card.name.startswith(paid.reading.wallet)
    assert pay(card, "contact").refused == "chip_error"


def test_there_are_the_phones_that_people_have() -> None:
    assert {card.name for card in PHONES} >= {
        "apple_pay_visa",
        "apple_pay_mastercard",
        "google_pay_visa",
        "google_pay_mastercard",
    }


@pytest.mark.parametrize(
    ("name", "languages"),
    [
        ("visa", ("en",)),
        ("cartes_bancaires_visa_debit", ("fr",)),
        ("girocard_debit", ("de",)),
        ("visa_es", ("es",)),
        ("jcb", ("ja",)),
        ("interac", ("en", "fr")),
        ("visa_ch", ("de", "fr", "it")),
    ],
)
def test_languages(name: str, languages: tuple[str, ...]) -> None:
    card = cards()[name]
    assert [pay(card, way).reading.languages for way in ways(card)] == [languages] * 2


# Troubles ---------------------------------------------------------------------------------------------------------


def test_a_broken_chip_falls_back_to_its_stripe() -> None:
    card = cards()["broken_chip"]
    assert [pay(card, "contact").refused for _ in range(3)] == ["chip_error"] * 3
    assert card.track2 is not None
    with pytest.raises(ChipRequired):
        tracks.swiped(card.track2, fallback=False)
    assert tracks.swiped(card.track2, fallback=True).read_method == "magnetic_stripe_fallback"
    assert not card.can_tap


def test_a_stripe_alone_needs_no_fallback() -> None:
    card = cards()["stripe_only"]
    assert (card.can_tap, card.can_insert) == (False, False)
    assert card.track2 is not None
    assert tracks.swiped(card.track2, fallback=False).read_method == "magnetic_stripe_track2"
    assert pay(card, "contact").refused == "chip_error"


@pytest.mark.parametrize("way", ["contact", "contactless"])
def test_a_blocked_card_is_blocked(way: Interface) -> None:
    assert pay("blocked_card", way).refused == "blocked_card"


def test_chips_that_decline() -> None:
    assert pay("chip_declines", "contact").refused == "declined_by_card"
    assert pay("chip_declines", "contactless").refused == "declined_by_card"
    after = pay("chip_declines_afterwards", "contact")
    assert (after.cryptogram, after.approved, after.refused) == (True, False, None)


@pytest.mark.parametrize("name", ["visa", "mastercard", "amex"])
def test_an_issuers_decline_is_the_cards_too(name: str) -> None:
    assert not pay(name, "contact", code="51").approved


# The wallet -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("today", [date(2026, 1, 1), date(2026, 12, 31), date(2028, 2, 29), date(2096, 7, 1)])
def test_cards_are_good_for_years(today: date) -> None:
    for card in wallet(today):
        if card.track2 is not None:
            track = tracks.track2(card.track2)
            assert (track.exp_year, track.exp_month) == (2000 + (today.year + 3) % 100, 12)


def test_cards_are_found_by_name() -> None:
    card = card_named("visa", TODAY)
    assert card is not None
    assert card.title == "Visa"
    assert card_named("no_such_card", TODAY) is None


def test_a_card_remembers_and_a_fresh_one_does_not() -> None:
    card = cards()["visa"]
    first, second, other = (pay(one, "contact").reading.cryptogram for one in (card, card, cards()["visa"]))
    assert first == other  # the same transaction counter, terminal and number
    assert first != second


def test_no_repr_or_text_shows_a_number() -> None:
    for card in WALLET:
        shown = repr(card) + card.title + card.description
        if card.track2 is not None:
            number = tracks.track2(card.track2).number
            assert number not in shown
            assert number[:8] not in shown
