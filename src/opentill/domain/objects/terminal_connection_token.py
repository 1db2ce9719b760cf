"""terminal.ConnectionToken: lets an SDK find readers (official client: `Terminal/ConnectionTokens.d.ts`)."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType


class ConnectionToken(msgspec.Struct, frozen=True, kw_only=True):
    """A short-lived secret for one connection. It has no id; `location` is there if it is bound to one."""

    object: Literal["terminal.connection_token"] = "terminal.connection_token"
    location: str | UnsetType = UNSET
    secret: str

    def __repr__(self) -> str:
        return "ConnectionToken(…)"
