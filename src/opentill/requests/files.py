"""Parameters of the Files and FileLinks API."""

from typing import Annotated, Literal

from opentill.domain.files import UPLOAD_MAX, FilePurpose, Uploadable
from opentill.requests.params import (
    UNSET,
    File,
    ListParams,
    Metadata,
    Params,
    RangeQuery,
    Text,
    Timestamp,
    UnsetType,
)
from opentill.requests.tree import Upload

Id = Annotated[str, Text(maximum=255)]


class FileLinkData(Params, kw_only=True):
    """The link that is made together with a file."""

    create: bool
    expires_at: Timestamp | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET


class CreateFile(Params, kw_only=True):
    """A file, in a multipart form, and what it is for."""

    file: Annotated[Upload, File(maximum=UPLOAD_MAX)]
    purpose: Uploadable
    file_link_data: FileLinkData | UnsetType = UNSET


class ListFiles(ListParams, kw_only=True):
    """By purpose and by time."""

    created: RangeQuery | UnsetType = UNSET
    purpose: FilePurpose | UnsetType = UNSET


class CreateFileLink(Params, kw_only=True):
    """The file that the link leads to, and until when."""

    file: Id
    expires_at: Timestamp | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET


class UpdateFileLink(Params, kw_only=True):
    """`expires_at`: a time to come, "now", or an empty text for never."""

    expires_at: Literal["now"] | Timestamp | UnsetType | None = UNSET
    metadata: Metadata | UnsetType = UNSET


class ListFileLinks(ListParams, kw_only=True):
    """By file, by time, and by whether they still lead anywhere."""

    created: RangeQuery | UnsetType = UNSET
    expired: bool | UnsetType = UNSET
    file: Id | UnsetType = UNSET
