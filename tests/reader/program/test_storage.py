"""What readers keep: whole whenever the power goes, readable for the owner alone, and one program at a time."""

import asyncio
import os
import stat
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.reader.program.insides import NEW

from opentill.reader import storage
from opentill.reader.storage import Directory, Folder, StorageError


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    opened = Directory(tmp_path / "readers")
    opened.open()
    return opened


def keys(folder: Path) -> None:
    storage.write_durably(folder / "identity.json", b"{}")


def test_a_reader_is_there_after_a_restart(directory: Directory) -> None:
    folder = directory.make(NEW, keys)
    asyncio.run(folder.write(replace(NEW, sequence=9, pin_keys=b"future")))
    directory.close()

    again = Directory(directory.path)
    again.open()
    (found,) = again.folders()
    assert asyncio.run(found.read()) == replace(NEW, sequence=9, pin_keys=b"future")


def test_nobody_else_may_read_it(directory: Directory) -> None:
    folder = directory.make(NEW, keys)
    asyncio.run(folder.write(NEW))
    asyncio.run(folder.print(b"picture", "image/png"))
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (directory.path, *directory.path.rglob("*"))}
    assert modes == {
        "readers": 0o700,
        "lock": 0o600,
        NEW.serial_number: 0o700,
        "memory.json": 0o600,
        "identity.json": 0o600,
        "paper-1.png": 0o600,
    }


def test_one_program_at_a_time(directory: Directory) -> None:
    with pytest.raises(StorageError, match="running already"):
        Directory(directory.path).open()
    directory.close()
    Directory(directory.path).open()


def test_a_first_boot_that_was_cut_short_leaves_nothing(directory: Directory) -> None:
    def power_goes(folder: Path) -> None:
        keys(folder)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        directory.make(NEW, power_goes)
    assert directory.folders() == []
    directory.close()
    again = Directory(directory.path)
    again.open()
    assert [path.name for path in directory.path.iterdir()] == ["lock"]


@pytest.mark.parametrize("step", ["fsync", "replace", "open"])
def test_a_disk_that_fails_keeps_what_was_there(
    directory: Directory, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever it fails: the write raises, the old memory is whole, and nothing is left that takes room."""
    folder = directory.make(NEW, keys)

    def fails(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Path if step == "replace" else os, step, fails)
        with pytest.raises(OSError, match="No space"):
            asyncio.run(folder.write(replace(NEW, sequence=5)))
    assert asyncio.run(folder.read()) == NEW
    assert sorted(path.name for path in folder.folder.iterdir()) == ["identity.json", "memory.json"]
    asyncio.run(folder.write(replace(NEW, sequence=6)))
    assert asyncio.run(folder.read()).sequence == 6


def test_a_write_that_nobody_waits_for_any_more_is_over_before_the_next_reading(directory: Directory) -> None:
    """The power goes while a thread writes; what the next start reads does not change under it afterwards."""

    async def scenario(folder: Folder) -> None:
        for number in range(1, 30):
            writing = asyncio.create_task(folder.write(replace(NEW, sequence=number)))
            await asyncio.sleep(0)
            writing.cancel()
            read = await folder.read()
            assert read.sequence in (number - 1, number)
            await folder.write(replace(NEW, sequence=number))
            assert (await folder.read()).sequence == number

    asyncio.run(scenario(directory.make(NEW, keys)))


def test_the_last_papers_are_kept(directory: Directory) -> None:
    folder = directory.make(NEW, keys)
    for number in range(25):
        asyncio.run(folder.print(f"{number}".encode(), "image/png"))
    asyncio.run(folder.print(b"jpeg", "image/jpeg"))
    papers = {path.name: path.read_bytes() for path in folder.folder.glob("paper-*")}
    assert papers == {f"paper-{number}.png": f"{number - 1}".encode() for number in range(7, 26)} | {
        "paper-26.jpg": b"jpeg"
    }


def test_what_is_no_memory_is_said_to_be_none(directory: Directory) -> None:
    folder = directory.make(NEW, keys)
    (folder.folder / "memory.json").write_bytes(b'{"serial_number": 1}')
    with pytest.raises(StorageError, match=r"memory\.json is not what a reader remembers"):
        asyncio.run(folder.read())
