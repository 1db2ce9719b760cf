"""The card's side: a chip with its applications, which answers commands as real ones do and computes real cryptograms.

A `Chip` is what lies in the wallet: its transaction counters and PIN tries last as long as it does. Powering it on
gives a `Session`, whose `respond` takes a command and gives the response, both as bytes (protocol T=1 style: no
`61xx`). Whatever comes, it answers with a status; it never raises.

What it reads out is in `application`; here is what it decides: how far a transaction is, which cryptogram it gives,
what the PIN and the proof of the issuer are worth.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from opentill.emv import apdu, cryptograms, issuer, pinblocks, selection, tags, tlv, tracks
from opentill.emv import application as contents
from opentill.emv.apdu import BadApdu, Command, Response
from opentill.emv.application import Application
from opentill.emv.cryptograms import VERSION_14
from opentill.emv.steps import Interface
from opentill.emv.tlv import Item, Wanted, item

PIN_TRIES: Final = 3
"""Wrong PINs until a chip takes none any more."""

_DIRECTORY_SFI: Final = 1


@dataclass(slots=True)
class Memory:
    """What an application remembers: its transaction counter and how many wrong PINs it still takes."""

    counter: int = 0
    tries: int = PIN_TRIES


@dataclass(slots=True)
class Chip:
    """A card's chip. `blocked` is what an issuer's script does to a card for good."""

    applications: tuple[Application, ...]
    blocked: bool = False
    memory: dict[str, Memory] = field(default_factory=dict[str, Memory])

    def power_on(self, interface: Interface) -> "Session":
        """The chip under power, at rest."""
        return Session(self, interface)

    def remembered(self, application: Application) -> Memory:
        """The memory of one of its applications."""
        return self.memory.setdefault(application.aid, Memory())


class _Refuse(Exception):
    """The command ends with this status and no data."""

    def __init__(self, status: int) -> None:
        super().__init__(f"{status:04X}")
        self.status = status


class Session:
    """A chip from power-on to removal: what is selected, and how far its transaction is."""

    def __init__(self, chip: Chip, interface: Interface) -> None:
        self._chip = chip
        self._interface: Interface = interface
        self._directory = False
        self._transaction: _Transaction | None = None
        self._application: Application | None = None
        self._occurrence = 0

    def respond(self, command: bytes) -> bytes:
        """The response to a command: data and status words."""
        try:
            asked = Command.decode(command)
            return Response(self._answer(asked), apdu.OK).encode()
        except BadApdu:
            return Response(b"", apdu.WRONG_LENGTH).encode()
        except _Refuse as refuse:
            return Response(b"", refuse.status).encode()

    def _answer(self, asked: Command) -> bytes:
        if asked.cla not in (0x00, 0x80):
            raise _Refuse(apdu.NO_SUCH_CLASS)
        if (asked.cla, asked.ins) == (0x00, apdu.SELECT):
            return self._select(asked)
        if (asked.cla, asked.ins) == (0x00, apdu.READ_RECORD) and self._directory:
            return self._directory_record(asked)
        if self._application is None:
            raise _Refuse(apdu.NOT_SATISFIED)
        if (asked.cla, asked.ins) == (0x80, apdu.GET_PROCESSING_OPTIONS):
            if self._transaction is not None:
                raise _Refuse(apdu.NOT_SATISFIED)
            memory = self._chip.remembered(self._application)
            transaction = _Transaction(self._application, memory, self._interface)
            answer = transaction.begin(asked)
            self._transaction = transaction  # one that did not begin may be begun again
            return answer
        if (asked.cla, asked.ins) == (0x80, apdu.GET_DATA):
            return self._data(asked)
        if self._transaction is None:
            raise _Refuse(apdu.NOT_SATISFIED)
        return self._transaction.answer(asked)

    @property
    def _offered(self) -> list[Application]:
        """What this interface shows, favourites first."""
        tapped = self._interface == "contactless"
        return sorted(
            (one for one in self._chip.applications if one.tap or not tapped), key=lambda one: one.priority or 16
        )

    def _select(self, asked: Command) -> bytes:
        if self._chip.blocked:
            raise _Refuse(apdu.BLOCKED)
        if asked.p1 != 0x04 or asked.p2 not in (0x00, 0x02):
            raise _Refuse(apdu.WRONG_PARAMETERS)
        directory = selection.CONTACT_DIRECTORY if self._interface == "contact" else selection.CONTACTLESS_DIRECTORY
        self._transaction = None
        if asked.data == directory:
            self._directory, self._application = True, None
            return self._directory_file(directory)
        fitting = [one for one in self._offered if bytes.fromhex(one.aid).startswith(asked.data)]
        self._occurrence = self._occurrence + 1 if asked.p2 else 0
        if not asked.data or self._occurrence >= len(fitting):
            raise _Refuse(apdu.NOT_FOUND)
        self._directory, self._application = False, fitting[self._occurrence]
        return contents.file(self._application, tapped=self._interface == "contactless")

    def _directory_file(self, name: bytes) -> bytes:
        if self._interface == "contact":
            proprietary = (item(tags.SFI, bytes((_DIRECTORY_SFI,))),)
        else:
            entries = tuple(contents.directory_entry(one) for one in self._offered)
            proprietary = (item(tags.FCI_ISSUER, entries),)
        return contents.file_information(name, proprietary)

    def _directory_record(self, asked: Command) -> bytes:
        if self._interface != "contact" or asked.p2 != _DIRECTORY_SFI << 3 | 4:
            raise _Refuse(apdu.NOT_FOUND)
        if asked.p1 != 1:
            raise _Refuse(apdu.NO_RECORD)
        return tlv.encode((item(tags.RECORD, (contents.directory_entry(one) for one in self._offered)),))

    def _data(self, asked: Command) -> bytes:
        memory = self._chip.remembered(self._application) if self._application else Memory()
        match asked.p1 << 8 | asked.p2:
            case tags.PIN_TRIES if self._interface == "contact":
                return tlv.encode_one(tags.PIN_TRIES, bytes((memory.tries,)))
            case tags.ATC:
                return tlv.encode_one(tags.ATC, memory.counter.to_bytes(2, "big"))
            case _:
                raise _Refuse(apdu.NOT_KNOWN)


class _Transaction:
    """One transaction of one application, from GET PROCESSING OPTIONS on."""

    def __init__(self, application: Application, memory: Memory, interface: Interface) -> None:
        self._application = application
        self._memory = memory
        self._tap = application.tap if interface == "contactless" else None
        self._values: dict[int, bytes] = {}
        self._made: Literal["nothing", "first", "last"] = "nothing"
        self._arqc = b""
        self._issuer: bool | None = None
        self._pin: bool | None = None
        self._key = issuer.card_key(application.number, application.sequence)

    def begin(self, asked: Command) -> bytes:
        """GET PROCESSING OPTIONS: a new transaction counter."""
        visa_like = self._tap is not None and self._tap.style == "visa"
        wanted = contents.PDOL if visa_like else ()
        values = _told(_command_template(asked.data), wanted)
        if self._memory.counter >= 0xFFFF:
            raise _Refuse(apdu.NOT_SATISFIED)
        qualifiers = self._qualifiers(values[tags.TTQ]) if visa_like else b""
        self._memory.counter += 1
        self._values = {
            **values,
            tags.AIP: contents.profile(self._application, self._tap).encode(),
            tags.ATC: self._memory.counter.to_bytes(2, "big"),
        }
        if visa_like:
            return self._qualified(qualifiers)
        locator = contents.locator(self._application, self._tap)
        if self._application.version is VERSION_14:
            return tlv.encode_one(
                tags.RESPONSE_2,
                tlv.encode((item(tags.AIP, self._values[tags.AIP]), item(tags.AFL, locator))),
            )
        return tlv.encode_one(tags.RESPONSE_1, self._values[tags.AIP] + locator)

    def answer(self, asked: Command) -> bytes:
        """Everything after it."""
        match asked.ins:
            case apdu.READ_RECORD:
                records = contents.records(self._application, self._tap)
                record = records.get((asked.p2 >> 3, asked.p1)) if asked.p2 & 0x07 == 4 else None
                if record is None:
                    raise _Refuse(apdu.NO_RECORD)
                return tlv.encode((item(tags.RECORD, record),))
            case apdu.GENERATE_AC:
                return self._generate(asked)
            case apdu.VERIFY if self._tap is None:
                return self._verify(asked)
            case apdu.EXTERNAL_AUTHENTICATE if self._tap is None:
                return self._authenticate(asked)
            case _:
                raise _Refuse(apdu.NO_SUCH_INSTRUCTION)

    def _qualifiers(self, terminal: bytes) -> bytes:
        """Tag 9F6C, the card's answer to tag 9F66: how its holder is verified, or that it must be inserted."""
        if not terminal[0] & 0x20:
            raise _Refuse(apdu.NOT_SATISFIED)
        if self._tap is not None and self._tap.device:
            return b"\x00\x80"
        if not terminal[1] & 0x40:
            return b"\x00\x00"
        if self._tap is not None and self._tap.online_pin and terminal[0] & 0x04:
            return b"\x80\x00"
        raise _Refuse(apdu.OTHER_INTERFACE)

    def _qualified(self, qualifiers: bytes) -> bytes:
        """A Visa-like card's answer to GET PROCESSING OPTIONS, cryptogram and all."""
        kind = apdu.AAC if self._application.refuses == "first" else apdu.ARQC
        self._sign(kind)
        self._made = "last"
        one = self._application
        answer = (
            item(tags.AIP, self._values[tags.AIP]),
            item(tags.AFL, contents.locator(one, self._tap)),
            item(tags.TRACK2, tracks.encode_equivalent_data(one.track2)),
            item(tags.SEQUENCE_NUMBER, bytes.fromhex(one.sequence)),
            *self._signed(kind),
            item(tags.CTQ, qualifiers),
        )
        return tlv.encode_one(tags.RESPONSE_2, tlv.encode(answer))

    def _generate(self, asked: Command) -> bytes:
        """GENERATE AC: the first, and for an inserted card the second."""
        wanted = asked.p1 & 0xC0
        if self._made == "last" or wanted == 0xC0 or (self._tap and self._made != "nothing"):
            raise _Refuse(apdu.NOT_SATISFIED)
        if self._made == "nothing":
            self._values |= _told(asked.data, contents.CDOL1)
            declines = wanted == apdu.AAC or self._application.refuses == "first"
            kind = apdu.AAC if declines else apdu.ARQC  # never offline, whatever the terminal would like
            self._made = "last" if kind == apdu.AAC else "first"
            self._sign(kind)
            self._arqc = self._values[tags.CRYPTOGRAM]
        else:
            with_proof = self._application.version is VERSION_14
            self._values |= _told(asked.data, contents.cdol2(self._application))
            proof = self._values.get(tags.ISSUER_AUTHENTICATION, b"")
            if with_proof and any(proof):
                self._issuer = self._proven(proof)
            code = self._values[tags.RESPONSE_CODE]
            approves = wanted == apdu.TC and self._issuer is not False and not code.startswith((b"Y", b"Z"))
            kind = apdu.TC if approves and self._application.refuses != "second" else apdu.AAC
            self._made = "last"
            self._sign(kind)
        fields = self._signed(kind)
        if self._application.version is VERSION_14:
            return tlv.encode_one(tags.RESPONSE_2, tlv.encode(fields))
        return tlv.encode_one(tags.RESPONSE_1, b"".join(one.value for one in fields))

    def _sign(self, kind: int) -> None:
        self._values[tags.CRYPTOGRAM_INFORMATION] = bytes((kind,))
        self._values[tags.ISSUER_DATA] = self._issuer_application_data(kind)
        self._values[tags.CRYPTOGRAM] = self._application.version.cryptogram(self._key, self._values)

    def _signed(self, kind: int) -> tuple[Item, ...]:
        order = (tags.CRYPTOGRAM_INFORMATION, tags.ATC, tags.CRYPTOGRAM, tags.ISSUER_DATA)
        return tuple(item(tag, self._values[tag]) for tag in order)

    def _issuer_application_data(self, kind: int) -> bytes:
        """Tag 9F10 with the card verification results: which cryptograms, the issuer's proof, the PIN."""
        cryptogram = kind >> 2 | 0x80 if not self._arqc else kind | 0x20  # upper two bits: the second; 10 is "none"
        flags = (0x08 if self._issuer is False else 0) | (0x04 if self._pin is not None else 0)
        flags |= 0x02 if self._pin is False else 0
        blocked = 0x40 if self._memory.tries == 0 else 0
        if self._application.version is VERSION_14:
            results = bytes((cryptogram | flags, blocked, 0, 0, 0, 0))
            return bytes((0x01, VERSION_14.number)) + results + bytes(10)
        return bytes((0x06, 0x01, self._application.version.number, 0x03, cryptogram | flags, blocked, 0))

    def _verify(self, asked: Command) -> bytes:
        """VERIFY of a plain PIN: a wrong one costs a try, a right one gives them back."""
        if asked.p1 != 0 or asked.p2 != 0x80:
            raise _Refuse(apdu.WRONG_PARAMETERS)
        if self._memory.tries == 0:
            raise _Refuse(apdu.PIN_BLOCKED)
        try:
            pin = pinblocks.open_format_2(asked.data)
        except pinblocks.BadPinBlock:
            raise _Refuse(apdu.WRONG_DATA) from None
        self._pin = hmac.compare_digest(pin, self._application.pin)
        if self._pin:
            self._memory.tries = PIN_TRIES
            return b""
        self._memory.tries -= 1
        raise _Refuse(0x63C0 | self._memory.tries)

    def _authenticate(self, asked: Command) -> bytes:
        """EXTERNAL AUTHENTICATE, once, between the two cryptograms."""
        if self._made != "first" or self._issuer is not None or self._application.version is VERSION_14:
            raise _Refuse(apdu.NOT_SATISFIED)
        self._issuer = self._proven(asked.data)
        if not self._issuer:
            raise _Refuse(apdu.AUTHENTICATION_FAILED)
        return b""

    def _proven(self, proof: bytes) -> bool:
        """Whether tag 91 is the issuer's answer to our cryptogram."""
        version = self._application.version
        key = version.key(self._key, self._values[tags.ATC])
        if version.method == 1 and len(proof) == 10:
            return cryptograms.equal(cryptograms.arpc_1(key, self._arqc, proof[8:]), proof[:8])
        if version.method == 2 and len(proof) == 8:
            return cryptograms.equal(cryptograms.arpc_2(key, self._arqc, proof[4:]), proof[:4])
        return False


def _command_template(data: bytes) -> bytes:
    """What is in the template `83` of GET PROCESSING OPTIONS."""
    try:
        items = tlv.decode(data)
    except tlv.TlvError:
        raise _Refuse(apdu.WRONG_DATA) from None
    if len(items) != 1 or items[0].tag != tags.COMMAND:
        raise _Refuse(apdu.WRONG_DATA)
    return items[0].value


def _told(data: bytes, wanted: Sequence[Wanted]) -> dict[int, bytes]:
    """The terminal's data by the list we gave it."""
    if len(data) != sum(entry.length for entry in wanted):
        raise _Refuse(apdu.WRONG_LENGTH)
    values: dict[int, bytes] = {}
    at = 0
    for entry in wanted:
        values[entry.tag] = data[at : at + entry.length]
        at += entry.length
    return values
