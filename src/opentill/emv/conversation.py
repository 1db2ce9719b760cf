"""Speaking to a card: one command at a time, written as a generator that gives steps and gets what they brought.

A flow is a generator. It yields a `Step`, and what the device hands to the kernel is what the yield returns. So a
transaction reads from top to bottom, as in the standards, and yet does no I/O: the device keeps the generator (inside
the kernel) while the card, the cardholder or the issuer take their time.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar

from opentill.emv import apdu, tlv
from opentill.emv.apdu import BadApdu, Response
from opentill.emv.methods import BadList
from opentill.emv.steps import AskPin, ChooseApplication, Exchange, GoOnline, Reading, Reason, Step
from opentill.emv.tlv import Items, TlvError
from opentill.emv.tracks import BadTrack

_Result = TypeVar("_Result")
Flow: TypeAlias = Generator[Step, object, _Result]

_MORE_MAX: Final = 8


class Stop(Exception):
    """The transaction ends with this reason."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


class ChipError(Exception):
    """The card is gone, or says what no card may say. The text quotes no data."""


CARD_FAULTS: Final = (ChipError, TlvError, BadApdu, BadTrack, BadList)
"""What any flow may raise because of the card alone."""


@dataclass(frozen=True, slots=True)
class IssuerAnswer:
    """What came of going online: DE 39, None for no answer; and tags 91, 71 and 72 as TLV."""

    code: str | None
    data: bytes


def exchange(command: bytes) -> Flow[Response]:
    """The card's response to a command. Raises ChipError if it is gone.

    With the protocol T=0 a response comes in two parts (`61xx`), or the card wants the exact length (`6Cxx`).
    """
    response = yield from _once(command)
    if response.status >> 8 == 0x6C:
        response = yield from _once(command[:-1] + bytes((response.status & 0xFF,)))
    data = response.data
    for _ in range(_MORE_MAX):
        if response.status >> 8 != 0x61:
            break
        response = yield from _once(apdu.get_response(response.status & 0xFF))
        data += response.data
    return Response(data, response.status)


def demand(command: bytes) -> Flow[bytes]:
    """The data of the card's response to a command that it must be able to do. Raises ChipError."""
    response = yield from exchange(command)
    if response.status != apdu.OK:
        raise ChipError(f"{command[1]:02X} ended with {response.status:04X}")
    return response.data


def template(data: bytes, tag: int) -> Items:
    """What is inside a response that is one template. Raises ChipError, TlvError."""
    items = tlv.decode(data)
    if len(items) != 1 or items[0].tag != tag:
        raise ChipError(f"not one template {tag:02X}")
    return items[0].items


def choose(names: tuple[str, ...]) -> Flow[int]:
    """The cardholder's choice among the names."""
    index = yield ChooseApplication(names)
    if not isinstance(index, int):
        raise TypeError
    return index


def ask_pin(step: AskPin) -> Flow[str | None]:
    """The PIN that the cardholder enters, or None."""
    pin = yield step
    if not (pin is None or isinstance(pin, str)):
        raise TypeError
    return pin


def go_online(reading: Reading, *, online_pin: bool) -> Flow[IssuerAnswer]:
    """The issuer's answer."""
    answer = yield GoOnline(reading, online_pin)
    if not isinstance(answer, IssuerAnswer):
        raise TypeError
    return answer


def _once(command: bytes) -> Flow[Response]:
    response = yield Exchange(command)
    if not isinstance(response, bytes):
        raise TypeError
    if len(response) < 2:
        raise ChipError("no response")
    return Response.decode(response)
