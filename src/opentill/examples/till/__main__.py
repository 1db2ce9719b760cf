"""The command line: `python -m opentill.examples.till --server http://127.0.0.1:8420 --key sk_test_…`."""

import argparse
import os
import secrets
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from stripe import StripeClient

from .orders import Orders
from .payments import Payments
from .server import Access, TillServer


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until Ctrl-C; the exit status."""
    options = _parser().parse_args(arguments)
    key, token = options.key or os.environ.get("TILL_KEY"), os.environ.get("TILL_TOKEN") or secrets.token_urlsafe(24)
    if not key:
        sys.stderr.write("till: name the shop's secret key: --key sk_test_…, or TILL_KEY in the environment\n")
        return 2
    server = options.server.rstrip("/")
    client = StripeClient(key, base_addresses={"api": server}, max_network_retries=2)
    origins = options.origin or [server, *_twin(server)]
    orders = Orders(options.data)
    access = Access(frozenset(origin.lower() for origin in origins), token)
    try:
        till = TillServer(Payments(client, orders, options.location), access, options.port, options.listener)
    except OSError as error:
        sys.stderr.write(f"till: cannot listen on port {options.port}: {error.strerror}. Try --port.\n")
        return 1
    if options.child:
        threading.Thread(target=_end_with_parent, args=(till,), daemon=True).start()
    address = f"http://127.0.0.1:{till.server_port}"
    sys.stdout.write(f"The till: {server}/pos?backend={address}#token={token}\n")
    sys.stdout.flush()
    try:
        till.serve_forever()
    except KeyboardInterrupt:
        return 130
    finally:
        till.server_close()
        orders.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="till", description="The backend of the sample till.")
    parser.add_argument("--server", required=True, metavar="URL", help="address of the payments API")
    parser.add_argument("--key", help="the shop's secret key (default: TILL_KEY in the environment)")
    parser.add_argument("--port", type=int, default=8422, help="port to listen on (default: %(default)s)")
    parser.add_argument("--data", type=Path, default=Path("till.sqlite3"), help="its file (default: %(default)s)")
    parser.add_argument("--location", help="only readers of this location, tml_…")
    parser.add_argument(
        "--origin", action="append", help="where the till's page comes from (default: the server; may be repeated)"
    )
    parser.add_argument("--listener", type=int, help=argparse.SUPPRESS)  # a socket that was inherited
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)  # end when standard input is closed
    return parser


def _twin(server: str) -> list[str]:
    """The same machine by its other name: a person may type either."""
    parts = urlsplit(server)
    other = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}.get(parts.hostname or "")
    return [] if other is None else [f"{parts.scheme}://{other}:{parts.port or 80}"]


def _end_with_parent(till: TillServer) -> None:
    """Whatever the parent dies of, the system closes our standard input."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    till.shutdown()


if __name__ == "__main__":
    sys.exit(main())
