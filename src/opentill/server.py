"""Serving an installation over HTTP with uvicorn, from the first answer to the last."""

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace

import structlog
import uvicorn
import uvloop

from opentill.connections import Connection, LinkConnection
from opentill.counter import Counter, Found
from opentill.link.messages import FRAME_MAX
from opentill.main import Installation, Settings
from opentill.till import Till, can_run
from opentill.welcome import development_key, readers_on_the_counter, till_beside, welcome

BACKLOG = 2048

_log = structlog.get_logger("opentill.server")


def serve(settings: Settings, host: str, port: int, *, greet: bool, readers: bool = False) -> int:
    """Serve until SIGINT or SIGTERM; 0. Raises OSError if the port is taken, StoreUnavailable, KeyringError.

    `greet` prints the greeting, and `readers` puts two virtual ones and a sample till beside the server: both for
    development only.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_serve(settings, host, port, greet=greet, readers=readers))


async def _serve(settings: Settings, host: str, port: int, *, greet: bool, readers: bool) -> int:
    listener = _listen(host, port)
    port = listener.getsockname()[1]
    if settings.base_url.endswith(":0"):  # any port that is free
        settings = replace(settings, base_url=f"{settings.base_url.removesuffix('0')}{port}")
    installation = Installation(settings)
    try:
        await installation.start()
    except BaseException:
        listener.close()
        raise
    server = _Server(
        uvicorn.Config(
            installation.app,
            interface="asgi3",
            loop="none",
            http=Connection,
            ws=LinkConnection,
            ws_max_size=FRAME_MAX,
            ws_ping_interval=None,  # the link has heartbeats of its own
            ws_per_message_deflate=False,  # 34 KB of memory more a link, for messages that are small
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            date_header=True,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=10,
            backlog=BACKLOG,
        ),
        installation,
    )
    beside: list[Counter | Till] = []

    def stop() -> None:
        server.should_exit = True
        for program in beside:
            program.stop()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    address = f"http://{host}:{port}"
    listener.listen(BACKLOG)  # from here on connections wait, rather than being refused until the loop turns
    _log.info("serving", address=address, data_dir=str(settings.data_directory))
    if greet:
        key = await development_key(installation)
        _say(welcome(installation, address, key))
        if readers:
            counter = Counter(installation, address, key, port + 1, _say_of_readers)
            beside.append(counter)
            if can_run():
                till = Till(address, key, port + 2, settings.data_directory / "till.sqlite3", counter.page)
                installation.till.update(till.config)
                beside.append(till)
                _say(till_beside(address))
            for program in beside:
                program.start()
    _spare_the_collector()
    try:
        await server.serve([listener])
    finally:
        for program in beside:
            await program.close()
        await installation.close()
        _log.info("stopped")
    return 0


class _Server(uvicorn.Server):
    """uvicorn's server, without its signal handlers: a signal ends it, and then the installation, in this order."""

    def __init__(self, config: uvicorn.Config, installation: Installation) -> None:
        super().__init__(config)
        self._installation = installation

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take leave of the readers first: they are told that it is for a short while."""
        await self._installation.take_leave()
        await super().shutdown(sockets)

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


def _say_of_readers(registered: Found, fresh: Found) -> None:
    _say(readers_on_the_counter(registered, fresh))


def _say(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


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
