"""The opening of a link, from the server's side, as a state machine without I/O: frames in, the next thing to do out.

    wants hello ──Hello──> Challenge, wants proof ──Proof──> Proven, done
         └───────────────── anything else ────────────────────> Refused, done

Whoever opens is nobody yet, so nothing here is believed before the proof, and nothing is kept or looked up for it.
"""

from typing import Final, Literal, TypeAlias

import msgspec

from opentill.link import messages, signing
from opentill.link.messages import BadMessage, CardKey, Challenge, Hello, Proof, Refused

OPENING_FRAME_MAX: Final = 4096
"""Longest frame of an opening, in characters; the longest Hello is a quarter of it."""

_NONCE_BYTES: Final = 32
_KEY_BYTES: Final = 32
_TEXT_MAX: Final = 64


class Proven(msgspec.Struct, frozen=True):
    """Whoever opened has the private key of `hello.identity`. Whether that is the device, the registry knows."""

    hello: Hello


Step: TypeAlias = Challenge | Proven | Refused


class _Version(msgspec.Struct, tag="hello"):
    """What of a Hello every version of the protocol has, whatever else changes."""

    version: int


_version = msgspec.json.Decoder(_Version)


class Opening:
    """One opening. `nonce` is 32 random bytes for this link alone, `now_ms` the time, milliseconds since the epoch."""

    __slots__ = ("_card_key", "_hello", "_nonce", "_now_ms", "_stage")

    def __init__(self, nonce: bytes, card_key: CardKey, now_ms: int) -> None:
        if len(nonce) != _NONCE_BYTES:
            raise ValueError(f"a nonce has {_NONCE_BYTES} bytes")
        self._nonce = nonce
        self._card_key = card_key
        self._now_ms = now_ms
        self._hello: Hello | None = None
        self._stage: Literal["hello", "proof", "done"] = "hello"

    def receive(self, frame: str | bytes) -> Step:
        """What follows from a frame: send the Challenge; go on with who is Proven; or send Refused, and hang up."""
        step = self._step(frame)
        self._stage = "proof" if isinstance(step, Challenge) else "done"
        return step

    def _step(self, frame: str | bytes) -> Step:
        if len(frame) > OPENING_FRAME_MAX:
            return bad_message(f"longer than {OPENING_FRAME_MAX} characters")
        if self._stage == "hello" and (refused := _other_version(frame)) is not None:
            return refused
        try:
            message = messages.from_reader(frame)
        except BadMessage as bad:
            return bad_message(str(bad))
        if self._stage == "hello" and isinstance(message, Hello):
            return self._greeted(message)
        if self._stage == "proof" and isinstance(message, Proof) and self._hello is not None:
            return self._proved(self._hello, message)
        return bad_message(f"{type(message).__name__} is not what comes now")

    def _greeted(self, hello: Hello) -> Step:
        if len(hello.identity) != _KEY_BYTES or len(hello.sealing) != _KEY_BYTES:
            return bad_message(f"a public key has {_KEY_BYTES} bytes")
        for name in ("serial_number", "device_type", "software"):
            text: str = getattr(hello, name)
            if not text or len(text) > _TEXT_MAX or not text.isascii() or not text.isprintable():
                return bad_message(f"{name} has 1 to {_TEXT_MAX} printable ASCII characters")
        address = hello.ip_address
        if address is not None and (len(address) > _TEXT_MAX or not address.isascii() or not address.isprintable()):
            return bad_message(f"ip_address has up to {_TEXT_MAX} printable ASCII characters")
        self._hello = hello
        return Challenge(nonce=self._nonce, card_key=self._card_key, time=self._now_ms)

    def _proved(self, hello: Hello, proof: Proof) -> Step:
        signed = signing.challenge_bytes(self._nonce, hello.serial_number, hello.sealing, self._card_key.public)
        if not signing.proves(hello.identity, proof.signature, signed):
            return Refused(code="bad_proof", message="The signature does not prove this identity.")
        return Proven(hello)


def _other_version(frame: str | bytes) -> Refused | None:
    """The refusal of a Hello in a version that is not spoken here, whatever else is in it."""
    try:
        version = _version.decode(frame).version
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return None
    if version == messages.VERSION:
        return None
    return Refused(
        code="unsupported_version",
        message=f"This server speaks version {messages.VERSION} of the reader link.",
        retry=False,
    )


def bad_message(why: str) -> Refused:
    """The refusal of what is no message, or comes at the wrong time; `why` repeats nothing of it."""
    return Refused(code="bad_message", message=f"This is no message of the reader link: {why}.")
