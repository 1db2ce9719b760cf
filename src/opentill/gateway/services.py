"""The desk of an installation: what the gateway asks, answered by the services."""

from opentill.gateway.desk import TurnedAway
from opentill.link.messages import Assignment, CardKey, Hello, PairingCode, Report, State
from opentill.services.operation import System
from opentill.services.terminal import links, reports
from opentill.services.terminal.links import LinkRefused


class ServiceDesk:
    """The desk of an installation."""

    def __init__(self, system: System) -> None:
        self._system = system

    def card_key(self) -> CardKey:
        return self._system.vault.card_key()

    async def introduce(self, hello: Hello) -> str:
        try:
            return (await links.introduce(self._system, hello)).id
        except LinkRefused as refusal:
            raise TurnedAway(refusal.told()) from None

    async def assignment(self, device: str) -> Assignment | None:
        return await links.assignment(self._system, device)

    async def pairing_code(self, device: str) -> PairingCode:
        try:
            return await links.pairing_code(self._system, device)
        except LinkRefused as refusal:
            raise TurnedAway(refusal.told()) from None

    async def seen(self, device: str, now_ms: int) -> str | None:
        return await links.seen(self._system, device, now_ms)

    async def state(self, device: str, about: str | None = None) -> State:
        return await reports.state(self._system, device, about)

    async def report(self, device: str, report: Report) -> State:
        return await reports.report(self._system, device, report)
