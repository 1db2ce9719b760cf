"""File and FileLink (official client: `Files.d.ts`, `FileLinks.d.ts`). What is in a file is no part of the object."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from opentill.domain.files import FilePurpose
from opentill.domain.objects.shared import Metadata


class FileLink(msgspec.Struct, frozen=True, kw_only=True):
    """An address at which anybody can fetch a file, until it expires."""

    id: str
    object: Literal["file_link"] = "file_link"
    created: int
    expired: bool = False
    expires_at: int | None = None
    file: str  # id
    livemode: bool
    metadata: Metadata = {}
    url: str | None


class FileLinks(msgspec.Struct, frozen=True, kw_only=True):
    """The newest links of a file."""

    object: Literal["list"] = "list"
    data: list[FileLink]
    has_more: bool
    url: str


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file: what it is for, how long it is kept, and where it can be fetched with a key, if it can."""

    id: str
    object: Literal["file"] = "file"
    created: int
    expires_at: int | None = None
    filename: str | None
    links: FileLinks | UnsetType | None = UNSET
    purpose: FilePurpose
    size: int  # bytes
    title: str | None = None
    type: str | None
    url: str | None
