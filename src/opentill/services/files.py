"""Files: uploaded, shown, and fetched with a key."""

from collections.abc import Sequence

from msgspec.structs import replace

from opentill.domain import files as rules
from opentill.domain.errors import InvalidRequest
from opentill.domain.objects.file import File, FileLink, FileLinks
from opentill.ports.store import Condition
from opentill.requests.files import CreateFile, FileLinkData, ListFiles
from opentill.requests.params import Params
from opentill.services import file_keeping as keeping
from opentill.services import file_links
from opentill.services.kinds import FILE_LINKS, FILES
from opentill.services.listing import Listing, created, equals, listing
from opentill.services.operation import Operation

LINKS_SHOWN = 10
_LINKS_READ = 1_000


async def create(op: Operation, params: CreateFile) -> File:
    """To upload a file, you need to send a request of type multipart/form-data."""
    upload, purpose = params.file, params.purpose
    format = rules.check(purpose, upload.filename, upload.content)
    link = params.file_link_data
    if isinstance(link, FileLinkData) and link.create:
        file_links.check_linkable(purpose, param="file_link_data[create]")
    file = await keeping.keep(op, op.new_id("file"), purpose, rules.name_of(upload.filename), format, upload.content)
    links: list[FileLink] = []
    if isinstance(link, FileLinkData) and link.create:
        links = [file_links.make(op, file, link.expires_at, link.metadata, param="file_link_data[expires_at]")]
    return await op.commit(replace(file, links=FileLinks(data=links, has_more=False, url=_links_url(file))))


async def retrieve(op: Operation, id: str, _: Params) -> File:
    """Retrieves the details of an existing file object."""
    (file,) = await _with_links(op, [(await _available(op, id)).value])
    return file


async def list_all(op: Operation, params: ListFiles) -> Listing[File]:
    """Returns a list of the files that your account has access to, newest first."""
    page = await listing(op, FILES, params, [*created(params.created), *equals(purpose=params.purpose)])
    return Listing(await _with_links(op, page.items), page.has_more)


async def contents(op: Operation, id: str, _: Params) -> keeping.Contents:
    """Retrieves what is in a file, byte by byte. Files of some purposes are only taken, and not given back."""
    stored = await _available(op, id)
    if not rules.PURPOSES[stored.value.purpose].downloadable:
        raise InvalidRequest(f"Files with the purpose {stored.value.purpose} cannot be downloaded.", param="file")
    return await keeping.contents_of(op.system, stored)


async def _available(op: Operation, id: str) -> keeping.StoredFile:
    stored = await op.get(FILES, id, in_path=True)
    if keeping.is_over(stored.value, op.now):
        raise op.missing(FILES, id, in_path=True)
    return stored


# Links of files -----------------------------------------------------------------------------------------------------


def _links_url(file: File) -> str:
    return f"/v1/file_links?file={file.id}"


async def _with_links(op: Operation, files: Sequence[File]) -> list[File]:
    """The files with their newest links, read together."""
    ids = tuple(file.id for file in files if rules.PURPOSES[file.purpose].linkable)
    links: dict[str, list[FileLink]] = {}
    if ids:
        page = await op.system.store.page(
            FILE_LINKS, op.caller.account, op.caller.livemode, [Condition("file", "in", ids)], limit=_LINKS_READ
        )
        for stored in page.items:
            links.setdefault(stored.value.file, []).append(file_links.shown(stored.value, op.now))
    return [
        replace(
            file,
            links=FileLinks(
                data=links.get(file.id, [])[:LINKS_SHOWN],
                has_more=len(links.get(file.id, ())) > LINKS_SHOWN,
                url=_links_url(file),
            ),
        )
        for file in files
    ]
