"""Who is asking: the key in the Authorization header, Basic or Bearer, and what it opens.

Beside API keys there are what the Terminal SDK has: a connection token, to be redeemed, and then a session.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from opentill.domain.connect import application_of, not_connected
from opentill.domain.errors import Forbidden, Unauthenticated
from opentill.domain.terminal import refusals
from opentill.domain.versions import LATEST
from opentill.ports.clock import Clock
from opentill.ports.store import Store
from opentill.services.keys import KEY_LENGTH_MAX, hash_key, invalid, open_account
from opentill.services.kinds import ACCOUNTS, API_KEYS, CONNECTED_ACCOUNTS, CONNECTION_TOKENS, POS_SESSIONS
from opentill.services.records import Asker, Permission
from opentill.services.terminal.connection_tokens import hash_secret

# How long a revoked key may still be taken for good by a process that has seen it.
REMEMBERED_MS = 2_000
_REMEMBERED_MAX = 10_000

NO_KEY = (
    "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth "
    "(e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). See https://stripe.com/docs/api#authentication for details, or we "
    "can help at https://support.stripe.com/."
)

Auth: TypeAlias = Literal["secret", "publishable", "public", "connection_token", "session"]
"""Which credential an endpoint takes; the last two it takes alone, and nothing else takes those."""

# What else would have been right.
_OF_THE_SDK: dict[str, str] = {
    "connection_token": "A connection token (pst_…) opens a session, at POST /opentill/pos/sessions, and that takes "
    "nothing else.",
    "session": "A session of the Terminal SDK (pos_…) opens what is under /opentill/pos, and that takes nothing else. "
    "Everything else takes an API key.",
}


@dataclass(frozen=True, slots=True)
class Credential:
    """What a key opens: an account, or, as its `platform`, one that is connected to it.

    `api_version` is the default of requests with the key, `account_version` that of the account's events. `session` is
    the id of a session or a connection token, `location` what limits it to the readers there.
    """

    account: str
    livemode: bool
    kind: Asker
    api_version: str
    account_version: str
    shown: str
    permissions: Mapping[str, Permission] | None
    platform: str | None = None
    application: str | None = None
    session: str | None = None
    location: str | None = None


class Authentication:
    """Recognises keys; a key that was recognised is remembered for two seconds."""

    def __init__(self, store: Store, clock: Clock, *, development: bool, default_version: str) -> None:
        self._store = store
        self._clock = clock
        self._development = development
        self._default_version = default_version
        self._remembered: dict[bytes, tuple[int, Credential]] = {}

    async def credential(self, header: bytes | None) -> Credential:
        """The credential of an Authorization header. Raises Unauthenticated."""
        if not header:
            raise Unauthenticated(NO_KEY)
        digest = hashlib.sha256(header).digest()
        now = self._clock.now_ms()
        known = self._remembered.get(digest)
        if known is not None and 0 <= now - known[0] < REMEMBERED_MS:
            return known[1]
        credential = await self._recognise(_key(header))
        if len(self._remembered) >= _REMEMBERED_MAX:
            self._remembered.clear()
        self._remembered[digest] = (now, credential)
        return credential

    async def _recognise(self, key: str) -> Credential:
        if key.startswith("pst_"):
            return await self._of_token(key)
        if key.startswith("pos_"):
            return await self._of_session(key)
        digest = hash_key(key)
        found = await self._store.find(API_KEYS, "hash", digest, limit=1)
        if not found and self._development and key.startswith("sk_test_") and len(key) > len("sk_test_"):
            await open_account(self._store, self._clock, key, self._default_version)
            found = await self._store.find(API_KEYS, "hash", digest, limit=1)
        if not found:
            raise invalid(key)
        record = found[0].value
        if record.revoked is not None:
            raise Unauthenticated(f"Expired API Key provided: {record.shown}", code="api_key_expired")
        account = await self._store.get(ACCOUNTS, found[0].account, found[0].account)
        if account is None:
            raise invalid(key)
        return Credential(
            account=found[0].account,
            livemode=record.livemode,
            kind=record.kind,
            api_version=account.hidden.api_version,
            account_version=account.hidden.api_version,
            shown=record.shown,
            permissions=record.permissions,
            platform=account.hidden.platform,
        )

    async def _of_token(self, secret: str) -> Credential:
        """The credential of a connection token; that it was redeemed already, whoever redeems it again is told."""
        found = await self._store.find(CONNECTION_TOKENS, "hash", hash_secret(secret), limit=1)
        if not found or found[0].value.expires <= self._clock.now():
            raise refusals.connection_token_expired()
        token = found[0]
        account = await self._account_of(token.account)
        return replace(
            account, kind="connection_token", livemode=token.livemode, session=token.id, location=token.value.location
        )

    async def _of_session(self, secret: str) -> Credential:
        found = await self._store.find(POS_SESSIONS, "hash", hash_secret(secret), limit=1)
        if not found or found[0].value.expires <= self._clock.now():
            raise refusals.session_expired()
        session = found[0]
        account = await self._account_of(session.account)
        return replace(
            account,
            kind="session",
            livemode=session.livemode,
            application=session.value.application,
            session=session.id,
            location=session.value.location,
        )

    async def _account_of(self, id: str) -> Credential:
        """What a page's secret opens of an account. The SDK speaks the newest version, whatever the account's own."""
        account = await self._store.get(ACCOUNTS, id, id)
        if account is None:
            raise refusals.session_expired()
        return Credential(
            account=id,
            livemode=False,
            kind="session",
            api_version=LATEST,
            account_version=account.hidden.api_version,
            shown="",
            permissions=None,
            platform=account.hidden.platform,
        )

    async def acting_for(self, credential: Credential, account: str) -> Credential:
        """The credential for a connected account, which the key's own account acts for. Raises Forbidden."""
        if account == credential.account:
            return credential
        if credential.session is not None:
            raise Forbidden("A session belongs to one account: it cannot act for another one.")
        connection = await self._store.get(CONNECTED_ACCOUNTS, credential.account, account)
        connected = None if connection is None else await self._store.get(ACCOUNTS, account, account)
        if connection is None or connected is None or connection.livemode != credential.livemode:
            raise not_connected(credential.shown, account)
        return replace(
            credential,
            account=account,
            account_version=connected.hidden.api_version,
            platform=credential.account,
            application=application_of(credential.account),
        )


def _key(header: bytes) -> str:
    """The key in the header: after "Bearer", or the user of "Basic"."""
    scheme, _, value = header.strip().partition(b" ")
    value = value.strip()
    try:
        if scheme.lower() == b"bearer":
            key = value.decode("ascii")
        elif scheme.lower() == b"basic":
            key = base64.b64decode(value, validate=True).decode("ascii").partition(":")[0]
        else:
            raise Unauthenticated(NO_KEY)
    except (UnicodeDecodeError, binascii.Error) as error:
        raise Unauthenticated("Invalid Authorization header: the API key could not be read.") from error
    if not key:
        raise Unauthenticated(NO_KEY)
    if len(key) > KEY_LENGTH_MAX or not key.isprintable():
        raise Unauthenticated("Invalid API Key provided.")
    return key


def check_allowed(credential: Credential, auth: Auth, *, resource: str, writes: bool) -> None:
    """Raises Forbidden unless the credential may use the resource in that way; `auth` is what the endpoint takes."""
    wanted = auth if auth in _OF_THE_SDK else None
    if wanted is not None or credential.kind in _OF_THE_SDK:
        if credential.kind != wanted:
            raise Forbidden(_OF_THE_SDK[wanted or credential.kind], code=None if wanted else "secret_key_required")
        return
    if credential.kind == "secret":
        return
    if credential.kind == "publishable":
        if auth != "publishable":
            raise Forbidden(
                "This API call cannot be made with a publishable API key. Please use a secret API key. You can find a "
                "list of your API keys at https://dashboard.stripe.com/account/apikeys.",
                code="secret_key_required",
            )
        return
    granted = (credential.permissions or {}).get(resource)
    if granted != "write" and (writes or granted != "read"):
        needed = "write" if writes else "read"
        raise Forbidden(
            f"The provided key '{credential.shown}' does not have the required permissions for this endpoint on "
            f"account '{credential.account}'. Having the '{resource}_{needed}' permission would allow this request to "
            "continue."
        )
