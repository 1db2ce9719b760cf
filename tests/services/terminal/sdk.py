"""An SDK, as the services see one: a session in the database, and calls that are made with it."""

from typing import Any

from tests.services.terminal.devices_world import VERSION, World

from opentill.domain.errors import Refusal
from opentill.domain.objects.pos import PosReader
from opentill.ports.store import Changes, Insert
from opentill.requests.params import Params, parse
from opentill.requests.terminal import pos as requests
from opentill.services.kinds import POS_SESSIONS
from opentill.services.operation import Caller, Operation
from opentill.services.records import PosSession
from opentill.services.terminal.connection_tokens import hash_secret
from opentill.services.terminal.pos import connecting, holding


class Sdk:
    """A session of the world's first account, which lasts 12 hours."""

    def __init__(self, world: World, name: str, location: str | None = None) -> None:
        self.world = world
        now = world.now_ms() // 1000
        session = PosSession(
            id=f"poss_{name}", hash=hash_secret(name), created=now, expires=now + 12 * 3600, location=location
        )
        self.caller = Caller(
            world.acct, False, VERSION, VERSION, key="session", session=session.id, location=session.location
        )
        insert = Insert(POS_SESSIONS, world.acct, False, session.id, now, session)
        world.run(world.store.commit(Changes(inserts=[insert])))

    def call(self, handler: Any, params: type[Params], *ids: str, **form: Any) -> Any:
        """What a handler gives, or the code of the refusal."""
        op = Operation(self.world.system, self.caller)
        try:
            return self.world.run(handler(op, *ids, parse(params, form, version=VERSION)))
        except Refusal as refusal:
            return refusal.code

    def connect(self, reader: str, **form: Any) -> Any:
        return self.call(connecting.connect, requests.ConnectReader, reader, **form)

    def phase(self, reader: str) -> str:
        """Where the reader stands, or why the session is not told."""
        seen = self.call(connecting.retrieve, Params, reader)
        return seen.phase if isinstance(seen, PosReader) else seen

    def in_use(self, reader: str) -> bool:
        """Whether another session is in the middle of something with the reader."""
        op = Operation(self.world.system, self.caller)
        stored = self.world.reader(reader)
        assert stored is not None
        return self.world.run(holding.is_in_use(op, stored))
