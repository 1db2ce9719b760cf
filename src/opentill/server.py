"""Serving an installation over HTTP with uvicorn, from the first answer to the last."""

import asyncio
import signal
import socket
import sys

import structlog
import uvicorn

from opentill.main import Installation, Settings
from opentill.welcome import welcome

_log = structlog.get_logger("opentill.server")


def serve(settings: Settings, host: str, port: int, *, greet: bool) -> int:
    """Serve until SIGINT or SIGTERM; 0. Raises OSError if the port is taken, StoreUnavailable, KeyringError."""
    with asyncio.Runner(loop_factory=_loop) as runner:
        return runner.run(_serve(settings, host, port, greet=greet))


def _loop() -> asyncio.AbstractEventLoop:
    import uvloop

    return uvloop.new_event_loop()


async def _serve(settings: Settings, host: str, port: int, *, greet: bool) -> int:
    listener = _listen(host, port)
    installation = Installation(settings)
    try:
        await installation.start()
    except BaseException:
        listener.close()
        raise
    server = uvicorn.Server(
        uvicorn.Config(
            installation.api,
            loop="none",
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=True,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=10,
            backlog=2048,
        )
    )
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, _stop, server)
    address = f"http://{host}:{listener.getsockname()[1]}"
    _log.info("serving", address=address, data_dir=str(settings.data_directory))
    if greet:
        print(await welcome(installation, address), file=sys.stdout, flush=True)
    try:
        await server._serve([listener])  # noqa: SLF001 - serve() would take over the signals
    finally:
        await installation.close()
        _log.info("stopped")
    return 0


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
        raise OSError(f"cannot listen on {host} port {port}: {error.strerror}. Is it running already? Try --port.") from error
    return listener
