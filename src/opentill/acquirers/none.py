"""No acquirer: what live mode has until one is configured. Nothing is ever sent."""

from opentill.ports.acquirer import AttemptRequest, NotFound, NotSent, Outcome


class NoAcquirer:
    """Answers every message with the certainty that it was not sent (port `Acquirer`)."""

    name = "none"

    async def perform(self, request: AttemptRequest) -> Outcome:
        """Not sent."""
        return NotSent(f"no acquirer is configured; the {request.operation} was not sent")

    async def inquire(self, attempt_id: str) -> Outcome | NotFound:
        """Nothing was ever sent."""
        return NotFound()
