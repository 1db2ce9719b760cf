"""Commands and responses between terminal and card (ISO 7816-4, EMV Book 3, part II).

>>> select(bytes.fromhex("A0000000031010")).hex().upper()
'00A4040007A000000003101000'
>>> Command.decode(bytes.fromhex("00B2010C00"))
Command(cla=0, ins=178, p1=1, p2=12, 0 bytes)
"""

from dataclasses import dataclass
from typing import Final

SELECT: Final = 0xA4
READ_RECORD: Final = 0xB2
GET_PROCESSING_OPTIONS: Final = 0xA8
GENERATE_AC: Final = 0xAE
VERIFY: Final = 0x20
EXTERNAL_AUTHENTICATE: Final = 0x82
GET_DATA: Final = 0xCA
GET_RESPONSE: Final = 0xC0

OK: Final = 0x9000
NOT_FOUND: Final = 0x6A82
"""No such file or application."""
NO_RECORD: Final = 0x6A83
BLOCKED: Final = 0x6A81
"""To SELECT: the card is blocked."""
INVALIDATED: Final = 0x6283
"""To SELECT: the application is blocked."""
NOT_SATISFIED: Final = 0x6985
"""To GET PROCESSING OPTIONS: not with this application."""
OTHER_INTERFACE: Final = 0x6984
"""To GET PROCESSING OPTIONS of a tapped card: insert it."""
PIN_BLOCKED: Final = 0x6983
WRONG_LENGTH: Final = 0x6700
WRONG_DATA: Final = 0x6A80
WRONG_PARAMETERS: Final = 0x6A86
NOT_KNOWN: Final = 0x6A88
NO_SUCH_INSTRUCTION: Final = 0x6D00
NO_SUCH_CLASS: Final = 0x6E00
AUTHENTICATION_FAILED: Final = 0x6300
SECURITY_STATUS: Final = 0x6982

ARQC: Final = 0x80
TC: Final = 0x40
AAC: Final = 0x00
"""Cryptograms by the upper two bits of GENERATE AC's P1 and of tag 9F27."""


class BadApdu(ValueError):
    """Not a command or a response. The text quotes no data."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command; repr hides the data, which may be a PIN. `answer` says whether a response with data is expected."""

    cla: int
    ins: int
    p1: int
    p2: int
    data: bytes = b""
    answer: bool = True

    def encode(self) -> bytes:
        """The bytes, in the short form: at most 255 bytes of data, Le 00. Raises BadApdu."""
        if len(self.data) > 0xFF:
            raise BadApdu("more than 255 bytes of data")
        header = bytes((self.cla, self.ins, self.p1, self.p2))
        body = bytes((len(self.data),)) + self.data if self.data else b""
        return header + body + (b"\x00" if self.answer else b"")

    @classmethod
    def decode(cls, apdu: bytes) -> "Command":
        """A command of any of the four short cases. Raises BadApdu."""
        if len(apdu) < 4:
            raise BadApdu("cut short in the header")
        header, body = apdu[:4], apdu[4:]
        if len(body) <= 1:
            return cls(header[0], header[1], header[2], header[3], answer=len(body) == 1)
        length, rest = body[0], body[1:]
        if length == 0 or len(rest) not in (length, length + 1):
            raise BadApdu("the length does not fit the data")
        return cls(header[0], header[1], header[2], header[3], rest[:length], len(rest) > length)

    def __repr__(self) -> str:
        header = f"cla={self.cla}, ins={self.ins}, p1={self.p1}, p2={self.p2}"
        return f"Command({header}, {len(self.data)} bytes)"


@dataclass(frozen=True, slots=True)
class Response:
    """A response; repr hides the data, which may be a card's number."""

    data: bytes
    status: int

    @classmethod
    def decode(cls, response: bytes) -> "Response":
        """Data and status words. Raises BadApdu."""
        if len(response) < 2:
            raise BadApdu("no status words")
        return cls(response[:-2], int.from_bytes(response[-2:], "big"))

    def encode(self) -> bytes:
        """The bytes."""
        return self.data + self.status.to_bytes(2, "big")

    def __repr__(self) -> str:
        return f"Response({len(self.data)} bytes, {self.status:04X})"


def select(name: bytes, *, next: bool = False) -> bytes:
    """SELECT by name: the first (or only) application whose AID begins so, or the next one."""
    return Command(0x00, SELECT, 0x04, 0x02 if next else 0x00, name).encode()


def read_record(sfi: int, record: int) -> bytes:
    """READ RECORD of the file with that short identifier."""
    return Command(0x00, READ_RECORD, record, sfi << 3 | 4).encode()


def get_processing_options(data: bytes) -> bytes:
    """GET PROCESSING OPTIONS with the data that the PDOL asks for. Raises BadApdu if it is too long."""
    length = bytes((len(data),)) if len(data) < 0x80 else bytes((0x81, len(data) & 0xFF))
    return Command(0x80, GET_PROCESSING_OPTIONS, 0x00, 0x00, b"\x83" + length + data).encode()


def generate_ac(kind: int, data: bytes) -> bytes:
    """GENERATE AC asking for `kind` with the data that the CDOL asks for. Raises BadApdu if it is too long."""
    return Command(0x80, GENERATE_AC, kind, 0x00, data).encode()


def verify(block: bytes) -> bytes:
    """VERIFY of a plain offline PIN, as a format 2 block."""
    return Command(0x00, VERIFY, 0x00, 0x80, block, answer=False).encode()


def external_authenticate(data: bytes) -> bytes:
    """EXTERNAL AUTHENTICATE with tag 91."""
    return Command(0x00, EXTERNAL_AUTHENTICATE, 0x00, 0x00, data, answer=False).encode()


def get_data(tag: int) -> bytes:
    """GET DATA of a tag of one or two bytes."""
    return Command(0x80, GET_DATA, tag >> 8, tag & 0xFF).encode()


def get_response(length: int) -> bytes:
    """GET RESPONSE, as cards with the protocol T=0 need it (`61xx`)."""
    return bytes((0x00, GET_RESPONSE, 0x00, 0x00, length))
