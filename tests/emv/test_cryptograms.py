"""Cryptograms: the published ones, what each version covers, and the issuer that checks and answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.emv.emv_vectors import vectors

from opentill.emv import cryptograms, des, issuer, tags, tlv
from opentill.emv.cryptograms import VERSION_10, VERSION_14, VERSION_18, CryptogramError, Version

PUBLISHED = vectors("cryptograms")
NUMBER = "4242424242424242"
APPLICATION_DATA = {
    VERSION_10: bytes.fromhex("06010A03A00000"),
    VERSION_18: bytes.fromhex("06011203A00000"),
    VERSION_14: bytes.fromhex("0114A00000000000") + bytes(10),
}
VERSIONS = pytest.mark.parametrize("version", APPLICATION_DATA, ids=lambda version: f"{version.number:02X}")


def values(version: Version) -> dict[int, bytes]:
    data = {tag: bytes(range(1, length + 1)) for tag, length in cryptograms.LENGTHS.items()}
    return {**data, tags.ISSUER_DATA: APPLICATION_DATA[version]}


def chip_data(version: Version, **changed: bytes) -> bytes:
    said = values(version)
    key = issuer.card_key(NUMBER, "01")
    said[tags.CRYPTOGRAM] = version.cryptogram(key, said)
    said[tags.SEQUENCE_NUMBER] = b"\x01"
    said |= {getattr(tags, name): value for name, value in changed.items()}
    return b"".join(tlv.encode_one(tag, value) for tag, value in said.items())


def test_keys_and_cryptograms_as_published() -> None:
    key = cryptograms.card_key(bytes.fromhex(PUBLISHED["master"]), PUBLISHED["number"], PUBLISHED["sequence"])
    session = cryptograms.session_key(key, bytes.fromhex(PUBLISHED["diversifier"]))
    arqc = des.mac(session, bytes.fromhex(PUBLISHED["data"]))
    arpc = cryptograms.arpc_1(key, arqc, bytes.fromhex(PUBLISHED["response_code"]))
    assert des.check_value(key).hex().upper().startswith(PUBLISHED["card_key_check"])
    assert des.check_value(session).hex().upper().startswith(PUBLISHED["session_key_check"])
    assert (arqc.hex().upper(), arpc.hex().upper()) == (PUBLISHED["arqc"], PUBLISHED["arpc"])


@given(st.binary(min_size=16, max_size=16), st.text("0123456789", min_size=12, max_size=19))
def test_keys_have_odd_parity(master: bytes, number: str) -> None:
    key = cryptograms.card_key(master, number, None)
    assert all(byte.bit_count() % 2 for byte in key + cryptograms.session_key(key, b"\x00\x01" + bytes(6)))
    assert key == cryptograms.card_key(master, number, "00")


@given(st.binary(max_size=40))
def test_the_mac_is_triple_only_at_the_end(data: bytes) -> None:
    """Algorithm 3 with two equal halves is a plain CBC MAC with single DES: another way to compute it."""
    half = bytes.fromhex("0123456789ABCDEF")
    padded = data + b"\x80"
    padded += bytes(-len(padded) % 8)
    chained = bytes(8)
    for at in range(0, len(padded), 8):
        chained = des.encipher(half, bytes(a ^ b for a, b in zip(chained, padded[at : at + 8], strict=True)))
    assert des.mac(half * 2, data) == chained


@VERSIONS
def test_the_version_is_in_the_application_data(version: Version) -> None:
    assert cryptograms.version(APPLICATION_DATA[version]) is version


@pytest.mark.parametrize("data", ["", "06", "06010B03A00000", "0701120300000000", "00" * 18, "0115" + "00" * 16])
def test_another_version_is_an_error(data: str) -> None:
    with pytest.raises(CryptogramError, match="version"):
        cryptograms.version(bytes.fromhex(data))


@VERSIONS
def test_the_issuer_knows_its_card(version: Version) -> None:
    assert issuer.check(chip_data(version), NUMBER)
    assert issuer.check(chip_data(version), NUMBER, "01")
    assert not issuer.check(chip_data(version), NUMBER, "02")
    assert not issuer.check(chip_data(version), "5555555555554444", "01")


@VERSIONS
@pytest.mark.parametrize("tag", [*cryptograms.LENGTHS, tags.CRYPTOGRAM, tags.ISSUER_DATA], ids=lambda tag: f"{tag:X}")
def test_nothing_that_is_signed_can_be_changed(version: Version, tag: int) -> None:
    items = {one.tag: one.value for one in tlv.decode(chip_data(version))}
    at = 5 if tag == tags.ISSUER_DATA else len(items[tag]) - 1  # 5: a byte of the card's own results
    changed = bytearray(items[tag])
    changed[at] ^= 1
    for value in (bytes(changed), b""):
        said = b"".join(tlv.encode_one(one, value if one == tag else was) for one, was in items.items())
        assert not issuer.check(said, NUMBER)


@given(st.binary(max_size=100))
def test_other_bytes_are_just_wrong(data: bytes) -> None:
    assert not issuer.check(data, NUMBER)
    assert issuer.respond(data, NUMBER, None, "00") == b""


@VERSIONS
def test_the_issuers_answer_depends_on_its_decision(version: Version) -> None:
    approved, declined = (issuer.respond(chip_data(version), NUMBER, "01", code) for code in ("00", "05"))
    assert approved != declined
    lengths = {1: 10, 2: 8}
    for answer in (approved, declined):
        (one,) = tlv.decode(answer)
        assert (one.tag, len(one.value)) == (tags.ISSUER_AUTHENTICATION, lengths[version.method])


@pytest.mark.parametrize("code", ["", "0", "000", "é0"])
def test_a_code_that_is_none_is_not_answered(code: str) -> None:
    assert issuer.respond(chip_data(VERSION_10), NUMBER, "01", code) == b""
