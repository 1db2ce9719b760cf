"""Holds what we answer against the response types of the official client for Node.

The types describe the shape: which members there are, of which types, and the values of enums. `make test` installs
the client (package-lock.json); check.mjs reads its types.
"""

import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

_CHECK = Path(__file__).with_name("check.mjs")
_TIMEOUT_S = 120


class Violation(msgspec.Struct, frozen=True):
    """One way in which an object is not what the types say. `path` begins with the object's name."""

    where: str
    path: str
    problem: str


def violations(objects: Iterable[tuple[str, Any]]) -> list[Violation]:
    """What is wrong with `objects`, pairs of a label and an API object, a list of them, or an event.

    An object is anything that msgspec can encode. One start of Node (about two seconds) serves them all.
    """
    lines = [msgspec.json.encode({"where": where, "value": value}) for where, value in objects]
    checked = subprocess.run(
        ["node", str(_CHECK)],
        input=b"\n".join(lines),
        capture_output=True,
        timeout=_TIMEOUT_S,
        check=False,
    )
    if checked.returncode != 0:
        raise RuntimeError(f"{_CHECK.name} did not finish: {checked.stderr.decode(errors='replace')}")
    return [msgspec.json.decode(line, type=Violation) for line in checked.stdout.splitlines()]


def hold(objects: Iterable[tuple[str, Any]]) -> None:
    """Fail with all that is wrong with `objects`; the same problem in many objects is told once."""
    found: dict[tuple[str, str], list[str]] = {}
    for violation in violations(objects):
        found.setdefault((violation.path, violation.problem), []).append(violation.where)
    if found:
        told = [f"{path} {problem} [{len(where)}x, first: {where[0]}]" for (path, problem), where in found.items()]
        raise AssertionError("\n".join(["not what the official client's types say:", *told]))
