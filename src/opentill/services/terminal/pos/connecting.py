"""Connecting: an SDK has a reader from here on, until another one takes it over."""

from msgspec.structs import replace

from opentill.domain.objects.pos import AccessibilitySettings, PosReader, PosReaderSettings
from opentill.domain.objects.terminal_reader import Reader
from opentill.domain.terminal import refusals
from opentill.link.messages import Speech
from opentill.requests.params import Params
from opentill.requests.terminal import pos as requests
from opentill.services.kinds import READERS
from opentill.services.operation import Operation
from opentill.services.terminal import slots
from opentill.services.terminal.pos import discovery, holding, sessions
from opentill.services.terminal.slots import StoredReader


async def connect(op: Operation, id: str, params: requests.ConnectReader) -> Reader:
    """Connects the session to a reader, in place of the one that is connected to it.

    What that one has the reader wait for is ended, a card that is being charged is charged. With `fail_if_in_use` a
    reader that another session is in the middle of something with is let alone.
    """
    session = await sessions.own(op)
    found = await op.get(READERS, id, in_path=True)
    if not discovery.in_scope(op, found.value):
        raise op.missing(READERS, id, in_path=True)
    reader = await slots.caught_up(op, found)
    if reader.value.status == "offline":
        raise refusals.reader_offline()
    if params.fail_if_in_use is True and await holding.is_in_use(op, reader):
        raise refusals.reader_in_use()
    if reader.hidden.begun_by != session.id:
        reader = await holding.put_down(op, reader)
    before = await holding.own(op)
    if before is not None and before.id != id:
        await _let_go(op, before)
    reader = op.update(reader, reader.value, replace(reader.hidden, session=session.id))
    slots.nudge(op, reader)
    op.update(session, replace(session.value, reader=id), None)
    return await op.commit(reader.value)


async def disconnect(op: Operation, id: str, _: Params) -> Reader:
    """Disconnects the session from a reader, which goes back to its splash screen."""
    reader = await _let_go(op, await holding.held(op, id))
    return await op.commit(reader.value)


async def retrieve(op: Operation, id: str, _: Params) -> PosReader:
    """Retrieves a reader that the session is connected to, and where its action stands."""
    return await holding.shown(op, (await holding.held(op, id)).value)


async def _let_go(op: Operation, reader: StoredReader) -> StoredReader:
    """Record, in `op`, that the session that asks is no longer connected to a reader."""
    reader = await holding.put_down(op, await slots.caught_up(op, reader))
    return op.update(reader, reader.value, replace(reader.hidden, session=None))


# Settings -----------------------------------------------------------------------------------------------------------


async def read_settings(op: Operation, id: str, _: Params) -> PosReaderSettings:
    """Retrieves the settings of a reader that the session is connected to."""
    return _settings((await holding.held(op, id)).hidden.speech)


async def change_settings(op: Operation, id: str, params: requests.ChangeReaderSettings) -> PosReaderSettings:
    """Changes the settings of a reader that the session is connected to: whether it reads out its screens."""
    reader = await holding.held(op, id)
    speech: Speech = "speakers" if params.accessibility_parameters.enable_text_to_speech_speakers else "off"
    op.update(reader, reader.value, replace(reader.hidden, speech=speech))
    slots.nudge(op, reader)
    return await op.commit(_settings(speech))


def _settings(speech: Speech) -> PosReaderSettings:
    return PosReaderSettings(accessibility_settings=AccessibilitySettings(text_to_speech_status=speech))
