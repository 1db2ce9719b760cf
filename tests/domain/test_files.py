"""What may be uploaded for which purpose (guide "File uploads")."""

import struct
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pictures import png

from opentill.domain import files
from opentill.domain.errors import InvalidRequest
from opentill.domain.files import KB, MB, PURPOSES

PDF = b"%PDF-1.7\n..."
GIF = b"GIF89a" + struct.pack("<HH", 20, 10) + bytes(10)
PEM = b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
SVG = b'<?xml version="1.0"?>\n<!-- a -->\n<svg xmlns="http://www.w3.org/2000/svg"></svg>'
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xff\xc2\x00\x0b\x08" + struct.pack(">HH", 10, 20) + bytes(20) + b"\xff\xd9"
XLSX, DOCX = b"PK\x03\x04...xl/workbook.xml", b"PK\x03\x04...word/document.xml"


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("a.png", png(), "png"),
        ("misnamed.pdf", png(), "png"),
        ("a", JPEG, "jpg"),
        ("a", GIF, "gif"),
        ("a", PDF, "pdf"),
        ("a", PEM, "pem"),
        ("a", b"Bag Attributes\n  friendlyName: till\n" + PEM, "pem"),
        ("a", SVG, "svg"),
        ("a", b"<svg/>", "svg"),
        ("a", XLSX, "xlsx"),
        ("a", DOCX, "docx"),
        ("a", b' {"a": 1}', "json"),
        ("a.csv", b"a,b\n1,2", "csv"),
        ("a.MD", b"# Terms", "md"),
        ("a.txt", b"{Terms}", "txt"),
        ("a", b"Terms", "txt"),
        ("a.png", png()[:20], None),
        ("a.png", png(0, 0), None),
        ("a.gif", GIF[:8], None),
        ("a.jpg", JPEG[:15], None),
        ("a.jpg", b"\xff\xd8\xff\xda\x00\x04ab", None),
        ("a.zip", b"PK\x03\x04...", None),
        ("a.txt", b"\xff\xfe", None),
        ("a.txt", b"a\0b", None),
        ("a.txt", b"  ", None),
        ("a.exe", b"MZ\x90\x00", None),
        ("a.png", b"", None),
    ],
)
def test_formats_are_told_from_the_contents(name: str, content: bytes, format: str | None) -> None:
    assert files.format_of(name, content) == format


@pytest.mark.parametrize(("format", "content"), [("png", png()), ("jpg", JPEG), ("gif", GIF)])
def test_the_sides_of_a_picture(format: str, content: bytes) -> None:
    assert files.picture_size(format, content) == (20, 10)


@pytest.mark.parametrize(
    ("purpose", "content"),
    [
        ("terminal_reader_splashscreen", png(1080, 1920)),
        ("terminal_reader_splashscreen", png(length=2 * MB)),
        ("terminal_reader_splashscreen", GIF.ljust(4 * MB, b"\0")),
        ("terminal_wifi_certificate", PEM),
        ("terminal_wifi_private_key", PEM),
        ("business_logo", png(length=512 * KB)),
        ("business_icon", JPEG),
        ("customer_signature", SVG),
        ("dispute_evidence", PDF),
        ("identity_document", png(8000, 10)),
        ("issuing_regulatory_reporting", b"[]"),
        ("tax_document_user_upload", XLSX),
        ("platform_terms_of_service", b"Terms"),
        ("pci_document", PDF.ljust(16 * MB, b"\0")),
    ],
)
def test_taken(purpose: str, content: bytes) -> None:
    assert files.check(purpose, "file", content) in PURPOSES[purpose].formats


@pytest.mark.parametrize(
    ("purpose", "content", "why"),
    [
        ("terminal_reader_splashscreen", png(length=2 * MB + 1), "up to 2 MB"),
        ("terminal_reader_splashscreen", GIF.ljust(4 * MB + 1, b"\0"), "up to 4 MB"),
        ("terminal_reader_splashscreen", SVG, "image/gif, image/jpeg, image/png."),
        ("terminal_reader_splashscreen", png(4097, 10), "4096 pixels"),
        ("identity_document", png(8001, 10), "8000 pixels"),
        ("business_icon", png(length=512 * KB + 1), "up to 512 KB"),
        ("business_logo", SVG, "mimetypes: image/gif"),
        ("dispute_evidence", GIF, "application/pdf, image/jpeg, image/png"),
        ("pci_document", png(), "application/pdf."),
        ("terminal_wifi_private_key", b"no key", "application/x-pem-file"),
        ("terminal_wifi_private_key", PEM.ljust(256 * KB + 1), "256 KB"),
        ("customer_signature", b"", "mimetypes"),
    ],
)
def test_not_taken(purpose: str, content: bytes, why: str) -> None:
    with pytest.raises(InvalidRequest, match=why) as refused:
        files.check(purpose, "file", content)
    assert refused.value.param == "file"


def test_how_long_files_are_kept_and_who_may_have_them() -> None:
    assert PURPOSES["customer_signature"].kept_s == 7 * 86_400
    assert PURPOSES["terminal_reader_splashscreen"].kept_s is None
    hidden = {name for name, rule in PURPOSES.items() if not rule.downloadable}
    assert {name for name, rule in PURPOSES.items() if rule.linkable} == set(PURPOSES) - hidden - {
        "terminal_wifi_certificate"
    }
    assert {name for name, rule in PURPOSES.items() if rule.sealed} == {"terminal_wifi_private_key"}
    assert "terminal_wifi_private_key" in hidden


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("/pictures/logo.png", "logo.png"),
        ("C:\\Pictures\\logo.png", "logo.png"),
        ("../../etc/passwd", "passwd"),
        ("Zoë's logo.png", "Zoë's logo.png"),
        ("a\r\nSet-Cookie: b.png", "aSet-Cookie: b.png"),
        ("x" * 300 + ".png", "x" * 251 + ".png"),
        ("/", None),
        ("", None),
    ],
)
def test_names(sent: str, kept: str | None) -> None:
    assert files.name_of(sent) == kept


@given(st.binary(max_size=200), st.sampled_from([b"", png(), JPEG, GIF, PEM, SVG]), st.integers(0, 80), st.text())
def test_no_contents_break_it(noise: bytes, beginning: bytes, cut: int, name: str) -> None:
    format = files.format_of(name, beginning[:cut] + noise)
    assert format is None or format in files.MEDIA_TYPES


@pytest.mark.parametrize(
    "content",
    [b"\n" * MB, b" " * MB + b"<svg", b"<!--" * (MB // 4), b"-----BEGIN " * (MB // 11), b"\xff\xd8\xff" + b"\xff" * MB],
)
def test_long_nonsense_is_looked_through_quickly(content: bytes) -> None:
    began = time.perf_counter()
    files.format_of("a", content)
    assert time.perf_counter() - began < 1
