"""Events: read as they were written. What an event shows is the object as it was then, never rendered again."""

from typing import Final

from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.event import Event
from opentill.ports.store import Condition
from opentill.requests import events as requests
from opentill.requests.params import Params
from opentill.services.kinds import EVENTS
from opentill.services.listing import Listing, created, listing
from opentill.services.operation import Operation

# Events can be read for thirty days.
RETENTION_S: Final = 30 * 86_400


async def retrieve(op: Operation, id: str, _: Params) -> Event:
    """Retrieves the details of an event if it was created in the last 30 days."""
    stored = await op.get(EVENTS, id, in_path=True)
    if stored.created < op.now - RETENTION_S:
        raise op.missing(EVENTS, id, in_path=True)
    return stored.value


async def list_all(op: Operation, params: requests.ListEvents) -> Listing[Event]:
    """List events, going back up to 30 days, newest first."""
    conditions = [Condition("created", ">=", op.now - RETENTION_S), *created(params.created)]
    if isinstance(params.delivery_success, bool):
        conditions.append(Condition("undelivered", "null" if params.delivery_success else "=", 1))
    if isinstance(params.type, str):
        conditions += _of_type(params.type)
    if isinstance(params.types, list):
        conditions.append(Condition("type", "in", tuple(params.types)))
    return await listing(op, EVENTS, params, conditions)


def _of_type(type: str) -> list[Condition]:
    """One type, or those that begin like a group: `charge.*`, `*`."""
    name, wildcard, rest = type.partition("*")
    if not wildcard:
        return [Condition("type", "=", type)]
    if rest:
        raise InvalidRequest("Invalid type: a wildcard stands at the end, as in `charge.*`.", param="type")
    return [Condition("type", "prefix", name)] if name else []
