"""Which application of the card it shall be (EMV Book 1, section 12; for tapped cards EMV Contactless Book B, 3.3)."""

from dataclasses import dataclass, replace
from typing import Final

from opentill.emv import apdu, tags, tlv
from opentill.emv.conversation import ChipError, Flow, Stop, demand, exchange, template
from opentill.emv.steps import Terminal, TerminalApplication, Transaction
from opentill.emv.tlv import Items, TlvError

CONTACT_DIRECTORY: Final = b"1PAY.SYS.DDF01"
CONTACTLESS_DIRECTORY: Final = b"2PAY.SYS.DDF01"

_RECORDS_MAX: Final = 10
_SAME_NAME_MAX: Final = 8
"""How many applications one AID of ours may find on a card."""
_AID_LENGTHS: Final = range(5, 17)
_LATIN_1: Final = 1
"""The code table we can show (tag 9F11: ISO 8859-1), as tag 9F40 says."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An application that card and terminal both have. The lowest `priority` is the card's favourite; 0 is none.

    `confirm`: the card does not want it chosen without its holder.
    """

    aid: bytes
    name: str
    priority: int
    confirm: bool
    application: TerminalApplication

    @property
    def rank(self) -> int:
        """For sorting: favourites first, those without a priority last."""
        return self.priority or 16


def contact(terminal: Terminal, transaction: Transaction) -> Flow[list[Candidate]]:
    """The candidates of an inserted card, favourites first: by its directory, else by trying each AID of ours.

    Raises Stop: "blocked_card" if the card or all applications are blocked, "unsupported_card" if there is none.
    """
    found: list[Candidate] = []
    response = yield from exchange(apdu.select(CONTACT_DIRECTORY))
    if response.status == apdu.BLOCKED:
        raise Stop("blocked_card")
    if response.status == apdu.OK:
        try:
            found = yield from _directory(response.data, terminal)
        except TlvError:
            found = []  # a directory that cannot be read is no directory (Book 1, 12.3.2)
    if not found:
        found = yield from _by_name(terminal)
    return _routed(found, transaction)


def contactless(terminal: Terminal, transaction: Transaction) -> Flow[list[Candidate]]:
    """The candidates of a tapped card, favourites first. Raises Stop: "blocked_card", "use_chip"."""
    response = yield from exchange(apdu.select(CONTACTLESS_DIRECTORY))
    if response.status == apdu.BLOCKED:
        raise Stop("blocked_card")
    if response.status != apdu.OK:
        raise Stop("use_chip")
    proprietary = tlv.inside(template(response.data, tags.FCI), tags.FCI_PROPRIETARY)
    entries = tlv.inside(proprietary, tags.FCI_ISSUER)
    found = _entries(entries, terminal)
    if not found:
        raise Stop("use_chip")
    return _routed(found, transaction)


def preferred_name(items: Items) -> str | None:
    """Tag 9F12, if it is in an alphabet that we can show."""
    name, table = tlv.find(items, tags.PREFERRED_NAME), tlv.find(items, tags.CODE_TABLE)
    return _text(name) if name and table == bytes((_LATIN_1,)) else None


def label(items: Items) -> str | None:
    """Tag 50."""
    return _text(tlv.find(items, tags.LABEL) or b"")


def _directory(data: bytes, terminal: Terminal) -> Flow[list[Candidate]]:
    """The entries of the payment system directory, whose file the card's answer to SELECT names."""
    sfi = tlv.find(tlv.inside(template(data, tags.FCI), tags.FCI_PROPRIETARY), tags.SFI)
    if sfi is None or len(sfi) != 1 or not 1 <= sfi[0] <= 10:
        return []
    found: list[Candidate] = []
    for record in range(1, _RECORDS_MAX + 1):
        response = yield from exchange(apdu.read_record(sfi[0], record))
        if response.status == apdu.NO_RECORD:
            break
        if response.status != apdu.OK:
            raise ChipError("the directory cannot be read")
        found += _entries(template(response.data, tags.RECORD), terminal)
    return found


def _entries(items: Items, terminal: Terminal) -> list[Candidate]:
    """What we support of a directory's entries."""
    found: list[Candidate] = []
    for entry in items:
        aid = tlv.find(entry.items, tags.AID) if entry.tag == tags.APPLICATION else None
        ours = _ours(aid, terminal) if aid else None
        if aid and ours:
            found.append(_candidate(aid, entry.items, ours))
    return found


def _by_name(terminal: Terminal) -> Flow[list[Candidate]]:
    """The card is asked for each AID of ours, and for the next one of the same beginning while it has any."""
    found: list[Candidate] = []
    blocked = False
    for ours in terminal.applications:
        name = bytes.fromhex(ours.aid)
        for again in range(_SAME_NAME_MAX):
            response = yield from exchange(apdu.select(name, next=again > 0))
            if response.status == apdu.BLOCKED and not found:
                raise Stop("blocked_card")
            blocked = blocked or response.status == apdu.INVALIDATED
            if response.status not in (apdu.OK, apdu.INVALIDATED):
                break
            if response.status == apdu.OK:
                fci = template(response.data, tags.FCI)
                aid = tlv.find(fci, tags.DF_NAME)
                if aid is None or any(aid == known.aid for known in found):
                    break
                found.append(_candidate(aid, tlv.inside(fci, tags.FCI_PROPRIETARY), ours))
    if blocked and not found:
        raise Stop("blocked_card")
    return found


def selected(candidate: Candidate) -> Flow[Items | None]:
    """The card's answer to the final selection; None if it does not let that application be used after all."""
    response = yield from exchange(apdu.select(candidate.aid))
    if response.status != apdu.OK:
        return None
    fci = template(response.data, tags.FCI)
    if tlv.find(fci, tags.DF_NAME) != candidate.aid:
        raise ChipError("another application than the one that was selected")
    return fci


def read(sfi: int, record: int) -> Flow[Items]:
    """A record of the selected application. Raises ChipError, TlvError."""
    data = yield from demand(apdu.read_record(sfi, record))
    return template(data, tags.RECORD)


def _candidate(aid: bytes, items: Items, ours: TerminalApplication) -> Candidate:
    indicator = (tlv.find(items, tags.PRIORITY) or b"\x00")[:1]
    priority = indicator[0] if indicator else 0
    name = preferred_name(items) or label(items) or ours.network
    return Candidate(aid, name, priority & 0x0F, bool(priority & 0x80), ours)


def _ours(aid: bytes, terminal: Terminal) -> TerminalApplication | None:
    """The terminal's application that the card's AID begins with: the longest."""
    if len(aid) not in _AID_LENGTHS:
        return None
    name = aid.hex().upper()
    fitting = [ours for ours in terminal.applications if name.startswith(ours.aid)]
    return max(fitting, key=lambda ours: len(ours.aid), default=None)


def _routed(found: list[Candidate], transaction: Transaction) -> list[Candidate]:
    """In the card's order; of a card of several networks only what the merchant wants, if that is there."""
    if not found:
        raise Stop("unsupported_card")
    ranked = sorted(found, key=lambda candidate: candidate.rank)
    wanted = [
        replace(candidate, confirm=False)
        for candidate in ranked
        if candidate.aid.hex().upper().startswith(tuple(transaction.routing))
    ]
    return wanted or ranked


def _text(value: bytes) -> str | None:
    """Bytes of ISO 8859-1 that can be shown."""
    return "".join(character for character in value.decode("iso8859-1") if character.isprintable()).strip() or None
