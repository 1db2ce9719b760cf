"""The command line: `opentill up`, `opentill serve`, `opentill keys`.

What a command needs is imported when it runs, so that `--help` and `--version` answer at once.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from opentill import __version__

if TYPE_CHECKING:
    from opentill.domain.fees import FeeSchedule
    from opentill.main import Settings

DEFAULT_PORT = 8420
DEFAULT_DATA = Path(".opentill")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; its exit status."""
    options = _parser().parse_args(arguments)
    try:
        status: int = options.run(options)
    except KeyboardInterrupt:
        return 130
    except Failure as failure:
        print(f"opentill: {failure}", file=sys.stderr)
        return 1
    return status


class Failure(Exception):
    """What the user is told when a command cannot do its work."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="opentill",
        description="An open payments system for the counter. It speaks the API that payment clients already speak.",
    )
    parser.add_argument("--version", action="version", version=f"opentill {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    up = commands.add_parser(
        "up",
        help="run everything on this machine, for development",
        description="Run the system for development on an embedded database: any sk_test_ key opens an account of its "
        "own, the clock can be moved, and the acquirer is simulated. Listens on this machine only.",
    )
    up.add_argument("--port", type=_port, default=DEFAULT_PORT, help="port to listen on (default: %(default)s)")
    up.add_argument(
        "--data-dir", type=Path, default=DEFAULT_DATA, help="where everything is kept (default: %(default)s)"
    )
    up.add_argument("--database", help=argparse.SUPPRESS)  # the same on PostgreSQL, for our own tests
    up.set_defaults(run=_up)

    serve = commands.add_parser(
        "serve",
        help="run the server, without the rules for development",
        description="Run the server. Only keys made by `opentill keys create` open anything.",
    )
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    serve.add_argument("--port", type=_port, default=DEFAULT_PORT, help="port to listen on (default: %(default)s)")
    _where(serve)
    serve.add_argument(
        "--fees",
        default=None,
        metavar="SCHEDULE",
        help="what payments cost, e.g. card=2.9%%+30,card_present=2.7%%+5 (the default)",
    )
    serve.set_defaults(run=_serve)

    keys = commands.add_parser("keys", help="make, list and revoke API keys", description="Manage API keys.")
    actions = keys.add_subparsers(title="actions", required=True, metavar="ACTION")
    create = actions.add_parser(
        "create",
        help="make a key, and an account if none is named",
        description="Make a key and print it; it is shown this once, only its hash is kept.",
    )
    create.add_argument("--account", help="the account to make it for (default: a new one)")
    create.add_argument("--live", action="store_true", help="for live mode (default: test mode)")
    create.add_argument("--kind", choices=("secret", "publishable", "restricted"), default="secret")
    create.add_argument("--name", help="a name to recognise it by")
    create.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="RESOURCE:read|write",
        help="a permission of a restricted key, e.g. payment_intents:write (may be repeated)",
    )
    create.add_argument("--country", default="US", help="country of a new account (default: %(default)s)")
    create.add_argument("--currency", default="usd", help="currency of a new account (default: %(default)s)")
    create.add_argument("--business-name", default="Opentill", help="name of a new account (default: %(default)s)")
    _where(create)
    create.set_defaults(run=_keys_create)
    listing = actions.add_parser("list", help="list the keys", description="List the keys of every account, or of one.")
    listing.add_argument("--account", help="of this account only")
    _where(listing)
    listing.set_defaults(run=_keys_list)
    revoke = actions.add_parser("revoke", help="end a key", description="End a key. Running servers notice in seconds.")
    revoke.add_argument("id", help="the key's id, as `keys list` shows it")
    _where(revoke)
    revoke.set_defaults(run=_keys_revoke)
    return parser


def _where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database",
        metavar="URL",
        help="postgresql://user:password@host/name (default: an embedded database in the data directory)",
    )
    parser.add_argument(
        "--data-dir", type=Path, default=DEFAULT_DATA, help="where keys and data are kept (default: %(default)s)"
    )


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number")
    return int(text)


# Running the server -----------------------------------------------------------------------------------------------


def _up(options: argparse.Namespace) -> int:
    from opentill.main import Settings

    settings = Settings(
        data_directory=options.data_dir,
        database=_database(options.database),
        development=True,
        base_url=f"http://127.0.0.1:{options.port}",
    )
    return _run(settings, "127.0.0.1", options.port, greet=True)


def _serve(options: argparse.Namespace) -> int:
    from opentill.main import Settings

    settings = Settings(
        data_directory=options.data_dir,
        database=_database(options.database),
        base_url=f"http://{options.host}:{options.port}",
        fees=_fees(options.fees),
    )
    return _run(settings, options.host, options.port, greet=False)


def _fees(text: str | None) -> "FeeSchedule":
    from opentill.domain.fees import STANDARD, FeeSchedule

    if text is None:
        return STANDARD
    try:
        return FeeSchedule.parse(text)
    except ValueError as error:
        raise Failure(f"--fees: {error}") from error


def _database(url: str | None) -> str | None:
    if url is not None and not url.startswith(("postgresql://", "postgres://")):
        raise Failure(f"--database takes a postgresql:// URL, not {url.partition('://')[0]!r}")
    return url


def _run(settings: "Settings", host: str, port: int, *, greet: bool) -> int:
    from opentill import logs
    from opentill.server import serve

    logs.configure()
    try:
        return serve(settings, host, port, greet=greet)
    except _failures() as error:
        raise Failure(str(error)) from error


def _failures() -> tuple[type[Exception], ...]:
    from opentill.ports.store import StoreUnavailable
    from opentill.vault.keyring import KeyringError

    return (StoreUnavailable, KeyringError, OSError)


# Keys -------------------------------------------------------------------------------------------------------------


def _keys_create(options: argparse.Namespace) -> int:
    from opentill.keys import create

    permissions: dict[str, str] = {}
    for text in options.allow:
        resource, _, access = text.partition(":")
        if access not in ("read", "write") or not resource:
            raise Failure(f"--allow takes RESOURCE:read or RESOURCE:write, not {text!r}")
        permissions[resource] = access
    if (options.kind == "restricted") != bool(permissions):
        raise Failure("a restricted key needs --allow, and only a restricted key takes it")
    return _with_store(
        options,
        lambda store, clock: create(
            store,
            clock,
            account=options.account,
            kind=options.kind,
            livemode=options.live,
            name=options.name,
            permissions=permissions or None,
            country=options.country,
            currency=options.currency,
            business_name=options.business_name,
        ),
    )


def _keys_list(options: argparse.Namespace) -> int:
    from opentill.keys import show

    return _with_store(options, lambda store, _: show(store, options.account))


def _keys_revoke(options: argparse.Namespace) -> int:
    from opentill.keys import revoke

    return _with_store(options, lambda store, clock: revoke(store, clock, options.id))


def _with_store(options: argparse.Namespace, work: "Work") -> int:
    from opentill.clock import MovableClock
    from opentill.main import Settings, store_of

    settings = Settings(data_directory=options.data_dir, database=_database(options.database))
    settings.data_directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    clock = MovableClock()

    async def run() -> int:
        store = store_of(settings)
        await store.start()
        try:
            return await work(store, clock)
        finally:
            await store.close()

    try:
        return asyncio.run(run())
    except _failures() as error:
        raise Failure(str(error)) from error


if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from opentill.clock import MovableClock
    from opentill.ports.store import Store

    Work = Callable[[Store, MovableClock], Awaitable[int]]


if __name__ == "__main__":
    sys.exit(main())
