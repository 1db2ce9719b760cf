"""Cards go in and come out; what was changed, moved or is somebody else's does not."""

import asyncio
from base64 import b64decode
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.vault.vault_fakes import FixedClock, MemoryStore

from opentill.domain.cards import ClearCard
from opentill.domain.ids import ALPHABET
from opentill.ports.vault import SealedCard, VaultError
from opentill.services.kinds import DATA_KEYS
from opentill.vault.cards import FIRST_KEY, CardVault
from opentill.vault.keyring import FileKeyring

T = TypeVar("T")
NUMBER = "4242424242424242"
CARD = ClearCard(number=NUMBER, exp_month=12, exp_year=2030, verification="987")


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def keyring(tmp_path: Path) -> FileKeyring:
    return FileKeyring.open(tmp_path / "keys" / "root.key")


@pytest.fixture
def vault(store: MemoryStore, keyring: FileKeyring) -> CardVault:
    return vault_on(store, keyring)


def vault_on(store: MemoryStore, keyring: FileKeyring) -> CardVault:
    return CardVault(store, keyring, FixedClock(), DATA_KEYS)  # type: ignore[arg-type]  # as much of one as it uses


@pytest.mark.parametrize(
    "card",
    [
        CARD,
        ClearCard(number="4711009900000316877", exp_month=1, exp_year=2027),
        ClearCard(number="378282246310005", exp_month=9, exp_year=2031, verification="1234"),
    ],
)
def test_a_card_comes_out_as_it_went_in(vault: CardVault, card: ClearCard) -> None:
    sealed = run(vault.seal("acct_1", "card_1", card))

    assert sealed.id == "card_1"
    assert run(vault.open("acct_1", sealed)) == card


def test_another_process_opens_it_too(vault: CardVault, store: MemoryStore, keyring: FileKeyring) -> None:
    sealed = run(vault.seal("acct_1", "card_1", CARD))

    assert run(vault_on(store, FileKeyring.read(keyring.path)).open("acct_1", sealed)) == CARD


def test_nothing_stored_can_be_read(vault: CardVault, store: MemoryStore) -> None:
    sealed = run(vault.seal("acct_1", "card_1", CARD))

    kept = msgspec.json.encode([sealed, *(row.value for row in store.rows.values())]) + b64decode(sealed.card)
    assert not [secret for secret in (NUMBER.encode(), NUMBER[:8].encode(), b"|12|2030") if secret in kept]
    assert b"987" not in b64decode(sealed.verification or "")
    assert NUMBER not in repr((vault, sealed, store.rows))


def test_the_same_card_is_sealed_differently_each_time(vault: CardVault) -> None:
    first, second = (run(vault.seal("acct_1", "card_1", CARD)) for _ in range(2))

    assert first.card != second.card
    assert first.verification != second.verification


def test_an_account_has_one_data_key(vault: CardVault, store: MemoryStore) -> None:
    for account, token in (("acct_1", "card_1"), ("acct_1", "card_2"), ("acct_2", "card_3")):
        run(vault.seal(account, token, CARD))

    assert sorted(store.rows) == [("acct_1", FIRST_KEY), ("acct_2", FIRST_KEY)]
    wrapped = {row.value.wrapped for row in store.rows.values()}
    assert len(wrapped) == 2


def test_the_verification_code_is_forgotten(vault: CardVault) -> None:
    sealed = vault.forget_verification(run(vault.seal("acct_1", "card_1", CARD)))

    assert sealed.verification is None
    assert run(vault.open("acct_1", sealed)) == msgspec.structs.replace(CARD, verification=None)
    assert vault.forget_verification(sealed) is sealed


@pytest.mark.parametrize(
    ("account", "change"),
    [
        pytest.param("acct_1", lambda _, other: {"id": other.id}, id="another token"),
        pytest.param("acct_2", lambda _, __: {}, id="another account"),
        pytest.param("acct_1", lambda _, other: {"verification": other.verification}, id="another card's code"),
        pytest.param("acct_1", lambda _, other: {"card": other.card}, id="another card's number"),
        pytest.param("acct_1", lambda sealed, _: {"verification": sealed.card}, id="the number as the code"),
        pytest.param("acct_1", lambda sealed, _: {"card": sealed.verification}, id="the code as the number"),
    ],
)
def test_a_record_does_not_open_elsewhere(
    vault: CardVault, account: str, change: Callable[[SealedCard, SealedCard], dict[str, Any]]
) -> None:
    sealed = run(vault.seal("acct_1", "card_1", CARD))
    other = run(vault.seal("acct_1", "card_2", CARD))
    run(vault.seal("acct_2", "card_3", CARD))
    moved = msgspec.structs.replace(sealed, **change(sealed, other))

    with pytest.raises(VaultError, match="does not open"):
        run(vault.open(account, moved))


@pytest.mark.parametrize("broken", ["", "AAAA", "not base64!", "é"])
def test_a_broken_record_does_not_open(vault: CardVault, broken: str) -> None:
    sealed = run(vault.seal("acct_1", "card_1", CARD))

    with pytest.raises(VaultError, match="does not open") as refused:
        run(vault.open("acct_1", msgspec.structs.replace(sealed, card=broken)))
    assert refused.value.__cause__ is None


@given(st.data())
def test_one_changed_character_is_noticed(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    vault = vault_on(MemoryStore(), FileKeyring.open(tmp_path_factory.mktemp("keys") / "root.key"))
    sealed = run(vault.seal("acct_1", "card_1", CARD))
    position = data.draw(st.integers(0, len(sealed.card) - 5))  # the last four may be padding and unused bits
    character = data.draw(st.sampled_from(ALPHABET).filter(lambda other: other != sealed.card[position]))
    changed = sealed.card[:position] + character + sealed.card[position + 1 :]

    with pytest.raises(VaultError):
        run(vault.open("acct_1", msgspec.structs.replace(sealed, card=changed)))


def test_without_its_data_key_a_card_does_not_open(vault: CardVault, store: MemoryStore, keyring: FileKeyring) -> None:
    sealed = run(vault.seal("acct_1", "card_1", CARD))
    store.rows.clear()

    with pytest.raises(VaultError, match="data key of this card is gone"):
        run(vault_on(store, keyring).open("acct_1", sealed))


def test_without_the_root_key_nothing_opens(
    vault: CardVault, store: MemoryStore, keyring: FileKeyring, tmp_path: Path
) -> None:
    sealed = run(vault.seal("acct_1", "card_1", CARD))
    other = vault_on(store, FileKeyring.open(tmp_path / "other.key"))

    for work in (other.open("acct_1", sealed), other.seal("acct_1", "card_2", CARD)):
        with pytest.raises(VaultError, match=f"root key {keyring.current.id}, which .* does not have"):
            run(work)


def test_a_data_key_does_not_open_for_another_account(
    vault: CardVault, store: MemoryStore, keyring: FileKeyring
) -> None:
    run(vault.seal("acct_1", "card_1", CARD))
    run(vault.seal("acct_2", "card_2", CARD))
    store.rows["acct_2", FIRST_KEY] = store.rows["acct_1", FIRST_KEY]

    with pytest.raises(VaultError):
        run(vault_on(store, keyring).seal("acct_2", "card_3", CARD))


def test_two_first_uses_end_with_one_key(vault: CardVault, store: MemoryStore, keyring: FileKeyring) -> None:
    quicker = vault_on(store, keyring)
    sealed_by_other: list[SealedCard] = []

    async def be_quicker() -> None:
        sealed_by_other.append(await quicker.seal("acct_1", "card_1", CARD))

    store.before_commit = be_quicker
    sealed = run(vault.seal("acct_1", "card_2", CARD))

    assert len(store.rows) == 1
    for record in (*sealed_by_other, sealed):
        assert run(vault.open("acct_1", record)) == CARD
        assert run(quicker.open("acct_1", record)) == CARD


def test_the_root_key_is_changed_and_every_card_still_opens(
    vault: CardVault, store: MemoryStore, keyring: FileKeyring
) -> None:
    sealed = {account: run(vault.seal(account, "card_1", CARD)) for account in ("acct_1", "acct_2", "acct_3")}
    fingerprint = vault.fingerprint("acct_1", NUMBER)

    changed = vault_on(store, keyring.rotate())
    assert run(changed.rewrap()) == 3
    assert run(changed.rewrap()) == 0
    after = vault_on(store, FileKeyring.read(keyring.path).forget_previous())

    for account, record in sealed.items():
        assert run(after.open(account, record)) == CARD
        assert run(vault.open(account, record)) == CARD  # a process that goes on with what it knows
    assert after.fingerprint("acct_1", NUMBER) == fingerprint


def test_a_process_with_the_earlier_root_key_finds_the_new_one(
    vault: CardVault, store: MemoryStore, keyring: FileKeyring
) -> None:
    sealed = run(vault.seal("acct_1", "card_1", CARD))
    earlier = vault_on(store, keyring)
    run(vault_on(store, keyring.rotate()).rewrap())

    assert run(earlier.open("acct_1", sealed)) == CARD


def test_two_rewraps_at_once(vault: CardVault, store: MemoryStore, keyring: FileKeyring) -> None:
    sealed = run(vault.seal("acct_1", "card_1", CARD))
    changed = vault_on(store, keyring.rotate())
    counts: list[int] = []

    async def be_quicker() -> None:
        counts.append(await vault_on(store, FileKeyring.read(keyring.path)).rewrap())

    store.before_commit = be_quicker
    assert run(changed.rewrap()) == 0
    assert counts == [1]
    assert run(changed.open("acct_1", sealed)) == CARD


def test_fingerprints(vault: CardVault, tmp_path: Path) -> None:
    fingerprint = vault.fingerprint("acct_1", NUMBER)

    assert len(fingerprint) == 16
    assert set(fingerprint) <= set(ALPHABET)
    assert vault.fingerprint("acct_1", NUMBER) == fingerprint
    assert vault.fingerprint("acct_1", "5555555555554444") != fingerprint
    assert vault.fingerprint("acct_2", NUMBER) != fingerprint
    elsewhere = vault_on(MemoryStore(), FileKeyring.open(tmp_path / "other.key"))
    assert elsewhere.fingerprint("acct_1", NUMBER) != fingerprint


def test_many_accounts_do_not_fill_the_memory(vault: CardVault) -> None:
    first = vault.fingerprint("acct_0", NUMBER)
    for account in range(5000):
        vault.fingerprint(f"acct_{account}", NUMBER)

    assert len(vault._fingerprint_keys) <= 4096
    assert vault.fingerprint("acct_0", NUMBER) == first


def test_contents_come_out_as_they_went_in_and_nowhere_else(vault: CardVault, store: MemoryStore) -> None:
    sealed = run(vault.seal_contents("acct_1", "file_1", b"a private key \x00\xff."))
    assert b"private" not in sealed
    assert run(vault.open_contents("acct_1", "file_1", sealed)) == b"a private key \x00\xff."
    assert run(vault.seal_contents("acct_1", "file_1", b"a private key \x00\xff.")) != sealed
    run(vault.seal_contents("acct_2", "file_1", b"theirs"))
    for account, name, content in (
        ("acct_2", "file_1", sealed),
        ("acct_1", "file_2", sealed),
        ("acct_1", "file_1", sealed[:-1]),
        ("acct_1", "file_1", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        ("acct_1", "file_1", b"dk_9." + sealed.partition(b".")[2]),
        ("acct_1", "file_1", b"no seal at all"),
        ("acct_1", "file_1", b""),
    ):
        with pytest.raises(VaultError):
            run(vault.open_contents(account, name, content))
