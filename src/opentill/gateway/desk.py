"""What the gateway asks the services: who a device is, where it belongs, what its action is.

The gateway itself knows links and nothing of payments. Every answer is read anew, so it may be asked again at any time.
"""

from typing import Protocol

from opentill.link.messages import Assignment, CardKey, Hello, PairingCode, Refused, Report, State


class TurnedAway(Exception):
    """The device cannot have what it asks for; `refused` is what it is told, and its link ends with it."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.code)
        self.refused = refused


class Desk(Protocol):
    """The services as the gateway sees them. `device` is a device's id, which `introduce` gives."""

    def card_key(self) -> CardKey:
        """The public key that readers seal readings to."""
        ...

    async def introduce(self, hello: Hello) -> str:
        """The id of the device that has proved to be who `hello` says. Raises TurnedAway."""
        ...

    async def assignment(self, device: str) -> Assignment | None:
        """Where a device belongs, None if it is not registered. Its PIN key is sealed anew each time."""
        ...

    async def pairing_code(self, device: str) -> PairingCode:
        """A new registration code in place of the one before. Raises TurnedAway if it had too many."""
        ...

    async def seen(self, device: str, now_ms: int) -> str | None:
        """The device was there at that time. The reader that it is, None if it is not registered."""
        ...

    async def state(self, device: str, about: str | None = None) -> State:
        """Where its reader's action stands; with `about`, as an answer to who asks about that action."""
        ...

    async def report(self, device: str, report: Report) -> State:
        """Take what the device reports; where its action stands then. The same report twice does nothing twice."""
        ...
