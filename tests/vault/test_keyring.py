"""The root key's file: made once, closed to others, changed without losing what it opens."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from opentill.vault.keyring import FileKeyring, KeyringError


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def permissions(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_use_makes_a_key_for_the_owner_only(tmp_path: Path) -> None:
    keyring = FileKeyring.of_installation(tmp_path, {})

    path = tmp_path / "keys" / "root.key"
    assert keyring.path == path
    assert (permissions(path), permissions(path.parent)) == (0o600, 0o700)
    assert FileKeyring.of_installation(tmp_path, {}).current.id == keyring.current.id
    assert [file.name for file in path.parent.iterdir()] == ["root.key"]


def test_a_permissive_umask_changes_nothing(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = FileKeyring.open(tmp_path / "keys" / "root.key").path
    finally:
        os.umask(before)

    assert (permissions(path), permissions(path.parent)) == (0o600, 0o700)


def test_each_installation_has_its_own_key(tmp_path: Path) -> None:
    assert FileKeyring.open(tmp_path / "a").current.id != FileKeyring.open(tmp_path / "b").current.id


def test_first_uses_at_once_agree(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "root.key"
    with ThreadPoolExecutor(8) as pool:
        ids = {keyring.current.id for keyring in pool.map(FileKeyring.open, [path] * 32)}

    assert len(ids) == 1


def test_the_environment_names_another_file(tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "secret", "ab" * 32 + "\n")

    keyring = FileKeyring.of_installation(tmp_path / "data", {"OPENTILL_ROOT_KEY_FILE": str(elsewhere)})

    assert keyring.current.secret == b"\xab" * 32
    assert not (tmp_path / "data").exists()


def test_a_file_that_is_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(KeyringError, match="restore it from your backup"):
        FileKeyring.of_installation(tmp_path, {"OPENTILL_ROOT_KEY_FILE": str(tmp_path / "nothing")})


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602, 0o601, 0o644])
def test_a_file_that_others_can_open_is_refused(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path / "root.key", "ab" * 32, mode)

    with pytest.raises(KeyringError, match=f"run chmod 600 {path}"):
        FileKeyring.read(path)


@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_of_ones_own_is_taken(tmp_path: Path, mode: int) -> None:
    assert FileKeyring.read(write(tmp_path / "root.key", "ab" * 32, mode)).current.secret == b"\xab" * 32


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "there is no root key in"),
        ("\n\n", "there is no root key in"),
        ("fingerprint " + "ab" * 32, "there is no root key in"),
        ("root " + "ab" * 31, "line 1 of .* is not a key"),
        ("root " + "ab" * 32 + "\nroot secretsecret", "line 2 of .* is not a key"),
        ("key " + "ab" * 32, "line 1 of .* is not a key"),
        ("root " + "ab" * 32 + " old", "line 1 of .* is not a key"),
        ("é" * 64, "line 1 of .* is not a key"),
    ],
)
def test_what_is_not_a_key_file_is_refused(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(KeyringError, match=complaint) as refused:
        FileKeyring.read(write(tmp_path / "root.key", text))

    assert "secretsecret" not in str(refused.value)
    assert "abab" not in str(refused.value)


def test_a_directory_is_not_a_key_file(tmp_path: Path) -> None:
    with pytest.raises(KeyringError):
        FileKeyring.read(tmp_path)


def test_a_place_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    write(tmp_path / "file", "")

    with pytest.raises(KeyringError, match="cannot make the root key file"):
        FileKeyring.open(tmp_path / "file" / "root.key")


def test_the_root_key_is_changed(tmp_path: Path) -> None:
    first = FileKeyring.open(tmp_path / "root.key")
    second = first.rotate()
    third = second.rotate()

    assert third.root(first.current.id) is not None
    assert [key.id for key in third.previous] == [second.current.id, first.current.id]
    assert FileKeyring.read(first.path).current.id == third.current.id
    assert permissions(first.path) == 0o600

    forgotten = third.forget_previous()
    assert forgotten.current.id == third.current.id
    assert forgotten.root(first.current.id) is None


def test_fingerprints_do_not_change_with_the_root_key(tmp_path: Path) -> None:
    first = FileKeyring.open(tmp_path / "root.key")
    key = first.fingerprint_key("acct_1")

    assert first.rotate().rotate().forget_previous().fingerprint_key("acct_1") == key
    assert first.fingerprint_key("acct_2") != key
    assert FileKeyring.open(tmp_path / "other.key").fingerprint_key("acct_1") != key


def test_nothing_shows_a_key(tmp_path: Path) -> None:
    keyring = FileKeyring.open(tmp_path / "root.key").rotate()
    secrets = [line.split()[-1] for line in keyring.path.read_text().splitlines()]

    shown = f"{keyring!r} {keyring.current!r} {keyring.current} {vars(keyring)['current']}"
    assert len(secrets) == 3
    assert not [secret for secret in secrets if secret in shown or secret[:16] in shown]
