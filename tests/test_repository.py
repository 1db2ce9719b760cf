"""The tree itself: what may be in a tracked file, that the lock files hold, that the wheel is whole."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import opentill

ROOT = Path(__file__).resolve().parent.parent
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
NEEDED: list[str] = PROJECT["project"]["dependencies"]
RUNTIME = [*NEEDED, *EXTRAS["till"]]  # what `make up` installs
GROUPS: dict[str, list[str]] = PROJECT["dependency-groups"]
LOCKS = {"runtime": RUNTIME, **GROUPS}


def git_files(*patterns: str) -> list[Path]:
    """Files that are or would be tracked: everything that .gitignore does not leave out."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def mentions(pattern: str) -> list[str]:
    """Where a tracked text file matches, as "file:line: what"."""
    expression = re.compile(pattern)
    found: list[str] = []
    for path in git_files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            if match := expression.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match.group()}")
    return found


# The patterns are written so that this file does not match them itself.
@pytest.mark.parametrize(
    ("what", "pattern"),
    [
        ("a home directory", r"/(?:home|Users)/\w+|/(?:root)/"),
        ("a scratch or work directory", r"(?<![\w.*}])/(?:tmp|work)/"),
        ("a package registry", r"\bpypi\.(?:org)|\bpythonhosted\.(?:org)|\bregistry\.npmjs\.|\bdeb\.(?:debian)\.org"),
        ("a conflict left from a merge", r"^(?:<{7}|>{7}) "),
    ],
)
def test_no_file_mentions(what: str, pattern: str) -> None:
    """What belongs to one machine, or to one way of fetching packages, stays out of the tree."""
    assert mentions(pattern) == [], what


def locked(name: str) -> dict[str, tuple[Requirement, int]]:
    """The packages of requirements/NAME.txt: what is asked for, and with how many hashes."""
    logical_lines = (ROOT / f"requirements/{name}.txt").read_text().replace("\\\n", " ").splitlines()
    packages: dict[str, tuple[Requirement, int]] = {}
    for line in logical_lines:
        if line.strip() and not line.lstrip().startswith("#"):
            requirement = Requirement(line.split(" --hash=")[0].strip())
            packages[canonicalize_name(requirement.name)] = (requirement, line.count("--hash=sha256:"))
    return packages


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_one_version_and_hashes(name: str) -> None:
    """pip can only install the very files that were there when the lock was written."""
    packages = locked(name)
    assert packages
    for requirement, hashes in packages.values():
        assert [specifier.operator for specifier in requirement.specifier] == ["=="], requirement
        assert requirement.url is None, requirement
        assert hashes >= 1, requirement


@pytest.mark.parametrize("name", LOCKS)
def test_the_locks_keep_what_the_project_asks_for(name: str) -> None:
    """What pyproject.toml asks for is locked, at a version it allows; `make lock` mends this."""
    packages = locked(name)
    for wanted in map(Requirement, LOCKS[name]):
        requirement, _ = packages[canonicalize_name(wanted.name)]
        version = next(iter(requirement.specifier)).version
        assert wanted.specifier.contains(version), f"{wanted} is locked at {version}"


def test_the_locks_agree_with_each_other() -> None:
    """A package that is in two locks has one version, so that tests run what runs."""
    versions: dict[str, set[str]] = {}
    for name in LOCKS:
        for package, (requirement, _) in locked(name).items():
            versions.setdefault(package, set()).add(str(requirement.specifier))
    assert {package: found for package, found in versions.items() if len(found) > 1} == {}


def test_the_locks_name_no_address() -> None:
    """Hashes say which file is right; where it comes from is the business of who installs it."""
    for path in git_files("requirements"):
        assert not re.search(r"://|--(?:extra-)?index-url|--find-links", path.read_text()), path
    for path in git_files("*package-lock.json"):
        assert '"resolved"' not in path.read_text(), path


def test_every_node_package_has_a_version_and_a_hash() -> None:
    """The same for npm: what package.json asks for is exact, and each package in the lock has its hash."""
    locks = git_files("*package-lock.json")
    assert [path.parent for path in locks] == [path.parent for path in git_files("*package.json")]
    for path in locks:
        packages = msgspec.json.decode(path.read_bytes())["packages"]
        root = packages.pop("")
        for version in {**root.get("dependencies", {}), **root.get("devDependencies", {})}.values():
            assert re.fullmatch(r"\d+\.\d+\.\d+", version), f"{path}: {version} is a range"
        for name, package in packages.items():
            assert package["integrity"].startswith("sha512-"), f"{path}: {name}"


def test_each_dependency_has_a_decision_record() -> None:
    """docs/decisions says of everything we stand on why it is there and what it costs."""
    records = "\n".join(path.read_text().casefold() for path in sorted((ROOT / "docs/decisions").glob("[0-9]*.md")))
    wanted = [Requirement(line).name for line in RUNTIME + [line for group in GROUPS.values() for line in group]]
    assert [name for name in wanted if f"`{name}`" not in records] == []


def test_decision_records_have_the_same_parts_and_their_place_in_the_list() -> None:
    """A record says the context, the choice and what we gave up; the numbers have no gaps."""
    folder = ROOT / "docs/decisions"
    index = (folder / "README.md").read_text()
    records = sorted(folder.glob("[0-9]*.md"))
    assert [path.name[:4] for path in records] == [f"{number:04}" for number in range(1, len(records) + 1)]
    for path in records:
        headings = re.findall(r"^## (.+)$", path.read_text(), re.MULTILINE)
        assert headings[:3] == ["Context", "Choice", "What we gave up"], path.name
        assert f"({path.name})" in index, path.name


def test_make_help_names_every_target() -> None:
    """A target that `make help` does not print is one that nobody finds."""
    makefile = (ROOT / "Makefile").read_text()
    inner = {"chromium", "node", "postgresql"}  # what other targets stand on
    targets = set(re.findall(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)) - {"chromium node postgresql"}
    printed = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert set(re.findall(r"^  make ([a-z]+)", printed, re.MULTILINE)) == targets - inner


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel, built from this tree without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = "-m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --wheel-dir"
    subprocess.run([sys.executable, *command.split(), str(folder), str(ROOT)], check=True)
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built)


def test_the_wheel_holds_the_whole_package(wheel: zipfile.ZipFile) -> None:
    """Every tracked file under src/opentill is in it: modules, migrations, and what is served to browsers."""
    expected = {str(path.relative_to(ROOT / "src")) for path in git_files("src/opentill")}
    assert expected - set(wheel.namelist()) == set()


def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    """Version, licence, dependencies and the command line are in its metadata."""
    version = opentill.__version__
    metadata = wheel.read(f"opentill-{version}.dist-info/METADATA").decode()
    assert f"\nVersion: {version}\n" in metadata
    assert "\nLicense-Expression: Apache-2.0\n" in metadata
    assert f"opentill-{version}.dist-info/licenses/LICENSE" in wheel.namelist()
    extras = [f"{line}; extra == {extra!r}" for extra, lines in EXTRAS.items() for line in lines]
    wanted = {str(Requirement(line)) for line in NEEDED + extras}
    assert {str(Requirement(line)) for line in re.findall(r"^Requires-Dist: (.+)$", metadata, re.MULTILINE)} == wanted
    assert b"opentill = opentill.cli:main" in wheel.read(f"opentill-{version}.dist-info/entry_points.txt")
