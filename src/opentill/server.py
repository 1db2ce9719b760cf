"""Serving an installation over HTTP with uvicorn, from the first answer to the last."""

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager

import structlog
import uvicorn
import uvloop

from opentill.connections import Connection
from opentill.main import Installation, Settings
from opentill.welcome import welcome

BACKLOG = 2048

_log = structlog.get_logger("opentill.server")


def serve(settings: Settings, host: str, port: int, *, greet: bool) -> int:
    """Serve until SIGINT or SIGTERM; 0. Raises OSError if the port is taken, StoreUnavailable, KeyringError."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(settings, host, port, greet=greet))


async def _serve(settings: Settings, host: str, port: int, *, greet: bool) -> int:
    listener = _listen(host, port)
    installation = Installation(settings)
    try:
        await installation.start()
    except BaseException:
        listener.close()
        raise
    server = _Server(
        uvicorn.Config(
            installation.api,
            loop="none",
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            date_header=True,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=10,
            backlog=BACKLOG,
        )
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _stop, server)
    address = f"http://{host}:{listener.getsockname()[1]}"
    listener.listen(BACKLOG)  # from here on connections wait, rather than being refused until the loop turns
    _log.info("serving", address=address, data_dir=str(settings.data_directory))
    if greet:
        sys.stdout.write(await welcome(installation, address))
        sys.stdout.flush()
    _spare_the_collector()
    try:
        await server.serve([listener])
    finally:
        await installation.close()
        _log.info("stopped")
    return 0


class _Server(uvicorn.Server):
    """uvicorn's server, without its signal handlers: a signal ends it, and then the installation, in this order."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the signals to `_serve`."""
        yield


def _spare_the_collector() -> None:
    """Have cycles looked for seldom, and never in what was made by the start.

    A request's objects refer to each other in one direction and go when it ends. Python's thresholds would have
    them all walked every few requests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _stop(server: uvicorn.Server) -> None:
    server.should_exit = True


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise OSError(
            f"cannot listen on {host} port {port}: {error.strerror}. Is it running already? Try --port."
        ) from error
    return listener
