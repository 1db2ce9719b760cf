"""Files on their way to and from real readers: the picture of the splash screen, and signatures."""

import io
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import stripe
from tests.devices import AtReader, Readers
from tests.pictures import png
from tests.scenarios.fixtures import OpenShop, StartServer
from tests.scenarios.server import Server
from tests.scenarios.shop import Shop
from tests.scenarios.till import ADDRESS

RED, BLUE = png(720, 1280, color=b"\xff\0\0"), png(720, 1280, color=b"\0\0\xff")


class Counter:
    """A reader of a shop's own, and who stands in front of it."""

    def __init__(self, shop: Shop, readers: Readers, at: AtReader) -> None:
        self.shop, self.readers, self.at = shop, readers, at
        code = at.wait("pairing", until=lambda screen: "code" in screen)["code"]
        v1 = shop.client.v1
        self.location = v1.terminal.locations.create({"display_name": "Counter", "address": ADDRESS}).id  # type: ignore[typeddict-item]
        given: Any = {"registration_code": code, "location": self.location}
        self.reader = v1.terminal.readers.create(given).id
        self.at.wait("splash")

    def upload(self, content: bytes) -> str:
        given: Any = {"file": io.BytesIO(content), "purpose": "terminal_reader_splashscreen"}
        return self.shop.client.v1.files.create(given).id

    def configure(self, file: str) -> None:
        """Set the picture in the account's default configuration; an empty one for none."""
        configurations = self.shop.client.v1.terminal.configurations
        (default,) = configurations.list({"is_account_default": True}).data
        configurations.update(default.id, {"stripe_s700": {"splashscreen": file}})

    def shows(self, picture: bytes | None) -> None:
        """Wait until the splash screen shows this picture; None for the reader's own."""
        if picture is None:
            self.at.wait("splash", until=lambda screen: "image" not in screen)
            return
        self.at.wait("splash", until=lambda screen: "image" in screen and self.fetch(screen["image"]) == picture)

    def fetch(self, image: str) -> bytes | None:
        """What the page of the reader gets at the address of a picture."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.readers.port}{image}", timeout=30) as answer:
                assert answer.headers["Content-Type"] == "image/png"
                assert "immutable" in answer.headers["Cache-Control"]
                content: bytes = answer.read()
                return content
        except urllib.error.HTTPError:
            return None


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def stand(shop: Shop, server: Server, directory: Path, stack: ExitStack) -> Counter:
    readers = Readers(server.address, directory)
    stack.callback(readers.close)
    at = readers.at(readers.devices()[0]["serial"])
    stack.callback(at.close)
    return Counter(shop, readers, at)


def pictures(directory: Path) -> list[bytes]:
    """What lies in the folders of the readers."""
    return [path.read_bytes() for path in directory.rglob("picture-*")]


def test_the_splash_screen_is_the_one_that_is_configured(
    shop: Shop, server: Server, tmp_path: Path, stack: ExitStack
) -> None:
    """At once, wherever it is set; and what is not shown any more does not stay on the disk."""
    counter = stand(shop, server, tmp_path, stack)
    counter.shows(None)
    counter.configure(counter.upload(RED))
    counter.shows(RED)
    configurations, locations = shop.client.v1.terminal.configurations, shop.client.v1.terminal.locations
    own = configurations.create({"stripe_s700": {"splashscreen": counter.upload(BLUE)}})
    locations.update(counter.location, {"configuration_overrides": own.id})
    counter.shows(BLUE)
    assert pictures(tmp_path) == [BLUE]
    configurations.update(own.id, {"stripe_s700": ""})
    counter.shows(RED)
    counter.configure("")
    counter.shows(None)
    assert pictures(tmp_path) == []
    assert not counter.readers.failures()


def test_a_large_picture(shop: Shop, server: Server, tmp_path: Path, stack: ExitStack) -> None:
    """More than a frame of the link holds."""
    counter, large = stand(shop, server, tmp_path, stack), png(1080, 1920, length=2 * 1024 * 1024)
    counter.configure(counter.upload(large))
    counter.shows(large)


def test_the_picture_is_shown_after_a_restart_without_the_server(
    private_server: StartServer, open_shop: OpenShop, tmp_path: Path, stack: ExitStack
) -> None:
    server = private_server()
    counter = stand(open_shop(server), server, tmp_path / "readers", stack)
    counter.configure(counter.upload(RED))
    counter.shows(RED)
    server.stop()
    counter.at.power("pull")
    counter.at.wait("off")
    counter.at.power("on")
    counter.at.wait("splash", until=lambda screen: screen.get("link") != "online" and "image" in screen)
    counter.shows(RED)


def test_a_reader_whose_network_comes_back_fetches_the_picture(
    shop: Shop, server: Server, tmp_path: Path, stack: ExitStack
) -> None:
    counter = stand(shop, server, tmp_path, stack)
    counter.at.network("down")
    counter.at.wait("splash", until=lambda screen: screen.get("link") in ("connecting", "offline"))
    counter.configure(counter.upload(BLUE))
    counter.at.network("up")
    counter.shows(BLUE)


def test_the_address_of_a_picture_is_for_its_reader_alone(
    shop: Shop, server: Server, tmp_path: Path, stack: ExitStack
) -> None:
    counter = stand(shop, server, tmp_path, stack)
    file, other = counter.upload(RED), counter.upload(BLUE)
    counter.configure(file)
    counter.shows(RED)
    (memory,) = tmp_path.rglob("memory.json")
    path = memory.read_text().partition('"path":"')[2].partition('"')[0]
    assert path.startswith("/opentill/reader-files/")
    answer = shop.request("GET", path, key=None)
    assert (answer.status, answer.body) == (200, RED)
    assert "signature" not in "".join(server.log)
    device = path.split("/")[3]
    for wrong in (
        path.replace(file, other),
        path.replace(device, "dev_another"),
        path.replace("expires=", "expires=1"),
        path[:-1],
        path.partition("?")[0],
        f"{path}&signature=%C3%A9",
        "/opentill/reader-files/",
    ):
        assert shop.request("GET", wrong, key=None).status == 404
    shop.client.v1.terminal.readers.delete(counter.reader)
    counter.at.wait("pairing")
    assert shop.request("GET", path, key=None).status == 404


# Signatures ---------------------------------------------------------------------------------------------------------

DRAWN = '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="240" viewBox="0 0 640 240">{}</svg>'
LINE = '<path d="M10 10L200 50" fill="none" stroke="black" stroke-width="4"></path>'


def ask_for_a_signature(counter: Counter) -> None:
    text: Any = {"title": "Please sign", "submit_button": "Done"}
    given: Any = {"inputs": [{"type": "signature", "custom_text": text, "required": True}]}
    counter.shop.client.v1.terminal.readers.collect_inputs(counter.reader, given)
    counter.at.wait("input")


def action(counter: Counter) -> stripe.terminal.Reader.Action:
    ended = counter.shop.client.v1.terminal.readers.retrieve(counter.reader).action
    assert ended is not None
    return ended


def test_what_is_signed_on_a_reader_is_a_file(shop: Shop, server: Server, tmp_path: Path, stack: ExitStack) -> None:
    counter = stand(shop, server, tmp_path, stack)
    ask_for_a_signature(counter)
    counter.at.sign(DRAWN.format(LINE))
    counter.at.press("submit")
    counter.at.wait("done", "splash")
    collected = action(counter).collect_inputs
    assert collected is not None
    (signed,) = collected.inputs
    assert signed.signature is not None
    assert signed.signature.value is not None
    file = shop.client.v1.files.retrieve(signed.signature.value)
    assert (file.purpose, file.type) == ("customer_signature", "svg")
    contents = shop.request("GET", f"/v1/files/{file.id}/contents")
    assert contents.body.decode() == DRAWN.format(LINE)
    given: Any = {"file": file.id}
    link = shop.client.v1.file_links.create(given)
    assert link.url is not None
    assert shop.request("GET", link.url.removeprefix(server.address), key=None).body == contents.body


def test_a_reader_that_sends_more_than_a_drawing_has_collected_nothing(
    shop: Shop, server: Server, tmp_path: Path, stack: ExitStack
) -> None:
    counter = stand(shop, server, tmp_path, stack)
    ask_for_a_signature(counter)
    counter.at.sign(DRAWN.format("<script>alert(1)</script>"))
    counter.at.press("submit")
    counter.at.wait("declined", "canceled", "done", "splash")
    ended = action(counter)
    assert (ended.status, ended.failure_code) == ("failed", "terminal_reader_collected_data_invalid")
    assert shop.client.v1.files.list().data == []
