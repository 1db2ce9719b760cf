"""PIN blocks: the published ones, round trips, and one error that tells nothing."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.emv.emv_vectors import vectors

from opentill.emv import des, dukpt, pinblocks
from opentill.emv.pinblocks import BadPinBlock

VECTORS = vectors("pinblocks")
PINS = st.text("0123456789", min_size=4, max_size=12)
NUMBERS = st.text("0123456789", min_size=12, max_size=19)
KEYS = st.sampled_from([16, 24, 32]).flatmap(lambda length: st.binary(min_size=length, max_size=length))


@pytest.mark.parametrize("row", VECTORS["format_0"])
def test_format_0_as_published(row: dict[str, str]) -> None:
    assert pinblocks.format_0(row["pin"], row["number"]).hex().upper() == row["block"]


@pytest.mark.parametrize("row", VECTORS["format_2"])
def test_format_2_as_published(row: dict[str, str]) -> None:
    assert pinblocks.format_2(row["pin"]).hex().upper() == row["block"]
    assert pinblocks.open_format_2(bytes.fromhex(row["block"])) == row["pin"]


@pytest.mark.parametrize("row", VECTORS["format_4"])
def test_format_4_as_published(row: dict[str, str]) -> None:
    key, random = bytes.fromhex(row["key"]), bytes.fromhex(row["random"])
    assert pinblocks.format_4(row["pin"], row["number"], key, random).hex().upper() == row["block"]
    assert pinblocks.open_format_4(bytes.fromhex(row["block"]), row["number"], key) == row["pin"]


def test_format_0_under_a_dukpt_key_as_published() -> None:
    published = vectors("dukpt")["tdes"]
    host = dukpt.Host(dukpt.TDES, bytes.fromhex(published["base"]))
    clear = pinblocks.format_0(published["pin"], published["number"])
    blocks = {
        row["serial"]: des.encipher(host.key(bytes.fromhex(row["serial"])).pin, clear).hex().upper()
        for row in published["keys"]
        if "block" in row
    }
    assert blocks == {row["serial"]: row["block"] for row in published["keys"] if "block" in row}


@given(PINS, NUMBERS, KEYS, st.binary(min_size=10, max_size=10))
def test_every_pin_comes_back(pin: str, number: str, key: bytes, random: bytes) -> None:
    assert pinblocks.open_format_0(pinblocks.format_0(pin, number), number) == pin
    assert pinblocks.open_format_2(pinblocks.format_2(pin)) == pin
    assert pinblocks.open_format_3(pinblocks.format_3(pin, number, random), number) == pin
    assert pinblocks.open_format_4(pinblocks.format_4(pin, number, key, random[:8]), number, key) == pin


@given(PINS, NUMBERS, st.binary(min_size=16, max_size=16))
def test_a_block_of_another_card_is_never_that_pin(pin: str, number: str, key: bytes) -> None:
    other = str((int(number[0]) + 1) % 10) + number[1:]
    block = pinblocks.format_4(pin, number, key, bytes(8))
    with pytest.raises(BadPinBlock, match="not a block of format 4"):
        pinblocks.open_format_4(block, other, key)


def test_random_fills_the_block() -> None:
    key = bytes(16)
    assert pinblocks.format_4("1234", "4242424242424242", key, bytes(8)) != pinblocks.format_4(
        "1234", "4242424242424242", key, b"12345678"
    )
    assert pinblocks.format_3("1234", "4242424242424242", bytes(10)) != pinblocks.format_3(
        "1234", "4242424242424242", bytes(range(10))
    )


@given(st.binary(max_size=20))
def test_other_bytes_are_one_error(data: bytes) -> None:
    for opened in (
        lambda: pinblocks.open_format_0(data, "4242424242424242"),
        lambda: pinblocks.open_format_2(data),
        lambda: pinblocks.open_format_3(data, "4242424242424242"),
        lambda: pinblocks.open_format_4(data, "4242424242424242", bytes(16)),
    ):
        with suppress(BadPinBlock):
            assert 4 <= len(opened()) <= 12


@pytest.mark.parametrize("pin", ["", "123", "1234567890123", "12a4", "\uff11\uff12\uff13\uff14", " 1234"])
def test_what_is_no_pin_is_refused(pin: str) -> None:
    for made in (
        lambda: pinblocks.format_0(pin, "4242424242424242"),
        lambda: pinblocks.format_2(pin),
        lambda: pinblocks.format_4(pin, "4242424242424242", bytes(16), bytes(8)),
    ):
        with pytest.raises(BadPinBlock, match="4 to 12 digits"):
            made()


def test_the_number_and_the_random_bytes_are_checked() -> None:
    with pytest.raises(BadPinBlock, match="12 to 19 digits"):
        pinblocks.format_0("1234", "42424242")
    with pytest.raises(BadPinBlock, match="8 random bytes"):
        pinblocks.format_4("1234", "4242424242424242", bytes(16), bytes(7))
    with pytest.raises(BadPinBlock, match="10 random bytes"):
        pinblocks.format_3("1234", "4242424242424242", bytes(9))
