"""The messages of the reader link, version 1: JSON objects in text frames, told apart by `type`.

A reader opens the link and says `hello`; the server challenges it; it proves that it has the private key of its
identity; it is welcomed. From then on either side speaks when it has something to say:

    server → reader   command    do this now, in place of what you do          answered by   ack
    reader → server   report     this happened in the action                   answered by   state
    reader → server   sync       what became of the action?                    answered by   state
    server → reader   state      look: this is where the action stands now     (also unasked)

The database of the server is the truth, and `state` is what it says. A reader that is in doubt asks; whatever it
missed, the next state tells. Reports carry an id of the reader's making: one that is sent again after a break does
nothing twice and gets the state as it is by then.

Times are milliseconds since the epoch. Binary values are base64.
"""

from typing import Final, Literal, TypeAlias, TypeVar

import msgspec

from opentill.link.tasks import Again, Task

VERSION: Final = 1
SUBPROTOCOL: Final = "opentill-reader.v1"
PATH: Final = "/opentill/reader-link"
FRAME_MAX: Final = 512 * 1024
"""Longest message either side takes, in bytes: a printed picture of 100 kB or a signature fits well."""

ReadMethod: TypeAlias = Literal[
    "contact_emv",
    "contactless_emv",
    "contactless_magstripe_mode",
    "magnetic_stripe_fallback",
    "magnetic_stripe_track2",
]
CardholderVerification: TypeAlias = Literal[
    "approval", "failure", "none", "offline_pin", "offline_pin_and_signature", "online_pin", "signature"
]
PrinterTrouble: TypeAlias = Literal[
    "printer_absent",
    "printer_busy",
    "printer_cover_open",
    "printer_error",
    "printer_out_of_paper",
    "printer_paperjam",
    "printer_unavailable",
]


Speech: TypeAlias = Literal["off", "speakers"]
"""Whether a reader reads out what is on its screen."""


# Opening ----------------------------------------------------------------------------------------------------------


class Hello(msgspec.Struct, frozen=True, kw_only=True, tag="hello"):
    """Reader: who I am. `identity` is an Ed25519 public key, `sealing` an X25519 one (32 bytes each)."""

    version: int
    serial_number: str
    device_type: str
    software: str
    identity: bytes
    sealing: bytes
    ip_address: str | None = None


class CardKey(msgspec.Struct, frozen=True, kw_only=True):
    """The vault's public key (X25519, 32 bytes) that readings are sealed to."""

    id: str
    public: bytes


class Challenge(msgspec.Struct, frozen=True, kw_only=True, tag="challenge"):
    """Server: prove it. `nonce` is 32 random bytes, good for this connection."""

    nonce: bytes
    card_key: CardKey
    time: int


class Proof(msgspec.Struct, frozen=True, kw_only=True, tag="proof"):
    """Reader: the Ed25519 signature over `signing.challenge_bytes` (64 bytes)."""

    signature: bytes


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """A PNG, JPEG or GIF, to be fetched over HTTP (GET) at `path` under the server's address, within a day or so.

    `sha256` is the digest of its bytes (32 bytes), `size` how many they are.
    """

    path: str
    sha256: bytes
    size: int


class Settings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What holds at this reader of its Configuration, its location and its account.

    `splashscreen` is what to show at rest, or None for the reader's own picture. `passcode` opens the settings.
    `reboot_start_hour` and `reboot_end_hour` bound the daily restart, local hours; `timezone` is an IANA name.
    `speech` is an accessibility setting.
    """

    merchant: str
    country: str | None = None
    language: str = "en"
    passcode: str = "07139"
    splashscreen: Picture | None = None
    reboot_start_hour: int | None = None
    reboot_end_hour: int | None = None
    timezone: str | None = None
    wifi_ssid: str | None = None
    offline_enabled: bool = False
    speech: Speech = "off"


class Assignment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a reader belongs since it was registered. A reader that is registered again gets another `reader`.

    `pin_key` is what it enciphers PINs with: the initial key of AES DUKPT, 16 bytes, sealed (HPKE) to the reader's
    sealing key; `pin_key_id` its derivation id, 8 bytes.
    """

    reader: str
    label: str
    livemode: bool
    settings: Settings
    pin_key_id: bytes
    pin_key: bytes
    location: str | None = None
    location_name: str | None = None


class Welcome(msgspec.Struct, frozen=True, kw_only=True, tag="welcome"):
    """Server: you are who you say. `assignment` is None for a reader that is not registered (any more)."""

    time: int
    heartbeat_s: int
    assignment: Assignment | None
    state: "State | None" = None


class Assigned(msgspec.Struct, frozen=True, kw_only=True, tag="assigned"):
    """Server: you were registered, moved, renamed or set up anew; or deleted, then it is None."""

    assignment: Assignment | None


class Pair(msgspec.Struct, frozen=True, kw_only=True, tag="pair"):
    """Reader: I want a new registration code. An earlier one ends with it."""


class PairingCode(msgspec.Struct, frozen=True, kw_only=True, tag="pairing_code"):
    """Server: show this code; it is good for one registration until `expires`."""

    code: str
    expires: int


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True, tag="heartbeat"):
    """Both: I am here. The server answers each of the reader's with one of its own."""

    time: int


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag="refused"):
    """Server: this connection cannot go on, and is closed. `retry` says whether a later one may."""

    code: Literal[
        "unsupported_version",
        "unknown_device_type",
        "bad_message",
        "bad_proof",
        "identity_mismatch",
        "replaced",
        "too_many_codes",
        "shutting_down",
    ]
    message: str
    retry: bool = True


# At work ----------------------------------------------------------------------------------------------------------


class Command(msgspec.Struct, frozen=True, kw_only=True, tag="command"):
    """Server: do this in place of what you do. `action` and `task` are None to go back to the splash screen.

    `id` is this message's own: a command that comes twice is done once, and acknowledged twice.
    """

    id: str
    action: str | None
    task: Task | None


class Ack(msgspec.Struct, frozen=True, kw_only=True, tag="ack"):
    """Reader: I am at it; or not, and why. Only "accepted" changed what the reader does."""

    command: str
    result: Literal["accepted", "busy", "fault"] = "accepted"


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What may be known of a reading on the way: nothing of it lets anybody pay. Names as in EMV and the API.

    `application_cryptogram` (tag 9F26), `dedicated_file_name` (84), `terminal_verification_results` (95) and
    `transaction_status_information` (9B) are hexadecimal; `chip_data` is DE 55 without the tags that hold the number.
    """

    read_method: ReadMethod
    verification: CardholderVerification
    languages: list[str] = []
    dedicated_file_name: str | None = None
    application_label: str | None = None
    application_preferred_name: str | None = None
    application_cryptogram: str | None = None
    terminal_verification_results: str | None = None
    transaction_status_information: str | None = None
    chip_data: bytes | None = None
    wallet: Literal["apple_pay", "google_pay", "samsung_pay", "unknown"] | None = None


class SealedReading(msgspec.Struct, frozen=True, kw_only=True):
    """A card's number, expiry and name, sealed to the vault (`sealing.seal`): HPKE, bound to the transaction."""

    key: str
    sequence: int
    sealed: bytes


class PinBlock(msgspec.Struct, frozen=True, kw_only=True):
    """An ISO 9564 format 4 PIN block under an AES DUKPT key: 16 bytes, and the key's serial number, 12 bytes."""

    ksn: bytes
    block: bytes


class CardRead(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="card_read"):
    """A card was read (or keyed in: then `facts` is None). `tip` is None where no tip was asked for.

    `total` is what the card was told, tip included. `again` says that it answers `Again`.
    """

    reading: SealedReading
    facts: Facts | None
    total: int
    tip: int | None = None
    pin: PinBlock | None = None


class Canceled(msgspec.Struct, frozen=True, kw_only=True, tag="canceled"):
    """The customer pressed cancel, where that is allowed."""


class Failed(msgspec.Struct, frozen=True, kw_only=True, tag="failed"):
    """The reader cannot go on with it by itself."""

    code: Literal["card_not_supported", "card_blocked", "hardware_fault"]


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was entered in one form; `value` is None if it was skipped. For a selection, the chosen text.

    For a signature it is an SVG document. `toggles` are the switches as they were left.
    """

    value: str | None = None
    choice: int | None = None
    toggles: list[bool] = []


class Entered(msgspec.Struct, frozen=True, kw_only=True, tag="entered"):
    """The customer completed the forms, one value for each."""

    values: list[Value]


class Untouched(msgspec.Struct, frozen=True, kw_only=True, tag="untouched"):
    """Nobody touched a form for two minutes."""


class Printed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="printed"):
    """The paper came out, or what kept it."""

    trouble: PrinterTrouble | None = None


Happening: TypeAlias = CardRead | Canceled | Failed | Entered | Untouched | Printed


class Report(msgspec.Struct, frozen=True, kw_only=True, tag="report"):
    """Reader: this happened in the action. `id` stays the same however often it is sent."""

    id: str
    action: str
    happening: Happening


class Sync(msgspec.Struct, frozen=True, kw_only=True, tag="sync"):
    """Reader: what became of this action; or, None: what should I be doing."""

    action: str | None


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How an action ended. `code`, `decline_code` and `message` (English, for the cardholder) say why it failed.

    `amount` is what was authorized, tip included. `response_code` is DE 39, which the card is told (tag 8A), and
    `issuer_data` tag 91.
    """

    succeeded: bool
    code: str | None = None
    decline_code: str | None = None
    message: str | None = None
    amount: int | None = None
    response_code: str | None = None
    issuer_data: bytes | None = None


class State(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="state"):
    """Server: where the reader's action stands.

    `about` is the action or report this answers, if it answers one. `action` is the reader's action now, None for
    none. `phase`: "idle" (none), "waiting" (for the customer), "showing" (a cart), "working" (the card is being
    authorized), "collected" (a card is held for the confirmation), "ended". `task` is set where the reader may have to
    begin (anew). `again` asks for another reading. `result` is how it ended. `unknown` says that `about` names an
    action the server does not know (yet): one that is not committed, or long replaced.
    """

    action: str | None
    phase: Literal["idle", "waiting", "showing", "working", "collected", "ended"]
    about: str | None = None
    unknown: bool = False
    task: Task | None = None
    again: Again | None = None
    result: Result | None = None


FromReader: TypeAlias = Hello | Proof | Pair | Heartbeat | Ack | Report | Sync
FromServer: TypeAlias = Challenge | Welcome | Assigned | PairingCode | Heartbeat | Refused | Command | State

_Message = TypeVar("_Message")

_encoder = msgspec.json.Encoder()
_from_reader: msgspec.json.Decoder[FromReader] = msgspec.json.Decoder(FromReader)
_from_server: msgspec.json.Decoder[FromServer] = msgspec.json.Decoder(FromServer)


class BadMessage(Exception):
    """What came is no message of this protocol; the text says why, and repeats nothing of it."""


def encode(message: FromReader | FromServer) -> bytes:
    """A message as it goes over the wire."""
    return _encoder.encode(message)


def from_reader(frame: bytes | str) -> FromReader:
    """The reader's message in a frame. Raises BadMessage."""
    return _decode(_from_reader, frame)


def from_server(frame: bytes | str) -> FromServer:
    """The server's message in a frame. Raises BadMessage."""
    return _decode(_from_server, frame)


def _decode(decoder: msgspec.json.Decoder[_Message], frame: bytes | str) -> _Message:
    if len(frame) > FRAME_MAX:
        raise BadMessage(f"longer than {FRAME_MAX} bytes")
    try:
        return decoder.decode(frame)
    except msgspec.ValidationError as error:
        raise BadMessage(_where(str(error))) from None
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        raise BadMessage("not a JSON object of this protocol") from None


def _where(text: str) -> str:
    """msgspec's message without values: it names types and a path, and quotes an unknown tag or enumerated value."""
    return "a member has a value that it cannot have" if "value" in text else text
