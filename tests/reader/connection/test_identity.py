"""The keys of a reader: made once, kept closed, and never replaced by others without anybody noticing."""

import json
import os
from pathlib import Path

import pytest

from opentill.link import signing
from opentill.reader.connection.identity import IdentityError, generate, identity_in


def test_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "readers" / "identity.json"
    made = identity_in(path)
    kept = identity_in(path)
    assert (made.identity_public, made.sealing_public) == (kept.identity_public, kept.sealing_public)
    assert signing.proves(made.identity_public, signing.sign(kept.identity, b"challenge"), b"challenge")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["identity.json"]


def test_every_reader_has_its_own(tmp_path: Path) -> None:
    one, other = identity_in(tmp_path / "one"), identity_in(tmp_path / "other")
    keys = {one.identity_public, one.sealing_public, other.identity_public, other.sealing_public}
    assert len(keys) == 4


def test_nothing_shows_a_private_key(tmp_path: Path) -> None:
    identity = identity_in(tmp_path / "identity.json")
    kept = json.loads((tmp_path / "identity.json").read_text())
    shown = repr(identity) + str(identity)
    assert kept["identity"] not in shown
    assert identity.identity.private_bytes_raw().hex() not in shown


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}",
        '{"version":2,"identity":"AAAA","sealing":"AAAA"}',
        '{"version":1,"identity":"AAAA","sealing":"AAAA"}',
        '{"version":1,"identity":"*","sealing":"*"}',
        "x" * 100_000,
    ],
)
def test_a_file_that_is_not_whole_is_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "identity.json"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(IdentityError, match="register this reader anew"):
        identity_in(path)
    assert path.read_text() == text


def test_half_of_a_file_is_no_other_identity(tmp_path: Path) -> None:
    path = tmp_path / "identity.json"
    identity_in(path)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(IdentityError):
        identity_in(path)


def test_a_file_that_others_can_read(tmp_path: Path) -> None:
    path = tmp_path / "identity.json"
    identity_in(path)
    path.chmod(0o640)
    with pytest.raises(IdentityError, match="chmod 600"):
        identity_in(path)


def test_a_place_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(IdentityError, match="cannot keep"):
        identity_in(tmp_path / "file" / "identity.json")


def test_a_directory_in_its_place(tmp_path: Path) -> None:
    with pytest.raises(IdentityError):
        identity_in(tmp_path)


def test_identities_are_not_alike() -> None:
    assert len({generate().identity_public for _ in range(50)}) == 50
