"""When a reader restarts each day: within its window, at its own minute, by the clock of the place where it stands."""

import zlib
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from opentill.link.messages import Settings

TRY_AGAIN_S: Final = 5 * 60.0
_START_HOUR: Final = 0
_END_HOUR: Final = 3
"""The window of a reader that is not configured: after midnight."""
_LEAST_S: Final = 60.0


def zone(settings: Settings | None) -> tzinfo:
    """The zone of the reader's place; UTC where it is not known."""
    if settings is None or settings.timezone is None:
        return UTC
    try:
        return ZoneInfo(settings.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC


def local(now_ms: int, settings: Settings | None) -> datetime:
    """The local time of the reader's place. A clock that is out of all bounds counts as the epoch."""
    try:
        return datetime.fromtimestamp(now_ms / 1000, zone(settings))
    except (OverflowError, ValueError, OSError):
        return datetime.fromtimestamp(0, UTC)


def seconds_until_restart(now_ms: int, settings: Settings | None, serial_number: str) -> float:
    """How long until the next restart.

    Readers are spread over their window by their serial numbers, so that a shop's do not all go at once; the same
    reader always goes at the same minute, so that it does not restart twice in one night.
    """
    start, end = _START_HOUR, _END_HOUR
    if settings is not None and settings.reboot_start_hour is not None and settings.reboot_end_hour is not None:
        start, end = settings.reboot_start_hour % 24, settings.reboot_end_hour % 24
    minutes = ((end - start) % 24 or 24) * 60
    now = local(now_ms, settings)
    into = timedelta(minutes=zlib.crc32(serial_number.encode()) % minutes)
    at = now.replace(hour=start, minute=0, second=0, microsecond=0) - timedelta(days=1) + into
    while at <= now + timedelta(seconds=_LEAST_S):
        at += timedelta(days=1)
    return (at - now).total_seconds()
