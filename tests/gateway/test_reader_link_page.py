"""docs/protocols/reader-link.md names every message, member and value there is, and none that there is not."""

import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec
import pytest

from opentill.gateway.opening import OPENING_FRAME_MAX
from opentill.gateway.timing import TIMING
from opentill.link import messages, tasks
from opentill.reader.connection.client import Patience

PAGE = (Path(__file__).resolve().parents[2] / "docs/protocols/reader-link.md").read_text()

STRUCTS = {
    struct
    for module in (messages, tasks)
    for struct in vars(module).values()
    if isinstance(struct, type) and issubclass(struct, msgspec.Struct) and struct.__module__ == module.__name__
}
TAGGED = {struct.__struct_config__.tag: struct for struct in STRUCTS if struct.__struct_config__.tag}
PARTS = {struct.__name__: struct for struct in STRUCTS if not struct.__struct_config__.tag}


def described(page: str) -> Iterator[tuple[str, set[str]]]:
    """Everything the page describes, under a heading of its own or after "Name:", with the members it gives it."""
    for section in re.split(r"^(?=#+ )", page, flags=re.MULTILINE):
        heading = re.match(r"### (\w+)(?:, from .*)?\n", section)
        parts = re.split(r"^(?=[A-Z]\w+: )", section, flags=re.MULTILINE)
        if heading and heading[1] in TAGGED:
            yield heading[1], members(parts[0])
        for part in parts[1:]:
            name = part.partition(":")[0]
            if name in PARTS:
                yield name, members(part)


def members(text: str) -> set[str]:
    """The members in the first column of a table; or, where there is none, in a sentence of "`member`, type; …"."""
    first_table = re.split(r"\n\n(?=\|)", text)[1:2]
    if first_table and "| member |" in first_table[0]:
        return set(re.findall(r"^\| `(\w+)` \|", first_table[0].partition("\n\n")[0], re.MULTILINE))
    sentence = text.partition(":")[2].partition("\n\n")[0].replace("\n", " ")
    return set(re.findall(r"(?:^|;) `(\w+)`,", sentence))


def values(hint: Any) -> Iterator[str]:
    """Every value that a member may have of those that are enumerated."""
    if get_origin(hint) is Literal:
        yield from get_args(hint)
    elif get_origin(hint) in (types.UnionType, list) or get_args(hint):
        for part in get_args(hint):
            yield from values(part)


DESCRIBED = list(described(PAGE))


def test_everything_is_described_once() -> None:
    assert sorted(name for name, _ in DESCRIBED) == sorted([*TAGGED, *PARTS])


@pytest.mark.parametrize(("name", "named"), DESCRIBED, ids=[name for name, _ in DESCRIBED])
def test_the_members_are_the_structs(name: str, named: set[str]) -> None:
    struct = TAGGED.get(name) or PARTS[name]
    assert named == set(struct.__struct_fields__)


@pytest.mark.parametrize("name", sorted([*TAGGED, *PARTS]))
def test_every_enumerated_value_is_named(name: str) -> None:
    struct = TAGGED.get(name) or PARTS[name]
    hints = get_type_hints(struct)
    missing = [value for name in struct.__struct_fields__ for value in values(hints[name]) if f"`{value}`" not in PAGE]
    assert missing == []


def test_a_member_that_is_missing_would_be_seen() -> None:
    """The comparison reads the page, or it would prove nothing."""
    shorter = PAGE.replace("| `serial_number` | string |", "| serial number | string |")
    assert dict(described(shorter))["hello"] == set(messages.Hello.__struct_fields__) - {"serial_number"}
    assert dict(described(PAGE.replace("; `percentage`,", "; percentage,")))["TipButton"] == {"amount"}


def test_the_numbers_are_those_of_the_code() -> None:
    words = " ".join(PAGE.split())
    patience = Patience()
    for phrase in (
        f"at `{messages.PATH}` on",
        f"the subprotocol `{messages.SUBPROTOCOL}`",
        f"at most {messages.FRAME_MAX // 1024} KiB, during the opening {OPENING_FRAME_MAX // 1024} KiB",
        f"may say {TIMING.messages_per_s:.0f} messages a second, and {TIMING.burst:.0f} in a burst",
        f"The opening takes at most {TIMING.opening_s:.0f} seconds",
        f"The server waits {TIMING.ack_s:.0f} seconds for the ack",
        f"does not answer within {patience.silence_s:.0f} seconds",
        f"hears nothing for {TIMING.silence_s:.0f} seconds",
        f"at least half a second and at most {patience.pause_max_s:.0f}",
        f"the longest is at least {patience.restart_s:.0f} seconds; after `replaced`",
        f"`replaced` it is drawn from {patience.pause_max_s / 2:.0f} to {patience.pause_max_s:.0f}, and",
        f"`retry` is false from {patience.refused_s / 2:.0f} to {patience.refused_s:.0f}",
    ):
        assert phrase in words
    assert (patience.pause_s, sum(TIMING.action_pauses_s)) == (0.5, pytest.approx(2.0))
