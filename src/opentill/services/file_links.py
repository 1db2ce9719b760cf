"""FileLinks: addresses at which anybody can fetch a file, until they expire or the file does.

The address ends in a random word, which is all that is asked for there (`api.downloads`).
"""

import secrets

from msgspec import UnsetType
from msgspec.structs import replace

from opentill.domain import files as rules
from opentill.domain.errors import InvalidRequest
from opentill.domain.ids import characters
from opentill.domain.objects.file import File, FileLink
from opentill.ports.store import Condition
from opentill.requests.files import CreateFileLink, ListFileLinks, UpdateFileLink
from opentill.requests.params import Params
from opentill.services import file_keeping as keeping
from opentill.services.kinds import FILE_LINKS, FILES
from opentill.services.listing import Listing, created, equals, listing
from opentill.services.operation import Operation, System
from opentill.services.parameters import merged

PATH = "/links/"
"""Under the server's address; what follows is the link's own word."""

_WORD_BYTES = 32


async def create(op: Operation, params: CreateFileLink) -> FileLink:
    """Creates a new file link object."""
    stored = await keeping.find(op, params.file)
    if stored is None:
        raise op.missing(FILES, params.file, param="file")
    check_linkable(stored.value.purpose, param="file")
    return await op.commit(make(op, stored.value, params.expires_at, params.metadata, param="expires_at"))


async def retrieve(op: Operation, id: str, _: Params) -> FileLink:
    """Retrieves the file link with the given ID."""
    return shown((await op.get(FILE_LINKS, id, in_path=True)).value, op.now)


async def update(op: Operation, id: str, params: UpdateFileLink) -> FileLink:
    """Updates an existing file link object. Expired links can no longer be updated."""
    stored = await op.get(FILE_LINKS, id, in_path=True)
    link = stored.value
    if shown(link, op.now).expired:
        raise InvalidRequest("Expired file links can no longer be updated.")
    expires_at = params.expires_at
    if expires_at == "now":
        link = replace(link, expires_at=op.now)
    elif not isinstance(expires_at, UnsetType | str):
        _check_to_come(op, expires_at, "expires_at")
        link = replace(link, expires_at=expires_at)
    link = replace(link, metadata=merged(link.metadata, params.metadata))
    op.update(stored, link, None)
    return await op.commit(shown(link, op.now))


async def list_all(op: Operation, params: ListFileLinks) -> Listing[FileLink]:
    """Returns a list of file links, newest first."""
    conditions = [*created(params.created), *equals(file=params.file)]
    if not isinstance(params.expired, UnsetType):
        conditions.append(Condition("expires", "<=" if params.expired else ">", op.now))
    page = await listing(op, FILE_LINKS, params, conditions)
    return Listing([shown(link, op.now) for link in page.items], page.has_more)


# For others ---------------------------------------------------------------------------------------------------------


def check_linkable(purpose: str, *, param: str) -> None:
    """Raises InvalidRequest unless there may be links to files of that purpose."""
    linkable = [name for name, rule in rules.PURPOSES.items() if rule.linkable]
    if purpose not in linkable:
        raise InvalidRequest(
            f"File links cannot be made for files with the purpose {purpose}; it must be one of {', '.join(linkable)}.",
            param=param,
        )


def make(
    op: Operation, file: File, expires_at: int | UnsetType, metadata: dict[str, str] | UnsetType, *, param: str
) -> FileLink:
    """Record a new link in `op`. Raises InvalidRequest, naming `param`, if it would be over already."""
    until = None if isinstance(expires_at, UnsetType) else expires_at
    _check_to_come(op, until, param)
    link = FileLink(
        id=op.new_id("link"),
        created=op.now,
        expires_at=until,
        file=file.id,
        livemode=op.caller.livemode,
        metadata=merged({}, metadata),
        url=f"{op.system.base_url}{PATH}{characters(secrets.token_bytes(_WORD_BYTES))}",
    )
    op.create(FILE_LINKS, link, None)
    return link


def shown(link: FileLink, now: int) -> FileLink:
    """The link as it is now."""
    expired = link.expires_at is not None and link.expires_at <= now
    return link if expired == link.expired else replace(link, expired=expired)


async def followed(system: System, word: str) -> keeping.Contents | None:
    """What is at the address that ends in `word`; None if nothing is (any more)."""
    now = system.clock.now()
    found = await system.store.find(FILE_LINKS, "word", word, limit=1)
    if not found or shown(found[0].value, now).expired:
        return None
    stored = await system.store.get(FILES, found[0].account, found[0].value.file)
    if stored is None or keeping.is_over(stored.value, now):
        return None
    return await keeping.contents_of(system, stored)


def _check_to_come(op: Operation, moment: int | None, param: str) -> None:
    if moment is not None and moment <= op.now:
        raise InvalidRequest("The time at which a link expires must be in the future.", param=param)
