from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opentill.domain.differences import previous_attributes


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    name: str | None = None
    tags: list[str] = []
    metadata: dict[str, str] = {}
    inner: "Thing | None" = None
    note: str | msgspec.UnsetType = msgspec.UNSET


BEFORE = Thing(name="a", tags=["x"], metadata={"k": "1", "l": "2"}, inner=Thing(name="i", metadata={"k": "1"}))


@pytest.mark.parametrize(
    ("changes", "previous"),
    [
        ({}, {}),
        ({"name": "a"}, {}),
        ({"name": "b"}, {"name": "a"}),
        ({"name": None}, {"name": "a"}),
        ({"tags": ["x", "y"]}, {"tags": ["x"]}),
        ({"metadata": {"k": "2", "l": "2"}}, {"metadata": {"k": "1"}}),
        ({"metadata": {"k": "1", "l": "2", "m": "3"}}, {"metadata": {"m": None}}),
        ({"metadata": {"l": "2"}}, {"metadata": {"k": "1"}}),
        ({"metadata": {}}, {"metadata": {"k": "1", "l": "2"}}),
        ({"inner": None}, {"inner": {"name": "i", "tags": [], "metadata": {"k": "1"}, "inner": None}}),
        ({"inner": Thing(name="j", metadata={"k": "1"})}, {"inner": {"name": "i"}}),
        ({"note": "new"}, {"note": None}),
    ],
)
def test_what_changed(changes: dict[str, Any], previous: dict[str, Any]) -> None:
    assert previous_attributes(BEFORE, msgspec.structs.replace(BEFORE, **changes)) == previous


metadata = st.dictionaries(st.text(min_size=1, max_size=3), st.text(min_size=1, max_size=3))


@given(metadata, metadata)
def test_what_changed_put_back_gives_what_was(before: dict[str, str], after: dict[str, str]) -> None:
    previous = previous_attributes(Thing(metadata=before), Thing(metadata=after)).get("metadata", {})
    put_back = {key: value for key, value in {**after, **previous}.items() if value is not None}
    assert put_back == before
