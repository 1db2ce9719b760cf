"""The parts of a transaction that inserted and tapped cards have in common (EMV Book 3, section 10)."""

from typing import Final

from opentill.emv import apdu, tags, tlv
from opentill.emv.conversation import ChipError, Flow, demand, exchange
from opentill.emv.progress import Progress
from opentill.emv.selection import read
from opentill.emv.verification import Tvr

_RECORDS_MAX: Final = 64
"""How many records we read; real cards have fewer than twenty."""
_SFI_MAX: Final = 30
_NOT_A_CASH_MACHINE: Final = 0x01
_GOODS_AT_HOME: Final = 0x28
_GOODS_ABROAD: Final = 0x14
"""Byte 1 of tag 9F07: at other than cash machines; goods or services, domestic or international."""

_ONLINE_ALWAYS: Final = b"\xff" * 5
_NEVER: Final = bytes(5)


def options(progress: Progress) -> Flow[int]:
    """GET PROCESSING OPTIONS: the status; with 9000 the card's data are in `progress`. Raises ChipError, TlvError."""
    response = yield from exchange(apdu.get_processing_options(progress.fill(tags.PDOL)))
    if response.status != apdu.OK:
        return response.status
    _learn_response(progress, response.data, ((tags.AIP, 2), (tags.AFL, None)))
    if len(progress.must(tags.AIP)) != 2:
        raise ChipError("82 has a wrong length")
    return response.status


def records(progress: Progress) -> Flow[None]:
    """READ RECORD for all that the file locator names. Raises ChipError, TlvError."""
    locator = progress.card.get(tags.AFL, b"")
    if len(locator) % 4:
        raise ChipError("94 has a wrong length")
    left = _RECORDS_MAX
    for at in range(0, len(locator), 4):
        sfi, first, last, signed = locator[at] >> 3, *locator[at + 1 : at + 4]
        if not (1 <= sfi <= _SFI_MAX and 1 <= first <= last and signed <= last - first + 1):
            raise ChipError("94 names no records")
        left -= last - first + 1
        if left < 0:
            raise ChipError("94 names too many records")
        for record in range(first, last + 1):
            progress.learn((yield from read(sfi, record)))


def cryptogram(progress: Progress, kind: int, list_tag: int) -> Flow[int]:
    """GENERATE AC: asks for `kind`, gives what came (`apdu.ARQC`, TC or AAC). Raises ChipError, TlvError."""
    for tag in (tags.CRYPTOGRAM_INFORMATION, tags.ATC, tags.CRYPTOGRAM, tags.ISSUER_DATA):
        progress.card.pop(tag, None)
    data = yield from demand(apdu.generate_ac(kind, progress.fill(list_tag)))
    fields = (
        (tags.CRYPTOGRAM_INFORMATION, 1),
        (tags.ATC, 2),
        (tags.CRYPTOGRAM, 8),
        (tags.ISSUER_DATA, None),
    )
    _learn_response(progress, data, fields)
    return cryptogram_kind(progress)


def cryptogram_kind(progress: Progress) -> int:
    """What kind of cryptogram the card gave. Raises ChipError if it is not complete."""
    lengths = ((tags.CRYPTOGRAM_INFORMATION, 1), (tags.ATC, 2), (tags.CRYPTOGRAM, 8))
    for tag, length in lengths:
        if len(progress.must(tag)) != length:
            raise ChipError(f"{tag:02X} has a wrong length")
    return progress.card[tags.CRYPTOGRAM_INFORMATION][0] & 0xC0


def restrictions(progress: Progress) -> None:
    """Version, usage and dates (Book 3, 10.4): TVR byte 2."""
    card, terminal = progress.card, progress.terminal
    version = card.get(tags.CARD_VERSION)
    if version is not None and version != progress.ours[tags.TERMINAL_VERSION]:
        progress.tvr |= Tvr.VERSIONS_DIFFER
    usage, country = card.get(tags.USAGE_CONTROL), card.get(tags.ISSUER_COUNTRY)
    if usage:
        goods = 0xFF
        if country:
            at_home = int.from_bytes(country, "big") == int(terminal.country, 16)
            goods = _GOODS_AT_HOME if at_home else _GOODS_ABROAD
        if not (usage[0] & _NOT_A_CASH_MACHINE and usage[0] & goods):
            progress.tvr |= Tvr.SERVICE_NOT_ALLOWED
    today = progress.transaction.date
    if card.get(tags.EFFECTIVE, b"").hex() > today:
        progress.tvr |= Tvr.NOT_YET_EFFECTIVE
    if progress.must(tags.EXPIRY).hex() < today:
        progress.tvr |= Tvr.EXPIRED


def denied(progress: Progress) -> bool:
    """Whether terminal or issuer want a decline without asking anybody (terminal action analysis, 10.7)."""
    ours = progress.candidate.application.denial if progress.candidate else _NEVER
    return _matches(progress, ours, progress.card.get(tags.IAC_DENIAL, _NEVER))


def declined_by_default(progress: Progress) -> bool:
    """The same where nobody could be asked. Without the issuer's word: yes."""
    ours = progress.candidate.application.default if progress.candidate else _ONLINE_ALWAYS
    return _matches(progress, ours, progress.card.get(tags.IAC_DEFAULT, _ONLINE_ALWAYS))


def _matches(progress: Progress, ours: bytes, issuers: bytes) -> bool:
    return bool(progress.tvr & (int.from_bytes(ours, "big") | int.from_bytes(issuers, "big")))


def _learn_response(progress: Progress, data: bytes, fields: tuple[tuple[int, int | None], ...]) -> None:
    """A response of format 1 (values in the order of `fields`, the last takes the rest) or 2 (TLV)."""
    items = tlv.decode(data)
    if len(items) != 1 or items[0].tag not in (tags.RESPONSE_1, tags.RESPONSE_2):
        raise ChipError("a response of neither format")
    if items[0].tag == tags.RESPONSE_2:
        for one in tlv.leaves(items[0].items):
            progress.card[one.tag] = one.value
        return
    value = items[0].value
    for tag, length in fields:
        part, value = (value, b"") if length is None else (value[:length], value[length:])
        if part:
            progress.card[tag] = part
