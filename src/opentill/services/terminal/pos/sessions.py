"""Sessions: what an SDK has for its connection token, and is known by from then on.

Both are secrets of which only hashes are kept. A token is redeemed once. An SDK whose redemption was not answered may
repeat it under the same idempotency key: the secret of the session is made from the token and that key with a key of
the installation's, so it can be told again without being kept.
"""

from typing import Final, TypeAlias

from msgspec import UnsetType
from msgspec.structs import replace

from opentill.domain.ids import random_token
from opentill.domain.objects import pos
from opentill.domain.terminal import refusals
from opentill.ports.store import Stored
from opentill.requests.terminal import pos as requests
from opentill.services.kinds import CONNECTION_TOKENS, POS_SESSIONS
from opentill.services.operation import Operation
from opentill.services.records import ConnectionTokenRecord, PosSession
from opentill.services.terminal.connection_tokens import hash_secret

LIFETIME_S: Final = 12 * 3600

_SECRET_LENGTH: Final = 48
_SECRET_PARTS: Final = 3

StoredSession: TypeAlias = Stored[PosSession, None]
StoredToken: TypeAlias = Stored[ConnectionTokenRecord, None]


async def create(op: Operation, params: requests.OpenSession) -> pos.PosSession:
    """Opens a session of the Terminal SDK: redeems the connection token that the request is made with.

    With `session`, the secret of an earlier session, that one is continued, connection to a reader included, though it
    may have expired; but not one of another account or location.
    """
    token = await op.find(CONNECTION_TOKENS, op.caller.session or "")
    if token is None:
        raise refusals.session_expired()
    secret = _secret(op, token)
    if token.value.redeemed is not None:
        known = await _of_secret(op, secret)
        if known is None or op.caller.idempotency_key is None:
            raise refusals.connection_token_redeemed()
        return _told(op, known.value, secret)
    op.update(token, replace(token.value, redeemed=op.now), None)
    opened = PosSession(
        id=op.new_id("poss"),
        hash=hash_secret(secret),
        created=op.now,
        expires=op.now + LIFETIME_S,
        location=token.value.location,
        application=token.value.application,
    )
    earlier = None if isinstance(params.session, UnsetType) else await _of_secret(op, params.session)
    if earlier is not None and _scope(earlier.value) == _scope(opened):
        opened = replace(earlier.value, hash=opened.hash, expires=opened.expires)
        op.update(earlier, opened, None)
    else:
        op.create(POS_SESSIONS, opened, None)
    await op.commit_silently()
    return _told(op, opened, secret)


async def own(op: Operation) -> StoredSession:
    """The session that asks. Raises Unauthenticated if it is over by now."""
    session = await op.find(POS_SESSIONS, op.caller.session or "")
    if session is None or session.value.expires <= op.now:
        raise refusals.session_expired()
    return session


async def is_open(op: Operation, id: str) -> bool:
    """Whether that session is not over."""
    session = await op.find(POS_SESSIONS, id)
    return session is not None and op.now < session.value.expires


def _told(op: Operation, session: PosSession, secret: str) -> pos.PosSession:
    return pos.PosSession(
        expires_at=session.expires, livemode=op.caller.livemode, location=session.location, secret=secret
    )


def _scope(session: PosSession) -> tuple[str | None, str | None]:
    return session.location, session.application


async def _of_secret(op: Operation, secret: str) -> StoredSession | None:
    """The session with that secret, in the caller's account and mode."""
    found = await op.system.store.find(POS_SESSIONS, "hash", hash_secret(secret), account=op.caller.account, limit=1)
    return found[0] if found and found[0].livemode == op.caller.livemode else None


def _secret(op: Operation, token: StoredToken) -> str:
    key = op.caller.idempotency_key
    prefix = f"pos_{'live' if op.caller.livemode else 'test'}_"
    if key is None:
        return prefix + random_token(_SECRET_LENGTH)
    parts = (f"session {part} {token.value.hash} {key}" for part in range(_SECRET_PARTS))
    return prefix + "".join(op.system.vault.fingerprint(op.caller.account, part) for part in parts)
