"""The command line: `opentill up`, `opentill serve`, `opentill keys`, `opentill reader`, `opentill readers`.

What a command needs is imported when it runs, so that `--help` and `--version` answer at once.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from opentill import __version__

if TYPE_CHECKING:
    from opentill.domain.fees import FeeSchedule
    from opentill.main import Settings

DEFAULT_PORT = 8420
DEFAULT_DATA = Path(".opentill")
DEFAULT_READERS_PORT = 8421
DEFAULT_READERS_DATA = Path(".opentill-readers")


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
    up.add_argument(
        "--no-readers",
        dest="readers",
        action="store_false",
        help="leave the two virtual readers and the sample till out (they are on the next free ports after --port)",
    )
    up.add_argument("--webhook-timeout", type=float, default=20.0, help=argparse.SUPPRESS)  # for our own tests
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
    serve.add_argument(
        "--allow-private-webhooks",
        action="store_true",
        help="deliver webhooks to addresses of your own networks too (default: to public addresses only)",
    )
    serve.set_defaults(run=_serve)

    _reader_commands(commands)
    _keys_commands(commands)
    return parser


def _reader_commands(commands: "Commands") -> None:
    reader = commands.add_parser(
        "reader",
        help="run smart readers: the reader's own software, with a screen in the browser",
        description="Run virtual smart readers against a server: those that are in the data directory, or new ones. "
        "Each has a page on this machine that is its screen, with cards to present beside it. Ctrl-C ends them; the "
        "next start has the same readers.",
    )
    reader.add_argument("--server", required=True, metavar="URL", help="address of the server they belong to")
    reader.add_argument(
        "--model",
        action="append",
        default=[],
        metavar="MODEL",
        help="s700, s710, t600, wisepos_e, p400 or v660p; may be repeated (default: what is there, or one s700)",
    )
    reader.add_argument(
        "--count", type=_count, metavar="N", help="how many of each model (default: what is there, or one)"
    )
    reader.add_argument(
        "--data-dir", type=Path, default=DEFAULT_READERS_DATA, help="where they are kept (default: %(default)s)"
    )
    reader.add_argument(
        "--port",
        type=_port,
        default=None,
        help=f"port of their pages (default: {DEFAULT_READERS_PORT}, or the next free)",
    )
    reader.add_argument("--no-screen", dest="screen", action="store_false", help="serve no pages")
    reader.add_argument("--listener", type=int, help=argparse.SUPPRESS)  # a socket that was inherited, for `up`
    reader.add_argument("--child-of-server", action="store_true", help=argparse.SUPPRESS)
    reader.set_defaults(run=_reader)

    readers = commands.add_parser(
        "readers", help="register smart readers by serial number, and list them", description="Manage smart readers."
    )
    actions = readers.add_subparsers(title="actions", required=True, metavar="ACTION")
    register = actions.add_parser(
        "register",
        help="register readers by their serial numbers",
        description="Register readers that have been connected to this server before, or register them elsewhere.",
    )
    register.add_argument("--serial", required=True, metavar="A,B", help="up to ten serial numbers, with commas")
    register.add_argument("--account", required=True, help="the account they are for")
    register.add_argument("--location", help="the location they are in, tml_…")
    register.add_argument("--label", help="what to call them; several are numbered from 1")
    register.add_argument("--live", action="store_true", help="for live mode (default: test mode)")
    _where(register)
    register.set_defaults(run=_readers_register)
    listing = actions.add_parser(
        "list", help="list the readers", description="List every reader that has been connected, or was registered."
    )
    listing.add_argument("--account", help="of this account only")
    _where(listing)
    listing.set_defaults(run=_readers_list)


def _keys_commands(commands: "Commands") -> None:
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


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to 10000")
    return int(text)


# Running the server -----------------------------------------------------------------------------------------------


def _up(options: argparse.Namespace) -> int:
    from opentill.main import Settings

    settings = Settings(
        data_directory=options.data_dir,
        database=_database(options.database),
        development=True,
        private_webhooks=True,
        webhook_timeout_s=options.webhook_timeout,
        base_url=f"http://127.0.0.1:{options.port}",
    )
    return _run(settings, "127.0.0.1", options.port, greet=True, readers=options.readers)


def _serve(options: argparse.Namespace) -> int:
    from opentill.main import Settings

    settings = Settings(
        data_directory=options.data_dir,
        database=_database(options.database),
        base_url=f"http://{options.host}:{options.port}",
        fees=_fees(options.fees),
        private_webhooks=options.allow_private_webhooks,
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


def _run(settings: "Settings", host: str, port: int, *, greet: bool, readers: bool = False) -> int:
    from opentill import logs
    from opentill.server import serve

    logs.configure()
    try:
        return serve(settings, host, port, greet=greet, readers=readers)
    except _failures() as error:
        raise Failure(str(error)) from error


def _failures() -> tuple[type[Exception], ...]:
    from opentill.ports.store import StoreUnavailable
    from opentill.vault.keyring import KeyringError

    return (StoreUnavailable, KeyringError, OSError)


# Readers ----------------------------------------------------------------------------------------------------------


def _reader(options: argparse.Namespace) -> int:
    import socket

    import uvloop

    from opentill import logs
    from opentill.reader.program import listen, model_named, run
    from opentill.reader.storage import StorageError
    from opentill.reader.workshop import VirtualReaders

    logs.configure()
    try:
        workshop = VirtualReaders(options.server)
    except ValueError as error:
        raise Failure(f"--server: {error}") from error
    try:
        models = [model_named(name) for name in options.model]
    except KeyError as error:
        raise Failure(f"--model: there is no model {error}; `opentill reader --help` names them") from error
    try:
        listener: socket.socket | None = None
        if options.listener is not None:
            listener = socket.socket(fileno=options.listener)
        elif options.screen:
            listener = listen(options.port or DEFAULT_READERS_PORT, or_next=options.port is None)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(
                run(
                    workshop,
                    options.server,
                    options.data_dir,
                    models,
                    options.count,
                    listener=listener,
                    parent=sys.stdin.fileno() if options.child_of_server else None,
                )
            )
    except (OSError, StorageError) as error:
        raise Failure(str(error)) from error
    return 0


def _readers_register(options: argparse.Namespace) -> int:
    from opentill.main import Settings
    from opentill.operators import register

    settings = Settings(data_directory=options.data_dir, database=_database(options.database))
    registering = register(
        settings,
        serials=options.serial,
        account=options.account,
        livemode=options.live,
        location=options.location,
        label=options.label,
    )
    try:
        return asyncio.run(registering)
    except _failures() as error:
        raise Failure(str(error)) from error


def _readers_list(options: argparse.Namespace) -> int:
    from opentill.operators import show

    return _with_store(options, lambda store, _: show(store, options.account))


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

    Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]  # pyright: ignore[reportPrivateUsage] # noqa: SLF001
    Work = Callable[[Store, MovableClock], Awaitable[int]]


if __name__ == "__main__":
    from opentill.cli import main as run  # once more, as the module that others import Failure from

    sys.exit(run())
