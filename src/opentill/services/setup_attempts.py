"""SetupAttempts: the tries of a SetupIntent, which `setup_confirmation` records."""

from opentill.domain.objects.setup_attempt import SetupAttempt
from opentill.requests.setup_intents import ListSetupAttempts
from opentill.services.kinds import SETUP_ATTEMPTS, SETUP_INTENTS
from opentill.services.listing import Listing, created, equals, listing
from opentill.services.operation import Operation


async def list_all(op: Operation, params: ListSetupAttempts) -> Listing[SetupAttempt]:
    """Returns a list of SetupAttempts that associate with a provided SetupIntent."""
    await op.get(SETUP_INTENTS, params.setup_intent, param="setup_intent")
    conditions = [*created(params.created), *equals(setup_intent=params.setup_intent)]
    return await listing(op, SETUP_ATTEMPTS, params, conditions)
