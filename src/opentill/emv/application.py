"""What is on a chip: its applications as values, and the files and records that a terminal reads of them.

The same application looks different inserted and tapped: tapped it says what its `Tap` says, and less of its holder.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from opentill.emv import cryptograms, tags, tlv, tracks
from opentill.emv.cryptograms import VERSION_14, Version
from opentill.emv.tlv import Item, Wanted, item
from opentill.emv.verification import Aip

_FROM_TERMINAL: Final = tuple(
    Wanted(tag, length) for tag, length in cryptograms.LENGTHS.items() if tag not in (tags.AIP, tags.ATC)
)
CDOL1: Final = (*_FROM_TERMINAL, Wanted(tags.CVM_RESULT, 3), Wanted(tags.CAPABILITIES, 3))
"""What the first GENERATE AC brings."""
PDOL: Final = (Wanted(tags.TTQ, 4), *_FROM_TERMINAL)
"""What GET PROCESSING OPTIONS brings to a Visa-like tap."""
_CDOL2: Final = (Wanted(tags.RESPONSE_CODE, 2), *CDOL1)
_CDOL2_WITH_PROOF: Final = (Wanted(tags.RESPONSE_CODE, 2), Wanted(tags.ISSUER_AUTHENTICATION, 10), *CDOL1)

_GOODS_AND_SERVICES_ANYWHERE: Final = b"\xff\x00"
_VERSION: Final = b"\x00\x02"
_DENY_UNVERIFIED: Final = bytes.fromhex("0000800000")
_ONLINE: Final = bytes.fromhex("F870ACF800")

Refusal: TypeAlias = Literal["first", "second"]


@dataclass(frozen=True, slots=True)
class Tap:
    """How an application is when tapped.

    `style`: Visa-like or Mastercard-like. `online_pin`: its holder may be verified by the issuer. `device`: it is a
    phone or a watch, which has verified its holder; `token_requestor` (11 digits) is then whose. `methods` is the list
    that a Mastercard-like one has.
    """

    style: Literal["visa", "mastercard"]
    online_pin: bool = False
    device: bool = False
    token_requestor: str | None = None
    methods: bytes = b""


@dataclass(frozen=True, slots=True)
class Application:
    """One application of a card. repr hides the number.

    `aid` is hexadecimal; `effective` and `expiry` are YYMMDD; `country` is ISO 3166 numeric, `languages` two letters
    each. `methods` is the list of verification methods when inserted (tag 8E). `strict`: without its holder verified
    it declines. `refuses` makes it decline at the first or, after the issuer has approved, at the second cryptogram.
    """

    aid: str
    label: str
    number: str
    effective: str
    expiry: str
    methods: bytes
    tap: Tap | None
    version: Version
    preferred_name: str | None = None
    priority: int = 1
    confirm: bool = False
    sequence: str = "01"
    service_code: str = "201"
    country: str = "840"
    languages: str = "en"
    name: str = "CARDHOLDER/TEST"
    pin: str = "1234"
    strict: bool = False
    refuses: Refusal | None = None

    def __repr__(self) -> str:
        return f"Application({self.aid}, {self.label})"

    @property
    def track2(self) -> str:
        """Track 2 of the stripe, and of tag 57."""
        discretionary = "0000" if len(self.number) <= 16 else ""
        return f"{self.number}={self.expiry[:4]}{self.service_code}{discretionary}"


def cdol2(application: Application) -> Sequence[Wanted]:
    """What the second GENERATE AC brings; the issuer's proof too where EXTERNAL AUTHENTICATE does not."""
    return _CDOL2_WITH_PROOF if application.version is VERSION_14 else _CDOL2


def profile(application: Application, tap: Tap | None) -> Aip:
    """Tag 82."""
    if tap is None:
        issuer = Aip(0) if application.version is VERSION_14 else Aip.ISSUER_AUTHENTICATION
        return Aip.VERIFICATION | Aip.TERMINAL_RISK | issuer
    if tap.style == "visa":
        return Aip(0)
    return Aip.VERIFICATION | Aip.CHIP | (Aip.DEVICE_VERIFICATION if tap.device else Aip(0))


def records(application: Application, tap: Tap | None) -> dict[tuple[int, int], tuple[Item, ...]]:
    """The records by file and number."""
    one = application
    number = one.number + "F" * (len(one.number) % 2)
    dates = (
        item(tags.EXPIRY, bytes.fromhex(one.expiry)),
        item(tags.EFFECTIVE, bytes.fromhex(one.effective)),
        item(tags.ISSUER_COUNTRY, bytes.fromhex(one.country.rjust(4, "0"))),
        item(tags.USAGE_CONTROL, _GOODS_AND_SERVICES_ANYWHERE),
    )
    if tap and tap.style == "visa":
        return {(1, 1): (*dates, *_token(tap))}
    track = item(tags.TRACK2, tracks.encode_equivalent_data(one.track2))
    holder = () if tap else (item(tags.NAME, one.name.encode("iso8859-1").ljust(26)),)
    sequence = item(tags.SEQUENCE_NUMBER, bytes.fromhex(one.sequence))
    version = item(tags.CARD_VERSION, _VERSION)
    methods = tap.methods if tap else one.methods
    rules = (
        item(tags.CDOL1, encode_list(CDOL1)),
        item(tags.CDOL2, encode_list(cdol2(one))),
        *((item(tags.CVM_LIST, methods),) if methods else ()),
        item(tags.IAC_DEFAULT, _ONLINE),
        item(tags.IAC_DENIAL, _DENY_UNVERIFIED if one.strict else bytes(5)),
        item(tags.IAC_ONLINE, _ONLINE),
    )
    card = (item(tags.PAN, bytes.fromhex(number)), *dates, sequence, version, *(_token(tap) if tap else ()))
    return {(1, 1): (track, *holder), (1, 2): card, (2, 1): rules}


def locator(application: Application, tap: Tap | None) -> bytes:
    """Tag 94: for each file its first and last record; none of them is signed."""
    places = records(application, tap)
    files = sorted({sfi for sfi, _ in places})
    ranges = ((sfi, [number for file, number in places if file == sfi]) for sfi in files)
    return b"".join(bytes((sfi << 3, min(numbers), max(numbers), 0)) for sfi, numbers in ranges)


def file(application: Application, *, tapped: bool) -> bytes:
    """The answer to SELECT of the application."""
    proprietary = [
        item(tags.LABEL, application.label.encode("iso8859-1")),
        item(tags.PRIORITY, _priority(application)),
    ]
    if tapped and application.tap and application.tap.style == "visa":
        proprietary.append(item(tags.PDOL, encode_list(PDOL)))
    proprietary.append(item(tags.LANGUAGES, application.languages.encode("ascii")))
    if application.preferred_name is not None:
        proprietary.append(item(tags.CODE_TABLE, b"\x01"))
        proprietary.append(item(tags.PREFERRED_NAME, application.preferred_name.encode("iso8859-1")))
    return file_information(bytes.fromhex(application.aid), proprietary)


def directory_entry(application: Application) -> Item:
    """An application in a directory."""
    names = (
        item(tags.AID, bytes.fromhex(application.aid)),
        item(tags.LABEL, application.label.encode("iso8859-1")),
        item(tags.PRIORITY, _priority(application)),
    )
    return item(tags.APPLICATION, names)


def file_information(name: bytes, proprietary: Sequence[Item]) -> bytes:
    """File control information, the answer to SELECT."""
    return tlv.encode((item(tags.FCI, (item(tags.DF_NAME, name), item(tags.FCI_PROPRIETARY, proprietary))),))


def encode_list(entries: Iterable[Wanted]) -> bytes:
    """A data object list as bytes: tags and lengths."""
    return b"".join(tlv.encode_one(entry.tag, bytes(entry.length))[: -entry.length] for entry in entries)


def _priority(application: Application) -> bytes:
    return bytes((application.priority | (0x80 if application.confirm else 0),))


def _token(tap: Tap) -> tuple[Item, ...]:
    """What a phone's card says of whose wallet it is in."""
    if tap.token_requestor is None:
        return ()
    return (item(tags.TOKEN_REQUESTOR, bytes.fromhex(tap.token_requestor.rjust(12, "0"))),)
