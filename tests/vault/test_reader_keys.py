"""The keys that readers speak to: what they seal opens here only, and only for what it belongs to."""

import secrets
from asyncio import run
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.vault.vault_fakes import FixedClock, MemoryStore

from opentill.domain.cards import ClearCard
from opentill.emv import dukpt, pinblocks, tags, tlv
from opentill.link import sealing
from opentill.link.messages import PinBlock, SealedReading
from opentill.link.sealing import Binding, ClearReading
from opentill.ports.vault import VaultError
from opentill.services.kinds import DATA_KEYS
from opentill.vault.cards import CardVault
from opentill.vault.keyring import FileKeyring

NUMBER = "4242424242424242"
READING = ClearReading(number=NUMBER, exp_month=12, exp_year=2030, cardholder_name="DOE/JANE", sequence_number="01")
BINDING = Binding(reader="tmr_1", action="act_1", amount=1000, currency="usd", sequence=7)
KEY_ID = bytes.fromhex("0102030405060708")


def vault_of(keyring: FileKeyring) -> CardVault:
    return CardVault(MemoryStore(), keyring, FixedClock(), DATA_KEYS)  # type: ignore[arg-type]  # as much as it uses


@pytest.fixture
def keyring(tmp_path: Path) -> FileKeyring:
    return FileKeyring.open(tmp_path / "keys" / "root.key")


@pytest.fixture
def vault(keyring: FileKeyring) -> CardVault:
    return vault_of(keyring)


def sealed(vault: CardVault, binding: Binding = BINDING) -> SealedReading:
    key = vault.card_key()
    return SealedReading(key=key.id, sequence=binding.sequence, sealed=sealing.seal(READING, binding, key.public))


def loaded(vault: CardVault, id: bytes = KEY_ID) -> dukpt.Device:
    private = X25519PrivateKey.generate()
    key = vault.pin_key(id, private.public_key().public_bytes_raw())
    return dukpt.Device.loaded(dukpt.AES, sealing.open_pin_key(key, id, private), id)


def block(device: dukpt.Device, pin: str = "1234", number: str = NUMBER) -> PinBlock:
    _, key = device.advance()
    return PinBlock(ksn=key.serial, block=pinblocks.format_4(pin, number, key.pin, secrets.token_bytes(8)))


# Readings ---------------------------------------------------------------------------------------------------------


def test_a_reading_opens(vault: CardVault) -> None:
    assert vault.open_reading(sealed(vault), BINDING) == READING


@pytest.mark.parametrize(
    "moved",
    [{"reader": "tmr_2"}, {"action": "act_2"}, {"amount": 1001}, {"currency": "eur"}, {"sequence": 8}],
    ids=lambda moved: next(iter(moved)),
)
def test_a_reading_that_was_moved_does_not_open(vault: CardVault, moved: dict[str, Any]) -> None:
    with pytest.raises(VaultError):
        vault.open_reading(sealed(vault), replace(BINDING, **moved))


@given(position=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_a_reading_that_was_changed_does_not_open(
    tmp_path_factory: pytest.TempPathFactory, position: int, bit: int
) -> None:
    vault = vault_of(FileKeyring.open(tmp_path_factory.getbasetemp() / "changed" / "root.key"))
    reading = sealed(vault)
    changed = bytearray(reading.sealed)
    changed[position % len(changed)] ^= 1 << bit
    with pytest.raises(VaultError):
        vault.open_reading(replace(reading, sealed=bytes(changed)), BINDING)


def test_a_reading_for_another_installation_does_not_open(vault: CardVault, tmp_path: Path) -> None:
    other = vault_of(FileKeyring.open(tmp_path / "other" / "root.key"))
    assert other.card_key() != vault.card_key()
    with pytest.raises(VaultError, match="not known here"):
        vault.open_reading(sealed(other), BINDING)
    with pytest.raises(VaultError, match="does not open"):
        vault.open_reading(replace(sealed(other), key=vault.card_key().id), BINDING)


def test_every_process_has_the_same_keys(vault: CardVault, keyring: FileKeyring) -> None:
    other = vault_of(FileKeyring.read(keyring.path))
    assert other.card_key() == vault.card_key()
    assert other.open_reading(sealed(vault), BINDING) == READING
    assert other.open_pin(block(loaded(vault)), NUMBER) == "1234"


def test_what_was_sealed_before_the_root_key_changed_still_opens(vault: CardVault, keyring: FileKeyring) -> None:
    reading, pin = sealed(vault), block(loaded(vault))
    rotated = keyring.rotate()
    newer = vault_of(rotated)
    assert newer.card_key() != vault.card_key()
    assert newer.open_reading(reading, BINDING) == READING
    assert newer.open_pin(pin, NUMBER) == "1234"
    assert vault.open_reading(sealed(newer), BINDING) == READING  # it reads the key file again
    without = vault_of(rotated.forget_previous())
    with pytest.raises(VaultError):
        without.open_reading(reading, BINDING)
    with pytest.raises(VaultError):
        without.open_pin(pin, NUMBER)


# PINs -------------------------------------------------------------------------------------------------------------


@given(pin=st.text("0123456789", min_size=4, max_size=12), steps=st.integers(0, 40))
def test_a_pin_opens(tmp_path_factory: pytest.TempPathFactory, pin: str, steps: int) -> None:
    vault = vault_of(FileKeyring.open(tmp_path_factory.getbasetemp() / "pins" / "root.key"))
    device = loaded(vault)
    for _ in range(steps):
        device, _ = device.advance()
    assert vault.open_pin(block(device, pin), NUMBER) == pin


def test_a_pin_is_that_of_its_card(vault: CardVault) -> None:
    with pytest.raises(VaultError):
        vault.open_pin(block(loaded(vault)), "5555555555554444")


@pytest.mark.parametrize(
    "serial",
    [
        bytes.fromhex("0102030405060709") + bytes.fromhex("00000001"),
        KEY_ID + bytes.fromhex("00000002"),
        KEY_ID + bytes(4),
        KEY_ID + bytes.fromhex("FFFFFFFF"),
        KEY_ID,
        b"",
    ],
    ids=["another reader", "another transaction", "no transaction", "a counter that is skipped", "too short", "empty"],
)
def test_a_pin_under_another_serial_number(vault: CardVault, serial: bytes) -> None:
    pin = block(loaded(vault))
    with pytest.raises(VaultError):
        vault.open_pin(replace(pin, ksn=serial), NUMBER)


def test_a_pin_key_is_for_its_reader(vault: CardVault) -> None:
    private, other = X25519PrivateKey.generate(), X25519PrivateKey.generate()
    key = vault.pin_key(KEY_ID, private.public_key().public_bytes_raw())
    with pytest.raises(sealing.DoesNotOpen):
        sealing.open_pin_key(key, KEY_ID, other)
    with pytest.raises(sealing.DoesNotOpen):
        sealing.open_pin_key(key, bytes(8), private)
    assert loaded(vault).keys != loaded(vault, bytes(8)).keys


def test_a_pin_is_sealed_while_it_is_kept_and_then_forgotten(vault: CardVault) -> None:
    card = ClearCard(number=NUMBER, exp_month=12, exp_year=2030, pin="1234")
    kept = run(vault.seal("acct_1", "card_1", card))
    assert kept.pin is not None
    assert "1234" not in kept.pin
    assert run(vault.open("acct_1", kept)) == card
    with pytest.raises(VaultError):
        run(vault.open("acct_1", replace(kept, pin=kept.card)))
    forgotten = vault.forget_verification(kept)
    assert not forgotten.verifies
    assert run(vault.open("acct_1", forgotten)) == ClearCard(number=NUMBER, exp_month=12, exp_year=2030)


# Chip data --------------------------------------------------------------------------------------------------------


def test_chip_data_without_secrets(vault: CardVault) -> None:
    vault.check_chip_data(tlv.encode_one(tags.AMOUNT, bytes(6)) + tlv.encode_one(tags.SEQUENCE_NUMBER, b"\x01"))


@pytest.mark.parametrize("tag", sorted(tags.SECRET), ids=lambda tag: f"{tag:02X}")
def test_chip_data_with_secrets(vault: CardVault, tag: int) -> None:
    secret = tlv.encode_one(tag, bytes.fromhex(NUMBER))
    for data in (secret, tlv.encode_one(tags.AMOUNT, bytes(6)) + secret, tlv.encode_one(tags.RECORD, secret)):
        with pytest.raises(VaultError, match="sealed"):
            vault.check_chip_data(data)


def test_chip_data_that_are_none(vault: CardVault) -> None:
    with pytest.raises(VaultError, match="cannot be read"):
        vault.check_chip_data(b"\x9f\x02\x06\x00")


def test_nothing_shows_a_secret(vault: CardVault, keyring: FileKeyring) -> None:
    card = ClearCard(number=NUMBER, exp_month=12, exp_year=2030, pin="864213579")
    for shown in (repr(card), str(card), f"{READING}", repr(loaded(vault)), repr(vault._keys_of(keyring.current))):
        assert NUMBER not in shown
        assert "864213579" not in shown
