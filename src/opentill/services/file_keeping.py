"""Files as they are kept: made, found, read, and gone when their time is over.

A file is two rows: the object, and what is in it (kind FILE_CONTENTS), so that nothing that only shows files reads
their contents. Both are made and deleted together, and neither is ever changed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import msgspec

from opentill.domain import files as rules
from opentill.domain.errors import InvariantBroken
from opentill.domain.files import FilePurpose
from opentill.domain.objects.file import File
from opentill.ports.store import Stored
from opentill.services.kinds import FILE_CONTENTS, FILES
from opentill.services.operation import Operation, System
from opentill.services.records import FileHidden

StoredFile: TypeAlias = Stored[File, FileHidden]


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a file, to be sent as it is; `name` is what to save it as, `format` as `File.type` names it."""

    content: bytes
    format: str
    name: str

    @property
    def media_type(self) -> str:
        return rules.MEDIA_TYPES[self.format]


async def keep(op: Operation, id: str, purpose: FilePurpose, name: str | None, format: str, content: bytes) -> File:
    """Record a new file in `op`. Its contents were checked, or made here."""
    rule = rules.PURPOSES[purpose]
    file = File(
        id=id,
        created=op.now,
        expires_at=None if rule.kept_s is None else op.now + rule.kept_s,
        filename=name,
        purpose=purpose,
        size=len(content),
        type=format,
        url=f"{op.system.base_url}/v1/files/{id}/contents" if rule.downloadable else None,
    )
    vault = op.system.vault
    kept = await vault.seal_contents(op.caller.account, id, content) if rule.sealed else content
    op.create(FILES, file, FileHidden(sha256=rules.digest(content)))
    op.create(FILE_CONTENTS, msgspec.Raw(kept), None, id=id)
    return file


def numbering(op: Operation, signed: dict[str, str]) -> Callable[[str], str]:
    """Gives each signature that it is called with the id of a new file, and puts it into `signed` under that id."""

    def number(svg: str) -> str:
        id = op.new_id("file")
        signed[id] = svg
        return id

    return number


async def keep_signatures(op: Operation, signed: Mapping[str, str]) -> None:
    """Record, in `op`, the files of signatures that a reader collected: SVG documents by the files' ids."""
    for id, svg in signed.items():
        await keep(op, id, "customer_signature", "signature.svg", "svg", svg.encode())


async def find(op: Operation, id: str) -> StoredFile | None:
    """The caller's file of that id, if it is there and its time is not over."""
    stored = await op.find(FILES, id)
    return None if stored is None or is_over(stored.value, op.now) else stored


def is_over(file: File, now: int) -> bool:
    """Whether a file is not kept any more, although its rows may still be there."""
    return file.expires_at is not None and file.expires_at <= now


async def contents_of(system: System, stored: StoredFile) -> Contents:
    """What is in a file. Those that are sealed stay sealed: nobody fetches them."""
    file = stored.value
    found = await system.store.get_body(FILE_CONTENTS, stored.account, stored.id)
    if found is None or file.type is None:
        raise InvariantBroken("a file has contents")
    return Contents(found[1], file.type, file.filename or f"{file.id}.{file.type}")


def expire(op: Operation, stored: StoredFile) -> None:
    """Record, in `op`, the end of a file whose time is over."""
    if is_over(stored.value, op.now):
        op.delete(stored)
        where = (stored.account, stored.livemode, stored.id, stored.created)
        op.delete(Stored(FILE_CONTENTS, *where, 1, msgspec.Raw(), None))  # unread, as it was never changed
