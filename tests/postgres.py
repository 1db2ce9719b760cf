"""A PostgreSQL of our own for tests: a cluster in a temporary directory, on a Unix socket nobody else can reach.

`postgres_server` is shared by the whole test session; `postgres_server.database()` makes a database for one test.
The server writes with fsync on, like a real one. It ends with the session, also if the session is killed: a keeper
process holds the other end of a pipe, and stops the server when the pipe closes.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest

# Waits for the end of its standard input, which is the end of us, then stops the server and cleans up.
_KEEPER = 'cat > /dev/null; "$1/pg_ctl" stop -D "$2/data" -m immediate > /dev/null 2>&1; rm -rf "$2"'


class PostgresServer:
    """A running server. Its superuser is `opentill`, without a password: the socket's directory is closed to others."""

    def __init__(self) -> None:
        self._programs = _programs()
        self._user = _unprivileged_user()
        # Not below TMPDIR, which may be too long a path for a socket or closed to the server's user.
        self._home = Path(tempfile.mkdtemp(prefix="opentill-pg-", dir="/tmp"))
        if self._user is not None:
            os.chown(self._home, self._user.pw_uid, self._user.pw_gid)
        self._names = (f"test_{number}" for number in count(1))
        self._keeper = self._spawn(["sh", "-c", _KEEPER, "keeper", str(self._programs), str(self._home)])
        data = str(self._home / "data")
        self._run("initdb", "-D", data, "-U", "opentill", "-E", "UTF8", "--no-locale", "--auth=trust", "--no-sync")
        self.start()

    def start(self) -> None:
        """Start after `stop`, and wait until it accepts connections."""
        options = f"-k {self._home} -c listen_addresses='' -c max_connections=200"
        log = str(self._home / "log")
        self._run("pg_ctl", "start", "-w", "-D", str(self._home / "data"), "-l", log, "-o", options)

    def stop(self) -> None:
        """Stop at once, cutting all connections; everything committed is there after `start`."""
        self._run("pg_ctl", "stop", "-w", "-D", str(self._home / "data"), "-m", "immediate")

    def dsn(self, database: str) -> str:
        """The URL of a database."""
        return f"postgresql://opentill@/{database}?host={self._home}"

    def database(self, template: str = "template1") -> str:
        """The URL of a new database, a copy of `template`, which nobody may be connected to."""
        name = next(self._names)
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.dsn(name)

    def drop(self, dsn: str) -> None:
        """Remove a database made by `database`, with whoever is still connected to it."""
        self.execute(f"DROP DATABASE {dsn.partition('@/')[2].partition('?')[0]} WITH (FORCE)")

    def execute(self, sql: str, database: str = "postgres") -> str:
        """Run a statement as superuser; its rows, one a line, columns separated by `|`."""
        return self._run("psql", "-h", str(self._home), "-U", "opentill", "-d", database, "-qAtX", "-c", sql)

    def close(self) -> None:
        """Stop for good and remove the files."""
        self._keeper.communicate()

    def _spawn(self, command: Sequence[str]) -> "subprocess.Popen[str]":
        user = self._user
        return subprocess.Popen(
            command,
            cwd=self._home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
            extra_groups=None if user is None else [],
        )

    def _run(self, program: str, *arguments: str) -> str:
        process = self._spawn([str(self._programs / program), *arguments])
        output, _ = process.communicate()
        if process.returncode != 0:
            log = self._home / "log"
            raise RuntimeError(f"{program} failed:\n{output}\n{log.read_text() if log.exists() else ''}")
        return output.strip()


def _programs() -> Path:
    """Where initdb is: Debian keeps it out of the way of the PATH."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if versions:
        return versions[-1].parent
    found = shutil.which("initdb")
    if found is None:
        raise RuntimeError("The tests need PostgreSQL's programs; `make test` installs them (apt: postgresql).")
    return Path(found).resolve().parent


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Whom to run the server as: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return None
    known = {user.pw_name: user for user in pwd.getpwall()}
    return known.get("postgres") or known["nobody"]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The session's server."""
    server = PostgresServer()
    yield server
    server.close()
