"""Where readers keep what must outlive them: a folder for each, which nobody else on the machine can read.

    readers/
      lock                        held while a program runs on this directory
      STRM26M000ABCDEF/           one reader, by its serial number
        memory.json               what the device remembers (`effects.Memory`)
        identity.key …            its private keys (`connection.identity`)
        paper-3.png               what it printed; the last twenty

A file is written beside its place, brought to the disk, and then renamed: whenever the power goes, there is the old one
or the new one, whole. A folder is made the same way, so that one with a serial number for a name is complete.
"""

import asyncio
import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

import msgspec

from opentill.reader.device.effects import Memory

_MEMORY: Final = "memory.json"
_NEW: Final = ".new-"
_PAPERS_MAX: Final = 20
_SUFFIXES: Final = {"image/png": "png", "image/jpeg": "jpg", "image/bmp": "bmp", "image/gif": "gif"}


class StorageError(Exception):
    """What is stored cannot be used; the text says what to do."""


class Storage(Protocol):
    """What a reader needs of its disk. The coroutines raise OSError when the disk does not do its part."""

    @property
    def folder(self) -> Path:
        """Where the reader's private keys lie."""
        ...

    async def read(self) -> Memory:
        """What was remembered last. Raises StorageError if it is no memory of a reader."""
        ...

    async def write(self, memory: Memory) -> None:
        """Remember; durable when this returns."""
        ...

    async def print(self, content: bytes, media_type: str) -> None:
        """Let the paper out: here, a picture in the folder."""
        ...


class Folder:
    """`Storage` in a folder. Writes are done beside the event loop, one after another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last: asyncio.Future[None] | None = None

    @property
    def folder(self) -> Path:
        return self._folder

    async def read(self) -> Memory:
        await self._settled()
        path = self._folder / _MEMORY
        try:
            return msgspec.json.decode(path.read_bytes(), type=Memory)
        except msgspec.MsgspecError:
            raise StorageError(
                f"{path} is not what a reader remembers. Remove the folder to have a new reader in its place."
            ) from None

    async def write(self, memory: Memory) -> None:
        content = msgspec.json.encode(memory)
        await self._do(lambda: write_durably(self._folder / _MEMORY, content))

    async def print(self, content: bytes, media_type: str) -> None:
        await self._do(lambda: _print(self._folder, content, media_type))

    async def _do(self, work: Callable[[], None]) -> None:
        """Do `work` in a thread. If the power goes meanwhile it ends by itself, and the next start waits for it."""
        await self._settled()
        self._last = asyncio.ensure_future(asyncio.to_thread(work))
        await asyncio.shield(self._last)

    async def _settled(self) -> None:
        if self._last is not None and not self._last.done():
            await asyncio.wait([self._last])
        if self._last is not None and not self._last.cancelled():
            self._last.exception()  # whoever asked for it has been told, or is gone


class Directory:
    """The folders of all readers of a program."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock: int | None = None

    def open(self) -> None:
        """Take the directory, and clear away what a start that was cut short left. Raises OSError, StorageError."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            raise StorageError(
                f"the readers in {self.path} are running already. Stop them, or choose another --data-dir."
            ) from None
        self._lock = lock
        for unfinished in self.path.glob(f"{_NEW}*"):
            shutil.rmtree(unfinished, ignore_errors=True)

    def close(self) -> None:
        """Let others have it."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def folders(self) -> list[Folder]:
        """The readers that are there, by serial number."""
        return [Folder(path.parent) for path in sorted(self.path.glob(f"*/{_MEMORY}"))]

    def make(self, memory: Memory, make_keys: Callable[[Path], object]) -> Folder:
        """A new reader's folder. `make_keys` puts its private keys into the folder that it is given."""
        made = Path(tempfile.mkdtemp(prefix=_NEW, dir=self.path))
        make_keys(made)
        write_durably(made / _MEMORY, msgspec.json.encode(memory))
        place = self.path / memory.serial_number
        made.rename(place)
        _sync(self.path)
        return Folder(place)


def write_durably(path: Path, content: bytes) -> None:
    """Put a file in place of what is there, readable for its owner alone; on the disk when this returns."""
    beside = path.with_name(f".{path.name}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink()  # on a full disk every part of it counts
        raise
    _sync(path.parent)


def _sync(directory: Path) -> None:
    """Bring the names in a directory to the disk."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _print(folder: Path, content: bytes, media_type: str) -> None:
    papers = sorted(folder.glob("paper-*.*"), key=_paper_number)
    for old in papers[: max(len(papers) - _PAPERS_MAX + 1, 0)]:
        old.unlink()
    number = _paper_number(papers[-1]) + 1 if papers else 1
    write_durably(folder / f"paper-{number}.{_SUFFIXES.get(media_type, 'bin')}", content)


def _paper_number(path: Path) -> int:
    number = path.stem.removeprefix("paper-")
    return int(number) if number.isdecimal() else 0
