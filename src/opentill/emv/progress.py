"""What a terminal knows in the course of one transaction: its own data, the card's, and what it makes of them."""

from dataclasses import dataclass, field
from typing import Final

from opentill.emv import codes, methods, selection, tags, tlv, tracks
from opentill.emv.conversation import ChipError
from opentill.emv.methods import NOT_PERFORMED, UNKNOWN
from opentill.emv.selection import Candidate
from opentill.emv.steps import Interface, Limits, Reading, ReadMethod, Terminal, Transaction, Verification, Wallet
from opentill.emv.tlv import Items
from opentill.emv.verification import Aip, Tsi, Tvr

_TYPES: Final = {"purchase": b"\x00", "refund": b"\x20", "verification": b"\x00"}
_RETAIL: Final = b"R"
_READ_METHODS: Final[dict[Interface, ReadMethod]] = {"contact": "contact_emv", "contactless": "contactless_emv"}

# Token requestors (tag 19 of EMVCo's tokenisation framework, 9F19 on a card) as Visa and Mastercard number them.
_WALLETS: Final[dict[str, Wallet]] = {
    "40010030273": "apple_pay",
    "50110030273": "apple_pay",
    "40010075001": "google_pay",
    "50120834693": "google_pay",
    "40010043095": "samsung_pay",
    "50139059239": "samsung_pay",
}


@dataclass(slots=True)
class Progress:
    """The state of a transaction. `card` is what the card said, `ours` what we say; ours wins.

    `online_pin`: a PIN was entered for the issuer. `bypassed`: the cardholder entered none where one was asked for.
    """

    terminal: Terminal
    transaction: Transaction
    interface: Interface
    card: dict[int, bytes] = field(default_factory=dict[int, bytes], repr=False)
    ours: dict[int, bytes] = field(default_factory=dict[int, bytes], repr=False)
    fci: Items = ()
    candidate: Candidate | None = None
    tvr: Tvr = field(default_factory=lambda: Tvr(0))
    tsi: Tsi = field(default_factory=lambda: Tsi(0))
    verification: Verification = "none"
    online_pin: bool = False
    bypassed: bool = False

    def start(self, candidate: Candidate, fci: Items) -> None:
        """This application it is: forget what another one said."""
        self.candidate, self.fci = candidate, fci
        self.card, self.ours = {}, self._terminal_data(candidate)
        for one in tlv.leaves(fci):
            self.card.setdefault(one.tag, one.value)

    def learn(self, items: Items) -> None:
        """Data of a record. Raises ChipError if something comes twice (Book 3, 7.5); the FCI may say it too."""
        said = {one.tag for one in tlv.leaves(self.fci)}
        for one in tlv.leaves(items):
            if one.tag in self.card and one.tag not in said:
                raise ChipError(f"{one.tag:02X} comes twice")
            self.card[one.tag] = one.value

    def values(self) -> dict[int, bytes]:
        """Everything by tag, as a data object list may ask for it."""
        return {**self.card, **self.ours, tags.TVR: self.tvr.encode(), tags.TSI: self.tsi.encode()}

    def fill(self, list_tag: int) -> bytes:
        """The data that one of the card's lists (PDOL, CDOL) asks for; nothing without the list."""
        return tlv.fill(tlv.decode_dol(self.card.get(list_tag, b"")), self.values())

    def must(self, tag: int) -> bytes:
        """What the card has to have said. Raises ChipError."""
        value = self.card.get(tag)
        if not value:
            raise ChipError(f"{tag:02X} is missing")
        return value

    @property
    def aip(self) -> Aip:
        """What the card can do."""
        return Aip(int.from_bytes(self.card.get(tags.AIP, b""), "big"))

    @property
    def limits(self) -> Limits:
        """The limits of tapping with the selected application."""
        aid = self.candidate.aid.hex().upper() if self.candidate else ""
        fitting = [prefix for prefix in self.terminal.limits if aid.startswith(prefix)]
        return self.terminal.limits[max(fitting, key=len)] if fitting else Limits()

    @property
    def languages(self) -> tuple[str, ...]:
        """What the cardholder prefers to read (tag 5F2D), ISO 639-1; nothing before the card has said so."""
        languages = self.card.get(tags.LANGUAGES, b"").decode("ascii", "ignore").lower()
        return tuple(languages[at : at + 2] for at in range(0, len(languages) - 1, 2))

    def verified(self, method: int, condition: int, outcome: int) -> None:
        """How the cardholder was verified, or not: tag 9F34."""
        self.ours[tags.CVM_RESULT] = methods.result(method, condition, outcome)
        self.verification = methods.name(method, outcome)

    def reading(self) -> Reading:
        """What was read so far. Raises ChipError, BadTrack if there is no card in it."""
        track = tracks.equivalent_data(self.card[tags.TRACK2]) if tags.TRACK2 in self.card else None
        number = self.card[tags.PAN].hex().upper().rstrip("F") if tags.PAN in self.card else ""
        if track is None and not (number.isdecimal() and 12 <= len(number) <= 19):
            raise ChipError("5A is missing or no number")
        if track is not None and number and number != track.number:
            raise ChipError("5A and 57 are of different cards")
        year, month = self._expiry(track)
        cryptogram = self.card.get(tags.CRYPTOGRAM, b"")
        sequence = self.card.get(tags.SEQUENCE_NUMBER)
        name = self.card.get(tags.NAME, b"").decode("iso8859-1").strip(" /")
        proprietary = tlv.inside(self.fci, tags.FCI_PROPRIETARY)
        service = self.card.get(tags.SERVICE_CODE)
        return Reading(
            read_method=_READ_METHODS[self.interface],
            number=track.number if track else number,
            exp_month=month,
            exp_year=year,
            verification=self.verification,
            sequence_number=sequence.hex() if sequence else None,
            track2=None
            if track is None
            else f"{track.number}={track.expiry}{track.service.digits}{track.discretionary}",
            service_code=track.service.digits if track else service.hex()[-3:] if service else None,
            cardholder_name=name or None,
            languages=self.languages,
            aid=self.candidate.aid.hex().upper() if self.candidate else None,
            label=selection.label(proprietary),
            preferred_name=selection.preferred_name(proprietary),
            terminal_verification_results=self.tvr.encode().hex().upper(),
            transaction_status_information=self.tsi.encode().hex().upper(),
            cryptogram=cryptogram.hex().upper(),
            chip_data=self.chip_data(),
            wallet=_WALLETS.get(self.card.get(tags.TOKEN_REQUESTOR, b"").hex().lstrip("0")),
        )

    def chip_data(self) -> bytes:
        """DE 55. The answer's code (8A) is among it once there was one."""
        values = self.values()
        return b"".join(tlv.encode_one(tag, values[tag]) for tag in tags.ISSUER_GETS if values.get(tag))

    def _expiry(self, track: tracks.Track | None) -> tuple[int, int]:
        """Year (four digits) and month, by tag 5F24 or the track."""
        value = self.card.get(tags.EXPIRY)
        digits = value.hex() if value else track.expiry if track else ""
        if not (digits.isdecimal() and len(digits) >= 4 and 1 <= int(digits[2:4]) <= 12):
            raise ChipError("5F24 is missing or no date")
        return tracks.CENTURY + int(digits[:2]), int(digits[2:4])

    def _terminal_data(self, candidate: Candidate) -> dict[int, bytes]:
        terminal, transaction = self.terminal, self.transaction
        number = codes.CURRENCIES[transaction.currency]
        return {
            tags.AMOUNT: bytes.fromhex(f"{transaction.amount:012}"),
            tags.AMOUNT_OTHER: bytes(6),
            tags.CURRENCY: bytes.fromhex(number.rjust(4, "0")),
            tags.DATE: bytes.fromhex(transaction.date),
            tags.TIME: bytes.fromhex(transaction.time),
            tags.TYPE: _TYPES[transaction.kind],
            tags.UNPREDICTABLE_NUMBER: transaction.unpredictable_number,
            tags.SEQUENCE: bytes.fromhex(f"{transaction.sequence % 10**8:08}"),
            tags.TERMINAL_AID: candidate.aid,
            tags.TERMINAL_VERSION: candidate.application.version,
            tags.TERMINAL_COUNTRY: bytes.fromhex(terminal.country.rjust(4, "0")),
            tags.TERMINAL_TYPE: bytes((terminal.type,)),
            tags.CAPABILITIES: terminal.capabilities,
            tags.ADDITIONAL_CAPABILITIES: terminal.additional_capabilities,
            tags.SERIAL: terminal.serial[-8:].rjust(8).encode("ascii", "replace"),
            tags.FLOOR_LIMIT: bytes(4),
            tags.CATEGORY: _RETAIL,
            tags.CVM_RESULT: methods.result(NOT_PERFORMED, 0, UNKNOWN),
        }
