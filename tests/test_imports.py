"""The layers of ARCHITECTURE.md, held by reading our own imports.

Arrows point inward: a layer imports only what its row names. Only the assembly (cli.py, main.py and the modules
beside them) knows every concrete class. A package that is not in the table has no place yet, and fails until it gets
one.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parent.parent / "src"

STANDARD_LIBRARY = sys.stdlib_module_names

INPUT_AND_OUTPUT = frozenset(
    "asyncio ftplib http io logging os pathlib random select selectors shutil signal smtplib socket sqlite3 ssl "
    "subprocess tempfile threading urllib.request".split()
)


@dataclass(frozen=True)
class Layer:
    """What the modules of one package under `opentill` may import, beside the package itself.

    `ours` are other packages of opentill, `theirs` are dependencies, `not_even` are modules of the standard library
    that the layer must do without.
    """

    ours: frozenset[str] = frozenset()
    theirs: frozenset[str] = frozenset()
    not_even: frozenset[str] = frozenset()


def layer(ours: str = "", theirs: str = "", not_even: frozenset[str] = frozenset()) -> Layer:
    """A row of the table below, its sets written as words."""
    return Layer(frozenset(ours.split()), frozenset(theirs.split()), not_even)


CORE = "domain link ports requests services"

LAYERS = {
    # values and state machines: no I/O, no clock
    "domain": layer("", "msgspec", INPUT_AND_OUTPUT),
    # the card standards, as pure code: both the reader and the vault stand on it
    "emv": layer("", "cryptography", INPUT_AND_OUTPUT),
    # what readers and the server say to each other
    "link": layer("", "cryptography msgspec", INPUT_AND_OUTPUT),
    # what the services need from the outside, as protocols
    "ports": layer("domain link", "msgspec", INPUT_AND_OUTPUT),
    # what requests may say, as types that know their own limits
    "requests": layer("domain", "msgspec", INPUT_AND_OUTPUT),
    # one function an operation; knows neither HTTP nor SQL
    "services": layer(
        "domain link ports requests", "msgspec structlog", frozenset({"http", "socket", "sqlite3", "urllib.request"})
    ),
    # the edges: each stands on the core, none knows another
    "acquirers": layer(f"{CORE} emv", "msgspec structlog"),
    "api": layer(CORE, "msgspec structlog"),
    "gateway": layer(CORE, "msgspec structlog"),
    "issuer": layer(CORE, "msgspec structlog"),
    "hosted": layer(CORE, "msgspec structlog"),
    "readers": layer(CORE, "msgspec structlog"),
    "store": layer(CORE, "asyncpg msgspec structlog"),
    "vault": layer(f"{CORE} emv", "cryptography msgspec structlog"),
    "webhooks": layer(CORE, "aiohttp"),
    "worker": layer(CORE, "msgspec structlog"),
    # programs of their own, which speak to the server over the wire only
    "reader": layer("domain emv link", "cryptography msgspec structlog uvicorn websockets"),
    "terminal": layer("", "msgspec"),
    # what merchants write: the official library, and not a word of ours
    "examples": layer("", "stripe"),
    "web": layer("", ""),
}

# Where time is handed in (ports/clock.py) and never looked up; converting a time that was handed in is fine.
TIMELESS = {"domain", "ports", "requests", "services"}
CLOCK_READINGS = {
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns", "sleep"},
    "datetime": {"now", "today", "utcnow"},
    "date": {"today"},
}
CLOCK_READINGS_WITHOUT_ARGUMENT = {"time": {"ctime", "gmtime", "localtime", "strftime"}}

# The modules directly under opentill put the pieces together and run them.
ASSEMBLY = {
    "__init__",
    "__main__",
    "child",
    "cli",
    "clock",
    "connections",
    "counter",
    "keys",
    "laboratory",
    "logs",
    "main",
    "operators",
    "server",
    "till",
    "welcome",
}


@dataclass(frozen=True)
class Import:
    """One import: the dotted name it asks for, and where it stands."""

    name: str
    line: int


def imports(source: str, package: str) -> Iterator[Import]:
    """Every import in a module of `package`, wherever it stands, relative ones made absolute."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, node.module] if node.module else above)
            yield from (Import(f"{base}.{alias.name}", node.lineno) for alias in node.names)


def is_in(name: str, modules: frozenset[str]) -> bool:
    """Whether the dotted name is one of the modules, or lies within one."""
    return any(name == module or name.startswith(module + ".") for module in modules)


def violations(source: str, module: str) -> list[str]:
    """What the source of `module` (dotted, under opentill) imports against the rules, one line each."""
    parts = module.split(".")
    package = parts[1] if len(parts) > 1 else "__init__"
    if package in ASSEMBLY and len(parts) <= 2:
        return []
    if package not in LAYERS:
        return [f"{module}: {package} is not in the table of layers"]
    rule = LAYERS[package]
    found: list[str] = []
    for wanted in imports(source, module.rpartition(".")[0]):
        top, _, rest = wanted.name.partition(".")
        if top == "opentill":
            target = rest.partition(".")[0]
            allowed = target == package or target in rule.ours or target == "__version__"
        elif top in STANDARD_LIBRARY:
            allowed = not is_in(wanted.name, rule.not_even)
        else:
            allowed = top in rule.theirs
        if not allowed:
            found.append(f"{module}:{wanted.line}: {package} must not import {wanted.name}")
    return found


def clock_readings(source: str) -> list[int]:
    """The lines on which a module looks at the clock of the machine."""
    lines: list[int] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            read = CLOCK_READINGS["time"] | CLOCK_READINGS_WITHOUT_ARGUMENT["time"]
            lines += [node.lineno for alias in node.names if alias.name in read]
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        owner = node.func.value
        name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
        if node.func.attr in CLOCK_READINGS.get(name, ()):
            lines.append(node.lineno)
        if node.func.attr in CLOCK_READINGS_WITHOUT_ARGUMENT.get(name, ()) and not node.args:
            lines.append(node.lineno)
    return lines


def dotted(path: Path) -> str:
    """The name of the module in a file, a package's `__init__` included, so that relative imports resolve."""
    return ".".join(path.relative_to(SOURCE).with_suffix("").parts)


MODULES = sorted((SOURCE / "opentill").rglob("*.py"))


def test_modules_import_inward_only() -> None:
    """No module of ours imports against the table."""
    assert MODULES
    assert [line for path in MODULES for line in violations(path.read_text(), dotted(path))] == []


def test_the_core_never_looks_at_the_clock() -> None:
    """Domain, ports and services get their time from the clock that is handed to them."""
    readers = {
        dotted(path): lines
        for path in MODULES
        if path.relative_to(SOURCE / "opentill").parts[0] in TIMELESS
        if (lines := clock_readings(path.read_text()))
    }
    assert readers == {}


def test_every_module_says_what_it_is_for() -> None:
    """Each module opens with a docstring; an empty `__init__` has nothing to say."""
    silent = [dotted(p) for p in MODULES if p.read_text() and not ast.get_docstring(ast.parse(p.read_text()))]
    assert silent == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("opentill.domain.money", "import asyncpg"),
        ("opentill.domain.money", "import asyncio"),
        ("opentill.domain.money", "from urllib import request"),
        ("opentill.domain.money", "def f():\n    import os.path"),
        ("opentill.domain.money", "from opentill.services import kinds"),
        ("opentill.domain.objects.charge", "from ...store import rows"),
        ("opentill.domain.objects.charge", "from ... import store"),
        ("opentill.ports.store", "import opentill.services.kinds"),
        ("opentill.services.refunds", "from opentill.api import errors"),
        ("opentill.services.refunds", "import http.client"),
        ("opentill.api.routing", "from opentill import store"),
        ("opentill.api.routing", "from opentill.vault.keys import Keys"),
        ("opentill.api.routing", "import uvicorn"),
        ("opentill.store.sqlite", "from opentill.main import assemble"),
        ("opentill.worker.sweep", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import opentill.store"),
        ("opentill.reader.device", "from opentill.services import refunds"),
        ("opentill.terminal.sdk", "import opentill.ports.clock"),
        ("opentill.misc.tools", "import re"),
        ("opentill.misc", "import re"),
    ],
)
def test_a_wrong_import_is_seen(module: str, source: str) -> None:
    """Each way to import against the table is caught, or the test above would prove nothing."""
    assert len(violations(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("opentill.domain.money", "import msgspec\nfrom urllib.parse import unquote\nfrom opentill.domain import ids"),
        ("opentill.domain.objects.charge", "from . import shared\nfrom ..money import Money"),
        ("opentill.services.refunds", "from opentill.domain import ids\nfrom opentill.ports.store import Store"),
        ("opentill.store.postgres", "import asyncpg\nimport sqlite3\nfrom opentill.ports import store"),
        ("opentill.api.routing", "from opentill import __version__\nfrom http import HTTPStatus"),
        ("opentill.reader.device", "from opentill.reader import journal"),
        ("opentill.main", "import uvicorn\nfrom opentill.store.sqlite import SqliteStore"),
        ("opentill.cli", "import argparse\nfrom opentill import main"),
    ],
)
def test_a_right_import_is_let_through(module: str, source: str) -> None:
    """What the table allows is not complained about."""
    assert violations(source, module) == []


@pytest.mark.parametrize(
    "source",
    [
        "import time\nnow = time.time()",
        "import time\nnow = time.gmtime()",
        "from time import monotonic",
        "from datetime import datetime, UTC\nnow = datetime.now(UTC)",
        "import datetime\nnow = datetime.datetime.now(datetime.UTC)",
        "from datetime import date\ntoday = date.today()",
    ],
)
def test_a_look_at_the_clock_is_seen(source: str) -> None:
    """Each way to read the machine's clock is caught."""
    assert len(clock_readings(source)) == 1


@pytest.mark.parametrize(
    "source",
    [
        "import time\nmonth = time.gmtime(now).tm_mon",
        "from datetime import datetime, UTC\nat = datetime.fromtimestamp(now, UTC)",
        "now = clock.now()",
    ],
)
def test_a_time_that_was_handed_in_may_be_used(source: str) -> None:
    """Converting a given time is no look at the clock."""
    assert clock_readings(source) == []
