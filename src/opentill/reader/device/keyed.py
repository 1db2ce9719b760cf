"""Keying in a card for a mail or telephone order: number, expiry, security code, postal code, and a summary.

Digits are shown as dots; of the number, the summary shows the last four.
"""

import re
from datetime import UTC, datetime
from typing import Final

from opentill.domain.cards import brand_of, expired, luhn_valid
from opentill.link.sealing import ClearReading
from opentill.reader.device import reading
from opentill.reader.device.core import Core
from opentill.reader.device.events import Keyed, Pressed, Typed
from opentill.reader.device.job import KeyedCard, KeyedStep

STEPS: Final[tuple[KeyedStep, ...]] = ("number", "expiry", "code", "postal_code", "summary")
LENGTHS: Final[dict[KeyedStep, int]] = {"number": 19, "expiry": 4, "code": 4, "postal_code": 12}
_NUMBER_LEAST: Final = 12
_POSTAL_CODE: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z \-]{1,11}")
_CENTURY: Final = 2000


def key(core: Core, event: Keyed) -> None:
    """A key: a digit of what is asked for now, or one of the three others."""
    card = None if core.job is None else core.job.keyed
    if card is None or core.job is None:
        return
    core.beep("key")
    match event.key:
        case "enter":
            _next(core, card)
        case "clear":
            card.wrong = False
            _put(card, "")
        case "cancel" if core.job.cancelable:
            reading.canceled(core, event)
        case "cancel":
            back(card)
        case digit if card.step in ("number", "expiry", "code") and len(_digits(card)) < LENGTHS[card.step]:
            card.wrong = False
            _put(card, _digits(card) + digit)
        case _:
            pass


def typed(core: Core, event: Typed) -> None:
    """The postal code, which has letters in some countries."""
    card = None if core.job is None else core.job.keyed
    if card is not None and card.step == "postal_code":
        card.wrong = False
        card.postal_code = event.text[: LENGTHS["postal_code"]]


def next_pressed(core: Core, _event: Pressed) -> None:
    """On to the next step, or, from the summary, on to the server."""
    if core.job is not None and core.job.keyed is not None:
        _next(core, core.job.keyed)


def back(card: KeyedCard) -> bool:
    """To the step before; False if this is the first. What was entered there is to be entered anew."""
    place = STEPS.index(card.step)
    card.wrong = False
    _put(card, "")
    if place == 0:
        return False
    card.step = STEPS[place - 1]
    _put(card, "")
    return True


def expiry(card: KeyedCard) -> tuple[int, int]:
    """Month and year (four digits) as they were keyed in, MMYY."""
    return int(card.expiry[:2]), _CENTURY + int(card.expiry[2:])


def _next(core: Core, card: KeyedCard) -> None:
    if not _right(core, card):
        card.wrong = True
        core.beep("bad")
        return
    if card.step != "summary":
        card.step = STEPS[STEPS.index(card.step) + 1]
        return
    job = core.job
    if job is None:
        return
    month, year = expiry(card)
    clear = ClearReading(
        number=card.number,
        exp_month=month,
        exp_year=year,
        verification=card.code,
        postal_code=card.postal_code.strip() or None,
    )
    job.keyed = None
    reading.send_reading(core, job, clear, None, pin=None)


def _right(core: Core, card: KeyedCard) -> bool:
    match card.step:
        case "number":
            return len(card.number) >= _NUMBER_LEAST and luhn_valid(card.number)
        case "expiry":
            if len(card.expiry) != LENGTHS["expiry"]:
                return False
            month, year = expiry(card)
            today = datetime.fromtimestamp(max(core.server_time_ms, 0) / 1000, UTC)
            return 1 <= month <= 12 and not expired(month, year, int(today.timestamp()))
        case "code":
            return len(card.code) == (4 if brand_of(card.number) == "amex" else 3)
        case "postal_code":
            written = card.postal_code.strip()
            return not written or _POSTAL_CODE.fullmatch(written) is not None  # not every country has them
        case _:
            return True


def _digits(card: KeyedCard) -> str:
    match card.step:
        case "number":
            return card.number
        case "expiry":
            return card.expiry
        case _:
            return card.code


def _put(card: KeyedCard, digits: str) -> None:
    match card.step:
        case "number":
            card.number = digits
        case "expiry":
            card.expiry = digits
        case "code":
            card.code = digits
        case "postal_code":
            card.postal_code = digits
        case _:
            pass
