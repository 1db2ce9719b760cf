"""The backend of the sample till that `opentill up` starts beside the server, if the `stripe` library is there.

It is `opentill.examples.till`, which knows nothing of us but the address. The page at /pos is told where it is, and
the token without which it answers nobody.
"""

import secrets
from importlib.util import find_spec
from pathlib import Path

from opentill.child import Child
from opentill.reader.program import listen


def can_run() -> bool:
    """Whether what the backend needs is installed."""
    return find_spec("stripe") is not None


class Till:
    """The backend for the server at `address`, in the account of `key`, on `port` or the next free one.

    `config` is what the page is told.
    """

    def __init__(self, address: str, key: str, port: int, data: Path, readers: str) -> None:
        listener = listen(port, or_next=True)
        token = secrets.token_urlsafe(24)
        self.config = {
            "backend": f"http://127.0.0.1:{listener.getsockname()[1]}",
            "token": token,
            "readers": readers,
        }
        command = (
            *("-m", "opentill.examples.till", "--server", address, "--data", str(data)),
            *("--listener", str(listener.fileno()), "--child"),
        )
        environment = {"TILL_KEY": key, "TILL_TOKEN": token}  # not on the command line, which everybody can read
        self._child = Child("till", command, listener, _heard, environment)
        self.start, self.stop, self.close = self._child.start, self._child.stop, self._child.close


async def _heard(line: bytes) -> None:
    """It says where its page is, which we know."""
