"""The picture of the splash screen: fetched, held against its digest, kept, and tried for until it is there."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.pictures import png

from opentill.link.messages import Picture
from opentill.reader import pictures
from opentill.reader.connection.network import Network
from opentill.reader.pictures import NotThere, OverHttp

RED, BLUE = png(color=b"\xff\0\0"), png(color=b"\0\0\xff")
GIF, JPEG = b"GIF89a...", b"\xff\xd8\xff..."


def announced(content: bytes, path: str = "/picture", size: int | None = None) -> Picture:
    return Picture(path=path, sha256=hashlib.sha256(content).digest(), size=len(content) if size is None else size)


class Source:
    """Gives these answers one after another; an exception is raised. The last one goes on."""

    def __init__(self, *answers: bytes | Exception) -> None:
        self.asked = 0
        self._answers = list(answers)

    async def __call__(self, _: Picture) -> bytes:
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "PAUSE_S", 0.001)


@pytest.mark.parametrize(("content", "kind"), [(RED, "image/png"), (GIF, "image/gif"), (JPEG, "image/jpeg")])
def test_a_picture_is_kept_by_its_digest(tmp_path: Path, content: bytes, kind: str) -> None:
    source, picture = Source(content), announced(content)
    assert asyncio.run(pictures.obtain(tmp_path, picture, source))
    assert pictures.kept(tmp_path, picture.sha256.hex()) == content
    assert pictures.media_type(content) == kind
    assert asyncio.run(pictures.obtain(tmp_path, picture, Source(OSError("nobody is asked again"))))
    assert source.asked == 1


def test_another_picture_takes_its_place(tmp_path: Path) -> None:
    (tmp_path / "memory.json").write_bytes(b"{}")
    for content in (RED, BLUE):
        asyncio.run(pictures.obtain(tmp_path, announced(content), Source(content)))
    assert names(tmp_path) == ["memory.json", f"picture-{announced(BLUE).sha256.hex()}"]
    pictures.clear(tmp_path)
    assert names(tmp_path) == ["memory.json"]


def test_it_is_tried_for_until_it_is_there(tmp_path: Path) -> None:
    source = Source(OSError("no server"), TimeoutError(), OSError("busy"), RED)
    assert asyncio.run(pictures.obtain(tmp_path, announced(RED), source))
    assert source.asked == 4


def test_a_full_disk_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, room = pictures.write_durably, iter([False, False, True])

    def written(path: Path, content: bytes) -> None:
        if not next(room):
            raise OSError(28, "No space left on device")
        write(path, content)

    monkeypatch.setattr(pictures, "write_durably", written)
    assert asyncio.run(pictures.obtain(tmp_path, announced(RED), Source(RED)))
    assert pictures.kept(tmp_path, announced(RED).sha256.hex()) == RED


@pytest.mark.parametrize(
    ("picture", "answer"),
    [
        (announced(RED), BLUE),
        (announced(RED), b""),
        (announced(RED, size=5), RED),
        (announced(RED, size=0), RED),
        (announced(RED, size=-1), RED),
        (announced(RED, size=pictures.SIZE_MAX + 1), RED),
        (Picture(path="/", sha256=b"short", size=len(RED)), RED),
        (announced(b"<svg onload='alert(1)'/>"), b"<svg onload='alert(1)'/>"),
        (announced(RED), NotThere("the server answered 404")),
    ],
)
def test_what_is_not_the_picture_is_not_kept(tmp_path: Path, picture: Picture, answer: bytes | Exception) -> None:
    assert not asyncio.run(pictures.obtain(tmp_path, picture, Source(answer)))
    assert names(tmp_path) == []


def test_a_file_that_was_damaged_is_fetched_again(tmp_path: Path) -> None:
    picture = announced(RED)
    (tmp_path / f"picture-{picture.sha256.hex()}").write_bytes(RED[:-1])
    source = Source(RED)
    assert asyncio.run(pictures.obtain(tmp_path, picture, source))
    assert (source.asked, pictures.kept(tmp_path, picture.sha256.hex())) == (1, RED)


@pytest.mark.parametrize("digest", ["", "..", "../memory.json", "a" * 63, "a" * 63 + "/", "\0" * 64, "b" * 64])
def test_only_pictures_are_read_from_the_folder(tmp_path: Path, digest: str) -> None:
    (tmp_path / "memory.json").write_bytes(b"{}")
    assert pictures.kept(tmp_path, digest) is None


# Over HTTP ----------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def server(answer: bytes, asked: list[bytes]) -> AsyncIterator[int]:
    """A server that answers every request with these bytes and closes the connection; its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


def fetched(
    answer: bytes, picture: Picture, network: Network | None = None, *, asked: list[bytes] | None = None, base: str = ""
) -> bytes:
    """What OverHttp makes of an answer."""

    async def fetch() -> bytes:
        async with server(answer, [] if asked is None else asked) as port:
            return await OverHttp(f"http://127.0.0.1:{port}{base}", network or Network())(picture)

    return asyncio.run(fetch())


def test_a_request_is_plain() -> None:
    asked: list[bytes] = []
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n" + RED
    assert fetched(answer, announced(RED, "/a/b?c=d"), asked=asked, base="/till/") == RED
    line, host, *rest = asked[0].split(b"\r\n")
    assert line == b"GET /till/a/b?c=d HTTP/1.0"
    assert host.startswith(b"Host: 127.0.0.1:")
    assert rest == [b"Connection: close", b"", b""]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (b"HTTP/1.1 404 Not Found\r\n\r\n", NotThere),
        (b"HTTP/1.1 403 Forbidden\r\n\r\n", NotThere),
        (b"HTTP/1.1 302 Found\r\nLocation: http://example.com/\r\n\r\n", NotThere),
        (b"HTTP/1.1 503 Service Unavailable\r\n\r\n", OSError),
        (b"HTTP/1.1 200 OK\r\n\r\n" + RED[:-1], OSError),
        (b"HTTP/1.1 200 OK\r\n", OSError),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 20_000, OSError),
        (b"SSH-2.0-OpenSSH\r\n\r\n", OSError),
        (b"", OSError),
    ],
)
def test_answers_that_are_no_picture(answer: bytes, outcome: type[Exception]) -> None:
    with pytest.raises(outcome):
        fetched(answer, announced(RED))


@pytest.mark.parametrize("path", ["http://example.com/", "", "/a\r\nX: y", "/a b\x7f", "/\u00e9"])
def test_addresses_that_are_none(path: str) -> None:
    with pytest.raises(NotThere):
        fetched(b"HTTP/1.1 200 OK\r\n\r\n" + RED, announced(RED, path))


def test_nothing_is_fetched_without_a_network() -> None:
    network = Network()
    network.set("down")
    with pytest.raises(OSError, match="down"):
        fetched(b"HTTP/1.1 200 OK\r\n\r\n" + RED, announced(RED), network)
