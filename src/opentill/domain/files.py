"""What may be uploaded for which purpose: formats, sizes, how long it is kept, and who may fetch it.

The table is the one of the guide "File uploads". A format is told from the contents, never from what a client says of
them; only texts that look alike (CSV, Markdown, plain text) are told apart by their names. Certificates and keys for a
Wi-Fi are PEM files whose contents are the network's business; how large they may be, and that a picture has sides of
at most so many pixels, is ours where the guide says nothing.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from opentill.domain.errors import InvalidRequest

KB: Final = 1024
MB: Final = 1024 * KB
UPLOAD_MAX: Final = 16 * MB
"""The longest file that is taken at all, bytes."""

_DAY_S: Final = 86_400

Uploadable: TypeAlias = Literal[
    "account_requirement",
    "additional_verification",
    "business_icon",
    "business_logo",
    "customer_signature",
    "dispute_evidence",
    "identity_document",
    "issuing_regulatory_reporting",
    "pci_document",
    "platform_terms_of_service",
    "tax_document_user_upload",
    "terminal_reader_splashscreen",
    "terminal_wifi_certificate",
    "terminal_wifi_private_key",
]
"""The purposes that files are uploaded for here. Programs for readers (`terminal_android_apk`) are not among them."""

FilePurpose: TypeAlias = Literal[
    "account_requirement",
    "additional_verification",
    "business_icon",
    "business_logo",
    "customer_signature",
    "dispute_evidence",
    "document_provider_identity_document",
    "finance_report_run",
    "financial_account_statement",
    "identity_document",
    "identity_document_downloadable",
    "issuing_regulatory_reporting",
    "pci_document",
    "platform_terms_of_service",
    "selfie",
    "sigma_scheduled_query",
    "tax_document_user_upload",
    "terminal_android_apk",
    "terminal_reader_splashscreen",
    "terminal_wifi_certificate",
    "terminal_wifi_private_key",
]

MEDIA_TYPES: Final[Mapping[str, str]] = {
    "csv": "text/csv",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "gif": "image/gif",
    "jpg": "image/jpeg",
    "json": "application/json",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "pem": "application/x-pem-file",
    "png": "image/png",
    "svg": "image/svg+xml",
    "txt": "text/plain",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""The formats, as `File.type` names them."""

_PICTURES: Final = frozenset({"gif", "jpg", "png"})


@dataclass(frozen=True, slots=True)
class Purpose:
    """What holds for files of a purpose.

    `formats` maps each that is taken to its longest length, bytes. `kept_s` is for how long, None for ever.
    `downloadable` files can be fetched with a key, `linkable` ones by a link without one. `sealed` contents are
    encrypted in the store. `side_max` is how many pixels wide or high a picture may be.
    """

    formats: Mapping[str, int]
    kept_s: int | None = None
    downloadable: bool = True
    linkable: bool = True
    sealed: bool = False
    side_max: int | None = None


def _of(formats: str, length: int) -> dict[str, int]:
    return dict.fromkeys(formats.split(), length)


def _hidden(formats: dict[str, int], *, side_max: int | None = None, sealed: bool = False) -> Purpose:
    return Purpose(formats, downloadable=False, linkable=False, side_max=side_max, sealed=sealed)


PURPOSES: Final[Mapping[str, Purpose]] = {
    "account_requirement": _hidden(_of("pdf jpg png", UPLOAD_MAX)),
    "additional_verification": _hidden(_of("pdf jpg png", UPLOAD_MAX)),
    "business_icon": Purpose(_of("jpg png gif", 512 * KB)),
    "business_logo": Purpose(_of("jpg png gif", 512 * KB)),
    "customer_signature": Purpose(_of("jpg png svg", 4 * MB), kept_s=7 * _DAY_S),
    "dispute_evidence": Purpose(_of("pdf jpg png", 5 * MB), kept_s=9 * 30 * _DAY_S),
    "identity_document": _hidden(_of("pdf jpg png", UPLOAD_MAX), side_max=8000),
    "issuing_regulatory_reporting": Purpose(_of("json", 256 * KB), kept_s=2 * 365 * _DAY_S),
    "pci_document": Purpose(_of("pdf", UPLOAD_MAX)),
    "platform_terms_of_service": _hidden(_of("pdf txt md", UPLOAD_MAX)),
    "tax_document_user_upload": Purpose(_of("pdf csv jpg png xlsx docx", UPLOAD_MAX)),
    "terminal_reader_splashscreen": Purpose(_of("jpg png", 2 * MB) | _of("gif", 4 * MB), side_max=4096),
    "terminal_wifi_certificate": Purpose(_of("pem", 256 * KB), linkable=False),
    "terminal_wifi_private_key": _hidden(_of("pem", 256 * KB), sealed=True),
}

if set(PURPOSES) != set(get_args(Uploadable)):
    raise AssertionError("every purpose that can be uploaded has its rules, and no other")


def check(purpose: str, filename: str, content: bytes) -> str:
    """The format of a file that is uploaded for a purpose. Raises InvalidRequest for one that is not taken."""
    rule = PURPOSES[purpose]
    format = format_of(filename, content)
    if format is None or format not in rule.formats:
        wanted = ", ".join(sorted(MEDIA_TYPES[each] for each in rule.formats))
        raise InvalidRequest(
            "We don't currently support that file type. Try uploading a file with one of the following mimetypes: "
            f"{wanted}.",
            param="file",
        )
    if len(content) > rule.formats[format]:
        longest = rule.formats[format]
        said = f"{longest // MB} MB" if longest >= MB else f"{longest // KB} KB"
        raise InvalidRequest(
            f"The file is too large: a {format} file for {purpose} can have up to {said}.", param="file"
        )
    sides = picture_size(format, content) if format in _PICTURES else None
    if rule.side_max is not None and sides is not None and max(sides) > rule.side_max:
        raise InvalidRequest(
            f"The picture is too large: it can be up to {rule.side_max} pixels wide and high.", param="file"
        )
    return format


def digest(content: bytes) -> str:
    """What says that contents are these: their SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def name_of(filename: str) -> str | None:
    """The name to save a file under: without the folders that a client may have sent along, at most 255 characters."""
    name = re.split(r"[/\\]", filename)[-1].strip()
    name = "".join(character for character in name if character.isprintable())[-255:]
    return name or None


# Formats ----------------------------------------------------------------------------------------------------------

_JPEG_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_SVG: Final = re.compile(
    r"(?:<\?xml[^>]*\?>\s*)?(?:<!--(?:(?!-->).)*-->\s*)*(?:<!DOCTYPE svg[^>\[]*>\s*)?<svg[\s>/]", re.DOTALL
)
_HEAD: Final = 4096
"""Where the beginning of a text is looked for what it is, characters."""
_NAMED: Final = {"csv": "csv", "md": "md", "markdown": "md", "txt": "txt"}


def format_of(filename: str, content: bytes) -> str | None:
    """Which of `MEDIA_TYPES` it is; None for any other, also for a picture that breaks off before it says its size."""
    if (picture := _picture(content)) is not None:
        return picture if picture_size(picture, content) is not None else None
    if content.startswith(b"%PDF-"):
        return "pdf"
    if content.startswith(b"PK\x03\x04"):
        return "xlsx" if b"xl/" in content else "docx" if b"word/" in content else None
    if b"-----BEGIN " in content[:_HEAD] and b"-----END " in content:
        return "pem"
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if "\0" in text or not text.strip():
        return None
    if _SVG.match(text.lstrip()[:_HEAD]):
        return "svg"
    extension = filename.rpartition(".")[2].lower()
    if extension in _NAMED:
        return _NAMED[extension]
    return "json" if text.lstrip()[0] in "{[" else "txt"


def picture_size(format: str, content: bytes) -> tuple[int, int] | None:
    """How wide and high a PNG, JPEG or GIF is, pixels; None if it does not say, or says that it is nothing."""
    match format:
        case "png":
            found = _sides(content[16:24], 4, "big") if content[12:16] == b"IHDR" else None
        case "gif":
            found = _sides(content[6:10], 2, "little")
        case _:
            found = _jpeg_size(content)
    return found if found is not None and min(found) > 0 else None


def _picture(content: bytes) -> str | None:
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpg"
    return "gif" if content.startswith((b"GIF87a", b"GIF89a")) else None


def _sides(numbers: bytes, width: int, order: Literal["big", "little"]) -> tuple[int, int] | None:
    if len(numbers) < 2 * width:
        return None
    return int.from_bytes(numbers[:width], order), int.from_bytes(numbers[width:], order)


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """The sides that the first frame header says (ITU-T T.81, B.2.2), height before width."""
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _JPEG_FRAMES:
            found = _sides(content[at + 5 : at + 9], 2, "big")
            return None if found is None else (found[1], found[0])
        elif marker == 0x01 or 0xD0 <= marker <= 0xD8:
            at += 2
        elif marker in (0xD9, 0xDA):  # the end, or the picture itself, and no frame before it
            return None
        else:
            at += 2 + max(int.from_bytes(content[at + 2 : at + 4], "big"), 2)
    return None
