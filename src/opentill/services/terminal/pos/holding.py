"""Which SDK is connected to a reader: one session at a time, written in the reader's row.

It ends when the SDK disconnects, when another one takes over, when the reader is deleted or registered elsewhere, and
when the session expires. Whoever lets go of a reader leaves nothing on it that waits for a customer; a card that is
being charged is charged.
"""

from typing import Final

from opentill.domain.objects.pos import PosReader
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal import actions, refusals
from opentill.domain.terminal.actions import Phase
from opentill.services.kinds import PAYMENT_METHODS, READERS
from opentill.services.operation import Operation
from opentill.services.terminal import slots
from opentill.services.terminal.pos import discovery, sessions
from opentill.services.terminal.slots import StoredReader

CAN_BE_ENDED: Final[frozenset[Phase]] = frozenset(("waiting", "showing", "collected"))
IN_USE: Final[frozenset[Phase]] = CAN_BE_ENDED | frozenset[Phase](("working",))
"""What an SDK that connects with `fail_if_in_use` does not disturb; a cart is a part of a sale too (guide, Display)."""


async def held(op: Operation, id: str) -> StoredReader:
    """The reader, which the session that asks is connected to.

    Raises InvalidRequest if it is not: `terminal_reader_taken_over`, or `terminal_reader_not_connected`, which is also
    all that is told of readers that the session cannot see.
    """
    reader = await op.find(READERS, id)
    if reader is None or not discovery.in_scope(op, reader.value):
        raise refusals.reader_not_connected()
    holder = reader.hidden.session
    if holder == op.caller.session:
        return reader
    if holder is not None and await sessions.is_open(op, holder):
        raise refusals.reader_taken_over()
    raise refusals.reader_not_connected()


async def own(op: Operation) -> StoredReader | None:
    """The reader that the session that asks is connected to, if it is to one."""
    session = await sessions.own(op)
    reader = None if session.value.reader is None else await op.find(READERS, session.value.reader)
    return reader if reader is not None and reader.hidden.session == session.id else None


async def is_in_use(op: Operation, reader: StoredReader) -> bool:
    """Whether another SDK is in the middle of something with the reader."""
    holder = reader.hidden.session
    if holder in (None, op.caller.session) or reader.hidden.slot.phase not in IN_USE:
        return False
    return await sessions.is_open(op, holder)


async def check_not_driven(op: Operation, reader: StoredReader) -> None:
    """Raises InvalidRequest if a server is about to cancel what an SDK has the reader do, which is connected to it."""
    hidden = reader.hidden
    if op.caller.session is not None or hidden.begun_by is None or hidden.slot.phase not in CAN_BE_ENDED:
        return
    if hidden.begun_by == hidden.session and await sessions.is_open(op, hidden.begun_by):
        raise refusals.other_integration_mode()


async def put_down(op: Operation, reader: StoredReader) -> StoredReader:
    """Record, in `op`, the end of what an SDK began and does not wait for any more. What is under way goes on."""
    slot = reader.hidden.slot
    if reader.hidden.begun_by is None or slot.phase not in CAN_BE_ENDED:
        return reader
    return await slots.take(op, reader, actions.cancel(slot), hidden=reader.hidden.begun(None))


async def shown(op: Operation, reader: Reader) -> PosReader:
    """A reader as the session that is connected to it is shown it, after what `op` has recorded."""
    stored = await op.get(READERS, reader.id)
    slot = stored.hidden.slot
    method = None
    if slot.phase == "collected" and slot.held is not None and slot.type != "refund_payment":
        method = await op.find(PAYMENT_METHODS, slot.held.payment_method)
    own = stored.hidden.begun_by == op.caller.session
    return PosReader(
        payment_method=method.value if method is not None and own else None,
        phase=slot.phase,
        reader=stored.value if own else discovery.without_action(stored.value),
    )
