"""The schema, as numbered scripts, and which of them a database still needs.

`NNNN_name.sqlite.sql` and `NNNN_name.pg.sql` are applied in order, each in a transaction that also records its name
and hash. A script that was applied is never edited; a change of the schema is a new pair of scripts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

from opentill.ports.store import StoreUnavailable

TABLE = """CREATE TABLE IF NOT EXISTS migrations (
    name TEXT NOT NULL PRIMARY KEY,
    hash TEXT NOT NULL,
    applied TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
)"""
APPLIED = "SELECT name, hash FROM migrations"


@dataclass(frozen=True, slots=True)
class Migration:
    """A script: its name ("0001_objects_and_ledger"), its text, and the SHA-256 of the text in hexadecimal."""

    name: str
    sql: str
    hash: str


def scripts(dialect: Literal["sqlite", "pg"], folder: Path | None = None) -> list[Migration]:
    """The scripts of a dialect, in order; from `folder` instead of this package in tests."""
    suffix = f".{dialect}.sql"
    found: list[Migration] = []
    for path in sorted((folder or Path(__file__).parent).glob(f"*{suffix}")):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        found.append(Migration(path.name.removesuffix(suffix), content.decode(), sha256(content).hexdigest()))
    return found


def pending(known: Sequence[Migration], applied: Mapping[str, str]) -> list[Migration]:
    """Those of `known` that are not among `applied` (name to hash).

    Raises StoreUnavailable if the database was made by scripts that are not ours: by a newer version, or by a
    script that was edited after it was applied.
    """
    hashes = {migration.name: migration.hash for migration in known}
    unknown = sorted(applied.keys() - hashes.keys())
    if unknown:
        raise StoreUnavailable(
            f"The database has migration {unknown[-1]}, which this version does not know: it was written by a newer "
            "version. Start that version, or restore a backup from before the upgrade."
        )
    changed = sorted(name for name, hash in applied.items() if hash != hashes[name])
    if changed:
        raise StoreUnavailable(
            f"Migration {changed[0]} is not the script that was applied to the database. Scripts are never edited "
            "once applied: bring the original back and put the change in a new one."
        )
    missing = [migration for migration in known if migration.name not in applied]
    newest = max(applied, default="")
    if missing and missing[0].name < newest:
        raise StoreUnavailable(f"Migration {missing[0].name} was never applied, although {newest}, after it, was.")
    return missing
