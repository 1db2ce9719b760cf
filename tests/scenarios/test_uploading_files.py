"""Files and their links (guide "File uploads"): uploaded by the official client, fetched with a key and without one."""

import io
import sqlite3
from contextlib import closing
from typing import Any

import pytest
import stripe
from tests.domain.test_files import GIF, PDF, PEM, SVG
from tests.pictures import png
from tests.scenarios.fixtures import OpenShop
from tests.scenarios.shop import ON_BOTH, PRIVATE_ON_BOTH, Response, Shop

SPLASH = "terminal_reader_splashscreen"
MB = 1024 * 1024


def upload(shop: Shop, content: bytes, purpose: str = SPLASH, *, name: str | None = None, **link: Any) -> stripe.File:
    """Upload a file; `link` is what is said of a link to it."""
    file = io.BytesIO(content)
    if name is not None:
        file.name = name
    given: dict[str, Any] = {"file": file, "purpose": purpose} | ({"file_link_data": link} if link else {})
    return shop.client.v1.files.create(given)  # type: ignore[arg-type]


def refusal(attempt: Any, *given: Any, **named: Any) -> stripe.InvalidRequestError:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        attempt(*given, **named)
    return refused.value


def contents(shop: Shop, file: str, **options: Any) -> Response:
    return shop.request("GET", f"/v1/files/{file}/contents", **options)


def followed(shop: Shop, url: str | None) -> Response:
    """What is at the address of a link."""
    assert url is not None
    assert url.startswith(f"{shop.server.address}/links/")
    return shop.request("GET", url.removeprefix(shop.server.address), key=None)


def multipart(*parts: tuple[str, bytes], end: bytes = b"--\r\n") -> bytes:
    """A multipart body, of parts with the beginning of their headers."""
    written = b"".join(b"--b\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + content + b"\r\n"
                       for head, content in parts)  # fmt: skip
    return written + b"--b" + end


def post(shop: Shop, body: bytes, path: str = "/v1/files", **headers: str) -> Response:
    return shop.request("POST", path, body, {"Content-Type": "multipart/form-data; boundary=b", **headers})


# Uploading ----------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_a_picture_is_uploaded_shown_and_fetched(shop: Shop) -> None:
    picture = png(1080, 1920)
    made = upload(shop, picture, name="/pictures/splash.png")
    assert made.to_dict() == {
        "id": made.id,
        "object": "file",
        "created": made.created,
        "expires_at": None,
        "filename": "splash.png",
        "links": {"object": "list", "data": [], "has_more": False, "url": f"/v1/file_links?file={made.id}"},
        "purpose": SPLASH,
        "size": len(picture),
        "title": None,
        "type": "png",
        "url": f"{shop.server.address}/v1/files/{made.id}/contents",
    }
    assert made.id.startswith("file_")
    assert shop.client.v1.files.retrieve(made.id).to_dict() == made.to_dict()
    fetched = contents(shop, made.id)
    assert (fetched.status, fetched.body) == (200, picture)
    assert fetched.headers["content-type"] == "image/png"
    assert fetched.headers["content-disposition"] == 'inline; filename="splash.png"'
    assert fetched.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in fetched.headers["content-security-policy"]
    assert fetched.headers["request-id"].startswith("req_")


@ON_BOTH
def test_the_longest_file(shop: Shop) -> None:
    longest = PDF.ljust(16 * MB, b"x")
    made = upload(shop, longest, "pci_document")
    assert (made.size, made.type) == (16 * MB, "pdf")
    assert contents(shop, made.id).body == longest
    assert refusal(upload, shop, longest + b"x", "pci_document").param == "file"
    assert len(shop.client.v1.files.list().data) == 1


def test_any_bytes_come_back_as_they_were(shop: Shop) -> None:
    """Also what looks like the end of a part, of a line, or of a text."""
    nasty = png() + b"\r\n--b\r\n\r\n--\r\n\0\xff--" + bytes(range(256)) * 40
    assert contents(shop, upload(shop, nasty).id).body == nasty


def test_a_file_is_listed_by_purpose_and_time(shop: Shop) -> None:
    logo, first, second = upload(shop, png(), "business_logo"), upload(shop, png()), upload(shop, GIF)
    listed = shop.client.v1.files.list
    assert [file.id for file in listed()] == [second.id, first.id, logo.id]
    assert [file.id for file in listed({"purpose": SPLASH})] == [second.id, first.id]
    assert [file.id for file in listed({"limit": 1, "starting_after": second.id})] == [first.id]
    assert listed({"created": {"gt": second.created}}).data == []
    assert refusal(listed, {"purpose": "selfies"}).param == "purpose"


def test_the_same_upload_with_the_same_key_is_one_file(shop: Shop) -> None:
    body = multipart(('name="file"; filename="a.png"', png()), ('name="purpose"', b"business_logo"))
    first, second = (post(shop, body, **{"Idempotency-Key": "upload-1"}) for _ in range(2))
    assert first.body == second.body
    assert second.headers["idempotent-replayed"] == "true"
    other = post(shop, body.replace(b"logo", b"icon"), **{"Idempotency-Key": "upload-1"})
    assert other.error["type"] == "idempotency_error"
    assert len(shop.client.v1.files.list().data) == 1


@pytest.mark.parametrize(
    ("content", "purpose", "why"),
    [
        (SVG, SPLASH, "We don't currently support that file type. Try uploading a file with one of the following"),
        (png()[:20], SPLASH, "mimetypes: image/gif, image/jpeg, image/png."),
        (b"", SPLASH, "mimetypes"),
        (png(length=2 * MB + 1), SPLASH, "too large"),
        (png(length=512 * 1024 + 1), "business_logo", "too large"),
        (b"MZ", "terminal_wifi_private_key", "application/x-pem-file"),
    ],
)
def test_files_that_are_not_taken(shop: Shop, content: bytes, purpose: str, why: str) -> None:
    refused = refusal(upload, shop, content, purpose)
    assert (refused.http_status, refused.param) == (400, "file")
    assert why in str(refused)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        (multipart(('name="purpose"', SPLASH.encode())), "file"),
        (multipart(('name="file"; filename="a.png"', png())), "purpose"),
        (multipart(('name="file"', b"text"), ('name="purpose"', SPLASH.encode())), "file"),
        (multipart(('name="file"; filename="a.png"', png()), ('name="purpose"', b"terminal_android_apk")), "purpose"),
        (multipart(('name="file"; filename="a.png"', png()), ('name="purpose"', b"finance_report_run")), "purpose"),
        (multipart(('name="file"; filename="a.png"', png()), ('name="purpose"; filename="p"', b"x")), "purpose"),
        (multipart(('name="file[data]"; filename="a.png"', png()), ('name="purpose"', SPLASH.encode())), "file"),
        (multipart(('name="file"; filename="a.png"', png()), ('name="purpose"', SPLASH.encode()),
                   ('name="file_link_data[expires_at]"', b"1")), "file_link_data[create]"),
        (multipart(('name="file"; filename="a.png"', png()), ('name="purpose"', SPLASH.encode()),
                   ('name="color"', b"red")), "color"),
        (multipart(('name="file"; filename="a.png"', png()), ('name="purpose"', SPLASH.encode()), end=b"\r\n"), None),
        (multipart(('name="file"; filename="a.png"', png()))[:60], None),
        (multipart(('filename="a.png"', png())), None),
        (b"", None),
        (b"--b--", "file"),
    ],
)  # fmt: skip
def test_forms_that_are_no_upload(shop: Shop, body: bytes, param: str | None) -> None:
    answer = post(shop, body)
    assert (answer.status, answer.error["type"], answer.error.get("param")) == (400, "invalid_request_error", param)
    assert shop.client.v1.files.list().data == []


def test_a_form_that_is_not_multipart_has_no_file(shop: Shop) -> None:
    for body in ("purpose=business_logo", "purpose=business_logo&file=abc"):
        assert shop.request("POST", "/v1/files", body).error["param"] == "file"


def test_only_uploads_may_be_long(shop: Shop) -> None:
    long = multipart(('name="description"; filename="a"', bytes(2 * MB)))
    assert post(shop, long, "/v1/customers").status == 413
    far_too_long = multipart(('name="file"; filename="a.pdf"', PDF.ljust(17 * MB, b"x")))
    assert post(shop, far_too_long).status == 413


def test_an_upload_needs_a_secret_key(shop: Shop) -> None:
    body = multipart(('name="file"; filename="a.png"', png()), ('name="purpose"', SPLASH.encode()))
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert shop.request("POST", "/v1/files", body, headers, key=None).status == 401


# Fetching -----------------------------------------------------------------------------------------------------------


def test_another_account_has_nothing_of_it(shop: Shop, open_shop: OpenShop) -> None:
    file, other = upload(shop, png(), create=True), open_shop()
    for attempt in (
        lambda: other.client.v1.files.retrieve(file.id),
        lambda: other.client.v1.file_links.create({"file": file.id}),
        lambda: other.client.v1.terminal.configurations.create({"stripe_s700": {"splashscreen": file.id}}),
    ):
        refused = refusal(attempt)
        assert (refused.code, str(refused.user_message)) == ("resource_missing", f"No such file upload: '{file.id}'")
    assert contents(other, file.id).status == 404
    assert other.client.v1.files.list().data == []
    assert contents(shop, file.id, key=None).status == 401
    assert contents(shop, "file_unknown").error["code"] == "resource_missing"


@ON_BOTH
def test_a_private_key_is_sealed_and_not_given_back(shop: Shop) -> None:
    secret = b"-----BEGIN PRIVATE KEY-----\nMIIEvAIBADANBgkqhkiGVERYSECRET\n-----END PRIVATE KEY-----\n"
    made = upload(shop, secret, "terminal_wifi_private_key", name="till.key")
    assert (made.type, made.size, made.url) == ("pem", len(secret), None)
    refused = contents(shop, made.id)
    assert (refused.status, refused.error["param"]) == (400, "file")
    assert refusal(shop.client.v1.file_links.create, {"file": made.id}).param == "file"
    certificate = upload(shop, PEM, "terminal_wifi_certificate")
    assert contents(shop, certificate.id).body == PEM
    assert refusal(upload, shop, secret, "terminal_wifi_private_key", create=True).param == "file_link_data[create]"
    kept = b"".join(path.read_bytes() for path in shop.server.data_directory.rglob("*") if path.is_file())
    assert b"VERYSECRET" not in kept
    assert "VERYSECRET" not in "".join(shop.server.log)


def test_what_could_run_is_for_saving_only(shop: Shop) -> None:
    script = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    made = upload(shop, script, "customer_signature", name="Zo\u00eb's signature.svg", create=True)
    assert made.links is not None
    for answer in (contents(shop, made.id), followed(shop, made.links.data[0].url)):
        assert answer.body == script
        assert answer.headers["content-type"] == "image/svg+xml"
        disposition = answer.headers["content-disposition"]
        assert disposition == "attachment; filename=\"file.svg\"; filename*=UTF-8''Zo%C3%AB%27s%20signature.svg"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "sandbox" in answer.headers["content-security-policy"]


@PRIVATE_ON_BOTH
def test_a_signature_is_kept_for_a_week(private_shop: Shop) -> None:
    shop = private_shop
    made = upload(shop, SVG, "customer_signature", create=True)
    assert made.expires_at == made.created + 7 * 86_400
    assert made.links is not None
    (link,) = made.links.data
    shop.advance(days=6)
    assert contents(shop, made.id).status == 200
    shop.advance(days=1)
    assert contents(shop, made.id).status == 404
    assert refusal(shop.client.v1.files.retrieve, made.id).code == "resource_missing"
    assert followed(shop, link.url).status == 404
    assert shop.client.v1.files.list().data == []
    assert shop.client.v1.file_links.retrieve(link.id).file == made.id


def test_contents_are_deleted_from_the_disk(private_shop: Shop) -> None:
    shop = private_shop
    upload(shop, SVG + b"<!-- JENNY ROSEN SIGNED THIS -->", "customer_signature")
    shop.advance(days=8)
    shop.server.stop()
    with closing(sqlite3.connect(shop.server.data_directory / "opentill.sqlite3")) as connection:
        assert connection.execute("SELECT count(*) FROM file_contents").fetchone() == (0,)
    shop.server.start()


# Links --------------------------------------------------------------------------------------------------------------


@ON_BOTH
def test_a_link_is_open_to_everybody(shop: Shop) -> None:
    picture = png()
    made = upload(shop, picture, "business_logo", name="logo.png", create=True, metadata={"for": "receipts"})
    assert made.links is not None
    (link,) = made.links.data
    assert (link.file, link.expired, link.expires_at, link.livemode) == (made.id, False, None, False)
    assert link.metadata.to_dict() == {"for": "receipts"}
    assert link.id.startswith("link_")
    answer = followed(shop, link.url)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, picture, "image/png")
    assert link.url is not None
    head = shop.request("HEAD", link.url.removeprefix(shop.server.address), key=None)
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(picture)))
    word = link.url.rpartition("/")[2]
    assert word not in "".join(shop.server.log)
    assert followed(shop, link.url[:-1]).status == 404
    assert followed(shop, link.url + "x" * 9_000).status in (404, 400)


def test_links_are_made_shown_and_changed(shop: Shop) -> None:
    links = shop.client.v1.file_links
    file = upload(shop, png(), "business_logo")
    first = links.create({"file": file.id, "metadata": {"a": "1", "b": "2"}, "expand": ["file"]})
    assert isinstance(first.file, stripe.File)
    second = links.create({"file": file.id})
    assert links.retrieve(first.id).to_dict() == first.to_dict() | {"file": file.id}
    assert [link.id for link in links.list({"file": file.id})] == [second.id, first.id]
    changed = links.update(first.id, {"metadata": {"a": "", "c": "3"}, "expires_at": first.created + 86_400})
    assert (changed.metadata.to_dict(), changed.expires_at) == ({"b": "2", "c": "3"}, first.created + 86_400)
    assert links.update(first.id, {"expires_at": ""}).expires_at is None
    over = links.update(first.id, {"expires_at": "now"})
    assert over.expired is True
    assert followed(shop, first.url).status == 404
    assert followed(shop, second.url).status == 200
    assert [link.id for link in links.list({"expired": True})] == [first.id]
    assert [link.id for link in links.list({"expired": False})] == [second.id]
    assert "no longer be updated" in str(refusal(links.update, first.id, {"metadata": {"d": "4"}}))
    shown = shop.client.v1.files.retrieve(file.id).links
    assert shown is not None
    assert [(link.id, link.expired) for link in shown.data] == [(second.id, False), (first.id, True)]
    assert refusal(links.create, {"file": file.id, "expires_at": 1}).param == "expires_at"
    assert refusal(links.create, {"file": "file_unknown"}).code == "resource_missing"
    assert refusal(links.create, {"file": upload(shop, PDF, "account_requirement").id}).param == "file"


def test_a_link_ends_by_itself(private_shop: Shop) -> None:
    shop = private_shop
    file = upload(shop, png(), "business_logo", create=True, expires_at=shop.now() + 3600)
    assert file.links is not None
    (link,) = file.links.data
    assert followed(shop, link.url).status == 200
    shop.advance(seconds=3600)
    assert followed(shop, link.url).status == 404
    assert shop.client.v1.file_links.retrieve(link.id).expired is True


def test_many_links_of_one_file(shop: Shop) -> None:
    file = upload(shop, png(), "business_logo")
    made = [shop.client.v1.file_links.create({"file": file.id}).id for _ in range(11)]
    for shown in (shop.client.v1.files.retrieve(file.id).links, shop.client.v1.files.list().data[0].links):
        assert shown is not None
        assert ([link.id for link in shown.data], shown.has_more) == (made[:0:-1], True)


# After a restart ----------------------------------------------------------------------------------------------------


def test_files_outlive_the_server(private_shop: Shop) -> None:
    shop = private_shop
    made = upload(shop, png(), "business_logo", create=True)
    shop.server.kill()
    shop.server.start()
    shop.client = shop.client_with()
    assert contents(shop, made.id).body == png()
