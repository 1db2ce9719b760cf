"""Connection tokens: what an SDK shows to be let in to the readers."""

import hashlib
from typing import Final

from msgspec import UNSET

from opentill.domain.ids import random_token
from opentill.domain.objects.terminal_connection_token import ConnectionToken
from opentill.requests.terminal import readers as requests
from opentill.services.kinds import CONNECTION_TOKENS, LOCATIONS
from opentill.services.operation import Operation
from opentill.services.records import ConnectionTokenRecord

# The lifetime is not published; an SDK redeems its token within a minute of asking for it.
LIFETIME_S: Final = 15 * 60


async def create(op: Operation, params: requests.CreateConnectionToken) -> ConnectionToken:
    """Creates a connection token, to be used once, soon, by an SDK; perhaps for the readers of one location only.

    Its secret is told once and kept by nobody, so an idempotency key does not bring it back: the same request again
    makes another token.
    """
    location = None
    if isinstance(params.location, str):
        location = (await op.get(LOCATIONS, params.location, param="location")).id
    secret = f"pst_{'live' if op.caller.livemode else 'test'}_{random_token(48)}"
    record = ConnectionTokenRecord(
        id=op.new_id("ctok"),
        hash=hash_secret(secret),
        created=op.now,
        expires=op.now + LIFETIME_S,
        location=location,
        application=op.caller.application,
    )
    op.create(CONNECTION_TOKENS, record, None)
    await op.commit_silently()
    return ConnectionToken(location=location or UNSET, secret=secret)


def hash_secret(secret: str) -> str:
    """What is kept of a token. Secrets are long and random, so a plain hash cannot be turned round."""
    return hashlib.sha256(secret.encode()).hexdigest()
