"""Structured logs on standard error: one JSON object a line."""

import asyncio
import atexit
import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import BinaryIO

import msgspec
import structlog


def configure() -> None:
    """Send structlog's lines, and what libraries log from warnings on, to standard error as JSON."""
    lines = _Lines(sys.stderr.buffer)
    atexit.register(lines.write)
    structlog.configure(
        processors=[],
        wrapper_class=_Logger,
        logger_factory=lambda *_: lines,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


class _Logger(structlog.BoundLoggerBase):
    """What structlog's `get_logger` gives. Every request logs, so this goes straight to the line, past processors."""

    def info(self, event: str, **fields: object) -> None:
        self._logger.add(_line("info", event, fields))

    def warning(self, event: str, **fields: object) -> None:
        self._logger.add(_line("warning", event, fields))

    def error(self, event: str, **fields: object) -> None:
        self._logger.add(_line("error", event, fields))

    def exception(self, event: str, **fields: object) -> None:
        """An error, with the exception that is being handled."""
        self._logger.add(_line("error", event, {**fields, "exception": traceback.format_exc()}))


def _line(level: str, event: str, fields: dict[str, object]) -> bytes:
    line = {"timestamp": datetime.now(UTC), "level": level, "event": event, **fields}
    return msgspec.json.encode(line, enc_hook=repr) + b"\n"


class _Lines:
    """Where structlog's lines go: those of one turn of the event loop are written together."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._waiting: list[bytes] = []

    def add(self, line: bytes) -> None:
        self._waiting.append(line)
        if len(self._waiting) > 1:
            return
        try:
            asyncio.get_running_loop().call_soon(self.write)
        except RuntimeError:  # no event loop in this thread
            self.write()

    def write(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, []
        self._out.writelines(waiting)
        self._out.flush()


class _JsonLines(logging.Formatter):
    """Lines of the standard library's logging, in the same form."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"event": record.getMessage(), "level": record.levelname.lower(), "logger": record.name}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()
