"""The magnetic stripe: tracks 1 and 2 of ISO/IEC 7813, and when a swipe is taken at all.

A track is read without its sentinels, which are dropped if they are there. What is wrong with one is a `BadTrack`,
whose text quotes nothing.

>>> service_code("201").chip, service_code("101").chip
(True, False)
"""

import re
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from opentill.emv.steps import Reading

CENTURY: Final = 2000
"""Expiry dates have two digits for the year; no card's is in another century."""

_TRACK_1: Final = re.compile(
    r"%?B(?P<number>[0-9]{12,19})\^(?P<name>[^^?]{2,26})\^(?P<expiry>[0-9]{4})(?P<service>[0-9]{3})[^?]{0,40}\??",
    re.ASCII,
)
_TRACK_2: Final = re.compile(
    r";?(?P<number>[0-9]{12,19})[=D](?P<expiry>[0-9]{4})(?P<service>[0-9]{3})(?P<discretionary>[0-9]{0,16})\??",
    re.ASCII,
)


class BadTrack(ValueError):
    """Not a track as ISO/IEC 7813 has it. The text quotes none of it."""


class ChipRequired(Exception):
    """The card has a chip, and a swipe of it is taken only after the chip has failed."""


Pin: TypeAlias = Literal["required", "if_possible", "no"]


@dataclass(frozen=True, slots=True)
class ServiceCode:
    """The three digits of the service code (ISO/IEC 7813, 4.9): where the card may be used, and how.

    `chip`: it has one, and that is to be used. `pin`: whether a PIN goes with the stripe.
    """

    digits: str

    @property
    def chip(self) -> bool:
        """Whether the card has a chip: the first digit is 2 or 6."""
        return self.digits[0] in "26"

    @property
    def international(self) -> bool:
        """Whether the card may be used abroad: the first digit is 1 or 2."""
        return self.digits[0] in "12"

    @property
    def test(self) -> bool:
        """Whether it is a test card by its code (9xx)."""
        return self.digits[0] == "9"

    @property
    def pin(self) -> Pin:
        """The third digit: 0, 3 and 5 require a PIN; 6 and 7 want one where there is a PIN pad."""
        if self.digits[2] in "035":
            return "required"
        return "if_possible" if self.digits[2] in "67" else "no"


def service_code(digits: str) -> ServiceCode:
    """The service code in three digits. Raises BadTrack."""
    if not re.fullmatch(r"[0-9]{3}", digits, re.ASCII):
        raise BadTrack("a service code has three digits")
    return ServiceCode(digits)


@dataclass(frozen=True, slots=True)
class Track:
    """What a track says. `expiry` is YYMM; `name` is track 1's, surname first. repr hides it all."""

    number: str
    expiry: str
    service: ServiceCode
    discretionary: str = ""
    name: str | None = None

    @property
    def exp_month(self) -> int:
        """1 to 12."""
        return int(self.expiry[2:])

    @property
    def exp_year(self) -> int:
        """Four digits."""
        return CENTURY + int(self.expiry[:2])

    def __repr__(self) -> str:
        return "Track(…)"


def track1(text: str) -> Track:
    """Track 1, format B. Raises BadTrack."""
    match = _TRACK_1.fullmatch(text)
    if match is None:
        raise BadTrack("not a track 1 of format B")
    name = match["name"].strip()
    return _checked(Track(match["number"], match["expiry"], ServiceCode(match["service"]), name=name or None))


def track2(text: str) -> Track:
    """Track 2, with `=` or `D` between number and expiry. Raises BadTrack."""
    match = _TRACK_2.fullmatch(text)
    if match is None or len(text.strip(";?")) > 37:
        raise BadTrack("not a track 2")
    service = ServiceCode(match["service"])
    return _checked(Track(match["number"], match["expiry"], service, match["discretionary"]))


def equivalent_data(value: bytes) -> Track:
    """Tag 57, the track 2 of a chip: `D` for the separator, `F` to a whole byte. Raises BadTrack."""
    return track2(value.hex().upper().removesuffix("F"))


def encode_equivalent_data(text: str) -> bytes:
    """Tag 57 for a track 2 in digits and `=`."""
    digits = text.replace("=", "D")
    return bytes.fromhex(digits + "F" * (len(digits) % 2))


def swiped(text: str, *, fallback: bool, name_track: str | None = None) -> Reading:
    """The reading of a stripe's track 2, and of track 1 if it could be read (it only adds the name).

    `fallback` says that the chip of this card has failed as often as the rules ask (EMV's level 3 rules: three times).
    A card without a chip needs none of that. Raises BadTrack; ChipRequired if the chip must be tried first.
    """
    track = track2(text)
    if track.service.chip and not fallback:
        raise ChipRequired
    return Reading(
        read_method="magnetic_stripe_fallback" if track.service.chip else "magnetic_stripe_track2",
        number=track.number,
        exp_month=track.exp_month,
        exp_year=track.exp_year,
        verification="none",
        track2=text.strip(";?"),
        service_code=track.service.digits,
        cardholder_name=_name(name_track, track.number),
    )


def _name(text: str | None, number: str) -> str | None:
    """The name on track 1, if it is a track 1 of the same card."""
    if text is None:
        return None
    try:
        track = track1(text)
    except BadTrack:
        return None
    return track.name if track.number == number else None


def _checked(track: Track) -> Track:
    if not 1 <= track.exp_month <= 12:
        raise BadTrack("an expiry with no such month")
    return track
