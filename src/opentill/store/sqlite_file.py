"""The database's file: locked, opened, migrated; and what SQLite's errors mean."""

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import cast

from opentill.ports.store import StoreUnavailable
from opentill.store.migrations import APPLIED, TABLE, pending, scripts
from opentill.store.sqlite_dialect import lower

# How long to wait for another program (a backup, the sqlite3 shell) to let go; reading waits on the event loop.
WRITE_BUSY_SECONDS, READ_BUSY_SECONDS = 5, 0.5
WAL_PAGES = 8000  # the log's size at which it is written back into the database

_MEANINGS = {
    "SQLITE_FULL": "the disk is full",
    "SQLITE_READONLY": "the file, its directory or its disk is read-only",
    "SQLITE_IOERR": "reading or writing the disk failed",
    "SQLITE_BUSY": "another program holds the database locked",
    "SQLITE_LOCKED": "another program holds the database locked",
    "SQLITE_CANTOPEN": "the file cannot be opened; check that its directory exists and may be written",
    "SQLITE_PERM": "the file may not be opened",
    "SQLITE_CORRUPT": "the file is damaged; restore it from a backup",
    "SQLITE_NOTADB": "the file is not a database, or it is damaged",
    "SQLITE_NOMEM": "out of memory",
}


def unavailable(error: sqlite3.Error, path: Path) -> StoreUnavailable | None:
    """What to raise for an error that the database, not the statement, is to blame for; None for any other."""
    name: str = getattr(error, "sqlite_errorname", "")  # an extended code: SQLITE_IOERR_WRITE
    for prefix, meaning in _MEANINGS.items():
        if name.startswith(prefix):
            return StoreUnavailable(f"{path}: {meaning} ({name}: {error}).")
    return None


def lock(path: Path) -> int:
    """Make the directory and the file, for nobody else's eyes, and lock it against other processes.

    Returns a descriptor; the lock lasts while it is open. Raises StoreUnavailable.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        descriptor = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StoreUnavailable(f"{path} cannot be opened: {error.strerror}.") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        owner = os.read(descriptor, 20).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise StoreUnavailable(f"{path} is in use by another process (pid {owner or 'unknown'}).") from error
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor


def connect_to_read(path: Path) -> sqlite3.Connection:
    """A connection that cannot write. Raises sqlite3.Error."""
    connection = _connect(path, READ_BUSY_SECONDS)
    connection.execute("PRAGMA cache_size = -4000")
    connection.execute("PRAGMA query_only = 1")
    return connection


def connect_to_write(path: Path, pages_max: int | None) -> sqlite3.Connection:
    """The one connection that writes, with the schema brought up to date. Raises sqlite3.Error, StoreUnavailable."""
    connection = _connect(path, WRITE_BUSY_SECONDS)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -16000")
        connection.execute(f"PRAGMA wal_autocheckpoint = {WAL_PAGES}")
        connection.execute("PRAGMA temp_store = MEMORY")  # the journals that undo a statement of several rows
        if pages_max is not None:
            connection.execute(f"PRAGMA max_page_count = {pages_max:d}")
        _migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path, busy_seconds: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=busy_seconds, isolation_level=None, check_same_thread=False, cached_statements=512
    )
    connection.create_function("lower", 1, lower, deterministic=True)
    return connection


def _migrate(connection: sqlite3.Connection) -> None:
    connection.execute(TABLE)
    applied = dict(cast(list[tuple[str, str]], connection.execute(APPLIED).fetchall()))
    for migration in pending(scripts("sqlite"), applied):
        record = f"INSERT INTO migrations (name, hash) VALUES ('{migration.name}', '{migration.hash}');"
        connection.executescript(f"BEGIN IMMEDIATE;\n{migration.sql}\n{record}\nCOMMIT;")
