"""BER-TLV: order kept, traps avoided, and one error for everything that is no TLV."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentill.emv import tags, tlv
from opentill.emv.tlv import Item, TlvError, Wanted, item

PRIMITIVE = st.sampled_from([0x4F, 0x50, 0x57, 0x5A, 0x87, 0x9A, 0x5F20, 0x5F34, 0x9F02, 0x9F10, 0xDF8101])
CONSTRUCTED = st.sampled_from([0x61, 0x6F, 0x70, 0x77, 0xA5, 0xBF0C, 0x7F21])
LEAVES = st.builds(item, PRIMITIVE, st.binary(max_size=300))
ITEMS = st.lists(
    st.recursive(LEAVES, lambda inner: st.builds(item, CONSTRUCTED, st.lists(inner, max_size=3)), max_leaves=8),
    max_size=4,
).map(tuple)


@given(ITEMS)
def test_what_is_encoded_decodes_to_itself(items: tuple[Item, ...]) -> None:
    assert tlv.decode(tlv.encode(items)) == items


@given(ITEMS, st.integers(0, 3))
def test_filler_between_items_is_skipped(items: tuple[Item, ...], zeros: int) -> None:
    filler = bytes(zeros)
    assert tlv.decode(filler + filler.join(tlv.encode((one,)) for one in items) + filler) == items


@given(st.binary(max_size=200))
def test_anything_else_is_one_error(data: bytes) -> None:
    try:
        items = tlv.decode(data)
    except TlvError:
        return
    assert tlv.decode(tlv.encode(items)) == items


@given(ITEMS.filter(bool), st.data())
def test_corrupted_bytes_are_one_error_or_other_items(items: tuple[Item, ...], data: st.DataObject) -> None:
    encoded = bytearray(tlv.encode(items))
    encoded[data.draw(st.integers(0, len(encoded) - 1))] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(encoded)))
    with suppress(TlvError):
        other = tlv.decode(bytes(encoded[:cut]))
        assert tlv.decode(tlv.encode(other)) == other


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("5A", "cut short before a length"),
        ("9F", "cut short in a tag"),
        ("9F81", "cut short in a tag"),
        ("9F818181", "more than three bytes"),
        ("5A0812345678", "ends after the data"),
        ("5A8108123456", "ends after the data"),
        ("5A81", "cut short in a length"),
        ("5A8201", "cut short in a length"),
        ("5A83000001AA", "form that EMV does not have"),
        ("5A80AA0000", "form that EMV does not have"),
        ("70035A0812", "ends after the data"),
    ],
)
def test_what_is_wrong_is_said(data: str, why: str) -> None:
    with pytest.raises(TlvError, match=why):
        tlv.decode(bytes.fromhex(data))


def test_lengths_take_as_few_bytes_as_they_need() -> None:
    for length, head in ((0, "00"), (127, "7F"), (128, "8180"), (255, "81FF"), (256, "820100"), (65_535, "82FFFF")):
        assert tlv.encode_one(0x50, bytes(length)).hex().upper().startswith("50" + head)
    with pytest.raises(TlvError, match="longer than"):
        tlv.encode_one(0x50, bytes(65_536))


def test_longer_forms_of_a_length_are_read_too() -> None:
    assert tlv.decode(bytes.fromhex("50810141")) == tlv.decode(bytes.fromhex("5082000141")) == (Item(0x50, b"A"),)


def test_repeated_templates_are_all_there() -> None:
    entries = tlv.inside(tlv.decode(bytes.fromhex("BF0C0E 61054F03A00001 61054F03A00002")), tags.FCI_ISSUER)
    assert [tlv.find(one.items, tags.AID) for one in entries] == [b"\xa0\x00\x01", b"\xa0\x00\x02"]


def test_nesting_and_number_have_an_end() -> None:
    nested = b""
    for _ in range(tlv.DEPTH_MAX + 2):
        nested = tlv.encode_one(0x70, nested)
    with pytest.raises(TlvError, match="nested deeper"):
        tlv.decode(nested)
    with pytest.raises(TlvError, match="more than 512 items"):
        tlv.decode(b"\x50\x00" * 513)
    with pytest.raises(TlvError, match="longer than 65535"):
        tlv.decode(bytes(65_536))


def test_bytes_and_items_go_into_the_right_kind_of_tag() -> None:
    with pytest.raises(TlvError, match="made of items"):
        item(0x70, b"")
    with pytest.raises(TlvError, match="made of bytes"):
        item(0x5A, ())


def test_neither_repr_nor_error_shows_a_value() -> None:
    number = bytes.fromhex("4242424242424242")
    assert "4242" not in repr(tlv.decode(tlv.encode_one(tags.PAN, number)))
    with pytest.raises(TlvError) as caught:
        tlv.decode(b"\x5a\x09" + number)
    assert "4242" not in str(caught.value)


@pytest.mark.parametrize(
    ("entry", "value", "filled"),
    [
        (Wanted(tags.AMOUNT, 6), "000000001000", "000000001000"),
        (Wanted(tags.AMOUNT, 4), "000000001000", "00001000"),  # numbers lose what is in front
        (Wanted(tags.CURRENCY, 3), "0840", "000840"),
        (Wanted(tags.CURRENCY, 0), "0840", ""),
        (Wanted(tags.UNPREDICTABLE_NUMBER, 2), "01020304", "0102"),  # the rest what is behind
        (Wanted(tags.UNPREDICTABLE_NUMBER, 6), "01020304", "010203040000"),
        (Wanted(tags.PAN, 10), "4242424242424242", "4242424242424242FFFF"),
        (Wanted(0x9F99, 3), "", "000000"),  # not known
        (Wanted(0x70, 2), "5000", "0000"),  # a template is never told
    ],
)
def test_a_list_is_filled_in_the_form_it_asks_for(entry: Wanted, value: str, filled: str) -> None:
    assert tlv.fill((entry,), {entry.tag: bytes.fromhex(value)}).hex().upper() == filled


@given(st.binary(max_size=60))
def test_a_list_is_read_or_refused(data: bytes) -> None:
    try:
        wanted = tlv.decode_dol(data)
    except TlvError:
        return
    assert len(tlv.fill(wanted, {})) == sum(entry.length for entry in wanted)
